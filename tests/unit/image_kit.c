/* SPDX-License-Identifier: MIT */
/* Writes a cubin section by section, and an image around it. */
#include "tests/unit/image_kit.h"

#include <elf.h>
#include <string.h>

enum { NONE, TEXT, INFO, INFO_KERNEL, SHARED, SYMTAB, STRTAB, SECTIONS };
enum { CUDA_INFO = 0x70000000, EM_CUDA_NUMBER = 190 };

static const char names[] = "\0kernel\0.text.kernel\0.nv.info\0.nv.info.kernel\0.nv.shared.kernel"
                            "\0.symtab\0.strtab";

static uint32_t name_offset(const char *name)
{
    const char *text = names + 1;
    while (strcmp(text, name) != 0) text += strlen(text) + 1;
    return (uint32_t)(text - names);
}

/* Attributes: format, number, two bytes of size or value; then what the size says. */
static const uint8_t info[] = {
    4, 0x2f, 8, 0, 1, 0, 0, 0, KIT_REGISTERS,
    0, 0,    0, /* registers of symbol 1 */
    4, 0x11, 8, 0, 1, 0, 0, 0, KIT_FRAME_BYTES,
    0, 0,    0, /* its frame */
    4, 0x2f, 8, 0, 0, 0, 0, 0, 99,
    0, 0,    0, /* of another symbol */
};
static const uint8_t info_kernel[] = {
    1, 0x50, 0,
    0, /* nothing we know */
    3, 0x19, KIT_ARGS_BYTES,
    0, /* size of the parameters */
    4, 0x05, 12,
    0, 128,  0,
    0, 0,    1,
    0, 0,    0,
    1, 0,    0,
    0, /* launch bounds */
};
static const uint16_t opcodes[KIT_CUBIN_INSTRUCTIONS] = {0x7983, 0x1983, 0x5387,
                                                         0x723c, 0x7918, 0x7824};

struct builder {
    struct kit_cubin *cubin;
    Elf64_Shdr sections[SECTIONS];
};

static void add(struct builder *b, int number, const char *name, uint32_t type, const void *data,
                size_t n_bytes)
{
    b->cubin->n_bytes = (b->cubin->n_bytes + 15) / 16 * 16;
    b->sections[number] = (Elf64_Shdr){.sh_name = name_offset(name),
                                       .sh_type = type,
                                       .sh_offset = b->cubin->n_bytes,
                                       .sh_size = n_bytes,
                                       .sh_addralign = 1};
    if (type == SHT_NOBITS) return;
    memcpy(b->cubin->data + b->cubin->n_bytes, data, n_bytes);
    b->cubin->n_bytes += n_bytes;
}

void kit_cubin(struct kit_cubin *out_cubin)
{
    *out_cubin = (struct kit_cubin){.n_bytes = sizeof(Elf64_Ehdr)};
    struct builder b = {.cubin = out_cubin};
    uint8_t code[16 * KIT_CUBIN_INSTRUCTIONS] = {0};
    for (int i = 0; i < KIT_CUBIN_INSTRUCTIONS; i++) {
        code[16 * i] = (uint8_t)opcodes[i];
        code[16 * i + 1] = (uint8_t)(opcodes[i] >> 8);
    }
    const Elf64_Sym symbols[2] = {
        {0}, {.st_name = name_offset("kernel"), .st_info = STT_FUNC, .st_shndx = TEXT}};
    add(&b, TEXT, ".text.kernel", SHT_PROGBITS, code, sizeof code);
    add(&b, INFO, ".nv.info", CUDA_INFO, info, sizeof info);
    add(&b, INFO_KERNEL, ".nv.info.kernel", CUDA_INFO, info_kernel, sizeof info_kernel);
    add(&b, SHARED, ".nv.shared.kernel", SHT_NOBITS, NULL, 2048);
    add(&b, SYMTAB, ".symtab", SHT_SYMTAB, symbols, sizeof symbols);
    add(&b, STRTAB, ".strtab", SHT_STRTAB, names, sizeof names);
    b.sections[SYMTAB].sh_entsize = sizeof *symbols;
    b.sections[SYMTAB].sh_link = STRTAB;
    size_t table = (out_cubin->n_bytes + 15) / 16 * 16;
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_CUDA_NUMBER,
        .e_version = EV_CURRENT,
        .e_shoff = table,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS,
        .e_shstrndx = STRTAB};
    memcpy(out_cubin->data, &header, sizeof header);
    memcpy(out_cubin->data + table, b.sections, sizeof b.sections);
    out_cubin->n_bytes = table + sizeof b.sections;
}

void kit_image(const char *text, struct kit_image *out_image)
{
    struct kit_cubin cubin;
    kit_cubin(&cubin);
    struct hone_gpu_image header = {.magic = HONE_GPU_IMAGE_MAGIC,
                                    .version = HONE_GPU_IMAGE_VERSION,
                                    .n_header_bytes = sizeof header,
                                    .block_threads = 128,
                                    .shared_bytes = 512,
                                    .cluster_blocks = 1,
                                    .args_bytes = KIT_ARGS_BYTES,
                                    .entry = "kernel",
                                    .arch = "sm_90a",
                                    .code_offset = 192,
                                    .code_bytes = cubin.n_bytes};
    header.n_bytes = header.code_offset + header.code_bytes;
    if (text) {
        header.text_offset = header.n_bytes;
        header.text_bytes = strlen(text) + 1;
        header.n_bytes += header.text_bytes;
    }
    *out_image = (struct kit_image){.n_bytes = header.n_bytes};
    memcpy(out_image->data, &header, sizeof header);
    memcpy(out_image->data + header.code_offset, cubin.data, cubin.n_bytes);
    if (text) memcpy(out_image->data + header.text_offset, text, header.text_bytes);
}
