/* SPDX-License-Identifier: MIT */
/* Fuzzes the package reader, its plan parser first of all: the harness lays sections out and makes
 * every hash right, so that damage reaches the checks behind the hashes. An input is
 *
 *   u16 bytes of target, of info, of plan, of weights
 *   target, info, plan
 *   changes of header and table, 3 bytes each: u16 offset, u8 value
 *
 * A package that opens is asked everything a program may ask, and given a session if that is small.
 * No kernel is run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/hash.h"
#include "runtime/hone.h"
#include "runtime/package/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

enum {
    N_SECTIONS = 6,
    HEAD_BYTES = 64 + 56 * N_SECTIONS,
    CODE_BYTES = 8256,
    SMALL_SESSION = 16 << 20,
};

static int file = -1;
static char path[64];

struct image {
    uint8_t head[HEAD_BYTES];
    uint64_t at;
    uint32_t n_sections;
};

static void require(int condition)
{
    if (!condition) abort();
}

static void put(uint8_t *to, size_t n_bytes, uint64_t value)
{
    for (size_t i = 0; i < n_bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static void add_section(struct image *image, uint32_t kind, const uint8_t *data, uint64_t n_bytes)
{
    if (n_bytes == 0) return;
    uint8_t *row = image->head + 64 + 56 * (size_t)image->n_sections++;
    image->at = (image->at + HONE_SECTION_ALIGN - 1) / HONE_SECTION_ALIGN * HONE_SECTION_ALIGN;
    put(row, 4, kind);
    put(row + 8, 8, image->at);
    put(row + 16, 8, n_bytes);
    if (kind != HONE_SECTION_WEIGHTS) hone_sha256_of(data, n_bytes, row + 24);
    require(pwrite(file, data, n_bytes, (off_t)image->at) == (ssize_t)n_bytes);
    image->at += n_bytes;
}

static void add_weights(struct image *image, uint64_t n_bytes)
{
    static const uint8_t zeros[65536];
    uint8_t hashes[HONE_HASH_BYTES];
    if (n_bytes == 0) return;
    hone_sha256_of(zeros, n_bytes, hashes); /* less than a chunk */
    add_section(image, HONE_SECTION_WEIGHTS, zeros, n_bytes);
    add_section(image, HONE_SECTION_WEIGHT_HASHES, hashes, sizeof hashes);
}

static void finish_head(struct image *image, const uint8_t *changes, size_t n_bytes)
{
    memcpy(image->head, HONE_PACKAGE_MAGIC, 8);
    put(image->head + 8, 4, HONE_PACKAGE_VERSION);
    put(image->head + 12, 4, image->n_sections);
    put(image->head + 16, 8, image->at);
    for (; n_bytes >= 3; changes += 3, n_bytes -= 3)
        image->head[(changes[0] | changes[1] << 8) % HEAD_BYTES] = changes[2];
    uint32_t n_sections;
    memcpy(&n_sections, image->head + 12, sizeof n_sections);
    memset(image->head + 32, 0, 32);
    uint8_t digest[HONE_HASH_BYTES];
    if (n_sections > N_SECTIONS) n_sections = N_SECTIONS;
    hone_sha256_of(image->head, 64 + 56 * (size_t)n_sections, digest);
    memcpy(image->head + 32, digest, sizeof digest);
    require(pwrite(file, image->head, HEAD_BYTES, 0) == HEAD_BYTES);
}

static void build(const uint8_t *data, size_t n_bytes)
{
    static const uint8_t code[CODE_BYTES];
    struct image image = {.at = HEAD_BYTES};
    size_t lengths[3], weights = data[6] | (size_t)data[7] << 8;
    const uint8_t *parts[3], *at = data + 8, *end = data + n_bytes;
    for (int i = 0; i < 3; i++) {
        size_t wanted = data[2 * i] | (size_t)data[2 * i + 1] << 8;
        lengths[i] = wanted < (size_t)(end - at) ? wanted : (size_t)(end - at);
        parts[i] = at;
        at += lengths[i];
    }
    require(ftruncate(file, 0) == 0);
    add_section(&image, HONE_SECTION_TARGET, parts[0], lengths[0]);
    add_section(&image, HONE_SECTION_INFO, parts[1], lengths[1]);
    add_section(&image, HONE_SECTION_PLAN, parts[2], lengths[2]);
    add_section(&image, HONE_SECTION_CODE, code, CODE_BYTES);
    add_weights(&image, weights);
    finish_head(&image, at, (size_t)(end - at));
}

static void try_session(struct hone_model *model, uint32_t n_seqs, uint32_t n_pages)
{
    struct hone_error err = {0};
    struct hone_session *session;
    uint64_t n_bytes;
    const struct hone_session_options options = {
        .struct_size = sizeof options, .n_threads = 1, .n_seqs = n_seqs, .n_pages = n_pages};
    if (hone_session_bytes(model, &options, &n_bytes, &err) != HONE_OK) {
        require(err.text[0] != '\0');
        return;
    }
    if (n_bytes > SMALL_SESSION) return;
    if (hone_session_create(model, &options, &session, &err) != HONE_OK) return;
    require(hone_logits(session, 0) == NULL && hone_seq_length(session, 0) == 0);
    hone_session_close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    if (n_bytes < 8) return 0;
    if (file < 0) {
        file = memfd_create("package", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    build(data, n_bytes);
    struct hone_error err = {0};
    struct hone_model *model;
    const struct hone_open_options options = {.struct_size = sizeof options, .check_weights = 1};
    if (hone_open(path, &options, &model, &err) != HONE_OK) {
        require(!model && strstr(err.text, path) && !strchr(err.text, '\n'));
        return 0;
    }
    char text[64];
    struct hone_model_info info;
    hone_model_info(model, &info);
    require(info.max_tokens > 0 && info.max_out <= info.max_tokens && info.page_tokens > 0);
    hone_model_text(model, "name", text, sizeof text);
    try_session(model, 0, 0);
    try_session(model, info.max_seqs, 0);
    try_session(model, 1, UINT32_MAX);
    try_session(model, 1, 3);
    hone_close(model);
    return 0;
}
