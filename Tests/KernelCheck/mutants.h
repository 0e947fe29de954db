// Sets with one mistake each, to show that the checks can fail.

#ifndef KERNEL_CHECK_MUTANTS_H
#define KERNEL_CHECK_MUTANTS_H

#include "checks.h"

/// Makes every mutant of the set and counts as failed those the check of the kernel they are wrong in lets through.
void check_mutants(const int8_kernels *set, check_report *report);

#endif
