// AVX2: codes widened to 16 bits, sixteen products an instruction.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels.h"

VS_INLINE int32_t vs_sum8(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
    return _mm_cvtsi128_si32(s);
}

VS_INLINE __m256i vs_multiply16(const int16_t *wide, const uint8_t *codes) {
    __m256i c = _mm256_cvtepu8_epi16(_mm_load_si128((const __m128i *)codes));
    return _mm256_madd_epi16(_mm256_load_si256((const __m256i *)wide), c);
}

VS_INLINE void vs_products(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                           int32_t *out) {
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *codes = rows->codes + (size_t)slots[i] * rows->code_stride;
        __m256i even = _mm256_setzero_si256(), odd = even;
        for (uint32_t j = 0; j < rows->code_stride; j += 32) {
            even = _mm256_add_epi32(even, vs_multiply16(query->wide + j, codes + j));
            odd = _mm256_add_epi32(odd, vs_multiply16(query->wide + j + 16, codes + j + 16));
        }
        out[i] = (int32_t)((uint32_t)vs_sum8(_mm256_add_epi32(even, odd)) - query->bias);
    }
}

#define VS_KERNELS vs_kernels_avx2
#include "algorithms.h"
#pragma clang attribute pop
#endif
