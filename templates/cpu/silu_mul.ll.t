$template silu_mul
$space silu_mul
$param RB      rows per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param y_type  f32, q8a or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_g   argument offsets
$param arg_u   .
$param arg_y   .
$param arg_rows .
$param arg_k   .

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/rows.ll.t"

$macro row_value(out, at, tail)
$call load_at(out + '.g', 'g', at, tail)
$call load_at(out + '.u', 'u', at, tail)
  %${out}.s = call %vf @v.silu(%vf %${out}.g)
  %${out} = fmul %vf %${out}.s, %${out}.u
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call row_pointer('g', arg_g)
$call row_pointer('u', arg_u)
$call row_pointer('y', arg_y)
$call rows_begin()
$call row_of('g')
$call row_of('u')
$call output_row()
$call row_walk('row.body')
$call rows_end()
