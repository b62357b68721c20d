/* SPDX-License-Identifier: MIT */
/* Proofs of a package: what was called is called again, in the same scratch; hostile texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/problem_text.h"
#include "tuner/proof.h"
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

static void make_variant(const char *key, struct hone_variant *out_variant)
{
    struct hone_problem problem;
    const struct hone_space *spaces[8];
    size_t n_spaces;
    struct hone_error err = {0};
    if (problem_parse(key, &problem, &err) != HONE_OK) fail_msg("%s", err.text);
    if (hone_kernels_applicable(kernels, &problem, 8, spaces, &n_spaces, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_true(n_spaces > 0);
    if (hone_kernels_launch(kernels, spaces[0], &problem, NULL, out_variant, &err) != HONE_OK)
        fail_msg("%s", err.text);
}

static json_t *make_entry(const struct hone_variant *variant)
{
    char tuple[HONE_FORMAT_TUPLE_BYTES];
    hone_variant_format_tuple(variant, tuple);
    json_t *entry = json_pack("{s:s, s:s}", "kernel", "k", "formats", tuple);
    json_t *calls = proof_calls(kernels, variant);
    assert_non_null(entry);
    assert_non_null(calls);
    json_object_update_new(entry, calls);
    return entry;
}

static void assert_same_call(const struct hone_runner_call *a, const struct hone_runner_call *b)
{
    const struct hone_case_spec *x = &a->spec, *y = &b->spec;
    assert_int_equal(a->scratch_bytes, b->scratch_bytes);
    assert_int_equal(a->grid_rule, b->grid_rule);
    assert_int_equal(a->grid_p0, b->grid_p0);
    assert_int_equal(a->grid_p1, b->grid_p1);
    assert_int_equal(x->m, y->m);
    assert_int_equal(x->n_seqs, y->n_seqs);
    assert_int_equal(x->kv_before, y->kv_before);
    assert_int_equal(x->family, y->family);
    assert_int_equal(x->seed, y->seed);
    assert_memory_equal(x->call.problem.dims, y->call.problem.dims, sizeof x->call.problem.dims);
}

/* Small calls of a small problem have a larger k than it has, so they need more scratch. */
static void calls_come_back_with_their_scratch(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "gemm n=96 k=32 types=f32,q8_0,f32 acts=f32 m=1-1@1",
        "gemm n=96 k=32 types=q8a,q8_0,f32 acts=q8a m=65-512@512",
        "gemm_qkv n=64 k=32 n1=32 types=f32,q8_0,q8_0,q8_0,f32,f32,f32 acts=f32 m=65-512@512",
        "silu_mul k=64 types=f32,f32,f32 acts=f32 m=1-1@1"};
    uint32_t n_larger = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct hone_variant variant;
        struct hone_case_spec tuned;
        struct hone_error err = {0};
        struct edge edges[EDGES_MAX];
        struct proof proof;
        uint32_t n_edges, n = 0;
        make_variant(keys[i], &variant);
        json_t *entry = make_entry(&variant);
        if (proof_read(entry, &proof, &err) != HONE_OK) fail_msg("%s", err.text);
        edges_tuned_spec(&variant.call.problem, &tuned);
        if (edges_make(kernels, &variant, &tuned, EDGES_SEARCH, edges, &n_edges, &err) != HONE_OK)
            fail_msg("%s", err.text);
        for (uint32_t e = 0; e < n_edges; e++) {
            if (edges[e].n_samples) continue;
            assert_true(n < proof.n_calls);
            assert_same_call(&proof.calls[n], &edges[e].call);
            n_larger += proof.calls[n++].scratch_bytes > variant.launch.scratch_bytes;
        }
        assert_int_equal(n, proof.n_calls);
        json_decref(entry);
    }
    assert_true(n_larger > 0);
}

/* Older packages do not tell; what is told is a number that a worker may have. */
static void scratch_is_a_number_or_plenty(void **state)
{
    (void)state;
    static const char head[] = "m=3 seqs=1 kv=0 family=integers seed=5 grid=0:3:1";
    static const struct {
        const char *tail;
        uint64_t scratch; /* 0: refused */
    } rows[] = {{" n=17 k=96", 4 << 20},
                {" scratch=640 n=17 k=96", 640},
                {" scratch=4294967295 n=17 k=96", UINT32_MAX},
                {" scratch=4294967296 n=17 k=96", 0},
                {" scratch=x n=17 k=96", 0},
                {" scratch= n=17 k=96", 0},
                {" n=17 scratch=640 k=96", 0}};
    struct hone_variant variant;
    make_variant("gemm n=96 k=32 types=f32,q8_0,f32 acts=f32 m=1-1@1", &variant);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hone_error err = {0};
        struct proof proof;
        char text[200];
        strcpy(text, head);
        strcat(text, rows[i].tail);
        json_t *entry = make_entry(&variant);
        json_object_set_new(entry, "calls", json_pack("[s]", text));
        enum hone_status status = proof_read(entry, &proof, &err);
        assert_int_equal(status, rows[i].scratch ? HONE_OK : HONE_ERR_FORMAT);
        if (rows[i].scratch) assert_int_equal(proof.calls[0].scratch_bytes, rows[i].scratch);
        if (rows[i].scratch) assert_int_equal(proof.calls[0].spec.call.problem.dims[1], 96);
        json_decref(entry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_come_back_with_their_scratch),
        cmocka_unit_test(scratch_is_a_number_or_plenty),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
