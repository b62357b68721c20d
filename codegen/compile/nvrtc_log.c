/* SPDX-License-Identifier: MIT */
/* Reads NVRTC's log. Its lines are
 *     kernel.cu(12): error: identifier "x" is undefined
 *     ptxas application ptx input, line 34; error   : Instruction 'x' not supported on ...
 *     ptxas info    : Compiling entry function 'kernel' for 'sm_90a'
 *         0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
 *     ptxas info    : Used 32 registers, used 1 barriers */
#include "codegen/compile/nvrtc_log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of a text, not terminated. */
struct line {
    const char *text;
    size_t n_bytes;
};

static bool next_line(const char **at, struct line *out_line)
{
    if (!**at) return false;
    *out_line = (struct line){*at, strcspn(*at, "\n")};
    *at += out_line->n_bytes;
    if (**at) ++*at;
    return true;
}

static const char *find(struct line line, const char *word)
{
    return memmem(line.text, line.n_bytes, word, strlen(word));
}

/* The number that stands before `word`, 0 when there is none. */
static uint32_t number_before(struct line line, const char *word)
{
    const char *at = find(line, word);
    if (!at || at == line.text) return 0;
    while (at > line.text && at[-1] >= '0' && at[-1] <= '9') at--;
    unsigned long value = strtoul(at, NULL, 10);
    return value < UINT32_MAX ? (uint32_t)value : 0;
}

static bool names(struct line line, const char *entry)
{
    const char *quoted = find(line, "'");
    if (!quoted) return false;
    size_t length = strlen(entry), left = line.n_bytes - (size_t)(quoted + 1 - line.text);
    return left > length && memcmp(quoted + 1, entry, length) == 0 && quoted[1 + length] == '\'';
}

void nvrtc_log_resources(const char *log, const char *entry, struct nvrtc_resources *out_resources)
{
    struct line line;
    bool is_ours = false;
    *out_resources = (struct nvrtc_resources){0};
    while (next_line(&log, &line)) {
        if (find(line, "Compiling entry function")) is_ours = names(line, entry);
        if (!is_ours) continue;
        uint32_t frame_bytes = number_before(line, " bytes stack frame");
        if (frame_bytes > out_resources->frame_bytes) out_resources->frame_bytes = frame_bytes;
        out_resources->store_bytes += number_before(line, " bytes spill stores");
        out_resources->load_bytes += number_before(line, " bytes spill loads");
        if (find(line, "Used ") && !out_resources->n_registers)
            out_resources->n_registers = number_before(line, " registers");
    }
}

/* Copies without control characters and without blanks at the ends; cut to fit. */
static void copy_line(struct line line, char *out_text, size_t capacity)
{
    while (line.n_bytes && (*line.text == ' ' || *line.text == '\t')) line.text++, line.n_bytes--;
    while (line.n_bytes && strchr(" \t\r", line.text[line.n_bytes - 1])) line.n_bytes--;
    size_t n = line.n_bytes < capacity - 1 ? line.n_bytes : capacity - 1;
    for (size_t i = 0; i < n; i++)
        out_text[i] = (unsigned char)line.text[i] < ' ' || line.text[i] == 127 ? ' ' : line.text[i];
    out_text[n] = '\0';
}

/* What stands behind the first ": " after `at`, the message proper. */
static struct line message_of(struct line line, const char *at)
{
    const char *colon = memchr(at, ':', line.n_bytes - (size_t)(at - line.text));
    if (!colon) return line;
    return (struct line){colon + 1, line.n_bytes - (size_t)(colon + 1 - line.text)};
}

/* Line `number` of the source, from 1; empty behind its end. */
static struct line line_of(const char *source, unsigned long number)
{
    struct line line = {"", 0};
    while (number > 0 && next_line(&source, &line)) number--;
    return number > 0 ? (struct line){"", 0} : line;
}

/* "kernel.cu(12): error: ...", where the number in parentheses is a line of the source. */
static void describe_source(struct line line, const char *at, const char *source, char *out_text,
                            size_t capacity)
{
    char message[384], quoted[128];
    const char *open = memchr(line.text, '(', (size_t)(at - line.text));
    unsigned long number = open ? strtoul(open + 1, NULL, 10) : 0;
    copy_line(message_of(line, at), message, sizeof message);
    copy_line(line_of(source, number), quoted, sizeof quoted);
    if (number)
        snprintf(out_text, capacity, "line %lu: %s%s%s", number, message, quoted[0] ? " | " : "",
                 quoted);
    else
        snprintf(out_text, capacity, "%s", message);
}

void nvrtc_log_error(const char *log, const char *source, char *out_text, size_t capacity)
{
    struct line line;
    out_text[0] = '\0';
    while (next_line(&log, &line)) {
        bool is_assembler = line.n_bytes > 6 && memcmp(line.text, "ptxas ", 6) == 0;
        const char *at = find(line, is_assembler ? "error   :" : ": error");
        if (!at) at = find(line, is_assembler ? "fatal   :" : ": catastrophic error");
        if (!at) continue;
        if (is_assembler)
            copy_line(line, out_text, capacity);
        else
            describe_source(line, at + 1, source, out_text, capacity);
        return;
    }
}
