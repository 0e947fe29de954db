// One check a kernel: it runs the kernel of two sets on the same input and compares everything they write.

#ifndef KERNEL_CHECK_CHECKS_H
#define KERNEL_CHECK_CHECKS_H

#include "int8_kernels.h"
#include "report.h"

/// The reference, and the set that is held to it.
typedef struct {
    const int8_kernels *reference;
    const int8_kernels *set;
} contenders;

typedef void check(contenders sets, check_report *report);

/// Whether nothing is read of a wider matrix but the columns asked for: it would die.
check check_matmul_reach;

check check_matmul, check_quantize, check_dequantize_row, check_rms_norm, check_router_units, check_router_score,
    check_row_products, check_rotate_pairs, check_store_key, check_store_value, check_attend, check_join_spans, check_swiglu,
    check_finite_logits, check_softmax_sums;

/// All of the above.
void check_all(contenders sets, check_report *report);

/// Room for an output, twice: what it holds at first, and a guard behind its end, is the same in both, so a kernel that
/// writes where the reference does not is caught.
typedef struct {
    void *expected;
    void *actual;
    size_t bytes;
} outputs;

outputs outputs_make(size_t bytes);
void outputs_compare_and_free(outputs outputs, check_report *report, const char *name, size_t size, const char *kind);

#endif
