// Attention of one head, one tile of queries at a time.
//
// Both of its products are those of a dense layer: the scores of a tile's queries multiply by the keys, transposed into
// panels of 32 keys, and the result multiplies the weights by the values, which lie like a panel already. The scores of
// a tile stay in the first-level cache; nothing of size count² exists.
//
//     scratch    keys      32 × padded          panel j: keys [32 j, 32 j + 32) by 1/√32, zeros past count
//                scores    TILE_ROWS × padded   padded = count rounded up to 32
#pragma once
#include "dense.h"

INLINED size_t padded(size_t count) { return (count + panel - 1) / panel * panel; }

/// A square of sixteen rows becomes its columns: row i and row i + 8 interleaved are rows 2 i and 2 i + 1 of the next
/// round, and after four rounds every number has moved from [i][j] to [j][i].
INLINED void turn(float16 square[lanes]) {
#pragma clang loop unroll(full)
    for (size_t round = 0; round < 4; round++) {
        float16 next[lanes];
#pragma clang loop unroll(full)
        for (size_t i = 0; i < lanes / 2; i++) {
            const float16 a = square[i], b = square[i + lanes / 2];
            next[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] =
                __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < lanes; i++) square[i] = next[i];
    }
}

INLINED void transpose(const float *restrict key, size_t stride, size_t count, float *restrict keys) {
    const float scale = 0.17677669529663688f;
    for (size_t first = 0; first < padded(count); first += lanes) {
        const size_t some = first < count ? smaller(lanes, count - first) : 0;
        float *block = keys + first / panel * panel * width + first % panel;
        for (size_t half = 0; half < width; half += lanes) {
            float16 square[lanes] = {{0}};
            for (size_t j = 0; j < some; j++)
                square[j] = *(const float16 *)(key + (first + j) * stride + half) * scale;
            turn(square);
            for (size_t d = 0; d < lanes; d++) *(float16 *)(block + (half + d) * panel) = square[d];
        }
    }
}

/// Turns rows of scores into weights that still lack the division by their sum, and writes its inverse. What lies
/// between `count` and `room` becomes zero. Each pass goes over all rows, so that the rows' reductions overlap.
INLINED void soften(float *restrict scores, size_t rows, size_t count, size_t room, float *restrict inverse) {
    float highest[TILE_ROWS];
    for (size_t r = 0; r < rows; r++) {
        float *row = scores + r * room;
        for (size_t j = count; j < room; j++) row[j] = -1e30f;
        float16 most = larger(*(const float16 *)row, *(const float16 *)(row + lanes));
        for (size_t j = panel; j < room; j += lanes) most = larger(most, *(const float16 *)(row + j));
        highest[r] = maximum(most);
    }
    float16 sums[TILE_ROWS];
    for (size_t r = 0; r < rows; r++) {
        float *row = scores + r * room;
        sums[r] = (float16){0};
        for (size_t j = 0; j < room; j += lanes) {
            const float16 weights = exponential(*(const float16 *)(row + j) - highest[r]);
            *(float16 *)(row + j) = weights;
            sums[r] += weights;
        }
    }
    for (size_t r = 0; r < rows; r++) inverse[r] = 1.0f / total(sums[r]);
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
        soften(scores, rows, count, room, inverse);
        multiply(scores, room, rows, (columns){values, count, stride}, none, scores, mixed, output_stride);
        for (size_t r = 0; r < rows; r++)
            for (size_t d = 0; d < width; d++) mixed[r * output_stride + d] *= inverse[r];
    }
}
