/* SPDX-License-Identifier: MIT */
/* From a problem to the image of a GPU kernel, on a space of its own (unit/gpu_data): launches,
 * code keys, errors by the template's line, binaries that come out of a store. The last three need
 * NVRTC and are skipped without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/kernel.h"
#include "runtime/device/gpu_image.h"
#include "tests/unit/compile_kit.h"

/* A store of one binary that keeps what stores keep: the code and four facts. */
struct kept {
    struct hone_binary binary;
    int n_found, n_kept;
};

static enum hone_status find_kept(void *context, const char *code_key,
                                  struct hone_binary *out_binary, struct hone_error *err)
{
    struct kept *kept = context;
    (void)code_key;
    if (!kept->binary.code) return HONE_ERR_NOT_FOUND;
    kept->n_found++;
    *out_binary = kept->binary;
    out_binary->assembly = NULL;
    out_binary->code = malloc(kept->binary.n_bytes);
    if (!out_binary->code) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    memcpy(out_binary->code, kept->binary.code, kept->binary.n_bytes);
    return HONE_OK;
}

static enum hone_status keep(void *context, const char *code_key, const struct hone_binary *binary,
                             struct hone_error *err)
{
    struct kept *kept = context;
    (void)code_key, (void)err;
    kept->n_kept++;
    kept->binary = *binary;
    kept->binary.assembly = NULL;
    kept->binary.facts.n_registers = 0;
    kept->binary.facts.shared_bytes = 0;
    kept->binary.code = malloc(binary->n_bytes);
    memcpy(kept->binary.code, binary->code, binary->n_bytes);
    return HONE_OK;
}

static struct hone_kernels *open_kernels(const char *target, bool keep_text, struct kept *kept)
{
    char data_dir[4096], *program = compile_kit_program("hone-compile-worker");
    const char *source = getenv("HONE_SOURCE"), *const command[] = {program, NULL};
    struct hone_target parsed;
    struct hone_kernels *kernels;
    struct hone_error err = {0};
    snprintf(data_dir, sizeof data_dir, "%s/tests/unit/gpu_data", source ? source : ".");
    assert_int_equal(hone_target_parse(target, &parsed, NULL), HONE_OK);
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = data_dir,
                                           .target = &parsed,
                                           .compile_command = command,
                                           .keep_text = keep_text};
    if (kept) options.cache = (struct hone_binary_cache){find_kept, keep, kept};
    if (hone_kernels_open(&options, &kernels, &err) != HONE_OK) fail_msg("%s", err.text);
    free(program);
    return kernels;
}

static struct hone_problem problem_of(void)
{
    const struct hone_op *op = hone_op_find("add");
    return (struct hone_problem){.op = op,
                                 .dims = {64},
                                 .types = {HONE_TYPE_F32, HONE_TYPE_F32, HONE_TYPE_F32},
                                 .acts = HONE_TYPE_F32,
                                 .m_min = 1,
                                 .m_max = 4,
                                 .m = 1};
}

/* `config` NULL: the default. */
static struct hone_variant variant_of(struct hone_kernels *kernels, const char *config)
{
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), "gpu_add");
    struct hone_problem problem = problem_of();
    struct hone_config parsed;
    struct hone_variant variant;
    struct hone_error err = {0};
    assert_non_null(space);
    if (config) assert_int_equal(hone_config_parse(space, config, &parsed, NULL), HONE_OK);
    if (hone_kernels_variant(kernels, space, &problem, config ? &parsed : NULL, &variant, &err) !=
        HONE_OK)
        fail_msg("%s", err.text);
    return variant;
}

static size_t n_applicable(struct hone_kernels *kernels)
{
    struct hone_problem problem = problem_of();
    const struct hone_space *spaces[4];
    size_t n = 99;
    struct hone_error err = {0};
    if (hone_kernels_applicable(kernels, &problem, 4, spaces, &n, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return n;
}

static void spaces_belong_to_a_family(void **state)
{
    (void)state;
    struct hone_kernels *cuda = open_kernels("cuda:sm_80", false, NULL);
    struct hone_kernels *cpu = open_kernels("cpu:x86_64", false, NULL);
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(cpu), "gpu_add");
    struct hone_problem problem = problem_of();
    struct hone_variant variant;
    struct hone_error err = {0};
    assert_int_equal(n_applicable(cuda), 1);
    assert_int_equal(n_applicable(cpu), 0);
    assert_true(hone_kernels_takes(cuda, space));
    assert_false(hone_kernels_takes(cpu, space));
    assert_int_equal(hone_kernels_variant(cpu, space, &problem, NULL, &variant, &err),
                     HONE_ERR_ARGUMENT);
    assert_string_equal(err.text, "gpu_add: a space of family gpu, not of target cpu:x86_64");
    hone_kernels_close(cuda);
    hone_kernels_close(cpu);
}

/* The default asks for the facts of the chip; the text begins with C's comment. */
static void launches_follow_the_space(void **state)
{
    (void)state;
    static const struct {
        const char *target, *config;
        uint32_t block_threads, cluster_blocks;
    } cases[] = {{"cuda:sm_90a", NULL, 128, 1},
                 {"cuda:sm_75", NULL, 64, 1},
                 {"cuda:sm_90", "THREADS=256 WRONG=0", 256, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_kernels *kernels = open_kernels(cases[i].target, false, NULL);
        struct hone_variant variant = variant_of(kernels, cases[i].config);
        assert_int_equal(variant.launch.block_threads, cases[i].block_threads);
        assert_int_equal(variant.launch.shared_bytes, 4 * cases[i].block_threads);
        assert_int_equal(variant.launch.cluster_blocks, cases[i].cluster_blocks);
        assert_int_equal(variant.args_bytes, 40);
        assert_int_equal(variant.launch.scratch_bytes, 0);
        assert_memory_equal(variant.source, "// template gpu_add, space gpu_add", 34);
        hone_variant_release(&variant);
        hone_kernels_close(kernels);
    }
}

static void key_of(const char *target, bool keep_text, const char *config,
                   char out_key[HONE_HASH_HEX_BYTES])
{
    struct hone_kernels *kernels = open_kernels(target, keep_text, NULL);
    struct hone_variant variant = variant_of(kernels, config);
    memcpy(out_key, variant.code_key, HONE_HASH_HEX_BYTES);
    hone_variant_release(&variant);
    hone_kernels_close(kernels);
}

static void keys_hold_all_that_an_image_holds(void **state)
{
    (void)state;
    const char *const config = "THREADS=128 WRONG=0";
    char keys[5][HONE_HASH_HEX_BYTES];
    key_of("cuda:sm_90a", false, config, keys[0]);
    key_of("cuda:sm_90", false, config, keys[1]); /* the cubins' heads are the same */
    key_of("cuda:sm_90a", true, config, keys[2]);
    key_of("cuda:sm_90a", false, "THREADS=64 WRONG=0", keys[3]);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++) assert_string_not_equal(keys[i], keys[j]);
    key_of("sm_90a", false, config, keys[4]);
    assert_string_equal(keys[0], keys[4]);
}

static struct hone_gpu_image image_of(const struct hone_binary *binary)
{
    struct hone_gpu_image image;
    assert_int_equal(hone_gpu_image_read(binary->code, binary->n_bytes, &image, NULL), HONE_OK);
    return image;
}

static void binaries_are_images(void **state)
{
    (void)state;
    struct kept kept = {0};
    struct hone_static_facts facts;
    struct hone_error err = {0};
    for (int round = 0; round < 2; round++) { /* the second finds what the first has kept */
        struct hone_kernels *kernels = open_kernels("cuda:sm_90a", true, &kept);
        struct hone_variant variant = variant_of(kernels, NULL);
        const struct hone_binary *binary;
        if (hone_kernels_compile(kernels, &variant, &binary, &err) != HONE_OK)
            fail_msg("%s", err.text);
        struct hone_gpu_image image = image_of(binary);
        assert_int_equal(image.block_threads, 128);
        assert_int_equal(image.shared_bytes, 512);
        assert_int_equal(image.args_bytes, 40);
        assert_string_equal(image.arch, "sm_90a");
        assert_non_null(strstr((const char *)binary->code + image.text_offset, ".entry kernel"));
        assert_true(binary->facts.n_registers > 0 && binary->facts.shared_bytes >= 512);
        if (round == 1) assert_memory_equal(&binary->facts, &facts, sizeof facts);
        facts = binary->facts;
        hone_variant_release(&variant);
        hone_kernels_close(kernels);
    }
    assert_int_equal(kept.n_kept, 1);
    assert_int_equal(kept.n_found, 1);
    hone_binary_release(&kept.binary);
}

/* A kernel of no space: its env says how it is launched. */
static void plain_kernels_say_their_launch(void **state)
{
    (void)state;
    static const char *const names[] = {"block", "shared", "args_bytes"};
    static const int64_t values[] = {96, 256, 16};
    struct hone_kernels *kernels = open_kernels("cuda:sm_90a", false, NULL);
    for (int n = 3; n >= 0; n--) { /* 3: none is missing; else that one */
        struct hone_env env;
        struct hone_variant variant;
        struct hone_error err = {0};
        hone_env_init(&env, NULL);
        for (int i = 0; i < 3; i++)
            if (i != n)
                assert_int_equal(hone_env_set_int(&env, names[i], values[i], NULL), HONE_OK);
        enum hone_status status =
            hone_kernels_plain(kernels, "gpu/plain.cu.t", "kernel", &env, &variant, &err);
        hone_env_release(&env);
        if (n < 3) {
            assert_int_equal(status, HONE_ERR_ARGUMENT);
            assert_non_null(strstr(err.text, names[n]));
            continue;
        }
        const struct hone_binary *binary;
        if (status != HONE_OK || hone_kernels_compile(kernels, &variant, &binary, &err) != HONE_OK)
            fail_msg("%s", err.text);
        struct hone_gpu_image image = image_of(binary);
        assert_int_equal(image.block_threads, 96);
        assert_int_equal(image.shared_bytes, 256);
        assert_int_equal(image.args_bytes, 16);
        hone_variant_release(&variant);
    }
    hone_kernels_close(kernels);
}

static void errors_name_the_template_s_line(void **state)
{
    (void)state;
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"THREADS=64 WRONG=1",
         "templates/gpu/vocab.cu.t:3 (called from templates/gpu/add.cu.t:23) [config THREADS=64 "
         "WRONG=1]: line 14: identifier \"nowhere\" is undefined | float wrong = nowhere;"},
        {"THREADS=64 WRONG=2",
         "templates/gpu/add.cu.t:25 [config THREADS=64 WRONG=2]: line 14: identifier \"absent\" is "
         "undefined | float wrong = absent;"},
    };
    struct hone_kernels *kernels = open_kernels("cuda:sm_90a", false, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_variant variant = variant_of(kernels, cases[i].config);
        const struct hone_binary *binary;
        struct hone_error err = {0};
        assert_int_equal(hone_kernels_compile(kernels, &variant, &binary, &err), HONE_ERR_COMPILE);
        assert_string_equal(err.text, cases[i].message);
        hone_variant_release(&variant);
    }
    hone_kernels_close(kernels);
}

int main(void)
{
    char version[64];
    struct hone_error err;
    const struct CMUnitTest without_compiler[] = {
        cmocka_unit_test(spaces_belong_to_a_family),
        cmocka_unit_test(launches_follow_the_space),
    };
    const struct CMUnitTest with_nvrtc[] = {
        cmocka_unit_test(keys_hold_all_that_an_image_holds),
        cmocka_unit_test(binaries_are_images),
        cmocka_unit_test(plain_kernels_say_their_launch),
        cmocka_unit_test(errors_name_the_template_s_line),
    };
    int n_failed = cmocka_run_group_tests(without_compiler, NULL, NULL);
    if (n_failed) return n_failed;
    if (hone_compiler_version("nvrtc", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    return cmocka_run_group_tests(with_nvrtc, NULL, NULL);
}
