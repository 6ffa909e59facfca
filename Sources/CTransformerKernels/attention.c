// Attention, one head of 32 after the other, six queries at a time.
//
// For each head the keys are transposed once, so that sixteen scores are one vector and a query's element is
// broadcast; the values are copied together so that they stream. Six queries share each load of keys and values: 6
// × 2 accumulators fill the vector registers of AVX2 and leave AVX-512 room. The scores of six queries are 6 ·
// count floats and stay in the first-level cache; nothing of size count² exists.
//
//     scratch    keys    32 × padded    column j is key j, scaled by 1/√32; zeros past count
//                values  32 × padded    row j is value j
//                scores   6 × padded    padded = count rounded up to 16
#include "include/CTransformerKernels.h"
#include "vectors.h"

// Sums may be taken in any order, so that reductions become vectors too.
#pragma clang fp reassociate(on) contract(fast)

enum { width = transformer_head_width, lanes = 16, group = 6 };

INLINED size_t padded(size_t count) { return (count + lanes - 1) / lanes * lanes; }

size_t transformer_attention_scratch(size_t count) { return (2 * width + group) * padded(count); }

INLINED void gather(
    const float *restrict key, const float *restrict value, size_t stride, size_t count, float *restrict keys,
    float *restrict values) {
    const size_t columns = padded(count);
    const float scale = 0.17677669529663688f;
    for (size_t j = 0; j < count; j++) {
        for (size_t d = 0; d < width; d++) keys[d * columns + j] = key[j * stride + d] * scale;
        memcpy(values + j * width, value + j * stride, width * sizeof(float));
    }
    for (size_t d = 0; d < width; d++)
        for (size_t j = count; j < columns; j++) keys[d * columns + j] = 0;
}

INLINED void score(const float *const query[group], const float *keys, size_t columns, float *scores) {
    for (size_t j = 0; j < columns; j += lanes) {
        float16 sum[group] = {0};
        for (size_t d = 0; d < width; d++) {
            float16 key = *(const float16 *)(keys + d * columns + j);
#pragma clang loop unroll(full)
            for (size_t a = 0; a < group; a++) sum[a] += key * query[a][d];
        }
#pragma clang loop unroll(full)
        for (size_t a = 0; a < group; a++) *(float16 *)(scores + a * columns + j) = sum[a];
    }
}

/// Turns scores into weights that still lack the division by their sum, and returns its inverse.
INLINED float soften(float *scores, size_t count) {
    float highest = scores[0];
    for (size_t j = 0; j < count; j++) highest = scores[j] > highest ? scores[j] : highest;
    float sum = 0;
    for (size_t j = 0; j < count; j++) {
        float weight = exponential(scores[j] - highest);
        scores[j] = weight;
        sum += weight;
    }
    return 1.0f / sum;
}

INLINED void mix(
    const float *weights, size_t columns, const float *values, size_t count, const float *inverse,
    float *const row[group]) {
    float16 low[group] = {0}, high[group] = {0};
    for (size_t j = 0; j < count; j++) {
        float16 first = *(const float16 *)(values + j * width);
        float16 second = *(const float16 *)(values + j * width + lanes);
#pragma clang loop unroll(full)
        for (size_t a = 0; a < group; a++) {
            low[a] += first * weights[a * columns + j];
            high[a] += second * weights[a * columns + j];
        }
    }
#pragma clang loop unroll(full)
    for (size_t a = 0; a < group; a++) {
        *(float16 *)row[a] = low[a] * inverse[a];
        *(float16 *)(row[a] + lanes) = high[a] * inverse[a];
    }
}

MULTIVERSIONED
void transformer_attention(
    const float *projections, size_t count, size_t heads, float *scratch, float *output) {
    const size_t all = heads * width, stride = 3 * all, columns = padded(count);
    float *keys = scratch, *values = keys + width * columns, *scores = values + width * columns;
    for (size_t head = 0; head < heads; head++) {
        const float *queries = projections + head * width;
        gather(queries + all, queries + 2 * all, stride, count, keys, values);
        for (size_t i = 0; i < count; i += group) {
            const float *query[group];
            float *row[group], inverse[group];
            for (size_t a = 0; a < group; a++) {
                // A short last group computes its last query several times over, to the same result.
                size_t index = i + a < count ? i + a : count - 1;
                query[a] = queries + index * stride;
                row[a] = output + index * all + head * width;
            }
            score(query, keys, columns, scores);
            for (size_t a = 0; a < group; a++) inverse[a] = soften(scores + a * columns, count);
            mix(scores, columns, values, count, inverse, row);
        }
    }
}
