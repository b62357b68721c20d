/* SPDX-License-Identifier: MIT */
/* Scripts that run a fleet's plan: each shard into a store of its own, then one merge. */
#include "tuner/fleet_script.h"

#include <string.h>

/* In single quotes, whatever it holds. */
static void put_quoted(const char *text, FILE *to)
{
    fputc('\'', to);
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            fputs("'\\''", to);
        else
            fputc(*c, to);
    }
    fputc('\'', to);
}

static void put_option(const char *name, const char *value, FILE *to)
{
    if (!value[0]) return;
    fprintf(to, " %s ", name);
    put_quoted(value, to);
}

/* The tune of one model; $shard and $store are set. */
static void put_tune(const struct fleet_plan *plan, const struct fleet_device *device,
                     const char *hone, const char *model, FILE *to)
{
    put_quoted(hone, to);
    fputs(" tune ", to);
    put_quoted(model, to);
    fprintf(to, " -o \"$store\" --shard \"$shard/%u\" --quiet", device->shards);
    put_option("--budget", device->budget[0] ? device->budget : plan->budget, to);
    put_option("--target", device->target, to);
    put_option("--runner", device->runner, to);
    if (device->threads) fprintf(to, " --threads %u", device->threads);
    for (size_t i = 0; i < plan->n_options; i++) {
        fputc(' ', to);
        put_quoted(plan->options[i], to);
    }
}

static void put_directive(const char *name, const char *value, FILE *to)
{
    if (value[0]) fprintf(to, "#SBATCH --%s=%s\n", name, value);
}

/* A tuner that was killed, or met an error that may be gone the next time (1: failed, 74: input or
 * output, 75: stopped, or the store was held by the task's former self), is started again in place,
 * then the task is queued again, some times each. Wrong usage and missing devices stay as they are.
 */
static const char task_functions[] =
    "stopped=\n"
    "trap 'stopped=1; [ -z \"${tuner:-}\" ] || kill -TERM \"$tuner\"' TERM\n"
    "again() {\n"
    "    [ \"${SLURM_RESTART_COUNT:-0}\" -lt 8 ] && scontrol requeue \"$SLURM_JOB_ID\" && sleep "
    "300\n"
    "    exit 75\n"
    "}\n"
    "attempt() {\n"
    "    for try in 1 2 3 4 5; do\n"
    "        \"$@\" & tuner=$!\n"
    "        wait \"$tuner\"; code=$?\n"
    "        if [ -n \"$stopped\" ]; then wait \"$tuner\"; again; fi\n"
    "        case $code in 0) return 0 ;; 2 | [4-9]) exit \"$code\" ;; esac\n"
    "        echo \"try $try ended with $code\" >&2\n"
    "    done\n"
    "    again\n"
    "}\n";

void fleet_slurm_array(const struct fleet_plan *plan, size_t d, const char *hone, FILE *to)
{
    const struct fleet_device *device = &plan->devices[d];
    fprintf(to, "#!/bin/bash\n#SBATCH --job-name=%s-%s\n#SBATCH --array=1-%u", plan->name,
            device->name, device->shards);
    if (device->max_running) fprintf(to, "%%%u", device->max_running);
    fprintf(to, "\n#SBATCH --output=%s/%s/%%a.log\n#SBATCH --open-mode=append\n", plan->output,
            device->name);
    fputs("#SBATCH --requeue\n#SBATCH --signal=B:TERM@60\n", to);
    put_directive("partition", device->partition, to);
    put_directive("gres", device->gres, to);
    put_directive("constraint", device->constraint, to);
    put_directive("time", device->time[0] ? device->time : plan->time, to);
    fprintf(to, "%sset -u\nmkdir -p ", task_functions);
    fprintf(to, "%s/%s\nshard=$SLURM_ARRAY_TASK_ID\n", plan->output, device->name);
    fprintf(to, "store=%s/%s/$(printf %%04d \"$shard\").store\n", plan->output, device->name);
    for (size_t i = 0; i < plan->n_models; i++) {
        fputs("attempt ", to);
        put_tune(plan, device, hone, plan->models[i], to);
        fputc('\n', to);
    }
}

static void put_merge(const struct fleet_plan *plan, const char *hone, FILE *to)
{
    put_quoted(hone, to);
    fputs(" merge", to);
    for (size_t d = 0; d < plan->n_devices; d++)
        for (uint32_t s = 1; s <= plan->devices[d].shards; s++)
            fprintf(to, " \\\n    %s/%s/%04u.store", plan->output, plan->devices[d].name, s);
    fprintf(to, " \\\n    -o %s/merged.store\n", plan->output);
}

void fleet_slurm_merge(const struct fleet_plan *plan, const char *hone, FILE *to)
{
    fprintf(to, "#!/bin/bash\n#SBATCH --job-name=%s-merge\n", plan->name);
    fprintf(to, "#SBATCH --output=%s/merge.log\n#SBATCH --open-mode=append\n#SBATCH --requeue\n",
            plan->output);
    put_directive("partition", plan->merge_partition, to);
    put_merge(plan, hone, to);
}

void fleet_shell(const struct fleet_plan *plan, const char *hone, FILE *to)
{
    fputs("#!/bin/sh\nset -eu\n", to);
    for (size_t d = 0; d < plan->n_devices; d++) {
        const struct fleet_device *device = &plan->devices[d];
        fprintf(to, "mkdir -p %s/%s\nfor shard in $(seq 1 %u); do\n", plan->output, device->name,
                device->shards);
        fprintf(to, "    store=%s/%s/$(printf %%04d \"$shard\").store\n", plan->output,
                device->name);
        for (size_t i = 0; i < plan->n_models; i++) {
            fputs("    ", to);
            put_tune(plan, device, hone, plan->models[i], to);
            fputc('\n', to);
        }
        fputs("done\n", to);
    }
    put_merge(plan, hone, to);
}
