#include <stdlib.h>

#include "checks.h"
#include "random.h"

typedef enum {
    cache_random,
    /// Keys of every magnitude: the softmax is all but one position's, or flat.
    cache_any_magnitude,
    /// Every position alike.
    cache_same,
    cache_kinds
} cache_kind;

static const char *cache_kind_name(cache_kind kind) {
    return (const char *const[]){"random", "any magnitude", "same"}[kind];
}

static void compare(contenders sets, check_report *report, size_t count, size_t length, cache_kind kind,
                    uint64_t *random) {
    float *query = malloc(length * sizeof(float));
    uint16_t *keys = malloc(count * length * sizeof(uint16_t));
    uint16_t *values = malloc(count * length * sizeof(uint16_t));
    random_floats(random, query, length, 2);
    for (size_t i = 0; i < count * length; i++) {
        switch (kind) {
        case cache_random:
            keys[i] = random_ordinary_half(random);
            values[i] = random_ordinary_half(random);
            break;
        case cache_any_magnitude:
            keys[i] = random_half(random);
            values[i] = random_half(random);
            break;
        case cache_same:
            keys[i] = i < length ? random_ordinary_half(random) : keys[i - length];
            values[i] = i < length ? random_ordinary_half(random) : values[i - length];
            break;
        case cache_kinds:
            break;
        }
    }
    const outputs scores = outputs_make(count * sizeof(float));
    const outputs out = outputs_make(length * sizeof(float));
    sets.reference->attend(query, keys, values, count, length, 0.125f, scores.expected, out.expected);
    sets.set->attend(query, keys, values, count, length, 0.125f, scores.actual, out.actual);
    // `scores` is room to work in; only what lies behind it must stay as it was.
    memset(scores.expected, 0, count * sizeof(float));
    memset(scores.actual, 0, count * sizeof(float));
    report_compare(report, scores.expected, scores.actual, scores.bytes, "attend: behind the scores of %zu", count);
    report_compare(report, out.expected, out.actual, out.bytes, "attend, %zu positions, head length %zu, %s", count,
                   length, cache_kind_name(kind));
    free(scores.expected);
    free(scores.actual);
    free(out.expected);
    free(out.actual);
    free(query);
    free(keys);
    free(values);
}

void check_attend(contenders sets, check_report *report) {
    static const size_t lengths[] = {8, 16, 24, 64, 72, 128};
    static const size_t counts[] = {31, 100, 333};
    uint64_t random = 9;
    for (cache_kind kind = 0; kind < cache_kinds; kind++) {
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            for (size_t count = 1; count <= 20; count++) {
                compare(sets, report, count, lengths[l], kind, &random);
            }
            for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
                compare(sets, report, counts[c], lengths[l], kind, &random);
            }
        }
    }
}
