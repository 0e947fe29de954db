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

/// The beginning of pages that hold so many bytes, between two that cannot be read.
static char *guarded_pages(size_t bytes) {
    const size_t page = page_bytes();
    char *pages = mmap(NULL, room_for(bytes) + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, room_for(bytes), PROT_READ | PROT_WRITE) != 0) {
        perror("kernel-check: guarded memory");
        exit(2);
    }
    return pages + page;
}

void *guarded_allocate(size_t bytes) {
    return guarded_pages(bytes) + room_for(bytes) - slack() - bytes;
}

void *guarded_allocate_behind(size_t bytes) {
    return guarded_pages(bytes);
}

void guarded_free(void *memory, size_t bytes) {
    // Either way the memory begins within the first page, as long as the slack is less than one.
    const size_t page = page_bytes();
    munmap((char *)memory - (uintptr_t)memory % page - page, room_for(bytes) + 2 * page);
}
