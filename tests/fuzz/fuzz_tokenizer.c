/* SPDX-License-Identifier: MIT */
/* Fuzzes the tokenizer: the input is a section, as long as its header says, then a text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/text/section.h"
#include "tests/fuzz/gguf_exercise.h"

enum { MAX_TEXT_BYTES = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static const char usual[] = "Hello, <s> w\xc3\xb6rld 12  \n\xff";
    const char *text = usual;
    size_t text_bytes = sizeof usual - 1, section_bytes = n_bytes;
    if (n_bytes >= HONE_TEXT_HEADER_BYTES) {
        const uint8_t *stated = data + 4 * HONE_TEXT_N_BYTES;
        size_t length = stated[0] | (size_t)stated[1] << 8 | (size_t)stated[2] << 16;
        if (length < n_bytes) {
            section_bytes = length;
            text = (const char *)data + length;
            text_bytes = n_bytes - length < MAX_TEXT_BYTES ? n_bytes - length : MAX_TEXT_BYTES;
        }
    }
    uint8_t *section = malloc(section_bytes ? section_bytes : 1); /* nothing behind it */
    if (!section) return 0;
    memcpy(section, data, section_bytes);
    tokenizer_exercise(section, section_bytes, text, text_bytes);
    free(section);
    return 0;
}
