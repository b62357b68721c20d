/* SPDX-License-Identifier: MIT */
/* Numbers and texts as bytes. */
#include "tuner/runner/wire.h"

#include <stdlib.h>
#include <string.h>

static void put(struct wire_out *out, const void *data, size_t n_bytes)
{
    if (out->bad) return;
    if (n_bytes > out->capacity - out->n_bytes) {
        size_t capacity = 2 * out->capacity + n_bytes + 256;
        uint8_t *grown = realloc(out->data, capacity);
        if (!grown) {
            out->bad = true;
            return;
        }
        out->data = grown;
        out->capacity = capacity;
    }
    if (n_bytes) memcpy(out->data + out->n_bytes, data, n_bytes);
    out->n_bytes += n_bytes;
}

void wire_put_u64(struct wire_out *out, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(value >> 8 * i);
    put(out, bytes, sizeof bytes);
}

void wire_put_u32(struct wire_out *out, uint32_t value)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> 8 * i);
    put(out, bytes, sizeof bytes);
}

void wire_put_f64(struct wire_out *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    wire_put_u64(out, bits);
}

void wire_put_bytes(struct wire_out *out, const void *data, size_t n_bytes)
{
    wire_put_u64(out, n_bytes);
    put(out, data, n_bytes);
}

void wire_put_text(struct wire_out *out, const char *text)
{
    wire_put_bytes(out, text, strlen(text));
}

static const uint8_t *take(struct wire_in *in, uint64_t n_bytes)
{
    if (in->bad || n_bytes > in->n_bytes - in->at) {
        in->bad = true;
        return NULL;
    }
    const uint8_t *data = in->data + in->at;
    in->at += (size_t)n_bytes;
    return data;
}

uint32_t wire_u32(struct wire_in *in)
{
    const uint8_t *bytes = take(in, 4);
    uint32_t value = 0;
    for (int i = 0; bytes && i < 4; i++) value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

uint64_t wire_u64(struct wire_in *in)
{
    const uint8_t *bytes = take(in, 8);
    uint64_t value = 0;
    for (int i = 0; bytes && i < 8; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

double wire_f64(struct wire_in *in)
{
    uint64_t bits = wire_u64(in);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

const uint8_t *wire_bytes(struct wire_in *in, size_t *out_bytes)
{
    uint64_t n_bytes = wire_u64(in);
    const uint8_t *data = take(in, n_bytes);
    *out_bytes = data ? (size_t)n_bytes : 0;
    return data;
}

static bool is_one_line(const uint8_t *text, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        if (text[i] < ' ' || text[i] == 127) return false;
    return true;
}

void wire_text(struct wire_in *in, char *out_text, size_t capacity)
{
    size_t n_bytes;
    const uint8_t *data = wire_bytes(in, &n_bytes);
    out_text[0] = '\0';
    if (!data) return;
    if (n_bytes >= capacity || !is_one_line(data, n_bytes)) {
        in->bad = true;
        return;
    }
    memcpy(out_text, data, n_bytes);
    out_text[n_bytes] = '\0';
}

bool wire_done(const struct wire_in *in)
{
    return !in->bad && in->at == in->n_bytes;
}
