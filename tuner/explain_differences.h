/* SPDX-License-Identifier: MIT */
/* What two variants of a problem differ in: parameters, formats, code, bytes. */
#ifndef HONE_TUNER_EXPLAIN_DIFFERENCES_H
#define HONE_TUNER_EXPLAIN_DIFFERENCES_H

#include "tuner/report/page.h"

/* Bytes that a call touches, in the variant's own formats; 0: not known. */
double differences_bytes(const struct page_problem *problem,
                         const struct hone_store_variant *variant);

/* "NB 4 -> 8, KU 2 -> 1; 210 -> 250 instructions (+19 %), 3 more spills, w q4_0/r8 -> q4_0/r16" */
void differences_text(const struct page_problem *problem, const struct hone_store_variant *from,
                      const struct hone_store_variant *to, char *out_text, size_t capacity);

#endif
