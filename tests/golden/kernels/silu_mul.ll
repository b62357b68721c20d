; silu_mul on cpu:x86_64:avx2+fma+f16c
; silu_mul k=64 m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %g.slot = getelementptr i8, ptr %args, i64 0
  %g = load ptr, ptr %g.slot, align 8
  %u.slot = getelementptr i8, ptr %args, i64 8
  %u = load ptr, ptr %u.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
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
  %g.at = mul i64 %row, %k
  %g.row = getelementptr float, ptr %g, i64 %g.at
  %u.at = mul i64 %row, %k
  %u.row = getelementptr float, ptr %u, i64 %u.at
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
  br label %c.head
c.head:
  %c = phi i64 [ 0, %row.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.g.p = getelementptr float, ptr %g.row, i64 %c0
  %v0.g = call %vf @v.load(ptr %v0.g.p)
  %v0.u.p = getelementptr float, ptr %u.row, i64 %c0
  %v0.u = call %vf @v.load(ptr %v0.u.p)
  %v0.s = call %vf @v.silu(%vf %v0.g)
  %v0 = fmul %vf %v0.s, %v0.u
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
  %tail.v.g.p = getelementptr float, ptr %g.row, i64 %k.whole
  %tail.v.g = call %vf @v.load.n(ptr %tail.v.g.p, i32 %k.tail)
  %tail.v.u.p = getelementptr float, ptr %u.row, i64 %k.whole
  %tail.v.u = call %vf @v.load.n(ptr %tail.v.u.p, i32 %k.tail)
  %tail.v.s = call %vf @v.silu(%vf %tail.v.g)
  %tail.v = fmul %vf %tail.v.s, %tail.v.u
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
