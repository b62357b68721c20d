/* SPDX-License-Identifier: MIT */
/* The caller's side of a compile worker: starts it when a job comes, and again after it died. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/child.h"
#include "codegen/compile/compile.h"
#include "codegen/compile/frame.h"
#include "codegen/compile/message.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const double default_deadline_seconds = 20;
static const uint64_t default_memory_bytes = UINT64_C(4) << 30;
static const double exit_grace_seconds = 1, late_seconds = 2;

struct hone_compile_worker {
    char **command;
    double deadline_seconds;
    uint64_t memory_bytes;
    struct hone_child child;
};

static char **copy_command(const char *const *command)
{
    size_t n = 0;
    while (command[n]) n++;
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = strdup(command[i]);
        if (copy[i]) continue;
        while (i > 0) free(copy[--i]);
        free(copy);
        return NULL;
    }
    return copy;
}

enum hone_status hone_compile_worker_start(const struct hone_compile_worker_options *options,
                                           struct hone_compile_worker **out_worker,
                                           struct hone_error *err)
{
    *out_worker = NULL;
    if (options->struct_size != sizeof *options || !options->command || !options->command[0] ||
        !(options->deadline_seconds >= 0 && options->deadline_seconds <= 86400))
        return hone_fail(err, HONE_ERR_ARGUMENT, "compile worker: bad options");
    struct hone_compile_worker *worker = calloc(1, sizeof *worker);
    char **command = worker ? copy_command(options->command) : NULL;
    if (!command) {
        free(worker);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "compile worker: no memory");
    }
    worker->command = command;
    worker->deadline_seconds =
        options->deadline_seconds > 0 ? options->deadline_seconds : default_deadline_seconds;
    worker->memory_bytes = options->memory_bytes ? options->memory_bytes : default_memory_bytes;
    if (SANITIZED) worker->memory_bytes = 0;
    *out_worker = worker;
    return HONE_OK;
}

/* A worker that died while it was idle costs nothing: it is replaced before the job is sent. */
static enum hone_status ensure_running(struct hone_compile_worker *worker, struct hone_error *err)
{
    if (hone_child_running(&worker->child)) return HONE_OK;
    hone_child_stop(&worker->child, 0, NULL, 0);
    return hone_child_start((const char *const *)worker->command, worker->memory_bytes,
                            &worker->child, err);
}

static enum hone_status exchange(struct hone_compile_worker *worker, enum message_kind kind,
                                 const void *data, size_t n_bytes, struct hone_frame *out_answer,
                                 struct hone_error *err)
{
    struct hone_child *child = &worker->child;
    double deadline = hone_clock_seconds() + worker->deadline_seconds;
    HONE_TRY(hone_frame_write(child->to, kind, data, n_bytes, deadline, &child->log, err));
    HONE_TRY(hone_child_await(child, worker->deadline_seconds, err));
    deadline = hone_clock_seconds() + worker->deadline_seconds;
    return hone_frame_read(child->from, MESSAGE_LIMIT_BYTES, deadline, &child->log, out_answer,
                           err);
}

/* Whatever went wrong between the two processes, this worker is not used again. */
static enum hone_status give_up(struct hone_compile_worker *worker, enum hone_status status,
                                const char *entry, struct hone_error *err)
{
    char end[HONE_ERROR_TEXT_BYTES / 2];
    bool closed = status == HONE_ERR_CRASHED;
    hone_child_stop(&worker->child, closed ? exit_grace_seconds : 0, end, sizeof end);
    if (status == HONE_ERR_TIMEOUT)
        return hone_fail(err, HONE_ERR_TIMEOUT, "%s: compiler stopped after %g s", entry,
                         worker->deadline_seconds);
    const char *more = strstr(end, "bad_alloc") ? ": out of memory" : "";
    if (closed)
        return hone_fail(err, HONE_ERR_CRASHED, "%s: compiler ended by %s%s", entry, end, more);
    return hone_fail_in(err, HONE_ERR_CRASHED, "%s: compile worker lost", entry);
}

static enum hone_status try_job(struct hone_compile_worker *worker, const struct message *message,
                                const char *entry, struct hone_binary *out_binary,
                                struct hone_error *err)
{
    struct hone_frame answer;
    HONE_TRY(ensure_running(worker, err));
    enum hone_status status =
        exchange(worker, MESSAGE_JOB, message->data, message->n_bytes, &answer, err);
    if (status != HONE_OK) return give_up(worker, status, entry, err);
    enum hone_status said = HONE_OK;
    if (answer.kind == MESSAGE_RESULT)
        status = message_to_result(answer.data, answer.n_bytes, &said, out_binary, err);
    else
        status = hone_fail(err, HONE_ERR_FORMAT, "answer of kind %u", answer.kind);
    hone_frame_release(&answer);
    return status == HONE_OK ? said : give_up(worker, status, entry, err);
}

/* A deadline is seen within milliseconds. Where it was seen much later the whole machine stood
 * still (a laptop asleep, a virtual machine paused), and the job is not to blame. */
static bool stood_still(const struct hone_compile_worker *worker, double start)
{
    return hone_clock_seconds() - start > 1.2 * worker->deadline_seconds + late_seconds;
}

enum hone_status hone_compile(struct hone_compile_worker *worker,
                              const struct hone_compile_job *job, struct hone_binary *out_binary,
                              struct hone_error *err)
{
    struct hone_error own;
    struct message message;
    if (!err) err = &own;
    *out_binary = (struct hone_binary){0};
    HONE_TRY(message_from_job(job, worker->deadline_seconds, &message, err));
    double start = hone_clock_seconds();
    enum hone_status status = try_job(worker, &message, job->entry, out_binary, err);
    if ((status == HONE_ERR_TIMEOUT || status == HONE_ERR_CRASHED) && stood_still(worker, start))
        status = try_job(worker, &message, job->entry, out_binary, err);
    free(message.data);
    return status;
}

static enum hone_status take_version(const struct hone_frame *answer, char *out_text,
                                     size_t capacity, struct hone_error *err)
{
    enum hone_status said;
    struct hone_binary none;
    if (answer->kind == MESSAGE_VERSION && answer->n_bytes > 0 && answer->n_bytes <= capacity &&
        answer->data[answer->n_bytes - 1] == '\0') {
        memcpy(out_text, answer->data, answer->n_bytes);
        return HONE_OK;
    }
    if (answer->kind == MESSAGE_RESULT) {
        HONE_TRY(message_to_result(answer->data, answer->n_bytes, &said, &none, err));
        if (said != HONE_OK) return said;
        hone_binary_release(&none);
    }
    return hone_fail(err, HONE_ERR_FORMAT, "compile worker: no version in its answer");
}

enum hone_status hone_compile_worker_version(struct hone_compile_worker *worker,
                                             const char *compiler, char *out_text, size_t capacity,
                                             struct hone_error *err)
{
    struct hone_error own;
    struct hone_frame answer;
    if (!err) err = &own;
    HONE_TRY(ensure_running(worker, err));
    enum hone_status status =
        exchange(worker, MESSAGE_VERSION, compiler, strlen(compiler) + 1, &answer, err);
    if (status != HONE_OK) return give_up(worker, status, compiler, err);
    status = take_version(&answer, out_text, capacity, err);
    hone_frame_release(&answer);
    return status;
}

void hone_compile_worker_stop(struct hone_compile_worker *worker)
{
    if (!worker) return;
    hone_child_stop(&worker->child, exit_grace_seconds, NULL, 0);
    for (char **word = worker->command; *word; word++) free(*word);
    free(worker->command);
    free(worker);
}
