$template gather_rows
$space gather_rows
$param RB      rows per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param y_type  f32
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_x   argument offsets
$param arg_y   .
$param arg_out_rows .
$param arg_rows .
$param arg_k   .

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/rows.ll.t"

$macro row_value(out, at, tail)
$call load_at(out, 'x', at, tail)
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call row_pointer('x', arg_x)
$call row_pointer('y', arg_y)
$call row_pointer('wanted', arg_out_rows)
$call rows_begin()
  %from.p = getelementptr i32, ptr %wanted, i64 %row
  %from.32 = load i32, ptr %from.p, align 4
  %from = zext i32 %from.32 to i64
  %x.at = mul i64 %from, %k
  %x.row = getelementptr float, ptr %x, i64 %x.at
$call output_row()
$call row_walk('row.body')
$call rows_end()
