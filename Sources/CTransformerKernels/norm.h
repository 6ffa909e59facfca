// Layer norm and what is computed along with it, and the mean at the end.
#pragma once
#include "kernels.h"

/// One row: (x − mean) / √(variance + ε) · gain + bias. The variance is summed from differences, in a second pass
/// over a row that is in the first-level cache, because E[x²] − E[x]² loses digits.
INLINED void norm_row(const float *restrict row, transformer_norm norm, size_t columns, float *restrict output) {
    const float *restrict gain = norm.gain, *restrict bias = norm.bias;
    float sum = 0, squares = 0;
    for (size_t j = 0; j < columns; j++) sum += row[j];
    const float mean = sum / (float)columns;
    for (size_t j = 0; j < columns; j++) squares += (row[j] - mean) * (row[j] - mean);
    const float inverse = 1.0f / __builtin_sqrtf(squares / (float)columns + norm.epsilon);
    for (size_t j = 0; j < columns; j++) output[j] = (row[j] - mean) * inverse * gain[j] + bias[j];
}

static void embed(const int32_t *ids, size_t count, const float *words, const float *positions, const float *segment,
                  transformer_norm norm, size_t columns, float *output) {
    float row[transformer_maximum_columns];
    for (size_t i = 0; i < count; i++) {
        const float *word = words + (size_t)ids[i] * columns, *position = positions + i * columns;
        for (size_t j = 0; j < columns; j++) row[j] = word[j] + position[j] + segment[j];
        norm_row(row, norm, columns, output + i * columns);
    }
}

static void add_norm(const float *input, const float *residual, transformer_norm norm, size_t rows, size_t columns,
                     float *output) {
    float row[transformer_maximum_columns];
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) row[j] = input[i * columns + j] + residual[i * columns + j];
        norm_row(row, norm, columns, output + i * columns);
    }
}

static void mean_pool(const float *rows, size_t count, size_t columns, float *output) {
    memset(output, 0, columns * sizeof(float));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < columns; j++) output[j] += rows[i * columns + j];
    float squares = 0;
    for (size_t j = 0; j < columns; j++) squares += output[j] * output[j];
    // The mean's own divisor cancels out.
    const float inverse = squares > 0 ? 1.0f / sqrtf(squares) : 0;
    for (size_t j = 0; j < columns; j++) output[j] *= inverse;
}
