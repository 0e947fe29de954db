// Attention of rows of tokens to what their documents hold so far, in bf16, on one core.
// HEAD: the length of a head; GROUP: how many query heads share a key head. Both are given when this is compiled.

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float wide(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float y;
    memcpy(&y, &bits, 4);
    return y;
}

static inline uint16_t narrow(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Turns the pairs (i, i + HEAD/2) of x.
static void rotate(const uint16_t *x, const float *cosines, const float *sines, float *turned) {
    for (int i = 0; i < HEAD / 2; i++) {
        float first = wide(x[i]), second = wide(x[i + HEAD / 2]);
        turned[i] = first * cosines[i] - second * sines[i];
        turned[i + HEAD / 2] = second * cosines[i] + first * sines[i];
    }
}

// One query row: GROUP heads, `span` keys and values, `scores` [GROUP][span] to work in. The values, and after them the
// keys at `next`, are fetched while there is still something else to do: half of the time goes into waiting for memory.
static void attend(
    const float query[GROUP][HEAD], const uint16_t *keys, const uint16_t *values, int span, float *scores,
    const uint16_t *next, uint16_t *out) {
    for (int t = 0; t < span; t++) {
        __builtin_prefetch(values + t * HEAD);
        __builtin_prefetch(values + t * HEAD + HEAD / 2);
        float sums[GROUP] = {0};
        for (int i = 0; i < HEAD; i++) {
            float key = wide(keys[t * HEAD + i]);
            for (int g = 0; g < GROUP; g++) sums[g] += query[g][i] * key;
        }
        for (int g = 0; g < GROUP; g++) scores[g * span + t] = sums[g];
    }
    float totals[GROUP], mixed[GROUP][HEAD] = {{0}};
    for (int g = 0; g < GROUP; g++) {
        float *mine = scores + g * span, best = mine[0];
        for (int t = 1; t < span; t++) best = mine[t] > best ? mine[t] : best;
        totals[g] = 0;
        for (int t = 0; t < span; t++) totals[g] += mine[t] = expf(mine[t] - best);
    }
    for (int t = 0; t < span; t++) {
        __builtin_prefetch(next + t * HEAD);
        __builtin_prefetch(next + t * HEAD + HEAD / 2);
        for (int i = 0; i < HEAD; i++) {
            float value = wide(values[t * HEAD + i]);
            for (int g = 0; g < GROUP; g++) mixed[g][i] += scores[g * span + t] * value;
        }
    }
    for (int g = 0; g < GROUP; g++)
        for (int i = 0; i < HEAD; i++) out[g * HEAD + i] = narrow(mixed[g][i] / totals[g]);
}

// query [rows, shared, GROUP, HEAD] and kv [rows, 2, shared, HEAD] (keys, values) are not rotated yet; cosines and
// sines [length, HEAD/2]; keys and values [slots, shared, length, HEAD]; scores: GROUP * length floats to work in. Row
// after row is put into its slot and then looks back, so rows of one document must come in order.
void attend_rows(
    const uint16_t *query, const uint16_t *kv, const int64_t *slots, const int64_t *places, const float *cosines,
    const float *sines, uint16_t *keys, uint16_t *values, int rows, int shared, int length, float *scores,
    uint16_t *out) {
    for (int row = 0; row < rows; row++) {
        const float *c = cosines + places[row] * (HEAD / 2), *s = sines + places[row] * (HEAD / 2);
        for (int k = 0; k < shared; k++) {
            size_t start = (slots[row] * shared + k) * (size_t)length * HEAD, here = start + places[row] * HEAD;
            float turned[HEAD], heads[GROUP][HEAD];
            rotate(kv + (row * 2 * shared + k) * HEAD, c, s, turned);
            for (int i = 0; i < HEAD; i++) keys[here + i] = narrow(turned[i]);
            memcpy(values + here, kv + (row * 2 * shared + shared + k) * HEAD, 2 * HEAD);
            int first = (row * shared + k) * GROUP * HEAD;
            for (int g = 0; g < GROUP; g++) {
                rotate(query + first + g * HEAD, c, s, heads[g]);
                for (int i = 0; i < HEAD; i++) heads[g][i] /= sqrtf(HEAD);
            }
            const uint16_t *next = keys + start + (size_t)length * HEAD;
            attend(heads, keys + start, values + start, (int)places[row] + 1, scores, next, out + first);
        }
    }
}
