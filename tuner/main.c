/* SPDX-License-Identifier: MIT */
/* hone: finds the verb and runs it. run, eval, bench and compare are hone-run's. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/compile.h"
#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/report/table.h"

enum { EXIT_USAGE = 2 };

static const struct command *const commands[] = {
    &command_probe,   &command_tune,       &command_trials,  &command_show,
    &command_explain, &command_pack,       &command_inspect, &command_verify,
    &command_replay,  &command_quarantine, &command_repro,   &command_report,
    &command_merge,   &command_export,     &command_import,  &command_fleet};

static const struct {
    const char *name, *purpose;
} passed_on[] = {
    {"run", "generate text from a package"},
    {"eval", "logits of given token ids"},
    {"bench", "tokens per second of a package"},
    {"compare", "two packages timed in turns"},
};

static void print_usage(FILE *to)
{
    fprintf(to, "usage: hone VERB ...    (hone VERB --help tells more)\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->line->purpose);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        fprintf(to, "  %-10s %s\n", passed_on[i].name, passed_on[i].purpose);
    fprintf(to,
            "\nExit codes: 0 done, 1 failed, 2 wrong usage, 4 wrong numbers, 5 no usable device, "
            "6 package refused,\n74 input/output, 75 stopped or busy: try again.\n");
}

static int finish(enum hone_status status, const struct hone_error *err)
{
    if (status == HONE_OK) return 0;
    fprintf(stderr, "hone: %s\n", err->text);
    return status == HONE_ERR_ARGUMENT ? EXIT_USAGE : hone_status_exit_code(status);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    if (options_want_help(argc, argv)) {
        options_print_help("hone", command->line);
        return 0;
    }
    struct hone_error err = {0};
    enum hone_status status = command->run(argc, argv, &err);
    if (status == HONE_OK) status = report_flush(stdout, &err);
    return finish(status, &err);
}

/* Replaces this process by hone-run with the same arguments. */
static int pass_on(char **argv)
{
    struct hone_paths paths;
    struct hone_error err = {0};
    enum hone_status status = hone_paths_find(&paths, &err);
    if (status != HONE_OK && paths.run[0] == '\0') return finish(status, &err);
    argv[0] = paths.run;
    execv(paths.run, argv);
    return finish(hone_fail(&err, HONE_ERR_NOT_FOUND, "%s cannot be started", paths.run), &err);
}

static int run_verb(int argc, char **argv)
{
    const char *verb = argv[1];
    if (strcmp(verb, "compile-worker") == 0) return hone_compile_worker_main();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(verb, commands[i]->name) == 0)
            return run_command(commands[i], argc - 2, argv + 2);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        if (strcmp(verb, passed_on[i].name) == 0) return pass_on(argv);
    fprintf(stderr, "hone: unknown verb '%s'; hone --help lists them\n", verb);
    return EXIT_USAGE;
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
        printf("hone %s\n", HONE_VERSION);
        return 0;
    }
    return run_verb(argc, argv);
}
