#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "guarded.h"
#include "random.h"

typedef enum {
    cache_random,
    /// Keys and values of every magnitude: the softmax is all but one position's, or flat.
    cache_any_magnitude,
    /// Every position alike.
    cache_same,
    cache_kinds
} cache_kind;

static const char *cache_kind_name(cache_kind kind) {
    return (const char *const[]){"random", "any magnitude", "same"}[kind];
}

static void random_values(uint64_t *random, float *out, size_t count, cache_kind kind) {
    random_floats(random, out, count, 2);
    if (kind == cache_any_magnitude) {
        // fp16 scales reach from 2⁻²⁴ to 65,504.
        const float magnitude = (float)(1 << random_below(random, 20)) * 0x1p-10f;
        for (size_t i = 0; i < count; i++) {
            out[i] *= magnitude;
        }
    }
}

// A span of a cache as the reference stores it. What lies behind the last position is anything at all, scales that are
// no numbers included.
static void fill_span(contenders sets, uint8_t *span, size_t count, size_t length, cache_kind kind, uint64_t *random) {
    for (size_t i = 0; i < int8_cache_span_bytes(length); i++) {
        span[i] = (uint8_t)random_next(random);
    }
    float key[INT8_GROUP], value[INT8_GROUP];
    for (size_t first = 0; first < length; first += INT8_GROUP) {
        for (size_t p = 0; p < count; p++) {
            if (kind != cache_same || p == 0) {
                random_values(random, key, INT8_GROUP, kind);
                random_values(random, value, INT8_GROUP, kind);
            }
            sets.reference->store_key(key, length, first, p, span);
            sets.reference->store_value(value, length, first, p, span);
        }
    }
}

static void compare(contenders sets, check_report *report, size_t query_count, size_t count, size_t length,
                    cache_kind kind, uint64_t *random) {
    const size_t columns = query_count * length;
    float *x = guarded_floats(columns);
    const size_t groups = columns / INT8_GROUP;
    const int8_activations queries = {guarded_allocate(groups * INT8_ACTIVATION_GROUP_BYTES),
                                      guarded_allocate(groups * sizeof(float)),
                                      guarded_allocate(groups * sizeof(int32_t))};
    random_floats(random, x, columns, 2);
    sets.reference->quantize(x, columns, 0, &queries);
    uint8_t *span = guarded_allocate(int8_cache_span_bytes(length));
    fill_span(sets, span, count, length, kind, random);
    // What is read next may lie anywhere.
    const void *next = random_below(random, 2) ? span : NULL;
    const outputs partials = outputs_make(query_count * int8_partial_length(length) * sizeof(float));
    sets.reference->attend(&queries, query_count, span, count, next, length, 0.125f, partials.expected);
    sets.set->attend(&queries, query_count, span, count, next, length, 0.125f, partials.actual);
    report_compare(report, partials.expected, partials.actual, partials.bytes,
                   "attend, %zu queries, %zu positions, head length %zu, %s", query_count, count, length,
                   cache_kind_name(kind));
    free(partials.expected);
    free(partials.actual);
    guarded_free_floats(x, columns);
    guarded_free(queries.values, groups * INT8_ACTIVATION_GROUP_BYTES);
    guarded_free(queries.scales, groups * sizeof(float));
    guarded_free(queries.sums, groups * sizeof(int32_t));
    guarded_free(span, int8_cache_span_bytes(length));
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
    enum { most_spans = 40 };
    uint64_t random = 11;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        for (size_t count = 1; count <= most_spans; count++) {
            const size_t length = lengths[l];
            const size_t stride = int8_partial_length(length) * (1 + random_below(&random, 3));
            const size_t floats = (count - 1) * stride + int8_partial_length(length);
            float *partials = guarded_floats(floats);
            // Scores of one size, or so far apart that all but one span vanish.
            const float spread = random_below(&random, 2) ? 10 : 1000;
            random_floats(&random, partials, floats, 30);
            for (size_t s = 0; s < count; s++) {
                partials[s * stride + length + INT8_PARTIAL_LARGEST] = random_unit(&random) * spread;
                partials[s * stride + length + INT8_PARTIAL_SUM] = 33 + random_unit(&random) * 32;
            }
            const outputs out = outputs_make(int8_partial_length(length) * sizeof(float));
            sets.reference->join_spans(partials, count, stride, length, out.expected);
            sets.set->join_spans(partials, count, stride, length, out.actual);
            outputs_compare_and_free(out, report, "join_spans", length, spread > 10 ? "far apart" : "near");
            // The result may take the place of the first part.
            const outputs joined = outputs_make(int8_partial_length(length) * sizeof(float));
            sets.reference->join_spans(partials, count, stride, length, joined.expected);
            sets.set->join_spans(partials, count, stride, length, partials);
            memcpy(joined.actual, partials, (length + 2) * sizeof(float));
            outputs_compare_and_free(joined, report, "join_spans", length, "in place");
            guarded_free_floats(partials, floats);
        }
    }
}
