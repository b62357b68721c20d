/* SPDX-License-Identifier: MIT */
/* From call to kernel: problem + space + config + target -> variant -> binary.
 *
 * One hone_kernels holds what variants are made from: the templates, the search spaces, a target
 * and its facts, a compile worker, and every binary made so far by code key. The environment that
 * expressions and templates see is, for a problem,
 *
 *   the target's facts                 isa, vl, vregs, has_..., l1_bytes (codegen/target/README.md)
 *   op, acts                           texts; acts is 'f32', 'bf16' or 'int8'
 *   m, m_min, m_max, context           integers; rows_are_out 0 or 1
 *   each dimension and attribute       by the op's names
 *   <operand>_type                     text, 'q4_0'
 *   <operand>_format                   text, 'q4_0/r16'; only while rendering
 *   arg_<name>, n_args                 byte offset of an argument in the block; number of slots
 *
 * A template sees only the names its space lists. Kernels read n, k and the like from their
 * arguments, so variants of many problems share one text, one code key and one binary. */
#ifndef HONE_CODEGEN_KERNEL_H
#define HONE_CODEGEN_KERNEL_H

#include "codegen/compile/compile.h"
#include "codegen/ops/ops.h"
#include "codegen/space/space.h"
#include "codegen/target/target.h"
#include "runtime/base/hash.h"
#include "runtime/base/target.h"

/* Part of code keys. ABI: the calling convention of kernels (arguments, blocks, scratch, batch
 * fields). CONTRACT: what ops mean and what proves a kernel right; raised when either changes, so
 * that no proof outlives what it proved. */
enum { HONE_KERNEL_ABI = 1, HONE_OP_CONTRACT = 1 };

/* Where binaries outlive the process; both functions may be NULL. */
struct hone_binary_cache {
    /* NOT_FOUND when there is none; *out_binary is released by the caller. */
    enum hone_status (*find)(void *context, const char *code_key, struct hone_binary *out_binary,
                             struct hone_error *err);
    enum hone_status (*keep)(void *context, const char *code_key, const struct hone_binary *binary,
                             struct hone_error *err);
    void *context;
};

struct hone_kernels_options {
    size_t struct_size;
    const char *data_dir;                   /* holds templates/ and search-spaces/ */
    const struct hone_target *target;       /* NULL: this machine */
    const struct hone_machine_facts *facts; /* NULL: hone_target_facts of the target */
    const char *const *compile_command; /* argv of the compile worker; may be NULL: no compiling */
    double compile_seconds;             /* deadline of one job, 0 = the worker's own */
    uint64_t compile_bytes;             /* memory of the worker, 0 = its own limit */
    bool keep_text;                     /* GPUs: binaries hold their PTX beside the code */
    struct hone_binary_cache cache;
};

struct hone_kernels;
enum hone_status hone_kernels_open(const struct hone_kernels_options *options,
                                   struct hone_kernels **out_kernels, struct hone_error *err);
void hone_kernels_close(struct hone_kernels *kernels); /* NULL is fine */

const struct hone_space_list *hone_kernels_spaces(const struct hone_kernels *kernels);
const struct hone_target *hone_kernels_target(const struct hone_kernels *kernels);
const struct hone_machine_facts *hone_kernels_facts(const struct hone_kernels *kernels);
/* The space is one for targets of this family. */
bool hone_kernels_takes(const struct hone_kernels *kernels, const struct hone_space *space);
/* "llvm 22.1.8"; NOT_FOUND where there is no compiler. Looked up once. */
enum hone_status hone_kernels_compiler(struct hone_kernels *kernels, const char **out_version,
                                       struct hone_error *err);

/* What the compiler is told besides the text, "arch cpu features level=3": part of code keys. */
enum { HONE_COMPILE_OPTIONS_BYTES = 1024 };
enum hone_status hone_kernels_compile_options(const struct hone_kernels *kernels,
                                              char out_text[HONE_COMPILE_OPTIONS_BYTES],
                                              struct hone_error *err);

/* Defines the names above in `env`, which starts empty (hone_env_init). */
enum hone_status hone_kernels_env(const struct hone_kernels *kernels,
                                  const struct hone_problem *problem, struct hone_env *env,
                                  struct hone_error *err);

/* Spaces of the problem's op and the target's family whose `applies` holds and whose formats have
 * the types asked for, in the list's order. LIMIT when there are more than `capacity`. None is not
 * an error here. */
enum hone_status hone_kernels_applicable(const struct hone_kernels *kernels,
                                         const struct hone_problem *problem, size_t capacity,
                                         const struct hone_space **out_spaces, size_t *out_n_spaces,
                                         struct hone_error *err);

/* A config made concrete for a problem: how to call it and its text. */
struct hone_variant {
    const struct hone_space *space; /* borrowed from the list; NULL for a plain template */
    const char *entry;              /* exported function; borrowed from the space */
    struct hone_config config;
    struct hone_call call; /* the problem, and the format of each operand */
    struct hone_launch_record launch;
    uint32_t grid_rule;  /* enum hone_grid_rule of launch.grid_rule */
    uint32_t args_bytes; /* of its argument block */
    char *source;
    size_t n_source_bytes;
    char source_hash[HONE_HASH_HEX_BYTES];
    char code_key[HONE_HASH_HEX_BYTES]; /* "" until a compiler was found */
};

/* `config` NULL: the space's default. ARGUMENT when a constraint does not hold, TEMPLATE for an
 * error in space or template. The code key needs the compiler's version; without a compiler the
 * variant is still made and its key is empty. */
enum hone_status hone_kernels_variant(struct hone_kernels *kernels, const struct hone_space *space,
                                      const struct hone_problem *problem,
                                      const struct hone_config *config,
                                      struct hone_variant *out_variant, struct hone_error *err);
/* As above without the text: source, hashes and keys stay empty. For calls of one text on other
 * dimensions. */
enum hone_status hone_kernels_launch(const struct hone_kernels *kernels,
                                     const struct hone_space *space,
                                     const struct hone_problem *problem,
                                     const struct hone_config *config,
                                     struct hone_variant *out_variant, struct hone_error *err);
void hone_variant_release(struct hone_variant *variant);

/* A template that belongs to no space (probe kernels): rendered with the target's facts and what
 * `env` adds. `entry` must outlive the variant; call and launch stay zero, but for GPUs: there
 * `env` has block, shared and args_bytes too, ints that say how it is launched. */
enum hone_status hone_kernels_plain(struct hone_kernels *kernels, const char *template_path,
                                    const char *entry, struct hone_env *env,
                                    struct hone_variant *out_variant, struct hone_error *err);

/* Formats of all operands, "x=f32 w=q4_0/r16 y=f32": winners are kept for each. */
enum { HONE_FORMAT_TUPLE_BYTES = 512 };
void hone_variant_format_tuple(const struct hone_variant *variant,
                               char out_text[HONE_FORMAT_TUPLE_BYTES]);

/* Compiles, or finds the binary of equal text made before (in memory, then in the cache of the
 * options). *out_binary is owned by `kernels` and lives as long. A failure is remembered too and
 * given again with the same message. */
enum hone_status hone_kernels_compile(struct hone_kernels *kernels,
                                      const struct hone_variant *variant,
                                      const struct hone_binary **out_binary,
                                      struct hone_error *err);

/* Compiles afresh with assembly; released by the caller. */
enum hone_status hone_kernels_assemble(struct hone_kernels *kernels,
                                       const struct hone_variant *variant,
                                       struct hone_binary *out_binary, struct hone_error *err);

#endif
