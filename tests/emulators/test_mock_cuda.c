/* SPDX-License-Identifier: MIT */
/* The mock driver keeps a real one's promises, and breaks what only a careless caller relies on:
 * work runs when it is waited for, dead handles and wrong sizes are errors, a lost context is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/hash.h"
#include "tests/emulators/mock_kit.h"

enum { N = 100 };

static float *pinned(size_t n)
{
    void *memory = NULL;
    OK(cuMemHostAlloc(&memory, n * sizeof(float), 0));
    return memory;
}

static void runs_kernels(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    struct mock_event *begin, *end;
    OK(cuEventCreate(&begin, 0));
    OK(cuEventCreate(&end, 0));
    OK(cuEventRecord(begin, NULL));
    OK(kit_launch(kit.scale, NULL, p, N, 3));
    OK(cuEventRecord(end, NULL));
    float host[N], ms = 0;
    OK(cuMemcpyDtoH_v2(host, p, sizeof host));
    for (int i = 0; i < N; i++) CHECK(host[i] == 3 * (float)(i + 1));
    OK(cuEventElapsedTime(&ms, begin, end));
    /* 4 warps, 15 to 16 instructions each, and the record itself */
    CHECK(ms > 55e-6f && ms < 80e-6f);
    OK(cuEventDestroy_v2(begin));
    OK(cuEventDestroy_v2(end));
    OK(cuMemFree_v2(p));
    OK(cuModuleUnload(kit.module));
    OK(cuDevicePrimaryCtxRelease_v2(0));
}

static void test_runs_kernels(void **state)
{
    (void)state;
    static const char *const strict[] = {"MOCK_CUDA_STRICT", "1", NULL};
    assert_int_equal(in_child(runs_kernels, strict, 0), 0);
}

/* Nothing happens before somebody waits, and what does not wait sees old bytes. */
static void is_lazy(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    struct mock_stream *apart, *blocking;
    OK(cuStreamCreate(&apart, CU_STREAM_NON_BLOCKING));
    OK(cuStreamCreate(&blocking, 0));
    float *seen = pinned(N), host[N];
    memset(seen, 0, N * sizeof *seen);
    OK(kit_launch(kit.scale, apart, p, N, 2));
    OK(cuMemcpyDtoHAsync_v2(seen, p, N * sizeof *seen, apart));
    CHECK(seen[0] == 0);
    OK(cuMemcpyDtoH_v2(host, p, sizeof host)); /* stream 0 does not wait for that stream */
    CHECK(host[0] == 1);
    OK(cuStreamSynchronize(apart));
    CHECK(seen[0] == 2 && seen[N - 1] == 2 * N);
    OK(kit_launch(kit.scale, blocking, p, N, 2));
    OK(cuMemcpyDtoH_v2(host, p, sizeof host)); /* but for this one it does */
    CHECK(host[0] == 4);
    seen[0] = 7;
    OK(cuMemcpyHtoDAsync_v2(p, seen, sizeof *seen, apart));
    seen[0] = 9; /* pinned bytes are read when the copy runs */
    OK(cuCtxSynchronize());
    OK(cuMemcpyDtoH_v2(host, p, sizeof host));
    CHECK(host[0] == 9);
    host[0] = 5;
    OK(cuMemcpyHtoDAsync_v2(p, host, sizeof *host, apart));
    host[0] = 6; /* others when it is asked for */
    OK(cuCtxSynchronize());
    OK(cuMemcpyDtoH_v2(host, p, sizeof host));
    CHECK(host[0] == 5);
}

static void test_is_lazy(void **state)
{
    (void)state;
    assert_int_equal(in_child(is_lazy, NULL, 0), 0);
    assert_non_null(strstr(mock_kit_output, "unpinned memory"));
}

static void orders_by_events(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    struct mock_stream *a, *b;
    struct mock_event *event, *never, *untimed;
    float ms, host[N];
    OK(cuStreamCreate(&a, CU_STREAM_NON_BLOCKING));
    OK(cuStreamCreate(&b, CU_STREAM_NON_BLOCKING));
    OK(cuEventCreate(&event, 0));
    OK(cuEventCreate(&never, 0));
    OK(cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING));
    OK(kit_launch(kit.scale, a, p, N, 10));
    OK(cuEventRecord(event, a));
    OK(cuStreamWaitEvent(b, event, 0));
    OK(kit_launch(kit.shift, b, p, N, 1));
    OK(cuStreamSynchronize(b));
    OK(cuMemcpyDtoH_v2(host, p, sizeof host));
    CHECK(host[0] == 11);
    OK(kit_launch(kit.scale, a, p, N, 2)); /* without an event the newer stream comes first */
    OK(kit_launch(kit.shift, b, p, N, 1));
    OK(cuCtxSynchronize());
    OK(cuMemcpyDtoH_v2(host, p, sizeof host));
    CHECK(host[0] == 24);
    OK(kit_launch(kit.scale, a, p, N, 0));
    OK(cuEventRecord(event, a));
    OK(cuEventRecord(untimed, a));
    CHECK_RC(cuEventElapsedTime(&ms, event, event), CU_NOT_READY);
    CHECK_RC(cuEventQuery(event), CU_NOT_READY);
    OK(cuEventQuery(event));
    CHECK_RC(cuStreamQuery(a), CU_NOT_READY);
    OK(cuStreamQuery(a));
    OK(cuEventQuery(never));
    CHECK_RC(cuEventElapsedTime(&ms, never, event), CU_INVALID_HANDLE);
    CHECK_RC(cuEventElapsedTime(&ms, event, untimed), CU_INVALID_HANDLE);
}

static void test_orders_by_events(void **state)
{
    (void)state;
    assert_int_equal(in_child(orders_by_events, NULL, 0), 0);
}

static void reports_misuse(void)
{
    int n = 0;
    CHECK_RC(cuDeviceGetCount(&n), CU_NOT_INITIALIZED);
    OK(cuInit(0));
    uint64_t none = 0;
    CHECK_RC(cuMemAlloc_v2(&none, 4), CU_INVALID_CONTEXT);
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    float host[N + 1] = {0};
    CHECK_RC(cuMemcpyHtoD_v2(p, host, sizeof host), CU_INVALID_VALUE);
    CHECK_RC(cuMemcpyDtoH_v2(host, p + 4, N * sizeof *host), CU_INVALID_VALUE);
    CHECK_RC(cuMemsetD8_v2(p - 1, 0, 4), CU_INVALID_VALUE);
    CHECK_RC(cuMemsetD32_v2(p + 2, 0, 1), CU_INVALID_VALUE);
    CHECK_RC(cuMemFree_v2(p + 4), CU_INVALID_VALUE);
    OK(cuMemFree_v2(p));
    CHECK_RC(cuMemFree_v2(p), CU_INVALID_VALUE);
    CHECK_RC(cuMemcpyHtoD_v2(p, host, 4), CU_INVALID_VALUE);
    struct mock_stream *stream;
    OK(cuStreamCreate(&stream, 0));
    OK(cuStreamDestroy_v2(stream));
    CHECK_RC(cuStreamSynchronize(stream), CU_INVALID_HANDLE);
    CHECK_RC(cuStreamDestroy_v2(stream), CU_INVALID_HANDLE);
    CHECK_RC(cuEventDestroy_v2((struct mock_event *)(void *)kit.module), CU_INVALID_HANDLE);
    OK(cuModuleUnload(kit.module));
    CHECK_RC(kit_launch(kit.scale, NULL, p, N, 1), CU_INVALID_HANDLE);
    CHECK_RC(cuModuleUnload(kit.module), CU_INVALID_HANDLE);
    OK(cuDevicePrimaryCtxRelease_v2(0));
    CHECK_RC(cuCtxSynchronize(), CU_CONTEXT_IS_DESTROYED);
    CHECK_RC(cuDevicePrimaryCtxRelease_v2(0), CU_INVALID_CONTEXT);
    CHECK_RC(cuCtxSetCurrent(kit.context), CU_INVALID_CONTEXT);
}

static void test_reports_misuse(void **state)
{
    (void)state;
    static const char *const strict[] = {"MOCK_CUDA_STRICT", "1", NULL};
    assert_int_equal(in_child(reports_misuse, strict, 99), 99);
    static const char *const lines[] = {"called before cuInit",
                                        "no context is current",
                                        "which has 400",
                                        "in no live allocation",
                                        "stream 2 has been destroyed",
                                        "not a event",
                                        "no multiple of 4",
                                        "function 1 has been destroyed",
                                        "context has been destroyed",
                                        "17 misuses"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr(mock_kit_output, lines[i]) == NULL)
            fail_msg("no \"%s\" in:\n%s", lines[i], mock_kit_output);
}

static void device_memory_is_no_host_memory(void)
{
    kit_open();
    const uint64_t p = kit_floats(1, 1);
    CHECK(*(volatile float *)(uintptr_t)p == 1);
}

static void leaves_things(void)
{
    kit_open();
    kit_floats(N, 1);
}

static void test_ends_with_account(void **state)
{
    (void)state;
    static const char *const strict[] = {"MOCK_CUDA_STRICT", "1", NULL};
    assert_int_equal(in_child(leaves_things, strict, 99), 99);
    assert_non_null(strstr(mock_kit_output, "left behind: allocation 1 of 400 bytes"));
    assert_non_null(strstr(mock_kit_output, "left behind: module 1"));
    assert_non_null(strstr(mock_kit_output, "3 left behind, 0 misuses"));
    assert_int_equal(in_child(leaves_things, NULL, 0), 0);
    const int code = in_child(device_memory_is_no_host_memory, NULL, 139);
    assert_true(code == 139 || code == 1); /* 1: an address sanitizer saw it */
}

static void checks_launches(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    uint32_t n = N;
    float f = 1;
    void *params[] = {(void *)&p, &n, &f};
    struct mock_function *f0 = kit.scale;
    CHECK_RC(cuLaunchKernel(f0, 0, 1, 1, 1, 1, 1, 0, NULL, params, NULL), CU_INVALID_VALUE);
    CHECK_RC(cuLaunchKernel(f0, 1, 1, 1, 1025, 1, 1, 0, NULL, params, NULL), CU_INVALID_VALUE);
    CHECK_RC(cuLaunchKernel(f0, 1, 1, 1, 64, 64, 1, 0, NULL, params, NULL), CU_INVALID_VALUE);
    CHECK_RC(cuLaunchKernel(f0, 1, 1, 1, 1, 1, 1, 49153, NULL, params, NULL), CU_INVALID_VALUE);
    OK(cuFuncSetAttribute(f0, 8, 232448));
    CHECK_RC(cuFuncSetAttribute(f0, 8, 232449), CU_INVALID_VALUE);
    OK(cuLaunchKernel(f0, 1, 1, 1, 1, 1, 1, 232448, NULL, params, NULL));
    unsigned char block[16];
    size_t n_bytes = 15;
    memcpy(block, &p, 8);
    memcpy(block + 8, &n, 4);
    memcpy(block + 12, &f, 4);
    void *extra[] = {(void *)1, block, (void *)2, &n_bytes, NULL};
    CHECK_RC(cuLaunchKernel(f0, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra), CU_INVALID_VALUE);
    n_bytes = 16;
    OK(cuLaunchKernel(f0, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra));
    params[1] = NULL;
    CHECK_RC(cuLaunchKernel(f0, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL), CU_INVALID_VALUE);
    struct cu_launch_attribute cluster = {.id = CU_ATTRIBUTE_CLUSTER, .value.cluster = {2, 1, 1}};
    struct cu_launch_config config = {
        .grid = {3, 1, 1}, .block = {1, 1, 1}, .attributes = &cluster, .n_attributes = 1};
    CHECK_RC(cuLaunchKernelEx(&config, f0, NULL, extra), CU_INVALID_CLUSTER_SIZE);
    cluster.value.cluster[0] = 16;
    config.grid[0] = 16;
    CHECK_RC(cuLaunchKernelEx(&config, f0, NULL, extra), CU_INVALID_CLUSTER_SIZE);
    int blocks = 0;
    OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f0, 256, 0));
    CHECK(blocks == 8);
    OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f0, 32, 100000));
    CHECK(blocks == 2);
    struct mock_function *none;
    CHECK_RC(cuModuleGetFunction(&none, kit.module, "nothing"), CU_NOT_FOUND);
}

static void test_checks_launches(void **state)
{
    (void)state;
    assert_int_equal(in_child(checks_launches, NULL, 0), 0);
}

/* A kernel that leaves its allocation: seen when somebody waits, and then by every call. */
static void loses_its_context(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    OK(kit_launch(kit.scale, NULL, p, N + 1, 1));
    CHECK_RC(cuCtxSynchronize(), CU_ILLEGAL_ADDRESS);
    float host[1];
    uint64_t more;
    CHECK_RC(cuMemcpyDtoH_v2(host, p, 4), CU_ILLEGAL_ADDRESS);
    CHECK_RC(cuMemAlloc_v2(&more, 4), CU_ILLEGAL_ADDRESS);
    CHECK_RC(kit_launch(kit.scale, NULL, p, 1, 1), CU_ILLEGAL_ADDRESS);
    OK(cuDevicePrimaryCtxRelease_v2(0));
    struct mock_context *again;
    CHECK_RC(cuDevicePrimaryCtxRetain(&again, 0), CU_ILLEGAL_ADDRESS);
}

static void fails_on_request(void)
{
    const struct mock_kit kit = kit_open(); /* its cuModuleLoadData is the first */
    const uint64_t p = kit_floats(N, 1);
    uint64_t more;
    CHECK_RC(cuMemAlloc_v2(&more, 4), CU_OUT_OF_MEMORY);
    OK(cuMemAlloc_v2(&more, 4));
    struct mock_stream *stream;
    CHECK_RC(cuStreamCreate(&stream, 0), 46);
    CHECK_RC(cuStreamCreate(&stream, 0), 46);
    OK(kit_launch(kit.scale, NULL, p, N, 1));
    OK(kit_launch(kit.scale, NULL, p, N, 1));
    CHECK_RC(cuCtxSynchronize(), CU_LAUNCH_FAILED);
    CHECK_RC(cuMemAlloc_v2(&more, 4), CU_LAUNCH_FAILED);
}

static void test_fails(void **state)
{
    (void)state;
    assert_int_equal(in_child(loses_its_context, NULL, 0), 0);
    assert_non_null(strstr(mock_kit_output, "scale"));
    static const char *const faults[] = {"MOCK_CUDA_FAIL",
                                         "cuMemAlloc:2:2,cuStreamCreate:1+:46,kernel:2:719", NULL};
    assert_int_equal(in_child(fails_on_request, faults, 0), 0);
}

/* An ELF header that is all of a "cubin", with its PTX in HONE_PTX_DIR. */
static void loads_images(void)
{
    OK(cuInit(0));
    struct mock_context *context;
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    unsigned char cubin[64] = {0x7f, 'E', 'L', 'F', 2, 1};
    cubin[18] = 190;
    cubin[40] = cubin[52] = cubin[58] = 64;
    struct mock_module *module;
    CHECK_RC(cuModuleLoadData(&module, cubin), CU_FILE_NOT_FOUND);
    uint8_t digest[HONE_HASH_BYTES];
    char hex[HONE_HASH_HEX_BYTES], path[512];
    hone_sha256_of(cubin, sizeof cubin, digest);
    hone_hash_hex(digest, hex);
    snprintf(path, sizeof path, "%s/%s.ptx", getenv("HONE_PTX_DIR"), hex);
    static const struct {
        const char *target;
        int rc, rc_text;
    } cases[] = {{"sm_90", 0, 0},
                 {"sm_90a", 0, 0},
                 {"sm_80", 209, 0},
                 {"sm_100a", 209, 218},
                 {"sm_100", 209, 218}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[4096];
        snprintf(text, sizeof text, ".version 8.0\n.target %s\n%s", cases[i].target,
                 strstr(mock_kit_ptx, ".address_size"));
        FILE *file = fopen(path, "w");
        CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
        CHECK_RC(cuModuleLoadData(&module, cubin), cases[i].rc);
        CHECK_RC(cuModuleLoadData(&module, text), cases[i].rc_text);
    }
    unlink(path);
    CHECK_RC(cuModuleLoadData(&module, "nonsense"), CU_INVALID_IMAGE);
    char log[256] = "";
    int options[] = {5, 6};
    void *values[] = {log, (void *)sizeof log};
    CHECK_RC(
        cuModuleLoadDataEx(&module, ".version 8.0\n.target sm_90\n.nothing\n", 2, options, values),
        CU_INVALID_PTX);
    CHECK(strstr(log, "nothing") != NULL);
    cubin[18] = 62;
    CHECK_RC(cuModuleLoadData(&module, cubin), CU_INVALID_IMAGE);
}

static void test_loads_images(void **state)
{
    (void)state;
    char folder[] = "/tmp/mock-cuda-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *const environment[] = {"HONE_PTX_DIR", folder, NULL};
    assert_int_equal(in_child(loads_images, environment, 0), 0);
    rmdir(folder);
}

static void is_small(void)
{
    kit_open();
    int major = 0, minor = 0, sms = 0;
    size_t n_free = 0, n_total = 0;
    uint64_t p, q;
    OK(cuDeviceGetAttribute(&major, 75, 0));
    OK(cuDeviceGetAttribute(&minor, 76, 0));
    OK(cuDeviceGetAttribute(&sms, 16, 0));
    CHECK(major == 12 && minor == 1 && sms == 7);
    OK(cuMemAlloc_v2(&p, 600 << 10));
    CHECK_RC(cuMemAlloc_v2(&q, 600 << 10), CU_OUT_OF_MEMORY);
    OK(cuMemGetInfo_v2(&n_free, &n_total));
    CHECK(n_total == 1 << 20 && n_free == 424 << 10);
    OK(cuMemFree_v2(p));
    OK(cuMemAlloc_v2(&q, 600 << 10));
    CHECK(p != q); /* no address twice, as long as there are others */
    void *call = NULL;
    int found = 0;
    OK(cuGetProcAddress_v2("cuMemAlloc", &call, 13000, 0, &found));
    CHECK(call == (void *)(uintptr_t)cuMemAlloc_v2 && found == 0);
    CHECK_RC(cuGetProcAddress_v2("cuNothing", &call, 13000, 0, &found), CU_NOT_FOUND);
    const char *name = NULL;
    OK(cuGetErrorName(719, &name));
    CHECK(strcmp(name, "CUDA_ERROR_LAUNCH_FAILED") == 0);
}

static void test_settings(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "MOCK_CUDA_CC", "12.1", "MOCK_CUDA_SMS", "7", "MOCK_CUDA_MEMORY", "1048576", NULL};
    assert_int_equal(in_child(is_small, settings, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs_kernels),
                                       cmocka_unit_test(test_is_lazy),
                                       cmocka_unit_test(test_orders_by_events),
                                       cmocka_unit_test(test_reports_misuse),
                                       cmocka_unit_test(test_ends_with_account),
                                       cmocka_unit_test(test_checks_launches),
                                       cmocka_unit_test(test_fails),
                                       cmocka_unit_test(test_loads_images),
                                       cmocka_unit_test(test_settings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
