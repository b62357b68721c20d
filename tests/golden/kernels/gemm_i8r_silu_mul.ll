; gemm_i8r_silu_mul on cpu:x86_64
; gemm_silu_mul n=64 k=256 m=4 x=q8r w0=i8 w1=i8
; R=8 MR=1 NV=1 NB=1 KU=1 PACK=0 PF=0 AHEAD=0 KC=0 MC=1 RB=1 SCHED=static
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
  %n.up = add i64 %n, 7
  %n.groups = lshr i64 %n.up, 3
  %g.last = sub i64 %n.groups, 1
  %row.bytes = add i64 %k, 8
  %group.k = mul i64 %k, 8
  %group.bytes = add i64 %group.k, 32
  %k.steps = lshr i64 %k, 2
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
  %raw.ws1 = getelementptr i8, ptr %w.mat1, i64 %raw.bytes0
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
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %tile ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.0.1, %k.main ]
  %af0.1.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.1.1, %k.main ]
  %a0.values = mul i64 %akb0, 32
  %a0.at = add i64 %a0.values, 32
  %a0.x.at = shl i64 %akb0, 2
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.base1 = getelementptr i8, ptr %ws1, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0 = load %vb, ptr %a0.w.p0, align 4
  %a0.w.p1 = getelementptr i8, ptr %a0.base1, i64 0
  %a0.w1 = load %vb, ptr %a0.w.p1, align 4
  %a0.p0 = getelementptr i8, ptr %a0.x0, i64 0
  %a0.b0 = call %vb @v.bcast4(ptr %a0.p0)
  %a0.from0.0 = bitcast %vf %af0.0.0 to %vi
  %a0.to0.0 = call %vi @v.dot4.q8(%vi %a0.from0.0, %vb %a0.w0, %vb %a0.b0)
  %af0.0.1 = bitcast %vi %a0.to0.0 to %vf
  %a0.from0.1 = bitcast %vf %af0.1.0 to %vi
  %a0.to0.1 = call %vi @v.dot4.q8(%vi %a0.from0.1, %vb %a0.w1, %vb %a0.b0)
  %af0.1.1 = bitcast %vi %a0.to0.1 to %vf
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum0.1 = phi %vf [ %af0.1.1, %k.main ]
  %col = mul i64 %g0, 8
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 8
  %n.clamped0 = select i1 %n.big0, i64 8, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  %dw0 = call %vf @v.load(ptr %raw.ws0)
  %dw1 = call %vf @v.load(ptr %raw.ws1)
  %dx.want0 = add i64 %m0, 0
  %dx.over0 = icmp ugt i64 %dx.want0, %m.last
  %dx.i0 = select i1 %dx.over0, i64 %m.last, i64 %dx.want0
  %dx.at0 = mul i64 %dx.i0, %row.bytes
  %dx.row0 = getelementptr i8, ptr %x, i64 %dx.at0
  %dx.p0 = getelementptr i8, ptr %dx.row0, i64 %k
  %dx0 = call %vf @v.bcast(ptr %dx.p0)
  %nsum.p0 = getelementptr i8, ptr %dx.p0, i64 4
  %nsum0 = load i32, ptr %nsum.p0, align 4
  %offset0 = mul i32 %nsum0, 128
  %offsets0 = call %vi @v.splat.i(i32 %offset0)
  %dot0.0 = bitcast %vf %sum0.0 to %vi
  %whole0.0 = add %vi %dot0.0, %offsets0
  %float0.0 = sitofp %vi %whole0.0 to %vf
  %scaled0.0 = fmul %vf %float0.0, %dw0
  %y0.0 = fmul %vf %scaled0.0, %dx0
  %dot0.1 = bitcast %vf %sum0.1 to %vi
  %whole0.1 = add %vi %dot0.1, %offsets0
  %float0.1 = sitofp %vi %whole0.1 to %vf
  %scaled0.1 = fmul %vf %float0.1, %dw1
  %y0.1 = fmul %vf %scaled0.1, %dx0
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %n
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  %out0.gate0 = call %vf @v.silu(%vf %y0.0)
  %out0.out0 = fmul %vf %out0.gate0, %y0.1
  call void @v.store.n(ptr %out0.p0, %vf %out0.out0, i32 %n.cols0)
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 1
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
