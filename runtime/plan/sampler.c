/* SPDX-License-Identifier: MIT */
/* Picks a token from logits. Its own random numbers and its own exp: the C library's exp differs
 * between versions and processors, and a seed must give the same text on all of them. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/hone.h"

struct candidate {
    float logit;
    int32_t id;
};

size_t hone_sample_work_bytes(uint32_t n_vocab)
{
    return n_vocab * sizeof(struct candidate);
}

/* SplitMix64, then the upper 53 bits as a number in [0, 1). */
static double draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* e^x for x <= 0, to about 1e-15. With x = n ln2 + r and |r| <= ln2 / 2, the series of e^r needs
 * 13 terms: the next one is below (0.35^14) / 14! = 5e-18. */
static double exp_of(double x)
{
    if (!(x > -700)) return 0;
    double n = (double)(int64_t)(x * 1.4426950408889634 - 0.5); /* nearest: truncated, x <= 0 */
    double r = x - n * 0x1.62e42fefa38p-1 - n * 0x1.ef35793c7673p-45;
    double sum = 1;
    for (int i = 13; i > 0; i--) sum = 1 + r * sum / i;
    uint64_t bits = (uint64_t)((int64_t)n + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* The largest logit weighs 1 even if it is infinite; a logit that is not a number weighs 0. */
static double weight_of(float logit, float largest, double inverse_temperature)
{
    if (logit == largest) return 1;
    return exp_of(((double)logit - (double)largest) * inverse_temperature);
}

static int32_t largest_of(const float *logits, uint32_t n_vocab)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n_vocab; i++)
        if (logits[i] > logits[best] || (isnan(logits[best]) && !isnan(logits[i]))) best = i;
    return (int32_t)best;
}

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
    return a->logit > b->logit || (a->logit == b->logit && a->id < b->id);
}

static void sift_down(struct candidate *heap, uint32_t at, uint32_t n)
{
    struct candidate moved = heap[at];
    for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && comes_before(&heap[child + 1], &heap[child])) child++;
        if (!comes_before(&heap[child], &moved)) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* Moves the best candidate to the end of the heap, which becomes one shorter. */
static struct candidate pop(struct candidate *heap, uint32_t n)
{
    struct candidate best = heap[0];
    heap[0] = heap[n - 1];
    sift_down(heap, 0, n - 1);
    heap[n - 1] = best;
    return best;
}

static uint32_t make_heap(struct candidate *heap, const float *logits, uint32_t n_vocab)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_vocab; i++)
        if (!isnan(logits[i])) heap[n++] = (struct candidate){logits[i], (int32_t)i};
    for (uint32_t i = n / 2; i > 0; i--) sift_down(heap, i - 1, n);
    return n;
}

static int32_t draw_from_all(struct hone_sampler *sampler, const float *logits, uint32_t n_vocab,
                             float largest)
{
    double inverse = 1 / (double)sampler->temperature, sum = 0;
    for (uint32_t i = 0; i < n_vocab; i++) sum += weight_of(logits[i], largest, inverse);
    double left = draw(&sampler->state) * sum;
    int32_t last = 0;
    for (uint32_t i = 0; i < n_vocab; i++) {
        double weight = weight_of(logits[i], largest, inverse);
        if (weight > 0) last = (int32_t)i;
        left -= weight;
        if (weight > 0 && left < 0) break;
    }
    return last;
}

/* Of the n candidates: how many top_k and top_p keep, gathered best first at the end of the
 * array. A heap makes this cost n + kept * log n, not a sort of the vocabulary. *out_sum is what
 * they weigh; top_p is a share of what top_k leaves. */
static uint32_t keep_best(const struct hone_sampler *sampler, struct candidate *heap, uint32_t n,
                          float largest, double *out_sum)
{
    double inverse = 1 / (double)sampler->temperature, all = 0;
    uint32_t most = sampler->top_k > 0 && sampler->top_k < n ? sampler->top_k : n;
    bool has_top_p = sampler->top_p < 1, is_popped = most < n;
    if (is_popped)
        for (uint32_t i = 0; i < most; i++)
            all += weight_of(pop(heap, n - i).logit, largest, inverse);
    else if (has_top_p)
        for (uint32_t i = 0; i < n; i++) all += weight_of(heap[i].logit, largest, inverse);
    uint32_t n_kept = 0;
    for (*out_sum = 0; n_kept < most; n_kept++) {
        if (has_top_p && n_kept > 0 && *out_sum >= (double)sampler->top_p * all) break;
        float logit = is_popped ? heap[n - 1 - n_kept].logit : pop(heap, n - n_kept).logit;
        *out_sum += weight_of(logit, largest, inverse);
    }
    return n_kept;
}

static int32_t draw_from_best(struct hone_sampler *sampler, const float *logits, uint32_t n_vocab,
                              float largest, struct candidate *heap)
{
    double inverse = 1 / (double)sampler->temperature, sum;
    uint32_t n = make_heap(heap, logits, n_vocab);
    uint32_t n_kept = keep_best(sampler, heap, n, largest, &sum), chosen = 0;
    double left = draw(&sampler->state) * sum;
    for (uint32_t i = 0; i < n_kept; i++) {
        double weight = weight_of(heap[n - 1 - i].logit, largest, inverse);
        if (weight > 0) chosen = i;
        left -= weight;
        if (weight > 0 && left < 0) break;
    }
    return heap[n - 1 - chosen].id;
}

int32_t hone_sample(struct hone_sampler *sampler, const float *logits, uint32_t n_vocab, void *work)
{
    int32_t best = largest_of(logits, n_vocab);
    if (!(sampler->temperature > 0) || isnan(logits[best])) return best;
    bool narrowed = (sampler->top_k > 0 && sampler->top_k < n_vocab) || sampler->top_p < 1;
    if (!narrowed) return draw_from_all(sampler, logits, n_vocab, logits[best]);
    return draw_from_best(sampler, logits, n_vocab, logits[best], work);
}
