; gemm_tiles_bf16_add on cpu:x86_64:avx2+fma+f16c+avx512+avx512bf16+amxint8+amxbf16
; gemm_add n=64 k=256 m=32 x=bf16 w=bf16
; MT=32 NV=2 NB=1 PF=0
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
  %n.pairs = lshr i64 %k.up, 1
  %row.bytes = shl i64 %n.pairs, 2
  %group.bytes = shl i64 %n.pairs, 6
  %n.whole = lshr i64 %n.pairs, 4
  %n.rest = and i64 %n.pairs, 15
  %n.over = add i64 %n.pairs, 15
  %n.steps = lshr i64 %n.over, 4
  %panel.skip = mul i64 %group.bytes, 1
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.i = zext i32 %block.at to i64
  %block.group = mul i64 %block.i, 2
  %block.stop = add i32 %last, 0
  %block.past = zext i32 %block.stop to i64
  %block.end = mul i64 %block.past, 2
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %tile
tile:
  %m0 = phi i64 [ 0, %block ], [ %m0.next, %tile.next ]
  %t.left = sub i64 %m, %m0
  %t.over = icmp ugt i64 %t.left, 32
  %t.rows = select i1 %t.over, i64 32, i64 %t.left
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
  store i16 64, ptr %shape.bytes4, align 2
  %shape.rows4 = getelementptr i8, ptr %tiles, i64 52
  store i8 16, ptr %shape.rows4, align 1
  %shape.bytes5 = getelementptr i8, ptr %tiles, i64 26
  store i16 64, ptr %shape.bytes5, align 2
  %shape.rows5 = getelementptr i8, ptr %tiles, i64 53
  store i8 16, ptr %shape.rows5, align 1
  %shape.bytes6 = getelementptr i8, ptr %tiles, i64 28
  store i16 64, ptr %shape.bytes6, align 2
  %shape.rows6 = getelementptr i8, ptr %tiles, i64 54
  store i8 16, ptr %shape.rows6, align 1
  %shape.bytes7 = getelementptr i8, ptr %tiles, i64 30
  store i16 64, ptr %shape.bytes7, align 2
  %shape.rows7 = getelementptr i8, ptr %tiles, i64 55
  store i8 16, ptr %shape.rows7, align 1
  call void @llvm.x86.ldtilecfg(ptr %tiles)
  %packed.at = getelementptr i8, ptr %scratch, i64 6208
  br label %pack.row
pack.row:
  %pr = phi i64 [ 0, %tile ], [ %pr.next, %pack.row.next ]
  %pr.want = add i64 %m0, %pr
  %pr.over = icmp ugt i64 %pr.want, %m.last
  %pr.i = select i1 %pr.over, i64 %m.last, i64 %pr.want
  %pr.bytes = mul i64 %pr.i, %row.bytes
  %pr.x = getelementptr i8, ptr %x, i64 %pr.bytes
  %pr.skip = shl i64 %pr, 6
  %pr.to = getelementptr i8, ptr %packed.at, i64 %pr.skip
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.row ], [ %pk.next, %pack ]
  %pk.skip = shl i64 %pk, 6
  %pk.from = getelementptr i8, ptr %pr.x, i64 %pk.skip
  %pk.at = mul i64 %pk, 2048
  %pk.to = getelementptr i8, ptr %pr.to, i64 %pk.at
  %pk.left = sub i64 %row.bytes, %pk.skip
  %pk.many = icmp ugt i64 %pk.left, 64
  %pk.n64 = select i1 %pk.many, i64 64, i64 %pk.left
  %pk.half = lshr i64 %pk.n64, 1
  %pk.n = trunc i64 %pk.half to i16
  %pk.n1 = insertelement <32 x i16> poison, i16 %pk.n, i64 0
  %pk.ns = shufflevector <32 x i16> %pk.n1, <32 x i16> poison, <32 x i32> zeroinitializer
  %pk.mask = icmp ult <32 x i16> <i16 0, i16 1, i16 2, i16 3, i16 4, i16 5, i16 6, i16 7, i16 8, i16 9, i16 10, i16 11, i16 12, i16 13, i16 14, i16 15, i16 16, i16 17, i16 18, i16 19, i16 20, i16 21, i16 22, i16 23, i16 24, i16 25, i16 26, i16 27, i16 28, i16 29, i16 30, i16 31>, %pk.ns
  %pk.v = load <32 x i16>, ptr %pk.from, align 2
  %pk.clean = select <32 x i1> %pk.mask, <32 x i16> %pk.v, <32 x i16> zeroinitializer
  store <32 x i16> %pk.clean, ptr %pk.to, align 64
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %n.steps
  br i1 %pk.more, label %pack, label %pack.row.next
pack.row.next:
  %pr.next = add i64 %pr, 1
  %pr.more = icmp ult i64 %pr.next, 32
  br i1 %pr.more, label %pack.row, label %pack.done
pack.done:
  %sums = getelementptr i8, ptr %scratch, i64 2112
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
  %g.want0 = add i64 %g0, 0
  %g.over0 = icmp ugt i64 %g.want0, %g.last
  %group0 = select i1 %g.over0, i64 %g.last, i64 %g.want0
  %g.bytes0 = mul i64 %group0, %group.bytes
  %ws0 = getelementptr i8, ptr %w.mat0, i64 %g.bytes0
  %g.want1 = add i64 %g0, 1
  %g.over1 = icmp ugt i64 %g.want1, %g.last
  %group1 = select i1 %g.over1, i64 %g.last, i64 %g.want1
  %g.bytes1 = mul i64 %group1, %group.bytes
  %ws1 = getelementptr i8, ptr %w.mat0, i64 %g.bytes1
  call void @llvm.x86.tilezero(i8 0)
  call void @llvm.x86.tilezero(i8 1)
  call void @llvm.x86.tilezero(i8 2)
  call void @llvm.x86.tilezero(i8 3)
  %any.whole = icmp ne i64 %n.whole, 0
  br i1 %any.whole, label %k.step, label %k.last
k.step:
  %kb = phi i64 [ 0, %panel ], [ %kb.next, %k.step ]
  %at = shl i64 %kb, 10
  %a.w0 = getelementptr i8, ptr %ws0, i64 %at
  %a.w1 = getelementptr i8, ptr %ws1, i64 %at
  %a.x.skip = mul i64 %kb, 2048
  %a.x = getelementptr i8, ptr %packed.at, i64 %a.x.skip
  call void @llvm.x86.tileloadd64(i8 6, ptr %a.w0, i64 64)
  call void @llvm.x86.tileloadd64(i8 7, ptr %a.w1, i64 64)
  %a.x0 = getelementptr i8, ptr %a.x, i64 0
  call void @llvm.x86.tileloadd64(i8 4, ptr %a.x0, i64 64)
  call void @llvm.x86.tdpbf16ps(i8 0, i8 4, i8 6)
  call void @llvm.x86.tdpbf16ps(i8 1, i8 4, i8 7)
  %a.x1 = getelementptr i8, ptr %a.x, i64 1024
  call void @llvm.x86.tileloadd64(i8 5, ptr %a.x1, i64 64)
  call void @llvm.x86.tdpbf16ps(i8 2, i8 5, i8 6)
  call void @llvm.x86.tdpbf16ps(i8 3, i8 5, i8 7)
  %kb.next = add i64 %kb, 1
  %k.more = icmp ult i64 %kb.next, %n.whole
  br i1 %k.more, label %k.step, label %k.last
k.last:
  %any.rest = icmp ne i64 %n.rest, 0
  br i1 %any.rest, label %last.zero, label %k.done
last.zero:
  %last.at = shl i64 %n.whole, 10
  %b.w0 = getelementptr i8, ptr %scratch, i64 64
  %last.w0 = getelementptr i8, ptr %ws0, i64 %last.at
  %last.z0.0 = getelementptr i8, ptr %b.w0, i64 0
  store %vi zeroinitializer, ptr %last.z0.0, align 64
  %last.z0.1 = getelementptr i8, ptr %b.w0, i64 64
  store %vi zeroinitializer, ptr %last.z0.1, align 64
  %last.z0.2 = getelementptr i8, ptr %b.w0, i64 128
  store %vi zeroinitializer, ptr %last.z0.2, align 64
  %last.z0.3 = getelementptr i8, ptr %b.w0, i64 192
  store %vi zeroinitializer, ptr %last.z0.3, align 64
  %last.z0.4 = getelementptr i8, ptr %b.w0, i64 256
  store %vi zeroinitializer, ptr %last.z0.4, align 64
  %last.z0.5 = getelementptr i8, ptr %b.w0, i64 320
  store %vi zeroinitializer, ptr %last.z0.5, align 64
  %last.z0.6 = getelementptr i8, ptr %b.w0, i64 384
  store %vi zeroinitializer, ptr %last.z0.6, align 64
  %last.z0.7 = getelementptr i8, ptr %b.w0, i64 448
  store %vi zeroinitializer, ptr %last.z0.7, align 64
  %last.z0.8 = getelementptr i8, ptr %b.w0, i64 512
  store %vi zeroinitializer, ptr %last.z0.8, align 64
  %last.z0.9 = getelementptr i8, ptr %b.w0, i64 576
  store %vi zeroinitializer, ptr %last.z0.9, align 64
  %last.z0.10 = getelementptr i8, ptr %b.w0, i64 640
  store %vi zeroinitializer, ptr %last.z0.10, align 64
  %last.z0.11 = getelementptr i8, ptr %b.w0, i64 704
  store %vi zeroinitializer, ptr %last.z0.11, align 64
  %last.z0.12 = getelementptr i8, ptr %b.w0, i64 768
  store %vi zeroinitializer, ptr %last.z0.12, align 64
  %last.z0.13 = getelementptr i8, ptr %b.w0, i64 832
  store %vi zeroinitializer, ptr %last.z0.13, align 64
  %last.z0.14 = getelementptr i8, ptr %b.w0, i64 896
  store %vi zeroinitializer, ptr %last.z0.14, align 64
  %last.z0.15 = getelementptr i8, ptr %b.w0, i64 960
  store %vi zeroinitializer, ptr %last.z0.15, align 64
  %b.w1 = getelementptr i8, ptr %scratch, i64 1088
  %last.w1 = getelementptr i8, ptr %ws1, i64 %last.at
  %last.z1.0 = getelementptr i8, ptr %b.w1, i64 0
  store %vi zeroinitializer, ptr %last.z1.0, align 64
  %last.z1.1 = getelementptr i8, ptr %b.w1, i64 64
  store %vi zeroinitializer, ptr %last.z1.1, align 64
  %last.z1.2 = getelementptr i8, ptr %b.w1, i64 128
  store %vi zeroinitializer, ptr %last.z1.2, align 64
  %last.z1.3 = getelementptr i8, ptr %b.w1, i64 192
  store %vi zeroinitializer, ptr %last.z1.3, align 64
  %last.z1.4 = getelementptr i8, ptr %b.w1, i64 256
  store %vi zeroinitializer, ptr %last.z1.4, align 64
  %last.z1.5 = getelementptr i8, ptr %b.w1, i64 320
  store %vi zeroinitializer, ptr %last.z1.5, align 64
  %last.z1.6 = getelementptr i8, ptr %b.w1, i64 384
  store %vi zeroinitializer, ptr %last.z1.6, align 64
  %last.z1.7 = getelementptr i8, ptr %b.w1, i64 448
  store %vi zeroinitializer, ptr %last.z1.7, align 64
  %last.z1.8 = getelementptr i8, ptr %b.w1, i64 512
  store %vi zeroinitializer, ptr %last.z1.8, align 64
  %last.z1.9 = getelementptr i8, ptr %b.w1, i64 576
  store %vi zeroinitializer, ptr %last.z1.9, align 64
  %last.z1.10 = getelementptr i8, ptr %b.w1, i64 640
  store %vi zeroinitializer, ptr %last.z1.10, align 64
  %last.z1.11 = getelementptr i8, ptr %b.w1, i64 704
  store %vi zeroinitializer, ptr %last.z1.11, align 64
  %last.z1.12 = getelementptr i8, ptr %b.w1, i64 768
  store %vi zeroinitializer, ptr %last.z1.12, align 64
  %last.z1.13 = getelementptr i8, ptr %b.w1, i64 832
  store %vi zeroinitializer, ptr %last.z1.13, align 64
  %last.z1.14 = getelementptr i8, ptr %b.w1, i64 896
  store %vi zeroinitializer, ptr %last.z1.14, align 64
  %last.z1.15 = getelementptr i8, ptr %b.w1, i64 960
  store %vi zeroinitializer, ptr %last.z1.15, align 64
  br label %last.copy
last.copy:
  %lp = phi i64 [ 0, %last.zero ], [ %lp.next, %last.copy ]
  %lp.skip = shl i64 %lp, 6
  %lp.from0 = getelementptr i8, ptr %last.w0, i64 %lp.skip
  %lp.to0 = getelementptr i8, ptr %b.w0, i64 %lp.skip
  %lp.v0 = load %vi, ptr %lp.from0, align 4
  store %vi %lp.v0, ptr %lp.to0, align 64
  %lp.from1 = getelementptr i8, ptr %last.w1, i64 %lp.skip
  %lp.to1 = getelementptr i8, ptr %b.w1, i64 %lp.skip
  %lp.v1 = load %vi, ptr %lp.from1, align 4
  store %vi %lp.v1, ptr %lp.to1, align 64
  %lp.next = add i64 %lp, 1
  %lp.more = icmp ult i64 %lp.next, %n.rest
  br i1 %lp.more, label %last.copy, label %last.dot
last.dot:
  %b.x.skip = mul i64 %n.whole, 2048
  %b.x = getelementptr i8, ptr %packed.at, i64 %b.x.skip
  call void @llvm.x86.tileloadd64(i8 6, ptr %b.w0, i64 64)
  call void @llvm.x86.tileloadd64(i8 7, ptr %b.w1, i64 64)
  %b.x0 = getelementptr i8, ptr %b.x, i64 0
  call void @llvm.x86.tileloadd64(i8 4, ptr %b.x0, i64 64)
  call void @llvm.x86.tdpbf16ps(i8 0, i8 4, i8 6)
  call void @llvm.x86.tdpbf16ps(i8 1, i8 4, i8 7)
  %b.x1 = getelementptr i8, ptr %b.x, i64 1024
  call void @llvm.x86.tileloadd64(i8 5, ptr %b.x1, i64 64)
  call void @llvm.x86.tdpbf16ps(i8 2, i8 5, i8 6)
  call void @llvm.x86.tdpbf16ps(i8 3, i8 5, i8 7)
  br label %k.done
k.done:
  %sums0.0 = getelementptr i8, ptr %sums, i64 0
  call void @llvm.x86.tilestored64(i8 0, ptr %sums0.0, i64 128)
  %sums0.1 = getelementptr i8, ptr %sums, i64 64
  call void @llvm.x86.tilestored64(i8 1, ptr %sums0.1, i64 128)
  %sums1.0 = getelementptr i8, ptr %sums, i64 2048
  call void @llvm.x86.tilestored64(i8 2, ptr %sums1.0, i64 128)
  %sums1.1 = getelementptr i8, ptr %sums, i64 2112
  call void @llvm.x86.tilestored64(i8 3, ptr %sums1.1, i64 128)
  br label %out
out:
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
  %o.res.p0 = getelementptr float, ptr %res, i64 %o.at0
  %o.res0 = call %vf @v.load.n(ptr %o.res.p0, i32 %n.cols0)
  %o.out0 = fadd %vf %o.sum0, %o.res0
  call void @v.store.n(ptr %o.p0, %vf %o.out0, i32 %n.cols0)
  %o.at1 = add i64 %o.at, 16
  %o.p1 = getelementptr float, ptr %y, i64 %o.at1
  %o.res.p1 = getelementptr float, ptr %res, i64 %o.at1
  %o.res1 = call %vf @v.load.n(ptr %o.res.p1, i32 %n.cols1)
  %o.out1 = fadd %vf %o.sum1, %o.res1
  call void @v.store.n(ptr %o.p1, %vf %o.out1, i32 %n.cols1)
  %o.next = add i64 %o, 1
  %o.more = icmp ult i64 %o.next, %t.rows
  br i1 %o.more, label %out.row, label %panel.next
panel.next:
  %g0.next = add i64 %g0, 2
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tiles.done
tiles.done:
  call void @llvm.x86.tilerelease()
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 32
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
