/* SPDX-License-Identifier: MIT */
/* The runner that a command line names, and what its machine is. */
#ifndef HONE_TUNER_REMOTE_H
#define HONE_TUNER_REMOTE_H

#include "runtime/base/target.h"
#include "tuner/paths.h"
#include "tuner/split.h"

struct remote {
    char *words;
    const char *argv[SPLIT_MAX_WORDS + 1];
    struct hone_target target; /* after remote_ask, as what follows */
    char stack[384];           /* cache/keys.h */
    struct hone_machine_facts facts;
};

/* `command` as given with --runner; NULL is the runner beside this program. */
enum hone_status remote_open(const char *command, const struct hone_paths *paths,
                             struct remote *out_remote, struct hone_error *err);
void remote_close(struct remote *remote);

/* Starts it to hear what its device of a family is ("cpu" when NULL). */
enum hone_status remote_ask(struct remote *remote, const char *family, struct hone_error *err);

#endif
