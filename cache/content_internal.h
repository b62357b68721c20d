/* SPDX-License-Identifier: MIT */
/* Orders that settle what a merge keeps. Each is total: 0 means equal in all. */
#ifndef HONE_CACHE_CONTENT_INTERNAL_H
#define HONE_CACHE_CONTENT_INTERNAL_H

#include "cache/content.h"

/* A row is preferred to those after it in the order; keys come first. */
int content_meta_order(const void *a, const void *b);
int content_trial_order(const void *a, const void *b);
int content_winner_order(const void *a, const void *b);
int content_quarantine_order(const void *a, const void *b);
int content_binary_order(const void *a, const void *b);
/* Of pointers to variants: by problem, space, config, code key, then as preferred. */
int content_variant_order(const void *a, const void *b);

int content_trial_key_order(const struct hone_store_trial *a, const struct hone_store_trial *b);
int content_variant_key_order(const struct hone_store_variant *a,
                              const struct hone_store_variant *b);
/* Problem, regime, device, target. */
int content_group_order(const struct hone_store_winner *a, const struct hone_store_winner *b);
/* Sets of winners of one group, sorted: below 0 when the first stays. */
int content_winner_set_order(const struct hone_store_winner *a, size_t n_a,
                             const struct hone_store_winner *b, size_t n_b);

/* Settled: a trial of the winner's variant, in its regime on its device, found it right. */
bool content_has_valid_trial(const struct hone_content *content,
                             const struct hone_store_winner *winner);

#endif
