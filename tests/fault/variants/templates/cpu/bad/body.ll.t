$# y = x + r, a row per block, one element after the other; each file under bad/ adds defects at
$# one place. Naked defects are a frame of their own around the sum.
$assert DEFECT != 'no_text' "a template may refuse a config"
$let naked = in(DEFECT, 'stack_off', 'stack_smash', 'clobber_rbx', 'clobber_r15', 'direction')
$let own_frame = naked ? 'sum_rows' : 'kernel'
$macro asm(text)
  call void asm sideeffect inteldialect "${text}", "~{memory},~{rax},~{rcx},~{rdx},~{rsi},~{rdi},~{r8},~{r9},~{r10},~{r11},~{flags},~{dirflag},~{fpsr}"()
$end
$macro pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end
$macro row_of(name)
  %${name}.row = getelementptr float, ptr %${name}, i64 %row.at
$end

$include "cpu/bad/module.ll.t"
define void @${own_frame}(ptr %args, i32 %first, i32 %last, ptr %scratch) {
entry:
$call pointer('x', arg_x)
$call pointer('r', arg_r)
$call pointer('y', arg_y)
$call pointer('rows.at', arg_rows)
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %k.slot = getelementptr i8, ptr %args, i64 ${arg_k}
  %k = load i64, ptr %k.slot, align 8
  %row.first = zext i32 %first to i64
  %row.want = zext i32 %last to i64
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 ${DEFECT == 'lies_more_blocks' ? '%row.want' : '%rows'}
$include "cpu/bad/begin.ll.t"
  br label %start
start:
  br label %row.head
row.head:
  %row = phi i64 [ %row.first, %start ], [ %row.next, %row.latch ]
  %row.more = icmp ult i64 %row, %row.last
  br i1 %row.more, label %row.body, label %row.end
row.body:
  %row.at = mul i64 %row, %k
$call row_of('x')
$call row_of('r')
$call row_of('y')
$include "cpu/bad/row.ll.t"
  br label %col.head
col.head:
  %col = phi i64 [ 0, %row.body ], [ %col.next, %col.latch ]
  %col.more = icmp ult i64 %col, %cols
  br i1 %col.more, label %col.body, label %row.latch
col.body:
  %x.p = getelementptr float, ptr %x.row, i64 %col
  %x.v = load float, ptr %x.p, align 4
  %r.p = getelementptr float, ptr %r.row, i64 %col
  %r.v = load float, ptr %r.p, align 4
  %sum = fadd float %x.v, %r.v
$include "cpu/bad/value.ll.t"
  %y.p = getelementptr float, ptr %y.row, i64 %col
  store float %value, ptr %y.p, align 4
  br label %col.latch
col.latch:
  %col.next = add nuw i64 %col, 1
  br label %col.head
row.latch:
  %row.next = add nuw i64 %row, 1
  br label %row.head
row.end:
$include "cpu/bad/end.ll.t"
  br label %leave
leave:
  ret void
}
