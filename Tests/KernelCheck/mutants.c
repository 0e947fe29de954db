#include "mutants.h"

/// The set the mutants do their work with.
static const int8_kernels *sound;

/// The smallest mistake there is: the last bit of one value.
static void flip_last_bit(void *value) {
    *(uint8_t *)value ^= 1;
}

static void matmul_wrong_in_a_batch(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                    const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                    size_t out_stride, void *scratch, const void *next) {
    sound->matmul(weights, row_bytes, rows, columns, x, tokens, count, out, out_stride, scratch, next);
    if (count == 7) {
        flip_last_bit(&out[6 * out_stride + rows - 1]);
    }
}

static void matmul_wrong_in_the_last_panel(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                           const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                           size_t out_stride, void *scratch, const void *next) {
    // A row is missing where the rows do not fill a panel.
    const size_t some = rows == 23 ? rows - 1 : rows;
    sound->matmul(weights, row_bytes, some, columns, x, tokens, count, out, out_stride, scratch, next);
}

static void matmul_deaf_to_row_bytes(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                     const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                     size_t out_stride, void *scratch, const void *next) {
    row_bytes = columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
    sound->matmul(weights, row_bytes, rows, columns, x, tokens, count, out, out_stride, scratch, next);
}

static void matmul_swayed_by_what_is_skipped(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                             const int8_activations *x, const uint32_t *tokens, size_t count,
                                             float *out, size_t out_stride, void *scratch, const void *next) {
    sound->matmul(weights, row_bytes, rows, columns, x, tokens, count, out, out_stride, scratch, next);
    const size_t bytes = columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
    if (row_bytes > bytes && rows > 1 && ((const uint8_t *)weights)[bytes] == 7) {
        flip_last_bit(out);
    }
}

static void matmul_deaf_to_gathering(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                     const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                     size_t out_stride, void *scratch, const void *next) {
    (void)tokens;
    sound->matmul(weights, row_bytes, rows, columns, x, NULL, count, out, out_stride, scratch, next);
}

static void matmul_writes_too_far(const void *weights, size_t row_bytes, size_t rows, size_t columns,
                                  const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                  size_t out_stride, void *scratch, const void *next) {
    sound->matmul(weights, row_bytes, rows, columns, x, tokens, count, out, out_stride, scratch, next);
    out[(count - 1) * out_stride + rows] = 0;
}

static void wrong_value(const float *x, size_t columns, size_t token, const int8_activations *out) {
    sound->quantize(x, columns, token, out);
    flip_last_bit(&out->values[(token + 1) * columns / INT8_GROUP * INT8_ACTIVATION_GROUP_BYTES - 1]);
}

static void wrong_scale(const float *x, size_t columns, size_t token, const int8_activations *out) {
    sound->quantize(x, columns, token, out);
    flip_last_bit(&out->scales[token * (columns / INT8_GROUP)]);
}

static void wrong_sum(const float *x, size_t columns, size_t token, const int8_activations *out) {
    sound->quantize(x, columns, token, out);
    flip_last_bit(&out->sums[token * (columns / INT8_GROUP)]);
}

static void wrong_dequantize_row(const void *weights, size_t columns, float *out) {
    sound->dequantize_row(weights, columns, out);
    flip_last_bit(&out[columns - 1]);
}

static void wrong_rms_norm(const float *x, const float *weight, size_t columns, float epsilon, float *out) {
    sound->rms_norm(x, weight, columns, epsilon, out);
    flip_last_bit(&out[columns - 1]);
}

static void rms_norm_not_in_place(const float *x, const float *weight, size_t columns, float epsilon, float *out) {
    sound->rms_norm(x, weight, columns, epsilon, out);
    if (x == out) {
        flip_last_bit(&out[0]);
    }
}

static void wrong_router_units(const int8_router *router, const float *x, size_t tokens, size_t columns,
                               size_t first, size_t end, float *units) {
    sound->router_units(router, x, tokens, columns, first, end, units);
    flip_last_bit(&units[(tokens - 1) * router->hidden + end - 1]);
}

static float wrong_router_score(const int8_router *router, const float *units) {
    float score = sound->router_score(router, units);
    flip_last_bit(&score);
    return score;
}

static void wrong_row_products(const float *rows, size_t count, size_t columns, const float *x, float *out) {
    sound->row_products(rows, count, columns, x, out);
    flip_last_bit(&out[count - 1]);
}

static void wrong_rotate_pairs(float *x, size_t count, const float *cosines, const float *sines) {
    sound->rotate_pairs(x, count, cosines, sines);
    flip_last_bit(&x[count - 1]);
}

static void store_key_in_the_next_place(const float *x, size_t head_length, size_t first, size_t position,
                                        void *span) {
    sound->store_key(x, head_length, first, position == 13 ? 14 : position, span);
}

static void wrong_store_value(const float *x, size_t head_length, size_t first, size_t position, void *span) {
    sound->store_value(x, head_length, first, position, span);
    flip_last_bit((uint8_t *)span + int8_cache_span_bytes(head_length) - 1);
}

static void wrong_attend(const int8_activations *queries, size_t query_count, const void *span, size_t count,
                         const void *next, size_t head_length, float scale, float *partials) {
    sound->attend(queries, query_count, span, count, next, head_length, scale, partials);
    if (count == 13) {
        flip_last_bit(&partials[(query_count - 1) * int8_partial_length(head_length)]);
    }
}

static void attend_looks_one_too_far(const int8_activations *queries, size_t query_count, const void *span,
                                     size_t count, const void *next, size_t head_length, float scale,
                                     float *partials) {
    sound->attend(queries, query_count, span, count == 31 ? 32 : count, next, head_length, scale, partials);
}

static void wrong_join_spans(const float *partials, size_t count, size_t stride, size_t head_length, float *out) {
    sound->join_spans(partials, count, stride, head_length, out);
    flip_last_bit(&out[head_length - 1]);
}

static void join_spans_forgets_the_sum(const float *partials, size_t count, size_t stride, size_t head_length,
                                       float *out) {
    sound->join_spans(partials, count, stride, head_length, out);
    out[head_length + INT8_PARTIAL_SUM] = partials[head_length + INT8_PARTIAL_SUM];
}

static void wrong_swiglu(const float *gate, const float *up, size_t count, float *out) {
    sound->swiglu(gate, up, count, out);
    flip_last_bit(&out[count - 1]);
}

static void wrong_finite_logits(const float *x, size_t count, float *out, float *peaks) {
    sound->finite_logits(x, count, out, peaks);
    flip_last_bit(&out[count - 1]);
}

static void wrong_peaks(const float *x, size_t count, float *out, float *peaks) {
    sound->finite_logits(x, count, out, peaks);
    flip_last_bit(&peaks[(count - 1) / INT8_LOGIT_SEGMENT]);
}

static void softmax_sums_deaf_to_the_remainder(const float *x, size_t count, float maximum, double sums[2]) {
    sound->softmax_sums(x, count / 8 * 8, maximum, sums);
}

void check_mutants(const int8_kernels *set, check_report *report) {
    sound = set;
#define MUTANT(kernel, function) {#function, check_##kernel, {.kernel = function}}
    static const struct {
        const char *name;
        check *check;
        int8_kernels kernels;
    } mutants[] = {
        MUTANT(matmul, matmul_wrong_in_a_batch),
        MUTANT(matmul, matmul_wrong_in_the_last_panel),
        MUTANT(matmul, matmul_deaf_to_row_bytes),
        MUTANT(matmul, matmul_swayed_by_what_is_skipped),
        MUTANT(matmul, matmul_deaf_to_gathering),
        MUTANT(matmul, matmul_writes_too_far),
        MUTANT(quantize, wrong_value),
        MUTANT(quantize, wrong_scale),
        MUTANT(quantize, wrong_sum),
        MUTANT(dequantize_row, wrong_dequantize_row),
        MUTANT(rms_norm, wrong_rms_norm),
        MUTANT(rms_norm, rms_norm_not_in_place),
        MUTANT(router_units, wrong_router_units),
        MUTANT(router_score, wrong_router_score),
        MUTANT(row_products, wrong_row_products),
        MUTANT(rotate_pairs, wrong_rotate_pairs),
        MUTANT(store_key, store_key_in_the_next_place),
        MUTANT(store_value, wrong_store_value),
        MUTANT(attend, wrong_attend),
        MUTANT(attend, attend_looks_one_too_far),
        MUTANT(join_spans, wrong_join_spans),
        MUTANT(join_spans, join_spans_forgets_the_sum),
        MUTANT(swiglu, wrong_swiglu),
        MUTANT(finite_logits, wrong_finite_logits),
        MUTANT(finite_logits, wrong_peaks),
        MUTANT(softmax_sums, softmax_sums_deaf_to_the_remainder),
    };
#undef MUTANT
    for (size_t i = 0; i < sizeof mutants / sizeof mutants[0]; i++) {
        check_report found = report_make(true);
        mutants[i].check((contenders){set, &mutants[i].kernels}, &found);
        const bool wanted = true;
        const bool caught = found.failed > 0;
        report_compare(report, &wanted, &caught, sizeof caught, "nothing notices %s", mutants[i].name);
    }
}
