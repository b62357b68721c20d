/* SPDX-License-Identifier: MIT */
/* libFuzzer harness: exported stores. What is taken is exported again, and that comes back the same
 * to the byte; merging it with itself changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "cache/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static char *export(const struct hone_content *content, size_t *out_bytes)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, out_bytes);
    if (!file || hone_export_json(content, NULL, file, NULL) != HONE_OK) abort();
    fclose(file);
    return text;
}

static void exercise(const struct hone_content *content, struct hone_arena *arena)
{
    struct hone_content again, merged;
    size_t n, n_again;
    char *text = export(content, &n);
    if (hone_import_json(text, n, "again", arena, &again, NULL) != HONE_OK) abort();
    if (hone_content_merge(content, &again, arena, &merged, NULL, NULL) != HONE_OK) abort();
    char *other = export(&merged, &n_again);
    if (n != n_again || memcmp(text, other, n) != 0) abort();
    free(text);
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct hone_arena arena = {0};
    struct hone_content content;
    struct hone_error err = {0};
    if (hone_import_json((const char *)data, n_bytes, "file", &arena, &content, &err) == HONE_OK)
        exercise(&content, &arena);
    else if (!err.text[0] || strchr(err.text, '\n'))
        abort();
    hone_arena_release(&arena);
    return 0;
}
