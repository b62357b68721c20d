/* SPDX-License-Identifier: MIT */
/* Tokens of the expression language. Private to codegen/template. */
#ifndef HONE_TEMPLATE_LEXER_H
#define HONE_TEMPLATE_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_TEXT, /* quotes included in [start, end) */
    TOKEN_NAME,
    TOKEN_OPERATOR, /* operators and punctuation of expressions */
    TOKEN_OTHER,    /* a byte that no expression contains, "..", or a malformed token */
};

struct token {
    enum token_kind kind;
    size_t start, end;
    union {
        int64_t i;
        double f;
        char operator_text[3];
    };
    const char *problem; /* what is wrong with a malformed TOKEN_OTHER, else NULL */
};

/* Reads the token at or after `pos`; blanks and newlines before it are skipped. */
void lexer_next(const char *text, size_t n_bytes, size_t pos, struct token *out_token);

/* Decodes the escapes of a TOKEN_TEXT; out_text takes end - start bytes. */
void lexer_text(const char *text, const struct token *token, char *out_text);

bool lexer_is_name_start(char c);
bool lexer_is_name_char(char c);

#endif
