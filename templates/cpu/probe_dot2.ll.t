$# Arithmetic ceiling: bf16 pair dot products on registers alone. A block
$# runs n_iterations rounds of `repeats` times `chains` independent accumulators,
$# args is { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template probe_dot2
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
  %a.f = fadd %vf %zero, splat (float 0.5)
  %b.f = fadd %vf %zero, splat (float 0.25)
  %a = bitcast %vf %a.f to %vp
  %b = bitcast %vf %b.f to %vp
$end
$macro one_step(acc, out)
  ${out} = call %vf @v.dot2(%vf ${acc}, %vp %a, %vp %b)
$end
$call probe_registers('%vf')
