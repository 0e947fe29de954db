// Holds `matmul` of every kernel set this processor can run to what it may ask memory for: of the first columns of a
// wider matrix these and nothing else, and all of them before they are wanted.
//
// Exit code 1 when anything fails.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "int8_kernels.h"

enum { line_bytes = 64, rows = 320, most_columns = 1536, most_tokens = 9 };

/// The memory that kernels may ask for, and which bytes of it they did.
static uint8_t *memory;
static bool *asked;
static size_t memory_bytes;
static size_t asked_elsewhere;

void kernel_check_asked(const void *address) {
    const size_t place = (uintptr_t)address - (uintptr_t)memory;
    if (place < memory_bytes) {
        asked[place] = true;
    } else {
        asked_elsewhere++;
    }
}

/// A matrix's first columns, and where in memory what is read next begins: behind its rows.
typedef struct {
    size_t columns;
    size_t bytes;
    size_t row_bytes;
    size_t next;
    bool has_next;
} slice;

/// Bytes asked for that belong to no row's columns, nor to what is next. Where nothing is, the matrix's rows may go on.
static size_t asked_in_vain(slice s) {
    size_t count = asked_elsewhere;
    for (size_t place = 0; place < memory_bytes; place++) {
        const bool wanted = place % s.row_bytes < s.bytes || (s.has_next && place >= s.next);
        count += asked[place] && !wanted;
    }
    return count;
}

static bool line_was_asked(size_t place) {
    const size_t line = ((uintptr_t)memory + place) / line_bytes * line_bytes - (uintptr_t)memory;
    for (size_t i = 0; i < line_bytes; i++) {
        if (line + i < memory_bytes && asked[line + i]) {
            return true;
        }
    }
    return false;
}

/// Lines that are read some time after the beginning and were not asked for before.
static size_t lines_forgotten(slice s) {
    size_t count = 0;
    // As far ahead as may be: the next panel of eight rows, and whole ones for the rest.
    const size_t first = (3 + INT8_LOOKAHEAD / (8 * s.bytes)) * 8;
    for (size_t r = first; r < rows; r++) {
        for (size_t place = r * s.row_bytes; place < r * s.row_bytes + s.bytes; place++) {
            count += !line_was_asked(place);
        }
    }
    for (size_t place = s.next; s.has_next && place < s.next + INT8_LOOKAHEAD; place++) {
        count += !line_was_asked(place);
    }
    return count;
}

typedef struct {
    size_t passed;
    size_t failed;
    bool quiet;
} report;

static void note(report *report, bool holds, const char *what, const char *set, slice s, size_t tokens) {
    *(holds ? &report->passed : &report->failed) += 1;
    if (!holds && !report->quiet) {
        printf("FAILED: %s %s, %zu columns of rows of %zu bytes, %zu tokens\n", set, what, s.columns, s.row_bytes,
               tokens);
    }
}

static void *allocate(size_t bytes) {
    void *made = aligned_alloc(line_bytes, (bytes + line_bytes - 1) / line_bytes * line_bytes);
    if (!made) {
        fputs("asked: out of memory\n", stderr);
        exit(2);
    }
    memset(made, 0, bytes);
    return made;
}

static void check(const int8_kernels *set, bool asks, report *report) {
    static const size_t columns[] = {32, 64, 96, 288, 768, 800, 1536};
    static const size_t tokens[] = {1, 2, 3, 5, 9};
    const size_t most_groups = most_tokens * most_columns / INT8_GROUP;
    const int8_activations x = {allocate(most_groups * INT8_ACTIVATION_GROUP_BYTES),
                                allocate(most_groups * sizeof(float)), allocate(most_groups * sizeof(int32_t))};
    float *out = allocate(most_tokens * rows * sizeof(float));
    void *scratch = allocate(int8_scratch_bytes(most_columns));
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        const size_t bytes = columns[c] / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
        // Wider by one group, by a number of bytes that moves lines from row to row, and twice as wide.
        const size_t skipped[] = {INT8_WEIGHT_GROUP_BYTES, 111, bytes};
        for (size_t k = 0; k < sizeof skipped / sizeof skipped[0]; k++) {
            for (size_t t = 0; t < sizeof tokens / sizeof tokens[0]; t++) {
                // The rows that a few tokens take at once may be less than what is asked for ahead.
                if (tokens[t] > 1 && 64 * bytes < 2 * INT8_LOOKAHEAD) {
                    continue;
                }
                slice s = {columns[c], bytes, bytes + skipped[k], 0, true};
                s.next = rows * s.row_bytes;
                for (int has_next = 0; has_next < 2; has_next++) {
                    s.has_next = has_next;
                    memory_bytes = s.next + rows * s.row_bytes;
                    memory = allocate(memory_bytes);
                    asked = allocate(memory_bytes * sizeof *asked);
                    asked_elsewhere = 0;
                    set->matmul(memory, s.row_bytes, rows, s.columns, &x, NULL, tokens[t], out, rows, scratch,
                                has_next ? memory + s.next : NULL);
                    note(report, asked_in_vain(s) == 0, "asks for what is skipped", set->name, s, tokens[t]);
                    if (asks && tokens[t] == 1) {
                        note(report, lines_forgotten(s) == 0, "forgets to ask", set->name, s, tokens[t]);
                    }
                    free(memory);
                    free(asked);
                }
            }
        }
    }
    free(x.values);
    free(x.scales);
    free(x.sums);
    free(out);
    free(scratch);
}

/// The set that the wrong one does its work with.
static const int8_kernels *sound;

static void matmul_asks_for_the_next_column(const void *weights, size_t row_bytes, size_t row_count, size_t columns,
                                            const int8_activations *x, const uint32_t *tokens, size_t count, float *out,
                                            size_t out_stride, void *scratch, const void *next) {
    sound->matmul(weights, row_bytes, row_count, columns, x, tokens, count, out, out_stride, scratch, next);
    kernel_check_asked((const uint8_t *)weights + columns / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES);
}

int main(void) {
    const size_t count = int8_kernels_count();
    report all = {0};
    for (size_t i = 0; i < count; i++) {
        // The portable one leaves everything to the processor.
        check(int8_kernels_at(i), i + 1 < count, &all);
    }
    sound = int8_kernels_at(count - 1);
    const int8_kernels greedy = {.name = "greedy", .matmul = matmul_asks_for_the_next_column};
    report wrong[2] = {{.quiet = true}, {.quiet = true}};
    check(&greedy, false, &wrong[0]);
    check(sound, true, &wrong[1]);
    for (size_t i = 0; i < 2; i++) {
        *(wrong[i].failed > 0 ? &all.passed : &all.failed) += 1;
    }
    printf("%zu passed, %zu failed\n", all.passed, all.failed);
    return all.failed > 0;
}
