; gemm_bf16_split on cpu:x86_64:avx2+fma+f16c+avx512+avx512bf16
; gemm_split n=64 k=600 n_parts=2 m=4 x=bf16 w=bf16
; R=16 DOT=1 MR=2 NV=2 NB=1 KU=1 PACK=0 AHEAD=1 KC=0 CONV=0 MC=1 RB=1 SCHED=static
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
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
  %g.last = sub i64 %n.groups, 1
  %k.up = add i64 %k, 1
  %k.pairs = lshr i64 %k.up, 1
  %row.bytes = shl i64 %k.pairs, 2
  %group.bytes = mul i64 %k.pairs, 64
  %part.k.up = add i64 %part.k, 1
  %k.steps = lshr i64 %part.k.up, 1
  %x.begin = shl i64 %part.begin, 1
  %w.begin = mul i64 %part.begin, 32
  %x = getelementptr i8, ptr %x.all, i64 %x.begin
  %w.mat0 = getelementptr i8, ptr %w.all, i64 %w.begin
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
  %ah.rows = sub i64 %m, 0
  %ah.rows.up = add i64 %ah.rows, 1
  %ah.tiles = udiv i64 %ah.rows.up, 2
  %ah.turns = mul i64 %ah.tiles, %k.steps
  %ah.bytes = mul i64 %k.steps, 64
  %ah.base = add i64 0, 0
  %ah.g0 = add i64 %g0, 2
  %ah.up = add i64 %ah.bytes, %ah.turns
  %ah.less = sub i64 %ah.up, 1
  %ah.per.step = udiv i64 %ah.less, %ah.turns
  %ah.per.tile = mul i64 %ah.per.step, %k.steps
  %ah.want0 = add i64 %ah.g0, 0
  %ah.over0 = icmp ugt i64 %ah.want0, %g.last
  %ah.group0 = select i1 %ah.over0, i64 %g.last, i64 %ah.want0
  %ah.bytes0 = mul i64 %ah.group0, %group.bytes
  %ah.ws0 = getelementptr i8, ptr %w.mat0, i64 %ah.bytes0
  %ah.want1 = add i64 %ah.g0, 1
  %ah.over1 = icmp ugt i64 %ah.want1, %g.last
  %ah.group1 = select i1 %ah.over1, i64 %g.last, i64 %ah.want1
  %ah.bytes1 = mul i64 %ah.group1, %group.bytes
  %ah.ws1 = getelementptr i8, ptr %w.mat0, i64 %ah.bytes1
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  %ws1 = getelementptr i8, ptr %raw.ws1, i64 0
  br label %tile
tile:
  %m0 = phi i64 [ 0, %panel ], [ %m0.next, %tile.next ]
  %ah.at = phi i64 [ %ah.base, %panel ], [ %ah.at.next, %tile.next ]
  %ah.p0 = getelementptr i8, ptr %ah.ws0, i64 %ah.at
  %ah.p1 = getelementptr i8, ptr %ah.ws1, i64 %ah.at
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
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %tile ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.0.1, %k.main ]
  %af0.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.1.1, %k.main ]
  %af1.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af1.0.1, %k.main ]
  %af1.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af1.1.1, %k.main ]
  %a0.at = mul i64 %akb0, 64
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.x1 = getelementptr i8, ptr %xr1, i64 %a0.x.at
  %a0.ah = mul i64 %akb0, %ah.per.step
  %a0.ah.s0 = getelementptr i8, ptr %ah.p0, i64 %a0.ah
  %a0.ah.p0.0 = getelementptr i8, ptr %a0.ah.s0, i64 0
  call void @v.prefetch.far(ptr %a0.ah.p0.0)
  %a0.ah.s1 = getelementptr i8, ptr %ah.p1, i64 %a0.ah
  %a0.ah.p1.0 = getelementptr i8, ptr %a0.ah.s1, i64 0
  call void @v.prefetch.far(ptr %a0.ah.p1.0)
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
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum0.1 = phi %vf [ %af0.1.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
  %sum1.1 = phi %vf [ %af1.1.1, %k.main ]
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
  %out0.first = mul i64 %row.at0, %y.cols
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
  %out1.first = mul i64 %row.at1, %y.cols
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  call void @v.store.n(ptr %out1.p0, %vf %sum1.0, i32 %n.cols0)
  %out1.at1 = add i64 %out1.at, 16
  %out1.p1 = getelementptr float, ptr %y, i64 %out1.at1
  call void @v.store.n(ptr %out1.p1, %vf %sum1.1, i32 %n.cols1)
  br label %tile.next
tile.next:
  %ah.at.next = add i64 %ah.at, %ah.per.tile
  %m0.next = add i64 %m0, 2
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
  %cols.up = add i64 %n, 31
  %blocks = udiv i64 %cols.up, 32
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
