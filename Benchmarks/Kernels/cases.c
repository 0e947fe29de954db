// The kernels at the shapes of the model: embedding 576, 3 key and value heads of 64 with 3 query heads each, MLP 1536,
// 49,152 tokens.

#include <string.h>

#include "bench.h"
#include "int8_kernels.h"

typedef struct {
    enum {
        matmul,
        attend,
        router,
        row_products,
        quantize,
        rms_norm,
        swiglu,
        rotate_pairs,
        store_key,
        store_value,
        dequantize_row,
        finite_logits,
        softmax_sums,
    } kernel;
    /// Of a matrix; or how many positions, hidden units.
    size_t rows;
    /// Of a matrix or a vector.
    size_t columns;
    size_t tokens;
    /// Of the matrix whose first columns are multiplied, if it is wider.
    size_t all_columns;
} shape;

enum { head_length = 64, query_count = 3, most_tokens = 64, most_columns = 1536 };

static const shape *shape_of(const bench_case *which) {
    return which->shape;
}

/// Where `prepare` puts things in `work`.
typedef struct {
    int8_activations x;
    void *scratch;
} workplace;

static workplace workplace_in(uint8_t *work) {
    const size_t groups = most_tokens * most_columns / INT8_GROUP;
    uint8_t *values = work;
    uint8_t *scales = values + groups * INT8_ACTIVATION_GROUP_BYTES;
    uint8_t *sums = scales + groups * sizeof(float);
    uint8_t *scratch = sums + groups * sizeof(int32_t);
    return (workplace){{(int8_t *)values, (float *)scales, (int32_t *)sums}, scratch};
}

static void prepare(size_t set, const bench_case *which, const bench_buffers *buffers) {
    const shape *s = shape_of(which);
    if (s->kernel == matmul) {
        const workplace place = workplace_in(buffers->work);
        for (size_t t = 0; t < s->tokens; t++) {
            int8_kernels_at(set)->quantize(buffers->input + t * s->columns, s->columns, t, &place.x);
        }
    }
    if (s->kernel == attend) {
        const workplace place = workplace_in(buffers->work);
        int8_kernels_at(set)->quantize(buffers->input, query_count * head_length, 0, &place.x);
    }
}

static size_t spans_of(const shape *s) {
    return (s->rows + INT8_ATTENTION_SPAN - 1) / INT8_ATTENTION_SPAN;
}

/// From one row of a matrix to the next.
static size_t row_bytes_of(const shape *s) {
    return (s->all_columns ? s->all_columns : s->columns) / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES;
}

/// The weights or the cache that one call reads, and what it skips between them.
static size_t pool_bytes_of(const shape *s) {
    switch (s->kernel) {
    case matmul:
        return s->rows * row_bytes_of(s);
    case attend:
        return spans_of(s) * int8_cache_span_bytes(head_length);
    case router:
    case row_products:
        return s->rows * s->columns * sizeof(float);
    case dequantize_row:
        return row_bytes_of(s);
    default:
        return 0;
    }
}

static const uint8_t *next_of_pool(const bench_case *which, bench_buffers *buffers) {
    if (!which->from_memory) {
        return buffers->pool;
    }
    const size_t bytes = (pool_bytes_of(which->shape) + 63) / 64 * 64;
    if (buffers->next + bytes > buffers->pool_bytes) {
        buffers->next = 0;
    }
    const uint8_t *slice = buffers->pool + buffers->next;
    buffers->next += bytes;
    return slice;
}

// The query heads of one key and value head, over all positions.
static void attend_positions(const int8_kernels *kernels, const shape *s, const uint8_t *cache,
                             const int8_activations *queries, float *out) {
    const size_t spans = spans_of(s);
    const size_t length = int8_partial_length(head_length);
    float *partials = out + query_count * length;
    for (size_t i = 0; i < spans; i++) {
        const size_t first = i * INT8_ATTENTION_SPAN;
        const size_t count = s->rows - first < INT8_ATTENTION_SPAN ? s->rows - first : INT8_ATTENTION_SPAN;
        const uint8_t *span = cache + i * int8_cache_span_bytes(head_length);
        kernels->attend(queries, query_count, span, count, span + int8_cache_span_bytes(head_length), head_length,
                        0.125f, partials + i * query_count * length);
    }
    for (size_t q = 0; q < query_count; q++) {
        kernels->join_spans(partials + q * length, spans, query_count * length, head_length, out + q * length);
    }
}

static void call(const int8_kernels *kernels, const shape *s, const uint8_t *pool, const bench_buffers *buffers) {
    const workplace place = workplace_in(buffers->work);
    const float *input = buffers->input;
    float *out = (float *)buffers->out;
    switch (s->kernel) {
    case matmul:
        kernels->matmul(pool, row_bytes_of(s), s->rows, s->columns, &place.x, NULL, s->tokens, out, s->rows,
                        place.scratch, NULL);
        break;
    case attend:
        attend_positions(kernels, s, pool, &place.x, out);
        break;
    case router: {
        const int8_router router = {(const float *)pool, input, input, 0, s->rows};
        float *units = out + s->tokens;
        kernels->router_units(&router, input, s->tokens, s->columns, 0, s->rows, units);
        for (size_t t = 0; t < s->tokens; t++) {
            out[t] = kernels->router_score(&router, units + t * s->rows);
        }
        break;
    }
    case row_products:
        kernels->row_products((const float *)pool, s->rows, s->columns, input, out);
        break;
    case quantize: {
        const workplace target = workplace_in(buffers->out);
        kernels->quantize(input, s->columns, 0, &target.x);
        break;
    }
    case rms_norm:
        kernels->rms_norm(input, input + s->columns, s->columns, 1e-5f, out);
        break;
    case swiglu:
        kernels->swiglu(input, input + s->columns, s->columns, out);
        break;
    case rotate_pairs:
        // It works in place. A copy for every call keeps the values in the ordinary range, which these angles would leave.
        memcpy(out, input, s->columns * sizeof(float));
        kernels->rotate_pairs(out, s->columns, input + s->columns, input + 2 * s->columns);
        break;
    case store_key:
        kernels->store_key(input, head_length, 0, 0, out);
        break;
    case store_value:
        kernels->store_value(input, head_length, 0, 0, out);
        break;
    case dequantize_row:
        kernels->dequantize_row(pool, s->columns, out);
        break;
    case finite_logits:
        kernels->finite_logits(input, s->columns, out, out + s->columns);
        break;
    case softmax_sums:
        kernels->softmax_sums(input, s->columns, 1, (double *)buffers->out);
        break;
    }
}

static void run(size_t set, const bench_case *which, bench_buffers *buffers, size_t calls) {
    const int8_kernels *kernels = int8_kernels_at(set);
    for (size_t i = 0; i < calls; i++) {
        call(kernels, which->shape, next_of_pool(which, buffers), buffers);
    }
}

static const char *set_name(size_t set) {
    return int8_kernels_at(set)->name;
}

#define WEIGHT_BYTES(rows, columns) ((double)(rows) * (columns) / INT8_GROUP * INT8_WEIGHT_GROUP_BYTES)

// A few tokens, one when decoding or those that a draft's verification takes, wait for their weights, a batch for its
// multiply-adds. There is no next matrix: it would help only the first lines of whatever is timed next.
#define MATMUL_WAITING(rows, columns, all, what, tokens, from_memory)                                               \
    {"matmul " what, from_memory, "GB/s", WEIGHT_BYTES(rows, columns),                                              \
     &(const shape){matmul, rows, columns, tokens, all}}

#define MATMUL_COMPUTING(rows, columns, all, what, tokens, from_memory)                                             \
    {"matmul " what, from_memory, "GMAC/s", (double)(tokens) * (rows) * (columns),                                  \
     &(const shape){matmul, rows, columns, tokens, all}}

#define MATMUL_CASES(rows, columns, all, what, from_memory)                                                         \
    MATMUL_WAITING(rows, columns, all, what ", 1 token", 1, from_memory),                                           \
    MATMUL_WAITING(rows, columns, all, what ", 2 tokens", 2, from_memory),                                          \
    MATMUL_WAITING(rows, columns, all, what ", 4 tokens", 4, from_memory),                                          \
    MATMUL_COMPUTING(rows, columns, all, what ", 8 tokens", 8, from_memory),                                        \
    MATMUL_COMPUTING(rows, columns, all, what ", 64 tokens", 64, from_memory)

#define MATMUL(rows, columns, from_memory)                                                                          \
    MATMUL_CASES(rows, columns, 0, #columns " → " #rows, from_memory)

// The first columns of a wider matrix.
#define MATMUL_OF(rows, columns, all, from_memory)                                                                  \
    MATMUL_CASES(rows, columns, all, #columns " of " #all " → " #rows, from_memory)

#define ATTEND(positions, from_memory)                                                                              \
    {"attend, " #positions " positions, 3 queries", from_memory, "GB/s", 2.0 * (positions) * head_length * 17 / 16, \
     &(const shape){attend, positions, 0, 1, 0}}

#define VECTOR(kernel, columns, bytes)                                                                              \
    {#kernel " " #columns, false, "GB/s", (double)(columns) * (bytes), &(const shape){kernel, 0, columns, 1, 0}}

static const bench_case cases[] = {
    MATMUL(576, 576, false),
    MATMUL(192, 576, false),
    MATMUL(1536, 576, false),
    MATMUL(576, 1536, false),
    MATMUL_OF(576, 768, 1536, false),
    MATMUL(576, 576, true),
    MATMUL(192, 576, true),
    MATMUL(1536, 576, true),
    MATMUL(576, 1536, true),
    MATMUL_OF(576, 768, 1536, true),
    // The head is larger than a processor's caches.
    MATMUL(49152, 576, true),
    ATTEND(100, false),
    ATTEND(1000, false),
    ATTEND(4000, false),
    ATTEND(100, true),
    ATTEND(1000, true),
    ATTEND(4000, true),
    {"router 576 → 32", false, "GB/s", 576.0 * 32 * 4, &(const shape){router, 32, 576, 1, 0}},
    {"router 576 → 32, 64 tokens", false, "GMAC/s", 64 * 576.0 * 32, &(const shape){router, 32, 576, 64, 0}},
    {"gate of experts 576 → 24", false, "GB/s", 576.0 * 24 * 4, &(const shape){row_products, 24, 576, 1, 0}},
    {"router 576 → 32", true, "GB/s", 576.0 * 32 * 4, &(const shape){router, 32, 576, 1, 0}},
    VECTOR(quantize, 576, 4),
    VECTOR(quantize, 1536, 4),
    VECTOR(rms_norm, 576, 8),
    VECTOR(swiglu, 1536, 8),
    VECTOR(rotate_pairs, 64, 8),
    VECTOR(store_key, 32, 4),
    VECTOR(store_value, 32, 4),
    VECTOR(dequantize_row, 576, 34.0 / 32),
    VECTOR(finite_logits, 49152, 8),
    VECTOR(softmax_sums, 49152, 4),
};

__attribute__((visibility("default"))) const bench_build BENCH_BUILD = {
    .case_count = sizeof cases / sizeof cases[0],
    .cases = cases,
    .set_count = int8_kernels_count,
    .set_name = set_name,
    .prepare = prepare,
    .run = run,
};
