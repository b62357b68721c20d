$# Bandwidth ceiling: reads the block's n_bytes n_iterations times, into 8 independent accumulators;
$# n_bytes is a multiple of 32 vectors. args is { ptr buffer; u64 n_bytes; u64 n_iterations }.
$template probe_read
$param vl      f32 lanes of a register

$let lanes = vl
$let unroll = 16
attributes #0 = { nounwind "no-builtins" }
%vi = type <${lanes} x i32>

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
  br label %round.head
round.head:
  %round = phi i64 [ 0, %block.body ], [ %round.next, %pass.end ]
$for i in 0..8
  %sum.${i} = phi %vi [ zeroinitializer, %block.body ], [ %acc.${i}, %pass.end ]
$end
  %round.more = icmp ult i64 %round, %n.rounds
  br i1 %round.more, label %pass.head, label %round.end
pass.head:
  %i = phi i64 [ 0, %round.head ], [ %i.next, %pass.body ]
$for i in 0..8
  %acc.${i} = phi %vi [ %sum.${i}, %round.head ], [ %acc.${i}.${unroll / 8}, %pass.body ]
$end
  %more = icmp ult i64 %i, %n.bytes
  br i1 %more, label %pass.body, label %pass.end
pass.body:
  %p = getelementptr i8, ptr %own, i64 %i
$for i in 0..8
  %acc.${i}.0 = bitcast %vi %acc.${i} to %vi
$end
$for r in 0..unroll / 8
$for i in 0..8
  %p.${i}.${r} = getelementptr i8, ptr %p, i64 ${(8 * r + i) * 4 * lanes}
  %v.${i}.${r} = load %vi, ptr %p.${i}.${r}, align ${4 * lanes}
  %acc.${i}.${r + 1} = xor %vi %acc.${i}.${r}, %v.${i}.${r}
$end
$end
  %i.next = add nuw i64 %i, ${unroll * 4 * lanes}
  br label %pass.head
pass.end:
  %round.next = add nuw i64 %round, 1
  br label %round.head
round.end:
$let sum = '%sum.0'
$for i in 1..8
  %all.${i} = xor %vi ${sum}, %sum.${i}
$let sum = '%all.' + str(i)
$end
  store %vi ${sum}, ptr %own, align 4
  %block.next = add nuw i32 %block, 1
  br label %block.head
done:
  ret void
}
