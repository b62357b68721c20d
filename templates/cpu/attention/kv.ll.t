$if PF
define internal void @kv.prefetch(ptr %p) #1 {
  call void @llvm.prefetch.p0(ptr %p, i32 0, i32 ${PF == 1 ? 3 : 2}, i32 1)
  ret void
}
$end

$# KV pages as f32, for each type (codegen/ops/format.h has the bytes).
$if kcache_type == 'q8_0'
define internal %vf @load.i8(ptr %p) #1 {
  %b = load <${lanes} x i8>, ptr %p, align 1
  %i = sext <${lanes} x i8> %b to %vi
  %v = sitofp %vi %i to %vf
  ret %vf %v
}
$end

$if swapped
$let twice = 'i32 0'
$let apart = ''
$for i in 1..32
$let twice = twice + ', i32 ' + str(i % 16)
$end
$for i in 0..16
$let of = in(i / 4, 1, 2) ? (i < 8 ? i + 4 : i - 4) : i
$let apart = apart + (i ? ', ' : '') + 'i32 0, i32 ' + str(32 + of + (i < 8 ? 0 : 16))
$end
; 16 bf16 as f32, quarters 1 and 2 in each other's place: a broadcast of all and a shuffle of bytes.
define internal %vf @load.bf16.swapped(ptr %p) #1 {
  %h = load <16 x i16>, ptr %p, align 2
  %hh = shufflevector <16 x i16> %h, <16 x i16> poison, <32 x i32> <${twice}>
  %w = shufflevector <32 x i16> zeroinitializer, <32 x i16> %hh, <32 x i32> <${apart}>
  %v = bitcast <32 x i16> %w to %vf
  ret %vf %v
}
$end
; Elements in their order.
define internal %vf @in.order(%vf %v) #1 {
$if swapped
  %w = shufflevector %vf %v, %vf poison, <16 x i32> <${ramp}>
  ret %vf %w
$else
  ret %vf %v
$end
}

$# %NAME = one vector of type `type` at %PTR; q8_0 is still without its scale.
$macro kv_load(name, type, ptr)
$if swapped
  %${name} = call %vf @load.bf16.swapped(ptr %${ptr})
$elif type == 'f32'
  %${name} = call %vf @v.load(ptr %${ptr})
$elif type == 'q8_0'
  %${name} = call %vf @load.i8(ptr %${ptr})
$else
  %${name} = call %vf @v.from.${type}(ptr %${ptr})
$end
$end

$# The scales of a pass as f32: [position/16][head_dim/32][16] for keys and values.
$macro make_scales(from)
$call loop_begin('sc', from, '0', '%n.groups', '')
  %sc.from = mul i64 %sc, ${group_bytes}
  %sc.to = mul i64 %sc, ${head_dim / 2}
$if PF
$for x in 0..2
  %sc.pf${x} = getelementptr i8, ptr ${x ? '%a.v' : '%a.k'}, i64 %sc.from
$for line in 0..ceildiv(head_dim, 64)
  %sc.pf${x}.${line} = getelementptr i8, ptr %sc.pf${x}, i64 ${64 * line}
  call void @kv.prefetch(ptr %sc.pf${x}.${line})
$end
$end
$end
$for b in 0..head_dim / 32 * NV
$for x in 0..2
  %sc.${x}.${b}.at = add i64 %sc.from, ${2 * b * lanes}
  %sc.${x}.${b}.p = getelementptr i8, ptr ${x ? '%p.v' : '%p.k'}, i64 %sc.${x}.${b}.at
  %sc.${x}.${b} = call %vf @v.from.f16(ptr %sc.${x}.${b}.p)
  %sc.${x}.${b}.i = add i64 %sc.to, ${b * lanes}
  %sc.${x}.${b}.to = getelementptr float, ptr ${x ? '%vscales' : '%kscales'}, i64 %sc.${x}.${b}.i
  call void @v.store(ptr %sc.${x}.${b}.to, %vf %sc.${x}.${b})
$end
$end
$call loop_end('sc', 1)
$end

$# The keys and values of a pass as f32 in scratch, laid out as in a page of f32.
$macro make_tile(from)
$call loop_begin('cv', from, '0', '%n.groups', '')
  %cv.from = mul i64 %cv, ${group_bytes}
  %cv.k = getelementptr i8, ptr %p.k, i64 %cv.from
  %cv.v = getelementptr i8, ptr %p.v, i64 %cv.from
  %cv.to = mul i64 %cv, ${16 * head_dim}
  %cv.kt = getelementptr float, ptr %ktile, i64 %cv.to
  %cv.vt = getelementptr float, ptr %vtile, i64 %cv.to
$if quantized_kv
  %cv.sc = mul i64 %cv, ${head_dim / 2}
  %cv.ks = getelementptr float, ptr %kscales, i64 %cv.sc
  %cv.vs = getelementptr float, ptr %vscales, i64 %cv.sc
; 16 turns: d, in parts of head_dim / 16, for keys; positions for values.
$call loop_begin('ct', 'cv.body', '0', '16', '')
  %ct.d = mul i64 %ct, ${head_dim / 16}
$for d in 0..head_dim / 16
  %ct.d${d} = add i64 %ct.d, ${d}
  %ct.b${d} = lshr i64 %ct.d${d}, 5
  %ct.s${d} = shl i64 %ct.b${d}, 4
  %ct.i${d} = shl i64 %ct.d${d}, 4
$for j in 0..NV
  %ct.sa${d}.${j} = add i64 %ct.s${d}, ${j * lanes}
  %ct.sp${d}.${j} = getelementptr float, ptr %cv.ks, i64 %ct.sa${d}.${j}
  %ct.sv${d}.${j} = call %vf @v.load(ptr %ct.sp${d}.${j})
  %ct.ia${d}.${j} = add i64 %ct.i${d}, ${j * lanes}
  %ct.id${d}.${j} = add i64 %ct.ia${d}.${j}, ${head_dim}
  %ct.kp${d}.${j} = getelementptr i8, ptr %cv.k, i64 %ct.id${d}.${j}
  %ct.k${d}.${j} = call %vf @load.i8(ptr %ct.kp${d}.${j})
  %ct.f${d}.${j} = fmul %vf %ct.k${d}.${j}, %ct.sv${d}.${j}
  %ct.to${d}.${j} = getelementptr float, ptr %cv.kt, i64 %ct.ia${d}.${j}
  call void @v.store(ptr %ct.to${d}.${j}, %vf %ct.f${d}.${j})
$end
$end
  %ct.row = mul i64 %ct, ${head_dim}
$for v in 0..o_vectors
  %ct.va${v} = add i64 %ct.row, ${v * lanes}
  %ct.vd${v} = add i64 %ct.va${v}, ${head_dim}
  %ct.vp${v} = getelementptr i8, ptr %cv.v, i64 %ct.vd${v}
  %ct.v${v} = call %vf @load.i8(ptr %ct.vp${v})
  %ct.vsa${v} = add i64 %ct, ${v * lanes / 32 * 16}
  %ct.vsp${v} = getelementptr float, ptr %cv.vs, i64 %ct.vsa${v}
  %ct.vs${v} = call %vf @v.bcast(ptr %ct.vsp${v})
  %ct.vf${v} = fmul %vf %ct.v${v}, %ct.vs${v}
  %ct.vt${v} = getelementptr float, ptr %cv.vt, i64 %ct.va${v}
  call void @v.store(ptr %ct.vt${v}, %vf %ct.vf${v})
$end
$call loop_end('ct', 1)
$else
$call loop_begin('ct', 'cv.body', '0', str(16 * head_dim), '')
  %ct.at = mul i64 %ct, ${kv_bytes}
$for u in 0..4
$for x in 0..2
  %ct.${x}.${u}.b = add i64 %ct.at, ${u * lanes * kv_bytes}
  %ct.${x}.${u}.p = getelementptr i8, ptr ${x ? '%cv.v' : '%cv.k'}, i64 %ct.${x}.${u}.b
$call kv_load('ct.' + str(x) + '.' + str(u), kcache_type, 'ct.' + str(x) + '.' + str(u) + '.p')
  %ct.${x}.${u}.i = add i64 %ct, ${u * lanes}
  %ct.${x}.${u}.to = getelementptr float, ptr ${x ? '%cv.vt' : '%cv.kt'}, i64 %ct.${x}.${u}.i
  call void @v.store(ptr %ct.${x}.${u}.to, %vf %ct.${x}.${u})
$end
$end
$call loop_end('ct', str(4 * lanes))
$end
$call loop_end('cv', 1)
$end
