/* SPDX-License-Identifier: MIT */
/* Cuts PTX text into tokens. */
#include "tests/emulators/ptx/ptx_parse.h"

#include <stdlib.h>

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '%' ||
           c == '.';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_word_start(c) || is_digit(c);
}

/* Blanks and comments; false at an unclosed one. */
static bool skip_blanks(struct ptx_lexer *l)
{
    while (l->at < l->end) {
        const char c = *l->at;
        const size_t left = (size_t)(l->end - l->at);
        if (c == '\n') l->line++;
        if (c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '\0') {
            l->at++;
        } else if (c == '/' && left > 1 && l->at[1] == '/') {
            while (l->at < l->end && *l->at != '\n') l->at++;
        } else if (c == '/' && left > 1 && l->at[1] == '*') {
            l->at += 2;
            while (l->end - l->at >= 2 && !(l->at[0] == '*' && l->at[1] == '/'))
                if (*l->at++ == '\n') l->line++;
            if (l->end - l->at < 2) return false;
            l->at += 2;
        } else {
            return true;
        }
    }
    return true;
}

static void lex_word(struct ptx_lexer *l)
{
    struct ptx_token *t = &l->token;
    t->kind = PTX_T_WORD;
    t->text = l->at;
    while (l->at < l->end) {
        if (is_word(*l->at))
            l->at++;
        else if (l->end - l->at > 2 && l->at[0] == ':' && l->at[1] == ':' && is_word(l->at[2]))
            l->at += 2;
        else
            break;
    }
    t->n_bytes = (size_t)(l->at - t->text);
}

static int digit_value(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/* Digits of a base from `text`; false when there is none, one too large, or too many. */
static bool digits(const char *text, size_t n, int base, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        const int v = digit_value(text[i]);
        if (v >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)v, &value))
            return false;
    }
    *out = value;
    return n > 0;
}

static bool decimal_float(struct ptx_token *t)
{
    char copy[64];
    char *end;
    if (t->n_bytes >= sizeof copy) return false;
    memcpy(copy, t->text, t->n_bytes);
    copy[t->n_bytes] = '\0';
    const double value = strtod(copy, &end);
    memcpy(&t->bits, &value, sizeof value);
    t->float_bytes = 8;
    return *end == '\0';
}

static bool lex_number(struct ptx_lexer *l)
{
    struct ptx_token *t = &l->token;
    t->kind = PTX_T_NUMBER;
    t->text = l->at;
    t->float_bytes = 0;
    while (l->at < l->end && is_word(*l->at)) {
        const bool exponent = (*l->at == 'e' || *l->at == 'E') && t->text[1] != 'x' &&
                              l->end - l->at > 1 && (l->at[1] == '-' || l->at[1] == '+') &&
                              !(t->text[1] == 'f' || t->text[1] == 'd');
        l->at += exponent ? 2 : 1;
    }
    t->n_bytes = (size_t)(l->at - t->text);
    size_t n = t->n_bytes;
    const char *s = t->text;
    const char second = n > 1 ? s[1] : '\0';
    if (s[0] == '0' && (second == 'f' || second == 'F')) {
        t->float_bytes = 4;
        return n == 10 && digits(s + 2, 8, 16, &t->bits);
    }
    if (s[0] == '0' && (second == 'd' || second == 'D')) {
        t->float_bytes = 8;
        return n == 18 && digits(s + 2, 16, 16, &t->bits);
    }
    if (memchr(s, '.', n)) return decimal_float(t);
    if (n > 1 && s[n - 1] == 'U') n--;
    if (s[0] == '0' && (second == 'x' || second == 'X')) return digits(s + 2, n - 2, 16, &t->bits);
    if (s[0] == '0' && (second == 'b' || second == 'B')) return digits(s + 2, n - 2, 2, &t->bits);
    if (s[0] == '0' && n > 1) return digits(s + 1, n - 1, 8, &t->bits);
    if (digits(s, n, 10, &t->bits)) return true;
    return (memchr(s, 'e', n) || memchr(s, 'E', n)) && decimal_float(t);
}

static bool lex_string(struct ptx_lexer *l)
{
    l->token.kind = PTX_T_STRING;
    l->token.text = ++l->at;
    while (l->at < l->end && *l->at != '"' && *l->at != '\n') l->at++;
    l->token.n_bytes = (size_t)(l->at - l->token.text);
    if (l->at == l->end || *l->at != '"') return false;
    l->at++;
    return true;
}

bool ptx_lex(struct ptx_lexer *l, const char **why)
{
    *why = "a comment without an end";
    if (!skip_blanks(l)) return false;
    l->token.line = l->line;
    l->token.n_bytes = 0;
    l->token.punct = '\0';
    if (l->at == l->end) {
        l->token.kind = PTX_T_END;
        l->token.text = l->at;
        return true;
    }
    const char c = *l->at;
    if (is_word_start(c)) {
        lex_word(l);
        return true;
    }
    if (is_digit(c)) {
        *why = "a number that is none";
        return lex_number(l);
    }
    if (c == '"') {
        *why = "a string without an end";
        return lex_string(l);
    }
    *why = "a character that has no place in PTX";
    if (!strchr(",;:{}[]()<>=@!+-|~*", c)) return false;
    l->token.kind = PTX_T_PUNCT;
    l->token.text = l->at++;
    l->token.n_bytes = 1;
    l->token.punct = c;
    return true;
}
