/* SPDX-License-Identifier: MIT */
/* A final on a simulated device. */
#include "tests/unit/race_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const double FOREVER_SECONDS = 1e6;

uint32_t seeds(uint32_t wanted)
{
    const char *text = getenv("HONE_RACE_SEEDS");
    if (text && atoi(text) > 0) return (uint32_t)atoi(text);
#ifdef __SANITIZE_ADDRESS__
    return wanted / 20; /* figures are the plain build's business */
#else
    return wanted;
#endif
}

void scene_open(struct scene *s)
{
    s->m = calloc(RACE_KIT_MOST, sizeof *s->m);
    assert_non_null(s->m);
}

void scene_close(struct scene *s)
{
    free(s->m);
}

void stage(struct scene *s, const double *times, uint32_t n, const struct noisy_noise *noise,
           uint64_t seed)
{
    noisy_device_start(&s->device, noise, seed);
    s->n = n;
    for (uint32_t i = 0; i < n; i++) {
        s->kernels[i] = (struct noisy_kernel){.device = &s->device, .ns = times[i]};
        s->contenders[i] = noisy_contender(&s->kernels[i]);
        s->contenders[i].stays = i == 0;
        s->finalists[i] = (struct hone_finalist){.is_default = i == 0,
                                                 .valid = true,
                                                 .rank = (int64_t)(4 * noisy_random(&s->device)),
                                                 .id = (uint64_t)(100 * noisy_random(&s->device)),
                                                 .measurement = &s->m[i]};
    }
}

uint32_t play(struct scene *s)
{
    struct hone_clock clock = noisy_clock(&s->device);
    struct hone_measure_plan plan;
    struct hone_error err = {0};
    hone_select_plan(s->n, FOREVER_SECONDS, &plan);
    double start = s->device.now;
    if (hone_measure(&clock, s->contenders, s->n, &plan, s->m, &err) != HONE_OK)
        fail_msg("%s", err.text);
    s->spent = s->device.now - start;
    return hone_select(s->finalists, s->n, 0, HONE_SELECT_MARGIN);
}
