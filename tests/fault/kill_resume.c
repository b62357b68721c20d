/* SPDX-License-Identifier: MIT */
/* A tune is killed with -9 at random moments and resumed. A trial that it said was done is in the
 * store exactly once, at most one more was done and not said, nobody is left behind, and the last
 * run ends with winners. Once a real tune of the example model, HONE_KILLS times (8); once over a
 * runner with a clock of its own, HONE_FAKE_KILLS times (40), where it must end with the very
 * winners of a tune that nobody disturbed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
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
static char fake_model[128], fake_runner[512], make_model[512];
static bool fake;
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
        if (fake)
            execl(hone, hone, "tune", fake_model, "-o", store_path, "--budget", "1h",
                  "--max-tokens", "1", "--max-trials", "3", "--strategy", "climb", "--alone",
                  "--runner", fake_runner, "-v", (char *)NULL);
        execl(hone, hone, "tune", model, "-o", store_path, "--budget", budget, "--threads", "1",
              "--cold", "1MiB", "-v", (char *)NULL);
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
    enum hone_status status = hone_store_open(store_path, &reader, &store, &err);
    if (status == HONE_ERR_NOT_FOUND && n_said == 0) return 0; /* killed while it made the file */
    if (status != HONE_OK) fail_msg("%s", err.text);
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
    for (int i = 0; i < n_kills || (n_before == 0 && i < 50); i++) {
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
    kill_at_random_moments(text, kills ? atoi(kills) : 8);
    run_to_the_end(text, "8s");
    size_t n_trials = check_store();
    assert_true(count_winners() > 0);

    /* The budget is spent: the same command has nothing left to do. */
    size_t before = n_said;
    run_to_the_end(text, "8s");
    assert_int_equal(n_said, before);
    assert_int_equal(check_store(), n_trials);
}

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s", store_path, suffixes[i]);
        unlink(name);
    }
    n_said = 0;
}

/* What was chosen for every problem and tuple, and how fast it was. */
static void print_winners(char *out_text, size_t capacity)
{
    struct hone_store *store;
    struct hone_arena arena = {0};
    struct hone_store_winner *winners;
    size_t n, at = 0;
    assert_int_equal(hone_store_open(store_path, NULL, &store, NULL), HONE_OK);
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    for (size_t i = 0; i < n && at < capacity; i++)
        at += (size_t)snprintf(out_text + at, capacity - at, "%s | %s %s | %s | %.17g %.17g\n",
                               winners[i].variant.problem, winners[i].variant.space,
                               winners[i].variant.config, winners[i].variant.formats,
                               winners[i].median_ns, winners[i].ratio);
    assert_true(at < capacity && n > 0);
    hone_arena_release(&arena);
    hone_store_close(store);
}

/* Until it ends by itself; *n_kills goes down. */
static size_t tune_with_kills(char *text, int *n_kills)
{
    size_t n_before = 0;
    for (;;) {
        int fd, status;
        pid_t pid = start_tune("1h", &fd);
        read_output(fd, *n_kills > 0 ? between(0.02, 0.5) : 0, text);
        bool kills = *n_kills > 0 && waitpid(pid, &status, WNOHANG) == 0;
        if (kills) {
            --*n_kills;
            kill(*n_kills % 5 == 4 ? -pid : pid, SIGKILL);
        }
        size_t n = strlen(text);
        read_output(fd, 0, text + n);
        close(fd);
        bool dead = waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
        wait_for_orphans();
        size_t n_new = collect(text);
        if (access(store_path, F_OK) != 0) continue;
        size_t n_now = check_store();
        assert_in_range(n_now - n_before, n_new, n_new + 1);
        n_before = n_now;
        if (!dead) return n_now;
    }
}

static void the_choice_is_that_of_an_undisturbed_tune(void **state)
{
    (void)state;
    static char text[OUTPUT_BYTES + OUTPUT_BYTES], wanted[1 << 17], got[1 << 17];
    const char *kills = getenv("HONE_FAKE_KILLS");
    int n_kills = 0, left = kills ? atoi(kills) : 40, total = left, n_tunes = 0;
    fake = true;
    remove_store();
    size_t n_trials = tune_with_kills(text, &n_kills);
    print_winners(wanted, sizeof wanted);
    for (; left > 0; n_tunes++) {
        remove_store();
        assert_int_equal(tune_with_kills(text, &left), n_trials);
        print_winners(got, sizeof got);
        size_t same = 0; /* whole lines */
        for (size_t i = 0; got[i] && got[i] == wanted[i]; i++) same = got[i] == '\n' ? i + 1 : same;
        if (strcmp(got, wanted) != 0)
            fail_msg("chosen:\n%.600s\nundisturbed:\n%.600s", got + same, wanted + same);
    }
    printf("%d kills of %d tunes of %zu trials each\n", total, n_tunes, n_trials);
    fake = false;
}

static int setup(void **state)
{
    (void)state;
    const char *bin = getenv("HONE_BIN"), *source = getenv("HONE_SOURCE");
    strcpy(folder, "/tmp/hone-kill-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(store_path, sizeof store_path, "%s/a.store", folder);
    snprintf(hone, sizeof hone, "%s/hone", bin ? bin : "bin");
    snprintf(fake_runner, sizeof fake_runner, "%s/fake_runner", bin ? bin : "bin");
    snprintf(make_model, sizeof make_model, "%s/make_model", bin ? bin : "bin");
    snprintf(fake_model, sizeof fake_model, "%s/m.gguf", folder);
    pid_t pid = fork();
    if (pid == 0) {
        execl(make_model, make_model, "primevocab", "--type", "f32", fake_model, (char *)NULL);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0) return -1;
    snprintf(model, sizeof model, "%s/examples/models/shakespeare.gguf", source ? source : ".");
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int teardown(void **state)
{
    (void)state;
    remove_store();
    unlink(fake_model);
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
        cmocka_unit_test(nothing_is_lost_or_doubled),
        cmocka_unit_test(the_choice_is_that_of_an_undisturbed_tune),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
