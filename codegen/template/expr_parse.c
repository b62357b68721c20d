/* SPDX-License-Identifier: MIT */
/* Parser of expressions: precedence climbing into a tree that lives in an arena. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codegen/template/expr_node.h"
#include "codegen/template/lexer.h"
#include "runtime/base/hash.h"

static const struct {
    const char *text;
    enum node_kind kind;
    int precedence; /* as in C: higher binds tighter */
} binary_operators[] = {
    {"||", NODE_OR, 1},
    {"&&", NODE_AND, 2},
    {"|", NODE_BIT_OR, 3},
    {"^", NODE_BIT_XOR, 4},
    {"&", NODE_BIT_AND, 5},
    {"==", NODE_EQUAL, 6},
    {"!=", NODE_NOT_EQUAL, 6},
    {"<", NODE_LESS, 7},
    {"<=", NODE_LESS_EQUAL, 7},
    {">", NODE_GREATER, 7},
    {">=", NODE_GREATER_EQUAL, 7},
    {"<<", NODE_SHIFT_LEFT, 8},
    {">>", NODE_SHIFT_RIGHT, 8},
    {"+", NODE_ADD, 9},
    {"-", NODE_SUBTRACT, 9},
    {"*", NODE_MULTIPLY, 10},
    {"/", NODE_DIVIDE, 10},
    {"%", NODE_REMAINDER, 10},
};
enum { N_BINARY = sizeof binary_operators / sizeof *binary_operators, LOWEST_PRECEDENCE = 1 };

struct parser {
    struct hone_expr *expr;
    size_t n_bytes;
    const struct hone_expr_let *lets;
    size_t n_lets;
    struct hone_arena *arena;
    struct hone_error *err;
    struct token token; /* the next one */
    size_t used;        /* end of the last token taken */
    int depth;
};

enum hone_status hone_expr_fail(const struct hone_expr *expr, size_t offset, struct hone_error *err,
                                const char *format, ...)
{
    struct hone_place place = expr->place;
    for (size_t i = 0; i < offset; i++) {
        place.column++;
        if (expr->source[i] == '\n') place.line++, place.column = 1;
    }
    char message[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    expr_one_line(message);
    return hone_fail(err, HONE_ERR_TEMPLATE, "%s:%u:%u: %s", place.file, place.line, place.column,
                     message);
}

static enum hone_status no_memory(struct parser *p)
{
    return hone_fail(p->err, HONE_ERR_NO_MEMORY, "no memory for an expression");
}

static void advance(struct parser *p)
{
    p->used = p->token.end;
    lexer_next(p->expr->source, p->n_bytes, p->token.end, &p->token);
}

static bool at_operator(const struct parser *p, const char *text)
{
    return p->token.kind == TOKEN_OPERATOR && !strcmp(p->token.operator_text, text);
}

static enum hone_status unexpected(struct parser *p, const char *wanted)
{
    const struct token *token = &p->token;
    if (token->problem) return hone_expr_fail(p->expr, token->start, p->err, "%s", token->problem);
    if (token->kind == TOKEN_END)
        return hone_expr_fail(p->expr, token->start, p->err, "%s was expected, not the end",
                              wanted);
    size_t length = token->end - token->start;
    return hone_expr_fail(p->expr, token->start, p->err, "%s was expected, not '%.*s'", wanted,
                          length > 40 ? 40 : (int)length, p->expr->source + token->start);
}

static enum hone_status expect_operator(struct parser *p, const char *text, const char *wanted)
{
    if (!at_operator(p, text)) return unexpected(p, wanted);
    advance(p);
    return HONE_OK;
}

/* Names that stand for expressions made of such names could grow without bound. */
static enum hone_status count_nodes(struct parser *p, size_t offset, uint32_t n_nodes)
{
    p->expr->n_nodes += n_nodes;
    if (p->expr->n_nodes <= EXPR_NODE_LIMIT) return HONE_OK;
    return hone_expr_fail(p->expr, offset, p->err, "expression is too large");
}

static struct node *new_leaf(struct parser *p, enum node_kind kind)
{
    struct node *node = hone_arena_alloc(p->arena, sizeof *node);
    if (!node) return NULL;
    node->kind = kind;
    node->offset = (uint32_t)p->token.start;
    return node;
}

static enum hone_status new_node(struct parser *p, enum node_kind kind, size_t offset,
                                 const struct node *const *args, size_t n_args,
                                 struct node **out_node)
{
    struct node *node = hone_arena_alloc(p->arena, sizeof *node);
    const struct node **copy = hone_arena_array(p->arena, n_args, sizeof *copy);
    if (!node || !copy) return no_memory(p);
    node->kind = kind;
    node->offset = (uint32_t)offset;
    node->n_args = (uint16_t)n_args;
    node->args = copy;
    for (size_t i = 0; i < n_args; i++) {
        copy[i] = args[i];
        if (args[i]->depth >= node->depth) node->depth = args[i]->depth + 1;
    }
    if (node->depth > EXPR_DEPTH_LIMIT)
        return hone_expr_fail(p->expr, offset, p->err, "expression is nested too deeply");
    *out_node = node;
    return count_nodes(p, offset, 1);
}

static enum hone_status parse_choice(struct parser *p, const struct node **out_node);

static enum hone_status parse_arguments(struct parser *p, const struct node **args,
                                        size_t *out_n_args)
{
    *out_n_args = 0;
    if (at_operator(p, ")")) return HONE_OK;
    for (;;) {
        if (*out_n_args == EXPR_ARGUMENT_LIMIT)
            return hone_expr_fail(p->expr, p->token.start, p->err, "more than %d arguments",
                                  EXPR_ARGUMENT_LIMIT);
        HONE_TRY(parse_choice(p, &args[*out_n_args]));
        (*out_n_args)++;
        if (!at_operator(p, ",")) return HONE_OK;
        advance(p);
    }
}

static enum hone_status parse_call(struct parser *p, const struct token *name,
                                   const struct node **out_node)
{
    const char *text = p->expr->source + name->start;
    size_t length = name->end - name->start;
    int shown = length > 64 ? 64 : (int)length;
    const struct expr_function *function = expr_function_find(text, length);
    if (!function)
        return hone_expr_fail(p->expr, name->start, p->err, "no function is called '%.*s'", shown,
                              text);
    advance(p);
    const struct node *args[EXPR_ARGUMENT_LIMIT];
    size_t n_args;
    HONE_TRY(parse_arguments(p, args, &n_args));
    HONE_TRY(expect_operator(p, ")", "',' or ')'"));
    if (n_args < function->min_args || n_args > function->max_args)
        return hone_expr_fail(p->expr, name->start, p->err, "%s takes %s%u argument%s, not %zu",
                              function->name,
                              function->min_args == function->max_args ? "" : "at least ",
                              function->min_args, function->min_args == 1 ? "" : "s", n_args);
    struct node *node = NULL;
    HONE_TRY(new_node(p, NODE_CALL, name->start, args, n_args, &node));
    node->function = function;
    *out_node = node;
    return HONE_OK;
}

/* Turns a name that stands for an expression into it. */
static enum hone_status resolve_let(struct parser *p, struct node *node)
{
    if (node->kind != NODE_NAME) return HONE_OK;
    for (size_t i = 0; i < p->n_lets; i++) {
        if (strcmp(p->lets[i].name, node->text) != 0) continue;
        node->kind = NODE_LET;
        node->let = p->lets[i].expr;
        node->depth = node->let->root->depth + 1;
        HONE_TRY(count_nodes(p, node->offset, node->let->n_nodes));
        if (node->depth > EXPR_DEPTH_LIMIT)
            return hone_expr_fail(p->expr, node->offset, p->err, "expression is nested too deeply");
        break;
    }
    return HONE_OK;
}

static enum hone_status parse_name(struct parser *p, const struct node **out_node)
{
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {{"false", 0}, {"true", 1}};
    struct token name = p->token;
    struct node *node = new_leaf(p, NODE_NAME);
    if (!node) return no_memory(p);
    advance(p);
    if (at_operator(p, "(")) return parse_call(p, &name, out_node);
    size_t length = name.end - name.start;
    node->text = hone_arena_text(p->arena, p->expr->source + name.start, length);
    if (!node->text) return no_memory(p);
    node->name_hash = hone_fnv1a(node->text, length);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (strcmp(constants[i].name, node->text)) continue;
        node->kind = NODE_INT;
        node->i = constants[i].value;
        break;
    }
    *out_node = node;
    HONE_TRY(count_nodes(p, node->offset, 1));
    return resolve_let(p, node);
}

static enum hone_status parse_text(struct parser *p, const struct node **out_node)
{
    size_t length = p->token.end - p->token.start;
    if (length > EXPR_TEXT_LIMIT)
        return hone_expr_fail(p->expr, p->token.start, p->err, "text is longer than %d bytes",
                              EXPR_TEXT_LIMIT);
    struct node *node = new_leaf(p, NODE_TEXT);
    char *copy = hone_arena_alloc(p->arena, length);
    if (!node || !copy) return no_memory(p);
    lexer_text(p->expr->source, &p->token, copy);
    node->text = copy;
    advance(p);
    *out_node = node;
    return HONE_OK;
}

static enum hone_status parse_primary(struct parser *p, const struct node **out_node)
{
    struct node *node = NULL;
    if (p->token.kind == TOKEN_NAME) return parse_name(p, out_node);
    if (p->token.kind == TOKEN_TEXT) return parse_text(p, out_node);
    if (at_operator(p, "(")) {
        advance(p);
        HONE_TRY(parse_choice(p, out_node));
        return expect_operator(p, ")", "an operator or ')'");
    }
    if (p->token.kind == TOKEN_INT) {
        if (!(node = new_leaf(p, NODE_INT))) return no_memory(p);
        node->i = p->token.i;
    } else if (p->token.kind == TOKEN_FLOAT) {
        if (!(node = new_leaf(p, NODE_FLOAT))) return no_memory(p);
        node->f = p->token.f;
    } else {
        return unexpected(p, "a value");
    }
    advance(p);
    *out_node = node;
    return HONE_OK;
}

static enum hone_status parse_unary(struct parser *p, const struct node **out_node)
{
    bool negate = at_operator(p, "-");
    if (!negate && !at_operator(p, "!")) return parse_primary(p, out_node);
    size_t offset = p->token.start;
    if (++p->depth > EXPR_DEPTH_LIMIT)
        return hone_expr_fail(p->expr, offset, p->err, "expression is nested too deeply");
    advance(p);
    const struct node *arg;
    HONE_TRY(parse_unary(p, &arg));
    p->depth--;
    struct node *node = NULL;
    HONE_TRY(new_node(p, negate ? NODE_NEGATE : NODE_NOT, offset, &arg, 1, &node));
    *out_node = node;
    return HONE_OK;
}

static int find_binary(const struct parser *p)
{
    for (int i = 0; i < N_BINARY; i++)
        if (at_operator(p, binary_operators[i].text)) return i;
    return -1;
}

static enum hone_status parse_binary(struct parser *p, int lowest, const struct node **out_node)
{
    HONE_TRY(parse_unary(p, out_node));
    for (;;) {
        int found = find_binary(p);
        if (found < 0 || binary_operators[found].precedence < lowest) return HONE_OK;
        size_t offset = p->token.start;
        advance(p);
        const struct node *args[2] = {*out_node, NULL};
        HONE_TRY(parse_binary(p, binary_operators[found].precedence + 1, &args[1]));
        struct node *node = NULL;
        HONE_TRY(new_node(p, binary_operators[found].kind, offset, args, 2, &node));
        *out_node = node;
    }
}

/* condition ? value : value, right associative */
static enum hone_status parse_choice(struct parser *p, const struct node **out_node)
{
    if (++p->depth > EXPR_DEPTH_LIMIT)
        return hone_expr_fail(p->expr, p->token.start, p->err, "expression is nested too deeply");
    HONE_TRY(parse_binary(p, LOWEST_PRECEDENCE, out_node));
    if (at_operator(p, "?")) {
        size_t offset = p->token.start;
        const struct node *args[3] = {*out_node, NULL, NULL};
        advance(p);
        HONE_TRY(parse_choice(p, &args[1]));
        HONE_TRY(expect_operator(p, ":", "':'"));
        HONE_TRY(parse_choice(p, &args[2]));
        struct node *node = NULL;
        HONE_TRY(new_node(p, NODE_CHOOSE, offset, args, 3, &node));
        *out_node = node;
    }
    p->depth--;
    return HONE_OK;
}

static enum hone_status start(struct parser *p, const char *text, size_t n_bytes,
                              const struct hone_place *place)
{
    struct hone_expr *expr = hone_arena_alloc(p->arena, sizeof *expr);
    if (!expr) return no_memory(p);
    p->expr = expr;
    expr->place = *place;
    expr->source = text; /* not ours, until finish */
    if (n_bytes > EXPR_SOURCE_LIMIT)
        return hone_expr_fail(expr, 0, p->err, "expression is longer than %d bytes",
                              EXPR_SOURCE_LIMIT);
    p->n_bytes = n_bytes;
    lexer_next(text, n_bytes, 0, &p->token);
    return HONE_OK;
}

/* Keeps of the source only what the expression is made of. */
static enum hone_status finish(struct parser *p, const char *text)
{
    p->expr->source = hone_arena_text(p->arena, text, p->used);
    return p->expr->source ? HONE_OK : no_memory(p);
}

enum hone_status hone_expr_parse_prefix(const char *text, size_t n_bytes,
                                        const struct hone_place *place, struct hone_arena *arena,
                                        const struct hone_expr **out_expr, size_t *out_used,
                                        struct hone_error *err)
{
    struct parser p = {.arena = arena, .err = err};
    HONE_TRY(start(&p, text, n_bytes, place));
    HONE_TRY(parse_choice(&p, &p.expr->root));
    HONE_TRY(finish(&p, text));
    *out_used = p.used;
    *out_expr = p.expr;
    return HONE_OK;
}

enum hone_status hone_expr_parse(const char *text, size_t n_bytes, const struct hone_place *place,
                                 struct hone_arena *arena, const struct hone_expr **out_expr,
                                 struct hone_error *err)
{
    return hone_expr_parse_with(text, n_bytes, place, NULL, 0, arena, out_expr, err);
}

enum hone_status hone_expr_parse_with(const char *text, size_t n_bytes,
                                      const struct hone_place *place,
                                      const struct hone_expr_let *lets, size_t n_lets,
                                      struct hone_arena *arena, const struct hone_expr **out_expr,
                                      struct hone_error *err)
{
    struct parser p = {.lets = lets, .n_lets = n_lets, .arena = arena, .err = err};
    HONE_TRY(start(&p, text, n_bytes, place));
    HONE_TRY(parse_choice(&p, &p.expr->root));
    if (p.token.kind != TOKEN_END) return unexpected(&p, "an operator or the end");
    HONE_TRY(finish(&p, text));
    *out_expr = p.expr;
    return HONE_OK;
}

const char *hone_expr_source(const struct hone_expr *expr)
{
    return expr->root->kind == NODE_LET ? hone_expr_source(expr->root->let) : expr->source;
}

static bool uses(const struct node *node, const char *name)
{
    if (node->kind == NODE_NAME) return !strcmp(node->text, name);
    if (node->kind == NODE_LET) return uses(node->let->root, name);
    for (size_t i = 0; i < node->n_args; i++)
        if (uses(node->args[i], name)) return true;
    return false;
}

bool hone_expr_uses(const struct hone_expr *expr, const char *name)
{
    return uses(expr->root, name);
}
