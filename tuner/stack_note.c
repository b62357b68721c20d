/* SPDX-License-Identifier: MIT */
/* Times of another stack. */
#include "tuner/stack_note.h"

#include <stdio.h>

#include "cache/keys.h"
#include "tuner/session/session.h"

enum hone_status stack_note(struct hone_store *store, const char *name, struct hone_runner *runner,
                            struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_runner_info info;
    char device[512], changed[HONE_KEY_TEXT_BYTES], first[HONE_KEY_TEXT_BYTES] = "";
    struct hone_store_winner *winners;
    size_t n = 0, n_old = 0;
    HONE_TRY(hone_runner_info(runner, &info, err));
    hone_tune_device(&info, device);
    struct hone_store_filter filter = {.device = device};
    enum hone_status status = hone_store_winners_read(store, &filter, &arena, &winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        if (!winners[i].stack[0] || !hone_stack_difference(winners[i].stack, info.stack, changed))
            continue;
        if (n_old++ == 0) snprintf(first, sizeof first, "%s", changed);
    }
    if (n_old)
        printf("%zu winners were timed under another stack (%s): 'hone verify %s --fix' tells what "
               "changed\n",
               n_old, first, name);
    hone_arena_release(&arena);
    return status;
}
