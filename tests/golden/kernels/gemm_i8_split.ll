; gemm_i8_split on cpu:x86_64:avx2+fma+f16c
; gemm_split n=64 k=512 n_parts=2 m=4 x=q8a w=q6_k
; R=8 MT=0 MR=1 NV=1 RI=0 NB=1 KU=1 PACK=0 PF=0 RB=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.all.slot = getelementptr i8, ptr %args, i64 0
  %x.all = load ptr, ptr %x.all.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load ptr, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 32
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %w.all.slot = getelementptr i8, ptr %args, i64 8
  %w.all = load ptr, ptr %w.all.slot, align 8
  %y.cols.slot = getelementptr i8, ptr %args, i64 56
  %y.cols = load i64, ptr %y.cols.slot, align 8
  %part.begin.slot = getelementptr i8, ptr %args, i64 64
  %part.begin = load i64, ptr %part.begin.slot, align 8
  %part.k.slot = getelementptr i8, ptr %args, i64 72
  %part.k = load i64, ptr %part.k.slot, align 8
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %m.last = sub i64 %m, 1
  %n.up = add i64 %n, 7
  %n.groups = lshr i64 %n.up, 3
  %g.last = sub i64 %n.groups, 1
  %row.half = lshr i64 %k, 1
  %row.bytes = add i64 %k, %row.half
  %row.part = lshr i64 %k, 2
  %part.steps = lshr i64 %part.k, 5
  %part.blocks = lshr i64 %part.begin, 8
  %w.begin = mul i64 %part.blocks, 1680
  %x.begin = add i64 %part.begin, 0
  %x.rest = sub i64 %k, %part.begin
  %x.scales = lshr i64 %part.begin, 3
  %row.d = add i64 %x.rest, %x.scales
  %x.sums = lshr i64 %part.begin, 2
  %rest.nsum = add i64 %x.rest, %x.sums
  %row.nsum = add i64 %rest.nsum, %row.part
  %n.steps = lshr i64 %k, 5
  %n.blocks = lshr i64 %k, 8
  %group.bytes = mul i64 %n.blocks, 1680
  %x = getelementptr i8, ptr %x.all, i64 %x.begin
  %w.mat0 = getelementptr i8, ptr %w.all, i64 %w.begin
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.i = zext i32 %block.at to i64
  %block.group = mul i64 %block.i, 1
  %block.stop = add i32 %block.at, 1
  %block.past = zext i32 %block.stop to i64
  %block.end = mul i64 %block.past, 1
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %tile
tile:
  %m0 = phi i64 [ 0, %block ], [ %m0.next, %tile.next ]
  %r.want0 = add i64 %m0, 0
  %r.over0 = icmp ugt i64 %r.want0, %m.last
  %r.i0 = select i1 %r.over0, i64 %m.last, i64 %r.want0
  %r.bytes0 = mul i64 %r.i0, %row.bytes
  %xr0 = getelementptr i8, ptr %x, i64 %r.bytes0
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %tile ], [ %g0.next, %panel.next ]
  %g.want0 = add i64 %g0, 0
  %g.over0 = icmp ugt i64 %g.want0, %g.last
  %group0 = select i1 %g.over0, i64 %g.last, i64 %g.want0
  %g.bytes0 = mul i64 %group0, %group.bytes
  %ws0 = getelementptr i8, ptr %w.mat0, i64 %g.bytes0
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %panel ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %panel ], [ %af0.0.1, %k.main ]
  %a0.at.pf = mul i64 %akb0, 210
  %a0.sb = lshr i64 %akb0, 3
  %a0.sub = and i64 %akb0, 7
  %a0.at.d = mul i64 %a0.sb, 1680
  %a0.q.skip = mul i64 %a0.sub, 192
  %a0.q.base = add i64 %a0.at.d, 144
  %a0.at.q = add i64 %a0.q.base, %a0.q.skip
  %a0.s.skip = mul i64 %a0.sub, 16
  %a0.s.base = add i64 %a0.at.d, 16
  %a0.at.s = add i64 %a0.s.base, %a0.s.skip
  %a0.x.q = shl i64 %akb0, 5
  %a0.x.d4 = shl i64 %akb0, 2
  %a0.x.d = add i64 %a0.x.d4, %row.d
  %a0.x.n4 = shl i64 %akb0, 3
  %a0.x.n = add i64 %a0.x.n4, %row.nsum
  %a0.xq0 = getelementptr i8, ptr %xr0, i64 %a0.x.q
  %a0.xd0 = getelementptr i8, ptr %xr0, i64 %a0.x.d
  %a0.xn.p0 = getelementptr i8, ptr %xr0, i64 %a0.x.n
  %a0.xn0.0 = getelementptr i8, ptr %a0.xn.p0, i64 0
  %a0.xn0.1 = getelementptr i8, ptr %a0.xn.p0, i64 4
  %a0.s0.wd = getelementptr i8, ptr %ws0, i64 %a0.at.d
  %a0.s0.wq = getelementptr i8, ptr %ws0, i64 %a0.at.q
  %a0.s0.ws = getelementptr i8, ptr %ws0, i64 %a0.at.s
  %a0.s0.d = call %vf @v.from.f16(ptr %a0.s0.wd)
  %a0.s0.s.p0 = getelementptr i8, ptr %a0.s0.ws, i64 0
  %a0.s0.s8.0 = load <8 x i8>, ptr %a0.s0.s.p0, align 1
  %a0.s0.s32.0 = sext <8 x i8> %a0.s0.s8.0 to %vi
  %a0.s0.sf.0 = sitofp %vi %a0.s0.s32.0 to %vf
  %a0.s0.scale0 = fmul %vf %a0.s0.sf.0, %a0.s0.d
  %a0.s0.offset0 = call %vf @v.dot.offset(%vf %a0.s0.scale0)
  %a0.i0.0.start.n = load i32, ptr %a0.xn0.0, align 4
  %a0.i0.0.start.m = mul i32 %a0.i0.0.start.n, 32
  %a0.i0.0.start = add i32 %a0.i0.0.start.m, 1262485504
  %a0.i0.0.v = call %vi @v.splat.i(i32 %a0.i0.0.start)
  %a0.s0.q.p0 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q0 = load %vp, ptr %a0.s0.q.p0, align 1
  %a0.s0.n.p0 = and %vp %a0.s0.q0, splat (i16 3855)
  %a0.s0.h.p0 = getelementptr i8, ptr %a0.s0.wq, i64 128
  %a0.s0.h0 = load %vp, ptr %a0.s0.h.p0, align 1
  %a0.s0.h.s0 = shl %vp %a0.s0.h0, splat (i16 4)
  %a0.s0.h.m0 = and %vp %a0.s0.h.s0, splat (i16 12336)
  %a0.s0.v0 = or %vp %a0.s0.n.p0, %a0.s0.h.m0
  %a0.s0.w0 = bitcast %vp %a0.s0.v0 to %vb
  %a0.i0.0.p0 = getelementptr i8, ptr %a0.xq0, i64 0
  %a0.i0.0.x0 = call %vb @v.bcast4(ptr %a0.i0.0.p0)
  %a0.i0.0.0.pairs0 = call %vp @v.dot4.pairs(%vp zeroinitializer, %vb %a0.s0.w0, %vb %a0.i0.0.x0)
  %a0.s0.q.p1 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q1 = load %vp, ptr %a0.s0.q.p1, align 1
  %a0.s0.n.p1 = and %vp %a0.s0.q1, splat (i16 3855)
  %a0.s0.h.p1 = getelementptr i8, ptr %a0.s0.wq, i64 128
  %a0.s0.h1 = load %vp, ptr %a0.s0.h.p1, align 1
  %a0.s0.h.s1 = shl %vp %a0.s0.h1, splat (i16 2)
  %a0.s0.h.m1 = and %vp %a0.s0.h.s1, splat (i16 12336)
  %a0.s0.v1 = or %vp %a0.s0.n.p1, %a0.s0.h.m1
  %a0.s0.w1 = bitcast %vp %a0.s0.v1 to %vb
  %a0.i0.0.p1 = getelementptr i8, ptr %a0.xq0, i64 4
  %a0.i0.0.x1 = call %vb @v.bcast4(ptr %a0.i0.0.p1)
  %a0.i0.0.0.pairs1 = call %vp @v.dot4.pairs(%vp %a0.i0.0.0.pairs0, %vb %a0.s0.w1, %vb %a0.i0.0.x1)
  %a0.i0.0.0.1 = call %vi @v.dot4.wide(%vi %a0.i0.0.v, %vp %a0.i0.0.0.pairs1)
  %a0.s0.q.p2 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q2 = load %vp, ptr %a0.s0.q.p2, align 1
  %a0.s0.n.p2 = and %vp %a0.s0.q2, splat (i16 3855)
  %a0.s0.h.p2 = getelementptr i8, ptr %a0.s0.wq, i64 128
  %a0.s0.h2 = load %vp, ptr %a0.s0.h.p2, align 1
  %a0.s0.h.s2 = shl %vp %a0.s0.h2, splat (i16 0)
  %a0.s0.h.m2 = and %vp %a0.s0.h.s2, splat (i16 12336)
  %a0.s0.v2 = or %vp %a0.s0.n.p2, %a0.s0.h.m2
  %a0.s0.w2 = bitcast %vp %a0.s0.v2 to %vb
  %a0.i0.0.p2 = getelementptr i8, ptr %a0.xq0, i64 8
  %a0.i0.0.x2 = call %vb @v.bcast4(ptr %a0.i0.0.p2)
  %a0.i0.0.0.pairs2 = call %vp @v.dot4.pairs(%vp zeroinitializer, %vb %a0.s0.w2, %vb %a0.i0.0.x2)
  %a0.s0.q.p3 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q3 = load %vp, ptr %a0.s0.q.p3, align 1
  %a0.s0.n.p3 = and %vp %a0.s0.q3, splat (i16 3855)
  %a0.s0.h.p3 = getelementptr i8, ptr %a0.s0.wq, i64 128
  %a0.s0.h3 = load %vp, ptr %a0.s0.h.p3, align 1
  %a0.s0.h.s3 = lshr %vp %a0.s0.h3, splat (i16 2)
  %a0.s0.h.m3 = and %vp %a0.s0.h.s3, splat (i16 12336)
  %a0.s0.v3 = or %vp %a0.s0.n.p3, %a0.s0.h.m3
  %a0.s0.w3 = bitcast %vp %a0.s0.v3 to %vb
  %a0.i0.0.p3 = getelementptr i8, ptr %a0.xq0, i64 12
  %a0.i0.0.x3 = call %vb @v.bcast4(ptr %a0.i0.0.p3)
  %a0.i0.0.0.pairs3 = call %vp @v.dot4.pairs(%vp %a0.i0.0.0.pairs2, %vb %a0.s0.w3, %vb %a0.i0.0.x3)
  %a0.i0.0.0.3 = call %vi @v.dot4.wide(%vi %a0.i0.0.0.1, %vp %a0.i0.0.0.pairs3)
  %a0.i0.0.d = call %vf @v.bcast(ptr %a0.xd0)
  %a0.i0.0.y0 = call %vf @v.dot.scale(%vi %a0.i0.0.0.3, %vf %a0.s0.scale0, %vf %a0.s0.offset0)
  %a0.half0.0 = call %vf @v.fma(%vf %a0.i0.0.y0, %vf %a0.i0.0.d, %vf %af0.0.0)
  %a0.s0.s.p1 = getelementptr i8, ptr %a0.s0.ws, i64 8
  %a0.s0.s8.1 = load <8 x i8>, ptr %a0.s0.s.p1, align 1
  %a0.s0.s32.1 = sext <8 x i8> %a0.s0.s8.1 to %vi
  %a0.s0.sf.1 = sitofp %vi %a0.s0.s32.1 to %vf
  %a0.s0.scale1 = fmul %vf %a0.s0.sf.1, %a0.s0.d
  %a0.s0.offset1 = call %vf @v.dot.offset(%vf %a0.s0.scale1)
  %a0.i0.1.start.n = load i32, ptr %a0.xn0.1, align 4
  %a0.i0.1.start.m = mul i32 %a0.i0.1.start.n, 32
  %a0.i0.1.start = add i32 %a0.i0.1.start.m, 1262485504
  %a0.i0.1.v = call %vi @v.splat.i(i32 %a0.i0.1.start)
  %a0.s0.q.p4 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q4 = load %vp, ptr %a0.s0.q.p4, align 1
  %a0.s0.q.h4 = lshr %vp %a0.s0.q4, splat (i16 4)
  %a0.s0.n.p4 = and %vp %a0.s0.q.h4, splat (i16 3855)
  %a0.s0.h.p4 = getelementptr i8, ptr %a0.s0.wq, i64 160
  %a0.s0.h4 = load %vp, ptr %a0.s0.h.p4, align 1
  %a0.s0.h.s4 = shl %vp %a0.s0.h4, splat (i16 4)
  %a0.s0.h.m4 = and %vp %a0.s0.h.s4, splat (i16 12336)
  %a0.s0.v4 = or %vp %a0.s0.n.p4, %a0.s0.h.m4
  %a0.s0.w4 = bitcast %vp %a0.s0.v4 to %vb
  %a0.i0.1.p0 = getelementptr i8, ptr %a0.xq0, i64 16
  %a0.i0.1.x0 = call %vb @v.bcast4(ptr %a0.i0.1.p0)
  %a0.i0.1.0.pairs0 = call %vp @v.dot4.pairs(%vp zeroinitializer, %vb %a0.s0.w4, %vb %a0.i0.1.x0)
  %a0.s0.q.p5 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q5 = load %vp, ptr %a0.s0.q.p5, align 1
  %a0.s0.q.h5 = lshr %vp %a0.s0.q5, splat (i16 4)
  %a0.s0.n.p5 = and %vp %a0.s0.q.h5, splat (i16 3855)
  %a0.s0.h.p5 = getelementptr i8, ptr %a0.s0.wq, i64 160
  %a0.s0.h5 = load %vp, ptr %a0.s0.h.p5, align 1
  %a0.s0.h.s5 = shl %vp %a0.s0.h5, splat (i16 2)
  %a0.s0.h.m5 = and %vp %a0.s0.h.s5, splat (i16 12336)
  %a0.s0.v5 = or %vp %a0.s0.n.p5, %a0.s0.h.m5
  %a0.s0.w5 = bitcast %vp %a0.s0.v5 to %vb
  %a0.i0.1.p1 = getelementptr i8, ptr %a0.xq0, i64 20
  %a0.i0.1.x1 = call %vb @v.bcast4(ptr %a0.i0.1.p1)
  %a0.i0.1.0.pairs1 = call %vp @v.dot4.pairs(%vp %a0.i0.1.0.pairs0, %vb %a0.s0.w5, %vb %a0.i0.1.x1)
  %a0.i0.1.0.1 = call %vi @v.dot4.wide(%vi %a0.i0.1.v, %vp %a0.i0.1.0.pairs1)
  %a0.s0.q.p6 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q6 = load %vp, ptr %a0.s0.q.p6, align 1
  %a0.s0.q.h6 = lshr %vp %a0.s0.q6, splat (i16 4)
  %a0.s0.n.p6 = and %vp %a0.s0.q.h6, splat (i16 3855)
  %a0.s0.h.p6 = getelementptr i8, ptr %a0.s0.wq, i64 160
  %a0.s0.h6 = load %vp, ptr %a0.s0.h.p6, align 1
  %a0.s0.h.s6 = shl %vp %a0.s0.h6, splat (i16 0)
  %a0.s0.h.m6 = and %vp %a0.s0.h.s6, splat (i16 12336)
  %a0.s0.v6 = or %vp %a0.s0.n.p6, %a0.s0.h.m6
  %a0.s0.w6 = bitcast %vp %a0.s0.v6 to %vb
  %a0.i0.1.p2 = getelementptr i8, ptr %a0.xq0, i64 24
  %a0.i0.1.x2 = call %vb @v.bcast4(ptr %a0.i0.1.p2)
  %a0.i0.1.0.pairs2 = call %vp @v.dot4.pairs(%vp zeroinitializer, %vb %a0.s0.w6, %vb %a0.i0.1.x2)
  %a0.s0.q.p7 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q7 = load %vp, ptr %a0.s0.q.p7, align 1
  %a0.s0.q.h7 = lshr %vp %a0.s0.q7, splat (i16 4)
  %a0.s0.n.p7 = and %vp %a0.s0.q.h7, splat (i16 3855)
  %a0.s0.h.p7 = getelementptr i8, ptr %a0.s0.wq, i64 160
  %a0.s0.h7 = load %vp, ptr %a0.s0.h.p7, align 1
  %a0.s0.h.s7 = lshr %vp %a0.s0.h7, splat (i16 2)
  %a0.s0.h.m7 = and %vp %a0.s0.h.s7, splat (i16 12336)
  %a0.s0.v7 = or %vp %a0.s0.n.p7, %a0.s0.h.m7
  %a0.s0.w7 = bitcast %vp %a0.s0.v7 to %vb
  %a0.i0.1.p3 = getelementptr i8, ptr %a0.xq0, i64 28
  %a0.i0.1.x3 = call %vb @v.bcast4(ptr %a0.i0.1.p3)
  %a0.i0.1.0.pairs3 = call %vp @v.dot4.pairs(%vp %a0.i0.1.0.pairs2, %vb %a0.s0.w7, %vb %a0.i0.1.x3)
  %a0.i0.1.0.3 = call %vi @v.dot4.wide(%vi %a0.i0.1.0.1, %vp %a0.i0.1.0.pairs3)
  %a0.i0.1.d = call %vf @v.bcast(ptr %a0.xd0)
  %a0.i0.1.y0 = call %vf @v.dot.scale(%vi %a0.i0.1.0.3, %vf %a0.s0.scale1, %vf %a0.s0.offset1)
  %af0.0.1 = call %vf @v.fma(%vf %a0.i0.1.y0, %vf %a0.i0.1.d, %vf %a0.half0.0)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %part.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %col = mul i64 %g0, 8
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 8
  %n.clamped0 = select i1 %n.big0, i64 8, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %y.cols
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  call void @v.store.n(ptr %out0.p0, %vf %sum0.0, i32 %n.cols0)
  br label %panel.next
panel.next:
  %g0.next = add i64 %g0, 1
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
tile.next:
  %m0.next = add i64 %m0, 1
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}




define void @kernel_parts(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %own = alloca [10 x i64], align 64
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load i64, ptr %x.slot, align 8
  %w.slot = getelementptr i8, ptr %args, i64 8
  %w = load i64, ptr %w.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load i64, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 32
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %n.parts.slot = getelementptr i8, ptr %args, i64 48
  %n.parts = load i64, ptr %n.parts.slot, align 8
  %y.cols = mul i64 %n, %n.parts
  %x.to = getelementptr i8, ptr %own, i64 0
  store i64 %x, ptr %x.to, align 8
  %w.to = getelementptr i8, ptr %own, i64 8
  store i64 %w, ptr %w.to, align 8
  %rows.to = getelementptr i8, ptr %own, i64 24
  store i64 %rows, ptr %rows.to, align 8
  %n.to = getelementptr i8, ptr %own, i64 32
  store i64 %n, ptr %n.to, align 8
  %k.to = getelementptr i8, ptr %own, i64 40
  store i64 %k, ptr %k.to, align 8
  %y.cols.to = getelementptr i8, ptr %own, i64 56
  store i64 %y.cols, ptr %y.cols.to, align 8
  %cols.up = add i64 %n, 7
  %blocks = udiv i64 %cols.up, 8
  %k.up = add i64 %k, 255
  %units = lshr i64 %k.up, 8
  %first.block = zext i32 %first to i64
  %last.block = zext i32 %last to i64
  %p.first = udiv i64 %first.block, %blocks
  %any = icmp ult i64 %first.block, %last.block
  br i1 %any, label %part, label %exit
part:
  %p = phi i64 [ %p.first, %entry ], [ %p.next, %part ]
  %p.next = add i64 %p, 1
  %p.low = mul i64 %p, %blocks
  %p.high = add i64 %p.low, %blocks
  %p.begin.n = mul i64 %p, %units
  %p.begin.unit = udiv i64 %p.begin.n, %n.parts
  %p.begin = shl i64 %p.begin.unit, 8
  %p.until.n = mul i64 %p.next, %units
  %p.until.unit = udiv i64 %p.until.n, %n.parts
  %p.until = shl i64 %p.until.unit, 8
  %p.over = icmp ugt i64 %p.until, %k
  %p.end = select i1 %p.over, i64 %k, i64 %p.until
  %p.k = sub i64 %p.end, %p.begin
  %p.begin.to = getelementptr i8, ptr %own, i64 64
  store i64 %p.begin, ptr %p.begin.to, align 8
  %p.k.to = getelementptr i8, ptr %own, i64 72
  store i64 %p.k, ptr %p.k.to, align 8
  %p.col = mul i64 %p, %n
  %p.y = getelementptr float, ptr %y, i64 %p.col
  %p.y.to = getelementptr i8, ptr %own, i64 16
  store ptr %p.y, ptr %p.y.to, align 8
  %own.first.over = icmp ugt i64 %first.block, %p.high
  %own.first.end = select i1 %own.first.over, i64 %p.high, i64 %first.block
  %own.first.under = icmp ult i64 %own.first.end, %p.low
  %own.first.in = select i1 %own.first.under, i64 %p.low, i64 %own.first.end
  %own.first.at = sub i64 %own.first.in, %p.low
  %own.first = trunc i64 %own.first.at to i32
  %own.last.over = icmp ugt i64 %last.block, %p.high
  %own.last.end = select i1 %own.last.over, i64 %p.high, i64 %last.block
  %own.last.under = icmp ult i64 %own.last.end, %p.low
  %own.last.in = select i1 %own.last.under, i64 %p.low, i64 %own.last.end
  %own.last.at = sub i64 %own.last.in, %p.low
  %own.last = trunc i64 %own.last.at to i32
  call void @kernel(ptr %own, i32 %own.first, i32 %own.last, ptr %scratch)
  %p.more = icmp ult i64 %p.high, %last.block
  br i1 %p.more, label %part, label %exit
exit:
  ret void
}
