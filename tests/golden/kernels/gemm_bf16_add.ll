; gemm_bf16_add on cpu:x86_64:avx2+fma+f16c+avx512
; gemm_add n=64 k=512 m=8 x=bf16 w=bf16
; R=16 DOT=0 MR=4 NV=2 NB=2 KU=1 PACK=1 AHEAD=1 KC=256 CONV=1 MC=2 RB=2 SCHED=static
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
  %panel.skip = mul i64 %group.bytes, 1
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.most = add i32 %block.at, 2
  %block.over = icmp ugt i32 %block.most, %last
  %block.fit = select i1 %block.over, i32 %last, i32 %block.most
  %n.panels.up = add i64 %n.groups, 1
  %n.panels64 = udiv i64 %n.panels.up, 2
  %n.panels = trunc i64 %n.panels64 to i32
  %block.share = udiv i32 %block.at, %n.panels
  %share.first = mul i32 %block.share, %n.panels
  %share.last = add i32 %share.first, %n.panels
  %share.over = icmp ugt i32 %block.fit, %share.last
  %block.stop = select i1 %share.over, i32 %share.last, i32 %block.fit
  %block.panel = sub i32 %block.at, %share.first
  %share = zext i32 %block.share to i64
  %m.up = add i64 %m, 7
  %m.tiles = udiv i64 %m.up, 8
  %m.share = mul i64 %m.tiles, 4
  %m.begin = mul i64 %share, %m.share
  %m.until = add i64 %m.begin, %m.share
  %m.over = icmp ugt i64 %m.until, %m
  %m.end = select i1 %m.over, i64 %m, i64 %m.until
  %block.panels = sub i32 %block.stop, %block.at
  %block.i = zext i32 %block.panel to i64
  %block.n = zext i32 %block.panels to i64
  %block.group = mul i64 %block.i, 2
  %block.n.groups = mul i64 %block.n, 2
  %block.end = add i64 %block.group, %block.n.groups
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  %m.some = icmp ult i64 %m.begin, %m.end
  br i1 %m.some, label %block.rows, label %block.next
block.rows:
  %scratch.w = getelementptr i8, ptr %scratch, i64 8192
  %scratch.sums = getelementptr i8, ptr %scratch, i64 40960
  br label %chunk
chunk:
  %chunk.begin = phi i64 [ %m.begin, %block.rows ], [ %chunk.until, %chunk.next ]
  %chunk.until = add i64 %chunk.begin, 8
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
  %pk.want2 = add i64 %pk.m0, 2
  %pk.over2 = icmp ugt i64 %pk.want2, %m.last
  %pk.row.i2 = select i1 %pk.over2, i64 %m.last, i64 %pk.want2
  %pk.bytes2 = mul i64 %pk.row.i2, %row.bytes
  %pk.xr2 = getelementptr i8, ptr %x.part, i64 %pk.bytes2
  %pk.want3 = add i64 %pk.m0, 3
  %pk.over3 = icmp ugt i64 %pk.want3, %m.last
  %pk.row.i3 = select i1 %pk.over3, i64 %m.last, i64 %pk.want3
  %pk.bytes3 = mul i64 %pk.row.i3, %row.bytes
  %pk.xr3 = getelementptr i8, ptr %x.part, i64 %pk.bytes3
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.tile ], [ %pk.next, %pack ]
  %pk.at = mul i64 %pk, 32
  %pk.to = getelementptr i8, ptr %pk.tile, i64 %pk.at
  %pk.from = mul i64 %pk, 4
  %pk.p0 = getelementptr i8, ptr %pk.xr0, i64 %pk.from
  %pk.to0 = getelementptr i8, ptr %pk.to, i64 0
  %pk.v0 = load <2 x i16>, ptr %pk.p0, align 2
  %pk.i0 = zext <2 x i16> %pk.v0 to <2 x i32>
  %pk.s0 = shl <2 x i32> %pk.i0, splat (i32 16)
  store <2 x i32> %pk.s0, ptr %pk.to0, align 4
  %pk.p1 = getelementptr i8, ptr %pk.xr1, i64 %pk.from
  %pk.to1 = getelementptr i8, ptr %pk.to, i64 8
  %pk.v1 = load <2 x i16>, ptr %pk.p1, align 2
  %pk.i1 = zext <2 x i16> %pk.v1 to <2 x i32>
  %pk.s1 = shl <2 x i32> %pk.i1, splat (i32 16)
  store <2 x i32> %pk.s1, ptr %pk.to1, align 4
  %pk.p2 = getelementptr i8, ptr %pk.xr2, i64 %pk.from
  %pk.to2 = getelementptr i8, ptr %pk.to, i64 16
  %pk.v2 = load <2 x i16>, ptr %pk.p2, align 2
  %pk.i2 = zext <2 x i16> %pk.v2 to <2 x i32>
  %pk.s2 = shl <2 x i32> %pk.i2, splat (i32 16)
  store <2 x i32> %pk.s2, ptr %pk.to2, align 4
  %pk.p3 = getelementptr i8, ptr %pk.xr3, i64 %pk.from
  %pk.to3 = getelementptr i8, ptr %pk.to, i64 24
  %pk.v3 = load <2 x i16>, ptr %pk.p3, align 2
  %pk.i3 = zext <2 x i16> %pk.v3 to <2 x i32>
  %pk.s3 = shl <2 x i32> %pk.i3, splat (i32 16)
  store <2 x i32> %pk.s3, ptr %pk.to3, align 4
  %pk.next = add i64 %pk, 1
  %pk.done = mul i64 %pk.next, 1
  %pk.more = icmp ult i64 %pk.done, %kb.steps
  br i1 %pk.more, label %pack, label %pack.done
pack.done:
  %pk.m0.next = add i64 %pk.m0, 4
  %pk.tile.next = getelementptr i8, ptr %pk.tile, i64 4096
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
  %ah.rows = sub i64 %chunk.end, %chunk.begin
  %ah.rows.up = add i64 %ah.rows, 3
  %ah.tiles = udiv i64 %ah.rows.up, 4
  %ah.turns = mul i64 %ah.tiles, %kb.steps
  %ah.until = mul i64 %kb.next, 64
  %ah.bytes = sub i64 %ah.until, %raw.first
  %ah.next = add i64 %g0, 2
  %ah.wrap = icmp uge i64 %ah.next, %group.end
  %ah.end = select i1 %kb.is.last, i64 0, i64 %ah.until
  %ah.base = select i1 %ah.wrap, i64 %ah.end, i64 %raw.first
  %ah.back = xor i1 %kb.is.last, true
  %ah.again = and i1 %ah.wrap, %ah.back
  %ah.n.groups = sub i64 %group.end, %block.group
  %ah.first = sub i64 %ah.next, %ah.n.groups
  %ah.g0 = select i1 %ah.again, i64 %ah.first, i64 %ah.next
  %ah.up = add i64 %ah.bytes, %ah.turns
  %ah.less = sub i64 %ah.up, 1
  %ah.per.step = udiv i64 %ah.less, %ah.turns
  %ah.per.tile = mul i64 %ah.per.step, %kb.steps
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
  %ws0 = getelementptr i8, ptr %scratch.w, i64 0
  %ws1 = getelementptr i8, ptr %scratch.w, i64 64
  %cv.values = mul i64 %kb.steps, 2
  %cv.up = add i64 %cv.values, 1
  %cv.n = udiv i64 %cv.up, 2
  br label %convert
convert:
  %cv.i = phi i64 [ 0, %panel ], [ %cv.i.next, %convert ]
  %cv.at = mul i64 %cv.i, 256
  %cv.to = getelementptr i8, ptr %scratch.w, i64 %cv.at
  %cv.from.at = mul i64 %cv.i, 64
  %cv.p0 = getelementptr i8, ptr %raw.ws0, i64 %raw.first
  %cv.q0 = getelementptr i8, ptr %cv.p0, i64 %cv.from.at
  %cv.w0 = load %vp, ptr %cv.q0, align 4
  %cv.v0.0 = call %vf @v.bf16.first(%vp %cv.w0)
  %cv.v1.0 = call %vf @v.bf16.second(%vp %cv.w0)
  %cv.to0.0 = getelementptr i8, ptr %cv.to, i64 0
  %cv.to1.0 = getelementptr i8, ptr %cv.to, i64 128
  call void @v.store(ptr %cv.to0.0, %vf %cv.v0.0)
  call void @v.store(ptr %cv.to1.0, %vf %cv.v1.0)
  %cv.p1 = getelementptr i8, ptr %raw.ws1, i64 %raw.first
  %cv.q1 = getelementptr i8, ptr %cv.p1, i64 %cv.from.at
  %cv.w1 = load %vp, ptr %cv.q1, align 4
  %cv.v0.1 = call %vf @v.bf16.first(%vp %cv.w1)
  %cv.v1.1 = call %vf @v.bf16.second(%vp %cv.w1)
  %cv.to0.1 = getelementptr i8, ptr %cv.to, i64 64
  %cv.to1.1 = getelementptr i8, ptr %cv.to, i64 192
  call void @v.store(ptr %cv.to0.1, %vf %cv.v0.1)
  call void @v.store(ptr %cv.to1.1, %vf %cv.v1.1)
  %cv.i.next = add i64 %cv.i, 1
  %cv.more = icmp ult i64 %cv.i.next, %cv.n
  br i1 %cv.more, label %convert, label %converted
converted:
  br label %tile
tile:
  %m0 = phi i64 [ %chunk.begin, %converted ], [ %m0.next, %tile.next ]
  %x.tile = phi ptr [ %scratch, %converted ], [ %x.tile.next, %tile.next ]
  %sums.at = phi ptr [ %sums.panel, %converted ], [ %sums.next, %tile.next ]
  %ah.at = phi i64 [ %ah.base, %converted ], [ %ah.at.next, %tile.next ]
  %ah.p0 = getelementptr i8, ptr %ah.ws0, i64 %ah.at
  %ah.p1 = getelementptr i8, ptr %ah.ws1, i64 %ah.at
  %x.tile.next = getelementptr i8, ptr %x.tile, i64 4096
  %sums.next = getelementptr i8, ptr %sums.at, i64 512
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
  %ld.p2.0 = getelementptr i8, ptr %sums.at, i64 256
  %ld2.0 = load %vf, ptr %ld.p2.0, align 64
  %ld.p2.1 = getelementptr i8, ptr %sums.at, i64 320
  %ld2.1 = load %vf, ptr %ld.p2.1, align 64
  %ld.p3.0 = getelementptr i8, ptr %sums.at, i64 384
  %ld3.0 = load %vf, ptr %ld.p3.0, align 64
  %ld.p3.1 = getelementptr i8, ptr %sums.at, i64 448
  %ld3.1 = load %vf, ptr %ld.p3.1, align 64
  %ask.sums0 = getelementptr i8, ptr %sums.next, i64 0
  call void @v.prefetch.far(ptr %ask.sums0)
  %ask.sums1 = getelementptr i8, ptr %sums.next, i64 64
  call void @v.prefetch.far(ptr %ask.sums1)
  %ask.sums2 = getelementptr i8, ptr %sums.next, i64 128
  call void @v.prefetch.far(ptr %ask.sums2)
  %ask.sums3 = getelementptr i8, ptr %sums.next, i64 192
  call void @v.prefetch.far(ptr %ask.sums3)
  %ask.sums4 = getelementptr i8, ptr %sums.next, i64 256
  call void @v.prefetch.far(ptr %ask.sums4)
  %ask.sums5 = getelementptr i8, ptr %sums.next, i64 320
  call void @v.prefetch.far(ptr %ask.sums5)
  %ask.sums6 = getelementptr i8, ptr %sums.next, i64 384
  call void @v.prefetch.far(ptr %ask.sums6)
  %ask.sums7 = getelementptr i8, ptr %sums.next, i64 448
  call void @v.prefetch.far(ptr %ask.sums7)
  br label %k.begin
k.begin:
  %init0.0 = phi %vf [ zeroinitializer, %tile ], [ %ld0.0, %k.load ]
  %init0.1 = phi %vf [ zeroinitializer, %tile ], [ %ld0.1, %k.load ]
  %init1.0 = phi %vf [ zeroinitializer, %tile ], [ %ld1.0, %k.load ]
  %init1.1 = phi %vf [ zeroinitializer, %tile ], [ %ld1.1, %k.load ]
  %init2.0 = phi %vf [ zeroinitializer, %tile ], [ %ld2.0, %k.load ]
  %init2.1 = phi %vf [ zeroinitializer, %tile ], [ %ld2.1, %k.load ]
  %init3.0 = phi %vf [ zeroinitializer, %tile ], [ %ld3.0, %k.load ]
  %init3.1 = phi %vf [ zeroinitializer, %tile ], [ %ld3.1, %k.load ]
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %k.begin ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ %init0.0, %k.begin ], [ %af0.0.1, %k.main ]
  %af0.1.0 = phi %vf [ %init0.1, %k.begin ], [ %af0.1.1, %k.main ]
  %af1.0.0 = phi %vf [ %init1.0, %k.begin ], [ %af1.0.1, %k.main ]
  %af1.1.0 = phi %vf [ %init1.1, %k.begin ], [ %af1.1.1, %k.main ]
  %af2.0.0 = phi %vf [ %init2.0, %k.begin ], [ %af2.0.1, %k.main ]
  %af2.1.0 = phi %vf [ %init2.1, %k.begin ], [ %af2.1.1, %k.main ]
  %af3.0.0 = phi %vf [ %init3.0, %k.begin ], [ %af3.0.1, %k.main ]
  %af3.1.0 = phi %vf [ %init3.1, %k.begin ], [ %af3.1.1, %k.main ]
  %a0.at = mul i64 %akb0, 256
  %a0.x.at = mul i64 %akb0, 32
  %a0.x = getelementptr i8, ptr %x.tile, i64 %a0.x.at
  %a0.x0 = getelementptr i8, ptr %a0.x, i64 0
  %a0.x1 = getelementptr i8, ptr %a0.x, i64 8
  %a0.x2 = getelementptr i8, ptr %a0.x, i64 16
  %a0.x3 = getelementptr i8, ptr %a0.x, i64 24
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
  %a0.w0.0 = call %vf @v.load(ptr %a0.w.p0)
  %a0.w.q0 = getelementptr i8, ptr %a0.w.p0, i64 128
  %a0.w1.0 = call %vf @v.load(ptr %a0.w.q0)
  %a0.w.p1 = getelementptr i8, ptr %a0.base1, i64 0
  %a0.w0.1 = call %vf @v.load(ptr %a0.w.p1)
  %a0.w.q1 = getelementptr i8, ptr %a0.w.p1, i64 128
  %a0.w1.1 = call %vf @v.load(ptr %a0.w.q1)
  %a0.r0.p = getelementptr i8, ptr %a0.x0, i64 0
  %a0.r0.x0 = call %vf @v.bcast(ptr %a0.r0.p)
  %a0.r0.p1 = getelementptr i8, ptr %a0.r0.p, i64 4
  %a0.r0.x1 = call %vf @v.bcast(ptr %a0.r0.p1)
  %a0.r0.half0 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.0, %vf %af0.0.0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.0, %vf %a0.r0.half0)
  %a0.r0.half1 = call %vf @v.fma(%vf %a0.r0.x0, %vf %a0.w0.1, %vf %af0.1.0)
  %af0.1.1 = call %vf @v.fma(%vf %a0.r0.x1, %vf %a0.w1.1, %vf %a0.r0.half1)
  %a0.r1.p = getelementptr i8, ptr %a0.x1, i64 0
  %a0.r1.x0 = call %vf @v.bcast(ptr %a0.r1.p)
  %a0.r1.p1 = getelementptr i8, ptr %a0.r1.p, i64 4
  %a0.r1.x1 = call %vf @v.bcast(ptr %a0.r1.p1)
  %a0.r1.half0 = call %vf @v.fma(%vf %a0.r1.x0, %vf %a0.w0.0, %vf %af1.0.0)
  %af1.0.1 = call %vf @v.fma(%vf %a0.r1.x1, %vf %a0.w1.0, %vf %a0.r1.half0)
  %a0.r1.half1 = call %vf @v.fma(%vf %a0.r1.x0, %vf %a0.w0.1, %vf %af1.1.0)
  %af1.1.1 = call %vf @v.fma(%vf %a0.r1.x1, %vf %a0.w1.1, %vf %a0.r1.half1)
  %a0.r2.p = getelementptr i8, ptr %a0.x2, i64 0
  %a0.r2.x0 = call %vf @v.bcast(ptr %a0.r2.p)
  %a0.r2.p1 = getelementptr i8, ptr %a0.r2.p, i64 4
  %a0.r2.x1 = call %vf @v.bcast(ptr %a0.r2.p1)
  %a0.r2.half0 = call %vf @v.fma(%vf %a0.r2.x0, %vf %a0.w0.0, %vf %af2.0.0)
  %af2.0.1 = call %vf @v.fma(%vf %a0.r2.x1, %vf %a0.w1.0, %vf %a0.r2.half0)
  %a0.r2.half1 = call %vf @v.fma(%vf %a0.r2.x0, %vf %a0.w0.1, %vf %af2.1.0)
  %af2.1.1 = call %vf @v.fma(%vf %a0.r2.x1, %vf %a0.w1.1, %vf %a0.r2.half1)
  %a0.r3.p = getelementptr i8, ptr %a0.x3, i64 0
  %a0.r3.x0 = call %vf @v.bcast(ptr %a0.r3.p)
  %a0.r3.p1 = getelementptr i8, ptr %a0.r3.p, i64 4
  %a0.r3.x1 = call %vf @v.bcast(ptr %a0.r3.p1)
  %a0.r3.half0 = call %vf @v.fma(%vf %a0.r3.x0, %vf %a0.w0.0, %vf %af3.0.0)
  %af3.0.1 = call %vf @v.fma(%vf %a0.r3.x1, %vf %a0.w1.0, %vf %a0.r3.half0)
  %a0.r3.half1 = call %vf @v.fma(%vf %a0.r3.x0, %vf %a0.w0.1, %vf %af3.1.0)
  %af3.1.1 = call %vf @v.fma(%vf %a0.r3.x1, %vf %a0.w1.1, %vf %a0.r3.half1)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %kb.steps, %akb.next
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
  %st.p2.0 = getelementptr i8, ptr %sums.at, i64 256
  store %vf %sum2.0, ptr %st.p2.0, align 64
  %st.p2.1 = getelementptr i8, ptr %sums.at, i64 320
  store %vf %sum2.1, ptr %st.p2.1, align 64
  %st.p3.0 = getelementptr i8, ptr %sums.at, i64 384
  store %vf %sum3.0, ptr %st.p3.0, align 64
  %st.p3.1 = getelementptr i8, ptr %sums.at, i64 448
  store %vf %sum3.1, ptr %st.p3.1, align 64
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
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %n
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  %out0.res.p0 = getelementptr float, ptr %res, i64 %out0.at0
  %out0.res0 = call %vf @v.load.n(ptr %out0.res.p0, i32 %n.cols0)
  %out0.out0 = fadd %vf %sum0.0, %out0.res0
  call void @v.store.n(ptr %out0.p0, %vf %out0.out0, i32 %n.cols0)
  %out0.at1 = add i64 %out0.at, 16
  %out0.p1 = getelementptr float, ptr %y, i64 %out0.at1
  %out0.res.p1 = getelementptr float, ptr %res, i64 %out0.at1
  %out0.res1 = call %vf @v.load.n(ptr %out0.res.p1, i32 %n.cols1)
  %out0.out1 = fadd %vf %sum0.1, %out0.res1
  call void @v.store.n(ptr %out0.p1, %vf %out0.out1, i32 %n.cols1)
  %row.at1 = add i64 %m0, 1
  %row.ok1 = icmp ult i64 %row.at1, %m
  br i1 %row.ok1, label %store1, label %tile.next
store1:
  %out1.first = mul i64 %row.at1, %n
  %out1.at = add i64 %out1.first, %col
  %out1.at0 = add i64 %out1.at, 0
  %out1.p0 = getelementptr float, ptr %y, i64 %out1.at0
  %out1.res.p0 = getelementptr float, ptr %res, i64 %out1.at0
  %out1.res0 = call %vf @v.load.n(ptr %out1.res.p0, i32 %n.cols0)
  %out1.out0 = fadd %vf %sum1.0, %out1.res0
  call void @v.store.n(ptr %out1.p0, %vf %out1.out0, i32 %n.cols0)
  %out1.at1 = add i64 %out1.at, 16
  %out1.p1 = getelementptr float, ptr %y, i64 %out1.at1
  %out1.res.p1 = getelementptr float, ptr %res, i64 %out1.at1
  %out1.res1 = call %vf @v.load.n(ptr %out1.res.p1, i32 %n.cols1)
  %out1.out1 = fadd %vf %sum1.1, %out1.res1
  call void @v.store.n(ptr %out1.p1, %vf %out1.out1, i32 %n.cols1)
  %row.at2 = add i64 %m0, 2
  %row.ok2 = icmp ult i64 %row.at2, %m
  br i1 %row.ok2, label %store2, label %tile.next
store2:
  %out2.first = mul i64 %row.at2, %n
  %out2.at = add i64 %out2.first, %col
  %out2.at0 = add i64 %out2.at, 0
  %out2.p0 = getelementptr float, ptr %y, i64 %out2.at0
  %out2.res.p0 = getelementptr float, ptr %res, i64 %out2.at0
  %out2.res0 = call %vf @v.load.n(ptr %out2.res.p0, i32 %n.cols0)
  %out2.out0 = fadd %vf %sum2.0, %out2.res0
  call void @v.store.n(ptr %out2.p0, %vf %out2.out0, i32 %n.cols0)
  %out2.at1 = add i64 %out2.at, 16
  %out2.p1 = getelementptr float, ptr %y, i64 %out2.at1
  %out2.res.p1 = getelementptr float, ptr %res, i64 %out2.at1
  %out2.res1 = call %vf @v.load.n(ptr %out2.res.p1, i32 %n.cols1)
  %out2.out1 = fadd %vf %sum2.1, %out2.res1
  call void @v.store.n(ptr %out2.p1, %vf %out2.out1, i32 %n.cols1)
  %row.at3 = add i64 %m0, 3
  %row.ok3 = icmp ult i64 %row.at3, %m
  br i1 %row.ok3, label %store3, label %tile.next
store3:
  %out3.first = mul i64 %row.at3, %n
  %out3.at = add i64 %out3.first, %col
  %out3.at0 = add i64 %out3.at, 0
  %out3.p0 = getelementptr float, ptr %y, i64 %out3.at0
  %out3.res.p0 = getelementptr float, ptr %res, i64 %out3.at0
  %out3.res0 = call %vf @v.load.n(ptr %out3.res.p0, i32 %n.cols0)
  %out3.out0 = fadd %vf %sum3.0, %out3.res0
  call void @v.store.n(ptr %out3.p0, %vf %out3.out0, i32 %n.cols0)
  %out3.at1 = add i64 %out3.at, 16
  %out3.p1 = getelementptr float, ptr %y, i64 %out3.at1
  %out3.res.p1 = getelementptr float, ptr %res, i64 %out3.at1
  %out3.res1 = call %vf @v.load.n(ptr %out3.res.p1, i32 %n.cols1)
  %out3.out1 = fadd %vf %sum3.1, %out3.res1
  call void @v.store.n(ptr %out3.p1, %vf %out3.out1, i32 %n.cols1)
  br label %tile.next
tile.next:
  %ah.at.next = add i64 %ah.at, %ah.per.tile
  %m0.next = add i64 %m0, 4
  %tile.more = icmp ult i64 %m0.next, %chunk.end
  br i1 %tile.more, label %tile, label %panel.next
panel.next:
  %sums.panel.next = getelementptr i8, ptr %sums.panel, i64 1024
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %part.next
part.next:
  br i1 %kb.is.last, label %chunk.next, label %part
chunk.next:
  %chunk.more = icmp ult i64 %chunk.until, %m.end
  br i1 %chunk.more, label %chunk, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
