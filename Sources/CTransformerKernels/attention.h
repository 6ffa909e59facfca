// Attention of one head, one tile of queries at a time.
//
// Both of its products are those of a dense layer: the scores of a tile's queries multiply by the keys, transposed into
// panels of 32 keys, and the result multiplies the weights by the values, which lie like a panel already. The scores of
// a tile stay in the first-level cache; nothing of size count² exists.
//
//     scratch    keys      32 × padded          panel j has keys [32 j, 32 j + 32), scaled by 1/√32; zeros past count
//                scores    TILE_ROWS × padded   padded = count rounded up to 32
#pragma once
#include "dense.h"

INLINED size_t padded(size_t count) { return (count + panel - 1) / panel * panel; }

INLINED void transpose(const float *restrict key, size_t stride, size_t count, float *restrict keys) {
    const float scale = 0.17677669529663688f;
    for (size_t first = 0; first < count; first += panel) {
        float *block = keys + first * width;
        const size_t some = smaller(panel, count - first);
        if (some < panel) memset(block, 0, panel * width * sizeof *block);
        for (size_t j = 0; j < some; j++)
            for (size_t d = 0; d < width; d++) block[d * panel + j] = key[(first + j) * stride + d] * scale;
    }
}

/// Turns a row of scores into weights that still lack the division by their sum, and returns its inverse. What lies
/// between `count` and `room` becomes zero.
INLINED float soften(float *restrict scores, size_t count, size_t room) {
    for (size_t j = count; j < room; j++) scores[j] = -1e30f;
    float16 highest = *(const float16 *)scores, sum = {0};
    for (size_t j = lanes; j < room; j += lanes)
        highest = __builtin_elementwise_max(highest, *(const float16 *)(scores + j));
    const float most = __builtin_reduce_max(highest);
    for (size_t j = 0; j < room; j += lanes) {
        float16 weights = exponential(*(const float16 *)(scores + j) - most);
        *(float16 *)(scores + j) = weights;
        sum += weights;
    }
    return 1.0f / total(sum);
}

static void attention(const float *projections, size_t count, float *scratch, float *output, size_t output_stride) {
    static const float none[panel] = {0};
    const size_t stride = 3 * width, room = padded(count);
    const float *values = projections + 2 * width;
    float *keys = scratch, *scores = keys + width * room;
    transpose(projections + width, stride, count, keys);
    for (size_t first = 0; first < count; first += TILE_ROWS) {
        const size_t rows = smaller(TILE_ROWS, count - first);
        const float *queries = projections + first * stride;
        float *mixed = output + first * output_stride, inverse[TILE_ROWS];
        for (size_t j = 0; j < room; j += panel) {
            const columns by = {keys + j * width, width, panel};
            multiply(queries, stride, rows, by, none, by.rows, scores + j, room);
        }
        for (size_t r = 0; r < rows; r++) inverse[r] = soften(scores + r * room, count, room);
        multiply(scores, room, rows, (columns){values, count, stride}, none, scores, mixed, output_stride);
        for (size_t r = 0; r < rows; r++)
            for (size_t d = 0; d < width; d++) mixed[r * output_stride + d] *= inverse[r];
    }
}
