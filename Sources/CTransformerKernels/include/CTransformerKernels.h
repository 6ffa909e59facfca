// What a transformer computes between its matrix products: embeddings, layer norm, attention, pooling.
//
// All matrices are row-major 32-bit floats without gaps unless a stride is given. Rows are tokens of one or more
// sequences packed back to back: there is no padding and so no mask. No function allocates, none keeps a pointer,
// all may be called by many threads at once. Each is compiled for x86-64-v4, -v3 and the baseline and chosen at
// load time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The widest row that the functions below take.
enum { transformer_maximum_columns = 4096 };

/// Gain and bias of a layer norm, `columns` floats each, and what keeps its root from zero.
typedef struct transformer_norm {
    const float *gain;
    const float *bias;
    float epsilon;
} transformer_norm;

/// The input of the first layer for one sequence: norm(words[id] + positions[index] + segment), for each of `count`
/// ids. Every id is a row of `words`, and `count` is at most the rows of `positions`: the caller has checked both.
void transformer_embed(
    const int32_t *ids, size_t count, const float *words, const float *positions, const float *segment,
    transformer_norm norm, size_t columns, float *output);

/// output = norm(input + residual); `output` may be `residual`.
void transformer_add_norm(
    const float *input, const float *residual, transformer_norm norm, size_t rows, size_t columns, float *output);

/// Width of an attention head: the only one that the kernel is written for.
enum { transformer_head_width = 32 };

/// Floats of scratch that attention over `count` tokens needs.
size_t transformer_attention_scratch(size_t count);

/// Bidirectional scaled dot-product attention over one sequence of `count` tokens.
///
/// `projections` has rows of 3 · heads · 32 floats: queries, then keys, then values, each head by head. `output`
/// has rows of heads · 32.
void transformer_attention(
    const float *projections, size_t count, size_t heads, float *scratch, float *output);

/// The mean of `count` ≥ 1 rows, divided by its Euclidean length.
void transformer_mean_pool(const float *rows, size_t count, size_t columns, float *output);

/// Divides `vector` by its Euclidean length, unless that is zero.
void transformer_normalize(float *vector, size_t columns);

#ifdef __cplusplus
}
#endif
