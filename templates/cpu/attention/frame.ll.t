$# What the attention kernels share: sizes, arguments, scratch, the rows of a tile, the walk over pages.
$#
$# A block is a tile of tokens for one KV head, or for one of the HS parts of its query heads; its rows
$# are (token, head of the part). The tokens
$# of one sequence in a tile pass over its keys together, KT at a time. In each pass a group of QR rows
$# makes its scores (lanes are keys), turns them into weights right away and adds the weighted values to
$# its outputs (lanes are values). Scores are powers of two, relative to a bound that each row keeps:
$# the bound moves only when a score exceeds it by more than `headroom`.
$let lanes = min(vl, head_dim % 16 == 0 ? 16 : 8)
$let NV = 16 / lanes
$let group = n_heads / n_kv_heads
$let part = group / HS
$let n_rows = roundup(RT * part, QR)
$let o_vectors = head_dim / lanes
$let n_passes = ceildiv(o_vectors, PVN)
$let quantized_kv = kcache_type == 'q8_0'
$let int8_q = quantized_kv && acts == 'int8'
$let kv_bytes = kcache_type == 'f32' ? 4 : (quantized_kv ? 1 : 2)
$# 16 positions of one head, in a page and in a pass.
$let group_bytes = 16 * head_dim * kv_bytes + (quantized_kv ? head_dim : 0)
$let tile_type = CV ? 'f32' : kcache_type
$let tile_bytes = CV ? 4 : kv_bytes
$let tile_group_bytes = CV ? 64 * head_dim : group_bytes
$let tile_head_bytes = tile_type == 'q8_0' ? head_dim : 0
$let n_kv = KG * NV
$# A weight times the scale of each block of its values: they have the scale already.
$let n_folds = tile_type == 'q8_0' ? head_dim / 32 : 1
$let row_keys = n_folds * KT
$# A row of q as a q8a row: q | d | nsum | nsum16.
$let int8_row = head_dim * 3 / 2
$let key_step = n_parts > 1 ? '%key.step' : str(KT)
$let headroom = hexfloat(8.0)
$let lowest = hexfloat(-1.0e30)
$assert group % HS == 0 "HS ${HS} must divide the group of ${group} heads"
$assert QR % RB == 0 "RB ${RB} must divide QR ${QR}"
$assert KT % (16 * KG) == 0 "KG ${KG} groups of 16 must divide KT ${KT}"
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/loop.ll.t"
$assert !DOT || (int8_q && !CV) "DOT needs int8 queries and q8_0 tiles"
$if y_type == 'q8a' || int8_q
$include "cpu/vocab/q8a.ll.t"
$end
$# Lane l of a vector of keys or values is element lane_of(l): where quarters 1 and 2 change places, an
$# AVX-512 register of bf16 becomes floats by one shuffle within its quarters.
$let swapped = tile_type == 'bf16' && lanes == 16 && isa == 'avx512'
$let ramp = 'i32 0'
$for i in 1..lanes
$let ramp = ramp + ', i32 ' + str(swapped && in(i / 4, 1, 2) ? (i < 8 ? i + 4 : i - 4) : i)
$end
$let at_os = roundup(n_rows * head_dim, 16)
$let at_ls = at_os + roundup(n_rows * head_dim, 16)
$let at_bounds = at_ls + roundup(n_rows * lanes, 16)
$let at_limits = at_bounds + roundup(n_rows, 16)
$let at_ss = at_limits + roundup(n_rows, 16)
$let at_kscales = at_ss + QR * row_keys
$let at_vscales = at_kscales + (quantized_kv ? KT * head_dim / 32 : 0)
$let at_ktile = at_vscales + (quantized_kv ? KT * head_dim / 32 : 0)
$let at_vtile = at_ktile + KT * head_dim

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

$macro arguments()
$call argument('q', arg_q, 'ptr')
$call argument('kcache', arg_kcache, 'ptr')
$call argument('vcache', arg_vcache, 'ptr')
$call argument('positions', arg_positions, 'ptr')
$call argument('token_seq', arg_token_seq, 'ptr')
$call argument('page_table', arg_page_table, 'ptr')
$call argument('stride.at', arg_page_stride, 'ptr')
$call argument('rows.at', arg_rows, 'ptr')
$call argument('page_tokens', arg_page_tokens, 'i64')
$call argument('scale', arg_scale, 'float')
$call u32_at('stride', '%stride.at', '0')
$call u32_at('rows', '%rows.at', '0')
; Scores are exponents of two.
  %scale2 = fmul float %scale, ${hexfloat(1.4426950408889634)}
  %scales = call %vf @v.splat(float %scale2)
$end

$macro scratch_parts()
  %qs = getelementptr float, ptr %scratch, i64 0
  %os = getelementptr float, ptr %scratch, i64 ${at_os}
  %ls = getelementptr float, ptr %scratch, i64 ${at_ls}
  %bounds = getelementptr float, ptr %scratch, i64 ${at_bounds}
  %limits = getelementptr i32, ptr %scratch, i64 ${at_limits}
  %ss = getelementptr float, ptr %scratch, i64 ${at_ss}
$if quantized_kv
  %kscales = getelementptr float, ptr %scratch, i64 ${at_kscales}
  %vscales = getelementptr float, ptr %scratch, i64 ${at_vscales}
$end
$if CV
  %ktile = getelementptr float, ptr %scratch, i64 ${at_ktile}
  %vtile = getelementptr float, ptr %scratch, i64 ${at_vtile}
$end
$end

$# The rows of tokens [%t, %e): queries times the scale, outputs and sums 0, bounds 0, last key of each.
$# Rows beyond the last repeat it: they are computed and not stored.
$macro gather_rows(from)
  %tokens = sub i64 %e, %t
  %used = mul i64 %tokens, ${part}
  %used.last = sub i64 %used, 1
  %used.up = add i64 %used, ${QR - 1}
  %used.groups = udiv i64 %used.up, ${QR}
  %padded = mul i64 %used.groups, ${QR}
  %head.first = mul i64 %column, ${part}
$call loop_begin('gr', from, '0', '%padded', '')
  %g.in = icmp ult i64 %gr, %used
  %g.row = select i1 %g.in, i64 %gr, i64 %used.last
  %g.token.of = udiv i64 %g.row, ${part}
  %g.head.of = urem i64 %g.row, ${part}
  %g.token = add i64 %t, %g.token.of
  %g.head = add i64 %head.first, %g.head.of
  %g.line = mul i64 %g.token, ${n_heads}
  %g.index = add i64 %g.line, %g.head
$call scratch_row('g.q', '%q', '%g.index', head_dim)
$call scratch_row('g.to', '%qs', '%gr', head_dim)
$call scratch_row('g.o', '%os', '%gr', head_dim)
$call scratch_row('g.l', '%ls', '%gr', lanes)
$for d in 0..head_dim step lanes
  %g${d}.p = getelementptr float, ptr %g.q, i64 ${d}
  %g${d}.x = call %vf @v.load(ptr %g${d}.p)
$end
$if int8_q
$call int8_row_of('gr')
$end
$for d in 0..head_dim step lanes
$if !DOT
  %g${d}.s = fmul %vf %g${d}.${int8_q ? 'r' : 'x'}, %scales
  %g${d}.to = getelementptr float, ptr %g.to, i64 ${d}
  call void @v.store(ptr %g${d}.to, %vf %g${d}.s)
$end
$end
$for d in 0..head_dim step lanes
  %g${d}.o = getelementptr float, ptr %g.o, i64 ${d}
  call void @v.store(ptr %g${d}.o, %vf zeroinitializer)
$end
  call void @v.store(ptr %g.l, %vf zeroinitializer)
$call u32_at('g.position', '%positions', '%g.token')
  %g.limit = getelementptr i32, ptr %limits, i64 %gr
  store i32 %g.position.32, ptr %g.limit, align 4
  %g.b = getelementptr float, ptr %bounds, i64 %gr
  store float 0.0, ptr %g.b, align 4
$call loop_end('gr', 1)
$end

$# %g<d>.x as a q8a row. With DOT it stays one, in place of the row's floats, each d times the
$# scale and each nsum times what weights of dot4.q8 are offset by;
$# else %g<d>.r is what it says, and the row's outputs hold it meanwhile.
$macro int8_row_of(row)
$if DOT
  %g.i.at = mul i64 %${row}, ${int8_row}
  %g.i = getelementptr i8, ptr %qs, i64 %g.i.at
$else
  %g.i = getelementptr i8, ptr %g.o, i64 0
$end
$for b in 0..head_dim / 32
$let values = '%vf %g' + str(32 * b) + '.x'
$for i in 1..per_block
$let values = values + ', %vf %g' + str(32 * b + i * lanes) + '.x'
$end
  call void @q8a.block(ptr %g.i, i64 ${b}, i64 ${head_dim}, ${values})
  %g.d${b}.p = getelementptr i8, ptr %g.i, i64 ${head_dim + 4 * b}
  %g.d${b} = load float, ptr %g.d${b}.p, align 4
$if DOT
  %g.d${b}.s = fmul float %g.d${b}, %scale2
  store float %g.d${b}.s, ptr %g.d${b}.p, align 4
  %g.n${b}.p = getelementptr i8, ptr %g.i, i64 ${head_dim * 9 / 8 + 4 * b}
  %g.n${b} = load i32, ptr %g.n${b}.p, align 4
  %g.n${b}.s = mul i32 %g.n${b}, ${q8_offset}
  store i32 %g.n${b}.s, ptr %g.n${b}.p, align 4
$else
  %g.ds${b} = call %vf @v.splat(float %g.d${b})
$for d in 32 * b..32 * b + 32 step lanes
  %g${d}.ip = getelementptr i8, ptr %g.i, i64 ${d}
  %g${d}.i = load <${lanes} x i8>, ptr %g${d}.ip, align 1
  %g${d}.w = sext <${lanes} x i8> %g${d}.i to %vi
  %g${d}.f = sitofp %vi %g${d}.w to %vf
  %g${d}.r = fmul %vf %g${d}.f, %g.ds${b}
$end
$end
$end
$end

$# Addresses of position %KEY of the sequence in its pages: %TAGk and %TAGv.
$macro page_at(tag, key)
  %${tag}number = udiv i64 ${key}, %page_tokens
  %${tag}slot = urem i64 ${key}, %page_tokens
  %${tag}index = add i64 %seq.pages, %${tag}number
$call u32_at(tag + 'page', '%page_table', '%' + tag + 'index')
  %${tag}line = mul i64 %${tag}page, ${n_kv_heads}
  %${tag}head = add i64 %${tag}line, %kvh
  %${tag}base = mul i64 %${tag}head, %page_tokens
  %${tag}place = add i64 %${tag}base, %${tag}slot
  %${tag}group = lshr i64 %${tag}place, 4
  %${tag}at = mul i64 %${tag}group, ${group_bytes}
  %${tag}k = getelementptr i8, ptr %kcache, i64 %${tag}at
  %${tag}v = getelementptr i8, ptr %vcache, i64 %${tag}at
$end

$# All rows over keys [first, %keys), KT at a time; with n_parts > 1 over every n_parts-th page.
$macro key_passes(from, first)
  %seq.pages = mul i64 %seq, %stride
$call loop_begin('key', from, first, '%keys', '')
  %n.left = sub i64 %keys, %key
  %n.full = icmp ugt i64 %n.left, ${KT}
  %n = select i1 %n.full, i64 ${KT}, i64 %n.left
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %key.32 = trunc i64 %key to i32
$if n_parts > 1
  %key.on = add i64 %key, ${KT}
  %key.slot = urem i64 %key.on, %page_tokens
  %key.turn = icmp eq i64 %key.slot, 0
  %key.skip = mul i64 %page_tokens, ${n_parts - 1}
  %key.far = add i64 %key.skip, ${KT}
  %key.step = select i1 %key.turn, i64 %key.far, i64 ${KT}
$end
$call page_at('p.', '%key')
$if PF
  %ahead.want = add i64 %key, ${key_step}
  %ahead.any = icmp ult i64 %ahead.want, %keys
  %ahead = select i1 %ahead.any, i64 %ahead.want, i64 %key
$call page_at('a.', '%ahead')
$end
$let from = 'key.body'
$if quantized_kv
$call make_scales(from)
$let from = 'sc.end'
$end
$if CV
$call make_tile(from)
$let from = 'cv.end'
  %kt.k = getelementptr i8, ptr %ktile, i64 0
  %kt.v = getelementptr i8, ptr %vtile, i64 0
$else
  %kt.k = getelementptr i8, ptr %p.k, i64 0
  %kt.v = getelementptr i8, ptr %p.v, i64 0
$end
$call loop_begin('r', from, '0', '%padded', '')
$if DOT
  %r.q.at = mul i64 %r, ${int8_row}
  %r.q = getelementptr i8, ptr %qs, i64 %r.q.at
$else
$call scratch_row('r.q', '%qs', '%r', head_dim)
$end
$call scratch_row('r.o', '%os', '%r', head_dim)
$call scratch_row('r.l', '%ls', '%r', lanes)
  %r.bounds = getelementptr float, ptr %bounds, i64 %r
; Tokens ascend: the first row sees the fewest keys, the last the most.
  %r.first.p = getelementptr i32, ptr %limits, i64 %r
  %r.first = load i32, ptr %r.first.p, align 4
  %r.last.p = getelementptr i32, ptr %r.first.p, i64 ${QR - 1}
  %r.last = load i32, ptr %r.last.p, align 4
  %r.any = icmp sge i32 %r.last, %key.32
  br i1 %r.any, label %r.seen, label %r.latch
r.seen:
  %r.span = sub i32 %r.last, %key.32
  %r.span.64 = zext i32 %r.span to i64
  %r.want = add i64 %r.span.64, 1
  %r.part = icmp ult i64 %r.want, %n
  %r.n = select i1 %r.part, i64 %r.want, i64 %n
  %r.up = add i64 %r.n, ${16 * KG - 1}
  %r.tiles = udiv i64 %r.up, ${16 * KG}
$call make_weights('r.seen')
$call add_values('st.end')
$call loop_end('r', str(QR))
$call loop_end('key', key_step)
$end
$include "cpu/attention/kv.ll.t"
$include "cpu/attention/weights.ll.t"
$include "cpu/attention/values.ll.t"
$include "cpu/attention/output.ll.t"
