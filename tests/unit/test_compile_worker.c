/* SPDX-License-Identifier: MIT */
/* The compile worker: same bytes as in process, and every way a worker can go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/frame.h"
#include "tests/unit/compile_kit.h"

#define TARGET "cpu:x86_64"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
static const int sanitized = 1;
#else
static const int sanitized = 0;
#endif

static const char good_source[] =
    "define void @k(ptr %args, i32 %first, i32 %last, ptr %scratch) {\n"
    "  %x = load <4 x float>, ptr %args, align 4\n"
    "  %y = fadd <4 x float> %x, <float 1.0, float 2.0, float 3.0, float 4.0>\n"
    "  store <4 x float> %y, ptr %args, align 4\n"
    "  ret void\n"
    "}\n";

/* Right text, but the instruction is not in the target: LLVM's back end ends the process. */
static const char abort_source[] =
    "declare <16 x i32> @llvm.x86.avx512.vpdpbusd.512(<16 x i32>, <16 x i32>, <16 x i32>)\n"
    "define void @k(ptr %args, i32 %first, i32 %last, ptr %scratch) {\n"
    "  %x = load <16 x i32>, ptr %args, align 4\n"
    "  %y = call <16 x i32> @llvm.x86.avx512.vpdpbusd.512(<16 x i32> %x, <16 x i32> %x,\n"
    "    <16 x i32> %x)\n"
    "  store <16 x i32> %y, ptr %args, align 4\n"
    "  ret void\n"
    "}\n";

static struct hone_compile_worker *start(const char *const *command, double deadline_seconds,
                                         uint64_t memory_bytes)
{
    struct hone_compile_worker_options options = {
        .struct_size = sizeof options,
        .command = command,
        .deadline_seconds = deadline_seconds,
        .memory_bytes = memory_bytes,
    };
    struct hone_compile_worker *worker;
    assert_int_equal(hone_compile_worker_start(&options, &worker, NULL), HONE_OK);
    return worker;
}

static struct hone_compile_worker *start_real(void)
{
    char *program = compile_kit_program("hone-compile-worker");
    const char *command[] = {program, NULL};
    struct hone_compile_worker *worker = start(command, 0, 0);
    free(program);
    return worker;
}

static enum hone_status compile(struct hone_compile_worker *worker, const char *source,
                                struct hone_binary *out_binary, struct hone_error *err)
{
    struct compile_kit kit;
    compile_kit_job(&kit, TARGET, "k", source);
    kit.job.want_assembly = 1;
    return hone_compile(worker, &kit.job, out_binary, err);
}

static void compile_good(struct hone_compile_worker *worker)
{
    struct hone_binary binary;
    struct hone_error err = {0};
    if (compile(worker, good_source, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    struct loaded_blob loaded;
    float values[4] = {10, 20, 30, 40};
    static const float expected[4] = {11, 22, 33, 44};
    compile_kit_load(&binary, &loaded);
    loaded.entry(values, 0, 1, NULL);
    assert_memory_equal(values, expected, sizeof expected);
    compile_kit_unload(&loaded);
    hone_binary_release(&binary);
}

/* One job for a worker made of a shell line; returns the status, and the message in *err. */
static enum hone_status compile_by(const char *shell, double deadline_seconds,
                                   uint64_t memory_bytes, struct hone_error *err)
{
    const char *command[] = {"sh", "-c", shell, NULL};
    struct hone_compile_worker *worker = start(command, deadline_seconds, memory_bytes);
    struct hone_binary binary;
    enum hone_status status = compile(worker, good_source, &binary, err);
    assert_null(binary.code);
    hone_compile_worker_stop(worker);
    return status;
}

static int count_descriptors(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder)) n++;
    closedir(folder);
    return n;
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void same_as_in_process(void **state)
{
    (void)state;
    struct compile_kit kit;
    struct hone_binary here, there;
    compile_kit_job(&kit, TARGET, "k", good_source);
    kit.job.want_assembly = 1;
    assert_int_equal(hone_compile_here(&kit.job, &here, NULL), HONE_OK);
    struct hone_compile_worker *worker = start_real();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hone_compile(worker, &kit.job, &there, NULL), HONE_OK);
        assert_int_equal(there.n_bytes, here.n_bytes);
        assert_int_equal(there.entry, here.entry);
        assert_memory_equal(there.code, here.code, here.n_bytes);
        assert_memory_equal(&there.facts, &here.facts, sizeof here.facts);
        assert_string_equal(there.assembly, here.assembly);
        hone_binary_release(&there);
    }
    compile_good(worker);
    hone_compile_worker_stop(worker);
    hone_binary_release(&here);
    assert_no_children();
}

static void errors_of_the_text_keep_the_worker(void **state)
{
    (void)state;
    struct hone_compile_worker *worker = start_real();
    struct hone_binary binary;
    struct hone_error err = {0};
    assert_int_equal(compile(worker, "define nonsense", &binary, &err), HONE_ERR_COMPILE);
    assert_int_equal(err.status, HONE_ERR_COMPILE);
    assert_non_null(strstr(err.text, "k:1:8: error: "));
    compile_good(worker);
    hone_compile_worker_stop(worker);
}

static void back_end_abort_costs_one_job(void **state)
{
    (void)state;
    struct hone_compile_worker *worker = start_real();
    for (int i = 0; i < 2; i++) {
        struct hone_binary binary;
        struct hone_error err = {0};
        assert_int_equal(compile(worker, abort_source, &binary, &err), HONE_ERR_CRASHED);
        assert_non_null(strstr(err.text, "k: compiler ended by SIGABRT: LLVM ERROR: "));
        assert_no_children();
        compile_good(worker);
    }
    hone_compile_worker_stop(worker);
    assert_no_children();
}

static void large_text_passes_the_pipes(void **state)
{
    (void)state;
    size_t n_comment = 3 << 20;
    char *source = malloc(n_comment + sizeof good_source + 1);
    for (size_t i = 0; i < n_comment; i++) source[i] = i % 64 == 63 ? '\n' : ';';
    memcpy(source + n_comment, good_source, sizeof good_source);
    struct hone_compile_worker *worker = start_real();
    struct hone_binary binary;
    struct hone_error err = {0};
    if (compile(worker, source, &binary, &err) != HONE_OK) fail_msg("%s", err.text);
    hone_binary_release(&binary);
    hone_compile_worker_stop(worker);
    free(source);
}

static void hangs_end_at_the_deadline(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "exec sleep 60",                                    /* never answers */
        "trap '' TERM INT HUP PIPE; while :; do :; done",   /* and will not listen */
        "yes error >&2",                                    /* writes to stderr all the time */
        "printf '\\377\\0\\0\\0\\2\\0\\0\\0abc'; sleep 60", /* stops within a frame */
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct hone_error err = {0};
        double start_seconds = hone_clock_seconds();
        enum hone_status status = compile_by(lines[i], 0.3, 0, &err);
        double seconds = hone_clock_seconds() - start_seconds;
        if (status != HONE_ERR_TIMEOUT) fail_msg("%s: %s", lines[i], err.text);
        assert_string_equal(err.text, "k: compiler stopped after 0.3 s");
        assert_true(seconds > 0.25 && seconds < 5);
        assert_no_children();
    }
}

/* What the worker started dies with it. */
static void the_whole_group_is_killed(void **state)
{
    (void)state;
    char path[] = "/tmp/hone-worker-XXXXXX", line[128], text[32] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    snprintf(line, sizeof line, "sleep 60 & echo $! > %s; wait", path);
    struct hone_error err;
    assert_int_equal(compile_by(line, 0.5, 0, &err), HONE_ERR_TIMEOUT);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    unlink(path);
    pid_t grandchild = (pid_t)atoi(text);
    assert_true(grandchild > 1);
    /* An orphan is reaped by another process, which may take a moment; a zombie is dead too. */
    char stat_path[64], stat_text[256];
    int alive = 1;
    for (int i = 0; i < 100 && alive; i++) {
        snprintf(stat_path, sizeof stat_path, "/proc/%d/stat", grandchild);
        FILE *file = fopen(stat_path, "r");
        alive = file && fgets(stat_text, sizeof stat_text, file) && !strstr(stat_text, ") Z");
        if (file) fclose(file);
        if (alive) usleep(10000);
    }
    assert_false(alive);
}

static void deaths_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"kill -SEGV $$", "k: compiler ended by SIGSEGV"},
        {"exit 3", "k: compiler ended by exit code 3"},
        /* what a scheduler sends to all of a job is not the worker's to die of */
        {"kill -TERM $$; kill -INT $$; kill -HUP $$; exit 7", "exit code 7"},
        {"echo first >&2; echo last >&2; exit 1", "exit code 1: last"},
        {"echo 'bad ERROR: x' >&2; echo z >&2; exit 1", "exit code 1: bad ERROR: x"},
        {"printf 'a\\033[1mb' >&2; exit 1", "exit code 1: a [1mb"},
        {"exec yes", "k: compile worker lost: frame: "},
        {"exec 3<&0; cat <&3 >/dev/null & printf '\\1\\0\\0\\0\\2\\0\\0\\0x'; wait", "malformed"},
        {"exec 3<&0; cat <&3 >/dev/null & printf '\\0\\0\\0\\0\\7\\0\\0\\0'; wait", "kind 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_error err = {0};
        assert_int_equal(compile_by(cases[i].line, 5, 0, &err), HONE_ERR_CRASHED);
        if (!strstr(err.text, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.text, cases[i].message);
        assert_int_equal(err.status, HONE_ERR_CRASHED);
        assert_no_children();
    }
}

static void memory_is_limited(void **state)
{
    (void)state;
    if (sanitized) skip();
    struct hone_error err = {0};
    /* tail keeps a line without an end in memory */
    assert_int_equal(compile_by("exec tail /dev/zero", 20, 256 << 20, &err), HONE_ERR_CRASHED);
    assert_non_null(strstr(err.text, "memory exhausted"));
}

static void fifty_deaths_leave_nothing(void **state)
{
    (void)state;
    const char *command[] = {"sh", "-c", "kill -KILL $$", NULL};
    struct hone_compile_worker *worker = start(command, 5, 0);
    int before = count_descriptors();
    for (int i = 0; i < 50; i++) {
        struct hone_binary binary;
        struct hone_error err = {0};
        assert_int_equal(compile(worker, good_source, &binary, &err), HONE_ERR_CRASHED);
        assert_string_equal(err.text, "k: compiler ended by SIGKILL");
        assert_no_children();
        assert_int_equal(count_descriptors(), before);
    }
    hone_compile_worker_stop(worker);
}

/* A process that left the group holds the other ends of all our pipes; ours are closed all the
 * same. */
static void strangers_hold_no_descriptor_of_ours(void **state)
{
    (void)state;
    int before = count_descriptors();
    struct hone_error err;
    assert_int_equal(compile_by("setsid sleep 2 & sleep 60", 0.3, 0, &err), HONE_ERR_TIMEOUT);
    assert_int_equal(count_descriptors(), before);
}

/* What a compiler prints goes to stderr, never into the protocol. */
static void assert_stdout_is_stderr(pid_t pid)
{
    char path[64], targets[2][64] = {"", ""};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, i + 1);
        assert_true(readlink(path, targets[i], sizeof targets[i] - 1) > 0);
    }
    assert_string_equal(targets[0], targets[1]);
}

/* A worker that dies between two jobs costs neither of them. */
static void idle_death_costs_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/hone-worker-XXXXXX", line[512], text[32];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    char *program = compile_kit_program("hone-compile-worker");
    snprintf(line, sizeof line, "echo $$ > %s; exec %s", path, program);
    const char *command[] = {"sh", "-c", line, NULL};
    struct hone_compile_worker *worker = start(command, 0, 0);
    pid_t last = 0;
    for (int i = 0; i < 3; i++) {
        compile_good(worker);
        memset(text, 0, sizeof text);
        assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
        pid_t pid = (pid_t)atoi(text);
        assert_true(pid > 1 && pid != last);
        last = pid;
        assert_stdout_is_stderr(pid);
        assert_int_equal(kill(pid, SIGKILL), 0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    }
    hone_compile_worker_stop(worker);
    assert_no_children();
    close(fd);
    unlink(path);
    free(program);
}

static void start_refuses_nonsense(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_binary binary;
    struct hone_compile_worker *worker;
    const char *no_command[] = {NULL}, *missing[] = {"hone-no-such-program", NULL};
    struct hone_compile_worker_options options = {.struct_size = sizeof options};
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_ERR_ARGUMENT);
    options.command = no_command;
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_ERR_ARGUMENT);
    options.command = missing;
    options.deadline_seconds = NAN;
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_ERR_ARGUMENT);
    options.deadline_seconds = 1;
    options.struct_size--;
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_ERR_ARGUMENT);
    options.struct_size++;
    int before = count_descriptors();
    assert_int_equal(hone_compile_worker_start(&options, &worker, &err), HONE_OK);
    assert_int_equal(compile(worker, good_source, &binary, &err), HONE_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "hone-no-such-program"));
    assert_int_equal(count_descriptors(), before);
    hone_compile_worker_stop(worker);
    hone_compile_worker_stop(NULL);
}

/* Stdin, stdout and stderr of this process may be closed: pipes then get those numbers. */
static void works_without_standard_streams(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        for (int fd = 0; fd < 3; fd++) close(fd);
        char *program = compile_kit_program("hone-compile-worker");
        const char *command[] = {program, NULL};
        struct hone_compile_worker_options options = {.struct_size = sizeof options,
                                                      .command = command};
        struct hone_compile_worker *worker;
        struct hone_binary binary = {0};
        enum hone_status status = hone_compile_worker_start(&options, &worker, NULL);
        if (status == HONE_OK) status = compile(worker, good_source, &binary, NULL);
        hone_binary_release(&binary);
        hone_compile_worker_stop(worker);
        free(program);
        _exit(status);
    }
    int wait_status;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), HONE_OK);
}

static void library_is_chosen_by_name(void **state)
{
    (void)state;
    struct hone_binary binary;
    struct hone_error err = {0};
    setenv("HONE_LLVM", "/nonexistent/libLLVM.so", 1);
    struct hone_compile_worker *worker = start_real();
    assert_int_equal(compile(worker, good_source, &binary, &err), HONE_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "HONE_LLVM=/nonexistent/libLLVM.so"));
    hone_compile_worker_stop(worker);
    setenv("HONE_LLVM", "libm.so.6", 1);
    worker = start_real();
    assert_int_equal(compile(worker, good_source, &binary, &err), HONE_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no function LLVM"));
    hone_compile_worker_stop(worker);
    unsetenv("HONE_LLVM");
}

/* The oldest LLVM we support gives code that works, and survives its own aborts. */
static void oldest_llvm_works(void **state)
{
    (void)state;
    static const char *const names[] = {"/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1",
                                        "/usr/lib/llvm-19/lib/libLLVM.so.19.1",
                                        "/usr/lib64/libLLVM.so.19.1"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (access(names[i], R_OK) == 0) found = names[i];
    if (!found) {
        print_message("no LLVM 19 here\n");
        skip();
    }
    setenv("HONE_LLVM", found, 1);
    struct hone_compile_worker *worker = start_real();
    struct hone_binary binary;
    struct hone_error err = {0};
    compile_good(worker);
    assert_int_equal(compile(worker, abort_source, &binary, &err), HONE_ERR_CRASHED);
    assert_non_null(strstr(err.text, "SIGABRT"));
    compile_good(worker);
    hone_compile_worker_stop(worker);
    unsetenv("HONE_LLVM");
}

static void take_no_notice(int number)
{
    (void)number;
}

/* Timer signals all the time: every wait is interrupted and goes on. */
static void signals_do_not_disturb(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = take_no_notice}, before;
    sigaction(SIGALRM, &action, &before);
    ualarm(1000, 1000);
    struct hone_compile_worker *worker = start_real();
    for (int i = 0; i < 5; i++) compile_good(worker);
    hone_compile_worker_stop(worker);
    struct hone_error err;
    assert_int_equal(compile_by("exec sleep 60", 0.3, 0, &err), HONE_ERR_TIMEOUT);
    ualarm(0, 0);
    sigaction(SIGALRM, &before, NULL);
    assert_no_children();
}

int main(void)
{
    char version[64];
    struct hone_error err;
    if (hone_compiler_version("llvm", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_in_process),
        cmocka_unit_test(errors_of_the_text_keep_the_worker),
        cmocka_unit_test(back_end_abort_costs_one_job),
        cmocka_unit_test(large_text_passes_the_pipes),
        cmocka_unit_test(hangs_end_at_the_deadline),
        cmocka_unit_test(the_whole_group_is_killed),
        cmocka_unit_test(deaths_are_told),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(fifty_deaths_leave_nothing),
        cmocka_unit_test(strangers_hold_no_descriptor_of_ours),
        cmocka_unit_test(idle_death_costs_nothing),
        cmocka_unit_test(start_refuses_nonsense),
        cmocka_unit_test(works_without_standard_streams),
        cmocka_unit_test(library_is_chosen_by_name),
        cmocka_unit_test(oldest_llvm_works),
        cmocka_unit_test(signals_do_not_disturb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
