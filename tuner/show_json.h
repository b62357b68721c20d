/* SPDX-License-Identifier: MIT */
/* Variants, spaces and winners for programs. */
#ifndef HONE_TUNER_SHOW_JSON_H
#define HONE_TUNER_SHOW_JSON_H

#include <jansson.h>

#include "cache/store.h"
#include "codegen/kernel.h"
#include "tuner/report/records.h"

json_t *show_json_space(const struct hone_space *space); /* NULL: no memory */
/* Call and facts (without a compiler no facts); with parts of enum show_parts the texts too. */
enum hone_status show_json_variant(struct hone_kernels *kernels, const struct hone_variant *variant,
                                   unsigned parts, json_t **out_json, struct hone_error *err);

/* A table of winners. */
void show_winners_begin(struct records *records);
void show_winners_add(struct records *records, const struct hone_store_winner *winner);

#endif
