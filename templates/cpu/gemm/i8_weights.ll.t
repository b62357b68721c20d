$# Blocks of interleaved weights as unsigned bytes: the eight vectors of a step, four values per row each.
$include "cpu/gemm/blocks.ll.t"
$let weight_offset = type == 'q4_0' ? 8 : type == 'q6_k' ? 32 : q8_offset

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

$# %<tag>w<g>: values 4g..4g+3 of each row, unsigned.
$macro step_weight(tag, g)
$if type == 'q8_0'
  %${tag}q.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${4 * R * g}
  %${tag}w${g} = load %vb, ptr %${tag}q.p${g}, align 1
$else
$call nibbles(tag, g)
$if type == 'q4_0'
  %${tag}w${g} = bitcast %vp %${tag}n.p${g} to %vb
$else
$let shift = 4 - 2 * (g % 4)
  %${tag}h.p${g} = getelementptr i8, ptr %${tag}wq, i64 ${16 * R + 4 * R * (g / 4)}
  %${tag}h${g} = load %vp, ptr %${tag}h.p${g}, align 1
$if shift >= 0
  %${tag}h.s${g} = shl %vp %${tag}h${g}, splat (i16 ${shift})
$else
  %${tag}h.s${g} = lshr %vp %${tag}h${g}, splat (i16 ${-shift})
$end
  %${tag}h.m${g} = and %vp %${tag}h.s${g}, splat (i16 12336)
  %${tag}v${g} = or %vp %${tag}n.p${g}, %${tag}h.m${g}
  %${tag}w${g} = bitcast %vp %${tag}v${g} to %vb
$end
$end
$end
