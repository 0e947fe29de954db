#define _GNU_SOURCE

#include "guarded.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/// Whole pages that hold so many bytes.
static size_t room_for(size_t bytes) {
    return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

void *guarded_allocate(size_t bytes) {
    const size_t room = room_for(bytes);
    char *pages = mmap(NULL, room + page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + room, page_bytes(), PROT_NONE) != 0) {
        perror("kernel-check: guarded memory");
        exit(2);
    }
    return pages + room - bytes;
}

void guarded_free(void *memory, size_t bytes) {
    const size_t room = room_for(bytes);
    munmap((char *)memory + bytes - room, room + page_bytes());
}
