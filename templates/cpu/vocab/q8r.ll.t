$# One row of f32 into a q8r row (codegen/ops/format.h): d = amax/127, q = x * (127/amax) rounded to
$# nearest even by adding and taking away 1.5 * 2^23, and minus the sum of q. A row whose amax has no
$# finite inverse, or is not finite, counts as zeros.
$let per_block = 32 / lanes
declare %vf @llvm.fabs.v${lanes}f32(%vf)
declare i32 @llvm.vector.reduce.add.v${lanes}i32(%vi)

$macro q8r_values()
$for i in 0..per_block
  %at${i} = add i64 %i, ${i * lanes}
  %p${i} = getelementptr float, ptr %x, i64 %at${i}
  %v${i} = call %vf @v.load(ptr %p${i})
$end
$end

; %k: values in the row, a multiple of 32 and not 0.
define internal void @q8r.scale(ptr %x, i64 %k, ptr %d.to, ptr %inverse.to) #1 {
entry:
  br label %largest
largest:
  %i = phi i64 [ 0, %entry ], [ %i.next, %largest ]
$for i in 0..per_block
  %before${i} = phi %vf [ zeroinitializer, %entry ], [ %after${i}, %largest ]
$end
$call q8r_values()
$for i in 0..per_block
  %abs${i} = call %vf @llvm.fabs.v${lanes}f32(%vf %v${i})
  %after${i} = call %vf @v.larger(%vf %abs${i}, %vf %before${i})
$end
  %i.next = add nuw i64 %i, 32
  %i.more = icmp ult i64 %i.next, %k
  br i1 %i.more, label %largest, label %done
done:
$let top = '%after0'
$for i in 1..per_block
  %top${i} = call %vf @v.larger(%vf ${top}, %vf %after${i})
$let top = '%top' + str(i)
$end
  %amax = call float @v.max(%vf ${top})
  %d = fdiv float %amax, 127.0
  %inverse = fdiv float 127.0, %amax
  %amax.ok = fcmp olt float %amax, 0x7FF0000000000000
  %inverse.ok = fcmp olt float %inverse, 0x7FF0000000000000
  %ok = and i1 %amax.ok, %inverse.ok
  %d.kept = select i1 %ok, float %d, float 0.0
  %inverse.kept = select i1 %ok, float %inverse, float 0.0
  store float %d.kept, ptr %d.to, align 4
  store float %inverse.kept, ptr %inverse.to, align 4
  ret void
}

; The row's last 4 bytes hold the inverse until they get the sum.
define internal void @q8r.row(ptr %x, ptr %row, i64 %k) #1 {
entry:
  %dp = getelementptr i8, ptr %row, i64 %k
  %np = getelementptr i8, ptr %dp, i64 4
  call void @q8r.scale(ptr %x, i64 %k, ptr %dp, ptr %np)
  %inverses = call %vf @v.bcast(ptr %np)
  br label %values
values:
  %i = phi i64 [ 0, %entry ], [ %i.next, %values ]
$for i in 0..per_block
  %before${i} = phi %vi [ zeroinitializer, %entry ], [ %after${i}, %values ]
$end
$call q8r_values()
$for i in 0..per_block
  %s${i} = fmul %vf %v${i}, %inverses
  %t${i} = fadd %vf %s${i}, splat (float ${hexfloat(12582912.0)})
  %r${i} = bitcast %vf %t${i} to %vi
  %q${i} = sub %vi %r${i}, splat (i32 1262485504)
  %b${i} = trunc %vi %q${i} to <${lanes} x i8>
  %qp${i} = getelementptr i8, ptr %row, i64 %at${i}
  store <${lanes} x i8> %b${i}, ptr %qp${i}, align 1
  %after${i} = add %vi %before${i}, %q${i}
$end
  %i.next = add nuw i64 %i, 32
  %i.more = icmp ult i64 %i.next, %k
  br i1 %i.more, label %values, label %done
done:
$let sum = '%after0'
$for i in 1..per_block
  %sum${i} = add %vi ${sum}, %after${i}
$let sum = '%sum' + str(i)
$end
  %total = call i32 @llvm.vector.reduce.add.v${lanes}i32(%vi ${sum})
  %n = sub i32 0, %total
  store i32 %n, ptr %np, align 4
  ret void
}
