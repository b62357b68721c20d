$# Bandwidth ceilings: a block reads its n_bytes n_iterations times ('read'), or copies their first
$# half to the second ('copy'). n_bytes is a multiple of 128 * block; args is
$# { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template gpu_probe_move
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param block   threads
$param how     read or copy
$include "gpu/vocab/frame.cu.t"

$let at_once = how == 'read' ? 8 : 4
KT_KERNEL(${block}, 1)
{
    const u64 n_bytes = KT_INT(8);
    u8 *own = KT_PTR(u8, 0) + (u64)KT_BID * n_bytes;
    const u32 n_rounds = KT_INT(16);
    const u32 n = (u32)(n_bytes / ${how == 'read' ? 16 : 32});
    struct kt_u4 *from = (struct kt_u4 *)own, v[${at_once}];
    u32 sum = 0;
    for (u32 round = 0; round < n_rounds; round++)
        for (u32 at = KT_TID; at < n; at += ${at_once * block}) {
            KT_UNROLL
            for (u32 i = 0; i < ${at_once}; i++) v[i] = from[at + i * ${block}];
            KT_UNROLL
            for (u32 i = 0; i < ${at_once}; i++)
$if how == 'read'
                sum ^= v[i].x ^ v[i].y ^ v[i].z ^ v[i].w;
$else
                from[n + at + i * ${block}] = v[i];
$end
        }
    // Memory is all zeros: what was read must be there, and nothing is written.
    if (sum != 0) from[KT_TID].x = sum;
}
