#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { guard_bytes = 64, untouched = 0xa5 };

outputs outputs_make(size_t bytes) {
    const outputs made = {malloc(bytes + guard_bytes), malloc(bytes + guard_bytes), bytes + guard_bytes};
    if (!made.expected || !made.actual) {
        fputs("kernel-check: out of memory\n", stderr);
        exit(2);
    }
    memset(made.expected, untouched, made.bytes);
    memset(made.actual, untouched, made.bytes);
    return made;
}

void outputs_compare_and_free(outputs outputs, check_report *report, const char *name, size_t size, const char *kind) {
    report_compare(report, outputs.expected, outputs.actual, outputs.bytes, "%s, %zu values, %s", name, size, kind);
    free(outputs.expected);
    free(outputs.actual);
}

void check_all(contenders sets, check_report *report) {
    check *const all[] = {
        check_matmul,       check_quantize,     check_dequantize_row, check_rms_norm,   check_router_units,
        check_router_score, check_rotate_pairs, check_store_key,      check_store_value, check_attend,
        check_join_spans,   check_swiglu,       check_finite_logits,  check_softmax_sums, check_row_products,
        check_matmul_reach,
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        all[i](sets, report);
    }
}
