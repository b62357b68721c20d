$# Blocks of interleaved weights in steps of 32 values of k: where a step's bytes lie, and its scales. A
$# part of a step has a scale of its own. Needs `type`, `R` and the vocabulary.
$let parts = type == 'q6_k' ? 2 : 1
$let block_bytes = type == 'q4_0' ? 18 * R : type == 'q8_0' ? 34 * R : 210 * R
$# Bytes of a stream that one step reads, about.
$let step_bytes = type == 'q6_k' ? 27 * R : block_bytes

$macro block_group_bytes()
  %n.steps = lshr i64 %k, 5
$if type == 'q6_k'
  %n.blocks = lshr i64 %k, 8
  %group.bytes = mul i64 %n.blocks, ${block_bytes}
$else
  %group.bytes = mul i64 %n.steps, ${block_bytes}
$end
$end

$# %<tag>at.d, .q (and .s for scales of q6_k): offsets of step number `kb` in a stream.
$macro step_offsets(tag, kb)
$if type == 'q6_k'
  %${tag}sb = lshr i64 ${kb}, 3
  %${tag}sub = and i64 ${kb}, 7
  %${tag}at.d = mul i64 %${tag}sb, ${block_bytes}
  %${tag}q.skip = mul i64 %${tag}sub, ${24 * R}
  %${tag}q.base = add i64 %${tag}at.d, ${18 * R}
  %${tag}at.q = add i64 %${tag}q.base, %${tag}q.skip
  %${tag}s.skip = mul i64 %${tag}sub, ${2 * R}
  %${tag}s.base = add i64 %${tag}at.d, ${2 * R}
  %${tag}at.s = add i64 %${tag}s.base, %${tag}s.skip
$else
  %${tag}at.d = mul i64 ${kb}, ${block_bytes}
  %${tag}at.q = add i64 %${tag}at.d, ${2 * R}
$end
$end

$# Addresses of the step's bytes in stream `w`: %<tag>wq, .wd and, for q6_k, .ws
$macro step_addresses(tag, offsets, w)
  %${tag}wd = getelementptr i8, ptr ${w}, i64 %${offsets}at.d
  %${tag}wq = getelementptr i8, ptr ${w}, i64 %${offsets}at.q
$if type == 'q6_k'
  %${tag}ws = getelementptr i8, ptr ${w}, i64 %${offsets}at.s
  %${tag}d = call %vf @v.from.f16(ptr %${tag}wd)
$end
$end

$# %<tag>scale<part>: one value per row.
$macro step_scale(tag, part)
$if type == 'q6_k'
  %${tag}s.p${part} = getelementptr i8, ptr %${tag}ws, i64 ${part * R}
  %${tag}s8.${part} = load <${R} x i8>, ptr %${tag}s.p${part}, align 1
  %${tag}s32.${part} = sext <${R} x i8> %${tag}s8.${part} to %vi
  %${tag}sf.${part} = sitofp %vi %${tag}s32.${part} to %vf
  %${tag}scale${part} = fmul %vf %${tag}sf.${part}, %${tag}d
$else
  %${tag}scale${part} = call %vf @v.from.f16(ptr %${tag}wd)
$end
$end

