// Memory between pages that cannot be read: a kernel that reads beyond its input dies, as it would at the end of a
// mapped file.

#ifndef KERNEL_CHECK_GUARDED_H
#define KERNEL_CHECK_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

/// `bytes` bytes, at least one, right before a page that cannot be read. The beginning is aligned to as many bytes, a
/// page at most, as `bytes` is a multiple of.
void *guarded_allocate(size_t bytes);

/// `bytes` bytes, at least one, right behind such a page.
void *guarded_allocate_behind(size_t bytes);

/// Gives back what either gave for as many bytes.
void guarded_free(void *memory, size_t bytes);

/// Rows of `bytes` bytes each, at least one, with pages that cannot be read between them.
typedef struct {
    void *first;
    /// From one row to the next.
    size_t row_bytes;
    size_t rows;
    size_t bytes;
} guarded_rows;

/// Rows that end right before such a page, or begin right behind one.
guarded_rows guarded_rows_allocate(size_t rows, size_t bytes, bool ends_at_guard);

void guarded_rows_free(guarded_rows rows);

static inline float *guarded_floats(size_t count) {
    return guarded_allocate(count * sizeof(float));
}

static inline void guarded_free_floats(const float *memory, size_t count) {
    guarded_free((void *)memory, count * sizeof(float));
}

#endif
