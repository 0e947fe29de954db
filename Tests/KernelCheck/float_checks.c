#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "checks.h"
#include "guarded.h"
#include "random.h"
#include "weights.h"

/// The longest vector of any check.
enum { longest = 1536 };

typedef enum {
    /// Of one magnitude, with a few that dwarf them.
    values_outliers,
    values_zero,
    /// Below fp32's smallest normal number.
    values_denormal,
    values_large,
    /// Halves of integers, which a rounding to integers must send to the even one.
    values_ties,
    /// Those before, which every kernel takes.
    values_finite_kinds,
    /// Some that are no numbers or infinite, which only what is quantised may be.
    values_not_finite = values_finite_kinds,
    values_kinds
} values_kind;

static const char *values_kind_name(values_kind kind) {
    return (const char *const[]){"outliers", "zero", "denormal", "large", "ties", "not finite"}[kind];
}

static void fill(uint64_t *random, values_kind kind, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        const float unit = random_unit(random);
        switch (kind) {
        case values_outliers:
            out[i] = random_below(random, 40) ? unit : unit * 300;
            break;
        case values_zero:
            out[i] = unit < 0 ? -0.0f : 0.0f;
            break;
        case values_denormal:
            out[i] = unit * FLT_MIN;
            break;
        case values_large:
            out[i] = unit * 0x1p60f;
            break;
        case values_ties:
            // The largest value of every group makes the scale 1.
            out[i] = i % INT8_GROUP == 0 ? 127.0f * 256.0f : (float)random_below(random, 65000) * 0.5f - 16250;
            break;
        case values_not_finite: {
            static const float odd[] = {NAN, -NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX};
            const size_t pick = random_below(random, 4 * sizeof odd / sizeof odd[0]);
            out[i] = pick < sizeof odd / sizeof odd[0] ? odd[pick] : unit;
            break;
        }
        case values_kinds:
            break;
        }
    }
}

void check_quantize(contenders sets, check_report *report) {
    static const size_t columns[] = {32, 64, 96, 576, longest};
    enum { tokens = 3 };
    uint64_t random = 2;
    for (values_kind kind = 0; kind < values_kinds; kind++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            const size_t groups = columns[c] / INT8_GROUP;
            const outputs values = outputs_make(tokens * groups * INT8_ACTIVATION_GROUP_BYTES);
            const outputs scales = outputs_make(tokens * groups * sizeof(float));
            const outputs sums = outputs_make(tokens * groups * sizeof(int32_t));
            const int8_activations expected = {values.expected, scales.expected, sums.expected};
            const int8_activations actual = {values.actual, scales.actual, sums.actual};
            float *x = guarded_floats(columns[c]);
            fill(&random, kind, columns[c], x);
            sets.reference->quantize(x, columns[c], 1, &expected);
            sets.set->quantize(x, columns[c], 1, &actual);
            guarded_free_floats(x, columns[c]);
            outputs_compare_and_free(values, report, "quantize: values", columns[c], values_kind_name(kind));
            outputs_compare_and_free(scales, report, "quantize: scales", columns[c], values_kind_name(kind));
            outputs_compare_and_free(sums, report, "quantize: sums", columns[c], values_kind_name(kind));
        }
    }
}

void check_dequantize_row(contenders sets, check_report *report) {
    static const size_t columns[] = {32, 64, 576, longest};
    uint64_t random = 3;
    for (weights_kind kind = 0; kind < weights_kinds; kind++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            const size_t bytes = columns[c] / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
            uint8_t *weights = guarded_allocate(bytes);
            weights_fill(&random, kind, columns[c] / INT8_GROUP, weights);
            const outputs out = outputs_make(columns[c] * sizeof(float));
            sets.reference->dequantize_row(weights, columns[c], out.expected);
            sets.set->dequantize_row(weights, columns[c], out.actual);
            guarded_free(weights, bytes);
            outputs_compare_and_free(out, report, "dequantize_row", columns[c], weights_kind_name(kind));
        }
    }
}

void check_rms_norm(contenders sets, check_report *report) {
    static const size_t columns[] = {8, 64, 72, 576, longest};
    uint64_t random = 4;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            float *x = guarded_floats(columns[c]);
            float *weight = guarded_floats(columns[c]);
            fill(&random, kind, columns[c], x);
            random_floats(&random, weight, columns[c], 2);
            const outputs apart = outputs_make(columns[c] * sizeof(float));
            sets.reference->rms_norm(x, weight, columns[c], 1e-5f, apart.expected);
            sets.set->rms_norm(x, weight, columns[c], 1e-5f, apart.actual);
            const outputs in_place = outputs_make(columns[c] * sizeof(float));
            memcpy(in_place.expected, x, columns[c] * sizeof(float));
            memcpy(in_place.actual, x, columns[c] * sizeof(float));
            sets.reference->rms_norm(in_place.expected, weight, columns[c], 1e-5f, in_place.expected);
            sets.set->rms_norm(in_place.actual, weight, columns[c], 1e-5f, in_place.actual);
            guarded_free_floats(x, columns[c]);
            guarded_free_floats(weight, columns[c]);
            outputs_compare_and_free(apart, report, "rms_norm", columns[c], values_kind_name(kind));
            outputs_compare_and_free(in_place, report, "rms_norm in place", columns[c], values_kind_name(kind));
        }
    }
}

void check_router_units(contenders sets, check_report *report) {
    static const size_t columns[] = {8, 24, 64, 576};
    static const size_t hidden[] = {1, 7, 32, 64};
    // A single token, and tiles of tokens with some left over.
    static const size_t tokens[] = {1, 3, 4, 8, 13};
    uint64_t random = 5;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            for (size_t h = 0; h < sizeof hidden / sizeof hidden[0]; h++) {
                for (size_t t = 0; t < sizeof tokens / sizeof tokens[0]; t++) {
                    float *in_weight = guarded_floats(hidden[h] * columns[c]);
                    float *in_bias = guarded_floats(hidden[h]);
                    float *x = guarded_floats(tokens[t] * columns[c]);
                    random_floats(&random, in_weight, hidden[h] * columns[c], 1);
                    random_floats(&random, in_bias, hidden[h], 1);
                    fill(&random, kind, tokens[t] * columns[c], x);
                    const int8_router router = {.in_weight = in_weight, .in_bias = in_bias, .hidden = hidden[h]};
                    // Some of the units, as one thread's partition. The reference takes the tokens one by one.
                    const size_t first = random_below(&random, hidden[h]);
                    const outputs units = outputs_make(tokens[t] * hidden[h] * sizeof(float));
                    for (size_t one = 0; one < tokens[t]; one++) {
                        sets.reference->router_units(&router, x + one * columns[c], 1, columns[c], first, hidden[h],
                                                     (float *)units.expected + one * hidden[h]);
                    }
                    sets.set->router_units(&router, x, tokens[t], columns[c], first, hidden[h], units.actual);
                    guarded_free_floats(in_weight, hidden[h] * columns[c]);
                    guarded_free_floats(in_bias, hidden[h]);
                    guarded_free_floats(x, tokens[t] * columns[c]);
                    outputs_compare_and_free(units, report, "router_units", columns[c], values_kind_name(kind));
                }
            }
        }
    }
}

void check_router_score(contenders sets, check_report *report) {
    static const size_t hidden[] = {1, 7, 32, 64};
    uint64_t random = 10;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t h = 0; h < sizeof hidden / sizeof hidden[0]; h++) {
            float *out_weight = guarded_floats(hidden[h]);
            float *units = guarded_floats(hidden[h]);
            random_floats(&random, out_weight, hidden[h], 1);
            fill(&random, kind, hidden[h], units);
            const int8_router router = {
                .out_weight = out_weight, .out_bias = random_unit(&random), .hidden = hidden[h]};
            const float expected = sets.reference->router_score(&router, units);
            const float actual = sets.set->router_score(&router, units);
            guarded_free_floats(out_weight, hidden[h]);
            guarded_free_floats(units, hidden[h]);
            report_compare(report, &expected, &actual, sizeof expected, "router_score, %zu hidden, %s", hidden[h],
                           values_kind_name(kind));
        }
    }
}

void check_row_products(contenders sets, check_report *report) {
    static const size_t columns[] = {8, 24, 64, 576};
    static const size_t counts[] = {1, 7, 24};
    uint64_t random = 16;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
                float *rows = guarded_floats(counts[n] * columns[c]);
                float *x = guarded_floats(columns[c]);
                random_floats(&random, rows, counts[n] * columns[c], 1);
                fill(&random, kind, columns[c], x);
                const outputs products = outputs_make(counts[n] * sizeof(float));
                sets.reference->row_products(rows, counts[n], columns[c], x, products.expected);
                sets.set->row_products(rows, counts[n], columns[c], x, products.actual);
                guarded_free_floats(rows, counts[n] * columns[c]);
                guarded_free_floats(x, columns[c]);
                outputs_compare_and_free(products, report, "row_products", columns[c], values_kind_name(kind));
            }
        }
    }
}

void check_rotate_pairs(contenders sets, check_report *report) {
    static const size_t counts[] = {2, 4, 6, 8, 30, 64, 128};
    uint64_t random = 6;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            float *x = guarded_floats(counts[c]);
            float *cosines = guarded_floats(counts[c] / 2);
            float *sines = guarded_floats(counts[c] / 2);
            fill(&random, kind, counts[c], x);
            random_floats(&random, cosines, counts[c] / 2, 1);
            random_floats(&random, sines, counts[c] / 2, 1);
            const outputs out = outputs_make(counts[c] * sizeof(float));
            memcpy(out.expected, x, counts[c] * sizeof(float));
            memcpy(out.actual, x, counts[c] * sizeof(float));
            sets.reference->rotate_pairs(out.expected, counts[c], cosines, sines);
            sets.set->rotate_pairs(x, counts[c], cosines, sines);
            memcpy(out.actual, x, counts[c] * sizeof(float));
            guarded_free_floats(x, counts[c]);
            guarded_free_floats(cosines, counts[c] / 2);
            guarded_free_floats(sines, counts[c] / 2);
            outputs_compare_and_free(out, report, "rotate_pairs", counts[c], values_kind_name(kind));
        }
    }
}

// One group of a key or a value, at every place of a span.
static void check_store(contenders sets, check_report *report, const char *name, bool is_key) {
    static const size_t lengths[] = {32, 64, 160};
    uint64_t random = 7;
    float *x = guarded_floats(INT8_GROUP);
    for (values_kind kind = 0; kind < values_kinds; kind++) {
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            for (size_t position = 0; position < INT8_ATTENTION_SPAN; position++) {
                const size_t length = lengths[l];
                const size_t first = random_below(&random, length / INT8_GROUP) * INT8_GROUP;
                // One rounding to fp16 in two thousand is a tie.
                fill(&random, kind, INT8_GROUP, x);
                x[random_below(&random, INT8_GROUP)] *= 1 + random_unit(&random);
                const outputs out = outputs_make(int8_cache_span_bytes(length));
                const int8_kernels *reference = sets.reference, *set = sets.set;
                (is_key ? reference->store_key : reference->store_value)(x, length, first, position, out.expected);
                (is_key ? set->store_key : set->store_value)(x, length, first, position, out.actual);
                outputs_compare_and_free(out, report, name, length, values_kind_name(kind));
            }
        }
    }
    guarded_free_floats(x, INT8_GROUP);
}

void check_store_key(contenders sets, check_report *report) {
    check_store(sets, report, "store_key", true);
}

void check_store_value(contenders sets, check_report *report) {
    check_store(sets, report, "store_value", false);
}

void check_swiglu(contenders sets, check_report *report) {
    static const size_t counts[] = {8, 16, 72, longest};
    uint64_t random = 8;
    for (values_kind kind = 0; kind < values_finite_kinds; kind++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            float *gate = guarded_floats(counts[c]);
            float *up = guarded_floats(counts[c]);
            fill(&random, kind, counts[c], gate);
            fill(&random, values_outliers, counts[c], up);
            const size_t bytes = counts[c] * sizeof(float);
            const outputs apart = outputs_make(bytes);
            sets.reference->swiglu(gate, up, counts[c], apart.expected);
            sets.set->swiglu(gate, up, counts[c], apart.actual);
            const outputs in_place = outputs_make(bytes);
            memcpy(in_place.expected, gate, bytes);
            memcpy(in_place.actual, gate, bytes);
            sets.reference->swiglu(in_place.expected, up, counts[c], in_place.expected);
            sets.set->swiglu(in_place.actual, up, counts[c], in_place.actual);
            guarded_free_floats(gate, counts[c]);
            guarded_free_floats(up, counts[c]);
            outputs_compare_and_free(apart, report, "swiglu", counts[c], values_kind_name(kind));
            outputs_compare_and_free(in_place, report, "swiglu in place", counts[c], values_kind_name(kind));
        }
    }
}

/// Logits of any magnitude, some of them not finite.
static void fill_logits(uint64_t *random, size_t count, float *out) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, 0, -0.0f, FLT_MIN};
    random_floats(random, out, count, random_below(random, 2) ? 20 : 200);
    for (size_t i = 0; i < count / 16; i++) {
        out[random_below(random, count)] = odd[random_below(random, sizeof odd / sizeof odd[0])];
    }
}

static const size_t logit_counts[] = {1, 7, 8, 63, 64, 65, 200, 256, 257, longest - 3};

void check_finite_logits(contenders sets, check_report *report) {
    uint64_t random = 11;
    for (size_t round = 0; round < 8; round++) {
        for (size_t c = 0; c < sizeof logit_counts / sizeof logit_counts[0]; c++) {
            const size_t count = logit_counts[c];
            const size_t segments = (count + INT8_LOGIT_SEGMENT - 1) / INT8_LOGIT_SEGMENT;
            float *x = guarded_floats(count);
            fill_logits(&random, count, x);
            const outputs out = outputs_make(count * sizeof(float));
            const outputs peaks = outputs_make(segments * sizeof(float));
            const outputs in_place = outputs_make(count * sizeof(float));
            memcpy(in_place.expected, x, count * sizeof(float));
            memcpy(in_place.actual, x, count * sizeof(float));
            sets.reference->finite_logits(x, count, out.expected, peaks.expected);
            sets.set->finite_logits(x, count, out.actual, peaks.actual);
            sets.reference->finite_logits(in_place.expected, count, in_place.expected, peaks.expected);
            sets.set->finite_logits(in_place.actual, count, in_place.actual, peaks.actual);
            guarded_free_floats(x, count);
            outputs_compare_and_free(out, report, "finite_logits", count, "logits");
            outputs_compare_and_free(in_place, report, "finite_logits in place", count, "logits");
            outputs_compare_and_free(peaks, report, "finite_logits", count, "peaks");
        }
    }
}

void check_softmax_sums(contenders sets, check_report *report) {
    uint64_t random = 12;
    for (size_t round = 0; round < 8; round++) {
        for (size_t c = 0; c < sizeof logit_counts / sizeof logit_counts[0]; c++) {
            const size_t count = logit_counts[c];
            float *x = guarded_floats(count);
            random_floats(&random, x, count, round % 2 ? 5 : 100);
            float maximum = x[0];
            for (size_t i = 0; i < count; i++) {
                x[i] = i > 0 && random_below(&random, 20) == 0 ? -INFINITY : x[i];
                maximum = x[i] > maximum ? x[i] : maximum;
            }
            const outputs out = outputs_make(2 * sizeof(double));
            sets.reference->softmax_sums(x, count, maximum, out.expected);
            sets.set->softmax_sums(x, count, maximum, out.actual);
            guarded_free_floats(x, count);
            outputs_compare_and_free(out, report, "softmax_sums", count, "logits");
        }
    }
}
