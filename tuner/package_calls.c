/* SPDX-License-Identifier: MIT */
/* Reads the problems and formats out of the PROOFS section. */
#include "tuner/package_calls.h"

#include <stdlib.h>
#include <string.h>

#include "tuner/problem_text.h"

static enum hone_status read_kernel(const json_t *entry, struct hone_call *out_call,
                                    const char **out_config, struct hone_error *err)
{
    const char *key = json_string_value(json_object_get(entry, "problem"));
    const char *formats = json_string_value(json_object_get(entry, "formats"));
    const char *config = json_string_value(json_object_get(entry, "config"));
    if (!key || !formats)
        return hone_fail(err, HONE_ERR_FORMAT, "a kernel without problem or formats");
    *out_config = config ? config : "";
    HONE_TRY(problem_parse(key, &out_call->problem, err));
    return problem_formats_parse(formats, out_call, err);
}

static enum hone_status read_all(const struct hone_package *package, struct package_calls *calls,
                                 struct hone_error *err)
{
    const struct hone_package_part *part = &package->parts[HONE_SECTION_PROOFS];
    json_error_t where;
    if (!part->data)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "none, so nobody knows what its kernels compute");
    calls->proofs = json_loadb((const char *)part->data, (size_t)part->n_bytes, 0, &where);
    if (!calls->proofs)
        return hone_fail(err, HONE_ERR_FORMAT, "line %d: %s", where.line, where.text);
    const json_t *kernels = json_object_get(calls->proofs, "kernels");
    calls->n = package->plan.header->n_kernels;
    if (json_array_size(kernels) != calls->n)
        return hone_fail(err, HONE_ERR_FORMAT, "%zu kernels, the plan has %u",
                         json_array_size(kernels), calls->n);
    calls->calls = calloc(calls->n + 1, sizeof *calls->calls);
    calls->configs = calloc(calls->n + 1, sizeof *calls->configs);
    if (!calls->calls || !calls->configs) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    for (uint32_t k = 0; k < calls->n; k++)
        HONE_TRY(
            read_kernel(json_array_get(kernels, k), &calls->calls[k], &calls->configs[k], err));
    return HONE_OK;
}

enum hone_status package_calls_read(const struct hone_package *package,
                                    struct package_calls *out_calls, struct hone_error *err)
{
    *out_calls = (struct package_calls){0};
    enum hone_status status = read_all(package, out_calls, err);
    if (status == HONE_OK) return HONE_OK;
    package_calls_release(out_calls);
    return hone_fail_in(err, status, "%s: proofs", package->path);
}

void package_calls_release(struct package_calls *calls)
{
    json_decref(calls->proofs);
    free(calls->calls);
    free(calls->configs);
    *calls = (struct package_calls){0};
}
