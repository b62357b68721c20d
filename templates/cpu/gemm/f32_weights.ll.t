$# Interleaved weights as f32 vectors, one value of k for the R rows of a group. Needs `type`, `R` and the
$# vocabulary. Blocks come out exact: value * scale and offset * scale fit a float, and so does their sum;
$# with a min, the sum rounds once, as the type says.
$let is_plain = in(type, 'f32', 'f16', 'bf16')
$let step_values = is_plain ? 1 : 32
$let value_bytes = type == 'f32' ? 4 : 2
$if !is_plain
$include "cpu/gemm/blocks.ll.t"
$if has_table
$include "cpu/vocab/lookup16.ll.t"
$let table = type == 'mxfp4' ? 'i8 0, i8 1, i8 2, i8 3, i8 4, i8 6, i8 8, i8 12, i8 0, i8 -1, i8 -2, i8 -3, i8 -4, i8 -6, i8 -8, i8 -12' : 'i8 -127, i8 -104, i8 -83, i8 -65, i8 -49, i8 -35, i8 -22, i8 -10, i8 1, i8 13, i8 25, i8 38, i8 53, i8 69, i8 89, i8 113'
$end
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
$let part = i * parts / 32
$if i % 4 == 0
  %${tag}q.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${4 * R * (type == 'q8_0' ? g : g % 4)}
  %${tag}q${g} = load %vi, ptr %${tag}q.p${g}, align 1
$end
$if has_table
$call table_value(tag, i, g)
  %${tag}f${i} = sitofp %vi %${tag}u${i} to %vf
  %${tag}v${i} = fmul %vf %${tag}f${i}, %${tag}scale${part}
$else
$call unsigned_value(tag, i, g)
  %${tag}f${i} = sitofp %vi %${tag}u${i} to %vf
  %${tag}v${i} = call %vf @v.fma(%vf %${tag}f${i}, %vf %${tag}scale${part}, %vf %${tag}zero${part})
$end
$end

$# What the nibbles of value i mean: looked up for all four of its piece at once.
$macro table_value(tag, i, g)
$if i % 4 == 0
  %${tag}n.s${g} = lshr %vi %${tag}q${g}, splat (i32 ${g < 4 ? 0 : 4})
  %${tag}n.m${g} = and %vi %${tag}n.s${g}, splat (i32 252645135)
  %${tag}n.b${g} = bitcast %vi %${tag}n.m${g} to %vb
  %${tag}t.b${g} = call %vb @v.lookup16(<16 x i8> <${table}>, %vb %${tag}n.b${g})
  %${tag}t${g} = bitcast %vb %${tag}t.b${g} to %vi
$end
  %${tag}u.l${i} = shl %vi %${tag}t${g}, splat (i32 ${24 - 8 * (i % 4)})
  %${tag}u${i} = ashr %vi %${tag}u.l${i}, splat (i32 24)
$end

$# Value i as it is stored, with its bits above the nibble where there are any.
$macro unsigned_value(tag, i, g)
$let upper = type == 'q6_k' ? 2 : has_fifth ? 1 : 0
$let shift = 8 * (i % 4) + (type != 'q8_0' && g >= 4 ? 4 : 0)
$let low = '%' + tag + (upper ? 'u.m' : 'u') + str(i)
  %${tag}u.s${i} = lshr %vi %${tag}q${g}, splat (i32 ${shift})
  ${low} = and %vi %${tag}u.s${i}, splat (i32 ${type == 'q8_0' ? 255 : 15})
$if upper
$let h = upper == 2 ? g / 4 : 0
$let up = 4 - 8 * (i % 4) - (upper == 2 ? 2 * (g % 4) : g)
$if i % (upper == 2 ? 16 : 32) == 0
  %${tag}h.p${h} = getelementptr i8, ptr %${tag}wq, i64 ${16 * R + 4 * R * h}
  %${tag}h${h} = load %vi, ptr %${tag}h.p${h}, align 1
$end
$if up >= 0
  %${tag}h.s${i} = shl %vi %${tag}h${h}, splat (i32 ${up})
$else
  %${tag}h.s${i} = lshr %vi %${tag}h${h}, splat (i32 ${-up})
$end
  %${tag}h.m${i} = and %vi %${tag}h.s${i}, splat (i32 ${upper == 2 ? 48 : 16})
  %${tag}u${i} = or %vi ${low}, %${tag}h.m${i}
$end
$end

$# What is added to a value times its scale, as %<tag>zero<part>: -offset * scale, or -min.
$macro block_zero(tag, part)
$if has_min
  %${tag}zero${part} = fneg %vf %${tag}min${part}
$elif !has_table
$let offset = type == 'q4_0' ? 8.0 : type == 'q5_0' ? 16.0 : type == 'q8_0' ? 128.0 : 32.0
  %${tag}zero${part} = fmul %vf %${tag}scale${part}, splat (float ${hexfloat(-offset)})
$end
$end
