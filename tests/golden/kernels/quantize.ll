; quantize on cpu:x86_64:avx2+fma+f16c
; quantize k=64 y=q8a m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load ptr, ptr %x.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 8
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 16
  %rows.at = load ptr, ptr %rows.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %k.slot = getelementptr i8, ptr %args, i64 24
  %k = load i64, ptr %k.slot, align 8
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, 1
  %row.want = mul i64 %last.64, 1
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %k.whole = and i64 %k, -32
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
  %y.half = lshr i64 %k, 1
  %y.stride = add i64 %k, %y.half
  %y.at = mul i64 %row, %y.stride
  %y.row = getelementptr i8, ptr %y, i64 %y.at
  br label %c.head
c.head:
  %c = phi i64 [ 0, %row.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %k.whole
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %c0 = add nuw i64 %c, 0
  %v0.p = getelementptr float, ptr %x.row, i64 %c0
  %v0 = call %vf @v.load(ptr %v0.p)
  %c1 = add nuw i64 %c, 8
  %v1.p = getelementptr float, ptr %x.row, i64 %c1
  %v1 = call %vf @v.load(ptr %v1.p)
  %c2 = add nuw i64 %c, 16
  %v2.p = getelementptr float, ptr %x.row, i64 %c2
  %v2 = call %vf @v.load(ptr %v2.p)
  %c3 = add nuw i64 %c, 24
  %v3.p = getelementptr float, ptr %x.row, i64 %c3
  %v3 = call %vf @v.load(ptr %v3.p)
  %c.block = lshr i64 %c, 5
  call void @q8a.block(ptr %y.row, i64 %c.block, i64 %k, %vf %v0, %vf %v1, %vf %v2, %vf %v3)
  br label %c.latch
c.latch:
  %c.next = add nuw i64 %c, 32
  br label %c.head
c.end:
  br label %row.latch
row.latch:
  %row.next = add nuw i64 %row, 1
  br label %row.head
row.end:
  ret void
}
