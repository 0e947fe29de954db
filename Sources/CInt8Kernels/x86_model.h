// Which processor this is, where its instruction set does not say enough.

#ifndef FATHOM_X86_MODEL_H
#define FATHOM_X86_MODEL_H

#include <stdbool.h>

/// Whether this processor is one of AMD's Zen 5 family.
bool int8_is_zen5(void);

#endif
