/* SPDX-License-Identifier: MIT */
/* Sums the times of steps with the same name apart from their layer. */
#include "runtime/cli/profile.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 65536 };

struct total {
    const char *name;
    uint64_t ns;
    uint32_t n;
};

/* "blk.12.ffn_down gemm" -> "ffn_down gemm" */
static const char *without_layer(const char *name)
{
    if (strncmp(name, "blk.", 4) != 0) return name;
    size_t n_digits = strspn(name + 4, "0123456789");
    return n_digits > 0 && name[4 + n_digits] == '.' ? name + 5 + n_digits : name;
}

static int by_time(const void *a, const void *b)
{
    const struct total *x = a, *y = b;
    return (x->ns < y->ns) - (x->ns > y->ns);
}

static size_t sum_up(const struct hone_profile *profile, struct total *totals)
{
    size_t n_totals = 0;
    for (size_t i = 0; i < profile->n_steps; i++) {
        const char *name = without_layer(profile->names[i]);
        size_t t = 0;
        while (t < n_totals && strcmp(totals[t].name, name) != 0) t++;
        if (t == n_totals) totals[n_totals++] = (struct total){.name = name};
        totals[t].ns += profile->ns[i];
        totals[t].n++;
    }
    qsort(totals, n_totals, sizeof *totals, by_time);
    return n_totals;
}

static void print_totals(const struct total *totals, size_t n_totals, const char *title, FILE *out)
{
    uint64_t all = 0;
    for (size_t t = 0; t < n_totals; t++) all += totals[t].ns;
    fprintf(out, "\n| %-40s | %5s | %12s | %6s |\n", title, "steps", "us", "share");
    fprintf(out, "| %-40s | ----: | -----------: | -----: |\n",
            "----------------------------------------");
    for (size_t t = 0; t < n_totals; t++)
        fprintf(out, "| %-40s | %5u | %12.1f | %5.1f%% |\n", totals[t].name, totals[t].n,
                (double)totals[t].ns / 1e3, all ? 100.0 * (double)totals[t].ns / (double)all : 0);
    fprintf(out, "| %-40s | %5s | %12.1f | %6s |\n", "sum", "", (double)all / 1e3, "");
}

enum hone_status profile_forward(struct hone_session *session,
                                 const struct hone_batch_entry *entries, uint32_t n_entries,
                                 const char *title, FILE *out, struct hone_error *err)
{
    struct hone_profile profile = {.capacity = MAX_STEPS};
    profile.names = calloc(MAX_STEPS, sizeof *profile.names);
    profile.ns = calloc(MAX_STEPS, sizeof *profile.ns);
    struct total *totals = calloc(MAX_STEPS, sizeof *totals);
    enum hone_status status = HONE_ERR_NO_MEMORY;
    if (profile.names && profile.ns && totals) {
        hone_session_profile(session, &profile);
        status = hone_forward(session, entries, n_entries, err);
        hone_session_profile(session, NULL);
    } else {
        hone_fail(err, status, "no memory for a profile");
    }
    if (status == HONE_OK) {
        print_totals(totals, sum_up(&profile, totals), title, out);
        for (uint32_t i = 0; i < n_entries && status == HONE_OK; i++)
            status = hone_seq_truncate(
                session, entries[i].seq,
                hone_seq_length(session, entries[i].seq) - entries[i].n_tokens, err);
    }
    free(profile.names);
    free(profile.ns);
    free(totals);
    return status;
}
