#if defined(__aarch64__)

#include "arm_features.h"

#if defined(__APPLE__)

#include <stddef.h>
#include <sys/sysctl.h>

static bool has(const char *feature) {
    int value = 0;
    size_t size = sizeof value;
    // A system too old to know the name has no such processor.
    return sysctlbyname(feature, &value, &size, NULL, 0) == 0 && value != 0;
}

bool arm_has_dotprod(void) {
    return has("hw.optional.arm.FEAT_DotProd");
}

bool arm_has_i8mm(void) {
    return has("hw.optional.arm.FEAT_I8MM");
}

#elif defined(__linux__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

bool arm_has_dotprod(void) {
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}

bool arm_has_i8mm(void) {
    return (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
}

#else

bool arm_has_dotprod(void) {
    return false;
}

bool arm_has_i8mm(void) {
    return false;
}

#endif

#endif
