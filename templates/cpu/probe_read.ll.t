$# Read bandwidth: every line of a block's buffer, as often as asked.
$template probe_read
$param isa     vocabulary
$param vl      f32 lanes of a register
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$# 1 KiB in a step of 8 sums, so that no add waits for another.
$let step = 1024
$let n_loads = step / (4 * vl)

$# args: { ptr buffer; i64 bytes of a block's buffer, a multiple of the step; i64 passes }
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
  br label %pass

pass:
  %i = phi i64 [ %n, %block ], [ %i.next, %pass.end ]
$for a in 0..8
  %pass${a} = phi %vf [ zeroinitializer, %block ], [ %end${a}, %pass.end ]
$end
  br label %body

body:
  %o = phi i64 [ 0, %pass ], [ %o.next, %body ]
$for a in 0..8
  %acc${a} = phi %vf [ %pass${a}, %pass ], [ %sum${n_loads - 8 + a}, %body ]
$end
  %q = getelementptr i8, ptr %p, i64 %o
$for l in 0..n_loads
  %q${l} = getelementptr i8, ptr %q, i64 ${4 * vl * l}
  %x${l} = call %vf @v.load(ptr %q${l})
$if l < 8
  %sum${l} = fadd %vf %acc${l}, %x${l}
$else
  %sum${l} = fadd %vf %sum${l - 8}, %x${l}
$end
$end
  %o.next = add i64 %o, ${step}
  %more = icmp ult i64 %o.next, %bytes
  br i1 %more, label %body, label %pass.end

pass.end:
$for a in 0..8
  %end${a} = phi %vf [ %sum${n_loads - 8 + a}, %body ]
$end
  %i.next = add i64 %i, -1
  %again = icmp ne i64 %i.next, 0
  br i1 %again, label %pass, label %store

store:
$for a in 0..7
  %t${a + 1} = fadd %vf ${a == 0 ? '%end0' : '%t' + str(a)}, %end${a + 1}
$end
  call void @v.store(ptr %p, %vf %t7)
  %b.next = add i32 %b, 1
  %b.more = icmp slt i32 %b.next, %last
  br i1 %b.more, label %block, label %done

done:
  ret void
}
