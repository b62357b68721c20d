/* SPDX-License-Identifier: MIT */
/* Entries of quarantine by the beginning of their code key, as commits are named. */
#include "tuner/quarantine_text.h"

#include <string.h>

enum { LEAST_LETTERS = 4 };

enum hone_status quarantine_find(struct hone_store *store, const char *path, const char *id,
                                 struct hone_arena *arena, struct hone_store_quarantine *out_entry,
                                 struct hone_error *err)
{
    struct hone_store_quarantine *entries;
    size_t n, n_found = 0, length = strlen(id);
    if (length < LEAST_LETTERS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "'%s': at least %d letters of an id are needed",
                         id, LEAST_LETTERS);
    HONE_TRY(hone_store_quarantine_read(store, arena, &entries, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (strncmp(entries[i].code_key, id, length) != 0) continue;
        *out_entry = entries[i];
        n_found++;
    }
    if (n_found == 1) return HONE_OK;
    if (n_found > 1)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: '%s' begins %zu ids", path, id, n_found);
    return hone_fail(err, HONE_ERR_NOT_FOUND,
                     "%s: '%s' is not in quarantine (hone quarantine list %s)", path, id, path);
}

enum hone_status quarantine_print_since(struct hone_store *store, const char *path, int64_t from,
                                        unsigned most, FILE *to, struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_store_quarantine *entries;
    size_t n;
    unsigned n_new = 0;
    enum hone_status status = hone_store_quarantine_read(store, &arena, &entries, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        const struct hone_store_quarantine *e = &entries[i];
        if (e->when < from || ++n_new > most) continue;
        fprintf(to, "quarantined: %s, %s %s: hone repro %s %.*s\n", e->reason, e->space, e->config,
                path, QUARANTINE_ID_LETTERS, e->code_key);
    }
    if (n_new > most)
        fprintf(to, "quarantined: %u more: hone quarantine list %s\n", n_new - most, path);
    hone_arena_release(&arena);
    return status;
}
