$# Peak arithmetic: independent accumulators that never leave their registers.
$template probe_ops
$param probe    'fma', 'dot4' or 'dot2'
$param isa     vocabulary
$param vl      f32 lanes of a register
$param vregs   registers
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$let n = vregs - vregs / 4
$let type = probe == 'dot4' ? '%vi' : '%vf'
$let operand = probe == 'dot4' ? '%vb' : (probe == 'dot2' ? '%vp' : '%vf')

$# args: { ptr buffer; i64 bytes of a block's buffer; i64 iterations }
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %buffer = load ptr, ptr %args, align 8
  %p.bytes = getelementptr i8, ptr %args, i64 8
  %bytes = load i64, ptr %p.bytes, align 8
  %p.n = getelementptr i8, ptr %args, i64 16
  %n = load i64, ptr %p.n, align 8
  %some = icmp slt i32 %first, %last
  br i1 %some, label %block, label %done

block:
  %b = phi i32 [ %first, %entry ], [ %b.next, %store ]
  %b.wide = zext i32 %b to i64
  %at = mul i64 %b.wide, %bytes
  %p = getelementptr i8, ptr %buffer, i64 %at
  %x = load ${operand}, ptr %p, align 4
  %p.y = getelementptr i8, ptr %p, i64 ${4 * vl}
  %y = load ${operand}, ptr %p.y, align 4
  br label %body

body:
  %i = phi i64 [ %n, %block ], [ %i.next, %body ]
$for a in 0..n
  %acc${a} = phi ${type} [ zeroinitializer, %block ], [ %new${a}, %body ]
$end
$for a in 0..n
$if probe == 'fma'
  %new${a} = call %vf @v.fma(%vf %x, %vf %y, %vf %acc${a})
$elif probe == 'dot4'
  %new${a} = call %vi @v.dot4(%vi %acc${a}, %vb %x, %vb %y)
$else
  %new${a} = call %vf @v.dot2(%vf %acc${a}, %vp %x, %vp %y)
$end
$end
  %i.next = add i64 %i, -1
  %more = icmp ne i64 %i.next, 0
  br i1 %more, label %body, label %store

store:
$for a in 0..n
  %q${a} = getelementptr i8, ptr %p, i64 ${4 * vl * (a + 2)}
  store ${type} %new${a}, ptr %q${a}, align 4
$end
  %b.next = add i32 %b, 1
  %again = icmp slt i32 %b.next, %last
  br i1 %again, label %block, label %done

done:
  ret void
}
