/* SPDX-License-Identifier: MIT */
/* Kernels with a bug planted in each: every one must be caught, and every repaired one must pass.
 *
 * A row is a kernel of planted/, compiled with BUG 0 and BUG 1. Caught means that the interpreter
 * stops with a message that says what the bug is, or that the numbers are wrong where nothing but
 * the numbers can tell. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/compile/nvrtc_api.h"
#include "tests/emulators/ptx/ptx.h"
#include "tests/emulators/ptx/tensor_map.h"

enum { MAX_FLOATS = 8192, MAP_GONE = 17 };
#define WRONG "wrong numbers"

enum kind { COPY, MMA, WGMMA }; /* what must be in `out` */

static const struct row {
    const char *file;
    int number;
    const char *bug, *diagnosis;
    enum kind kind;
    uint32_t n_blocks, n_threads, n_floats, shared_bytes;
} rows[] = {
    {"shared", 1, "missing barrier", "that nobody wrote", COPY, 2, 128, 256, 0},
    {"shared", 2, "missing barrier before writing again", "data race: it reads", COPY, 1, 128, 256,
     0},
    {"shared", 3, "barrier count mismatch", "barrier 1", COPY, 4, 128, 256, 0},
    {"shared", 4, "divergent barrier", "lanes 0x", COPY, 2, 128, 256, 0},
    {"shared", 5, "uninitialised shared memory", "that nobody wrote", COPY, 2, 128, 256, 0},
    {"shared", 6, "shared overflow", "out of bounds", COPY, 2, 128, 256, 512},
    {"shared", 7, "divergent shuffle", "lanes 0x", COPY, 2, 128, 256, 0},
    {"shared", 8, "two warps write one word", "data race: it writes", COPY, 2, 128, 256, 0},
    {"shared", 9, "a barrier that waits for the gone", "deadlock", COPY, 2, 128, 256, 0},
    {"memory", 1, "off-by-one bound", "out of bounds", COPY, 2, 160, 256, 0},
    {"memory", 2, "unaligned vector load", "no multiple of 16", COPY, 1, 64, 256, 0},
    {"memory", 3, "no bound", "out of bounds", COPY, 2, 160, 256, 0},
    {"memory", 4, "lax wait_group", "still under way", COPY, 1, 32, 256, 1024},
    {"memory", 5, "missing wait_group", "still under way", COPY, 1, 64, 256, 1024},
    {"memory", 6, "missing barrier after wait_group", "that nobody wrote", COPY, 1, 64, 256, 1024},
    {"memory", 7, "prefetch into a live stage", "shared bytes", COPY, 1, 64, 1024, 2048},
    {"memory", 8, "stray pointer", "load of 4 bytes at", COPY, 2, 128, 256, 0},
    {"memory", 9, "local array overflow", "local", COPY, 2, 128, 256, 0},
    {"mma", 1, "swapped fragment registers", WRONG, MMA, 1, 32, 384, 0},
    {"mma", 2, "divergent mma", "lane", MMA, 1, 32, 384, 0},
    {"mma", 3, "swapped result", WRONG, MMA, 1, 32, 384, 0},
    {"mma", 4, "wrong ldmatrix lanes", WRONG, MMA, 1, 32, 384, 512},
    {"mma", 5, "wrong swizzle", WRONG, MMA, 1, 32, 384, 512},
    {"mma", 6, "ldmatrix transposed", WRONG, MMA, 1, 32, 384, 512},
    {"mma", 7, "unaligned ldmatrix", "no multiple of 16", MMA, 1, 32, 384, 512},
    {"bulk", 1, "mbarrier expects an arrival too many", "deadlock", COPY, 1, 128, 1024, 1024},
    {"bulk", 2, "mbarrier expects too few arrivals", "deadlock", COPY, 1, 128, 1024, 1024},
    {"bulk", 3, "mbarrier not fenced", "fence.mbarrier_init", COPY, 1, 128, 1024, 1024},
    {"bulk", 4, "copy into a live stage", "deadlock", COPY, 1, 128, 1024, 1024},
    {"bulk", 5, "expect_tx too large", "deadlock", COPY, 1, 128, 1024, 1024},
    {"bulk", 6, "expect_tx too small", "16 bytes more than it expects", COPY, 1, 128, 1024, 1024},
    {"bulk", 7, "unaligned bulk copy", "must be a multiple of 16", COPY, 1, 128, 1024, 1024},
    {"bulk", 8, "missing mbarrier wait", "still under way", COPY, 1, 128, 1024, 1024},
    {"bulk", 9, "wrong mbarrier phase", "still under way", COPY, 1, 128, 1024, 1024},
    {"bulk", 10, "missing proxy fence before a store", "no fence.proxy.async", COPY, 1, 128, 1024,
     512},
    {"bulk", 11, "missing barrier before a bulk store", "that nobody wrote", COPY, 1, 128, 1024,
     512},
    {"bulk", 12, "source changed under a bulk store", "under way is reading", COPY, 1, 128, 1024,
     512},
    {"bulk", 13, "bulk store not waited for", "the block ends while", COPY, 1, 128, 1024, 512},
    {"bulk", 14, "swizzle forgotten", WRONG, COPY, 1, 128, 256, 1152},
    {"bulk", 15, "wrong swizzle of a box", WRONG, COPY, 1, 128, 256, 1152},
    {"bulk", 16, "unaligned box", "must be a multiple of 128", COPY, 1, 128, 256, 1152},
    {"bulk", MAP_GONE, "stale descriptor", "out of bounds", COPY, 1, 128, 256, 1152},
    {"bulk", 18, "no descriptor", "no tensor map", COPY, 1, 128, 256, 1152},
    {"wgmma", 1, "wrong stride in a descriptor", WRONG, WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 2, "wrong swizzle in a descriptor", "begins where the swizzle", WGMMA, 1, 128, 5120,
     10240},
    {"wgmma", 3, "missing proxy fence before wgmma", "no fence.proxy.async", WGMMA, 1, 128, 5120,
     10240},
    {"wgmma", 4, "missing barrier before wgmma", "that nobody wrote", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 5, "missing wgmma.fence", "no wgmma.fence", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 6, "missing wgmma.fence after use", "used after the last wgmma.fence", WGMMA, 1, 128,
     5120, 10240},
    {"wgmma", 7, "wrong step along K", "begins where the swizzle", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 8, "missing commit_group", "that nobody has waited for", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 9, "operands overwritten", "under way is reading", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 10, "missing wait_group", "that nobody has waited for", WGMMA, 1, 128, 5120, 10240},
    {"wgmma", 11, "swapped accumulator columns", WRONG, WGMMA, 1, 128, 5120, 10240},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static const struct nvrtc_api *nvrtc;
static const char *source_folder;

static char *read_source(const char *file)
{
    char *text = calloc(1, 1 << 16);
    const char *const names[] = {"prelude", file};
    size_t n = 0;
    assert_non_null(text);
    for (int i = 0; i < 2; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/tests/emulators/planted/%s.cu", source_folder, names[i]);
        FILE *f = fopen(path, "r");
        if (f == NULL) fail_msg("%s: cannot be read", path);
        n += fread(text + n, 1, (1 << 16) - 1 - n, f);
        fclose(f);
    }
    return text;
}

static char *compile(const struct row *row, int bug)
{
    char *source = read_source(row->file), number[32], planted[32], *ptx = NULL, *log = NULL;
    struct nvrtc_program *program = NULL;
    size_t n = 0;
    snprintf(number, sizeof number, "-DCASE=%d", row->number);
    snprintf(planted, sizeof planted, "-DBUG=%d", bug);
    const char *const options[] = {"--gpu-architecture=compute_90a", number, planted};
    assert_int_equal(nvrtc->CreateProgram(&program, source, "planted.cu", 0, NULL, NULL), NVRTC_OK);
    const int rc = nvrtc->CompileProgram(program, 3, options);
    if (rc != NVRTC_OK && nvrtc->GetProgramLogSize(program, &n) == NVRTC_OK) {
        log = calloc(1, n + 1);
        nvrtc->GetProgramLog(program, log);
        fail_msg("%s %d: %s", row->file, row->number, log);
    }
    assert_int_equal(nvrtc->GetPTXSize(program, &n), NVRTC_OK);
    ptx = calloc(1, n + 1);
    assert_non_null(ptx);
    assert_int_equal(nvrtc->GetPTX(program, ptx), NVRTC_OK);
    nvrtc->DestroyProgram(&program);
    free(source);
    return ptx;
}

struct buffers {
    float in[MAX_FLOATS], out[MAX_FLOATS];
};

static void product(const float *a, const float *b, uint32_t m, uint32_t n, uint32_t k, float times,
                    float *out)
{
    for (uint32_t r = 0; r < m; r++)
        for (uint32_t c = 0; c < n; c++) {
            float sum = 0;
            for (uint32_t i = 0; i < k; i++) sum += a[r * k + i] * b[c * k + i];
            out[r * n + c] = times * sum;
        }
}

/* Whether `out` is what the kernel was to leave there. */
static bool is_right(const struct row *row, const struct buffers *b)
{
    static float wanted[MAX_FLOATS];
    uint32_t n = row->n_floats;
    if (row->kind == COPY) memcpy(wanted, b->in, n * sizeof wanted[0]);
    if (row->kind == MMA) product(b->in, b->in + 256, 16, 8, 16, 1, wanted), n = 128;
    if (row->kind == WGMMA) product(b->in, b->in + 4096, 64, 16, 64, 2, wanted), n = 1024;
    for (uint32_t i = 0; i < n; i++)
        if (!(fabsf(b->out[i] - wanted[i]) <= 1e-5f * fabsf(wanted[i]))) return false;
    return true;
}

static uint64_t address_of(const void *host)
{
    return (uint64_t)(uintptr_t)host;
}

/* The kernel's arguments: in, out, n and, where it has a fourth, a tensor map of 8 rows of 32. */
static void fill_params(const struct ptx_kernel *kernel, const struct row *row, int bug,
                        const struct buffers *b, unsigned char *params)
{
    const uint64_t in = address_of(b->in), out = address_of(b->out), dims[2] = {32, 8};
    const uint64_t stride = 128;
    const uint32_t box[2] = {32, 8}, steps[2] = {1, 1};
    size_t offset = 0, n_bytes = 0;
    _Alignas(64) unsigned char map[PTX_MAP_BYTES];
    memcpy(params, &in, 8);
    memcpy(params + 8, &out, 8);
    memcpy(params + 16, &row->n_floats, 4);
    if (!ptx_kernel_param(kernel, 3, &offset, &n_bytes)) return;
    const bool gone = bug && row->number == MAP_GONE;
    assert_int_equal(n_bytes, sizeof map);
    assert_null(ptx_tensor_map_encode(map, 7, 2, gone ? in + (1 << 28) : in, dims, &stride, box,
                                      steps, 0, PTX_SWIZZLE_128, 0, 0));
    memcpy(params + offset, map, sizeof map);
}

/* Runs it; *out_right says whether the numbers are. Messages go to err. */
static enum hone_status run(const struct row *row, int bug, const char *ptx, uint64_t seed,
                            bool *out_right, struct hone_error *err)
{
    static _Alignas(256) struct buffers b;
    struct ptx_module *module = NULL;
    unsigned char params[512] = {0};
    enum hone_status status = ptx_module_parse(ptx, strlen(ptx), &module, err);
    *out_right = false;
    if (status != HONE_OK) fail_msg("%s %d: %s", row->file, row->number, err->text);
    const struct ptx_kernel *kernel = ptx_module_find(module, "kernel");
    assert_non_null(kernel);
    for (uint32_t i = 0; i < row->n_floats; i++)
        b.in[i] = row->kind == COPY ? (float)i : (float)((int)(i * 7 % 13) - 6);
    memset(b.out, 0xff, sizeof b.out);
    fill_params(kernel, row, bug, &b, params);
    struct ptx_kernel_info info;
    ptx_kernel_info(kernel, &info);
    const struct ptx_range ranges[2] = {
        {.address = address_of(b.in), .n_bytes = row->n_floats * 4ull, .host = (void *)b.in},
        {.address = address_of(b.out), .n_bytes = row->n_floats * 4ull, .host = (void *)b.out}};
    const struct ptx_launch launch = {.grid = {row->n_blocks, 1, 1},
                                      .block = {row->n_threads, 1, 1},
                                      .shared_bytes = row->shared_bytes,
                                      .params = params,
                                      .n_param_bytes = info.n_param_bytes,
                                      .ranges = ranges,
                                      .n_ranges = 2,
                                      .max_instructions = 10000000,
                                      .seed = seed};
    status = ptx_launch(kernel, &launch, NULL, err);
    if (status == HONE_OK) *out_right = is_right(row, &b);
    ptx_module_free(module);
    return status;
}

static bool repaired_passes(const struct row *row)
{
    char *ptx = compile(row, 0);
    bool good = true;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct hone_error err = {0};
        bool right = false;
        const enum hone_status status = run(row, 0, ptx, seed, &right, &err);
        if (status == HONE_OK && right) continue;
        print_error("%s %d repaired (%s), order %d: %s\n", row->file, row->number, row->bug,
                    (int)seed, status == HONE_OK ? WRONG : err.text);
        good = false;
    }
    free(ptx);
    return good;
}

static bool bug_is_caught(const struct row *row)
{
    char *ptx = compile(row, 1);
    struct hone_error err = {0};
    bool right = false;
    const enum hone_status status = run(row, 1, ptx, 0, &right, &err);
    const char *said = status != HONE_OK ? err.text : right ? "nothing" : WRONG;
    const bool caught = strstr(said, row->diagnosis) != NULL;
    if (!caught)
        print_error("%s %d (%s): \"%s\", not \"%s\"\n", row->file, row->number, row->bug, said,
                    row->diagnosis);
    free(ptx);
    return caught;
}

static void test_repaired(void **state)
{
    (void)state;
    int n_bad = 0;
    for (int i = 0; i < N_ROWS; i++) n_bad += !repaired_passes(&rows[i]);
    assert_int_equal(n_bad, 0);
}

static void test_planted(void **state)
{
    (void)state;
    int n_missed = 0;
    for (int i = 0; i < N_ROWS; i++) n_missed += !bug_is_caught(&rows[i]);
    assert_int_equal(n_missed, 0);
}

int main(void)
{
    struct hone_error err;
    source_folder = getenv("HONE_SOURCE");
    if (source_folder == NULL || nvrtc_open(&nvrtc, &err) != HONE_OK) {
        printf("SKIPPED: the planted-bug corpus needs NVRTC and HONE_SOURCE: %s\n",
               source_folder == NULL ? "no HONE_SOURCE" : err.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_repaired),
                                       cmocka_unit_test(test_planted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
