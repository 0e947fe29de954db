// AVX2 with VNNI in the VEX encoding: Intel Alder Lake and later client processors, AMD Zen 5.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avxvnni"))), apply_to = function)

#include "x86_half.inc"

#include "float_kernels.inc"
#include "vnni.inc"

INLINE __m256i dot(__m256i sum, __m256i w, __m256i x) {
    return _mm256_dpbusd_avx_epi32(sum, w, x);
}

enum { tile_tokens = 4 };

typedef __m256i octets;

enum { key_offset = 128 };

INLINE octets load_octets(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE lanes8 dot_key(lanes8 sum, octets k, int32_t word) {
    const __m256i shifted = _mm256_xor_si256(k, _mm256_set1_epi8((char)0x80));
    return (lanes8)_mm256_dpbusd_avx_epi32((__m256i)sum, shifted, _mm256_set1_epi32(word));
}

INLINE lanes8 dot_value(lanes8 sum, octets v, int32_t word) {
    return (lanes8)_mm256_dpbusd_avx_epi32((__m256i)sum, _mm256_set1_epi32(word), v);
}

#include "attention.inc"

#include "x86_reading.inc"

#include "x86_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_avx_vnni = {
    .name = "AVX-VNNI",
#include "kernel_table.inc"
};

#endif
