$# Matrix fragments and 16-byte tiles in shared memory, sm_80 and later. Asks for `value_type`, the
$# type of 16-bit values ('bf16' or 'f16'), set before the include.
$#
$# Tiles are rows of 16-byte chunks. A chunk c of row r lies in place of chunk c ^ KT_SWIZZLE_n(r), n
$# chunks a row: then eight rows of one chunk, what a phase of ldmatrix reads, lie in all banks.
$#
$# Fragments of lane l, g = l / 4, c = 2 * (l % 4), as PTX numbers them:
$#   A, 16 rows x 16 k   word 0 (row g, k c and c + 1), 1 (row g + 8), 2 (k + 8), 3 (both)
$#   B, 8 columns x 16 k word 0 (column g, k c and c + 1), 1 (k + 8)
$#   sums, 16 x 8        0 and 1 (row g, columns c and c + 1), 2 and 3 (row g + 8)

// A place in shared memory.
typedef u32 kt_at;

// 16 bytes from global to shared memory; `valid` 0 reads nothing and writes zeros.
KT_DEV void kt_copy16(kt_at to, const void *from, u32 valid)
{
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
                 "r"(valid) : "memory");
}

// The same of 8 bytes; of less than all are read, the others become zeros.
KT_DEV void kt_copy8(kt_at to, const void *from, u32 valid)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(to), "l"(from), "r"(valid)
                 : "memory");
}

// Four matrices of 8 x 8 values of 16 bits, whose rows lanes 8i .. 8i + 7 point at: matrix i comes
// as word i, a lane has values c and c + 1 of row g. _t: of column g, rows c and c + 1.
KT_DEV void kt_matrices(u32 *r, kt_at at)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

KT_DEV void kt_matrices_t(u32 *r, kt_at at)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

KT_DEV void kt_shared_load16(u32 *r, kt_at at)
{
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

KT_DEV void kt_shared_store16(kt_at at, const u32 *r)
{
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(at), "r"(r[0]), "r"(r[1]),
                 "r"(r[2]), "r"(r[3]) : "memory");
}

KT_DEV u32 kt_shared_load4(kt_at at)
{
    u32 out;
    asm volatile("ld.shared.u32 %0, [%1];" : "=r"(out) : "r"(at) : "memory");
    return out;
}

KT_DEV float kt_shared_load_f32(kt_at at)
{
    return kt_as_f32(kt_shared_load4(at));
}

KT_DEV void kt_shared_store_f32(kt_at at, float value)
{
    asm volatile("st.shared.f32 [%0], %1;" ::"r"(at), "f"(value) : "memory");
}

KT_DEV u32 kt_shared_load2(kt_at at)
{
    u16 out;
    asm volatile("ld.shared.u16 %0, [%1];" : "=h"(out) : "r"(at) : "memory");
    return out;
}

KT_DEV void kt_shared_load8(u32 *r, kt_at at)
{
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(at) : "memory");
}

// sums += A B, 16 x 8 x 16.
KT_DEV void kt_mma(float *sums, const u32 *a, u32 b0, u32 b1)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.${value_type}.${value_type}.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// sums = A B.
KT_DEV void kt_mma_first(float *sums, const u32 *a, u32 b0, u32 b1)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.${value_type}.${value_type}.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
                 : "=f"(sums[0]), "=f"(sums[1]), "=f"(sums[2]), "=f"(sums[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(0.0f));
}

// Two values of 16 bits in a word, the first in its low half, and back.
$if value_type == 'bf16'
#define kt_pack2 kt_f32_bf2
#define kt_low kt_bf_low
#define kt_high kt_bf_high
$else
#define kt_pack2 kt_f32_h2
#define kt_low kt_h_low
#define kt_high kt_h_high
$end

// x * y + z in both halves, each rounded once.
KT_DEV u32 kt_fma2(u32 x, u32 y, u32 z)
{
    u32 out;
    asm("fma.rn.${value_type}x2 %0, %1, %2, %3;" : "=r"(out) : "r"(x), "r"(y), "r"(z));
    return out;
}

// (x & mask) | bits in one instruction.
KT_DEV u32 kt_mask_or(u32 x, u32 mask, u32 bits)
{
    u32 out;
    asm("lop3.b32 %0, %1, %2, %3, 0xea;" : "=r"(out) : "r"(x), "r"(mask), "r"(bits));
    return out;
}

#define KT_SWIZZLE_4(row) ((row) >> 1 & 3)
#define KT_SWIZZLE_8(row) ((row)&7)

// Where this lane's row of matrices lies in a tile of rows of `chunks` chunks (4 or 8): 16 rows and
// chunks 2 * step, 2 * step + 1. _a: matrices in the order of A's words; _b: as B's of the first
// eight rows, then of the others.
#define KT_TILE(at, chunks, row, chunk)                                                            \
    ((at) + (row) * ((chunks)*16) + (((chunk) ^ KT_SWIZZLE_##chunks(row)) << 4))
#define KT_TILE_A(at, chunks, row, step)                                                           \
    KT_TILE(at, chunks, (row) + (KT_LANE & 15), 2 * (step) + (KT_LANE >> 4))
#define KT_TILE_B(at, chunks, row, step)                                                           \
    KT_TILE(at, chunks, (row) + (KT_LANE & 7) + ((KT_LANE >> 4) << 3),                             \
            2 * (step) + (KT_LANE >> 3 & 1))
