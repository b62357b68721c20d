$template rope_append
$space rope_append
$param RB       rows per block
$param isa      vocabulary
$param vl       f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param rope_dim  values of a head that are rotated, even
$param kcache_type  type of the KV pages: f32, f16, bf16 or q8_0
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_q           argument offsets
$param arg_k           .
$param arg_v           .
$param arg_table       .
$param arg_kcache      .
$param arg_vcache      .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_n_heads     .
$param arg_n_kv_heads  .
$param arg_page_tokens .

$# Vectors must not straddle heads or the end of the rotated part.
$let whole = head_dim % 16 == 0 && rope_dim % 16 == 0 ? 16 : (rope_dim % 8 == 0 ? 8 : 4)
$let lanes = min(vl, whole)
$assert rope_dim % lanes == 0 "rope_dim ${rope_dim} must be a multiple of 4"
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/loop.ll.t"
$let quantized_kv = kcache_type == 'q8_0'
$let kv_bytes = kcache_type == 'f32' ? 4 : 2
$let kv_element = kcache_type == 'f32' ? 'float' : 'i16'
$let per_block = 32 / lanes

$let swap = 'i32 1, i32 0'
$let even = 'i32 0, i32 0'
$let odd = 'i32 1, i32 1'
$let sign = 'float -1.0, float 1.0'
$for i in 1..lanes / 2
$let swap = swap + ', i32 ' + str(2 * i + 1) + ', i32 ' + str(2 * i)
$let even = even + ', i32 ' + str(2 * i) + ', i32 ' + str(2 * i)
$let odd = odd + ', i32 ' + str(2 * i + 1) + ', i32 ' + str(2 * i + 1)
$let sign = sign + ', float -1.0, float 1.0'
$end

; (x0, x1) -> (x0 cos - x1 sin, x0 sin + x1 cos) for each pair; %t holds cos and sin in turn.
define internal %vf @rotate(%vf %x, ptr %t) #1 {
  %cs = call %vf @v.load(ptr %t)
  %cos = shufflevector %vf %cs, %vf poison, <${lanes} x i32> <${even}>
  %sin = shufflevector %vf %cs, %vf poison, <${lanes} x i32> <${odd}>
  %other = shufflevector %vf %x, %vf poison, <${lanes} x i32> <${swap}>
  %signed = fmul %vf %sin, <${sign}>
  %turned = fmul %vf %other, %signed
  %y = call %vf @v.fma(%vf %x, %vf %cos, %vf %turned)
  ret %vf %y
}

$if quantized_kv
declare %vf @llvm.fabs.v${lanes}f32(%vf)
$let block_args = '%vf %v0'
$for i in 1..per_block
$let block_args = block_args + ', %vf %v' + str(i)
$end

; The scale of 32 values: the largest over 127, as f16.
define internal i16 @block.scale(${block_args}) #1 {
$for i in 0..per_block
  %abs${i} = call %vf @llvm.fabs.v${lanes}f32(%vf %v${i})
$if i > 0
  %top${i} = call %vf @v.larger(%vf %abs${i}, %vf ${i == 1 ? '%abs0' : '%top' + str(i - 1)})
$end
$end
  %amax = call float @v.max(%vf %top${per_block - 1})
  %d = fdiv float %amax, 127.0
  %ds = call %vf @v.splat(float %d)
  %hs = call <${lanes} x i16> @v.to.f16(%vf %ds)
  %h = extractelement <${lanes} x i16> %hs, i64 0
  ret i16 %h
}

; Values over the scale as it is stored, to the nearest integers within +-127.
define internal <${lanes} x i8> @block.codes(%vf %v, i16 %h) #1 {
  %h0 = insertelement <${lanes} x i16> poison, i16 %h, i64 0
  %hs = shufflevector <${lanes} x i16> %h0, <${lanes} x i16> poison, <${lanes} x i32> zeroinitializer
  %d = call %vf @v.f16.bits(<${lanes} x i16> %hs)
  %some = fcmp ogt %vf %d, zeroinitializer
  %one = fdiv %vf splat (float 1.0), %d
  %inverse = select <${lanes} x i1> %some, %vf %one, %vf zeroinitializer
  %x = fmul %vf %v, %inverse
  %low = call %vf @v.larger(%vf %x, %vf splat (float -127.0))
  %over = fcmp ogt %vf %low, splat (float 127.0)
  %within = select <${lanes} x i1> %over, %vf splat (float 127.0), %vf %low
  %t = fadd %vf %within, splat (float ${hexfloat(12582912.0)})
  %bits = bitcast %vf %t to %vi
  %q = trunc %vi %bits to <${lanes} x i8>
  ret <${lanes} x i8> %q
}

$# Block b of 32 values in %PREFIX<d>: the scale to %PREFIX.scales, the codes in %PREFIX.q<d>.
$macro block_of(prefix, b)
$let values = '%vf %' + prefix + str(32 * b)
$for i in 1..per_block
$let values = values + ', %vf %' + prefix + str(32 * b + i * lanes)
$end
  %${prefix}.b${b}.d = call i16 @block.scale(${values})
  %${prefix}.b${b}.to = getelementptr i8, ptr %${prefix}.scales, i64 ${32 * b}
  store i16 %${prefix}.b${b}.d, ptr %${prefix}.b${b}.to, align 2
$for i in 0..per_block
  %${prefix}.q${32 * b + i * lanes} = call <${lanes} x i8> @block.codes(%vf %${prefix}${32 * b + i * lanes}, i16 %${prefix}.b${b}.d)
$end
$end
$else
define internal <${lanes} x ${kv_element}> @to.kv(%vf %v) #1 {
$if kcache_type == 'f32'
  ret %vf %v
$else
  %b = call <${lanes} x i16> @v.to.${kcache_type}(%vf %v)
  ret <${lanes} x i16> %b
$end
}
$end

$macro argument(name, offset, type)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ${type}, ptr %${name}.slot, align 8
$end
$# u32 %NAME = ARRAY[%row], widened.
$macro of_row(name, array)
  %${name}.p = getelementptr i32, ptr %${array}, i64 %row
  %${name}.32 = load i32, ptr %${name}.p, align 4
  %${name} = zext i32 %${name}.32 to i64
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call argument('q', arg_q, 'ptr')
$call argument('k', arg_k, 'ptr')
$call argument('v', arg_v, 'ptr')
$call argument('table', arg_table, 'ptr')
$call argument('kcache', arg_kcache, 'ptr')
$call argument('vcache', arg_vcache, 'ptr')
$call argument('positions', arg_positions, 'ptr')
$call argument('token_seq', arg_token_seq, 'ptr')
$call argument('page_table', arg_page_table, 'ptr')
$call argument('stride.at', arg_page_stride, 'ptr')
$call argument('rows.at', arg_rows, 'ptr')
$call argument('n_heads', arg_n_heads, 'i64')
$call argument('n_kv_heads', arg_n_kv_heads, 'i64')
$call argument('page_tokens', arg_page_tokens, 'i64')
  %stride.32 = load i32, ptr %stride.at, align 4
  %stride = zext i32 %stride.32 to i64
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, ${RB}
  %row.want = mul i64 %last.64, ${RB}
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %head.values = mul i64 %page_tokens, ${head_dim}
  %page.values = mul i64 %head.values, %n_kv_heads
$call loop_begin('row', 'entry', '%row.first', '%row.last', '')
$call of_row('position', 'positions')
$call of_row('seq', 'token_seq')
  %turn.at = mul i64 %position, ${rope_dim}
  %turn = getelementptr float, ptr %table, i64 %turn.at
  %page.number = udiv i64 %position, %page_tokens
  %slot = urem i64 %position, %page_tokens
  %seq.at = mul i64 %seq, %stride
  %entry.at = add i64 %seq.at, %page.number
  %page.p = getelementptr i32, ptr %page_table, i64 %entry.at
  %page.32 = load i32, ptr %page.p, align 4
  %page = zext i32 %page.32 to i64
  %page.at = mul i64 %page, %page.values
  %q.n = mul i64 %n_heads, ${head_dim}
  %q.at = mul i64 %row, %q.n
  %q.row = getelementptr float, ptr %q, i64 %q.at
  %kv.n = mul i64 %n_kv_heads, ${head_dim}
  %kv.at = mul i64 %row, %kv.n
  %k.row = getelementptr float, ptr %k, i64 %kv.at
  %v.row = getelementptr float, ptr %v, i64 %kv.at
$call loop_begin('head', 'row.body', '0', '%n_heads', '')
  %qh.at = mul i64 %head, ${head_dim}
  %qh = getelementptr float, ptr %q.row, i64 %qh.at
$for d in 0..rope_dim step lanes
  %q${d}.p = getelementptr float, ptr %qh, i64 ${d}
  %t${d}.p = getelementptr float, ptr %turn, i64 ${d}
  %q${d} = call %vf @v.load(ptr %q${d}.p)
  %q${d}.new = call %vf @rotate(%vf %q${d}, ptr %t${d}.p)
  call void @v.store(ptr %q${d}.p, %vf %q${d}.new)
$end
$call loop_end('head', 1)
; K goes into its page 16 positions together, so a row becomes a column; V stays a row.
  %slot.group = lshr i64 %slot, 4
  %slot.lane = and i64 %slot, 15
  %group.at = mul i64 %slot.group, ${head_dim * 16}
  %column = add i64 %group.at, %slot.lane
  %v.slot.at = mul i64 %slot, ${head_dim}
$if quantized_kv
  %q.group.at = mul i64 %slot.group, ${head_dim * 17}
  %scale.lane = shl nuw i64 %slot.lane, 1
  %v.lane.at = mul i64 %slot.lane, ${head_dim}
$end
$call loop_begin('kvh', 'head.end', '0', '%n_kv_heads', '')
  %h.at = mul i64 %kvh, ${head_dim}
  %kh = getelementptr float, ptr %k.row, i64 %h.at
  %vh = getelementptr float, ptr %v.row, i64 %h.at
  %h.page = mul i64 %kvh, %head.values
  %h.start = add i64 %page.at, %h.page
$if quantized_kv
; 17 bytes for every 16 values.
  %h.sixteenth = lshr i64 %h.start, 4
  %h.bytes = mul i64 %h.sixteenth, 17
  %h.group = add i64 %h.bytes, %q.group.at
  %h.scale = add i64 %h.group, %scale.lane
  %h.codes = add i64 %h.group, ${head_dim}
  %k.codes.at = add i64 %h.codes, %slot.lane
  %v.codes.at = add i64 %h.codes, %v.lane.at
  %k.scales = getelementptr i8, ptr %kcache, i64 %h.scale
  %v.scales = getelementptr i8, ptr %vcache, i64 %h.scale
  %k.to = getelementptr i8, ptr %kcache, i64 %k.codes.at
  %v.to = getelementptr i8, ptr %vcache, i64 %v.codes.at
$else
  %k.start = add i64 %h.start, %column
  %v.start = add i64 %h.start, %v.slot.at
  %k.to = getelementptr ${kv_element}, ptr %kcache, i64 %k.start
  %v.to = getelementptr ${kv_element}, ptr %vcache, i64 %v.start
$end
$for d in 0..head_dim step lanes
  %k${d}.p = getelementptr float, ptr %kh, i64 ${d}
  %k${d}.raw = call %vf @v.load(ptr %k${d}.p)
$if d < rope_dim
  %u${d}.p = getelementptr float, ptr %turn, i64 ${d}
  %k${d} = call %vf @rotate(%vf %k${d}.raw, ptr %u${d}.p)
$else
  %k${d} = fadd %vf %k${d}.raw, splat (float -0.0)
$end
  %v${d}.p = getelementptr float, ptr %vh, i64 ${d}
  %v${d} = call %vf @v.load(ptr %v${d}.p)
$if !quantized_kv
  %k${d}.kv = call <${lanes} x ${kv_element}> @to.kv(%vf %k${d})
$for i in 0..lanes
  %k${d}.${i} = extractelement <${lanes} x ${kv_element}> %k${d}.kv, i64 ${i}
  %k${d}.${i}.to = getelementptr ${kv_element}, ptr %k.to, i64 ${(d + i) * 16}
  store ${kv_element} %k${d}.${i}, ptr %k${d}.${i}.to, align ${kv_bytes}
$end
  %v${d}.kv = call <${lanes} x ${kv_element}> @to.kv(%vf %v${d})
  %v${d}.to = getelementptr ${kv_element}, ptr %v.to, i64 ${d}
  store <${lanes} x ${kv_element}> %v${d}.kv, ptr %v${d}.to, align ${kv_bytes}
$end
$if quantized_kv && (d + lanes) % 32 == 0
$call block_of('k', d / 32)
$call block_of('v', d / 32)
$for e in d / 32 * 32..d + lanes step lanes
$for i in 0..lanes
  %k${e}.${i} = extractelement <${lanes} x i8> %k.q${e}, i64 ${i}
  %k${e}.${i}.to = getelementptr i8, ptr %k.to, i64 ${(e + i) * 16}
  store i8 %k${e}.${i}, ptr %k${e}.${i}.to, align 1
$end
  %v${e}.to = getelementptr i8, ptr %v.to, i64 ${e}
  store <${lanes} x i8> %v.q${e}, ptr %v${e}.to, align 1
$end
$end
$end
$call loop_end('kvh', 1)
$call loop_end('row', 1)
  ret void
}
