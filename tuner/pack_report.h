/* SPDX-License-Identifier: MIT */
/* What packing has made, for people and for programs. */
#ifndef HONE_TUNER_PACK_REPORT_H
#define HONE_TUNER_PACK_REPORT_H

#include <stdio.h>

#include "tuner/final.h"

struct pack_result {
    const char *out;
    struct hone_pack_report report;
    struct hone_final final;
    bool has_final;
    const char *no_final; /* why there is none; NULL where nobody would ask */
};

void pack_print_text(FILE *to, const struct pack_result *result);

/* One object; HONE_ERR_NO_MEMORY. */
enum hone_status pack_print_json(FILE *to, const struct pack_result *result,
                                 struct hone_error *err);

#endif
