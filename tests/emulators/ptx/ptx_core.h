/* SPDX-License-Identifier: MIT */
/* A launch under way: what core.c, schedule.c, memory.c, shared.c and control share. */
#ifndef HONE_TESTS_EMULATORS_PTX_CORE_H
#define HONE_TESTS_EMULATORS_PTX_CORE_H

#include "tests/emulators/ptx/ptx_parse.h"

struct ptx_state {
    const struct ptx_module *m;
    const struct ptx_function *f;
    const struct ptx_launch *launch;
    struct ptx_range *ranges; /* the launch's and the module's variables, ascending */
    size_t n_ranges;
    uint32_t *hints;       /* by instruction: the range it hit last */
    unsigned char *params; /* a copy of the block */
    uint64_t n_instructions, n_thread_instructions, limit;
    unsigned char *image;    /* of a register file: poison and constants */
    size_t n_image, n_below; /* its bytes; those before slot 0 */
    uint64_t random;
    struct ptx_block block; /* the one that runs */
    struct ptx_result result;
    enum hone_status status;
    struct hone_error *err;
};

/* memory.c */
bool ptx_memory_open(struct ptx_state *state);
void ptx_memory_close(struct ptx_state *state);
/* shared.c: arrays of a block, and their state before it starts */
bool ptx_shared_open(struct ptx_block *block);
void ptx_shared_reset(struct ptx_block *block);
void ptx_shared_close(struct ptx_block *block);
/* schedule.c: runs the block to its end; false: a fault */
bool ptx_run_block(struct ptx_block *block);
/* ops_barrier.c: what waits for all live threads, once some have exited */
void ptx_barriers_after_exit(struct ptx_warp *w);
/* ops_async.c */
bool ptx_async_open(struct ptx_warp *w);
void ptx_async_reset(struct ptx_warp *w);
void ptx_async_close(struct ptx_warp *w);

/* schedule.c: lanes of the running fragment go to `target`, the others on; always PTX_JUMP. */
enum ptx_next ptx_branch(struct ptx_warp *w, uint32_t taken, uint32_t target);
/* Lanes of the running fragment go to `target` at call depth `depth`; the others stay where they
 * are for the caller to move. */
void ptx_split(struct ptx_warp *w, uint32_t lanes, uint32_t target, uint32_t depth);
/* Lanes of the running fragment end. */
enum ptx_next ptx_exit_lanes(struct ptx_warp *w, uint32_t lanes);

uint64_t ptx_random(struct ptx_state *state);

#endif
