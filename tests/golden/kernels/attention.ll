; attention on cpu:x86_64:avx2+fma+f16c
; attention n_heads=4 n_kv_heads=2 head_dim=32 page_tokens=64 kcache=f16 vcache=f16 m=4 context=64
; HS=1 RT=1 DOT=0 QR=1 KG=1 RB=1 PVN=1 KT=16 CV=0 PF=0 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %q.slot = getelementptr i8, ptr %args, i64 0
  %q = load ptr, ptr %q.slot, align 8
  %kcache.slot = getelementptr i8, ptr %args, i64 8
  %kcache = load ptr, ptr %kcache.slot, align 8
  %vcache.slot = getelementptr i8, ptr %args, i64 16
  %vcache = load ptr, ptr %vcache.slot, align 8
  %positions.slot = getelementptr i8, ptr %args, i64 32
  %positions = load ptr, ptr %positions.slot, align 8
  %token_seq.slot = getelementptr i8, ptr %args, i64 40
  %token_seq = load ptr, ptr %token_seq.slot, align 8
  %page_table.slot = getelementptr i8, ptr %args, i64 48
  %page_table = load ptr, ptr %page_table.slot, align 8
  %stride.at.slot = getelementptr i8, ptr %args, i64 56
  %stride.at = load ptr, ptr %stride.at.slot, align 8
  %rows.at.slot = getelementptr i8, ptr %args, i64 64
  %rows.at = load ptr, ptr %rows.at.slot, align 8
  %page_tokens.slot = getelementptr i8, ptr %args, i64 96
  %page_tokens = load i64, ptr %page_tokens.slot, align 8
  %scale.slot = getelementptr i8, ptr %args, i64 104
  %scale = load float, ptr %scale.slot, align 8
  %stride.p = getelementptr i32, ptr %stride.at, i64 0
  %stride.32 = load i32, ptr %stride.p, align 4
  %stride = zext i32 %stride.32 to i64
  %rows.p = getelementptr i32, ptr %rows.at, i64 0
  %rows.32 = load i32, ptr %rows.p, align 4
  %rows = zext i32 %rows.32 to i64
; Scores are exponents of two.
  %scale2 = fmul float %scale, 0x3ff7154760000000
  %scales = call %vf @v.splat(float %scale2)
  %y.slot = getelementptr i8, ptr %args, i64 24
  %y = load ptr, ptr %y.slot, align 8
  %qs = getelementptr float, ptr %scratch, i64 0
  %os = getelementptr float, ptr %scratch, i64 64
  %ls = getelementptr float, ptr %scratch, i64 128
  %bounds = getelementptr float, ptr %scratch, i64 144
  %limits = getelementptr i32, ptr %scratch, i64 160
  %ss = getelementptr float, ptr %scratch, i64 176
  %tiles.up = add i64 %rows, 0
  %tiles = udiv i64 %tiles.up, 1
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
  br label %block.head
block.head:
  %block = phi i64 [ %block.first, %entry ], [ %block.next, %block.latch ]

  %block.more = icmp ult i64 %block, %block.last
  br i1 %block.more, label %block.body, label %block.end
block.body:
; Tiles of one head follow each other: equal shares of blocks then hold equal shares of long tiles.
  %column = udiv i64 %block, %tiles
  %kvh = udiv i64 %column, 1
  %tile = urem i64 %block, %tiles
  %t.first = mul i64 %tile, 1
  %t.want = add i64 %t.first, 1
  %t.fits = icmp ult i64 %t.want, %rows
  %t.last = select i1 %t.fits, i64 %t.want, i64 %rows
  %t.any = icmp ult i64 %t.first, %t.last
  br i1 %t.any, label %segment, label %block.latch

; Tokens [t, e) of one sequence.
segment:
  %t = phi i64 [ %t.first, %block.body ], [ %e, %finish.end ]
  %seq.p = getelementptr i32, ptr %token_seq, i64 %t
  %seq.32 = load i32, ptr %seq.p, align 4
  %seq = zext i32 %seq.32 to i64
  br label %extend
extend:
  %e.prev = phi i64 [ %t, %segment ], [ %e, %extend.more ]
  %e = add nuw i64 %e.prev, 1
  %e.inside = icmp ult i64 %e, %t.last
  br i1 %e.inside, label %extend.more, label %gather
extend.more:
  %e.seq.p = getelementptr i32, ptr %token_seq, i64 %e
  %e.seq.32 = load i32, ptr %e.seq.p, align 4
  %e.seq = zext i32 %e.seq.32 to i64
  %e.same = icmp eq i64 %e.seq, %seq
  br i1 %e.same, label %extend, label %gather

gather:
  %tokens = sub i64 %e, %t
  %used = mul i64 %tokens, 2
  %used.last = sub i64 %used, 1
  %used.up = add i64 %used, 0
  %used.groups = udiv i64 %used.up, 1
  %padded = mul i64 %used.groups, 1
  %head.first = mul i64 %column, 2
  br label %gr.head
gr.head:
  %gr = phi i64 [ 0, %gather ], [ %gr.next, %gr.latch ]

  %gr.more = icmp ult i64 %gr, %padded
  br i1 %gr.more, label %gr.body, label %gr.end
gr.body:
  %g.in = icmp ult i64 %gr, %used
  %g.row = select i1 %g.in, i64 %gr, i64 %used.last
  %g.token.of = udiv i64 %g.row, 2
  %g.head.of = urem i64 %g.row, 2
  %g.token = add i64 %t, %g.token.of
  %g.head = add i64 %head.first, %g.head.of
  %g.line = mul i64 %g.token, 4
  %g.index = add i64 %g.line, %g.head
  %g.q.at = mul i64 %g.index, 32
  %g.q = getelementptr float, ptr %q, i64 %g.q.at
  %g.to.at = mul i64 %gr, 32
  %g.to = getelementptr float, ptr %qs, i64 %g.to.at
  %g.o.at = mul i64 %gr, 32
  %g.o = getelementptr float, ptr %os, i64 %g.o.at
  %g.l.at = mul i64 %gr, 8
  %g.l = getelementptr float, ptr %ls, i64 %g.l.at
  %g0.p = getelementptr float, ptr %g.q, i64 0
  %g0.x = call %vf @v.load(ptr %g0.p)
  %g8.p = getelementptr float, ptr %g.q, i64 8
  %g8.x = call %vf @v.load(ptr %g8.p)
  %g16.p = getelementptr float, ptr %g.q, i64 16
  %g16.x = call %vf @v.load(ptr %g16.p)
  %g24.p = getelementptr float, ptr %g.q, i64 24
  %g24.x = call %vf @v.load(ptr %g24.p)
  %g0.s = fmul %vf %g0.x, %scales
  %g0.to = getelementptr float, ptr %g.to, i64 0
  call void @v.store(ptr %g0.to, %vf %g0.s)
  %g8.s = fmul %vf %g8.x, %scales
  %g8.to = getelementptr float, ptr %g.to, i64 8
  call void @v.store(ptr %g8.to, %vf %g8.s)
  %g16.s = fmul %vf %g16.x, %scales
  %g16.to = getelementptr float, ptr %g.to, i64 16
  call void @v.store(ptr %g16.to, %vf %g16.s)
  %g24.s = fmul %vf %g24.x, %scales
  %g24.to = getelementptr float, ptr %g.to, i64 24
  call void @v.store(ptr %g24.to, %vf %g24.s)
  %g0.o = getelementptr float, ptr %g.o, i64 0
  call void @v.store(ptr %g0.o, %vf zeroinitializer)
  %g8.o = getelementptr float, ptr %g.o, i64 8
  call void @v.store(ptr %g8.o, %vf zeroinitializer)
  %g16.o = getelementptr float, ptr %g.o, i64 16
  call void @v.store(ptr %g16.o, %vf zeroinitializer)
  %g24.o = getelementptr float, ptr %g.o, i64 24
  call void @v.store(ptr %g24.o, %vf zeroinitializer)
  call void @v.store(ptr %g.l, %vf zeroinitializer)
  %g.position.p = getelementptr i32, ptr %positions, i64 %g.token
  %g.position.32 = load i32, ptr %g.position.p, align 4
  %g.position = zext i32 %g.position.32 to i64
  %g.limit = getelementptr i32, ptr %limits, i64 %gr
  store i32 %g.position.32, ptr %g.limit, align 4
  %g.b = getelementptr float, ptr %bounds, i64 %gr
  store float 0.0, ptr %g.b, align 4
  br label %gr.latch
gr.latch:
  %gr.next = add nuw i64 %gr, 1
  br label %gr.head
gr.end:
  %newest = sub i64 %e, 1
  %end.position.p = getelementptr i32, ptr %positions, i64 %newest
  %end.position.32 = load i32, ptr %end.position.p, align 4
  %end.position = zext i32 %end.position.32 to i64
  %keys = add nuw i64 %end.position, 1
  %seq.pages = mul i64 %seq, %stride
  br label %key.head
key.head:
  %key = phi i64 [ 0, %gr.end ], [ %key.next, %key.latch ]

  %key.more = icmp ult i64 %key, %keys
  br i1 %key.more, label %key.body, label %key.end
key.body:
  %n.left = sub i64 %keys, %key
  %n.full = icmp ugt i64 %n.left, 16
  %n = select i1 %n.full, i64 16, i64 %n.left
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %key.32 = trunc i64 %key to i32
  %p.number = udiv i64 %key, %page_tokens
  %p.slot = urem i64 %key, %page_tokens
  %p.index = add i64 %seq.pages, %p.number
  %p.page.p = getelementptr i32, ptr %page_table, i64 %p.index
  %p.page.32 = load i32, ptr %p.page.p, align 4
  %p.page = zext i32 %p.page.32 to i64
  %p.line = mul i64 %p.page, 2
  %p.head = add i64 %p.line, %kvh
  %p.base = mul i64 %p.head, %page_tokens
  %p.place = add i64 %p.base, %p.slot
  %p.group = lshr i64 %p.place, 4
  %p.at = mul i64 %p.group, 1024
  %p.k = getelementptr i8, ptr %kcache, i64 %p.at
  %p.v = getelementptr i8, ptr %vcache, i64 %p.at
  %kt.k = getelementptr i8, ptr %p.k, i64 0
  %kt.v = getelementptr i8, ptr %p.v, i64 0
  br label %r.head
r.head:
  %r = phi i64 [ 0, %key.body ], [ %r.next, %r.latch ]

  %r.more = icmp ult i64 %r, %padded
  br i1 %r.more, label %r.body, label %r.end
r.body:
  %r.q.at = mul i64 %r, 32
  %r.q = getelementptr float, ptr %qs, i64 %r.q.at
  %r.o.at = mul i64 %r, 32
  %r.o = getelementptr float, ptr %os, i64 %r.o.at
  %r.l.at = mul i64 %r, 8
  %r.l = getelementptr float, ptr %ls, i64 %r.l.at
  %r.bounds = getelementptr float, ptr %bounds, i64 %r
; Tokens ascend: the first row sees the fewest keys, the last the most.
  %r.first.p = getelementptr i32, ptr %limits, i64 %r
  %r.first = load i32, ptr %r.first.p, align 4
  %r.last.p = getelementptr i32, ptr %r.first.p, i64 0
  %r.last = load i32, ptr %r.last.p, align 4
  %r.any = icmp sge i32 %r.last, %key.32
  br i1 %r.any, label %r.seen, label %r.latch
r.seen:
  %r.span = sub i32 %r.last, %key.32
  %r.span.64 = zext i32 %r.span to i64
  %r.want = add i64 %r.span.64, 1
  %r.part = icmp ult i64 %r.want, %n
  %r.n = select i1 %r.part, i64 %r.want, i64 %n
  %r.up = add i64 %r.n, 15
  %r.tiles = udiv i64 %r.up, 16
  br label %st.head
st.head:
  %st = phi i64 [ 0, %r.seen ], [ %st.next, %st.latch ]

  %st.more = icmp ult i64 %st, %r.tiles
  br i1 %st.more, label %st.body, label %st.end
st.body:
  %st.key = mul i64 %st, 16
  %st.from = mul i64 %st, 1024
  %st.k = getelementptr i8, ptr %kt.k, i64 %st.from
  %st.s = getelementptr float, ptr %ss, i64 %st.key
; Sums begin at minus the row's bound.
  %nb0.p = getelementptr float, ptr %r.bounds, i64 0
  %nb0 = call %vf @v.bcast(ptr %nb0.p)
  br label %d.head
d.head:
  %d = phi i64 [ 0, %st.body ], [ %d.next, %d.latch ]
  %a0.0.0 = phi %vf [ %nb0, %st.body ], [ %a0.0.8, %d.latch ]
  %a0.1.0 = phi %vf [ %nb0, %st.body ], [ %a0.1.8, %d.latch ]

  %d.more = icmp ult i64 %d, 32
  br i1 %d.more, label %d.body, label %d.end
d.body:
  %d.at = mul nuw i64 %d, 32
  %d.k = getelementptr i8, ptr %st.k, i64 %d.at
  %d.q = getelementptr float, ptr %r.q, i64 %d
  %k0.0.p = getelementptr i8, ptr %d.k, i64 0
  %k0.0 = call %vf @v.from.f16(ptr %k0.0.p)
  %k0.1.p = getelementptr i8, ptr %d.k, i64 16
  %k0.1 = call %vf @v.from.f16(ptr %k0.1.p)
  %q0.0.p = getelementptr float, ptr %d.q, i64 0
  %q0.0 = call %vf @v.bcast(ptr %q0.0.p)
  %a0.0.1 = call %vf @v.fma(%vf %q0.0, %vf %k0.0, %vf %a0.0.0)
  %a0.1.1 = call %vf @v.fma(%vf %q0.0, %vf %k0.1, %vf %a0.1.0)
  %k1.0.p = getelementptr i8, ptr %d.k, i64 32
  %k1.0 = call %vf @v.from.f16(ptr %k1.0.p)
  %k1.1.p = getelementptr i8, ptr %d.k, i64 48
  %k1.1 = call %vf @v.from.f16(ptr %k1.1.p)
  %q1.0.p = getelementptr float, ptr %d.q, i64 1
  %q1.0 = call %vf @v.bcast(ptr %q1.0.p)
  %a0.0.2 = call %vf @v.fma(%vf %q1.0, %vf %k1.0, %vf %a0.0.1)
  %a0.1.2 = call %vf @v.fma(%vf %q1.0, %vf %k1.1, %vf %a0.1.1)
  %k2.0.p = getelementptr i8, ptr %d.k, i64 64
  %k2.0 = call %vf @v.from.f16(ptr %k2.0.p)
  %k2.1.p = getelementptr i8, ptr %d.k, i64 80
  %k2.1 = call %vf @v.from.f16(ptr %k2.1.p)
  %q2.0.p = getelementptr float, ptr %d.q, i64 2
  %q2.0 = call %vf @v.bcast(ptr %q2.0.p)
  %a0.0.3 = call %vf @v.fma(%vf %q2.0, %vf %k2.0, %vf %a0.0.2)
  %a0.1.3 = call %vf @v.fma(%vf %q2.0, %vf %k2.1, %vf %a0.1.2)
  %k3.0.p = getelementptr i8, ptr %d.k, i64 96
  %k3.0 = call %vf @v.from.f16(ptr %k3.0.p)
  %k3.1.p = getelementptr i8, ptr %d.k, i64 112
  %k3.1 = call %vf @v.from.f16(ptr %k3.1.p)
  %q3.0.p = getelementptr float, ptr %d.q, i64 3
  %q3.0 = call %vf @v.bcast(ptr %q3.0.p)
  %a0.0.4 = call %vf @v.fma(%vf %q3.0, %vf %k3.0, %vf %a0.0.3)
  %a0.1.4 = call %vf @v.fma(%vf %q3.0, %vf %k3.1, %vf %a0.1.3)
  %k4.0.p = getelementptr i8, ptr %d.k, i64 128
  %k4.0 = call %vf @v.from.f16(ptr %k4.0.p)
  %k4.1.p = getelementptr i8, ptr %d.k, i64 144
  %k4.1 = call %vf @v.from.f16(ptr %k4.1.p)
  %q4.0.p = getelementptr float, ptr %d.q, i64 4
  %q4.0 = call %vf @v.bcast(ptr %q4.0.p)
  %a0.0.5 = call %vf @v.fma(%vf %q4.0, %vf %k4.0, %vf %a0.0.4)
  %a0.1.5 = call %vf @v.fma(%vf %q4.0, %vf %k4.1, %vf %a0.1.4)
  %k5.0.p = getelementptr i8, ptr %d.k, i64 160
  %k5.0 = call %vf @v.from.f16(ptr %k5.0.p)
  %k5.1.p = getelementptr i8, ptr %d.k, i64 176
  %k5.1 = call %vf @v.from.f16(ptr %k5.1.p)
  %q5.0.p = getelementptr float, ptr %d.q, i64 5
  %q5.0 = call %vf @v.bcast(ptr %q5.0.p)
  %a0.0.6 = call %vf @v.fma(%vf %q5.0, %vf %k5.0, %vf %a0.0.5)
  %a0.1.6 = call %vf @v.fma(%vf %q5.0, %vf %k5.1, %vf %a0.1.5)
  %k6.0.p = getelementptr i8, ptr %d.k, i64 192
  %k6.0 = call %vf @v.from.f16(ptr %k6.0.p)
  %k6.1.p = getelementptr i8, ptr %d.k, i64 208
  %k6.1 = call %vf @v.from.f16(ptr %k6.1.p)
  %q6.0.p = getelementptr float, ptr %d.q, i64 6
  %q6.0 = call %vf @v.bcast(ptr %q6.0.p)
  %a0.0.7 = call %vf @v.fma(%vf %q6.0, %vf %k6.0, %vf %a0.0.6)
  %a0.1.7 = call %vf @v.fma(%vf %q6.0, %vf %k6.1, %vf %a0.1.6)
  %k7.0.p = getelementptr i8, ptr %d.k, i64 224
  %k7.0 = call %vf @v.from.f16(ptr %k7.0.p)
  %k7.1.p = getelementptr i8, ptr %d.k, i64 240
  %k7.1 = call %vf @v.from.f16(ptr %k7.1.p)
  %q7.0.p = getelementptr float, ptr %d.q, i64 7
  %q7.0 = call %vf @v.bcast(ptr %q7.0.p)
  %a0.0.8 = call %vf @v.fma(%vf %q7.0, %vf %k7.0, %vf %a0.0.7)
  %a0.1.8 = call %vf @v.fma(%vf %q7.0, %vf %k7.1, %vf %a0.1.7)
  br label %d.latch
d.latch:
  %d.next = add nuw i64 %d, 8
  br label %d.head
d.end:

; Keys that a row does not see.
  %st.key32 = trunc i64 %st.key to i32
  %st.first = add i32 %key.32, %st.key32
  %st.last = add i32 %st.first, 15
  %st.all = icmp sle i32 %st.last, %r.first
  br i1 %st.all, label %st.seen, label %st.mask
st.mask:
  %km0.first = add i32 %st.first, 0
  %km0.splat = call %vi @v.splat.i(i32 %km0.first)
  %km0 = add %vi %km0.splat, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %km1.first = add i32 %st.first, 8
  %km1.splat = call %vi @v.splat.i(i32 %km1.first)
  %km1 = add %vi %km1.splat, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %lim0.p = getelementptr i32, ptr %r.first.p, i64 0
  %lim0.32 = load i32, ptr %lim0.p, align 4
  %lim0 = call %vi @v.splat.i(i32 %lim0.32)
  %see0.0 = icmp sle %vi %km0, %lim0
  %m0.0 = select <8 x i1> %see0.0, %vf %a0.0.0, %vf splat (float 0xc6293e5940000000)
  %see0.1 = icmp sle %vi %km1, %lim0
  %m0.1 = select <8 x i1> %see0.1, %vf %a0.1.0, %vf splat (float 0xc6293e5940000000)
  br label %st.seen
st.seen:
  %x0.0 = phi %vf [ %a0.0.0, %d.end ], [ %m0.0, %st.mask ]
  %x0.1 = phi %vf [ %a0.1.0, %d.end ], [ %m0.1, %st.mask ]
  %top0.1 = call %vf @v.larger(%vf %x0.1, %vf %x0.0)
  %high = fcmp ogt %vf %top0.1, splat (float 0x4020000000000000)
  %high.bits = bitcast <8 x i1> %high to i8
  %high.any = icmp ne i8 %high.bits, 0
  %st.zero = icmp eq i32 %st.first, 0
  %st.move = or i1 %high.any, %st.zero
  br i1 %st.move, label %rise, label %calm
rise:
  %x0.0.p = getelementptr float, ptr %st.s, i64 0
  call void @v.store(ptr %x0.0.p, %vf %x0.0)
  %x0.1.p = getelementptr float, ptr %st.s, i64 8
  call void @v.store(ptr %x0.1.p, %vf %x0.1)
  br label %u.head
u.head:
  %u = phi i64 [ 0, %rise ], [ %u.next, %u.latch ]

  %u.more = icmp ult i64 %u, 1
  br i1 %u.more, label %u.body, label %u.end
u.body:
  %u.s.at = mul i64 %u, 16
  %u.s = getelementptr float, ptr %ss, i64 %u.s.at
  %u.now = getelementptr float, ptr %u.s, i64 %st.key
  %u.p0 = getelementptr float, ptr %u.now, i64 0
  %u.x0 = call %vf @v.load(ptr %u.p0)
  %u.p1 = getelementptr float, ptr %u.now, i64 8
  %u.x1 = call %vf @v.load(ptr %u.p1)
  %u.m1 = call %vf @v.larger(%vf %u.x1, %vf %u.x0)
  %u.top = call float @v.max(%vf %u.m1)
  %u.high = fcmp ogt float %u.top, 0x4020000000000000
  %u.move = or i1 %u.high, %st.zero
  br i1 %u.move, label %u.moved, label %u.latch
u.moved:
  %u.b.p = getelementptr float, ptr %r.bounds, i64 %u
  %u.b = load float, ptr %u.b.p, align 4
  %u.b.new = fsub float %u.b, %u.top
  store float %u.b.new, ptr %u.b.p, align 4
  %u.tops = call %vf @v.splat(float %u.top)
  %u.x0.new = fsub %vf %u.x0, %u.tops
  call void @v.store(ptr %u.p0, %vf %u.x0.new)
  %u.x1.new = fsub %vf %u.x1, %u.tops
  call void @v.store(ptr %u.p1, %vf %u.x1.new)
  %u.back = fneg %vf %u.tops
  %u.down = fcmp olt %vf %u.back, zeroinitializer
  %u.less = select <8 x i1> %u.down, %vf %u.back, %vf zeroinitializer
  %u.alpha = call %vf @exp2(%vf %u.less)
  br label %before.head
before.head:
  %before = phi i64 [ 0, %u.moved ], [ %before.next, %before.latch ]

  %before.more = icmp ult i64 %before, %st.key
  br i1 %before.more, label %before.body, label %before.end
before.body:
  %before0.at = add i64 %before, 0
  %before0.p = getelementptr float, ptr %u.s, i64 %before0.at
  %before0.w = call %vf @v.load(ptr %before0.p)
  %before0.new = fmul %vf %before0.w, %u.alpha
  call void @v.store(ptr %before0.p, %vf %before0.new)
  br label %before.latch
before.latch:
  %before.next = add nuw i64 %before, 8
  br label %before.head
before.end:
  %u.l.at = mul i64 %u, 8
  %u.l = getelementptr float, ptr %r.l, i64 %u.l.at
  %u.l.old = call %vf @v.load(ptr %u.l)
  %u.l.new = fmul %vf %u.l.old, %u.alpha
  call void @v.store(ptr %u.l, %vf %u.l.new)
  %u.o.at = mul i64 %u, 32
  %u.o = getelementptr float, ptr %r.o, i64 %u.o.at
  %u.o0.p = getelementptr float, ptr %u.o, i64 0
  %u.o0 = call %vf @v.load(ptr %u.o0.p)
  %u.o0.new = fmul %vf %u.o0, %u.alpha
  call void @v.store(ptr %u.o0.p, %vf %u.o0.new)
  %u.o1.p = getelementptr float, ptr %u.o, i64 8
  %u.o1 = call %vf @v.load(ptr %u.o1.p)
  %u.o1.new = fmul %vf %u.o1, %u.alpha
  call void @v.store(ptr %u.o1.p, %vf %u.o1.new)
  %u.o2.p = getelementptr float, ptr %u.o, i64 16
  %u.o2 = call %vf @v.load(ptr %u.o2.p)
  %u.o2.new = fmul %vf %u.o2, %u.alpha
  call void @v.store(ptr %u.o2.p, %vf %u.o2.new)
  %u.o3.p = getelementptr float, ptr %u.o, i64 24
  %u.o3 = call %vf @v.load(ptr %u.o3.p)
  %u.o3.new = fmul %vf %u.o3, %u.alpha
  call void @v.store(ptr %u.o3.p, %vf %u.o3.new)
  br label %u.latch
u.latch:
  %u.next = add nuw i64 %u, 1
  br label %u.head
u.end:
  %y0.0 = call %vf @v.load(ptr %x0.0.p)
  %y0.1 = call %vf @v.load(ptr %x0.1.p)
  br label %calm
calm:
  %z0.0 = phi %vf [ %x0.0, %st.seen ], [ %y0.0, %u.end ]
  %z0.1 = phi %vf [ %x0.1, %st.seen ], [ %y0.1, %u.end ]
  %w0.0.made = call %vf @exp2(%vf %z0.0)
  %w0.0 = call %vf @in.order(%vf %w0.0.made)
  %w0.0.p = getelementptr float, ptr %st.s, i64 0
  call void @v.store(ptr %w0.0.p, %vf %w0.0)
  %w0.1.made = call %vf @exp2(%vf %z0.1)
  %w0.1 = call %vf @in.order(%vf %w0.1.made)
  %w0.1.p = getelementptr float, ptr %st.s, i64 8
  call void @v.store(ptr %w0.1.p, %vf %w0.1)
  %wl0.1 = fadd %vf %w0.0, %w0.1
  %l0.p = getelementptr float, ptr %r.l, i64 0
  %l0.old = call %vf @v.load(ptr %l0.p)
  %l0 = fadd %vf %l0.old, %wl0.1
  call void @v.store(ptr %l0.p, %vf %l0)
  br label %st.latch
st.latch:
  %st.next = add nuw i64 %st, 1
  br label %st.head
st.end:
  %r.main = and i64 %r.n, -4
  br label %rb0.head
rb0.head:
  %rb0 = phi i64 [ 0, %st.end ], [ %rb0.next, %rb0.latch ]

  %rb0.more = icmp ult i64 %rb0, 1
  br i1 %rb0.more, label %rb0.body, label %rb0.end
rb0.body:
  %rb0.s.at = mul i64 %rb0, 16
  %rb0.s = getelementptr float, ptr %ss, i64 %rb0.s.at
  %rb0.o.at = mul i64 %rb0, 32
  %rb0.o = getelementptr float, ptr %r.o, i64 %rb0.o.at
  %rb0.p0.0 = getelementptr float, ptr %rb0.o, i64 0
  %rb0.v0.0 = call %vf @v.load(ptr %rb0.p0.0)
  br label %vm0.head
vm0.head:
  %vm0 = phi i64 [ 0, %rb0.body ], [ %vm0.next, %vm0.latch ]
  %vm0.o0.0.0 = phi %vf [ %rb0.v0.0, %rb0.body ], [ %vm0.o0.0.4, %vm0.latch ]

  %vm0.more = icmp ult i64 %vm0, %r.main
  br i1 %vm0.more, label %vm0.body, label %vm0.end
vm0.body:
  %vm0.row = mul nuw i64 %vm0, 64
  %vm0.at = add nuw i64 %vm0.row, 0
  %vm0.p = getelementptr i8, ptr %kt.v, i64 %vm0.at
  %vm0.w = getelementptr float, ptr %rb0.s, i64 %vm0
  %vm0.v0.0.p = getelementptr i8, ptr %vm0.p, i64 0
  %vm0.v0.0 = call %vf @v.from.f16(ptr %vm0.v0.0.p)
  %vm0.w0.0.0.p = getelementptr float, ptr %vm0.w, i64 0
  %vm0.w0.0.0 = call %vf @v.bcast(ptr %vm0.w0.0.0.p)
  %vm0.o0.0.1 = call %vf @v.fma(%vf %vm0.w0.0.0, %vf %vm0.v0.0, %vf %vm0.o0.0.0)
  %vm0.v1.0.p = getelementptr i8, ptr %vm0.p, i64 64
  %vm0.v1.0 = call %vf @v.from.f16(ptr %vm0.v1.0.p)
  %vm0.w1.0.0.p = getelementptr float, ptr %vm0.w, i64 1
  %vm0.w1.0.0 = call %vf @v.bcast(ptr %vm0.w1.0.0.p)
  %vm0.o0.0.2 = call %vf @v.fma(%vf %vm0.w1.0.0, %vf %vm0.v1.0, %vf %vm0.o0.0.1)
  %vm0.v2.0.p = getelementptr i8, ptr %vm0.p, i64 128
  %vm0.v2.0 = call %vf @v.from.f16(ptr %vm0.v2.0.p)
  %vm0.w2.0.0.p = getelementptr float, ptr %vm0.w, i64 2
  %vm0.w2.0.0 = call %vf @v.bcast(ptr %vm0.w2.0.0.p)
  %vm0.o0.0.3 = call %vf @v.fma(%vf %vm0.w2.0.0, %vf %vm0.v2.0, %vf %vm0.o0.0.2)
  %vm0.v3.0.p = getelementptr i8, ptr %vm0.p, i64 192
  %vm0.v3.0 = call %vf @v.from.f16(ptr %vm0.v3.0.p)
  %vm0.w3.0.0.p = getelementptr float, ptr %vm0.w, i64 3
  %vm0.w3.0.0 = call %vf @v.bcast(ptr %vm0.w3.0.0.p)
  %vm0.o0.0.4 = call %vf @v.fma(%vf %vm0.w3.0.0, %vf %vm0.v3.0, %vf %vm0.o0.0.3)
  br label %vm0.latch
vm0.latch:
  %vm0.next = add nuw i64 %vm0, 4
  br label %vm0.head
vm0.end:
  br label %vr0.head
vr0.head:
  %vr0 = phi i64 [ %r.main, %vm0.end ], [ %vr0.next, %vr0.latch ]
  %vr0.o0.0.0 = phi %vf [ %vm0.o0.0.0, %vm0.end ], [ %vr0.o0.0.1, %vr0.latch ]

  %vr0.more = icmp ult i64 %vr0, %r.n
  br i1 %vr0.more, label %vr0.body, label %vr0.end
vr0.body:
  %vr0.row = mul nuw i64 %vr0, 64
  %vr0.at = add nuw i64 %vr0.row, 0
  %vr0.p = getelementptr i8, ptr %kt.v, i64 %vr0.at
  %vr0.w = getelementptr float, ptr %rb0.s, i64 %vr0
  %vr0.v0.0.p = getelementptr i8, ptr %vr0.p, i64 0
  %vr0.v0.0 = call %vf @v.from.f16(ptr %vr0.v0.0.p)
  %vr0.w0.0.0.p = getelementptr float, ptr %vr0.w, i64 0
  %vr0.w0.0.0 = call %vf @v.bcast(ptr %vr0.w0.0.0.p)
  %vr0.o0.0.1 = call %vf @v.fma(%vf %vr0.w0.0.0, %vf %vr0.v0.0, %vf %vr0.o0.0.0)
  br label %vr0.latch
vr0.latch:
  %vr0.next = add nuw i64 %vr0, 1
  br label %vr0.head
vr0.end:
  call void @v.store(ptr %rb0.p0.0, %vf %vr0.o0.0.0)
  br label %rb0.latch
rb0.latch:
  %rb0.next = add nuw i64 %rb0, 1
  br label %rb0.head
rb0.end:
  br label %rb1.head
rb1.head:
  %rb1 = phi i64 [ 0, %rb0.end ], [ %rb1.next, %rb1.latch ]

  %rb1.more = icmp ult i64 %rb1, 1
  br i1 %rb1.more, label %rb1.body, label %rb1.end
rb1.body:
  %rb1.s.at = mul i64 %rb1, 16
  %rb1.s = getelementptr float, ptr %ss, i64 %rb1.s.at
  %rb1.o.at = mul i64 %rb1, 32
  %rb1.o = getelementptr float, ptr %r.o, i64 %rb1.o.at
  %rb1.p0.1 = getelementptr float, ptr %rb1.o, i64 8
  %rb1.v0.1 = call %vf @v.load(ptr %rb1.p0.1)
  br label %vm1.head
vm1.head:
  %vm1 = phi i64 [ 0, %rb1.body ], [ %vm1.next, %vm1.latch ]
  %vm1.o0.1.0 = phi %vf [ %rb1.v0.1, %rb1.body ], [ %vm1.o0.1.4, %vm1.latch ]

  %vm1.more = icmp ult i64 %vm1, %r.main
  br i1 %vm1.more, label %vm1.body, label %vm1.end
vm1.body:
  %vm1.row = mul nuw i64 %vm1, 64
  %vm1.at = add nuw i64 %vm1.row, 0
  %vm1.p = getelementptr i8, ptr %kt.v, i64 %vm1.at
  %vm1.w = getelementptr float, ptr %rb1.s, i64 %vm1
  %vm1.v0.1.p = getelementptr i8, ptr %vm1.p, i64 16
  %vm1.v0.1 = call %vf @v.from.f16(ptr %vm1.v0.1.p)
  %vm1.w0.0.0.p = getelementptr float, ptr %vm1.w, i64 0
  %vm1.w0.0.0 = call %vf @v.bcast(ptr %vm1.w0.0.0.p)
  %vm1.o0.1.1 = call %vf @v.fma(%vf %vm1.w0.0.0, %vf %vm1.v0.1, %vf %vm1.o0.1.0)
  %vm1.v1.1.p = getelementptr i8, ptr %vm1.p, i64 80
  %vm1.v1.1 = call %vf @v.from.f16(ptr %vm1.v1.1.p)
  %vm1.w1.0.0.p = getelementptr float, ptr %vm1.w, i64 1
  %vm1.w1.0.0 = call %vf @v.bcast(ptr %vm1.w1.0.0.p)
  %vm1.o0.1.2 = call %vf @v.fma(%vf %vm1.w1.0.0, %vf %vm1.v1.1, %vf %vm1.o0.1.1)
  %vm1.v2.1.p = getelementptr i8, ptr %vm1.p, i64 144
  %vm1.v2.1 = call %vf @v.from.f16(ptr %vm1.v2.1.p)
  %vm1.w2.0.0.p = getelementptr float, ptr %vm1.w, i64 2
  %vm1.w2.0.0 = call %vf @v.bcast(ptr %vm1.w2.0.0.p)
  %vm1.o0.1.3 = call %vf @v.fma(%vf %vm1.w2.0.0, %vf %vm1.v2.1, %vf %vm1.o0.1.2)
  %vm1.v3.1.p = getelementptr i8, ptr %vm1.p, i64 208
  %vm1.v3.1 = call %vf @v.from.f16(ptr %vm1.v3.1.p)
  %vm1.w3.0.0.p = getelementptr float, ptr %vm1.w, i64 3
  %vm1.w3.0.0 = call %vf @v.bcast(ptr %vm1.w3.0.0.p)
  %vm1.o0.1.4 = call %vf @v.fma(%vf %vm1.w3.0.0, %vf %vm1.v3.1, %vf %vm1.o0.1.3)
  br label %vm1.latch
vm1.latch:
  %vm1.next = add nuw i64 %vm1, 4
  br label %vm1.head
vm1.end:
  br label %vr1.head
vr1.head:
  %vr1 = phi i64 [ %r.main, %vm1.end ], [ %vr1.next, %vr1.latch ]
  %vr1.o0.1.0 = phi %vf [ %vm1.o0.1.0, %vm1.end ], [ %vr1.o0.1.1, %vr1.latch ]

  %vr1.more = icmp ult i64 %vr1, %r.n
  br i1 %vr1.more, label %vr1.body, label %vr1.end
vr1.body:
  %vr1.row = mul nuw i64 %vr1, 64
  %vr1.at = add nuw i64 %vr1.row, 0
  %vr1.p = getelementptr i8, ptr %kt.v, i64 %vr1.at
  %vr1.w = getelementptr float, ptr %rb1.s, i64 %vr1
  %vr1.v0.1.p = getelementptr i8, ptr %vr1.p, i64 16
  %vr1.v0.1 = call %vf @v.from.f16(ptr %vr1.v0.1.p)
  %vr1.w0.0.0.p = getelementptr float, ptr %vr1.w, i64 0
  %vr1.w0.0.0 = call %vf @v.bcast(ptr %vr1.w0.0.0.p)
  %vr1.o0.1.1 = call %vf @v.fma(%vf %vr1.w0.0.0, %vf %vr1.v0.1, %vf %vr1.o0.1.0)
  br label %vr1.latch
vr1.latch:
  %vr1.next = add nuw i64 %vr1, 1
  br label %vr1.head
vr1.end:
  call void @v.store(ptr %rb1.p0.1, %vf %vr1.o0.1.0)
  br label %rb1.latch
rb1.latch:
  %rb1.next = add nuw i64 %rb1, 1
  br label %rb1.head
rb1.end:
  br label %rb2.head
rb2.head:
  %rb2 = phi i64 [ 0, %rb1.end ], [ %rb2.next, %rb2.latch ]

  %rb2.more = icmp ult i64 %rb2, 1
  br i1 %rb2.more, label %rb2.body, label %rb2.end
rb2.body:
  %rb2.s.at = mul i64 %rb2, 16
  %rb2.s = getelementptr float, ptr %ss, i64 %rb2.s.at
  %rb2.o.at = mul i64 %rb2, 32
  %rb2.o = getelementptr float, ptr %r.o, i64 %rb2.o.at
  %rb2.p0.2 = getelementptr float, ptr %rb2.o, i64 16
  %rb2.v0.2 = call %vf @v.load(ptr %rb2.p0.2)
  br label %vm2.head
vm2.head:
  %vm2 = phi i64 [ 0, %rb2.body ], [ %vm2.next, %vm2.latch ]
  %vm2.o0.2.0 = phi %vf [ %rb2.v0.2, %rb2.body ], [ %vm2.o0.2.4, %vm2.latch ]

  %vm2.more = icmp ult i64 %vm2, %r.main
  br i1 %vm2.more, label %vm2.body, label %vm2.end
vm2.body:
  %vm2.row = mul nuw i64 %vm2, 64
  %vm2.at = add nuw i64 %vm2.row, 0
  %vm2.p = getelementptr i8, ptr %kt.v, i64 %vm2.at
  %vm2.w = getelementptr float, ptr %rb2.s, i64 %vm2
  %vm2.v0.2.p = getelementptr i8, ptr %vm2.p, i64 32
  %vm2.v0.2 = call %vf @v.from.f16(ptr %vm2.v0.2.p)
  %vm2.w0.0.0.p = getelementptr float, ptr %vm2.w, i64 0
  %vm2.w0.0.0 = call %vf @v.bcast(ptr %vm2.w0.0.0.p)
  %vm2.o0.2.1 = call %vf @v.fma(%vf %vm2.w0.0.0, %vf %vm2.v0.2, %vf %vm2.o0.2.0)
  %vm2.v1.2.p = getelementptr i8, ptr %vm2.p, i64 96
  %vm2.v1.2 = call %vf @v.from.f16(ptr %vm2.v1.2.p)
  %vm2.w1.0.0.p = getelementptr float, ptr %vm2.w, i64 1
  %vm2.w1.0.0 = call %vf @v.bcast(ptr %vm2.w1.0.0.p)
  %vm2.o0.2.2 = call %vf @v.fma(%vf %vm2.w1.0.0, %vf %vm2.v1.2, %vf %vm2.o0.2.1)
  %vm2.v2.2.p = getelementptr i8, ptr %vm2.p, i64 160
  %vm2.v2.2 = call %vf @v.from.f16(ptr %vm2.v2.2.p)
  %vm2.w2.0.0.p = getelementptr float, ptr %vm2.w, i64 2
  %vm2.w2.0.0 = call %vf @v.bcast(ptr %vm2.w2.0.0.p)
  %vm2.o0.2.3 = call %vf @v.fma(%vf %vm2.w2.0.0, %vf %vm2.v2.2, %vf %vm2.o0.2.2)
  %vm2.v3.2.p = getelementptr i8, ptr %vm2.p, i64 224
  %vm2.v3.2 = call %vf @v.from.f16(ptr %vm2.v3.2.p)
  %vm2.w3.0.0.p = getelementptr float, ptr %vm2.w, i64 3
  %vm2.w3.0.0 = call %vf @v.bcast(ptr %vm2.w3.0.0.p)
  %vm2.o0.2.4 = call %vf @v.fma(%vf %vm2.w3.0.0, %vf %vm2.v3.2, %vf %vm2.o0.2.3)
  br label %vm2.latch
vm2.latch:
  %vm2.next = add nuw i64 %vm2, 4
  br label %vm2.head
vm2.end:
  br label %vr2.head
vr2.head:
  %vr2 = phi i64 [ %r.main, %vm2.end ], [ %vr2.next, %vr2.latch ]
  %vr2.o0.2.0 = phi %vf [ %vm2.o0.2.0, %vm2.end ], [ %vr2.o0.2.1, %vr2.latch ]

  %vr2.more = icmp ult i64 %vr2, %r.n
  br i1 %vr2.more, label %vr2.body, label %vr2.end
vr2.body:
  %vr2.row = mul nuw i64 %vr2, 64
  %vr2.at = add nuw i64 %vr2.row, 0
  %vr2.p = getelementptr i8, ptr %kt.v, i64 %vr2.at
  %vr2.w = getelementptr float, ptr %rb2.s, i64 %vr2
  %vr2.v0.2.p = getelementptr i8, ptr %vr2.p, i64 32
  %vr2.v0.2 = call %vf @v.from.f16(ptr %vr2.v0.2.p)
  %vr2.w0.0.0.p = getelementptr float, ptr %vr2.w, i64 0
  %vr2.w0.0.0 = call %vf @v.bcast(ptr %vr2.w0.0.0.p)
  %vr2.o0.2.1 = call %vf @v.fma(%vf %vr2.w0.0.0, %vf %vr2.v0.2, %vf %vr2.o0.2.0)
  br label %vr2.latch
vr2.latch:
  %vr2.next = add nuw i64 %vr2, 1
  br label %vr2.head
vr2.end:
  call void @v.store(ptr %rb2.p0.2, %vf %vr2.o0.2.0)
  br label %rb2.latch
rb2.latch:
  %rb2.next = add nuw i64 %rb2, 1
  br label %rb2.head
rb2.end:
  br label %rb3.head
rb3.head:
  %rb3 = phi i64 [ 0, %rb2.end ], [ %rb3.next, %rb3.latch ]

  %rb3.more = icmp ult i64 %rb3, 1
  br i1 %rb3.more, label %rb3.body, label %rb3.end
rb3.body:
  %rb3.s.at = mul i64 %rb3, 16
  %rb3.s = getelementptr float, ptr %ss, i64 %rb3.s.at
  %rb3.o.at = mul i64 %rb3, 32
  %rb3.o = getelementptr float, ptr %r.o, i64 %rb3.o.at
  %rb3.p0.3 = getelementptr float, ptr %rb3.o, i64 24
  %rb3.v0.3 = call %vf @v.load(ptr %rb3.p0.3)
  br label %vm3.head
vm3.head:
  %vm3 = phi i64 [ 0, %rb3.body ], [ %vm3.next, %vm3.latch ]
  %vm3.o0.3.0 = phi %vf [ %rb3.v0.3, %rb3.body ], [ %vm3.o0.3.4, %vm3.latch ]

  %vm3.more = icmp ult i64 %vm3, %r.main
  br i1 %vm3.more, label %vm3.body, label %vm3.end
vm3.body:
  %vm3.row = mul nuw i64 %vm3, 64
  %vm3.at = add nuw i64 %vm3.row, 0
  %vm3.p = getelementptr i8, ptr %kt.v, i64 %vm3.at
  %vm3.w = getelementptr float, ptr %rb3.s, i64 %vm3
  %vm3.v0.3.p = getelementptr i8, ptr %vm3.p, i64 48
  %vm3.v0.3 = call %vf @v.from.f16(ptr %vm3.v0.3.p)
  %vm3.w0.0.0.p = getelementptr float, ptr %vm3.w, i64 0
  %vm3.w0.0.0 = call %vf @v.bcast(ptr %vm3.w0.0.0.p)
  %vm3.o0.3.1 = call %vf @v.fma(%vf %vm3.w0.0.0, %vf %vm3.v0.3, %vf %vm3.o0.3.0)
  %vm3.v1.3.p = getelementptr i8, ptr %vm3.p, i64 112
  %vm3.v1.3 = call %vf @v.from.f16(ptr %vm3.v1.3.p)
  %vm3.w1.0.0.p = getelementptr float, ptr %vm3.w, i64 1
  %vm3.w1.0.0 = call %vf @v.bcast(ptr %vm3.w1.0.0.p)
  %vm3.o0.3.2 = call %vf @v.fma(%vf %vm3.w1.0.0, %vf %vm3.v1.3, %vf %vm3.o0.3.1)
  %vm3.v2.3.p = getelementptr i8, ptr %vm3.p, i64 176
  %vm3.v2.3 = call %vf @v.from.f16(ptr %vm3.v2.3.p)
  %vm3.w2.0.0.p = getelementptr float, ptr %vm3.w, i64 2
  %vm3.w2.0.0 = call %vf @v.bcast(ptr %vm3.w2.0.0.p)
  %vm3.o0.3.3 = call %vf @v.fma(%vf %vm3.w2.0.0, %vf %vm3.v2.3, %vf %vm3.o0.3.2)
  %vm3.v3.3.p = getelementptr i8, ptr %vm3.p, i64 240
  %vm3.v3.3 = call %vf @v.from.f16(ptr %vm3.v3.3.p)
  %vm3.w3.0.0.p = getelementptr float, ptr %vm3.w, i64 3
  %vm3.w3.0.0 = call %vf @v.bcast(ptr %vm3.w3.0.0.p)
  %vm3.o0.3.4 = call %vf @v.fma(%vf %vm3.w3.0.0, %vf %vm3.v3.3, %vf %vm3.o0.3.3)
  br label %vm3.latch
vm3.latch:
  %vm3.next = add nuw i64 %vm3, 4
  br label %vm3.head
vm3.end:
  br label %vr3.head
vr3.head:
  %vr3 = phi i64 [ %r.main, %vm3.end ], [ %vr3.next, %vr3.latch ]
  %vr3.o0.3.0 = phi %vf [ %vm3.o0.3.0, %vm3.end ], [ %vr3.o0.3.1, %vr3.latch ]

  %vr3.more = icmp ult i64 %vr3, %r.n
  br i1 %vr3.more, label %vr3.body, label %vr3.end
vr3.body:
  %vr3.row = mul nuw i64 %vr3, 64
  %vr3.at = add nuw i64 %vr3.row, 0
  %vr3.p = getelementptr i8, ptr %kt.v, i64 %vr3.at
  %vr3.w = getelementptr float, ptr %rb3.s, i64 %vr3
  %vr3.v0.3.p = getelementptr i8, ptr %vr3.p, i64 48
  %vr3.v0.3 = call %vf @v.from.f16(ptr %vr3.v0.3.p)
  %vr3.w0.0.0.p = getelementptr float, ptr %vr3.w, i64 0
  %vr3.w0.0.0 = call %vf @v.bcast(ptr %vr3.w0.0.0.p)
  %vr3.o0.3.1 = call %vf @v.fma(%vf %vr3.w0.0.0, %vf %vr3.v0.3, %vf %vr3.o0.3.0)
  br label %vr3.latch
vr3.latch:
  %vr3.next = add nuw i64 %vr3, 1
  br label %vr3.head
vr3.end:
  call void @v.store(ptr %rb3.p0.3, %vf %vr3.o0.3.0)
  br label %rb3.latch
rb3.latch:
  %rb3.next = add nuw i64 %rb3, 1
  br label %rb3.head
rb3.end:
  br label %r.latch
r.latch:
  %r.next = add nuw i64 %r, 1
  br label %r.head
r.end:
  br label %key.latch
key.latch:
  %key.next = add nuw i64 %key, 16
  br label %key.head
key.end:

  br label %finish.head
finish.head:
  %finish = phi i64 [ 0, %key.end ], [ %finish.next, %finish.latch ]

  %finish.more = icmp ult i64 %finish, %used
  br i1 %finish.more, label %finish.body, label %finish.end
finish.body:
  %f.o.at = mul i64 %finish, 32
  %f.o = getelementptr float, ptr %os, i64 %f.o.at
  %f.lp.at = mul i64 %finish, 8
  %f.lp = getelementptr float, ptr %ls, i64 %f.lp.at
  %f.lanes = call %vf @v.load(ptr %f.lp)
  %f.l = call float @v.sum(%vf %f.lanes)
  %f.inverse = fdiv float 1.0, %f.l
  %f.inverses = call %vf @v.splat(float %f.inverse)
  %f.token.of = udiv i64 %finish, 2
  %f.head.of = urem i64 %finish, 2
  %f.token = add i64 %t, %f.token.of
  %f.head = add i64 %head.first, %f.head.of
  %f.column = mul i64 %f.head, 32
  %f0.p = getelementptr float, ptr %f.o, i64 0
  %f0.o = call %vf @v.load(ptr %f0.p)
  %f0.s = call %vf @in.order(%vf %f0.o)
  %f0 = fmul %vf %f0.s, %f.inverses
  %f1.p = getelementptr float, ptr %f.o, i64 8
  %f1.o = call %vf @v.load(ptr %f1.p)
  %f1.s = call %vf @in.order(%vf %f1.o)
  %f1 = fmul %vf %f1.s, %f.inverses
  %f2.p = getelementptr float, ptr %f.o, i64 16
  %f2.o = call %vf @v.load(ptr %f2.p)
  %f2.s = call %vf @in.order(%vf %f2.o)
  %f2 = fmul %vf %f2.s, %f.inverses
  %f3.p = getelementptr float, ptr %f.o, i64 24
  %f3.o = call %vf @v.load(ptr %f3.p)
  %f3.s = call %vf @in.order(%vf %f3.o)
  %f3 = fmul %vf %f3.s, %f.inverses
  %f.line = mul i64 %f.token, 128
  %f.index = add i64 %f.line, %f.column
  %f0.at = add i64 %f.index, 0
  %f0.y = getelementptr float, ptr %y, i64 %f0.at
  call void @v.store(ptr %f0.y, %vf %f0)
  %f1.at = add i64 %f.index, 8
  %f1.y = getelementptr float, ptr %y, i64 %f1.at
  call void @v.store(ptr %f1.y, %vf %f1)
  %f2.at = add i64 %f.index, 16
  %f2.y = getelementptr float, ptr %y, i64 %f2.at
  call void @v.store(ptr %f2.y, %vf %f2)
  %f3.at = add i64 %f.index, 24
  %f3.y = getelementptr float, ptr %y, i64 %f3.at
  call void @v.store(ptr %f3.y, %vf %f3)
  br label %finish.latch
finish.latch:
  %finish.next = add nuw i64 %finish, 1
  br label %finish.head
finish.end:
  %t.more = icmp ult i64 %e, %t.last
  br i1 %t.more, label %segment, label %block.latch
block.latch:
  %block.next = add nuw i64 %block, 1
  br label %block.head
block.end:
  ret void
}
