$template attention
$space attention
$param RT       tokens per tile
$param QR       query rows (token x head of the group) per tile of scores
$param RB       query rows per tile of the weighted sum, divides QR
$param KT       keys per pass, divides the page
$param DS       accumulators per score: 2 where QR alone does not hide the latency
$param PVN      vectors of V per pass of the weighted sum
$param isa      vocabulary
$param vl       f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param n_heads   query heads
$param n_kv_heads  KV heads
$param kcache_type  type of the KV pages: f32, f16 or bf16
$param y_type    f32, q8a or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_q           argument offsets
$param arg_kcache      .
$param arg_vcache      .
$param arg_y           .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_page_tokens .
$param arg_scale       .

$# One block is a tile of tokens for one KV head: its rows are (token, head of the group). Tokens of one
$# sequence in the tile are taken together and pass over their keys KT at a time: scores into scratch
$# (lanes are keys), softmax kept running per row, then the weighted sum of V (lanes are values).
$let lanes = min(vl, head_dim % 16 == 0 ? 16 : 8)
$let NV = 16 / lanes
$let group = n_heads / n_kv_heads
$let n_rows = roundup(RT * group, QR)
$let kv_bytes = kcache_type == 'f32' ? 4 : 2
$let o_vectors = head_dim / lanes
$let n_passes = ceildiv(o_vectors, PVN)
$assert QR % RB == 0 "RB ${RB} must divide QR ${QR}"
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/loop.ll.t"
$if y_type == 'q8a'
$include "cpu/vocab/q8a.ll.t"
$end
$let ramp = 'i32 0'
$for i in 1..lanes
$let ramp = ramp + ', i32 ' + str(i)
$end
$let lowest = hexfloat(-1.0e30)

define internal %vf @load.kv(ptr %p) #1 {
$if kcache_type == 'f32'
  %v = call %vf @v.load(ptr %p)
$else
  %v = call %vf @v.from.${kcache_type}(ptr %p)
$end
  ret %vf %v
}

$macro argument(name, offset, type)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ${type}, ptr %${name}.slot, align 8
$end
$macro u32_at(name, array, index)
  %${name}.p = getelementptr i32, ptr ${array}, i64 ${index}
  %${name}.32 = load i32, ptr %${name}.p, align 4
  %${name} = zext i32 %${name}.32 to i64
$end
$# Address of row %R of a scratch table of `stride` floats per row.
$macro scratch_row(name, table, r, stride)
  %${name}.at = mul i64 ${r}, ${stride}
  %${name} = getelementptr float, ptr ${table}, i64 %${name}.at
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call argument('q', arg_q, 'ptr')
$call argument('kcache', arg_kcache, 'ptr')
$call argument('vcache', arg_vcache, 'ptr')
$call argument('y', arg_y, 'ptr')
$call argument('positions', arg_positions, 'ptr')
$call argument('token_seq', arg_token_seq, 'ptr')
$call argument('page_table', arg_page_table, 'ptr')
$call argument('stride.at', arg_page_stride, 'ptr')
$call argument('rows.at', arg_rows, 'ptr')
$call argument('page_tokens', arg_page_tokens, 'i64')
$call argument('scale', arg_scale, 'float')
$call u32_at('stride', '%stride.at', '0')
$call u32_at('rows', '%rows.at', '0')
  %scales = call %vf @v.splat(float %scale)
  %tiles.up = add i64 %rows, ${RT - 1}
  %tiles = udiv i64 %tiles.up, ${RT}
  %qs = getelementptr float, ptr %scratch, i64 0
  %ss = getelementptr float, ptr %qs, i64 ${n_rows * head_dim}
  %os = getelementptr float, ptr %ss, i64 ${n_rows * KT}
  %ms = getelementptr float, ptr %os, i64 ${n_rows * head_dim}
  %ls = getelementptr float, ptr %ms, i64 ${n_rows}
  %alphas = getelementptr float, ptr %ls, i64 ${n_rows}
  %limits = getelementptr i32, ptr %alphas, i64 ${n_rows}
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
$call loop_begin('block', 'entry', '%block.first', '%block.last', '')
; Tiles of one head follow each other: equal shares of blocks then hold equal shares of long tiles.
  %kvh = udiv i64 %block, %tiles
  %tile = urem i64 %block, %tiles
  %t.first = mul i64 %tile, ${RT}
  %t.want = add i64 %t.first, ${RT}
  %t.fits = icmp ult i64 %t.want, %rows
  %t.last = select i1 %t.fits, i64 %t.want, i64 %rows
  %t.any = icmp ult i64 %t.first, %t.last
  br i1 %t.any, label %segment, label %block.latch

segment:
  %t = phi i64 [ %t.first, %block.body ], [ %e, %finish.end ]
$call u32_at('seq', '%token_seq', '%t')
  br label %extend
extend:
  %e.prev = phi i64 [ %t, %segment ], [ %e, %extend.more ]
  %e = add nuw i64 %e.prev, 1
  %e.inside = icmp ult i64 %e, %t.last
  br i1 %e.inside, label %extend.more, label %gather
extend.more:
$call u32_at('e.seq', '%token_seq', '%e')
  %e.same = icmp eq i64 %e.seq, %seq
  br i1 %e.same, label %extend, label %gather

gather:
  %tokens = sub i64 %e, %t
  %used = mul i64 %tokens, ${group}
  %used.last = sub i64 %used, 1
  %used.up = add i64 %used, ${QR - 1}
  %used.groups = udiv i64 %used.up, ${QR}
  %padded = mul i64 %used.groups, ${QR}
  %head.first = mul i64 %kvh, ${group}
$call loop_begin('gr', 'gather', '0', '%padded', '')
; Rows beyond the last repeat it: they are computed and not stored.
  %g.in = icmp ult i64 %gr, %used
  %g.row = select i1 %g.in, i64 %gr, i64 %used.last
  %g.token.of = udiv i64 %g.row, ${group}
  %g.head.of = urem i64 %g.row, ${group}
  %g.token = add i64 %t, %g.token.of
  %g.head = add i64 %head.first, %g.head.of
  %g.line = mul i64 %g.token, ${n_heads}
  %g.index = add i64 %g.line, %g.head
$call scratch_row('g.q', '%q', '%g.index', head_dim)
$call scratch_row('g.to', '%qs', '%gr', head_dim)
$call scratch_row('g.o', '%os', '%gr', head_dim)
$for d in 0..head_dim step lanes
  %g${d}.p = getelementptr float, ptr %g.q, i64 ${d}
  %g${d}.x = call %vf @v.load(ptr %g${d}.p)
  %g${d}.s = fmul %vf %g${d}.x, %scales
  %g${d}.to = getelementptr float, ptr %g.to, i64 ${d}
  call void @v.store(ptr %g${d}.to, %vf %g${d}.s)
  %g${d}.o = getelementptr float, ptr %g.o, i64 ${d}
  call void @v.store(ptr %g${d}.o, %vf zeroinitializer)
$end
$call u32_at('g.position', '%positions', '%g.token')
  %g.limit = getelementptr i32, ptr %limits, i64 %gr
  store i32 %g.position.32, ptr %g.limit, align 4
  %g.m = getelementptr float, ptr %ms, i64 %gr
  store float ${lowest}, ptr %g.m, align 4
  %g.l = getelementptr float, ptr %ls, i64 %gr
  store float 0.0, ptr %g.l, align 4
$call loop_end('gr', 1)
  %newest = sub i64 %e, 1
$call u32_at('end.position', '%positions', '%newest')
  %keys = add nuw i64 %end.position, 1
  %seq.pages = mul i64 %seq, %stride

$call loop_begin('key', 'gr.end', '0', '%keys', '')
  %page.number = udiv i64 %key, %page_tokens
  %slot = urem i64 %key, %page_tokens
  %page.index = add i64 %seq.pages, %page.number
$call u32_at('page', '%page_table', '%page.index')
  %page.line = mul i64 %page, ${n_kv_heads}
  %page.head = add i64 %page.line, %kvh
  %page.base = mul i64 %page.head, %page_tokens
  %page.slot = add i64 %page.base, %slot
  %kv.at = mul i64 %page.slot, ${head_dim * kv_bytes}
  %kp = getelementptr i8, ptr %kcache, i64 %kv.at
  %vp = getelementptr i8, ptr %vcache, i64 %kv.at
  %n.left = sub i64 %keys, %key
  %n.full = icmp ugt i64 %n.left, ${KT}
  %n = select i1 %n.full, i64 ${KT}, i64 %n.left
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %key.32 = trunc i64 %key to i32

; Scores of QR rows against 16 keys at a time.
$call loop_begin('sr', 'key.body', '0', '%padded', '')
$call scratch_row('sr.q', '%qs', '%sr', head_dim)
$call scratch_row('sr.s', '%ss', '%sr', KT)
$call loop_begin('kg', 'sr.body', '0', '%n.groups', '')
  %kg.at = mul i64 %kg, ${16 * head_dim * kv_bytes}
  %kg.p = getelementptr i8, ptr %kp, i64 %kg.at
$let phis = ''
$for i in 0..QR
$for j in 0..NV
$for s in 0..DS
$let phis = phis + '  %a' + str(i) + '.' + str(j) + '.' + str(s) + '.0 = phi %vf [ zeroinitializer, %kg.body ], [ %a' + str(i) + '.' + str(j) + '.' + str(s) + '.' + str(8 / DS) + ', %d.latch ]\n'
$end
$end
$end
$call loop_begin('d', 'kg.body', '0', str(head_dim), phis)
  %d.k = mul nuw i64 %d, ${16 * kv_bytes}
  %d.kp = getelementptr i8, ptr %kg.p, i64 %d.k
  %d.qp = getelementptr float, ptr %sr.q, i64 %d
$for u in 0..8
$for j in 0..NV
  %k${u}.${j}.p = getelementptr i8, ptr %d.kp, i64 ${(u * 16 + j * lanes) * kv_bytes}
  %k${u}.${j} = call %vf @load.kv(ptr %k${u}.${j}.p)
$end
$for i in 0..QR
  %q${u}.${i}.p = getelementptr float, ptr %d.qp, i64 ${i * head_dim + u}
  %q${u}.${i} = call %vf @v.bcast(ptr %q${u}.${i}.p)
$for j in 0..NV
  %a${i}.${j}.${u % DS}.${u / DS + 1} = call %vf @v.fma(%vf %q${u}.${i}, %vf %k${u}.${j}, %vf %a${i}.${j}.${u % DS}.${u / DS})
$end
$end
$end
$call loop_end('d', 8)
  %kg.lane = shl nuw i64 %kg, 4
  %kg.lane.32 = trunc i64 %kg.lane to i32
  %kg.key = add i32 %key.32, %kg.lane.32
$for j in 0..NV
  %kj${j}.first = add i32 %kg.key, ${j * lanes}
  %kj${j}.splat = call %vi @v.splat.i(i32 %kj${j}.first)
  %kj${j} = add %vi %kj${j}.splat, <${ramp}>
$end
$for i in 0..QR
  %lim${i}.row = add i64 %sr, ${i}
  %lim${i}.p = getelementptr i32, ptr %limits, i64 %lim${i}.row
  %lim${i}.32 = load i32, ptr %lim${i}.p, align 4
  %lim${i} = call %vi @v.splat.i(i32 %lim${i}.32)
$for j in 0..NV
$if DS == 2
  %sc${i}.${j} = fadd %vf %a${i}.${j}.0.0, %a${i}.${j}.1.0
$else
  %sc${i}.${j} = fadd %vf %a${i}.${j}.0.0, zeroinitializer
$end
  %see${i}.${j} = icmp sle %vi %kj${j}, %lim${i}
  %ms${i}.${j} = select <${lanes} x i1> %see${i}.${j}, %vf %sc${i}.${j}, %vf splat (float ${lowest})
  %to${i}.${j}.at = add i64 %kg.lane, ${i * KT + j * lanes}
  %to${i}.${j} = getelementptr float, ptr %sr.s, i64 %to${i}.${j}.at
  call void @v.store(ptr %to${i}.${j}, %vf %ms${i}.${j})
$end
$end
$call loop_end('kg', 1)
$call loop_end('sr', str(QR))

; The running softmax: weights replace the scores.
  %n.lanes = shl i64 %n.groups, 4
$call loop_begin('w', 'sr.end', '0', '%padded', '')
$call scratch_row('w.s', '%ss', '%w', KT)
$call loop_begin('x', 'w.body', '0', '%n.lanes', '  %x.top = phi %vf [ splat (float ' + lowest + '), %w.body ], [ %x.new, %x.latch ]')
  %x.p = getelementptr float, ptr %w.s, i64 %x
  %x.v = call %vf @v.load(ptr %x.p)
  %x.new = call %vf @v.larger(%vf %x.v, %vf %x.top)
$call loop_end('x', lanes)
  %w.top = call float @v.max(%vf %x.top)
  %w.mp = getelementptr float, ptr %ms, i64 %w
  %w.old = load float, ptr %w.mp, align 4
  %w.grew = fcmp ogt float %w.top, %w.old
  %w.new = select i1 %w.grew, float %w.top, float %w.old
  store float %w.new, ptr %w.mp, align 4
  %w.back = fsub float %w.old, %w.new
  %w.backs = call %vf @v.splat(float %w.back)
  %w.alphas = call %vf @v.exp(%vf %w.backs)
  %w.alpha = extractelement %vf %w.alphas, i64 0
  %w.ap = getelementptr float, ptr %alphas, i64 %w
  store float %w.alpha, ptr %w.ap, align 4
  %w.news = call %vf @v.splat(float %w.new)
$call loop_begin('z', 'x.end', '0', '%n.lanes', '  %z.sum = phi %vf [ zeroinitializer, %x.end ], [ %z.new, %z.latch ]')
  %z.p = getelementptr float, ptr %w.s, i64 %z
  %z.v = call %vf @v.load(ptr %z.p)
  %z.below = fsub %vf %z.v, %w.news
  %z.e = call %vf @v.exp(%vf %z.below)
  call void @v.store(ptr %z.p, %vf %z.e)
  %z.new = fadd %vf %z.sum, %z.e
$call loop_end('z', lanes)
  %w.add = call float @v.sum(%vf %z.sum)
  %w.lp = getelementptr float, ptr %ls, i64 %w
  %w.l = load float, ptr %w.lp, align 4
  %w.kept = fmul float %w.l, %w.alpha
  %w.total = fadd float %w.kept, %w.add
  store float %w.total, ptr %w.lp, align 4
$call loop_end('w', 1)

; o = o * alpha + weights x V, RB rows and PVN vectors at a time.
$call loop_begin('o', 'w.end', '0', '%padded', '')
$call scratch_row('o.s', '%ss', '%o', KT)
$call scratch_row('o.o', '%os', '%o', head_dim)
$for i in 0..RB
  %al${i}.row = add i64 %o, ${i}
  %al${i}.p = getelementptr float, ptr %alphas, i64 %al${i}.row
  %al${i} = call %vf @v.bcast(ptr %al${i}.p)
$end
$let from = 'o.body'
$for c in 0..n_passes
$let v0 = c * PVN
$let v1 = min(o_vectors, v0 + PVN)
$let phis = ''
$for i in 0..RB
$for v in v0..v1
  %oo${i}.${v}.p = getelementptr float, ptr %o.o, i64 ${i * head_dim + v * lanes}
  %oo${i}.${v}.old = call %vf @v.load(ptr %oo${i}.${v}.p)
  %oo${i}.${v}.start = fmul %vf %oo${i}.${v}.old, %al${i}
$let phis = phis + '  %oo' + str(i) + '.' + str(v) + ' = phi %vf [ %oo' + str(i) + '.' + str(v) + '.start, %' + from + ' ], [ %oo' + str(i) + '.' + str(v) + '.new, %j' + str(c) + '.latch ]\n'
$end
$end
$call loop_begin('j' + str(c), from, '0', '%n', phis)
  %j${c}.at = mul nuw i64 %j${c}, ${head_dim * kv_bytes}
  %j${c}.p = getelementptr i8, ptr %vp, i64 %j${c}.at
  %j${c}.sp = getelementptr float, ptr %o.s, i64 %j${c}
$for v in v0..v1
  %vv${v}.p = getelementptr i8, ptr %j${c}.p, i64 ${v * lanes * kv_bytes}
  %vv${v} = call %vf @load.kv(ptr %vv${v}.p)
$end
$for i in 0..RB
  %pw${c}.${i}.p = getelementptr float, ptr %j${c}.sp, i64 ${i * KT}
  %pw${c}.${i} = call %vf @v.bcast(ptr %pw${c}.${i}.p)
$for v in v0..v1
  %oo${i}.${v}.new = call %vf @v.fma(%vf %pw${c}.${i}, %vf %vv${v}, %vf %oo${i}.${v})
$end
$end
$call loop_end('j' + str(c), 1)
$for i in 0..RB
$for v in v0..v1
  call void @v.store(ptr %oo${i}.${v}.p, %vf %oo${i}.${v})
$end
$end
$let from = 'j' + str(c) + '.end'
$end
$call loop_end('o', str(RB))
$call loop_end('key', str(KT))

$call loop_begin('finish', 'key.end', '0', '%used', '')
$call scratch_row('f.o', '%os', '%finish', head_dim)
  %f.lp = getelementptr float, ptr %ls, i64 %finish
  %f.l = load float, ptr %f.lp, align 4
  %f.inverse = fdiv float 1.0, %f.l
  %f.inverses = call %vf @v.splat(float %f.inverse)
  %f.token.of = udiv i64 %finish, ${group}
  %f.head.of = urem i64 %finish, ${group}
  %f.token = add i64 %t, %f.token.of
  %f.head = add i64 %head.first, %f.head.of
  %f.column = mul i64 %f.head, ${head_dim}
$for v in 0..o_vectors
  %f${v}.p = getelementptr float, ptr %f.o, i64 ${v * lanes}
  %f${v}.o = call %vf @v.load(ptr %f${v}.p)
  %f${v} = fmul %vf %f${v}.o, %f.inverses
$end
$if y_type == 'q8a'
  %f.at = mul i64 %f.token, ${n_heads * head_dim * 3 / 2}
  %f.row = getelementptr i8, ptr %y, i64 %f.at
  %f.block = lshr i64 %f.column, 5
$for b in 0..head_dim / 32
$let values = '%vf %f' + str(b * per_block)
$for i in 1..per_block
$let values = values + ', %vf %f' + str(b * per_block + i)
$end
  %f.block${b} = add i64 %f.block, ${b}
  call void @q8a.block(ptr %f.row, i64 %f.block${b}, i64 ${n_heads * head_dim}, ${values})
$end
$else
  %f.line = mul i64 %f.token, ${n_heads * head_dim}
  %f.index = add i64 %f.line, %f.column
$for v in 0..o_vectors
  %f${v}.at = add i64 %f.index, ${v * lanes}
$if y_type == 'bf16'
  %f${v}.y = getelementptr i16, ptr %y, i64 %f${v}.at
  %f${v}.b = call <${lanes} x i16> @v.to.bf16(%vf %f${v})
  store <${lanes} x i16> %f${v}.b, ptr %f${v}.y, align 2
$else
  %f${v}.y = getelementptr float, ptr %y, i64 %f${v}.at
  call void @v.store(ptr %f${v}.y, %vf %f${v})
$end
$end
$end
$call loop_end('finish', 1)
  %t.more = icmp ult i64 %e, %t.last
  br i1 %t.more, label %segment, label %block.latch
block.latch:
  %block.next = add nuw i64 %block, 1
  br label %block.head
block.end:
  ret void
}
