#include "x86_model.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdatomic.h>

static bool is_zen5(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != signature_AMD_ebx || ecx != signature_AMD_ecx ||
        edx != signature_AMD_edx || !__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
        return false;
    }
    const unsigned family = (eax >> 8 & 0xf) + (eax >> 20 & 0xff);
    return family == 0x1a;
}

bool int8_reads_past_second_level(void) {
    // In a virtual machine cpuid takes as long as a small matrix.
    enum { unknown, yes, no };
    static _Atomic(char) answer = unknown;
    char known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == unknown) {
        known = is_zen5() ? yes : no;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == yes;
}

#endif
