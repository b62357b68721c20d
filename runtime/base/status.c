/* SPDX-License-Identifier: MIT */
/* Names and exit codes of statuses, and the two ways to fill a diagnostic. */
#include "runtime/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int exit_code;
} statuses[HONE_STATUS_COUNT] = {
    [HONE_OK] = {"ok",                   0 },
    [HONE_ERR_ARGUMENT] = {"bad argument",         1 },
    [HONE_ERR_NO_MEMORY] = {"no memory",            1 },
    [HONE_ERR_IO] = {"input/output error",   74},
    [HONE_ERR_FORMAT] = {"malformed input",      1 },
    [HONE_ERR_VERSION] = {"unknown version",      1 },
    [HONE_ERR_UNSUPPORTED] = {"unsupported",          1 },
    [HONE_ERR_TARGET] = {"wrong target",         5 },
    [HONE_ERR_REFUSED] = {"refused",              6 },
    [HONE_ERR_LIMIT] = {"outside the envelope", 1 },
    [HONE_ERR_NOT_FOUND] = {"not found",            1 },
    [HONE_ERR_TEMPLATE] = {"template error",       1 },
    [HONE_ERR_COMPILE] = {"compile error",        1 },
    [HONE_ERR_WRONG] = {"wrong numbers",        4 },
    [HONE_ERR_CRASHED] = {"worker crashed",       1 },
    [HONE_ERR_TIMEOUT] = {"time limit",           1 },
    [HONE_ERR_BUSY] = {"busy",                 75},
    [HONE_ERR_INTERRUPTED] = {"interrupted",          75},
    [HONE_ERR_DEVICE] = {"device lost",          5 },
};

const char *hone_status_name(enum hone_status status)
{
    if ((unsigned)status >= HONE_STATUS_COUNT) return "unknown status";
    return statuses[status].name;
}

int hone_status_exit_code(enum hone_status status)
{
    if ((unsigned)status >= HONE_STATUS_COUNT) return 1;
    return statuses[status].exit_code;
}

enum hone_status hone_fail(struct hone_error *err, enum hone_status status, const char *format, ...)
{
    if (!err) return status;
    va_list args;
    va_start(args, format);
    err->status = status;
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

enum hone_status hone_fail_in(struct hone_error *err, enum hone_status status, const char *format,
                              ...)
{
    if (!err) return status;
    char inner[HONE_ERROR_TEXT_BYTES];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->status = status;
    if (used >= 0 && (size_t)used + 2 < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, ": %s", inner);
    return status;
}
