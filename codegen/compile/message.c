/* SPDX-License-Identifier: MIT */
/* Encodes and decodes the two messages of a compile worker: little-endian numbers and counted
 * bytes; a text carries its terminator. */
#include "codegen/compile/message.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Both keep going after a failure and say so once at the end. */
struct writer {
    uint8_t *data;
    size_t n_bytes, capacity;
    bool failed;
};

struct reader {
    const uint8_t *data;
    size_t n_left;
    bool failed;
};

static void put_bytes(struct writer *writer, const void *data, size_t n_bytes)
{
    if (n_bytes > writer->capacity - writer->n_bytes && !writer->failed) {
        size_t capacity = 2 * (writer->capacity + n_bytes);
        uint8_t *grown = realloc(writer->data, capacity);
        if (grown) writer->data = grown, writer->capacity = capacity;
        writer->failed = !grown;
    }
    if (writer->failed || n_bytes == 0) return;
    memcpy(writer->data + writer->n_bytes, data, n_bytes);
    writer->n_bytes += n_bytes;
}

static void put_u64(struct writer *writer, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(value >> 8 * i);
    put_bytes(writer, bytes, sizeof bytes);
}

static void put_block(struct writer *writer, const void *data, size_t n_bytes)
{
    put_u64(writer, n_bytes);
    put_bytes(writer, data, n_bytes);
}

static void put_text(struct writer *writer, const char *text)
{
    put_block(writer, text, strlen(text) + 1);
}

static enum hone_status finish(struct writer *writer, struct message *out_message,
                               struct hone_error *err)
{
    *out_message = (struct message){writer->data, writer->n_bytes};
    if (!writer->failed && writer->n_bytes <= MESSAGE_LIMIT_BYTES) return HONE_OK;
    free(writer->data);
    *out_message = (struct message){0};
    if (writer->failed) return hone_fail(err, HONE_ERR_NO_MEMORY, "compile worker: no memory");
    return hone_fail(err, HONE_ERR_ARGUMENT,
                     "compile worker: message of %zu bytes, %d is the limit", writer->n_bytes,
                     MESSAGE_LIMIT_BYTES);
}

static uint64_t get_u64(struct reader *reader)
{
    uint64_t value = 0;
    if (reader->n_left < 8) reader->failed = true;
    if (reader->failed) return 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)reader->data[i] << 8 * i;
    reader->data += 8;
    reader->n_left -= 8;
    return value;
}

static const uint8_t *get_block(struct reader *reader, size_t *out_bytes)
{
    uint64_t n_bytes = get_u64(reader);
    *out_bytes = 0;
    if (n_bytes > reader->n_left) reader->failed = true;
    if (reader->failed) return NULL;
    const uint8_t *block = reader->data;
    reader->data += n_bytes;
    reader->n_left -= n_bytes;
    *out_bytes = n_bytes;
    return block;
}

static const char *get_text(struct reader *reader)
{
    size_t n_bytes;
    const uint8_t *block = get_block(reader, &n_bytes);
    if (!block || n_bytes == 0 || memchr(block, '\0', n_bytes) != block + n_bytes - 1) {
        reader->failed = true;
        return "";
    }
    return (const char *)block;
}

static uint32_t get_u32(struct reader *reader)
{
    uint64_t value = get_u64(reader);
    if (value > UINT32_MAX) reader->failed = true;
    return reader->failed ? 0 : (uint32_t)value;
}

static bool at_end(const struct reader *reader)
{
    return !reader->failed && reader->n_left == 0;
}

enum hone_status message_from_job(const struct hone_compile_job *job, double deadline_seconds,
                                  struct message *out_message, struct hone_error *err)
{
    struct writer writer = {0};
    *out_message = (struct message){0};
    if (!job->compiler || !job->source || !job->entry || !job->arch || !job->cpu || !job->features)
        return hone_fail(err, HONE_ERR_ARGUMENT, "compile job: a text is missing");
    put_u64(&writer, MESSAGE_PROTOCOL);
    put_u64(&writer, (uint64_t)(deadline_seconds * 1e3));
    put_text(&writer, job->compiler);
    put_text(&writer, job->entry);
    put_text(&writer, job->arch);
    put_text(&writer, job->cpu);
    put_text(&writer, job->features);
    put_u64(&writer, (uint64_t)job->level);
    put_u64(&writer, job->want_assembly != 0);
    put_u64(&writer, job->block_threads);
    put_u64(&writer, job->shared_bytes);
    put_u64(&writer, job->cluster_blocks);
    put_u64(&writer, job->args_bytes);
    put_u64(&writer, job->want_text != 0);
    put_block(&writer, job->source, job->n_source_bytes);
    return finish(&writer, out_message, err);
}

enum hone_status message_to_job(const uint8_t *data, size_t n_bytes,
                                struct hone_compile_job *out_job, double *out_deadline_seconds,
                                struct hone_error *err)
{
    struct reader reader = {.data = data, .n_left = n_bytes};
    *out_job = (struct hone_compile_job){0};
    uint64_t protocol = get_u64(&reader);
    if (!reader.failed && protocol != MESSAGE_PROTOCOL)
        return hone_fail(err, HONE_ERR_VERSION, "compile job: protocol %llu, expected %d",
                         (unsigned long long)protocol, MESSAGE_PROTOCOL);
    *out_deadline_seconds = (double)get_u64(&reader) * 1e-3;
    out_job->compiler = get_text(&reader);
    out_job->entry = get_text(&reader);
    out_job->arch = get_text(&reader);
    out_job->cpu = get_text(&reader);
    out_job->features = get_text(&reader);
    out_job->level = (int)get_u64(&reader);
    out_job->want_assembly = (int)get_u64(&reader);
    out_job->block_threads = get_u32(&reader);
    out_job->shared_bytes = get_u32(&reader);
    out_job->cluster_blocks = get_u32(&reader);
    out_job->args_bytes = get_u32(&reader);
    out_job->want_text = (int)get_u64(&reader);
    out_job->source = (const char *)get_block(&reader, &out_job->n_source_bytes);
    if (!at_end(&reader)) return hone_fail(err, HONE_ERR_FORMAT, "compile job: malformed message");
    return HONE_OK;
}

enum hone_status message_from_result(enum hone_status status, const char *text,
                                     const struct hone_binary *binary, struct message *out_message,
                                     struct hone_error *err)
{
    struct writer writer = {0};
    put_u64(&writer, (uint64_t)status);
    if (status != HONE_OK) {
        put_text(&writer, text);
        return finish(&writer, out_message, err);
    }
    put_u64(&writer, binary->entry);
    put_u64(&writer, binary->facts.n_instructions);
    put_u64(&writer, binary->facts.n_vector_spills);
    put_u64(&writer, binary->facts.stack_bytes);
    put_u64(&writer, binary->facts.code_bytes);
    put_u64(&writer, binary->facts.n_registers);
    put_u64(&writer, binary->facts.shared_bytes);
    put_block(&writer, binary->code, binary->n_bytes);
    put_text(&writer, binary->assembly ? binary->assembly : "");
    return finish(&writer, out_message, err);
}

static enum hone_status get_binary(struct reader *reader, struct hone_binary *binary,
                                   struct hone_error *err)
{
    binary->entry = get_u64(reader);
    binary->facts.n_instructions = get_u32(reader);
    binary->facts.n_vector_spills = get_u32(reader);
    binary->facts.stack_bytes = get_u32(reader);
    binary->facts.code_bytes = get_u32(reader);
    binary->facts.n_registers = get_u32(reader);
    binary->facts.shared_bytes = get_u32(reader);
    const uint8_t *code = get_block(reader, &binary->n_bytes);
    const char *assembly = get_text(reader);
    if (!at_end(reader) || binary->entry >= binary->n_bytes)
        return hone_fail(err, HONE_ERR_FORMAT, "compile result: malformed message");
    binary->code = malloc(binary->n_bytes);
    if (*assembly) binary->assembly = strdup(assembly);
    if (!binary->code || (*assembly && !binary->assembly))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "compile result: no memory");
    memcpy(binary->code, code, binary->n_bytes);
    return HONE_OK;
}

enum hone_status message_to_result(const uint8_t *data, size_t n_bytes,
                                   enum hone_status *out_status, struct hone_binary *out_binary,
                                   struct hone_error *err)
{
    struct reader reader = {.data = data, .n_left = n_bytes};
    *out_binary = (struct hone_binary){0};
    uint64_t status = get_u64(&reader);
    *out_status = (enum hone_status)status;
    if (reader.failed || status >= HONE_STATUS_COUNT)
        return hone_fail(err, HONE_ERR_FORMAT, "compile result: malformed message");
    if (status == HONE_OK) {
        enum hone_status got = get_binary(&reader, out_binary, err);
        if (got != HONE_OK) hone_binary_release(out_binary);
        return got;
    }
    const char *text = get_text(&reader);
    if (!at_end(&reader))
        return hone_fail(err, HONE_ERR_FORMAT, "compile result: malformed message");
    hone_fail(err, *out_status, "%s", text);
    return HONE_OK;
}
