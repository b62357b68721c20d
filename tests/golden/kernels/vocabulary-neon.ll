; template silu_mul, space silu_mul, engine 1
; RB=1 isa=neon vl=4 y_type=f32 has_avx512bf16=0 has_avx512vnni=0 has_avxvnni=0 arg_g=0 arg_u=8 arg_y=16 arg_rows=24 arg_k=32

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
declare %vf @llvm.fma.v4f32(%vf, %vf, %vf)

define internal %vf @v.fma(%vf %a, %vf %b, %vf %c) #1 {
  %v = call %vf @llvm.fma.v4f32(%vf %a, %vf %b, %vf %c)
  ret %vf %v
}

define internal %vf @v.f16.bits(<4 x i16> %b) #1 {
  %h = bitcast <4 x i16> %b to <4 x half>
  %v = fpext <4 x half> %h to %vf
  ret %vf %v
}

define internal <4 x i16> @v.to.f16(%vf %v) #1 {
  %h = fptrunc %vf %v to <4 x half>
  %b = bitcast <4 x half> %h to <4 x i16>
  ret <4 x i16> %b
}

; An integer sum that starts at dot_start + s comes back as a float times scale, in one operation:
; the bits of dot_start are the float 1.5 * 2^23, so the sum's are that float plus the sum.
define internal %vf @v.dot.offset(%vf %scale) #1 {
  %v = fmul %vf %scale, splat (float 0xc168000000000000)
  ret %vf %v
}

define internal %vf @v.dot.scale(%vi %dot, %vf %scale, %vf %offset) #1 {
  %f = bitcast %vi %dot to %vf
  %v = call %vf @v.fma(%vf %f, %vf %scale, %vf %offset)
  ret %vf %v
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


define internal <8 x i16> @dot4.pairs.piece(<8 x i16> %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %wp = bitcast <16 x i8> %w to <8 x i16>
  %xp = bitcast <16 x i8> %x to <8 x i16>
  %w.up = shl <8 x i16> %wp, splat (i16 8)
  %w0 = lshr <8 x i16> %w.up, splat (i16 8)
  %w1 = lshr <8 x i16> %wp, splat (i16 8)
  %x.up = shl <8 x i16> %xp, splat (i16 8)
  %x0 = ashr <8 x i16> %x.up, splat (i16 8)
  %x1 = ashr <8 x i16> %xp, splat (i16 8)
  %m0 = mul <8 x i16> %w0, %x0
  %s0 = add <8 x i16> %acc, %m0
  %m1 = mul <8 x i16> %w1, %x1
  %v = add <8 x i16> %s0, %m1
  ret <8 x i16> %v
}
define internal <8 x i16> @dot4.pairs.signed(<8 x i16> %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %wp = bitcast <16 x i8> %w to <8 x i16>
  %xp = bitcast <16 x i8> %x to <8 x i16>
  %w.up = shl <8 x i16> %wp, splat (i16 8)
  %w0 = ashr <8 x i16> %w.up, splat (i16 8)
  %w1 = ashr <8 x i16> %wp, splat (i16 8)
  %x.up = shl <8 x i16> %xp, splat (i16 8)
  %x0 = ashr <8 x i16> %x.up, splat (i16 8)
  %x1 = ashr <8 x i16> %xp, splat (i16 8)
  %m0 = mul <8 x i16> %w0, %x0
  %s0 = add <8 x i16> %acc, %m0
  %m1 = mul <8 x i16> %w1, %x1
  %v = add <8 x i16> %s0, %m1
  ret <8 x i16> %v
}

define internal %vi @dot4.wide.piece(%vi %acc, <8 x i16> %pairs) #1 {
  %p = bitcast <8 x i16> %pairs to %vi
  %up = shl %vi %p, splat (i32 16)
  %p0 = ashr %vi %up, splat (i32 16)
  %p1 = ashr %vi %p, splat (i32 16)
  %s = add %vi %acc, %p0
  %v = add %vi %s, %p1
  ret %vi %v
}

define internal %vi @dot4.piece(%vi %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %pairs = call <8 x i16> @dot4.pairs.piece(<8 x i16> zeroinitializer, <16 x i8> %w, <16 x i8> %x)
  %v = call %vi @dot4.wide.piece(%vi %acc, <8 x i16> %pairs)
  ret %vi %v
}

define internal %vi @dot4.q8.piece(%vi %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %s = xor <16 x i8> %w, splat (i8 -128)
  %pairs = call <8 x i16> @dot4.pairs.signed(<8 x i16> zeroinitializer, <16 x i8> %s, <16 x i8> %x)
  %v = call %vi @dot4.wide.piece(%vi %acc, <8 x i16> %pairs)
  ret %vi %v
}




define internal <4 x i32> @v.dot4(<4 x i32> %a, <16 x i8> %b, <16 x i8> %c) #1 {
  %v = call <4 x i32> @dot4.piece(<4 x i32> %a, <16 x i8> %b, <16 x i8> %c)
  ret <4 x i32> %v
}
define internal <4 x i32> @v.dot4.q8(<4 x i32> %a, <16 x i8> %b, <16 x i8> %c) #1 {
  %v = call <4 x i32> @dot4.q8.piece(<4 x i32> %a, <16 x i8> %b, <16 x i8> %c)
  ret <4 x i32> %v
}
define internal <8 x i16> @v.dot4.pairs(<8 x i16> %a, <16 x i8> %b, <16 x i8> %c) #1 {
  %v = call <8 x i16> @dot4.pairs.piece(<8 x i16> %a, <16 x i8> %b, <16 x i8> %c)
  ret <8 x i16> %v
}
define internal <4 x i32> @v.dot4.wide(<4 x i32> %a, <8 x i16> %b) #1 {
  %v = call <4 x i32> @dot4.wide.piece(<4 x i32> %a, <8 x i16> %b)
  ret <4 x i32> %v
}












