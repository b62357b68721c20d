/* SPDX-License-Identifier: MIT */
/* UTF-8 one character at a time, strict: no overlong forms, no surrogates, at most U+10FFFF. */
#ifndef HONE_TEXT_UTF8_H
#define HONE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_utf8 {
    TEXT_UTF8_OK,      /* a whole character */
    TEXT_UTF8_BAD,     /* cannot begin a character: the maximal part to replace at once */
    TEXT_UTF8_PARTIAL, /* the bytes end inside what may become a character */
};

/* Looks at n_bytes >= 1 bytes; *out_n is the length of what was found (all that is left for
 * PARTIAL), never 0. */
enum text_utf8 text_utf8_step(const uint8_t *bytes, size_t n_bytes, size_t *out_n);

bool text_utf8_valid(const uint8_t *bytes, size_t n_bytes);

/* Copies, each broken part as U+FFFD; `out` has room for 3 * n_bytes. Returns the length. */
size_t text_utf8_repair(const uint8_t *bytes, size_t n_bytes, uint8_t *out);

#endif
