$# Blocks of interleaved weights in steps of 32 values of k: where a step's bytes lie, and its scales. A
$# part of a step has a scale of its own. Needs `type`, `R` and the vocabulary.
$let is_k = in(type, 'q4_k', 'q5_k', 'q6_k')
$let has_min = in(type, 'q4_1', 'q5_1', 'q4_k', 'q5_k')
$let has_fifth = in(type, 'q5_0', 'q5_1', 'q5_k')
$let has_table = in(type, 'iq4_nl', 'mxfp4')
$let parts = type == 'q6_k' ? 2 : 1
$# Bytes of one row: scales of a block, values of a step.
$let head_bytes = type == 'mxfp4' ? 1 : in(type, 'q4_1', 'q5_1') ? 4 : type == 'q6_k' ? 18 : is_k ? 16 : 2
$let value_step = type == 'q8_0' ? 32 : type == 'q6_k' ? 24 : has_fifth ? 20 : 16
$let block_bytes = (head_bytes + value_step * (is_k ? 8 : 1)) * R
$# Bytes of a stream that one step reads, scales of 8 steps shared out.
$let step_bytes = is_k ? block_bytes / 8 : block_bytes

$macro block_group_bytes()
  %n.steps = lshr i64 %k, 5
$if is_k
  %n.blocks = lshr i64 %k, 8
  %group.bytes = mul i64 %n.blocks, ${block_bytes}
$else
  %group.bytes = mul i64 %n.steps, ${block_bytes}
$end
$end

$# What of a group belongs to a part of k, which begins with a block: %part.steps, %w.begin.
$macro block_part()
  %part.steps = lshr i64 %part.k, 5
  %part.blocks = lshr i64 %part.begin, ${is_k ? 8 : 5}
  %w.begin = mul i64 %part.blocks, ${block_bytes}
$end

$# Offsets of step number `kb` in a stream: %<tag>at.d of its block, .q of its values; in blocks of 256
$# .s of its first scale, and of q4_k and q5_k .m of its min's low bits, which begin at bit %<tag>m.shift.
$# %<tag>at.pf goes through the stream evenly.
$macro step_offsets(tag, kb)
  %${tag}at.pf = mul i64 ${kb}, ${step_bytes}
$if is_k
  %${tag}sb = lshr i64 ${kb}, 3
  %${tag}sub = and i64 ${kb}, 7
  %${tag}at.d = mul i64 %${tag}sb, ${block_bytes}
  %${tag}q.skip = mul i64 %${tag}sub, ${value_step * R}
  %${tag}q.base = add i64 %${tag}at.d, ${head_bytes * R}
  %${tag}at.q = add i64 %${tag}q.base, %${tag}q.skip
  %${tag}s.skip = mul i64 %${tag}sub, ${parts * R}
  %${tag}s.base = add i64 %${tag}at.d, ${(has_min ? 4 : 2) * R}
  %${tag}at.s = add i64 %${tag}s.base, %${tag}s.skip
$if has_min
  %${tag}m.sub = and i64 ${kb}, 3
  %${tag}m.skip = mul i64 %${tag}m.sub, ${R}
  %${tag}m.base = add i64 %${tag}at.d, ${12 * R}
  %${tag}at.m = add i64 %${tag}m.base, %${tag}m.skip
  %${tag}m.high = and i64 ${kb}, 4
  %${tag}m.high32 = trunc i64 %${tag}m.high to i32
  %${tag}m.shift = call %vi @v.splat.i(i32 %${tag}m.high32)
$end
$else
  %${tag}at.d = mul i64 ${kb}, ${block_bytes}
  %${tag}at.q = add i64 %${tag}at.d, ${head_bytes * R}
$end
$end

$# Addresses of the step's bytes in stream `w`: %<tag>wq, .wd and, in blocks of 256, .ws and .wm
$macro step_addresses(tag, offsets, w)
  %${tag}wd = getelementptr i8, ptr ${w}, i64 %${offsets}at.d
  %${tag}wq = getelementptr i8, ptr ${w}, i64 %${offsets}at.q
$if is_k
  %${tag}ws = getelementptr i8, ptr ${w}, i64 %${offsets}at.s
  %${tag}d = call %vf @v.from.f16(ptr %${tag}wd)
$if has_min
  %${tag}wm = getelementptr i8, ptr ${w}, i64 %${offsets}at.m
  %${tag}m.shift = add %vi %${offsets}m.shift, zeroinitializer
  %${tag}dmin.p = getelementptr i8, ptr %${tag}wd, i64 ${2 * R}
  %${tag}dmin = call %vf @v.from.f16(ptr %${tag}dmin.p)
$end
$end
$end

$# R bytes as 32-bit integers, unsigned: %<tag>
$macro row_bytes(tag, p)
  %${tag}.b = load <${R} x i8>, ptr ${p}, align 1
  %${tag} = zext <${R} x i8> %${tag}.b to %vi
$end

$# %<tag>scale<part>: one value per row; %<tag>min<part>, what a block's values lose, where there is one.
$macro step_scale(tag, part)
$if type == 'q6_k'
  %${tag}s.p${part} = getelementptr i8, ptr %${tag}ws, i64 ${part * R}
  %${tag}s8.${part} = load <${R} x i8>, ptr %${tag}s.p${part}, align 1
  %${tag}s32.${part} = sext <${R} x i8> %${tag}s8.${part} to %vi
  %${tag}sf.${part} = sitofp %vi %${tag}s32.${part} to %vf
  %${tag}scale${part} = fmul %vf %${tag}sf.${part}, %${tag}d
$elif is_k
$call row_bytes(tag + 's.bits', '%' + tag + 'ws')
$call row_bytes(tag + 'm.bits', '%' + tag + 'wm')
  %${tag}s.low = and %vi %${tag}s.bits, splat (i32 63)
  %${tag}s.f = sitofp %vi %${tag}s.low to %vf
  %${tag}scale${part} = fmul %vf %${tag}s.f, %${tag}d
  %${tag}m.all = lshr %vi %${tag}m.bits, %${tag}m.shift
  %${tag}m.low = and %vi %${tag}m.all, splat (i32 15)
  %${tag}m.up = lshr %vi %${tag}s.bits, splat (i32 2)
  %${tag}m.top = and %vi %${tag}m.up, splat (i32 48)
  %${tag}m.i = or %vi %${tag}m.low, %${tag}m.top
  %${tag}m.f = sitofp %vi %${tag}m.i to %vf
  %${tag}min${part} = fmul %vf %${tag}m.f, %${tag}dmin
$elif type == 'mxfp4'
$call row_bytes(tag + 'e', '%' + tag + 'wd')
  %${tag}e.less = sub %vi %${tag}e, splat (i32 1)
  %${tag}e.normal = shl %vi %${tag}e.less, splat (i32 23)
  %${tag}e.more = add %vi %${tag}e, splat (i32 1)
  %${tag}e.tiny = shl %vi %${tag}e.more, splat (i32 21)
  %${tag}e.is.tiny = icmp ult %vi %${tag}e, splat (i32 2)
  %${tag}e.bits = select <${R} x i1> %${tag}e.is.tiny, %vi %${tag}e.tiny, %vi %${tag}e.normal
  %${tag}scale${part} = bitcast %vi %${tag}e.bits to %vf
$else
  %${tag}scale${part} = call %vf @v.from.f16(ptr %${tag}wd)
$if has_min
  %${tag}m.p = getelementptr i8, ptr %${tag}wd, i64 ${2 * R}
  %${tag}m.f = call %vf @v.from.f16(ptr %${tag}m.p)
  %${tag}min${part} = fneg %vf %${tag}m.f
$end
$end
$end
