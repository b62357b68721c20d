$# Matrix tiles in plain IR, with the semantics that the architecture's manual gives: takes the place of
$# cpu/vocab/tiles.ll.t where a machine without AMX checks the templates that use it. %tiles holds the
$# shapes asked for, the shapes taken by ldtilecfg, and eight tiles. What the processor refuses (no
$# shapes taken, shapes that do not agree) traps. Subnormal bf16 values are not flushed to zero.
$include "cpu/vocab/loop.ll.t"
$let tile_bytes = 64 + 64 + 8 * 1024
attributes #2 = { noinline nounwind "no-builtins" }
declare void @llvm.trap()

$macro shape(name, t)
  %${name}.bytes.i = shl i64 ${t}, 1
  %${name}.bytes.p0 = getelementptr i8, ptr %taken, i64 %${name}.bytes.i
  %${name}.bytes.p = getelementptr i8, ptr %${name}.bytes.p0, i64 16
  %${name}.bytes.16 = load i16, ptr %${name}.bytes.p, align 1
  %${name}.bytes = zext i16 %${name}.bytes.16 to i64
  %${name}.rows.p0 = getelementptr i8, ptr %taken, i64 ${t}
  %${name}.rows.p = getelementptr i8, ptr %${name}.rows.p0, i64 48
  %${name}.rows.8 = load i8, ptr %${name}.rows.p, align 1
  %${name}.rows = zext i8 %${name}.rows.8 to i64
  %${name}.units = lshr i64 %${name}.bytes, 2
  %${name}.skip = shl i64 ${t}, 10
  %${name}.at0 = getelementptr i8, ptr %taken, i64 64
  %${name}.at = getelementptr i8, ptr %${name}.at0, i64 %${name}.skip
$end

$# Traps unless shapes were taken and `ok` holds; the code goes on in block `go`.
$macro demand(ok)
  %taken.palette = load i8, ptr %taken, align 1
  %taken.any = icmp eq i8 %taken.palette, 1
  %demand = and i1 %taken.any, ${ok}
  br i1 %demand, label %go, label %refused
refused:
  call void @llvm.trap()
  unreachable
go:
$end

define internal void @t.begin(ptr %tiles) #2 {
entry:
  %taken = getelementptr i8, ptr %tiles, i64 64
  %shapes = load <64 x i8>, ptr %tiles, align 1
  store <64 x i8> %shapes, ptr %taken, align 1
$call loop_begin('t', 'entry', '0', '8', '')
  call void @t.zero(ptr %tiles, i64 %t)
$call loop_end('t', 1)
  ret void
}

define internal void @t.end(ptr %tiles) #2 {
  %taken = getelementptr i8, ptr %tiles, i64 64
  store <64 x i8> zeroinitializer, ptr %taken, align 1
  ret void
}

define internal void @t.zero(ptr %tiles, i64 %number) #2 {
entry:
  %taken = getelementptr i8, ptr %tiles, i64 64
$call demand('true')
$call shape('tile', '%number')
$call loop_begin('i', 'go', '0', '16', '')
  %i.skip = shl i64 %i, 6
  %i.p = getelementptr i8, ptr %tile.at, i64 %i.skip
  store <64 x i8> zeroinitializer, ptr %i.p, align 1
$call loop_end('i', 1)
  ret void
}

$# Bytes of each row that the shape has; rows and bytes beyond it become zero in a tile.
define internal void @t.load(ptr %tiles, i64 %number, ptr %p, i64 %stride) #2 {
entry:
  %taken = getelementptr i8, ptr %tiles, i64 64
$call demand('true')
$call shape('tile', '%number')
  call void @t.zero(ptr %tiles, i64 %number)
$call loop_begin('i', 'go', '0', '%tile.rows', '')
  %i.skip = shl i64 %i, 6
  %i.to = getelementptr i8, ptr %tile.at, i64 %i.skip
  %i.from.skip = mul i64 %i, %stride
  %i.from = getelementptr i8, ptr %p, i64 %i.from.skip
$call loop_begin('j', 'i.body', '0', '%tile.bytes', '')
  %j.from = getelementptr i8, ptr %i.from, i64 %j
  %j.to = getelementptr i8, ptr %i.to, i64 %j
  %j.v = load i8, ptr %j.from, align 1
  store i8 %j.v, ptr %j.to, align 1
$call loop_end('j', 1)
$call loop_end('i', 1)
  ret void
}

define internal void @t.store(ptr %tiles, i64 %number, ptr %p, i64 %stride) #2 {
entry:
  %taken = getelementptr i8, ptr %tiles, i64 64
$call demand('true')
$call shape('tile', '%number')
$call loop_begin('i', 'go', '0', '%tile.rows', '')
  %i.skip = shl i64 %i, 6
  %i.from = getelementptr i8, ptr %tile.at, i64 %i.skip
  %i.to.skip = mul i64 %i, %stride
  %i.to = getelementptr i8, ptr %p, i64 %i.to.skip
$call loop_begin('j', 'i.body', '0', '%tile.bytes', '')
  %j.from = getelementptr i8, ptr %i.from, i64 %j
  %j.to = getelementptr i8, ptr %i.to, i64 %j
  %j.v = load i8, ptr %j.from, align 1
  store i8 %j.v, ptr %j.to, align 1
$call loop_end('j', 1)
$call loop_end('i', 1)
  ret void
}

$# The loops of both products: element (m, n) of c, %before at first, and the loop over k to come in it.
$# Address of the k-th unit of row m of a: %a.p, of column n of row k of b: %b.p.
$macro dot_begin(type)
  %taken = getelementptr i8, ptr %tiles, i64 64
$call shape('c', '%tc')
$call shape('a', '%ta')
$call shape('b', '%tb')
  %same.rows = icmp eq i64 %a.rows, %c.rows
  %same.k = icmp eq i64 %a.units, %b.rows
  %same.columns = icmp eq i64 %c.bytes, %b.bytes
  %apart.a = icmp ne i64 %tc, %ta
  %apart.b = icmp ne i64 %tc, %tb
  %ok0 = and i1 %same.rows, %same.k
  %ok1 = and i1 %ok0, %same.columns
  %ok2 = and i1 %ok1, %apart.a
  %ok = and i1 %ok2, %apart.b
$call demand('%ok')
$call loop_begin('m', 'go', '0', '%c.rows', '')
  %m.skip = shl i64 %m, 6
  %m.c = getelementptr i8, ptr %c.at, i64 %m.skip
  %m.a = getelementptr i8, ptr %a.at, i64 %m.skip
$call loop_begin('n', 'm.body', '0', '%c.units', '')
  %n.skip = shl i64 %n, 2
  %n.c = getelementptr i8, ptr %m.c, i64 %n.skip
  %n.b = getelementptr i8, ptr %b.at, i64 %n.skip
  %before = load ${type}, ptr %n.c, align 1
$end
$macro dot_addresses()
  %k.a.skip = shl i64 %k, 2
  %a.p = getelementptr i8, ptr %m.a, i64 %k.a.skip
  %k.b.skip = shl i64 %k, 6
  %b.p = getelementptr i8, ptr %n.b, i64 %k.b.skip
$end

define internal void @t.dot.i8(ptr %tiles, i64 %tc, i64 %ta, i64 %tb) #2 {
entry:
$call dot_begin('i32')
$call loop_begin('k', 'n.body', '0', '%a.units', '  %sum = phi i32 [ %before, %n.body ], [ %sum.4, %k.latch ]')
$call dot_addresses()
$for i in 0..4
  %a.p${i} = getelementptr i8, ptr %a.p, i64 ${i}
  %b.p${i} = getelementptr i8, ptr %b.p, i64 ${i}
  %a${i} = load i8, ptr %a.p${i}, align 1
  %b${i} = load i8, ptr %b.p${i}, align 1
  %a.w${i} = sext i8 %a${i} to i32
  %b.w${i} = zext i8 %b${i} to i32
  %ab${i} = mul i32 %a.w${i}, %b.w${i}
  %sum.${i + 1} = add i32 %sum${i ? '.' + str(i) : ''}, %ab${i}
$end
$call loop_end('k', 1)
  store i32 %sum, ptr %n.c, align 1
$call loop_end('n', 1)
$call loop_end('m', 1)
  ret void
}

$# Even and odd elements are summed apart from zero and join c at the end.
define internal void @t.dot.bf16(ptr %tiles, i64 %tc, i64 %ta, i64 %tb) #2 {
entry:
$call dot_begin('float')
$call loop_begin('k', 'n.body', '0', '%a.units', '  %sum0 = phi float [ 0.0, %n.body ], [ %next0, %k.latch ]\n  %sum1 = phi float [ 0.0, %n.body ], [ %next1, %k.latch ]')
$call dot_addresses()
$for i in 0..2
  %a.p${i} = getelementptr i8, ptr %a.p, i64 ${2 * i}
  %b.p${i} = getelementptr i8, ptr %b.p, i64 ${2 * i}
  %a${i} = load i16, ptr %a.p${i}, align 1
  %b${i} = load i16, ptr %b.p${i}, align 1
  %a.i${i} = zext i16 %a${i} to i32
  %b.i${i} = zext i16 %b${i} to i32
  %a.s${i} = shl i32 %a.i${i}, 16
  %b.s${i} = shl i32 %b.i${i}, 16
  %a.f${i} = bitcast i32 %a.s${i} to float
  %b.f${i} = bitcast i32 %b.s${i} to float
  %next${i} = call float @llvm.fma.f32(float %a.f${i}, float %b.f${i}, float %sum${i})
$end
$call loop_end('k', 1)
  %both = fadd float %sum0, %sum1
  %after = fadd float %before, %both
  store float %after, ptr %n.c, align 1
$call loop_end('n', 1)
$call loop_end('m', 1)
  ret void
}
declare float @llvm.fma.f32(float, float, float)

$macro tiles_begin()
  call void @t.begin(ptr %tiles)
$end
$macro tiles_end()
  call void @t.end(ptr %tiles)
$end
$macro tile_zero(t)
  call void @t.zero(ptr %tiles, i64 ${t})
$end
$macro tile_load(t, p, stride)
  call void @t.load(ptr %tiles, i64 ${t}, ptr ${p}, i64 ${stride})
$end
$macro tile_store(t, p, stride)
  call void @t.store(ptr %tiles, i64 ${t}, ptr ${p}, i64 ${stride})
$end
$macro tile_dot(kind, c, a, b)
  call void @t.dot.${kind}(ptr %tiles, i64 ${c}, i64 ${a}, i64 ${b})
$end
