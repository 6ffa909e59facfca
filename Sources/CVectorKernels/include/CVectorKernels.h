// The hot loops of VectorSearch: dot products, the exact scan and the walk through the graph.
//
// Every function exists once per instruction set, behind one table of function pointers. All of them give bit for bit
// the same answers, because the arithmetic leaves no room for rounding to differ:
//   - products of codes are integers (sums wrap modulo 2^32 and the true sum fits in 32 bits);
//   - the product of two floats is exact in double, so a fused multiply-add rounds exactly like multiply, then add;
//     sixteen partial sums in a fixed order do the rest.
//
// Nothing here allocates, locks, or reads outside of the arrays that the caller describes.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// No slot: ends a neighbour list, and is the entry of an empty graph.
#define VS_NONE UINT32_MAX

/// Rows are padded so that no loop has a remainder: codes to 64 bytes, floats to 16 numbers.
#define VS_CODE_BLOCK 64
#define VS_FLOAT_BLOCK 16

typedef struct {
    float score;
    uint32_t slot;
} vs_hit;

/// The stored rows, by slot. A row x is unit length, and x = scale * (code - 128) + e with |e| <= error.
typedef struct {
    const float *_Nonnull floats;
    const uint8_t *_Nonnull codes;
    const float *_Nonnull scales;
    const float *_Nonnull errors;
    uint32_t dimension;
    uint32_t float_stride;
    uint32_t code_stride;
} vs_rows;

/// A query and its 15-bit form: q = scale * wide + f, wide = 128 * high + low, |f| <= residual.
typedef struct {
    const float *_Nonnull floats;
    const int16_t *_Nonnull wide;
    const int8_t *_Nonnull high;
    const int8_t *_Nonnull low;
    /// 128 * sum(wide) modulo 2^32: what the codes' offset of 128 adds to every product.
    uint32_t bias;
    float scale;
    /// |q . x - approximation| <= slope * error(x) + slack; the derivation stands in bound.h.
    float slope;
    float slack;
} vs_query;

/// The k best hits so far: a binary heap with the worst hit at its root.
typedef struct {
    vs_hit *_Nonnull hits;
    uint32_t count;
    uint32_t capacity;
    /// What a row must reach at least: the caller's minimum, and the best root of a heap that is full.
    float threshold;
    /// What the rows of scans are worth at least: another heap of `capacity`, of lower bounds instead of scores.
    vs_hit *_Nonnull bounds;
    uint32_t bounded;
} vs_top;

/// A layered graph. Level 0 has `2 * m` words a slot; a slot of level l > 0 has its l lists of `m` words in `upper`,
/// from `upper_offset[slot]` on. A list holds distinct slots and is filled up with VS_NONE.
typedef struct {
    const uint32_t *_Nonnull base;
    const uint32_t *_Nonnull upper;
    const uint32_t *_Nonnull upper_offset;
    uint32_t m;
    uint32_t slots;
} vs_graph;

typedef enum { VS_UNIT_OK = 0, VS_UNIT_ZERO = 1, VS_UNIT_NOT_FINITE = 2 } vs_unit;

typedef struct {
    /// Scales `vector` to unit length and pads it with zeros up to `stride` numbers.
    vs_unit (*_Nonnull normalize)(const float *_Nonnull vector, uint32_t dimension, float *_Nonnull unit,
                                  uint32_t stride);

    /// Whether a padded row has unit length, as every row that was normalized has.
    bool (*_Nonnull is_unit)(const float *_Nonnull row, uint32_t float_stride);

    /// Computes the codes (padded), scale and error of a padded unit row.
    void (*_Nonnull encode)(const float *_Nonnull unit, uint32_t float_stride, uint8_t *_Nonnull codes,
                            uint32_t code_stride, float *_Nonnull scale, float *_Nonnull error);

    /// Prepares a padded unit vector as a query; `wide`, `high` and `low` have `code_stride` elements each and are
    /// 64-byte aligned.
    void (*_Nonnull prepare)(const float *_Nonnull unit, uint32_t dimension, uint32_t float_stride,
                             uint32_t code_stride, int16_t *_Nonnull wide, int8_t *_Nonnull high,
                             int8_t *_Nonnull low, vs_query *_Nonnull query);

    /// Offers every row whose bit is set in words [from, to) of `mask` to `top`; exact, see bound.h.
    /// Returns how many rows needed the full product.
    uint32_t (*_Nonnull scan)(const vs_rows *_Nonnull rows, const vs_query *_Nonnull query,
                              const uint64_t *_Nonnull mask, uint32_t from, uint32_t to, vs_top *_Nonnull top);

    /// Walks greedily from `entry` on level `from` down to the best node of level `to`.
    uint32_t (*_Nonnull descend)(const vs_rows *_Nonnull rows, const vs_graph *_Nonnull graph,
                                 const vs_query *_Nonnull query, uint32_t entry, uint32_t from, uint32_t to);

    /// Beam search of width `width` on one level from `entry`; leaves the hits in `beam`, best first, with approximate
    /// scores, and returns their number. `visited` has a bit for every slot of the graph and is cleared here.
    uint32_t (*_Nonnull beam)(const vs_rows *_Nonnull rows, const vs_graph *_Nonnull graph,
                              const vs_query *_Nonnull query, uint32_t entry, uint32_t level, uint32_t width,
                              vs_hit *_Nonnull beam, uint64_t *_Nonnull visited);

    /// Offers those of `count` approximate hits whose bit is set in `mask` to `top` with their exact score.
    /// Returns how many bits were set.
    uint32_t (*_Nonnull rerank)(const vs_rows *_Nonnull rows, const vs_query *_Nonnull query,
                                const vs_hit *_Nonnull hits, uint32_t count, const uint64_t *_Nonnull mask,
                                vs_top *_Nonnull top);

    /// Scores each of `count` slots against the row `slot` by their codes alone, best first, ties by slot.
    void (*_Nonnull neighbours)(const vs_rows *_Nonnull rows, uint32_t slot, const uint32_t *_Nonnull slots,
                                uint32_t count, vs_hit *_Nonnull out, void *_Nonnull scratch);

    /// Chooses at most `limit` of `count` hits (best first) as neighbours: a hit that is nearer to one already chosen
    /// than to the centre is left out (Malkov & Yashunin 2018, algorithm 4). Returns how many were chosen.
    uint32_t (*_Nonnull choose)(const vs_rows *_Nonnull rows, const vs_hit *_Nonnull hits, uint32_t count,
                                uint32_t limit, uint32_t *_Nonnull chosen, void *_Nonnull scratch);
} vs_kernels;

typedef enum { VS_PORTABLE = 0, VS_AVX2 = 1, VS_AVX512 = 2, VS_AVX512_VNNI = 3 } vs_instructions;

/// The kernels for an instruction set, or NULL if this processor or this build has none.
const vs_kernels *_Nullable vs_kernels_for(vs_instructions instructions);

/// Bytes of scratch that `neighbours` and `choose` need, 64-byte aligned.
size_t vs_scratch_bytes(uint32_t code_stride);

/// Sorts the hits of `top` best first, ties by slot; it is no heap afterwards.
void vs_top_sort(vs_top *_Nonnull top);

/// Memory that grows without being copied where the system can remap pages; always 64-byte aligned, new bytes are zero.
/// `old` may be NULL with `old_bytes` 0. Returns NULL when there is no memory; `old` then is still valid.
void *_Nullable vs_memory_resize(void *_Nullable old, size_t old_bytes, size_t new_bytes);
void vs_memory_free(void *_Nullable memory, size_t bytes);

/// From this size on memory has pages of its own, is remapped instead of copied, and goes back to the system when freed.
#define VS_MAPPED_BYTES (1 << 20)

/// Gives the free pages below that size back to the system; takes milliseconds and locks the allocator.
void vs_memory_trim(void);

/// Makes the allocator one that vs_memory_trim can empty; to be called before there are threads.
void vs_memory_prepare(void);

/// A 64-bit checksum for finding damage, not forgery: any change inside one 32-bit word changes it.
uint64_t vs_checksum(const void *_Nonnull bytes, size_t count, uint64_t seed);

/// Copies and checksums in one pass over the source.
uint64_t vs_checksum_copy(void *_Nonnull to, const void *_Nonnull bytes, size_t count, uint64_t seed);
