$template quantize
$space quantize
$param RB      rows per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param y_type  q8a, q8r or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_x   argument offsets
$param arg_y   .
$param arg_rows .
$param arg_k   .

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/rows.ll.t"
$if y_type == 'q8r'
$include "cpu/vocab/q8r.ll.t"
$end

$macro row_value(out, at, tail)
$call load_at(out, 'x', at, tail)
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call row_pointer('x', arg_x)
$call row_pointer('y', arg_y)
$call rows_begin()
$call row_of('x')
$call output_row()
$if y_type == 'q8r'
  call void @q8r.row(ptr %x.row, ptr %y.row, i64 %k)
$else
$call row_walk('row.body')
$end
$call rows_end()
