// NEON with SDOT: ARMv8.2 cores that have it, such as Cortex-A76, Neoverse N1 and Apple M1, and later.

#if defined(__aarch64__)

#include <arm_neon.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "neon_half.inc"

#include "float_kernels.inc"
#include "neon_attention.inc"
#include "neon_panel.inc"

// SDOT sums four neighbouring products into a lane; pairwise additions bring four rows' lanes together.
INLINE int32x4_t four_rows(const uint8_t *group, size_t row_bytes, int8x16x2_t high, int8x16x2_t low) {
    int32x4_t lanes[4];
    for (size_t r = 0; r < 4; r++) {
        const int8_t *weights = (const int8_t *)group + r * row_bytes + INT8_WEIGHT_SCALE_BYTES;
        const int8x16_t first = vld1q_s8(weights);
        const int8x16_t second = vld1q_s8(weights + 16);
        int32x4_t sum = vdotq_s32(vdotq_s32(vdupq_n_s32(0), first, high.val[0]), second, high.val[1]);
        sum = vshlq_n_s32(sum, 8);
        lanes[r] = vdotq_s32(vdotq_s32(sum, first, low.val[0]), second, low.val[1]);
    }
    return vpaddq_s32(vpaddq_s32(lanes[0], lanes[1]), vpaddq_s32(lanes[2], lanes[3]));
}

INLINE sums_of_panel panel_sums(const uint8_t *group, size_t row_bytes, const int8_t *planes) {
    const int8x16x2_t high = {{vld1q_s8(planes), vld1q_s8(planes + 16)}};
    const int8x16x2_t low = {{vld1q_s8(planes + INT8_GROUP), vld1q_s8(planes + INT8_GROUP + 16)}};
    return (sums_of_panel){{four_rows(group, row_bytes, high, low),
                            four_rows(group + 4 * row_bytes, row_bytes, high, low)}};
}

// [8 words][8 rows][4 weights]: a lane's four weights belong to one row.
enum { word_bytes = panel_rows * 4 };

INLINE void pack_group(const uint8_t *group, size_t row_bytes, int8_t *packed) {
    for (size_t half = 0; half < 2; half++) {
        for (size_t part = 0; part < 2; part++) {
            int32x4_t row[4];
            for (size_t r = 0; r < 4; r++) {
                const uint8_t *weights = group + (4 * half + r) * row_bytes + INT8_WEIGHT_SCALE_BYTES + 16 * part;
                row[r] = vreinterpretq_s32_s8(vld1q_s8((const int8_t *)weights));
            }
            // A 4 × 4 transpose of words.
            const int64x2_t a = vreinterpretq_s64_s32(vtrn1q_s32(row[0], row[1]));
            const int64x2_t b = vreinterpretq_s64_s32(vtrn2q_s32(row[0], row[1]));
            const int64x2_t c = vreinterpretq_s64_s32(vtrn1q_s32(row[2], row[3]));
            const int64x2_t d = vreinterpretq_s64_s32(vtrn2q_s32(row[2], row[3]));
            const int64x2_t words[4] = {vtrn1q_s64(a, c), vtrn1q_s64(b, d), vtrn2q_s64(a, c), vtrn2q_s64(b, d)};
            for (size_t k = 0; k < 4; k++) {
                vst1q_s8(packed + (4 * part + k) * word_bytes + 16 * half, vreinterpretq_s8_s64(words[k]));
            }
        }
    }
}

enum { tile_tokens = 4 };

// Adds one plane's products: each of its eight words, in every lane, times the word's eight rows. The lane must be a
// constant, hence the words written out.
#define ADD_WORD(word)                                                                                              \
    for (int i = 0; i < n; i++) {                                                                                   \
        const int8x16_t x = vld1q_s8(planes[i] + plane + 16 * ((word) / 4));                                        \
        sums[i].v[0] = vdotq_laneq_s32(sums[i].v[0], vld1q_s8(packed + word_bytes * (word)), x, (word) % 4);        \
        sums[i].v[1] = vdotq_laneq_s32(sums[i].v[1], vld1q_s8(packed + word_bytes * (word) + 16), x, (word) % 4);   \
    }

INLINE void add_plane(const int8_t *packed, const int8_t *const *planes, size_t plane, const int n,
                      sums_of_panel *sums) {
    ADD_WORD(0)
    ADD_WORD(1)
    ADD_WORD(2)
    ADD_WORD(3)
    ADD_WORD(4)
    ADD_WORD(5)
    ADD_WORD(6)
    ADD_WORD(7)
}

// One plane after the other on the same sums: the weights are loaded twice, and twice as many tokens fit.
INLINE void packed_sums(const int8_t *packed, const int8_t *const *planes, const int n, sums_of_panel *sums) {
    for (int i = 0; i < n; i++) {
        sums[i] = (sums_of_panel){{vdupq_n_s32(0), vdupq_n_s32(0)}};
    }
    add_plane(packed, planes, 0, n, sums);
    for (int i = 0; i < n; i++) {
        sums[i] = (sums_of_panel){{vshlq_n_s32(sums[i].v[0], 8), vshlq_n_s32(sums[i].v[1], 8)}};
    }
    add_plane(packed, planes, INT8_GROUP, n, sums);
}

#include "neon_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_neon_dotprod = {
    .name = "NEON dotprod",
#include "kernel_table.inc"
};

#endif
