; gemm_tiles_i8_silu_mul on cpu:x86_64:avx2+fma+f16c+avx512+avx512bf16+amxint8+amxbf16
; gemm_silu_mul n=64 k=256 m=16 x=q8a w0=q4_0 w1=q4_0
; MT=16 UR=1 NV=1 NB=1 PF=0
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
  %n.steps = lshr i64 %k, 5
  %row.half = lshr i64 %k, 1
  %row.bytes = add i64 %k, %row.half
  %row.part = lshr i64 %k, 3
  %row.nsum = add i64 %k, %row.part
  %group.bytes = mul i64 %n.steps, 288
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.i = zext i32 %block.at to i64
  %block.group = mul i64 %block.i, 1
  %block.stop = add i32 %last, 0
  %block.past = zext i32 %block.stop to i64
  %block.end = mul i64 %block.past, 1
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %tile
tile:
  %m0 = phi i64 [ 0, %block ], [ %m0.next, %tile.next ]
  %t.left = sub i64 %m, %m0
  %t.over = icmp ugt i64 %t.left, 16
  %t.rows = select i1 %t.over, i64 16, i64 %t.left
  %t.some = add i64 %t.rows, 15
  %t.up = and i64 %t.some, -16
  %tiles = getelementptr i8, ptr %scratch, i64 0
  store <64 x i8> zeroinitializer, ptr %tiles, align 64
  store i8 1, ptr %tiles, align 1
  %shape.bytes0 = getelementptr i8, ptr %tiles, i64 16
  store i16 64, ptr %shape.bytes0, align 2
  %shape.rows0 = getelementptr i8, ptr %tiles, i64 48
  store i8 16, ptr %shape.rows0, align 1
  %shape.bytes1 = getelementptr i8, ptr %tiles, i64 18
  store i16 64, ptr %shape.bytes1, align 2
  %shape.rows1 = getelementptr i8, ptr %tiles, i64 49
  store i8 16, ptr %shape.rows1, align 1
  %shape.bytes2 = getelementptr i8, ptr %tiles, i64 20
  store i16 64, ptr %shape.bytes2, align 2
  %shape.rows2 = getelementptr i8, ptr %tiles, i64 50
  store i8 16, ptr %shape.rows2, align 1
  %shape.bytes3 = getelementptr i8, ptr %tiles, i64 22
  store i16 64, ptr %shape.bytes3, align 2
  %shape.rows3 = getelementptr i8, ptr %tiles, i64 51
  store i8 16, ptr %shape.rows3, align 1
  %shape.bytes4 = getelementptr i8, ptr %tiles, i64 24
  store i16 32, ptr %shape.bytes4, align 2
  %shape.rows4 = getelementptr i8, ptr %tiles, i64 52
  store i8 16, ptr %shape.rows4, align 1
  %shape.bytes5 = getelementptr i8, ptr %tiles, i64 26
  store i16 32, ptr %shape.bytes5, align 2
  %shape.rows5 = getelementptr i8, ptr %tiles, i64 53
  store i8 16, ptr %shape.rows5, align 1
  %shape.bytes6 = getelementptr i8, ptr %tiles, i64 28
  store i16 64, ptr %shape.bytes6, align 2
  %shape.rows6 = getelementptr i8, ptr %tiles, i64 54
  store i8 8, ptr %shape.rows6, align 1
  %shape.bytes7 = getelementptr i8, ptr %tiles, i64 30
  store i16 64, ptr %shape.bytes7, align 2
  %shape.rows7 = getelementptr i8, ptr %tiles, i64 55
  store i8 8, ptr %shape.rows7, align 1
  call void @llvm.x86.ldtilecfg(ptr %tiles)
  %packed.at = getelementptr i8, ptr %scratch, i64 5184
  br label %pack.row
pack.row:
  %pr = phi i64 [ 0, %tile ], [ %pr.next, %pack.row.next ]
  %pr.want = add i64 %m0, %pr
  %pr.over = icmp ugt i64 %pr.want, %m.last
  %pr.i = select i1 %pr.over, i64 %m.last, i64 %pr.want
  %pr.bytes = mul i64 %pr.i, %row.bytes
  %pr.x = getelementptr i8, ptr %x, i64 %pr.bytes
  %pr.xd = getelementptr i8, ptr %pr.x, i64 %k
  %pr.xn = getelementptr i8, ptr %pr.x, i64 %row.nsum
  %pr.q.skip = shl i64 %pr, 5
  %pr.d.skip = shl i64 %pr, 2
  %pr.q = getelementptr i8, ptr %packed.at, i64 %pr.q.skip
  %pr.d = getelementptr i8, ptr %packed.at, i64 %pr.d.skip
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.row ], [ %pk.next, %pack ]
  %pk.at.q = shl i64 %pk, 5
  %pk.at.d = shl i64 %pk, 2
  %pk.from.q = getelementptr i8, ptr %pr.x, i64 %pk.at.q
  %pk.from.d = getelementptr i8, ptr %pr.xd, i64 %pk.at.d
  %pk.from.n = getelementptr i8, ptr %pr.xn, i64 %pk.at.d
  %pk.at = mul i64 %pk, 640
  %pk.to.q = getelementptr i8, ptr %pr.q, i64 %pk.at
  %pk.to.d0 = getelementptr i8, ptr %pr.d, i64 %pk.at
  %pk.to.d = getelementptr i8, ptr %pk.to.d0, i64 512
  %pk.to.n = getelementptr i8, ptr %pk.to.d0, i64 576
  %pk.q = load <32 x i8>, ptr %pk.from.q, align 1
  store <32 x i8> %pk.q, ptr %pk.to.q, align 4
  %pk.d = load i32, ptr %pk.from.d, align 4
  store i32 %pk.d, ptr %pk.to.d, align 4
  %pk.n = load i32, ptr %pk.from.n, align 4
  %pk.nw = mul i32 %pk.n, 8
  %pk.start = add i32 %pk.nw, 1262485504
  store i32 %pk.start, ptr %pk.to.n, align 4
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %n.steps
  br i1 %pk.more, label %pack, label %pack.row.next
pack.row.next:
  %pr.next = add i64 %pr, 1
  %pr.more = icmp ult i64 %pr.next, %t.up
  br i1 %pr.more, label %pack.row, label %pack.done
pack.done:
  %sums = getelementptr i8, ptr %scratch, i64 3136
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
  %g.want0 = add i64 %g0, 0
  %g.over0 = icmp ugt i64 %g.want0, %g.last
  %group0 = select i1 %g.over0, i64 %g.last, i64 %g.want0
  %g.bytes0 = mul i64 %group0, %group.bytes
  %ws0 = getelementptr i8, ptr %w.mat0, i64 %g.bytes0
  %ws1 = getelementptr i8, ptr %w.mat1, i64 %g.bytes0
  br label %zero
zero:
  %z = phi i64 [ 0, %panel ], [ %z.next, %zero ]
  %z.skip = mul i64 %z, 128
  %z.p = getelementptr i8, ptr %sums, i64 %z.skip
  %z.p0 = getelementptr i8, ptr %z.p, i64 0
  call void @v.store(ptr %z.p0, %vf zeroinitializer)
  %z.p1 = getelementptr i8, ptr %z.p, i64 64
  call void @v.store(ptr %z.p1, %vf zeroinitializer)
  %z.next = add i64 %z, 1
  %z.more = icmp ult i64 %z.next, %t.up
  br i1 %z.more, label %zero, label %k.step
k.step:
  %kb = phi i64 [ 0, %zero ], [ %kb.next, %k.next ]
  %at = mul i64 %kb, 288
  %x.skip = mul i64 %kb, 640
  %x.at = getelementptr i8, ptr %packed.at, i64 %x.skip
  %x.at.d = getelementptr i8, ptr %x.at, i64 512
  %s0.p = getelementptr i8, ptr %ws0, i64 %at
  %s0.scale = call %vf @v.from.f16(ptr %s0.p)
  %s0.offset = call %vf @v.dot.offset(%vf %s0.scale)
  %s0.q = getelementptr i8, ptr %s0.p, i64 32
  %s0.to = getelementptr i8, ptr %scratch, i64 2112
  %s0.q.p0 = getelementptr i8, ptr %s0.q, i64 0
  %s0.q0 = load %vp, ptr %s0.q.p0, align 1
  %s0.low0 = and %vp %s0.q0, splat (i16 3855)
  %s0.down0 = lshr %vp %s0.q0, splat (i16 4)
  %s0.high0 = and %vp %s0.down0, splat (i16 3855)
  %s0.low.p0 = getelementptr i8, ptr %s0.to, i64 0
  %s0.high.p0 = getelementptr i8, ptr %s0.to, i64 256
  store %vp %s0.low0, ptr %s0.low.p0, align 64
  store %vp %s0.high0, ptr %s0.high.p0, align 64
  %s0.q.p1 = getelementptr i8, ptr %s0.q, i64 64
  %s0.q1 = load %vp, ptr %s0.q.p1, align 1
  %s0.low1 = and %vp %s0.q1, splat (i16 3855)
  %s0.down1 = lshr %vp %s0.q1, splat (i16 4)
  %s0.high1 = and %vp %s0.down1, splat (i16 3855)
  %s0.low.p1 = getelementptr i8, ptr %s0.to, i64 64
  %s0.high.p1 = getelementptr i8, ptr %s0.to, i64 320
  store %vp %s0.low1, ptr %s0.low.p1, align 64
  store %vp %s0.high1, ptr %s0.high.p1, align 64
  %s0.q.p2 = getelementptr i8, ptr %s0.q, i64 128
  %s0.q2 = load %vp, ptr %s0.q.p2, align 1
  %s0.low2 = and %vp %s0.q2, splat (i16 3855)
  %s0.down2 = lshr %vp %s0.q2, splat (i16 4)
  %s0.high2 = and %vp %s0.down2, splat (i16 3855)
  %s0.low.p2 = getelementptr i8, ptr %s0.to, i64 128
  %s0.high.p2 = getelementptr i8, ptr %s0.to, i64 384
  store %vp %s0.low2, ptr %s0.low.p2, align 64
  store %vp %s0.high2, ptr %s0.high.p2, align 64
  %s0.q.p3 = getelementptr i8, ptr %s0.q, i64 192
  %s0.q3 = load %vp, ptr %s0.q.p3, align 1
  %s0.low3 = and %vp %s0.q3, splat (i16 3855)
  %s0.down3 = lshr %vp %s0.q3, splat (i16 4)
  %s0.high3 = and %vp %s0.down3, splat (i16 3855)
  %s0.low.p3 = getelementptr i8, ptr %s0.to, i64 192
  %s0.high.p3 = getelementptr i8, ptr %s0.to, i64 448
  store %vp %s0.low3, ptr %s0.low.p3, align 64
  store %vp %s0.high3, ptr %s0.high.p3, align 64
  call void @llvm.x86.tileloadd64(i8 6, ptr %s0.to, i64 64)
  %s1.p = getelementptr i8, ptr %ws1, i64 %at
  %s1.scale = call %vf @v.from.f16(ptr %s1.p)
  %s1.offset = call %vf @v.dot.offset(%vf %s1.scale)
  %s1.q = getelementptr i8, ptr %s1.p, i64 32
  %s1.to = getelementptr i8, ptr %scratch, i64 2624
  %s1.q.p0 = getelementptr i8, ptr %s1.q, i64 0
  %s1.q0 = load %vp, ptr %s1.q.p0, align 1
  %s1.low0 = and %vp %s1.q0, splat (i16 3855)
  %s1.down0 = lshr %vp %s1.q0, splat (i16 4)
  %s1.high0 = and %vp %s1.down0, splat (i16 3855)
  %s1.low.p0 = getelementptr i8, ptr %s1.to, i64 0
  %s1.high.p0 = getelementptr i8, ptr %s1.to, i64 256
  store %vp %s1.low0, ptr %s1.low.p0, align 64
  store %vp %s1.high0, ptr %s1.high.p0, align 64
  %s1.q.p1 = getelementptr i8, ptr %s1.q, i64 64
  %s1.q1 = load %vp, ptr %s1.q.p1, align 1
  %s1.low1 = and %vp %s1.q1, splat (i16 3855)
  %s1.down1 = lshr %vp %s1.q1, splat (i16 4)
  %s1.high1 = and %vp %s1.down1, splat (i16 3855)
  %s1.low.p1 = getelementptr i8, ptr %s1.to, i64 64
  %s1.high.p1 = getelementptr i8, ptr %s1.to, i64 320
  store %vp %s1.low1, ptr %s1.low.p1, align 64
  store %vp %s1.high1, ptr %s1.high.p1, align 64
  %s1.q.p2 = getelementptr i8, ptr %s1.q, i64 128
  %s1.q2 = load %vp, ptr %s1.q.p2, align 1
  %s1.low2 = and %vp %s1.q2, splat (i16 3855)
  %s1.down2 = lshr %vp %s1.q2, splat (i16 4)
  %s1.high2 = and %vp %s1.down2, splat (i16 3855)
  %s1.low.p2 = getelementptr i8, ptr %s1.to, i64 128
  %s1.high.p2 = getelementptr i8, ptr %s1.to, i64 384
  store %vp %s1.low2, ptr %s1.low.p2, align 64
  store %vp %s1.high2, ptr %s1.high.p2, align 64
  %s1.q.p3 = getelementptr i8, ptr %s1.q, i64 192
  %s1.q3 = load %vp, ptr %s1.q.p3, align 1
  %s1.low3 = and %vp %s1.q3, splat (i16 3855)
  %s1.down3 = lshr %vp %s1.q3, splat (i16 4)
  %s1.high3 = and %vp %s1.down3, splat (i16 3855)
  %s1.low.p3 = getelementptr i8, ptr %s1.to, i64 192
  %s1.high.p3 = getelementptr i8, ptr %s1.to, i64 448
  store %vp %s1.low3, ptr %s1.low.p3, align 64
  store %vp %s1.high3, ptr %s1.high.p3, align 64
  call void @llvm.x86.tileloadd64(i8 7, ptr %s1.to, i64 64)
  br label %turn
turn:
  %r = phi i64 [ 0, %k.step ], [ %r.next, %turn ]
  %q.skip = shl i64 %r, 5
  %d.skip = shl i64 %r, 2
  %s.skip = mul i64 %r, 128
  %q = getelementptr i8, ptr %x.at, i64 %q.skip
  %d = getelementptr i8, ptr %x.at.d, i64 %d.skip
  %to = getelementptr i8, ptr %sums, i64 %s.skip
  %q0 = getelementptr i8, ptr %q, i64 0
  call void @llvm.x86.tileloadd64(i8 4, ptr %q0, i64 32)
  %c.p0.0 = getelementptr i8, ptr %scratch, i64 64
  call void @llvm.x86.tilezero(i8 0)
  call void @llvm.x86.tdpbsud(i8 0, i8 4, i8 6)
  call void @llvm.x86.tilestored64(i8 0, ptr %c.p0.0, i64 64)
  %c.p0.1 = getelementptr i8, ptr %scratch, i64 1088
  call void @llvm.x86.tilezero(i8 1)
  call void @llvm.x86.tdpbsud(i8 1, i8 4, i8 7)
  call void @llvm.x86.tilestored64(i8 1, ptr %c.p0.1, i64 64)
  %n.p0 = getelementptr i8, ptr %d, i64 64
  %n0 = load i32, ptr %n.p0, align 4
  %start0 = call %vi @v.splat.i(i32 %n0)
  %d.p0 = getelementptr i8, ptr %d, i64 0
  %d0 = call %vf @v.bcast(ptr %d.p0)
  %dot.p0.0 = getelementptr i8, ptr %c.p0.0, i64 0
  %products0.0 = load %vi, ptr %dot.p0.0, align 64
  %dot0.0 = add %vi %products0.0, %start0
  %y0.0 = call %vf @v.dot.scale(%vi %dot0.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p0.0 = getelementptr i8, ptr %to, i64 0
  %before0.0 = call %vf @v.load(ptr %sum.p0.0)
  %after0.0 = call %vf @v.fma(%vf %y0.0, %vf %d0, %vf %before0.0)
  call void @v.store(ptr %sum.p0.0, %vf %after0.0)
  %dot.p0.1 = getelementptr i8, ptr %c.p0.1, i64 0
  %products0.1 = load %vi, ptr %dot.p0.1, align 64
  %dot0.1 = add %vi %products0.1, %start0
  %y0.1 = call %vf @v.dot.scale(%vi %dot0.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p0.1 = getelementptr i8, ptr %to, i64 64
  %before0.1 = call %vf @v.load(ptr %sum.p0.1)
  %after0.1 = call %vf @v.fma(%vf %y0.1, %vf %d0, %vf %before0.1)
  call void @v.store(ptr %sum.p0.1, %vf %after0.1)
  %n.p1 = getelementptr i8, ptr %d, i64 68
  %n1 = load i32, ptr %n.p1, align 4
  %start1 = call %vi @v.splat.i(i32 %n1)
  %d.p1 = getelementptr i8, ptr %d, i64 4
  %d1 = call %vf @v.bcast(ptr %d.p1)
  %dot.p1.0 = getelementptr i8, ptr %c.p0.0, i64 64
  %products1.0 = load %vi, ptr %dot.p1.0, align 64
  %dot1.0 = add %vi %products1.0, %start1
  %y1.0 = call %vf @v.dot.scale(%vi %dot1.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p1.0 = getelementptr i8, ptr %to, i64 128
  %before1.0 = call %vf @v.load(ptr %sum.p1.0)
  %after1.0 = call %vf @v.fma(%vf %y1.0, %vf %d1, %vf %before1.0)
  call void @v.store(ptr %sum.p1.0, %vf %after1.0)
  %dot.p1.1 = getelementptr i8, ptr %c.p0.1, i64 64
  %products1.1 = load %vi, ptr %dot.p1.1, align 64
  %dot1.1 = add %vi %products1.1, %start1
  %y1.1 = call %vf @v.dot.scale(%vi %dot1.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p1.1 = getelementptr i8, ptr %to, i64 192
  %before1.1 = call %vf @v.load(ptr %sum.p1.1)
  %after1.1 = call %vf @v.fma(%vf %y1.1, %vf %d1, %vf %before1.1)
  call void @v.store(ptr %sum.p1.1, %vf %after1.1)
  %n.p2 = getelementptr i8, ptr %d, i64 72
  %n2 = load i32, ptr %n.p2, align 4
  %start2 = call %vi @v.splat.i(i32 %n2)
  %d.p2 = getelementptr i8, ptr %d, i64 8
  %d2 = call %vf @v.bcast(ptr %d.p2)
  %dot.p2.0 = getelementptr i8, ptr %c.p0.0, i64 128
  %products2.0 = load %vi, ptr %dot.p2.0, align 64
  %dot2.0 = add %vi %products2.0, %start2
  %y2.0 = call %vf @v.dot.scale(%vi %dot2.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p2.0 = getelementptr i8, ptr %to, i64 256
  %before2.0 = call %vf @v.load(ptr %sum.p2.0)
  %after2.0 = call %vf @v.fma(%vf %y2.0, %vf %d2, %vf %before2.0)
  call void @v.store(ptr %sum.p2.0, %vf %after2.0)
  %dot.p2.1 = getelementptr i8, ptr %c.p0.1, i64 128
  %products2.1 = load %vi, ptr %dot.p2.1, align 64
  %dot2.1 = add %vi %products2.1, %start2
  %y2.1 = call %vf @v.dot.scale(%vi %dot2.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p2.1 = getelementptr i8, ptr %to, i64 320
  %before2.1 = call %vf @v.load(ptr %sum.p2.1)
  %after2.1 = call %vf @v.fma(%vf %y2.1, %vf %d2, %vf %before2.1)
  call void @v.store(ptr %sum.p2.1, %vf %after2.1)
  %n.p3 = getelementptr i8, ptr %d, i64 76
  %n3 = load i32, ptr %n.p3, align 4
  %start3 = call %vi @v.splat.i(i32 %n3)
  %d.p3 = getelementptr i8, ptr %d, i64 12
  %d3 = call %vf @v.bcast(ptr %d.p3)
  %dot.p3.0 = getelementptr i8, ptr %c.p0.0, i64 192
  %products3.0 = load %vi, ptr %dot.p3.0, align 64
  %dot3.0 = add %vi %products3.0, %start3
  %y3.0 = call %vf @v.dot.scale(%vi %dot3.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p3.0 = getelementptr i8, ptr %to, i64 384
  %before3.0 = call %vf @v.load(ptr %sum.p3.0)
  %after3.0 = call %vf @v.fma(%vf %y3.0, %vf %d3, %vf %before3.0)
  call void @v.store(ptr %sum.p3.0, %vf %after3.0)
  %dot.p3.1 = getelementptr i8, ptr %c.p0.1, i64 192
  %products3.1 = load %vi, ptr %dot.p3.1, align 64
  %dot3.1 = add %vi %products3.1, %start3
  %y3.1 = call %vf @v.dot.scale(%vi %dot3.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p3.1 = getelementptr i8, ptr %to, i64 448
  %before3.1 = call %vf @v.load(ptr %sum.p3.1)
  %after3.1 = call %vf @v.fma(%vf %y3.1, %vf %d3, %vf %before3.1)
  call void @v.store(ptr %sum.p3.1, %vf %after3.1)
  %n.p4 = getelementptr i8, ptr %d, i64 80
  %n4 = load i32, ptr %n.p4, align 4
  %start4 = call %vi @v.splat.i(i32 %n4)
  %d.p4 = getelementptr i8, ptr %d, i64 16
  %d4 = call %vf @v.bcast(ptr %d.p4)
  %dot.p4.0 = getelementptr i8, ptr %c.p0.0, i64 256
  %products4.0 = load %vi, ptr %dot.p4.0, align 64
  %dot4.0 = add %vi %products4.0, %start4
  %y4.0 = call %vf @v.dot.scale(%vi %dot4.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p4.0 = getelementptr i8, ptr %to, i64 512
  %before4.0 = call %vf @v.load(ptr %sum.p4.0)
  %after4.0 = call %vf @v.fma(%vf %y4.0, %vf %d4, %vf %before4.0)
  call void @v.store(ptr %sum.p4.0, %vf %after4.0)
  %dot.p4.1 = getelementptr i8, ptr %c.p0.1, i64 256
  %products4.1 = load %vi, ptr %dot.p4.1, align 64
  %dot4.1 = add %vi %products4.1, %start4
  %y4.1 = call %vf @v.dot.scale(%vi %dot4.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p4.1 = getelementptr i8, ptr %to, i64 576
  %before4.1 = call %vf @v.load(ptr %sum.p4.1)
  %after4.1 = call %vf @v.fma(%vf %y4.1, %vf %d4, %vf %before4.1)
  call void @v.store(ptr %sum.p4.1, %vf %after4.1)
  %n.p5 = getelementptr i8, ptr %d, i64 84
  %n5 = load i32, ptr %n.p5, align 4
  %start5 = call %vi @v.splat.i(i32 %n5)
  %d.p5 = getelementptr i8, ptr %d, i64 20
  %d5 = call %vf @v.bcast(ptr %d.p5)
  %dot.p5.0 = getelementptr i8, ptr %c.p0.0, i64 320
  %products5.0 = load %vi, ptr %dot.p5.0, align 64
  %dot5.0 = add %vi %products5.0, %start5
  %y5.0 = call %vf @v.dot.scale(%vi %dot5.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p5.0 = getelementptr i8, ptr %to, i64 640
  %before5.0 = call %vf @v.load(ptr %sum.p5.0)
  %after5.0 = call %vf @v.fma(%vf %y5.0, %vf %d5, %vf %before5.0)
  call void @v.store(ptr %sum.p5.0, %vf %after5.0)
  %dot.p5.1 = getelementptr i8, ptr %c.p0.1, i64 320
  %products5.1 = load %vi, ptr %dot.p5.1, align 64
  %dot5.1 = add %vi %products5.1, %start5
  %y5.1 = call %vf @v.dot.scale(%vi %dot5.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p5.1 = getelementptr i8, ptr %to, i64 704
  %before5.1 = call %vf @v.load(ptr %sum.p5.1)
  %after5.1 = call %vf @v.fma(%vf %y5.1, %vf %d5, %vf %before5.1)
  call void @v.store(ptr %sum.p5.1, %vf %after5.1)
  %n.p6 = getelementptr i8, ptr %d, i64 88
  %n6 = load i32, ptr %n.p6, align 4
  %start6 = call %vi @v.splat.i(i32 %n6)
  %d.p6 = getelementptr i8, ptr %d, i64 24
  %d6 = call %vf @v.bcast(ptr %d.p6)
  %dot.p6.0 = getelementptr i8, ptr %c.p0.0, i64 384
  %products6.0 = load %vi, ptr %dot.p6.0, align 64
  %dot6.0 = add %vi %products6.0, %start6
  %y6.0 = call %vf @v.dot.scale(%vi %dot6.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p6.0 = getelementptr i8, ptr %to, i64 768
  %before6.0 = call %vf @v.load(ptr %sum.p6.0)
  %after6.0 = call %vf @v.fma(%vf %y6.0, %vf %d6, %vf %before6.0)
  call void @v.store(ptr %sum.p6.0, %vf %after6.0)
  %dot.p6.1 = getelementptr i8, ptr %c.p0.1, i64 384
  %products6.1 = load %vi, ptr %dot.p6.1, align 64
  %dot6.1 = add %vi %products6.1, %start6
  %y6.1 = call %vf @v.dot.scale(%vi %dot6.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p6.1 = getelementptr i8, ptr %to, i64 832
  %before6.1 = call %vf @v.load(ptr %sum.p6.1)
  %after6.1 = call %vf @v.fma(%vf %y6.1, %vf %d6, %vf %before6.1)
  call void @v.store(ptr %sum.p6.1, %vf %after6.1)
  %n.p7 = getelementptr i8, ptr %d, i64 92
  %n7 = load i32, ptr %n.p7, align 4
  %start7 = call %vi @v.splat.i(i32 %n7)
  %d.p7 = getelementptr i8, ptr %d, i64 28
  %d7 = call %vf @v.bcast(ptr %d.p7)
  %dot.p7.0 = getelementptr i8, ptr %c.p0.0, i64 448
  %products7.0 = load %vi, ptr %dot.p7.0, align 64
  %dot7.0 = add %vi %products7.0, %start7
  %y7.0 = call %vf @v.dot.scale(%vi %dot7.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p7.0 = getelementptr i8, ptr %to, i64 896
  %before7.0 = call %vf @v.load(ptr %sum.p7.0)
  %after7.0 = call %vf @v.fma(%vf %y7.0, %vf %d7, %vf %before7.0)
  call void @v.store(ptr %sum.p7.0, %vf %after7.0)
  %dot.p7.1 = getelementptr i8, ptr %c.p0.1, i64 448
  %products7.1 = load %vi, ptr %dot.p7.1, align 64
  %dot7.1 = add %vi %products7.1, %start7
  %y7.1 = call %vf @v.dot.scale(%vi %dot7.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p7.1 = getelementptr i8, ptr %to, i64 960
  %before7.1 = call %vf @v.load(ptr %sum.p7.1)
  %after7.1 = call %vf @v.fma(%vf %y7.1, %vf %d7, %vf %before7.1)
  call void @v.store(ptr %sum.p7.1, %vf %after7.1)
  %n.p8 = getelementptr i8, ptr %d, i64 96
  %n8 = load i32, ptr %n.p8, align 4
  %start8 = call %vi @v.splat.i(i32 %n8)
  %d.p8 = getelementptr i8, ptr %d, i64 32
  %d8 = call %vf @v.bcast(ptr %d.p8)
  %dot.p8.0 = getelementptr i8, ptr %c.p0.0, i64 512
  %products8.0 = load %vi, ptr %dot.p8.0, align 64
  %dot8.0 = add %vi %products8.0, %start8
  %y8.0 = call %vf @v.dot.scale(%vi %dot8.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p8.0 = getelementptr i8, ptr %to, i64 1024
  %before8.0 = call %vf @v.load(ptr %sum.p8.0)
  %after8.0 = call %vf @v.fma(%vf %y8.0, %vf %d8, %vf %before8.0)
  call void @v.store(ptr %sum.p8.0, %vf %after8.0)
  %dot.p8.1 = getelementptr i8, ptr %c.p0.1, i64 512
  %products8.1 = load %vi, ptr %dot.p8.1, align 64
  %dot8.1 = add %vi %products8.1, %start8
  %y8.1 = call %vf @v.dot.scale(%vi %dot8.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p8.1 = getelementptr i8, ptr %to, i64 1088
  %before8.1 = call %vf @v.load(ptr %sum.p8.1)
  %after8.1 = call %vf @v.fma(%vf %y8.1, %vf %d8, %vf %before8.1)
  call void @v.store(ptr %sum.p8.1, %vf %after8.1)
  %n.p9 = getelementptr i8, ptr %d, i64 100
  %n9 = load i32, ptr %n.p9, align 4
  %start9 = call %vi @v.splat.i(i32 %n9)
  %d.p9 = getelementptr i8, ptr %d, i64 36
  %d9 = call %vf @v.bcast(ptr %d.p9)
  %dot.p9.0 = getelementptr i8, ptr %c.p0.0, i64 576
  %products9.0 = load %vi, ptr %dot.p9.0, align 64
  %dot9.0 = add %vi %products9.0, %start9
  %y9.0 = call %vf @v.dot.scale(%vi %dot9.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p9.0 = getelementptr i8, ptr %to, i64 1152
  %before9.0 = call %vf @v.load(ptr %sum.p9.0)
  %after9.0 = call %vf @v.fma(%vf %y9.0, %vf %d9, %vf %before9.0)
  call void @v.store(ptr %sum.p9.0, %vf %after9.0)
  %dot.p9.1 = getelementptr i8, ptr %c.p0.1, i64 576
  %products9.1 = load %vi, ptr %dot.p9.1, align 64
  %dot9.1 = add %vi %products9.1, %start9
  %y9.1 = call %vf @v.dot.scale(%vi %dot9.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p9.1 = getelementptr i8, ptr %to, i64 1216
  %before9.1 = call %vf @v.load(ptr %sum.p9.1)
  %after9.1 = call %vf @v.fma(%vf %y9.1, %vf %d9, %vf %before9.1)
  call void @v.store(ptr %sum.p9.1, %vf %after9.1)
  %n.p10 = getelementptr i8, ptr %d, i64 104
  %n10 = load i32, ptr %n.p10, align 4
  %start10 = call %vi @v.splat.i(i32 %n10)
  %d.p10 = getelementptr i8, ptr %d, i64 40
  %d10 = call %vf @v.bcast(ptr %d.p10)
  %dot.p10.0 = getelementptr i8, ptr %c.p0.0, i64 640
  %products10.0 = load %vi, ptr %dot.p10.0, align 64
  %dot10.0 = add %vi %products10.0, %start10
  %y10.0 = call %vf @v.dot.scale(%vi %dot10.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p10.0 = getelementptr i8, ptr %to, i64 1280
  %before10.0 = call %vf @v.load(ptr %sum.p10.0)
  %after10.0 = call %vf @v.fma(%vf %y10.0, %vf %d10, %vf %before10.0)
  call void @v.store(ptr %sum.p10.0, %vf %after10.0)
  %dot.p10.1 = getelementptr i8, ptr %c.p0.1, i64 640
  %products10.1 = load %vi, ptr %dot.p10.1, align 64
  %dot10.1 = add %vi %products10.1, %start10
  %y10.1 = call %vf @v.dot.scale(%vi %dot10.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p10.1 = getelementptr i8, ptr %to, i64 1344
  %before10.1 = call %vf @v.load(ptr %sum.p10.1)
  %after10.1 = call %vf @v.fma(%vf %y10.1, %vf %d10, %vf %before10.1)
  call void @v.store(ptr %sum.p10.1, %vf %after10.1)
  %n.p11 = getelementptr i8, ptr %d, i64 108
  %n11 = load i32, ptr %n.p11, align 4
  %start11 = call %vi @v.splat.i(i32 %n11)
  %d.p11 = getelementptr i8, ptr %d, i64 44
  %d11 = call %vf @v.bcast(ptr %d.p11)
  %dot.p11.0 = getelementptr i8, ptr %c.p0.0, i64 704
  %products11.0 = load %vi, ptr %dot.p11.0, align 64
  %dot11.0 = add %vi %products11.0, %start11
  %y11.0 = call %vf @v.dot.scale(%vi %dot11.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p11.0 = getelementptr i8, ptr %to, i64 1408
  %before11.0 = call %vf @v.load(ptr %sum.p11.0)
  %after11.0 = call %vf @v.fma(%vf %y11.0, %vf %d11, %vf %before11.0)
  call void @v.store(ptr %sum.p11.0, %vf %after11.0)
  %dot.p11.1 = getelementptr i8, ptr %c.p0.1, i64 704
  %products11.1 = load %vi, ptr %dot.p11.1, align 64
  %dot11.1 = add %vi %products11.1, %start11
  %y11.1 = call %vf @v.dot.scale(%vi %dot11.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p11.1 = getelementptr i8, ptr %to, i64 1472
  %before11.1 = call %vf @v.load(ptr %sum.p11.1)
  %after11.1 = call %vf @v.fma(%vf %y11.1, %vf %d11, %vf %before11.1)
  call void @v.store(ptr %sum.p11.1, %vf %after11.1)
  %n.p12 = getelementptr i8, ptr %d, i64 112
  %n12 = load i32, ptr %n.p12, align 4
  %start12 = call %vi @v.splat.i(i32 %n12)
  %d.p12 = getelementptr i8, ptr %d, i64 48
  %d12 = call %vf @v.bcast(ptr %d.p12)
  %dot.p12.0 = getelementptr i8, ptr %c.p0.0, i64 768
  %products12.0 = load %vi, ptr %dot.p12.0, align 64
  %dot12.0 = add %vi %products12.0, %start12
  %y12.0 = call %vf @v.dot.scale(%vi %dot12.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p12.0 = getelementptr i8, ptr %to, i64 1536
  %before12.0 = call %vf @v.load(ptr %sum.p12.0)
  %after12.0 = call %vf @v.fma(%vf %y12.0, %vf %d12, %vf %before12.0)
  call void @v.store(ptr %sum.p12.0, %vf %after12.0)
  %dot.p12.1 = getelementptr i8, ptr %c.p0.1, i64 768
  %products12.1 = load %vi, ptr %dot.p12.1, align 64
  %dot12.1 = add %vi %products12.1, %start12
  %y12.1 = call %vf @v.dot.scale(%vi %dot12.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p12.1 = getelementptr i8, ptr %to, i64 1600
  %before12.1 = call %vf @v.load(ptr %sum.p12.1)
  %after12.1 = call %vf @v.fma(%vf %y12.1, %vf %d12, %vf %before12.1)
  call void @v.store(ptr %sum.p12.1, %vf %after12.1)
  %n.p13 = getelementptr i8, ptr %d, i64 116
  %n13 = load i32, ptr %n.p13, align 4
  %start13 = call %vi @v.splat.i(i32 %n13)
  %d.p13 = getelementptr i8, ptr %d, i64 52
  %d13 = call %vf @v.bcast(ptr %d.p13)
  %dot.p13.0 = getelementptr i8, ptr %c.p0.0, i64 832
  %products13.0 = load %vi, ptr %dot.p13.0, align 64
  %dot13.0 = add %vi %products13.0, %start13
  %y13.0 = call %vf @v.dot.scale(%vi %dot13.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p13.0 = getelementptr i8, ptr %to, i64 1664
  %before13.0 = call %vf @v.load(ptr %sum.p13.0)
  %after13.0 = call %vf @v.fma(%vf %y13.0, %vf %d13, %vf %before13.0)
  call void @v.store(ptr %sum.p13.0, %vf %after13.0)
  %dot.p13.1 = getelementptr i8, ptr %c.p0.1, i64 832
  %products13.1 = load %vi, ptr %dot.p13.1, align 64
  %dot13.1 = add %vi %products13.1, %start13
  %y13.1 = call %vf @v.dot.scale(%vi %dot13.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p13.1 = getelementptr i8, ptr %to, i64 1728
  %before13.1 = call %vf @v.load(ptr %sum.p13.1)
  %after13.1 = call %vf @v.fma(%vf %y13.1, %vf %d13, %vf %before13.1)
  call void @v.store(ptr %sum.p13.1, %vf %after13.1)
  %n.p14 = getelementptr i8, ptr %d, i64 120
  %n14 = load i32, ptr %n.p14, align 4
  %start14 = call %vi @v.splat.i(i32 %n14)
  %d.p14 = getelementptr i8, ptr %d, i64 56
  %d14 = call %vf @v.bcast(ptr %d.p14)
  %dot.p14.0 = getelementptr i8, ptr %c.p0.0, i64 896
  %products14.0 = load %vi, ptr %dot.p14.0, align 64
  %dot14.0 = add %vi %products14.0, %start14
  %y14.0 = call %vf @v.dot.scale(%vi %dot14.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p14.0 = getelementptr i8, ptr %to, i64 1792
  %before14.0 = call %vf @v.load(ptr %sum.p14.0)
  %after14.0 = call %vf @v.fma(%vf %y14.0, %vf %d14, %vf %before14.0)
  call void @v.store(ptr %sum.p14.0, %vf %after14.0)
  %dot.p14.1 = getelementptr i8, ptr %c.p0.1, i64 896
  %products14.1 = load %vi, ptr %dot.p14.1, align 64
  %dot14.1 = add %vi %products14.1, %start14
  %y14.1 = call %vf @v.dot.scale(%vi %dot14.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p14.1 = getelementptr i8, ptr %to, i64 1856
  %before14.1 = call %vf @v.load(ptr %sum.p14.1)
  %after14.1 = call %vf @v.fma(%vf %y14.1, %vf %d14, %vf %before14.1)
  call void @v.store(ptr %sum.p14.1, %vf %after14.1)
  %n.p15 = getelementptr i8, ptr %d, i64 124
  %n15 = load i32, ptr %n.p15, align 4
  %start15 = call %vi @v.splat.i(i32 %n15)
  %d.p15 = getelementptr i8, ptr %d, i64 60
  %d15 = call %vf @v.bcast(ptr %d.p15)
  %dot.p15.0 = getelementptr i8, ptr %c.p0.0, i64 960
  %products15.0 = load %vi, ptr %dot.p15.0, align 64
  %dot15.0 = add %vi %products15.0, %start15
  %y15.0 = call %vf @v.dot.scale(%vi %dot15.0, %vf %s0.scale, %vf %s0.offset)
  %sum.p15.0 = getelementptr i8, ptr %to, i64 1920
  %before15.0 = call %vf @v.load(ptr %sum.p15.0)
  %after15.0 = call %vf @v.fma(%vf %y15.0, %vf %d15, %vf %before15.0)
  call void @v.store(ptr %sum.p15.0, %vf %after15.0)
  %dot.p15.1 = getelementptr i8, ptr %c.p0.1, i64 960
  %products15.1 = load %vi, ptr %dot.p15.1, align 64
  %dot15.1 = add %vi %products15.1, %start15
  %y15.1 = call %vf @v.dot.scale(%vi %dot15.1, %vf %s1.scale, %vf %s1.offset)
  %sum.p15.1 = getelementptr i8, ptr %to, i64 1984
  %before15.1 = call %vf @v.load(ptr %sum.p15.1)
  %after15.1 = call %vf @v.fma(%vf %y15.1, %vf %d15, %vf %before15.1)
  call void @v.store(ptr %sum.p15.1, %vf %after15.1)
  %r.next = add i64 %r, 16
  %r.more = icmp ult i64 %r.next, %t.rows
  br i1 %r.more, label %turn, label %k.next
k.next:
  %kb.next = add i64 %kb, 1
  %k.more = icmp ult i64 %kb.next, %n.steps
  br i1 %k.more, label %k.step, label %out
out:
  %col = mul i64 %g0, 16
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 16
  %n.clamped0 = select i1 %n.big0, i64 16, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  br label %out.row
out.row:
  %o = phi i64 [ 0, %out ], [ %o.next, %out.row ]
  %o.row = add i64 %m0, %o
  %o.skip = mul i64 %o, 128
  %o.p = getelementptr i8, ptr %sums, i64 %o.skip
  %o.from0 = getelementptr i8, ptr %o.p, i64 0
  %o.sum0 = call %vf @v.load(ptr %o.from0)
  %o.from1 = getelementptr i8, ptr %o.p, i64 64
  %o.sum1 = call %vf @v.load(ptr %o.from1)
  %o.first = mul i64 %o.row, %n
  %o.at = add i64 %o.first, %col
  %o.at0 = add i64 %o.at, 0
  %o.p0 = getelementptr float, ptr %y, i64 %o.at0
  %o.gate0 = call %vf @v.silu(%vf %o.sum0)
  %o.out0 = fmul %vf %o.gate0, %o.sum1
  call void @v.store.n(ptr %o.p0, %vf %o.out0, i32 %n.cols0)
  %o.next = add i64 %o, 1
  %o.more = icmp ult i64 %o.next, %t.rows
  br i1 %o.more, label %out.row, label %panel.next
panel.next:
  %g0.next = add i64 %g0, 1
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tiles.done
tiles.done:
  call void @llvm.x86.tilerelease()
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 16
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
