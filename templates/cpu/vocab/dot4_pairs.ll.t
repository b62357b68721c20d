$# Dot products of bytes by multiplications of 16 bits: two products of weights up to 127, or signed
$# ones of full range, and activations that are never -128 fit 16 bits together, 2 * 128 * 127.
$let q8_offset = 0
$let pairs_max = 32767
$let width = lanes
$let n_bytes = 4 * lanes
$let n_pairs = 2 * lanes

$# %<out>0, %<out>1: the first and the second byte of each pair, `shift` for those without a sign.
$macro pair_bytes(out, from, shift)
  %${out}.up = shl <${n_pairs} x i16> %${from}, splat (i16 8)
  %${out}0 = ${shift} <${n_pairs} x i16> %${out}.up, splat (i16 8)
  %${out}1 = ${shift} <${n_pairs} x i16> %${from}, splat (i16 8)
$end

$macro pair_products(name, shift)
define internal <${n_pairs} x i16> @${name}(<${n_pairs} x i16> %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %wp = bitcast <${n_bytes} x i8> %w to <${n_pairs} x i16>
  %xp = bitcast <${n_bytes} x i8> %x to <${n_pairs} x i16>
$call pair_bytes('w', 'wp', shift)
$call pair_bytes('x', 'xp', 'ashr')
  %m0 = mul <${n_pairs} x i16> %w0, %x0
  %s0 = add <${n_pairs} x i16> %acc, %m0
  %m1 = mul <${n_pairs} x i16> %w1, %x1
  %v = add <${n_pairs} x i16> %s0, %m1
  ret <${n_pairs} x i16> %v
}
$end
$call pair_products('dot4.pairs.piece', 'lshr')
$call pair_products('dot4.pairs.signed', 'ashr')

define internal %vi @dot4.wide.piece(%vi %acc, <${n_pairs} x i16> %pairs) #1 {
  %p = bitcast <${n_pairs} x i16> %pairs to %vi
  %up = shl %vi %p, splat (i32 16)
  %p0 = ashr %vi %up, splat (i32 16)
  %p1 = ashr %vi %p, splat (i32 16)
  %s = add %vi %acc, %p0
  %v = add %vi %s, %p1
  ret %vi %v
}

define internal %vi @dot4.piece(%vi %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %pairs = call <${n_pairs} x i16> @dot4.pairs.piece(<${n_pairs} x i16> zeroinitializer, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x)
  %v = call %vi @dot4.wide.piece(%vi %acc, <${n_pairs} x i16> %pairs)
  ret %vi %v
}

define internal %vi @dot4.q8.piece(%vi %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %s = xor <${n_bytes} x i8> %w, splat (i8 -128)
  %pairs = call <${n_pairs} x i16> @dot4.pairs.signed(<${n_pairs} x i16> zeroinitializer, <${n_bytes} x i8> %s, <${n_bytes} x i8> %x)
  %v = call %vi @dot4.wide.piece(%vi %acc, <${n_pairs} x i16> %pairs)
  ret %vi %v
}
$include "cpu/vocab/dot4_split.ll.t"
