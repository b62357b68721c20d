/* SPDX-License-Identifier: MIT */
/* Numbers and texts as bytes: little endian, lengths before contents. A writer that has run out of
 * memory and a reader that has run past its end stay bad, so one check at the end is enough. */
#ifndef HONE_RUNNER_WIRE_H
#define HONE_RUNNER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_out {
    uint8_t *data; /* freed by the owner */
    size_t n_bytes, capacity;
    bool bad;
};
void wire_put_u32(struct wire_out *out, uint32_t value);
void wire_put_u64(struct wire_out *out, uint64_t value);
void wire_put_f64(struct wire_out *out, double value);
void wire_put_bytes(struct wire_out *out, const void *data, size_t n_bytes);
void wire_put_text(struct wire_out *out, const char *text);

struct wire_in {
    const uint8_t *data;
    size_t n_bytes, at;
    bool bad;
};
uint32_t wire_u32(struct wire_in *in);
uint64_t wire_u64(struct wire_in *in);
double wire_f64(struct wire_in *in);
/* Points into the message. */
const uint8_t *wire_bytes(struct wire_in *in, size_t *out_bytes);
/* A copy of at most capacity - 1 bytes; a longer one is bad, and so is one with control characters:
 * texts of the other end come into lines of ours. */
void wire_text(struct wire_in *in, char *out_text, size_t capacity);
/* All was read and nothing was bad. */
bool wire_done(const struct wire_in *in);

#endif
