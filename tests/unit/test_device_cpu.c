/* SPDX-License-Identifier: MIT */
/* The CPU device: every block once and in order, any number of threads, memory never W+X.
 * Run under the thread sanitizer as well: kernels here are functions of this program. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "package_fixture.h"
#include "runtime/device/device.h"

static const struct hone_device_vtable *const cpu = &hone_device_cpu;

static struct hone_device *open_with(uint32_t n_threads, uint64_t scratch_bytes)
{
    struct hone_device *device;
    struct hone_error err;
    const struct hone_device_options options = {
        .struct_size = sizeof options, .n_threads = n_threads, .scratch_bytes = scratch_bytes};
    assert_int_equal(cpu->open(&options, &device, &err), HONE_OK);
    assert_int_equal(cpu->n_workers(device), n_threads);
    return device;
}

/* A module that holds a jump to each kernel, 64 bytes apart. */
static struct hone_module *load_jumps(struct hone_device *device, hone_cpu_kernel *const *kernels,
                                      size_t n)
{
    uint8_t code[1024] = {0};
    struct hone_module *module;
    struct hone_error err;
    for (size_t i = 0; i < n; i++) fixture_jump(code + 64 * i, kernels[i]);
    assert_int_equal(cpu->load(device, code, sizeof code, -1, 0, &module, &err), HONE_OK);
    memset(code, 0, sizeof code); /* the module has its own copy */
    return module;
}

/* ---- every block once, launches in order ---- */

enum { N_CELLS = 1000 };

struct cells {
    uint32_t values[N_CELLS]; /* not atomic: the sanitizer must see a barrier between launches */
    uint32_t n_blocks;
};

/* Cell b of the next launch needs cells b-1, b and b+1 of the one before. */
struct sweep_args {
    const struct cells *from;
    struct cells *to;
};

static void sweep(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    const struct sweep_args *a = args;
    uint32_t n = a->to->n_blocks;
    (void)scratch;
    for (uint32_t b = first; b < last; b++)
        a->to->values[b] += a->from->values[(b + n - 1) % n] * 3 + a->from->values[b] +
                            a->from->values[(b + 1) % n];
}

static void expect_sweeps(const struct cells *start, const struct cells *got, uint32_t n_sweeps)
{
    static struct cells a, b;
    a = *start;
    b = (struct cells){.n_blocks = start->n_blocks};
    struct cells *from = &a, *to = &b;
    for (uint32_t s = 0; s < n_sweeps; s++) {
        struct sweep_args args = {from, to};
        sweep(&args, 0, start->n_blocks, NULL);
        struct cells *other = from;
        from = to, to = other;
    }
    assert_memory_equal(got->values, from->values, start->n_blocks * sizeof *got->values);
}

static void sweep_with(uint32_t n_threads, uint32_t n_blocks, uint32_t schedule)
{
    enum { N_SWEEPS = 40 };
    static struct cells cells[2], start;
    static hone_cpu_kernel *const kernels[] = {sweep};
    struct hone_device *device = open_with(n_threads, 0);
    struct hone_module *module = load_jumps(device, kernels, 1);
    struct sweep_args args[2] = {{&cells[0], &cells[1]}, {&cells[1], &cells[0]}};
    struct hone_launch launches[N_SWEEPS];
    for (uint32_t i = 0; i < N_SWEEPS; i++)
        launches[i] = (struct hone_launch){module, 0, &args[i % 2], n_blocks, schedule};
    memset(cells, 0, sizeof cells);
    cells[0].n_blocks = cells[1].n_blocks = n_blocks;
    for (uint32_t i = 0; i < n_blocks; i++) cells[0].values[i] = i * 2654435761u;
    start = cells[0];
    /* Several runs: between them workers wait at another place than between launches. */
    assert_int_equal(cpu->run(device, launches, 1, NULL, NULL), HONE_OK);
    assert_int_equal(cpu->run(device, launches + 1, 0, NULL, NULL), HONE_OK);
    assert_int_equal(cpu->run(device, launches + 1, N_SWEEPS - 1, NULL, NULL), HONE_OK);
    expect_sweeps(&start, &cells[0], N_SWEEPS);
    cpu->unload(device, module);
    cpu->close(device);
}

static void blocks_run_once_and_in_order(void **state)
{
    (void)state;
    static const uint32_t n_blocks[] = {1, 2, 3, 7, 64, 999};
    for (uint32_t n_threads = 1; n_threads <= 9; n_threads += n_threads < 4 ? 1 : 5)
        for (size_t i = 0; i < sizeof n_blocks / sizeof *n_blocks; i++)
            for (uint32_t schedule = 0; schedule < 2; schedule++)
                sweep_with(n_threads, n_blocks[i], schedule);
}

/* Launches of no, one and many blocks in turn: those that skip the barrier and those that do not.
 */
static void launches_of_all_sizes_follow_each_other(void **state)
{
    (void)state;
    enum { N = 300 };
    static struct cells cells[2], expected[2];
    static hone_cpu_kernel *const kernels[] = {sweep};
    struct hone_device *device = open_with(3, 0);
    struct hone_module *module = load_jumps(device, kernels, 1);
    static const uint32_t sizes[] = {1, 1, 0, 50, 1, 50, 0, 0, 1, 2, 1, 1, 1, 50, 50};
    struct sweep_args args[2] = {{&cells[0], &cells[1]}, {&cells[1], &cells[0]}};
    struct sweep_args expected_args[2] = {{&expected[0], &expected[1]},
                                          {&expected[1], &expected[0]}};
    struct hone_launch launches[N];
    memset(cells, 0, sizeof cells);
    cells[0].n_blocks = cells[1].n_blocks = 50;
    for (uint32_t i = 0; i < 50; i++) cells[0].values[i] = i + 1;
    memcpy(expected, cells, sizeof cells);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t n = sizes[i % (sizeof sizes / sizeof *sizes)];
        launches[i] = (struct hone_launch){module, 0, &args[i % 2], n, i / 7 % 2};
        sweep(&expected_args[i % 2], 0, n, NULL);
    }
    uint64_t ns[N];
    for (uint32_t at = 0; at < N; at += 30)
        assert_int_equal(cpu->run(device, launches + at, 30, at % 60 ? ns + at : NULL, NULL),
                         HONE_OK);
    assert_memory_equal(cells, expected, sizeof cells);
    cpu->unload(device, module);
    cpu->close(device);
}

/* ---- shares and scratch ---- */

struct share_args {
    _Atomic uint32_t counts[64];
    void *_Atomic scratch[64];
};

static void note_share(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    struct share_args *a = (struct share_args *)(uintptr_t)args;
    for (uint32_t b = first; b < last; b++) {
        a->counts[b]++;
        a->scratch[b] = scratch;
    }
    for (int i = 0; i < 5000; i++) ((volatile uint8_t *)scratch)[i]++; /* races if it is shared */
}

static void shares_are_even_and_scratch_is_private(void **state)
{
    (void)state;
    static hone_cpu_kernel *const kernels[] = {note_share, note_share};
    struct hone_device *device = open_with(4, 5000);
    struct hone_module *module = load_jumps(device, kernels, 2);
    for (uint32_t n_blocks = 1; n_blocks <= 64; n_blocks++) {
        struct share_args args = {0};
        /* The second entry point, so that the entry is not ignored. */
        struct hone_launch launch = {module, 64, &args, n_blocks, HONE_SCHEDULE_STATIC};
        assert_int_equal(cpu->run(device, &launch, 1, NULL, NULL), HONE_OK);
        uint32_t n_changes = 0, longest = 0, length = 0;
        for (uint32_t b = 0; b < n_blocks; b++) {
            assert_int_equal(args.counts[b], 1);
            assert_int_equal((uintptr_t)args.scratch[b] % 64, 0);
            bool is_new = b == 0 || args.scratch[b] != args.scratch[b - 1];
            length = is_new ? 1 : length + 1;
            n_changes += is_new;
            if (length > longest) longest = length;
        }
        assert_int_equal(n_changes, n_blocks < 4 ? n_blocks : 4);
        assert_int_equal(longest, (n_blocks + 3) / 4);
    }
    cpu->unload(device, module);
    cpu->close(device);
}

/* ---- work of unequal length ---- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum { SLOW_BLOCKS = 64, LONGEST_RUN = SLOW_BLOCKS / (2 * 4) + 1 };

struct slow_args {
    _Atomic uint32_t n_run, n_late;
};

/* Block 0 ends when all blocks outside its own run are done, which another worker must do. */
static void wait_for_rest(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    struct slow_args *a = (struct slow_args *)(uintptr_t)args;
    (void)scratch;
    for (uint32_t b = first; b < last; b++) {
        uint64_t start = now_ns();
        while (b == 0 && a->n_run < SLOW_BLOCKS - LONGEST_RUN && a->n_late == 0)
            if (now_ns() - start > 20000000000u) a->n_late = 1;
        a->n_run++;
    }
}

static void a_slow_block_keeps_few_others_waiting(void **state)
{
    (void)state;
    static hone_cpu_kernel *const kernels[] = {wait_for_rest};
    struct hone_device *device = open_with(2, 0);
    struct hone_module *module = load_jumps(device, kernels, 1);
    for (int round = 0; round < 20; round++) {
        struct slow_args args = {0};
        struct hone_launch launch = {module, 0, &args, SLOW_BLOCKS, HONE_SCHEDULE_DYNAMIC};
        assert_int_equal(cpu->run(device, &launch, 1, NULL, NULL), HONE_OK);
        assert_int_equal(args.n_run, SLOW_BLOCKS);
        assert_int_equal(args.n_late, 0);
    }
    cpu->unload(device, module);
    cpu->close(device);
}

/* ---- many threads, idle pauses ---- */

static void more_threads_than_processors_make_progress(void **state)
{
    (void)state;
    static struct cells cells[2];
    static hone_cpu_kernel *const kernels[] = {sweep};
    struct hone_device *devices[2] = {open_with(16, 0), open_with(2, 0)};
    for (int i = 0; i < 2; i++) {
        struct hone_module *module = load_jumps(devices[i], kernels, 1);
        struct sweep_args args = {&cells[0], &cells[1]};
        struct hone_launch launches[20];
        cells[0].n_blocks = cells[1].n_blocks = 100;
        for (int l = 0; l < 20; l++)
            launches[l] = (struct hone_launch){module, 0, &args, 100, (uint32_t)l % 2};
        for (int r = 0; r < 20; r++) {
            assert_int_equal(cpu->run(devices[i], launches, 20, NULL, NULL), HONE_OK);
            if (r % 5 == 0) usleep(3000); /* long enough for the workers to fall asleep */
        }
        cpu->unload(devices[i], module);
    }
    cpu->close(devices[0]);
    cpu->close(devices[1]);
}

static void nothing(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    (void)args, (void)first, (void)last, (void)scratch;
}

/* Printed for people; a shared machine gives no bound to assert. */
static void barrier_cost_is_shown(void **state)
{
    (void)state;
    enum { N = 500, ROUNDS = 40 };
    static hone_cpu_kernel *const kernels[] = {nothing};
    static struct hone_launch launches[N];
    for (uint32_t n_threads = 1; n_threads <= 4; n_threads *= 2) {
        struct hone_device *device = open_with(n_threads, 0);
        struct hone_module *module = load_jumps(device, kernels, 1);
        for (int i = 0; i < N; i++)
            launches[i] = (struct hone_launch){module, 0, NULL, n_threads, 0};
        uint64_t best_list = UINT64_MAX, best_run = UINT64_MAX;
        for (int r = 0; r < ROUNDS; r++) {
            uint64_t start = now_ns();
            assert_int_equal(cpu->run(device, launches, N, NULL, NULL), HONE_OK);
            uint64_t middle = now_ns();
            for (int i = 0; i < 50; i++) cpu->run(device, launches, 1, NULL, NULL);
            uint64_t end = now_ns();
            if (middle - start < best_list) best_list = middle - start;
            if (end - middle < best_run) best_run = end - middle;
        }
        print_message("%u threads: %.0f ns a launch, %.0f ns a run of one\n", n_threads,
                      (double)best_list / N, (double)best_run / 50);
        cpu->unload(device, module);
        cpu->close(device);
    }
}

/* ---- memory and code ---- */

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct hone_error err;
    static const size_t sizes[] = {1, 4096, 5000, 2 << 20, (2 << 20) + 1, 9 << 20};
    for (uint32_t huge = 0; huge < 2; huge++) {
        struct hone_device *device;
        const struct hone_device_options options = {
            .struct_size = sizeof options, .n_threads = 1, .huge_pages = huge};
        assert_int_equal(cpu->open(&options, &device, &err), HONE_OK);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            void *memory;
            uint8_t byte = 1;
            assert_int_equal(cpu->alloc(device, sizes[i], &memory, &err), HONE_OK);
            assert_int_equal((uintptr_t)memory % (huge && sizes[i] >= 2 << 20 ? 2 << 20 : 64), 0);
            for (size_t at = 0; at < sizes[i]; at += 61)
                assert_int_equal(((uint8_t *)memory)[at], 0);
            assert_int_equal(cpu->upload(device, (uint8_t *)memory + sizes[i] - 1, "x", 1, &err),
                             HONE_OK);
            assert_int_equal(
                cpu->download(device, &byte, (uint8_t *)memory + sizes[i] - 1, 1, &err), HONE_OK);
            assert_int_equal(byte, 'x');
            cpu->free(device, memory, sizes[i]);
        }
        void *memory;
        assert_int_equal(cpu->alloc(device, SIZE_MAX / 2, &memory, &err), HONE_ERR_NO_MEMORY);
        assert_int_equal(cpu->alloc(device, SIZE_MAX, &memory, &err), HONE_ERR_NO_MEMORY);
        cpu->close(device);
    }
}

static void expect_no_writable_code(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        const char *rights = strchr(line, ' ') + 1;
        assert_false(rights[1] == 'w' && rights[2] == 'x');
    }
    fclose(maps);
}

static void code_is_never_writable(void **state)
{
    (void)state;
    static struct cells cells[2];
    uint8_t page[4096 + 64] = {0};
    struct hone_error err;
    struct hone_module *from_file, *from_memory, *none;
    fixture_jump(page + 4096, sweep);
    char *path = fixture_path();
    FILE *file = fopen(path, "wb+");
    assert_int_equal(fwrite(page, 1, sizeof page, file), sizeof page);
    assert_int_equal(fflush(file), 0);
    struct hone_device *device = open_with(2, 0);
    assert_int_equal(cpu->load(device, page + 4096, 64, fileno(file), 4096, &from_file, &err),
                     HONE_OK);
    assert_int_equal(cpu->load(device, page + 4096, 64, -1, 0, &from_memory, &err), HONE_OK);
    assert_int_not_equal(cpu->load(device, page, 0, -1, 0, &none, &err), HONE_OK);
    expect_no_writable_code();
    fclose(file);
    cells[0].n_blocks = cells[1].n_blocks = 3;
    cells[0].values[1] = 1;
    struct sweep_args args = {&cells[0], &cells[1]};
    struct hone_launch launches[] = {{from_file, 0, &args, 3, 0}, {from_memory, 0, &args, 3, 0}};
    assert_int_equal(cpu->run(device, launches, 2, NULL, NULL), HONE_OK);
    assert_int_equal(cells[1].values[2], 6); /* both have added 3 */
    cpu->unload(device, from_file);
    cpu->unload(device, from_memory);
    cpu->unload(device, NULL);
    cpu->close(device);
    fixture_remove(path);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    struct hone_device *device;
    struct hone_error err;
    struct hone_device_options options = {0};
    assert_int_equal(cpu->open(&options, &device, &err), HONE_ERR_ARGUMENT);
    options.struct_size = sizeof options;
    options.n_threads = 1025;
    assert_int_equal(cpu->open(&options, &device, &err), HONE_ERR_ARGUMENT);
    assert_null(device);
    options.n_threads = 2;
    options.scratch_bytes = UINT64_MAX;
    assert_int_equal(cpu->open(&options, &device, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(cpu->open(NULL, &device, &err), HONE_OK);
    assert_int_equal(cpu->n_workers(device), cpu->n_workers_default());
    cpu->close(device);
    cpu->close(NULL);
    assert_ptr_equal(hone_device_find("cpu"), cpu);
    assert_ptr_equal(hone_device_find("cuda"), &hone_device_cuda);
    assert_null(hone_device_find("tpu"));
}

int main(void)
{
    uint8_t probe[FIXTURE_JUMP_BYTES];
    if (fixture_jump(probe, nothing) == 0) {
        printf("skipped: no jump for this processor\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_run_once_and_in_order),
        cmocka_unit_test(launches_of_all_sizes_follow_each_other),
        cmocka_unit_test(shares_are_even_and_scratch_is_private),
        cmocka_unit_test(a_slow_block_keeps_few_others_waiting),
        cmocka_unit_test(more_threads_than_processors_make_progress),
        cmocka_unit_test(barrier_cost_is_shown),
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(code_is_never_writable),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
