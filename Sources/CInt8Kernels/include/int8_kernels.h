// Kernels of the int8 forward pass, one set per instruction set, chosen once at run time.
//
// Every kernel of every set computes the same function with the same order of float operations, so a result
// depends neither on how tokens are batched nor on how rows are shared out among threads. The kernels allocate
// nothing, start no threads and keep no state.

#ifndef FATHOM_INT8_KERNELS_H
#define FATHOM_INT8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Values that share one scale, in weights (GGUF Q8_0) and in activations.
#define INT8_GROUP 32

/// Bytes of the fp16 scale that a Q8_0 group begins with; its int8 values follow.
#define INT8_WEIGHT_SCALE_BYTES 2

/// Bytes of one Q8_0 group: an fp16 scale and 32 int8 values.
#define INT8_WEIGHT_GROUP_BYTES 34
_Static_assert(INT8_WEIGHT_SCALE_BYTES == sizeof(uint16_t), "a scale is fp16");
_Static_assert(INT8_WEIGHT_GROUP_BYTES == INT8_WEIGHT_SCALE_BYTES + INT8_GROUP, "values follow the scale");

/// Bytes of one group of activations: two planes.
#define INT8_ACTIVATION_GROUP_BYTES 64
_Static_assert(INT8_ACTIVATION_GROUP_BYTES == 2 * INT8_GROUP, "a plane has a byte for each value");

/// The boundary that scratch memory begins on: the longest vectors are stored there.
#define INT8_ALIGNMENT 64

/// Positions whose keys, or values, of one head lie together, with their scales.
#define INT8_CACHE_BLOCK 16

/// Positions that attention takes at once; the spans' parts are joined in order, whoever computed them.
#define INT8_ATTENTION_SPAN 64
_Static_assert(INT8_ATTENTION_SPAN % INT8_CACHE_BLOCK == 0, "a span is whole blocks");

/// Bytes that lie between what a kernel multiplies, for a single token, and what it asks memory for, at least. When it
/// returns it has asked for so many of `next`, and for up to two panels of eight rows more; the portable one for none.
#define INT8_LOOKAHEAD 8192

/// Logits that share one highest value, so that a search can pass them over.
#define INT8_LOGIT_SEGMENT 64

/// Bytes of a block of keys or values of one head, which are int8 in groups of 32 with an fp16 scale each.
/// Keys: [head_length / 4][16 positions][4 values], so that a lane of a vector belongs to a position; values:
/// [4][head_length][4 positions], so that it belongs to a column. Then the scales: [head_length / 32][16 positions].
static inline size_t int8_cache_block_bytes(size_t head_length) {
    return (INT8_CACHE_BLOCK + 1) * head_length;
}
_Static_assert(INT8_CACHE_BLOCK * sizeof(uint16_t) == INT8_GROUP, "the scales take as much as one more position");

/// Bytes of a span of one head: its blocks of keys, then its blocks of values.
static inline size_t int8_cache_span_bytes(size_t head_length) {
    return 2 * INT8_ATTENTION_SPAN / INT8_CACHE_BLOCK * int8_cache_block_bytes(head_length);
}

/// Floats that follow the weighted sum of the values in a part of one query's attention, up to the next vector.
#define INT8_PARTIAL_TAIL 8
/// The place among them of the largest score.
#define INT8_PARTIAL_LARGEST 0
/// The place among them of the sum of the weights.
#define INT8_PARTIAL_SUM 1

/// Floats of a part of one query's attention: the weighted sum of the values, then INT8_PARTIAL_TAIL more.
static inline size_t int8_partial_length(size_t head_length) {
    return head_length + INT8_PARTIAL_TAIL;
}

/// Activations of several tokens, quantised in groups of 32 to 16 bits, which are kept as two planes of int8:
/// x ≈ scale · (256 · high + low). One plane alone (8 bits) moves 2.7 % of a 135M model's most probable tokens, since a
/// few channels of the residual dwarf the others of their group; with two, decoding still waits for the weights.
/// Row t of each array belongs to token t.
typedef struct {
    /// [tokens][columns / 32][2][32], high plane first, both −127…127.
    int8_t *values;
    /// [tokens][columns / 32].
    float *scales;
    /// [tokens][columns / 32]: the sum of each group's 256 · high + low, which kernels that need unsigned weights use
    /// to take the offset out again.
    int32_t *sums;
} int8_activations;

/// The router of one block (a two-layer perceptron), fp32.
typedef struct {
    /// [hidden][columns].
    const float *in_weight;
    /// [hidden].
    const float *in_bias;
    /// [hidden].
    const float *out_weight;
    float out_bias;
    size_t hidden;
} int8_router;

typedef struct {
    /// The instruction set, as people write it: "AVX2", "AVX-512 VNNI", "portable".
    const char *name;

    /// x[columns] → row `token` of `out`; columns is a multiple of 32. What is not finite becomes 0.
    void (*quantize)(const float *x, size_t columns, size_t token, const int8_activations *out);

    /// out[i · out_stride + r] = ⟨row r of weights, activations of token tokens[i]⟩ for r < rows, i < count, which
    /// may be 0.
    /// `weights` is Q8_0 [rows][columns], each row `row_bytes` after the one before it: columns / INT8_GROUP ·
    /// INT8_WEIGHT_GROUP_BYTES where rows lie one after the other; more where these are the first columns of a wider
    /// matrix, of which the others are neither read nor asked for.
    /// `tokens` NULL means 0, 1, 2, …; `scratch` holds int8_scratch_bytes(columns), on a boundary of INT8_ALIGNMENT.
    /// `next` is what this thread will read after these rows, one byte after the other, or NULL; its beginning may be
    /// fetched meanwhile.
    void (*matmul)(const void *weights, size_t row_bytes, size_t rows, size_t columns, const int8_activations *x,
                   const uint32_t *tokens, size_t count, float *out, size_t out_stride, void *scratch,
                   const void *next);

    /// One Q8_0 row of `columns` values → fp32.
    void (*dequantize_row)(const void *weights, size_t columns, float *out);

    /// out = x / rms(x) · weight. `out` may be `x`.
    void (*rms_norm)(const float *x, const float *weight, size_t columns, float epsilon, float *out);

    /// units[t][h] = silu(W1 · x[t] + b1) for t < tokens, first ≤ h < end; x: [tokens][columns], columns is a multiple
    /// of 8; units: [tokens][hidden].
    void (*router_units)(const int8_router *router, const float *x, size_t tokens, size_t columns, size_t first,
                         size_t end, float *units);

    /// W2 · units + b2.
    float (*router_score)(const int8_router *router, const float *units);

    /// Rotates the pairs (x[2i], x[2i+1]) of `count` values by the angles whose
    /// cosines and sines are given (arXiv 2104.09864, interleaved pairs as in GGUF Llama files).
    void (*rotate_pairs)(float *x, size_t count, const float *cosines, const float *sines);

    /// Quantises 32 values of one position's key, x = key[first …], into their places in a span; `position` counts from
    /// the span's first, `first` is a multiple of 32. What is not finite becomes 0.
    void (*store_key)(const float *x, size_t head_length, size_t first, size_t position, void *span);

    /// The same for a value.
    void (*store_value)(const float *x, size_t head_length, size_t first, size_t position, void *span);

    /// Attention of some queries over one span of the positions they share, as parts of the whole.
    /// queries: of heads side by side, head_length values each, a multiple of 32; count: 1…INT8_ATTENTION_SPAN;
    /// next: what this thread reads next, a span as a rule, which is brought in meanwhile; it may lie anywhere;
    /// scale: what the products of queries and keys are multiplied by before the softmax, 1/√head_length as a rule;
    /// partials: [query_count][int8_partial_length(head_length)].
    void (*attend)(const int8_activations *queries, size_t query_count, const void *span, size_t count,
                   const void *next, size_t head_length, float scale, float *partials);

    /// What one query found in `count` spans, whose parts lie `stride` floats apart → the part of all of them,
    /// which may take the place of the first.
    void (*join_spans)(const float *partials, size_t count, size_t stride, size_t head_length, float *out);

    /// out = silu(gate) · up; count is a multiple of 8. `out` may be `gate` or `up`.
    void (*swiglu)(const float *gate, const float *up, size_t count, float *out);

    /// x[count] → out, where what is not finite is −∞; peaks[s] = the highest of segment s of `out`, the last of which
    /// may be short. `out` may be `x`.
    void (*finite_logits)(const float *x, size_t count, float *out, float *peaks);

    /// sums[0] = Σ e^(x − maximum), sums[1] = Σ e^(x − maximum) · (x − maximum), both without what lies more than 87
    /// below `maximum`, which is finite and the highest of x[count].
    void (*softmax_sums)(const float *x, size_t count, float maximum, double sums[2]);
} int8_kernels;

/// Bytes of scratch that `matmul` needs for one thread.
size_t int8_scratch_bytes(size_t columns);

/// How many kernel sets this processor can run; at least 1.
size_t int8_kernels_count(void);

/// The sets this processor can run, fastest first; the last is the portable one. NULL from `count` on.
const int8_kernels *int8_kernels_at(size_t index);

/// Ways to read a buffer. Which is fastest depends on the machine and on the neighbours it has at the time.
typedef enum {
    /// From front to back.
    int8_reader_one_stream,
    /// Interleaved.
    int8_reader_four_streams,
    /// In two streams that pass the caches by.
    int8_reader_past_caches,
} int8_reader;

enum { INT8_READERS = int8_reader_past_caches + 1 };

/// Reads every whole INT8_ALIGNMENT bytes of a buffer, which begins on such a boundary, and returns the xor of its words: as
/// fast as memory allows, the limit decoding is held to.
uint64_t int8_read_bandwidth_probe(const void *bytes, size_t count, int8_reader reader);

#endif
