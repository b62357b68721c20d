$# Int8 weights and activations that have one scale per row each, over dot4.
$#
$# A step is four values of k. Sums are integers along all of k, exact in any order; while they are
$# carried they look like floats (the frame's type). At the end they get what the weights' offset takes
$# from them, and become floats times both scales.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$let CONV = 0
$let step_values = 4
$let source_values = 4
$let unroll = KU
$let run = KU
$let x_step_bytes = 4 * MR
$include "cpu/gemm/dense.ll.t"
$let scales_rows = 1
$# Bytes of a group before its values; with KC a part's begin is behind them.
$let head_bytes = 4 * R

$macro kernel_values()
  %row.bytes = add i64 %k, 8
  %group.k = mul i64 %k, ${R}
  %group.bytes = add i64 %group.k, ${head_bytes}
  %k.steps = lshr i64 %k, 2
$end

$macro x_at(name, step)
  %${name} = shl i64 ${step}, 2
$end

$macro raw_at(name, step)
  %${name}.values = mul i64 ${step}, ${4 * R}
  %${name} = add i64 %${name}.values, ${head_bytes}
$end

$macro pack_run()
  %pk.from = mul i64 %pk, ${4 * KU}
$for r in 0..MR
  %pk.p${r} = getelementptr i8, ptr %pk.xr${r}, i64 %pk.from
  %pk.to${r} = getelementptr i8, ptr %pk.to, i64 ${4 * KU * r}
  %pk.v${r} = load <${KU} x i32>, ptr %pk.p${r}, align 4
  store <${KU} x i32> %pk.v${r}, ptr %pk.to${r}, align 4
$end
$end

$# Addresses of the values of all rows at the first step of a turn: %<tag>x<row>
$macro turn_rows(tag, loop, kb)
$if PACK
$if loop == 'a'
  %${tag}x.at = mul i64 ${kb}, ${4 * MR}
$else
  %${tag}x.run = mul i64 %bkb.start, ${4 * MR}
  %${tag}x.in = sub i64 ${kb}, %bkb.start
  %${tag}x.skip = shl i64 %${tag}x.in, 2
  %${tag}x.at = add i64 %${tag}x.run, %${tag}x.skip
$end
  %${tag}x = getelementptr i8, ptr %x.tile, i64 %${tag}x.at
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %${tag}x, i64 ${4 * KU * r}
$end
$else
  %${tag}x.at = shl i64 ${kb}, 2
$for r in 0..MR
  %${tag}x${r} = getelementptr i8, ptr %xr${r}, i64 %${tag}x.at
$end
$end
$end

$macro step(loop, u)
$let first = loop + '0.'
$let tag = loop + str(u) + '.'
$if u == 0
  %${first}values = mul i64 %${loop}kb0, ${4 * R}
  %${first}at = add i64 %${first}values, ${KC ? 0 : head_bytes}
$call turn_rows(first, loop, '%' + loop + 'kb0')
$if loop == 'a'
$call ahead(first, '%akb0', 4 * R * KU)
$end
$call prefetch(first, '%' + first + 'at', 4 * R * (loop == 'a' ? KU : 1))
$for s in 0..streams
  %${first}base${s} = getelementptr i8, ptr %ws${s}, i64 %${first}at
$end
$end
$for s in 0..streams
  %${tag}w.p${s} = getelementptr i8, ptr %${first}base${s}, i64 ${4 * R * u}
  %${tag}w${s} = load %vb, ptr %${tag}w.p${s}, align 4
$end
$for r in 0..MR
  %${tag}p${r} = getelementptr i8, ptr %${first}x${r}, i64 ${4 * u}
  %${tag}b${r} = call %vb @v.bcast4(ptr %${tag}p${r})
$for s in 0..streams
$let rs = str(r) + '.' + str(s)
  %${tag}from${rs} = bitcast %vf %${loop}f${rs}.${u} to %vi
  %${tag}to${rs} = call %vi @v.dot4.q8(%vi %${tag}from${rs}, %vb %${tag}w${s}, %vb %${tag}b${r})
  %${loop}f${rs}.${u + 1} = bitcast %vi %${tag}to${rs} to %vf
$end
$end
$end

$# %y<row>.<stream> from %sum<row>.<stream>
$macro scale_tile()
$for s in 0..streams
  %dw${s} = call %vf @v.load(ptr %raw.ws${s})
$end
$for r in 0..MR
  %dx.want${r} = add i64 %m0, ${r}
  %dx.over${r} = icmp ugt i64 %dx.want${r}, %m.last
  %dx.i${r} = select i1 %dx.over${r}, i64 %m.last, i64 %dx.want${r}
  %dx.at${r} = mul i64 %dx.i${r}, %row.bytes
  %dx.row${r} = getelementptr i8, ptr %x, i64 %dx.at${r}
  %dx.p${r} = getelementptr i8, ptr %dx.row${r}, i64 %k
  %dx${r} = call %vf @v.bcast(ptr %dx.p${r})
$if q8_offset
  %nsum.p${r} = getelementptr i8, ptr %dx.p${r}, i64 4
  %nsum${r} = load i32, ptr %nsum.p${r}, align 4
  %offset${r} = mul i32 %nsum${r}, ${q8_offset}
  %offsets${r} = call %vi @v.splat.i(i32 %offset${r})
$end
$for s in 0..streams
$let rs = str(r) + '.' + str(s)
  %dot${rs} = bitcast %vf %sum${rs} to %vi
$if q8_offset
  %whole${rs} = add %vi %dot${rs}, %offsets${r}
$else
  %whole${rs} = add %vi %dot${rs}, zeroinitializer
$end
  %float${rs} = sitofp %vi %whole${rs} to %vf
$# The scales' own product may be too small for a float.
  %scaled${rs} = fmul %vf %float${rs}, %dw${s}
  %y${rs} = fmul %vf %scaled${rs}, %dx${r}
$end
$end
$end

$call kernel_dense()
