/* SPDX-License-Identifier: MIT */
/* Child processes, and images around a few lines of PTX. */
#include "cuda_kit.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "runtime/base/hash.h"
#include "runtime/device/gpu_image.h"

static char folder[] = "/tmp/hone-ptx-XXXXXX";

int cuda_kit_open(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("HONE_PTX_DIR", folder, 1) == 0 ? 0 : -1;
}

int cuda_kit_close(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

void cuda_kit_fails(enum hone_status got, enum hone_status wanted, const char *part,
                    const struct hone_error *err, const char *file, int line)
{
    if (got == wanted && strstr(err->text, part) && !strchr(err->text, '\n')) return;
    fprintf(stderr, "%s:%d: '%s' (%s), '%s' with '%s' expected\n", file, line,
            got == HONE_OK ? "" : err->text, hone_status_name(got), hone_status_name(wanted), part);
    _exit(1);
}

void cuda_kit_run(void (*test)(void), const char *const *variables)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("MOCK_CUDA_STRICT", "1", 1);
        for (; variables && *variables; variables++) putenv((char *)(uintptr_t)*variables);
        test();
        exit(0); /* the driver's account comes at the end of the process */
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the child ended with %#x", status);
}

struct hone_device *cuda_kit_device(void)
{
    struct hone_device *device;
    struct hone_error err;
    const struct hone_device_options options = {.struct_size = sizeof options};
    CHECK_OK(hone_device_cuda.open(&options, &device, &err));
    return device;
}

static const char ptx[] = ".version 8.0\n"
                          ".target %s\n"
                          ".address_size 64\n"
                          ".visible .entry kernel(.param .align 8 .b8 kernel_param_0[32])\n"
                          "{\n"
                          "  .reg .pred %%p<2>;\n"
                          "  .reg .b32 %%r<10>;\n"
                          "  .reg .b64 %%rd<10>;\n"
                          "  ld.param.u64 %%rd1, [kernel_param_0];\n"
                          "  ld.param.u64 %%rd2, [kernel_param_0+8];\n"
                          "  ld.param.u32 %%r5, [kernel_param_0+16];\n"
                          "  ld.param.u32 %%r6, [kernel_param_0+24];\n"
                          "  mov.u32 %%r1, %%ctaid.x;\n"
                          "  mov.u32 %%r2, %%ntid.x;\n"
                          "  mov.u32 %%r3, %%tid.x;\n"
                          "  mad.lo.s32 %%r4, %%r1, %%r2, %%r3;\n"
                          "  setp.ge.u32 %%p1, %%r4, %%r5;\n"
                          "  @%%p1 bra $done;\n"
                          "  cvta.to.global.u64 %%rd3, %%rd1;\n"
                          "  cvta.to.global.u64 %%rd4, %%rd2;\n"
                          "  mul.wide.u32 %%rd5, %%r4, 4;\n"
                          "  add.s64 %%rd6, %%rd3, %%rd5;\n"
                          "  add.s64 %%rd7, %%rd4, %%rd5;\n"
                          "  ld.global.u32 %%r7, [%%rd6];\n"
                          "  add.s32 %%r8, %%r7, %%r6;\n"
                          "  st.global.u32 [%%rd7], %%r8;\n"
                          "$done:\n"
                          "  ret;\n"
                          "}\n";

static void write_ptx(const void *cubin, size_t n_bytes, const char *arch)
{
    uint8_t digest[HONE_HASH_BYTES];
    char hex[HONE_HASH_HEX_BYTES], path[128], temporary[128];
    hone_sha256_of(cubin, n_bytes, digest);
    hone_hash_hex(digest, hex);
    snprintf(path, sizeof path, "%s/%s.ptx", folder, hex);
    snprintf(temporary, sizeof temporary, "%s/XXXXXX", folder);
    FILE *file = fdopen(mkstemp(temporary), "w"); /* another thread may be reading the old one */
    CHECK(file != NULL);
    fprintf(file, ptx, arch);
    CHECK(fclose(file) == 0 && rename(temporary, path) == 0);
}

size_t cuda_kit_image(uint8_t *out_image, const char *arch, uint32_t mark, uint32_t block_threads,
                      uint32_t shared_bytes)
{
    enum { MACHINE_CUDA = 190, CODE_AT = 192 };
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr sections[1];
    } cubin = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_machine = MACHINE_CUDA,
                   .e_shoff = sizeof(Elf64_Ehdr),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = 1},
        .sections = {{.sh_info = mark}},
    };
    struct hone_gpu_image image = {
        .magic = HONE_GPU_IMAGE_MAGIC,
        .version = HONE_GPU_IMAGE_VERSION,
        .n_header_bytes = sizeof image,
        .n_bytes = CODE_AT + sizeof cubin,
        .block_threads = block_threads,
        .shared_bytes = shared_bytes,
        .cluster_blocks = 1,
        .args_bytes = sizeof(struct cuda_kit_args),
        .entry = "kernel",
        .code_offset = CODE_AT,
        .code_bytes = sizeof cubin,
    };
    snprintf(image.arch, sizeof image.arch, "%s", arch);
    memset(out_image, 0, CUDA_KIT_IMAGE_BYTES);
    memcpy(out_image, &image, sizeof image);
    memcpy(out_image + CODE_AT, &cubin, sizeof cubin);
    write_ptx(&cubin, sizeof cubin, arch);
    return image.n_bytes;
}
