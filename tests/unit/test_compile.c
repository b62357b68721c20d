/* SPDX-License-Identifier: MIT */
/* IR text to code that runs: results, load addresses, what is refused and why, static facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/llvm_machine.h"
#include "tests/unit/compile_kit.h"

#define PORTABLE "cpu:x86_64"
#define AVX2     "cpu:x86_64:avx2+fma+f16c"
#define AVX512   AVX2 "+avx512"

static struct hone_binary compile_ok(const char *target, const char *source)
{
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    compile_kit_job(&kit, target, "k", source);
    if (hone_compile_here(&kit.job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    return binary;
}

static char *assembly_of(const char *target, const char *cpu, const char *source)
{
    struct compile_kit kit;
    struct hone_binary binary;
    struct hone_error err = {0};
    compile_kit_job(&kit, target, "k", source);
    if (cpu) kit.job.cpu = cpu;
    kit.job.want_assembly = 1;
    if (hone_compile_here(&kit.job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    char *assembly = strdup(binary.assembly);
    hone_binary_release(&binary);
    return assembly;
}

/* out[i] = helper(in[i]) for the four floats of block `first`; args = {in, out}. */
static const char helper_source[] =
    "define internal <4 x float> @scale(<4 x float> %x) alwaysinline {\n"
    "  %y = fmul <4 x float> %x, <float 1.0, float 2.0, float 4.0, float 8.0>\n"
    "  ret <4 x float> %y\n"
    "}\n"
    "define internal <4 x float> @unused(<4 x float> %x) alwaysinline {\n"
    "  ret <4 x float> %x\n"
    "}\n"
    "define void @k(ptr %args, i32 %first, i32 %last, ptr %scratch) {\n"
    "  %in = load ptr, ptr %args\n"
    "  %outp = getelementptr ptr, ptr %args, i64 1\n"
    "  %out = load ptr, ptr %outp\n"
    "  %i = zext i32 %first to i64\n"
    "  %p = getelementptr <4 x float>, ptr %in, i64 %i\n"
    "  %x = load <4 x float>, ptr %p, align 4\n"
    "  %y = call <4 x float> @scale(<4 x float> %x)\n"
    "  %q = getelementptr <4 x float>, ptr %out, i64 %i\n"
    "  store <4 x float> %y, ptr %q, align 4\n"
    "  ret void\n"
    "}\n";

static void runs_at_any_address(void **state)
{
    (void)state;
    struct hone_binary binary = compile_ok(PORTABLE, helper_source);
    assert_true(binary.n_bytes > binary.facts.code_bytes); /* a constant pool follows the code */
    struct loaded_blob loaded[2];
    for (int i = 0; i < 2; i++) compile_kit_load(&binary, loaded + i);
    assert_ptr_not_equal(loaded[0].memory, loaded[1].memory);
    for (int i = 0; i < 2; i++) {
        float in[8] = {9, 9, 9, 9, 1, 2, 3, 4}, out[8] = {0};
        const void *args[] = {in, out};
        loaded[i].entry(args, 1, 2, NULL);
        static const float expected[8] = {0, 0, 0, 0, 1, 4, 12, 32};
        assert_memory_equal(out, expected, sizeof expected);
        compile_kit_unload(loaded + i);
    }
    hone_binary_release(&binary);
}

static void helpers_are_inlined(void **state)
{
    (void)state;
    char *assembly = assembly_of(PORTABLE, NULL, helper_source);
    assert_non_null(strstr(assembly, "\nk:"));
    assert_null(strstr(assembly, "call"));
    assert_null(strstr(assembly, "scale"));
    assert_null(strstr(assembly, "unused"));
    assert_null(strstr(assembly, ".cfi"));
    free(assembly);
}

/* Tables that a text exports, and a jump table: data that points back into the code. */
static const char switch_source[] =
    "@values = constant [4 x i32] [i32 10, i32 20, i32 30, i32 40]\n"
    "define i32 @of(i32 %i) noinline {\n"
    "  %w = zext i32 %i to i64\n"
    "  %p = getelementptr [4 x i32], ptr @values, i64 0, i64 %w\n"
    "  %v = load i32, ptr %p\n"
    "  ret i32 %v\n"
    "}\n"
    "define void @k(ptr %args, i32 %first, i32 %last, ptr %scratch) {\n"
    "  switch i32 %first, label %other [ i32 0, label %a\n"
    "    i32 1, label %b\n i32 2, label %c\n i32 3, label %d\n i32 4, label %e\n"
    "    i32 5, label %f ]\n"
    "a:\n  %va = call i32 @of(i32 0)\n  store i32 %va, ptr %args\n  ret void\n"
    "b:\n  %vb = call i32 @of(i32 1)\n  store i32 %vb, ptr %args\n  ret void\n"
    "c:\n  %vc = call i32 @of(i32 2)\n  store i32 %vc, ptr %args\n  ret void\n"
    "d:\n  %vd = call i32 @of(i32 3)\n  store i32 %vd, ptr %args\n  ret void\n"
    "e:\n  store volatile i32 51, ptr %args\n  ret void\n"
    "f:\n  store i32 62, ptr %args\n  ret void\n"
    "other:\n  store i32 -1, ptr %args\n  ret void\n"
    "}\n";

static void tables_and_local_calls_work(void **state)
{
    (void)state;
    struct hone_binary binary = compile_ok(PORTABLE, switch_source);
    struct loaded_blob loaded;
    compile_kit_load(&binary, &loaded);
    static const int32_t expected[] = {10, 20, 30, 40, 51, 62, -1};
    for (uint32_t i = 0; i < 7; i++) {
        int32_t value = 0;
        loaded.entry(&value, i, i + 1, NULL);
        assert_int_equal(value, expected[i]);
    }
    compile_kit_unload(&loaded);
    hone_binary_release(&binary);
    char *assembly = assembly_of(PORTABLE, NULL, switch_source);
    assert_non_null(strstr(assembly, ".LJTI"));
    free(assembly);
}

#define HEAD "define void @k(ptr %args, i32 %first, i32 %last, ptr %scratch) {\n"

static void refuses_what_a_blob_cannot_hold(void **state)
{
    (void)state;
    static const struct {
        const char *source, *message;
    } cases[] = {
        {"declare float @expf(float)\n" HEAD "  %x = load float, ptr %args\n"
         "  %y = call float @expf(float %x)\n  store float %y, ptr %args\n  ret void\n}\n",
         "'expf'"},
        {"declare float @llvm.exp.f32(float)\n" HEAD "  %x = load float, ptr %args\n"
         "  %y = call float @llvm.exp.f32(float %x)\n  store float %y, ptr %args\n  ret void\n}\n",
         "'expf'"},
        {"declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n" HEAD
         "  call void @llvm.memset.p0.i64(ptr %args, i8 0, i64 4096, i1 false)\n"
         "  ret void\n}\n",
         "'memset'"},
        {"declare void @llvm.x86.nosuch(ptr)\n" HEAD "  call void @llvm.x86.nosuch(ptr %args)\n"
         "  ret void\n}\n",
         "'llvm.x86.nosuch'"},
        {"@state = global i32 7\n" HEAD "  %x = load i32, ptr @state\n"
         "  store i32 %x, ptr %args\n  ret void\n}\n",
         "section .data is writable"},
        {"@state = global [9 x i32] zeroinitializer\n" HEAD "  store i32 1, ptr @state\n"
         "  ret void\n}\n",
         "section .bss is writable"},
        {"@state = thread_local global i32 7\n" HEAD "  %x = load i32, ptr @state\n"
         "  store i32 %x, ptr %args\n  ret void\n}\n",
         "writable"},
        {"@pointers = constant [1 x ptr] [ptr @k]\n" HEAD
         "  store ptr @pointers, ptr %args\n  ret void\n}\n",
         ".data.rel.ro"},
        {"@outside = external constant i32\n" HEAD "  %x = load i32, ptr @outside\n"
         "  store i32 %x, ptr %args\n  ret void\n}\n",
         "'outside'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compile_kit kit;
        struct hone_binary binary;
        struct hone_error err = {0};
        compile_kit_job(&kit, PORTABLE, "k", cases[i].source);
        assert_int_equal(hone_compile_here(&kit.job, &binary, &err), HONE_ERR_COMPILE);
        if (!strstr(err.text, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.text, cases[i].message);
        assert_int_equal(strncmp(err.text, "k: object: ", 11), 0);
        assert_null(binary.code);
    }
}

static void reports_errors_of_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *source, *message;
    } cases[] = {
        {HEAD "  %x = load i32, ptr %nosuch\n  ret void\n}\n", "k:2:22: error: "},
        {HEAD "  ret void\n\n  %x = add i32 1,\n}\n", "k:5:1: error: "},
        {HEAD "  %y = add i32 %x, 1\n  %x = add i32 1, 1\n  ret void\n}\n", "dominate"},
        {"define void @other(ptr %args) {\n  ret void\n}\n", "k: the text"},
        {"declare void @k(ptr)\n", "k: the text"},
        {HEAD "  call void asm \"nosuchinstruction\", \"\"()\n  ret void\n}\n", "mnemonic"},
        {"", "k: the text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compile_kit kit;
        struct hone_binary binary;
        struct hone_error err = {0};
        compile_kit_job(&kit, PORTABLE, "k", cases[i].source);
        assert_int_equal(hone_compile_here(&kit.job, &binary, &err), HONE_ERR_COMPILE);
        if (!strstr(err.text, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.text, cases[i].message);
        assert_null(strchr(err.text, '\n'));
    }
}

/* LLVM itself would only warn about these. */
static void refuses_names_it_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *compiler, *arch, *cpu, *features;
        int level;
        enum hone_status status;
    } cases[] = {
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+avx2,-fma", 2, HONE_OK},
        {"llvm", "x86_64-unknown-linux-gnu", "hasswel", "+avx2", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+avx3", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "avx2", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", " avx2", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+avx2,", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", ",", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+", 2, HONE_ERR_ARGUMENT},
        {"llvm", "vax-unknown-ultrix", "haswell", "+avx2", 2, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+avx2", 0, HONE_ERR_ARGUMENT},
        {"llvm", "x86_64-unknown-linux-gnu", "haswell", "+avx2", 4, HONE_ERR_ARGUMENT},
        {"nosuch", "x86_64-unknown-linux-gnu", "haswell", "+avx2", 2, HONE_ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_compile_job job = {
            .compiler = cases[i].compiler,
            .source = helper_source,
            .n_source_bytes = strlen(helper_source),
            .entry = "k",
            .arch = cases[i].arch,
            .cpu = cases[i].cpu,
            .features = cases[i].features,
            .level = cases[i].level,
        };
        struct hone_binary binary;
        struct hone_error err = {0};
        assert_int_equal(hone_compile_here(&job, &binary, &err), cases[i].status);
        hone_binary_release(&binary);
    }
}

/* One trivial job. */
static void compile_quietly(const struct llvm_machine_family *family, const char *cpu,
                            const char *features)
{
    static const char source[] = "define void @k(ptr %args) {\n  ret void\n}\n";
    char arch[64];
    snprintf(arch, sizeof arch, "%sunknown-linux-gnu", family->triple_prefix);
    struct hone_compile_job job = {.compiler = "llvm",
                                   .source = source,
                                   .n_source_bytes = strlen(source),
                                   .entry = "k",
                                   .arch = arch,
                                   .cpu = cpu,
                                   .features = features,
                                   .level = 1};
    struct hone_binary binary;
    struct hone_error err = {0};
    if (hone_compile_here(&job, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    hone_binary_release(&binary);
}

/* LLVM warns on stderr about a name it does not know; for ours it must be silent. */
static void llvm_knows_all_our_names(void **state)
{
    (void)state;
    char text[512] = "";
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    size_t n_families;
    const struct llvm_machine_family *families = llvm_machine_families(&n_families);
    for (size_t f = 0; f < n_families; f++) {
        for (size_t i = 0; families[f].cpus[i]; i++)
            compile_quietly(families + f, families[f].cpus[i], "");
        char features[512] = ""; /* one more at a time: some need those before them */
        for (size_t i = 0; families[f].features[i]; i++) {
            size_t used = strlen(features);
            snprintf(features + used, sizeof features - used, "%s+%s", used ? "," : "",
                     families[f].features[i]);
            compile_quietly(families + f, families[f].cpus[0], features);
        }
    }
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    if (!fgets(text, sizeof text, file)) text[0] = '\0';
    fclose(file);
    assert_string_equal(text, "");
}

/* n values of 16 floats, half of them alive at once. The text asks
 * for AVX-512 by itself, which must not help it. */
static char *wide_source(int n)
{
    size_t capacity = (size_t)n * 512 + 1024;
    char *text = malloc(capacity);
    size_t used = (size_t)snprintf(text, capacity, "%s", HEAD);
    text[used - 2] = '\0'; /* the attribute goes before the brace */
    used -= 2;
    used += (size_t)snprintf(text + used, capacity - used,
                             "\"target-features\"=\"+avx512f\" \"target-cpu\"=\"znver5\" {\n");
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, capacity - used,
                                 "  %%p%d = getelementptr <16 x float>, ptr %%args, i64 %d\n"
                                 "  %%x%d = load volatile <16 x float>, ptr %%p%d, align 4\n",
                                 i, i, i, i);
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, capacity - used,
                                 "  %%y%d = fmul <16 x float> %%x%d, %%x%d\n"
                                 "  store volatile <16 x float> %%y%d, ptr %%p%d, align 4\n",
                                 i, i, n - 1 - i, i, i);
    snprintf(text + used, capacity - used, "  ret void\n}\n");
    return text;
}

static void features_bound_the_instructions(void **state)
{
    (void)state;
    static const struct {
        const char *target, *has, *lacks;
    } cases[] = {
        {PORTABLE, "%xmm", "%ymm"},
        {AVX2, "%ymm", "%zmm"},
        {AVX512, "%zmm", "rsp"},
    };
    char *source = wide_source(8);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *assembly = assembly_of(cases[i].target, NULL, source);
        assert_non_null(strstr(assembly, cases[i].has));
        assert_null(strstr(assembly, cases[i].lacks));
        free(assembly);
        /* A schedule of a machine that has more must not bring more. */
        assembly = assembly_of(cases[i].target, "znver5", source);
        assert_null(strstr(assembly, cases[i].lacks));
        free(assembly);
    }
    free(source);
}

/* Lines that are neither directive, label nor comment. */
static unsigned count_instructions(const char *assembly)
{
    unsigned n = 0;
    for (const char *line = assembly; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        n += line[0] == '\t' && line[1] >= 'a' && line[1] <= 'z';
    }
    return n;
}

static void facts_tell_spills(void **state)
{
    (void)state;
    static const struct {
        int n;
        const char *target;
        int spills;
    } cases[] = {
        {16, AVX512, 0}, {30, AVX512, 0}, {80, AVX512, 1}, {24, AVX2, 1}, {6, AVX2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *source = wide_source(cases[i].n);
        struct hone_binary binary = compile_ok(cases[i].target, source);
        assert_int_equal(binary.facts.n_vector_spills > 0, cases[i].spills);
        assert_int_equal(binary.facts.stack_bytes > 0, cases[i].spills);
        char *assembly = assembly_of(cases[i].target, NULL, source);
        assert_int_equal(binary.facts.n_instructions, count_instructions(assembly));
        assert_true(binary.facts.n_instructions < binary.facts.code_bytes);
        free(assembly);
        hone_binary_release(&binary);
        free(source);
    }
}

/* Loads, then a chain: models disagree about where the loads belong. */
static void schedule_follows_the_cpu(void **state)
{
    (void)state;
    static const char *const models[] = {"haswell", "znver3", "sandybridge", "nehalem"};
    char *source = wide_source(12);
    char *reference = assembly_of(AVX2, "x86-64", source);
    int n_different = 0;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char *assembly = assembly_of(AVX2, models[i], source);
        n_different += strcmp(reference, assembly) != 0;
        free(assembly);
    }
    free(reference);
    free(source);
    assert_true(n_different > 0);
}

static void same_bytes_every_time(void **state)
{
    (void)state;
    struct hone_binary first = compile_ok(AVX512, helper_source);
    struct compile_kit kit;
    compile_kit_job(&kit, AVX512, "k", helper_source);
    for (int want_assembly = 0; want_assembly < 2; want_assembly++) {
        struct hone_binary again;
        kit.job.want_assembly = want_assembly;
        assert_int_equal(hone_compile_here(&kit.job, &again, NULL), HONE_OK);
        assert_int_equal(again.n_bytes, first.n_bytes);
        assert_int_equal(again.entry, first.entry);
        assert_memory_equal(again.code, first.code, first.n_bytes);
        assert_int_equal(again.assembly != NULL, want_assembly);
        hone_binary_release(&again);
    }
    hone_binary_release(&first);
}

static void *compile_many(void *out_status)
{
    struct compile_kit kit;
    enum hone_status status = HONE_OK;
    compile_kit_job(&kit, AVX512, "k", switch_source);
    for (int i = 0; i < 20 && status == HONE_OK; i++) {
        struct hone_binary binary;
        status = hone_compile_here(&kit.job, &binary, NULL);
        hone_binary_release(&binary);
    }
    *(enum hone_status *)out_status = status;
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[3];
    enum hone_status statuses[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(threads + i, NULL, compile_many, statuses + i), 0);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 3; i++) assert_int_equal(statuses[i], HONE_OK);
}

static void a_worker_tells_the_version(void **state)
{
    (void)state;
    char here[64], there[64] = "", *program = compile_kit_program("hone-compile-worker");
    const char *command[] = {program, NULL};
    struct hone_compile_worker_options options = {.struct_size = sizeof options,
                                                  .command = command};
    struct hone_compile_worker *w;
    assert_int_equal(hone_compile_worker_start(&options, &w, NULL), HONE_OK);
    assert_int_equal(hone_compiler_version("llvm", here, sizeof here, NULL), HONE_OK);
    assert_int_equal(hone_compile_worker_version(w, "tcc", there, 64, NULL), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_compile_worker_version(w, "llvm", there, 3, NULL), HONE_ERR_FORMAT);
    assert_int_equal(hone_compile_worker_version(w, "llvm", there, 64, NULL), HONE_OK);
    assert_string_equal(here, there);
    hone_compile_worker_stop(w);
    free(program);
}

int main(void)
{
    char version[64];
    struct hone_error err;
    if (hone_compiler_version("llvm", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    printf("%s\n", version);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_at_any_address),
        cmocka_unit_test(helpers_are_inlined),
        cmocka_unit_test(tables_and_local_calls_work),
        cmocka_unit_test(refuses_what_a_blob_cannot_hold),
        cmocka_unit_test(reports_errors_of_the_text),
        cmocka_unit_test(refuses_names_it_does_not_know),
        cmocka_unit_test(llvm_knows_all_our_names),
        cmocka_unit_test(features_bound_the_instructions),
        cmocka_unit_test(facts_tell_spills),
        cmocka_unit_test(schedule_follows_the_cpu),
        cmocka_unit_test(same_bytes_every_time),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(a_worker_tells_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
