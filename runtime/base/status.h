/* SPDX-License-Identifier: MIT */
/* Outcomes of every fallible call, and the one-line diagnostic that goes with them. */
#ifndef HONE_BASE_STATUS_H
#define HONE_BASE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are pinned: they are part of the ABI and of the runner protocol. */
enum hone_status {
    HONE_OK = 0,
    HONE_ERR_ARGUMENT = 1,     /* the caller asked for something that makes no sense */
    HONE_ERR_NO_MEMORY = 2,    /* an allocation or a mapping failed */
    HONE_ERR_IO = 3,           /* open, read, write or rename failed */
    HONE_ERR_FORMAT = 4,       /* bytes that do not follow their format */
    HONE_ERR_VERSION = 5,      /* a format version this build does not read */
    HONE_ERR_UNSUPPORTED = 6,  /* well formed, but not a thing hone can do */
    HONE_ERR_TARGET = 7,       /* made for another machine than this one */
    HONE_ERR_REFUSED = 8,      /* a hash or a signature does not match */
    HONE_ERR_LIMIT = 9,        /* outside the envelope the package was made for */
    HONE_ERR_NOT_FOUND = 10,   /* the named thing is not there */
    HONE_ERR_TEMPLATE = 11,    /* a template or search space with an error */
    HONE_ERR_COMPILE = 12,     /* the compiler refused a rendered kernel */
    HONE_ERR_WRONG = 13,       /* a kernel gave wrong numbers */
    HONE_ERR_CRASHED = 14,     /* a worker process died */
    HONE_ERR_TIMEOUT = 15,     /* a worker process was stopped at its deadline */
    HONE_ERR_BUSY = 16,        /* somebody else holds the resource */
    HONE_ERR_INTERRUPTED = 17, /* stopped by a signal; what was done is kept */
    HONE_ERR_DEVICE = 18,      /* the device is lost to this process: a kernel's fault, a hang */
    HONE_STATUS_COUNT
};

enum { HONE_ERROR_TEXT_BYTES = 512 };

/* Caller-supplied; written only when a call fails. NULL is accepted everywhere. */
struct hone_error {
    enum hone_status status;
    char text[HONE_ERROR_TEXT_BYTES]; /* one line, no newline, always terminated */
};

/* Short English name, "no memory"; never NULL. */
const char *hone_status_name(enum hone_status status);

/* The process exit code of a status: 0 ok, 1 failed, 4 wrong numbers, 5 no usable device,
 * 6 package refused, 74 input/output, 75 try again. 2 (usage) is given by the option parser. */
int hone_status_exit_code(enum hone_status status);

/* Fills *err (if any) and returns `status`, so that `return hone_fail(...)` reads as one step. */
enum hone_status hone_fail(struct hone_error *err, enum hone_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message already in *err; returns err->status. */
enum hone_status hone_fail_in(struct hone_error *err, enum hone_status status, const char *format,
                              ...) __attribute__((format(printf, 3, 4)));

#define HONE_TRY(call)                                                                             \
    do {                                                                                           \
        enum hone_status hone_try_status_ = (call);                                                \
        if (hone_try_status_ != HONE_OK) return hone_try_status_;                                  \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
