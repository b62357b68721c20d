/* SPDX-License-Identifier: MIT */
/* Splits the command, starts it once and reads its hello. */
#include "tuner/remote.h"

#include <stdio.h>
#include <stdlib.h>

#include "tuner/runner/runner.h"

enum hone_status remote_open(const char *command, const struct hone_paths *paths,
                             struct remote *out_remote, struct hone_error *err)
{
    *out_remote = (struct remote){.argv = {paths->runner}};
    return command ? split_words(command, &out_remote->words, out_remote->argv, err) : HONE_OK;
}

void remote_close(struct remote *remote)
{
    free(remote->words);
    *remote = (struct remote){0};
}

enum hone_status remote_ask(struct remote *remote, const char *family, struct hone_error *err)
{
    struct hone_runner_options options = {
        .struct_size = sizeof options, .command = remote->argv, .family = family, .n_threads = 1};
    struct hone_runner *runner;
    struct hone_runner_info info;
    HONE_TRY(hone_runner_open(&options, &runner, err));
    enum hone_status status = hone_runner_info(runner, &info, err);
    hone_runner_close(runner);
    HONE_TRY(status);
    remote->facts = info.facts;
    snprintf(remote->stack, sizeof remote->stack, "%s", info.stack);
    return hone_target_parse(info.target, &remote->target, err);
}
