// Memory between pages that cannot be read: a kernel that reads beyond its input dies, as it would at the end of a mapped
// file.

#ifndef KERNEL_CHECK_GUARDED_H
#define KERNEL_CHECK_GUARDED_H

#include <stddef.h>

/// `bytes` bytes, at least one, right before a page that cannot be read. The beginning is aligned to as many bytes, a page
/// at most, as `bytes` is a multiple of.
void *guarded_allocate(size_t bytes);

/// `bytes` bytes, at least one, right behind such a page.
void *guarded_allocate_behind(size_t bytes);

/// Gives back what either gave for as many bytes.
void guarded_free(void *memory, size_t bytes);

static inline float *guarded_floats(size_t count) {
    return guarded_allocate(count * sizeof(float));
}

static inline void guarded_free_floats(const float *memory, size_t count) {
    guarded_free((void *)memory, count * sizeof(float));
}

#endif
