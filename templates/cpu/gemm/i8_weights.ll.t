$# Blocks of interleaved weights as unsigned bytes: the eight vectors of a step, four values per row each.
$include "cpu/gemm/blocks.ll.t"
$let weight_max = in(type, 'q8_0', 'iq4_nl') ? 255 : type == 'q6_k' ? 63 : has_fifth ? 31 : type == 'mxfp4' ? 24 : 15
$# Types with a min are unsigned by themselves, and so is what a table gives here.
$let weight_offset = has_min ? 0 : type == 'q4_0' ? 8 : type == 'q5_0' ? 16 : type == 'q6_k' ? 32 : type == 'mxfp4' ? 12 : q8_offset
$if has_table
$include "cpu/vocab/lookup16.ll.t"
$let table = type == 'mxfp4' ? 'i8 12, i8 13, i8 14, i8 15, i8 16, i8 18, i8 20, i8 24, i8 12, i8 11, i8 10, i8 9, i8 8, i8 6, i8 4, i8 0' : 'i8 1, i8 24, i8 45, i8 63, i8 79, i8 93, i8 106, i8 118, i8 -127, i8 -115, i8 -103, i8 -90, i8 -75, i8 -59, i8 -39, i8 -15'
$end

$# The low (g < 4) or high nibbles of the vector at %<tag>wq: %<tag>n<g>.
$macro nibbles(tag, g)
  %${tag}q.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${4 * R * (g % 4)}
  %${tag}q${g} = load %vp, ptr %${tag}q.p${g}, align 1
$if g < 4
  %${tag}n.p${g} = and %vp %${tag}q${g}, splat (i16 3855)
$else
  %${tag}q.h${g} = lshr %vp %${tag}q${g}, splat (i16 4)
  %${tag}n.p${g} = and %vp %${tag}q.h${g}, splat (i16 3855)
$end
$end

$# The bits above the nibbles of the vector, in place: %<tag>h.m<g>. The vector at %<tag>wq + `skip` holds
$# them, those of a value `bits` bits above those of the value 4 before.
$macro upper_bits(tag, g, skip, bits, at)
$let shift = 4 - bits * at
  %${tag}h.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${skip}
  %${tag}h${g} = load %vp, ptr %${tag}h.p${g}, align 1
$if shift >= 0
  %${tag}h.s${g} = shl %vp %${tag}h${g}, splat (i16 ${shift})
$else
  %${tag}h.s${g} = lshr %vp %${tag}h${g}, splat (i16 ${-shift})
$end
  %${tag}h.m${g} = and %vp %${tag}h.s${g}, splat (i16 ${bits == 2 ? 12336 : 4112})
$end

$# %<tag>w<g>: values 4g..4g+3 of each row, unsigned.
$macro step_weight(tag, g)
$if type == 'q8_0'
  %${tag}q.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${4 * R * g}
  %${tag}w${g} = load %vb, ptr %${tag}q.p${g}, align 1
$else
$call nibbles(tag, g)
$if type == 'q6_k' || has_fifth
$if has_fifth
$call upper_bits(tag, g, 16 * R, 1, g)
$else
$call upper_bits(tag, g, 16 * R + 4 * R * (g / 4), 2, g % 4)
$end
  %${tag}v${g} = or %vp %${tag}n.p${g}, %${tag}h.m${g}
  %${tag}w${g} = bitcast %vp %${tag}v${g} to %vb
$elif has_table
  %${tag}i${g} = bitcast %vp %${tag}n.p${g} to %vb
  %${tag}w${g} = call %vb @v.lookup16(<16 x i8> <${table}>, %vb %${tag}i${g})
$else
  %${tag}w${g} = bitcast %vp %${tag}n.p${g} to %vb
$end
$end
$end
