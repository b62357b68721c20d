; gemm_bf16 on cpu:x86_64:avx2+fma+f16c+avx512+avx512bf16
; gemm n=64 k=256 m=4 x=bf16 w=bf16
; R=16 DOT=1 MR=4 NV=2 NB=1 KU=1 PACK=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static
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
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %g.last = sub i64 %n.groups, 1
  %k.up = add i64 %k, 1
  %k.steps = lshr i64 %k.up, 1
  %row.bytes = shl i64 %k.steps, 2
  %group.bytes = mul i64 %k.steps, 64
  %panel.skip = mul i64 %group.bytes, 1
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
  %block.group = mul i64 %block.i, 2
  %block.n.groups = mul i64 %block.n, 2
  %block.end = add i64 %block.group, %block.n.groups
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %block ], [ %g0.next, %panel.next ]
  %g0.next = add i64 %g0, 2
  %raw.want0 = add i64 %g0, 0
  %raw.over0 = icmp ugt i64 %raw.want0, %g.last
  %raw.group0 = select i1 %raw.over0, i64 %g.last, i64 %raw.want0
  %raw.bytes0 = mul i64 %raw.group0, %group.bytes
  %raw.ws0 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes0
  %raw.want1 = add i64 %g0, 1
  %raw.over1 = icmp ugt i64 %raw.want1, %g.last
  %raw.group1 = select i1 %raw.over1, i64 %g.last, i64 %raw.want1
  %raw.bytes1 = mul i64 %raw.group1, %group.bytes
  %raw.ws1 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes1
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  %ws1 = getelementptr i8, ptr %raw.ws1, i64 0
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
  %af0.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.1.1, %k.main ]
  %af1.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af1.0.1, %k.main ]
  %af1.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af1.1.1, %k.main ]
  %af2.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af2.0.1, %k.main ]
  %af2.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af2.1.1, %k.main ]
  %af3.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af3.0.1, %k.main ]
  %af3.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af3.1.1, %k.main ]
  %a0.at = mul i64 %akb0, 64
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.x1 = getelementptr i8, ptr %xr1, i64 %a0.x.at
  %a0.x2 = getelementptr i8, ptr %xr2, i64 %a0.x.at
  %a0.x3 = getelementptr i8, ptr %xr3, i64 %a0.x.at
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.base1 = getelementptr i8, ptr %ws1, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0 = load %vp, ptr %a0.w.p0, align 4
  %a0.w.p1 = getelementptr i8, ptr %a0.base1, i64 0
  %a0.w1 = load %vp, ptr %a0.w.p1, align 4
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x = call %vp @v.bcast2(ptr %a0.r0.p)
  %af0.0.1 = call %vf @v.dot2(%vf %af0.0.0, %vp %a0.w0, %vp %a0.r0.x)
  %af0.1.1 = call %vf @v.dot2(%vf %af0.1.0, %vp %a0.w1, %vp %a0.r0.x)
  %a0.r1.p = getelementptr i8, ptr %a0.x1, i64 0
  %a0.r1.x = call %vp @v.bcast2(ptr %a0.r1.p)
  %af1.0.1 = call %vf @v.dot2(%vf %af1.0.0, %vp %a0.w0, %vp %a0.r1.x)
  %af1.1.1 = call %vf @v.dot2(%vf %af1.1.0, %vp %a0.w1, %vp %a0.r1.x)
  %a0.r2.p = getelementptr i8, ptr %a0.x2, i64 0
  %a0.r2.x = call %vp @v.bcast2(ptr %a0.r2.p)
  %af2.0.1 = call %vf @v.dot2(%vf %af2.0.0, %vp %a0.w0, %vp %a0.r2.x)
  %af2.1.1 = call %vf @v.dot2(%vf %af2.1.0, %vp %a0.w1, %vp %a0.r2.x)
  %a0.r3.p = getelementptr i8, ptr %a0.x3, i64 0
  %a0.r3.x = call %vp @v.bcast2(ptr %a0.r3.p)
  %af3.0.1 = call %vf @v.dot2(%vf %af3.0.0, %vp %a0.w0, %vp %a0.r3.x)
  %af3.1.1 = call %vf @v.dot2(%vf %af3.1.0, %vp %a0.w1, %vp %a0.r3.x)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum0.1 = phi %vf [ %af0.1.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
  %sum1.1 = phi %vf [ %af1.1.1, %k.main ]
  %sum2.0 = phi %vf [ %af2.0.1, %k.main ]
  %sum2.1 = phi %vf [ %af2.1.1, %k.main ]
  %sum3.0 = phi %vf [ %af3.0.1, %k.main ]
  %sum3.1 = phi %vf [ %af3.1.1, %k.main ]
  %col = mul i64 %g0, 16
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 16
  %n.clamped0 = select i1 %n.big0, i64 16, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  %n.left1 = sub i64 %cols.left, 16
  %n.big1 = icmp sgt i64 %n.left1, 16
  %n.clamped1 = select i1 %n.big1, i64 16, i64 %n.left1
  %n.cols1 = trunc i64 %n.clamped1 to i32
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %n
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  call void @v.store.n(ptr %out0.p0, %vf %sum0.0, i32 %n.cols0)
  %out0.at1 = add i64 %out0.at, 16
  %out0.p1 = getelementptr float, ptr %y, i64 %out0.at1
  call void @v.store.n(ptr %out0.p1, %vf %sum0.1, i32 %n.cols1)
  %row.at1 = add i64 %m0, 1
  %row.ok1 = icmp ult i64 %row.at1, %m
  br i1 %row.ok1, label %store1, label %tile.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  call void @v.store.n(ptr %out1.p0, %vf %sum1.0, i32 %n.cols0)
  %out1.at1 = add i64 %out1.at, 16
  %out1.p1 = getelementptr float, ptr %y, i64 %out1.at1
  call void @v.store.n(ptr %out1.p1, %vf %sum1.1, i32 %n.cols1)
  %row.at2 = add i64 %m0, 2
  %row.ok2 = icmp ult i64 %row.at2, %m
  br i1 %row.ok2, label %store2, label %tile.next
store2:
  %out2.first = mul i64 %row.at2, %n
  %out2.at = add i64 %out2.first, %col
  %out2.at0 = add i64 %out2.at, 0
  %out2.p0 = getelementptr float, ptr %y, i64 %out2.at0
  call void @v.store.n(ptr %out2.p0, %vf %sum2.0, i32 %n.cols0)
  %out2.at1 = add i64 %out2.at, 16
  %out2.p1 = getelementptr float, ptr %y, i64 %out2.at1
  call void @v.store.n(ptr %out2.p1, %vf %sum2.1, i32 %n.cols1)
  %row.at3 = add i64 %m0, 3
  %row.ok3 = icmp ult i64 %row.at3, %m
  br i1 %row.ok3, label %store3, label %tile.next
store3:
  %out3.first = mul i64 %row.at3, %n
  %out3.at = add i64 %out3.first, %col
  %out3.at0 = add i64 %out3.at, 0
  %out3.p0 = getelementptr float, ptr %y, i64 %out3.at0
  call void @v.store.n(ptr %out3.p0, %vf %sum3.0, i32 %n.cols0)
  %out3.at1 = add i64 %out3.at, 16
  %out3.p1 = getelementptr float, ptr %y, i64 %out3.at1
  call void @v.store.n(ptr %out3.p1, %vf %sum3.1, i32 %n.cols1)
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
