// AVX-512 without VNNI: codes widened to 16 bits, thirty-two products an instruction.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "kernels.h"

VS_INLINE __m512i vs_multiply32(const int16_t *wide, const uint8_t *codes) {
    __m512i c = _mm512_cvtepu8_epi16(_mm256_load_si256((const __m256i *)codes));
    return _mm512_madd_epi16(_mm512_load_si512(wide), c);
}

VS_INLINE void vs_products(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                           int32_t *out) {
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *codes = rows->codes + (size_t)slots[i] * rows->code_stride;
        __m512i even = _mm512_setzero_si512(), odd = even;
        for (uint32_t j = 0; j < rows->code_stride; j += 64) {
            even = _mm512_add_epi32(even, vs_multiply32(query->wide + j, codes + j));
            odd = _mm512_add_epi32(odd, vs_multiply32(query->wide + j + 32, codes + j + 32));
        }
        out[i] = (int32_t)((uint32_t)_mm512_reduce_add_epi32(_mm512_add_epi32(even, odd)) - query->bias);
    }
}

#define VS_KERNELS vs_kernels_avx512
#include "algorithms.h"
#pragma clang attribute pop
#endif
