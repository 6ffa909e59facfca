// Which kernels this processor can run.
#include <stdlib.h>

#include "kernels.h"

const vs_kernels *vs_kernels_for(vs_instructions instructions) {
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    switch (instructions) {
    case VS_PORTABLE: return &vs_kernels_portable;
    case VS_AVX2: return avx2 ? &vs_kernels_avx2 : NULL;
    case VS_AVX512: return avx512 ? &vs_kernels_avx512 : NULL;
    case VS_AVX512_VNNI: return avx512 && __builtin_cpu_supports("avx512vnni") ? &vs_kernels_avx512_vnni : NULL;
    }
    return NULL;
#else
    return instructions == VS_PORTABLE ? &vs_kernels_portable : NULL;
#endif
}

size_t vs_scratch_bytes(uint32_t code_stride) {
    return (size_t)code_stride * (sizeof(int16_t) + 2 * sizeof(int8_t));
}

void vs_top_sort(vs_top *top) {
    for (uint32_t left = top->count; left > 1; left--) {
        vs_hit worst = top->hits[0];
        top->hits[0] = top->hits[left - 1];
        top->hits[left - 1] = worst;
        vs_sift_down(top->hits, left - 1, 0);
    }
}
