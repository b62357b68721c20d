/* SPDX-License-Identifier: MIT */
/* Ends this process when a kernel does not come back.
 *
 * A thread of its own waits, so that nothing a kernel does to signals can put it off. It counts the
 * time it was awake itself: a machine that was paused, or a process that was stopped, costs no
 * kernel its life. */
#ifndef HONE_RUNNER_WATCHDOG_H
#define HONE_RUNNER_WATCHDOG_H

#include "runtime/base/status.h"

enum { WATCHDOG_EXIT_CODE = 86 }; /* the client knows by it that a kernel hung */

/* Once per process, before the first arm. */
enum hone_status watchdog_start(struct hone_error *err);
/* Replaces what was set before. 0 disarms. */
void watchdog_arm(double seconds);

#endif
