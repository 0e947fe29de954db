// Holds every kernel set this processor can run to the portable one, bit for bit, on random and extreme input.
//
// Usage: kernel-check [name of a set …]
// With names, these must be the sets the processor can run, in this order. Exit code 1 when anything fails.

#include <stdio.h>
#include <string.h>

#include "checks.h"
#include "mutants.h"

static bool offers_these(int count, char **names) {
    if ((size_t)count != int8_kernels_count()) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], int8_kernels_at((size_t)i)->name) != 0) {
            return false;
        }
    }
    return true;
}

static void sum_up(const char *what, const check_report *one, check_report *all) {
    printf("%-16s %5zu passed, %zu failed\n", what, one->passed, one->failed);
    all->passed += one->passed;
    all->failed += one->failed;
}

int main(int argc, char **argv) {
    const size_t count = int8_kernels_count();
    const int8_kernels *portable = int8_kernels_at(count - 1);
    check_report all = report_make(false);
    for (size_t i = 0; i < count; i++) {
        check_report one = report_make(false);
        const int8_kernels *set = int8_kernels_at(i);
        check_all((contenders){portable, set}, &one);
        sum_up(set->name, &one, &all);
        all.digest = one.digest;
    }
    check_report mutants = report_make(false);
    check_mutants(portable, &mutants);
    sum_up("wrong on purpose", &mutants, &all);
    if (argc > 1) {
        const bool found = offers_these(argc - 1, argv + 1);
        printf("%s\n", found ? "The sets are those expected." : "FAILED: other sets were expected.");
        *(found ? &all.passed : &all.failed) += 1;
    }
    printf("digest %016llx\n", (unsigned long long)all.digest);
    printf("%zu passed, %zu failed\n", all.passed, all.failed);
    return all.failed > 0;
}
