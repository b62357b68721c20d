/* SPDX-License-Identifier: MIT */
/* A small package for tests, and a model that can be worked out by hand.
 *
 * Tokens are 0..10. A row at position p of a sequence t_0..t_p has the state
 * s = sum over i <= p of weight[t_i] * (i + 1), and logits[v] = s * (v * 7 % 11) + v: exact in f32
 * for short sequences, different for every prefix, order and page mix-up.
 *
 * "Kernels" are a few bytes that jump to a function of the test program, so the same test runs
 * under every sanitizer and on every processor with such a jump. */
#ifndef HONE_TEST_PACKAGE_FIXTURE_H
#define HONE_TEST_PACKAGE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/batch.h"
#include "runtime/base/status.h"
#include "runtime/device/device.h"
#include "runtime/package/format.h"

enum {
    FIXTURE_VOCAB = 11,
    FIXTURE_TOKENS = 16,
    FIXTURE_SEQS = 5,
    FIXTURE_OUT = 8,
    FIXTURE_CONTEXT = 30,
    FIXTURE_PAGE = 4, /* the last page of a full context is half used */
    FIXTURE_KERNELS = 3,
    FIXTURE_STEPS = 6,
    FIXTURE_BINDINGS = 38,
    FIXTURE_ARGS = 64,
    FIXTURE_NAMES = 64,
    FIXTURE_CODE_BYTES = 4096 * FIXTURE_KERNELS,
};

/* A plan section, field by field: tests change one and see it refused. */
struct fixture_plan {
    struct hone_plan_header header;
    struct hone_plan_list lists[2];
    struct hone_plan_step steps[FIXTURE_STEPS];
    struct hone_plan_binding bindings[FIXTURE_BINDINGS];
    struct hone_plan_kernel kernels[FIXTURE_KERNELS];
    struct hone_plan_kv_region regions[2];
    _Alignas(64) uint8_t args[FIXTURE_STEPS][FIXTURE_ARGS];
    char names[FIXTURE_NAMES];
};

struct fixture {
    struct fixture_plan plan;
    uint8_t code[FIXTURE_CODE_BYTES];
    char target[192];
    const char *info;
    const void *tokenizer;
    size_t tokenizer_bytes;
    float weights[FIXTURE_VOCAB];
    size_t weight_padding; /* bytes written after the weights, pseudo-random */
    struct hone_weight_part weight_parts[4];
    size_t n_weight_parts; /* 0: no such section */
};

/* What the last forward with an output row found in the batch block. */
struct fixture_batch {
    uint32_t n_out, n_seqs, max_kv;
    uint32_t q_start[FIXTURE_SEQS + 1], kv_len[FIXTURE_SEQS];
};
extern struct fixture_batch fixture_seen;

/* False where this processor has no jump known to the fixture. */
int fixture_init(struct fixture *fixture);

enum { FIXTURE_JUMP_BYTES = 16 };
/* Writes code that jumps to `kernel`; returns its bytes, 0 where there is none for this machine. */
size_t fixture_jump(uint8_t *code, hone_cpu_kernel *kernel);

/* Writes the package file. */
void fixture_write(const struct fixture *fixture, const char *path);

/* One package of several plans; what they have in common is the first one's. */
void fixture_write_plans(const struct fixture *const *fixtures, uint32_t n, const char *path);

/* The logits the model must give after tokens[0..n-1]. */
void fixture_logits(const struct fixture *fixture, const int32_t *tokens, uint32_t n,
                    float out_logits[FIXTURE_VOCAB]);

/* Opens and closes the package; a message must name the file and be one line. */
enum hone_status fixture_open(const char *path, struct hone_error *err);

/* Opening gives this status and a message that has this text. */
void fixture_expect(const char *path, enum hone_status status, const char *text);

/* A path in a fresh temporary folder, removed by fixture_remove. */
char *fixture_path(void);
void fixture_remove(char *path);

#endif
