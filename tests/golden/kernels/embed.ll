; embed on cpu:x86_64:avx2+fma+f16c+avx512
; embed n=64 k=256 w=q8_0 m=4
; R=16 PAIRS=0 ROWS=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %tokens.slot = getelementptr i8, ptr %args, i64 0
  %tokens = load ptr, ptr %tokens.slot, align 8
  %w.slot = getelementptr i8, ptr %args, i64 8
  %w = load ptr, ptr %w.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load ptr, ptr %rows.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %n.blocks = lshr i64 %k, 5
  %row.bytes = mul i64 %n.blocks, 544
  %first64 = zext i32 %first to i64
  %last64 = zext i32 %last to i64
  %row.first = mul i64 %first64, 1
  %row.last = mul i64 %last64, 1
  %row.over = icmp ugt i64 %row.last, %m
  %row.end = select i1 %row.over, i64 %m, i64 %row.last
  %row.any = icmp ult i64 %row.first, %row.end
  br i1 %row.any, label %each.row, label %exit
each.row:
  %i.row.at = phi i64 [ %row.first, %entry ], [ %row.after, %row.next ]
  %token.p = getelementptr i32, ptr %tokens, i64 %i.row.at
  %token = load i32, ptr %token.p, align 4
  %row = zext i32 %token to i64
  %to.skip = mul i64 %i.row.at, %k
  %to = getelementptr float, ptr %y, i64 %to.skip
  %row.group = lshr i64 %row, 4
  %lane = and i64 %row, 15
  %row.skip = mul i64 %row.group, %row.bytes
  %row.p = getelementptr i8, ptr %w, i64 %row.skip
  br label %run.check
run.check:
  %j = phi i64 [ 0, %each.row ], [ %j.run, %run ]
  %run.p = phi ptr [ %row.p, %each.row ], [ %run.p.next, %run ]
  %j.run = add i64 %j, 32
  %run.fits = icmp ule i64 %j.run, %k
  %out = getelementptr float, ptr %to, i64 %j
  br i1 %run.fits, label %run, label %row.next
run:
  %run.p.next = getelementptr i8, ptr %run.p, i64 544
  %lane.bytes2 = shl i64 %lane, 1
  %lane.bytes4 = shl i64 %lane, 2
  %r.lane1 = getelementptr i8, ptr %run.p, i64 %lane
  %r.lane2 = getelementptr i8, ptr %run.p, i64 %lane.bytes2
  %r.lane4 = getelementptr i8, ptr %run.p, i64 %lane.bytes4
  %r.h = load i16, ptr %r.lane2, align 1
  %r.hi = insertelement <16 x i16> poison, i16 %r.h, i64 0
  %r.hs = shufflevector <16 x i16> %r.hi, <16 x i16> poison, <16 x i32> zeroinitializer
  %r.d = call %vf @v.f16.bits(<16 x i16> %r.hs)
  %r.z = fmul %vf %r.d, splat (float -128.0)
  %r.q0 = getelementptr i8, ptr %r.lane4, i64 32
  %r.b0p0 = getelementptr i8, ptr %r.q0, i64 0
  %r.b0e0 = load i32, ptr %r.b0p0, align 1
  %r.b0i0 = insertelement <4 x i32> poison, i32 %r.b0e0, i64 0
  %r.b0p1 = getelementptr i8, ptr %r.q0, i64 64
  %r.b0e1 = load i32, ptr %r.b0p1, align 1
  %r.b0i1 = insertelement <4 x i32> %r.b0i0, i32 %r.b0e1, i64 1
  %r.b0p2 = getelementptr i8, ptr %r.q0, i64 128
  %r.b0e2 = load i32, ptr %r.b0p2, align 1
  %r.b0i2 = insertelement <4 x i32> %r.b0i1, i32 %r.b0e2, i64 2
  %r.b0p3 = getelementptr i8, ptr %r.q0, i64 192
  %r.b0e3 = load i32, ptr %r.b0p3, align 1
  %r.b0i3 = insertelement <4 x i32> %r.b0i2, i32 %r.b0e3, i64 3
  %r.b0 = bitcast <4 x i32> %r.b0i3 to <16 x i8>
  %r.to0 = getelementptr i8, ptr %out, i64 0
  %r.s0w = zext <16 x i8> %r.b0 to %vi
  %r.s0f = sitofp %vi %r.s0w to %vf
  %r.s0v = call %vf @v.fma(%vf %r.s0f, %vf %r.d, %vf %r.z)
  call void @v.store(ptr %r.to0, %vf %r.s0v)
  %r.q1 = getelementptr i8, ptr %r.lane4, i64 288
  %r.b1p0 = getelementptr i8, ptr %r.q1, i64 0
  %r.b1e0 = load i32, ptr %r.b1p0, align 1
  %r.b1i0 = insertelement <4 x i32> poison, i32 %r.b1e0, i64 0
  %r.b1p1 = getelementptr i8, ptr %r.q1, i64 64
  %r.b1e1 = load i32, ptr %r.b1p1, align 1
  %r.b1i1 = insertelement <4 x i32> %r.b1i0, i32 %r.b1e1, i64 1
  %r.b1p2 = getelementptr i8, ptr %r.q1, i64 128
  %r.b1e2 = load i32, ptr %r.b1p2, align 1
  %r.b1i2 = insertelement <4 x i32> %r.b1i1, i32 %r.b1e2, i64 2
  %r.b1p3 = getelementptr i8, ptr %r.q1, i64 192
  %r.b1e3 = load i32, ptr %r.b1p3, align 1
  %r.b1i3 = insertelement <4 x i32> %r.b1i2, i32 %r.b1e3, i64 3
  %r.b1 = bitcast <4 x i32> %r.b1i3 to <16 x i8>
  %r.to1 = getelementptr i8, ptr %out, i64 64
  %r.s1w = zext <16 x i8> %r.b1 to %vi
  %r.s1f = sitofp %vi %r.s1w to %vf
  %r.s1v = call %vf @v.fma(%vf %r.s1f, %vf %r.d, %vf %r.z)
  call void @v.store(ptr %r.to1, %vf %r.s1v)
  br label %run.check
row.next:
  %row.after = add i64 %i.row.at, 1
  %row.more = icmp ult i64 %row.after, %row.end
  br i1 %row.more, label %each.row, label %exit
exit:
  ret void
}
