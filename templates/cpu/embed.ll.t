$# y[i] = row tokens[i] of w, as f32, from weights in any format.
$template embed
$space embed
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param w_type           type of the weights
$param arg_tokens       byte offset of an argument in the block, likewise below: the ids
$param arg_w            weights
$param arg_y            result
$param arg_rows         address of the number of ids
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
$call arg_pointer('tokens', arg_tokens)
$call arg_pointer('w', arg_w)
$call arg_pointer('y', arg_y)
$call arg_pointer('rows', arg_rows)
$call arg_size('k', arg_k)
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
$call rows_of_blocks('%m')
each.row:
  %i.row.at = phi i64 [ %row.first, %entry ], [ %row.after, %row.next ]
  %token.p = getelementptr i32, ptr %tokens, i64 %i.row.at
  %token = load i32, ptr %token.p, align 4
  %row = zext i32 %token to i64
  %to.skip = mul i64 %i.row.at, %k
  %to = getelementptr float, ptr %y, i64 %to.skip
$call decode_row('each.row', 'row.next')
row.next:
  %row.after = add i64 %i.row.at, 1
  %row.more = icmp ult i64 %row.after, %row.end
  br i1 %row.more, label %each.row, label %exit
exit:
  ret void
}
