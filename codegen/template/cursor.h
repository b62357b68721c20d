/* SPDX-License-Identifier: MIT */
/* Reading one line of a template from left to right. Private to codegen/template. */
#ifndef HONE_TEMPLATE_CURSOR_H
#define HONE_TEMPLATE_CURSOR_H

#include <stdbool.h>

#include "codegen/template/syntax.h"

/* The current line of a file that is being parsed. */
struct cursor {
    struct hone_template_file *file;
    struct hone_error *err;
    const char *text, *text_end; /* what is left of the file */
    const char *line;            /* without its line end */
    size_t n_bytes, pos;
    unsigned number;
    const char *keyword; /* of a directive's line: points behind its '$' */
    size_t keyword_bytes, keyword_pos;
};

enum line_kind { LINE_TEXT, LINE_BLANK, LINE_REMARK, LINE_DIRECTIVE };

/* False at the end of the file. */
bool cursor_next_line(struct cursor *c);

/* Sets the keyword and moves behind it when the line is a directive. */
enum line_kind cursor_classify(struct cursor *c);
bool cursor_keyword_is(const struct cursor *c, const char *keyword);

/* Fails with the place of byte `pos` of the line. */
enum hone_status cursor_fail(const struct cursor *c, size_t pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum hone_status cursor_no_memory(const struct cursor *c);

void cursor_skip_blanks(struct cursor *c);
/* Skips blanks and takes `byte` if it is next. */
bool cursor_take(struct cursor *c, char byte);
/* An error says that `what` was expected. */
enum hone_status cursor_name(struct cursor *c, const char *what, const char **out_name);
enum hone_status cursor_expr(struct cursor *c, const struct hone_expr **out_expr);
/* Text with ${} in it, up to the end of the line, or up to a double quote, which is taken. */
enum hone_status cursor_segments(struct cursor *c, bool is_quoted, const struct segment **out_list);
/* Nothing but blanks or a $# remark may be left. */
enum hone_status cursor_end(struct cursor *c);

/* The $template, $space and $param lines; leaves a file without them as it is. */
enum hone_status template_parse_header(struct cursor *c);

#endif
