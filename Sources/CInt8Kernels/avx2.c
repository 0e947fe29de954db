// AVX2 with FMA and F16C: Intel Haswell, AMD Zen, and later.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "x86_half.inc"

#include "float_kernels.inc"

INLINE __m256i load_weights(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE __m256i dot_offset(int32_t sum) {
    (void)sum;
    return _mm256_setzero_si256();
}

// vpmaddubsw wants one side unsigned: |w| · (x with w's sign). Two products reach 2 · 128 · 127, which fits 16 bits.
INLINE __m256i dot(__m256i sum, __m256i w, __m256i x) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

enum { tile_tokens = 3 };

typedef __m256i octets;

enum { key_offset = 0 };

INLINE octets load_octets(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE lanes8 dot_key(lanes8 sum, octets k, int32_t word) {
    return (lanes8)dot((__m256i)sum, k, _mm256_set1_epi32(word));
}

INLINE lanes8 dot_value(lanes8 sum, octets v, int32_t word) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi32(word), v);
    return (lanes8)_mm256_add_epi32((__m256i)sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "attention.inc"

#include "x86_reading.inc"

#include "x86_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_avx2 = {
    .name = "AVX2",
#include "kernel_table.inc"
};

#endif
