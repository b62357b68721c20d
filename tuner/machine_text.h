/* SPDX-License-Identifier: MIT */
/* A machine described on a command line: "cpus=8,l1=64KiB,l2=1MiB,l3=8MiB". */
#ifndef HONE_TUNER_MACHINE_TEXT_H
#define HONE_TUNER_MACHINE_TEXT_H

#include "runtime/base/target.h"

/* Changes what the text names. ARGUMENT. */
enum hone_status machine_text_parse(const char *text, struct hone_machine_facts *facts,
                                    struct hone_error *err);

#endif
