/* SPDX-License-Identifier: MIT */
/* What tests of the graph share. */
#include "tests/unit/graph_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *source_dir(void)
{
    const char *dir = getenv("HONE_SOURCE");
    return dir ? dir : ".";
}

void open_workload(struct fixture *f, enum hone_type acts)
{
    char path[4096];
    struct hone_workload_options options = {.struct_size = sizeof options, .acts = acts};
    snprintf(path, sizeof path, "%s/examples/models/shakespeare.gguf", source_dir());
    if (hone_workload_open(path, &options, &f->w, &f->err) != HONE_OK) fail_msg("%s", f->err.text);
}

void open_kernels(struct fixture *f)
{
    struct hone_target target;
    struct hone_machine_facts facts = {
        .n_cpus = 2, .l1_bytes = 48 << 10, .l2_bytes = 1 << 20, .l3_bytes = 32 << 20};
    assert_int_equal(hone_target_parse("cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni", &target, NULL),
                     HONE_OK);
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source_dir(),
                                           .target = &target,
                                           .facts = &facts};
    if (hone_kernels_open(&options, &f->kernels, &f->err) != HONE_OK) fail_msg("%s", f->err.text);
}

void close_fixture(struct fixture *f)
{
    hone_kernels_close(f->kernels);
    hone_workload_close(&f->w);
}

static enum hone_status find_pretended(void *context, const char *key, size_t capacity,
                                       struct hone_winner *out, size_t *out_n,
                                       struct hone_error *err)
{
    (void)err;
    *out_n = 0;
    for (const struct pretended *p = context; p->space && *out_n < capacity; p++) {
        if (!strstr(key, p->part_of_key)) continue;
        struct hone_winner *w = &out[(*out_n)++];
        snprintf(w->space, sizeof w->space, "%s", p->space);
        snprintf(w->config, sizeof w->config, "%s", p->config);
        w->seconds = p->seconds;
    }
    return HONE_OK;
}

enum hone_status try_to_choose(struct fixture *f, struct pretended *store,
                               const struct hone_weights_limit *limit, struct hone_choice *choice)
{
    struct hone_winners winners = {.find = find_pretended, .context = store};
    return hone_choice_make(&f->w.graph, &f->w.regions, &f->w.mix, f->kernels,
                            store ? &winners : NULL, limit, choice, &f->err);
}

void choose(struct fixture *f, struct pretended *store, struct hone_choice *choice)
{
    if (try_to_choose(f, store, NULL, choice) != HONE_OK) fail_msg("%s", f->err.text);
}

char *config_of(struct fixture *f, const char *part_of_key, const char *old, const char *new)
{
    for (size_t i = 0; i < f->w.problems.n_items; i++) {
        const struct hone_weighted_problem *p = &f->w.problems.items[i];
        const struct hone_space *spaces[8];
        size_t n;
        if (!strstr(p->key, part_of_key)) continue;
        assert_int_equal(hone_kernels_applicable(f->kernels, &p->problem, 8, spaces, &n, &f->err),
                         HONE_OK);
        struct hone_variant variant;
        assert_int_equal(
            hone_kernels_variant(f->kernels, spaces[0], &p->problem, NULL, &variant, &f->err),
            HONE_OK);
        static char text[8][HONE_CONFIG_TEXT_BYTES];
        static int turn;
        char *out = text[turn++ % 8];
        hone_config_print(spaces[0], &variant.config, out);
        hone_variant_release(&variant);
        char *at = strstr(out, old);
        assert_non_null(at);
        assert_int_equal(strlen(old), strlen(new));
        memcpy(at, new, strlen(new));
        return out;
    }
    fail_msg("no problem has '%s'", part_of_key);
    return NULL;
}

uint32_t tensor_of(const struct fixture *f, const char *name)
{
    for (uint32_t t = 0; t < f->w.graph.n_tensors; t++)
        if (strcmp(f->w.graph.tensors[t].name, name) == 0) return t;
    return UINT32_MAX;
}
