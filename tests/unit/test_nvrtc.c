/* SPDX-License-Identifier: MIT */
/* CUDA text to images by NVRTC itself: facts, what compiles for which chip, errors, the worker.
 * Skipped where NVRTC is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/cubin.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/device/gpu_image.h"
#include "tests/unit/compile_kit.h"

#define TARGET "cuda:sm_90a"

/* y[i] = 2 * x[i] over shared memory, as our templates are written: no header. */
static const char good_source[] =
    "struct args { const float *x; float *y; unsigned long long n; };\n"
    "extern \"C\" __global__ void __launch_bounds__(128)\n"
    "kernel(const __grid_constant__ struct args a) {\n"
    "  extern __shared__ float tile[];\n"
    "  unsigned i = blockIdx.x * 128 + threadIdx.x;\n"
    "  if (i < a.n) tile[threadIdx.x] = a.x[i];\n"
    "  __syncthreads();\n"
    "  if (i < a.n) a.y[i] = tile[threadIdx.x ^ 1] * 2.0f;\n"
    "}\n";

static void make_job(struct compile_kit *kit, const char *target, const char *source)
{
    compile_kit_job(kit, target, "kernel", source);
    kit->job.block_threads = 128;
    kit->job.shared_bytes = 512;
    kit->job.cluster_blocks = 1;
    kit->job.args_bytes = 24;
}

static struct hone_binary compile_ok(const char *target, const char *source)
{
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    make_job(&kit, target, source);
    if (hone_compile_here(&kit.job, &binary, &err) != HONE_OK) fail_msg("%s: %s", target, err.text);
    return binary;
}

static void expect_error(struct compile_kit *kit, enum hone_status wanted, const char *message)
{
    struct hone_binary binary;
    struct hone_error err = {0};
    enum hone_status status = hone_compile_here(&kit->job, &binary, &err);
    if (status != wanted || !strstr(err.text, message) || strchr(err.text, '\n'))
        fail_msg("status %d, '%s' lacks '%s'", status, err.text, message);
    assert_null(binary.code);
}

static struct hone_gpu_image image_of(const struct hone_binary *binary)
{
    struct hone_gpu_image image;
    struct hone_error err = {0};
    assert_int_equal(binary->entry, 0);
    if (hone_gpu_image_read(binary->code, binary->n_bytes, &image, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return image;
}

/* Every chip that the library compiles for. */
static void images_for_every_chip(void **state)
{
    (void)state;
    static const char *const archs[] = {"sm_75",   "sm_80",   "sm_86",  "sm_87",
                                        "sm_89",   "sm_90",   "sm_90a", "sm_100",
                                        "sm_100a", "sm_100f", "sm_120", "sm_120a"};
    int n_tried = 0;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        struct compile_kit kit;
        struct hone_binary binary;
        struct hone_error err = {0};
        make_job(&kit, archs[i], good_source);
        enum hone_status status = hone_compile_here(&kit.job, &binary, &err);
        if (status == HONE_ERR_UNSUPPORTED) continue; /* another version of the library */
        if (status != HONE_OK) fail_msg("%s: %s", archs[i], err.text);
        struct hone_gpu_image image = image_of(&binary);
        assert_string_equal(image.arch, archs[i]);
        assert_string_equal(image.entry, "kernel");
        assert_int_equal(image.block_threads, 128);
        assert_int_equal(image.shared_bytes, 512);
        assert_int_equal(image.args_bytes, 24);
        assert_int_equal(image.text_bytes, 0);
        assert_in_range(binary.facts.n_registers, 4, 64);
        assert_in_range(binary.facts.n_instructions, 10, 100);
        assert_in_range(binary.facts.shared_bytes, 512, 512 + 1024);
        assert_int_equal(binary.facts.n_vector_spills, 0);
        assert_int_equal(binary.facts.stack_bytes, 0);
        assert_true(binary.facts.code_bytes >= 16 * binary.facts.n_instructions);
        hone_binary_release(&binary);
        n_tried++;
    }
    assert_true(n_tried >= 6);
}

/* 200 values alive at once in 64 registers. */
static char *spilling_source(void)
{
    static const char begin[] =
        "struct args { const float *x; float *y; unsigned long long n; };\n"
        "extern \"C\" __global__ void __launch_bounds__(1024, 1)\n"
        "kernel(const __grid_constant__ struct args a) {\n"
        "  float v[200];\n"
        "  _Pragma(\"unroll\") for (int i = 0; i < 200; i++) v[i] = a.x[i * 1024 + threadIdx.x];\n"
        "  for (unsigned long long n = 0; n < a.n; n++)\n"
        "    _Pragma(\"unroll\") for (int i = 0; i < 200; i++) v[i] = v[i] * v[(i + 7) % 200];\n"
        "  _Pragma(\"unroll\") for (int i = 0; i < 200; i++) a.y[i * 1024 + threadIdx.x] = v[i];\n"
        "}\n";
    return strdup(begin);
}

static void facts_tell_spills(void **state)
{
    (void)state;
    char *source = spilling_source();
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    make_job(&kit, TARGET, source);
    kit.job.block_threads = 1024;
    if (hone_compile_here(&kit.job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(binary.facts.n_registers, 64);
    assert_true(binary.facts.stack_bytes >= 400);
    assert_true(binary.facts.n_vector_spills > 200);
    hone_binary_release(&binary);
    kit.job.block_threads = 1025;
    expect_error(&kit, HONE_ERR_ARGUMENT, "blocks of 1025 threads");
    free(source);
}

static uint32_t count_of(const struct hone_binary *binary, enum cubin_opcode opcode)
{
    static uint32_t counts[CUBIN_OPCODES];
    struct hone_gpu_image image = image_of(binary);
    struct cubin_kernel kernel;
    assert_int_equal(
        cubin_read(binary->code + image.code_offset, image.code_bytes, image.entry, &kernel, NULL),
        HONE_OK);
    cubin_count(&kernel, counts);
    return counts[opcode];
}

static const char mma_source[] =
    "struct args { unsigned *x; float *y; };\n"
    "extern \"C\" __global__ void kernel(const __grid_constant__ struct args a) {\n"
    "  unsigned *x = a.x + threadIdx.x * 6; float c[4] = {0, 0, 0, 0};\n"
    "  asm volatile(\"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 \"\n"
    "    \"{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\"\n"
    "    : \"+f\"(c[0]), \"+f\"(c[1]), \"+f\"(c[2]), \"+f\"(c[3])\n"
    "    : \"r\"(x[0]), \"r\"(x[1]), \"r\"(x[2]), \"r\"(x[3]), \"r\"(x[4]), \"r\"(x[5]));\n"
    "  for (int i = 0; i < 4; i++) a.y[threadIdx.x * 4 + i] = c[i];\n"
    "}\n";

static void opcodes_are_counted(void **state)
{
    (void)state;
    struct hone_binary binary = compile_ok(TARGET, mma_source);
    assert_int_equal(count_of(&binary, CUBIN_HMMA), 1);
    assert_int_equal(count_of(&binary, CUBIN_LDL) + count_of(&binary, CUBIN_STL), 0);
    hone_binary_release(&binary);
    binary = compile_ok("cuda:sm_80", mma_source);
    assert_int_equal(count_of(&binary, CUBIN_HMMA), 1);
    hone_binary_release(&binary);
}

static void errors_are_one_clear_line(void **state)
{
    (void)state;
    struct compile_kit kit;
    make_job(&kit, TARGET,
             "extern \"C\" __global__ void kernel() {\n  float y =  missing + 1;\n}\n");
    expect_error(&kit, HONE_ERR_COMPILE,
                 "line 2: identifier \"missing\" is undefined | float y =  missing + 1;");
    make_job(&kit, TARGET, "__global__ void kernel() {}\n"); /* a mangled name */
    expect_error(&kit, HONE_ERR_COMPILE, "kernel: the text defines no kernel of this name");
    make_job(&kit, "cuda:sm_75", mma_source); /* ptxas refuses it, not the front end */
    expect_error(&kit, HONE_ERR_COMPILE, "ptxas");
    make_job(&kit, TARGET, good_source);
    kit.job.args_bytes = 16;
    expect_error(&kit, HONE_ERR_COMPILE, "its parameter takes 24 bytes, but arguments have 16");
    kit.job.args_bytes = 24;
    kit.job.block_threads = 256;
    expect_error(&kit, HONE_ERR_COMPILE, "blocks of 256 threads, but the kernel's launch bounds");
    kit.job.block_threads = 0;
    expect_error(&kit, HONE_ERR_ARGUMENT, "blocks of 0 threads");
    kit.job.block_threads = 128;
    kit.job.cluster_blocks = 17;
    expect_error(&kit, HONE_ERR_ARGUMENT, "clusters of 17 blocks");
    kit.job.cluster_blocks = 1;
    kit.job.n_source_bytes++;
    expect_error(&kit, HONE_ERR_ARGUMENT, "zero byte");
    kit.job.n_source_bytes--;
    kit.job.arch = "sm_70";
    expect_error(&kit, HONE_ERR_UNSUPPORTED, "does not compile for sm_70, only for");
}

static void same_bytes_every_time(void **state)
{
    (void)state;
    struct hone_binary first = compile_ok(TARGET, good_source);
    struct hone_binary second = compile_ok(TARGET, good_source);
    assert_int_equal(first.n_bytes, second.n_bytes);
    assert_memory_equal(first.code, second.code, first.n_bytes);
    assert_null(first.assembly);
    hone_binary_release(&first);
    hone_binary_release(&second);
}

/* In the image, as assembly, and in a folder under the cubin's hash. */
static void ptx_goes_where_it_is_asked_for(void **state)
{
    (void)state;
    char folder[] = "/tmp/hone_ptx_XXXXXX", path[256], name[HONE_HASH_HEX_BYTES], *text;
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    uint8_t digest[HONE_HASH_BYTES];
    size_t n_bytes;
    assert_non_null(mkdtemp(folder));
    setenv("HONE_PTX_DIR", folder, 1);
    make_job(&kit, TARGET, good_source);
    kit.job.want_text = 1;
    kit.job.want_assembly = 1;
    if (hone_compile_here(&kit.job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    unsetenv("HONE_PTX_DIR");
    struct hone_gpu_image image = image_of(&binary);
    assert_non_null(strstr(binary.assembly, ".target sm_90a"));
    assert_non_null(strstr(binary.assembly, ".entry kernel("));
    assert_string_equal((const char *)binary.code + image.text_offset, binary.assembly);
    hone_sha256_of(binary.code + image.code_offset, image.code_bytes, digest);
    hone_hash_hex(digest, name);
    snprintf(path, sizeof path, "%s/%s.ptx", folder, name);
    if (hone_file_read(path, 1 << 20, &text, &n_bytes, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_string_equal(text, binary.assembly);
    free(text);
    hone_binary_release(&binary);
    unlink(path);
    rmdir(folder);
    setenv("HONE_PTX_DIR", folder, 1); /* no longer there */
    expect_error(&kit, HONE_ERR_NOT_FOUND, folder);
    unsetenv("HONE_PTX_DIR");
}

static void a_worker_does_the_same(void **state)
{
    (void)state;
    char *program = compile_kit_program("hone-compile-worker"), version[64], here[64];
    const char *command[] = {program, NULL};
    struct hone_compile_worker_options options = {.struct_size = sizeof options,
                                                  .command = command};
    struct hone_compile_worker *worker;
    struct compile_kit kit;
    struct hone_binary binary, own = compile_ok(TARGET, good_source);
    struct hone_error err = {0};
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_OK);
    if (hone_compile_worker_version(worker, "nvrtc", version, sizeof version, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(hone_compiler_version("nvrtc", here, sizeof here, NULL), HONE_OK);
    assert_string_equal(version, here);
    make_job(&kit, TARGET, good_source);
    if (hone_compile(worker, &kit.job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(binary.n_bytes, own.n_bytes);
    assert_memory_equal(binary.code, own.code, own.n_bytes);
    assert_memory_equal(&binary.facts, &own.facts, sizeof own.facts);
    hone_binary_release(&binary);
    hone_binary_release(&own);
    make_job(&kit, TARGET, "extern \"C\" __global__ void kernel() { x }\n");
    assert_int_equal(hone_compile(worker, &kit.job, &binary, &err), HONE_ERR_COMPILE);
    assert_non_null(strstr(err.text, "line 1: identifier \"x\" is undefined"));
    hone_compile_worker_stop(worker);
    free(program);
}

/* Its first compilation takes longer than that; the next worker is a new one. */
static void a_deadline_ends_the_worker(void **state)
{
    (void)state;
    char *program = compile_kit_program("hone-compile-worker");
    const char *command[] = {program, NULL};
    struct hone_compile_worker_options options = {
        .struct_size = sizeof options, .command = command, .deadline_seconds = 0.004};
    struct hone_compile_worker *worker;
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_OK);
    make_job(&kit, TARGET, good_source);
    assert_int_equal(hone_compile(worker, &kit.job, &binary, &err), HONE_ERR_TIMEOUT);
    assert_string_equal(err.text, "kernel: compiler stopped after 0.004 s");
    assert_null(binary.code);
    hone_compile_worker_stop(worker);
    free(program);
}

int main(void)
{
    char version[64];
    struct hone_error err;
    if (hone_compiler_version("nvrtc", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    printf("%s\n", version);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_for_every_chip),  cmocka_unit_test(facts_tell_spills),
        cmocka_unit_test(opcodes_are_counted),    cmocka_unit_test(errors_are_one_clear_line),
        cmocka_unit_test(same_bytes_every_time),  cmocka_unit_test(ptx_goes_where_it_is_asked_for),
        cmocka_unit_test(a_worker_does_the_same), cmocka_unit_test(a_deadline_ends_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
