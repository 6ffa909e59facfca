// Dense layers: y = x · Wᵀ + b.
//
// The innermost loop holds a tile of TILE_ROWS rows × TILE_VECTORS · 16 outputs in registers. For each input it loads
// the outputs' weights, TILE_VECTORS vectors, and multiplies them by one broadcast number of each row; nothing else
// happens, so an AVX-512 core does 24 multiply-adds for 14 loads and is bound by the multiply-adds.
//
// A panel (32 outputs) is taken through all rows before the next: at 384 inputs it is 48 KB, and after the first tile
// comes from the first or second cache. While that happens the next panel is fetched, each tile fetching its share:
// the 20 rows of a short question use every weight only twice, and waiting for them would take a third of the time. So
// the caller says, too, what follows the last panel.
//
// Three rows share a pointer: with one stride x86 can address them all, so twelve rows need five registers. Left alone
// the compiler derives all rows from one pointer, runs out of registers, and keeps sums on the stack: a quarter of the
// speed is lost, depending on compiler options as remote as the frame pointer's. Hence OPAQUE.
//
// Rows are divided evenly among as few tiles as hold them (22 rows are 11 + 11, not 12 + 10), because a tile of few
// rows can't hide the latency of its additions.
#pragma once
#include "kernels.h"

/// What a tile multiplies by: `depth` rows of 16 · TILE_VECTORS floats, `stride` apart.
typedef struct {
    const float *rows;
    size_t depth;
    size_t stride;
} columns;

/// Floats to fetch along the way: `step` of them per row of the columns from each of two places.
typedef struct {
    const float *first;
    const float *second;
    size_t step;
} ahead;

/// Forgets what is known of a pointer, so that it gets a register of its own.
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

INLINED void tile(size_t rows, const float *input, size_t input_stride, columns by, const float *bias, ahead next,
                  float *output, size_t output_stride) {
    float16 sum[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (size_t v = 0; v < TILE_VECTORS; v++) sum[r][v] = *(const float16 *)(bias + v * lanes);
    const float *weights = by.rows, *numbers[(TILE_ROWS + 2) / 3];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 3) numbers[r / 3] = input + r * input_stride;
    for (size_t k = 0; k < by.depth; k++) {
        float16 weight[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < TILE_VECTORS; v++) weight[v] = *(const float16 *)(weights + v * lanes);
        weights += by.stride;
        __builtin_prefetch(next.first + k * next.step);
        __builtin_prefetch(next.second + k * next.step);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const float x = numbers[r / 3][r % 3 * input_stride];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < TILE_VECTORS; v++) sum[r][v] += weight[v] * x;
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r += 3) {
            numbers[r / 3]++;
            OPAQUE(numbers[r / 3]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (size_t v = 0; v < TILE_VECTORS; v++) *(float16 *)(output + r * output_stride + v * lanes) = sum[r][v];
}

/// A tile with the loop for its number of rows, which is at most TILE_ROWS. Not inlined: specialized for a caller's
/// constants the loops need more registers than there are.
__attribute__((noinline)) static void tile_of(size_t rows, const float *input, size_t input_stride, columns by,
                                              const float *bias, ahead next, float *output, size_t output_stride) {
#define ROWS(n) \
    case n: \
        if (n <= TILE_ROWS) tile(n <= TILE_ROWS ? n : 1, input, input_stride, by, bias, next, output, output_stride); \
        break;
    switch (rows) {
        ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11) ROWS(12)
    }
#undef ROWS
    _Static_assert(TILE_ROWS <= most_tile_rows, "there is a loop for every number of rows");
}

/// One panel for all rows; `next` is the panel that will be needed after it.
INLINED void multiply(const float *input, size_t input_stride, size_t rows, columns by, const float *bias,
                      const float *next, float *output, size_t output_stride) {
    const size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    const size_t share = by.depth * panel / tiles;
    for (size_t t = 0; t < tiles; t++) {
        const size_t first = rows * t / tiles, end = rows * (t + 1) / tiles;
        const ahead part = {next + t * share, next + t * share + share / 2, panel / 2 / tiles};
        for (size_t v = 0; v < panel; v += TILE_VECTORS * lanes) {
            const columns half = {by.rows + v, by.depth, by.stride};
            tile_of(end - first, input + first * input_stride, input_stride, half, bias + v, part,
                    output + first * output_stride + v, output_stride);
        }
    }
}

/// x · Φ(x), with erf by formula 7.1.26 of Abramowitz and Stegun, |error| ≤ 1.5e-7.
INLINED float16 gelu(float16 x) {
    const float16 size = __builtin_elementwise_abs(x), z = size * 0.70710678118654752f;
    const float16 t = 1.0f / (1.0f + 0.3275911f * z);
    float16 p = 1.061405429f * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    return 0.5f * (x + size * (1.0f - p * t * exponential(-z * z)));
}

static void dense(transformer_dense layer, size_t first, size_t panels, const float *following, const float *input,
                  size_t rows, float *output, size_t output_stride) {
    for (size_t p = 0; p < panels; p++) {
        const columns by = {layer.weights + (first + p) * panel * layer.inputs, layer.inputs, panel};
        const float *next = p + 1 < panels ? by.rows + panel * layer.inputs : following;
        float *part = output + p * panel;
        multiply(input, layer.inputs, rows, by, layer.bias + (first + p) * panel, next, part, output_stride);
        if (!layer.gelu) continue;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < panel; j += lanes) {
                float16 *outputs = (float16 *)(part + i * output_stride + j);
                *outputs = gelu(*outputs);
            }
    }
}
