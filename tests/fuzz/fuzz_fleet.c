/* SPDX-License-Identifier: MIT */
/* libFuzzer harness: plans of a fleet. What is taken can be printed in scripts: no text of it ends
 * a line, and counts are within their limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tuner/fleet_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void check_text(const char *text)
{
    if (!text || strpbrk(text, "\n\r")) abort();
}

static void exercise(const struct fleet_plan *plan)
{
    const char *const texts[] = {plan->name, plan->output, plan->budget, plan->time,
                                 plan->merge_partition};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_text(texts[i]);
    if (plan->n_models == 0 || plan->n_models > FLEET_MOST_MODELS || plan->n_devices == 0 ||
        plan->n_devices > FLEET_MOST_DEVICES)
        abort();
    for (size_t i = 0; i < plan->n_models; i++) check_text(plan->models[i]);
    for (size_t i = 0; i < plan->n_options; i++) check_text(plan->options[i]);
    for (size_t d = 0; d < plan->n_devices; d++) {
        const struct fleet_device *device = &plan->devices[d];
        const char *const words[] = {device->name,       device->partition, device->gres,
                                     device->constraint, device->time,      device->budget,
                                     device->target};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            check_text(words[i]);
            if (strpbrk(words[i], " \t'\"%$`\\;")) abort();
        }
        check_text(device->runner);
        if (device->shards == 0 || device->shards > FLEET_MOST_SHARDS) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static struct fleet_plan plan;
    struct hone_arena arena = {0};
    struct hone_error err = {0};
    char path[64];
    int fd = memfd_create("plan", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, n_bytes) != (ssize_t)n_bytes) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fleet_plan_read(path, &arena, &plan, &err) == HONE_OK)
        exercise(&plan);
    else if (!err.text[0] || strchr(err.text, '\n'))
        abort();
    hone_arena_release(&arena);
    close(fd);
    return 0;
}
