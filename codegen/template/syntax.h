/* SPDX-License-Identifier: MIT */
/* The parsed form of a template file, and the library that holds it. Private to codegen/template.
 */
#ifndef HONE_TEMPLATE_SYNTAX_H
#define HONE_TEMPLATE_SYNTAX_H

#include <stdbool.h>

#include "codegen/template/template.h"

enum {
    TEMPLATE_FILE_LIMIT = 1 << 20, /* bytes of one template file */
    TEMPLATE_NESTING_LIMIT = 32,   /* $for, $if and $macro in each other */
    TEMPLATE_PARAM_LIMIT = 64,     /* of a template, a macro or a call */
};

/* A stretch of text, or an expression whose value stands there. */
struct segment {
    const struct segment *next;
    const char *text;
    size_t n_bytes;
    const struct hone_expr *expr; /* NULL for plain text */
};

enum statement_kind {
    STATEMENT_TEXT,
    STATEMENT_FOR,
    STATEMENT_IF,
    STATEMENT_LET,
    STATEMENT_ASSERT,
    STATEMENT_INCLUDE,
    STATEMENT_MACRO,
    STATEMENT_CALL,
};

struct branch;

struct statement {
    enum statement_kind kind;
    unsigned line, column;
    const struct statement *next;
    const char *name;                     /* FOR, LET, MACRO, CALL; the message of ASSERT */
    uint64_t hash;                        /* MACRO, CALL: of the name */
    const struct segment *segments;       /* TEXT; the path of INCLUDE */
    const struct hone_expr *const *exprs; /* FOR: from, to, step; LET, ASSERT; CALL: arguments */
    size_t n_exprs;
    const char *const *params; /* MACRO */
    size_t n_params;
    const struct statement *body;  /* FOR, MACRO */
    const struct branch *branches; /* IF */
};

struct branch {
    const struct branch *next;
    const struct hone_expr *condition; /* NULL for $else */
    const struct statement *body;
};

struct hone_template_file {
    struct hone_template_file *next;
    struct hone_arena arena; /* owns the file and all that was parsed from it */
    const char *path, *display;
    struct hone_template head; /* name == NULL in a file without a header block */
    const struct statement *body;
};

struct hone_template_library {
    struct hone_template_loader loader;
    char *root, *display;
    struct hone_template_file *files;
};

/* The file of that path, read and parsed when it is needed for the first time. */
enum hone_status template_library_file(struct hone_template_library *library, const char *path,
                                       const struct hone_template_file **out_file,
                                       struct hone_error *err);

/* Fills head and body of a file whose arena, path and display are set. */
enum hone_status template_parse(struct hone_template_file *file, const char *text, size_t n_bytes,
                                struct hone_error *err);

/* Puts `more` behind the message in *err, as far as it fits. */
void template_append_error(struct hone_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
