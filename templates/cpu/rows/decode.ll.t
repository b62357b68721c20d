$# One row of a weight matrix, in any format, as f32. Needs `type`, R (rows interleaved; 1 for rows as
$# files have them), PAIRS, and a vocabulary of 16 lanes.
$let is_plain = in(type, 'f32', 'f16', 'bf16')
$let value_bytes = type == 'f32' ? 4 : 2
$let is_k = in(type, 'q4_k', 'q5_k', 'q6_k')
$let has_min = in(type, 'q4_1', 'q5_1', 'q4_k', 'q5_k')
$let has_fifth = in(type, 'q5_0', 'q5_1', 'q5_k')
$let has_table = in(type, 'iq4_nl', 'mxfp4')
$# Bytes of one row's block before its values, and of the 32 (256: 8 times) values.
$let head_bytes = type == 'mxfp4' ? 1 : in(type, 'q4_1', 'q5_1') ? 4 : type == 'q6_k' ? 18 : is_k ? 16 : 2
$let values_bytes = type == 'q8_0' ? 32 : type == 'q6_k' ? 24 : has_fifth ? 20 : 16
$let run = is_plain ? 16 : is_k ? 256 : 32
$let run_bytes = (is_plain ? 16 * value_bytes : head_bytes + values_bytes * (is_k ? 8 : 1)) * R
$if has_table
$include "cpu/vocab/lookup16.ll.t"
$let table = type == 'mxfp4' ? 'i8 0, i8 1, i8 2, i8 3, i8 4, i8 6, i8 8, i8 12, i8 0, i8 -1, i8 -2, i8 -3, i8 -4, i8 -6, i8 -8, i8 -12' : 'i8 -127, i8 -104, i8 -83, i8 -65, i8 -49, i8 -35, i8 -22, i8 -10, i8 1, i8 13, i8 25, i8 38, i8 53, i8 69, i8 89, i8 113'
$end

$# Sixteen 32-bit or 16-bit values, `stride` bytes apart, as %<tag>v
$macro plain_run(tag, p)
$let bits = 8 * value_bytes
$if R == 1
  %${tag}b = load <16 x i${bits}>, ptr ${p}, align ${value_bytes}
$elif PAIRS
$let before = 'poison'
$for i in 0..8
  %${tag}p${i} = getelementptr i8, ptr ${p}, i64 ${4 * R * i}
  %${tag}e${i} = load i32, ptr %${tag}p${i}, align 4
  %${tag}i${i} = insertelement <8 x i32> ${before}, i32 %${tag}e${i}, i64 ${i}
$let before = '%' + tag + 'i' + str(i)
$end
  %${tag}b = bitcast <8 x i32> ${before} to <16 x i16>
$else
$let before = 'poison'
$for i in 0..16
  %${tag}p${i} = getelementptr i8, ptr ${p}, i64 ${value_bytes * R * i}
  %${tag}e${i} = load i${bits}, ptr %${tag}p${i}, align ${value_bytes}
$let after = i == 15 ? '%' + tag + 'b' : '%' + tag + 'i' + str(i)
  ${after} = insertelement <16 x i${bits}> ${before}, i${bits} %${tag}e${i}, i64 ${i}
$let before = after
$end
$end
$call plain_convert(tag)
$end

$macro plain_convert(tag)
$if type == 'f32'
  %${tag}v = bitcast <16 x i32> %${tag}b to %vf
$elif type == 'f16'
  %${tag}v = call %vf @v.f16.bits(<16 x i16> %${tag}b)
$else
  %${tag}v = call %vf @v.bf16.bits(<16 x i16> %${tag}b)
$end
$end

$# Sixteen bytes of a row as %<tag>: together in files, four at a time in groups.
$macro row_bytes16(tag, p)
$if R == 1
  %${tag} = load <16 x i8>, ptr ${p}, align 1
$else
$let before = 'poison'
$for i in 0..4
  %${tag}p${i} = getelementptr i8, ptr ${p}, i64 ${4 * R * i}
  %${tag}e${i} = load i32, ptr %${tag}p${i}, align 1
  %${tag}i${i} = insertelement <4 x i32> ${before}, i32 %${tag}e${i}, i64 ${i}
$let before = '%' + tag + 'i' + str(i)
$end
  %${tag} = bitcast <4 x i32> ${before} to <16 x i8>
$end
$end

$# (bytes >> shift) & mask, times scale, less offset * scale: stored at `to`.
$macro store16(tag, bytes, scale, zero, to)
  %${tag}w = zext <16 x i8> ${bytes} to %vi
  %${tag}f = sitofp %vi %${tag}w to %vf
  %${tag}v = call %vf @v.fma(%vf %${tag}f, %vf ${scale}, %vf ${zero})
  call void @v.store(ptr ${to}, %vf %${tag}v)
$end

$# The scale of a block: %<tag>d, and -offset * d as %<tag>z
$macro block_scale(tag, p)
  %${tag}h = load i16, ptr ${p}, align 1
  %${tag}hi = insertelement <16 x i16> poison, i16 %${tag}h, i64 0
  %${tag}hs = shufflevector <16 x i16> %${tag}hi, <16 x i16> poison, <16 x i32> zeroinitializer
  %${tag}d = call %vf @v.f16.bits(<16 x i16> %${tag}hs)
$end

$macro nibble16(tag, bytes, high)
$if high
  %${tag} = lshr <16 x i8> ${bytes}, splat (i8 4)
$else
  %${tag} = and <16 x i8> ${bytes}, splat (i8 15)
$end
$end

$# The fifth bits of values 16*high .. 16*high+15 of 32, at bit 4 of each byte: %<tag>, <16 x i8>. In a
$# file bit i of 32 is value i's, in groups byte j holds those of values 4p + j.
$macro fifth16(tag, p, high)
  %${tag}.w = load i32, ptr ${p}, align 1
  %${tag}.i = insertelement <4 x i32> poison, i32 %${tag}.w, i64 0
$if R == 1
  %${tag}.b = bitcast <4 x i32> %${tag}.i to <16 x i8>
  %${tag}.r = shufflevector <16 x i8> %${tag}.b, <16 x i8> poison, <16 x i32> <${high ? 'i32 2, i32 2, i32 2, i32 2, i32 2, i32 2, i32 2, i32 2, i32 3, i32 3, i32 3, i32 3, i32 3, i32 3, i32 3, i32 3' : 'i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 1, i32 1, i32 1, i32 1, i32 1, i32 1, i32 1, i32 1'}>
  %${tag}.m = and <16 x i8> %${tag}.r, <i8 1, i8 2, i8 4, i8 8, i8 16, i8 32, i8 64, i8 -128, i8 1, i8 2, i8 4, i8 8, i8 16, i8 32, i8 64, i8 -128>
  %${tag}.is = icmp ne <16 x i8> %${tag}.m, zeroinitializer
  %${tag} = select <16 x i1> %${tag}.is, <16 x i8> splat (i8 16), <16 x i8> zeroinitializer
$else
  %${tag}.v = shufflevector <4 x i32> %${tag}.i, <4 x i32> poison, <4 x i32> zeroinitializer
$if high
  %${tag}.s = lshr <4 x i32> %${tag}.v, <i32 0, i32 1, i32 2, i32 3>
$else
  %${tag}.s = shl <4 x i32> %${tag}.v, <i32 4, i32 3, i32 2, i32 1>
$end
  %${tag}.b = bitcast <4 x i32> %${tag}.s to <16 x i8>
  %${tag} = and <16 x i8> %${tag}.b, splat (i8 16)
$end
$end

$# As store16, but signed integers times the scale and nothing else.
$macro store16_signed(tag, bytes, scale, to)
  %${tag}w = sext <16 x i8> ${bytes} to %vi
  %${tag}f = sitofp %vi %${tag}w to %vf
  %${tag}v = fmul %vf %${tag}f, ${scale}
  call void @v.store(ptr ${to}, %vf %${tag}v)
$end

$# The scale of an mxfp4 block: %<tag>d
$macro exponent_scale(tag, p)
  %${tag}e8 = load i8, ptr ${p}, align 1
  %${tag}e = zext i8 %${tag}e8 to i32
  %${tag}e.less = sub i32 %${tag}e, 1
  %${tag}e.normal = shl i32 %${tag}e.less, 23
  %${tag}e.more = add i32 %${tag}e, 1
  %${tag}e.tiny = shl i32 %${tag}e.more, 21
  %${tag}e.is.tiny = icmp ult i32 %${tag}e, 2
  %${tag}e.bits = select i1 %${tag}e.is.tiny, i32 %${tag}e.tiny, i32 %${tag}e.normal
  %${tag}e.f = bitcast i32 %${tag}e.bits to float
  %${tag}d = call %vf @v.splat(float %${tag}e.f)
$end

$# Blocks of 32 with nibbles.
$macro run_nibbles()
$if type == 'mxfp4'
$call exponent_scale('r.', '%r.lane1')
$else
$call block_scale('r.', '%r.lane2')
$end
$if has_min
  %r.m.p = getelementptr i8, ptr %r.lane2, i64 ${2 * R}
$call block_scale('r.m.', '%r.m.p')
$elif !has_table
  %r.z = fmul %vf %r.d, splat (float ${type == 'q5_0' ? '-16.0' : '-8.0'})
$end
$let fifth_first = has_fifth && R == 1
  %r.q = getelementptr i8, ptr %r.lane4, i64 ${head_bytes * R + (fifth_first ? 4 : 0)}
  %r.fifth = getelementptr i8, ptr %r.lane4, i64 ${head_bytes * R + (fifth_first ? 0 : 16 * R)}
$call row_bytes16('r.b', '%r.q')
$for high in 0..2
$let q = '%r.n' + str(high)
  %r.to${high} = getelementptr i8, ptr %out, i64 ${64 * high}
$call nibble16('r.n' + str(high), '%r.b', high)
$if has_fifth
$call fifth16('r.h' + str(high), '%r.fifth', high)
  %r.o${high} = or <16 x i8> %r.n${high}, %r.h${high}
$let q = '%r.o' + str(high)
$end
$if has_table
  %r.t${high} = call <16 x i8> @v.lookup16.x16(<16 x i8> <${table}>, <16 x i8> ${q})
$call store16_signed('r.s' + str(high), '%r.t' + str(high), '%r.d', '%r.to' + str(high))
$else
$call store16('r.s' + str(high), q, '%r.d', has_min ? '%r.m.d' : '%r.z', '%r.to' + str(high))
$end
$end
$end

$# In groups the sign bit is flipped: the bytes are offset by 128.
$macro run_q8_0()
$call block_scale('r.', '%r.lane2')
  %r.z = fmul %vf %r.d, splat (float -128.0)
$for half in 0..2
  %r.q${half} = getelementptr i8, ptr %r.lane4, i64 ${2 * R + 16 * R * half}
$call row_bytes16('r.b' + str(half), '%r.q' + str(half))
$let bytes = '%r.b' + str(half)
$if R == 1
  %r.f${half} = xor <16 x i8> ${bytes}, splat (i8 -128)
$let bytes = '%r.f' + str(half)
$end
  %r.to${half} = getelementptr i8, ptr %out, i64 ${64 * half}
$call store16('r.s' + str(half), bytes, '%r.d', '%r.z', '%r.to' + str(half))
$end
$end

$# Part `part` of a q6_k block, 16 values: where its low nibbles, upper bits and scale lie.
$macro part_q6_k(part)
$let t = 'r' + str(part) + '.'
$if R == 1
$let half = part / 8
$let quarter = part % 8 / 2
$let at_low = 64 * half + 32 * (quarter % 2) + 16 * (part % 2)
$let high = quarter / 2
$let at_up = 128 + 32 * half + 16 * (part % 2)
$let up_shift = 4 - 2 * quarter
  %${t}s.p = getelementptr i8, ptr %run.p, i64 ${192 + part}
$else
$let at_low = R * (18 + 24 * (part / 2))
$let high = part % 2
  %${t}s.p = getelementptr i8, ptr %r.lane1, i64 ${R * (2 + part)}
$end
  %${t}low.p = getelementptr i8, ptr %r.lane4, i64 ${at_low}
$call row_bytes16(t + 'low', '%' + t + 'low.p')
$call nibble16(t + 'n', '%' + t + 'low', high)
$if R == 1
  %${t}up.p = getelementptr i8, ptr %r.lane4, i64 ${at_up}
  %${t}up = load <16 x i8>, ptr %${t}up.p, align 1
$if up_shift >= 0
  %${t}up.s = shl <16 x i8> %${t}up, splat (i8 ${up_shift})
$else
  %${t}up.s = lshr <16 x i8> %${t}up, splat (i8 ${-up_shift})
$end
$else
  %${t}up.p = getelementptr i8, ptr %r.lane4, i64 ${at_low + 16 * R + 4 * R * high}
  %${t}up4 = load i32, ptr %${t}up.p, align 1
  %${t}up.i = insertelement <4 x i32> poison, i32 %${t}up4, i64 0
  %${t}up.v = shufflevector <4 x i32> %${t}up.i, <4 x i32> poison, <4 x i32> zeroinitializer
  %${t}up.l = shl <4 x i32> %${t}up.v, <i32 4, i32 2, i32 0, i32 0>
  %${t}up.r = lshr <4 x i32> %${t}up.l, <i32 0, i32 0, i32 0, i32 2>
  %${t}up.s = bitcast <4 x i32> %${t}up.r to <16 x i8>
$end
  %${t}up.m = and <16 x i8> %${t}up.s, splat (i8 48)
  %${t}q = or <16 x i8> %${t}n, %${t}up.m
  %${t}s8 = load i8, ptr %${t}s.p, align 1
  %${t}s32 = sext i8 %${t}s8 to i32
  %${t}sf = sitofp i32 %${t}s32 to float
  %${t}sv = call %vf @v.splat(float %${t}sf)
  %${t}d = fmul %vf %${t}sv, %r.d
  %${t}z = fmul %vf %${t}d, splat (float -32.0)
  %${t}to = getelementptr i8, ptr %out, i64 ${64 * part}
$call store16(t, '%' + t + 'q', '%' + t + 'd', '%' + t + 'z', '%' + t + 'to')
$end

$macro run_q6_k()
$if R == 1
  %r.dp = getelementptr i8, ptr %run.p, i64 208
$call block_scale('r.', '%r.dp')
$else
$call block_scale('r.', '%r.lane2')
$end
$for part in 0..16
$call part_q6_k(part)
$end
$end

$# Sub-block `b` of a q4_k or q5_k block, 32 values: the bytes where its scale, min and bits lie in files
$# and in groups are in codegen/ops/README.md.
$macro scale_k(t, b)
$if R == 1
$let at = b < 4 ? b : b + 4
  %${t}s.p = getelementptr i8, ptr %run.p, i64 ${4 + at}
  %${t}m.p = getelementptr i8, ptr %run.p, i64 ${8 + b}
  %${t}s8 = load i8, ptr %${t}s.p, align 1
  %${t}m8 = load i8, ptr %${t}m.p, align 1
$if b < 4
  %${t}s = and i8 %${t}s8, 63
  %${t}m = and i8 %${t}m8, 63
$else
  %${t}su.p = getelementptr i8, ptr %run.p, i64 ${b}
  %${t}mu.p = getelementptr i8, ptr %run.p, i64 ${4 + b}
  %${t}su8 = load i8, ptr %${t}su.p, align 1
  %${t}mu8 = load i8, ptr %${t}mu.p, align 1
  %${t}su.s = lshr i8 %${t}su8, 2
  %${t}mu.s = lshr i8 %${t}mu8, 2
  %${t}su = and i8 %${t}su.s, 48
  %${t}mu = and i8 %${t}mu.s, 48
  %${t}sl = and i8 %${t}s8, 15
  %${t}ml = lshr i8 %${t}m8, 4
  %${t}s = or i8 %${t}sl, %${t}su
  %${t}m = or i8 %${t}ml, %${t}mu
$end
$else
  %${t}s.p = getelementptr i8, ptr %r.lane1, i64 ${R * (4 + b)}
  %${t}m.p = getelementptr i8, ptr %r.lane1, i64 ${R * (12 + b % 4)}
  %${t}s8 = load i8, ptr %${t}s.p, align 1
  %${t}m8 = load i8, ptr %${t}m.p, align 1
  %${t}s = and i8 %${t}s8, 63
  %${t}m.s = lshr i8 %${t}m8, ${b < 4 ? 0 : 4}
  %${t}m.l = and i8 %${t}m.s, 15
  %${t}mu.s = lshr i8 %${t}s8, 2
  %${t}mu = and i8 %${t}mu.s, 48
  %${t}m = or i8 %${t}m.l, %${t}mu
$end
$for i in 0..2
$let x = i ? 'm' : 's'
  %${t}${x}32 = zext i8 %${t}${x} to i32
  %${t}${x}f = sitofp i32 %${t}${x}32 to float
  %${t}${x}v = call %vf @v.splat(float %${t}${x}f)
$end
  %${t}d = fmul %vf %${t}sv, %r.d
  %${t}min = fmul %vf %${t}mv, %r.m.d
  %${t}z = fneg %vf %${t}min
$end

$macro run_k()
$call block_scale('r.', '%r.lane2')
  %r.m.p = getelementptr i8, ptr %r.lane2, i64 ${2 * R}
$call block_scale('r.m.', '%r.m.p')
$for b in 0..8
$let t = 'r' + str(b) + '.'
$call scale_k(t, b)
$for half in 0..2
$let h = t + str(half)
$if R == 1
$let at = 16 + (has_fifth ? 32 : 0) + 32 * (b / 2) + 16 * half
  %${h}q.p = getelementptr i8, ptr %run.p, i64 ${at}
  %${h}b = load <16 x i8>, ptr %${h}q.p, align 1
$call nibble16(h + 'n', '%' + h + 'b', b % 2)
$else
  %${h}q.p = getelementptr i8, ptr %r.lane4, i64 ${R * (16 + values_bytes * b)}
$call row_bytes16(h + 'b', '%' + h + 'q.p')
$call nibble16(h + 'n', '%' + h + 'b', half)
$end
$let q = '%' + h + 'n'
$if has_fifth
$if R == 1
  %${h}h.p = getelementptr i8, ptr %run.p, i64 ${16 + 16 * half}
  %${h}h.b = load <16 x i8>, ptr %${h}h.p, align 1
$if b <= 4
  %${h}h.s = shl <16 x i8> %${h}h.b, splat (i8 ${4 - b})
$else
  %${h}h.s = lshr <16 x i8> %${h}h.b, splat (i8 ${b - 4})
$end
  %${h}h = and <16 x i8> %${h}h.s, splat (i8 16)
$else
  %${h}h.p = getelementptr i8, ptr %r.lane4, i64 ${R * (16 + values_bytes * b + 16)}
$call fifth16(h + 'h', '%' + h + 'h.p', half)
$end
  %${h}o = or <16 x i8> %${h}n, %${h}h
$let q = '%' + h + 'o'
$end
  %${h}to = getelementptr i8, ptr %out, i64 ${128 * b + 64 * half}
$call store16(h, q, '%' + t + 'd', '%' + t + 'z', '%' + h + 'to')
$end
$end
$end

$# Writes row %row of %w to %to; begins in block `from` and ends in block `next`.
$macro decode_row(from, next)
$if R == 1
  %row.skip = mul i64 %row, %row.bytes
  %lane = add i64 0, 0
$else
$let log = R == 16 ? 4 : 3
  %row.group = lshr i64 %row, ${log}
  %lane = and i64 %row, ${R - 1}
  %row.skip = mul i64 %row.group, %row.bytes
$end
  %row.p = getelementptr i8, ptr %w, i64 %row.skip
  br label %run.check
run.check:
  %j = phi i64 [ 0, %${from} ], [ %j.run, %run ]
  %run.p = phi ptr [ %row.p, %${from} ], [ %run.p.next, %run ]
  %j.run = add i64 %j, ${run}
  %run.fits = icmp ule i64 %j.run, %k
  %out = getelementptr float, ptr %to, i64 %j
  br i1 %run.fits, label %run, label %${is_plain ? 'rest.check' : next}
run:
  %run.p.next = getelementptr i8, ptr %run.p, i64 ${run_bytes}
  %lane.bytes2 = shl i64 %lane, 1
  %lane.bytes4 = shl i64 %lane, 2
  %r.lane1 = getelementptr i8, ptr %run.p, i64 %lane
  %r.lane2 = getelementptr i8, ptr %run.p, i64 %lane.bytes2
  %r.lane4 = getelementptr i8, ptr %run.p, i64 %lane.bytes4
$if is_plain
$call plain_run('r.', '%r.lane' + str(PAIRS ? 4 : value_bytes))
  call void @v.store(ptr %out, %vf %r.v)
$elif type == 'q8_0'
$call run_q8_0()
$elif type == 'q6_k'
$call run_q6_k()
$elif is_k
$call run_k()
$else
$call run_nibbles()
$end
  br label %run.check
$if is_plain
rest.check:
  %i = phi i64 [ %j, %run.check ], [ %i.next, %rest ]
  %i.more = icmp ult i64 %i, %k
  br i1 %i.more, label %rest, label %${next}
rest:
  %i.next = add i64 %i, 1
$if PAIRS
  %i.pair = lshr i64 %i, 1
  %i.second = and i64 %i, 1
  %i.row = mul i64 %i.pair, ${R}
  %i.lane = add i64 %i.row, %lane
  %i.twice = shl i64 %i.lane, 1
  %i.at = add i64 %i.twice, %i.second
$else
  %i.row = mul i64 %i, ${R}
  %i.at = add i64 %i.row, %lane
$end
$let bits = 8 * value_bytes
  %i.p = getelementptr i${bits}, ptr %row.p, i64 %i.at
  %i.e = load i${bits}, ptr %i.p, align ${value_bytes}
  %i.b = insertelement <16 x i${bits}> zeroinitializer, i${bits} %i.e, i64 0
$call plain_convert('i.')
  %i.to = getelementptr float, ptr %to, i64 %i
  %i.f = extractelement %vf %i.v, i64 0
  store float %i.f, ptr %i.to, align 4
  br label %rest.check
$end
$end

$# Bytes from one row, or one group of rows, to the next.
$macro row_size()
$if is_plain
$if PAIRS
  %k.up = add i64 %k, 1
  %k.even = and i64 %k.up, -2
  %row.bytes = mul i64 %k.even, ${2 * R}
$elif R == 1 && type == 'bf16'
  %k.up = add i64 %k, 1
  %k.even = and i64 %k.up, -2
  %row.bytes = mul i64 %k.even, 2
$else
  %row.bytes = mul i64 %k, ${value_bytes * R}
$end
$else
  %n.blocks = lshr i64 %k, ${is_k ? 8 : 5}
  %row.bytes = mul i64 %n.blocks, ${run_bytes}
$end
$end
