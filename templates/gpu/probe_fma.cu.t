$# Arithmetic ceiling: f32 multiply-add on registers alone. A thread runs n_iterations rounds of
$# `repeats` times `chains` independent sums; args is { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template gpu_probe_fma
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param block   threads
$param repeats times each sum is used in a round
$param chains  sums
$include "gpu/vocab/frame.cu.t"

KT_KERNEL(${block}, 1)
{
    float *own = KT_PTR(float, 0) + (u64)KT_BID * (KT_INT(8) / 4);
    const u32 n_rounds = KT_INT(16);
    float x[${chains}];
    const float less = 1.0f - 1.0f / (float)(n_rounds + 2u), more = 1.0f / (float)(KT_TID + 1u);
    KT_UNROLL
    for (u32 i = 0; i < ${chains}; i++) x[i] = (float)i;
    for (u32 round = 0; round < n_rounds; round++) {
        KT_UNROLL
        for (u32 r = 0; r < ${repeats}; r++)
            KT_UNROLL
            for (u32 i = 0; i < ${chains}; i++) x[i] = kt_fma(x[i], less, more);
    }
    float sum = 0.0f;
    KT_UNROLL
    for (u32 i = 0; i < ${chains}; i++) sum += x[i];
    // Never so: the sums must be there all the same.
    if (sum == 123456.0f) own[KT_TID] = sum;
}
