/* SPDX-License-Identifier: MIT */
/* Bulk tensor copies against loops over the tensor: ranks, element sizes, swizzles, edges, steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx/ptx.h"
#include "tests/emulators/ptx/tensor_map.h"

enum { BOX_BYTES = 16384, TENSOR_BYTES = 1 << 18 };

static const struct box_case {
    int type, rank, swizzle, fill;
    uint32_t element_bytes;
    uint64_t dims[5], strides[4];
    uint32_t box[5], steps[5];
    int32_t at[5];
} cases[] = {
    {0, 1, 0, 0, 1, {200}, {0}, {64}, {1}, {16}},
    {0, 1, 0, 0, 1, {200}, {0}, {64}, {1}, {170}},
    {7, 2, 3, 0, 4, {40, 20}, {160}, {32, 16}, {1, 1}, {0, 0}},
    {7, 2, 3, 0, 4, {40, 20}, {176}, {32, 16}, {1, 1}, {20, 10}},
    {9, 2, 2, 0, 2, {100, 33}, {208}, {32, 24}, {1, 1}, {80, -5}},
    {9, 2, 1, 1, 2, {100, 33}, {208}, {16, 24}, {1, 1}, {-3, 20}},
    {6, 2, 3, 1, 2, {64, 64}, {128}, {64, 40}, {1, 1}, {0, 40}},
    {9, 3, 3, 0, 2, {70, 9, 5}, {160, 1600}, {64, 4, 3}, {1, 1, 1}, {7, 6, 3}},
    {4, 4, 0, 0, 8, {6, 5, 4, 3}, {48, 240, 960}, {4, 3, 2, 2}, {1, 1, 1, 1}, {3, 3, 3, 2}},
    {2,
     5,
     0,
     0,
     4,
     {8, 3, 3, 3, 3},
     {32, 96, 288, 864},
     {4, 2, 2, 2, 2},
     {1, 1, 1, 1, 1},
     {5, 2, -1, 1, 2}},
    {7, 2, 0, 0, 4, {32, 40}, {128}, {8, 12}, {1, 3}, {4, 8}},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

static unsigned char tensor[TENSOR_BYTES], saved[TENSOR_BYTES], box[BOX_BYTES];

static uint32_t side(const struct box_case *c, int i)
{
    return (c->box[i] + c->steps[i] - 1) / c->steps[i];
}

static uint32_t box_bytes(const struct box_case *c)
{
    uint32_t n = c->box[0] * c->element_bytes;
    for (int i = 1; i < c->rank; i++) n *= side(c, i);
    return n;
}

/* Offset of a box's element in the tensor; SIZE_MAX when it is outside. */
static size_t element_at(const struct box_case *c, uint32_t index)
{
    size_t offset = 0;
    for (int i = 0; i < c->rank; i++) {
        const uint32_t n = i == 0 ? c->box[0] : side(c, i);
        const int64_t at = c->at[i] + (int64_t)(index % n) * (i == 0 ? 1 : c->steps[i]);
        index /= n;
        if (at < 0 || at >= (int64_t)c->dims[i]) return SIZE_MAX;
        offset += (size_t)at * (i == 0 ? c->element_bytes : c->strides[i - 1]);
    }
    return offset;
}

/* Where byte `at` of the box is in shared memory: pieces of 16 bytes change places within rows of
 * the swizzle's width, by the number of the row of 128 bytes. */
static uint32_t shared_at(const struct box_case *c, uint32_t at)
{
    const uint32_t pieces = 1u << c->swizzle; /* in a row of the width */
    const uint32_t line = at / 128;
    const uint32_t piece = at / 16 % pieces, row = c->swizzle > 0 ? line % pieces : 0;
    return at - piece * 16 + (piece ^ row) * 16;
}

static const char begin[] =
    ".version 8.0\n.target sm_90\n.address_size 64\n"
    ".visible .entry kernel(.param .u64 box, .param .u32 n, .param .align 4 .b8 at[20],\n"
    "  .param .align 64 .b8 map[128])\n{\n"
    ".reg .pred %p, %q;\n.reg .b32 %c<5>, %s, %b, %n, %t, %i, %v, %a;\n"
    ".reg .b64 %m, %g, %w, %e;\n"
    ".shared .align 1024 .b8 space[16384];\n.shared .align 8 .b64 bar;\n"
    "ld.param.u32 %c0, [at];\nld.param.u32 %c1, [at+4];\nld.param.u32 %c2, [at+8];\n"
    "ld.param.u32 %c3, [at+12];\nld.param.u32 %c4, [at+16];\n"
    "ld.param.u32 %n, [n];\nld.param.u64 %g, [box];\nmov.b64 %m, map;\n"
    "cvta.param.u64 %m, %m;\nmov.u32 %s, space;\nmov.u32 %b, bar;\n"
    "mov.u32 %t, %tid.x;\nsetp.ne.u32 %p, %t, 0;\nshl.b32 %i, %t, 2;\n";

/* Words of the box between global memory and shared memory, whichever way `moves` says. */
static const char loop[] = "$next:\nsetp.ge.u32 %%q, %%i, %%n;\n@%%q bra $done;\n"
                           "add.u32 %%a, %%s, %%i;\ncvt.u64.u32 %%w, %%i;\nadd.u64 %%e, %%g, %%w;\n"
                           "%sadd.u32 %%i, %%i, 128;\nbra.uni $next;\n$done:\n";

static void write_load(char *text, size_t room, int rank, const char *coordinates)
{
    const size_t n = (size_t)snprintf(
        text, room,
        "@%%p bra $asked;\nmbarrier.init.shared.b64 [%%b], 1;\nfence.proxy.async;\n"
        "mbarrier.arrive.expect_tx.shared.b64 _, [%%b], %%n;\n"
        "cp.async.bulk.tensor.%dd.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
        "[%%s], [%%m, {%s}], [%%b];\n$asked:\nbar.sync 0;\n"
        "mbarrier.try_wait.parity.shared.b64 %%q, [%%b], 0;\n",
        rank, coordinates);
    snprintf(text + n, room - n, loop, "ld.shared.u32 %v, [%a];\nst.global.u32 [%e], %v;\n");
}

static void write_store(char *text, size_t room, int rank, const char *coordinates)
{
    size_t n =
        (size_t)snprintf(text, room, loop, "ld.global.u32 %v, [%e];\nst.shared.u32 [%a], %v;\n");
    snprintf(text + n, room - n,
             "fence.proxy.async;\nbar.sync 0;\n@%%p bra $over;\n"
             "cp.async.bulk.tensor.%dd.global.shared::cta.tile.bulk_group [%%m, {%s}], [%%s];\n"
             "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\n$over:\n",
             rank, coordinates);
}

static void write_kernel(char *text, size_t room, int rank, bool is_store)
{
    static const char all[] = "%c0,%c1,%c2,%c3,%c4";
    char body[4096], coordinates[32];
    snprintf(coordinates, sizeof coordinates, "%.*s", 4 * rank - 1, all);
    (is_store ? write_store : write_load)(body, sizeof body, rank, coordinates);
    snprintf(text, room, "%s%sret;\n}\n", begin, body);
}

static void run(const struct box_case *c, bool is_store)
{
    static char text[8192];
    _Alignas(64) unsigned char params[256] = {0};
    struct ptx_module *module = NULL;
    struct hone_error err = {0};
    const uint64_t out = (uint64_t)(uintptr_t)box;
    const uint32_t n = box_bytes(c);
    write_kernel(text, sizeof text, c->rank, is_store);
    if (ptx_module_parse(text, strlen(text), &module, &err) != HONE_OK) fail_msg("%s", err.text);
    memcpy(params, &out, 8);
    memcpy(params + 8, &n, 4);
    memcpy(params + 12, c->at, 20);
    const char *bad =
        ptx_tensor_map_encode(params + 64, c->type, (uint32_t)c->rank, (uint64_t)(uintptr_t)tensor,
                              c->dims, c->strides, c->box, c->steps, 0, c->swizzle, 0, c->fill);
    if (bad != NULL) fail_msg("%s", bad);
    struct ptx_range ranges[2] = {
        {.address = out, .n_bytes = n, .host = box},
        {.address = (uint64_t)(uintptr_t)tensor, .n_bytes = TENSOR_BYTES, .host = tensor}};
    if (ranges[0].address > ranges[1].address) {
        const struct ptx_range first = ranges[1];
        ranges[1] = ranges[0];
        ranges[0] = first;
    }
    const struct ptx_launch launch = {.grid = {1, 1, 1},
                                      .block = {32, 1, 1},
                                      .params = params,
                                      .n_param_bytes = 192,
                                      .ranges = ranges,
                                      .n_ranges = 2};
    const struct ptx_kernel *kernel = ptx_module_find(module, "kernel");
    if (ptx_launch(kernel, &launch, NULL, &err) != HONE_OK) fail_msg("%s", err.text);
    ptx_module_free(module);
}

static void check_load(const struct box_case *c)
{
    memset(box, 0x55, sizeof box);
    run(c, false);
    const uint32_t each = c->element_bytes;
    for (uint32_t i = 0; i < box_bytes(c) / each; i++) {
        unsigned char wanted[8];
        const size_t from = element_at(c, i);
        memset(wanted, c->fill ? 0xff : 0, sizeof wanted);
        if (from != SIZE_MAX) memcpy(wanted, tensor + from, each);
        if (memcmp(box + shared_at(c, i * each), wanted, each) != 0)
            fail_msg("case %d: element %u of the box", (int)(c - cases), i);
    }
}

/* What is inside is written, nothing else is. */
static void check_store(const struct box_case *c)
{
    const uint32_t each = c->element_bytes;
    for (uint32_t i = 0; i < sizeof box; i++) box[i] = (unsigned char)(i * 37 + i / 256);
    memcpy(saved, tensor, sizeof tensor);
    run(c, true);
    for (uint32_t i = 0; i < box_bytes(c) / each; i++) {
        const size_t to = element_at(c, i);
        if (to != SIZE_MAX) memcpy(saved + to, box + shared_at(c, i * each), each);
    }
    if (memcmp(saved, tensor, sizeof tensor) != 0) fail_msg("case %d: stored", (int)(c - cases));
}

static void test_boxes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tensor; i++) tensor[i] = (unsigned char)(i * 131 + i / 251);
    for (int i = 0; i < N_CASES; i++) check_load(&cases[i]);
    for (int i = 0; i < N_CASES; i++) check_store(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_boxes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
