/* SPDX-License-Identifier: MIT */
/* Keys in three grades. What can change code: a difference is a miss. What can change timing: the
 * kernel is usable, but its time must be taken again. What changes nothing is recorded only. */
#ifndef HONE_CACHE_KEYS_H
#define HONE_CACHE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/target.h"

enum { HONE_KEY_FIELD_BYTES = 192, HONE_KEY_TEXT_BYTES = 512 };

struct hone_code_key_fields {
    char problem[HONE_KEY_TEXT_BYTES];   /* op, dimensions, types, range of M */
    char source_hash[65];                /* of the rendered text */
    char options[1024];                  /* of the compiler: triple, cpu, features, level */
    char compiler[HONE_KEY_FIELD_BYTES]; /* "llvm 22.1.8" */
    char target[HONE_KEY_FIELD_BYTES];   /* target text */
    uint32_t engine, abi, contract;      /* template engine, calling convention, ops */
};

struct hone_timing_key_fields {
    char model[64];    /* of the processor */
    char governor[32]; /* frequency governor; "" where it cannot be read */
    uint32_t n_cpus, n_threads;
    uint64_t l2_bytes, l3_bytes;
};

/* What runs below the kernels: a time was taken over it, and an upgrade changes it. "" where it
 * cannot be read or there is none. */
struct hone_stack_fields {
    char kernel[96]; /* of the operating system */
    char microcode[32];
    char driver[64];
    char unit[64]; /* of a device: which of several alike, by its UUID */
};

struct hone_info_fields {   /* never compared */
    char template_hash[65]; /* what it renders to is source_hash */
    char hone_version[32];
    char host[64];
    int64_t date;
};

struct hone_entry_key {
    struct hone_code_key_fields code;
    char regime[HONE_KEY_TEXT_BYTES];
    struct hone_timing_key_fields timing;
    struct hone_stack_fields stack;
    struct hone_info_fields info;
};

enum hone_key_match {
    HONE_KEY_MATCH,    /* use it */
    HONE_KEY_REVERIFY, /* usable; verify and time again before trusting the time */
    HONE_KEY_MISS,     /* as if it were not there */
};

/* *out_field (may be NULL) names the first field that differs, NULL on a match. */
enum hone_key_match hone_key_compare(const struct hone_entry_key *stored,
                                     const struct hone_entry_key *wanted, const char **out_field);
const char *hone_key_match_name(enum hone_key_match match);

/* One row for everything that a key holds: README.md prints them. */
struct hone_key_field {
    const char *name; /* "code.compiler" */
    enum hone_key_match grade;
    const char *why;
};
/* NULL from the end on. */
const struct hone_key_field *hone_key_field_at(size_t i);

/* Fills what can be known of this machine without a runner. */
void hone_timing_key_here(uint32_t n_threads, struct hone_timing_key_fields *out_key);

/* "model=...; cpus=4; threads=2; l2=...; l3=...; governor=performance": the store's `device`. The
 * other way FORMAT is returned for a text that is not one. */
void hone_timing_key_text(const struct hone_timing_key_fields *key,
                          char out_text[HONE_KEY_TEXT_BYTES]);
enum hone_status hone_timing_key_parse(const char *text, struct hone_timing_key_fields *out_key,
                                       struct hone_error *err);

/* Value of `name` in a device or stack text; false (and "") when it is not there or too long. */
bool hone_key_text_field(const char *text, const char *name, char *out_value, size_t capacity);

/* "kernel=6.1.0; microcode=0x2b; driver=; governor=; host=a; hone=0.1; unit=GPU-1f": the store's
 * `stack`. Fields that are not there come back empty; `out_info` gets host and version and may be
 * NULL. */
void hone_stack_parse(const char *text, struct hone_stack_fields *out_stack,
                      struct hone_info_fields *out_info);
/* "microcode 0x2b -> 0x2c; kernel 6.1.0 -> 6.8.0", "" when nothing differs; true when something
 * does. */
bool hone_stack_difference(const char *before, const char *now, char out_text[HONE_KEY_TEXT_BYTES]);

/* What a kernel met while it was timed; times of different regimes are never compared. */
struct hone_regime {
    uint32_t m, n_seqs, kv_before, n_threads;
    uint64_t cold_bytes; /* weights rotate through at least this much memory; 0: hot */
};
void hone_regime_text(const struct hone_regime *regime, char out_text[HONE_KEY_TEXT_BYTES]);
/* The numbers above in a text that may hold more; FORMAT when one of them is missing. */
enum hone_status hone_regime_parse(const char *text, struct hone_regime *out_regime,
                                   struct hone_error *err);

#endif
