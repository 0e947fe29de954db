// Timing of several contenders in turns.

#ifndef KERNEL_BENCH_MEASURE_H
#define KERNEL_BENCH_MEASURE_H

#include "bench.h"

/// One set of one build, with its own idea of the case.
typedef struct {
    const bench_build *build;
    size_t set;
    const bench_case *which;
} contender;

enum { most_contenders = 8, fewest_rounds = 3, most_rounds = 2000 };

/// Nanoseconds a call took, [contender][round].
typedef struct {
    size_t rounds;
    double times[most_contenders][most_rounds];
} timings;

bench_buffers bench_buffers_make(void);

/// Times the contenders in turns for about `seconds`, and at least `fewest_rounds` rounds.
void measure(const contender *contenders, size_t count, bench_buffers *buffers, double seconds, timings *out);

/// Whether two contenders write the same when they are given the same.
bool same_output(const contender *a, const contender *b, bench_buffers *buffers);

/// A median, and where it would be 95 times of 100 if all of this were measured again.
typedef struct {
    double median;
    double low;
    double high;
} median_interval;

/// Sorts `values`.
median_interval median_of(double *values, size_t count);

#endif
