/* SPDX-License-Identifier: MIT */
/* Exhaustive search: every config, in the order of the space. */
#include <stdlib.h>

#include "tuner/search/strategy.h"

static enum hone_status propose(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err)
{
    /* Among the first n + 1 configs there is one that is not among n trials. */
    size_t n = search->n_trials + 1, n_listed = 0;
    struct hone_config *configs = calloc(n, sizeof *configs);
    if (!configs) return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
    const struct hone_domain *domain = search->domain;
    enum hone_status status = domain->list(domain->context, n, configs, &n_listed, err);
    *out_more = false;
    for (size_t i = 0; status == HONE_OK && i < n_listed && !*out_more; i++)
        if (!search_tried(search, &configs[i])) {
            *out_config = configs[i];
            *out_more = true;
        }
    free(configs);
    return status;
}

const struct hone_strategy hone_strategy_exhaustive = {
    "exhaustive", "every config, in the order of the space", propose};
