/* SPDX-License-Identifier: MIT */
/* Sections in the order they come, header and table last: both fit before the first section. */
#include "cache/package_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/checked.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"

_Static_assert(sizeof(struct hone_package_header) +
                       HONE_MAX_SECTIONS * sizeof(struct hone_package_section) <=
                   HONE_SECTION_ALIGN,
               "header and table fit before the first section");

enum { KINDS = HONE_SECTION_WEIGHT_PARTS + 1 };

struct hone_package_writer {
    char *path, *temporary;
    int fd;
    uint64_t at; /* in the file */
    struct hone_package_section sections[HONE_MAX_SECTIONS];
    uint32_t n_sections;
    uint32_t plan;           /* whose sections come */
    bool is_open;            /* the last of them */
    struct hone_sha256 hash; /* of the open section, or of the open chunk of weights */
    uint8_t *chunk_hashes;
    size_t n_chunks, chunk_capacity;
    hone_package_sign *sign;
    void *sign_context;
    size_t signature_bytes;
};

static enum hone_status fail_errno(const struct hone_package_writer *w, const char *what,
                                   struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_IO, "%s: cannot %s: %s", w->path, what, strerror(errno));
}

void hone_package_writer_abandon(struct hone_package_writer *writer)
{
    if (!writer) return;
    if (writer->fd >= 0) {
        close(writer->fd);
        unlink(writer->temporary);
    }
    free(writer->chunk_hashes);
    free(writer->temporary);
    free(writer->path);
    free(writer);
}

enum hone_status hone_package_writer_open(const char *path, struct hone_package_writer **out_writer,
                                          struct hone_error *err)
{
    *out_writer = NULL;
    struct hone_package_writer *w = calloc(1, sizeof *w);
    if (!w) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    w->fd = -1;
    w->path = strdup(path);
    if (!w->path || asprintf(&w->temporary, "%s.XXXXXX", path) < 0) {
        w->temporary = NULL;
        hone_package_writer_abandon(w);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    }
    w->fd = mkostemp(w->temporary, O_CLOEXEC);
    if (w->fd < 0) {
        enum hone_status status = fail_errno(w, "create a file beside it", err);
        hone_package_writer_abandon(w);
        return status;
    }
    *out_writer = w;
    return HONE_OK;
}

static enum hone_status write_at(const struct hone_package_writer *w, const void *data,
                                 size_t n_bytes, uint64_t offset, struct hone_error *err)
{
    const uint8_t *from = data;
    for (size_t done = 0; done < n_bytes;) {
        ssize_t put = pwrite(w->fd, from + done, n_bytes - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(w, "write", err);
        done += (size_t)put;
    }
    return HONE_OK;
}

void hone_package_writer_plan(struct hone_package_writer *writer, uint32_t index)
{
    writer->plan = index;
}

static enum hone_status begin(struct hone_package_writer *w, enum hone_section_kind kind,
                              struct hone_error *err)
{
    if ((int)kind <= 0 || (int)kind >= KINDS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: unknown section kind %d", w->path, kind);
    if (w->is_open)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: section begun inside a section", w->path);
    static const bool per_plan[KINDS] = {
        [HONE_SECTION_TARGET] = true,       [HONE_SECTION_PLAN] = true,
        [HONE_SECTION_CODE] = true,         [HONE_SECTION_PROOFS] = true,
        [HONE_SECTION_WEIGHT_PARTS] = true,
    };
    uint32_t index = per_plan[kind] ? w->plan : 0;
    if (index >= HONE_MAX_PLANS || w->n_sections == HONE_MAX_SECTIONS)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: plan %u: a package has at most %d", w->path,
                         index, HONE_MAX_PLANS);
    for (uint32_t i = 0; i < w->n_sections; i++)
        if (w->sections[i].kind == kind && w->sections[i].index == index)
            return hone_fail(err, HONE_ERR_ARGUMENT, "%s: section kind %d twice", w->path, kind);
    if (w->at == 0) w->at = 1; /* the first place is the header's */
    if (!hone_round_up(w->at, HONE_SECTION_ALIGN, &w->at))
        return hone_fail(err, HONE_ERR_LIMIT, "%s: file too large", w->path);
    w->sections[w->n_sections++] =
        (struct hone_package_section){.kind = kind, .index = index, .offset = w->at};
    hone_sha256_init(&w->hash);
    w->is_open = true;
    return HONE_OK;
}

enum hone_status hone_package_writer_begin(struct hone_package_writer *writer,
                                           enum hone_section_kind kind, struct hone_error *err)
{
    if (kind == HONE_SECTION_WEIGHT_HASHES || kind == HONE_SECTION_SIGNATURE)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: the writer itself makes section kind %d",
                         writer->path, kind);
    return begin(writer, kind, err);
}

static enum hone_status end_chunk(struct hone_package_writer *w, struct hone_error *err)
{
    if (w->n_chunks == w->chunk_capacity) {
        size_t capacity = w->chunk_capacity ? 2 * w->chunk_capacity : 64;
        uint8_t *grown = realloc(w->chunk_hashes, capacity * HONE_HASH_BYTES);
        if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", w->path);
        w->chunk_hashes = grown;
        w->chunk_capacity = capacity;
    }
    hone_sha256_final(&w->hash, w->chunk_hashes + HONE_HASH_BYTES * w->n_chunks++);
    hone_sha256_init(&w->hash);
    return HONE_OK;
}

/* Weights are hashed by chunks, so that a reader can check part of them. */
static enum hone_status hash_weights(struct hone_package_writer *w, const uint8_t *data,
                                     size_t n_bytes, uint64_t filled, struct hone_error *err)
{
    while (n_bytes > 0) {
        size_t room = HONE_WEIGHT_CHUNK_BYTES - filled % HONE_WEIGHT_CHUNK_BYTES;
        size_t take = n_bytes < room ? n_bytes : room;
        hone_sha256_update(&w->hash, data, take);
        if (take == room) HONE_TRY(end_chunk(w, err));
        data += take, n_bytes -= take, filled += take;
    }
    return HONE_OK;
}

enum hone_status hone_package_writer_write(struct hone_package_writer *writer, const void *data,
                                           size_t n_bytes, struct hone_error *err)
{
    if (!writer->is_open)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: written outside a section", writer->path);
    struct hone_package_section *section = &writer->sections[writer->n_sections - 1];
    HONE_TRY(write_at(writer, data, n_bytes, writer->at, err));
    if (section->kind == HONE_SECTION_WEIGHTS)
        HONE_TRY(hash_weights(writer, data, n_bytes, section->n_bytes, err));
    else
        hone_sha256_update(&writer->hash, data, n_bytes);
    writer->at += n_bytes;
    section->n_bytes += n_bytes;
    return HONE_OK;
}

enum hone_status hone_package_writer_align(struct hone_package_writer *writer, uint64_t unit,
                                           uint64_t *out_offset, struct hone_error *err)
{
    static const uint8_t zeros[4096];
    if (!writer->is_open || unit == 0 || unit > HONE_SECTION_ALIGN)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: cannot align to %llu", writer->path,
                         (unsigned long long)unit);
    const struct hone_package_section *section = &writer->sections[writer->n_sections - 1];
    while (section->n_bytes % unit != 0) {
        uint64_t left = unit - section->n_bytes % unit;
        HONE_TRY(hone_package_writer_write(writer, zeros, left < sizeof zeros ? left : sizeof zeros,
                                           err));
    }
    if (out_offset) *out_offset = section->n_bytes;
    return HONE_OK;
}

enum hone_status hone_package_writer_end(struct hone_package_writer *writer, struct hone_error *err)
{
    if (!writer->is_open)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: no section to end", writer->path);
    struct hone_package_section *section = &writer->sections[writer->n_sections - 1];
    writer->is_open = false;
    if (section->n_bytes == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: section kind %u is empty", writer->path,
                         section->kind);
    if (section->kind != HONE_SECTION_WEIGHTS) {
        hone_sha256_final(&writer->hash, section->hash);
        return HONE_OK;
    }
    if (section->n_bytes % HONE_WEIGHT_CHUNK_BYTES != 0) HONE_TRY(end_chunk(writer, err));
    HONE_TRY(begin(writer, HONE_SECTION_WEIGHT_HASHES, err));
    HONE_TRY(hone_package_writer_write(writer, writer->chunk_hashes,
                                       writer->n_chunks * HONE_HASH_BYTES, err));
    return hone_package_writer_end(writer, err);
}

enum hone_status hone_package_writer_add(struct hone_package_writer *writer,
                                         enum hone_section_kind kind, const void *data,
                                         size_t n_bytes, struct hone_error *err)
{
    HONE_TRY(hone_package_writer_begin(writer, kind, err));
    HONE_TRY(hone_package_writer_write(writer, data, n_bytes, err));
    return hone_package_writer_end(writer, err);
}

void hone_package_writer_sign(struct hone_package_writer *writer, hone_package_sign *sign,
                              void *context, size_t n_bytes)
{
    writer->sign = sign;
    writer->sign_context = context;
    writer->signature_bytes = n_bytes;
}

/* The signature's row is in the manifest it signs, its bytes are not. */
static enum hone_status reserve_signature(struct hone_package_writer *w, struct hone_error *err)
{
    if (!w->sign) return HONE_OK;
    HONE_TRY(begin(w, HONE_SECTION_SIGNATURE, err));
    w->is_open = false;
    w->sections[w->n_sections - 1].n_bytes = w->signature_bytes;
    w->at += w->signature_bytes;
    return HONE_OK;
}

static enum hone_status write_signature(const struct hone_package_writer *w,
                                        const uint8_t manifest_hash[HONE_HASH_BYTES],
                                        struct hone_error *err)
{
    if (!w->sign) return HONE_OK;
    const struct hone_package_section *section = &w->sections[w->n_sections - 1];
    uint8_t *signature = calloc(1, w->signature_bytes);
    if (!signature) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", w->path);
    enum hone_status status =
        w->sign(w->sign_context, manifest_hash, signature, w->signature_bytes, err);
    if (status == HONE_OK)
        status = write_at(w, signature, w->signature_bytes, section->offset, err);
    free(signature);
    return status;
}

static enum hone_status write_manifest(struct hone_package_writer *w,
                                       struct hone_package_header *header, struct hone_error *err)
{
    struct hone_sha256 hash;
    size_t table_bytes = w->n_sections * sizeof *w->sections;
    hone_sha256_init(&hash);
    hone_sha256_update(&hash, header, sizeof *header);
    hone_sha256_update(&hash, w->sections, table_bytes);
    hone_sha256_final(&hash, header->manifest_hash);
    HONE_TRY(write_at(w, w->sections, table_bytes, sizeof *header, err));
    return write_at(w, header, sizeof *header, 0, err);
}

static enum hone_status put_in_place(struct hone_package_writer *w, struct hone_error *err)
{
    if (fchmod(w->fd, 0644) != 0) return fail_errno(w, "set the mode", err);
    if (fsync(w->fd) != 0) return fail_errno(w, "sync", err);
    if (rename(w->temporary, w->path) != 0) return fail_errno(w, "rename", err);
    close(w->fd);
    w->fd = -1;
    hone_file_sync_folder(w->path);
    return HONE_OK;
}

static enum hone_status finish(struct hone_package_writer *w, struct hone_package_header *header,
                               struct hone_error *err)
{
    if (w->is_open || w->n_sections == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: finished without a whole section", w->path);
    HONE_TRY(reserve_signature(w, err));
    *header = (struct hone_package_header){
        .magic = HONE_PACKAGE_MAGIC,
        .version = HONE_PACKAGE_VERSION,
        .n_sections = w->n_sections,
        .file_bytes = w->at,
    };
    HONE_TRY(write_manifest(w, header, err));
    HONE_TRY(write_signature(w, header->manifest_hash, err));
    return put_in_place(w, err);
}

enum hone_status hone_package_writer_finish(struct hone_package_writer *writer,
                                            uint8_t out_manifest_hash[32], uint64_t *out_bytes,
                                            struct hone_error *err)
{
    struct hone_package_header header;
    enum hone_status status = finish(writer, &header, err);
    if (status == HONE_OK && out_manifest_hash)
        memcpy(out_manifest_hash, header.manifest_hash, sizeof header.manifest_hash);
    if (status == HONE_OK && out_bytes) *out_bytes = header.file_bytes;
    hone_package_writer_abandon(writer);
    return status;
}
