// Dense layers with oneDNN's matrix multiplication, for one caller's thread each.
//
// oneDNN is a C++ library whose C interface leaves memory formats, primitive caching and lifetimes to the caller.
// This is the small part that a transformer's inference needs: y = gelu?(x · Wᵀ + b) in 32-bit floats, with W
// packed once into the format that the library's kernel for this processor wants.
//
// Threads: a layer may be applied by any number of threads at once, each with its own context. The library is
// built with OpenMP; its functions run on the calling thread only after `dense_use_one_thread`.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What one thread needs to run layers: a stream of the library and scratch memory.
typedef struct dense_context dense_context;

/// A layer with packed weights, its bias, and the compiled kernels by number of rows.
typedef struct dense_layer dense_layer;

typedef enum dense_status : int32_t {
    dense_ok = 0,
    dense_out_of_memory = 1,
    dense_unsupported = 2,
    dense_failed = 3,
} dense_status;

/// Makes the library compute on the calling thread alone. Cheap: call it before a thread's work.
void dense_use_one_thread(void);

/// `NULL` when out of memory.
dense_context *dense_context_create(void);
void dense_context_destroy(dense_context *context);

/// Packs `weights`, `outputs` rows of `inputs` floats as a checkpoint stores them, and copies `bias` (`outputs`
/// floats). Neither is used after the call. With `gelu` the layer ends in the exact (erf) Gaussian error linear
/// unit.
dense_status dense_layer_create(
    dense_context *context, const float *weights, const float *bias, int64_t outputs, int64_t inputs, bool gelu,
    dense_layer **layer);
void dense_layer_destroy(dense_layer *layer);

/// Applies the layer to `rows` rows of `input`, densely one after the other, into `output`. The first call with a
/// number of rows compiles a kernel (0.2 to 5 ms) and keeps it; so let the numbers be few.
dense_status dense_layer_apply(
    dense_layer *layer, dense_context *context, const float *input, float *output, int64_t rows);

#ifdef __cplusplus
}
#endif
