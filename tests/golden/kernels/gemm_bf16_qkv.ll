; gemm_bf16_qkv on cpu:x86_64:avx2+fma+f16c+avx512
; gemm_qkv n=64 k=256 m=4 n1=16 x=bf16 w0=bf16 w1=bf16 w2=bf16
; R=16 DOT=0 MR=4 NV=1 NB=1 KU=1 PACK=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 32
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 56
  %rows = load ptr, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 64
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 80
  %k = load i64, ptr %k.slot, align 8
  %w.mat0.slot = getelementptr i8, ptr %args, i64 8
  %w.mat0 = load ptr, ptr %w.mat0.slot, align 8
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %m.last = sub i64 %m, 1
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %g.last = sub i64 %n.groups, 1
  %k.up = add i64 %k, 1
  %k.steps = lshr i64 %k.up, 1
  %row.bytes = shl i64 %k.steps, 2
  %group.bytes = mul i64 %k.steps, 64
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.most = add i32 %block.at, 1
  %block.over = icmp ugt i32 %block.most, %last
  %block.stop = select i1 %block.over, i32 %last, i32 %block.most
  %block.panel = add i32 %block.at, 0
  %block.panels = sub i32 %block.stop, %block.at
  %block.i = zext i32 %block.panel to i64
  %block.n = zext i32 %block.panels to i64
  %block.group = mul i64 %block.i, 1
  %block.n.groups = mul i64 %block.n, 1
  %block.end = add i64 %block.group, %block.n.groups
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %block ], [ %g0.next, %panel.next ]
  %g0.next = add i64 %g0, 1
  %raw.want0 = add i64 %g0, 0
  %raw.over0 = icmp ugt i64 %raw.want0, %g.last
  %raw.group0 = select i1 %raw.over0, i64 %g.last, i64 %raw.want0
  %raw.bytes0 = mul i64 %raw.group0, %group.bytes
  %raw.ws0 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes0
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  br label %tile
tile:
  %m0 = phi i64 [ 0, %panel ], [ %m0.next, %tile.next ]
  %want0 = add i64 %m0, 0
  %over0 = icmp ugt i64 %want0, %m.last
  %row.i0 = select i1 %over0, i64 %m.last, i64 %want0
  %bytes0 = mul i64 %row.i0, %row.bytes
  %xr0 = getelementptr i8, ptr %x, i64 %bytes0
  %want1 = add i64 %m0, 1
  %over1 = icmp ugt i64 %want1, %m.last
  %row.i1 = select i1 %over1, i64 %m.last, i64 %want1
  %bytes1 = mul i64 %row.i1, %row.bytes
  %xr1 = getelementptr i8, ptr %x, i64 %bytes1
  %want2 = add i64 %m0, 2
  %over2 = icmp ugt i64 %want2, %m.last
  %row.i2 = select i1 %over2, i64 %m.last, i64 %want2
  %bytes2 = mul i64 %row.i2, %row.bytes
  %xr2 = getelementptr i8, ptr %x, i64 %bytes2
  %want3 = add i64 %m0, 3
  %over3 = icmp ugt i64 %want3, %m.last
  %row.i3 = select i1 %over3, i64 %m.last, i64 %want3
  %bytes3 = mul i64 %row.i3, %row.bytes
  %xr3 = getelementptr i8, ptr %x, i64 %bytes3
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %tile ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.0.1, %k.main ]
  %af1.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af1.0.1, %k.main ]
  %af2.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af2.0.1, %k.main ]
  %af3.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af3.0.1, %k.main ]
  %a0.at = mul i64 %akb0, 64
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.x1 = getelementptr i8, ptr %xr1, i64 %a0.x.at
  %a0.x2 = getelementptr i8, ptr %xr2, i64 %a0.x.at
  %a0.x3 = getelementptr i8, ptr %xr3, i64 %a0.x.at
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0 = load %vp, ptr %a0.w.p0, align 4
  %a0.w0.0 = call %vf @v.bf16.first(%vp %a0.w0)
  %a0.w1.0 = call %vf @v.bf16.second(%vp %a0.w0)
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x = call %vp @v.bcast2(ptr %a0.r0.p)
  %a0.r0.x0 = call %vf @v.bf16.first(%vp %a0.r0.x)
  %a0.r0.x1 = call %vf @v.bf16.second(%vp %a0.r0.x)
  %a0.r0.half0 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.0, %vf %af0.0.0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.0, %vf %a0.r0.half0)
  %a0.r1.p = getelementptr i8, ptr %a0.x1, i64 0
  %a0.r1.x = call %vp @v.bcast2(ptr %a0.r1.p)
  %a0.r1.x0 = call %vf @v.bf16.first(%vp %a0.r1.x)
  %a0.r1.x1 = call %vf @v.bf16.second(%vp %a0.r1.x)
  %a0.r1.half0 = call %vf @v.fma(%vf %a0.r1.x0, %vf %a0.w0.0, %vf %af1.0.0)
  %af1.0.1 = call %vf @v.fma(%vf %a0.r1.x1, %vf %a0.w1.0, %vf %a0.r1.half0)
  %a0.r2.p = getelementptr i8, ptr %a0.x2, i64 0
  %a0.r2.x = call %vp @v.bcast2(ptr %a0.r2.p)
  %a0.r2.x0 = call %vf @v.bf16.first(%vp %a0.r2.x)
  %a0.r2.x1 = call %vf @v.bf16.second(%vp %a0.r2.x)
  %a0.r2.half0 = call %vf @v.fma(%vf %a0.r2.x0, %vf %a0.w0.0, %vf %af2.0.0)
  %af2.0.1 = call %vf @v.fma(%vf %a0.r2.x1, %vf %a0.w1.0, %vf %a0.r2.half0)
  %a0.r3.p = getelementptr i8, ptr %a0.x3, i64 0
  %a0.r3.x = call %vp @v.bcast2(ptr %a0.r3.p)
  %a0.r3.x0 = call %vf @v.bf16.first(%vp %a0.r3.x)
  %a0.r3.x1 = call %vf @v.bf16.second(%vp %a0.r3.x)
  %a0.r3.half0 = call %vf @v.fma(%vf %a0.r3.x0, %vf %a0.w0.0, %vf %af3.0.0)
  %af3.0.1 = call %vf @v.fma(%vf %a0.r3.x1, %vf %a0.w1.0, %vf %a0.r3.half0)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
  %sum2.0 = phi %vf [ %af2.0.1, %k.main ]
  %sum3.0 = phi %vf [ %af3.0.1, %k.main ]
  %col = mul i64 %g0, 16
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 16
  %n.clamped0 = select i1 %n.big0, i64 16, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %n
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  call void @v.store.n(ptr %out0.p0, %vf %sum0.0, i32 %n.cols0)
  %row.at1 = add i64 %m0, 1
  %row.ok1 = icmp ult i64 %row.at1, %m
  br i1 %row.ok1, label %store1, label %tile.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  call void @v.store.n(ptr %out1.p0, %vf %sum1.0, i32 %n.cols0)
  %row.at2 = add i64 %m0, 2
  %row.ok2 = icmp ult i64 %row.at2, %m
  br i1 %row.ok2, label %store2, label %tile.next
store2:
  %out2.first = mul i64 %row.at2, %n
  %out2.at = add i64 %out2.first, %col
  %out2.at0 = add i64 %out2.at, 0
  %out2.p0 = getelementptr float, ptr %y, i64 %out2.at0
  call void @v.store.n(ptr %out2.p0, %vf %sum2.0, i32 %n.cols0)
  %row.at3 = add i64 %m0, 3
  %row.ok3 = icmp ult i64 %row.at3, %m
  br i1 %row.ok3, label %store3, label %tile.next
store3:
  %out3.first = mul i64 %row.at3, %n
  %out3.at = add i64 %out3.first, %col
  %out3.at0 = add i64 %out3.at, 0
  %out3.p0 = getelementptr float, ptr %y, i64 %out3.at0
  call void @v.store.n(ptr %out3.p0, %vf %sum3.0, i32 %n.cols0)
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 4
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %panel.next
panel.next:
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}





define void @kernel_qkv(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %own = alloca [11 x i64], align 64
  %x.from = getelementptr i8, ptr %args, i64 0
  %x = load i64, ptr %x.from, align 8
  %rows.from = getelementptr i8, ptr %args, i64 56
  %rows = load i64, ptr %rows.from, align 8
  %n.from = getelementptr i8, ptr %args, i64 64
  %n = load i64, ptr %n.from, align 8
  %n1.from = getelementptr i8, ptr %args, i64 72
  %n1 = load i64, ptr %n1.from, align 8
  %k.from = getelementptr i8, ptr %args, i64 80
  %k = load i64, ptr %k.from, align 8
  %x.to = getelementptr i8, ptr %own, i64 0
  store i64 %x, ptr %x.to, align 8
  %rows.to = getelementptr i8, ptr %own, i64 56
  store i64 %rows, ptr %rows.to, align 8
  %k.to = getelementptr i8, ptr %own, i64 80
  store i64 %k, ptr %k.to, align 8
  %blocks0.up = add i64 %n, 15
  %blocks0.cols = udiv i64 %blocks0.up, 16
  %blocks0 = mul i64 %blocks0.cols, 1
  %blocks1.up = add i64 %n1, 15
  %blocks1.cols = udiv i64 %blocks1.up, 16
  %blocks1 = mul i64 %blocks1.cols, 1
  %end1 = add i64 %blocks0, %blocks1
  %end2 = add i64 %end1, %blocks1
  %first.block = zext i32 %first to i64
  %last.block = zext i32 %last to i64
  %p0.w.from = getelementptr i8, ptr %args, i64 8
  %p0.w = load i64, ptr %p0.w.from, align 8
  %p0.y.from = getelementptr i8, ptr %args, i64 32
  %p0.y = load i64, ptr %p0.y.from, align 8
  %p0.w.to = getelementptr i8, ptr %own, i64 8
  store i64 %p0.w, ptr %p0.w.to, align 8
  %p0.y.to = getelementptr i8, ptr %own, i64 32
  store i64 %p0.y, ptr %p0.y.to, align 8
  %p0.n.to = getelementptr i8, ptr %own, i64 64
  store i64 %n, ptr %p0.n.to, align 8
  %p0.first.under = icmp ult i64 %first.block, 0
  %p0.first.raised = select i1 %p0.first.under, i64 0, i64 %first.block
  %p0.first.over = icmp ugt i64 %p0.first.raised, %blocks0
  %p0.first.inside = select i1 %p0.first.over, i64 %blocks0, i64 %p0.first.raised
  %p0.first.at = sub i64 %p0.first.inside, 0
  %p0.first = trunc i64 %p0.first.at to i32
  %p0.last.under = icmp ult i64 %last.block, 0
  %p0.last.raised = select i1 %p0.last.under, i64 0, i64 %last.block
  %p0.last.over = icmp ugt i64 %p0.last.raised, %blocks0
  %p0.last.inside = select i1 %p0.last.over, i64 %blocks0, i64 %p0.last.raised
  %p0.last.at = sub i64 %p0.last.inside, 0
  %p0.last = trunc i64 %p0.last.at to i32
  call void @kernel(ptr %own, i32 %p0.first, i32 %p0.last, ptr %scratch)
  %p1.w.from = getelementptr i8, ptr %args, i64 16
  %p1.w = load i64, ptr %p1.w.from, align 8
  %p1.y.from = getelementptr i8, ptr %args, i64 40
  %p1.y = load i64, ptr %p1.y.from, align 8
  %p1.w.to = getelementptr i8, ptr %own, i64 8
  store i64 %p1.w, ptr %p1.w.to, align 8
  %p1.y.to = getelementptr i8, ptr %own, i64 32
  store i64 %p1.y, ptr %p1.y.to, align 8
  %p1.n.to = getelementptr i8, ptr %own, i64 64
  store i64 %n1, ptr %p1.n.to, align 8
  %p1.first.under = icmp ult i64 %first.block, %blocks0
  %p1.first.raised = select i1 %p1.first.under, i64 %blocks0, i64 %first.block
  %p1.first.over = icmp ugt i64 %p1.first.raised, %end1
  %p1.first.inside = select i1 %p1.first.over, i64 %end1, i64 %p1.first.raised
  %p1.first.at = sub i64 %p1.first.inside, %blocks0
  %p1.first = trunc i64 %p1.first.at to i32
  %p1.last.under = icmp ult i64 %last.block, %blocks0
  %p1.last.raised = select i1 %p1.last.under, i64 %blocks0, i64 %last.block
  %p1.last.over = icmp ugt i64 %p1.last.raised, %end1
  %p1.last.inside = select i1 %p1.last.over, i64 %end1, i64 %p1.last.raised
  %p1.last.at = sub i64 %p1.last.inside, %blocks0
  %p1.last = trunc i64 %p1.last.at to i32
  call void @kernel(ptr %own, i32 %p1.first, i32 %p1.last, ptr %scratch)
  %p2.w.from = getelementptr i8, ptr %args, i64 24
  %p2.w = load i64, ptr %p2.w.from, align 8
  %p2.y.from = getelementptr i8, ptr %args, i64 48
  %p2.y = load i64, ptr %p2.y.from, align 8
  %p2.w.to = getelementptr i8, ptr %own, i64 8
  store i64 %p2.w, ptr %p2.w.to, align 8
  %p2.y.to = getelementptr i8, ptr %own, i64 32
  store i64 %p2.y, ptr %p2.y.to, align 8
  %p2.n.to = getelementptr i8, ptr %own, i64 64
  store i64 %n1, ptr %p2.n.to, align 8
  %p2.first.under = icmp ult i64 %first.block, %end1
  %p2.first.raised = select i1 %p2.first.under, i64 %end1, i64 %first.block
  %p2.first.over = icmp ugt i64 %p2.first.raised, %end2
  %p2.first.inside = select i1 %p2.first.over, i64 %end2, i64 %p2.first.raised
  %p2.first.at = sub i64 %p2.first.inside, %end1
  %p2.first = trunc i64 %p2.first.at to i32
  %p2.last.under = icmp ult i64 %last.block, %end1
  %p2.last.raised = select i1 %p2.last.under, i64 %end1, i64 %last.block
  %p2.last.over = icmp ugt i64 %p2.last.raised, %end2
  %p2.last.inside = select i1 %p2.last.over, i64 %end2, i64 %p2.last.raised
  %p2.last.at = sub i64 %p2.last.inside, %end1
  %p2.last = trunc i64 %p2.last.at to i32
  call void @kernel(ptr %own, i32 %p2.first, i32 %p2.last, ptr %scratch)
  ret void
}
