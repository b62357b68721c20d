/* SPDX-License-Identifier: MIT */
/* Kernels that do not come back, one after the other: each costs its limit and little more, and
 * leaves no process behind. A machine that was paused is not a kernel that hangs. HONE_HANGS sets
 * how many (12). */
#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/frame.h"
#include "runtime/package/format.h"
#include "tuner/runner/runner.h"

#if defined __x86_64__
#define KERNEL(name, body)                                                                         \
    __asm__(".text\n" #name "_start:\n" body "\n" #name "_end:\n");                                \
    extern const uint8_t name##_start[], name##_end[];

KERNEL(spin, "1: jmp 1b")
KERNEL(wait_for_ever, "1: mov $34, %eax\n syscall\n jmp 1b")
/* Blocks all signals first. */
KERNEL(deaf, "movq $-1, -64(%rsp)\n lea -64(%rsp), %rsi\n mov $2, %edi\n xor %edx, %edx\n"
             "mov $8, %r10d\n mov $14, %eax\n syscall\n 1: jmp 1b")
/* Forks, and both hang. */
KERNEL(two, "mov $57, %eax\n syscall\n 1: jmp 1b")
/* y = x + r, after a while: args = x, r, y, rows (pointer), k. */
KERNEL(slow, "mov $400000000, %eax\n 3: dec %eax\n jnz 3b\n"
             "mov (%rdi), %r8\n mov 8(%rdi), %r9\n mov 16(%rdi), %r10\n"
             "mov 24(%rdi), %rax\n mov (%rax), %eax\n imul 32(%rdi), %rax\n xor %ecx, %ecx\n"
             "1: cmp %rax, %rcx\n jae 2f\n movss (%r8,%rcx,4), %xmm0\n addss (%r9,%rcx,4), %xmm0\n"
             "movss %xmm0, (%r10,%rcx,4)\n inc %rcx\n jmp 1b\n 2: ret")

static const struct {
    const uint8_t *start, *end;
} hangs[] = {{spin_start, spin_end},
             {wait_for_ever_start, wait_for_ever_end},
             {deaf_start, deaf_end},
             {two_start, two_end}};
enum { N_HANGS = sizeof hangs / sizeof *hangs, MAX_PIDS = 64 };

static struct hone_runner *open_runner(void)
{
    static char path[512];
    static const char *command[2] = {path, NULL};
    const char *bin = getenv("HONE_BIN");
    struct hone_runner *runner;
    snprintf(path, sizeof path, "%s/hone-runner", bin ? bin : "bin");
    struct hone_runner_options options = {.struct_size = sizeof options,
                                          .command = command,
                                          .n_threads = 1,
                                          .scratch_bytes = 1 << 16,
                                          .request_seconds = 20};
    assert_int_equal(hone_runner_open(&options, &runner, NULL), HONE_OK);
    return runner;
}

static enum hone_status run(struct hone_runner *runner, const uint8_t *start, const uint8_t *end,
                            double limit, struct hone_error *err)
{
    const struct hone_format *f32 = hone_format_find("f32");
    struct hone_runner_kernel kernel = {.code = start, .n_bytes = (size_t)(end - start)};
    struct hone_runner_call call = {.grid_rule = HONE_GRID_CONST, .grid_p0 = 1};
    struct hone_problem *problem = &call.spec.call.problem;
    struct hone_case_result result;
    if (hone_runner_load(runner, 0, &kernel, err) != HONE_OK) fail_msg("%s", err->text);
    problem->op = hone_op_find("add");
    problem->dims[hone_op_dim(problem->op, "k")] = 37;
    for (int i = 0; i < 3; i++) {
        problem->types[i] = HONE_TYPE_F32;
        call.spec.call.formats[i] = f32;
    }
    problem->acts = HONE_TYPE_F32;
    problem->m_min = problem->m = problem->m_max = call.spec.m = 5;
    call.spec.family = HONE_FAMILY_NORMAL;
    return hone_runner_verify(runner, &call, 0, limit, &result, err);
}

/* Processes whose parent we are, zombies included. */
static size_t children(pid_t pids[MAX_PIDS])
{
    char path[64], text[512];
    size_t n = 0;
    DIR *folder = opendir("/proc");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) && n < MAX_PIDS;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        size_t n_read = file ? fread(text, 1, sizeof text - 1, file) : 0;
        if (file) fclose(file);
        text[n_read] = '\0';
        char state;
        int parent;
        const char *after = strrchr(text, ')');
        if (!after || sscanf(after, ") %c %d", &state, &parent) != 2) continue;
        if (parent == getpid()) pids[n++] = (pid_t)atoi(entry->d_name);
    }
    closedir(folder);
    return n;
}

static void hangs_in_a_row(void **state)
{
    (void)state;
    static const double limit = 0.1, more = 2;
    const char *count = getenv("HONE_HANGS");
    int n = count ? atoi(count) : 12;
    pid_t pids[MAX_PIDS];
    struct hone_runner *runner = open_runner();
    double start = hone_clock_seconds(), worst = 0;
    for (int i = 0; i < n; i++) {
        struct hone_error err = {0};
        double before = hone_clock_seconds();
        enum hone_status status =
            run(runner, hangs[i % N_HANGS].start, hangs[i % N_HANGS].end, limit, &err);
        double seconds = hone_clock_seconds() - before;
        if (status != HONE_ERR_TIMEOUT || strcmp(hone_runner_reason(runner), "hang") != 0)
            fail_msg("hang %d: %s (%s)", i, err.text, hone_runner_reason(runner));
        assert_true(seconds > 0.9 * limit);
        if (seconds > worst) worst = seconds;
        /* Our subreaper inherits what a killed group leaves: it is dead, and reaped here. */
        while (waitpid(-1, NULL, WNOHANG) > 0) continue;
        size_t n_left = children(pids);
        for (int tries = 0; n_left && tries < 200; tries++) {
            usleep(5000);
            while (waitpid(-1, NULL, WNOHANG) > 0) continue;
            n_left = children(pids);
        }
        if (n_left) fail_msg("hang %d left process %d behind", i, (int)pids[0]);
    }
    double seconds = hone_clock_seconds() - start;
    printf("%d hangs of %.1f s: %.1f s, worst %.2f s\n", n, limit, seconds, worst);
    assert_true(seconds < n * (limit + more));
    hone_runner_close(runner);
}

/* Stops the runner for longer than its kernel may take. */
static void *pause_runner(void *seconds)
{
    pid_t pids[MAX_PIDS];
    usleep(60000);
    if (children(pids) != 1) return NULL;
    kill(pids[0], SIGSTOP);
    usleep((useconds_t)(1e6 * *(double *)seconds));
    kill(pids[0], SIGCONT);
    return NULL;
}

static void a_pause_is_no_hang(void **state)
{
    (void)state;
    double limit = 1.5, pause = 2.5;
    struct hone_runner *runner = open_runner();
    struct hone_runner_info info;
    struct hone_error err = {0};
    pthread_t thread;
    if (hone_runner_info(runner, &info, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(pthread_create(&thread, NULL, pause_runner, &pause), 0);
    double start = hone_clock_seconds();
    enum hone_status status = run(runner, slow_start, slow_end, limit, &err);
    double seconds = hone_clock_seconds() - start;
    pthread_join(thread, NULL);
    if (status != HONE_OK) fail_msg("%s", err.text);
    assert_true(seconds > limit);
    assert_int_equal(hone_runner_generation(runner), 1);
    hone_runner_close(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hangs_in_a_row),
        cmocka_unit_test(a_pause_is_no_hang),
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    printf("skipped: its kernels are x86-64 assembly\n");
    return 77;
}
#endif
