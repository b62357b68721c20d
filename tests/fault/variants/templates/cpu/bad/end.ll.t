$# Defects after the last row.
  %all.values = mul i64 %rows, %k
  %y.end = getelementptr float, ptr %y, i64 %all.values
$if DEFECT == 'writes_input'
  store float 7.0, ptr %x, align 4
$elif DEFECT == 'writes_batch'
  %field = getelementptr i8, ptr %rows.at, i64 4
  store i32 77, ptr %field, align 4
$elif DEFECT == 'writes_arguments'
  store i64 12345, ptr %k.slot, align 8
$elif DEFECT == 'write_before'
  %before = getelementptr i8, ptr %y, i64 -1
  store i8 7, ptr %before, align 1
$elif DEFECT == 'write_after'
  store i8 7, ptr %y.end, align 1
$elif DEFECT == 'write_far'
  %far = getelementptr i8, ptr %y.end, i64 8192
  store volatile i8 7, ptr %far, align 1
$elif DEFECT == 'read_far'
  %far = getelementptr i8, ptr %y.end, i64 8192
  %far.v = load volatile i8, ptr %far, align 1
$elif DEFECT == 'scratch_over'
  %over = getelementptr i8, ptr %scratch, i64 200
  store volatile i8 7, ptr %over, align 1
$elif DEFECT == 'scratch_far'
  %over = getelementptr i8, ptr %scratch, i64 65536
  store volatile i8 7, ptr %over, align 1
$elif DEFECT == 'race'
  %is.end = icmp eq i64 %row.last, %rows
  br i1 %is.end, label %leave, label %neighbour
neighbour:
  %next.at = mul i64 %row.last, %k
  %next.p = getelementptr float, ptr %y, i64 %next.at
  store float 123.0, ptr %next.p, align 4
$elif DEFECT == 'flush'
$call asm('stmxcsr [rsp - 64]; or dword ptr [rsp - 64], 0x8040; ldmxcsr [rsp - 64]')
$elif DEFECT == 'rounding'
$call asm('stmxcsr [rsp - 64]; or dword ptr [rsp - 64], 0x2000; ldmxcsr [rsp - 64]')
$elif DEFECT == 'x87'
$call asm('fnstcw [rsp - 64]; and word ptr [rsp - 64], 0xFCFF; fldcw [rsp - 64]')
$end
