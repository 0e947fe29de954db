// The sets that exist; dispatch.c decides which this processor can run.

#ifndef FATHOM_KERNEL_SETS_H
#define FATHOM_KERNEL_SETS_H

#include "include/int8_kernels.h"

/// So that a kernel is one function, compiled as a whole for its instruction set.
#define INLINE static inline __attribute__((always_inline))

/// Bytes that come from memory together, at multiples of this: what is asked for is asked for line by line.
enum { line_bytes = 64 };

/// Lines that so many bytes fill or begin, from a line's first on.
#define LINES(bytes) (((bytes) + line_bytes - 1) / line_bytes)

/// Bytes of weights that `matmul` has packed: `groups` groups of `rows` rows, int8 with an fp32 scale each.
#define PACKED_BYTES(rows, groups) ((rows) * (groups) * (INT8_GROUP + sizeof(float)))

/// What int8_scratch_bytes has room for, whichever is more; the sets assert that this is what they pack at once.
enum {
    /// Rows that are packed as long as they are.
    whole_packed_rows = 8,
    /// Rows of which so many groups are packed, and then the next.
    part_packed_rows = 32,
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
