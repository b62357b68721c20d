/* SPDX-License-Identifier: MIT */
/* hone export, hone import: a store as JSON and back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/exchange.h"
#include "tuner/command.h"
#include "tuner/store_files.h"

static const char *out;
static uint32_t comparable;

static const struct option export_options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "instead of standard output"},
    {0, "comparable", OPTION_FLAG, &comparable, NULL,
     "without what differs from run to run: dates, costs, hosts"},
};

static const struct command_line export_line = {
    .usage = "export FILE.store [-o FILE.json] [--comparable]",
    .purpose = "a store as JSON (cache/store.schema.json): equal content, equal bytes",
    .options = export_options,
    .n_options = sizeof export_options / sizeof *export_options,
    .n_positionals = 1,
};

static const struct option import_options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the store; made if it is not there, else added to"},
};

static const struct command_line import_line = {
    .usage = "import FILE.json -o FILE.store",
    .purpose = "an exported store ('-': standard input) into a store; 'hone verify' proves it here",
    .options = import_options,
    .n_options = sizeof import_options / sizeof *import_options,
    .n_positionals = 1,
};

/* A new file with the rights that a new file has here; `name` ends with XXXXXX. */
static FILE *open_beside(char *name)
{
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) return NULL;
    FILE *file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        close(fd);
        unlink(name);
    }
    return file;
}

static enum hone_status write_file(const struct hone_content *content,
                                   const struct hone_export_options *options,
                                   struct hone_error *err)
{
    /* The name appears when all of it is there; two exports at once have a file each. */
    size_t n = strlen(out) + 16;
    char *beside = malloc(n);
    if (!beside) return hone_fail(err, HONE_ERR_NO_MEMORY, "export: no memory");
    snprintf(beside, n, "%s.XXXXXX", out);
    FILE *file = open_beside(beside);
    enum hone_status status =
        file ? hone_export_json(content, options, file, err)
             : hone_fail(err, HONE_ERR_IO, "%s: cannot be made: %s", out, strerror(errno));
    if (file && status == HONE_OK && fsync(fileno(file)) != 0)
        status = hone_fail(err, HONE_ERR_IO, "%s: cannot be written: %s", beside, strerror(errno));
    if (file) fclose(file);
    if (status == HONE_OK && rename(beside, out) != 0)
        status = hone_fail(err, HONE_ERR_IO, "%s: cannot be named: %s", out, strerror(errno));
    if (status != HONE_OK && file) unlink(beside);
    free(beside);
    return status;
}

static enum hone_status run_export(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct hone_arena arena = {0};
    struct hone_content content;
    HONE_TRY(options_parse(&export_line, argc, argv, &path, err));
    struct hone_export_options options = {.struct_size = sizeof options,
                                          .comparable = comparable != 0};
    enum hone_status status = store_file_read(path, &arena, &content, err);
    if (status == HONE_OK)
        status = out ? write_file(&content, &options, err)
                     : hone_export_json(&content, &options, stdout, err);
    hone_arena_release(&arena);
    return status;
}

static enum hone_status run_import(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct hone_arena arena = {0};
    struct hone_content content;
    struct hone_merge_counts counts = {0};
    HONE_TRY(options_parse(&import_line, argc, argv, &path, err));
    if (!out) return hone_fail(err, HONE_ERR_ARGUMENT, "import: -o FILE.store is missing");
    enum hone_status status = store_file_read(path, &arena, &content, err);
    size_t n_trials = content.n_trials, n_winners = content.n_winners;
    if (status == HONE_OK) status = store_file_write(out, &content, &arena, NULL, &counts, err);
    if (status == HONE_OK)
        printf("%s: %zu trials (%zu were there, %zu of them with another outcome) and %zu winners; "
               "hone verify proves them here\n",
               out, n_trials, counts.n_twice + counts.n_conflict, counts.n_conflict, n_winners);
    hone_arena_release(&arena);
    return status;
}

const struct command command_export = {"export", &export_line, run_export};
const struct command command_import = {"import", &import_line, run_import};
