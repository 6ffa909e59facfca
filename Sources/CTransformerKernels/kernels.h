// What every instruction set shares: vectors, the exponential, and the names of the tables.
#pragma once

#include <math.h>
#include <string.h>

#include "include/CTransformerKernels.h"

// Wide vectors never cross a call: every function that takes or returns one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

// Sums may be taken in any order, so that reductions become vectors too.
#pragma clang fp reassociate(on) contract(fast)

#define INLINED static inline __attribute__((always_inline))

/// Sixteen floats, at any address: one register of AVX-512, two of AVX, four of SSE.
typedef float float16 __attribute__((vector_size(64), aligned(4)));

enum { lanes = 16, panel = transformer_panel, width = transformer_head_width };

/// The most rows in a tile of any instruction set.
enum { most_tile_rows = 12 };

INLINED size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

typedef int32_t integer16 __attribute__((vector_size(64), aligned(4)));

/// The larger of two numbers, lane by lane; the second where one is not a number, as the processor's instruction does
/// it. The builtin would return the one that is a number, in three instructions.
INLINED float16 larger(float16 a, float16 b) {
    const integer16 first = a > b;
    return (float16)((first & (integer16)a) | (~first & (integer16)b));
}

/// The sixteen lanes folded in half until one is left: `OF(x, y)` of all of them.
#define FOLD(OF, x) \
    x = OF(x, __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)); \
    x = OF(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7)); \
    x = OF(x, __builtin_shufflevector(x, x, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3)); \
    x = OF(x, __builtin_shufflevector(x, x, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))

INLINED float16 plus(float16 a, float16 b) { return a + b; }

INLINED float maximum(float16 x) {
    FOLD(larger, x);
    return x[0];
}

INLINED float total(float16 x) {
    FOLD(plus, x);
    return x[0];
}

/// e^x; two units in the last place on [-87, 88], clamped outside.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by the polynomial of Cephes' expf, 2^n by writing the exponent. ln 2 is
/// subtracted in two steps so that n·ln 2 keeps its low bits.
INLINED float16 exponential(float16 x) {
    const float16 zero = {0};
    x = __builtin_elementwise_min(__builtin_elementwise_max(x, zero - 87.3f), zero + 88.0f);
    const float16 n = __builtin_elementwise_rint(x * 1.44269504088896341f);
    float16 r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float16 p = zero + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * (float16)((__builtin_convertvector(n, integer16) + 127) << 23);
}

extern const transformer_kernels transformer_kernels_portable;
#if defined(__x86_64__)
extern const transformer_kernels transformer_kernels_avx2;
extern const transformer_kernels transformer_kernels_avx512;
#endif
