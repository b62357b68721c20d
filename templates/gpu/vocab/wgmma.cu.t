$# Matrix instructions of four warps together, both operands in shared memory: sm_90a alone. Asks for
$# value_type and wgmma_n, the columns of an instruction. Which lane has what follows from mma.cu.t: warp w
$# of the four has rows 16w .. 16w + 15, and of them 16 x 8 values after one another.
$#
$# Operands are rows of 64 values of 16 bits along k, 128 bytes, swizzled as KT_SWIZZLE_8 says; they begin
$# at a multiple of 1024 bytes.

// A tile for the instruction; 16 values further along k is 2 more.
KT_DEV u64 kt_wgmma_tile(kt_at at)
{
    // The swizzle of 128 bytes; eight rows are 1024 bytes apart; the bytes along k do not count.
    return (u64)(at >> 4 & 0x3fff) | 1ull << 16 | 64ull << 32 | 1ull << 62;
}

// What this thread copied to shared memory is seen by the instructions below, once a barrier says so.
#define KT_FENCE_ASYNC() asm volatile("fence.proxy.async.shared::cta;" ::: "memory")
// Before the first of a row of instructions: registers are what they should be.
#define KT_WGMMA_BEGIN() asm volatile("wgmma.fence.sync.aligned;" ::: "memory")
#define KT_WGMMA_COMMIT() asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory")
// At most n groups go on.
#define KT_WGMMA_WAIT(n) asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(n) : "memory")
$let registers = ''
$let operands = ''
$for i in 0..wgmma_n / 2
$let registers = registers + (i ? ', ' : '') + (i % 16 == 0 ? '"\n                 "' : '') + '%' + str(i)
$let operands = operands + (i ? ', ' : '') + (i % 6 == 0 ? '\n                   ' : '') + '"+f"(sums[' + str(i) + '])'
$end

// sums += A B, 64 x ${wgmma_n} x 16, some time before the group of this instruction is waited for.
KT_DEV void kt_wgmma(float *sums, u64 a, u64 b)
{
    asm volatile("{\n"
                 ".reg .pred p;\n"
                 "setp.ne.b32 p, 1, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n${wgmma_n}k16.f32.${value_type}.${value_type} {${registers}}, "
                 "%${wgmma_n / 2}, %${wgmma_n / 2 + 1}, p, 1, 1, 0, 0;\n"
                 "}\n"
                 : ${operands}
                 : "l"(a), "l"(b));
}
