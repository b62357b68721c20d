/* SPDX-License-Identifier: MIT */
/* Graphs of the mock driver: captured, built, changed, launched; and its tensor maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/mock_kit.h"

enum { N = 100 };

static float first_of(uint64_t p)
{
    float value;
    OK(cuCtxSynchronize());
    OK(cuMemcpyDtoH_v2(&value, p, sizeof value));
    return value;
}

static void captures(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    struct mock_stream *a, *b;
    struct mock_event *fork, *join;
    OK(cuStreamCreate(&a, CU_STREAM_NON_BLOCKING));
    OK(cuStreamCreate(&b, CU_STREAM_NON_BLOCKING));
    OK(cuEventCreate(&fork, 0));
    OK(cuEventCreate(&join, 0));
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_GLOBAL));
    OK(kit_launch(kit.scale, a, p, N, 2));
    OK(cuEventRecord(fork, a));
    OK(cuStreamWaitEvent(b, fork, 0));
    OK(kit_launch(kit.shift, b, p, N, 1));
    OK(cuEventRecord(join, b));
    OK(cuStreamWaitEvent(a, join, 0));
    OK(kit_launch(kit.scale, a, p, N, 10));
    struct mock_graph *graph;
    struct mock_exec *exec;
    OK(cuStreamEndCapture(a, &graph));
    CHECK(first_of(p) == 1); /* captured, not run */
    OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    OK(cuGraphLaunch(exec, a));
    CHECK(first_of(p) == 30); /* (1 * 2 + 1) * 10 */
    struct mock_node *nodes[4];
    size_t n = 4;
    int type = -1;
    OK(cuGraphGetNodes(graph, nodes, &n));
    CHECK(n == 3);
    OK(cuGraphNodeGetType(nodes[1], &type));
    CHECK(type == CU_NODE_KERNEL);
    struct cu_kernel_node_params params;
    OK(cuGraphKernelNodeGetParams_v2(nodes[1], &params));
    CHECK(params.function == kit.shift && *(float *)params.params[2] == 1);
    float seven = 7;
    void *changed[] = {params.params[0], params.params[1], &seven};
    params.params = changed;
    OK(cuGraphLaunch(exec, a)); /* under way: keeps what it was launched with */
    OK(cuGraphExecKernelNodeSetParams_v2(exec, nodes[1], &params));
    CHECK(first_of(p) == 610);
    OK(cuGraphLaunch(exec, a));
    CHECK(first_of(p) == 12270);
    OK(cuGraphNodeSetEnabled(exec, nodes[2], 0));
    OK(cuGraphLaunch(exec, a));
    OK(cuGraphExecDestroy(exec));
    CHECK(first_of(p) == 24547);
    OK(cuGraphDestroy(graph));
    CHECK_RC(cuGraphLaunch(exec, a), CU_INVALID_HANDLE);
    CHECK_RC(cuGraphInstantiateWithFlags(&exec, graph, 0), CU_INVALID_HANDLE);
}

static void forbids_in_captures(void)
{
    const struct mock_kit kit = kit_open();
    const uint64_t p = kit_floats(N, 1);
    struct mock_stream *a, *b;
    struct mock_event *event;
    struct mock_graph *graph;
    uint64_t more;
    OK(cuStreamCreate(&a, 0));
    OK(cuStreamCreate(&b, 0));
    OK(cuEventCreate(&event, 0));
    CHECK_RC(cuStreamBeginCapture_v2(NULL, 0), CU_CAPTURE_UNSUPPORTED);
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_GLOBAL));
    CHECK_RC(cuMemAlloc_v2(&more, 4), CU_CAPTURE_UNSUPPORTED);
    CHECK_RC(kit_launch(kit.scale, a, p, N, 2), CU_CAPTURE_INVALIDATED);
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_INVALIDATED);
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_RELAXED));
    OK(cuMemAlloc_v2(&more, 4));
    CHECK_RC(cuStreamSynchronize(a), CU_CAPTURE_UNSUPPORTED);
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_INVALIDATED);
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_RELAXED));
    CHECK_RC(kit_launch(kit.scale, NULL, p, N, 2), CU_CAPTURE_IMPLICIT); /* would wait for `a` */
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_INVALIDATED);
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_RELAXED));
    OK(cuEventRecord(event, a));
    CHECK_RC(cuEventQuery(event), CU_CAPTURED_EVENT);
    OK(cuStreamWaitEvent(b, event, 0));
    OK(kit_launch(kit.scale, b, p, N, 2));
    CHECK_RC(cuStreamEndCapture(b, &graph), CU_CAPTURE_UNMATCHED);
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_INVALIDATED);
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_RELAXED));
    OK(cuEventRecord(event, a));
    OK(cuStreamWaitEvent(b, event, 0));
    OK(kit_launch(kit.scale, b, p, N, 2));
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_UNJOINED);
    OK(cuEventRecord(event, b));
    OK(cuStreamBeginCapture_v2(a, CU_CAPTURE_RELAXED));
    CHECK_RC(cuStreamWaitEvent(a, event, 0), CU_CAPTURE_ISOLATION);
    CHECK_RC(cuStreamEndCapture(a, &graph), CU_CAPTURE_INVALIDATED);
    CHECK(first_of(p) == 1);
}

/* Without an edge between them the node that was made last runs first. */
static void builds(bool with_edge)
{
    const struct mock_kit kit = kit_open();
    uint64_t p = kit_floats(N, 1);
    uint32_t n = N;
    float two = 2, one = 1;
    void *by_two[] = {&p, &n, &two}, *by_one[] = {&p, &n, &one};
    struct cu_kernel_node_params params = {
        .function = kit.scale, .grid = {2, 1, 1}, .block = {64, 1, 1}, .params = by_two};
    struct mock_graph *graph, *other;
    struct mock_node *set, *scale, *shift, *end, *foreign;
    struct mock_exec *exec;
    OK(cuGraphCreate(&graph, 0));
    OK(cuGraphCreate(&other, 0));
    OK(cuGraphAddEmptyNode(&foreign, other, NULL, 0));
    const struct cu_memset_node_params fill = {
        .to = p, .value = 0x40400000, .element_bytes = 4, .width = N, .height = 1};
    OK(cuGraphAddMemsetNode(&set, graph, NULL, 0, &fill, kit.context));
    CHECK_RC(cuGraphAddKernelNode_v2(&scale, graph, &foreign, 1, &params), CU_INVALID_VALUE);
    OK(cuGraphAddKernelNode_v2(&scale, graph, &set, 1, &params));
    params.function = kit.shift;
    params.params = by_one;
    OK(cuGraphAddKernelNode(&shift, graph, with_edge ? &scale : &set, 1, &params));
    OK(cuGraphAddEmptyNode(&end, graph, &shift, 1));
    OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    OK(cuGraphLaunch(exec, NULL));
    CHECK(first_of(p) == (with_edge ? 7 : 8)); /* 3 * 2 + 1, (3 + 1) * 2 */
}

static void builds_chain(void)
{
    builds(true);
}

static void builds_loose(void)
{
    builds(false);
}

static void encodes_maps(void)
{
    kit_open();
    const uint64_t p = kit_floats(64 * 64, 0);
    _Alignas(64) unsigned char map[128];
    void *at = (void *)(uintptr_t)p;
    uint64_t dims[5] = {64, 64, 1, 1, 1}, strides[4] = {256, 16384, 16384, 16384};
    uint32_t box[5] = {32, 64, 1, 1, 1}, ones[5] = {1, 1, 1, 1, 1}, steps[5] = {1, 9, 1, 1, 1};
    uint32_t wide[5] = {64, 64, 1, 1, 1}, tall[5] = {32, 257, 1, 1, 1}, odd[5] = {3, 1, 1, 1, 1};
    uint64_t bad_strides[4] = {264, 0, 0, 0}, none[5] = {64, 0, 1, 1, 1};
    OK(cuTensorMapEncodeTiled(map, 7, 2, at, dims, strides, box, ones, 0, 3, 2, 0));
    OK(cuTensorMapEncodeTiled(map, 7, 5, at, dims, strides, box, ones, 0, 3, 2, 1));
    const struct {
        void *out, *address;
        uint32_t rank;
        const uint64_t *dims, *strides;
        const uint32_t *box, *steps;
        int type, swizzle, fill;
    } bad[] = {
        {map + 8, at, 2, dims, strides, box, ones, 7, 3, 0},
        {map, (char *)at + 8, 2, dims, strides, box, ones, 7, 3, 0},
        {map, at, 6, dims, strides, box, ones, 7, 3, 0},
        {map, at, 2, none, strides, box, ones, 7, 3, 0},
        {map, at, 2, dims, bad_strides, box, ones, 7, 3, 0},
        {map, at, 2, dims, strides, wide, ones, 7, 3, 0},
        {map, at, 2, dims, strides, box, ones, 7, 2, 0},
        {map, at, 2, dims, strides, tall, ones, 7, 3, 0},
        {map, at, 2, dims, strides, odd, ones, 7, 0, 0},
        {map, at, 2, dims, strides, box, steps, 7, 3, 0},
        {map, at, 2, dims, strides, box, ones, 2, 3, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const int rc = cuTensorMapEncodeTiled(bad[i].out, bad[i].type, bad[i].rank, bad[i].address,
                                              bad[i].dims, bad[i].strides, bad[i].box, bad[i].steps,
                                              0, bad[i].swizzle, 2, bad[i].fill);
        if (rc != CU_INVALID_VALUE) fprintf(stderr, "case %zu\n", i);
        CHECK(rc == CU_INVALID_VALUE);
    }
}

static void test_captures(void **state)
{
    (void)state;
    assert_int_equal(in_child(captures, NULL, 0), 0);
}

static void test_forbids(void **state)
{
    (void)state;
    assert_int_equal(in_child(forbids_in_captures, NULL, 0), 0);
}

static void test_builds(void **state)
{
    (void)state;
    assert_int_equal(in_child(builds_chain, NULL, 0), 0);
    assert_int_equal(in_child(builds_loose, NULL, 0), 0);
}

static void test_encodes_maps(void **state)
{
    (void)state;
    assert_int_equal(in_child(encodes_maps, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures), cmocka_unit_test(test_forbids),
        cmocka_unit_test(test_builds), cmocka_unit_test(test_encodes_maps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
