// For any processor: a vector of sixteen floats is four registers of the baseline (SSE2, NEON), of which 8 are sums.
#define TILE_ROWS 2
#define TILE_VECTORS 1
#define KERNELS transformer_kernels_portable
#include "algorithms.h"
