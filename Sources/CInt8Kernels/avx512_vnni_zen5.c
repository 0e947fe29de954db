// AVX-512 VNNI as AMD's Zen 5 reads best: its first level of cache can wait for many lines at once, and what is read
// once is best asked for past the second, by 4 to 5 %. Zen 4 reads less than half as fast so.

#if defined(__x86_64__)

enum { past_second_level = 1 };

#include "avx512_vnni.inc"

const int8_kernels int8_kernels_avx512_vnni_zen5 = {
    .name = "AVX-512 VNNI, Zen 5",
#include "kernel_table.inc"
};

#endif
