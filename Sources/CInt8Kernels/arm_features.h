// What an ARM processor can do beyond the base instruction set, as the operating system tells it.

#ifndef FATHOM_ARM_FEATURES_H
#define FATHOM_ARM_FEATURES_H

#if defined(__aarch64__)

#include <stdbool.h>

/// SDOT: four products of int8 added to each int32 lane.
bool arm_has_dotprod(void);

/// SMMLA: 2 × 8 int8 times 8 × 2 int8, added to 2 × 2 int32.
bool arm_has_i8mm(void);

#endif

#endif
