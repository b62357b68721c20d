/* SPDX-License-Identifier: MIT */
/* Shards: together they are the whole, none shares a problem with another, the cut hangs on nothing
 * but the problems, and no shard has much more to do than another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/session/shard.h"

enum { MOST = 200 };

static struct hone_tune_item items[MOST];

/* Problems of many sizes; the dearest is far dearer than the cheapest. */
static void make_items(size_t n)
{
    const struct hone_op *op = hone_op_find("gemm");
    assert_non_null(op);
    for (size_t i = 0; i < n; i++) {
        struct hone_problem *p = &items[i].problem;
        memset(p, 0, sizeof *p);
        p->op = op;
        p->dims[0] = 64 * (uint32_t)(1 + i % 37);
        p->dims[1] = 32 * (uint32_t)(1 + i % 11);
        p->types[0] = p->types[1] = p->types[2] = p->acts = HONE_TYPE_F32;
        p->m_min = 1;
        p->m = p->m_max = 1 + (uint32_t)(i * i) % 512;
        items[i].runs = (double)i;
    }
}

static size_t take(uint32_t index, uint32_t count, const struct hone_tune_item *from, size_t n,
                   struct hone_tune_item *out)
{
    struct hone_shard shard = {index, count};
    size_t n_out;
    memcpy(out, from, n * sizeof *out);
    assert_int_equal(hone_shard_take(&shard, out, n, &n_out, NULL), HONE_OK);
    return n_out;
}

static void shards_are_the_whole(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 7, 20, 64, 150, 1000};
    static struct hone_tune_item out[MOST];
    size_t n = 150;
    make_items(n);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        int n_seen[MOST] = {0};
        double most = 0, sum = 0, dearest = 0;
        for (uint32_t s = 1; s <= counts[c]; s++) {
            size_t n_out = take(s, counts[c], items, n, out);
            double load = 0, last = -1;
            for (size_t i = 0; i < n_out; i++) {
                assert_true(out[i].runs > last); /* in their order */
                last = out[i].runs;
                n_seen[(size_t)out[i].runs]++;
                load += hone_shard_cost(&out[i].problem);
            }
            if (load > most) most = load;
        }
        for (size_t i = 0; i < n; i++) {
            double cost = hone_shard_cost(&items[i].problem);
            assert_int_equal(n_seen[i], 1);
            sum += cost;
            if (cost > dearest) dearest = cost;
        }
        /* the bound of handing out the dearest first */
        double mean = sum / counts[c];
        assert_true(most <= (4.0 / 3) * (mean > dearest ? mean : dearest) + 1e-9);
        if (counts[c] <= 20) assert_true(most <= 1.1 * mean || most <= dearest + 1e-9);
    }
}

/* The same set in another order gives the same shards. */
static void the_order_of_problems_means_nothing(void **state)
{
    (void)state;
    static struct hone_tune_item turned[MOST], a[MOST], b[MOST];
    size_t n = 101;
    make_items(n);
    for (size_t i = 0; i < n; i++) turned[i] = items[(i * 17 + 5) % n];
    for (uint32_t s = 1; s <= 9; s++) {
        size_t n_a = take(s, 9, items, n, a), n_b = take(s, 9, turned, n, b);
        assert_int_equal(n_a, n_b);
        for (size_t i = 0; i < n_a; i++) {
            bool found = false;
            for (size_t k = 0; k < n_b; k++) found |= a[i].runs == b[k].runs;
            assert_true(found);
        }
    }
}

/* What the store takes for one problem stays on one machine. */
static void a_problem_is_never_split(void **state)
{
    (void)state;
    static struct hone_tune_item out[MOST];
    make_items(40);
    for (size_t i = 0; i < 40; i += 2) items[i + 1].problem = items[i].problem;
    for (uint32_t s = 1; s <= 6; s++) {
        size_t n = take(s, 6, items, 40, out);
        assert_int_equal(n % 2, 0);
        for (size_t i = 0; i < n; i += 2)
            assert_memory_equal(&out[i].problem, &out[i + 1].problem, sizeof out[i].problem);
    }
}

static void texts(void **state)
{
    (void)state;
    struct hone_shard shard;
    assert_int_equal(hone_shard_parse("3/20", &shard, NULL), HONE_OK);
    assert_true(shard.index == 3 && shard.count == 20);
    assert_int_equal(hone_shard_parse("100000/100000", &shard, NULL), HONE_OK);
    static const char *const bad[] = {
        "",        "3",    "/",    "0/3",  "4/3",  "1/0",           "1/2x",
        "x1/2",    "1 /2", "-1/2", "1/-2", "1/2/", "1/99999999999", "99999999999999999999/3",
        "1/100001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hone_error err = {0};
        assert_int_equal(hone_shard_parse(bad[i], &shard, &err), HONE_ERR_ARGUMENT);
        assert_non_null(strstr(err.text, "not a shard"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_the_whole),
        cmocka_unit_test(the_order_of_problems_means_nothing),
        cmocka_unit_test(a_problem_is_never_split),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
