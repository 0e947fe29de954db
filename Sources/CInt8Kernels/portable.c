// The kernels for any processor, and the reference the others are tested against.

// Vectors of eight pass between functions that are always inlined, so how a call would pass them never matters.
#pragma clang diagnostic ignored "-Wpsabi"

#include "kernel_sets.h"
#include "matmul_rows.h"

static inline __attribute__((always_inline)) float __attribute__((vector_size(32))) widen8(const uint16_t *p) {
    float __attribute__((vector_size(32))) v;
    for (int i = 0; i < 8; i++) {
        v[i] = half_to_float(p[i]);
    }
    return v;
}

static inline __attribute__((always_inline)) void narrow8(float __attribute__((vector_size(32))) v, uint16_t *p) {
    for (int i = 0; i < 8; i++) {
        p[i] = float_to_half(v[i]);
    }
}

#include "float_kernels.inc"

static void matmul(const void *weights, size_t rows, size_t columns, const int8_activations *x, const uint32_t *tokens,
                   size_t count, float *out, size_t out_stride, void *scratch, const void *next) {
    (void)scratch;
    (void)next;
    int8_matmul_rows(weights, 0, rows, columns, x, tokens, count, out, out_stride);
}

const int8_kernels int8_kernels_portable = {
    .name = "portable",
#include "kernel_table.inc"
};
