; gemm_bf16_add on cpu:x86_64:avx2+fma+f16c+avx512
; gemm_add n=64 k=512 m=4 x=bf16 w=bf16
; R=16 DOT=0 MR=2 NV=1 NB=2 KU=1 PACK=1 PF=0 AHEAD=1 KC=256 CONV=1 RB=2 SCHED=static
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
  %res.slot = getelementptr i8, ptr %args, i64 16
  %res = load ptr, ptr %res.slot, align 8
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
  %scratch.w = getelementptr i8, ptr %scratch, i64 2048
  %scratch.sums = getelementptr i8, ptr %scratch, i64 34816
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.after, %block.next ]
  %block.cols = udiv i32 %block.at, 2
  %block.share = urem i32 %block.at, 2
  %block.i = zext i32 %block.cols to i64
  %share = zext i32 %block.share to i64
  %m.up = add i64 %m, 3
  %m.tiles = udiv i64 %m.up, 4
  %m.share = mul i64 %m.tiles, 2
  %m.begin = mul i64 %share, %m.share
  %m.until = add i64 %m.begin, %m.share
  %m.over = icmp ugt i64 %m.until, %m
  %m.end = select i1 %m.over, i64 %m, i64 %m.until
  %block.group = mul i64 %block.i, 2
  %block.end = add i64 %block.group, 2
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  %m.some = icmp ult i64 %m.begin, %m.end
  br i1 %m.some, label %block.rows, label %block.next
block.rows:
  br label %chunk
chunk:
  %chunk.begin = phi i64 [ %m.begin, %block.rows ], [ %chunk.until, %chunk.next ]
  %chunk.until = add i64 %chunk.begin, 128
  %chunk.over = icmp ugt i64 %chunk.until, %m.end
  %chunk.end = select i1 %chunk.over, i64 %m.end, i64 %chunk.until
  br label %part
part:
  %kb.first = phi i64 [ 0, %chunk ], [ %kb.next, %part.next ]
  %kb.left = sub i64 %k.steps, %kb.first
  %kb.full = icmp ugt i64 %kb.left, 128
  %kb.steps = select i1 %kb.full, i64 128, i64 %kb.left
  %kb.next = add i64 %kb.first, %kb.steps
  %kb.is.first = icmp eq i64 %kb.first, 0
  %kb.is.last = icmp uge i64 %kb.next, %k.steps
  %x.first = shl i64 %kb.first, 2
  %x.part = getelementptr i8, ptr %x, i64 %x.first
  %raw.first = mul i64 %kb.first, 64
  %cv.values = mul i64 %kb.steps, 2
  %cv.up = add i64 %cv.values, 1
  %cv.n = udiv i64 %cv.up, 2
  %ah.rows = sub i64 %chunk.end, %chunk.begin
  %ah.rows.up = add i64 %ah.rows, 1
  %ah.tiles = udiv i64 %ah.rows.up, 2
  %ah.turns = mul i64 %ah.tiles, %kb.steps
  %ah.from = mul i64 %kb.first, 64
  %ah.until = mul i64 %kb.next, 64
  %ah.bytes = sub i64 %ah.until, %ah.from
  %ah.skip = mul i64 %group.bytes, 2
  %ah.base = select i1 %kb.is.last, i64 %ah.skip, i64 %ah.until
  %ah.up = add i64 %ah.bytes, %ah.turns
  %ah.less = sub i64 %ah.up, 1
  %ah.per.step = udiv i64 %ah.less, %ah.turns
  %ah.per.tile = mul i64 %ah.per.step, %kb.steps
  br label %cv.panel
cv.panel:
  %cv.g0 = phi i64 [ %block.group, %part ], [ %cv.g0.next, %cv.done ]
  %cv.w = phi ptr [ %scratch.w, %part ], [ %cv.w.next, %cv.done ]
  %cv.want0 = add i64 %cv.g0, 0
  %cv.over0 = icmp ugt i64 %cv.want0, %g.last
  %cv.group0 = select i1 %cv.over0, i64 %g.last, i64 %cv.want0
  %cv.bytes0 = mul i64 %cv.group0, %group.bytes
  %cv.ws0 = getelementptr i8, ptr %w.mat0, i64 %cv.bytes0
  br label %cv.step
cv.step:
  %cv.i = phi i64 [ 0, %cv.panel ], [ %cv.i.next, %cv.step ]
  %cv.at = mul i64 %cv.i, 128
  %cv.to = getelementptr i8, ptr %cv.w, i64 %cv.at
  %cv.from.at = mul i64 %cv.i, 64
  %cv.p0 = getelementptr i8, ptr %cv.ws0, i64 %raw.first
  %cv.q0 = getelementptr i8, ptr %cv.p0, i64 %cv.from.at
  %cv.w0 = load %vp, ptr %cv.q0, align 4
  %cv.v0.0 = call %vf @v.bf16.first(%vp %cv.w0)
  %cv.v1.0 = call %vf @v.bf16.second(%vp %cv.w0)
  %cv.to0.0 = getelementptr i8, ptr %cv.to, i64 0
  %cv.to1.0 = getelementptr i8, ptr %cv.to, i64 64
  call void @v.store(ptr %cv.to0.0, %vf %cv.v0.0)
  call void @v.store(ptr %cv.to1.0, %vf %cv.v1.0)
  %cv.i.next = add i64 %cv.i, 1
  %cv.more = icmp ult i64 %cv.i.next, %cv.n
  br i1 %cv.more, label %cv.step, label %cv.done
cv.done:
  %cv.w.next = getelementptr i8, ptr %cv.w, i64 16384
  %cv.g0.next = add i64 %cv.g0, 1
  %cv.again = icmp ult i64 %cv.g0.next, %group.end
  br i1 %cv.again, label %cv.panel, label %tile
tile:
  %m0 = phi i64 [ %chunk.begin, %cv.done ], [ %m0.next, %tile.next ]
  %sums.tile = phi ptr [ %scratch.sums, %cv.done ], [ %sums.next, %tile.next ]
  %ah.at = phi i64 [ %ah.base, %cv.done ], [ %ah.at.next, %tile.next ]
  %r.want0 = add i64 %m0, 0
  %r.over0 = icmp ugt i64 %r.want0, %m.last
  %r.i0 = select i1 %r.over0, i64 %m.last, i64 %r.want0
  %r.bytes0 = mul i64 %r.i0, %row.bytes
  %xr0 = getelementptr i8, ptr %x.part, i64 %r.bytes0
  %r.want1 = add i64 %m0, 1
  %r.over1 = icmp ugt i64 %r.want1, %m.last
  %r.i1 = select i1 %r.over1, i64 %m.last, i64 %r.want1
  %r.bytes1 = mul i64 %r.i1, %row.bytes
  %xr1 = getelementptr i8, ptr %x.part, i64 %r.bytes1
  br label %pack
pack:
  %pk = phi i64 [ 0, %tile ], [ %pk.next, %pack ]
  %pk.from = shl i64 %pk, 2
  %pk.at = mul i64 %pk, 16
  %pk.to = getelementptr i8, ptr %scratch, i64 %pk.at
  %pk.p0 = getelementptr i8, ptr %xr0, i64 %pk.from
  %pk.to0 = getelementptr i8, ptr %pk.to, i64 0
  %pk.v0 = load <2 x i16>, ptr %pk.p0, align 2
  %pk.i0 = zext <2 x i16> %pk.v0 to <2 x i32>
  %pk.s0 = shl <2 x i32> %pk.i0, splat (i32 16)
  store <2 x i32> %pk.s0, ptr %pk.to0, align 4
  %pk.p1 = getelementptr i8, ptr %xr1, i64 %pk.from
  %pk.to1 = getelementptr i8, ptr %pk.to, i64 8
  %pk.v1 = load <2 x i16>, ptr %pk.p1, align 2
  %pk.i1 = zext <2 x i16> %pk.v1 to <2 x i32>
  %pk.s1 = shl <2 x i32> %pk.i1, splat (i32 16)
  store <2 x i32> %pk.s1, ptr %pk.to1, align 4
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %kb.steps
  br i1 %pk.more, label %pack, label %pack.done
pack.done:
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
  %w.at = phi ptr [ %scratch.w, %pack.done ], [ %w.next, %panel.next ]
  %sums.at = phi ptr [ %sums.tile, %pack.done ], [ %sums.next, %panel.next ]
  %w.next = getelementptr i8, ptr %w.at, i64 16384
  %sums.next = getelementptr i8, ptr %sums.at, i64 128
  %ws0 = getelementptr i8, ptr %w.at, i64 0
  %ah.want0 = add i64 %g0, 0
  %ah.over0 = icmp ugt i64 %ah.want0, %g.last
  %ah.group0 = select i1 %ah.over0, i64 %g.last, i64 %ah.want0
  %ah.bytes0 = mul i64 %ah.group0, %group.bytes
  %ah.ws0 = getelementptr i8, ptr %w.mat0, i64 %ah.bytes0
  %ah.p0 = getelementptr i8, ptr %ah.ws0, i64 %ah.at
  br i1 %kb.is.last, label %ask, label %panel.sums
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
  %ask.sums0 = getelementptr i8, ptr %sums.next, i64 0
  call void @v.prefetch.far(ptr %ask.sums0)
  %ask.sums1 = getelementptr i8, ptr %sums.next, i64 64
  call void @v.prefetch.far(ptr %ask.sums1)
  br i1 %kb.is.first, label %k.begin, label %k.load
k.load:
  %ld.p0.0 = getelementptr i8, ptr %sums.at, i64 0
  %ld0.0 = load %vf, ptr %ld.p0.0, align 64
  %ld.p1.0 = getelementptr i8, ptr %sums.at, i64 64
  %ld1.0 = load %vf, ptr %ld.p1.0, align 64
  br label %k.begin
k.begin:
  %init0.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %ld0.0, %k.load ]
  %init1.0 = phi %vf [ zeroinitializer, %panel.sums ], [ %ld1.0, %k.load ]
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %k.begin ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ %init0.0, %k.begin ], [ %af0.0.1, %k.main ]
  %af1.0.0 = phi %vf [ %init1.0, %k.begin ], [ %af1.0.1, %k.main ]
  %a0.at = mul i64 %akb0, 128
  %a0.x.at = mul i64 %akb0, 16
  %a0.x = getelementptr i8, ptr %scratch, i64 %a0.x.at
  %a0.x0 = getelementptr i8, ptr %a0.x, i64 0
  %a0.x1 = getelementptr i8, ptr %a0.x, i64 8
  %a0.ah = mul i64 %akb0, %ah.per.step
  %a0.ah.s0 = getelementptr i8, ptr %ah.p0, i64 %a0.ah
  %a0.ah.p0.0 = getelementptr i8, ptr %a0.ah.s0, i64 0
  call void @v.prefetch.far(ptr %a0.ah.p0.0)
  %a0.base0 = getelementptr i8, ptr %ws0, i64 %a0.at
  %a0.w.p0 = getelementptr i8, ptr %a0.base0, i64 0
  %a0.w0.0 = call %vf @v.load(ptr %a0.w.p0)
  %a0.w.q0 = getelementptr i8, ptr %a0.w.p0, i64 64
  %a0.w1.0 = call %vf @v.load(ptr %a0.w.q0)
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x0 = call %vf @v.bcast(ptr %a0.r0.p)
  %a0.r0.p1 = getelementptr i8, ptr %a0.r0.p, i64 4
  %a0.r0.x1 = call %vf @v.bcast(ptr %a0.r0.p1)
  %a0.r0.half0 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.0, %vf %af0.0.0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.0, %vf %a0.r0.half0)
  %a0.r1.p = getelementptr i8, ptr %a0.x1, i64 0
  %a0.r1.x0 = call %vf @v.bcast(ptr %a0.r1.p)
  %a0.r1.p1 = getelementptr i8, ptr %a0.r1.p, i64 4
  %a0.r1.x1 = call %vf @v.bcast(ptr %a0.r1.p1)
  %a0.r1.half0 = call %vf @v.fma(%vf %a0.r1.x0, %vf %a0.w0.0, %vf %af1.0.0)
  %af1.0.1 = call %vf @v.fma(%vf %a0.r1.x1, %vf %a0.w1.0, %vf %a0.r1.half0)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %kb.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %sum1.0 = phi %vf [ %af1.0.1, %k.main ]
  br i1 %kb.is.last, label %finish, label %keep
keep:
  %st.p0.0 = getelementptr i8, ptr %sums.at, i64 0
  store %vf %sum0.0, ptr %st.p0.0, align 64
  %st.p1.0 = getelementptr i8, ptr %sums.at, i64 64
  store %vf %sum1.0, ptr %st.p1.0, align 64
  br label %panel.next
finish:
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
  %out0.res.p0 = getelementptr float, ptr %res, i64 %out0.at0
  %out0.res0 = call %vf @v.load.n(ptr %out0.res.p0, i32 %n.cols0)
  %out0.out0 = fadd %vf %sum0.0, %out0.res0
  call void @v.store.n(ptr %out0.p0, %vf %out0.out0, i32 %n.cols0)
  %row.at1 = add i64 %m0, 1
  %row.ok1 = icmp ult i64 %row.at1, %m
  br i1 %row.ok1, label %store1, label %panel.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  %out1.res.p0 = getelementptr float, ptr %res, i64 %out1.at0
  %out1.res0 = call %vf @v.load.n(ptr %out1.res.p0, i32 %n.cols0)
  %out1.out0 = fadd %vf %sum1.0, %out1.res0
  call void @v.store.n(ptr %out1.p0, %vf %out1.out0, i32 %n.cols0)
  br label %panel.next
panel.next:
  %g0.next = add i64 %g0, 1
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
tile.next:
  %ah.at.next = add i64 %ah.at, %ah.per.tile
  %m0.next = add i64 %m0, 2
  %tile.more = icmp ult i64 %m0.next, %chunk.end
  br i1 %tile.more, label %tile, label %part.next
part.next:
  br i1 %kb.is.last, label %chunk.next, label %part
chunk.next:
  %chunk.more = icmp ult i64 %chunk.until, %m.end
  br i1 %chunk.more, label %chunk, label %block.next
block.next:
  %block.after = add i32 %block.at, 1
  %block.more = icmp ult i32 %block.after, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
