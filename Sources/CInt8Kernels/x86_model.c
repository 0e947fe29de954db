#include "x86_model.h"

#if defined(__x86_64__)

#include <cpuid.h>

bool int8_is_zen5(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != signature_AMD_ebx || ecx != signature_AMD_ecx ||
        edx != signature_AMD_edx || !__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
        return false;
    }
    const unsigned family = (eax >> 8 & 0xf) + (eax >> 20 & 0xff);
    return family == 0x1a;
}

#endif
