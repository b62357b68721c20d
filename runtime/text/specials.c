/* SPDX-License-Identifier: MIT */
/* Finding the tokens that are cut out of a text before anything else, longest first. */
#include <stdlib.h>
#include <string.h>

#include "runtime/text/text_internal.h"

/* Narrows [*low, *high) of the sorted specials, which agree in their first `depth` bytes, to those
 * whose next byte is `byte`. */
static void narrow(const struct text_section *section, size_t depth, uint8_t byte, uint32_t *low,
                   uint32_t *high)
{
    uint32_t bounds[2];
    for (int side = 0; side < 2; side++) { /* first with a byte >= byte, then first with more */
        uint32_t a = *low, b = *high, id;
        while (a < b) {
            uint32_t middle = a + (b - a) / 2;
            struct text_bytes text = text_special(section, middle, &id);
            int next = text.n_bytes > depth ? text.data[depth] : -1;
            if (next < (int)byte + side)
                a = middle + 1;
            else
                b = middle;
        }
        bounds[side] = a;
    }
    *low = bounds[0];
    *high = bounds[1];
}

static bool wanted(const struct text_section *section, uint32_t id, bool parse_special)
{
    return text_type(section, id) == HONE_TEXT_USER || parse_special;
}

/* Sets seen[i] for each special that the text holds. */
static bool find_seen(const struct text_section *section, const uint8_t *text, size_t n_bytes,
                      bool parse_special, uint8_t *seen)
{
    uint32_t first[257]; /* specials by first byte */
    bool any = false;
    for (uint32_t byte = 0, at = 0, id; byte < 257; byte++) {
        while (at < section->fields[HONE_TEXT_N_SPECIALS] &&
               text_special(section, at, &id).data[0] < byte)
            at++;
        first[byte] = at;
    }
    for (size_t at = 0; at < n_bytes; at++) {
        uint32_t low = first[text[at]], high = first[text[at] + 1], id;
        for (size_t depth = 1; low < high; depth++) {
            /* The shortest of the range sorts first: if it ends here, it is a match. */
            if (text_special(section, low, &id).n_bytes == depth) {
                if (wanted(section, id, parse_special)) seen[low] = 1, any = true;
                low++;
            }
            if (low >= high || at + depth >= n_bytes) break;
            narrow(section, depth, text[at + depth], &low, &high);
        }
    }
    return any;
}

/* Marks every free place of `special`; what is marked already belongs to one at least as long, so
 * looking at both ends is enough. */
static void mark_all(const uint8_t *text, size_t n_bytes, struct text_bytes special, uint32_t index,
                     uint32_t *marks)
{
    size_t at = 0;
    while (n_bytes - at >= special.n_bytes) {
        const uint8_t *found = memmem(text + at, n_bytes - at, special.data, special.n_bytes);
        if (!found) return;
        at = (size_t)(found - text);
        if (marks[at] || marks[at + special.n_bytes - 1]) {
            at++;
            continue;
        }
        for (size_t i = 1; i < special.n_bytes; i++) marks[at + i] = TEXT_MARK_INSIDE;
        marks[at] = index + 1;
        at += special.n_bytes;
    }
}

/* The longest special that was seen and not done yet; n_specials when there is none. */
static uint32_t next_longest(const struct text_section *section, const uint8_t *seen)
{
    uint32_t n = section->fields[HONE_TEXT_N_SPECIALS], best = n, id;
    size_t best_bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!seen[i]) continue;
        size_t n_bytes = text_special(section, i, &id).n_bytes;
        if (n_bytes > best_bytes) {
            best = i;
            best_bytes = n_bytes;
        }
    }
    return best;
}

enum hone_status text_mark_specials(const struct text_section *section, const uint8_t *text,
                                    size_t n_bytes, bool parse_special,
                                    struct text_scratch *scratch, bool *out_found,
                                    struct hone_error *err)
{
    uint32_t n = section->fields[HONE_TEXT_N_SPECIALS], id;
    *out_found = false;
    if (n == 0 || n_bytes == 0) return HONE_OK;
    uint8_t *seen = calloc(n, 1);
    if (!seen) return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    if (find_seen(section, text, n_bytes, parse_special, seen)) {
        if (!text_reserve(&scratch->marks, n_bytes, sizeof(uint32_t))) {
            free(seen);
            return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
        }
        memset(scratch->marks.data, 0, n_bytes * sizeof(uint32_t));
        for (uint32_t i; (i = next_longest(section, seen)) < n; seen[i] = 0) {
            struct text_bytes special = text_special(section, i, &id);
            mark_all(text, n_bytes, special, i, scratch->marks.data);
        }
        *out_found = true;
    }
    free(seen);
    return HONE_OK;
}
