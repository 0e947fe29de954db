// What of the scheduler and of the processor Swift cannot call by its own name: calls that only some systems have,
// macros and instructions.

#ifndef FATHOM_SCHEDULER_H
#define FATHOM_SCHEDULER_H

#include <stdbool.h>

/// Processors that the calls below know, numbered from 0: as many as the C libraries of Linux. On a larger machine they
/// fail.
#define FATHOM_MOST_PROCESSORS 1024

/// The processor that the calling thread runs on; negative where the system does not say.
int fathom_current_processor(void);

/// Says of every processor whether the calling thread may run on it. Returns false, and says nothing, where the system
/// does not tell.
bool fathom_get_allowed_processors(bool allowed[FATHOM_MOST_PROCESSORS]);

/// Lets the calling thread run on these processors only. Returns false, and changes nothing, where the system refuses.
bool fathom_set_allowed_processors(const bool allowed[FATHOM_MOST_PROCESSORS]);

/// Bytes from one line to the next that `fathom_fetch_line` is worth calling for.
#define FATHOM_CACHE_LINE 64

/// Asks for the cache line at `address`, which may lie anywhere, to come as near as the second-level cache.
static inline void fathom_fetch_line(const void *address) {
    __builtin_prefetch(address, 0, 2);
}

/// Tells the processor that this thread is only waiting.
static inline void fathom_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
