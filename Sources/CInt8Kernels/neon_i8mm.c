// NEON with SMMLA: ARMv8.6 cores that have it, such as Neoverse V1, Cortex-A510 and Apple M2, and later.

#if defined(__aarch64__)

#include <arm_neon.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)

#include "neon_half.inc"

#include "float_kernels.inc"
#include "neon_attention.inc"
#include "neon_panel.inc"

// SMMLA multiplies two rows of eight by two columns of eight. The columns are the two planes of one token, so a token
// needs no partner: the four lanes are ⟨row 0, high⟩, ⟨row 0, low⟩, ⟨row 1, high⟩, ⟨row 1, low⟩.

enum { row_pairs = panel_rows / 2, pieces = INT8_GROUP / 8 };

// Two rows of 32 → four pieces of 2 × 8.
INLINE void pair(const int8_t *a, const int8_t *b, int8x16_t out[pieces]) {
    for (size_t k = 0; k < pieces; k++) {
        out[k] = vcombine_s8(vld1_s8(a + 8 * k), vld1_s8(b + 8 * k));
    }
}

// Four pairs of rows → one lane a row: 256 · high + low.
INLINE sums_of_panel join_planes(const int32x4_t products[row_pairs]) {
    sums_of_panel sums;
    for (size_t i = 0; i < 2; i++) {
        const int32x4_t high = vuzp1q_s32(products[2 * i], products[2 * i + 1]);
        const int32x4_t low = vuzp2q_s32(products[2 * i], products[2 * i + 1]);
        sums.v[i] = vaddq_s32(vshlq_n_s32(high, 8), low);
    }
    return sums;
}

INLINE sums_of_panel panel_sums(const uint8_t *group, size_t row_bytes, const int8_t *planes) {
    int8x16_t token[pieces];
    pair(planes, planes + INT8_GROUP, token);
    int32x4_t products[row_pairs];
    for (size_t p = 0; p < row_pairs; p++) {
        const int8_t *row = (const int8_t *)group + 2 * p * row_bytes + INT8_WEIGHT_SCALE_BYTES;
        int8x16_t rows[pieces];
        pair(row, row + row_bytes, rows);
        products[p] = vdupq_n_s32(0);
        for (size_t k = 0; k < pieces; k++) {
            products[p] = vmmlaq_s32(products[p], rows[k], token[k]);
        }
    }
    return join_planes(products);
}

// [4 pieces][4 pairs of rows][2 rows][8 weights].
INLINE void pack_group(const uint8_t *group, size_t row_bytes, int8_t *packed) {
    for (size_t p = 0; p < row_pairs; p++) {
        const int8_t *row = (const int8_t *)group + 2 * p * row_bytes + INT8_WEIGHT_SCALE_BYTES;
        int8x16_t rows[pieces];
        pair(row, row + row_bytes, rows);
        for (size_t k = 0; k < pieces; k++) {
            vst1q_s8(packed + (k * row_pairs + p) * 16, rows[k]);
        }
    }
}

enum { tile_tokens = 4 };

INLINE void packed_sums(const int8_t *packed, const int8_t *const *planes, const int n, sums_of_panel *sums) {
    int32x4_t products[tile_tokens][row_pairs];
    for (int i = 0; i < n; i++) {
        for (size_t p = 0; p < row_pairs; p++) {
            products[i][p] = vdupq_n_s32(0);
        }
    }
#pragma clang loop unroll(full)
    for (size_t k = 0; k < pieces; k++) {
        for (int i = 0; i < n; i++) {
            const int8_t *high = planes[i] + 8 * k;
            const int8x16_t token = vcombine_s8(vld1_s8(high), vld1_s8(high + INT8_GROUP));
            for (size_t p = 0; p < row_pairs; p++) {
                products[i][p] = vmmlaq_s32(products[i][p], vld1q_s8(packed + (k * row_pairs + p) * 16), token);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        sums[i] = join_planes(products[i]);
    }
}

#include "neon_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_neon_i8mm = {
    .name = "NEON i8mm",
#include "kernel_table.inc"
};

#endif
