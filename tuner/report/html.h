/* SPDX-License-Identifier: MIT */
/* Pieces of one self-contained HTML page: no file beside it, no network, no script. Texts of stores
 * are hostile: whatever is not markup of ours goes through html_text. */
#ifndef HONE_TUNER_HTML_H
#define HONE_TUNER_HTML_H

#include <stdio.h>

/* Escaped; control characters and what is not UTF-8 become U+FFFD. */
void html_text(FILE *to, const char *text);
void html_format(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Up to the end of the head, with the style; ends the document. */
void html_begin(FILE *to, const char *title);
void html_end(FILE *to);

/* A chapter; `lead` (may be NULL) says what is to be seen. */
void html_section(FILE *to, const char *id, const char *heading, const char *lead);
void html_section_end(FILE *to);
/* What is closed until somebody wants it (open in print). */
void html_details(FILE *to, const char *summary);
void html_details_end(FILE *to);
/* A box that scrolls by itself where the page is too narrow for what is in it. */
void html_wide(FILE *to, const char *label);
void html_wide_end(FILE *to);
void html_note(FILE *to, const char *text);

/* The style sheet. */
extern const char *const html_style[];

#endif
