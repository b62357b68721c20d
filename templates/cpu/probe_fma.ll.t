$# Arithmetic ceiling: f32 multiply-add on registers alone. A block
$# runs n_iterations rounds of `repeats` times `chains` independent accumulators,
$# args is { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template probe_fma
$param isa     vocabulary
$param vl      f32 lanes of a register
$param vregs   vector registers
$param repeats times each accumulator is used in a round
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4

$let lanes = vl
$let chains = vregs == 32 ? 24 : 12
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/probe.ll.t"

$macro operands()
  %a = fadd %vf %zero, splat (float 0.5)
  %b = fadd %vf %zero, splat (float 0.25)
$end
$macro one_step(acc, out)
  ${out} = call %vf @v.fma(%vf %a, %vf %b, %vf ${acc})
$end
$call probe_registers('%vf')
