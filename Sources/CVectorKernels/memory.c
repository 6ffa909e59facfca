// Large arrays that grow by remapping pages instead of copying rows, and a checksum at memory speed.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#endif
#include <stdlib.h>
#include <string.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "kernels.h"

static void *copied(const void *old, size_t old_bytes, size_t new_bytes) {
    // aligned_alloc wants a multiple of the alignment.
    char *memory = aligned_alloc(64, (new_bytes + 63) / 64 * 64);
    if (memory == NULL) return NULL;
    size_t kept = old_bytes < new_bytes ? old_bytes : new_bytes;
    if (kept > 0) memcpy(memory, old, kept);
    memset(memory + kept, 0, new_bytes - kept);
    return memory;
}

#if defined(__linux__)
static void *mapped(void *old, size_t old_bytes, size_t new_bytes) {
    bool remaps = old_bytes >= VS_MAPPED_BYTES;
    char *memory = remaps ? mremap(old, old_bytes, new_bytes, MREMAP_MAYMOVE)
                          : mmap(NULL, new_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    // A scan touches every page in turn.
    madvise(memory, new_bytes, MADV_HUGEPAGE);
    if (!remaps && old_bytes > 0) memcpy(memory, old, old_bytes);
    return memory;
}
#endif

void *vs_memory_resize(void *old, size_t old_bytes, size_t new_bytes) {
#if defined(__linux__)
    if (new_bytes >= VS_MAPPED_BYTES) {
        void *memory = mapped(old, old_bytes, new_bytes);
        if (memory != NULL && old_bytes < VS_MAPPED_BYTES) vs_memory_free(old, old_bytes);
        return memory;
    }
#endif
    void *memory = copied(old, old_bytes, new_bytes);
    if (memory != NULL) vs_memory_free(old, old_bytes);
    return memory;
}

void vs_memory_free(void *memory, size_t bytes) {
#if defined(__linux__)
    if (bytes >= VS_MAPPED_BYTES) {
        munmap(memory, bytes);
        return;
    }
#endif
    (void)bytes;
    free(memory);
}

void vs_memory_trim(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

// Messages of megabytes are built up and dropped all the time. With pages of their own (below the mmap threshold) they
// would cost half as much again in page faults, so they are kept on the heap, and what is kept is given back when sessions
// end. But malloc_trim leaves the end of every heap but the main one, which after such messages is many megabytes for each
// thread: hence one heap for all. Small blocks come from caches of the threads all the same. The thresholds are the largest
// that glibc would come to by itself.
void vs_memory_prepare(void) {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

// Thirty-two lanes, each h = (h ^ word) * odd: a bijection in h and in word, so that one changed word always changes
// its lane.
typedef uint32_t vs_lanes __attribute__((vector_size(128), aligned(4), may_alias));

VS_INLINE uint64_t finished(const vs_lanes *lanes, uint64_t hash) {
    for (int i = 0; i < 32; i++) {
        hash = (hash ^ (*lanes)[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return hash;
}

VS_INLINE uint64_t checksum(char *to, const char *from, size_t count, uint64_t seed) {
    vs_lanes lanes;
    for (uint32_t i = 0; i < 32; i++) lanes[i] = i * 0x85EBCA6Bu;
    size_t done = 0;
    for (; done + sizeof lanes <= count; done += sizeof lanes) {
        vs_lanes words = *(const vs_lanes *)(from + done);
        if (to != NULL) *(vs_lanes *)(to + done) = words;
        lanes = (lanes ^ words) * 0x9E3779B1u;
    }
    vs_lanes rest = {0};
    if (done < count) memcpy(&rest, from + done, count - done);
    if (to != NULL && done < count) memcpy(to + done, from + done, count - done);
    lanes = (lanes ^ rest) * 0x9E3779B1u;
    return finished(&lanes, seed ^ count);
}

uint64_t vs_checksum(const void *bytes, size_t count, uint64_t seed) {
    return checksum(NULL, bytes, count, seed);
}

uint64_t vs_checksum_copy(void *to, const void *bytes, size_t count, uint64_t seed) {
    return checksum(to, bytes, count, seed);
}
