// The kernels for any processor, and the reference that every other set is tested against.

// Vectors of eight pass between functions that are always inlined, so how a call would pass them never matters.
#pragma clang diagnostic ignored "-Wpsabi"

#include "kernel_sets.h"
#include "matmul_rows.h"

INLINE float __attribute__((vector_size(32))) widen8(const uint16_t *p) {
    float __attribute__((vector_size(32))) v;
    for (int i = 0; i < 8; i++) {
        v[i] = half_to_float(p[i]);
    }
    return v;
}

#include "float_kernels.inc"

typedef int8_t octets __attribute__((vector_size(32)));

enum { key_offset = 0 };

INLINE octets load_octets(const void *p) {
    octets v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE lanes8 dot_key(lanes8 sum, octets v, int32_t word) {
    int8_t x[4];
    memcpy(x, &word, sizeof x);
    for (int i = 0; i < 32; i++) {
        sum[i / 4] += v[i] * x[i % 4];
    }
    return sum;
}

INLINE lanes8 dot_value(lanes8 sum, octets v, int32_t word) {
    return dot_key(sum, v, word);
}

#include "attention.inc"

static void matmul(const void *weights, size_t row_bytes, size_t rows, size_t columns, const int8_activations *x,
                   const uint32_t *tokens, size_t count, float *out, size_t out_stride, void *scratch,
                   const void *next) {
    (void)scratch;
    (void)next;
    int8_matmul_rows(weights, row_bytes, 0, rows, columns, x, tokens, count, out, out_stride);
}

const int8_kernels int8_kernels_portable = {
    .name = "portable",
#include "kernel_table.inc"
};
