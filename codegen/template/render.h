/* SPDX-License-Identifier: MIT */
/* The state of one rendering, shared by the text and the directives. Private to codegen/template.
 */
#ifndef HONE_TEMPLATE_RENDER_H
#define HONE_TEMPLATE_RENDER_H

#include "codegen/template/output.h"
#include "codegen/template/syntax.h"

enum {
    RENDER_BYTES_LIMIT = 16 << 20,
    RENDER_STEPS_LIMIT = 4000000,
    RENDER_INCLUDE_LIMIT = 8, /* files including each other */
    RENDER_CALL_LIMIT = 32,   /* macros calling each other */
    RENDER_MACRO_LIMIT = 1024,
};

/* A loop that is running in a frame; its variable may not be set by $let. */
struct loop {
    const struct loop *outer;
    const char *name;
};

/* Where names are set: the top level, or one call of a macro. */
struct frame {
    struct hone_env env;
    const struct loop *loops;
};

struct macro {
    const struct statement *statement;
    const struct hone_template_file *file;
};

struct renderer {
    struct hone_template_library *library;
    const struct hone_template_file *file; /* the statements running now are in it */
    struct hone_error *err;
    struct output out;
    uint64_t n_steps, steps_limit;
    struct hone_env params; /* what the template declares; the parent of the top level */
    struct frame top, *frame;
    struct macro *macros;
    size_t n_macros, macro_capacity;
    int n_includes, n_calls;
    uint32_t find_line;                           /* of the output, 0: none is looked for */
    uint32_t n_lines;                             /* counted while one is looked for */
    char *place;                                  /* HONE_TEMPLATE_PLACE_BYTES for what was found */
    const struct hone_template_file *caller_file; /* of the innermost $call that is running */
    const struct statement *caller;
    bool has_origin;           /* the error says already where it was called from */
    struct hone_arena scratch; /* of one statement */
};

enum hone_status render_block(struct renderer *r, const struct statement *first);
enum hone_status render_segments(struct renderer *r, const struct segment *first,
                                 struct output *out, const struct statement *at);
enum hone_status render_append(struct renderer *r, struct output *out, const char *text,
                               size_t n_bytes, const struct statement *at);
/* Counts the lines that were written from byte `start` of the output on. */
void render_note_lines(struct renderer *r, size_t start, const struct statement *at);
enum hone_status render_fail(struct renderer *r, enum hone_status status,
                             const struct statement *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
