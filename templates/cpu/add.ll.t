$template add
$space add
$param RB      rows per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param y_type  f32
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_x   argument offsets
$param arg_r   .
$param arg_y   .
$param arg_rows .
$param arg_k   .

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/rows.ll.t"

$macro row_value(out, at, tail)
$call load_at(out + '.x', 'x', at, tail)
$call load_at(out + '.r', 'r', at, tail)
  %${out} = fadd %vf %${out}.x, %${out}.r
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call row_pointer('x', arg_x)
$call row_pointer('r', arg_r)
$call row_pointer('y', arg_y)
$call rows_begin()
$call row_of('x')
$call row_of('r')
$call output_row()
$call row_walk('row.body')
$call rows_end()
