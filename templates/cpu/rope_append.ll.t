$template rope_append
$space rope_append
$param RB       rows per block
$param isa      vocabulary
$param vl       f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param rope_dim  values of a head that are rotated, even
$param kcache_type  type of the KV pages: f32, f16 or bf16
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
$let kv_bytes = kcache_type == 'f32' ? 4 : 2
$let kv_element = kcache_type == 'f32' ? 'float' : 'i16'

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

define internal <${lanes} x ${kv_element}> @to.kv(%vf %v) #1 {
$if kcache_type == 'f32'
  ret %vf %v
$else
  %b = call <${lanes} x i16> @v.to.${kcache_type}(%vf %v)
  ret <${lanes} x i16> %b
$end
}

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
$call loop_begin('kvh', 'head.end', '0', '%n_kv_heads', '')
  %h.at = mul i64 %kvh, ${head_dim}
  %kh = getelementptr float, ptr %k.row, i64 %h.at
  %vh = getelementptr float, ptr %v.row, i64 %h.at
  %h.page = mul i64 %kvh, %head.values
  %h.start = add i64 %page.at, %h.page
  %k.start = add i64 %h.start, %column
  %v.start = add i64 %h.start, %v.slot.at
  %k.to = getelementptr ${kv_element}, ptr %kcache, i64 %k.start
  %v.to = getelementptr ${kv_element}, ptr %vcache, i64 %v.start
$for d in 0..head_dim step lanes
  %k${d}.p = getelementptr float, ptr %kh, i64 ${d}
  %k${d}.raw = call %vf @v.load(ptr %k${d}.p)
$if d < rope_dim
  %u${d}.p = getelementptr float, ptr %turn, i64 ${d}
  %k${d} = call %vf @rotate(%vf %k${d}.raw, ptr %u${d}.p)
  %k${d}.kv = call <${lanes} x ${kv_element}> @to.kv(%vf %k${d})
$else
  %k${d}.kv = call <${lanes} x ${kv_element}> @to.kv(%vf %k${d}.raw)
$end
$for i in 0..lanes
  %k${d}.${i} = extractelement <${lanes} x ${kv_element}> %k${d}.kv, i64 ${i}
  %k${d}.${i}.to = getelementptr ${kv_element}, ptr %k.to, i64 ${(d + i) * 16}
  store ${kv_element} %k${d}.${i}, ptr %k${d}.${i}.to, align ${kv_bytes}
$end
  %v${d}.p = getelementptr float, ptr %vh, i64 ${d}
  %v${d} = call %vf @v.load(ptr %v${d}.p)
  %v${d}.kv = call <${lanes} x ${kv_element}> @to.kv(%vf %v${d})
  %v${d}.to = getelementptr ${kv_element}, ptr %v.to, i64 ${d}
  store <${lanes} x ${kv_element}> %v${d}.kv, ptr %v${d}.to, align ${kv_bytes}
$end
$call loop_end('kvh', 1)
$call loop_end('row', 1)
  ret void
}
