/* SPDX-License-Identifier: MIT */
/* Compile jobs and their results as bytes. Both sides check all they read. */
#ifndef HONE_COMPILE_MESSAGE_H
#define HONE_COMPILE_MESSAGE_H

#include "codegen/compile/compile.h"

enum { MESSAGE_PROTOCOL = 2 };
/* MESSAGE_VERSION carries a compiler's name, and back its version, both with their terminators. */
enum message_kind { MESSAGE_JOB = 1, MESSAGE_RESULT = 2, MESSAGE_VERSION = 3 };
enum { MESSAGE_LIMIT_BYTES = 128 << 20 };

struct message {
    uint8_t *data; /* freed by the caller */
    size_t n_bytes;
};

/* NO_MEMORY, ARGUMENT for a job with a text missing. */
enum hone_status message_from_job(const struct hone_compile_job *job, double deadline_seconds,
                                  struct message *out_message, struct hone_error *err);

/* Texts of the job point into `data`. FORMAT, VERSION. */
enum hone_status message_to_job(const uint8_t *data, size_t n_bytes,
                                struct hone_compile_job *out_job, double *out_deadline_seconds,
                                struct hone_error *err);

/* `binary` is read when `status` is HONE_OK, `text` (the error) when it is not. */
enum hone_status message_from_result(enum hone_status status, const char *text,
                                     const struct hone_binary *binary, struct message *out_message,
                                     struct hone_error *err);

/* Returns FORMAT for bytes that are no result; else HONE_OK, and *out_status with *err hold what
 * the worker said. */
enum hone_status message_to_result(const uint8_t *data, size_t n_bytes,
                                   enum hone_status *out_status, struct hone_binary *out_binary,
                                   struct hone_error *err);

#endif
