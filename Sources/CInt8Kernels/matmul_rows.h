// The reference for `matmul`, one output at a time. Vector kernels fall back on it for the rows that do not fill a
// panel, and are tested against it bit for bit: the integer sum of a group is exact, and the float sum runs over the
// groups in order, with one fused multiply-add each.

#ifndef FATHOM_MATMUL_ROWS_H
#define FATHOM_MATMUL_ROWS_H

#include <math.h>
#include <string.h>

#include "half.h"
#include "include/int8_kernels.h"

static inline float int8_row_dot(const uint8_t *row, const int8_t *values, const float *scales, size_t groups) {
    float sum = 0;
    for (size_t g = 0; g < groups; g++) {
        const uint8_t *group = row + g * INT8_WEIGHT_GROUP_BYTES;
        const int8_t *weights = (const int8_t *)group + INT8_WEIGHT_SCALE_BYTES;
        const int8_t *x = values + g * INT8_ACTIVATION_GROUP_BYTES;
        int32_t high = 0;
        int32_t low = 0;
        for (size_t k = 0; k < INT8_GROUP; k++) {
            high += (int32_t)weights[k] * (int32_t)x[k];
            low += (int32_t)weights[k] * (int32_t)x[INT8_GROUP + k];
        }
        uint16_t scale;
        memcpy(&scale, group, sizeof scale);
        sum = fmaf((float)(256 * high + low), half_to_float(scale) * scales[g], sum);
    }
    return sum;
}

static inline void int8_matmul_rows(const uint8_t *weights, size_t row_bytes, size_t first_row, size_t rows,
                                    size_t columns, const int8_activations *x, const uint32_t *tokens, size_t count,
                                    float *out, size_t out_stride) {
    const size_t groups = columns / INT8_GROUP;
    for (size_t r = first_row; r < rows; r++) {
        const uint8_t *row = weights + r * row_bytes;
        for (size_t i = 0; i < count; i++) {
            const size_t t = tokens ? tokens[i] : i;
            const int8_t *values = x->values + t * groups * INT8_ACTIVATION_GROUP_BYTES;
            out[i * out_stride + r] = int8_row_dot(row, values, x->scales + t * groups, groups);
        }
    }
}

#endif
