/* SPDX-License-Identifier: MIT */
/* What the files behind codegen/kernel.h share. */
#ifndef HONE_CODEGEN_KERNEL_INTERNAL_H
#define HONE_CODEGEN_KERNEL_INTERNAL_H

#include "codegen/kernel.h"

struct kernel_entry; /* kernel_compile.c: outcome of one code key */

struct hone_kernels {
    struct hone_target target;
    struct hone_machine_facts facts;
    const struct hone_codegen_target *codegen;
    struct hone_template_library *library;
    struct hone_space_list spaces;
    struct hone_compile_worker *worker; /* NULL: no compiling */
    struct hone_binary_cache cache;
    char target_text[HONE_TARGET_TEXT_BYTES];
    bool keep_text;
    char compiler[96]; /* "" until looked up */
    struct kernel_entry *entries;
};

/* Where line `number` of a variant's text stands in the templates, "" where that cannot be said. */
void kernel_place(struct hone_kernels *kernels, const struct hone_variant *variant, uint32_t number,
                  char out_place[HONE_TEMPLATE_PLACE_BYTES]);

/* Frees every remembered binary. */
void kernel_entries_free(struct kernel_entry *entries);

/* All of a job but the source; texts live in `text`. `variant` NULL: what the target alone says. */
enum hone_status kernel_job(const struct hone_kernels *kernels, const struct hone_variant *variant,
                            struct hone_compile_job *out_job, char *text, size_t capacity,
                            struct hone_error *err);

/* Fills variant->source_hash and, where there is a compiler, variant->code_key. */
enum hone_status kernel_key(struct hone_kernels *kernels, struct hone_variant *variant,
                            struct hone_error *err);

#endif
