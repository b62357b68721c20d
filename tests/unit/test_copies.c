/* SPDX-License-Identifier: MIT */
/* Second layouts of weights: what is bought, in which order, within which limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/checked.h"
#include "tests/unit/graph_kit.h"

/* q, k and v together; gate and up. */
static const char SMALL_1[] =
    "gemm_qkv n=256 k=256 n1=64 types=q8a,q8_0,q8_0,q8_0,f32,f32,f32 acts=q8a m=1-1@1";
static const char SMALL_512[] =
    "gemm_qkv n=256 k=256 n1=64 types=q8a,q8_0,q8_0,q8_0,f32,f32,f32 acts=q8a m=65-512@512";
static const char GATED_1[] = "gemm_silu_mul n=768 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m=1-1@1";
static const char GATED_512[] =
    "gemm_silu_mul n=768 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m=65-512@512";
enum { SMALL = 3 * LAYERS, MOST = 9 };

/* What packing would write of a choice: each layout that some step reads, once. */
static uint64_t bytes_read(const struct fixture *f, const struct hone_choice *choice)
{
    uint64_t total = 0;
    bool(*seen)[2] = calloc(f->w.graph.n_tensors, sizeof *seen);
    for (uint32_t l = 0; l < f->w.mix.n_lists; l++)
        for (uint32_t i = 0; i < choice->n_nodes[l]; i++) {
            const struct hone_scheduled *s = &choice->nodes[l][i];
            for (uint32_t o = 0; o < s->node->op->n_operands; o++) {
                uint32_t t = s->node->operands[o];
                const struct hone_tensor *tensor = &f->w.graph.tensors[t];
                const struct hone_format *format = s->candidate->variant.call.formats[o];
                uint64_t n_bytes;
                if (tensor->kind != HONE_TENSOR_WEIGHT) continue;
                bool second = format != choice->weight_formats[t];
                if (second) assert_ptr_equal(format, choice->second_formats[t]);
                if (seen[t][second]) continue;
                seen[t][second] = true;
                assert_int_equal(
                    hone_format_bytes(format, tensor->rows, tensor->cols, &n_bytes, NULL), HONE_OK);
                total += (n_bytes + 63) / 64 * 64;
            }
        }
    free(seen);
    return total;
}

static uint32_t count_second(const struct fixture *f, const struct hone_choice *choice)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < f->w.graph.n_tensors; t++) n += choice->second_formats[t] != NULL;
    return n;
}

/* Decode is fast with 8 rows together, the prompt with 16: by a lot. */
static void fill_store(struct fixture *f, struct pretended store[MOST])
{
    static char narrow[4][HONE_CONFIG_TEXT_BYTES];
    static const char *const keys[] = {SMALL_1, SMALL_512, GATED_1, GATED_512};
    static const double seconds[4][2] = {
        {3e-6, 6e-6}, {9e-3, 100e-6}, {4e-6, 30e-6}, {90e-3, 400e-6}}; /* [key][8 rows, 16 rows] */
    for (int k = 0; k < 4; k++) {
        const char *space = k < 2 ? "gemm_i8_qkv" : "gemm_i8_silu_mul";
        char *wide = config_of(f, keys[k], "R=16", "R=16");
        snprintf(narrow[k], sizeof narrow[k], "R=8%s", strchr(wide, ' '));
        store[2 * k] = (struct pretended){keys[k], space, narrow[k], seconds[k][0]};
        store[2 * k + 1] = (struct pretended){keys[k], space, wide, seconds[k][1]};
    }
    store[8] = (struct pretended){0};
}

static void open_all(struct fixture *f, struct pretended store[MOST])
{
    *f = (struct fixture){0};
    open_workload(f, HONE_TYPE_Q8A);
    open_kernels(f);
    fill_store(f, store);
}

static void choose_within(struct fixture *f, struct pretended *store, uint64_t n_bytes,
                          double ratio, struct hone_choice *choice)
{
    struct hone_weights_limit limit = {n_bytes, ratio};
    if (try_to_choose(f, store, &limit, choice) != HONE_OK) fail_msg("%s", f->err.text);
    uint64_t most =
        ratio > 0 ? (uint64_t)(ratio * (double)choice->second_layouts.one_layout_bytes) : n_bytes;
    uint64_t all = bytes_read(f, choice);
    assert_true(all <= most);
    assert_int_equal(all, choice->second_layouts.one_layout_bytes + choice->second_layouts.n_bytes);
    assert_int_equal(count_second(f, choice), choice->second_layouts.n_weights);
}

static const char *format_read(const struct fixture *f, const struct hone_choice *choice,
                               uint32_t list, const char *tensor)
{
    uint32_t wanted = tensor_of(f, tensor);
    for (uint32_t i = 0; i < choice->n_nodes[list]; i++) {
        const struct hone_scheduled *s = &choice->nodes[list][i];
        for (uint32_t o = 0; o < s->node->op->n_operands; o++)
            if (s->node->operands[o] == wanted) return s->candidate->variant.call.formats[o]->name;
    }
    return "unread";
}

/* Time of the mix as scheduled. */
static double mix_seconds(const struct fixture *f, const struct hone_choice *choice)
{
    double sum = 0;
    for (uint32_t l = 0; l < f->w.mix.n_lists; l++)
        sum += choice->seconds[l] * f->w.mix.lists[l].weight;
    return sum;
}

static void no_limit_is_one_layout(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice plain, limited;
    open_all(&f, store);
    choose(&f, store, &plain);
    assert_int_equal(count_second(&f, &plain), 0);
    assert_int_equal(plain.second_layouts.n_weights, 0);
    assert_int_equal(bytes_read(&f, &plain), plain.second_layouts.one_layout_bytes);
    /* A limit that leaves no room changes nothing either. */
    choose_within(&f, store, 0, 1, &limited);
    for (uint32_t t = 0; t < f.w.graph.n_tensors; t++)
        assert_ptr_equal(plain.weight_formats[t], limited.weight_formats[t]);
    assert_int_equal(count_second(&f, &limited), 0);
    assert_true(mix_seconds(&f, &plain) == mix_seconds(&f, &limited));
    hone_choice_release(&plain);
    hone_choice_release(&limited);
    close_fixture(&f);
}

static void each_list_reads_the_layout_it_is_fast_with(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice one, two;
    open_all(&f, store);
    choose(&f, store, &one);
    choose_within(&f, store, 0, 2, &two);
    assert_int_equal(two.second_layouts.n_weights, SMALL + 2 * LAYERS);
    static const char *const tensors[] = {"blk.0.attn_q.weight", "blk.5.attn_q.weight",
                                          "blk.3.ffn_gate.weight", "blk.3.ffn_up.weight"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(format_read(&f, &two, 0, tensors[i]), "q8_0/r8");
        assert_string_equal(format_read(&f, &two, 5, tensors[i]), "q8_0/r16");
    }
    assert_null(two.second_formats[tensor_of(&f, "blk.0.ffn_down.weight")]);
    double less = mix_seconds(&f, &one) - mix_seconds(&f, &two);
    assert_true(less > 0.0222 && less < 0.0224); /* 128 decode steps of 6 times 3 and 26 us */
    assert_true(two.second_layouts.seconds > 0.999 * less &&
                two.second_layouts.seconds < 1.001 * less);
    hone_choice_release(&one);
    hone_choice_release(&two);
    close_fixture(&f);
}

/* Gated pairs save more time per byte; then the small ones, the lowest tensor first. */
static void most_time_per_byte_is_bought_first(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice choice;
    open_all(&f, store);
    choose_within(&f, store, 0, 2, &choice);
    uint64_t one = choice.second_layouts.one_layout_bytes, pair = 0, small = 0, n_bytes;
    for (uint32_t t = 0; t < f.w.graph.n_tensors; t++) {
        if (!choice.second_formats[t]) continue;
        const struct hone_tensor *tensor = &f.w.graph.tensors[t];
        assert_int_equal(
            hone_format_bytes(choice.second_formats[t], tensor->rows, tensor->cols, &n_bytes, NULL),
            HONE_OK);
        if (tensor->rows == 768) pair = 2 * n_bytes;
        n_bytes = (n_bytes + 63) / 64 * 64;
        if (tensor->rows == 256 || tensor->rows == 64) small += n_bytes;
    }
    small /= LAYERS;
    hone_choice_release(&choice);
    assert_true(pair > 0 && small > 0);

    choose_within(&f, store, one + pair - 1, 0, &choice); /* too little for a pair */
    uint32_t n = 3 * (uint32_t)((pair - 1) / small);
    assert_int_equal(choice.second_layouts.n_weights, n);
    assert_null(choice.second_formats[tensor_of(&f, "blk.0.ffn_gate.weight")]);
    hone_choice_release(&choice);

    choose_within(&f, store, one + pair, 0, &choice); /* one, and it is not split */
    assert_int_equal(choice.second_layouts.n_weights, 2);
    assert_non_null(choice.second_formats[tensor_of(&f, "blk.0.ffn_gate.weight")]);
    assert_non_null(choice.second_formats[tensor_of(&f, "blk.0.ffn_up.weight")]);
    hone_choice_release(&choice);

    choose_within(&f, store, one + LAYERS * pair + 2 * small, 0, &choice);
    assert_int_equal(choice.second_layouts.n_weights, 2 * LAYERS + 6);
    assert_non_null(choice.second_formats[tensor_of(&f, "blk.0.attn_q.weight")]);
    assert_non_null(choice.second_formats[tensor_of(&f, "blk.1.attn_q.weight")]);
    assert_null(choice.second_formats[tensor_of(&f, "blk.2.attn_q.weight")]);
    hone_choice_release(&choice);
    close_fixture(&f);
}

/* Without the prompt's times there is nothing to compare: an estimate buys nothing. */
static void an_estimate_buys_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice choice;
    open_all(&f, store);
    struct pretended half[] = {store[0], store[1], store[4], store[5], {0}};
    choose_within(&f, half, 0, 2, &choice);
    assert_int_equal(choice.second_layouts.n_weights, 0);
    hone_choice_release(&choice);
    choose_within(&f, NULL, 0, 2, &choice);
    assert_int_equal(choice.second_layouts.n_weights, 0);
    hone_choice_release(&choice);
    close_fixture(&f);
}

/* Times within a hundredth of each other are noise. */
static void noise_buys_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice choice;
    open_all(&f, store);
    for (int i = 0; i < 8; i++) store[i].seconds = i == 1 || i == 2 ? 100.4e-6 : 100e-6;
    choose_within(&f, store, 0, 2, &choice);
    assert_int_equal(choice.second_layouts.n_weights, 0);
    hone_choice_release(&choice);
    close_fixture(&f);
}

static void too_little_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct pretended store[MOST];
    struct hone_choice choice;
    open_all(&f, store);
    choose(&f, store, &choice);
    uint64_t one = choice.second_layouts.one_layout_bytes;
    hone_choice_release(&choice);
    struct hone_weights_limit limit = {.n_bytes = one - 1};
    char number[32];
    assert_int_equal(try_to_choose(&f, store, &limit, &choice), HONE_ERR_ARGUMENT);
    snprintf(number, sizeof number, "%llu", (unsigned long long)one);
    assert_non_null(strstr(f.err.text, number));
    limit.n_bytes = one;
    assert_int_equal(try_to_choose(&f, store, &limit, &choice), HONE_OK);
    hone_choice_release(&choice);
    limit = (struct hone_weights_limit){.ratio = 1e300};
    assert_int_equal(try_to_choose(&f, store, &limit, &choice), HONE_OK);
    assert_int_equal(choice.second_layouts.n_weights, SMALL + 2 * LAYERS);
    hone_choice_release(&choice);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_is_one_layout),
        cmocka_unit_test(each_list_reads_the_layout_it_is_fast_with),
        cmocka_unit_test(most_time_per_byte_is_bought_first),
        cmocka_unit_test(an_estimate_buys_nothing),
        cmocka_unit_test(noise_buys_nothing),
        cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
