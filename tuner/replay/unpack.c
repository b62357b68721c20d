/* SPDX-License-Identifier: MIT */
/* Text that may be packed with gzip, unpacked into memory that grows up to a limit. */
#include "tuner/replay/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct output {
    unsigned char *data;
    size_t n_bytes, capacity, limit;
};

static enum hone_status grow(struct output *out, const char *name, struct hone_error *err)
{
    if (out->capacity == out->limit)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %zu bytes unpacked", name, out->limit);
    size_t capacity = out->capacity ? 2 * out->capacity : 1 << 16;
    if (capacity > out->limit) capacity = out->limit;
    unsigned char *data = realloc(out->data, capacity + 1);
    if (!data) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    out->data = data;
    out->capacity = capacity;
    return HONE_OK;
}

/* One call of zlib; *out_ended at the end of the last member. */
static enum hone_status inflate_some(z_stream *stream, struct output *out, const char *name,
                                     int *out_ended, struct hone_error *err)
{
    if (out->n_bytes == out->capacity) HONE_TRY(grow(out, name, err));
    size_t room = out->capacity - out->n_bytes;
    stream->next_out = out->data + out->n_bytes;
    stream->avail_out = (uInt)room;
    int code = inflate(stream, Z_NO_FLUSH);
    out->n_bytes += room - stream->avail_out;
    if (code == Z_STREAM_END) {
        *out_ended = stream->avail_in == 0;
        if (!*out_ended && inflateReset(stream) != Z_OK) code = Z_DATA_ERROR;
    }
    if (code == Z_MEM_ERROR) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    if (code != Z_OK && code != Z_STREAM_END && !(code == Z_BUF_ERROR && stream->avail_out == 0))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: %s", name,
                         code == Z_BUF_ERROR ? "the gzip data ends too early"
                                             : "the gzip data is damaged");
    return HONE_OK;
}

static enum hone_status inflate_all(const void *data, size_t n_bytes, const char *name,
                                    struct output *out, struct hone_error *err)
{
    z_stream stream = {.next_in = (z_const Bytef *)data, .avail_in = (uInt)n_bytes};
    int ended = 0;
    if (n_bytes > UINT32_MAX)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: %zu bytes are too many", name, n_bytes);
    if (inflateInit2(&stream, 15 + 16) != Z_OK) /* 15: the largest window; 16: gzip only */
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    enum hone_status status = HONE_OK;
    while (status == HONE_OK && !ended) status = inflate_some(&stream, out, name, &ended, err);
    inflateEnd(&stream);
    return status;
}

static enum hone_status copy_all(const void *data, size_t n_bytes, const char *name,
                                 struct output *out, struct hone_error *err)
{
    if (n_bytes > out->limit)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %zu bytes", name, out->limit);
    out->data = malloc(n_bytes + 1);
    if (!out->data) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    if (n_bytes) memcpy(out->data, data, n_bytes);
    out->n_bytes = n_bytes;
    return HONE_OK;
}

enum hone_status unpack(const void *data, size_t n_bytes, size_t limit, const char *name,
                        char **out_text, size_t *out_bytes, struct hone_error *err)
{
    const unsigned char *bytes = data;
    struct output out = {.limit = limit};
    int is_packed = n_bytes >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    enum hone_status status = is_packed ? inflate_all(data, n_bytes, name, &out, err)
                                        : copy_all(data, n_bytes, name, &out, err);
    if (status != HONE_OK) {
        free(out.data);
        return status;
    }
    out.data[out.n_bytes] = '\0';
    *out_text = (char *)out.data;
    *out_bytes = out.n_bytes;
    return HONE_OK;
}
