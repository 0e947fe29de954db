#define _GNU_SOURCE

#include "guarded.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/// Bytes left between the memory and the guard behind it, for an emulator that reads more than it is told to.
static size_t slack(void) {
    const char *chosen = getenv("KERNEL_CHECK_SLACK");
    return chosen ? strtoul(chosen, NULL, 10) : 0;
}

/// Whole pages that hold so many bytes and the slack.
static size_t room_for(size_t bytes) {
    return (bytes + slack() + page_bytes() - 1) / page_bytes() * page_bytes();
}

/// The beginning of pages that hold so many bytes, between two that cannot be read, and again for every row.
static char *guarded_pages(size_t rows, size_t bytes) {
    const size_t page = page_bytes();
    const size_t row_bytes = room_for(bytes) + page;
    char *pages = mmap(NULL, page + rows * row_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t r = 0; r < rows; r++) {
        if (pages == MAP_FAILED || mprotect(pages + page + r * row_bytes, room_for(bytes), PROT_READ | PROT_WRITE)) {
            perror("kernel-check: guarded memory");
            exit(2);
        }
    }
    return pages + page;
}

/// Gives back what begins somewhere in the first of these pages.
static void guarded_pages_free(char *memory, size_t rows, size_t bytes) {
    const size_t page = page_bytes();
    munmap(memory - (uintptr_t)memory % page - page, page + rows * (room_for(bytes) + page));
}

void *guarded_allocate(size_t bytes) {
    return guarded_pages(1, bytes) + room_for(bytes) - slack() - bytes;
}

void *guarded_allocate_behind(size_t bytes) {
    return guarded_pages(1, bytes);
}

void guarded_free(void *memory, size_t bytes) {
    // Either way the memory begins within the first page, as long as the slack is less than one.
    guarded_pages_free(memory, 1, bytes);
}

guarded_rows guarded_rows_allocate(size_t rows, size_t bytes, bool ends_at_guard) {
    const size_t place = ends_at_guard ? room_for(bytes) - slack() - bytes : 0;
    return (guarded_rows){guarded_pages(rows, bytes) + place, room_for(bytes) + page_bytes(), rows, bytes};
}

void guarded_rows_free(guarded_rows rows) {
    guarded_pages_free(rows.first, rows.rows, rows.bytes);
}
