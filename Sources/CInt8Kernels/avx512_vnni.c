// AVX-512 VNNI: Intel Ice Lake, AMD Zen 4, and later.

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernel_sets.h"
#include "matmul_rows.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

#include "x86_half.inc"

#include "float_kernels.inc"

#define HAS_WIDE
typedef float wide __attribute__((vector_size(64)));
typedef int32_t wide_ints __attribute__((vector_size(64)));

static inline __attribute__((always_inline)) wide widen(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
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
