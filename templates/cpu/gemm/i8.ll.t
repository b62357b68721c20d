$# Int8 activations against blocks of quantized weights, over dot4.
$#
$# A step is 32 values of k: one block, or an eighth of a block of 256. Weights stay unsigned; what their
$# offset adds is in the sums from the start: offset * nsum, where nsum = -(sum of the 32 activations, 16
$# for q6_k). The sum becomes a float times the weights' scale, plus nsum times the weights' min where there
$# is one, and is added, times the activations' scale, to the tile's sums, step after step: the order along
$# k is the same in every config.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/gemm/i8_weights.ll.t"
$let per_part = 8 / parts
$let dot4 = in(type, 'q8_0', 'iq4_nl') ? '@v.dot4.q8' : '@v.dot4'
$# Vectors of products whose sums of pairs fit 16 bits together; activations are at most 127.
$let chain = max(1, min(per_part, pairs_max / (2 * 127 * weight_max)))
$# Which vector of a step comes i-th: both halves of the same nibbles in turn.
$let in_turn = parts == 1 && type != 'q8_0'
$# Bytes that a packed step takes for one row: 32 values, their scale, the start of each sum; for weights
$# with a min, whose sums start at nothing, nsum as a float in its place.
$let packed = 36 + 4 * parts
$# With all rows in one batch each weight vector is made right before its only use.
$let lazy = RI == 0
$let batch_rows = lazy ? MR : RI
$let unroll = KU
$include "cpu/gemm/frame.ll.t"
$let row_shares = MT > 0 ? RB : 1
$let row_d = by_parts ? '%row.d' : '%k'

$# A part of k begins with a block, whose place in x is that of its values: what lies behind all values of
$# a row is so much nearer.
$macro kernel_values()
  %row.half = lshr i64 %k, 1
  %row.bytes = add i64 %k, %row.half
  %row.part = lshr i64 %k, ${parts == 1 ? 3 : 2}
$if by_parts
$call block_part()
  %x.begin = add i64 %part.begin, 0
  %x.rest = sub i64 %k, %part.begin
  %x.scales = lshr i64 %part.begin, 3
  %row.d = add i64 %x.rest, %x.scales
  %x.sums = lshr i64 %part.begin, ${parts == 1 ? 3 : 2}
  %rest.nsum = add i64 %x.rest, %x.sums
  %row.nsum = add i64 %rest.nsum, %row.part
$else
  %row.nsum = add i64 %k, %row.part
$end
$call block_group_bytes()
$end

$# dot_start + weight_offset * nsum from memory, or the bits of float(nsum), as %<tag>
$macro sum_start(tag, p)
  %${tag}.n = load i32, ptr ${p}, align 4
$if has_min
  %${tag}.f = sitofp i32 %${tag}.n to float
  %${tag} = bitcast float %${tag}.f to i32
$else
  %${tag}.m = mul i32 %${tag}.n, ${weight_offset}
  %${tag} = add i32 %${tag}.m, ${dot_start}
$end
$end

$# Scratch holds, for each step, the rows' values, then their scales, then the starts of their sums.
$macro pack_tile()
  br label %pack
pack:
  %pk = phi i64 [ 0, %tile ], [ %pk.next, %pack ]
  %pk.at.q = shl i64 %pk, 5
  %pk.d.skip = shl i64 %pk, 2
  %pk.at.d = add i64 %pk.d.skip, ${row_d}
  %pk.n.skip = shl i64 %pk, ${parts == 1 ? 2 : 3}
  %pk.at.n = add i64 %pk.n.skip, %row.nsum
  %pk.at = mul i64 %pk, ${packed * MR}
  %pk.to = getelementptr i8, ptr %scratch, i64 %pk.at
$for r in 0..MR
  %pk.from.q${r} = getelementptr i8, ptr %xr${r}, i64 %pk.at.q
  %pk.from.d${r} = getelementptr i8, ptr %xr${r}, i64 %pk.at.d
  %pk.from.n${r} = getelementptr i8, ptr %xr${r}, i64 %pk.at.n
  %pk.to.q${r} = getelementptr i8, ptr %pk.to, i64 ${32 * r}
  %pk.to.d${r} = getelementptr i8, ptr %pk.to, i64 ${32 * MR + 4 * r}
  %pk.q${r} = load <32 x i8>, ptr %pk.from.q${r}, align 1
  store <32 x i8> %pk.q${r}, ptr %pk.to.q${r}, align 4
  %pk.d${r} = load i32, ptr %pk.from.d${r}, align 4
  store i32 %pk.d${r}, ptr %pk.to.d${r}, align 4
$for part in 0..parts
  %pk.from.n${r}.${part} = getelementptr i8, ptr %pk.from.n${r}, i64 ${4 * part}
  %pk.to.n${r}.${part} = getelementptr i8, ptr %pk.to, i64 ${36 * MR + 4 * MR * part + 4 * r}
$call sum_start('pk.n' + str(r) + '.' + str(part), '%pk.from.n' + str(r) + '.' + str(part))
  store i32 %pk.n${r}.${part}, ptr %pk.to.n${r}.${part}, align 4
$end
$end
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, ${n_steps}
  br i1 %pk.more, label %pack, label %pack.done
pack.done:
$end

$# Addresses of the step's activations: %<tag>xq<row>, xd<row> and, for each part, xn<row>.<part>.
$macro step_activations(tag, kb)
$if PACK
  %${tag}x.at = mul i64 ${kb}, ${packed * MR}
  %${tag}x = getelementptr i8, ptr %scratch, i64 %${tag}x.at
$for r in 0..MR
  %${tag}xq${r} = getelementptr i8, ptr %${tag}x, i64 ${32 * r}
  %${tag}xd${r} = getelementptr i8, ptr %${tag}x, i64 ${32 * MR + 4 * r}
$for part in 0..parts
  %${tag}xn${r}.${part} = getelementptr i8, ptr %${tag}x, i64 ${36 * MR + 4 * MR * part + 4 * r}
$end
$end
$else
  %${tag}x.q = shl i64 ${kb}, 5
  %${tag}x.d4 = shl i64 ${kb}, 2
  %${tag}x.d = add i64 %${tag}x.d4, ${row_d}
  %${tag}x.n4 = shl i64 ${kb}, ${parts == 1 ? 2 : 3}
  %${tag}x.n = add i64 %${tag}x.n4, %row.nsum
$for r in 0..MR
  %${tag}xq${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.q
  %${tag}xd${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.d
  %${tag}xn.p${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.n
$for part in 0..parts
  %${tag}xn${r}.${part} = getelementptr i8, ptr %${tag}xn.p${r}, i64 ${4 * part}
$end
$end
$end
$end

$# %<t><i>: the sum `start` and the products of vectors 0..i, where a chain ends with vector i.
$macro dot(t, i, start, w, x)
$let first = i - i % chain
$let before = first ? '%' + t + str(first - 1) : start
$if chain == 1
  %${t}${i} = call %vi ${dot4}(%vi ${before}, %vb ${w}, %vb ${x})
$else
  %${t}pairs${i} = call %vp @v.dot4.pairs(%vp ${i == first ? 'zeroinitializer' : '%' + t + 'pairs' + str(i - 1)}, %vb ${w}, %vb ${x})
$if i + 1 == first + chain || i + 1 == per_part
  %${t}${i} = call %vi @v.dot4.wide(%vi ${before}, %vp %${t}pairs${i})
$end
$end
$end

$# The dot products of rows [r0, r1) in one part of a step, each from its start to a term of the sums.
$macro batch(tag, loop, u, part, r0, r1)
$for r in r0..r1
$let t = tag + 'i' + str(r) + '.' + str(part)
$if has_min
  %${t}.v = call %vi @v.splat.i(i32 ${dot_start})
$elif PACK
  %${t}.start = load i32, ptr %${tag}xn${r}.${part}, align 4
  %${t}.v = call %vi @v.splat.i(i32 %${t}.start)
$else
$call sum_start(t + '.start', '%' + tag + 'xn' + str(r) + '.' + str(part))
  %${t}.v = call %vi @v.splat.i(i32 %${t}.start)
$end
$end
$for i in 0..per_part
$let g = in_turn ? i % 2 * 4 + i / 2 : part * per_part + i
$if lazy
$for s in 0..streams
$call step_weight(tag + 's' + str(s) + '.', g)
$end
$end
$for r in r0..r1
$let t = tag + 'i' + str(r) + '.' + str(part)
  %${t}.p${i} = getelementptr i8, ptr %${tag}xq${r}, i64 ${4 * g}
  %${t}.x${i} = call %vb @v.bcast4(ptr %${t}.p${i})
$for s in 0..streams
$call dot(t + '.' + str(s) + '.', i, '%' + t + '.v', '%' + tag + 's' + str(s) + '.w' + str(g), '%' + t + '.x' + str(i))
$end
$end
$end
$for r in r0..r1
$let t = tag + 'i' + str(r) + '.' + str(part)
  %${t}.d = call %vf @v.bcast(ptr %${tag}xd${r})
$if has_min && PACK
  %${t}.n = call %vf @v.bcast(ptr %${tag}xn${r}.${part})
$elif has_min
  %${t}.n.i = load i32, ptr %${tag}xn${r}.${part}, align 4
  %${t}.n.v = call %vi @v.splat.i(i32 %${t}.n.i)
  %${t}.n = sitofp %vi %${t}.n.v to %vf
$end
$for s in 0..streams
$let sum = '%' + loop + 'f' + str(r) + '.' + str(s) + '.'
$let half = '%' + tag + 'half' + str(r) + '.' + str(s)
$let before = part ? half : sum + str(u)
$let after = part + 1 == parts ? sum + str(u + 1) : half
  %${t}.y${s} = call %vf @v.dot.scale(%vi %${t}.${s}.${per_part - 1}, %vf %${tag}s${s}.scale${part}, %vf %${tag}s${s}.offset${part})
$let y = '%' + t + '.y' + str(s)
$if has_min
  %${t}.z${s} = call %vf @v.fma(%vf %${tag}s${s}.min${part}, %vf %${t}.n, %vf ${y})
$let y = '%' + t + '.z' + str(s)
$end
  ${after} = call %vf @v.fma(%vf ${y}, %vf %${t}.d, %vf ${before})
$end
$end
$end

$macro step(loop, u)
$let tag = loop + str(u) + '.'
$let kb = '%' + loop + 'kb' + str(u)
$call step_offsets(tag, kb)
$call step_activations(tag, kb)
$if u == 0
$call prefetch(tag, '%' + tag + 'at.pf', step_bytes * (loop == 'a' ? KU : 1))
$end
$for s in 0..streams
$call step_addresses(tag + 's' + str(s) + '.', tag, '%ws' + str(s))
$end
$for part in 0..parts
$for s in 0..streams
$call step_scale(tag + 's' + str(s) + '.', part)
  %${tag}s${s}.offset${part} = call %vf @v.dot.offset(%vf %${tag}s${s}.scale${part})
$end
$if !lazy
$for i in 0..per_part
$let g = in_turn ? i % 2 * 4 + i / 2 : part * per_part + i
$for s in 0..streams
$call step_weight(tag + 's' + str(s) + '.', g)
$end
$end
$end
$for r in 0..MR step batch_rows
$call batch(tag, loop, u, part, r, min(r + batch_rows, MR))
$end
$end
$end

$if MT > 0
$include "cpu/gemm/i8_rows.ll.t"
$call kernel_rows()
$else
$call kernel()
$end
