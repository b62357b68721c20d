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

static void add_x86_64(struct facts_reader *reader, const char *text)
{
    if (starts_with(text, "movq\t%rsp, %rbp")) reader->has_frame_pointer = true;
    if (has_vector_register(text) && touches_stack(reader, text)) reader->facts.n_vector_spills++;
    uint32_t depth = red_zone_depth(text);
    if (depth > reader->red_zone_bytes) reader->red_zone_bytes = depth;
    reader->frame_bytes += frame_growth(text);
}

/* The number behind `before`, when it is negative or `sign` makes it so. */
static uint32_t shrunk_by(const char *text, const char *before, long sign)
{
    const char *at = strstr(text, before);
    long n_bytes = at ? sign * strtol(at + strlen(before), NULL, 0) : 0;
    return n_bytes < 0 && n_bytes > INT32_MIN ? (uint32_t)-n_bytes : 0;
}

/* Only whole vectors: the lower halves of v8 to v15 are saved for the caller. */
static void add_aarch64(struct facts_reader *reader, const char *text)
{
    const char *operand = strchr(text, '\t');
    bool is_vector = operand && (operand[1] == 'q' || operand[1] == 'z');
    if (is_vector && strstr(text, "[sp")) reader->facts.n_vector_spills++;
    if (starts_with(text, "sub\tsp, sp, #")) {
        uint32_t n_bytes = shrunk_by(text, "sp, sp, #", -1);
        reader->frame_bytes += strstr(text, "lsl #12") ? n_bytes << 12 : n_bytes;
    } else if (strstr(text, "]!")) {
        reader->frame_bytes += shrunk_by(text, "[sp, #", 1);
    }
}

/* Whole registers travel by instructions of their own, which nothing else needs. What they take of
 * the stack depends on their length: it is not in the sum. */
static void add_riscv64(struct facts_reader *reader, const char *text)
{
    bool is_store = starts_with(text, "vs") && strstr(text, "r.v\t");
    bool is_load = starts_with(text, "vl") && text[2] >= '1' && text[2] <= '8' && text[3] == 'r';
    if (is_store || is_load) reader->facts.n_vector_spills++;
    if (starts_with(text, "addi\tsp, sp, ")) reader->frame_bytes += shrunk_by(text, "sp, sp, ", 1);
}

static const struct {
    const char *triple;
    void (*add)(struct facts_reader *reader, const char *text);
} machines[] = {
    [FACTS_X86_64] = {"x86_64-", add_x86_64},
    [FACTS_AARCH64] = {"aarch64-", add_aarch64},
    [FACTS_RISCV64] = {"riscv64-", add_riscv64},
};

enum facts_machine facts_machine_of(const char *triple)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (starts_with(triple, machines[i].triple)) return (enum facts_machine)i;
    return FACTS_X86_64;
}

void facts_add_instruction(struct facts_reader *reader, const char *text)
{
    text += strspn(text, " \t");
    if (*text == '\0' || is_padding(text)) return;
    reader->facts.n_instructions++;
    machines[reader->machine].add(reader, text);
    reader->facts.stack_bytes = reader->frame_bytes + reader->red_zone_bytes;
}
