// Times every kernel. With one build of the kernels, all sets beside each other; with two, one set of both in turns.
//
// Usage: bench-kernels [--set NAME] [--only TEXT] [--seconds N] BUILD [NAME OTHER-BUILD]
// TEXT is part of the names of the cases wanted; N is about how long the whole takes.

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

typedef struct {
    const char *set;
    const char *only;
    double seconds;
    const char *build;
    const char *other_name;
    const char *other_build;
} options;

static void give_up(const char *message, const char *detail) {
    fprintf(stderr, "bench-kernels: %s%s\n", message, detail);
    exit(64);
}

static options parse(int argc, char **argv) {
    options chosen = {.only = "", .seconds = 45};
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (strcmp(argv[i], "--set") == 0) {
            chosen.set = argv[i + 1];
        } else if (strcmp(argv[i], "--only") == 0) {
            chosen.only = argv[i + 1];
        } else if (strcmp(argv[i], "--seconds") == 0) {
            chosen.seconds = strtod(argv[i + 1], NULL);
        } else {
            give_up("there is no option ", argv[i]);
        }
    }
    if (argc - i != 1 && argc - i != 3) {
        give_up("usage: bench-kernels [--set NAME] [--only TEXT] [--seconds N] BUILD [NAME OTHER-BUILD]", "");
    }
    chosen.build = argv[i];
    if (argc - i == 3) {
        chosen.other_name = argv[i + 1];
        chosen.other_build = argv[i + 2];
    }
    return chosen;
}

static const bench_build *load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const bench_build *build = library ? dlsym(library, BENCH_BUILD_NAME) : NULL;
    if (!build) {
        give_up("cannot load ", dlerror());
    }
    return build;
}

static const size_t no_set = (size_t)-1;

static size_t set_named(const bench_build *build, const char *name) {
    for (size_t i = 0; i < build->set_count(); i++) {
        if (strcmp(build->set_name(i), name) == 0) {
            return i;
        }
    }
    return no_set;
}

static const bench_case *case_like(const bench_build *build, const bench_case *wanted) {
    for (size_t i = 0; i < build->case_count; i++) {
        const bench_case *c = &build->cases[i];
        if (strcmp(c->name, wanted->name) == 0 && c->from_memory == wanted->from_memory) {
            return c;
        }
    }
    return NULL;
}

/// What of the time is for one case.
static double seconds_each(const bench_build *build, const options *options) {
    size_t count = 0;
    for (size_t i = 0; i < build->case_count; i++) {
        count += strstr(build->cases[i].name, options->only) != NULL;
    }
    if (count == 0) {
        give_up("no case has this in its name: ", options->only);
    }
    return options->seconds / (double)count;
}

static void print_case(const bench_case *c) {
    // "→" is three bytes and one column.
    const int width = strstr(c->name, "→") ? 37 : 35;
    printf("%-*s %-6s", width, c->name, c->from_memory ? "memory" : "cache");
}

static void compare_sets(const bench_build *build, const options *options, bench_buffers *buffers, timings *timings) {
    const double seconds = seconds_each(build, options);
    contender contenders[most_contenders];
    size_t count = 0;
    for (size_t i = 0; i < build->set_count() && count < most_contenders; i++) {
        if (!options->set || strcmp(options->set, build->set_name(i)) == 0) {
            contenders[count++] = (contender){build, i, NULL};
        }
    }
    if (count == 0) {
        give_up("this processor has no set ", options->set);
    }
    printf("%-42s", "");
    for (size_t i = 0; i < count; i++) {
        printf(" %26s", build->set_name(contenders[i].set));
    }
    printf("\n");
    for (size_t c = 0; c < build->case_count; c++) {
        const bench_case *which = &build->cases[c];
        if (!strstr(which->name, options->only)) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            contenders[i].which = which;
        }
        measure(contenders, count, buffers, seconds, timings);
        print_case(which);
        for (size_t i = 0; i < count; i++) {
            const double ns = median_of(timings->times[i], timings->rounds).median;
            printf(" %10.0f ns %5.1f %-6s", ns, which->amount / ns, which->unit);
        }
        printf("\n");
        fflush(stdout);
    }
}

static void compare_builds(const bench_build *build, const bench_build *other, const options *options,
                           bench_buffers *buffers, timings *timings) {
    const double seconds = seconds_each(build, options);
    const char *name = options->set ? options->set : build->set_name(0);
    contender contenders[2] = {{build, set_named(build, name), NULL}, {other, set_named(other, name), NULL}};
    if (contenders[0].set == no_set || contenders[1].set == no_set) {
        give_up("not both builds have, and this processor runs, ", name);
    }
    printf("%-42s %13s %13s   %s ÷ here (95 %% interval)\n", name, "here", options->other_name, options->other_name);
    for (size_t c = 0; c < build->case_count; c++) {
        const bench_case *which = &build->cases[c];
        if (!strstr(which->name, options->only)) {
            continue;
        }
        contenders[0].which = which;
        contenders[1].which = case_like(other, which);
        print_case(which);
        if (!contenders[1].which) {
            printf(" only here\n");
            continue;
        }
        const bool same = same_output(&contenders[0], &contenders[1], buffers);
        measure(contenders, 2, buffers, seconds, timings);
        static double ratios[most_rounds];
        for (size_t r = 0; r < timings->rounds; r++) {
            ratios[r] = timings->times[1][r] / timings->times[0][r];
        }
        const median_interval ratio = median_of(ratios, timings->rounds);
        printf(" %10.0f ns %10.0f ns   × %.3f (%.3f…%.3f)%s\n", median_of(timings->times[0], timings->rounds).median,
               median_of(timings->times[1], timings->rounds).median, ratio.median, ratio.low, ratio.high,
               same ? "" : "  OTHER BITS");
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    static timings timings;
    const options options = parse(argc, argv);
    const bench_build *build = load(options.build);
    const bench_build *other = options.other_build ? load(options.other_build) : NULL;
    bench_buffers buffers = bench_buffers_make();
    if (other) {
        compare_builds(build, other, &options, &buffers, &timings);
    } else {
        compare_sets(build, &options, &buffers, &timings);
    }
    return 0;
}
