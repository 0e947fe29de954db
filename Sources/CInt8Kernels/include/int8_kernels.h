// Kernels of the int8 forward pass, one set per instruction set, chosen once at run time.
//
// A kernel computes one function in every set, with one order of float operations, so a result depends neither on the
// set nor on how tokens are batched nor on how rows are partitioned among threads. The kernels allocate nothing, start
// no threads and keep no state.

#ifndef FATHOM_INT8_KERNELS_H
#define FATHOM_INT8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Values in a group, which have one scale, in weights (GGUF Q8_0), in activations and in the cache.
#define INT8_GROUP 32

/// Bytes of the fp16 scale that a Q8_0 group begins with; its int8 values follow.
#define INT8_WEIGHT_SCALE_BYTES 2

/// Bytes of one Q8_0 group: an fp16 scale and 32 int8 values.
#define INT8_WEIGHT_GROUP_BYTES 34
_Static_assert(INT8_WEIGHT_SCALE_BYTES == sizeof(uint16_t), "a scale is fp16");
_Static_assert(INT8_WEIGHT_GROUP_BYTES == INT8_WEIGHT_SCALE_BYTES + INT8_GROUP, "values follow the scale");

/// Bytes of one group of activations: two planes of 32 int8 values.
#define INT8_ACTIVATION_GROUP_BYTES 64
_Static_assert(INT8_ACTIVATION_GROUP_BYTES == 2 * INT8_GROUP, "a plane has a byte for each value");

/// The boundary that scratch memory begins on: the longest vectors are stored there.
#define INT8_ALIGNMENT 64

/// Positions of a panel of the cache: the keys, or the values, of one head that lie side by side, with their scales.
#define INT8_CACHE_PANEL 16

/// Positions of a span of the cache, which attention takes at once. What it finds in the spans is joined in their
/// order, whichever thread computed it.
#define INT8_ATTENTION_SPAN 64
_Static_assert(INT8_ATTENTION_SPAN % INT8_CACHE_PANEL == 0, "a span is whole panels");

/// The least bytes between the weights that `matmul` multiplies, for a single token, and those it asks memory for. When
/// it returns it has asked for so many bytes of `next`, and for up to two panels of eight rows more; the portable set
/// asks for none.
#define INT8_LOOKAHEAD 8192

/// Logits of a segment, whose highest one is noted, so that a search can pass a whole segment over.
#define INT8_LOGIT_SEGMENT 64

/// Bytes of a panel of keys or values of one head, which are int8 in groups of 32 with an fp16 scale each.
/// Keys: [head_length / 4][16 positions][4 values], so that a lane of a vector belongs to a position.
/// Values: [4][head_length][4 positions], so that a lane belongs to a column.
/// Behind either the scales: [head_length / 32][16 positions].
static inline size_t int8_cache_panel_bytes(size_t head_length) {
    return (INT8_CACHE_PANEL + 1) * head_length;
}
_Static_assert(INT8_CACHE_PANEL * sizeof(uint16_t) == INT8_GROUP, "the scales take as much as one more position");

/// Bytes of a span of one head: its four panels of keys, then its four panels of values.
static inline size_t int8_cache_span_bytes(size_t head_length) {
    return 2 * INT8_ATTENTION_SPAN / INT8_CACHE_PANEL * int8_cache_panel_bytes(head_length);
}

/// Floats that follow the weighted sum of the values in a part of one query's attention, up to the next vector.
#define INT8_PARTIAL_TAIL 8
/// The place among them of the largest score.
#define INT8_PARTIAL_LARGEST 0
/// The place among them of the sum of the weights.
#define INT8_PARTIAL_SUM 1

/// Floats of a partial result of one query's attention: [head_length] the weighted sum of the values, then
/// INT8_PARTIAL_TAIL more.
static inline size_t int8_partial_length(size_t head_length) {
    return head_length + INT8_PARTIAL_TAIL;
}

/// Activations of several tokens, quantised in groups of 32 to 16 bits, which are kept as two planes of int8:
/// x ≈ scale · (256 · high + low). One plane alone (8 bits) moves 2.7 % of a 135M model's most probable tokens, since a
/// few channels of the residual dwarf the rest of their group; with two, decoding still waits for the weights.
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

/// The router of one block, a perceptron in fp32 that gives a token with the normed residual x the score
/// W2 · silu(W1 · x + b1) + b2.
typedef struct {
    /// W1, [hidden][columns].
    const float *in_weight;
    /// b1, [hidden].
    const float *in_bias;
    /// W2, [hidden].
    const float *out_weight;
    /// b2.
    float out_bias;
    /// Hidden units.
    size_t hidden;
} int8_router;

/// The kernels of one instruction set.
typedef struct {
    /// The instruction set, as people write it: "AVX2", "AVX-512 VNNI", "portable".
    const char *name;

    /// Quantises x[columns] to 16 bits into row `token` of `out`; columns is a multiple of 32. What is not finite
    /// becomes 0.
    void (*quantize)(const float *x, size_t columns, size_t token, const int8_activations *out);

    /// Multiplies a matrix by the activations of some tokens:
    /// out[i · out_stride + r] = ⟨row r of weights, activations of token tokens[i]⟩ for r < rows, i < count, which
    /// may be 0.
    /// `weights` is Q8_0 [rows][columns]; rows begin `row_bytes` apart: columns / INT8_GROUP · INT8_WEIGHT_GROUP_BYTES
    /// where they lie one after the other; more where the columns are the first of a wider matrix, of which the rest is
    /// neither read nor asked for.
    /// `tokens` NULL means 0, 1, 2, …; `scratch` holds int8_scratch_bytes(columns), on a boundary of INT8_ALIGNMENT.
    /// `next` is what this thread will read after these rows, one byte after the other, or NULL; its beginning may be
    /// fetched meanwhile.
    void (*matmul)(const void *weights, size_t row_bytes, size_t rows, size_t columns, const int8_activations *x,
                   const uint32_t *tokens, size_t count, float *out, size_t out_stride, void *scratch,
                   const void *next);

    /// Turns a Q8_0 row of `columns` values into fp32.
    void (*dequantize_row)(const void *weights, size_t columns, float *out);

    /// out[columns] = x / √(mean(x²) + epsilon) · weight (arXiv 1910.07467). columns is a multiple of 8; `out` may be
    /// `x`.
    void (*rms_norm)(const float *x, const float *weight, size_t columns, float epsilon, float *out);

    /// The hidden units of a router: units[t][h] = silu(W1 · x[t] + b1)[h] for t < tokens, first ≤ h < end.
    /// x: [tokens][columns], columns is a multiple of 8; units: [tokens][hidden].
    void (*router_units)(const int8_router *router, const float *x, size_t tokens, size_t columns, size_t first,
                         size_t end, float *units);

    /// A router's score of one token, W2 · units + b2, from its hidden units: [hidden].
    float (*router_score)(const int8_router *router, const float *units);

    /// out[r] = ⟨row r, x⟩ for r < count, in fp32: the scores of experts. rows: [count][columns], columns is a multiple
    /// of 8.
    void (*row_products)(const float *rows, size_t count, size_t columns, const float *x, float *out);

    /// Rotates the pairs (x[2i], x[2i+1]) of `count` values by angles whose cosines and sines are given, [count / 2]
    /// each (rotary embedding, arXiv 2104.09864; interleaved pairs as in GGUF Llama files).
    void (*rotate_pairs)(float *x, size_t count, const float *cosines, const float *sines);

    /// Quantises 32 values of one position's key, x = key[first …], into their places in a span; `position` counts from
    /// the span's first, `first` is a multiple of 32. What is not finite becomes 0.
    void (*store_key)(const float *x, size_t head_length, size_t first, size_t position, void *span);

    /// Quantises 32 values of one position's value, x = value[first …], into their places in a span; `position` counts
    /// from the span's first, `first` is a multiple of 32. What is not finite becomes 0.
    void (*store_value)(const float *x, size_t head_length, size_t first, size_t position, void *span);

    /// Attention of some queries over the first `count` positions of one span, 1…INT8_ATTENTION_SPAN.
    /// `queries`: of heads side by side, head_length values each, a multiple of 32. `next`: what this thread reads
    /// next, a span as a rule, which is brought in meanwhile; it may lie anywhere. `scale`: what the products of
    /// queries and keys are multiplied by before the softmax, 1/√head_length as a rule. `partials`:
    /// [query_count][int8_partial_length(head_length)], a partial result for each query.
    void (*attend)(const int8_activations *queries, size_t query_count, const void *span, size_t count,
                   const void *next, size_t head_length, float scale, float *partials);

    /// Joins the partial results of one query in `count` spans, which begin `stride` floats apart, into that of all
    /// these spans together. `out`, [int8_partial_length(head_length)], may be the first of them.
    void (*join_spans)(const float *partials, size_t count, size_t stride, size_t head_length, float *out);

    /// out[count] = silu(gate) · up (SwiGLU, arXiv 2002.05202); count is a multiple of 8. `out` may be `gate` or `up`.
    void (*swiglu)(const float *gate, const float *up, size_t count, float *out);

    /// Copies logits x[count] to `out`, −∞ for what is not finite; peaks[s] = the highest of segment s of `out`, of
    /// which the last may be short. `out` may be `x`.
    void (*finite_logits)(const float *x, size_t count, float *out, float *peaks);

    /// What a softmax and its entropy need: sums[0] = Σ e^(x − maximum), sums[1] = Σ e^(x − maximum) · (x − maximum),
    /// both without what lies more than 87 below `maximum`, which is finite and the highest of x[count].
    void (*softmax_sums)(const float *x, size_t count, float maximum, double sums[2]);
} int8_kernels;

/// Bytes of scratch that one thread's `matmul` needs for rows of so many columns.
size_t int8_scratch_bytes(size_t columns);

/// How many kernel sets this processor can run; at least 1.
size_t int8_kernels_count(void);

/// A kernel set that this processor can run: 0 is the fastest, the last the portable one. NULL from
/// `int8_kernels_count()` on.
const int8_kernels *int8_kernels_at(size_t index);

/// Ways to read a buffer. Which is fastest depends on the machine and on the neighbours it has at the time.
typedef enum {
    /// From front to back.
    int8_reader_one_stream,
    /// Four quarters of the buffer, in turns.
    int8_reader_four_streams,
    /// Two halves of the buffer, in turns, past the caches.
    int8_reader_past_caches,
} int8_reader;

enum { INT8_READERS = int8_reader_past_caches + 1 };

/// Reads every whole INT8_ALIGNMENT bytes of a buffer, which begins on such a boundary, as fast as memory allows, and
/// returns the xor of their words.
uint64_t int8_read_bandwidth_probe(const void *bytes, size_t count, int8_reader reader);

#endif
