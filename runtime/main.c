/* SPDX-License-Identifier: MIT */
/* hone-run: runs, evaluates and times packaged models. Links libhone and libhone_text only. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/command.h"

enum { EXIT_USAGE = 2 };

static const struct command *const commands[] = {&command_run, &command_eval, &command_bench,
                                                 &command_compare};

static void print_usage(FILE *out)
{
    fprintf(out, "usage: hone-run COMMAND PACKAGE [options]    (COMMAND --help tells more)\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->line->purpose);
    fprintf(out, "\nExit codes: 0 done, 1 failed, 2 wrong usage, 5 not for this machine, "
                 "6 package refused, 74 input/output.\n");
}

static int run_command(const struct command *command, int argc, char **argv)
{
    if (options_want_help(argc, argv)) {
        options_print_help("hone-run", command->line);
        return 0;
    }
    struct hone_error err = {0};
    enum hone_status status = command->run(argc, argv, &err);
    if (status == HONE_OK) return 0;
    fprintf(stderr, "hone-run: %s\n", err.text);
    return status == HONE_ERR_ARGUMENT ? EXIT_USAGE : hone_status_exit_code(status);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("hone-run %s\n", hone_version());
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return run_command(commands[i], argc - 2, argv + 2);
    fprintf(stderr, "hone-run: unknown command '%s'\n", argv[1]);
    return EXIT_USAGE;
}
