#ifndef FATHOM_COMMON_MARK_SHIM_H
#define FATHOM_COMMON_MARK_SHIM_H

#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>

#endif
