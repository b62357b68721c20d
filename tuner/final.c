/* SPDX-License-Identifier: MIT */
/* Packs both, times both in turns in a child process, and keeps one. */
#include "tuner/final.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/child.h"
#include "runtime/base/file.h"
#include "tuner/beside.h"

enum { OUTPUT_BYTES = 1 << 18, GRACE_SECONDS = 10, POLL_MS = 100 };
static const double default_seconds = 3;

struct contest {
    struct beside beside;
    char tuned[PATH_MAX], fallback[PATH_MAX];
    struct hone_pack_report tuned_report, fallback_report;
    char output[OUTPUT_BYTES]; /* of the comparison */
    size_t n_output;
};

/* ---- the comparison ---- */

static enum hone_status read_output(struct contest *c, struct hone_child *child,
                                    struct hone_error *err)
{
    for (;;) {
        struct pollfd from = {.fd = child->from, .events = POLLIN};
        poll(&from, 1, POLL_MS);
        hone_tail_read(&child->log);
        ssize_t n = read(child->from, c->output + c->n_output, sizeof c->output - c->n_output);
        if (n == 0) break;
        if (n > 0) c->n_output += (size_t)n;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return hone_fail(err, HONE_ERR_IO, "the comparison: %s", strerror(errno));
    }
    if (c->n_output == sizeof c->output)
        return hone_fail(err, HONE_ERR_FORMAT, "the comparison says too much");
    return HONE_OK;
}

static enum hone_status run_comparison(struct contest *c, const struct hone_final_options *options,
                                       struct hone_error *err)
{
    char seconds[32], end[512];
    double asked = options->seconds > 0 ? options->seconds : default_seconds;
    snprintf(seconds, sizeof seconds, "%.3f", asked);
    const char *const command[] = {options->run, "compare", "--seconds", seconds, "--json",
                                   "--",         c->tuned,  c->fallback, NULL};
    struct hone_child child;
    beside_starting(&c->beside);
    enum hone_status status = hone_child_start(command, 0, &child, err);
    beside_started(&c->beside, status == HONE_OK ? child.pid : 0);
    if (status != HONE_OK) return status;
    status = read_output(c, &child, err);
    beside_ended(&c->beside);
    hone_child_stop(&child, status == HONE_OK ? GRACE_SECONDS : 0, end, sizeof end);
    if (status == HONE_OK && strcmp(end, "exit code 0") != 0)
        return hone_fail(err, HONE_ERR_CRASHED, "comparing with the default: %s", end);
    return status;
}

static enum hone_status read_result(const struct contest *c, struct hone_final *out_final,
                                    struct hone_error *err)
{
    int n_pairs = 0, n_prompt = 0, n_gen = 0;
    json_error_t where;
    json_t *root = json_loadb(c->output, c->n_output, 0, &where);
    int rc = root ? json_unpack(root, "{s:i, s:i, s:i, s:{s:F, s:F, s:F}}", "n_pairs", &n_pairs,
                                "n_prompt", &n_prompt, "n_gen", &n_gen, "mix", "ratio",
                                &out_final->ratio, "ratio_low", &out_final->low, "ratio_high",
                                &out_final->high)
                  : -1;
    json_decref(root);
    if (rc != 0 || n_pairs <= 0)
        return hone_fail(err, HONE_ERR_FORMAT, "comparing with the default: no result");
    out_final->n_pairs = (uint32_t)n_pairs;
    out_final->n_prompt = (uint32_t)n_prompt;
    out_final->n_gen = (uint32_t)n_gen;
    out_final->tuned_won = out_final->low > 1;
    return HONE_OK;
}

/* ---- the packages ---- */

static enum hone_status join(char out_path[PATH_MAX], const char *folder, const char *name,
                             struct hone_error *err)
{
    int n = snprintf(out_path, PATH_MAX, "%s/%s", folder, name);
    if (n > 0 && n < PATH_MAX) return HONE_OK;
    return hone_fail(err, HONE_ERR_IO, "%s: path too long", folder);
}

static enum hone_status pack_both(struct contest *c, const struct hone_pack_options *pack,
                                  struct hone_error *err)
{
    struct hone_pack_options options = *pack;
    HONE_TRY(join(c->tuned, c->beside.folder, "tuned.hone", err));
    HONE_TRY(join(c->fallback, c->beside.folder, "default.hone", err));
    options.out = c->tuned;
    HONE_TRY(hone_pack(&options, &c->tuned_report, err));
    options.out = c->fallback;
    options.store = NULL;
    return hone_pack(&options, &c->fallback_report, err);
}

static enum hone_status keep(const struct contest *c, const char *out, bool tuned_won,
                             struct hone_pack_report *out_report, struct hone_error *err)
{
    if (rename(tuned_won ? c->tuned : c->fallback, out) != 0)
        return hone_fail(err, HONE_ERR_IO, "%s: cannot rename: %s", out, strerror(errno));
    hone_file_sync_folder(out);
    *out_report = tuned_won ? c->tuned_report : c->fallback_report;
    return HONE_OK;
}

static enum hone_status contest(struct contest *c, const struct hone_pack_options *pack,
                                const struct hone_final_options *options,
                                struct hone_pack_report *out_report, struct hone_final *out_final,
                                struct hone_error *err)
{
    HONE_TRY(pack_both(c, pack, err));
    HONE_TRY(run_comparison(c, options, err));
    HONE_TRY(read_result(c, out_final, err));
    return keep(c, pack->out, out_final->tuned_won, out_report, err);
}

enum hone_status hone_pack_final(const struct hone_pack_options *pack,
                                 const struct hone_final_options *options,
                                 struct hone_pack_report *out_report, struct hone_final *out_final,
                                 struct hone_error *err)
{
    *out_final = (struct hone_final){0};
    HONE_TRY(hone_pack_check_out(pack, err));
    struct contest *c = calloc(1, sizeof *c);
    if (!c) return hone_fail(err, HONE_ERR_NO_MEMORY, "pack: no memory");
    enum hone_status status = beside_open(pack->out, &c->beside, err);
    if (status == HONE_OK) {
        status = contest(c, pack, options, out_report, out_final, err);
        beside_close(&c->beside);
    }
    free(c);
    return status;
}
