// Which kernels this processor can run, and what is the same for all of them.
#include "kernels.h"

const transformer_kernels *transformer_kernels_for(transformer_instructions instructions) {
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    switch (instructions) {
    case transformer_portable: return &transformer_kernels_portable;
    case transformer_avx2: return avx2 ? &transformer_kernels_avx2 : NULL;
    case transformer_avx512: return avx512 ? &transformer_kernels_avx512 : NULL;
    }
    return NULL;
#else
    return instructions == transformer_portable ? &transformer_kernels_portable : NULL;
#endif
}

void transformer_pack(const float *weights, size_t outputs, size_t inputs, size_t first, size_t step, float *packed) {
    for (size_t p = 0; p < outputs / panel; p++) {
        const float *rows = weights + p * panel * inputs;
        float *to = packed + (first + p * step) * panel * inputs;
        for (size_t k = 0; k < inputs; k++)
            for (size_t j = 0; j < panel; j++) to[k * panel + j] = rows[j * inputs + k];
    }
}

size_t transformer_attention_scratch(size_t count) {
    const size_t room = (count + panel - 1) / panel * panel;
    return (width + most_tile_rows) * room;
}
