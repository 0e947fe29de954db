// glibc and musl declare these calls to those who ask for them.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "scheduler.h"

#if defined(__linux__)

#include <sched.h>

_Static_assert(CPU_SETSIZE == FATHOM_MOST_PROCESSORS, "a set of the C library has a place for each processor");

int fathom_current_processor(void) {
    return sched_getcpu();
}

bool fathom_get_allowed_processors(bool allowed[FATHOM_MOST_PROCESSORS]) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return false;
    }
    for (int i = 0; i < FATHOM_MOST_PROCESSORS; i++) {
        allowed[i] = CPU_ISSET(i, &set);
    }
    return true;
}

bool fathom_set_allowed_processors(const bool allowed[FATHOM_MOST_PROCESSORS]) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < FATHOM_MOST_PROCESSORS; i++) {
        if (allowed[i]) {
            CPU_SET(i, &set);
        }
    }
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

#else

int fathom_current_processor(void) {
    return -1;
}

bool fathom_get_allowed_processors(bool allowed[FATHOM_MOST_PROCESSORS]) {
    (void)allowed;
    return false;
}

bool fathom_set_allowed_processors(const bool allowed[FATHOM_MOST_PROCESSORS]) {
    (void)allowed;
    return false;
}

#endif
