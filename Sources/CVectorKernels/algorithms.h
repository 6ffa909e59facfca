// The algorithms, compiled once per instruction set around that set's vs_products().
//
// Include it last, with VS_KERNELS defined as the name of the table to fill. It has no include guard on purpose.

typedef float vs_float16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef double vs_double16 __attribute__((vector_size(128)));
typedef uint8_t vs_byte16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int16_t vs_short16 __attribute__((vector_size(32), aligned(2), may_alias));

// MARK: Sixteen lanes in a fixed order

VS_INLINE vs_float16 load16(const float *numbers) {
    return *(const vs_float16 *)numbers;
}

VS_INLINE double sum16(vs_double16 lanes) {
    for (uint32_t width = 8; width > 0; width /= 2)
        for (uint32_t i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

/// Adds sixteen products. Each is exact in double, so it does not matter whether the compiler fuses.
VS_INLINE vs_double16 add_products(vs_double16 sum, vs_float16 a, vs_float16 b) {
    return sum + __builtin_convertvector(a, vs_double16) * __builtin_convertvector(b, vs_double16);
}

/// The whole numbers nearest to `numbers * factor`, for results below 2^22: adding 1.5 * 2^23 leaves no place for a
/// fraction.
VS_INLINE vs_float16 whole16(vs_float16 numbers, float factor) {
#pragma clang fp contract(off)
    vs_float16 scaled = numbers * factor;
    return (scaled + 12582912.0f) - 12582912.0f;
}

/// The largest magnitude in a padded unit vector; above 0.
VS_INLINE float largest(const float *unit, uint32_t stride) {
    vs_float16 most = {0};
    for (uint32_t i = 0; i < stride; i += 16)
        most = __builtin_elementwise_max(most, __builtin_elementwise_abs(load16(unit + i)));
    for (uint32_t i = 1; i < 16; i++) most[0] = most[i] > most[0] ? most[i] : most[0];
    return most[0];
}

/// A length from its square, as a float that is not smaller.
VS_INLINE float rounded_up(double square) {
    return (float)(sqrt(square) * (1 + 0x1p-20));
}

// MARK: Rows and queries

static vs_unit normalize(const float *vector, uint32_t dimension, float *unit, uint32_t stride) {
    memcpy(unit, vector, dimension * sizeof(float));
    memset(unit + dimension, 0, (stride - dimension) * sizeof(float));
    vs_double16 squares = {0};
    for (uint32_t i = 0; i < stride; i += 16) squares = add_products(squares, load16(unit + i), load16(unit + i));
    double square = sum16(squares);
    if (!isfinite(square)) return VS_UNIT_NOT_FINITE;
    if (square == 0) return VS_UNIT_ZERO;
    double inverse = 1 / sqrt(square);
    for (uint32_t i = 0; i < dimension; i++) unit[i] = (float)(unit[i] * inverse);
    return VS_UNIT_OK;
}

static bool is_unit(const float *row, uint32_t float_stride) {
    vs_double16 squares = {0};
    for (uint32_t i = 0; i < float_stride; i += 16) squares = add_products(squares, load16(row + i), load16(row + i));
    // Written so that NaN is refused too.
    return fabs(sum16(squares) - 1) <= 2 * (VS_NORM_LIMIT - 1);
}

static void encode(const float *unit, uint32_t float_stride, uint8_t *codes, uint32_t code_stride, float *scale,
                   float *error) {
#pragma clang fp contract(off)
    float step = largest(unit, float_stride) / 127;
    vs_double16 squares = {0};
    memset(codes, 128, code_stride);
    for (uint32_t i = 0; i < float_stride; i += 16) {
        vs_float16 numbers = load16(unit + i), whole = whole16(numbers, 1 / step);
        vs_double16 rest = __builtin_convertvector(numbers, vs_double16) -
                           __builtin_convertvector(whole, vs_double16) * (double)step;
        squares += rest * rest;
        *(vs_byte16 *)(codes + i) = __builtin_convertvector(whole + 128, vs_byte16);
    }
    *scale = step;
    *error = rounded_up(sum16(squares));
}

/// Splits the wide numbers and sums them up; the rest of the query follows from `scale` and `residual`.
VS_INLINE void finish_query(const int16_t *wide, int8_t *high, int8_t *low, uint32_t count, vs_query *query) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        int32_t top = (wide[i] + 64) >> 7;
        high[i] = (int8_t)top;
        low[i] = (int8_t)(wide[i] - 128 * top);
        sum += wide[i];
    }
    query->wide = wide;
    query->high = high;
    query->low = low;
    query->bias = 128u * (uint32_t)sum;
}

static void prepare(const float *unit, uint32_t dimension, uint32_t float_stride, uint32_t code_stride, int16_t *wide,
                    int8_t *high, int8_t *low, vs_query *query) {
#pragma clang fp contract(off)
    // The product with codes of up to 127 must fit in 32 bits: beyond 1,040 dimensions the query gets fewer bits.
    uint32_t fitting = INT32_MAX / 127 / dimension;
    float limit = (float)(fitting < VS_WIDE_LIMIT ? fitting : VS_WIDE_LIMIT);
    float step = largest(unit, float_stride) / limit;
    vs_double16 squares = {0};
    memset(wide, 0, code_stride * sizeof(int16_t));
    for (uint32_t i = 0; i < float_stride; i += 16) {
        vs_float16 numbers = load16(unit + i), whole = whole16(numbers, 1 / step);
        vs_double16 rest = __builtin_convertvector(numbers, vs_double16) -
                           __builtin_convertvector(whole, vs_double16) * (double)step;
        squares += rest * rest;
        *(vs_short16 *)(wide + i) = __builtin_convertvector(whole, vs_short16);
    }
    float residual = rounded_up(sum16(squares));
    finish_query(wide, high, low, code_stride, query);
    query->floats = unit;
    query->scale = step;
    query->slope = (float)(VS_NORM_LIMIT + residual);
    query->slack = (float)(VS_NORM_LIMIT * residual + VS_ROUNDING_SLACK);
}

/// In double precision, clamped to [-1, 1] and rounded once.
VS_INLINE float cosine(const vs_rows *rows, const vs_query *query, uint32_t slot) {
    const float *row = rows->floats + (size_t)slot * rows->float_stride;
    vs_double16 sum = {0};
    for (uint32_t i = 0; i < rows->float_stride; i += 16)
        sum = add_products(sum, load16(row + i), load16(query->floats + i));
    return (float)fmin(fmax(sum16(sum), -1), 1);
}

// MARK: Exact scan

/// Offers a row unless the bound says that it can't be among the best.
VS_INLINE uint32_t offer(const vs_rows *rows, const vs_query *query, uint32_t slot, float approximation, vs_top *top) {
    float most = approximation + query->slope * rows->errors[slot] + query->slack;
    if (most < top->threshold) return 0;
    vs_top_offer(top, (vs_hit){cosine(rows, query, slot), slot});
    return 1;
}

VS_INLINE void prefetch_codes(const vs_rows *rows, uint32_t slot) {
    const uint8_t *codes = rows->codes + (size_t)slot * rows->code_stride;
    for (uint32_t i = 0; i < rows->code_stride; i += 64) __builtin_prefetch(codes + i);
}

VS_INLINE void prefetch_floats(const vs_rows *rows, uint32_t slot) {
    const float *row = rows->floats + (size_t)slot * rows->float_stride;
    for (uint32_t i = 0; i < rows->float_stride; i += 16) __builtin_prefetch(row + i);
}

/// Rows whose bound lets them in, with what they are worth at most; why they wait stands in bound.h.
typedef struct {
    vs_hit rows[VS_SCAN_WAITING];
    uint32_t count;
} vs_waiting;

/// Offers the rows that wait, and that the bounds found since then do not shut out.
VS_INLINE uint32_t serve(const vs_rows *rows, const vs_query *query, vs_waiting *waiting, vs_top *top) {
    uint32_t full = 0, kept = 0;
    for (uint32_t i = 0; i < waiting->count; i++)
        if (waiting->rows[i].score >= top->threshold) waiting->rows[kept++] = waiting->rows[i];
    for (uint32_t i = 0; i < kept; i++) {
        if (i + VS_FULL_AHEAD < kept) prefetch_floats(rows, waiting->rows[i + VS_FULL_AHEAD].slot);
        if (waiting->rows[i].score < top->threshold) continue;
        vs_top_offer(top, (vs_hit){cosine(rows, query, waiting->rows[i].slot), waiting->rows[i].slot});
        full++;
    }
    waiting->count = 0;
    return full;
}

/// Lets a row wait unless its bound shuts it out.
VS_INLINE void admit(const vs_rows *rows, const vs_query *query, uint32_t slot, float approximation,
                     vs_waiting *waiting, vs_top *top) {
    float most = query->slope * rows->errors[slot] + query->slack;
    if (approximation + most < top->threshold) return;
    waiting->rows[waiting->count++] = (vs_hit){approximation + most, slot};
    if (vs_heap_offer(top->bounds, &top->bounded, top->capacity, (vs_hit){approximation - most, slot}))
        vs_top_raise(top, top->bounds[0].score);
}

VS_INLINE uint32_t scan_block(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                              vs_waiting *waiting, vs_top *top) {
    int32_t dots[VS_SCAN_BLOCK];
    for (uint32_t i = 0; i < count; i += VS_SCAN_AHEAD) {
        uint32_t some = count - i < VS_SCAN_AHEAD ? count - i : VS_SCAN_AHEAD;
        for (uint32_t next = i + VS_SCAN_AHEAD; next < i + 2 * VS_SCAN_AHEAD && next < count; next++)
            prefetch_codes(rows, slots[next]);
        vs_products(rows, query, slots + i, some, dots + i);
    }
    uint32_t full = waiting->count > VS_SCAN_WAITING - count ? serve(rows, query, waiting, top) : 0;
    for (uint32_t i = 0; i < count; i++)
        admit(rows, query, slots[i], query->scale * rows->scales[slots[i]] * (float)dots[i], waiting, top);
    return full;
}

static uint32_t scan(const vs_rows *rows, const vs_query *query, const uint64_t *mask, uint32_t from, uint32_t to,
                     vs_top *top) {
    vs_waiting waiting;
    waiting.count = 0;
    uint32_t slots[VS_SCAN_BLOCK], count = 0, full = 0;
    for (uint32_t word = from; word < to; word++) {
        for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1)
            slots[count++] = word * 64 + (uint32_t)__builtin_ctzll(bits);
        if (count > VS_SCAN_BLOCK - 64) {
            full += scan_block(rows, query, slots, count, &waiting, top);
            count = 0;
        }
    }
    full += scan_block(rows, query, slots, count, &waiting, top);
    return full + serve(rows, query, &waiting, top);
}

// MARK: Graph

VS_INLINE const uint32_t *links_of(const vs_graph *graph, uint32_t slot, uint32_t level) {
    if (level == 0) return graph->base + (size_t)slot * 2 * graph->m;
    return graph->upper + graph->upper_offset[slot] + (size_t)(level - 1) * graph->m;
}

VS_INLINE uint32_t width_of(const vs_graph *graph, uint32_t level) {
    return level == 0 ? 2 * graph->m : graph->m;
}

/// What enters the beam will probably be expanded.
VS_INLINE void prefetch_links(const vs_graph *graph, uint32_t slot, uint32_t level) {
    const uint32_t *links = links_of(graph, slot, level);
    for (uint32_t i = 0; i < width_of(graph, level); i += 16) __builtin_prefetch(links + i);
}

/// The scores of at most VS_PRODUCT_BLOCK slots by codes alone.
VS_INLINE void scores_of(const vs_rows *rows, const vs_query *query, const uint32_t *slots, uint32_t count,
                         vs_hit *hits) {
    int32_t dots[VS_PRODUCT_BLOCK];
    vs_products(rows, query, slots, count, dots);
    for (uint32_t i = 0; i < count; i++)
        hits[i] = (vs_hit){query->scale * rows->scales[slots[i]] * (float)dots[i], slots[i]};
}

static uint32_t descend(const vs_rows *rows, const vs_graph *graph, const vs_query *query, uint32_t entry,
                        uint32_t from, uint32_t to) {
    vs_hit best, hits[VS_PRODUCT_BLOCK];
    scores_of(rows, query, &entry, 1, &best);
    for (uint32_t level = from; level > to; level--) {
        for (bool moved = true; moved;) {
            const uint32_t *links = links_of(graph, best.slot, level);
            uint32_t count = 0;
            while (count < graph->m && links[count] != VS_NONE) prefetch_codes(rows, links[count++]);
            scores_of(rows, query, links, count, hits);
            moved = false;
            for (uint32_t i = 0; i < count; i++)
                if (hits[i].score > best.score) best = hits[i], moved = true;
        }
    }
    return best.slot;
}

/// Marks a hit of the beam whose neighbours have not been looked at; slots stay below 2^31.
#define VS_OPEN 0x80000000u

/// Puts a hit in its place among `count` sorted ones, dropping the last if there are `width`; returns the place.
VS_INLINE uint32_t insert(vs_hit *beam, uint32_t *count, uint32_t width, vs_hit hit) {
    uint32_t low = 0, high = *count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (beam[middle].score >= hit.score) low = middle + 1;
        else high = middle;
    }
    uint32_t kept = *count < width ? *count : width - 1;
    memmove(beam + low + 1, beam + low, (kept - low) * sizeof(vs_hit));
    beam[low] = hit;
    *count = kept + 1;
    return low;
}

/// Those of a node's neighbours that were not visited; marks them.
VS_INLINE uint32_t unvisited(const vs_rows *rows, const uint32_t *links, uint32_t width, uint64_t *visited,
                             uint32_t *fresh) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < width && links[i] != VS_NONE; i++) {
        uint64_t bit = 1ull << (links[i] & 63), *word = &visited[links[i] >> 6];
        fresh[count] = links[i];
        count += (*word & bit) == 0;
        *word |= bit;
    }
    for (uint32_t i = 0; i < count; i++) prefetch_codes(rows, fresh[i]);
    return count;
}

static uint32_t beam(const vs_rows *rows, const vs_graph *graph, const vs_query *query, uint32_t entry, uint32_t level,
                     uint32_t width, vs_hit *beam, uint64_t *visited) {
    uint32_t fresh[VS_PRODUCT_BLOCK], count = 1;
    vs_hit hits[VS_PRODUCT_BLOCK];
    memset(visited, 0, ((size_t)graph->slots + 63) / 64 * 8);
    visited[entry >> 6] |= 1ull << (entry & 63);
    scores_of(rows, query, &entry, 1, beam);
    beam[0].slot |= VS_OPEN;
    for (uint32_t next = 0; next < count;) {
        uint32_t slot = beam[next].slot &= ~VS_OPEN;
        uint32_t found = unvisited(rows, links_of(graph, slot, level), width_of(graph, level), visited, fresh);
        scores_of(rows, query, fresh, found, hits);
        for (uint32_t i = 0; i < found; i++) {
            if (count == width && hits[i].score <= beam[count - 1].score) continue;
            hits[i].slot |= VS_OPEN;
            prefetch_links(graph, hits[i].slot & ~VS_OPEN, level);
            uint32_t place = insert(beam, &count, width, hits[i]);
            if (place < next) next = place;
        }
        while (next < count && (beam[next].slot & VS_OPEN) == 0) next++;
    }
    return count;
}

static uint32_t rerank(const vs_rows *rows, const vs_query *query, const vs_hit *hits, uint32_t count,
                       const uint64_t *mask, vs_top *top) {
    uint32_t matching = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!vs_has_bit(mask, hits[i].slot)) continue;
        matching++;
        offer(rows, query, hits[i].slot, hits[i].score, top);
    }
    return matching;
}

// MARK: Building

/// A stored row as a query: its codes are the high half, there is no low half.
VS_INLINE vs_query row_query(const vs_rows *rows, uint32_t slot, void *scratch) {
    const uint8_t *codes = rows->codes + (size_t)slot * rows->code_stride;
    int16_t *wide = scratch;
    int8_t *high = (int8_t *)(wide + rows->code_stride), *low = high + rows->code_stride;
    for (uint32_t i = 0; i < rows->code_stride; i++) wide[i] = (int16_t)((codes[i] - 128) * 128);
    vs_query query = {.floats = rows->floats, .scale = rows->scales[slot] / 128, .slope = 0, .slack = 0};
    finish_query(wide, high, low, rows->code_stride, &query);
    return query;
}

static void neighbours(const vs_rows *rows, uint32_t slot, const uint32_t *slots, uint32_t count, vs_hit *out,
                       void *scratch) {
    vs_query query = row_query(rows, slot, scratch);
    vs_hit hits[VS_PRODUCT_BLOCK];
    uint32_t sorted = 0;
    for (uint32_t from = 0; from < count; from += VS_PRODUCT_BLOCK) {
        uint32_t some = count - from < VS_PRODUCT_BLOCK ? count - from : VS_PRODUCT_BLOCK;
        scores_of(rows, &query, slots + from, some, hits);
        for (uint32_t i = 0; i < some; i++) insert(out, &sorted, count, hits[i]);
    }
}

/// Whether one of the chosen slots is nearer to the hit than the centre is.
VS_INLINE bool is_covered(const vs_rows *rows, vs_hit hit, const uint32_t *chosen, uint32_t count, void *scratch) {
    vs_query query = row_query(rows, hit.slot, scratch);
    vs_hit near[4];
    for (uint32_t from = 0; from < count; from += 4) {
        uint32_t some = count - from < 4 ? count - from : 4;
        scores_of(rows, &query, chosen + from, some, near);
        for (uint32_t i = 0; i < some; i++)
            if (near[i].score > hit.score) return true;
    }
    return false;
}

static uint32_t choose(const vs_rows *rows, const vs_hit *hits, uint32_t count, uint32_t limit, uint32_t *chosen,
                       void *scratch) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < count && found < limit; i++)
        if (!is_covered(rows, hits[i], chosen, found, scratch)) chosen[found++] = hits[i].slot;
    return found;
}

const vs_kernels VS_KERNELS = {normalize, is_unit, encode, prepare, scan, descend, beam, rerank, neighbours, choose};
