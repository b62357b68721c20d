$# How many columns of a row are written.
$if DEFECT == 'one_short'
  %row.after = add i64 %row, 1
  %row.is.last = icmp eq i64 %row.after, %rows
  %k.less = sub i64 %k, 1
  %cols = select i1 %row.is.last, i64 %k.less, i64 %k
$elif DEFECT == 'half'
  %cols = lshr i64 %k, 1
$elif DEFECT == 'nothing'
  %cols = and i64 %k, 0
$else
  %cols = add i64 %k, 0
$end
$if DEFECT == 'unaligned'
  %row.address = ptrtoint ptr %y.row to i64
  %row.off = and i64 %row.address, 15
  %unlucky = icmp ne i64 %row.off, 0
$end
