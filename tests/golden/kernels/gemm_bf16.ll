; gemm_bf16 on cpu:x86_64:avx2+fma+f16c+avx512+avx512bf16
; gemm n=64 k=256 m=4 x=bf16 w=bf16
; R=16 DOT=1 MR=2 NV=1 NB=1 KU=1 PACK=0 PF=0 AHEAD=0 KC=0 CONV=0 RB=1 SCHED=static
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
  %scratch.w = getelementptr i8, ptr %scratch, i64 0
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.after, %block.next ]
  %block.i = zext i32 %block.at to i64
  %block.group = mul i64 %block.i, 1
  %block.end = add i64 %block.group, 1
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
  %r.want1 = add i64 %m0, 1
  %r.over1 = icmp ugt i64 %r.want1, %m.last
  %r.i1 = select i1 %r.over1, i64 %m.last, i64 %r.want1
  %r.bytes1 = mul i64 %r.i1, %row.bytes
  %xr1 = getelementptr i8, ptr %x, i64 %r.bytes1
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %tile ], [ %g0.next, %panel.next ]
  %raw.want0 = add i64 %g0, 0
  %raw.over0 = icmp ugt i64 %raw.want0, %g.last
  %raw.group0 = select i1 %raw.over0, i64 %g.last, i64 %raw.want0
  %raw.bytes0 = mul i64 %raw.group0, %group.bytes
  %raw.ws0 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes0
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  br label %ask
ask:
  %ask.col = mul i64 %g0, 16
  %ask.row0 = mul i64 %r.i0, %n
  %ask.at0 = add i64 %ask.row0, %ask.col
  %ask.first0.0 = add i64 %ask.at0, 0
  %ask.p0.0 = getelementptr float, ptr %y, i64 %ask.first0.0
  call void @v.prefetch.write(ptr %ask.p0.0)
  %ask.row1 = mul i64 %r.i1, %n
  %ask.at1 = add i64 %ask.row1, %ask.col
  %ask.first1.0 = add i64 %ask.at1, 0
  %ask.p1.0 = getelementptr float, ptr %y, i64 %ask.first1.0
  call void @v.prefetch.write(ptr %ask.p1.0)
  br label %panel.sums
panel.sums:
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %panel.sums ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %af0.0.1, %k.main ]
  %af1.0.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %af1.0.1, %k.main ]
  %a0.at = mul i64 %akb0, 64
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.x1 = getelementptr i8, ptr %xr1, i64 %a0.x.at
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0 = load %vp, ptr %a0.w.p0, align 4
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x = call %vp @v.bcast2(ptr %a0.r0.p)
  %af0.0.1 = call %vf @v.dot2(%vf %af0.0.0, %vp %a0.w0, %vp %a0.r0.x)
  %a0.r1.p = getelementptr i8, ptr %a0.x1, i64 0
  %a0.r1.x = call %vp @v.bcast2(ptr %a0.r1.p)
  %af1.0.1 = call %vf @v.dot2(%vf %af1.0.0, %vp %a0.w0, %vp %a0.r1.x)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
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
  br i1 %row.ok1, label %store1, label %panel.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  call void @v.store.n(ptr %out1.p0, %vf %sum1.0, i32 %n.cols0)
  br label %panel.next
panel.next:
  %g0.next = add i64 %g0, 1
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
tile.next:
  %m0.next = add i64 %m0, 2
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %block.next
block.next:
  %block.after = add i32 %block.at, 1
  %block.more = icmp ult i32 %block.after, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
