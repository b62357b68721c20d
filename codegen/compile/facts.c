/* SPDX-License-Identifier: MIT */
/* Counts instructions, traffic of vector registers with the stack, and the size of the frame. */
#include "codegen/compile/facts.h"

#include <stdlib.h>
#include <string.h>

static bool starts_with(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* Padding between functions and before loops is not work. */
static bool is_padding(const char *text)
{
    return starts_with(text, "nop") || starts_with(text, "int3") || strstr(text, "\tnopw") ||
           starts_with(text, "xchgw\t%ax, %ax");
}

static bool has_vector_register(const char *text)
{
    return strstr(text, "%zmm") || strstr(text, "%ymm") || strstr(text, "%xmm") ||
           strstr(text, "%tmm");
}

/* Without a frame pointer rbp is a register like any other; with one, locals lie below it. */
static bool touches_stack(const struct facts_reader *reader, const char *text)
{
    if (strstr(text, "(%rsp")) return true;
    if (!reader->has_frame_pointer) return false;
    const char *base = strstr(text, "(%rbp)");
    if (!base) return false;
    const char *start = base;
    while (start > text && start[-1] != ' ' && start[-1] != '\t' && start[-1] != ',') start--;
    return *start == '-';
}

static uint32_t frame_bytes(const char *text)
{
    if (starts_with(text, "pushq")) return 8;
    if (!starts_with(text, "subq\t$") || !strstr(text, ", %rsp")) return 0;
    long n_bytes = strtol(text + strlen("subq\t$"), NULL, 0);
    return n_bytes > 0 ? (uint32_t)n_bytes : 0;
}

void facts_add_instruction(struct facts_reader *reader, const char *text)
{
    text += strspn(text, " \t");
    if (*text == '\0' || is_padding(text)) return;
    reader->facts.n_instructions++;
    reader->facts.stack_bytes += frame_bytes(text);
    if (starts_with(text, "movq\t%rsp, %rbp")) reader->has_frame_pointer = true;
    if (has_vector_register(text) && touches_stack(reader, text)) reader->facts.n_vector_spills++;
}
