// AVX-512 VNNI: Intel Ice Lake, AMD Zen 4, and later.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

#include "x86_half.inc"

#define HAS_WIDE
typedef float wide __attribute__((vector_size(64)));

static inline __attribute__((always_inline)) wide widen(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

#include "float_kernels.inc"
#include "x86_reading.inc"

#include "avx512_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_avx512_vnni = {
    .name = "AVX-512 VNNI",
#include "kernel_table.inc"
};

#endif
