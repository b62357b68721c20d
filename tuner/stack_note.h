/* SPDX-License-Identifier: MIT */
/* Whether what a store knows of a device was timed over another stack. */
#ifndef HONE_TUNER_STACK_NOTE_H
#define HONE_TUNER_STACK_NOTE_H

#include "cache/store.h"
#include "tuner/runner/runner.h"

/* Prints a line when winners of the runner's device were timed under another kernel, microcode or
 * driver than it has now: they are used, and their times may be old. */
enum hone_status stack_note(struct hone_store *store, const char *name, struct hone_runner *runner,
                            struct hone_error *err);

#endif
