; gemm_i8 on cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni
; gemm n=64 k=256 m=4 x=q8a w=q4_0
; R=8 MT=0 MR=1 NV=1 RI=0 NB=1 KU=1 PACK=0 PF=0 RB=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load ptr, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 32
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %w.mat0.slot = getelementptr i8, ptr %args, i64 8
  %w.mat0 = load ptr, ptr %w.mat0.slot, align 8
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %m.last = sub i64 %m, 1
  %n.up = add i64 %n, 7
  %n.groups = lshr i64 %n.up, 3
  %g.last = sub i64 %n.groups, 1
  %row.half = lshr i64 %k, 1
  %row.bytes = add i64 %k, %row.half
  %row.part = lshr i64 %k, 3
  %row.nsum = add i64 %k, %row.part
  %n.steps = lshr i64 %k, 5
  %group.bytes = mul i64 %n.steps, 144
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
  %a0.at.pf = mul i64 %akb0, 144
  %a0.at.d = mul i64 %akb0, 144
  %a0.at.q = add i64 %a0.at.d, 16
  %a0.x.q = shl i64 %akb0, 5
  %a0.x.d4 = shl i64 %akb0, 2
  %a0.x.d = add i64 %a0.x.d4, %k
  %a0.x.n4 = shl i64 %akb0, 2
  %a0.x.n = add i64 %a0.x.n4, %row.nsum
  %a0.xq0 = getelementptr i8, ptr %xr0, i64 %a0.x.q
  %a0.xd0 = getelementptr i8, ptr %xr0, i64 %a0.x.d
  %a0.xn.p0 = getelementptr i8, ptr %xr0, i64 %a0.x.n
  %a0.xn0.0 = getelementptr i8, ptr %a0.xn.p0, i64 0
  %a0.s0.wd = getelementptr i8, ptr %ws0, i64 %a0.at.d
  %a0.s0.wq = getelementptr i8, ptr %ws0, i64 %a0.at.q
  %a0.s0.scale0 = call %vf @v.from.f16(ptr %a0.s0.wd)
  %a0.s0.offset0 = call %vf @v.dot.offset(%vf %a0.s0.scale0)
  %a0.i0.0.start.n = load i32, ptr %a0.xn0.0, align 4
  %a0.i0.0.start.m = mul i32 %a0.i0.0.start.n, 8
  %a0.i0.0.start = add i32 %a0.i0.0.start.m, 1262485504
  %a0.i0.0.v = call %vi @v.splat.i(i32 %a0.i0.0.start)
  %a0.s0.q.p0 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q0 = load %vp, ptr %a0.s0.q.p0, align 1
  %a0.s0.n.p0 = and %vp %a0.s0.q0, splat (i16 3855)
  %a0.s0.w0 = bitcast %vp %a0.s0.n.p0 to %vb
  %a0.i0.0.p0 = getelementptr i8, ptr %a0.xq0, i64 0
  %a0.i0.0.x0 = call %vb @v.bcast4(ptr %a0.i0.0.p0)
  %a0.i0.0.0.0 = call %vi @v.dot4(%vi %a0.i0.0.v, %vb %a0.s0.w0, %vb %a0.i0.0.x0)
  %a0.s0.q.p4 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q4 = load %vp, ptr %a0.s0.q.p4, align 1
  %a0.s0.q.h4 = lshr %vp %a0.s0.q4, splat (i16 4)
  %a0.s0.n.p4 = and %vp %a0.s0.q.h4, splat (i16 3855)
  %a0.s0.w4 = bitcast %vp %a0.s0.n.p4 to %vb
  %a0.i0.0.p1 = getelementptr i8, ptr %a0.xq0, i64 16
  %a0.i0.0.x1 = call %vb @v.bcast4(ptr %a0.i0.0.p1)
  %a0.i0.0.0.1 = call %vi @v.dot4(%vi %a0.i0.0.0.0, %vb %a0.s0.w4, %vb %a0.i0.0.x1)
  %a0.s0.q.p1 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q1 = load %vp, ptr %a0.s0.q.p1, align 1
  %a0.s0.n.p1 = and %vp %a0.s0.q1, splat (i16 3855)
  %a0.s0.w1 = bitcast %vp %a0.s0.n.p1 to %vb
  %a0.i0.0.p2 = getelementptr i8, ptr %a0.xq0, i64 4
  %a0.i0.0.x2 = call %vb @v.bcast4(ptr %a0.i0.0.p2)
  %a0.i0.0.0.2 = call %vi @v.dot4(%vi %a0.i0.0.0.1, %vb %a0.s0.w1, %vb %a0.i0.0.x2)
  %a0.s0.q.p5 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q5 = load %vp, ptr %a0.s0.q.p5, align 1
  %a0.s0.q.h5 = lshr %vp %a0.s0.q5, splat (i16 4)
  %a0.s0.n.p5 = and %vp %a0.s0.q.h5, splat (i16 3855)
  %a0.s0.w5 = bitcast %vp %a0.s0.n.p5 to %vb
  %a0.i0.0.p3 = getelementptr i8, ptr %a0.xq0, i64 20
  %a0.i0.0.x3 = call %vb @v.bcast4(ptr %a0.i0.0.p3)
  %a0.i0.0.0.3 = call %vi @v.dot4(%vi %a0.i0.0.0.2, %vb %a0.s0.w5, %vb %a0.i0.0.x3)
  %a0.s0.q.p2 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q2 = load %vp, ptr %a0.s0.q.p2, align 1
  %a0.s0.n.p2 = and %vp %a0.s0.q2, splat (i16 3855)
  %a0.s0.w2 = bitcast %vp %a0.s0.n.p2 to %vb
  %a0.i0.0.p4 = getelementptr i8, ptr %a0.xq0, i64 8
  %a0.i0.0.x4 = call %vb @v.bcast4(ptr %a0.i0.0.p4)
  %a0.i0.0.0.4 = call %vi @v.dot4(%vi %a0.i0.0.0.3, %vb %a0.s0.w2, %vb %a0.i0.0.x4)
  %a0.s0.q.p6 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q6 = load %vp, ptr %a0.s0.q.p6, align 1
  %a0.s0.q.h6 = lshr %vp %a0.s0.q6, splat (i16 4)
  %a0.s0.n.p6 = and %vp %a0.s0.q.h6, splat (i16 3855)
  %a0.s0.w6 = bitcast %vp %a0.s0.n.p6 to %vb
  %a0.i0.0.p5 = getelementptr i8, ptr %a0.xq0, i64 24
  %a0.i0.0.x5 = call %vb @v.bcast4(ptr %a0.i0.0.p5)
  %a0.i0.0.0.5 = call %vi @v.dot4(%vi %a0.i0.0.0.4, %vb %a0.s0.w6, %vb %a0.i0.0.x5)
  %a0.s0.q.p3 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q3 = load %vp, ptr %a0.s0.q.p3, align 1
  %a0.s0.n.p3 = and %vp %a0.s0.q3, splat (i16 3855)
  %a0.s0.w3 = bitcast %vp %a0.s0.n.p3 to %vb
  %a0.i0.0.p6 = getelementptr i8, ptr %a0.xq0, i64 12
  %a0.i0.0.x6 = call %vb @v.bcast4(ptr %a0.i0.0.p6)
  %a0.i0.0.0.6 = call %vi @v.dot4(%vi %a0.i0.0.0.5, %vb %a0.s0.w3, %vb %a0.i0.0.x6)
  %a0.s0.q.p7 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q7 = load %vp, ptr %a0.s0.q.p7, align 1
  %a0.s0.q.h7 = lshr %vp %a0.s0.q7, splat (i16 4)
  %a0.s0.n.p7 = and %vp %a0.s0.q.h7, splat (i16 3855)
  %a0.s0.w7 = bitcast %vp %a0.s0.n.p7 to %vb
  %a0.i0.0.p7 = getelementptr i8, ptr %a0.xq0, i64 28
  %a0.i0.0.x7 = call %vb @v.bcast4(ptr %a0.i0.0.p7)
  %a0.i0.0.0.7 = call %vi @v.dot4(%vi %a0.i0.0.0.6, %vb %a0.s0.w7, %vb %a0.i0.0.x7)
  %a0.i0.0.d = call %vf @v.bcast(ptr %a0.xd0)
  %a0.i0.0.y0 = call %vf @v.dot.scale(%vi %a0.i0.0.0.7, %vf %a0.s0.scale0, %vf %a0.s0.offset0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.i0.0.y0, %vf %a0.i0.0.d, %vf %af0.0.0)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %n.steps, %akb.next
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
  %out0.first = mul i64 %row.at0, %n
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
