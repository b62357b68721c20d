/* SPDX-License-Identifier: MIT */
/* Parses arguments by the table of a command and prints that table as help. */
#include "runtime/cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hone_status read_number(const char *text, uint64_t most, uint64_t *out_number,
                                    char **out_end)
{
    errno = 0;
    if (*text < '0' || *text > '9') return HONE_ERR_ARGUMENT;
    *out_number = strtoull(text, out_end, 10);
    return errno || *out_number > most ? HONE_ERR_ARGUMENT : HONE_OK;
}

static enum hone_status read_list(const char *text, struct option_list *list)
{
    uint64_t number;
    char *end;
    for (list->n = 0; list->n < OPTION_LIST_MAX;) {
        if (read_number(text, UINT32_MAX, &number, &end) != HONE_OK) return HONE_ERR_ARGUMENT;
        list->values[list->n++] = (uint32_t)number;
        if (*end == '\0') return HONE_OK;
        if (*end != ',') return HONE_ERR_ARGUMENT;
        text = end + 1;
    }
    return HONE_ERR_ARGUMENT;
}

static enum hone_status read_integer(const struct option *option, const char *text)
{
    uint64_t number, most = option->kind == OPTION_U32 ? UINT32_MAX : UINT64_MAX;
    char *end;
    if (read_number(text, most, &number, &end) != HONE_OK || *end) return HONE_ERR_ARGUMENT;
    if (option->kind == OPTION_U32)
        *(uint32_t *)option->value = (uint32_t)number;
    else
        *(uint64_t *)option->value = number;
    return HONE_OK;
}

static enum hone_status read_float(const char *text, float *out_value)
{
    char *end;
    *out_value = strtof(text, &end);
    return end == text || *end || !(*out_value >= 0) || *out_value > 1e30f ? HONE_ERR_ARGUMENT
                                                                           : HONE_OK;
}

static enum hone_status read_value(const struct option *option, const char *text,
                                   struct hone_error *err)
{
    enum hone_status status = HONE_OK;
    switch (option->kind) {
    case OPTION_FLAG: *(uint32_t *)option->value = 1; break;
    case OPTION_U32:
    case OPTION_U64: status = read_integer(option, text); break;
    case OPTION_FLOAT: status = read_float(text, option->value); break;
    case OPTION_TEXT: *(const char **)option->value = text; break;
    case OPTION_LIST: status = read_list(text, option->value); break;
    }
    if (status == HONE_OK) return HONE_OK;
    return hone_fail(err, status, "--%s: '%s' is not what it takes (%s)", option->name, text,
                     option->help);
}

static const struct option *find_option(const struct command_line *line, const char *argument,
                                        const char **out_value)
{
    for (size_t i = 0; i < line->n_options; i++) {
        const struct option *option = &line->options[i];
        *out_value = NULL;
        if (option->letter && argument[1] == option->letter && argument[2] == '\0') return option;
        size_t length = strlen(option->name);
        if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, option->name, length) != 0)
            continue;
        if (argument[2 + length] == '=') *out_value = argument + 3 + length;
        if (*out_value || argument[2 + length] == '\0') return option;
    }
    return NULL;
}

static enum hone_status parse_option(const struct command_line *line, int argc, char **argv,
                                     int *at, struct hone_error *err)
{
    const char *argument = argv[*at], *value;
    const struct option *option = find_option(line, argument, &value);
    if (!option) return hone_fail(err, HONE_ERR_ARGUMENT, "unknown option '%s'", argument);
    if (option->kind == OPTION_FLAG && value)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--%s takes no value", option->name);
    if (option->kind != OPTION_FLAG && !value) {
        if (*at + 1 >= argc) return hone_fail(err, HONE_ERR_ARGUMENT, "%s needs a value", argument);
        value = argv[++*at];
    }
    return read_value(option, value, err);
}

enum hone_status options_parse(const struct command_line *line, int argc, char **argv,
                               const char **positionals, struct hone_error *err)
{
    size_t n_positionals = 0;
    int only_positionals = 0;
    for (int at = 0; at < argc; at++) {
        const char *argument = argv[at];
        if (!only_positionals && strcmp(argument, "--") == 0) {
            only_positionals = 1;
        } else if (!only_positionals && argument[0] == '-' && argument[1]) {
            HONE_TRY(parse_option(line, argc, argv, &at, err));
        } else {
            if (n_positionals == line->n_positionals + line->n_optional)
                return hone_fail(err, HONE_ERR_ARGUMENT, "one argument too many: '%s'", argument);
            positionals[n_positionals++] = argument;
        }
    }
    if (n_positionals < line->n_positionals)
        return hone_fail(err, HONE_ERR_ARGUMENT, "usage: %s", line->usage);
    return HONE_OK;
}

int options_want_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) return 1;
    return 0;
}

void options_print_help(const char *program, const struct command_line *line)
{
    printf("usage: %s %s\n\n%s\n\n", program, line->usage, line->purpose);
    for (size_t i = 0; i < line->n_options; i++) {
        const struct option *option = &line->options[i];
        char left[64];
        snprintf(left, sizeof left, "%c%c%s--%s %s", option->letter ? '-' : ' ',
                 option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
                 option->argument ? option->argument : "");
        printf("  %-24s %s\n", left, option->help);
    }
}
