; dequantize on cpu:x86_64:avx2+fma+f16c
; dequantize n=64 k=256 w=q4_0
; R=1 PAIRS=0 ROWS=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %w.slot = getelementptr i8, ptr %args, i64 0
  %w = load ptr, ptr %w.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 8
  %y = load ptr, ptr %y.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 16
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 24
  %k = load i64, ptr %k.slot, align 8
  %n.blocks = lshr i64 %k, 5
  %row.bytes = mul i64 %n.blocks, 18
  %first64 = zext i32 %first to i64
  %last64 = zext i32 %last to i64
  %row.first = mul i64 %first64, 1
  %row.last = mul i64 %last64, 1
  %row.over = icmp ugt i64 %row.last, %n
  %row.end = select i1 %row.over, i64 %n, i64 %row.last
  %row.any = icmp ult i64 %row.first, %row.end
  br i1 %row.any, label %each.row, label %exit
each.row:
  %row = phi i64 [ %row.first, %entry ], [ %row.after, %row.next ]
  %to.skip = mul i64 %row, %k
  %to = getelementptr float, ptr %y, i64 %to.skip
  %row.skip = mul i64 %row, %row.bytes
  %lane = add i64 0, 0
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
  %run.p.next = getelementptr i8, ptr %run.p, i64 18
  %lane.bytes2 = shl i64 %lane, 1
  %lane.bytes4 = shl i64 %lane, 2
  %r.lane1 = getelementptr i8, ptr %run.p, i64 %lane
  %r.lane2 = getelementptr i8, ptr %run.p, i64 %lane.bytes2
  %r.lane4 = getelementptr i8, ptr %run.p, i64 %lane.bytes4
  %r.h = load i16, ptr %r.lane2, align 1
  %r.hi = insertelement <16 x i16> poison, i16 %r.h, i64 0
  %r.hs = shufflevector <16 x i16> %r.hi, <16 x i16> poison, <16 x i32> zeroinitializer
  %r.d = call %vf @v.f16.bits(<16 x i16> %r.hs)
  %r.z = fmul %vf %r.d, splat (float -8.0)
  %r.q = getelementptr i8, ptr %r.lane4, i64 2
  %r.fifth = getelementptr i8, ptr %r.lane4, i64 18
  %r.b = load <16 x i8>, ptr %r.q, align 1
  %r.to0 = getelementptr i8, ptr %out, i64 0
  %r.n0 = and <16 x i8> %r.b, splat (i8 15)
  %r.s0w = zext <16 x i8> %r.n0 to %vi
  %r.s0f = sitofp %vi %r.s0w to %vf
  %r.s0v = call %vf @v.fma(%vf %r.s0f, %vf %r.d, %vf %r.z)
  call void @v.store(ptr %r.to0, %vf %r.s0v)
  %r.to1 = getelementptr i8, ptr %out, i64 64
  %r.n1 = lshr <16 x i8> %r.b, splat (i8 4)
  %r.s1w = zext <16 x i8> %r.n1 to %vi
  %r.s1f = sitofp %vi %r.s1w to %vf
  %r.s1v = call %vf @v.fma(%vf %r.s1f, %vf %r.d, %vf %r.z)
  call void @v.store(ptr %r.to1, %vf %r.s1v)
  br label %run.check
row.next:
  %row.after = add i64 %row, 1
  %row.more = icmp ult i64 %row.after, %row.end
  br i1 %row.more, label %each.row, label %exit
exit:
  ret void
}
