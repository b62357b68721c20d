$# bf16 activations against bf16 weights, both in pairs along k.
$#
$# A step is one pair. DOT uses the two-element dot product; without it values become f32 (activations
$# once, while they are packed) and the pair is two multiply-adds, the faster way where the dot product
$# is slow.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$let unroll = KU
$# Bytes of a packed pair.
$let pair = DOT ? 4 : 8
$let run = KU
$let step_values = 2
$let source_values = 2
$let x_step_bytes = pair * MR
$include "cpu/gemm/dense.ll.t"

$macro kernel_values()
  %k.up = add i64 %k, 1
$let pairs = by_parts ? '%k.pairs' : '%k.steps'
  ${pairs} = lshr i64 %k.up, 1
  %row.bytes = shl i64 ${pairs}, 2
  %group.bytes = mul i64 ${pairs}, ${4 * R}
$if by_parts
  %part.k.up = add i64 %part.k, 1
  %k.steps = lshr i64 %part.k.up, 1
  %x.begin = shl i64 %part.begin, 1
  %w.begin = mul i64 %part.begin, ${2 * R}
$end
$end

$macro x_at(name, step)
  %${name} = shl i64 ${step}, 2
$end

$macro raw_at(name, step)
  %${name} = mul i64 ${step}, ${4 * R}
$end

$macro convert_step()
  %cv.from.at = mul i64 %cv.i, ${4 * R}
$for s in 0..streams
  %cv.p${s} = getelementptr i8, ptr %raw.ws${s}, i64 %raw.first
  %cv.q${s} = getelementptr i8, ptr %cv.p${s}, i64 %cv.from.at
  %cv.w${s} = load %vp, ptr %cv.q${s}, align 4
  %cv.v0.${s} = call %vf @v.bf16.first(%vp %cv.w${s})
  %cv.v1.${s} = call %vf @v.bf16.second(%vp %cv.w${s})
  %cv.to0.${s} = getelementptr i8, ptr %cv.to, i64 ${4 * R * s}
  %cv.to1.${s} = getelementptr i8, ptr %cv.to, i64 ${panel_value_bytes + 4 * R * s}
  call void @v.store(ptr %cv.to0.${s}, %vf %cv.v0.${s})
  call void @v.store(ptr %cv.to1.${s}, %vf %cv.v1.${s})
$end
$end

$macro pack_run()
  %pk.from = mul i64 %pk, ${4 * KU}
$for r in 0..MR
  %pk.p${r} = getelementptr i8, ptr %pk.xr${r}, i64 %pk.from
  %pk.to${r} = getelementptr i8, ptr %pk.to, i64 ${pair * KU * r}
  %pk.v${r} = load <${2 * KU} x i16>, ptr %pk.p${r}, align 2
$if DOT
  store <${2 * KU} x i16> %pk.v${r}, ptr %pk.to${r}, align 4
$else
  %pk.i${r} = zext <${2 * KU} x i16> %pk.v${r} to <${2 * KU} x i32>
  %pk.s${r} = shl <${2 * KU} x i32> %pk.i${r}, splat (i32 16)
  store <${2 * KU} x i32> %pk.s${r}, ptr %pk.to${r}, align 4
$end
$end
$end

$# Addresses of the pairs of all rows at the first step of a turn: %<tag>x<row>
$macro turn_rows(tag, loop, kb)
$if PACK
$if loop == 'a'
  %${tag}x.at = mul i64 ${kb}, ${pair * MR}
$else
  %${tag}x.run = mul i64 %bkb.start, ${pair * MR}
  %${tag}x.in = sub i64 ${kb}, %bkb.start
  %${tag}x.skip = mul i64 %${tag}x.in, ${pair}
  %${tag}x.at = add i64 %${tag}x.run, %${tag}x.skip
$end
  %${tag}x = getelementptr i8, ptr %x.tile, i64 %${tag}x.at
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %${tag}x, i64 ${pair * KU * r}
$end
$else
  %${tag}x.at = shl i64 ${kb}, 2
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.at
$end
$end
$end

$# The row's pair of a step as %<tag>x or, without DOT, as two f32 vectors %<tag>x0 and %<tag>x1
$macro row_pair(tag, p)
$if DOT
  %${tag}x = call %vp @v.bcast2(ptr ${p})
$elif PACK
  %${tag}x0 = call %vf @v.bcast(ptr ${p})
  %${tag}p1 = getelementptr i8, ptr ${p}, i64 4
  %${tag}x1 = call %vf @v.bcast(ptr %${tag}p1)
$else
  %${tag}x = call %vp @v.bcast2(ptr ${p})
  %${tag}x0 = call %vf @v.bf16.first(%vp %${tag}x)
  %${tag}x1 = call %vf @v.bf16.second(%vp %${tag}x)
$end
$end

$macro step(loop, u)
$let first = loop + '0.'
$let tag = loop + str(u) + '.'
$let stride = CONV ? 2 * panel_value_bytes : 4 * R
$if u == 0
  %${first}at = mul i64 %${loop}kb0, ${stride}
$call turn_rows(first, loop, '%' + loop + 'kb0')
$if loop == 'a'
$call ahead(first, '%akb0', 4 * R * KU)
$end
$for s in 0..streams
  %${first}base${s} = getelementptr i8, ptr %ws${s}, i64 %${first}at
$end
$end
$for s in 0..streams
  %${tag}w.p${s} = getelementptr i8, ptr %${first}base${s}, i64 ${stride * u}
$if CONV
  %${tag}w0.${s} = call %vf @v.load(ptr %${tag}w.p${s})
  %${tag}w.q${s} = getelementptr i8, ptr %${tag}w.p${s}, i64 ${panel_value_bytes}
  %${tag}w1.${s} = call %vf @v.load(ptr %${tag}w.q${s})
$else
  %${tag}w${s} = load %vp, ptr %${tag}w.p${s}, align 4
$if !DOT
  %${tag}w0.${s} = call %vf @v.bf16.first(%vp %${tag}w${s})
  %${tag}w1.${s} = call %vf @v.bf16.second(%vp %${tag}w${s})
$end
$end
$end
$for r in 0..MR
$let tr = tag + 'r' + str(r) + '.'
  %${tr}p = getelementptr i8, ptr %${first}x${r}, i64 ${(PACK ? pair : 4) * u}
$call row_pair(tr, '%' + tr + 'p')
$for s in 0..streams
$let sum = '%' + loop + 'f' + str(r) + '.' + str(s) + '.'
$if DOT
  ${sum}${u + 1} = call %vf @v.dot2(%vf ${sum}${u}, %vp %${tag}w${s}, %vp %${tr}x)
$else
  %${tr}half${s} = call %vf @v.fma(%vf %${tr}x0, %vf %${tag}w0.${s}, %vf ${sum}${u})
  ${sum}${u + 1} = call %vf @v.fma(%vf %${tr}x1, %vf %${tag}w1.${s}, %vf %${tr}half${s})
$end
$end
$end
$end

$call kernel_dense()
