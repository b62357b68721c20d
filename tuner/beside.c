/* SPDX-License-Identifier: MIT */
/* Signals are blocked and waited for by a thread of its own, where all of libc may be called. */
#include "tuner/beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100, ROUND_NS = 10000000 };

static void empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

/* Again where another thread has just made a file; it can make none once the folder is gone. */
static void remove_folder(const char *path)
{
    for (int i = 0; i < ROUNDS; i++) {
        empty_folder(path);
        if (rmdir(path) == 0 || errno != ENOTEMPTY) return;
        nanosleep(&(struct timespec){.tv_nsec = ROUND_NS}, NULL);
    }
}

/* As if the signal had not been waited for. */
static void end_by(int number)
{
    sigset_t set;
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
}

static void *watch(void *context)
{
    struct beside *b = context;
    int number, state;
    if (sigwait(&b->watched, &number) != 0) return NULL;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_mutex_lock(&b->starting); /* kept: no child starts any more */
    if (b->child > 0) kill(-b->child, SIGKILL);
    remove_folder(b->folder);
    end_by(number);
    return NULL;
}

/* What is ignored (as nohup does) stays ignored. */
static void choose_signals(sigset_t *out_set)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigemptyset(out_set);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction action;
        if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(out_set, ending[i]);
    }
}

enum hone_status beside_open(const char *path, struct beside *out_beside, struct hone_error *err)
{
    struct beside *b = out_beside;
    *b = (struct beside){0};
    int n = snprintf(b->folder, sizeof b->folder, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof b->folder)
        return hone_fail(err, HONE_ERR_IO, "%s: path too long", path);
    pthread_mutex_init(&b->starting, NULL);
    choose_signals(&b->watched);
    pthread_sigmask(SIG_BLOCK, &b->watched, &b->before);
    int reason = mkdtemp(b->folder) ? 0 : errno;
    if (reason == 0) {
        reason = pthread_create(&b->watcher, NULL, watch, b);
        if (reason == 0) return HONE_OK;
        rmdir(b->folder);
    }
    pthread_sigmask(SIG_SETMASK, &b->before, NULL);
    return hone_fail(err, HONE_ERR_IO, "%s: cannot make a folder beside it: %s", path,
                     strerror(reason));
}

void beside_starting(struct beside *b)
{
    pthread_mutex_lock(&b->starting);
}

void beside_started(struct beside *b, pid_t child)
{
    b->child = child;
    pthread_mutex_unlock(&b->starting);
}

void beside_ended(struct beside *b)
{
    beside_starting(b);
    beside_started(b, 0);
}

void beside_close(struct beside *b)
{
    pthread_cancel(b->watcher);
    pthread_join(b->watcher, NULL);
    remove_folder(b->folder);
    pthread_sigmask(SIG_SETMASK, &b->before, NULL);
}
