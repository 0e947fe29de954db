// Input that is the same on every run and every processor: no function of the system's takes part.

#ifndef KERNEL_CHECK_RANDOM_H
#define KERNEL_CHECK_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline size_t random_below(uint64_t *state, size_t bound) {
    return (size_t)(random_next(state) >> 32) % bound;
}

/// −1 ≤ x < 1.
static inline float random_unit(uint64_t *state) {
    return (float)(int32_t)(random_next(state) >> 40) * 0x1p-23f - 1;
}

static inline void random_floats(uint64_t *state, float *out, size_t count, float magnitude) {
    for (size_t i = 0; i < count; i++) {
        out[i] = random_unit(state) * magnitude;
    }
}

/// A finite fp16 of either sign, of every magnitude from the smallest denormal to 65,504.
static inline uint16_t random_half(uint64_t *state) {
    const uint64_t bits = random_next(state);
    return (uint16_t)((bits & 0x8000) | (bits >> 16) % 0x7c00);
}

/// A finite fp16 of either sign between 2⁻⁴ and 2.
static inline uint16_t random_ordinary_half(uint64_t *state) {
    const uint64_t bits = random_next(state);
    return (uint16_t)((bits & 0x83ff) | (11 + (bits >> 16) % 5) << 10);
}

#endif
