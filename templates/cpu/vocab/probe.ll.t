$# The frame of arithmetic probe kernels: blocks, rounds, accumulators. `type` is an accumulator's;
$# of the template, operands() makes what is multiplied, without a value that a compiler could know,
$# and one_step(acc, out) uses an accumulator once. The sum is stored behind the first vector of the
$# block's own memory, which stays zero.
$macro probe_registers(type)
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %buffer = load ptr, ptr %args, align 8
  %n.bytes.p = getelementptr i8, ptr %args, i64 8
  %n.bytes = load i64, ptr %n.bytes.p, align 8
  %n.rounds.p = getelementptr i8, ptr %args, i64 16
  %n.rounds = load i64, ptr %n.rounds.p, align 8
  br label %block.head
block.head:
  %block = phi i32 [ %first, %entry ], [ %block.next, %round.end ]
  %block.more = icmp ult i32 %block, %last
  br i1 %block.more, label %block.body, label %done
block.body:
  %block.64 = zext i32 %block to i64
  %at = mul i64 %block.64, %n.bytes
  %own = getelementptr i8, ptr %buffer, i64 %at
  %zero = load %vf, ptr %own, align 4
$call operands()
  br label %round.head
round.head:
  %round = phi i64 [ 0, %block.body ], [ %round.next, %round.body ]
$for i in 0..chains
  %acc.${i} = phi ${type} [ zeroinitializer, %block.body ], [ %acc.${i}.${repeats}, %round.body ]
$end
  %round.more = icmp ult i64 %round, %n.rounds
  br i1 %round.more, label %round.body, label %round.end
round.body:
$for i in 0..chains
  %acc.${i}.0 = bitcast ${type} %acc.${i} to ${type}
$end
$for r in 0..repeats
$for i in 0..chains
$call one_step('%acc.' + str(i) + '.' + str(r), '%acc.' + str(i) + '.' + str(r + 1))
$end
$end
  %round.next = add nuw i64 %round, 1
  br label %round.head
round.end:
$let sum = '%acc.0'
$for i in 1..chains
$if type == '%vf'
  %sum.${i} = fadd ${type} ${sum}, %acc.${i}
$else
  %sum.${i} = xor ${type} ${sum}, %acc.${i}
$end
$let sum = '%sum.' + str(i)
$end
  %after = getelementptr i8, ptr %own, i64 ${4 * lanes}
  store ${type} ${sum}, ptr %after, align 4
  %block.next = add nuw i32 %block, 1
  br label %block.head
done:
  ret void
}
$end
