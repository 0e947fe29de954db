// Counts comparisons that held and those that did not.

#ifndef KERNEL_CHECK_REPORT_H
#define KERNEL_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t passed;
    size_t failed;
    /// Says nothing about what failed, for failures that are wanted.
    bool quiet;
    /// Of all bytes expected so far (FNV-1a), so that processors can be compared with each other.
    uint64_t digest;
} check_report;

check_report report_make(bool quiet);

/// Whether nothing is left to find out: a failure is wanted, and there is one.
static inline bool report_is_settled(const check_report *report) {
    return report->quiet && report->failed > 0;
}

/// Counts `actual` as passed when it is `expected`, byte for byte, and prints `format` when it is not.
__attribute__((format(printf, 5, 6)))
void report_compare(check_report *report, const void *expected, const void *actual, size_t bytes,
                    const char *format, ...);

#endif
