// AVX2: a vector of sixteen floats is two registers, and 12 of 16 registers are sums.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define TILE_ROWS 6
#define TILE_VECTORS 1
#define KERNELS transformer_kernels_avx2
#include "algorithms.h"
#pragma clang attribute pop
#endif
