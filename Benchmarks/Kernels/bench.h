// What lies between the program that measures and a build of the kernels, which is a library it loads. A build brings
// its own cases, compiled against its own headers, so kernels of another revision can be measured although what they
// take has changed since.

#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The memory all builds work on in turn, so that none has better addresses than another. All of it is 4096-aligned.
typedef struct {
    /// fp16 numbers from 2⁻⁵ to 2⁻¹; and so Q8_0 weights, too, for a group begins with its fp16 scale.
    const uint8_t *pool;
    size_t pool_bytes;
    /// Where in the pool the next call that is to read from memory begins.
    size_t next;
    /// bench_input_count fp32 numbers between −1 and 1.
    const float *input;
    /// What a case prepares before it is timed: quantised activations, scratch.
    uint8_t *work;
    /// Everything a case writes while it is timed.
    uint8_t *out;
} bench_buffers;

enum {
    bench_input_count = 64 * 1536,
    bench_work_bytes = 1 << 20,
    bench_out_bytes = 64 * 49152 * 4,
};

/// One kernel on one shape.
typedef struct {
    const char *name;
    /// Reads weights or cache that no processor cache holds, rather than the same again and again.
    bool from_memory;
    /// What the amount is of: "GB/s" for bytes read, "GMAC/s" for multiply-adds.
    const char *unit;
    /// Of one call.
    double amount;
    /// Known to the build.
    const void *shape;
} bench_case;

typedef struct {
    size_t case_count;
    const bench_case *cases;
    /// How many kernel sets this processor can run.
    size_t (*set_count)(void);
    const char *(*set_name)(size_t set);
    /// Fills `work`.
    void (*prepare)(size_t set, const bench_case *which, const bench_buffers *buffers);
    void (*run)(size_t set, const bench_case *which, bench_buffers *buffers, size_t calls);
} bench_build;

/// The name of the `bench_build` that a library exports.
#define BENCH_BUILD kernel_bench_build
#define BENCH_BUILD_NAME "kernel_bench_build"

#endif
