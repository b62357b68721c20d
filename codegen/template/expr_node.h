/* SPDX-License-Identifier: MIT */
/* The parsed form of an expression, shared by parser and evaluator. Private to codegen/template. */
#ifndef HONE_TEMPLATE_EXPR_NODE_H
#define HONE_TEMPLATE_EXPR_NODE_H

#include "codegen/template/expr.h"

enum {
    EXPR_DEPTH_LIMIT = 200,    /* nesting, so that hostile text cannot exhaust the stack */
    EXPR_ARGUMENT_LIMIT = 64,  /* of one function call */
    EXPR_TEXT_LIMIT = 4096,    /* bytes of a text value */
    EXPR_SOURCE_LIMIT = 16384, /* bytes of one expression */
    EXPR_NODE_LIMIT = 16384,   /* of one expression, with all that its names stand for */
};

enum node_kind {
    NODE_INT,
    NODE_FLOAT,
    NODE_TEXT,
    NODE_NAME,
    NODE_LET, /* another expression, with its own source */
    NODE_NEGATE,
    NODE_NOT,
    NODE_CHOOSE, /* c ? a : b */
    NODE_CALL,
    /* binary, in the order of the table in expr_parse.c */
    NODE_OR,
    NODE_AND,
    NODE_BIT_OR,
    NODE_BIT_XOR,
    NODE_BIT_AND,
    NODE_EQUAL,
    NODE_NOT_EQUAL,
    NODE_LESS,
    NODE_LESS_EQUAL,
    NODE_GREATER,
    NODE_GREATER_EQUAL,
    NODE_SHIFT_LEFT,
    NODE_SHIFT_RIGHT,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_REMAINDER,
};

struct expr_function;

struct node {
    enum node_kind kind;
    uint16_t depth, n_args;
    uint32_t offset; /* in the source, for messages */
    union {
        int64_t i;
        double f;
        const char *text; /* NODE_TEXT, NODE_NAME */
        const struct node *const *args;
        const struct hone_expr *let; /* NODE_LET */
    };
    union {
        uint64_t name_hash;                   /* NODE_NAME */
        const struct expr_function *function; /* NODE_CALL */
    };
};

struct hone_expr {
    const struct node *root;
    const char *source;
    struct hone_place place;
    uint32_t n_nodes; /* with those of what names stand for */
};

/* What a function needs beside its arguments. */
struct expr_call {
    const struct hone_expr *expr;
    const struct node *node;
    struct hone_arena *scratch;
    struct hone_error *err;
};

struct expr_function {
    const char *name;
    unsigned min_args, max_args;
    enum hone_status (*call)(const struct expr_call *call, const struct hone_value *args,
                             struct hone_value *out_value);
};

/* NULL when there is no such function. */
const struct expr_function *expr_function_find(const char *name, size_t n_bytes);

/* Equality that refuses to compare text with numbers. */
enum hone_status expr_compare_equal(const struct expr_call *call, const struct hone_value *a,
                                    const struct hone_value *b, bool *out_equal);
enum hone_status expr_new_text(const struct expr_call *call, const char *a, const char *b,
                               struct hone_value *out_value);

bool expr_env_find(const struct hone_env *env, const char *name, uint64_t hash,
                   struct hone_value *out_value);

/* What a message quotes from hostile text may not break its line. */
static inline void expr_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

static inline double expr_as_double(const struct hone_value *value)
{
    return value->kind == HONE_VALUE_INT ? (double)value->i : value->f;
}

#endif
