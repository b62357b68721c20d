/* SPDX-License-Identifier: MIT */
/* A temporary folder beside a file, which goes away in every case: at its close, and when SIGINT,
 * SIGTERM, SIGHUP or SIGQUIT end the process. */
#ifndef HONE_TUNER_BESIDE_H
#define HONE_TUNER_BESIDE_H

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#include "runtime/base/status.h"

struct beside {
    char folder[PATH_MAX];
    pthread_mutex_t starting; /* held while a child starts: a signal in between must see it */
    pid_t child;              /* the leader of a group that a signal ends as well; 0: none */
    sigset_t watched, before;
    pthread_t watcher;
};

/* Named after `path`; on its file system, so that a file can be renamed out of it. The struct stays
 * where it is until the close. */
enum hone_status beside_open(const char *path, struct beside *out_beside, struct hone_error *err);
void beside_close(struct beside *beside);

/* Around the start of a child: signals wait. */
void beside_starting(struct beside *beside);
void beside_started(struct beside *beside, pid_t child);
void beside_ended(struct beside *beside);

#endif
