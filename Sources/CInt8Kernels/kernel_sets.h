// The sets that exist; dispatch.c decides which this processor can run.

#ifndef FATHOM_KERNEL_SETS_H
#define FATHOM_KERNEL_SETS_H

#include "include/int8_kernels.h"

/// Always inlined, so that a kernel is one function, compiled as a whole for its instruction set.
#define INLINE static inline __attribute__((always_inline))

/// Bytes that come from memory together, at multiples of this: what is asked for is asked for line by line.
enum { line_bytes = 64 };

/// Lines that so many bytes fill or begin, from a line's first on.
#define LINES(bytes) (((bytes) + line_bytes - 1) / line_bytes)

/// Bytes of weights that `matmul` has packed: `groups` groups of `rows` rows, int8 with an fp32 scale each.
#define PACKED_BYTES(rows, groups) ((rows) * (groups) * (INT8_GROUP + sizeof(float)))

/// Weights that are packed at once: scratch has room for 8 whole rows or for 24 groups of 32 rows, whichever is more,
/// and each set asserts that it packs no more.
enum {
    /// Rows that are packed whole.
    whole_packed_rows = 8,
    /// Rows that are packed part by part.
    part_packed_rows = 32,
    /// Groups in a part of such a row.
    part_packed_groups = 24,
};

extern const int8_kernels int8_kernels_portable;

#if defined(__x86_64__)
extern const int8_kernels int8_kernels_avx2;
extern const int8_kernels int8_kernels_avx_vnni;
extern const int8_kernels int8_kernels_avx512_vnni;
extern const int8_kernels int8_kernels_avx512_vnni_zen5;
#endif

#if defined(__aarch64__)
extern const int8_kernels int8_kernels_neon_dotprod;
extern const int8_kernels int8_kernels_neon_i8mm;
#endif

#endif
