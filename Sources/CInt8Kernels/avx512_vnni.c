// AVX-512 VNNI on 256-bit vectors: Intel Ice Lake, AMD Zen 4, and later.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512vl,avx512vnni"))), apply_to = function)

#include "x86_half.inc"

#include "float_kernels.inc"
#include "vnni.inc"

static inline __attribute__((always_inline)) __m256i dot(__m256i sum, __m256i w, __m256i x) {
    return _mm256_dpbusd_epi32(sum, w, x);
}

enum { tile_tokens = 8 };

#include "x86_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_avx512_vnni = {
    .name = "AVX-512 VNNI",
#include "kernel_table.inc"
};

#endif
