/* SPDX-License-Identifier: MIT */
/* Malformed GGUF files, each with the check that it must fail. */
#ifndef HONE_TESTS_GGUF_BAD_H
#define HONE_TESTS_GGUF_BAD_H

#include "runtime/base/status.h"
#include "tests/unit/gguf_kit.h"

struct gguf_bad {
    const char *fragment;                               /* of the message */
    void (*make)(struct gguf_kit *kit, uint64_t value); /* a whole file */
    uint64_t value;
    enum hone_status status; /* HONE_OK: at the boundary, to be accepted */
};

/* NULL past the last. */
const struct gguf_bad *gguf_bad_at(size_t index);

#endif
