/* SPDX-License-Identifier: MIT */
/* Evaluator: checked integers, finite doubles, text that is only compared and joined. */
#include <math.h>
#include <string.h>

#include "codegen/template/expr_node.h"

struct evaluation {
    const struct hone_expr *expr;
    const struct hone_env *env;
    struct hone_arena *scratch;
    struct hone_error *err;
};

static const char *const kind_names[] = {
    [HONE_VALUE_INT] = "an integer", [HONE_VALUE_FLOAT] = "a float", [HONE_VALUE_TEXT] = "text"};

static enum hone_status eval(const struct evaluation *e, const struct node *node,
                             struct hone_value *out_value);

static enum hone_status fail(const struct evaluation *e, const struct node *node,
                             const char *message)
{
    return hone_expr_fail(e->expr, node->offset, e->err, "%s", message);
}

static enum hone_status wrong_kind(const struct evaluation *e, const struct node *node,
                                   const char *wanted, const struct hone_value *value)
{
    return hone_expr_fail(e->expr, node->offset, e->err, "%s was expected, not %s", wanted,
                          kind_names[value->kind]);
}

static enum hone_status is_true(const struct evaluation *e, const struct node *node, bool *out_true)
{
    struct hone_value value;
    HONE_TRY(eval(e, node, &value));
    if (value.kind == HONE_VALUE_TEXT) return wrong_kind(e, node, "a number", &value);
    *out_true = value.kind == HONE_VALUE_INT ? value.i != 0 : value.f != 0;
    return HONE_OK;
}

static enum hone_status give_int(int64_t i, struct hone_value *out_value)
{
    *out_value = (struct hone_value){HONE_VALUE_INT, .i = i};
    return HONE_OK;
}

enum hone_status expr_compare_equal(const struct expr_call *call, const struct hone_value *a,
                                    const struct hone_value *b, bool *out_equal)
{
    if ((a->kind == HONE_VALUE_TEXT) != (b->kind == HONE_VALUE_TEXT))
        return hone_expr_fail(call->expr, call->node->offset, call->err,
                              "%s cannot be compared with %s", kind_names[a->kind],
                              kind_names[b->kind]);
    *out_equal = hone_value_equal(a, b);
    return HONE_OK;
}

enum hone_status expr_new_text(const struct expr_call *call, const char *a, const char *b,
                               struct hone_value *out_value)
{
    size_t a_bytes = strlen(a), b_bytes = strlen(b);
    if (a_bytes > EXPR_TEXT_LIMIT || b_bytes > EXPR_TEXT_LIMIT - a_bytes)
        return hone_expr_fail(call->expr, call->node->offset, call->err,
                              "text is longer than %d bytes", EXPR_TEXT_LIMIT);
    char *text = hone_arena_alloc(call->scratch, a_bytes + b_bytes + 1);
    if (!text) return hone_fail(call->err, HONE_ERR_NO_MEMORY, "no memory for text");
    memcpy(text, a, a_bytes);
    memcpy(text + a_bytes, b, b_bytes);
    *out_value = (struct hone_value){HONE_VALUE_TEXT, .text = text};
    return HONE_OK;
}

static int compare_numbers(const struct hone_value *a, const struct hone_value *b)
{
    if (a->kind == HONE_VALUE_INT && b->kind == HONE_VALUE_INT)
        return (a->i > b->i) - (a->i < b->i);
    double x = expr_as_double(a), y = expr_as_double(b);
    return (x > y) - (x < y);
}

static bool holds(enum node_kind kind, int order)
{
    switch (kind) {
    case NODE_LESS: return order < 0;
    case NODE_LESS_EQUAL: return order <= 0;
    case NODE_GREATER: return order > 0;
    default: return order >= 0;
    }
}

static enum hone_status shift(const struct evaluation *e, const struct node *node, int64_t a,
                              int64_t b, int64_t *out_result)
{
    if (b < 0 || b > 63) return fail(e, node, "shift count is not in 0..63");
    if (node->kind == NODE_SHIFT_RIGHT) {
        *out_result = a >> b;
        return HONE_OK;
    }
    if (a && (b > 62 || __builtin_mul_overflow(a, INT64_C(1) << b, out_result)))
        return fail(e, node, "integer overflow");
    if (!a) *out_result = 0;
    return HONE_OK;
}

static enum hone_status divide(const struct evaluation *e, const struct node *node, int64_t a,
                               int64_t b, int64_t *out_result)
{
    if (!b) return fail(e, node, "division by zero");
    if (b == -1) { /* INT64_MIN / -1 traps */
        if (node->kind == NODE_REMAINDER)
            *out_result = 0;
        else if (__builtin_sub_overflow(INT64_C(0), a, out_result))
            return fail(e, node, "integer overflow");
        return HONE_OK;
    }
    *out_result = node->kind == NODE_DIVIDE ? a / b : a % b;
    return HONE_OK;
}

static enum hone_status int_arithmetic(const struct evaluation *e, const struct node *node,
                                       int64_t a, int64_t b, struct hone_value *out_value)
{
    int64_t result = 0;
    bool overflow = false;
    switch (node->kind) {
    case NODE_ADD: overflow = __builtin_add_overflow(a, b, &result); break;
    case NODE_SUBTRACT: overflow = __builtin_sub_overflow(a, b, &result); break;
    case NODE_MULTIPLY: overflow = __builtin_mul_overflow(a, b, &result); break;
    case NODE_BIT_OR: result = a | b; break;
    case NODE_BIT_XOR: result = a ^ b; break;
    case NODE_BIT_AND: result = a & b; break;
    case NODE_SHIFT_LEFT:
    case NODE_SHIFT_RIGHT: HONE_TRY(shift(e, node, a, b, &result)); break;
    default: HONE_TRY(divide(e, node, a, b, &result)); break;
    }
    if (overflow) return fail(e, node, "integer overflow");
    return give_int(result, out_value);
}

static enum hone_status float_arithmetic(const struct evaluation *e, const struct node *node,
                                         double a, double b, struct hone_value *out_value)
{
    double result;
    switch (node->kind) {
    case NODE_ADD: result = a + b; break;
    case NODE_SUBTRACT: result = a - b; break;
    case NODE_MULTIPLY: result = a * b; break;
    case NODE_DIVIDE:
        if (b == 0) return fail(e, node, "division by zero");
        result = a / b;
        break;
    default: return fail(e, node, "an integer was expected, not a float");
    }
    if (!isfinite(result)) return fail(e, node, "floating-point overflow");
    *out_value = (struct hone_value){HONE_VALUE_FLOAT, .f = result};
    return HONE_OK;
}

static enum hone_status equality(const struct evaluation *e, const struct node *node,
                                 const struct hone_value args[2], struct hone_value *out_value)
{
    struct expr_call call = {e->expr, node, e->scratch, e->err};
    bool equal;
    HONE_TRY(expr_compare_equal(&call, &args[0], &args[1], &equal));
    return give_int(equal == (node->kind == NODE_EQUAL), out_value);
}

static enum hone_status binary(const struct evaluation *e, const struct node *node,
                               struct hone_value *out_value)
{
    struct hone_value args[2];
    HONE_TRY(eval(e, node->args[0], &args[0]));
    HONE_TRY(eval(e, node->args[1], &args[1]));
    if (node->kind == NODE_EQUAL || node->kind == NODE_NOT_EQUAL)
        return equality(e, node, args, out_value);
    bool both_text = args[0].kind == HONE_VALUE_TEXT && args[1].kind == HONE_VALUE_TEXT;
    if (node->kind == NODE_ADD && both_text) {
        struct expr_call call = {e->expr, node, e->scratch, e->err};
        return expr_new_text(&call, args[0].text, args[1].text, out_value);
    }
    for (int i = 0; i < 2; i++)
        if (args[i].kind == HONE_VALUE_TEXT) return wrong_kind(e, node, "a number", &args[i]);
    if (node->kind >= NODE_LESS && node->kind <= NODE_GREATER_EQUAL)
        return give_int(holds(node->kind, compare_numbers(&args[0], &args[1])), out_value);
    if (args[0].kind == HONE_VALUE_INT && args[1].kind == HONE_VALUE_INT)
        return int_arithmetic(e, node, args[0].i, args[1].i, out_value);
    return float_arithmetic(e, node, expr_as_double(&args[0]), expr_as_double(&args[1]), out_value);
}

static enum hone_status negate(const struct evaluation *e, const struct node *node,
                               struct hone_value *out_value)
{
    HONE_TRY(eval(e, node->args[0], out_value));
    if (out_value->kind == HONE_VALUE_TEXT) return wrong_kind(e, node, "a number", out_value);
    if (out_value->kind == HONE_VALUE_FLOAT)
        out_value->f = -out_value->f;
    else if (__builtin_sub_overflow(INT64_C(0), out_value->i, &out_value->i))
        return fail(e, node, "integer overflow");
    return HONE_OK;
}

static enum hone_status call_function(const struct evaluation *e, const struct node *node,
                                      struct hone_value *out_value)
{
    struct hone_value args[EXPR_ARGUMENT_LIMIT];
    for (size_t i = 0; i < node->n_args; i++) HONE_TRY(eval(e, node->args[i], &args[i]));
    struct expr_call call = {e->expr, node, e->scratch, e->err};
    return node->function->call(&call, args, out_value);
}

/* && and || look at their second side only when it matters. */
static enum hone_status logic(const struct evaluation *e, const struct node *node,
                              struct hone_value *out_value)
{
    bool truth = false;
    HONE_TRY(is_true(e, node->args[0], &truth));
    if (truth == (node->kind == NODE_AND)) HONE_TRY(is_true(e, node->args[1], &truth));
    return give_int(truth, out_value);
}

static enum hone_status choose(const struct evaluation *e, const struct node *node,
                               struct hone_value *out_value)
{
    bool truth = false;
    HONE_TRY(is_true(e, node->args[0], &truth));
    return eval(e, node->args[truth ? 1 : 2], out_value);
}

static enum hone_status eval(const struct evaluation *e, const struct node *node,
                             struct hone_value *out_value)
{
    bool truth = false;
    switch (node->kind) {
    case NODE_INT: return give_int(node->i, out_value);
    case NODE_FLOAT:
        *out_value = (struct hone_value){HONE_VALUE_FLOAT, .f = node->f};
        return HONE_OK;
    case NODE_TEXT:
        *out_value = (struct hone_value){HONE_VALUE_TEXT, .text = node->text};
        return HONE_OK;
    case NODE_NAME:
        if (expr_env_find(e->env, node->text, node->name_hash, out_value)) return HONE_OK;
        return hone_expr_fail(e->expr, node->offset, e->err, "'%.64s' is not defined", node->text);
    case NODE_LET: return hone_expr_eval(node->let, e->env, e->scratch, out_value, e->err);
    case NODE_NEGATE: return negate(e, node, out_value);
    case NODE_NOT: HONE_TRY(is_true(e, node->args[0], &truth)); return give_int(!truth, out_value);
    case NODE_CHOOSE: return choose(e, node, out_value);
    case NODE_CALL: return call_function(e, node, out_value);
    case NODE_OR:
    case NODE_AND: return logic(e, node, out_value);
    default: return binary(e, node, out_value);
    }
}

enum hone_status hone_expr_eval(const struct hone_expr *expr, const struct hone_env *env,
                                struct hone_arena *scratch, struct hone_value *out_value,
                                struct hone_error *err)
{
    struct evaluation e = {expr, env, scratch, err};
    return eval(&e, expr->root, out_value);
}

enum hone_status hone_expr_eval_int(const struct hone_expr *expr, const struct hone_env *env,
                                    int64_t *out_value, struct hone_error *err)
{
    struct hone_arena scratch = {0};
    struct evaluation e = {expr, env, &scratch, err};
    struct hone_value value;
    enum hone_status status = eval(&e, expr->root, &value);
    if (status == HONE_OK && value.kind != HONE_VALUE_INT)
        status = wrong_kind(&e, expr->root, "an integer", &value);
    if (status == HONE_OK) *out_value = value.i;
    hone_arena_release(&scratch);
    return status;
}

enum hone_status hone_expr_eval_bool(const struct hone_expr *expr, const struct hone_env *env,
                                     bool *out_value, struct hone_error *err)
{
    struct hone_arena scratch = {0};
    struct evaluation e = {expr, env, &scratch, err};
    enum hone_status status = is_true(&e, expr->root, out_value);
    hone_arena_release(&scratch);
    return status;
}

enum hone_status hone_expr_eval_text(const struct hone_expr *expr, const struct hone_env *env,
                                     struct hone_arena *scratch, const char **out_text,
                                     struct hone_error *err)
{
    struct evaluation e = {expr, env, scratch, err};
    struct hone_value value;
    HONE_TRY(eval(&e, expr->root, &value));
    if (value.kind != HONE_VALUE_TEXT) return wrong_kind(&e, expr->root, "text", &value);
    *out_text = value.text;
    return HONE_OK;
}
