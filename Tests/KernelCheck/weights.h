// Q8_0 weights of every kind that could go wrong.

#ifndef KERNEL_CHECK_WEIGHTS_H
#define KERNEL_CHECK_WEIGHTS_H

#include "int8_kernels.h"
#include "random.h"

typedef enum {
    /// Any weights, ordinary scales.
    weights_random,
    /// All −128, or all 127.
    weights_extreme,
    /// Any weights, and scales of every magnitude: zeros of both signs, denormals, the largest there are.
    weights_any_scale,
    weights_kinds
} weights_kind;

static inline const char *weights_kind_name(weights_kind kind) {
    return (const char *const[]){"random", "extreme", "any scale"}[kind];
}

/// Fills `groups` groups of 32.
static inline void weights_fill(uint64_t *random, weights_kind kind, size_t groups, uint8_t *out) {
    static const uint16_t special[] = {0, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x7bff, 0xfbff};
    for (size_t g = 0; g < groups; g++, out += INT8_WEIGHT_GROUP_BYTES) {
        uint16_t scale = random_ordinary_half(random);
        if (kind == weights_any_scale) {
            const size_t pick = random_below(random, 16);
            scale = pick < 8 ? special[pick] : random_half(random);
        }
        memcpy(out, &scale, sizeof scale);
        const uint8_t same = random_below(random, 2) ? 127 : 128;
        for (size_t k = 0; k < INT8_GROUP; k++) {
            out[INT8_WEIGHT_SCALE_BYTES + k] = kind == weights_extreme ? same : (uint8_t)random_next(random);
        }
    }
}

#endif
