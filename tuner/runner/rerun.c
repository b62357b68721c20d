/* SPDX-License-Identifier: MIT */
/* The ways to run a kernel, and what is looked at after each. */
#include "tuner/runner/rerun.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "tuner/runner/checked_call.h"
#include "tuner/runner/watchdog.h"

enum { PARTS_MAX = 256, WATCHED_RUNS = 4 };
/* A run that takes longer is not repeated at the tuned size, where outputs are large. */
static const double QUICK_SECONDS = 1e-3, SLOW_SECONDS = 20e-3;

struct rerun_slot {
    _Atomic(void *) owner; /* the worker's own scratch tells it from the others */
    struct fence fence;
};

/* How the blocks are given out. */
enum split { AS_DEPLOYED, UNCHECKED, REVERSED, IN_ONE_CALL, RANDOM };
enum scratch { ZEROS, ONES, AS_LEFT, ANY };

/* The unchecked one is what a runtime does, in the scratch that timing leaves behind. */
static const struct way {
    enum split split;
    enum scratch scratch;
    enum runner_defect defect; /* when it differs from the first run, */
    const char *words;         /* in these words */
} ways[] = {
    {AS_DEPLOYED, ZEROS, 0, ""},
    {UNCHECKED, AS_LEFT, RUNNER_DEFECT_SECOND_CALL, "called a second time, as it is timed"},
    {AS_DEPLOYED, ONES, RUNNER_DEFECT_UNINITIALIZED, "with other bytes in its scratch"},
    {AS_DEPLOYED, AS_LEFT, RUNNER_DEFECT_SECOND_CALL, "called a second time"},
    {REVERSED, ONES, RUNNER_DEFECT_ORDER, "with its blocks in another order"},
    {IN_ONE_CALL, ONES, RUNNER_DEFECT_ORDER, "with its blocks in one call"},
    {RANDOM, ANY, RUNNER_DEFECT_UNSTABLE, "from run to run"},
};
enum { ALWAYS = 2, N_WAYS = sizeof ways / sizeof *ways, REPEATS = N_WAYS - 1 };

/* What the stub hands on: the kernel's argument block in a launch of ours. */
struct job {
    void (*hook)(struct job *job, uint32_t first, uint32_t last, void *scratch,
                 const uint8_t *code);
    struct rerun *rerun;
    uint64_t entry;
    const void *args;
    uint32_t cuts[PARTS_MAX + 1], order[PARTS_MAX], n_parts; /* 0 parts: blocks as they come */
    uint8_t pattern;
    _Atomic(const struct checked_defect *) defect;
};

struct run {
    struct rerun *rerun;
    const struct rerun_request *request;
    struct job job;
    uint64_t hash; /* of the outputs of the first run */
    uint32_t n_runs, n_grown;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct rerun_slot *slot_of(struct rerun *rerun, void *device_scratch)
{
    for (uint32_t i = 0; i < rerun->n_slots; i++) {
        void *owner = NULL;
        struct rerun_slot *slot = &rerun->slots[i];
        if (atomic_load(&slot->owner) == device_scratch) return slot;
        if (atomic_compare_exchange_strong(&slot->owner, &owner, device_scratch)) return slot;
    }
    return &rerun->slots[0];
}

/* In a worker: the blocks (or our parts of them) that fell to it. */
static void hook(struct job *job, uint32_t first, uint32_t last, void *scratch, const uint8_t *code)
{
    hone_cpu_kernel *kernel;
    const uint8_t *entry = code + job->entry;
    struct rerun_slot *slot = slot_of(job->rerun, scratch);
    memcpy(&kernel, &entry, sizeof kernel);
    for (uint32_t i = first; i < last; i++) {
        uint32_t part = job->n_parts ? job->order[i] : 0;
        uint32_t from = job->n_parts ? job->cuts[part] : first;
        uint32_t to = job->n_parts ? job->cuts[part + 1] : last;
        const struct checked_defect *defect =
            checked_call(kernel, job->args, from, to, slot->fence.data, job->pattern);
        if (defect) atomic_store(&job->defect, defect);
        if (!job->n_parts) return;
    }
}

uint32_t rerun_stub(uint8_t out_stub[RERUN_STUB_BYTES])
{
    /* The fifth argument becomes the address after the stub; on to the job's hook. */
#if defined __x86_64__
    static const uint8_t code[] = {0x4C, 0x8D, 0x05, 0xF9, 0x0F, 0, 0, 0xFF, 0x27};
#elif defined __aarch64__
    static const uint8_t code[] = {0x04, 0x80, 0x00, 0x10, 0x09, 0x00,
                                   0x40, 0xF9, 0x20, 0x01, 0x1F, 0xD6};
#elif defined __riscv && __riscv_xlen == 64
    static const uint8_t code[] = {0x17, 0x17, 0x00, 0x00, 0x83, 0x32,
                                   0x05, 0x00, 0x67, 0x80, 0x02, 0x00};
#else
    static const uint8_t code[] = {0};
    if (sizeof code == 1) return 0;
#endif
    memset(out_stub, 0, RERUN_STUB_BYTES);
    memcpy(out_stub, code, sizeof code);
    return RERUN_STUB_BYTES;
}

enum hone_status rerun_open(struct rerun *rerun, uint32_t n_workers, struct hone_error *err)
{
    *rerun = (struct rerun){
        .n_slots = n_workers, .scratch_bytes = UINT64_MAX, .random = 0x9E3779B97F4A7C15};
    rerun->slots = calloc(n_workers, sizeof *rerun->slots);
    rerun->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return rerun->slots ? HONE_OK : hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory");
}

void rerun_close(struct rerun *rerun)
{
    for (uint32_t i = 0; rerun->slots && i < rerun->n_slots; i++)
        fence_free(&rerun->slots[i].fence);
    if (rerun->slots && rerun->statm_fd >= 0) close(rerun->statm_fd);
    free(rerun->slots);
    *rerun = (struct rerun){0};
}

static enum hone_status set_scratch(struct rerun *rerun, uint64_t n_bytes, struct hone_error *err)
{
    for (uint32_t i = 0; rerun->scratch_bytes != n_bytes && i < rerun->n_slots; i++) {
        fence_free(&rerun->slots[i].fence);
        if (!fence_alloc(&rerun->slots[i].fence, n_bytes)) {
            rerun->scratch_bytes = UINT64_MAX;
            return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory for scratch");
        }
    }
    rerun->scratch_bytes = n_bytes;
    return HONE_OK;
}

/* Cuts in increasing order, parts of at least one block; the order is shuffled. */
static void cut_at_random(struct job *job, uint32_t n_blocks, uint64_t *random)
{
    uint32_t most = n_blocks < 12 ? n_blocks : 12;
    job->n_parts = 1 + (uint32_t)(next_random(random) % most);
    for (uint32_t i = 0; i <= job->n_parts; i++)
        job->cuts[i] = (uint32_t)((uint64_t)n_blocks * i / job->n_parts);
    for (uint32_t i = 1; i < job->n_parts; i++) {
        uint32_t room = job->cuts[i + 1] - job->cuts[i - 1];
        job->cuts[i] = job->cuts[i - 1] + 1 + (uint32_t)(next_random(random) % (room - 1));
    }
    for (uint32_t i = 0; i < job->n_parts; i++) {
        uint32_t other = (uint32_t)(next_random(random) % (i + 1));
        job->order[i] = job->order[other];
        job->order[other] = i;
    }
}

static void cut(struct job *job, enum split split, uint32_t n_blocks, uint64_t *random)
{
    job->n_parts = 0;
    if (split <= UNCHECKED || n_blocks == 0) return;
    if (split == RANDOM) {
        cut_at_random(job, n_blocks, random);
        return;
    }
    job->n_parts = split == IN_ONE_CALL ? 1 : n_blocks < PARTS_MAX ? n_blocks : PARTS_MAX;
    for (uint32_t i = 0; i <= job->n_parts; i++)
        job->cuts[i] = (uint32_t)((uint64_t)n_blocks * i / job->n_parts);
    for (uint32_t i = 0; i < job->n_parts; i++) job->order[i] = job->n_parts - 1 - i;
}

static void fill(struct run *run, enum scratch scratch)
{
    uint8_t any = (uint8_t)next_random(&run->rerun->random);
    uint8_t pattern = scratch == ZEROS ? 0 : scratch == ONES ? 0xFF : any;
    if (scratch != AS_LEFT) run->job.pattern = pattern;
    if (scratch == AS_LEFT || (scratch == ANY && any % 4)) return;
    for (uint32_t i = 0; i < run->rerun->n_slots; i++)
        fence_fill(&run->rerun->slots[i].fence, pattern);
}

/* Pages mapped, and the next free descriptor. */
static void count_held(const struct rerun *rerun, long *out_pages, int *out_fd)
{
    char text[64] = "";
    *out_pages = 0;
    if (rerun->statm_fd >= 0 && pread(rerun->statm_fd, text, sizeof text - 1, 0) > 0)
        *out_pages = strtol(text, NULL, 10);
    *out_fd = dup(STDERR_FILENO);
    if (*out_fd >= 0) close(*out_fd);
}

static enum hone_status wrong(uint32_t *out_defect, enum runner_defect defect, const char *words,
                              struct hone_error *err)
{
    *out_defect = defect;
    return hone_fail(err, HONE_ERR_WRONG, "%s", words);
}

static enum hone_status check_process(const struct run *run, uint32_t *out_defect,
                                      struct hone_error *err)
{
    const struct checked_defect *found = atomic_load(&run->job.defect);
    if (found) return wrong(out_defect, found->defect, found->words, err);
    for (uint32_t i = 0; i < run->rerun->n_slots; i++)
        if (!fence_intact(&run->rerun->slots[i].fence)) {
            *out_defect = RUNNER_DEFECT_SCRATCH;
            return hone_fail(err, HONE_ERR_WRONG, "wrote beyond its %llu bytes of scratch",
                             (unsigned long long)run->rerun->scratch_bytes);
        }
    pid_t pid = waitpid(-1, NULL, WNOHANG);
    if (pid < 0) return HONE_OK;
    return wrong(out_defect, RUNNER_DEFECT_PROCESS, "started another process", err);
}

static enum hone_status launch(struct run *run, const struct way *way, uint32_t *out_defect,
                               struct hone_error *err)
{
    const struct rerun_request *request = run->request;
    struct hone_launch ours = request->launch;
    uint32_t copy = request->n_copies > 1 ? run->n_runs % request->n_copies : 0;
    long pages_before = 0, pages = 0;
    int fd_before = 0, fd = 0;
    run->job.args = hone_case_args(request->c, copy);
    cut(&run->job, way->split, ours.n_blocks, &run->rerun->random);
    fill(run, way->scratch);
    ours.args = run->job.args;
    if (way->split != UNCHECKED) {
        ours.entry = 0; /* the stub */
        ours.args = &run->job;
    }
    if (run->job.n_parts) ours.n_blocks = run->job.n_parts;
    if (way->split == RANDOM && next_random(&run->rerun->random) % 2)
        ours.schedule = HONE_SCHEDULE_DYNAMIC;
    bool watched = run->n_runs < WATCHED_RUNS;
    if (watched) count_held(run->rerun, &pages_before, &fd_before);
    HONE_TRY(request->vtable->run(request->device, &ours, 1, NULL, err));
    if (watched) count_held(run->rerun, &pages, &fd);
    HONE_TRY(check_process(run, out_defect, err));
    /* Once may be the stack. */
    if (pages > pages_before || fd > fd_before) run->n_grown++;
    if (run->n_grown == WATCHED_RUNS - 1)
        return wrong(out_defect, RUNNER_DEFECT_LEAK, "keeps memory or files beyond its run", err);
    return HONE_OK;
}

static enum hone_status one(struct run *run, const struct way *way, struct hone_case_result *result,
                            struct hone_error *err)
{
    struct hone_case *c = run->request->c;
    hone_case_poison(c);
    result->defect = HONE_DEFECT_NONE;
    enum hone_status status = launch(run, way, &result->defect, err);
    uint64_t hash = hone_case_output_hash(c);
    if (status == HONE_OK && (run->n_runs == 0 || hash != run->hash))
        status = hone_case_check(c, run->request->n_samples, result, err);
    if (run->n_runs++ == 0) run->hash = hash;
    /* In what way a run differs says more than what was wrong then, unless it broke something. */
    bool broken = runner_defect_find(result->defect)->breaks;
    if (way->defect && !broken) result->defect = way->defect;
    if (status == HONE_ERR_WRONG && way->words[0])
        return hone_fail_in(err, status, "differs %s", way->words);
    if (status != HONE_OK || hash == run->hash) return status;
    return hone_fail(err, HONE_ERR_WRONG, "differs %s: right, but in other bits", way->words);
}

static enum hone_status repeat(struct run *run, struct hone_case_result *result,
                               struct hone_error *err)
{
    double end = hone_clock_seconds() + run->request->repeat_seconds;
    if (!(run->request->repeat_seconds > 0)) return HONE_OK;
    watchdog_arm(run->request->run_seconds + run->request->repeat_seconds);
    enum hone_status status = HONE_OK;
    while (status == HONE_OK && hone_clock_seconds() < end)
        status = one(run, &ways[REPEATS], result, err);
    /* Inputs and padding may have been changed by any of them. */
    if (status == HONE_OK)
        status = hone_case_check(run->request->c, run->request->n_samples, result, err);
    return status;
}

static bool goes_on(const struct run *run, double seconds)
{
    return seconds < (run->request->n_samples ? QUICK_SECONDS : SLOW_SECONDS);
}

enum hone_status rerun_verify(struct rerun *rerun, const struct rerun_request *request,
                              struct hone_case_result *out_result, struct hone_error *err)
{
    struct run run = {.rerun = rerun,
                      .request = request,
                      .job = {.hook = hook, .rerun = rerun, .entry = request->launch.entry}};
    HONE_TRY(set_scratch(rerun, request->scratch_bytes, err));
    run.job.entry -= RERUN_STUB_BYTES;
    enum hone_status status = HONE_OK;
    struct hone_case_result again = {0};
    double seconds = 0;
    for (int i = 0; status == HONE_OK && i < REPEATS; i++) {
        if (i >= ALWAYS && !goes_on(&run, seconds)) break;
        double before = hone_clock_seconds();
        watchdog_arm(request->run_seconds);
        status = one(&run, &ways[i], i == 0 ? out_result : &again, err);
        watchdog_arm(0);
        seconds = hone_clock_seconds() - before;
    }
    if (status == HONE_OK && goes_on(&run, seconds)) {
        status = repeat(&run, &again, err);
        watchdog_arm(0);
    }
    if (run.n_runs > 1) out_result->defect = again.defect;
    return status;
}
