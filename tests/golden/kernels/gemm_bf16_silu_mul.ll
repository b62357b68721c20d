; gemm_bf16_silu_mul on cpu:x86_64:avx2+fma+f16c+avx512
; gemm_silu_mul n=64 k=256 m=4 x=bf16 w0=bf16 w1=bf16
; R=16 DOT=0 MR=1 NV=1 NB=1 KU=1 PACK=0 PF=0 AHEAD=0 KC=0 CONV=0 RB=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 24
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 32
  %rows = load ptr, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 40
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 48
  %k = load i64, ptr %k.slot, align 8
  %w.mat0.slot = getelementptr i8, ptr %args, i64 8
  %w.mat0 = load ptr, ptr %w.mat0.slot, align 8
  %w.mat1.slot = getelementptr i8, ptr %args, i64 16
  %w.mat1 = load ptr, ptr %w.mat1.slot, align 8
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
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %tile ], [ %g0.next, %panel.next ]
  %raw.want0 = add i64 %g0, 0
  %raw.over0 = icmp ugt i64 %raw.want0, %g.last
  %raw.group0 = select i1 %raw.over0, i64 %g.last, i64 %raw.want0
  %raw.bytes0 = mul i64 %raw.group0, %group.bytes
  %raw.ws0 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes0
  %raw.ws1 = getelementptr i8, ptr %w.mat1, i64 %raw.bytes0
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  %ws1 = getelementptr i8, ptr %raw.ws1, i64 0
  br label %ask
ask:
  %ask.col = mul i64 %g0, 16
  %ask.row0 = mul i64 %r.i0, %n
  %ask.at0 = add i64 %ask.row0, %ask.col
  %ask.first0.0 = add i64 %ask.at0, 0
  %ask.p0.0 = getelementptr float, ptr %y, i64 %ask.first0.0
  call void @v.prefetch.write(ptr %ask.p0.0)
  br label %panel.sums
panel.sums:
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %panel.sums ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %af0.0.1, %k.main ]
  %af0.1.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %af0.1.1, %k.main ]
  %a0.at = mul i64 %akb0, 64
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.base1 = getelementptr i8, ptr %ws1, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0 = load %vp, ptr %a0.w.p0, align 4
  %a0.w0.0 = call %vf @v.bf16.first(%vp %a0.w0)
  %a0.w1.0 = call %vf @v.bf16.second(%vp %a0.w0)
  %a0.w.p1 = getelementptr i8, ptr %a0.base1, i64 0
  %a0.w1 = load %vp, ptr %a0.w.p1, align 4
  %a0.w0.1 = call %vf @v.bf16.first(%vp %a0.w1)
  %a0.w1.1 = call %vf @v.bf16.second(%vp %a0.w1)
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x = call %vp @v.bcast2(ptr %a0.r0.p)
  %a0.r0.x0 = call %vf @v.bf16.first(%vp %a0.r0.x)
  %a0.r0.x1 = call %vf @v.bf16.second(%vp %a0.r0.x)
  %a0.r0.half0 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.0, %vf %af0.0.0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.0, %vf %a0.r0.half0)
  %a0.r0.half1 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.1, %vf %af0.1.0)
  %af0.1.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.1, %vf %a0.r0.half1)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum0.1 = phi %vf [ %af0.1.1, %k.main ]
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
  %out0.gate0 = call %vf @v.silu(%vf %sum0.0)
  %out0.out0 = fmul %vf %out0.gate0, %sum0.1
  call void @v.store.n(ptr %out0.p0, %vf %out0.out0, i32 %n.cols0)
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
  %block.after = add i32 %block.at, 1
  %block.more = icmp ult i32 %block.after, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
