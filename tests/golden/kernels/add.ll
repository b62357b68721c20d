; add on cpu:x86_64
; add k=64 m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %r.slot = getelementptr i8, ptr %args, i64 8
  %r = load ptr, ptr %r.slot, align 8
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
  %k.whole = and i64 %k, -4
  %k.rest = sub i64 %k, %k.whole
  %k.tail = trunc i64 %k.rest to i32
  br label %row.head
row.head:
  %row = phi i64 [ %row.first, %entry ], [ %row.next, %row.latch ]

  %row.more = icmp ult i64 %row, %row.last
  br i1 %row.more, label %row.body, label %row.end
row.body:
  %x.at = mul i64 %row, %k
  %x.row = getelementptr float, ptr %x, i64 %x.at
  %r.at = mul i64 %row, %k
  %r.row = getelementptr float, ptr %r, i64 %r.at
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
  br label %c.head
c.head:
  %c = phi i64 [ 0, %row.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.x.p = getelementptr float, ptr %x.row, i64 %c0
  %v0.x = call %vf @v.load(ptr %v0.x.p)
  %v0.r.p = getelementptr float, ptr %r.row, i64 %c0
  %v0.r = call %vf @v.load(ptr %v0.r.p)
  %v0 = fadd %vf %v0.x, %v0.r
  %c.out = getelementptr float, ptr %y.row, i64 %c
  call void @v.store(ptr %c.out, %vf %v0)
  br label %c.latch
c.latch:
  %c.next = add nuw i64 %c, 4
  br label %c.head
c.end:
  %t.any = icmp ne i32 %k.tail, 0
  br i1 %t.any, label %tail, label %row.done
tail:
  %tail.v.x.p = getelementptr float, ptr %x.row, i64 %k.whole
  %tail.v.x = call %vf @v.load.n(ptr %tail.v.x.p, i32 %k.tail)
  %tail.v.r.p = getelementptr float, ptr %r.row, i64 %k.whole
  %tail.v.r = call %vf @v.load.n(ptr %tail.v.r.p, i32 %k.tail)
  %tail.v = fadd %vf %tail.v.x, %tail.v.r
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
