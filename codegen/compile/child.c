/* SPDX-License-Identifier: MIT */
/* Starts and ends worker processes. */
#include "codegen/compile/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codegen/compile/frame.h"

extern char **environ;

enum { STREAMS = 3 };

/* Both ends of the child's stdin, stdout and stderr: [stream][0] is read, [stream][1] is written.
 */
struct pipes {
    int fd[STREAMS][2];
};

static int child_end(int stream)
{
    return stream == STDIN_FILENO ? 0 : 1;
}

static void close_all(struct pipes *pipes)
{
    for (int s = 0; s < STREAMS; s++)
        for (int e = 0; e < 2; e++)
            if (pipes->fd[s][e] >= 0) close(pipes->fd[s][e]);
}

/* Away from 0, 1 and 2, which the child's set-up overwrites. */
static bool lift(int *fd)
{
    if (*fd > STDERR_FILENO) return true;
    int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(*fd);
    *fd = lifted;
    return lifted >= 0;
}

static enum hone_status open_pipes(struct pipes *pipes, struct hone_error *err)
{
    memset(pipes->fd, -1, sizeof pipes->fd);
    for (int s = 0; s < STREAMS; s++) {
        int *ours = &pipes->fd[s][1 - child_end(s)];
        if (pipe2(pipes->fd[s], O_CLOEXEC) != 0 || !lift(&pipes->fd[s][0]) ||
            !lift(&pipes->fd[s][1]) || fcntl(*ours, F_SETFL, O_NONBLOCK) != 0) {
            close_all(pipes);
            return hone_fail(err, HONE_ERR_IO, "worker: pipe: %s", strerror(errno));
        }
    }
    return HONE_OK;
}

static int prepare_files(posix_spawn_file_actions_t *files, const struct pipes *pipes)
{
    int failed = 0;
    for (int s = 0; s < STREAMS; s++)
        failed |= posix_spawn_file_actions_adddup2(files, pipes->fd[s][child_end(s)], s);
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 34)
    failed |= posix_spawn_file_actions_addclosefrom_np(files, STREAMS);
#endif
    return failed;
}

/* Its own group, so that it can be killed with all it started; signals as at login, but those that
 * a scheduler sends to all processes of a job when it wants it to end: they are ours to answer, and
 * a worker that died of them would look as if its last job had killed it. It ends when we do. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, held;
    sigfillset(&all);
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGHUP);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSIGMASK) |
           posix_spawnattr_setpgroup(attributes, 0) |
           posix_spawnattr_setsigdefault(attributes, &all) |
           posix_spawnattr_setsigmask(attributes, &held);
}

static int spawn(const char *const *command, const struct pipes *pipes, pid_t *out_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int reason = posix_spawn_file_actions_init(&files);
    if (reason != 0) return reason;
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
        reason = prepare_files(&files, pipes);
        if (reason == 0) reason = prepare_attributes(&attributes);
        if (reason == 0)
            reason =
                posix_spawnp(out_pid, command[0], &files, &attributes, (char **)command, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return reason;
}

/* Set from outside: what the child maps before these lines is only its own program. */
static void limit(pid_t pid, uint64_t memory_bytes)
{
    struct rlimit no_core = {0, 0};
    prlimit(pid, RLIMIT_CORE, &no_core, NULL);
    struct rlimit space = {memory_bytes, memory_bytes};
    if (memory_bytes > 0) prlimit(pid, RLIMIT_AS, &space, NULL);
}

enum hone_status hone_child_start(const char *const *command, uint64_t memory_bytes,
                                  struct hone_child *out_child, struct hone_error *err)
{
    *out_child = (struct hone_child){.to = -1, .from = -1, .log.fd = -1};
    if (!command || !command[0]) return hone_fail(err, HONE_ERR_ARGUMENT, "worker: no command");
    struct pipes pipes;
    HONE_TRY(open_pipes(&pipes, err));
    int reason = spawn(command, &pipes, &out_child->pid);
    if (reason != 0) {
        close_all(&pipes);
        out_child->pid = 0;
        return hone_fail(err, reason == ENOENT ? HONE_ERR_NOT_FOUND : HONE_ERR_IO,
                         "worker: cannot start %s: %s", command[0], strerror(reason));
    }
    for (int s = 0; s < STREAMS; s++) close(pipes.fd[s][child_end(s)]);
    out_child->to = pipes.fd[STDIN_FILENO][1];
    out_child->from = pipes.fd[STDOUT_FILENO][0];
    out_child->log.fd = pipes.fd[STDERR_FILENO][0];
    limit(out_child->pid, memory_bytes);
    return HONE_OK;
}

/* WNOWAIT leaves the child to be reaped, so its pid and group cannot be given to others yet. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    int rc = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return rc != 0 || info.si_pid == pid;
}

bool hone_child_running(const struct hone_child *child)
{
    return child->pid > 0 && !has_ended(child->pid);
}

enum hone_status hone_child_await(struct hone_child *child, double seconds, struct hone_error *err)
{
    enum { SLICE_MILLISECONDS = 100 };
    double left = seconds;
    while (left > 0) {
        double before = hone_clock_seconds();
        struct pollfd polled[2] = {{.fd = child->from, .events = POLLIN},
                                   {.fd = child->log.fd, .events = POLLIN}};
        int wait = left < 1e-3 * SLICE_MILLISECONDS ? (int)(1e3 * left) + 1 : SLICE_MILLISECONDS;
        int n_ready = poll(polled, 2, wait);
        if (n_ready > 0 && polled[1].revents) hone_tail_read(&child->log);
        if (n_ready > 0 && polled[0].revents) return HONE_OK;
        if (n_ready == 0 && !hone_child_running(child))
            return hone_fail(err, HONE_ERR_CRASHED, "ended without an answer");
        double awake = hone_clock_seconds() - before;
        left -= awake < 2e-3 * wait ? awake : 2e-3 * wait;
    }
    return hone_fail(err, HONE_ERR_TIMEOUT, "no answer");
}

static void wait_until(struct hone_child *child, double deadline)
{
    long nanoseconds = 50000;
    while (!has_ended(child->pid) && hone_clock_seconds() < deadline) {
        hone_tail_read(&child->log);
        nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
        if (nanoseconds < 5000000) nanoseconds *= 2;
    }
}

static const struct {
    int number;
    const char *name;
} signal_names[] = {
    {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"}, {SIGPIPE, "SIGPIPE"},
    {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGXCPU, "SIGXCPU"},
};

static void describe(const struct hone_child *child, int wait_status, char *out_end,
                     size_t capacity)
{
    char how[64], line[256];
    if (WIFSIGNALED(wait_status)) {
        snprintf(how, sizeof how, "signal %d", WTERMSIG(wait_status));
        for (size_t i = 0; i < sizeof signal_names / sizeof *signal_names; i++)
            if (signal_names[i].number == WTERMSIG(wait_status))
                snprintf(how, sizeof how, "%s", signal_names[i].name);
    } else {
        snprintf(how, sizeof how, "exit code %d", WEXITSTATUS(wait_status));
    }
    hone_tail_line(&child->log, line, sizeof line);
    snprintf(out_end, capacity, "%s%s%s", how, line[0] ? ": " : "", line);
}

void hone_child_stop(struct hone_child *child, double grace_seconds, char *out_end, size_t capacity)
{
    if (out_end && capacity > 0) out_end[0] = '\0';
    if (child->pid <= 0) return;
    close(child->to);
    wait_until(child, hone_clock_seconds() + grace_seconds);
    kill(-child->pid, SIGKILL);
    int wait_status = 0;
    while (waitpid(child->pid, &wait_status, 0) < 0 && errno == EINTR) continue;
    close(child->from);
    hone_tail_read(&child->log);
    if (out_end && capacity > 0) describe(child, wait_status, out_end, capacity);
    hone_tail_close(&child->log);
    *child = (struct hone_child){.to = -1, .from = -1, .log.fd = -1};
}
