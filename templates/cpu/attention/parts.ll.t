$# What one part of the keys gives: its weighted sum over its sum of weights, and its log-sum-exp.

; ln x for normal x > 0: x = 2^n m, m around 1, and ln m = 2 atanh(t) with t = (m - 1) / (m + 1).
define internal float @log(float %x) #1 {
  %bits = bitcast float %x to i32
  %above = sub i32 %bits, 1060439283
  %n = ashr i32 %above, 23
  %shift = shl i32 %n, 23
  %m.bits = sub i32 %bits, %shift
  %m = bitcast i32 %m.bits to float
  %m.less = fsub float %m, 1.0
  %m.more = fadd float %m, 1.0
  %t = fdiv float %m.less, %m.more
  %s = fmul float %t, %t
  %p0 = fmul float %s, ${hexfloat(0.2222222222222222)}
  %p1 = fadd float %p0, ${hexfloat(0.2857142857142857)}
  %p2 = fmul float %p1, %s
  %p3 = fadd float %p2, ${hexfloat(0.4)}
  %p4 = fmul float %p3, %s
  %p5 = fadd float %p4, ${hexfloat(0.6666666666666666)}
  %p6 = fmul float %p5, %s
  %p7 = fadd float %p6, 2.0
  %ln.m = fmul float %p7, %t
  %n.float = sitofp i32 %n to float
  %ln.n = fmul float %n.float, ${hexfloat(0.6931471805599453)}
  %y = fadd float %ln.n, %ln.m
  ret float %y
}

$# Row %ROW of the tile into part %key.part of o and lse. A row that ends before the part's first key
$# has weights that mean nothing, or none: it gives zeros and `lowest`.
$macro part_row(row)
$call row_values(row)
  %f.limit.p = getelementptr i32, ptr %limits, i64 %${row}
  %f.limit = load i32, ptr %f.limit.p, align 4
  %f.none = icmp slt i32 %f.limit, %key.first.32
  %f.line = mul i64 %f.token, ${part_heads}
  %f.part = mul i64 %key.part, ${n_heads}
  %f.part.head = add i64 %f.part, %f.head
  %f.index = add i64 %f.line, %f.part.head
$call scratch_row('f.out', '%o', '%f.index', head_dim)
$for v in 0..o_vectors
  %f${v}.out = getelementptr float, ptr %f.out, i64 ${v * lanes}
  %f${v}.kept = select i1 %f.none, %vf zeroinitializer, %vf %f${v}
  call void @v.store(ptr %f${v}.out, %vf %f${v}.kept)
$end
; Sums are relative to the bound, and bounds are kept negated, both as exponents of two.
  %f.b.p = getelementptr float, ptr %bounds, i64 %${row}
  %f.b = load float, ptr %f.b.p, align 4
  %f.ln = call float @log(float %f.l)
  %f.bound = fmul float %f.b, ${hexfloat(0.6931471805599453)}
  %f.lse = fsub float %f.ln, %f.bound
  %f.lse.kept = select i1 %f.none, float ${lowest}, float %f.lse
  %f.lse.p = getelementptr float, ptr %lse, i64 %f.index
  store float %f.lse.kept, ptr %f.lse.p, align 4
$end
