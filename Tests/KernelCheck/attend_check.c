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

static uint16_t number(cache_kind kind, uint64_t *random) {
    return kind == cache_random ? random_ordinary_half(random) : random_half(random);
}

static void compare(contenders sets, check_report *report, size_t query_count, size_t count, size_t length,
                    cache_kind kind, uint64_t *random) {
    float *queries = malloc(query_count * length * sizeof(float));
    // The next span, of which some positions follow, lies behind this one.
    static const size_t follow[] = {0, 1, 17, INT8_ATTENTION_SPAN};
    const size_t following = count == INT8_ATTENTION_SPAN ? follow[random_below(random, 4)] : 0;
    uint16_t *keys = calloc(2 * INT8_ATTENTION_SPAN * length, sizeof(uint16_t));
    uint16_t *values = calloc((count + following) * length, sizeof(uint16_t));
    random_floats(random, queries, query_count * length, 2);
    for (size_t p = 0; p < INT8_ATTENTION_SPAN; p++) {
        for (size_t d = 0; d < length; d++) {
            uint16_t *key = &keys[(p / INT8_KEY_BLOCK * length + d) * INT8_KEY_BLOCK + p % INT8_KEY_BLOCK];
            if (p >= count) {
                // What lies behind the last position is anything at all, infinities and NaNs included.
                *key = (uint16_t)random_next(random);
                continue;
            }
            uint16_t *value = &values[p * length + d];
            const bool repeats = kind == cache_same && p > 0;
            *key = repeats ? keys[d * INT8_KEY_BLOCK] : number(kind, random);
            *value = repeats ? values[d] : number(kind, random);
        }
    }
    const outputs partials = outputs_make(query_count * int8_partial_length(length) * sizeof(float));
    sets.reference->attend(queries, query_count, keys, values, count, following, length, 0.125f, partials.expected);
    sets.set->attend(queries, query_count, keys, values, count, following, length, 0.125f, partials.actual);
    report_compare(report, partials.expected, partials.actual, partials.bytes,
                   "attend, %zu queries, %zu positions, head length %zu, %s", query_count, count, length,
                   cache_kind_name(kind));
    free(partials.expected);
    free(partials.actual);
    free(queries);
    free(keys);
    free(values);
}

void check_attend(contenders sets, check_report *report) {
    static const size_t lengths[] = {32, 64, 96, 128, 160};
    static const size_t counts[] = {1, 2, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 63, 64};
    uint64_t random = 9;
    for (cache_kind kind = 0; kind < cache_kinds; kind++) {
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
                compare(sets, report, 1 + random_below(&random, 8), counts[c], lengths[l], kind, &random);
            }
        }
    }
}

void check_join_spans(contenders sets, check_report *report) {
    static const size_t lengths[] = {32, 64, 96, 128, 160};
    enum { most_spans = 20 };
    uint64_t random = 11;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        for (size_t count = 1; count <= most_spans; count++) {
            const size_t length = lengths[l];
            const size_t stride = int8_partial_length(length) * (1 + random_below(&random, 3));
            float *partials = malloc(count * stride * sizeof(float));
            // Scores of one size, or so far apart that all but one span vanish.
            const float spread = random_below(&random, 2) ? 10 : 1000;
            for (size_t s = 0; s < count; s++) {
                random_floats(&random, partials + s * stride, stride, 30);
                partials[s * stride + length] = random_unit(&random) * spread;
                partials[s * stride + length + 1] = 33 + random_unit(&random) * 32;
            }
            const outputs out = outputs_make(length * sizeof(float));
            sets.reference->join_spans(partials, count, stride, length, out.expected);
            sets.set->join_spans(partials, count, stride, length, out.actual);
            outputs_compare_and_free(out, report, "join_spans", length, spread > 10 ? "far apart" : "near");
            free(partials);
        }
    }
}
