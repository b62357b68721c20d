/* SPDX-License-Identifier: MIT */
/* A verb of the `hone` command: one cmd_*.c each. */
#ifndef HONE_TUNER_COMMAND_H
#define HONE_TUNER_COMMAND_H

#include "runtime/cli/options.h"

/* `argv` begins after the verb. */
typedef enum hone_status command_function(int argc, char **argv, struct hone_error *err);

struct command {
    const char *name;
    const struct command_line *line;
    command_function *run;
};

extern const struct command command_probe, command_tune, command_trials, command_show, command_pack,
    command_explain, command_inspect, command_verify, command_replay, command_quarantine,
    command_repro, command_merge, command_export, command_import, command_fleet, command_report;

#endif
