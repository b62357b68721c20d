/* SPDX-License-Identifier: MIT */
/* A command in one text as words. */
#include "tuner/split.h"

#include <stdlib.h>
#include <string.h>

/* Copies one word to `to` and ends it; NULL when a quote is open. */
static const char *copy_word(const char *from, char **to)
{
    char quote = 0;
    for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
        if (quote ? *from == quote : *from == '"' || *from == '\'')
            quote = quote ? 0 : *from;
        else
            *(*to)++ = *from;
    }
    *(*to)++ = '\0';
    return quote ? NULL : from;
}

enum hone_status split_words(const char *text, char **out_memory,
                             const char *out_words[SPLIT_MAX_WORDS + 1], struct hone_error *err)
{
    char *to = malloc(strlen(text) + 2);
    size_t n = 0;
    *out_memory = to;
    if (!to) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    for (const char *from = text + strspn(text, " \t"); from && *from;) {
        if (n == SPLIT_MAX_WORDS)
            return hone_fail(err, HONE_ERR_ARGUMENT, "'%s': too many words", text);
        out_words[n++] = to;
        from = copy_word(from, &to);
        if (!from) return hone_fail(err, HONE_ERR_ARGUMENT, "'%s': open quote", text);
        from += strspn(from, " \t");
    }
    out_words[n] = NULL;
    return n ? HONE_OK : hone_fail(err, HONE_ERR_ARGUMENT, "an empty command");
}
