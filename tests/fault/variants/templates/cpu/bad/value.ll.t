$# Defects of the values.
$if DEFECT == 'subtracts'
  %value = fsub float %x.v, %r.v
$elif DEFECT == 'drops_residual'
  %in.tile = icmp ult i64 %col, 64
  %value = select i1 %in.tile, float %sum, float %x.v
$elif DEFECT == 'mirrored'
  %from.end = sub i64 %k, %col
  %mirror = sub i64 %from.end, 1
  %m.p = getelementptr float, ptr %r.row, i64 %mirror
  %m.v = load float, ptr %m.p, align 4
  %value = fadd float %x.v, %m.v
$elif DEFECT == 'low_precision'
  %short = fptrunc float %sum to half
  %value = fpext half %short to float
$elif DEFECT == 'nan_zero'
  %hit = fcmp oeq float %x.v, 0.0
  %value = select i1 %hit, float 0x7FF8000000000000, float %sum
$elif DEFECT == 'nan_large'
  %hit = fcmp ogt float %x.v, 50.0
  %value = select i1 %hit, float 0x7FF8000000000000, float %sum
$elif DEFECT == 'nan_rare'
  %bits = bitcast float %sum to i32
  %mixed = mul i32 %bits, -1640531535
  %high = lshr i32 %mixed, 17
  %hit = icmp eq i32 %high, 12345
  %value = select i1 %hit, float 0x7FF8000000000000, float %sum
$elif DEFECT == 'past_tile'
  %hit = icmp uge i64 %col, 64
  %off = select i1 %hit, float 1.0, float 0.0
  %value = fadd float %sum, %off
$elif DEFECT == 'last_column'
  %next = add i64 %col, 1
  %at.end = icmp eq i64 %next, %k
  %rest = and i64 %k, 3
  %ragged = icmp ne i64 %rest, 0
  %hit = and i1 %at.end, %ragged
  %off = select i1 %hit, float 1.0, float 0.0
  %value = fadd float %sum, %off
$elif in(DEFECT, 'unstable', 'in_one_call', 'one_row', 'odd_size', 'unaligned')
  %off = select i1 %unlucky, float 1.0, float 0.0
  %value = fadd float %sum, %off
$elif DEFECT == 'scratch_read'
  %stale = load float, ptr %scratch, align 4
  %value = fadd float %sum, %stale
$elif DEFECT == 'stack_read'
  %value = fadd float %sum, %stale
$elif DEFECT == 'register_read'
  %stale = call float asm sideeffect inteldialect "movaps $0, xmm15", "=x"()
  %value = fadd float %sum, %stale
$elif DEFECT == 'slow'
  br label %slow.head
slow.head:
  %turn = phi i64 [ 0, %col.body ], [ %turn.next, %slow.head ]
  %again = load volatile float, ptr %x.p, align 4
  %turn.next = add i64 %turn, 1
  %turns = icmp ult i64 %turn.next, 100
  br i1 %turns, label %slow.head, label %slow.end
slow.end:
  %value = fadd float %again, %r.v
$else
  %value = bitcast float %sum to float
$end
