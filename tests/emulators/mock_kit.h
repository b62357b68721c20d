/* SPDX-License-Identifier: MIT */
/* For tests of the mock driver: each runs in a process of its own, since a lost context or a
 * setting of the environment is the process's for good. */
#ifndef HONE_TESTS_MOCK_KIT_H
#define HONE_TESTS_MOCK_KIT_H

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/emulators/ptx/cuda_api.h"

/* In the child: says what was wrong and ends it. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)
#define OK(call) CHECK_RC(call, CU_SUCCESS)
#define CHECK_RC(call, wanted)                                                                     \
    do {                                                                                           \
        const int check_rc_ = (call);                                                              \
        if (check_rc_ != (wanted)) {                                                               \
            fprintf(stderr, "%s:%d: %s gave %d, not %d\n", __FILE__, __LINE__, #call, check_rc_,   \
                    (wanted));                                                                     \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* A kernel `scale(float *p, u32 n, float f)`, and `shift` that adds f. */
extern const char mock_kit_ptx[];

/* Runs `body` in a child with NAME=value pairs of the environment (ends with NULL); returns its
 * exit status. What it wrote on stderr is in mock_kit_output, and is shown when the status is not
 * `wanted`. */
int in_child(void (*body)(void), const char *const *environment, int wanted);
extern char mock_kit_output[16384];

/* cuInit, the primary context made current, a module of mock_kit_ptx. */
struct mock_kit {
    struct mock_context *context;
    struct mock_module *module;
    struct mock_function *scale, *shift;
};
struct mock_kit kit_open(void);

/* n floats first, first + 1, ... on the device. */
uint64_t kit_floats(size_t n, float first);
int kit_launch(struct mock_function *function, struct mock_stream *stream, uint64_t p, uint32_t n,
               float f);

#endif
