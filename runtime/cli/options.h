/* SPDX-License-Identifier: MIT */
/* Command lines as tables: one row per option, from which both parsing and help come. */
#ifndef HONE_CLI_OPTIONS_H
#define HONE_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum option_kind {
    OPTION_FLAG,  /* uint32_t, set to 1 */
    OPTION_U32,   /* uint32_t */
    OPTION_U64,   /* uint64_t */
    OPTION_FLOAT, /* float */
    OPTION_TEXT,  /* const char * */
    OPTION_LIST,  /* struct option_list */
};

enum { OPTION_LIST_MAX = 16 };

struct option_list {
    uint32_t values[OPTION_LIST_MAX];
    uint32_t n;
};

struct option {
    char letter;      /* 0: none */
    const char *name; /* without "--" */
    enum option_kind kind;
    void *value;
    const char *argument; /* as help shows it, NULL for flags */
    const char *help;
};

/* What a command is called with. */
struct command_line {
    const char *usage; /* "run PACKAGE -p TEXT [options]" */
    const char *purpose;
    const struct option *options;
    size_t n_options;
    size_t n_positionals; /* at least as many */
    size_t n_optional;    /* and at most as many more */
};

/* Accepts --name value, --name=value and -x value; "--" ends the options. Fills the options' values
 * and positionals[]. HONE_ERR_ARGUMENT with a message that names the argument. */
enum hone_status options_parse(const struct command_line *line, int argc, char **argv,
                               const char **positionals, struct hone_error *err);

/* True when one of the arguments asks for help. */
int options_want_help(int argc, char **argv);

void options_print_help(const char *program, const struct command_line *line);

#endif
