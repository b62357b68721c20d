; gather_rows on cpu:x86_64
; gather_rows k=64 m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 8
  %y = load ptr, ptr %y.slot, align 8
  %wanted.slot = getelementptr i8, ptr %args, i64 16
  %wanted = load ptr, ptr %wanted.slot, align 8
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
  %from.p = getelementptr i32, ptr %wanted, i64 %row
  %from.32 = load i32, ptr %from.p, align 4
  %from = zext i32 %from.32 to i64
  %x.at = mul i64 %from, %k
  %x.row = getelementptr float, ptr %x, i64 %x.at
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
  br label %c.head
c.head:
  %c = phi i64 [ 0, %row.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.p = getelementptr float, ptr %x.row, i64 %c0
  %v0 = call %vf @v.load(ptr %v0.p)
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
  %tail.v.p = getelementptr float, ptr %x.row, i64 %k.whole
  %tail.v = call %vf @v.load.n(ptr %tail.v.p, i32 %k.tail)
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
