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

/* Where the operand begins that holds `base`, "-64" of "-64(%rsp)". */
static const char *operand_start(const char *text, const char *base)
{
    while (base > text && !strchr(" \t,", base[-1])) base--;
    return base;
}

/* Without a frame pointer rbp is a register like any other; with one, locals lie below it. */
static bool touches_stack(const struct facts_reader *reader, const char *text)
{
    if (strstr(text, "(%rsp")) return true;
    if (!reader->has_frame_pointer) return false;
    const char *base = strstr(text, "(%rbp)");
    return base && *operand_start(text, base) == '-';
}

/* Of pushes and of the subtraction that makes room for locals. */
static uint32_t frame_growth(const char *text)
{
    if (starts_with(text, "pushq")) return 8;
    if (!starts_with(text, "subq\t$") || !strstr(text, ", %rsp")) return 0;
    long n_bytes = strtol(text + strlen("subq\t$"), NULL, 0);
    return n_bytes > 0 && n_bytes < INT32_MAX ? (uint32_t)n_bytes : 0;
}

/* A function that calls nobody may use 128 bytes below rsp without moving it. */
static uint32_t red_zone_depth(const char *text)
{
    const char *base = strstr(text, "(%rsp");
    if (!base) return 0;
    long displacement = strtol(operand_start(text, base), NULL, 0);
    return displacement < 0 && displacement >= -128 ? (uint32_t)-displacement : 0;
}

void facts_add_instruction(struct facts_reader *reader, const char *text)
{
    text += strspn(text, " \t");
    if (*text == '\0' || is_padding(text)) return;
    struct hone_static_facts *facts = &reader->facts;
    facts->n_instructions++;
    if (starts_with(text, "movq\t%rsp, %rbp")) reader->has_frame_pointer = true;
    if (has_vector_register(text) && touches_stack(reader, text)) facts->n_vector_spills++;
    uint32_t depth = red_zone_depth(text);
    if (depth > reader->red_zone_bytes) reader->red_zone_bytes = depth;
    reader->frame_bytes += frame_growth(text);
    facts->stack_bytes = reader->frame_bytes + reader->red_zone_bytes;
}
