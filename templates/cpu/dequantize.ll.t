$# y = w as f32, row by row, from weights in any format.
$template dequantize
$space dequantize
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param w_type           type of the weights
$param arg_w            byte offset of an argument in the block, likewise below: weights
$param arg_y            result
$param arg_n            rows of w and y
$param arg_k            columns of w and y
$param R                rows of w interleaved in a group, 1 for none
$param PAIRS            1: bf16 in pairs of k
$param ROWS             rows of y in a block
$let lanes = 16
$include "cpu/vocab/${isa}.ll.t"
$let type = w_type
$include "cpu/rows/decode.ll.t"
$include "cpu/rows/args.ll.t"
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call arg_pointer('w', arg_w)
$call arg_pointer('y', arg_y)
$call arg_size('n', arg_n)
$call arg_size('k', arg_k)
$call rows_of_blocks('%n')
each.row:
  %row = phi i64 [ %row.first, %entry ], [ %row.after, %row.next ]
  %to.skip = mul i64 %row, %k
  %to = getelementptr float, ptr %y, i64 %to.skip
$call decode_row('each.row', 'row.next')
row.next:
  %row.after = add i64 %row, 1
  %row.more = icmp ult i64 %row.after, %row.end
  br i1 %row.more, label %each.row, label %exit
exit:
  ret void
}
