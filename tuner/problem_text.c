/* SPDX-License-Identifier: MIT */
/* Reads problems and format tuples from text. */
#include "tuner/problem_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64, VALUE_BYTES = 128 };

void problem_init(struct hone_problem *problem, const struct hone_op *op)
{
    *problem =
        (struct hone_problem){.op = op, .acts = HONE_TYPE_F32, .m_min = 1, .m_max = 1, .m = 1};
    for (uint32_t i = 0; i < op->n_operands; i++) problem->types[i] = HONE_TYPE_F32;
}

static bool read_u32(const char *text, char end, uint32_t *out_value, const char **out_rest)
{
    char *rest;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    unsigned long long value = strtoull(text, &rest, 10);
    if (errno || value > UINT32_MAX || *rest != end) return false;
    *out_value = (uint32_t)value;
    if (out_rest) *out_rest = rest + (end != '\0');
    return true;
}

static bool set_rows(struct hone_problem *problem, const char *text)
{
    uint32_t m;
    if (strchr(text, '-')) {
        if (!read_u32(text, '-', &problem->m_min, &text)) return false;
        if (!read_u32(text, '@', &problem->m_max, &text)) return false;
        if (!read_u32(text, '\0', &problem->m, NULL)) return false;
        return problem->m_min >= 1 && problem->m_min <= problem->m && problem->m <= problem->m_max;
    }
    if (!read_u32(text, '\0', &m, NULL) || m == 0) return false;
    problem->m = problem->m_max = m;
    problem->m_min = m / 2 + 1;
    return true;
}

static bool set_types(struct hone_problem *problem, const char *text)
{
    for (uint32_t i = 0; i < problem->op->n_operands; i++) {
        char name[NAME_BYTES];
        size_t length = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, text);
        problem->types[i] = hone_type_by_name(name);
        if (problem->types[i] == HONE_TYPE_NONE) return false;
        text += length;
        if (*text == ',') text++;
    }
    return *text == '\0';
}

static bool set_acts(struct hone_problem *problem, const char *text)
{
    problem->acts = strcmp(text, "int8") == 0 ? HONE_TYPE_Q8A : hone_type_by_name(text);
    return problem->acts == HONE_TYPE_F32 || problem->acts == HONE_TYPE_BF16 ||
           problem->acts == HONE_TYPE_Q8A;
}

static bool set_attr(float *attr, const char *text)
{
    char *rest;
    if (strncmp(text, "0x", 2) == 0) {
        uint32_t bits = (uint32_t)strtoul(text, &rest, 16);
        memcpy(attr, &bits, sizeof bits);
    } else {
        *attr = strtof(text, &rest);
    }
    return *text && !*rest;
}

/* "w" or "w_type". */
static int operand_of(const struct hone_op *op, const char *name)
{
    char plain[NAME_BYTES];
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, "_type") == 0) length -= 5;
    snprintf(plain, sizeof plain, "%.*s", (int)length, name);
    return hone_op_operand(op, plain);
}

static bool set_rows_are(struct hone_problem *problem, const char *text)
{
    problem->rows_are_out = strcmp(text, "out") == 0 || strcmp(text, "1") == 0;
    return problem->rows_are_out || strcmp(text, "tokens") == 0 || strcmp(text, "0") == 0;
}

static bool set_named(struct hone_problem *problem, const char *name, const char *value,
                      bool *out_known)
{
    const struct hone_op *op = problem->op;
    int dim = hone_op_dim(op, name), operand = operand_of(op, name);
    *out_known = true;
    if (dim >= 0) return read_u32(value, '\0', &problem->dims[dim], NULL) && problem->dims[dim];
    for (uint32_t i = 0; i < op->n_attrs; i++)
        if (strcmp(op->attrs[i], name) == 0) return set_attr(&problem->attrs[i], value);
    if (strcmp(name, "types") == 0) return set_types(problem, value);
    if (strcmp(name, "acts") == 0) return set_acts(problem, value);
    if (strcmp(name, "m") == 0) return set_rows(problem, value);
    if (strcmp(name, "context") == 0) return read_u32(value, '\0', &problem->context, NULL);
    if (strcmp(name, "rows") == 0 || strcmp(name, "rows_are_out") == 0)
        return set_rows_are(problem, value);
    if (operand >= 0) {
        enum hone_type type = hone_type_by_name(value);
        if (type != HONE_TYPE_NONE) problem->types[operand] = type;
        return type != HONE_TYPE_NONE;
    }
    *out_known = false;
    return false;
}

enum hone_status problem_set(struct hone_problem *problem, const char *name, const char *value,
                             struct hone_error *err)
{
    bool known;
    if (set_named(problem, name, value, &known)) return HONE_OK;
    return hone_fail(err, HONE_ERR_ARGUMENT,
                     known ? "%s: %s=%.80s makes no sense" : "%s has no '%s' (=%.80s)",
                     problem->op->name, name, value);
}

static enum hone_status parse_values(const char *key, struct hone_problem *problem)
{
    char name[NAME_BYTES], value[VALUE_BYTES];
    size_t length = strcspn(key, " ");
    snprintf(name, sizeof name, "%.*s", (int)length, key);
    const struct hone_op *op = hone_op_find(name);
    if (!op) return HONE_ERR_FORMAT;
    problem_init(problem, op);
    for (const char *at = key + length; *(at += strspn(at, " ")); at += length) {
        length = strcspn(at, " ");
        size_t n_name = strcspn(at, "=");
        if (n_name >= length || n_name >= sizeof name || length - n_name > sizeof value)
            return HONE_ERR_FORMAT;
        snprintf(name, sizeof name, "%.*s", (int)n_name, at);
        snprintf(value, sizeof value, "%.*s", (int)(length - n_name - 1), at + n_name + 1);
        HONE_TRY(problem_set(problem, name, value, NULL));
    }
    return HONE_OK;
}

/* A key is what hone_problem_key would write again, byte for byte: nothing missing, nothing more.
 */
enum hone_status problem_parse(const char *key, struct hone_problem *out_problem,
                               struct hone_error *err)
{
    char again[HONE_PROBLEM_KEY_BYTES] = "";
    if (parse_values(key, out_problem) == HONE_OK) hone_problem_key(out_problem, again);
    if (*key && strcmp(again, key) == 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_FORMAT, "'%.200s' is not the key of a problem", key);
}

enum hone_status problem_formats_parse(const char *tuple, struct hone_call *call,
                                       struct hone_error *err)
{
    const struct hone_op *op = call->problem.op;
    char name[NAME_BYTES], format[NAME_BYTES];
    const char *at = tuple;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        size_t length = strcspn(at, " "), n_name = strcspn(at, "=");
        if (n_name >= length || n_name >= sizeof name || length - n_name > sizeof format) break;
        snprintf(name, sizeof name, "%.*s", (int)n_name, at);
        snprintf(format, sizeof format, "%.*s", (int)(length - n_name - 1), at + n_name + 1);
        call->formats[i] = hone_format_find(format);
        if (strcmp(name, op->operands[i].name) != 0 || !call->formats[i] ||
            call->formats[i]->type != call->problem.types[i])
            break;
        at += length;
        if (i + 1 == op->n_operands && *at == '\0') return HONE_OK;
        at += *at == ' ';
    }
    return hone_fail(err, HONE_ERR_FORMAT, "%s: '%.100s' are no formats of its operands", op->name,
                     tuple);
}
