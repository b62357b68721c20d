/* SPDX-License-Identifier: MIT */
/* Random contents of stores for tests of merging and exchange. */
#ifndef HONE_TESTS_CONTENT_KIT_H
#define HONE_TESTS_CONTENT_KIT_H

#include "cache/content.h"

/* A store as one of several tuners may have left it: problems, devices and targets of a small
 * world, so that any two of them share keys, agree on some and contradict each other on others. */
void kit_content(unsigned seed, struct hone_arena *arena, struct hone_content *out_content);

struct hone_store_trial kit_trial(const char *config, const char *device, double ns);

/* The exported form, malloc'ed. */
char *kit_export(const struct hone_content *content, bool comparable, size_t *out_bytes);

/* The same numbers from the same seed on every machine. */
uint32_t kit_random(unsigned *state, uint32_t below);

#endif
