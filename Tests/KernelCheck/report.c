#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// More would only hide the first.
enum { printed_failures = 10 };

check_report report_make(bool quiet) {
    return (check_report){.quiet = quiet, .digest = 0xcbf29ce484222325};
}

void report_compare(check_report *report, const void *expected, const void *actual, size_t bytes,
                    const char *format, ...) {
    const uint8_t *a = expected;
    const uint8_t *b = actual;
    for (size_t i = 0; i < bytes; i++) {
        report->digest = (report->digest ^ a[i]) * 0x100000001b3;
    }
    if (memcmp(a, b, bytes) == 0) {
        report->passed++;
        return;
    }
    if (!report->quiet && report->failed < printed_failures) {
        size_t first = 0;
        while (a[first] == b[first]) {
            first++;
        }
        va_list arguments;
        va_start(arguments, format);
        printf("FAILED: ");
        vprintf(format, arguments);
        printf(": differs from byte %zu of %zu on\n", first, bytes);
        va_end(arguments);
    }
    report->failed++;
}
