// Which processor this is, where its instruction set does not say enough.

#ifndef FATHOM_X86_MODEL_H
#define FATHOM_X86_MODEL_H

#include <stdbool.h>

/// Whether what is read once is best asked for past the second-level cache. So it is on AMD's Zen 5, by 4 to 5 %, whose
/// first level can wait for many lines at once; Zen 4 reads less than half as fast so.
bool int8_reads_past_second_level(void);

#endif
