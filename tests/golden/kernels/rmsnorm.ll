; rmsnorm on cpu:x86_64:avx2+fma+f16c
; rmsnorm k=64 m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %g.slot = getelementptr i8, ptr %args, i64 8
  %g = load ptr, ptr %g.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %eps.slot = getelementptr i8, ptr %args, i64 40
  %eps = load float, ptr %eps.slot, align 4
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows.at = load ptr, ptr %rows.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %k.slot = getelementptr i8, ptr %args, i64 32
  %k = load i64, ptr %k.slot, align 8
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, 1
  %row.want = mul i64 %last.64, 1
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %k.whole = and i64 %k, -8
  %k.rest = sub i64 %k, %k.whole
  %k.tail = trunc i64 %k.rest to i32
  br label %row.head
row.head:
  %row = phi i64 [ %row.first, %entry ], [ %row.next, %row.latch ]

  %row.more = icmp ult i64 %row, %row.last
  br i1 %row.more, label %row.body, label %row.end
row.body:
  %g.row = getelementptr float, ptr %g, i64 0
  %x.at = mul i64 %row, %k
  %x.row = getelementptr float, ptr %x, i64 %x.at
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
  %k.sums = and i64 %k, -32
  br label %sum.head
sum.head:
  %sum = phi i64 [ 0, %row.body ], [ %sum.next, %sum.latch ]
  %s0 = phi %vf [ zeroinitializer, %row.body ], [ %s0.new, %sum.latch ]
  %s1 = phi %vf [ zeroinitializer, %row.body ], [ %s1.new, %sum.latch ]
  %s2 = phi %vf [ zeroinitializer, %row.body ], [ %s2.new, %sum.latch ]
  %s3 = phi %vf [ zeroinitializer, %row.body ], [ %s3.new, %sum.latch ]

  %sum.more = icmp ult i64 %sum, %k.sums
  br i1 %sum.more, label %sum.body, label %sum.end
sum.body:
  %sx0.at = add nuw i64 %sum, 0
  %sx0.p = getelementptr float, ptr %x.row, i64 %sx0.at
  %sx0 = call %vf @v.load(ptr %sx0.p)
  %s0.new = call %vf @v.fma(%vf %sx0, %vf %sx0, %vf %s0)
  %sx1.at = add nuw i64 %sum, 8
  %sx1.p = getelementptr float, ptr %x.row, i64 %sx1.at
  %sx1 = call %vf @v.load(ptr %sx1.p)
  %s1.new = call %vf @v.fma(%vf %sx1, %vf %sx1, %vf %s1)
  %sx2.at = add nuw i64 %sum, 16
  %sx2.p = getelementptr float, ptr %x.row, i64 %sx2.at
  %sx2 = call %vf @v.load(ptr %sx2.p)
  %s2.new = call %vf @v.fma(%vf %sx2, %vf %sx2, %vf %s2)
  %sx3.at = add nuw i64 %sum, 24
  %sx3.p = getelementptr float, ptr %x.row, i64 %sx3.at
  %sx3 = call %vf @v.load(ptr %sx3.p)
  %s3.new = call %vf @v.fma(%vf %sx3, %vf %sx3, %vf %s3)
  br label %sum.latch
sum.latch:
  %sum.next = add nuw i64 %sum, 32
  br label %sum.head
sum.end:
  %s01 = fadd %vf %s0, %s1
  %s23 = fadd %vf %s2, %s3
  %s.all = fadd %vf %s01, %s23
  br label %rest.head
rest.head:
  %rest = phi i64 [ %k.sums, %sum.end ], [ %rest.next, %rest.latch ]
  %t = phi %vf [ %s.all, %sum.end ], [ %t.new, %rest.latch ]
  %rest.more = icmp ult i64 %rest, %k
  br i1 %rest.more, label %rest.body, label %rest.end
rest.body:
  %left.64 = sub i64 %k, %rest
  %left = trunc i64 %left.64 to i32
  %tx.p = getelementptr float, ptr %x.row, i64 %rest
  %tx = call %vf @v.load.n(ptr %tx.p, i32 %left)
  %t.new = call %vf @v.fma(%vf %tx, %vf %tx, %vf %t)
  br label %rest.latch
rest.latch:
  %rest.next = add nuw i64 %rest, 8
  br label %rest.head
rest.end:
  %square = call float @v.sum(%vf %t)
  %k.float = uitofp i64 %k to float
  %mean = fdiv float %square, %k.float
  %mean.eps = fadd float %mean, %eps
  %root = call float @llvm.sqrt.f32(float %mean.eps)
  %scale = fdiv float 1.0, %root
  %scales = call %vf @v.splat(float %scale)
  br label %c.head
c.head:
  %c = phi i64 [ 0, %rest.end ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.x.p = getelementptr float, ptr %x.row, i64 %c0
  %v0.x = call %vf @v.load(ptr %v0.x.p)
  %v0.g.p = getelementptr float, ptr %g.row, i64 %c0
  %v0.g = call %vf @v.load(ptr %v0.g.p)
  %v0.n = fmul %vf %v0.x, %scales
  %v0 = fmul %vf %v0.n, %v0.g
  %c.out = getelementptr float, ptr %y.row, i64 %c
  call void @v.store(ptr %c.out, %vf %v0)
  br label %c.latch
c.latch:
  %c.next = add nuw i64 %c, 8
  br label %c.head
c.end:
  %t.any = icmp ne i32 %k.tail, 0
  br i1 %t.any, label %tail, label %row.done
tail:
  %tail.v.x.p = getelementptr float, ptr %x.row, i64 %k.whole
  %tail.v.x = call %vf @v.load.n(ptr %tail.v.x.p, i32 %k.tail)
  %tail.v.g.p = getelementptr float, ptr %g.row, i64 %k.whole
  %tail.v.g = call %vf @v.load.n(ptr %tail.v.g.p, i32 %k.tail)
  %tail.v.n = fmul %vf %tail.v.x, %scales
  %tail.v = fmul %vf %tail.v.n, %tail.v.g
  %t.out = getelementptr float, ptr %y.row, i64 %k.whole
  call void @v.store.n(ptr %t.out, %vf %tail.v, i32 %k.tail)
  br label %row.done
row.done:
  br label %row.latch
row.latch:
  %row.next = add nuw i64 %row, 1
  br label %row.head
row.end:
  ret void
}
