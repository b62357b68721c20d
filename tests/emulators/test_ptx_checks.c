/* SPDX-License-Identifier: MIT */
/* What the PTX interpreter refuses and reports, each from a few lines of PTX with that one fault,
 * beside its right form where one is near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx_kit.h"

static struct {
    uint32_t before[64], out[4096], between[64], in[4096], after[64];
} memory;
static uint32_t *const out = memory.out, *const in = memory.in;

static void start(struct kit *k, const char *body)
{
    for (uint32_t i = 0; i < 4096; i++) in[i] = i * 3 + 1;
    memset(out, 0, sizeof memory.out);
    kit_body(k, body);
    kit_buffer(k, out, sizeof memory.out);
    kit_buffer(k, in, sizeof memory.in);
}

static void runs(const char *body, uint32_t threads)
{
    struct kit k;
    start(&k, body);
    kit_run(&k, 1, threads);
    kit_close(&k);
}

static void faults(const char *body, uint32_t threads, enum ptx_fault fault, const char *text)
{
    struct kit k;
    start(&k, body);
    kit_fault(&k, 1, threads, fault, text);
    kit_close(&k);
}

static void test_refuses_text(void **state)
{
    (void)state;
    kit_refused("", "no PTX");
    kit_refused("hello", "no PTX");
    kit_refused(".version 9.0\n.address_size 64\n", "no .target");
    kit_refused(".version 9.0\n.target sm_90\n.address_size 32\n", ".address_size 32");
    kit_refused(".version 9.0\n.target sm_90\n.bogus\n", "directive .bogus");
    kit_refused(".version 9.0\n.target sm_90\n.visible .entry k(", "PTX line 3");
    kit_refused(".version 9.0\n.target sm_90\n.entry k()\n{\n", "k has no end");
    kit_refused(".version 9.0\n.target sm_90\n/* ", "a comment without an end");
    kit_body_refused("frobnicate.u32 %r1, %r2;", "frobnicate.u32: this opcode is not known here");
    kit_body_refused("add.frob.s32 %r1, %r2, %r3;", "add.frob.s32");
    kit_body_refused("add.s32 %r1, %r2;", "2 operands");
    kit_body_refused("add.s32 %r1, %r2, %rd3;", "type b64 where s32 is wanted");
    kit_body_refused("add.s32 %r1, %r2, %r99;", "register %r99");
    kit_body_refused("add.s32 %r1, %r2, nobody;", "nobody");
    kit_body_refused("mov.u32 %tid.x, 3;", "a special register is read only");
    kit_body_refused("bra nowhere;", "no label nowhere");
    kit_body_refused("ld.global.u32 %r1, [smem];", "smem is in another space");
    kit_body_refused("st.param.u64 [out], %rd1;", "read only");
    kit_body_refused("mul.wide.s32 %r1, %r2, %r3;", "type b32 where s64 is wanted");
    kit_body_refused("cvt.f16.f32 %h1, %f1;", "a rounding mode is missing");
    kit_body_refused("cvt.s32.f32 %r1, %f1;", "a rounding to integers is missing");
    kit_body_refused("cp.async.cg.shared.global [%r1], [%rd2], 8;", "a copy of this size");
    kit_body_refused("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, "
                     "{%r1,%r2,%r3}, {%r4,%r5}, {%f1,%f2,%f3,%f4};",
                     "has 3 registers, not 4");
    kit_body_refused("mma.sync.aligned.m16n8k32.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, "
                     "{%r1,%r2,%r3,%r3}, {%r4,%r5}, {%f1,%f2,%f3,%f4};",
                     "no such shape");
    kit_body_refused("tcgen05.alloc.b32 %r1, %r2;", "tensor memory");
    kit_body_refused("wmma.load.a.sync.f16 %r1, %r2;", "only mma.sync");
    kit_body_refused("ld.global.u32 %r1, [[[[[[[[[[%rd1]]]]]]]]]];", "nested too deeply");
}

static void test_memory(void **state)
{
    (void)state;
    runs("ld.global.u32 %r2, [%rd5]; st.global.u32 [%rd4], %r2;", 32);
    faults("ld.global.u32 %r2, [%rd5+16384];", 32, PTX_FAULT_ADDRESS,
           "lane 0, PTX line 19 'ld.global.u32 %r2, [%rd5+16384]': load of 4 bytes");
    faults("ld.global.u32 %r2, [%rd5+16376];", 32, PTX_FAULT_ADDRESS, "lane 2");
    faults("st.global.u32 [%rd4+-4], %r2;", 32, PTX_FAULT_ADDRESS, "store of 4 bytes");
    faults("ld.global.v4.u32 {%r2,%r3,%r4,%r5}, [%rd5];", 32, PTX_FAULT_MISALIGNED,
           "is no multiple of 16");
    faults("ld.global.u32 %r2, [%rd9];", 1, PTX_FAULT_MISALIGNED, "no multiple");
    faults("mov.u64 %rd9, 0; ld.global.u32 %r2, [%rd9];", 1, PTX_FAULT_ADDRESS,
           "before all memory");
    faults("cvta.shared.u64 %rd9, 1024; ld.global.u32 %r2, [%rd9];", 1, PTX_FAULT_ADDRESS,
           "no global address");
    faults("mov.b64 %rd9, out; cvta.param.u64 %rd9, %rd9; st.u64 [%rd9], %rd1;", 1,
           PTX_FAULT_ADDRESS, "a store to a parameter");
    runs("mov.b64 %rd9, in; cvta.param.u64 %rd9, %rd9; ld.u64 %rd9, [%rd9]; ld.u32 %r2, [%rd9];",
         1);
    faults("div.u32 %r2, %r1, 0;", 1, PTX_FAULT_INSTRUCTION, "a division by zero");
    faults("trap;", 1, PTX_FAULT_INSTRUCTION, "trapped");
    faults("L: bra L;", 1, PTX_FAULT_TIMEOUT, "stopped after");
}

static void test_shared(void **state)
{
    (void)state;
    /* The right one: neighbours exchange through shared memory, with a barrier between. */
#define EXCHANGE(barrier)                                                                          \
    "mov.u32 %r2, smem; shl.b32 %r3, %r1, 2; add.s32 %r4, %r2, %r3; st.shared.u32 [%r4], "         \
    "%r1;\n" barrier "xor.b32 %r5, %r3, 252; add.s32 %r5, %r5, %r2; ld.shared.u32 %r6, [%r5];\n"   \
    "st.global.u32 [%rd4], %r6;"
    runs(EXCHANGE("bar.sync 0;"), 64);
    assert_int_equal(out[0], 63);
    assert_int_equal(out[40], 23);
    faults(EXCHANGE(""), 64, PTX_FAULT_SHARED, "shared");
    faults(
        "mov.u32 %r2, smem; shl.b32 %r3, %r1, 2; add.s32 %r4, %r2, %r3; st.shared.u32 [%r4], %r1;\n"
        "bar.sync 0; st.shared.u32 [smem], %r1;",
        64, PTX_FAULT_SHARED, "data race: it writes");
    /* Reads, then writes of another warp without a barrier: what runs in order gets right. */
    faults(
        "mov.u32 %r2, smem; shl.b32 %r3, %r1, 2; add.s32 %r4, %r2, %r3; st.shared.u32 [%r4], %r1;\n"
        "bar.sync 0; ld.shared.u32 %r6, [smem]; setp.eq.u32 %p1, %r1, 32;\n"
        "@%p1 st.shared.u32 [smem], %r6;",
        64, PTX_FAULT_SHARED, "data race: it");
    runs(
        "mov.u32 %r2, smem; shl.b32 %r3, %r1, 2; add.s32 %r4, %r2, %r3; st.shared.u32 [%r4], %r1;\n"
        "bar.sync 0; ld.shared.u32 %r6, [smem]; bar.sync 0; setp.eq.u32 %p1, %r1, 32;\n"
        "@%p1 st.shared.u32 [smem], %r6;",
        64);
    /* Warp 1 comes last to the barrier, goes on at once and reads what warp 0 then writes. */
    faults(
        "setp.lt.u32 %p1, %r1, 32; @%p1 st.shared.u32 [smem], 7; bar.sync 0;\n"
        "@!%p1 ld.shared.u32 %r6, [smem]; setp.eq.u32 %p2, %r1, 0; @%p2 st.shared.u32 [smem], 9;",
        64, PTX_FAULT_SHARED, "data race: it writes shared bytes 0.. that warp 1 read");
    /* Bytes of one word by different warps are no race. */
    runs("mov.u32 %r2, smem; add.s32 %r4, %r2, %r1; st.shared.u8 [%r4], %r1; bar.sync 0;\n"
         "ld.shared.u8 %r5, [%r4];",
         50);
    runs("shr.u32 %r3, %r1, 5; mov.u32 %r2, smem; add.s32 %r4, %r2, %r3; setp.eq.u32 %p1, %r1, 0;\n"
         "setp.eq.u32 %p2, %r1, 32; or.pred %p1, %p1, %p2; @%p1 st.shared.u8 [%r4], 1;",
         64);
    faults("ld.shared.u32 %r2, [smem];", 32, PTX_FAULT_SHARED, "that nobody wrote");
    faults("st.shared.u16 [smem], 1; ld.shared.u32 %r2, [smem];", 1, PTX_FAULT_SHARED,
           "that nobody wrote");
    faults("st.shared.u32 [smem+1024], 1;", 1, PTX_FAULT_ADDRESS,
           "out of bounds: byte 1024 of 1024");
    faults("st.shared.u32 [smem+2], 1;", 1, PTX_FAULT_MISALIGNED, "no multiple of 4");
    faults("st.shared.u32 [dyn], 1;", 1, PTX_FAULT_ADDRESS, "byte 0 of 0");
    struct kit k;
    start(&k, "st.shared.u32 [dyn+60], 1; ld.shared.u32 %r2, [dyn+60]; st.global.u32 [%rd4], %r2;");
    k.launch.shared_bytes = 64;
    kit_run(&k, 1, 1);
    assert_int_equal(out[0], 1);
    kit_close(&k);
    /* Atomics and flags order, they do not race. */
    runs("setp.ne.u32 %p1, %r1, 0; @%p1 bra A; st.shared.u32 [smem], 0; A: bar.sync 0;\n"
         "atom.shared.add.u32 %r2, [smem], 1; bar.sync 0; ld.shared.u32 %r3, [smem];\n"
         "st.global.u32 [%rd4], %r3;",
         96);
    assert_int_equal(out[95], 96);
}

static void test_named_barriers(void **state)
{
    (void)state;
    /* Warp 0 produces, warp 1 consumes, by bar.arrive and bar.sync of 64 threads. */
#define HAND_OVER(arrive)                                                                          \
    "setp.gt.u32 %p1, %r1, 31; @%p1 bra C; shl.b32 %r3, %r1, 2; mov.u32 %r2, smem;\n"              \
    "add.s32 %r3, %r3, %r2; st.shared.u32 [%r3], %r1; " arrive " bra E;\n"                         \
    "C: bar.sync 3, 64; sub.u32 %r4, 63, %r1; shl.b32 %r4, %r4, 2; mov.u32 %r2, smem;\n"           \
    "add.s32 %r4, %r4, %r2; ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd4], %r5;\n E:"
    runs(HAND_OVER("bar.arrive 3, 64;"), 64);
    assert_int_equal(out[32], 31);
    faults(HAND_OVER(""), 64, PTX_FAULT_SYNC, "deadlock: all that is left waits: warp 1");
    faults(HAND_OVER("bar.arrive 4, 64;"), 64, PTX_FAULT_SYNC, "deadlock");
    faults(HAND_OVER("bar.arrive 3, 96;"), 64, PTX_FAULT_SYNC, "barrier 3 is waited for by");
    faults("bar.sync 0, 40;", 64, PTX_FAULT_SYNC, "no multiple of 32");
    faults("bar.sync 16;", 64, PTX_FAULT_SYNC, "there are 16");
    faults("setp.gt.u32 %p1, %r1, 31; @%p1 bar.sync 0, 96;", 64, PTX_FAULT_SYNC, "deadlock");
    /* The other warps have left: the barrier is of those that live. */
    runs("setp.gt.u32 %p1, %r1, 31; @%p1 exit; bar.sync 0;", 96);
    runs("setp.lt.u32 %p1, %r1, 7; bar.red.popc.u32 %r2, 0, %p1; st.global.u32 [%rd4], %r2;", 96);
    assert_int_equal(out[50], 7);
}

static void test_divergence(void **state)
{
    (void)state;
    faults("setp.lt.u32 %p1, %r1, 9; @%p1 bar.sync 0;", 32, PTX_FAULT_SYNC,
           "its predicate differs between lanes");
    faults("setp.lt.u32 %p1, %r1, 9; @%p1 bra A; bar.sync 0; bra B; A: bar.sync 0; B:", 32,
           PTX_FAULT_SYNC, "wait here for the others of the warp");
    faults("setp.lt.u32 %p1, %r1, 9; @%p1 bra A; shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1; A:", 32,
           PTX_FAULT_SYNC, "it reads lane 8, which takes no part");
    /* Half a warp under its own mask is right, with the whole mask it is not. */
    runs("setp.lt.u32 %p1, %r1, 16; @!%p1 bra A; shfl.sync.bfly.b32 %r2, %r1, 1, 31, 0xffff;\n"
         "st.global.u32 [%rd4], %r2; A:",
         32);
    assert_int_equal(out[6], 7);
    faults("setp.lt.u32 %p1, %r1, 16; @!%p1 bra A; shfl.sync.bfly.b32 %r2, %r1, 16, 31, 0xffff; A:",
           32, PTX_FAULT_SYNC, "it reads lane 16, which takes no part");
    faults("shfl.sync.bfly.b32 %r2, %r1, 1, 31, 0xfffe;", 32, PTX_FAULT_SYNC, "is not in its mask");
    faults("shfl.sync.bfly.b32 %r2, %r1, 1, 31, %r1;", 32, PTX_FAULT_SYNC, "mask");
    faults("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2}, {%r3}, "
           "{%f1,%f2,%f3,%f4};",
           16, PTX_FAULT_SYNC, "it needs all 32 lanes");
    faults("setp.lt.u32 %p1, %r1, 9; @%p1 exit; ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r2}, "
           "[smem];",
           32, PTX_FAULT_SYNC, "it needs all 32 lanes");
    faults("setp.lt.u32 %p1, %r1, 9; @%p1 bra.uni A; A:", 32, PTX_FAULT_SYNC,
           ".uni says all or none");
    /* A lane spins on what another lane of its warp will do. */
    runs("setp.ne.u32 %p1, %r1, 5; @%p1 bra W; st.shared.u32 [smem+4], 1;\n"
         "st.volatile.shared.u32 [smem], 1; bra E;\n"
         "W: setp.ne.u32 %p2, %r1, 3; @%p2 bra E;\n"
         "S: st.volatile.shared.u32 [smem+8], 1; ld.volatile.shared.u32 %r2, [smem+8]; E: ",
         32);
    /* Loops of different length end together. */
    runs("mov.u32 %r2, 0; and.b32 %r4, %r1, 7;\n"
         "T: add.u32 %r2, %r2, 1; setp.lt.u32 %p1, %r2, %r4; @%p1 bra T;\n"
         "vote.sync.ballot.b32 %r5, %p1, -1; shfl.sync.idx.b32 %r6, %r2, 7, 31, -1;\n"
         "st.global.u32 [%rd4], %r6;",
         32);
    assert_int_equal(out[0], 7);
}

static void test_async(void **state)
{
    (void)state;
    /* Two groups of 16 bytes a lane; `wait` before the barrier and the read of the first. */
#define COPIES(wait)                                                                               \
    "shl.b32 %r3, %r1, 4; mov.u32 %r2, smem; add.s32 %r4, %r2, %r3; mul.wide.u32 %rd6, %r1, 16;\n" \
    "add.s64 %rd7, %rd2, %rd6; cp.async.cg.shared.global [%r4], [%rd7], 16;\n"                     \
    "cp.async.commit_group; cp.async.ca.shared.global [%r4+512], [%rd7+512], 4;\n"                 \
    "cp.async.commit_group;\n" wait "bar.sync 0;\n"                                                \
    "ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd4], %r5;"
    runs(COPIES("cp.async.wait_group 1;"), 32);
    assert_int_equal(out[2], in[8]);
    runs(COPIES("cp.async.wait_all;"), 32);
    faults(COPIES("cp.async.wait_group 2;"), 32, PTX_FAULT_SHARED, "is still under way");
    faults(COPIES(""), 32, PTX_FAULT_SHARED, "is still under way");
    faults(COPIES("cp.async.wait_group 1; st.shared.u32 [%r4+512], 1;"), 32, PTX_FAULT_SHARED,
           "is still under way");
    /* The copies of another warp, waited for by that warp, but with no barrier after it. */
    faults("shl.b32 %r3, %r1, 2; mov.u32 %r2, smem; add.s32 %r4, %r2, %r3;\n"
           "cp.async.ca.shared.global [%r4], [%rd5], 4; cp.async.wait_all;\n"
           "xor.b32 %r3, %r3, 128; add.s32 %r4, %r2, %r3; ld.shared.u32 %r5, [%r4];",
           64, PTX_FAULT_SHARED, "");
    /* A prefetch into bytes that another warp read in the same interval. */
    faults(
        "shl.b32 %r3, %r1, 2; mov.u32 %r2, smem; add.s32 %r4, %r2, %r3; st.shared.u32 [%r4], %r1;\n"
        "bar.sync 0; xor.b32 %r3, %r3, 128; add.s32 %r5, %r2, %r3; ld.shared.u32 %r6, [%r5];\n"
        "cp.async.ca.shared.global [%r4], [%rd5], 4;",
        64, PTX_FAULT_SHARED, "");
    /* Zero fill: of 16 bytes the first 4, the rest never read (it lies outside). */
    runs("cp.async.cg.shared.global [smem], [%rd5+16368], 16, 4; cp.async.wait_all;\n"
         "ld.shared.u32 %r5, [smem+4]; st.global.u32 [%rd4], %r5;",
         1);
}

static void test_launches(void **state)
{
    (void)state;
    struct kit k;
    start(&k, "");
    k.n_params = 1;
    kit_fault(&k, 1, 32, PTX_FAULT_LAUNCH, "8 bytes of parameters, 16 expected");
    kit_close(&k);
    start(&k, "");
    kit_fault(&k, 1, 2048, PTX_FAULT_LAUNCH, "too large");
    kit_close(&k);
    start(&k, "");
    k.launch.shared_bytes = 300000;
    kit_fault(&k, 1, 32, PTX_FAULT_LAUNCH, "bytes of shared memory");
    kit_close(&k);
    start(&k, "");
    kit_run(&k, 3, 40);
    assert_int_equal(k.result.n_instructions, 3 * 2 * 7);
    assert_int_equal(k.result.n_thread_instructions, 3 * 40 * 7);
    assert_int_equal(ptx_kernel_count(k.kernel, "add.s64"), 2);
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_text), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_shared),       cmocka_unit_test(test_named_barriers),
        cmocka_unit_test(test_divergence),   cmocka_unit_test(test_async),
        cmocka_unit_test(test_launches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
