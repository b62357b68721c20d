; attention on cpu:x86_64:avx2+fma+f16c
; attention n_heads=4 n_kv_heads=2 head_dim=32 page_tokens=64 kcache=f16 vcache=f16 m=4 context=64
; RT=1 QR=1 RB=1 KT=16 DS=1 PVN=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %q.slot = getelementptr i8, ptr %args, i64 0
  %q = load ptr, ptr %q.slot, align 8
  %kcache.slot = getelementptr i8, ptr %args, i64 8
  %kcache = load ptr, ptr %kcache.slot, align 8
  %vcache.slot = getelementptr i8, ptr %args, i64 16
  %vcache = load ptr, ptr %vcache.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 24
  %y = load ptr, ptr %y.slot, align 8
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
  %scales = call %vf @v.splat(float %scale)
  %tiles.up = add i64 %rows, 0
  %tiles = udiv i64 %tiles.up, 1
  %qs = getelementptr float, ptr %scratch, i64 0
  %ss = getelementptr float, ptr %qs, i64 64
  %os = getelementptr float, ptr %ss, i64 32
  %ms = getelementptr float, ptr %os, i64 64
  %ls = getelementptr float, ptr %ms, i64 2
  %alphas = getelementptr float, ptr %ls, i64 2
  %limits = getelementptr i32, ptr %alphas, i64 2
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
  br label %block.head
block.head:
  %block = phi i64 [ %block.first, %entry ], [ %block.next, %block.latch ]

  %block.more = icmp ult i64 %block, %block.last
  br i1 %block.more, label %block.body, label %block.end
block.body:
; Tiles of one head follow each other: equal shares of blocks then hold equal shares of long tiles.
  %kvh = udiv i64 %block, %tiles
  %tile = urem i64 %block, %tiles
  %t.first = mul i64 %tile, 1
  %t.want = add i64 %t.first, 1
  %t.fits = icmp ult i64 %t.want, %rows
  %t.last = select i1 %t.fits, i64 %t.want, i64 %rows
  %t.any = icmp ult i64 %t.first, %t.last
  br i1 %t.any, label %segment, label %block.latch

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
  %head.first = mul i64 %kvh, 2
  br label %gr.head
gr.head:
  %gr = phi i64 [ 0, %gather ], [ %gr.next, %gr.latch ]

  %gr.more = icmp ult i64 %gr, %padded
  br i1 %gr.more, label %gr.body, label %gr.end
gr.body:
; Rows beyond the last repeat it: they are computed and not stored.
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
  %g0.p = getelementptr float, ptr %g.q, i64 0
  %g0.x = call %vf @v.load(ptr %g0.p)
  %g0.s = fmul %vf %g0.x, %scales
  %g0.to = getelementptr float, ptr %g.to, i64 0
  call void @v.store(ptr %g0.to, %vf %g0.s)
  %g0.o = getelementptr float, ptr %g.o, i64 0
  call void @v.store(ptr %g0.o, %vf zeroinitializer)
  %g8.p = getelementptr float, ptr %g.q, i64 8
  %g8.x = call %vf @v.load(ptr %g8.p)
  %g8.s = fmul %vf %g8.x, %scales
  %g8.to = getelementptr float, ptr %g.to, i64 8
  call void @v.store(ptr %g8.to, %vf %g8.s)
  %g8.o = getelementptr float, ptr %g.o, i64 8
  call void @v.store(ptr %g8.o, %vf zeroinitializer)
  %g16.p = getelementptr float, ptr %g.q, i64 16
  %g16.x = call %vf @v.load(ptr %g16.p)
  %g16.s = fmul %vf %g16.x, %scales
  %g16.to = getelementptr float, ptr %g.to, i64 16
  call void @v.store(ptr %g16.to, %vf %g16.s)
  %g16.o = getelementptr float, ptr %g.o, i64 16
  call void @v.store(ptr %g16.o, %vf zeroinitializer)
  %g24.p = getelementptr float, ptr %g.q, i64 24
  %g24.x = call %vf @v.load(ptr %g24.p)
  %g24.s = fmul %vf %g24.x, %scales
  %g24.to = getelementptr float, ptr %g.to, i64 24
  call void @v.store(ptr %g24.to, %vf %g24.s)
  %g24.o = getelementptr float, ptr %g.o, i64 24
  call void @v.store(ptr %g24.o, %vf zeroinitializer)
  %g.position.p = getelementptr i32, ptr %positions, i64 %g.token
  %g.position.32 = load i32, ptr %g.position.p, align 4
  %g.position = zext i32 %g.position.32 to i64
  %g.limit = getelementptr i32, ptr %limits, i64 %gr
  store i32 %g.position.32, ptr %g.limit, align 4
  %g.m = getelementptr float, ptr %ms, i64 %gr
  store float 0xc6293e5940000000, ptr %g.m, align 4
  %g.l = getelementptr float, ptr %ls, i64 %gr
  store float 0.0, ptr %g.l, align 4
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
  %page.number = udiv i64 %key, %page_tokens
  %slot = urem i64 %key, %page_tokens
  %page.index = add i64 %seq.pages, %page.number
  %page.p = getelementptr i32, ptr %page_table, i64 %page.index
  %page.32 = load i32, ptr %page.p, align 4
  %page = zext i32 %page.32 to i64
  %page.line = mul i64 %page, 2
  %page.head = add i64 %page.line, %kvh
  %page.base = mul i64 %page.head, %page_tokens
  %page.slot = add i64 %page.base, %slot
  %kv.at = mul i64 %page.slot, 64
  %kp = getelementptr i8, ptr %kcache, i64 %kv.at
  %vp = getelementptr i8, ptr %vcache, i64 %kv.at
  %n.left = sub i64 %keys, %key
  %n.full = icmp ugt i64 %n.left, 16
  %n = select i1 %n.full, i64 16, i64 %n.left
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %key.32 = trunc i64 %key to i32

; Scores of QR rows against 16 keys at a time.
  br label %sr.head
sr.head:
  %sr = phi i64 [ 0, %key.body ], [ %sr.next, %sr.latch ]

  %sr.more = icmp ult i64 %sr, %padded
  br i1 %sr.more, label %sr.body, label %sr.end
sr.body:
  %sr.q.at = mul i64 %sr, 32
  %sr.q = getelementptr float, ptr %qs, i64 %sr.q.at
  %sr.s.at = mul i64 %sr, 16
  %sr.s = getelementptr float, ptr %ss, i64 %sr.s.at
  br label %kg.head
kg.head:
  %kg = phi i64 [ 0, %sr.body ], [ %kg.next, %kg.latch ]

  %kg.more = icmp ult i64 %kg, %n.groups
  br i1 %kg.more, label %kg.body, label %kg.end
kg.body:
  %kg.at = mul i64 %kg, 1024
  %kg.p = getelementptr i8, ptr %kp, i64 %kg.at
  br label %d.head
d.head:
  %d = phi i64 [ 0, %kg.body ], [ %d.next, %d.latch ]
  %a0.0.0.0 = phi %vf [ zeroinitializer, %kg.body ], [ %a0.0.0.8, %d.latch ]
  %a0.1.0.0 = phi %vf [ zeroinitializer, %kg.body ], [ %a0.1.0.8, %d.latch ]

  %d.more = icmp ult i64 %d, 32
  br i1 %d.more, label %d.body, label %d.end
d.body:
  %d.k = mul nuw i64 %d, 32
  %d.kp = getelementptr i8, ptr %kg.p, i64 %d.k
  %d.qp = getelementptr float, ptr %sr.q, i64 %d
  %k0.0.p = getelementptr i8, ptr %d.kp, i64 0
  %k0.0 = call %vf @load.kv(ptr %k0.0.p)
  %k0.1.p = getelementptr i8, ptr %d.kp, i64 16
  %k0.1 = call %vf @load.kv(ptr %k0.1.p)
  %q0.0.p = getelementptr float, ptr %d.qp, i64 0
  %q0.0 = call %vf @v.bcast(ptr %q0.0.p)
  %a0.0.0.1 = call %vf @v.fma(%vf %q0.0, %vf %k0.0, %vf %a0.0.0.0)
  %a0.1.0.1 = call %vf @v.fma(%vf %q0.0, %vf %k0.1, %vf %a0.1.0.0)
  %k1.0.p = getelementptr i8, ptr %d.kp, i64 32
  %k1.0 = call %vf @load.kv(ptr %k1.0.p)
  %k1.1.p = getelementptr i8, ptr %d.kp, i64 48
  %k1.1 = call %vf @load.kv(ptr %k1.1.p)
  %q1.0.p = getelementptr float, ptr %d.qp, i64 1
  %q1.0 = call %vf @v.bcast(ptr %q1.0.p)
  %a0.0.0.2 = call %vf @v.fma(%vf %q1.0, %vf %k1.0, %vf %a0.0.0.1)
  %a0.1.0.2 = call %vf @v.fma(%vf %q1.0, %vf %k1.1, %vf %a0.1.0.1)
  %k2.0.p = getelementptr i8, ptr %d.kp, i64 64
  %k2.0 = call %vf @load.kv(ptr %k2.0.p)
  %k2.1.p = getelementptr i8, ptr %d.kp, i64 80
  %k2.1 = call %vf @load.kv(ptr %k2.1.p)
  %q2.0.p = getelementptr float, ptr %d.qp, i64 2
  %q2.0 = call %vf @v.bcast(ptr %q2.0.p)
  %a0.0.0.3 = call %vf @v.fma(%vf %q2.0, %vf %k2.0, %vf %a0.0.0.2)
  %a0.1.0.3 = call %vf @v.fma(%vf %q2.0, %vf %k2.1, %vf %a0.1.0.2)
  %k3.0.p = getelementptr i8, ptr %d.kp, i64 96
  %k3.0 = call %vf @load.kv(ptr %k3.0.p)
  %k3.1.p = getelementptr i8, ptr %d.kp, i64 112
  %k3.1 = call %vf @load.kv(ptr %k3.1.p)
  %q3.0.p = getelementptr float, ptr %d.qp, i64 3
  %q3.0 = call %vf @v.bcast(ptr %q3.0.p)
  %a0.0.0.4 = call %vf @v.fma(%vf %q3.0, %vf %k3.0, %vf %a0.0.0.3)
  %a0.1.0.4 = call %vf @v.fma(%vf %q3.0, %vf %k3.1, %vf %a0.1.0.3)
  %k4.0.p = getelementptr i8, ptr %d.kp, i64 128
  %k4.0 = call %vf @load.kv(ptr %k4.0.p)
  %k4.1.p = getelementptr i8, ptr %d.kp, i64 144
  %k4.1 = call %vf @load.kv(ptr %k4.1.p)
  %q4.0.p = getelementptr float, ptr %d.qp, i64 4
  %q4.0 = call %vf @v.bcast(ptr %q4.0.p)
  %a0.0.0.5 = call %vf @v.fma(%vf %q4.0, %vf %k4.0, %vf %a0.0.0.4)
  %a0.1.0.5 = call %vf @v.fma(%vf %q4.0, %vf %k4.1, %vf %a0.1.0.4)
  %k5.0.p = getelementptr i8, ptr %d.kp, i64 160
  %k5.0 = call %vf @load.kv(ptr %k5.0.p)
  %k5.1.p = getelementptr i8, ptr %d.kp, i64 176
  %k5.1 = call %vf @load.kv(ptr %k5.1.p)
  %q5.0.p = getelementptr float, ptr %d.qp, i64 5
  %q5.0 = call %vf @v.bcast(ptr %q5.0.p)
  %a0.0.0.6 = call %vf @v.fma(%vf %q5.0, %vf %k5.0, %vf %a0.0.0.5)
  %a0.1.0.6 = call %vf @v.fma(%vf %q5.0, %vf %k5.1, %vf %a0.1.0.5)
  %k6.0.p = getelementptr i8, ptr %d.kp, i64 192
  %k6.0 = call %vf @load.kv(ptr %k6.0.p)
  %k6.1.p = getelementptr i8, ptr %d.kp, i64 208
  %k6.1 = call %vf @load.kv(ptr %k6.1.p)
  %q6.0.p = getelementptr float, ptr %d.qp, i64 6
  %q6.0 = call %vf @v.bcast(ptr %q6.0.p)
  %a0.0.0.7 = call %vf @v.fma(%vf %q6.0, %vf %k6.0, %vf %a0.0.0.6)
  %a0.1.0.7 = call %vf @v.fma(%vf %q6.0, %vf %k6.1, %vf %a0.1.0.6)
  %k7.0.p = getelementptr i8, ptr %d.kp, i64 224
  %k7.0 = call %vf @load.kv(ptr %k7.0.p)
  %k7.1.p = getelementptr i8, ptr %d.kp, i64 240
  %k7.1 = call %vf @load.kv(ptr %k7.1.p)
  %q7.0.p = getelementptr float, ptr %d.qp, i64 7
  %q7.0 = call %vf @v.bcast(ptr %q7.0.p)
  %a0.0.0.8 = call %vf @v.fma(%vf %q7.0, %vf %k7.0, %vf %a0.0.0.7)
  %a0.1.0.8 = call %vf @v.fma(%vf %q7.0, %vf %k7.1, %vf %a0.1.0.7)
  br label %d.latch
d.latch:
  %d.next = add nuw i64 %d, 8
  br label %d.head
d.end:
  %kg.lane = shl nuw i64 %kg, 4
  %kg.lane.32 = trunc i64 %kg.lane to i32
  %kg.key = add i32 %key.32, %kg.lane.32
  %kj0.first = add i32 %kg.key, 0
  %kj0.splat = call %vi @v.splat.i(i32 %kj0.first)
  %kj0 = add %vi %kj0.splat, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %kj1.first = add i32 %kg.key, 8
  %kj1.splat = call %vi @v.splat.i(i32 %kj1.first)
  %kj1 = add %vi %kj1.splat, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %lim0.row = add i64 %sr, 0
  %lim0.p = getelementptr i32, ptr %limits, i64 %lim0.row
  %lim0.32 = load i32, ptr %lim0.p, align 4
  %lim0 = call %vi @v.splat.i(i32 %lim0.32)
  %sc0.0 = fadd %vf %a0.0.0.0, zeroinitializer
  %see0.0 = icmp sle %vi %kj0, %lim0
  %ms0.0 = select <8 x i1> %see0.0, %vf %sc0.0, %vf splat (float 0xc6293e5940000000)
  %to0.0.at = add i64 %kg.lane, 0
  %to0.0 = getelementptr float, ptr %sr.s, i64 %to0.0.at
  call void @v.store(ptr %to0.0, %vf %ms0.0)
  %sc0.1 = fadd %vf %a0.1.0.0, zeroinitializer
  %see0.1 = icmp sle %vi %kj1, %lim0
  %ms0.1 = select <8 x i1> %see0.1, %vf %sc0.1, %vf splat (float 0xc6293e5940000000)
  %to0.1.at = add i64 %kg.lane, 8
  %to0.1 = getelementptr float, ptr %sr.s, i64 %to0.1.at
  call void @v.store(ptr %to0.1, %vf %ms0.1)
  br label %kg.latch
kg.latch:
  %kg.next = add nuw i64 %kg, 1
  br label %kg.head
kg.end:
  br label %sr.latch
sr.latch:
  %sr.next = add nuw i64 %sr, 1
  br label %sr.head
sr.end:

; The running softmax: weights replace the scores.
  %n.lanes = shl i64 %n.groups, 4
  br label %w.head
w.head:
  %w = phi i64 [ 0, %sr.end ], [ %w.next, %w.latch ]

  %w.more = icmp ult i64 %w, %padded
  br i1 %w.more, label %w.body, label %w.end
w.body:
  %w.s.at = mul i64 %w, 16
  %w.s = getelementptr float, ptr %ss, i64 %w.s.at
  br label %x.head
x.head:
  %x = phi i64 [ 0, %w.body ], [ %x.next, %x.latch ]
  %x.top = phi %vf [ splat (float 0xc6293e5940000000), %w.body ], [ %x.new, %x.latch ]
  %x.more = icmp ult i64 %x, %n.lanes
  br i1 %x.more, label %x.body, label %x.end
x.body:
  %x.p = getelementptr float, ptr %w.s, i64 %x
  %x.v = call %vf @v.load(ptr %x.p)
  %x.new = call %vf @v.larger(%vf %x.v, %vf %x.top)
  br label %x.latch
x.latch:
  %x.next = add nuw i64 %x, 8
  br label %x.head
x.end:
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
  br label %z.head
z.head:
  %z = phi i64 [ 0, %x.end ], [ %z.next, %z.latch ]
  %z.sum = phi %vf [ zeroinitializer, %x.end ], [ %z.new, %z.latch ]
  %z.more = icmp ult i64 %z, %n.lanes
  br i1 %z.more, label %z.body, label %z.end
z.body:
  %z.p = getelementptr float, ptr %w.s, i64 %z
  %z.v = call %vf @v.load(ptr %z.p)
  %z.below = fsub %vf %z.v, %w.news
  %z.e = call %vf @v.exp(%vf %z.below)
  call void @v.store(ptr %z.p, %vf %z.e)
  %z.new = fadd %vf %z.sum, %z.e
  br label %z.latch
z.latch:
  %z.next = add nuw i64 %z, 8
  br label %z.head
z.end:
  %w.add = call float @v.sum(%vf %z.sum)
  %w.lp = getelementptr float, ptr %ls, i64 %w
  %w.l = load float, ptr %w.lp, align 4
  %w.kept = fmul float %w.l, %w.alpha
  %w.total = fadd float %w.kept, %w.add
  store float %w.total, ptr %w.lp, align 4
  br label %w.latch
w.latch:
  %w.next = add nuw i64 %w, 1
  br label %w.head
w.end:

; o = o * alpha + weights x V, RB rows and PVN vectors at a time.
  br label %o.head
o.head:
  %o = phi i64 [ 0, %w.end ], [ %o.next, %o.latch ]

  %o.more = icmp ult i64 %o, %padded
  br i1 %o.more, label %o.body, label %o.end
o.body:
  %o.s.at = mul i64 %o, 16
  %o.s = getelementptr float, ptr %ss, i64 %o.s.at
  %o.o.at = mul i64 %o, 32
  %o.o = getelementptr float, ptr %os, i64 %o.o.at
  %al0.row = add i64 %o, 0
  %al0.p = getelementptr float, ptr %alphas, i64 %al0.row
  %al0 = call %vf @v.bcast(ptr %al0.p)
  %oo0.0.p = getelementptr float, ptr %o.o, i64 0
  %oo0.0.old = call %vf @v.load(ptr %oo0.0.p)
  %oo0.0.start = fmul %vf %oo0.0.old, %al0
  br label %j0.head
j0.head:
  %j0 = phi i64 [ 0, %o.body ], [ %j0.next, %j0.latch ]
  %oo0.0 = phi %vf [ %oo0.0.start, %o.body ], [ %oo0.0.new, %j0.latch ]

  %j0.more = icmp ult i64 %j0, %n
  br i1 %j0.more, label %j0.body, label %j0.end
j0.body:
  %j0.at = mul nuw i64 %j0, 64
  %j0.p = getelementptr i8, ptr %vp, i64 %j0.at
  %j0.sp = getelementptr float, ptr %o.s, i64 %j0
  %vv0.p = getelementptr i8, ptr %j0.p, i64 0
  %vv0 = call %vf @load.kv(ptr %vv0.p)
  %pw0.0.p = getelementptr float, ptr %j0.sp, i64 0
  %pw0.0 = call %vf @v.bcast(ptr %pw0.0.p)
  %oo0.0.new = call %vf @v.fma(%vf %pw0.0, %vf %vv0, %vf %oo0.0)
  br label %j0.latch
j0.latch:
  %j0.next = add nuw i64 %j0, 1
  br label %j0.head
j0.end:
  call void @v.store(ptr %oo0.0.p, %vf %oo0.0)
  %oo0.1.p = getelementptr float, ptr %o.o, i64 8
  %oo0.1.old = call %vf @v.load(ptr %oo0.1.p)
  %oo0.1.start = fmul %vf %oo0.1.old, %al0
  br label %j1.head
j1.head:
  %j1 = phi i64 [ 0, %j0.end ], [ %j1.next, %j1.latch ]
  %oo0.1 = phi %vf [ %oo0.1.start, %j0.end ], [ %oo0.1.new, %j1.latch ]

  %j1.more = icmp ult i64 %j1, %n
  br i1 %j1.more, label %j1.body, label %j1.end
j1.body:
  %j1.at = mul nuw i64 %j1, 64
  %j1.p = getelementptr i8, ptr %vp, i64 %j1.at
  %j1.sp = getelementptr float, ptr %o.s, i64 %j1
  %vv1.p = getelementptr i8, ptr %j1.p, i64 16
  %vv1 = call %vf @load.kv(ptr %vv1.p)
  %pw1.0.p = getelementptr float, ptr %j1.sp, i64 0
  %pw1.0 = call %vf @v.bcast(ptr %pw1.0.p)
  %oo0.1.new = call %vf @v.fma(%vf %pw1.0, %vf %vv1, %vf %oo0.1)
  br label %j1.latch
j1.latch:
  %j1.next = add nuw i64 %j1, 1
  br label %j1.head
j1.end:
  call void @v.store(ptr %oo0.1.p, %vf %oo0.1)
  %oo0.2.p = getelementptr float, ptr %o.o, i64 16
  %oo0.2.old = call %vf @v.load(ptr %oo0.2.p)
  %oo0.2.start = fmul %vf %oo0.2.old, %al0
  br label %j2.head
j2.head:
  %j2 = phi i64 [ 0, %j1.end ], [ %j2.next, %j2.latch ]
  %oo0.2 = phi %vf [ %oo0.2.start, %j1.end ], [ %oo0.2.new, %j2.latch ]

  %j2.more = icmp ult i64 %j2, %n
  br i1 %j2.more, label %j2.body, label %j2.end
j2.body:
  %j2.at = mul nuw i64 %j2, 64
  %j2.p = getelementptr i8, ptr %vp, i64 %j2.at
  %j2.sp = getelementptr float, ptr %o.s, i64 %j2
  %vv2.p = getelementptr i8, ptr %j2.p, i64 32
  %vv2 = call %vf @load.kv(ptr %vv2.p)
  %pw2.0.p = getelementptr float, ptr %j2.sp, i64 0
  %pw2.0 = call %vf @v.bcast(ptr %pw2.0.p)
  %oo0.2.new = call %vf @v.fma(%vf %pw2.0, %vf %vv2, %vf %oo0.2)
  br label %j2.latch
j2.latch:
  %j2.next = add nuw i64 %j2, 1
  br label %j2.head
j2.end:
  call void @v.store(ptr %oo0.2.p, %vf %oo0.2)
  %oo0.3.p = getelementptr float, ptr %o.o, i64 24
  %oo0.3.old = call %vf @v.load(ptr %oo0.3.p)
  %oo0.3.start = fmul %vf %oo0.3.old, %al0
  br label %j3.head
j3.head:
  %j3 = phi i64 [ 0, %j2.end ], [ %j3.next, %j3.latch ]
  %oo0.3 = phi %vf [ %oo0.3.start, %j2.end ], [ %oo0.3.new, %j3.latch ]

  %j3.more = icmp ult i64 %j3, %n
  br i1 %j3.more, label %j3.body, label %j3.end
j3.body:
  %j3.at = mul nuw i64 %j3, 64
  %j3.p = getelementptr i8, ptr %vp, i64 %j3.at
  %j3.sp = getelementptr float, ptr %o.s, i64 %j3
  %vv3.p = getelementptr i8, ptr %j3.p, i64 48
  %vv3 = call %vf @load.kv(ptr %vv3.p)
  %pw3.0.p = getelementptr float, ptr %j3.sp, i64 0
  %pw3.0 = call %vf @v.bcast(ptr %pw3.0.p)
  %oo0.3.new = call %vf @v.fma(%vf %pw3.0, %vf %vv3, %vf %oo0.3)
  br label %j3.latch
j3.latch:
  %j3.next = add nuw i64 %j3, 1
  br label %j3.head
j3.end:
  call void @v.store(ptr %oo0.3.p, %vf %oo0.3)
  br label %o.latch
o.latch:
  %o.next = add nuw i64 %o, 1
  br label %o.head
o.end:
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
  %f.lp = getelementptr float, ptr %ls, i64 %finish
  %f.l = load float, ptr %f.lp, align 4
  %f.inverse = fdiv float 1.0, %f.l
  %f.inverses = call %vf @v.splat(float %f.inverse)
  %f.token.of = udiv i64 %finish, 2
  %f.head.of = urem i64 %finish, 2
  %f.token = add i64 %t, %f.token.of
  %f.head = add i64 %head.first, %f.head.of
  %f.column = mul i64 %f.head, 32
  %f0.p = getelementptr float, ptr %f.o, i64 0
  %f0.o = call %vf @v.load(ptr %f0.p)
  %f0 = fmul %vf %f0.o, %f.inverses
  %f1.p = getelementptr float, ptr %f.o, i64 8
  %f1.o = call %vf @v.load(ptr %f1.p)
  %f1 = fmul %vf %f1.o, %f.inverses
  %f2.p = getelementptr float, ptr %f.o, i64 16
  %f2.o = call %vf @v.load(ptr %f2.p)
  %f2 = fmul %vf %f2.o, %f.inverses
  %f3.p = getelementptr float, ptr %f.o, i64 24
  %f3.o = call %vf @v.load(ptr %f3.p)
  %f3 = fmul %vf %f3.o, %f.inverses
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
