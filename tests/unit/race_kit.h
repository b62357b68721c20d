/* SPDX-License-Identifier: MIT */
/* A final on a simulated device: contenders, their race, and the choice. */
#ifndef HONE_TESTS_RACE_KIT_H
#define HONE_TESTS_RACE_KIT_H

#include "tests/unit/noisy_device.h"
#include "tuner/search/select.h"

enum { RACE_KIT_MOST = 16 };

struct scene {
    struct noisy_device device;
    struct noisy_kernel kernels[RACE_KIT_MOST];
    struct hone_contender contenders[RACE_KIT_MOST];
    struct hone_measurement *m; /* RACE_KIT_MOST, by scene_open */
    struct hone_finalist finalists[RACE_KIT_MOST];
    uint32_t n;
    double spent;
};

void scene_open(struct scene *scene);
void scene_close(struct scene *scene);
/* Contender 0 is the default; ranks and ids say nothing about times. */
void stage(struct scene *scene, const double *times, uint32_t n, const struct noisy_noise *noise,
           uint64_t seed);
/* The winner of the plan that sessions use. */
uint32_t play(struct scene *scene);
/* HONE_RACE_SEEDS, or what is wanted; a twentieth of it under the address sanitizer. */
uint32_t seeds(uint32_t wanted);

#endif
