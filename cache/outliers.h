/* SPDX-License-Identifier: MIT */
/* Devices of one class that are slower or faster than their like. Identical chips differ: what is
 * named here differs by more than that. */
#ifndef HONE_CACHE_OUTLIERS_H
#define HONE_CACHE_OUTLIERS_H

#include "cache/content.h"

/* Differences up to this part of the class's time are no news. */
#define HONE_OUTLIER_FLOOR 0.10

enum { HONE_OUTLIER_SHARED = 3 }; /* kernels that a unit must share with others to be judged */

/* One machine (the stack's host, or the store where there is none) of a class (device text). */
struct hone_device_unit {
    const char *device, *unit;
    size_t n_shared; /* kernels that another unit of the class timed too */
    double ratio;    /* median of its times over the class's; 1 where nothing is shared */
    double bound;    /* of |log ratio| away from the class's middle, as a part */
    bool outlier;
    bool undecided; /* two differ and nobody else says which is right */
};

/* Over stores as they came, before trials of equal keys were made one; names[i] is for those of
 * contents[i] without a host. Sorted by class, then unit. A unit is an outlier when the median of
 * log(its time / the class's) over shared kernels is away from the middle of all units by more than
 * three robust deviations (1.4826 MAD) and more than the floor. */
enum hone_status hone_outliers_find(const struct hone_content *contents, const char *const *names,
                                    size_t n_contents, struct hone_arena *arena,
                                    struct hone_device_unit **out_units, size_t *out_n_units,
                                    struct hone_error *err);

#endif
