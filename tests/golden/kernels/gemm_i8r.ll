; gemm_i8r on cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni
; gemm n=64 k=256 m=4 x=q8r w=i8
; R=16 MR=2 NV=2 NB=1 KU=1 PACK=1 PF=0 AHEAD=0 KC=256 MC=2 RB=1 SCHED=static
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
  %row.bytes = add i64 %k, 8
  %group.k = mul i64 %k, 16
  %group.bytes = add i64 %group.k, 64
  %k.steps = lshr i64 %k, 2
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
  %scratch.w = getelementptr i8, ptr %scratch, i64 1024
  %scratch.sums = getelementptr i8, ptr %scratch, i64 1024
  br label %chunk
chunk:
  %chunk.begin = phi i64 [ 0, %block ], [ %chunk.until, %chunk.next ]
  %chunk.until = add i64 %chunk.begin, 4
  %chunk.over = icmp ugt i64 %chunk.until, %m
  %chunk.end = select i1 %chunk.over, i64 %m, i64 %chunk.until
  br label %part
part:
  %kb.first = phi i64 [ 0, %chunk ], [ %kb.next, %part.next ]
  %kb.left = sub i64 %k.steps, %kb.first
  %kb.full = icmp ugt i64 %kb.left, 64
  %kb.steps = select i1 %kb.full, i64 64, i64 %kb.left
  %kb.next = add i64 %kb.first, %kb.steps
  %kb.is.first = icmp eq i64 %kb.first, 0
  %kb.is.last = icmp uge i64 %kb.next, %k.steps
  %x.first = shl i64 %kb.first, 2
  %x.part = getelementptr i8, ptr %x, i64 %x.first
  %raw.first.values = mul i64 %kb.first, 64
  %raw.first = add i64 %raw.first.values, 64
  br label %pack.tile
pack.tile:
  %pk.m0 = phi i64 [ %chunk.begin, %part ], [ %pk.m0.next, %pack.done ]
  %pk.tile = phi ptr [ %scratch, %part ], [ %pk.tile.next, %pack.done ]
  %pk.want0 = add i64 %pk.m0, 0
  %pk.over0 = icmp ugt i64 %pk.want0, %m.last
  %pk.row.i0 = select i1 %pk.over0, i64 %m.last, i64 %pk.want0
  %pk.bytes0 = mul i64 %pk.row.i0, %row.bytes
  %pk.xr0 = getelementptr i8, ptr %x.part, i64 %pk.bytes0
  %pk.want1 = add i64 %pk.m0, 1
  %pk.over1 = icmp ugt i64 %pk.want1, %m.last
  %pk.row.i1 = select i1 %pk.over1, i64 %m.last, i64 %pk.want1
  %pk.bytes1 = mul i64 %pk.row.i1, %row.bytes
  %pk.xr1 = getelementptr i8, ptr %x.part, i64 %pk.bytes1
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.tile ], [ %pk.next, %pack ]
  %pk.at = mul i64 %pk, 8
  %pk.to = getelementptr i8, ptr %pk.tile, i64 %pk.at
  %pk.from = mul i64 %pk, 4
  %pk.p0 = getelementptr i8, ptr %pk.xr0, i64 %pk.from
  %pk.to0 = getelementptr i8, ptr %pk.to, i64 0
  %pk.v0 = load <1 x i32>, ptr %pk.p0, align 4
  store <1 x i32> %pk.v0, ptr %pk.to0, align 4
  %pk.p1 = getelementptr i8, ptr %pk.xr1, i64 %pk.from
  %pk.to1 = getelementptr i8, ptr %pk.to, i64 4
  %pk.v1 = load <1 x i32>, ptr %pk.p1, align 4
  store <1 x i32> %pk.v1, ptr %pk.to1, align 4
  %pk.next = add i64 %pk, 1
  %pk.done = mul i64 %pk.next, 1
  %pk.more = icmp ult i64 %pk.done, %kb.steps
  br i1 %pk.more, label %pack, label %pack.done
pack.done:
  %pk.m0.next = add i64 %pk.m0, 2
  %pk.tile.next = getelementptr i8, ptr %pk.tile, i64 512
  %pk.again = icmp ult i64 %pk.m0.next, %chunk.end
  br i1 %pk.again, label %pack.tile, label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
  %sums.panel = phi ptr [ %scratch.sums, %pack.done ], [ %sums.panel.next, %panel.next ]
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
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 %raw.first
  %ws1 = getelementptr i8, ptr %raw.ws1, i64 %raw.first
  br label %tile
tile:
  %m0 = phi i64 [ %chunk.begin, %panel ], [ %m0.next, %tile.next ]
  %x.tile = phi ptr [ %scratch, %panel ], [ %x.tile.next, %tile.next ]
  %sums.at = phi ptr [ %sums.panel, %panel ], [ %sums.next, %tile.next ]
  %x.tile.next = getelementptr i8, ptr %x.tile, i64 512
  %sums.next = getelementptr i8, ptr %sums.at, i64 256
  br i1 %kb.is.first, label %k.begin, label %k.load
k.load:
  %ld.p0.0 = getelementptr i8, ptr %sums.at, i64 0
  %ld0.0 = load %vf, ptr %ld.p0.0, align 64
  %ld.p0.1 = getelementptr i8, ptr %sums.at, i64 64
  %ld0.1 = load %vf, ptr %ld.p0.1, align 64
  %ld.p1.0 = getelementptr i8, ptr %sums.at, i64 128
  %ld1.0 = load %vf, ptr %ld.p1.0, align 64
  %ld.p1.1 = getelementptr i8, ptr %sums.at, i64 192
  %ld1.1 = load %vf, ptr %ld.p1.1, align 64
  %ask.sums0 = getelementptr i8, ptr %sums.next, i64 0
  call void @v.prefetch.far(ptr %ask.sums0)
  %ask.sums1 = getelementptr i8, ptr %sums.next, i64 64
  call void @v.prefetch.far(ptr %ask.sums1)
  %ask.sums2 = getelementptr i8, ptr %sums.next, i64 128
  call void @v.prefetch.far(ptr %ask.sums2)
  %ask.sums3 = getelementptr i8, ptr %sums.next, i64 192
  call void @v.prefetch.far(ptr %ask.sums3)
  br label %k.begin
k.begin:
  %init0.0 = phi %vf [ zeroinitializer, %tile ], [ %ld0.0, %k.load ]
  %init0.1 = phi %vf [ zeroinitializer, %tile ], [ %ld0.1, %k.load ]
  %init1.0 = phi %vf [ zeroinitializer, %tile ], [ %ld1.0, %k.load ]
  %init1.1 = phi %vf [ zeroinitializer, %tile ], [ %ld1.1, %k.load ]
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %k.begin ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ %init0.0, %k.begin ], [ %af0.0.1, %k.main ]
  %af0.1.0 = phi %vf [ %init0.1, %k.begin ], [ %af0.1.1, %k.main ]
  %af1.0.0 = phi %vf [ %init1.0, %k.begin ], [ %af1.0.1, %k.main ]
  %af1.1.0 = phi %vf [ %init1.1, %k.begin ], [ %af1.1.1, %k.main ]
  %a0.values = mul i64 %akb0, 64
  %a0.at = add i64 %a0.values, 0
  %a0.x.at = mul i64 %akb0, 8
  %a0.x = getelementptr i8, ptr %x.tile, i64 %a0.x.at
  %a0.x0 = getelementptr i8, ptr %a0.x, i64 0
  %a0.x1 = getelementptr i8, ptr %a0.x, i64 4
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
  %a0.p1 = getelementptr i8, ptr %a0.x1, i64 0
  %a0.b1 = call %vb @v.bcast4(ptr %a0.p1)
  %a0.from1.0 = bitcast %vf %af1.0.0 to %vi
  %a0.to1.0 = call %vi @v.dot4.q8(%vi %a0.from1.0, %vb %a0.w0, %vb %a0.b1)
  %af1.0.1 = bitcast %vi %a0.to1.0 to %vf
  %a0.from1.1 = bitcast %vf %af1.1.0 to %vi
  %a0.to1.1 = call %vi @v.dot4.q8(%vi %a0.from1.1, %vb %a0.w1, %vb %a0.b1)
  %af1.1.1 = bitcast %vi %a0.to1.1 to %vf
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %kb.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum0.1 = phi %vf [ %af0.1.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
  %sum1.1 = phi %vf [ %af1.1.1, %k.main ]
  br i1 %kb.is.last, label %finish, label %keep
keep:
  %st.p0.0 = getelementptr i8, ptr %sums.at, i64 0
  store %vf %sum0.0, ptr %st.p0.0, align 64
  %st.p0.1 = getelementptr i8, ptr %sums.at, i64 64
  store %vf %sum0.1, ptr %st.p0.1, align 64
  %st.p1.0 = getelementptr i8, ptr %sums.at, i64 128
  store %vf %sum1.0, ptr %st.p1.0, align 64
  %st.p1.1 = getelementptr i8, ptr %sums.at, i64 192
  store %vf %sum1.1, ptr %st.p1.1, align 64
  br label %tile.next
finish:
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
  %dx.want1 = add i64 %m0, 1
  %dx.over1 = icmp ugt i64 %dx.want1, %m.last
  %dx.i1 = select i1 %dx.over1, i64 %m.last, i64 %dx.want1
  %dx.at1 = mul i64 %dx.i1, %row.bytes
  %dx.row1 = getelementptr i8, ptr %x, i64 %dx.at1
  %dx.p1 = getelementptr i8, ptr %dx.row1, i64 %k
  %dx1 = call %vf @v.bcast(ptr %dx.p1)
  %nsum.p1 = getelementptr i8, ptr %dx.p1, i64 4
  %nsum1 = load i32, ptr %nsum.p1, align 4
  %offset1 = mul i32 %nsum1, 128
  %offsets1 = call %vi @v.splat.i(i32 %offset1)
  %dot1.0 = bitcast %vf %sum1.0 to %vi
  %whole1.0 = add %vi %dot1.0, %offsets1
  %float1.0 = sitofp %vi %whole1.0 to %vf
  %scaled1.0 = fmul %vf %float1.0, %dw0
  %y1.0 = fmul %vf %scaled1.0, %dx1
  %dot1.1 = bitcast %vf %sum1.1 to %vi
  %whole1.1 = add %vi %dot1.1, %offsets1
  %float1.1 = sitofp %vi %whole1.1 to %vf
  %scaled1.1 = fmul %vf %float1.1, %dw1
  %y1.1 = fmul %vf %scaled1.1, %dx1
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %n
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  call void @v.store.n(ptr %out0.p0, %vf %y0.0, i32 %n.cols0)
  %out0.at1 = add i64 %out0.at, 16
  %out0.p1 = getelementptr float, ptr %y, i64 %out0.at1
  call void @v.store.n(ptr %out0.p1, %vf %y0.1, i32 %n.cols1)
  %row.at1 = add i64 %m0, 1
  %row.ok1 = icmp ult i64 %row.at1, %m
  br i1 %row.ok1, label %store1, label %tile.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  call void @v.store.n(ptr %out1.p0, %vf %y1.0, i32 %n.cols0)
  %out1.at1 = add i64 %out1.at, 16
  %out1.p1 = getelementptr float, ptr %y, i64 %out1.at1
  call void @v.store.n(ptr %out1.p1, %vf %y1.1, i32 %n.cols1)
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 2
  %tile.more = icmp ult i64 %m0.next, %chunk.end
  br i1 %tile.more, label %tile, label %panel.next
panel.next:
  %sums.panel.next = getelementptr i8, ptr %sums.panel, i64 512
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %part.next
part.next:
  br i1 %kb.is.last, label %chunk.next, label %part
chunk.next:
  %chunk.more = icmp ult i64 %chunk.until, %m
  br i1 %chunk.more, label %chunk, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
