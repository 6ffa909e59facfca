// What a transformer's inference computes: embeddings, dense layers, attention, layer norm, pooling.
//
// Every function exists once per instruction set, behind one table of function pointers. They agree up to the rounding
// of 32-bit sums taken in another order.
//
// Matrices are row-major 32-bit floats; where a stride is given, rows are so many floats apart, else they have no gaps.
// Rows are tokens of one or more sequences packed back to back: there is no padding and so no mask. No function
// allocates, none keeps a pointer, all may be called by many threads at once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The widest row that the functions below take.
    transformer_maximum_columns = 4096,

    /// Outputs in one panel of a dense layer's packed weights.
    transformer_panel = 32,

    /// Width of an attention head: the only one that the kernels are written for. It is a panel's.
    transformer_head_width = transformer_panel,
};

/// Gain and bias of a layer norm, `columns` floats each, and what keeps its root from zero.
typedef struct transformer_norm {
    const float *_Nonnull gain;
    const float *_Nonnull bias;
    float epsilon;
} transformer_norm;

/// y = x · Wᵀ + b, and with `gelu` the exact (erf) Gaussian error linear unit of that.
typedef struct transformer_dense {
    /// Panel after panel; panel p has for each input the weights of outputs [32 p, 32 p + 32).
    const float *_Nonnull weights;
    const float *_Nonnull bias;
    size_t inputs;
    bool gelu;
} transformer_dense;

typedef struct transformer_kernels {
    /// The input of the first layer for one sequence: norm(words[id] + positions[index] + segment), for each of
    /// `count` ids. Every id is a row of `words`, and `count` is at most the rows of `positions`: the caller has
    /// checked both.
    void (*_Nonnull embed)(const int32_t *_Nonnull ids, size_t count, const float *_Nonnull words,
                           const float *_Nonnull positions, const float *_Nonnull segment, transformer_norm norm,
                           size_t columns, float *_Nonnull output);

    /// output = norm(input + residual); `output` may be `residual`.
    void (*_Nonnull add_norm)(const float *_Nonnull input, const float *_Nonnull residual, transformer_norm norm,
                              size_t rows, size_t columns, float *_Nonnull output);

    /// The outputs of `panels` panels from `first` on, for `rows` rows of `layer.inputs` floats. The first of them is
    /// written to `output[0]`, so that a part of a layer can go anywhere. Meanwhile weights from `following` on,
    /// about as many as a panel has, are fetched into the cache: those that the thread will probably need next. They
    /// are not read, and may be fewer.
    void (*_Nonnull dense)(transformer_dense layer, size_t first, size_t panels, const float *_Nonnull following,
                           const float *_Nonnull input, size_t rows, float *_Nonnull output, size_t output_stride);

    /// Bidirectional scaled dot-product attention of one head over one sequence of `count` tokens. A row of
    /// `projections` is a query, a key and a value of 32 floats each.
    void (*_Nonnull attention)(const float *_Nonnull projections, size_t count, float *_Nonnull scratch,
                               float *_Nonnull output, size_t output_stride);

    /// The mean of `count` ≥ 1 rows, divided by its Euclidean length.
    void (*_Nonnull mean_pool)(const float *_Nonnull rows, size_t count, size_t columns, float *_Nonnull output);
} transformer_kernels;

typedef enum { transformer_portable = 0, transformer_avx2 = 1, transformer_avx512 = 2 } transformer_instructions;

/// The kernels for an instruction set, or `NULL` if this processor or this build has none.
const transformer_kernels *_Nullable transformer_kernels_for(transformer_instructions instructions);

/// Packs `outputs` rows of `inputs` weights, as a checkpoint stores them, as panels from panel `first` on, `step`
/// panels apart. `outputs` is a multiple of 32.
void transformer_pack(const float *_Nonnull weights, size_t outputs, size_t inputs, size_t first, size_t step,
                      float *_Nonnull packed);

/// Floats of scratch that attention over `count` tokens needs.
size_t transformer_attention_scratch(size_t count);

/// For a loop that waits for another thread: gives the core's resources away for an instant.
static inline void transformer_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

#ifdef __cplusplus
}
#endif
