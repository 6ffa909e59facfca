// What every instruction set shares: heap order, padding, and the largest integer that a query may hold.
#pragma once
#include <math.h>
#include <string.h>

#include "bound.h"
#include "include/CVectorKernels.h"

// Wide vectors never cross a call: every function that takes or returns one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define VS_INLINE static inline __attribute__((always_inline))

/// Rows per round of the scan: their products and slots stay in the first-level cache.
#define VS_SCAN_BLOCK 256

/// Rows that the scan fetches before it needs them: the processor itself does not look beyond a page.
#define VS_SCAN_AHEAD 16

/// Rows of the scan that wait for their full product; 16 KB, with the block in the first-level cache.
#define VS_SCAN_WAITING 2048

/// Full products that are fetched ahead: a row of floats is 24 lines for 384 dimensions.
#define VS_FULL_AHEAD 2

/// 127 * 128, so that high and low fit in 8 bits.
#define VS_WIDE_LIMIT 16256

/// Products computed at once in the graph; a neighbour list is not longer.
#define VS_PRODUCT_BLOCK 64

VS_INLINE bool vs_is_better(vs_hit a, vs_hit b) {
    return a.score > b.score || (a.score == b.score && a.slot < b.slot);
}

VS_INLINE void vs_sift_down(vs_hit *hits, uint32_t count, uint32_t at) {
    vs_hit moving = hits[at];
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && vs_is_better(hits[child], hits[child + 1])) child++;
        if (!vs_is_better(moving, hits[child])) break;
        hits[at] = hits[child];
    }
    hits[at] = moving;
}

/// Keeps a hit if it is among the best `capacity` of a heap; returns whether the heap is full.
VS_INLINE bool vs_heap_offer(vs_hit *hits, uint32_t *count, uint32_t capacity, vs_hit hit) {
    if (*count < capacity) {
        uint32_t at = (*count)++;
        for (uint32_t parent; at > 0 && vs_is_better(hits[parent = (at - 1) / 2], hit); at = parent)
            hits[at] = hits[parent];
        hits[at] = hit;
    } else if (vs_is_better(hit, hits[0])) {
        hits[0] = hit;
        vs_sift_down(hits, *count, 0);
    }
    return *count == capacity;
}

VS_INLINE void vs_top_raise(vs_top *top, float threshold) {
    if (threshold > top->threshold) top->threshold = threshold;
}

VS_INLINE void vs_top_offer(vs_top *top, vs_hit hit) {
    if (!(hit.score >= top->threshold)) return;
    if (vs_heap_offer(top->hits, &top->count, top->capacity, hit)) vs_top_raise(top, top->hits[0].score);
}

VS_INLINE bool vs_has_bit(const uint64_t *words, uint32_t slot) {
    return words[slot >> 6] >> (slot & 63) & 1;
}

extern const vs_kernels vs_kernels_portable;
#if defined(__x86_64__)
extern const vs_kernels vs_kernels_avx2;
extern const vs_kernels vs_kernels_avx512;
extern const vs_kernels vs_kernels_avx512_vnni;
#endif
