/* SPDX-License-Identifier: MIT */
/* Durations as people write them. */
#include "tuner/duration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum hone_status duration_parse(const char *text, double *out_seconds, struct hone_error *err)
{
    static const struct {
        const char *suffix;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    char *end;
    double value = strtod(text, &end);
    for (size_t i = 0; end != text && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].suffix) == 0 && isfinite(value) && value >= 0) {
            *out_seconds = value * units[i].seconds;
            return HONE_OK;
        }
    return hone_fail(err, HONE_ERR_ARGUMENT, "'%s' is not a time such as 90s, 2m or 1h", text);
}
