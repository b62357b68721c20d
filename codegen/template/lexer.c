/* SPDX-License-Identifier: MIT */
/* Splits expressions into tokens; never fails, a malformed token is one that nothing accepts. */
#include "codegen/template/lexer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 64 };

/* Longer operators first: the first that matches wins. */
static const char operators[][3] = {
    "||", "&&", "==", "!=", "<=", ">=", "<<", ">>", "?", ":", "|", "^",
    "&",  "<",  ">",  "+",  "-",  "*",  "/",  "%",  "!", "(", ")", ",",
};

/* Escapes in quoted text: what stands after the backslash, and what it means. */
static const char escapes[][2] = {{'\\', '\\'}, {'\'', '\''}, {'"', '"'}, {'n', '\n'}, {'t', '\t'}};

bool lexer_is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lexer_is_name_char(char c)
{
    return lexer_is_name_start(c) || is_digit(c);
}

static void malformed(struct token *token, size_t end, const char *problem)
{
    token->kind = TOKEN_OTHER;
    token->end = end;
    token->problem = problem;
}

static size_t skip_digits(const char *text, size_t n_bytes, size_t pos)
{
    while (pos < n_bytes && is_digit(text[pos])) pos++;
    return pos;
}

/* The end of a number: digits, names (0x1f, and what is glued to a number by mistake), one point
 * that is not the first of "..", and a signed exponent. */
static size_t number_end(const char *text, size_t n_bytes, size_t pos, bool *out_is_float)
{
    *out_is_float = false;
    bool is_hex = pos + 1 < n_bytes && text[pos] == '0' && (text[pos + 1] | 32) == 'x';
    if (!is_hex) {
        pos = skip_digits(text, n_bytes, pos);
        if (pos < n_bytes && text[pos] == '.' && !(pos + 1 < n_bytes && text[pos + 1] == '.')) {
            *out_is_float = true;
            pos = skip_digits(text, n_bytes, pos + 1);
        }
        if (pos < n_bytes && (text[pos] | 32) == 'e') {
            *out_is_float = true;
            pos++;
            if (pos < n_bytes && (text[pos] == '+' || text[pos] == '-')) pos++;
        }
    }
    while (pos < n_bytes && lexer_is_name_char(text[pos])) pos++;
    return pos;
}

static void read_number(const char *text, size_t n_bytes, struct token *token)
{
    bool is_float;
    size_t end = number_end(text, n_bytes, token->start, &is_float);
    char copy[LONGEST_NUMBER];
    size_t length = end - token->start;
    if (length >= sizeof copy) {
        malformed(token, end, "malformed number");
        return;
    }
    memcpy(copy, text + token->start, length);
    copy[length] = 0;
    bool is_hex = length > 1 && (copy[1] | 32) == 'x';
    char *rest;
    errno = 0;
    if (is_float) {
        token->f = strtod(copy, &rest);
        token->kind = TOKEN_FLOAT;
    } else {
        token->i = strtoll(copy, &rest, is_hex ? 16 : 10);
        token->kind = TOKEN_INT;
    }
    token->end = end;
    if (*rest || rest == copy)
        malformed(token, end, "malformed number");
    else if (is_float ? !isfinite(token->f) : errno == ERANGE)
        malformed(token, end, "number out of range");
}

static bool escape_value(char c, char *out_value)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i][0] == c) {
            *out_value = escapes[i][1];
            return true;
        }
    return false;
}

static void read_text(const char *text, size_t n_bytes, struct token *token)
{
    char quote = text[token->start], value;
    size_t pos = token->start + 1;
    for (; pos < n_bytes && text[pos] != quote; pos++) {
        if (text[pos] != '\\') continue;
        if (++pos == n_bytes) break;
        if (!escape_value(text[pos], &value)) {
            malformed(token, pos + 1, "unknown escape in a quoted text");
            return;
        }
    }
    if (pos == n_bytes) {
        malformed(token, n_bytes, "quoted text without its closing quote");
        return;
    }
    token->kind = TOKEN_TEXT;
    token->end = pos + 1;
}

void lexer_text(const char *text, const struct token *token, char *out_text)
{
    for (size_t pos = token->start + 1; pos < token->end - 1; pos++) {
        char c = text[pos];
        if (c == '\\') escape_value(text[++pos], &c);
        *out_text++ = c;
    }
    *out_text = 0;
}

static void read_operator(const char *text, size_t n_bytes, struct token *token)
{
    size_t left = n_bytes - token->start;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i]);
        if (length > left || memcmp(operators[i], text + token->start, length)) continue;
        token->kind = TOKEN_OPERATOR;
        token->end = token->start + length;
        memcpy(token->operator_text, operators[i], sizeof token->operator_text);
        return;
    }
    size_t length = left > 1 && !memcmp(text + token->start, "..", 2) ? 2 : 1;
    malformed(token, token->start + length, NULL);
}

void lexer_next(const char *text, size_t n_bytes, size_t pos, struct token *out_token)
{
    while (pos < n_bytes && text[pos] && strchr(" \t\r\n", text[pos])) pos++;
    *out_token = (struct token){.kind = TOKEN_END, .start = pos, .end = pos};
    if (pos == n_bytes) return;
    char c = text[pos];
    if (is_digit(c) || (c == '.' && pos + 1 < n_bytes && is_digit(text[pos + 1]))) {
        read_number(text, n_bytes, out_token);
    } else if (lexer_is_name_start(c)) {
        while (pos < n_bytes && lexer_is_name_char(text[pos])) pos++;
        out_token->kind = TOKEN_NAME;
        out_token->end = pos;
    } else if (c == '\'' || c == '"') {
        read_text(text, n_bytes, out_token);
    } else {
        read_operator(text, n_bytes, out_token);
    }
}
