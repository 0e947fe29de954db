#ifndef FATHOM_CZLIB_H
#define FATHOM_CZLIB_H

// The checksum and the compression of pictures, from the system's zlib.
#include <zlib.h>

#endif
