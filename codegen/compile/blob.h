/* SPDX-License-Identifier: MIT */
/* Relocatable ELF object to one flat, position-independent blob with no relocation left.
 *
 * The object is hostile input. What a blob cannot express is an error that names it: undefined
 * symbols, writable or zero-filled sections, relocations that need a table or an address. */
#ifndef HONE_COMPILE_BLOB_H
#define HONE_COMPILE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

/* Alignment a section may ask for; the blob keeps it when mapped at such a boundary. */
enum { HONE_BLOB_ALIGNMENT = 4096 };

struct hone_blob {
    uint8_t *data; /* code first, then read-only data; freed by the caller */
    size_t n_bytes;
    size_t n_code_bytes; /* the leading part that holds instructions */
    uint64_t entry;      /* offset of the entry function */
};

/* COMPILE for everything wrong with the object, NO_MEMORY. */
enum hone_status hone_blob_link(const uint8_t *object, size_t n_object_bytes, const char *entry,
                                struct hone_blob *out_blob, struct hone_error *err);

#endif
