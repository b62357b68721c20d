; template add, space add, engine 1
; RB=1 isa=portable vl=4 y_type=f32 has_avx512bf16=0 has_avx512vnni=0 has_avxvnni=0 arg_x=0 arg_r=8 arg_y=16 arg_rows=24 arg_k=32

%vf = type <4 x float>
%vi = type <4 x i32>
%vb = type <16 x i8>
%vp = type <8 x i16>

attributes #0 = { nounwind "no-builtins" }
attributes #1 = { alwaysinline nounwind "no-builtins" }

declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare float @llvm.sqrt.f32(float)
declare %vf @llvm.sqrt.v4f32(%vf)
declare %vf @llvm.masked.load.v4f32.p0(ptr, i32, <4 x i1>, %vf)
declare void @llvm.masked.store.v4f32.p0(%vf, ptr, i32, <4 x i1>)
declare float @llvm.vector.reduce.fadd.v4f32(float, %vf)
declare float @llvm.vector.reduce.fmax.v4f32(%vf)

define internal %vf @v.load(ptr %p) #1 {
  %v = load %vf, ptr %p, align 4
  ret %vf %v
}

define internal void @v.store(ptr %p, %vf %v) #1 {
  store %vf %v, ptr %p, align 4
  ret void
}

; The first n lanes; n may be 0, negative, or more than there are.
define internal <4 x i1> @v.first(i32 %n) #1 {
  %i = insertelement %vi poison, i32 %n, i64 0
  %s = shufflevector %vi %i, %vi poison, <4 x i32> zeroinitializer
  %m = icmp slt %vi <i32 0, i32 1, i32 2, i32 3>, %s
  ret <4 x i1> %m
}

define internal %vf @v.load.n(ptr %p, i32 %n) #1 {
  %m = call <4 x i1> @v.first(i32 %n)
  %v = call %vf @llvm.masked.load.v4f32.p0(ptr %p, i32 4, <4 x i1> %m, %vf zeroinitializer)
  ret %vf %v
}

define internal void @v.store.n(ptr %p, %vf %v, i32 %n) #1 {
  %m = call <4 x i1> @v.first(i32 %n)
  call void @llvm.masked.store.v4f32.p0(%vf %v, ptr %p, i32 4, <4 x i1> %m)
  ret void
}

define internal %vf @v.splat(float %x) #1 {
  %i = insertelement %vf poison, float %x, i64 0
  %s = shufflevector %vf %i, %vf poison, <4 x i32> zeroinitializer
  ret %vf %s
}

define internal %vi @v.splat.i(i32 %x) #1 {
  %i = insertelement %vi poison, i32 %x, i64 0
  %s = shufflevector %vi %i, %vi poison, <4 x i32> zeroinitializer
  ret %vi %s
}

; One value from memory in every lane. A broadcast with one use becomes part of its user.
define internal %vf @v.bcast(ptr %p) #1 {
  %x = load float, ptr %p, align 4
  %v = call %vf @v.splat(float %x)
  ret %vf %v
}

; Four bytes from memory in every lane.
define internal %vb @v.bcast4(ptr %p) #1 {
  %x = load i32, ptr %p, align 1
  %v = call %vi @v.splat.i(i32 %x)
  %b = bitcast %vi %v to %vb
  ret %vb %b
}

; Two 16-bit values from memory in every lane.
define internal %vp @v.bcast2(ptr %p) #1 {
  %x = load i32, ptr %p, align 2
  %v = call %vi @v.splat.i(i32 %x)
  %b = bitcast %vi %v to %vp
  ret %vp %b
}

define internal void @v.prefetch(ptr %p) #1 {
  call void @llvm.prefetch.p0(ptr %p, i32 0, i32 3, i32 1)
  ret void
}

; Into the second level and those beyond it, to be read or to be written.
define internal void @v.prefetch.far(ptr %p) #1 {
  call void @llvm.prefetch.p0(ptr %p, i32 0, i32 2, i32 1)
  ret void
}

define internal void @v.prefetch.write(ptr %p) #1 {
  call void @llvm.prefetch.p0(ptr %p, i32 1, i32 2, i32 1)
  ret void
}

; Sum and largest of the lanes.
define internal float @v.sum(%vf %v) #1 {
  %s = call reassoc float @llvm.vector.reduce.fadd.v4f32(float -0.0, %vf %v)
  ret float %s
}

define internal float @v.max(%vf %v) #1 {
  %s = call nnan float @llvm.vector.reduce.fmax.v4f32(%vf %v)
  ret float %s
}

; The larger of each pair of lanes; the second where one of them is not a number.
define internal %vf @v.larger(%vf %a, %vf %b) #1 {
  %c = fcmp ogt %vf %a, %b
  %v = select <4 x i1> %c, %vf %a, %vf %b
  ret %vf %v
}

define internal %vf @v.bf16.bits(<4 x i16> %h) #1 {
  %i = zext <4 x i16> %h to %vi
  %s = shl %vi %i, splat (i32 16)
  %v = bitcast %vi %s to %vf
  ret %vf %v
}

define internal %vf @v.from.bf16(ptr %p) #1 {
  %h = load <4 x i16>, ptr %p, align 2
  %v = call %vf @v.bf16.bits(<4 x i16> %h)
  ret %vf %v
}

define internal %vf @v.from.f16(ptr %p) #1 {
  %h = load <4 x i16>, ptr %p, align 2
  %v = call %vf @v.f16.bits(<4 x i16> %h)
  ret %vf %v
}

; The first and the second bf16 of each pair as f32: a bf16 is the upper half of its float.
define internal %vf @v.bf16.first(%vp %p) #1 {
  %i = bitcast %vp %p to %vi
  %s = shl %vi %i, splat (i32 16)
  %v = bitcast %vi %s to %vf
  ret %vf %v
}

define internal %vf @v.bf16.second(%vp %p) #1 {
  %i = bitcast %vp %p to %vi
  %s = and %vi %i, splat (i32 -65536)
  %v = bitcast %vi %s to %vf
  ret %vf %v
}

; Round to nearest, ties to even; NaN stays NaN.
define internal <4 x i16> @v.to.bf16(%vf %v) #1 {
  %i = bitcast %vf %v to %vi
  %top = lshr %vi %i, splat (i32 16)
  %odd = and %vi %top, splat (i32 1)
  %bias = add %vi %odd, splat (i32 32767)
  %sum = add %vi %i, %bias
  %round = lshr %vi %sum, splat (i32 16)
  %quiet = or %vi %top, splat (i32 64)
  %nan = fcmp uno %vf %v, %v
  %r = select <4 x i1> %nan, %vi %quiet, %vi %round
  %h = trunc %vi %r to <4 x i16>
  ret <4 x i16> %h
}

; exp(x) to 1e-7 of its value; 0 below -87.3, the largest float above 88.7.
define internal %vf @v.exp(%vf %x) #1 {
  %big = fcmp ogt %vf %x, splat (float 0x40562cccc0000000)
  %x1 = select <4 x i1> %big, %vf splat (float 0x40562cccc0000000), %vf %x
  %t = call %vf @v.fma(%vf %x1, %vf splat (float 0x3ff7154760000000), %vf splat (float 0x4168000000000000))
  %n = fsub %vf %t, splat (float 0x4168000000000000)
  %r0 = call %vf @v.fma(%vf %n, %vf splat (float 0xbfe6300000000000), %vf %x1)
  %r = call %vf @v.fma(%vf %n, %vf splat (float 0x3f2bd01060000000), %vf %r0)
  %p0 = call %vf @v.fma(%vf splat (float 0x3f2a01a020000000), %vf %r, %vf splat (float 0x3f56c16c20000000))
  %p1 = call %vf @v.fma(%vf %p0, %vf %r, %vf splat (float 0x3f81111120000000))
  %p2 = call %vf @v.fma(%vf %p1, %vf %r, %vf splat (float 0x3fa5555560000000))
  %p3 = call %vf @v.fma(%vf %p2, %vf %r, %vf splat (float 0x3fc5555560000000))
  %p4 = call %vf @v.fma(%vf %p3, %vf %r, %vf splat (float 0x3fe0000000000000))
  %p5 = call %vf @v.fma(%vf %p4, %vf %r, %vf splat (float 0x3ff0000000000000))
  %p6 = call %vf @v.fma(%vf %p5, %vf %r, %vf splat (float 0x3ff0000000000000))
  %ti = bitcast %vf %t to %vi
  %e = shl %vi %ti, splat (i32 23)
  %pi = bitcast %vf %p6 to %vi
  %s = add %vi %pi, %e
  %v = bitcast %vi %s to %vf
  %small = fcmp olt %vf %x, splat (float 0xc055d33340000000)
  %y = select <4 x i1> %small, %vf zeroinitializer, %vf %v
  ret %vf %y
}

; x / (1 + exp(-x))
define internal %vf @v.silu(%vf %x) #1 {
  %m = fneg %vf %x
  %e = call %vf @v.exp(%vf %m)
  %d = fadd %vf %e, splat (float 1.0)
  %y = fdiv %vf %x, %d
  ret %vf %y
}
define internal %vf @v.dot2(%vf %acc, %vp %a, %vp %b) #1 {
  %a0 = call %vf @v.bf16.first(%vp %a)
  %b0 = call %vf @v.bf16.first(%vp %b)
  %a1 = call %vf @v.bf16.second(%vp %a)
  %b1 = call %vf @v.bf16.second(%vp %b)
  %s = call %vf @v.fma(%vf %a0, %vf %b0, %vf %acc)
  %v = call %vf @v.fma(%vf %a1, %vf %b1, %vf %s)
  ret %vf %v
}

define internal %vf @v.fma(%vf %a, %vf %b, %vf %c) #1 {
  %p = fmul %vf %a, %b
  %v = fadd %vf %p, %c
  ret %vf %v
}

; Exponent and fraction move into place and 2^112 makes up for the smaller bias, subnormals
; included; infinities and NaN get the largest exponent.
define internal %vf @v.f16.bits(<4 x i16> %h) #1 {
  %i = zext <4 x i16> %h to %vi
  %m = and %vi %i, splat (i32 32767)
  %s = shl %vi %m, splat (i32 13)
  %f = bitcast %vi %s to %vf
  %g = fmul %vf %f, splat (float 0x46f0000000000000)
  %gi = bitcast %vf %g to %vi
  %huge = icmp ugt %vi %m, splat (i32 31743)
  %top = or %vi %s, splat (i32 2139095040)
  %a = select <4 x i1> %huge, %vi %top, %vi %gi
  %sign = and %vi %i, splat (i32 32768)
  %sign31 = shl %vi %sign, splat (i32 16)
  %b = or %vi %a, %sign31
  %v = bitcast %vi %b to %vf
  ret %vf %v
}

; To nearest, ties to even: 0.5 has the unit of f16's subnormals as its last place.
define internal <4 x i16> @v.to.f16(%vf %v) #1 {
  %i = bitcast %vf %v to %vi
  %a = and %vi %i, splat (i32 2147483647)
  %sign = lshr %vi %i, splat (i32 16)
  %s = and %vi %sign, splat (i32 32768)
  %lsb = lshr %vi %a, splat (i32 13)
  %odd = and %vi %lsb, splat (i32 1)
  %bias = add %vi %odd, splat (i32 -939520001)
  %sum = add %vi %a, %bias
  %normal = lshr %vi %sum, splat (i32 13)
  %af = bitcast %vi %a to %vf
  %half = fadd %vf %af, splat (float 0.5)
  %hi = bitcast %vf %half to %vi
  %tiny = sub %vi %hi, splat (i32 1056964608)
  %is.tiny = icmp ult %vi %a, splat (i32 947912704)
  %r0 = select <4 x i1> %is.tiny, %vi %tiny, %vi %normal
  %is.huge = icmp uge %vi %a, splat (i32 1199570944)
  %r1 = select <4 x i1> %is.huge, %vi splat (i32 31744), %vi %r0
  %is.nan = icmp ugt %vi %a, splat (i32 2139095040)
  %r2 = select <4 x i1> %is.nan, %vi splat (i32 32256), %vi %r1
  %r = or %vi %r2, %s
  %h = trunc %vi %r to <4 x i16>
  ret <4 x i16> %h
}

; A plain sum needs no trick: the offset is unused.
define internal %vf @v.dot.offset(%vf %scale) #1 {
  ret %vf zeroinitializer
}

define internal %vf @v.dot.scale(%vi %dot, %vf %scale, %vf %offset) #1 {
  %f = sitofp %vi %dot to %vf
  %v = fmul %vf %f, %scale
  ret %vf %v
}

; Even and odd bytes as 16-bit values, multiplied and added in pairs.
define internal %vi @v.dot4(%vi %acc, %vb %w, %vb %x) #1 {
  %wp = bitcast %vb %w to %vp
  %xp = bitcast %vb %x to %vp
  %w0 = and %vp %wp, splat (i16 255)
  %w1 = lshr %vp %wp, splat (i16 8)
  %xs = shl %vp %xp, splat (i16 8)
  %x0 = ashr %vp %xs, splat (i16 8)
  %x1 = ashr %vp %xp, splat (i16 8)
  %we0 = sext %vp %w0 to <8 x i32>
  %xe0 = sext %vp %x0 to <8 x i32>
  %m0 = mul nsw <8 x i32> %we0, %xe0
  %even0 = shufflevector <8 x i32> %m0, <8 x i32> poison, <4 x i32> <i32 0, i32 2, i32 4, i32 6>
  %odd0 = shufflevector <8 x i32> %m0, <8 x i32> poison, <4 x i32> <i32 1, i32 3, i32 5, i32 7>
  %pair0 = add %vi %even0, %odd0
  %sum0 = add %vi %acc, %pair0
  %we1 = sext %vp %w1 to <8 x i32>
  %xe1 = sext %vp %x1 to <8 x i32>
  %m1 = mul nsw <8 x i32> %we1, %xe1
  %even1 = shufflevector <8 x i32> %m1, <8 x i32> poison, <4 x i32> <i32 0, i32 2, i32 4, i32 6>
  %odd1 = shufflevector <8 x i32> %m1, <8 x i32> poison, <4 x i32> <i32 1, i32 3, i32 5, i32 7>
  %pair1 = add %vi %even1, %odd1
  %sum1 = add %vi %sum0, %pair1
  ret %vi %sum1
}

define internal %vi @v.dot4.q8(%vi %acc, %vb %w, %vb %x) #1 {
  %v = call %vi @v.dot4(%vi %acc, %vb %w, %vb %x)
  ret %vi %v
}












define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %r.slot = getelementptr i8, ptr %args, i64 8
  %r = load ptr, ptr %r.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows.at = load ptr, ptr %rows.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %k.slot = getelementptr i8, ptr %args, i64 32
  %k = load i64, ptr %k.slot, align 8
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, 1
  %row.want = mul i64 %last.64, 1
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %k.whole = and i64 %k, -4
  %k.rest = sub i64 %k, %k.whole
  %k.tail = trunc i64 %k.rest to i32
  br label %row.head
row.head:
  %row = phi i64 [ %row.first, %entry ], [ %row.next, %row.latch ]

  %row.more = icmp ult i64 %row, %row.last
  br i1 %row.more, label %row.body, label %row.end
row.body:
  %x.at = mul i64 %row, %k
  %x.row = getelementptr float, ptr %x, i64 %x.at
  %r.at = mul i64 %row, %k
  %r.row = getelementptr float, ptr %r, i64 %r.at
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
  br label %c.head
c.head:
  %c = phi i64 [ 0, %row.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.x.p = getelementptr float, ptr %x.row, i64 %c0
  %v0.x = call %vf @v.load(ptr %v0.x.p)
  %v0.r.p = getelementptr float, ptr %r.row, i64 %c0
  %v0.r = call %vf @v.load(ptr %v0.r.p)
  %v0 = fadd %vf %v0.x, %v0.r
  %c.out = getelementptr float, ptr %y.row, i64 %c
  call void @v.store(ptr %c.out, %vf %v0)
  br label %c.latch
c.latch:
  %c.next = add nuw i64 %c, 4
  br label %c.head
c.end:
  %t.any = icmp ne i32 %k.tail, 0
  br i1 %t.any, label %tail, label %row.done
tail:
  %tail.v.x.p = getelementptr float, ptr %x.row, i64 %k.whole
  %tail.v.x = call %vf @v.load.n(ptr %tail.v.x.p, i32 %k.tail)
  %tail.v.r.p = getelementptr float, ptr %r.row, i64 %k.whole
  %tail.v.r = call %vf @v.load.n(ptr %tail.v.r.p, i32 %k.tail)
  %tail.v = fadd %vf %tail.v.x, %tail.v.r
  %t.out = getelementptr float, ptr %y.row, i64 %k.whole
  call void @v.store.n(ptr %t.out, %vf %tail.v, i32 %k.tail)
  br label %row.done
row.done:
  br label %row.latch
row.latch:
  %row.next = add nuw i64 %row, 1
  br label %row.head
row.end:
  ret void
}
