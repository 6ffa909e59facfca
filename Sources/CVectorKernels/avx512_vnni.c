// AVX-512 with VNNI: 64 products of a code and half a query number an instruction; 128 * high + low puts the halves
// together. Four rows share every load of the query.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)
#include "kernels.h"

VS_INLINE __m512i vs_join(__m512i high, __m512i low) {
    return _mm512_add_epi32(_mm512_slli_epi32(high, 7), low);
}

VS_INLINE __m256i vs_fold(__m512i v) {
    return _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
}

/// The four sums of the sixteen numbers of a, b, c and d.
VS_INLINE __m128i vs_sums4(__m512i a, __m512i b, __m512i c, __m512i d) {
    __m256i ab = _mm256_hadd_epi32(vs_fold(a), vs_fold(b)), cd = _mm256_hadd_epi32(vs_fold(c), vs_fold(d));
    __m256i all = _mm256_hadd_epi32(ab, cd);
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

VS_INLINE void vs_products4(const vs_rows *rows, const vs_query *query, const uint32_t *slots, int32_t *out) {
    const uint8_t *a = rows->codes + (size_t)slots[0] * rows->code_stride;
    const uint8_t *b = rows->codes + (size_t)slots[1] * rows->code_stride;
    const uint8_t *c = rows->codes + (size_t)slots[2] * rows->code_stride;
    const uint8_t *d = rows->codes + (size_t)slots[3] * rows->code_stride;
    __m512i ah = _mm512_setzero_si512(), al = ah, bh = ah, bl = ah, ch = ah, cl = ah, dh = ah, dl = ah;
    for (uint32_t j = 0; j < rows->code_stride; j += 64) {
        __m512i high = _mm512_load_si512(query->high + j), low = _mm512_load_si512(query->low + j);
        __m512i row = _mm512_load_si512(a + j);
        ah = _mm512_dpbusd_epi32(ah, row, high), al = _mm512_dpbusd_epi32(al, row, low);
        row = _mm512_load_si512(b + j);
        bh = _mm512_dpbusd_epi32(bh, row, high), bl = _mm512_dpbusd_epi32(bl, row, low);
        row = _mm512_load_si512(c + j);
        ch = _mm512_dpbusd_epi32(ch, row, high), cl = _mm512_dpbusd_epi32(cl, row, low);
        row = _mm512_load_si512(d + j);
        dh = _mm512_dpbusd_epi32(dh, row, high), dl = _mm512_dpbusd_epi32(dl, row, low);
    }
    __m128i sums = vs_sums4(vs_join(ah, al), vs_join(bh, bl), vs_join(ch, cl), vs_join(dh, dl));
    _mm_storeu_si128((__m128i *)out, _mm_sub_epi32(sums, _mm_set1_epi32((int32_t)query->bias)));
}

VS_INLINE int32_t vs_product(const vs_rows *rows, const vs_query *query, uint32_t slot) {
    const uint8_t *codes = rows->codes + (size_t)slot * rows->code_stride;
    __m512i high = _mm512_setzero_si512(), low = high;
    for (uint32_t j = 0; j < rows->code_stride; j += 64) {
        __m512i row = _mm512_load_si512(codes + j);
        high = _mm512_dpbusd_epi32(high, row, _mm512_load_si512(query->high + j));
        low = _mm512_dpbusd_epi32(low, row, _mm512_load_si512(query->low + j));
    }
    return (int32_t)((uint32_t)_mm512_reduce_add_epi32(vs_join(high, low)) - query->bias);
}

VS_INLINE void vs_products(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                           int32_t *out) {
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) vs_products4(rows, query, slots + i, out + i);
    for (; i < count; i++) out[i] = vs_product(rows, query, slots[i]);
}

#define VS_KERNELS vs_kernels_avx512_vnni
#include "algorithms.h"
#pragma clang attribute pop
#endif
