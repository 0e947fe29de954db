#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "guarded.h"
#include "random.h"
#include "weights.h"

typedef struct {
    size_t rows;
    size_t columns;
    size_t count;
    /// Between one row's columns and the next row's: those of a wider matrix, that nobody asked for.
    size_t skipped_bytes;
} shape;

/// Tokens there are beyond those gathered.
enum { spare_tokens = 5 };

typedef struct {
    /// The rows one after the other.
    uint8_t *packed;
    /// The rows with what is skipped between them.
    uint8_t *weights;
    size_t weight_bytes;
    size_t packed_bytes;
    size_t row_bytes;
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
    const size_t bytes = groups * INT8_WEIGHT_GROUP_BYTES;
    const size_t packed_bytes = shape.rows * bytes;
    const size_t row_bytes = bytes + shape.skipped_bytes;
    // Nothing lies behind the last row's columns.
    const size_t weight_bytes = (shape.rows - 1) * row_bytes + bytes;
    // Aligned to 64 bytes, or else a few that nobody may use lie behind it.
    const size_t scratch_bytes = (int8_scratch_bytes(shape.columns) + 63) / 64 * 64;
    const bool ends_at_guard = random_below(random, 2);
    factors made = {
        .packed = guarded_allocate(packed_bytes),
        .packed_bytes = packed_bytes,
        .weights = (ends_at_guard ? guarded_allocate : guarded_allocate_behind)(weight_bytes),
        .weight_bytes = weight_bytes,
        .row_bytes = row_bytes,
        .x = {guarded_allocate(all * groups * INT8_ACTIVATION_GROUP_BYTES),
              guarded_allocate(all * groups * sizeof(float)), guarded_allocate(all * groups * sizeof(int32_t))},
        .groups = all * groups,
        .tokens = guarded_allocate(shape.count * sizeof(uint32_t)),
        .count = shape.count,
        .scratch = guarded_allocate(scratch_bytes),
        .scratch_bytes = scratch_bytes,
    };
    weights_fill(random, kind, shape.rows * groups, made.packed);
    for (size_t i = 0; i < weight_bytes; i++) {
        made.weights[i] = (uint8_t)random_next(random);
    }
    for (size_t r = 0; r < shape.rows; r++) {
        memcpy(made.weights + r * row_bytes, made.packed + r * bytes, bytes);
    }
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
    guarded_free(factors.packed, factors.packed_bytes);
    guarded_free(factors.weights, factors.weight_bytes);
    guarded_free(factors.x.values, factors.groups * INT8_ACTIVATION_GROUP_BYTES);
    guarded_free(factors.x.scales, factors.groups * sizeof(float));
    guarded_free(factors.x.sums, factors.groups * sizeof(int32_t));
    guarded_free(factors.tokens, factors.count * sizeof(uint32_t));
    guarded_free(factors.scratch, factors.scratch_bytes);
}

// The reference multiplies the rows one after the other, so that what is skipped cannot matter to it.
static void compare(contenders sets, check_report *report, shape shape, weights_kind kind, uint64_t *random) {
    const factors factors = factors_make(shape, kind, random);
    const size_t bytes = shape.columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
    const bool gathers = random_below(random, 2);
    const size_t stride = shape.rows + random_below(random, 10);
    const uint32_t *tokens = gathers ? factors.tokens : NULL;
    const void *next = random_below(random, 2) ? factors.weights : NULL;
    const outputs out = outputs_make(shape.count * stride * sizeof(float));
    sets.reference->matmul(factors.packed, bytes, shape.rows, shape.columns, &factors.x, tokens, shape.count,
                           out.expected, stride, factors.scratch, next);
    sets.set->matmul(factors.weights, factors.row_bytes, shape.rows, shape.columns, &factors.x, tokens, shape.count,
                     out.actual, stride, factors.scratch, next);
    report_compare(report, out.expected, out.actual, out.bytes,
                   "%s matmul, %zu rows, %zu columns and %zu bytes skipped, %zu %stokens, %s", sets.set->name,
                   shape.rows, shape.columns, shape.skipped_bytes, shape.count, gathers ? "gathered " : "",
                   weights_kind_name(kind));
    free(out.expected);
    free(out.actual);
    factors_free(factors);
}

// A matrix, and the first columns of one that is wider: a little, twice, or by no whole number of groups.
static void compare_both(contenders sets, check_report *report, shape shape, weights_kind kind, uint64_t *random) {
    // Most of the time would be spent on sets that are known to be wrong.
    if (report_is_settled(report)) {
        return;
    }
    compare(sets, report, shape, kind, random);
    const size_t bytes = shape.columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
    const size_t skipped[] = {INT8_WEIGHT_GROUP_BYTES, bytes, 1 + random_below(random, 2 * bytes)};
    shape.skipped_bytes = skipped[random_below(random, 3)];
    compare(sets, report, shape, kind, random);
}

// Panels that are full and not.
static const size_t some_rows[] = {1, 7, 8, 9, 15, 16, 17, 23, 32, 40, 49};
// A model's lengths of rows, and one so long that it decides how much scratch there is.
static const size_t some_columns[] = {32, 64, 96, 160, 576, 768, 800, 1536, 1568, 3136};

void check_matmul(contenders sets, check_report *report) {
    // Tiles of every number of tokens.
    static const size_t counts[] = {1, 2, 3, 8, 13, 20};
    uint64_t random = 1;
    for (weights_kind kind = 0; kind < weights_kinds; kind++) {
        for (size_t count = 1; count <= 20; count++) {
            for (size_t r = 0; r < sizeof some_rows / sizeof some_rows[0]; r++) {
                const shape shape = {some_rows[r], 32 * (1 + random_below(&random, 4)), count, 0};
                compare_both(sets, report, shape, kind, &random);
            }
        }
        // More rows than a few tokens take at once.
        for (size_t count = 1; count <= 5; count++) {
            compare_both(sets, report, (shape){300, 96, count, 0}, kind, &random);
        }
        for (size_t c = 0; c < sizeof some_columns / sizeof some_columns[0]; c++) {
            for (size_t t = 0; t < sizeof counts / sizeof counts[0]; t++) {
                compare_both(sets, report, (shape){43, some_columns[c], counts[t], 0}, kind, &random);
            }
        }
    }
}

void check_matmul_reach(contenders sets, check_report *report) {
    static const size_t counts[] = {1, 2, 4, 7};
    uint64_t random = 14;
    for (size_t c = 0; c < sizeof some_columns / sizeof some_columns[0]; c++) {
        for (size_t t = 0; t < sizeof counts / sizeof counts[0]; t++) {
            for (int ends_at_guard = 0; ends_at_guard < 2; ends_at_guard++) {
                const shape shape = {49, some_columns[c], counts[t], 0};
                const factors factors = factors_make(shape, weights_random, &random);
                const size_t bytes = shape.columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
                const guarded_rows rows = guarded_rows_allocate(shape.rows, bytes, ends_at_guard);
                for (size_t r = 0; r < shape.rows; r++) {
                    memcpy((uint8_t *)rows.first + r * rows.row_bytes, factors.packed + r * bytes, bytes);
                }
                const outputs out = outputs_make(shape.count * shape.rows * sizeof(float));
                sets.reference->matmul(factors.packed, bytes, shape.rows, shape.columns, &factors.x, NULL, shape.count,
                                       out.expected, shape.rows, factors.scratch, NULL);
                sets.set->matmul(rows.first, rows.row_bytes, shape.rows, shape.columns, &factors.x, NULL, shape.count,
                                 out.actual, shape.rows, factors.scratch, random_below(&random, 2) ? rows.first : NULL);
                report_compare(report, out.expected, out.actual, out.bytes,
                               "%s matmul, rows between guards, %zu columns, %zu tokens", sets.set->name, shape.columns,
                               shape.count);
                free(out.expected);
                free(out.actual);
                guarded_rows_free(rows);
                factors_free(factors);
            }
        }
    }
}
