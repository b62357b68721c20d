/* SPDX-License-Identifier: MIT */
/* The worker's side: one job after the other from stdin, results to stdout. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/frame.h"
#include "codegen/compile/message.h"

enum { EXIT_OK = 0, EXIT_PROTOCOL = 1 };

/* The parent kills a job at its deadline; a worker that lost its parent ends itself later. It
 * counts processor time: one that was stopped meanwhile is not late. */
static void set_alarm(double seconds)
{
    struct itimerval timer = {.it_value.tv_sec = (time_t)ceil(seconds)};
    setitimer(ITIMER_PROF, &timer, NULL);
}

static enum hone_status answer(int out, enum hone_status status, const struct hone_error *said,
                               const struct hone_binary *binary, struct hone_error *err)
{
    struct message message;
    HONE_TRY(message_from_result(status, said->text, binary, &message, err));
    status =
        hone_frame_write(out, MESSAGE_RESULT, message.data, message.n_bytes, INFINITY, NULL, err);
    free(message.data);
    return status;
}

static enum hone_status serve_version(int out, const struct hone_frame *frame,
                                      struct hone_error *err)
{
    char version[128] = "";
    struct hone_error said = {0};
    const char *name = (const char *)frame->data;
    enum hone_status status =
        frame->n_bytes > 0 && name[frame->n_bytes - 1] == '\0'
            ? hone_compiler_version(name, version, sizeof version, &said)
            : hone_fail(&said, HONE_ERR_FORMAT, "a compiler's name without its end");
    if (status != HONE_OK) return answer(out, status, &said, NULL, err);
    return hone_frame_write(out, MESSAGE_VERSION, version, strlen(version) + 1, INFINITY, NULL,
                            err);
}

static enum hone_status serve_job(int out, const struct hone_frame *frame, struct hone_error *err)
{
    struct hone_compile_job job;
    struct hone_binary binary = {0};
    struct hone_error said = {0};
    double deadline_seconds;
    enum hone_status status =
        frame->kind == MESSAGE_JOB
            ? message_to_job(frame->data, frame->n_bytes, &job, &deadline_seconds, &said)
            : hone_fail(&said, HONE_ERR_FORMAT, "frame of kind %u, expected a job", frame->kind);
    if (status == HONE_OK) {
        set_alarm(deadline_seconds + 5);
        status = hone_compile_here(&job, &binary, &said);
        set_alarm(0);
    }
    status = answer(out, status, &said, &binary, err);
    hone_binary_release(&binary);
    return status;
}

/* Stdin and stdout are moved away: nothing that a compiler prints may reach the protocol. */
int hone_compile_worker_main(void)
{
    int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in < 0 || out < 0 || nothing < 0) return EXIT_PROTOCOL;
    dup2(nothing, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    close(nothing);
    for (;;) {
        struct hone_frame frame;
        enum hone_status status =
            hone_frame_read(in, MESSAGE_LIMIT_BYTES, INFINITY, NULL, &frame, NULL);
        if (status == HONE_ERR_CRASHED) return EXIT_OK; /* end of file: the parent is done */
        if (status != HONE_OK) return EXIT_PROTOCOL;
        status = frame.kind == MESSAGE_VERSION ? serve_version(out, &frame, NULL)
                                               : serve_job(out, &frame, NULL);
        hone_frame_release(&frame);
        if (status != HONE_OK) return EXIT_PROTOCOL;
    }
}
