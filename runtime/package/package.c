/* SPDX-License-Identifier: MIT */
/* Opens a package: header, manifest hash, table, section hashes, target, plan - in this order, so
 * that each check only reads what the ones before it have proven to be there. */
#include "runtime/package/package.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/checked.h"
#include "runtime/base/hash.h"
#include "runtime/package/images.h"
#include "runtime/package/weight_parts.h"

_Static_assert(sizeof(struct hone_package_header) == 64, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_package_section) == 56, "layout of FORMAT.md");

#define LONG(v) ((unsigned long long)(v))

enum { OPTIONAL = 0, NEEDED = 1, HASHED = 2, PER_PLAN = 4 };

static const struct {
    const char *name;
    int flags;
} kinds[HONE_SECTION_KINDS] = {
    [HONE_SECTION_TARGET] = {"target", NEEDED | HASHED | PER_PLAN},
    [HONE_SECTION_INFO] = {"info", NEEDED | HASHED},
    [HONE_SECTION_PLAN] = {"plan", NEEDED | HASHED | PER_PLAN},
    [HONE_SECTION_CODE] = {"code", NEEDED | HASHED | PER_PLAN},
    [HONE_SECTION_WEIGHTS] = {"weights", OPTIONAL},
    [HONE_SECTION_WEIGHT_HASHES] = {"weight hashes", HASHED},
    [HONE_SECTION_TOKENIZER] = {"tokenizer", HASHED},
    [HONE_SECTION_PROOFS] = {"proofs", HASHED | PER_PLAN},
    [HONE_SECTION_SIGNATURE] = {"signature", OPTIONAL},
    [HONE_SECTION_WEIGHT_PARTS] = {"weight parts", HASHED | PER_PLAN},
};

const char *hone_section_name(uint32_t kind)
{
    return kind < HONE_SECTION_KINDS && kinds[kind].name ? kinds[kind].name : "unknown";
}

static enum hone_status check_header(struct hone_package *p, struct hone_error *err)
{
    const struct hone_package_header *h = (const void *)p->map.data;
    if (p->map.n_bytes < sizeof *h)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: %zu bytes, a package's header has %zu", p->path,
                         p->map.n_bytes, sizeof *h);
    if (memcmp(h->magic, HONE_PACKAGE_MAGIC, sizeof h->magic) != 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: not a hone package (wrong first 8 bytes)",
                         p->path);
    if (h->version != HONE_PACKAGE_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "%s: package version %u, this build reads %d",
                         p->path, h->version, HONE_PACKAGE_VERSION);
    if (h->file_bytes != p->map.n_bytes)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: %zu bytes, its header says %llu: truncated or appended to", p->path,
                         p->map.n_bytes, LONG(h->file_bytes));
    uint64_t table_bytes = (uint64_t)h->n_sections * sizeof *p->sections;
    if (h->n_sections == 0 || h->n_sections > HONE_MAX_SECTIONS ||
        !hone_in_range(sizeof *h, table_bytes, p->map.n_bytes))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: header: %u sections, 1 to %d expected", p->path,
                         h->n_sections, HONE_MAX_SECTIONS);
    if (h->reserved != 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: header: reserved field is not zero", p->path);
    p->header = h;
    p->sections = (const void *)(h + 1);
    return HONE_OK;
}

static enum hone_status check_manifest(const struct hone_package *p, struct hone_error *err)
{
    struct hone_package_header zeroed = *p->header;
    memset(zeroed.manifest_hash, 0, sizeof zeroed.manifest_hash);
    struct hone_sha256 hash;
    uint8_t digest[HONE_HASH_BYTES];
    hone_sha256_init(&hash);
    hone_sha256_update(&hash, &zeroed, sizeof zeroed);
    hone_sha256_update(&hash, p->sections, p->header->n_sections * sizeof *p->sections);
    hone_sha256_final(&hash, digest);
    if (memcmp(digest, p->header->manifest_hash, sizeof digest) == 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_REFUSED, "%s: manifest hash does not match header and table",
                     p->path);
}

/* Bytes between sections belong to no hash: they must be zero, so that no byte goes unchecked. */
static enum hone_status check_gap(const struct hone_package *p, uint64_t from, uint64_t to,
                                  struct hone_error *err)
{
    if (to - from >= HONE_SECTION_ALIGN)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: %llu unused bytes at %llu", p->path,
                         LONG(to - from), LONG(from));
    /* The first is zero and each equals the one after it. */
    const uint8_t *gap = p->map.data + from;
    if (to > from && (gap[0] != 0 || memcmp(gap, gap + 1, (size_t)(to - from - 1)) != 0))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: unused bytes at %llu are not zero", p->path,
                         LONG(from));
    return HONE_OK;
}

static enum hone_status check_row(struct hone_package *p, uint32_t i, uint64_t end,
                                  struct hone_error *err)
{
    const struct hone_package_section *s = &p->sections[i];
    if (s->kind >= HONE_SECTION_KINDS || !kinds[s->kind].name ||
        s->index >= (kinds[s->kind].flags & PER_PLAN ? HONE_MAX_PLANS : 1))
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: section %u of kind %u.%u is not known to this build", p->path, i,
                         s->kind, s->index);
    const char *name = kinds[s->kind].name;
    struct hone_package_part *part = &p->choices[s->index].parts[s->kind];
    if (part->data) return hone_fail(err, HONE_ERR_FORMAT, "%s: two %s sections", p->path, name);
    if (s->n_bytes == 0 || s->offset % HONE_SECTION_ALIGN != 0 || s->offset < end ||
        !hone_in_range(s->offset, s->n_bytes, p->map.n_bytes))
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: %s section: %llu bytes at %llu do not lie in the file's %zu", p->path,
                         name, LONG(s->n_bytes), LONG(s->offset), p->map.n_bytes);
    *part = (struct hone_package_part){p->map.data + s->offset, s->n_bytes, s->offset};
    if (s->index >= p->n_plans) p->n_plans = s->index + 1;
    return check_gap(p, end, s->offset, err);
}

/* What all plans have in common stands with the first; then each must have what it needs. */
static enum hone_status share_parts(struct hone_package *p, uint32_t index, struct hone_error *err)
{
    struct hone_package_part *parts = p->choices[index].parts;
    for (uint32_t kind = 0; kind < HONE_SECTION_KINDS; kind++) {
        if (!(kinds[kind].flags & PER_PLAN)) parts[kind] = p->choices[0].parts[kind];
        if (!(kinds[kind].flags & NEEDED) || parts[kind].data) continue;
        if (index == 0)
            return hone_fail(err, HONE_ERR_FORMAT, "%s: no %s section", p->path, kinds[kind].name);
        return hone_fail(err, HONE_ERR_FORMAT, "%s: no %s section for plan %u", p->path,
                         kinds[kind].name, index);
    }
    return HONE_OK;
}

static enum hone_status check_table(struct hone_package *p, struct hone_error *err)
{
    uint64_t end = sizeof *p->header + p->header->n_sections * sizeof *p->sections;
    for (uint32_t i = 0; i < p->header->n_sections; i++) {
        HONE_TRY(check_row(p, i, end, err));
        end = p->sections[i].offset + p->sections[i].n_bytes;
    }
    if (end != p->map.n_bytes)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: %llu bytes after the last section", p->path,
                         LONG(p->map.n_bytes - end));
    for (uint32_t index = 0; index < p->n_plans; index++) HONE_TRY(share_parts(p, index, err));
    hone_package_choose(p, 0);
    uint64_t n_chunks =
        hone_ceil_div(p->parts[HONE_SECTION_WEIGHTS].n_bytes, HONE_WEIGHT_CHUNK_BYTES);
    if (p->parts[HONE_SECTION_WEIGHT_HASHES].n_bytes != n_chunks * HONE_HASH_BYTES)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: weight hashes section: %llu bytes, %llu chunks of weights", p->path,
                         LONG(p->parts[HONE_SECTION_WEIGHT_HASHES].n_bytes), LONG(n_chunks));
    return HONE_OK;
}

static enum hone_status check_hashes(const struct hone_package *p, struct hone_error *err)
{
    static const uint8_t zeros[HONE_HASH_BYTES];
    for (uint32_t i = 0; i < p->header->n_sections; i++) {
        const struct hone_package_section *s = &p->sections[i];
        uint8_t digest[HONE_HASH_BYTES] = {0};
        if (kinds[s->kind].flags & HASHED)
            hone_sha256_of(p->map.data + s->offset, s->n_bytes, digest);
        if (memcmp(digest, s->hash, sizeof zeros) != 0)
            return hone_fail(err, HONE_ERR_REFUSED, "%s: %s section does not match its hash",
                             p->path, kinds[s->kind].name);
    }
    return HONE_OK;
}

static enum hone_status read_target(const struct hone_package *p,
                                    struct hone_package_choice *choice, struct hone_error *err)
{
    const struct hone_package_part *part = &choice->parts[HONE_SECTION_TARGET];
    char text[HONE_TARGET_TEXT_BYTES];
    bool is_plain = part->n_bytes < sizeof text;
    for (uint64_t i = 0; is_plain && i < part->n_bytes; i++)
        is_plain = part->data[i] > ' ' && part->data[i] <= '~';
    if (!is_plain)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: target section: not a target's text", p->path);
    memcpy(text, part->data, part->n_bytes);
    text[part->n_bytes] = '\0';
    /* "native" is a word for command lines: in a file it would mean every machine. */
    if (strcmp(text, "native") == 0 || hone_target_parse(text, &choice->target, NULL) != HONE_OK)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: target section: '%s' is no known target",
                         p->path, text);
    return HONE_OK;
}

static enum hone_status check_info(const struct hone_package *p, struct hone_error *err)
{
    const struct hone_package_part *part = &p->parts[HONE_SECTION_INFO];
    const uint8_t *at = part->data, *end = part->data + part->n_bytes;
    while (at < end) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end || !memchr(at, '=', (size_t)(line_end - at)) || *at == '=' ||
            memchr(at, '\0', (size_t)(line_end - at)))
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: info section: byte %td does not begin a key=value line", p->path,
                             at - part->data);
        at = line_end + 1;
    }
    return HONE_OK;
}

static enum hone_status read_choice(const struct hone_package *p,
                                    struct hone_package_choice *choice, struct hone_error *err)
{
    const struct hone_package_part *plan = &choice->parts[HONE_SECTION_PLAN];
    const struct hone_package_part *code = &choice->parts[HONE_SECTION_CODE];
    HONE_TRY(read_target(p, choice, err));
    HONE_TRY(hone_plan_read(p->path, plan->data, plan->n_bytes, code->n_bytes,
                            choice->parts[HONE_SECTION_WEIGHTS].n_bytes, &choice->plan, err));
    HONE_TRY(hone_plan_check_parts(p->path, &choice->plan,
                                   &choice->parts[HONE_SECTION_WEIGHT_PARTS],
                                   choice->parts[HONE_SECTION_WEIGHTS].n_bytes, err));
    if (!hone_target_has_images(&choice->target)) return HONE_OK;
    return hone_plan_check_images(p->path, &choice->plan, code->data, code->n_bytes, err);
}

static enum hone_status check(struct hone_package *p, struct hone_error *err)
{
    HONE_TRY(check_header(p, err));
    HONE_TRY(check_manifest(p, err));
    HONE_TRY(check_table(p, err));
    HONE_TRY(check_hashes(p, err));
    HONE_TRY(check_info(p, err));
    for (uint32_t index = 0; index < p->n_plans; index++)
        HONE_TRY(read_choice(p, &p->choices[index], err));
    hone_package_choose(p, 0);
    return HONE_OK;
}

void hone_package_choose(struct hone_package *package, uint32_t index)
{
    const struct hone_package_choice *choice = &package->choices[index];
    memcpy(package->parts, choice->parts, sizeof package->parts);
    package->target = choice->target;
    package->plan = choice->plan;
}

enum hone_status hone_package_open(const char *path, struct hone_package *out_package,
                                   struct hone_error *err)
{
    *out_package = (struct hone_package){.fd = -1};
    out_package->path = strdup(path);
    enum hone_status status =
        out_package->path ? hone_file_map_keep(path, &out_package->map, &out_package->fd, err)
                          : hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    if (status == HONE_OK) status = check(out_package, err);
    if (status != HONE_OK) hone_package_close(out_package);
    return status;
}

void hone_package_close(struct hone_package *package)
{
    hone_file_unmap(&package->map);
    if (package->fd >= 0) close(package->fd);
    free(package->path);
    *package = (struct hone_package){.fd = -1};
}

enum hone_status hone_package_check_weights(const struct hone_package *package,
                                            struct hone_error *err)
{
    const struct hone_package_part *weights = &package->parts[HONE_SECTION_WEIGHTS];
    const uint8_t *hashes = package->parts[HONE_SECTION_WEIGHT_HASHES].data;
    for (uint64_t at = 0; at < weights->n_bytes; at += HONE_WEIGHT_CHUNK_BYTES) {
        uint64_t left = weights->n_bytes - at;
        uint8_t digest[HONE_HASH_BYTES];
        hone_sha256_of(weights->data + at,
                       left < HONE_WEIGHT_CHUNK_BYTES ? left : HONE_WEIGHT_CHUNK_BYTES, digest);
        if (memcmp(digest, hashes + at / HONE_WEIGHT_CHUNK_BYTES * HONE_HASH_BYTES,
                   sizeof digest) != 0)
            return hone_fail(err, HONE_ERR_REFUSED,
                             "%s: weights section: the chunk at %llu does not match its hash",
                             package->path, LONG(at));
    }
    return HONE_OK;
}

const char *hone_package_info(const struct hone_package *package, const char *key,
                              size_t *out_bytes)
{
    const struct hone_package_part *part = &package->parts[HONE_SECTION_INFO];
    const char *at = (const char *)part->data, *end = at + part->n_bytes;
    size_t key_bytes = strlen(key);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *equals = memchr(at, '=', (size_t)(line_end - at));
        if ((size_t)(equals - at) == key_bytes && memcmp(at, key, key_bytes) == 0) {
            *out_bytes = (size_t)(line_end - equals - 1);
            return equals + 1;
        }
        at = line_end + 1;
    }
    return NULL;
}
