#define _GNU_SOURCE

#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// More than the caches of a processor hold.
enum { pool_bytes = 256 << 20, page_bytes = 4096 };

/// Long enough for the clock, short enough for neighbours' doings to touch all contenders alike.
static const double sample_seconds = 1e-3;

static void *allocate(size_t bytes) {
    void *memory = aligned_alloc(page_bytes, (bytes + page_bytes - 1) / page_bytes * page_bytes);
    if (!memory) {
        fputs("bench-kernels: out of memory\n", stderr);
        exit(70);
    }
    memset(memory, 0, bytes);
    return memory;
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

bench_buffers bench_buffers_make(void) {
    uint64_t state = 1;
    uint64_t *pool = allocate(pool_bytes);
    for (size_t i = 0; i < pool_bytes / sizeof *pool; i++) {
        // Four halves: any sign and fraction, exponents from −5 to −2.
        pool[i] = (next_random(&state) & 0x8fff8fff8fff8fff) + 0x2800280028002800;
    }
    float *input = allocate(bench_input_count * sizeof(float));
    for (size_t i = 0; i < bench_input_count; i++) {
        input[i] = (float)(int32_t)(next_random(&state) >> 40) * 0x1p-23f - 1;
    }
    return (bench_buffers){
        (const uint8_t *)pool, pool_bytes, 0, input, allocate(bench_work_bytes), allocate(bench_out_bytes),
    };
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/// Seconds that `calls` calls take.
static double sample(const contender *c, bench_buffers *buffers, size_t calls) {
    c->build->prepare(c->set, c->which, buffers);
    const double start = now();
    c->build->run(c->set, c->which, buffers, calls);
    return now() - start;
}

static size_t calls_for_a_sample(const contender *c, bench_buffers *buffers) {
    for (size_t calls = 1;; calls *= 2) {
        const double seconds = sample(c, buffers, calls);
        if (seconds * 2 >= sample_seconds) {
            return seconds >= sample_seconds ? calls : calls * 2;
        }
    }
}

void measure(const contender *contenders, size_t count, bench_buffers *buffers, double seconds, timings *out) {
    size_t calls[most_contenders];
    for (size_t i = 0; i < count; i++) {
        calls[i] = calls_for_a_sample(&contenders[i], buffers);
    }
    // By lot, so that neither coming first nor any stretch of the pool falls to one of them more often.
    uint64_t lots = 1;
    const double end = now() + seconds;
    out->rounds = 0;
    while (out->rounds < most_rounds && (out->rounds < fewest_rounds || now() < end)) {
        const bool backwards = next_random(&lots) >> 63;
        for (size_t turn = 0; turn < count; turn++) {
            const size_t i = backwards ? count - 1 - turn : turn;
            out->times[i][out->rounds] = sample(&contenders[i], buffers, calls[i]) / (double)calls[i] * 1e9;
        }
        out->rounds++;
    }
}

/// One call on the pool's beginning, from a blank.
static void run_once(const contender *c, bench_buffers *buffers) {
    memset(buffers->out, 0, bench_out_bytes);
    buffers->next = 0;
    sample(c, buffers, 1);
}

bool same_output(const contender *a, const contender *b, bench_buffers *buffers) {
    uint8_t *kept = allocate(bench_out_bytes);
    run_once(a, buffers);
    memcpy(kept, buffers->out, bench_out_bytes);
    run_once(b, buffers);
    const bool same = memcmp(kept, buffers->out, bench_out_bytes) == 0;
    free(kept);
    return same;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

median_interval median_of(double *values, size_t count) {
    qsort(values, count, sizeof *values, ascending);
    // How many of `count` values lie below the true median is binomial: count / 2 ± 1.96 · √count / 2.
    const size_t reach = (size_t)(0.98 * sqrt((double)count)) + 1;
    const size_t middle = count / 2;
    return (median_interval){
        .median = values[middle],
        .low = values[reach < middle ? middle - reach : 0],
        .high = values[middle + reach < count ? middle + reach : count - 1],
    };
}
