/* SPDX-License-Identifier: MIT */
/* The watchdog's thread. */
#include "tuner/runner/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double LONGEST_SECONDS = 86400, TICK_SECONDS = 0.1, LEAST_TICK_SECONDS = 0.002;

/* The one piece of state that a process has of it: there is one watchdog, as there is one runner.
 */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    double seconds; /* 0: not armed */
    uint64_t round; /* counts arms */
} dog = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct timespec to_timespec(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    return time;
}

static void bite(void)
{
    static const char text[] = "a kernel did not come back in time\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(WATCHDOG_EXIT_CODE);
    _exit(WATCHDOG_EXIT_CODE);
}

/* Waits for one tick or a new arm; returns the time it was awake, at most two ticks. */
static double wait_tick(double tick)
{
    double before = now_seconds();
    struct timespec until = to_timespec(before + tick);
    pthread_cond_timedwait(&dog.changed, &dog.mutex, &until);
    double awake = now_seconds() - before;
    return awake < 2 * tick ? awake : 2 * tick;
}

static void *watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&dog.mutex);
    for (;;) {
        while (dog.seconds <= 0) pthread_cond_wait(&dog.changed, &dog.mutex);
        uint64_t round = dog.round;
        double left = dog.seconds;
        while (dog.round == round && left > 0) {
            double tick = left < TICK_SECONDS ? left : TICK_SECONDS;
            left -= wait_tick(tick < LEAST_TICK_SECONDS ? LEAST_TICK_SECONDS : tick);
        }
        if (dog.round == round) bite();
    }
    return NULL;
}

enum hone_status watchdog_start(struct hone_error *err)
{
    pthread_condattr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int failed = pthread_cond_init(&dog.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!failed) failed = pthread_create(&thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) failed = pthread_detach(thread);
    if (!failed) return HONE_OK;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no watchdog: %s", strerror(failed));
}

void watchdog_arm(double seconds)
{
    if (!(seconds >= 0) || seconds > LONGEST_SECONDS) seconds = LONGEST_SECONDS;
    pthread_mutex_lock(&dog.mutex);
    bool wake = seconds > 0 || dog.seconds > 0;
    dog.seconds = seconds;
    dog.round++;
    pthread_mutex_unlock(&dog.mutex);
    if (wake) pthread_cond_signal(&dog.changed);
}
