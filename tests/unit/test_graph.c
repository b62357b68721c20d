/* SPDX-License-Identifier: MIT */
/* Graph, alternatives, problems, choice and memory plan, on the shipped model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/graph/memory.h"
#include "tests/unit/graph_kit.h"

/* Regions whose first alternative has an op of this name. */
static uint32_t count_first(const struct hone_regions *regions, const char *op)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < regions->n_regions; r++)
        n += strcmp(regions->regions[r].alternatives[0].nodes[0].op->name, op) == 0;
    return n;
}

static void regions_of_int8(void **state)
{
    (void)state;
    struct fixture f = {0};
    open_workload(&f, HONE_TYPE_Q8A);
    assert_int_equal(f.w.graph.n_layers, LAYERS);
    assert_int_equal(count_first(&f.w.regions, "gemm_add"), 2 * LAYERS);
    assert_int_equal(count_first(&f.w.regions, "gemm_silu_mul"), LAYERS);
    assert_int_equal(count_first(&f.w.regions, "gemm_qkv"), LAYERS);
    assert_int_equal(count_first(&f.w.regions, "gemm"), 1);
    uint32_t q8a_tensors = 0;
    for (uint32_t t = 0; t < f.w.graph.n_tensors; t++)
        q8a_tensors += f.w.graph.tensors[t].type == HONE_TYPE_Q8A;
    /* q, k and v share one converted input; then attention, ffn input, ffn output; and the head. */
    assert_int_equal(q8a_tensors, 4 * LAYERS + 1);
    close_fixture(&f);
}

/* Three gemms in a row as a graph of their own. */
struct three {
    enum hone_type types[3];
    uint32_t n[3];
    bool own_input, read_as_int8; /* the third's */
};

static uint32_t first_region_nodes(const struct three *three, const char **out_op)
{
    struct hone_graph graph;
    struct hone_regions regions;
    struct hone_error err;
    static const uint8_t bytes[256 * 64 * 4];
    hone_graph_init(&graph);
    uint32_t x[2], y[3] = {0};
    for (int i = 0; i < 2; i++) x[i] = hone_graph_activation(&graph, "x", HONE_TYPE_F32, 64, false);
    for (int i = 0; i < 3; i++) {
        uint32_t w = hone_graph_weight(&graph, "w", three->types[i], three->n[i], 64, bytes);
        y[i] = hone_graph_activation(&graph, "y", HONE_TYPE_F32, three->n[i], false);
        struct hone_node_spec spec = {.op = "gemm",
                                      .name = "y",
                                      .operands = {x[i == 2 && three->own_input], w, y[i]},
                                      .dims = {three->n[i], 64}};
        assert_int_equal(hone_graph_node(&graph, &spec, &err), HONE_OK);
    }
    if (three->read_as_int8) {
        uint32_t w = hone_graph_weight(&graph, "w", HONE_TYPE_Q8_0, 32, three->n[2], bytes);
        uint32_t z = hone_graph_activation(&graph, "z", HONE_TYPE_F32, 32, false);
        struct hone_node_spec spec = {
            .op = "gemm", .name = "z", .operands = {y[2], w, z}, .dims = {32, three->n[2]}};
        assert_int_equal(hone_graph_node(&graph, &spec, &err), HONE_OK);
    }
    assert_int_equal(hone_regions_make(&graph, HONE_TYPE_Q8A, false, &regions, &err), HONE_OK);
    const struct hone_region *first = &regions.regions[0];
    uint32_t n = first->alternatives[first->n_alternatives - 1].n_nodes;
    *out_op = first->alternatives[0].nodes[0].op->name;
    if (n == 3)
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(first->alternatives[0].nodes[0].operands[4 + i], y[i]);
    hone_regions_release(&regions);
    hone_graph_release(&graph);
    return n;
}

static void three_gemms_are_one_where_all_agree(void **state)
{
    (void)state;
    enum hone_type q8 = HONE_TYPE_Q8_0, q4 = HONE_TYPE_Q4_0;
    const struct three good = {{q8, q8, q8}, {64, 32, 32}, false, false};
    const struct three bad[] = {
        {{q8, q8, q4}, {64, 32, 32}, false, false}, {{q4, q8, q8}, {64, 32, 32}, false, false},
        {{q8, q8, q8}, {64, 32, 64}, false, false}, {{q8, q8, q8}, {64, 32, 32}, true, false},
        {{q8, q8, q8}, {64, 32, 32}, false, true},
    };
    const char *op;
    assert_int_equal(first_region_nodes(&good, &op), 3);
    assert_string_equal(op, "gemm_qkv");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(first_region_nodes(&bad[i], &op), 1);
        assert_string_equal(op, "gemm");
    }
}

/* The region of one attention node of 6 heads, pages of 32, in a model of `context` positions. */
static void attention_region(uint32_t context, struct hone_graph *graph,
                             struct hone_regions *out_regions)
{
    struct hone_error err;
    hone_graph_init(graph);
    graph->max_context = context;
    uint32_t q = hone_graph_activation(graph, "q", HONE_TYPE_F32, 96, false);
    uint32_t k = hone_graph_kv(graph, "k"), v = hone_graph_kv(graph, "v");
    uint32_t y = hone_graph_activation(graph, "y", HONE_TYPE_F32, 96, false);
    struct hone_node_spec spec = {.op = "attention",
                                  .name = "attn",
                                  .operands = {q, k, v, y},
                                  .dims = {6, 2, 16, 32},
                                  .attrs = {0.25f}};
    assert_int_equal(hone_graph_node(graph, &spec, &err), HONE_OK);
    assert_int_equal(hone_regions_make(graph, HONE_TYPE_F32, false, out_regions, &err), HONE_OK);
    assert_int_equal(out_regions->n_regions, 1);
}

static void attention_splits_where_pages_are_enough(void **state)
{
    (void)state;
    static const struct {
        uint32_t context, n_alternatives;
    } cases[] = {{127, 1}, {128, 2}, {511, 2}, {512, 3}, {2048, 4}, {8192, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_graph graph;
        struct hone_regions regions;
        attention_region(cases[i].context, &graph, &regions);
        const struct hone_region *region = &regions.regions[0];
        assert_int_equal(region->n_alternatives, cases[i].n_alternatives);
        assert_string_equal(region->alternatives[0].nodes[0].op->name, "attention");
        for (uint32_t a = 1, n_parts = 4; a < region->n_alternatives; a++, n_parts *= 4) {
            const struct hone_node *split = &region->alternatives[a].nodes[0],
                                   *combine = &region->alternatives[a].nodes[1];
            assert_int_equal(region->alternatives[a].n_nodes, 2);
            assert_string_equal(split->op->name, "attention_split");
            assert_string_equal(combine->op->name, "attention_combine");
            assert_int_equal(split->dims[4], 6 * n_parts);
            assert_int_equal(combine->dims[3], 6 * n_parts);
            assert_true(split->attrs[0] == 0.25f);
            assert_memory_equal(split->operands, graph.nodes[0].operands, 3 * sizeof(uint32_t));
            assert_memory_equal(split->operands + 3, combine->operands, 2 * sizeof(uint32_t));
            assert_int_equal(combine->operands[2], graph.nodes[0].operands[3]);
            assert_int_equal(graph.tensors[combine->operands[0]].cols, 96 * n_parts);
            assert_int_equal(graph.tensors[combine->operands[1]].cols, 6 * n_parts);
        }
        hone_regions_release(&regions);
        hone_graph_release(&graph);
    }
}

/* One gemm of n = 96 over `k`, and an add of its result, as a graph. */
static void gemm_region(uint32_t k, bool adds, struct hone_graph *graph,
                        struct hone_regions *out_regions)
{
    struct hone_error err;
    static const uint8_t bytes[96 * 2304 * 4];
    hone_graph_init(graph);
    uint32_t x = hone_graph_activation(graph, "x", HONE_TYPE_F32, k, false);
    uint32_t w = hone_graph_weight(graph, "w", HONE_TYPE_F32, 96, k, bytes);
    uint32_t y = hone_graph_activation(graph, "y", HONE_TYPE_F32, 96, false);
    uint32_t r = hone_graph_activation(graph, "r", HONE_TYPE_F32, 96, false);
    uint32_t z = hone_graph_activation(graph, "z", HONE_TYPE_F32, 96, false);
    struct hone_node_spec gemm = {
        .op = "gemm", .name = "y", .operands = {x, w, y}, .dims = {96, k}};
    struct hone_node_spec add = {.op = "add", .name = "z", .operands = {y, r, z}, .dims = {96}};
    assert_int_equal(hone_graph_node(graph, &gemm, &err), HONE_OK);
    if (adds) assert_int_equal(hone_graph_node(graph, &add, &err), HONE_OK);
    assert_int_equal(hone_regions_make(graph, HONE_TYPE_F32, false, out_regions, &err), HONE_OK);
    assert_int_equal(out_regions->n_regions, 1);
}

static void gemms_split_where_k_is_long_enough(void **state)
{
    (void)state;
    static const struct {
        uint32_t k, n_splits;
    } cases[] = {{256, 0}, {257, 1}, {768, 1}, {769, 2}, {1792, 2}, {1793, 3}, {2304, 3}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct hone_graph graph;
        struct hone_regions regions;
        bool adds = i % 2;
        uint32_t k = cases[i / 2].k, n_others = adds ? 2 : 1;
        gemm_region(k, adds, &graph, &regions);
        const struct hone_region *region = &regions.regions[0];
        assert_int_equal(region->n_alternatives, n_others + cases[i / 2].n_splits);
        for (uint32_t a = n_others, n_parts = 2; a < region->n_alternatives; a++, n_parts *= 2) {
            const struct hone_node *split = &region->alternatives[a].nodes[0],
                                   *combine = &region->alternatives[a].nodes[1];
            assert_int_equal(region->alternatives[a].n_nodes, 2);
            assert_string_equal(split->op->name, "gemm_split");
            assert_string_equal(combine->op->name, adds ? "gemm_combine_add" : "gemm_combine");
            assert_int_equal(split->dims[2], n_parts);
            assert_int_equal(combine->dims[1], n_parts);
            assert_int_equal(graph.tensors[split->operands[2]].cols, 96 * n_parts);
            assert_memory_equal(split->operands, graph.nodes[0].operands, 2 * sizeof(uint32_t));
            assert_int_equal(combine->operands[0], split->operands[2]);
            if (adds)
                assert_memory_equal(combine->operands + 1, graph.nodes[1].operands + 1,
                                    2 * sizeof(uint32_t));
            else
                assert_int_equal(combine->operands[1], graph.nodes[0].operands[2]);
            struct hone_problem problem = {.op = split->op};
            memcpy(problem.dims, split->dims, sizeof problem.dims);
            assert_int_equal(split->op->valid(&problem, NULL), HONE_OK);
        }
        hone_regions_release(&regions);
        hone_graph_release(&graph);
    }
}

static void regions_of_f32_convert_nothing(void **state)
{
    (void)state;
    struct fixture f = {0};
    open_workload(&f, HONE_TYPE_F32);
    for (uint32_t r = 0; r < f.w.regions.n_regions; r++)
        for (uint32_t a = 0; a < f.w.regions.regions[r].n_alternatives; a++)
            for (uint32_t i = 0; i < f.w.regions.regions[r].alternatives[a].n_nodes; i++)
                assert_string_not_equal(f.w.regions.regions[r].alternatives[a].nodes[i].op->name,
                                        "quantize");
    close_fixture(&f);
}

/* Every alternative must leave the same outputs behind: what later regions read. */
static void alternatives_write_what_is_read_later(void **state)
{
    (void)state;
    struct fixture f = {0};
    open_workload(&f, HONE_TYPE_Q8A);
    const struct hone_graph *graph = &f.w.graph;
    for (int pick = 0; pick < HONE_MAX_ALTERNATIVES; pick++) {
        bool *written = calloc(graph->n_tensors, sizeof *written);
        for (uint32_t r = 0; r < f.w.regions.n_regions; r++) {
            const struct hone_region *region = &f.w.regions.regions[r];
            uint32_t a = (uint32_t)pick < region->n_alternatives ? (uint32_t)pick
                                                                 : region->n_alternatives - 1;
            for (uint32_t i = 0; i < region->alternatives[a].n_nodes; i++) {
                const struct hone_node *node = &region->alternatives[a].nodes[i];
                for (uint32_t o = 0; o < node->op->n_operands; o++) {
                    enum hone_role role = node->op->operands[o].role;
                    uint32_t t = node->operands[o];
                    if (role == HONE_ROLE_IN || role == HONE_ROLE_INOUT) assert_true(written[t]);
                    if (role == HONE_ROLE_OUT) written[t] = true;
                }
            }
        }
        assert_true(written[graph->logits]);
        free(written);
    }
    close_fixture(&f);
}

static void problems_are_distinct_and_weighted(void **state)
{
    (void)state;
    struct fixture f = {0};
    open_workload(&f, HONE_TYPE_Q8A);
    const struct hone_problems *problems = &f.w.problems;
    double decode_head = 0;
    for (size_t i = 0; i < problems->n_items; i++) {
        const struct hone_problem *p = &problems->items[i].problem;
        assert_true(p->m_min <= p->m && p->m <= p->m_max);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(problems->items[i].key, problems->items[j].key);
        if (strcmp(p->op->name, "gemm") == 0 && p->dims[0] == f.w.graph.n_vocab && p->m == 1)
            decode_head += problems->items[i].runs;
    }
    /* 128 decode steps, and the prompt of 512 that wants one row of logits. */
    assert_true(decode_head > 128.9 && decode_head < 129.1);
    close_fixture(&f);
}

static void mixes_cover_every_row_count(void **state)
{
    (void)state;
    struct fixture f = {0};
    open_workload(&f, HONE_TYPE_Q8A);
    for (uint32_t max_tokens = 1; max_tokens <= 600; max_tokens += 7) {
        struct hone_mix mix;
        assert_int_equal(hone_mix_find("chat", &f.w.graph, max_tokens, &mix, NULL), HONE_OK);
        uint32_t next = 1;
        for (uint32_t l = 0; l < mix.n_lists; l++) {
            assert_int_equal(mix.lists[l].m_min, next);
            assert_true(mix.lists[l].m <= mix.lists[l].m_max && mix.lists[l].context <= 512);
            next = mix.lists[l].m_max + 1;
        }
        assert_int_equal(next, max_tokens + 1);
    }
    struct hone_mix mix;
    struct hone_error err;
    assert_int_equal(hone_mix_find("none", &f.w.graph, 512, &mix, &err), HONE_ERR_ARGUMENT);
    close_fixture(&f);
}

/* ---- choice ---- */

static uint32_t count_chosen(const struct hone_choice *choice, uint32_t list, const char *op)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < choice->n_nodes[list]; i++)
        n += strcmp(choice->nodes[list][i].node->op->name, op) == 0;
    return n;
}

/* Whatever is chosen, a weight is read in one format by every kernel of every list. */
static void assert_formats_agree(const struct fixture *f, const struct hone_choice *choice)
{
    for (uint32_t l = 0; l < f->w.mix.n_lists; l++)
        for (uint32_t i = 0; i < choice->n_nodes[l]; i++) {
            const struct hone_scheduled *s = &choice->nodes[l][i];
            for (uint32_t o = 0; o < s->node->op->n_operands; o++) {
                uint32_t t = s->node->operands[o];
                if (f->w.graph.tensors[t].kind != HONE_TENSOR_WEIGHT) continue;
                assert_ptr_equal(s->candidate->variant.call.formats[o], choice->weight_formats[t]);
            }
        }
}

static void without_a_store_the_defaults_are_fused(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct hone_choice choice;
    open_workload(&f, HONE_TYPE_Q8A);
    open_kernels(&f);
    choose(&f, NULL, &choice);
    assert_false(choice.all_tuned);
    for (uint32_t l = 0; l < LISTS; l++) {
        assert_int_equal(count_chosen(&choice, l, "gemm_silu_mul"), LAYERS);
        assert_int_equal(count_chosen(&choice, l, "gemm_add"), 2 * LAYERS);
        assert_int_equal(count_chosen(&choice, l, "add"), 0);
    }
    assert_formats_agree(&f, &choice);
    hone_choice_release(&choice);
    close_fixture(&f);
}

/* Faster parts beat the fused kernel, in the list where they are faster and nowhere else. */
static void measured_parts_beat_a_slow_fusion(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct hone_choice choice;
    open_workload(&f, HONE_TYPE_Q8A);
    open_kernels(&f);
    const char *fused = "gemm_silu_mul n=768 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m=1-1@1";
    struct pretended store[] = {
        {fused, "gemm_i8_silu_mul", config_of(&f, fused, "R=16", "R=16"), 1.0}, {0}};
    choose(&f, store, &choice);
    assert_int_equal(count_chosen(&choice, 0, "gemm_silu_mul"), 0);
    assert_int_equal(count_chosen(&choice, 0, "silu_mul"), LAYERS);
    assert_int_equal(count_chosen(&choice, 1, "gemm_silu_mul"), LAYERS);
    assert_formats_agree(&f, &choice);
    hone_choice_release(&choice);
    close_fixture(&f);
}

static const struct hone_format *format_of(const struct fixture *f,
                                           const struct hone_choice *choice, const char *name)
{
    return choice->weight_formats[tensor_of(f, name)];
}

/* 128 decode steps against one prompt: the format that wins the sum is taken in all lists. */
static void a_weight_format_is_chosen_by_the_mix(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct hone_choice choice;
    open_workload(&f, HONE_TYPE_Q8A);
    open_kernels(&f);
    const char *m1 = "gemm n=256 k=256 types=q8a,q8_0,f32 acts=q8a m=1-1@1";
    const char *m512 = "gemm n=256 k=256 types=q8a,q8_0,f32 acts=q8a m=65-512@512";
    struct pretended store[] = {
        {m1, "gemm_i8", config_of(&f, m1, "R=16", "R=16"), 3e-6},
        {m512, "gemm_i8", config_of(&f, m512, "R=16", "R=16"), 100e-6},
        {0},
    };
    choose(&f, store, &choice);
    assert_string_equal(format_of(&f, &choice, "blk.0.attn_q.weight")->name, "q8_0/r16");
    hone_choice_release(&choice);

    struct pretended narrow[] = {
        {m1, "gemm_i8", "", 1e-6},
        {m1, "gemm_i8", config_of(&f, m1, "R=16", "R=16"), 30e-6},
        {0},
    };
    char r8[HONE_CONFIG_TEXT_BYTES];
    const char *rest = strchr(config_of(&f, m1, "R=16", "R=16"), ' ');
    snprintf(r8, sizeof r8, "R=8%s", rest);
    narrow[0].config = r8;
    choose(&f, narrow, &choice);
    assert_string_equal(format_of(&f, &choice, "blk.0.attn_q.weight")->name, "q8_0/r8");
    assert_formats_agree(&f, &choice);
    hone_choice_release(&choice);
    close_fixture(&f);
}

/* A store of another version of the spaces is one miss per entry, never an error. */
static void a_stale_winner_is_a_miss(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct hone_choice choice;
    open_workload(&f, HONE_TYPE_Q8A);
    open_kernels(&f);
    struct pretended store[] = {
        {"gemm", "gone", "R=16", 1e-9}, {"gemm", "gemm_i8", "X=1", 1e-9}, {0}};
    choose(&f, store, &choice);
    assert_false(choice.all_tuned);
    for (uint32_t i = 0; i < choice.n_nodes[0]; i++)
        assert_false(choice.nodes[0][i].candidate->tuned);
    hone_choice_release(&choice);
    close_fixture(&f);
}

/* ---- memory ---- */

/* No two activations that live at the same step share a byte, and none touches the logits. */
static void memory_plan_keeps_lives_apart(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct hone_choice choice;
    open_workload(&f, HONE_TYPE_Q8A);
    open_kernels(&f);
    choose(&f, NULL, &choice);
    const struct hone_graph *graph = &f.w.graph;
    uint64_t *offsets = malloc(graph->n_tensors * sizeof *offsets), n_bytes, sum = 0;
    const uint64_t reserved = 4096;
    const struct hone_scheduled *nodes = choice.nodes[5];
    uint32_t n = choice.n_nodes[5];
    assert_int_equal(
        hone_memory_plan(graph, nodes, n, 512, 64, reserved, offsets, &n_bytes, &f.err), HONE_OK);
    uint32_t *first = malloc(graph->n_tensors * sizeof *first), *last = calloc(graph->n_tensors, 4);
    uint64_t *bytes = calloc(graph->n_tensors, sizeof *bytes);
    memset(first, 0xff, graph->n_tensors * sizeof *first);
    for (uint32_t s = 0; s < n; s++)
        for (uint32_t o = 0; o < nodes[s].node->op->n_operands; o++) {
            uint32_t t = nodes[s].node->operands[o];
            const struct hone_tensor *tensor = &graph->tensors[t];
            if (tensor->kind != HONE_TENSOR_ACTIVATION || t == graph->logits) continue;
            if (first[t] == UINT32_MAX) first[t] = s;
            last[t] = s;
            assert_int_equal(
                hone_activation_bytes(tensor, tensor->rows_are_out ? 64 : 512, &bytes[t], &f.err),
                HONE_OK);
        }
    for (uint32_t a = 0; a < graph->n_tensors; a++) {
        if (first[a] == UINT32_MAX) continue;
        sum += bytes[a];
        assert_true(offsets[a] % 64 == 0 && offsets[a] >= reserved);
        assert_true(offsets[a] + bytes[a] <= n_bytes);
        for (uint32_t b = 0; b < a; b++) {
            if (first[b] == UINT32_MAX || first[a] > last[b] || first[b] > last[a]) continue;
            assert_true(offsets[a] + bytes[a] <= offsets[b] || offsets[b] + bytes[b] <= offsets[a]);
        }
    }
    assert_true(n_bytes < sum / 4); /* and it does share */
    free(offsets), free(first), free(last), free(bytes);
    hone_choice_release(&choice);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_of_int8),
        cmocka_unit_test(three_gemms_are_one_where_all_agree),
        cmocka_unit_test(attention_splits_where_pages_are_enough),
        cmocka_unit_test(gemms_split_where_k_is_long_enough),
        cmocka_unit_test(regions_of_f32_convert_nothing),
        cmocka_unit_test(alternatives_write_what_is_read_later),
        cmocka_unit_test(problems_are_distinct_and_weighted),
        cmocka_unit_test(mixes_cover_every_row_count),
        cmocka_unit_test(without_a_store_the_defaults_are_fused),
        cmocka_unit_test(measured_parts_beat_a_slow_fusion),
        cmocka_unit_test(a_weight_format_is_chosen_by_the_mix),
        cmocka_unit_test(a_stale_winner_is_a_miss),
        cmocka_unit_test(memory_plan_keeps_lives_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
