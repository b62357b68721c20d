/* SPDX-License-Identifier: MIT */
/* What is checked before a variant is trusted: rows around the tile, small odd dimensions, every
 * family, the tuned size; and cases that can be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/problem_text.h"
#include "runtime/device/device.h"
#include "tuner/session/edges.h"

static struct hone_kernels *kernels;

static int setup(void **state)
{
    (void)state;
    const char *source = getenv("HONE_SOURCE");
    struct hone_target target;
    struct hone_error err = {0};
    if (hone_target_parse("cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni", &target, &err) != HONE_OK)
        fail_msg("%s", err.text);
    struct hone_machine_facts facts = {.model = "test",
                                       .n_cpus = 2,
                                       .l1_bytes = 48 << 10,
                                       .l2_bytes = 2 << 20,
                                       .l3_bytes = 32 << 20};
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source ? source : ".",
                                           .target = &target,
                                           .facts = &facts};
    if (hone_kernels_open(&options, &kernels, &err) != HONE_OK) fail_msg("%s", err.text);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hone_kernels_close(kernels);
    return 0;
}

static struct hone_problem problem_of(const char *key)
{
    struct hone_problem problem;
    struct hone_error err = {0};
    if (problem_parse(key, &problem, &err) != HONE_OK) fail_msg("%s", err.text);
    return problem;
}

struct made {
    struct edge edges[EDGES_MAX];
    uint32_t n;
    struct hone_case_spec tuned;
    struct hone_variant variant;
};

static void make(const char *key, enum edges_depth depth, struct made *made)
{
    struct hone_problem problem = problem_of(key);
    const struct hone_space *spaces[8];
    size_t n_spaces;
    struct hone_error err = {0};
    if (hone_kernels_applicable(kernels, &problem, 8, spaces, &n_spaces, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_true(n_spaces > 0);
    if (hone_kernels_launch(kernels, spaces[0], &problem, NULL, &made->variant, &err) != HONE_OK)
        fail_msg("%s", err.text);
    edges_tuned_spec(&problem, &made->tuned);
    made->tuned.call = made->variant.call;
    made->tuned.n_copies = 3;
    if (edges_make(kernels, &made->variant, &made->tuned, depth, made->edges, &made->n, &err))
        fail_msg("%s", err.text);
}

static bool has_rows(const struct made *made, uint32_t m)
{
    for (uint32_t i = 0; i < made->n; i++)
        if (made->edges[i].call.spec.m == m && made->edges[i].n_samples == 0) return true;
    return false;
}

static const char gemm_512[] = "gemm n=5632 k=2048 types=q8a,q4_0,f32 acts=q8a m=65-512@512";

static void rows_surround_the_tile(void **state)
{
    (void)state;
    static struct made made;
    make(gemm_512, EDGES_SEARCH, &made);
    const struct hone_space *space = made.variant.space;
    int64_t tile = 0;
    for (size_t p = 0; p < space->n_parameters; p++)
        if (strcmp(space->parameters[p].name, "MR") == 0)
            tile = space->parameters[p].values[made.variant.config.index[p]].i;
    assert_true(tile > 1);
    assert_true(has_rows(&made, 1));
    for (int d = -1; d <= 1; d++) assert_true(has_rows(&made, (uint32_t)(tile + d)));
    assert_true(has_rows(&made, 31));
}

static void small_shapes_are_odd_and_have_their_own_grid(void **state)
{
    (void)state;
    static struct made made;
    make(gemm_512, EDGES_SEARCH, &made);
    int n_dim = hone_op_dim(made.variant.call.problem.op, "n");
    int k_dim = hone_op_dim(made.variant.call.problem.op, "k");
    uint32_t n_small = 0;
    for (uint32_t i = 0; i < made.n; i++) {
        const struct hone_problem *p = &made.edges[i].call.spec.call.problem;
        if (made.edges[i].n_samples) continue;
        assert_true(p->dims[n_dim] % 2 == 1);
        assert_true(p->dims[k_dim] <= 8 * 32 && p->dims[k_dim] % 32 == 0);
        assert_true(made.edges[i].call.grid_p0 != made.variant.launch.grid_p0);
        n_small++;
    }
    assert_true(n_small >= 6);
}

static void the_tuned_size_comes_last_with_its_copies(void **state)
{
    (void)state;
    static struct made made;
    make(gemm_512, EDGES_SEARCH, &made);
    const struct edge *last = &made.edges[made.n - 1];
    assert_int_equal(last->n_samples, EDGES_SAMPLES);
    assert_int_equal(last->call.spec.m, 512);
    assert_int_equal(last->call.spec.n_copies, 3);
    assert_int_equal(last->call.grid_p0, made.variant.launch.grid_p0);
    assert_memory_equal(last->call.spec.call.problem.dims, made.variant.call.problem.dims,
                        sizeof last->call.spec.call.problem.dims);
}

/* What is timed is what will run: the call has the variant's schedule. */
static void calls_have_the_schedule_of_the_variant(void **state)
{
    (void)state;
    static struct made made;
    make(gemm_512, EDGES_SEARCH, &made);
    struct hone_case_spec spec = made.tuned;
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        made.variant.launch.is_dynamic = dynamic;
        uint32_t wanted = dynamic ? HONE_SCHEDULE_DYNAMIC : HONE_SCHEDULE_STATIC;
        assert_int_equal(edges_call(&made.variant, &spec).schedule, wanted);
    }
}

static void finals_see_every_family(void **state)
{
    (void)state;
    static struct made search, final;
    make(gemm_512, EDGES_SEARCH, &search);
    make(gemm_512, EDGES_FINAL, &final);
    assert_true(final.n > search.n + 5);
    bool seen[HONE_FAMILIES] = {false}, exact = false;
    for (uint32_t i = 0; i < final.n; i++) seen[final.edges[i].call.spec.family] = true;
    for (uint32_t i = 0; i < search.n; i++)
        exact |= search.edges[i].call.spec.family == HONE_FAMILY_INTEGERS;
    for (int f = 0; f < HONE_FAMILIES; f++) assert_true(seen[f]);
    assert_true(exact);
}

/* Every case of every op can be made, with the variant's formats. */
static void cases_can_be_made(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "gemm n=5632 k=2048 types=q8a,q4_0,f32 acts=q8a m=1-1@1",
        "gemm n=2053 k=2048 types=q8a,q6_k,f32 acts=q8a m=5-8@8",
        "gemm_silu_mul n=768 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m=1-1@1",
        "rmsnorm k=2048 eps=0x3727c5ac types=f32,f32,q8a acts=q8a m=1-1@1",
        "add k=2048 types=f32,f32,f32 acts=f32 m=65-512@512",
        "rope_append n_heads=8 n_kv_heads=2 head_dim=32 rope_dim=32 page_tokens=64 n_positions=512 "
        "types=f32,f32,f32,f32,f16,f16 acts=f32 m=1-1@1 context=512",
        "rope_append n_heads=8 n_kv_heads=2 head_dim=32 rope_dim=32 page_tokens=64 n_positions=96 "
        "types=f32,f32,f32,f32,f16,f16 acts=f32 m=1-1@1 context=96",
        "rope_append n_heads=8 n_kv_heads=2 head_dim=32 rope_dim=32 page_tokens=64 n_positions=16 "
        "types=f32,f32,f32,f32,f16,f16 acts=f32 m=1-1@1 context=16",
        "attention n_heads=8 n_kv_heads=2 head_dim=32 page_tokens=64 scale=0x3e3504f3 "
        "types=f32,f16,f16,q8a acts=q8a m=65-512@512 context=512",
        "attention n_heads=8 n_kv_heads=2 head_dim=32 page_tokens=64 scale=0x3e3504f3 "
        "types=f32,f16,f16,f32 acts=f32 m=1-1@1 context=576"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        static struct made made;
        make(keys[k], EDGES_FINAL, &made);
        assert_true(made.n >= 4);
        for (uint32_t i = 0; i + 3 < made.n; i++) {
            struct hone_case *c;
            struct hone_error err = {0};
            const struct hone_case_spec *spec = &made.edges[i].call.spec;
            if (hone_case_create(spec, &c, &err) != HONE_OK) fail_msg("%s: %s", keys[k], err.text);
            assert_true(spec->n_seqs <= spec->m);
            hone_case_destroy(c);
        }
    }
}

static void decode_is_timed_as_decode(void **state)
{
    (void)state;
    static const char head[] = "attention n_heads=8 n_kv_heads=2 head_dim=32 page_tokens=64 "
                               "scale=0x3e3504f3 types=f32,f16,f16,f32 acts=f32 ";
    static const struct {
        const char *tail;
        uint32_t m, n_seqs, kv_before;
    } cases[] = {{"m=1-1@1 context=576", 1, 1, 575},
                 {"m=17-64@32 context=1024", 32, 32, 1023},
                 {"m=65-512@512 context=512", 512, 1, 0},
                 {"m=65-512@512 context=600", 512, 1, 88}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char key[HONE_PROBLEM_KEY_BYTES];
        struct hone_case_spec spec;
        strcpy(key, head);
        strcat(key, cases[i].tail);
        struct hone_problem problem = problem_of(key);
        edges_tuned_spec(&problem, &spec);
        assert_int_equal(spec.m, cases[i].m);
        assert_int_equal(spec.n_seqs, cases[i].n_seqs);
        assert_int_equal(spec.kv_before, cases[i].kv_before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_surround_the_tile),
        cmocka_unit_test(small_shapes_are_odd_and_have_their_own_grid),
        cmocka_unit_test(the_tuned_size_comes_last_with_its_copies),
        cmocka_unit_test(calls_have_the_schedule_of_the_variant),
        cmocka_unit_test(finals_see_every_family),
        cmocka_unit_test(cases_can_be_made),
        cmocka_unit_test(decode_is_timed_as_decode),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
