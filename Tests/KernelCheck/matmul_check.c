#include <stdlib.h>

#include "checks.h"
#include "guarded.h"
#include "random.h"
#include "weights.h"

typedef struct {
    size_t rows;
    size_t columns;
    size_t count;
} shape;

/// Tokens there are beyond those gathered.
enum { spare_tokens = 5 };

typedef struct {
    uint8_t *weights;
    size_t weight_bytes;
    int8_activations x;
    size_t groups;
    uint32_t *tokens;
    size_t count;
    void *scratch;
    size_t scratch_bytes;
} factors;

static factors factors_make(shape shape, weights_kind kind, uint64_t *random) {
    const size_t groups = shape.columns / INT8_GROUP;
    const size_t all = shape.count + spare_tokens;
    const size_t weight_bytes = shape.rows * groups * INT8_WEIGHT_GROUP_BYTES;
    // Aligned to 64 bytes, or else a few that nobody may use lie behind it.
    const size_t scratch_bytes = (int8_scratch_bytes(shape.columns) + 63) / 64 * 64;
    const bool ends_at_guard = random_below(random, 2);
    factors made = {
        .weights = (ends_at_guard ? guarded_allocate : guarded_allocate_behind)(weight_bytes),
        .weight_bytes = weight_bytes,
        .x = {guarded_allocate(all * groups * INT8_ACTIVATION_GROUP_BYTES),
              guarded_allocate(all * groups * sizeof(float)), guarded_allocate(all * groups * sizeof(int32_t))},
        .groups = all * groups,
        .tokens = guarded_allocate(shape.count * sizeof(uint32_t)),
        .count = shape.count,
        .scratch = guarded_allocate(scratch_bytes),
        .scratch_bytes = scratch_bytes,
    };
    weights_fill(random, kind, shape.rows * groups, made.weights);
    for (size_t g = 0; g < all * groups; g++) {
        int8_t *planes = made.x.values + g * INT8_ACTIVATION_GROUP_BYTES;
        const int same = random_below(random, 2) ? 127 : -127;
        made.x.sums[g] = 0;
        for (size_t k = 0; k < INT8_GROUP; k++) {
            for (size_t plane = 0; plane < 2; plane++) {
                const int value = kind == weights_extreme ? same : (int)random_below(random, 255) - 127;
                planes[plane * INT8_GROUP + k] = (int8_t)value;
                made.x.sums[g] += plane == 0 ? 256 * value : value;
            }
        }
        // Some groups are all zero, as a token may be.
        made.x.scales[g] = random_below(random, 16) ? random_unit(random) * 0.01f : 0;
    }
    for (size_t i = 0; i < shape.count; i++) {
        made.tokens[i] = (uint32_t)random_below(random, all);
    }
    return made;
}

static void factors_free(factors factors) {
    guarded_free(factors.weights, factors.weight_bytes);
    guarded_free(factors.x.values, factors.groups * INT8_ACTIVATION_GROUP_BYTES);
    guarded_free(factors.x.scales, factors.groups * sizeof(float));
    guarded_free(factors.x.sums, factors.groups * sizeof(int32_t));
    guarded_free(factors.tokens, factors.count * sizeof(uint32_t));
    guarded_free(factors.scratch, factors.scratch_bytes);
}

static void compare(contenders sets, check_report *report, shape shape, weights_kind kind, uint64_t *random) {
    const factors factors = factors_make(shape, kind, random);
    const bool gathers = random_below(random, 2);
    const size_t stride = shape.rows + random_below(random, 10);
    const uint32_t *tokens = gathers ? factors.tokens : NULL;
    const void *next = random_below(random, 2) ? factors.weights : NULL;
    const outputs out = outputs_make(shape.count * stride * sizeof(float));
    sets.reference->matmul(factors.weights, shape.rows, shape.columns, &factors.x, tokens, shape.count, out.expected,
                           stride, factors.scratch, next);
    sets.set->matmul(factors.weights, shape.rows, shape.columns, &factors.x, tokens, shape.count, out.actual, stride,
                     factors.scratch, next);
    report_compare(report, out.expected, out.actual, out.bytes, "%s matmul, %zu rows, %zu columns, %zu %stokens, %s",
                   sets.set->name, shape.rows, shape.columns, shape.count, gathers ? "gathered " : "",
                   weights_kind_name(kind));
    free(out.expected);
    free(out.actual);
    factors_free(factors);
}

void check_matmul(contenders sets, check_report *report) {
    // Panels that are full and not, tiles of every number of tokens, a model's lengths of rows, and one so long that it
    // decides how much scratch there is.
    static const size_t rows[] = {1, 7, 8, 9, 15, 16, 17, 23, 32, 40, 49};
    static const size_t columns[] = {32, 64, 96, 160, 576, 800, 1536, 1568, 3136};
    static const size_t counts[] = {1, 2, 3, 8, 13, 20};
    uint64_t random = 1;
    for (weights_kind kind = 0; kind < weights_kinds; kind++) {
        for (size_t count = 1; count <= 20; count++) {
            for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
                const shape shape = {rows[r], 32 * (1 + random_below(&random, 4)), count};
                compare(sets, report, shape, kind, &random);
            }
        }
        // More rows than a few tokens take at once.
        for (size_t count = 1; count <= 5; count++) {
            compare(sets, report, (shape){300, 96, count}, kind, &random);
        }
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            for (size_t t = 0; t < sizeof counts / sizeof counts[0]; t++) {
                compare(sets, report, (shape){43, columns[c], counts[t]}, kind, &random);
            }
        }
    }
}
