/* SPDX-License-Identifier: MIT */
/* The CUDA device on the mock driver: what is said when there is no device, memory and copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cuda_kit.h"

static const struct hone_device_vtable *const cuda = &hone_device_cuda;

/* ---- finding a device ---- */

static const char *expected_text;

static void detect_fails(void)
{
    struct hone_target target;
    struct hone_device *device;
    struct hone_error err;
    CHECK_FAILS(cuda->detect(&target, &err), HONE_ERR_TARGET, expected_text);
    CHECK_FAILS(cuda->open(NULL, &device, &err), HONE_ERR_TARGET, expected_text);
    CHECK(device == NULL);
    CHECK(cuda->detect(&target, NULL) == HONE_ERR_TARGET);
}

static void detect_finds(void)
{
    struct hone_target target;
    struct hone_error err;
    CHECK_OK(cuda->detect(&target, &err));
    char text[HONE_TARGET_TEXT_BYTES];
    hone_target_format(&target, text);
    CHECK(strcmp(text, expected_text) == 0);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    const struct {
        const char *variables[3], *text;
    } cases[] = {
        {{"HONE_CUDA=/no/such/libcuda.so.1"}, "HONE_CUDA=/no/such/libcuda.so.1: "},
        {{"HONE_CUDA=libm.so.6"}, "libm.so.6 has no function cuInit"},
        {{"HONE_CUDA=" CUDA_STUB}, "stub"},
        {{"MOCK_CUDA_FAIL=cuInit:1+:100", "CUDA_VISIBLE_DEVICES=7"},
         "no device among CUDA_VISIBLE_DEVICES='7'"},
        {{"MOCK_CUDA_FAIL=cuInit:1+:100"}, "MIG mode needs a compute instance"},
        {{"MOCK_CUDA_FAIL=cuInit:1+:803"}, "differ in version"},
        {{"MOCK_CUDA_FAIL=cuInit:1+:802"}, "fabric manager"},
        {{"MOCK_CUDA_DRIVER=11050"}, "for CUDA 11.5, 11.6 is the oldest"},
        {{"HONE_CUDA_DEVICE=1"}, "HONE_CUDA_DEVICE=1: 0 to 0 expected"},
        {{"HONE_CUDA_DEVICE=-1"}, "0 to 0 expected"},
        {{"HONE_CUDA_DEVICE=0x"}, "0 to 0 expected"},
        {{"MOCK_CUDA_CC=7.0"}, "compute capability 7.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expected_text = cases[i].text;
        cuda_kit_run(detect_fails, cases[i].variables);
    }
}

static void capabilities_become_targets(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"MOCK_CUDA_CC=9.0", "cuda:sm_90a"},   {"MOCK_CUDA_CC=8.6", "cuda:sm_86"},
        {"MOCK_CUDA_CC=7.5", "cuda:sm_75"},    {"MOCK_CUDA_CC=10.0", "cuda:sm_100a"},
        {"MOCK_CUDA_CC=12.1", "cuda:sm_121a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const variables[] = {cases[i][0], "HONE_CUDA_DEVICE=0", NULL};
        expected_text = cases[i][1];
        cuda_kit_run(detect_finds, variables);
    }
}

static void check_facts(void)
{
    struct hone_device_facts facts;
    struct hone_error err;
    CHECK_OK(cuda->facts(&facts, &err));
    CHECK(facts.machine.n_sms == 77 && facts.machine.memory_bytes == 1 << 28);
    CHECK(facts.machine.shared_bytes >= 48 << 10 && facts.machine.threads_sm >= 1024);
    CHECK(strcmp(facts.driver, "cuda 13.0") == 0 && strlen(facts.unit) == 40);
    CHECK(facts.machine.model[0] != '\0');
}

static void facts_are_the_devices(void **state)
{
    (void)state;
    const char *const variables[] = {"MOCK_CUDA_SMS=77", "MOCK_CUDA_MEMORY=268435456", NULL};
    cuda_kit_run(check_facts, variables);
}

/* ---- memory ---- */

static void fill(uint8_t *bytes, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)((seed = seed * 69069 + 1) >> 24);
}

/* Sizes around those of the staging memory (two halves of 4 MiB) and of small downloads. */
static const size_t sizes[] = {0,       1,       3,       255,     65535,   65537,   262143,
                               4194303, 4194304, 4194305, 8388607, 8388609, 16777217};
enum { N_SIZES = sizeof sizes / sizeof *sizes, LARGEST = 16777217 };

static void check_copies(void)
{
    struct hone_device *device = cuda_kit_device();
    struct hone_error err;
    uint8_t *from = malloc(LARGEST), *back = malloc(LARGEST + 2);
    void *memory[N_SIZES];
    CHECK(from && back);
    for (size_t i = 0; i < N_SIZES; i++) {
        CHECK_OK(cuda->alloc(device, sizes[i] + 2, &memory[i], &err));
        CHECK((uintptr_t)memory[i] % 64 == 0);
        memset(back, 0xee, sizes[i] + 2);
        CHECK_OK(cuda->download(device, back, memory[i], sizes[i] + 2, &err));
        for (size_t b = 0; b < sizes[i] + 2; b++) CHECK(back[b] == 0);
        fill(from, sizes[i], (uint32_t)i);
        CHECK_OK(cuda->upload(device, (uint8_t *)memory[i] + 1, from, sizes[i], &err));
        memset(from, 0x55, sizes[i]); /* it is the device's by now */
    }
    for (size_t i = 0; i < N_SIZES; i++) {
        fill(from, sizes[i], (uint32_t)i);
        CHECK_OK(cuda->download(device, back, memory[i], sizes[i] + 2, &err));
        CHECK(back[0] == 0 && back[sizes[i] + 1] == 0);
        CHECK(memcmp(back + 1, from, sizes[i]) == 0);
        cuda->free(device, memory[i], sizes[i] + 2);
    }
    cuda->free(device, NULL, 0);
    free(from);
    free(back);
    cuda->close(device);
    cuda->close(NULL);
}

static void copies_of_all_sizes_arrive(void **state)
{
    (void)state;
    cuda_kit_run(check_copies, NULL);
}

/* Many small uploads one after the other: the staging memory is used up again and again. */
static void check_small_uploads(void)
{
    enum { N = 3000, BYTES = 5001 };
    struct hone_device *device = cuda_kit_device();
    struct hone_error err;
    uint8_t part[BYTES], *back = malloc((size_t)N * BYTES);
    void *memory;
    CHECK_OK(cuda->alloc(device, (size_t)N * BYTES, &memory, &err));
    for (uint32_t i = 0; i < N; i++) {
        fill(part, BYTES, i);
        CHECK_OK(cuda->upload(device, (uint8_t *)memory + (size_t)i * BYTES, part, BYTES, &err));
    }
    CHECK_OK(cuda->download(device, back, memory, (size_t)N * BYTES, &err));
    for (uint32_t i = 0; i < N; i++) {
        fill(part, BYTES, i);
        CHECK(memcmp(back + (size_t)i * BYTES, part, BYTES) == 0);
    }
    free(back);
    cuda->free(device, memory, (size_t)N * BYTES);
    cuda->close(device);
}

static void many_small_uploads_arrive(void **state)
{
    (void)state;
    cuda_kit_run(check_small_uploads, NULL);
}

static void check_host_memory(void)
{
    static const size_t n_bytes[] = {1, 1 << 20, (64 << 20) + 1}; /* the last is not pinned */
    struct hone_device *device = cuda_kit_device();
    struct hone_error err;
    for (size_t i = 0; i < 3; i++) {
        void *memory, *host[10];
        CHECK_OK(cuda->alloc(device, n_bytes[i], &memory, &err));
        for (int h = 0; h < 10; h++) { /* more than the device keeps in mind */
            CHECK_OK(cuda->alloc_host(device, n_bytes[i], &host[h], &err));
            CHECK(((uint8_t *)host[h])[0] == 0 && ((uint8_t *)host[h])[n_bytes[i] - 1] == 0);
        }
        fill(host[9], n_bytes[i], 5);
        CHECK_OK(cuda->upload(device, memory, host[9], n_bytes[i], &err));
        CHECK_OK(cuda->download(device, host[0], memory, n_bytes[i], &err));
        CHECK(memcmp(host[0], host[9], n_bytes[i]) == 0);
        for (int h = 0; h < 10; h++) cuda->free_host(device, host[h], n_bytes[i]);
        cuda->free(device, memory, n_bytes[i]);
    }
    cuda->free_host(device, NULL, 0);
    cuda->close(device);
}

static void host_memory_is_copied_directly(void **state)
{
    (void)state;
    cuda_kit_run(check_host_memory, NULL);
}

static void check_out_of_memory(void)
{
    struct hone_device *device = cuda_kit_device();
    struct hone_error err;
    void *first, *second;
    CHECK_OK(cuda->alloc(device, 600000, &first, &err));
    CHECK_FAILS(cuda->alloc(device, 700000, &second, &err), HONE_ERR_NO_MEMORY,
                "no memory for 700000 bytes: ");
    CHECK(strstr(err.text, "of 1048576 are free") && second == NULL);
    cuda->free(device, first, 600000);
    CHECK_OK(cuda->alloc(device, 700000, &second, &err)); /* and the device is well */
    cuda->free(device, second, 700000);
    cuda->close(device);
}

static void too_much_memory_is_refused(void **state)
{
    (void)state;
    const char *const variables[] = {"MOCK_CUDA_MEMORY=1048576", NULL};
    cuda_kit_run(check_out_of_memory, variables);
}

static void check_options(void)
{
    struct hone_device *device;
    struct hone_error err;
    CHECK_FAILS(cuda->open(&(struct hone_device_options){0}, &device, &err), HONE_ERR_ARGUMENT,
                "struct_size");
    CHECK_OK(cuda->open(NULL, &device, &err));
    cuda->close(device);
}

static void options_have_a_size(void **state)
{
    (void)state;
    cuda_kit_run(check_options, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(capabilities_become_targets),
        cmocka_unit_test(facts_are_the_devices),
        cmocka_unit_test(copies_of_all_sizes_arrive),
        cmocka_unit_test(many_small_uploads_arrive),
        cmocka_unit_test(host_memory_is_copied_directly),
        cmocka_unit_test(too_much_memory_is_refused),
        cmocka_unit_test(options_have_a_size),
    };
    return cmocka_run_group_tests(tests, cuda_kit_open, cuda_kit_close);
}
