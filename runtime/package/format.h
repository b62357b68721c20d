/* SPDX-License-Identifier: MIT */
/* Byte layout of a package file and of the plan inside it. cache/FORMAT.md says the same in words.
 *
 * All integers little-endian. A package is a header, a section table and typed sections; the
 * manifest hash covers header and table (itself zeroed), each table row carries its section's
 * hash. Sections start at multiples of HONE_SECTION_ALIGN so that code and weights can be mapped.
 *
 * A plan is data: step lists, each for a range of M (rows in the forward); a step is a kernel, a
 * grid rule and a block of arguments whose pointers are filled in once, by bindings. */
#ifndef HONE_PACKAGE_FORMAT_H
#define HONE_PACKAGE_FORMAT_H

#include <stdint.h>

#define HONE_PACKAGE_MAGIC "HONEPKG"
enum {
    HONE_PACKAGE_VERSION = 1,
    HONE_PLAN_VERSION = 1,
    HONE_SECTION_ALIGN = 65536,
    HONE_MAX_SECTIONS = 64,
    HONE_MAX_PLANS = 8,                /* of one package, each for a target */
    HONE_WEIGHT_CHUNK_BYTES = 1 << 20, /* one hash in WEIGHT_HASHES per chunk */
};

struct hone_package_header {
    uint8_t magic[8]; /* "HONEPKG\0" */
    uint32_t version;
    uint32_t n_sections;
    uint64_t file_bytes;
    uint64_t reserved;
    uint8_t manifest_hash[32]; /* SHA-256 of header and table, this field as zeros */
};

enum hone_section_kind {
    HONE_SECTION_TARGET = 1,        /* target text, "cpu:x86_64:avx2+..." */
    HONE_SECTION_INFO = 2,          /* "key=value\n" lines for people; keys in FORMAT.md */
    HONE_SECTION_PLAN = 3,          /* struct hone_plan_header and its tables */
    HONE_SECTION_CODE = 4,          /* kernels' position-independent bytes */
    HONE_SECTION_WEIGHTS = 5,       /* tensors in their formats; each at a multiple of 64 */
    HONE_SECTION_WEIGHT_HASHES = 6, /* SHA-256 of each HONE_WEIGHT_CHUNK_BYTES of WEIGHTS */
    HONE_SECTION_TOKENIZER = 7,     /* runtime/text/section.h */
    HONE_SECTION_PROOFS = 8,        /* JSON: what was checked, per kernel */
    HONE_SECTION_SIGNATURE = 9,     /* Ed25519 over the manifest hash */
    HONE_SECTION_WEIGHT_PARTS = 10, /* struct hone_weight_part: what of WEIGHTS a plan reads */
};

struct hone_package_section {
    uint32_t kind;
    uint32_t index; /* of TARGET, PLAN, CODE, PROOFS, WEIGHT_PARTS: which plan's; else 0 */
    uint64_t offset;
    uint64_t n_bytes;
    uint8_t hash[32]; /* SHA-256; zeros for WEIGHTS (chunks) and SIGNATURE (it signs the rest) */
};

/* Bytes of the WEIGHTS section that a plan's kernels read, ascending and apart, both multiples of
 * 64 but for the end of the section. A plan without parts reads all of it. */
struct hone_weight_part {
    uint64_t offset, n_bytes;
};

/* ---- plan ---- */

/* Number of blocks of a launch, from values of the moment; p0 > 0 where it divides. */
enum hone_grid_rule {
    HONE_GRID_CONST = 0,  /* p0 */
    HONE_GRID_TOKENS = 1, /* ceil(n_tokens / p0) * p1 */
    HONE_GRID_OUT = 2,    /* ceil(n_out / p0) * p1 */
    HONE_GRID_RULES
};

enum hone_binding_kind {
    HONE_BIND_ACTIVATION = 0, /* value: offset in the session's activation buffer */
    HONE_BIND_WEIGHT = 1,     /* value: offset in the WEIGHTS section */
    HONE_BIND_BATCH = 2,      /* value: enum hone_batch_field */
    HONE_BIND_KV = 3,         /* value: KV region number */
    HONE_BIND_KINDS
};

/* Table offsets count from the start of the plan section. */
struct hone_plan_header {
    uint32_t version;
    uint32_t n_lists, n_steps, n_bindings, n_kernels, n_kv_regions;
    uint32_t max_tokens, max_seqs, max_out, max_context; /* the envelope */
    uint32_t page_tokens;                                /* positions per KV page */
    uint32_t n_vocab;
    uint64_t activation_bytes; /* of the session's activation buffer */
    uint64_t logits_offset;    /* in it: f32 [max_out][n_vocab], rows of logits_stride bytes */
    uint64_t logits_stride;
    uint64_t scratch_bytes; /* per worker, the largest any kernel asks */
    uint64_t lists_offset, steps_offset, bindings_offset, kernels_offset, kv_regions_offset;
    uint64_t args_offset, args_bytes;   /* argument blocks of all steps */
    uint64_t names_offset, names_bytes; /* terminated strings */
};

/* Forwards of m_min..m_max rows run steps [first_step, first_step + n_steps). Lists ascend without
 * gaps from 1 to max_tokens. */
struct hone_plan_list {
    uint32_t m_min, m_max, first_step, n_steps;
};

struct hone_plan_step {
    uint32_t kernel;
    uint32_t grid_rule, grid_p0, grid_p1;
    uint64_t args_offset; /* in the args table; multiple of 64 */
    uint32_t args_bytes;
    uint32_t first_binding, n_bindings;
    uint32_t name_offset; /* "blk.3.ffn_down gemm": for profiles */
    uint32_t schedule;    /* enum hone_schedule of runtime/device/device.h */
    uint32_t reserved;
};

/* Stores a pointer (8 bytes) at args_offset of the step's own argument block. */
struct hone_plan_binding {
    uint32_t args_offset;
    uint32_t kind;
    uint64_t value;
};

struct hone_plan_kernel {
    uint64_t code_offset; /* entry point, from the start of the CODE section */
    uint64_t code_bytes;  /* of its blob, which starts at blob_offset */
    uint64_t blob_offset; /* multiple of 4096 */
    uint64_t scratch_bytes;
    uint32_t name_offset;
    uint32_t reserved;
};

/* One K or V store of one layer: n_pages pages of page_bytes, n_pages chosen with the session. */
struct hone_plan_kv_region {
    uint64_t page_bytes;
};

#endif
