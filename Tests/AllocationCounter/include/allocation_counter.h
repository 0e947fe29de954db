// How often a thread has asked for memory.

#ifndef FATHOM_ALLOCATION_COUNTER_H
#define FATHOM_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted here: only the GNU C library lets a program put its own functions before `malloc`.
bool allocations_are_counted(void);

/// How often this thread has called malloc, calloc, realloc or one of their aligned kin so far.
uint64_t allocations_of_this_thread(void);

#endif
