/* SPDX-License-Identifier: MIT */
/* Text made harmless, and the frame of the page. */
#include "tuner/report/html.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd";

/* Bytes of the character at `text`, 0 where it is not UTF-8 (overlong and surrogates included). */
static size_t utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
        size_t length;
    } kinds[] = {{0x80, 0x00, 0, 1},
                 {0xe0, 0xc0, 0x80, 2},
                 {0xf0, 0xe0, 0x800, 3},
                 {0xf8, 0xf0, 0x10000, 4}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if ((*text & kinds[k].mask) != kinds[k].lead) continue;
        uint32_t value = *text & (unsigned char)~kinds[k].mask;
        for (size_t i = 1; i < kinds[k].length; i++) {
            if ((text[i] & 0xc0) != 0x80) return 0;
            value = value << 6 | (text[i] & 0x3f);
        }
        if (value < kinds[k].least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
            return 0;
        return kinds[k].length;
    }
    return 0;
}

static const char *entity_of(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default:
        return c < ' ' && c != '\n' && c != '\t' ? REPLACEMENT : c == 0x7f ? REPLACEMENT : NULL;
    }
}

void html_text(FILE *to, const char *text)
{
    while (*text) {
        size_t n = utf8_length((const unsigned char *)text);
        const char *entity = n == 1 ? entity_of((unsigned char)*text) : n ? NULL : REPLACEMENT;
        if (entity)
            fputs(entity, to);
        else
            fwrite(text, 1, n, to);
        text += n ? n : 1;
    }
}

void html_format(FILE *to, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    html_text(to, text);
}

void html_begin(FILE *to, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          to);
    html_text(to, title);
    fputs("</title>\n<style>\n", to);
    for (size_t i = 0; html_style[i]; i++) fprintf(to, "%s\n", html_style[i]);
    fputs("</style>\n</head>\n<body>\n", to);
}

void html_end(FILE *to)
{
    fputs("</body>\n</html>\n", to);
}

void html_section(FILE *to, const char *id, const char *heading, const char *lead)
{
    fprintf(to, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", id, id, id);
    html_text(to, heading);
    fputs("</h2>\n", to);
    if (!lead) return;
    fputs("<p class=\"lead\">", to);
    html_text(to, lead);
    fputs("</p>\n", to);
}

void html_section_end(FILE *to)
{
    fputs("</section>\n\n", to);
}

void html_details(FILE *to, const char *summary)
{
    fputs("<details><summary>", to);
    html_text(to, summary);
    fputs("</summary>\n", to);
}

void html_details_end(FILE *to)
{
    fputs("</details>\n", to);
}

void html_wide(FILE *to, const char *label)
{
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", to);
    html_text(to, label);
    fputs("\">\n", to);
}

void html_wide_end(FILE *to)
{
    fputs("</div>\n", to);
}

void html_note(FILE *to, const char *text)
{
    fputs("<p class=\"note\">", to);
    html_text(to, text);
    fputs("</p>\n", to);
}
