// AVX-512: 24 of 32 registers are sums.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define TILE_ROWS 12
#define TILE_VECTORS 2
#define KERNELS transformer_kernels_avx512
#include "algorithms.h"
#pragma clang attribute pop
#endif
