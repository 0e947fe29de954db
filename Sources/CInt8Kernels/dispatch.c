// Which kernel sets this processor can run, and the probe of its memory.

#include "arm_features.h"
#include "kernel_sets.h"
#include "x86_model.h"

size_t int8_scratch_bytes(size_t columns) {
    const size_t whole = PACKED_BYTES(whole_packed_rows, columns / INT8_GROUP);
    const size_t part = PACKED_BYTES(part_packed_rows, part_packed_groups);
    return whole > part ? whole : part;
}

enum { most_sets = 5 };

// The sets this processor can run, the fastest first; returns how many there are.
static size_t supported(const int8_kernels *sets[most_sets]) {
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512 && __builtin_cpu_supports("avx512vnni")) {
        const bool zen5 = int8_is_zen5();
        sets[count++] = zen5 ? &int8_kernels_avx512_vnni_zen5 : &int8_kernels_avx512_vnni;
        sets[count++] = zen5 ? &int8_kernels_avx512_vnni : &int8_kernels_avx512_vnni_zen5;
    }
    if (avx2 && __builtin_cpu_supports("avxvnni")) {
        sets[count++] = &int8_kernels_avx_vnni;
    }
    if (avx2) {
        sets[count++] = &int8_kernels_avx2;
    }
#elif defined(__aarch64__)
    const int dotprod = arm_has_dotprod();
    if (dotprod && arm_has_i8mm()) {
        sets[count++] = &int8_kernels_neon_i8mm;
    }
    if (dotprod) {
        sets[count++] = &int8_kernels_neon_dotprod;
    }
#endif
    sets[count++] = &int8_kernels_portable;
    return count;
}

size_t int8_kernels_count(void) {
    const int8_kernels *sets[most_sets];
    return supported(sets);
}

const int8_kernels *int8_kernels_at(size_t index) {
    const int8_kernels *sets[most_sets];
    return index < supported(sets) ? sets[index] : NULL;
}

// A vector of the widest registers; where they are narrower, the compiler takes several.
typedef uint64_t line __attribute__((vector_size(INT8_ALIGNMENT)));

_Static_assert(sizeof(line) == line_bytes, "every line is asked for");

// Bytes that lie between what a reader reads and what it asks for: what was fastest, for either place to bring it to.
// What the kernels do meanwhile asks for another distance, INT8_LOOKAHEAD.
enum { read_ahead = 8192, read_ahead_past_caches = 2048 };

// Reads a buffer in `streams` streams, asking `ahead` bytes ahead for lines, past the caches or into them. The compiler
// is told nothing of the loop's bounds, so that only the loads and one xor each are left to do; streams, ahead and past
// are constants at every call.
INLINE uint64_t read_streams(const char *bytes, size_t count, const size_t streams, const size_t ahead, const int past) {
    enum { STEP = 4 * sizeof(line) };
    const size_t part = count / streams / STEP * STEP;
    line sums[4] = {{0}};
    for (size_t i = 0; i < part; i += STEP) {
        for (size_t s = 0; s < streams; s++) {
            const line *at = (const line *)(bytes + s * part + i);
            for (size_t place = ahead; place < ahead + STEP; place += sizeof(line)) {
                const void *address = (const void *)((uintptr_t)at + place);
                if (past) {
                    __builtin_prefetch(address, 0, 0);
                } else {
                    __builtin_prefetch(address);
                }
            }
            sums[s] ^= (at[0] ^ at[1]) ^ (at[2] ^ at[3]);
        }
    }
    // Each stream leaves less than a step over.
    for (const char *at = bytes + streams * part; at + sizeof(line) <= bytes + count; at += sizeof(line)) {
        sums[0] ^= *(const line *)at;
    }
    const line sum = (sums[0] ^ sums[1]) ^ (sums[2] ^ sums[3]);
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7];
}

INLINE uint64_t read_all(const void *bytes, size_t count, int8_reader reader) {
    switch (reader) {
    case int8_reader_four_streams:
        return read_streams(bytes, count, 4, read_ahead, 0);
    case int8_reader_past_caches:
        return read_streams(bytes, count, 2, read_ahead_past_caches, 1);
    default:
        return read_streams(bytes, count, 1, read_ahead, 0);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static uint64_t read_avx512(const void *bytes, size_t count, int8_reader reader) {
    return read_all(bytes, count, reader);
}

__attribute__((target("avx2"))) static uint64_t read_avx2(const void *bytes, size_t count, int8_reader reader) {
    return read_all(bytes, count, reader);
}
#endif

uint64_t int8_read_bandwidth_probe(const void *bytes, size_t count, int8_reader reader) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) {
        return read_avx512(bytes, count, reader);
    }
    if (__builtin_cpu_supports("avx2")) {
        return read_avx2(bytes, count, reader);
    }
#endif
    return read_all(bytes, count, reader);
}
