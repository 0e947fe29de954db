// fp16 ↔ fp32 in integer arithmetic, for processors without the instructions. Exact; narrowing rounds to nearest even.

#ifndef FATHOM_HALF_H
#define FATHOM_HALF_H

#include <stdint.h>
#include <string.h>

static inline float bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t float_to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// The number with these fp16 bits, exactly.
static inline float half_to_float(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = (half >> 10) & 0x1f;
    const uint32_t mantissa = half & 0x3ff;
    if (exponent == 0x1f) {
        return bits_to_float(sign | 0x7f800000 | mantissa << 13 | (mantissa ? 0x400000 : 0));
    }
    if (exponent == 0) {
        const float magnitude = (float)mantissa * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return bits_to_float(sign | (exponent + 112) << 23 | mantissa << 13);
}

/// The bits of the fp16 number nearest to `value`, ties to even, for 0 ≤ value ≤ 65,504.
static inline uint16_t float_to_half(float value) {
    const uint32_t bits = float_to_bits(value);
    if (bits < 0x38800000) {
        // Below the smallest normal half the float addition itself does the rounding: 0.5 has the right ulp.
        return (uint16_t)(float_to_bits(value + 0.5f) - 0x3f000000);
    }
    const uint32_t odd = bits >> 13 & 1;
    return (uint16_t)((bits + 0xfff + odd - 0x38000000) >> 13);
}

#endif
