/* SPDX-License-Identifier: MIT */
/* What choose.c and copies.c share: times of regions under the formats given so far. Private to
 * codegen/graph. */
#ifndef HONE_GRAPH_CHOOSER_H
#define HONE_GRAPH_CHOOSER_H

#include "codegen/graph/candidates.h"

enum { HONE_MAX_WEIGHT_FORMATS = 16 };

struct hone_chooser {
    const struct hone_graph *graph;
    const struct hone_regions *regions;
    const struct hone_mix *mix;
    struct hone_choice *choice; /* its weight_formats say what is given; NULL: any */
    struct hone_error *err;
};

/* The cheapest way through a region in one list. */
struct hone_way {
    const struct hone_alternative *alternative; /* NULL: none has kernels */
    double seconds;
    bool tuned, weights_tuned; /* all of it was measured; what reads weights was */
};

enum hone_status hone_chooser_way(const struct hone_chooser *c, const struct hone_region *region,
                                  const struct hone_list_range *list, struct hone_way *out_way);

struct hone_weight_formats {
    const struct hone_format *items[HONE_MAX_WEIGHT_FORMATS];
    uint32_t n;
};

/* Adds the formats that some candidate of some alternative reads the tensor in. */
enum hone_status hone_chooser_formats(const struct hone_chooser *c,
                                      const struct hone_region *region, uint32_t tensor,
                                      struct hone_weight_formats *formats);

/* Buys second layouts within the limit: sets second_formats and second_layouts of the choice. */
enum hone_status hone_copies_choose(struct hone_chooser *c, const struct hone_weights_limit *limit);

#endif
