/* SPDX-License-Identifier: MIT */
/* Reads a kernel's resources from a cubin: its sections by name, and the attributes of .nv.info. */
#include "codegen/compile/cubin.h"

#include <stdbool.h>
#include <string.h>

#include "codegen/compile/elf_object.h"

/* An attribute is a head of four bytes - format, number, value - and, where the format says so,
 * `value` bytes behind it. */
enum { FORMAT_NONE = 1, FORMAT_U8 = 2, FORMAT_U16 = 3, FORMAT_BYTES = 4, HEAD_BYTES = 4 };
enum {
    ATTRIBUTE_MAX_THREADS = 0x05, /* x, y, z */
    ATTRIBUTE_FRAME_SIZE = 0x11,  /* symbol, bytes */
    ATTRIBUTE_REQUIRED_THREADS = 0x10,
    ATTRIBUTE_ARGS_BYTES = 0x19,
    ATTRIBUTE_REGISTERS = 0x2f, /* symbol, count */
};

struct attribute {
    uint8_t format, number;
    uint16_t value;
    const uint8_t *bytes; /* `value` of them with FORMAT_BYTES */
};

static uint32_t read_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* False at the end and at what we cannot read: a newer compiler may say more than we know. */
static bool next_attribute(const uint8_t **at, const uint8_t *end, struct attribute *out)
{
    if (end - *at < HEAD_BYTES) return false;
    const uint8_t *head = *at;
    *out =
        (struct attribute){head[0], head[1], (uint16_t)(head[2] | head[3] << 8), head + HEAD_BYTES};
    *at += HEAD_BYTES;
    if (out->format != FORMAT_BYTES) return out->format >= FORMAT_NONE && out->format <= FORMAT_U16;
    if (out->value > end - *at) return false;
    *at += out->value;
    return true;
}

static uint32_t word_of(const struct attribute *attribute, uint32_t index)
{
    bool is_there = attribute->format == FORMAT_BYTES && attribute->value >= 4 * (index + 1);
    return is_there ? read_u32(attribute->bytes + 4 * index) : 0;
}

static bool is_symbol(const struct elf_object *object, uint32_t index, const char *name)
{
    if (index >= object->n_symbols) return false;
    Elf64_Sym symbol = elf_symbol(object, index);
    return strcmp(elf_symbol_name(object, &symbol), name) == 0;
}

/* Of all kernels: each attribute names its symbol. */
static void read_common(const struct elf_object *object, const uint8_t *at, const uint8_t *end,
                        const char *entry, struct cubin_kernel *kernel)
{
    for (struct attribute a; next_attribute(&at, end, &a);) {
        if (a.format != FORMAT_BYTES || a.value != 8) continue;
        if (!is_symbol(object, word_of(&a, 0), entry)) continue;
        if (a.number == ATTRIBUTE_REGISTERS) kernel->n_registers = word_of(&a, 1);
        if (a.number == ATTRIBUTE_FRAME_SIZE) kernel->frame_bytes = word_of(&a, 1);
    }
}

static uint32_t threads_of(const struct attribute *attribute)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < 3; i++) {
        n *= word_of(attribute, i);
        if (n > UINT16_MAX) return 0;
    }
    return (uint32_t)n;
}

static void read_own(const uint8_t *at, const uint8_t *end, struct cubin_kernel *kernel)
{
    for (struct attribute a; next_attribute(&at, end, &a);) {
        if (a.number == ATTRIBUTE_MAX_THREADS || a.number == ATTRIBUTE_REQUIRED_THREADS)
            kernel->max_threads = threads_of(&a);
        if (a.number == ATTRIBUTE_ARGS_BYTES && a.format == FORMAT_U16)
            kernel->args_bytes = a.value;
    }
}

void cubin_count(const struct cubin_kernel *kernel, uint32_t out_counts[CUBIN_OPCODES])
{
    memset(out_counts, 0, CUBIN_OPCODES * sizeof *out_counts);
    for (size_t at = 0; kernel->n_code_bytes - at >= CUBIN_INSTRUCTION_BYTES;
         at += CUBIN_INSTRUCTION_BYTES)
        out_counts[(kernel->code[at] | kernel->code[at + 1] << 8) % CUBIN_OPCODES]++;
}

static void count_instructions(struct cubin_kernel *kernel)
{
    uint32_t counts[CUBIN_OPCODES];
    cubin_count(kernel, counts);
    uint32_t n_all = (uint32_t)(kernel->n_code_bytes / CUBIN_INSTRUCTION_BYTES);
    kernel->n_instructions = n_all - counts[CUBIN_NOP];
    kernel->n_local = counts[CUBIN_LDL] + counts[CUBIN_STL];
}

/* ".text." + entry and the like. */
static bool is_of_kernel(const char *name, const char *prefix, const char *entry)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 && strcmp(name + length, entry) == 0;
}

static void read_section(const struct elf_object *object, const Elf64_Shdr *section,
                         const char *entry, struct cubin_kernel *kernel)
{
    const char *name = elf_section_name(object, section);
    if (is_of_kernel(name, ".nv.shared.", entry) && section->sh_size <= UINT32_MAX)
        kernel->shared_bytes = (uint32_t)section->sh_size;
    if (section->sh_type == SHT_NOBITS || section->sh_type == SHT_NULL) return;
    const uint8_t *begin = object->data + section->sh_offset, *end = begin + section->sh_size;
    if (strcmp(name, ".nv.info") == 0) read_common(object, begin, end, entry, kernel);
    if (is_of_kernel(name, ".nv.info.", entry)) read_own(begin, end, kernel);
    if (!is_of_kernel(name, ".text.", entry)) return;
    kernel->code = begin;
    kernel->n_code_bytes = section->sh_size;
    if (!kernel->n_registers) kernel->n_registers = section->sh_info >> 24; /* older cubins */
}

enum hone_status cubin_read(const uint8_t *data, size_t n_bytes, const char *entry,
                            struct cubin_kernel *out_kernel, struct hone_error *err)
{
    struct elf_object object;
    *out_kernel = (struct cubin_kernel){0};
    HONE_TRY(elf_object_open(data, n_bytes, ET_EXEC, &object, err));
    for (uint32_t i = 0; i < object.n_sections; i++) {
        Elf64_Shdr section = elf_section(&object, i);
        read_section(&object, &section, entry, out_kernel);
    }
    if (!out_kernel->code || out_kernel->n_code_bytes < CUBIN_INSTRUCTION_BYTES)
        return hone_fail(err, HONE_ERR_COMPILE, "%s: the text defines no kernel of this name",
                         entry);
    count_instructions(out_kernel);
    return HONE_OK;
}
