$# Interleaved weights as f32 vectors, one value of k for the R rows of a group. Needs `type`, `R` and the
$# vocabulary. Blocks come out exact: value * scale and offset * scale fit a float, and so does their sum.
$let is_plain = in(type, 'f32', 'f16', 'bf16')
$let step_values = is_plain ? 1 : 32
$let value_bytes = type == 'f32' ? 4 : 2
$if !is_plain
$include "cpu/gemm/blocks.ll.t"
$end

$# Plain types: %<tag>v, the values of address `p`.
$macro plain_vector(tag, p)
$if type == 'f32'
  %${tag}v = call %vf @v.load(ptr ${p})
$elif type == 'f16'
  %${tag}v = call %vf @v.from.f16(ptr ${p})
$else
  %${tag}v = call %vf @v.from.bf16(ptr ${p})
$end
$end

$# Blocks: %<tag>v<i>, value i of the step whose addresses and scales are there. Called for 0..31 in
$# that order: the bytes of four values are loaded with the first of them.
$macro block_vector(tag, i)
$let g = i / 4
$let high = type != 'q8_0' && g >= 4
$let shift = 8 * (i % 4) + (high ? 4 : 0)
$if i % 4 == 0
  %${tag}q.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${4 * R * (type == 'q8_0' ? g : g % 4)}
  %${tag}q${g} = load %vi, ptr %${tag}q.p${g}, align 1
$end
  %${tag}u.s${i} = lshr %vi %${tag}q${g}, splat (i32 ${shift})
  %${tag}u.m${i} = and %vi %${tag}u.s${i}, splat (i32 ${type == 'q8_0' ? 255 : 15})
$let bits = '%' + tag + 'u.m' + str(i)
$if type == 'q6_k'
$if i % 4 == 0
  %${tag}h.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${16 * R + 4 * R * (g / 4)}
  %${tag}h${g} = load %vi, ptr %${tag}h.p${g}, align 1
$end
$let up = 4 - 2 * (g % 4) - 8 * (i % 4)
$if up >= 0
  %${tag}h.s${i} = shl %vi %${tag}h${g}, splat (i32 ${up})
$else
  %${tag}h.s${i} = lshr %vi %${tag}h${g}, splat (i32 ${-up})
$end
  %${tag}h.m${i} = and %vi %${tag}h.s${i}, splat (i32 48)
  %${tag}u.o${i} = or %vi ${bits}, %${tag}h.m${i}
$let bits = '%' + tag + 'u.o' + str(i)
$end
  %${tag}f${i} = sitofp %vi ${bits} to %vf
$let part = i * parts / 32
  %${tag}v${i} = call %vf @v.fma(%vf %${tag}f${i}, %vf %${tag}scale${part}, %vf %${tag}zero${part})
$end

$# -offset * scale of a part, as %<tag>zero<part>.
$macro block_zero(tag, part)
$let offset = type == 'q4_0' ? 8.0 : type == 'q8_0' ? 128.0 : 32.0
  %${tag}zero${part} = fmul %vf %${tag}scale${part}, splat (float ${hexfloat(-offset)})
$end
