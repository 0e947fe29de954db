// A disk that fails, for the tests: preloaded into a program (LD_PRELOAD), it stands between that and the system's
// calls that write, for files below the folder that $FAULTY_DISK names. What goes wrong is the one word in the file
// `fault` in that folder's parent, and may change at any moment:
//
//   full      writing and making files longer fails with ENOSPC
//   broken    writing fails with EIO
//   unsynced  fsync and fdatasync fail with EIO
//   readonly  opening for writing, writing and renaming fail with EROFS
//   slow      each write takes two seconds
//
// Reading always works.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t write_call(int, const void *, size_t);
typedef ssize_t pwrite_call(int, const void *, size_t, off_t);
typedef int open_call(const char *, int, ...);
typedef int sync_call(int);
typedef int truncate_call(int, off_t);
typedef int allocate_call(int, off_t, off_t);
typedef int rename_call(const char *, const char *);

/// The next function of this name: the system's own.
#define SYSTEM(type, name) ((type *)dlsym(RTLD_NEXT, name))

static bool is_below(const char *path) {
    const char *folder = getenv("FAULTY_DISK");
    return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static bool is_on_disk(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return false;
    }
    path[length] = 0;
    return is_below(path);
}

/// Whether the disk has a fault at present.
static bool has(const char *fault) {
    const char *folder = getenv("FAULTY_DISK");
    char path[4096], word[16] = "";
    snprintf(path, sizeof path, "%s/../fault", folder ? folder : "");
    int file = SYSTEM(open_call, "open")(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t length = read(file, word, sizeof word - 1);
    close(file);
    return length > 0 && strcmp(word, fault) == 0;
}

/// Whether writing fails; sets errno if so. A slow disk takes its time first.
static bool fails_to_write(int descriptor) {
    int saved = errno;
    if (!is_on_disk(descriptor)) {
        errno = saved;
        return false;
    }
    if (has("slow")) {
        sleep(2);
    }
    int error = has("full") ? ENOSPC : has("broken") ? EIO : has("readonly") ? EROFS : 0;
    errno = error ? error : saved;
    return error != 0;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return fails_to_write(descriptor) ? -1 : SYSTEM(write_call, "write")(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return fails_to_write(descriptor) ? -1 : SYSTEM(pwrite_call, "pwrite")(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
    return fails_to_write(descriptor) ? -1 : SYSTEM(pwrite_call, "pwrite64")(descriptor, bytes, count, offset);
}

int ftruncate(int descriptor, off_t length) {
    return fails_to_write(descriptor) ? -1 : SYSTEM(truncate_call, "ftruncate")(descriptor, length);
}

int ftruncate64(int descriptor, off_t length) {
    return fails_to_write(descriptor) ? -1 : SYSTEM(truncate_call, "ftruncate64")(descriptor, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
    return fails_to_write(descriptor) ? errno : SYSTEM(allocate_call, "posix_fallocate")(descriptor, offset, length);
}

static int synchronise(int descriptor, const char *name) {
    if (is_on_disk(descriptor) && has("unsynced")) {
        errno = EIO;
        return -1;
    }
    return SYSTEM(sync_call, name)(descriptor);
}

int fsync(int descriptor) {
    return synchronise(descriptor, "fsync");
}

int fdatasync(int descriptor) {
    return synchronise(descriptor, "fdatasync");
}

static int open_file(const char *name, const char *path, int flags, mode_t mode) {
    if ((flags & O_ACCMODE) != O_RDONLY && is_below(path)) {
        int error = has("readonly") ? EROFS : (flags & O_CREAT) && has("full") && access(path, F_OK) != 0 ? ENOSPC : 0;
        if (error) {
            errno = error;
            return -1;
        }
    }
    return SYSTEM(open_call, name)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_file("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_file("open64", path, flags, mode);
}

int rename(const char *from, const char *to) {
    if ((is_below(from) || is_below(to)) && has("readonly")) {
        errno = EROFS;
        return -1;
    }
    return SYSTEM(rename_call, "rename")(from, to);
}
