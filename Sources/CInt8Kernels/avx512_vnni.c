// AVX-512 VNNI: Intel Ice Lake, AMD Zen 4, and later.

#if defined(__x86_64__)

enum { past_second_level = 0 };

#include "avx512_vnni.inc"

const int8_kernels int8_kernels_avx512_vnni = {
    .name = "AVX-512 VNNI",
#include "kernel_table.inc"
};

#endif
