/* SPDX-License-Identifier: MIT */
/* What else the machine did while something was timed, as far as anybody may ask: who else wanted
 * the processors, and how fast they ran. */
#ifndef HONE_MEASURE_MACHINE_H
#define HONE_MEASURE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tuner/measure/measure.h"

/* Parts are of the time that all processors together had; -1 where this system does not say. */
struct hone_machine {
    double waited;  /* part of its time that this process wanted a processor that others had */
    double others;  /* busy for other processes */
    double steal;   /* taken by the hypervisor */
    double load;    /* runnable processes, mean of the last minute; this one's threads count */
    double mhz;     /* mean over the processors, as the kernel last saw it */
    double step_ns; /* a dependent multiply and add: an own probe of the clock */
    double drift;   /* slowest over fastest moment of a timing; 1 where one was timed alone */
    double slow;    /* part of the samples that took over a tenth more than most */
    double error;   /* standard error (of logarithms) of what was timed; 0 where nothing can tell */
};

struct hone_machine_watch {
    double at, own_seconds, waited_seconds; /* of this process, all its threads */
    double busy, steal, all;                /* ticks of all processors */
};

void hone_machine_begin(struct hone_machine_watch *out_watch);
/* What happened since; `drift` and `slow` are left to who timed. */
void hone_machine_end(const struct hone_machine_watch *watch, struct hone_machine *out_machine);

/* Too much else went on for times to be believed: choices may still be right, since candidates are
 * timed side by side. */
bool hone_machine_noisy(const struct hone_machine *machine);

/* "others=0.50 waited=0.31 steal=0.00 error=0.012 slow=0.10 drift=1.04 load=3.1 mhz=2300 step=1.3",
 * with " noisy" at the end where it is: what a trial's record says. */
enum { HONE_MACHINE_TEXT_BYTES = 192 };
void hone_machine_text(const struct hone_machine *machine, char out_text[HONE_MACHINE_TEXT_BYTES]);

#endif
