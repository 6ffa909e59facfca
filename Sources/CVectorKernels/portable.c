// For any processor: plain C that the compiler vectorises for the baseline instruction set (SSE2, NEON).
#include "kernels.h"

VS_INLINE void vs_products(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                           int32_t *out) {
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *codes = rows->codes + (size_t)slots[i] * rows->code_stride;
        uint32_t sum = 0;
        for (uint32_t j = 0; j < rows->code_stride; j++) sum += (uint32_t)((int32_t)query->wide[j] * codes[j]);
        out[i] = (int32_t)(sum - query->bias);
    }
}

#define VS_KERNELS vs_kernels_portable
#include "algorithms.h"
