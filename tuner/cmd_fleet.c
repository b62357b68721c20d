/* SPDX-License-Identifier: MIT */
/* hone fleet: one tuning job on many machines. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tuner/command.h"
#include "tuner/fleet_script.h"
#include "tuner/paths.h"

static uint32_t dry_run, submit;
static const char *hone;

static const struct option options[] = {
    {0, "dry-run", OPTION_FLAG, &dry_run, NULL, "print the scripts; also without --submit"},
    {0, "submit", OPTION_FLAG, &submit, NULL, "give them to sbatch, the merge after all arrays"},
    {0, "hone", OPTION_TEXT, &hone, "PATH", "of hone on the nodes; this one"},
};

static const struct command_line line = {
    .usage = "fleet slurm|shell PLAN.json [--dry-run | --submit]",
    .purpose =
        "a plan's shards as Slurm job arrays with a merge after them, or as one shell script",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 2,
};

enum { JOB_BYTES = 64 };

struct fleet {
    struct hone_arena arena;
    struct fleet_plan plan;
    struct hone_paths paths;
    char jobs[FLEET_MOST_DEVICES][JOB_BYTES];
};

static enum hone_status make_folder(const char *path, struct hone_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return HONE_OK;
    return hone_fail(err, HONE_ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

static const char *in_output(struct fleet *f, const char *name, const char *suffix)
{
    return hone_arena_printf(&f->arena, "%s/%s%s", f->plan.output, name, suffix);
}

/* Device d's script, or the merge's after the last. */
static void put_script(struct fleet *f, size_t d, FILE *to)
{
    if (d < f->plan.n_devices)
        fleet_slurm_array(&f->plan, d, hone, to);
    else
        fleet_slurm_merge(&f->plan, hone, to);
}

static enum hone_status write_script(struct fleet *f, size_t d, const char **out_path,
                                     struct hone_error *err)
{
    const char *name = d < f->plan.n_devices ? f->plan.devices[d].name : "merge";
    const char *path = in_output(f, name, ".sbatch");
    if (!path) return hone_fail(err, HONE_ERR_NO_MEMORY, "fleet: no memory");
    FILE *file = fopen(path, "we");
    if (!file) return hone_fail(err, HONE_ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
    put_script(f, d, file);
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad) return hone_fail(err, HONE_ERR_IO, "%s: cannot be written", path);
    *out_path = path;
    return HONE_OK;
}

/* What sbatch says: the number of the job. */
static enum hone_status run_sbatch(const char *const *argv, char out_job[JOB_BYTES],
                                   struct hone_error *err)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) return hone_fail(err, HONE_ERR_IO, "fleet: no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        fprintf(stderr, "hone: %s cannot be started: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    size_t n = 0;
    ssize_t got = 0;
    while (
        pid > 0 && n < JOB_BYTES - 1 &&
        ((got = read(ends[0], out_job + n, JOB_BYTES - 1 - n)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0) n += (size_t)got;
    out_job[n] = '\0';
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        return hone_fail(err, HONE_ERR_IO, "fleet: sbatch failed on %s", argv[2]);
    out_job[strcspn(out_job, ";\n")] = '\0'; /* "12;cluster" */
    if (out_job[0] && strspn(out_job, "0123456789") == strlen(out_job)) return HONE_OK;
    return hone_fail(err, HONE_ERR_FORMAT, "fleet: sbatch gave no job number but '%.40s'", out_job);
}

static enum hone_status submit_merge(struct fleet *f, struct hone_error *err)
{
    char job[JOB_BYTES];
    const char *path, *after = "--dependency=afterok";
    for (size_t d = 0; after && d < f->plan.n_devices; d++)
        after = hone_arena_printf(&f->arena, "%s:%s", after, f->jobs[d]);
    if (!after) return hone_fail(err, HONE_ERR_NO_MEMORY, "fleet: no memory");
    HONE_TRY(write_script(f, f->plan.n_devices, &path, err));
    const char *const argv[] = {"sbatch", "--parsable", after, path, NULL};
    HONE_TRY(run_sbatch(argv, job, err));
    printf("merge: job %s, after all of them, into %s/merged.store\n", job, f->plan.output);
    return HONE_OK;
}

static enum hone_status submit_all(struct fleet *f, struct hone_error *err)
{
    HONE_TRY(make_folder(f->plan.output, err));
    for (size_t d = 0; d < f->plan.n_devices; d++) {
        const struct fleet_device *device = &f->plan.devices[d];
        const char *path, *folder = in_output(f, device->name, "");
        if (!folder) return hone_fail(err, HONE_ERR_NO_MEMORY, "fleet: no memory");
        HONE_TRY(make_folder(folder, err));
        HONE_TRY(write_script(f, d, &path, err));
        const char *const argv[] = {"sbatch", "--parsable", path, NULL};
        HONE_TRY(run_sbatch(argv, f->jobs[d], err));
        printf("%s: job %s, %u shards\n", device->name, f->jobs[d], device->shards);
    }
    return submit_merge(f, err);
}

static enum hone_status print_all(struct fleet *f)
{
    for (size_t d = 0; d <= f->plan.n_devices; d++) {
        const char *name = d < f->plan.n_devices ? f->plan.devices[d].name : "merge";
        printf("### %s/%s.sbatch\n", f->plan.output, name);
        put_script(f, d, stdout);
        putchar('\n');
    }
    printf("### submitted: each array, then merge.sbatch with --dependency=afterok on all\n");
    return HONE_OK;
}

static enum hone_status run_plan(struct fleet *f, const char *engine, const char *path,
                                 struct hone_error *err)
{
    bool slurm = strcmp(engine, "slurm") == 0;
    if (!slurm && strcmp(engine, "shell") != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "fleet: no engine '%.40s': slurm, shell", engine);
    if (submit && (dry_run || !slurm))
        return hone_fail(err, HONE_ERR_ARGUMENT, "fleet: --submit is for slurm, without --dry-run");
    HONE_TRY(hone_paths_find(&f->paths, err));
    if (!hone) hone = f->paths.hone;
    HONE_TRY(fleet_plan_read(path, &f->arena, &f->plan, err));
    if (submit) return submit_all(f, err);
    if (slurm) return print_all(f);
    fleet_shell(&f->plan, hone, stdout);
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *positionals[2];
    HONE_TRY(options_parse(&line, argc, argv, positionals, err));
    struct fleet *f = calloc(1, sizeof *f);
    if (!f) return hone_fail(err, HONE_ERR_NO_MEMORY, "fleet: no memory");
    enum hone_status status = run_plan(f, positionals[0], positionals[1], err);
    hone_arena_release(&f->arena);
    free(f);
    return status;
}

const struct command command_fleet = {"fleet", &line, run};
