$# Counted loops in SSA. The body stands between the two calls; `phis` are lines of phi nodes for
$# the head ("" for none), which take %x.first from `from` and what the body made from NAME.latch.
$macro loop_begin(name, from, start, count, phis)
  br label %${name}.head
${name}.head:
  %${name} = phi i64 [ ${start}, %${from} ], [ %${name}.next, %${name}.latch ]
${phis}
  %${name}.more = icmp ult i64 %${name}, ${count}
  br i1 %${name}.more, label %${name}.body, label %${name}.end
${name}.body:
$end
$macro loop_end(name, step)
  br label %${name}.latch
${name}.latch:
  %${name}.next = add nuw i64 %${name}, ${step}
  br label %${name}.head
${name}.end:
$end
