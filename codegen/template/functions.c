/* SPDX-License-Identifier: MIT */
/* The functions that expressions can call: one row each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codegen/template/expr_node.h"

static enum hone_status fail(const struct expr_call *call, const char *message)
{
    return hone_expr_fail(call->expr, call->node->offset, call->err, "%s: %s",
                          call->node->function->name, message);
}

static enum hone_status give_int(int64_t i, struct hone_value *out_value)
{
    *out_value = (struct hone_value){HONE_VALUE_INT, .i = i};
    return HONE_OK;
}

static enum hone_status need_numbers(const struct expr_call *call, const struct hone_value *args)
{
    for (size_t i = 0; i < call->node->n_args; i++)
        if (args[i].kind == HONE_VALUE_TEXT) return fail(call, "a number was expected, not text");
    return HONE_OK;
}

static enum hone_status need_ints(const struct expr_call *call, const struct hone_value *args)
{
    for (size_t i = 0; i < call->node->n_args; i++)
        if (args[i].kind != HONE_VALUE_INT) return fail(call, "an integer was expected");
    return HONE_OK;
}

static bool less(const struct hone_value *a, const struct hone_value *b)
{
    if (a->kind == HONE_VALUE_INT && b->kind == HONE_VALUE_INT) return a->i < b->i;
    return expr_as_double(a) < expr_as_double(b);
}

/* The extreme argument; a float as soon as one argument is, so that the type does not depend on
 * the values. */
static enum hone_status extreme(const struct expr_call *call, const struct hone_value *args,
                                bool largest, struct hone_value *out_value)
{
    HONE_TRY(need_numbers(call, args));
    bool is_float = false;
    *out_value = args[0];
    for (size_t i = 0; i < call->node->n_args; i++) {
        is_float |= args[i].kind == HONE_VALUE_FLOAT;
        bool better = largest ? less(out_value, &args[i]) : less(&args[i], out_value);
        if (better) *out_value = args[i];
    }
    if (is_float)
        *out_value = (struct hone_value){HONE_VALUE_FLOAT, .f = expr_as_double(out_value)};
    return HONE_OK;
}

static enum hone_status call_min(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    return extreme(call, args, false, out_value);
}

static enum hone_status call_max(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    return extreme(call, args, true, out_value);
}

static enum hone_status quotient_up(const struct expr_call *call, const struct hone_value *args,
                                    int64_t *out_quotient)
{
    HONE_TRY(need_ints(call, args));
    int64_t a = args[0].i, b = args[1].i;
    if (b <= 0) return fail(call, "the second argument must be positive");
    *out_quotient = a / b + (a % b > 0);
    return HONE_OK;
}

static enum hone_status call_ceildiv(const struct expr_call *call, const struct hone_value *args,
                                     struct hone_value *out_value)
{
    int64_t quotient = 0;
    HONE_TRY(quotient_up(call, args, &quotient));
    return give_int(quotient, out_value);
}

static enum hone_status call_roundup(const struct expr_call *call, const struct hone_value *args,
                                     struct hone_value *out_value)
{
    int64_t quotient = 0, product;
    HONE_TRY(quotient_up(call, args, &quotient));
    if (__builtin_mul_overflow(quotient, args[1].i, &product))
        return fail(call, "integer overflow");
    return give_int(product, out_value);
}

static enum hone_status call_log2(const struct expr_call *call, const struct hone_value *args,
                                  struct hone_value *out_value)
{
    HONE_TRY(need_ints(call, args));
    if (args[0].i <= 0) return fail(call, "the argument must be positive");
    return give_int(63 - __builtin_clzll((unsigned long long)args[0].i), out_value);
}

static enum hone_status call_pow2(const struct expr_call *call, const struct hone_value *args,
                                  struct hone_value *out_value)
{
    HONE_TRY(need_ints(call, args));
    if (args[0].i < 0 || args[0].i > 62) return fail(call, "the argument must be in 0..62");
    return give_int(INT64_C(1) << args[0].i, out_value);
}

static enum hone_status call_abs(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    HONE_TRY(need_numbers(call, args));
    *out_value = args[0];
    if (args[0].kind == HONE_VALUE_FLOAT) {
        out_value->f = fabs(args[0].f);
    } else if (args[0].i < 0) {
        if (args[0].i == INT64_MIN) return fail(call, "integer overflow");
        out_value->i = -args[0].i;
    }
    return HONE_OK;
}

static enum hone_status call_int(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    HONE_TRY(need_numbers(call, args));
    if (args[0].kind == HONE_VALUE_INT) return give_int(args[0].i, out_value);
    double whole = trunc(args[0].f);
    if (!(whole >= -0x1p63 && whole < 0x1p63)) return fail(call, "integer overflow");
    return give_int((int64_t)whole, out_value);
}

static enum hone_status call_float(const struct expr_call *call, const struct hone_value *args,
                                   struct hone_value *out_value)
{
    HONE_TRY(need_numbers(call, args));
    *out_value = (struct hone_value){HONE_VALUE_FLOAT, .f = expr_as_double(&args[0])};
    return HONE_OK;
}

static enum hone_status call_str(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    if (args[0].kind == HONE_VALUE_TEXT) {
        *out_value = args[0];
        return HONE_OK;
    }
    char text[64];
    hone_value_print(&args[0], text, sizeof text);
    return expr_new_text(call, text, "", out_value);
}

static enum hone_status call_in(const struct expr_call *call, const struct hone_value *args,
                                struct hone_value *out_value)
{
    bool found = false, equal;
    for (size_t i = 1; i < call->node->n_args; i++) {
        HONE_TRY(expr_compare_equal(call, &args[0], &args[i], &equal));
        found |= equal;
    }
    return give_int(found, out_value);
}

/* LLVM reads a float constant only as the bits of a double that is exactly a float. */
static enum hone_status call_hexfloat(const struct expr_call *call, const struct hone_value *args,
                                      struct hone_value *out_value)
{
    HONE_TRY(need_numbers(call, args));
    double rounded = (float)expr_as_double(&args[0]);
    if (!isfinite(rounded)) return fail(call, "the value does not fit a 32-bit float");
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    char text[32];
    snprintf(text, sizeof text, "0x%016llx", (unsigned long long)bits);
    return expr_new_text(call, text, "", out_value);
}

static enum hone_status call_len(const struct expr_call *call, const struct hone_value *args,
                                 struct hone_value *out_value)
{
    if (args[0].kind != HONE_VALUE_TEXT) return fail(call, "text was expected");
    return give_int((int64_t)strlen(args[0].text), out_value);
}

static const struct expr_function functions[] = {
    {"min", 1, EXPR_ARGUMENT_LIMIT, call_min},
    {"max", 1, EXPR_ARGUMENT_LIMIT, call_max},
    {"ceildiv", 2, 2, call_ceildiv},
    {"roundup", 2, 2, call_roundup},
    {"log2", 1, 1, call_log2},
    {"pow2", 1, 1, call_pow2},
    {"abs", 1, 1, call_abs},
    {"int", 1, 1, call_int},
    {"float", 1, 1, call_float},
    {"str", 1, 1, call_str},
    {"in", 2, EXPR_ARGUMENT_LIMIT, call_in},
    {"hexfloat", 1, 1, call_hexfloat},
    {"len", 1, 1, call_len},
};

const struct expr_function *expr_function_find(const char *name, size_t n_bytes)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strlen(functions[i].name) == n_bytes && !memcmp(functions[i].name, name, n_bytes))
            return &functions[i];
    return NULL;
}
