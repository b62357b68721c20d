$# What every level shares: types, and the operations that plain IR says well.
$# Needs `lanes`, the f32 values a vector holds; README.md lists the functions.
%vf = type <${lanes} x float>
%vi = type <${lanes} x i32>
%vb = type <${4 * lanes} x i8>
%vp = type <${2 * lanes} x i16>

attributes #0 = { nounwind "no-builtins" }
attributes #1 = { alwaysinline nounwind "no-builtins" }

declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare float @llvm.sqrt.f32(float)
declare %vf @llvm.sqrt.v${lanes}f32(%vf)
declare %vf @llvm.masked.load.v${lanes}f32.p0(ptr, i32, <${lanes} x i1>, %vf)
declare void @llvm.masked.store.v${lanes}f32.p0(%vf, ptr, i32, <${lanes} x i1>)
declare float @llvm.vector.reduce.fadd.v${lanes}f32(float, %vf)
declare float @llvm.vector.reduce.fmax.v${lanes}f32(%vf)

define internal %vf @v.load(ptr %p) #1 {
  %v = load %vf, ptr %p, align 4
  ret %vf %v
}

define internal void @v.store(ptr %p, %vf %v) #1 {
  store %vf %v, ptr %p, align 4
  ret void
}

; The first n lanes; n may be 0, negative, or more than there are.
define internal <${lanes} x i1> @v.first(i32 %n) #1 {
  %i = insertelement %vi poison, i32 %n, i64 0
  %s = shufflevector %vi %i, %vi poison, <${lanes} x i32> zeroinitializer
$let steps = 'i32 0'
$for i in 1..lanes
$let steps = steps + ', i32 ' + str(i)
$end
  %m = icmp slt %vi <${steps}>, %s
  ret <${lanes} x i1> %m
}

define internal %vf @v.load.n(ptr %p, i32 %n) #1 {
  %m = call <${lanes} x i1> @v.first(i32 %n)
  %v = call %vf @llvm.masked.load.v${lanes}f32.p0(ptr %p, i32 4, <${lanes} x i1> %m, %vf zeroinitializer)
  ret %vf %v
}

define internal void @v.store.n(ptr %p, %vf %v, i32 %n) #1 {
  %m = call <${lanes} x i1> @v.first(i32 %n)
  call void @llvm.masked.store.v${lanes}f32.p0(%vf %v, ptr %p, i32 4, <${lanes} x i1> %m)
  ret void
}

define internal %vf @v.splat(float %x) #1 {
  %i = insertelement %vf poison, float %x, i64 0
  %s = shufflevector %vf %i, %vf poison, <${lanes} x i32> zeroinitializer
  ret %vf %s
}

define internal %vi @v.splat.i(i32 %x) #1 {
  %i = insertelement %vi poison, i32 %x, i64 0
  %s = shufflevector %vi %i, %vi poison, <${lanes} x i32> zeroinitializer
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
  %s = call reassoc float @llvm.vector.reduce.fadd.v${lanes}f32(float -0.0, %vf %v)
  ret float %s
}

define internal float @v.max(%vf %v) #1 {
  %s = call nnan float @llvm.vector.reduce.fmax.v${lanes}f32(%vf %v)
  ret float %s
}

; The larger of each pair of lanes; the second where one of them is not a number.
define internal %vf @v.larger(%vf %a, %vf %b) #1 {
  %c = fcmp ogt %vf %a, %b
  %v = select <${lanes} x i1> %c, %vf %a, %vf %b
  ret %vf %v
}

define internal %vf @v.bf16.bits(<${lanes} x i16> %h) #1 {
  %i = zext <${lanes} x i16> %h to %vi
  %s = shl %vi %i, splat (i32 16)
  %v = bitcast %vi %s to %vf
  ret %vf %v
}

define internal %vf @v.from.bf16(ptr %p) #1 {
  %h = load <${lanes} x i16>, ptr %p, align 2
  %v = call %vf @v.bf16.bits(<${lanes} x i16> %h)
  ret %vf %v
}

define internal %vf @v.from.f16(ptr %p) #1 {
  %h = load <${lanes} x i16>, ptr %p, align 2
  %v = call %vf @v.f16.bits(<${lanes} x i16> %h)
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
define internal <${lanes} x i16> @v.to.bf16(%vf %v) #1 {
  %i = bitcast %vf %v to %vi
  %top = lshr %vi %i, splat (i32 16)
  %odd = and %vi %top, splat (i32 1)
  %bias = add %vi %odd, splat (i32 32767)
  %sum = add %vi %i, %bias
  %round = lshr %vi %sum, splat (i32 16)
  %quiet = or %vi %top, splat (i32 64)
  %nan = fcmp uno %vf %v, %v
  %r = select <${lanes} x i1> %nan, %vi %quiet, %vi %round
  %h = trunc %vi %r to <${lanes} x i16>
  ret <${lanes} x i16> %h
}

; exp(x) to 1e-7 of its value; 0 below -87.3, the largest float above 88.7.
define internal %vf @v.exp(%vf %x) #1 {
  %big = fcmp ogt %vf %x, splat (float ${hexfloat(88.7)})
  %x1 = select <${lanes} x i1> %big, %vf splat (float ${hexfloat(88.7)}), %vf %x
  %t = call %vf @v.fma(%vf %x1, %vf splat (float ${hexfloat(1.4426950408889634)}), %vf splat (float ${hexfloat(12582912.0)}))
  %n = fsub %vf %t, splat (float ${hexfloat(12582912.0)})
  %r0 = call %vf @v.fma(%vf %n, %vf splat (float ${hexfloat(-0.693359375)}), %vf %x1)
  %r = call %vf @v.fma(%vf %n, %vf splat (float ${hexfloat(0.00021219444005469057)}), %vf %r0)
$let factorial = 5040.0
$let before = 'splat (float ' + hexfloat(1.0 / factorial) + ')'
$for i in 0..7
$let factorial = factorial / float(7 - i)
  %p${i} = call %vf @v.fma(%vf ${before}, %vf %r, %vf splat (float ${hexfloat(1.0 / factorial)}))
$let before = '%p' + str(i)
$end
  %ti = bitcast %vf %t to %vi
  %e = shl %vi %ti, splat (i32 23)
  %pi = bitcast %vf ${before} to %vi
  %s = add %vi %pi, %e
  %v = bitcast %vi %s to %vf
  %small = fcmp olt %vf %x, splat (float ${hexfloat(-87.3)})
  %y = select <${lanes} x i1> %small, %vf zeroinitializer, %vf %v
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
