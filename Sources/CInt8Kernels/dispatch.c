// Which kernel sets this processor can run.

#include "kernel_sets.h"

size_t int8_scratch_bytes(size_t columns) {
    // One packed panel: for each group 8 rows of int8 and their fp32 scales.
    return columns / INT8_GROUP * (8 * INT8_GROUP + 8 * sizeof(float));
}

static size_t supported(const int8_kernels *sets[4]) {
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (avx2 && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
        sets[count++] = &int8_kernels_avx512_vnni;
    }
    if (avx2 && __builtin_cpu_supports("avxvnni")) {
        sets[count++] = &int8_kernels_avx_vnni;
    }
    if (avx2) {
        sets[count++] = &int8_kernels_avx2;
    }
#endif
    sets[count++] = &int8_kernels_portable;
    return count;
}

size_t int8_kernels_count(void) {
    const int8_kernels *sets[4];
    return supported(sets);
}

const int8_kernels *int8_kernels_at(size_t index) {
    const int8_kernels *sets[4];
    return index < supported(sets) ? sets[index] : NULL;
}

uint64_t int8_read_bandwidth_probe(const void *bytes, size_t count) {
    const uint64_t *words = bytes;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i + 8 <= count / 8; i += 8) {
        __builtin_prefetch(words + i + 128);
        for (size_t j = 0; j < 8; j++) {
            sums[j] += words[i + j];
        }
    }
    return sums[0] ^ sums[1] ^ sums[2] ^ sums[3] ^ sums[4] ^ sums[5] ^ sums[6] ^ sums[7];
}
