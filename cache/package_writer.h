/* SPDX-License-Identifier: MIT */
/* Writes a package file section by section, as FORMAT.md lays it out. It knows no graph and no
 * plan: sections are bytes that others have put together.
 *
 * Bytes go to a file beside the one asked for as they come, so weights never have to fit in
 * memory; finish gives that file its name in one step. Until then nothing is at `path` that was
 * not there before. */
#ifndef HONE_CACHE_PACKAGE_WRITER_H
#define HONE_CACHE_PACKAGE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/package/format.h"

struct hone_package_writer;

enum hone_status hone_package_writer_open(const char *path, struct hone_package_writer **out_writer,
                                          struct hone_error *err);

/* Sections of one plan of several, TARGET, PLAN, CODE, PROOFS and WEIGHT_PARTS, that are begun from
 * now on belong to plan `index` (0 before the first call, below HONE_MAX_PLANS); all other kinds
 * are common to them. Plans are numbered without gaps. */
void hone_package_writer_plan(struct hone_package_writer *writer, uint32_t index);

/* A whole section. Each kind at most once a plan; none empty; WEIGHT_HASHES are the writer's own.
 */
enum hone_status hone_package_writer_add(struct hone_package_writer *writer,
                                         enum hone_section_kind kind, const void *data,
                                         size_t n_bytes, struct hone_error *err);

/* The same in parts: begin, any number of writes, end. */
enum hone_status hone_package_writer_begin(struct hone_package_writer *writer,
                                           enum hone_section_kind kind, struct hone_error *err);
enum hone_status hone_package_writer_write(struct hone_package_writer *writer, const void *data,
                                           size_t n_bytes, struct hone_error *err);
/* Zeros up to the next multiple of `unit` in the section; *out_offset (may be NULL) is that place:
 * where the next write goes. */
enum hone_status hone_package_writer_align(struct hone_package_writer *writer, uint64_t unit,
                                           uint64_t *out_offset, struct hone_error *err);
enum hone_status hone_package_writer_end(struct hone_package_writer *writer,
                                         struct hone_error *err);

/* Makes the SIGNATURE section (n_bytes of it) from the manifest hash, in finish. */
typedef enum hone_status hone_package_sign(void *context, const uint8_t manifest_hash[32],
                                           uint8_t *out_signature, size_t n_bytes,
                                           struct hone_error *err);
void hone_package_writer_sign(struct hone_package_writer *writer, hone_package_sign *sign,
                              void *context, size_t n_bytes);

/* Writes header, table and signature, syncs and renames. The writer is closed either way.
 * manifest_hash and n_bytes may be NULL. */
enum hone_status hone_package_writer_finish(struct hone_package_writer *writer,
                                            uint8_t out_manifest_hash[32], uint64_t *out_bytes,
                                            struct hone_error *err);

/* Leaves no file behind. NULL is fine. */
void hone_package_writer_abandon(struct hone_package_writer *writer);

#endif
