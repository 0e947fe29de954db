// Memory that ends where nothing may be read: a kernel that reads beyond its input dies, as it would at the end of a mapped
// file.

#ifndef KERNEL_CHECK_GUARDED_H
#define KERNEL_CHECK_GUARDED_H

#include <stddef.h>

/// `bytes` bytes right before a page that cannot be read. The beginning is aligned for floats if `bytes` is a multiple of
/// four.
void *guarded_allocate(size_t bytes);

/// Gives back what `guarded_allocate` gave for as many bytes.
void guarded_free(void *memory, size_t bytes);

#endif
