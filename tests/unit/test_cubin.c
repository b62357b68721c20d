/* SPDX-License-Identifier: MIT */
/* Facts of cubins and of NVRTC's log, read from bytes made by hand: no NVRTC is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/cubin.h"
#include "codegen/compile/nvrtc_image.h"
#include "codegen/compile/nvrtc_log.h"
#include "tests/unit/image_kit.h"

static void resources_of_a_kernel(void **state)
{
    (void)state;
    struct kit_cubin cubin;
    struct cubin_kernel kernel;
    struct hone_error err = {0};
    static uint32_t counts[CUBIN_OPCODES];
    kit_cubin(&cubin);
    if (cubin_read(cubin.data, cubin.n_bytes, "kernel", &kernel, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(kernel.n_registers, KIT_REGISTERS);
    assert_int_equal(kernel.frame_bytes, KIT_FRAME_BYTES);
    assert_int_equal(kernel.args_bytes, KIT_ARGS_BYTES);
    assert_int_equal(kernel.max_threads, 128);
    assert_int_equal(kernel.shared_bytes, 2048);
    assert_int_equal(kernel.n_code_bytes, 16 * KIT_CUBIN_INSTRUCTIONS);
    assert_int_equal(kernel.n_instructions, KIT_CUBIN_INSTRUCTIONS - 1); /* less the NOP */
    assert_int_equal(kernel.n_local, 3);
    cubin_count(&kernel, counts);
    assert_int_equal(counts[CUBIN_LDL], 2);
    assert_int_equal(counts[CUBIN_STL], 1);
    assert_int_equal(counts[CUBIN_HMMA], 1);
    assert_int_equal(counts[CUBIN_NOP], 1);
    assert_int_equal(cubin_read(cubin.data, cubin.n_bytes, "other", &kernel, &err),
                     HONE_ERR_COMPILE);
    assert_non_null(strstr(err.text, "other: the text defines no kernel of this name"));
}

static void damage_never_leads_out(void **state)
{
    (void)state;
    struct kit_cubin cubin;
    struct cubin_kernel kernel;
    kit_cubin(&cubin);
    for (size_t n = 0; n < cubin.n_bytes; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, cubin.data, n);
        assert_int_equal(cubin_read(copy, n, "kernel", &kernel, NULL), HONE_ERR_COMPILE);
        free(copy);
    }
    uint8_t *copy = malloc(cubin.n_bytes);
    for (size_t at = 0; at < cubin.n_bytes; at++)
        for (int value = 0; value < 256; value += 15) {
            memcpy(copy, cubin.data, cubin.n_bytes);
            copy[at] = (uint8_t)value;
            if (cubin_read(copy, cubin.n_bytes, "kernel", &kernel, NULL) != HONE_OK) continue;
            assert_true(kernel.code >= copy &&
                        kernel.code + kernel.n_code_bytes <= copy + cubin.n_bytes);
        }
    free(copy);
}

static struct hone_compile_job job_of(uint32_t block_threads, uint32_t args_bytes)
{
    return (struct hone_compile_job){.entry = "kernel",
                                     .arch = "sm_90a",
                                     .block_threads = block_threads,
                                     .shared_bytes = 512,
                                     .cluster_blocks = 2,
                                     .args_bytes = args_bytes};
}

static void images_of_cubins(void **state)
{
    (void)state;
    struct kit_cubin cubin;
    struct hone_binary binary = {0};
    struct hone_gpu_image image;
    struct hone_error err = {0};
    kit_cubin(&cubin);
    struct hone_compile_job job = job_of(128, 32);
    struct nvrtc_parts parts = {cubin.data, cubin.n_bytes, "text", 5};
    if (nvrtc_image_make(&job, &parts, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(hone_gpu_image_read(binary.code, binary.n_bytes, &image, NULL), HONE_OK);
    assert_int_equal(image.n_bytes, binary.n_bytes);
    assert_int_equal(image.block_threads, 128);
    assert_int_equal(image.shared_bytes, 512);
    assert_int_equal(image.cluster_blocks, 2);
    assert_int_equal(image.args_bytes, KIT_ARGS_BYTES); /* what the code takes, not what there is */
    assert_memory_equal(binary.code + image.code_offset, cubin.data, cubin.n_bytes);
    assert_string_equal((const char *)binary.code + image.text_offset, "text");
    const struct hone_static_facts facts = binary.facts;
    assert_int_equal(facts.n_registers, KIT_REGISTERS);
    assert_int_equal(facts.n_vector_spills, 3);
    assert_int_equal(facts.stack_bytes, KIT_FRAME_BYTES);
    assert_int_equal(facts.shared_bytes, 2048 + 512);
    assert_int_equal(facts.code_bytes, 16 * KIT_CUBIN_INSTRUCTIONS);
    memset(&binary.facts, 0, sizeof binary.facts); /* as it comes out of a store */
    hone_binary_read_facts(&binary);
    assert_memory_equal(&binary.facts, &facts, sizeof facts);
    hone_binary_release(&binary);
}

static void launches_that_do_not_fit(void **state)
{
    (void)state;
    struct kit_cubin cubin;
    struct hone_binary binary = {0};
    struct hone_error err = {0};
    kit_cubin(&cubin);
    struct nvrtc_parts parts = {cubin.data, cubin.n_bytes, "", 0};
    struct hone_compile_job job = job_of(129, 32);
    assert_int_equal(nvrtc_image_make(&job, &parts, &binary, &err), HONE_ERR_COMPILE);
    assert_string_equal(
        err.text, "kernel: blocks of 129 threads, but the kernel's launch bounds say 128 at most");
    job = job_of(128, KIT_ARGS_BYTES - 1);
    assert_int_equal(nvrtc_image_make(&job, &parts, &binary, &err), HONE_ERR_COMPILE);
    assert_string_equal(err.text, "kernel: its parameter takes 24 bytes, but arguments have 23");
    job = job_of(128, 32);
    job.arch = "sm_of_a_long_name";
    assert_int_equal(nvrtc_image_make(&job, &parts, &binary, &err), HONE_ERR_ARGUMENT);
    assert_null(binary.code);
}

/* As NVRTC 13.0 writes it, with a second kernel before ours. */
static const char log_text[] =
    "ptxas info    : 0 bytes gmem\n"
    "ptxas info    : Compiling entry function 'other' for 'sm_90a'\n"
    "ptxas info    : Function properties for other\n"
    "    8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n"
    "ptxas info    : Used 20 registers, used 0 barriers, 8 bytes cumulative stack size\n"
    "ptxas info    : Compiling entry function 'kernel' for 'sm_90a'\n"
    "ptxas info    : Function properties for kernel\n"
    "    312 bytes stack frame, 420 bytes spill stores, 388 bytes spill loads\n"
    "ptxas info    : Used 80 registers, used 1 barriers, 312 bytes cumulative stack size\n";

static void resources_in_a_log(void **state)
{
    (void)state;
    struct nvrtc_resources found;
    nvrtc_log_resources(log_text, "kernel", &found);
    assert_int_equal(found.n_registers, 80);
    assert_int_equal(found.frame_bytes, 312);
    assert_int_equal(found.store_bytes, 420);
    assert_int_equal(found.load_bytes, 388);
    nvrtc_log_resources(log_text, "kern", &found);
    assert_int_equal(found.n_registers, 0);
    nvrtc_log_resources("", "kernel", &found);
    assert_int_equal(found.frame_bytes, 0);
}

static void errors_in_a_log(void **state)
{
    (void)state;
    static const char source[] = "first\n  int y = x;\t\nthird";
    static const struct {
        const char *log, *message;
    } cases[] = {
        {"kernel.cu(2): error: identifier \"x\" is undefined\n    int y = x;\n            ^\n",
         "line 2: identifier \"x\" is undefined | int y = x;"},
        {"kernel.cu(1): warning #177-D: variable \"error\" was declared\n\n"
         "kernel.cu(3): error: bad\n",
         "line 3: bad | third"},
        {"kernel.cu(9): error: behind the end\n", "line 9: behind the end"},
        {"kernel.cu(1): catastrophic error: cannot open source file \"x.h\"\n",
         "line 1: cannot open source file \"x.h\" | first"},
        {"nvrtc: error: invalid value for --gpu-architecture (-arch)\n",
         "invalid value for --gpu-architecture (-arch)"},
        {"ptxas application ptx input, line 34; error   : Instruction 'x' not supported\n"
         "ptxas fatal   : Ptx assembly aborted due to errors\n",
         "ptxas application ptx input, line 34; error   : Instruction 'x' not supported"},
        {"ptxas fatal   : Unresolved extern function 'f'\n",
         "ptxas fatal   : Unresolved extern function 'f'"},
        {"ptxas info    : Used 8 registers\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        nvrtc_log_error(cases[i].log, source, text, sizeof text);
        assert_string_equal(text, cases[i].message);
    }
    char text[12];
    nvrtc_log_error(cases[0].log, source, text, sizeof text);
    assert_string_equal(text, "line 2: ide");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_of_a_kernel), cmocka_unit_test(damage_never_leads_out),
        cmocka_unit_test(images_of_cubins),      cmocka_unit_test(launches_that_do_not_fit),
        cmocka_unit_test(resources_in_a_log),    cmocka_unit_test(errors_in_a_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
