$template bad_end
$space bad_end
$param DEFECT  what is wrong with it; none: nothing
$param arg_x   argument offsets
$param arg_r   .
$param arg_y   .
$param arg_rows .
$param arg_k   .

$include "cpu/bad/body.ll.t"
