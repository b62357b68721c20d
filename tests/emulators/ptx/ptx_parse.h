/* SPDX-License-Identifier: MIT */
/* What lexer, parser and decoder of the PTX interpreter share. */
#ifndef HONE_TESTS_EMULATORS_PTX_PARSE_H
#define HONE_TESTS_EMULATORS_PTX_PARSE_H

#include "runtime/base/arena.h"
#include "tests/emulators/ptx/ptx_internal.h"

enum ptx_token_kind {
    PTX_T_END,
    PTX_T_WORD,   /* names, opcodes with their modifiers, directives, registers */
    PTX_T_NUMBER, /* value in bits, float_bytes as in an operand */
    PTX_T_STRING,
    PTX_T_PUNCT /* one character */
};

struct ptx_token {
    enum ptx_token_kind kind;
    const char *text; /* into the module's text */
    size_t n_bytes;
    uint32_t line;
    char punct;
    uint64_t bits;
    uint8_t float_bytes;
};

struct ptx_lexer {
    const char *at, *end;
    uint32_t line;
    struct ptx_token token; /* the present one */
};

/* Steps to the next token; false with a message in *why when the text is no PTX. */
bool ptx_lex(struct ptx_lexer *lexer, const char **why);

/* Registers of one .reg item: a single name, or name0 ... name<count - 1>. */
struct ptx_reg_decl {
    const char *name;
    size_t n_name;
    uint32_t count; /* 0: a single name */
    enum ptx_type type;
    int32_t *slots; /* PTX_NO_SLOT until first used */
};
#define PTX_NO_SLOT INT32_MIN

struct ptx_label {
    const char *name;
    uint32_t target; /* index into the code */
    uint32_t *table; /* of .branchtargets */
    uint32_t n_table;
};

/* A branch whose label was not seen yet: code[inst].target, or entry `index` of a branch table. */
struct ptx_fixup {
    const char *name;
    uint32_t inst, line;
    uint32_t *entry; /* NULL: code[inst].target */
};

enum { PTX_MAX_SCOPES = 16, PTX_MAX_DECLS = 64 };

struct ptx_scope { /* of braces in a body */
    struct ptx_reg_decl decls[PTX_MAX_DECLS];
    uint32_t n_decls;
    uint32_t n_symbols; /* of the function before this scope */
    uint32_t first_label, first_fixup;
};

struct ptx_constant {
    enum ptx_type type;
    uint64_t bits;
    int32_t slot;
    const struct ptx_symbol *dynamic; /* its address is added when the function ends */
};

struct ptx_function {
    const char *name;
    bool is_entry, defined;
    uint32_t index;
    uint32_t first, n_code;     /* of the module's code */
    struct ptx_symbol **params; /* entry: in PTX_PARAM; function: in PTX_LOCAL */
    uint32_t n_params;
    struct ptx_symbol **results;
    uint32_t n_results;
    uint32_t n_param_bytes;
    int32_t next_slot; /* entry: grows upward; function: downward (module's) */
    struct ptx_constant *constants;
    uint32_t n_constants, max_constants;
    uint32_t n_shared, shared_align, n_registers;
    uint32_t *calls; /* indices of functions */
    uint32_t n_calls, max_calls;
    uint32_t max_threads, min_blocks;
    bool threads_required;
    const struct ptx_module *module;
};

struct ptx_kernel {
    struct ptx_function f;
};

struct ptx_line { /* of a statement */
    uint32_t line, n_bytes;
    const char *text;
    const char *opcode;
};

struct ptx_variable {
    struct ptx_symbol symbol;
    unsigned char *host;
};

struct ptx_module {
    struct hone_arena arena;
    char *text;
    char target[16];
    struct ptx_inst *code;
    uint32_t n_code, max_code;
    struct ptx_line *lines; /* by struct ptx_inst.statement */
    uint32_t n_lines, max_lines;
    struct ptx_kernel **functions; /* entries and device functions */
    uint32_t n_functions, max_functions;
    struct ptx_symbol **symbols; /* of the module's scope */
    uint32_t n_symbols, max_symbols;
    struct ptx_range *variables;
    size_t n_variables, max_variables;
    int32_t lowest_slot;      /* where the device functions' registers begin: at most 0 */
    uint32_t n_local;         /* of all functions together */
    uint32_t n_common_shared; /* of device functions; entries' come after them */
};

/* Where an initialiser names another variable. */
struct ptx_reference {
    unsigned char *host;
    const char *name;
    int64_t offset;
    uint32_t n_bytes, line;
};

struct ptx_decoder {
    struct ptx_module *m;
    struct ptx_lexer lexer;
    struct hone_error *err;
    enum hone_status status;
    struct ptx_function *f; /* whose body is being read */
    uint32_t depth;         /* of brackets in operands */
    struct ptx_scope scopes[PTX_MAX_SCOPES];
    uint32_t n_scopes;
    struct ptx_symbol **locals; /* symbols of the function */
    uint32_t n_locals, max_locals;
    struct ptx_label *labels;
    uint32_t n_labels, max_labels;
    struct ptx_fixup *fixups;
    uint32_t n_fixups, max_fixups;
    struct ptx_reference *references;
    uint32_t n_references, max_references;
};

/* ---- parse.c, parse_operand.c, parse_body.c, parse_data.c; false: the error is set ---- */
bool ptx_fail(struct ptx_decoder *d, enum hone_status status, uint32_t line, const char *format,
              ...) __attribute__((format(printf, 4, 5)));
bool ptx_no_memory(struct ptx_decoder *d);
/* Makes room for one more item of an array that doubles. */
bool ptx_grow(struct ptx_decoder *d, void **array, uint32_t n, uint32_t *max, size_t item_bytes);
bool ptx_advance(struct ptx_decoder *d);
bool ptx_is(const struct ptx_decoder *d, char punct);
bool ptx_is_word(const struct ptx_decoder *d, const char *word);
bool ptx_expect(struct ptx_decoder *d, char punct); /* and steps over it */
/* The present word as a kept string, stepping over it. */
const char *ptx_take_word(struct ptx_decoder *d);
bool ptx_take_u32(struct ptx_decoder *d, uint32_t *out);
enum ptx_type ptx_type_of(const char *text, size_t n_bytes); /* without the dot */

/* A variable after its state space: .align, .type, name, [n], and for the module's an initialiser.
 */
struct ptx_variable_text {
    enum ptx_type type;
    uint32_t align, vec;
    const char *name;
    uint64_t n_bytes; /* 0: an array without a size */
    bool is_array;
    uint64_t count; /* elements of the named type */
};
bool ptx_parse_variable(struct ptx_decoder *d, struct ptx_variable_text *out);
bool ptx_parse_initialiser(struct ptx_decoder *d, const struct ptx_variable_text *v,
                           unsigned char *host);
bool ptx_resolve_references(struct ptx_decoder *d);
/* A .global or .const variable of the module, or a .shared one; the state space was stepped over.
 */
bool ptx_parse_module_variable(struct ptx_decoder *d, const char *space, bool is_extern);

bool ptx_parse_operand(struct ptx_decoder *d, struct ptx_operand *out);
bool ptx_parse_body(struct ptx_decoder *d); /* after the { */
bool ptx_find_register(struct ptx_decoder *d, const char *name, size_t n, enum ptx_type *out_type,
                       int32_t *out_slot);
struct ptx_symbol *ptx_find_symbol(struct ptx_decoder *d, const char *name);
struct ptx_kernel *ptx_find_function(struct ptx_module *m, const char *name);
int32_t ptx_new_slot(struct ptx_decoder *d, enum ptx_type type);
/* special.c: a special register as an operand; false when there is none of that name. */
bool ptx_special(const char *name, size_t n, struct ptx_operand *out);
bool ptx_decode(struct ptx_decoder *d, struct ptx_statement *s); /* by the tables */
/* A slot of `type` that holds the symbol's address + offset; PTX_NO_SLOT: the error is set. */
int32_t ptx_symbol_slot(struct ptx_decoder *d, const struct ptx_statement *s,
                        struct ptx_symbol *symbol, int64_t offset, enum ptx_type type);
/* To be called where code[inst].target, or *entry, is to be the place of a label. */
bool ptx_label_target(struct ptx_decoder *d, const char *name, uint32_t inst, uint32_t *entry,
                      uint32_t line);
const struct ptx_label *ptx_find_table(const struct ptx_decoder *d, const char *name);
extern const struct ptx_op ptx_op_end; /* what stands behind the last instruction of a function */

/* ---- special registers: slots that the core fills (special.c) ---- */
enum ptx_special {
    PTX_SR_SINK, /* two slots wide */
    PTX_SR_SINK_HIGH,
    PTX_SR_ZERO,
    PTX_SR_ZERO_HIGH,
    PTX_SR_TID_X,
    PTX_SR_TID_Y,
    PTX_SR_TID_Z,
    PTX_SR_NTID_X,
    PTX_SR_NTID_Y,
    PTX_SR_NTID_Z,
    PTX_SR_CTAID_X,
    PTX_SR_CTAID_Y,
    PTX_SR_CTAID_Z,
    PTX_SR_NCTAID_X,
    PTX_SR_NCTAID_Y,
    PTX_SR_NCTAID_Z,
    PTX_SR_LANEID,
    PTX_SR_WARPID,
    PTX_SR_NWARPID,
    PTX_SR_SMID,
    PTX_SR_NSMID,
    PTX_SR_LANEMASK_EQ,
    PTX_SR_LANEMASK_LT,
    PTX_SR_LANEMASK_LE,
    PTX_SR_LANEMASK_GT,
    PTX_SR_LANEMASK_GE,
    PTX_SR_DYNAMIC_SHARED,
    PTX_SR_TOTAL_SHARED,
    PTX_SR_CLUSTER_ONE, /* numbers of clusters of one block: what is always 1 */
    PTX_SR_N
};
#define PTX_SR_BYTES      128
#define PTX_SR_SLOT(name) ((int32_t)((name)*PTX_SR_BYTES))
#define PTX_FIRST_SLOT    ((int32_t)(PTX_SR_N * PTX_SR_BYTES))

#endif
