/* SPDX-License-Identifier: MIT */
/* The shipped model's workload, kernels of one fixed target, and a store that says what a test
 * wants. */
#ifndef HONE_TESTS_GRAPH_KIT_H
#define HONE_TESTS_GRAPH_KIT_H

#include "codegen/graph/workload.h"
#include "codegen/graph/choose.h"

enum { LAYERS = 6, LISTS = 6 };

struct fixture {
    struct hone_workload w;
    struct hone_kernels *kernels;
    struct hone_error err;
};

void open_workload(struct fixture *f, enum hone_type acts);
/* One fixed target, so that the test says the same on every machine; nothing is compiled. */
void open_kernels(struct fixture *f);
void close_fixture(struct fixture *f);

/* A store that says one thing about problems whose key has a part; ends with space NULL. */
struct pretended {
    const char *part_of_key, *space, *config;
    double seconds;
};
enum hone_status try_to_choose(struct fixture *f, struct pretended *store,
                               const struct hone_weights_limit *limit, struct hone_choice *choice);
/* With one layout; `store` NULL: none. */
void choose(struct fixture *f, struct pretended *store, struct hone_choice *choice);

/* The default config of the first problem with that part in its key, the text `old` in it replaced
 * by `new`. The last 8 live. */
char *config_of(struct fixture *f, const char *part_of_key, const char *old, const char *new);

/* UINT32_MAX when there is none. */
uint32_t tensor_of(const struct fixture *f, const char *name);

#endif
