/* SPDX-License-Identifier: MIT */
/* A real tune of the example model is killed with -9 at random moments and resumed. A trial that it
 * said was done is in the store exactly once, at most one more was done and not said, nobody is
 * left behind, and the last run ends with winners. HONE_KILLS sets how often (20). */
#include <errno.h>
#include <fcntl.h>
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/store.h"
#include "codegen/compile/compile.h"
#include "codegen/compile/frame.h"

enum { OUTPUT_BYTES = 1 << 20, MAX_SAID = 4096 };

static char folder[64], store_path[128], hone[512], model[512];
static char said[MAX_SAID][640]; /* "problem | space config" of every trial that was reported */
static size_t n_said;

/* Starts hone tune with its stdout in a pipe; the group is its own. */
static pid_t start_tune(const char *budget, int *out_fd)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl(hone, hone, "tune", model, "-o", store_path, "--budget", budget, "--threads", "1",
              "--cold", "1", "-v", (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    *out_fd = fds[0];
    return pid;
}

/* Reads until end of file or, when `seconds` is positive, until then. Returns the bytes read. */
static size_t read_output(int fd, double seconds, char *out_text)
{
    double deadline = hone_clock_seconds() + seconds;
    size_t n = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        ssize_t got = read(fd, out_text + n, OUTPUT_BYTES - 1 - n);
        if (got == 0) break;
        if (got > 0) n += (size_t)got;
        if (seconds > 0 && hone_clock_seconds() > deadline) break;
        if (got < 0) usleep(2000);
    }
    out_text[n] = '\0';
    return n;
}

/* Adds the complete "trial ..." lines; a line cut by the kill may or may not be in the store. */
static size_t collect(char *text)
{
    size_t before = n_said;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (strncmp(line, "trial ", 6) != 0) continue;
        char *last = strstr(line, " | ");
        last = last ? strstr(last + 3, " | ") : NULL;
        assert_non_null(last);
        *last = '\0';
        assert_true(n_said < MAX_SAID);
        snprintf(said[n_said++], sizeof said[0], "%s", line + 6);
    }
    return n_said - before;
}

/* All that was said is there once; returns the number of search trials in the store. */
static size_t check_store(void)
{
    struct hone_store *store;
    struct hone_error err = {0};
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    size_t n, n_search = 0;
    if (hone_store_open(store_path, &reader, &store, &err) != HONE_OK) fail_msg("%s", err.text);
    if (hone_store_trials_read(store, NULL, &arena, &trials, &n, &err) != HONE_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++) n_search += trials[i].round == 0;
    for (size_t s = 0; s < n_said; s++) {
        int found = 0;
        for (size_t i = 0; i < n; i++) {
            char key[640];
            const struct hone_store_variant *v = &trials[i].variant;
            if (trials[i].round != 0) continue;
            snprintf(key, sizeof key, "%s | %s %s", v->problem, v->space, v->config);
            found += strcmp(key, said[s]) == 0;
        }
        if (found != 1) fail_msg("reported trial is there %d times: %s", found, said[s]);
    }
    hone_arena_release(&arena);
    hone_store_close(store);
    return n_search;
}

/* Workers whose parent was killed come to us; they must end by themselves. */
static void wait_for_orphans(void)
{
    double deadline = hone_clock_seconds() + 20;
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD) return;
        if (pid == 0) usleep(5000);
        if (hone_clock_seconds() > deadline) fail_msg("a worker outlived its parent by 20 s");
    }
}

static double between(double low, double high)
{
    return low + (high - low) * rand() / RAND_MAX;
}

static void kill_at_random_moments(char *text, int n_kills)
{
    size_t n_before = 0;
    for (int i = 0; i < n_kills; i++) {
        int fd;
        /* Every third run has no budget left and is in its finals; some die before they begin. */
        pid_t pid = start_tune(i % 3 == 2 ? "1s" : "1h", &fd);
        read_output(fd, between(0.05, i % 4 ? 1.2 : 0.3), text);
        kill(i % 5 == 4 ? -pid : pid, SIGKILL);
        size_t n = strlen(text);
        read_output(fd, 0, text + n); /* what it wrote before it died */
        close(fd);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        wait_for_orphans();
        size_t n_new = collect(text);
        if (access(store_path, F_OK) != 0) continue;
        size_t n_now = check_store();
        assert_in_range(n_now - n_before, n_new, n_new + 1);
        n_before = n_now;
    }
    printf("%d kills, %zu trials\n", n_kills, n_before);
    assert_true(n_before > 0);
}

static size_t count_winners(void)
{
    struct hone_store *store;
    struct hone_arena arena = {0};
    struct hone_store_winner *winners;
    size_t n;
    assert_int_equal(hone_store_open(store_path, NULL, &store, NULL), HONE_OK);
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    hone_arena_release(&arena);
    hone_store_close(store);
    return n;
}

static void run_to_the_end(char *text, const char *budget)
{
    int fd, status;
    pid_t pid = start_tune(budget, &fd);
    read_output(fd, 0, text);
    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    collect(text);
}

static void nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    static char text[OUTPUT_BYTES + OUTPUT_BYTES];
    const char *kills = getenv("HONE_KILLS"), *seed = getenv("HONE_SEED");
    unsigned start = seed ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", start);
    srand(start);
    kill_at_random_moments(text, kills ? atoi(kills) : 20);
    run_to_the_end(text, "8s");
    size_t n_trials = check_store();
    assert_true(count_winners() > 0);

    /* The budget is spent: the same command has nothing left to do. */
    size_t before = n_said;
    run_to_the_end(text, "8s");
    assert_int_equal(n_said, before);
    assert_int_equal(check_store(), n_trials);
}

static int setup(void **state)
{
    (void)state;
    const char *bin = getenv("HONE_BIN"), *source = getenv("HONE_SOURCE");
    strcpy(folder, "/tmp/hone-kill-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(store_path, sizeof store_path, "%s/a.store", folder);
    snprintf(hone, sizeof hone, "%s/hone", bin ? bin : "bin");
    snprintf(model, sizeof model, "%s/examples/models/shakespeare.gguf", source ? source : ".");
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int teardown(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s", store_path, suffixes[i]);
        unlink(name);
    }
    return rmdir(folder);
}

int main(void)
{
    char version[128];
    struct hone_error err = {0};
    if (hone_compiler_version("llvm", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_or_doubled, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
