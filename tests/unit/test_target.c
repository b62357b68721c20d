/* SPDX-License-Identifier: MIT */
/* Target families: the facts and the job that follow from a target text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/target/target.h"

#define AVX2   "cpu:x86_64:avx2+fma+f16c"
#define AVX512 AVX2 "+avx512"
/* How LLVM writes them. */
#define L_AVX2   "+avx2,+fma,+f16c"
#define L_AVX512 L_AVX2 ",+avx512f,+avx512bw,+avx512dq,+avx512vl"

static const struct hone_cpu_facts machine = {
    .n_cpus = 6, .l1_bytes = 49152, .l2_bytes = 1 << 20, .l3_bytes = 32 << 20};

static struct hone_target parse(const char *text)
{
    struct hone_target target;
    assert_int_equal(hone_target_parse(text, &target, NULL), HONE_OK);
    return target;
}

static int64_t number(const struct hone_env *env, const char *name)
{
    struct hone_value value;
    if (!hone_env_get(env, name, &value)) fail_msg("no fact '%s'", name);
    assert_int_equal(value.kind, HONE_VALUE_INT);
    return value.i;
}

static const char *text(const struct hone_env *env, const char *name)
{
    struct hone_value value;
    if (!hone_env_get(env, name, &value)) fail_msg("no fact '%s'", name);
    assert_int_equal(value.kind, HONE_VALUE_TEXT);
    return value.text;
}

static const struct {
    int vl, vregs;
    const char *isa, *cpu, *target, *features;
} levels[] = {
    {4, 16, "portable", "x86-64", "cpu:x86_64", ""},
    {4, 16, "portable", "x86-64", "cpu:x86_64:avx2", "+avx2"},
    {4, 16, "portable", "x86-64", "cpu:x86_64:avx2+fma", "+avx2,+fma"},
    {8, 16, "avx2", "haswell", AVX2, L_AVX2},
    {8, 16, "avx2", "haswell", AVX2 "+avxvnni", L_AVX2 ",+avxvnni"},
    {16, 32, "avx512", "sapphirerapids", AVX512, L_AVX512},
    {16, 32, "avx512", "sapphirerapids", AVX512 "+avx512bf16", L_AVX512 ",+avx512bf16"},
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static void facts_follow_from_the_target(void **state)
{
    (void)state;
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    for (size_t i = 0; i < N_LEVELS; i++) {
        struct hone_target target = parse(levels[i].target);
        struct hone_env env;
        hone_env_init(&env, NULL);
        assert_int_equal(cpu->facts(&target, &machine, &env, NULL), HONE_OK);
        assert_string_equal(text(&env, "family"), "cpu");
        assert_string_equal(text(&env, "arch"), "x86_64");
        assert_string_equal(text(&env, "isa"), levels[i].isa);
        assert_int_equal(number(&env, "vl"), levels[i].vl);
        assert_int_equal(number(&env, "vregs"), levels[i].vregs);
        assert_int_equal(number(&env, "n_cpus"), 6);
        assert_int_equal(number(&env, "l1_bytes"), 49152);
        assert_int_equal(number(&env, "l2_bytes"), 1 << 20);
        assert_int_equal(number(&env, "l3_bytes"), 32 << 20);
        for (int f = 0; f < HONE_CPU_FEATURES; f++) {
            char name[64];
            enum hone_cpu_feature feature = (enum hone_cpu_feature)f;
            snprintf(name, sizeof name, "has_%s", hone_cpu_feature_name(feature));
            assert_int_equal(number(&env, name), hone_target_has(&target, feature));
        }
        hone_env_release(&env);
    }
}

static void jobs_follow_from_the_target(void **state)
{
    (void)state;
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    for (size_t i = 0; i < N_LEVELS; i++) {
        struct hone_target target = parse(levels[i].target);
        struct hone_compile_job job = {0};
        char features[256];
        assert_int_equal(cpu->job(&target, &job, features, sizeof features, NULL), HONE_OK);
        assert_string_equal(job.compiler, "llvm");
        assert_string_equal(job.arch, "x86_64-unknown-linux-gnu");
        assert_string_equal(job.cpu, levels[i].cpu);
        assert_string_equal(job.features, levels[i].features);
        assert_int_equal(job.level, 3);
        size_t needed = strlen(levels[i].features) + 1;
        assert_int_equal(cpu->job(&target, &job, features, needed, NULL), HONE_OK);
        if (needed > 1)
            assert_int_equal(cpu->job(&target, &job, features, needed - 1, NULL),
                             HONE_ERR_ARGUMENT);
    }
}

/* All features at once fit the buffer that a caller sizes after HONE_TARGET_TEXT_BYTES. */
static void every_feature_has_a_name(void **state)
{
    (void)state;
    struct hone_target all = {
        .family = "cpu", .arch = "x86_64", .features = (UINT32_C(1) << HONE_CPU_FEATURES) - 1};
    struct hone_compile_job job = {0};
    char features[HONE_TARGET_TEXT_BYTES];
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    assert_int_equal(cpu->job(&all, &job, features, sizeof features, NULL), HONE_OK);
    assert_null(strstr(features, "(null)"));
    assert_null(strstr(features, ",,"));
}

static void other_machines_are_refused(void **state)
{
    (void)state;
    struct hone_target target = parse("cpu:aarch64");
    struct hone_compile_job job = {0};
    struct hone_error err = {0};
    struct hone_env env;
    char features[64];
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    hone_env_init(&env, NULL);
    assert_int_equal(cpu->facts(&target, &machine, &env, &err), HONE_ERR_UNSUPPORTED);
    assert_int_equal(cpu->job(&target, &job, features, sizeof features, &err),
                     HONE_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "cpu:aarch64"));
    hone_env_release(&env);
    assert_null(hone_codegen_target_find("abacus"));
    assert_string_equal(cpu->family, "cpu");
    assert_string_equal(cpu->comment, ";");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_follow_from_the_target),
        cmocka_unit_test(jobs_follow_from_the_target),
        cmocka_unit_test(every_feature_has_a_name),
        cmocka_unit_test(other_machines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
