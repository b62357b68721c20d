$# f32 activations, f32 arithmetic, weights of any type converted in the loop.
$#
$# A step is one value of k for plain types, 32 for blocks. Every sum takes the products one after the
$# other in the order of k, in every config.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/gemm/f32_weights.ll.t"
$# Steps of one value, or of a block of 32 where blocks are unpacked in the loop.
$let by_value = is_plain || CONV
$let step_values = by_value ? 1 : 32
$let source_values = is_plain ? 1 : 32
$let unroll = by_value ? KU : 1
$# Steps of a row that lie together in the packed tile.
$let run = unroll
$let x_step_bytes = 4 * MR * step_values
$include "cpu/gemm/dense.ll.t"

$macro kernel_values()
  %row.bytes = shl i64 %k, 2
$if is_plain
  %group.bytes = mul i64 %k, ${value_bytes * R}
$else
$call block_group_bytes()
$end
$if by_parts
  %x.begin = shl i64 %part.begin, 2
$if is_plain
  %w.begin = mul i64 %part.begin, ${value_bytes * R}
$else
$call block_part()
$end
$end
  %k.steps = ${by_value ? 'add i64 ' + k_run + ', 0' : 'add i64 ' + n_steps + ', 0'}
$end

$macro x_at(name, step)
  %${name} = mul i64 ${step}, ${4 * step_values}
$end

$macro raw_at(name, step)
$if is_plain
  %${name} = mul i64 ${step}, ${value_bytes * R}
$else
$let block_values = is_k ? 256 : 32
  %${name}.block = udiv i64 ${step}, ${block_values / step_values}
  %${name} = mul i64 %${name}.block, ${block_bytes}
$end
$end

$macro convert_step()
$if is_plain
  %cv.from.at = mul i64 %cv.i, ${value_bytes * R}
$for s in 0..streams
  %cv.p${s} = getelementptr i8, ptr %raw.ws${s}, i64 %raw.first
  %cv.q${s} = getelementptr i8, ptr %cv.p${s}, i64 %cv.from.at
$call plain_vector('cv.s' + str(s) + '.', '%cv.q' + str(s))
  %cv.to${s} = getelementptr i8, ptr %cv.to, i64 ${4 * R * s}
  call void @v.store(ptr %cv.to${s}, %vf %cv.s${s}.v)
$end
$else
  %cv.begin = udiv i64 ${kb_first}, 32
  %cv.block = add i64 %cv.i, %cv.begin
$call step_offsets('cv.', '%cv.block')
$for s in 0..streams
$let ts = 'cv.s' + str(s) + '.'
$call step_addresses(ts, 'cv.', '%raw.ws' + str(s))
$for i in 0..32
$if i * parts % 32 == 0
$call step_scale(ts, i * parts / 32)
$call block_zero(ts, i * parts / 32)
$end
$call block_vector(ts, i)
  %${ts}to${i} = getelementptr i8, ptr %cv.to, i64 ${panel_value_bytes * i + 4 * R * s}
  call void @v.store(ptr %${ts}to${i}, %vf %${ts}v${i})
$end
$end
$end
$end

$macro pack_run()
  %pk.from = mul i64 %pk, ${4 * step_values * run}
$for r in 0..MR
  %pk.p${r} = getelementptr i8, ptr %pk.xr${r}, i64 %pk.from
  %pk.to${r} = getelementptr i8, ptr %pk.to, i64 ${4 * step_values * run * r}
  %pk.v${r} = load <${step_values * run} x float>, ptr %pk.p${r}, align 4
  store <${step_values * run} x float> %pk.v${r}, ptr %pk.to${r}, align 4
$end
$end

$# Addresses of the values of all rows at step `kb` of a loop: %<tag>x<row>
$macro step_rows(tag, loop, kb)
$if PACK
$if loop == 'a'
  %${tag}x.at = mul i64 ${kb}, ${4 * MR * step_values}
$else
  %${tag}x.run = mul i64 %bkb.start, ${4 * MR}
  %${tag}x.in = sub i64 ${kb}, %bkb.start
  %${tag}x.skip = shl i64 %${tag}x.in, 2
  %${tag}x.at = add i64 %${tag}x.run, %${tag}x.skip
$end
  %${tag}x = getelementptr i8, ptr %x.tile, i64 %${tag}x.at
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %${tag}x, i64 ${4 * step_values * run * r}
$end
$else
  %${tag}x.at = mul i64 ${kb}, ${4 * step_values}
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.at
$end
$end
$end

$# One value of k: `from` and `to` name the sums before and after, `w` the vector of each stream.
$macro value(tag, rows, skip, w_before, w_after, from, from_end, to, to_end)
$for r in 0..MR
  %${tag}p${r} = getelementptr i8, ptr %${rows}x${r}, i64 ${skip}
  %${tag}b${r} = call %vf @v.bcast(ptr %${tag}p${r})
$for s in 0..streams
$let rs = str(r) + '.' + str(s)
  %${to}${rs}${to_end} = call %vf @v.fma(%vf %${tag}b${r}, %vf %${w_before}${s}${w_after}, %vf %${from}${rs}${from_end})
$end
$end
$end

$macro plain_step(tag, loop, u)
$let first = loop + '0.'
$let stride = CONV ? panel_value_bytes : value_bytes * R
$if u == 0
  %${first}at = mul i64 %${loop}kb0, ${stride}
$call step_rows(first, loop, '%' + loop + 'kb0')
$if loop == 'a'
$call ahead(first, '%akb0', (is_plain ? value_bytes * R : ceildiv(step_bytes, 32)) * KU)
$end
$for s in 0..streams
  %${first}w${s} = getelementptr i8, ptr %ws${s}, i64 %${first}at
$end
$end
$for s in 0..streams
  %${tag}w.p${s} = getelementptr i8, ptr %${first}w${s}, i64 ${stride * u}
$if CONV
  %${tag}s${s}.v = call %vf @v.load(ptr %${tag}w.p${s})
$else
$call plain_vector(tag + 's' + str(s) + '.', '%' + tag + 'w.p' + str(s))
$end
$end
$call value(tag, first, 4 * u, tag + 's', '.v', loop + 'f', '.' + str(u), loop + 'f', '.' + str(u + 1))
$end

$macro block_step(tag, loop, u)
$let kb = '%' + loop + 'kb' + str(u)
$call step_offsets(tag, kb)
$call step_rows(tag, loop, kb)
$call prefetch(tag, '%' + tag + 'at.d', step_bytes)
$for s in 0..streams
$call step_addresses(tag + 's' + str(s) + '.', tag, '%ws' + str(s))
$end
$for i in 0..32
$for s in 0..streams
$let ts = tag + 's' + str(s) + '.'
$if i * parts % 32 == 0
$call step_scale(ts, i * parts / 32)
$call block_zero(ts, i * parts / 32)
$end
$call block_vector(ts, i)
$end
$let from = i ? tag + 'y' + str(i) + '.' : loop + 'f'
$let to = i < 31 ? tag + 'y' + str(i + 1) + '.' : loop + 'f'
$call value(tag + str(i) + '.', tag, 4 * i, tag + 's', '.v' + str(i), from, i ? '' : '.' + str(u), to, i < 31 ? '' : '.' + str(u + 1))
$end
$end

$macro step(loop, u)
$if by_value
$call plain_step(loop + str(u) + '.', loop, u)
$else
$call block_step(loop + str(u) + '.', loop, u)
$end
$end

$call kernel_dense()
