// AVX-512 VNNI: Intel Ice Lake, AMD Zen 4, and later.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"
#include "x86_model.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

#include "x86_half.inc"

#include "float_kernels.inc"

#define HAS_WIDE
typedef float wide __attribute__((vector_size(64)));
typedef int32_t wide_ints __attribute__((vector_size(64)));

INLINE wide widen(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

// Packing takes the lanes of 128 bits one by one: lane i gets what the four vectors have in theirs.
INLINE void narrow_span(const wide_ints v[4], int8_t out[INT8_ATTENTION_SPAN]) {
    const __m512i lower = _mm512_packs_epi32((__m512i)v[0], (__m512i)v[1]);
    const __m512i upper = _mm512_packs_epi32((__m512i)v[2], (__m512i)v[3]);
    _mm512_storeu_si512(out, _mm512_packs_epi16(lower, upper));
}

INLINE size_t word_place(size_t position) {
    return 4 * (position % 16 + position / 16);
}

typedef __m512i octets;

enum { key_offset = 128 };

INLINE octets load_octets(const void *p) {
    return _mm512_loadu_si512(p);
}

INLINE wide_ints dot_key(wide_ints sum, octets k, int32_t word) {
    const __m512i shifted = _mm512_xor_si512(k, _mm512_set1_epi8((char)0x80));
    return (wide_ints)_mm512_dpbusd_epi32((__m512i)sum, shifted, _mm512_set1_epi32(word));
}

INLINE wide_ints dot_value(wide_ints sum, octets v, int32_t word) {
    return (wide_ints)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi32(word), v);
}

#include "attention.inc"
#include "x86_reading.inc"

#include "avx512_matmul.inc"

#pragma clang attribute pop

const int8_kernels int8_kernels_avx512_vnni = {
    .name = "AVX-512 VNNI",
#include "kernel_table.inc"
};

#endif
