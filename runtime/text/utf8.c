/* SPDX-License-Identifier: MIT */
/* Strict UTF-8 by the table of well-formed byte sequences (Unicode, table 3-7). */
#include "runtime/text/utf8.h"

#include <string.h>

/* Length of the sequence that `lead` begins, and the range of its second byte; 0 if none. */
static size_t sequence(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) {
        if (lead == 0xe0) *low = 0xa0;
        if (lead == 0xed) *high = 0x9f;
        return 3;
    }
    if (lead == 0xf0) *low = 0x90;
    if (lead == 0xf4) *high = 0x8f;
    return 4;
}

enum text_utf8 text_utf8_step(const uint8_t *bytes, size_t n_bytes, size_t *out_n)
{
    uint8_t low, high;
    size_t length = sequence(bytes[0], &low, &high);
    *out_n = 1;
    if (length == 0) return TEXT_UTF8_BAD;
    for (size_t i = 1; i < length; i++) {
        *out_n = i;
        if (i == n_bytes) return TEXT_UTF8_PARTIAL;
        if (bytes[i] < low || bytes[i] > high) return TEXT_UTF8_BAD;
        low = 0x80;
        high = 0xbf;
    }
    *out_n = length;
    return TEXT_UTF8_OK;
}

bool text_utf8_valid(const uint8_t *bytes, size_t n_bytes)
{
    for (size_t at = 0, n; at < n_bytes; at += n)
        if (text_utf8_step(bytes + at, n_bytes - at, &n) != TEXT_UTF8_OK) return false;
    return true;
}

size_t text_utf8_repair(const uint8_t *bytes, size_t n_bytes, uint8_t *out)
{
    size_t used = 0;
    for (size_t at = 0, n; at < n_bytes; at += n) {
        bool whole = text_utf8_step(bytes + at, n_bytes - at, &n) == TEXT_UTF8_OK;
        memcpy(out + used, whole ? (const char *)bytes + at : "\xef\xbf\xbd", whole ? n : 3);
        used += whole ? n : 3;
    }
    return used;
}
