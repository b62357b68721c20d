$# Arithmetic ceiling: int8 four-element dot products on registers alone. A block
$# runs n_iterations rounds of `repeats` times `chains` independent accumulators,
$# args is { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template probe_dot4
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
  %zero.i = bitcast %vf %zero to %vi
  %a.i = xor %vi %zero.i, splat (i32 16909060)
  %b.i = xor %vi %zero.i, splat (i32 67305985)
  %a = bitcast %vi %a.i to %vb
  %b = bitcast %vi %b.i to %vb
$end
$# Where the dot product is several instructions those on constants would be done once: there one
$# operand is the accumulator. Sums of pairs are the most that such a level does with small weights.
$let by_pairs = pairs_max != 0
$let in_one = has_avx512vnni || has_avxvnni && isa == 'avx2'
$let type = by_pairs ? '%vp' : '%vi'
$macro one_step(acc, out)
$if in_one
  ${out} = call %vi @v.dot4(%vi ${acc}, %vb %a, %vb %b)
$else
  ${out}.x = bitcast ${type} ${acc} to %vb
  ${out} = call ${type} @v.dot4${by_pairs ? '.pairs' : ''}(${type} ${acc}, %vb %a, %vb ${out}.x)
$end
$end
$call probe_registers(type)
