; gemm_combine on cpu:x86_64:avx2+fma+f16c
; gemm_combine n=96 n_parts=4 m=1
; CB=64
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %p.slot = getelementptr i8, ptr %args, i64 0
  %p = load ptr, ptr %p.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 8
  %y = load ptr, ptr %y.slot, align 8
  %rows.at.slot = getelementptr i8, ptr %args, i64 16
  %rows.at = load ptr, ptr %rows.at.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 24
  %n = load i64, ptr %n.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %n.up = add i64 %n, 63
  %pieces = udiv i64 %n.up, 64
  %blocks = mul i64 %rows, %pieces
  %block.first = zext i32 %first to i64
  %block.want = zext i32 %last to i64
  %block.fit = icmp ult i64 %block.want, %blocks
  %block.last = select i1 %block.fit, i64 %block.want, i64 %blocks
  br label %block.head
block.head:
  %block = phi i64 [ %block.first, %entry ], [ %block.next, %block.latch ]

  %block.more = icmp ult i64 %block, %block.last
  br i1 %block.more, label %block.body, label %block.end
block.body:
  %row = udiv i64 %block, %pieces
  %piece = urem i64 %block, %pieces
  %col = mul i64 %piece, 64
  %col.want = add i64 %col, 64
  %col.fit = icmp ult i64 %col.want, %n
  %col.end = select i1 %col.fit, i64 %col.want, i64 %n
  %row.y = mul i64 %row, %n
  %row.p = mul i64 %row.y, 4
  %p.row = getelementptr float, ptr %p, i64 %row.p
  %y.row = getelementptr float, ptr %y, i64 %row.y
  br label %c.head
c.head:
  %c = phi i64 [ %col, %block.body ], [ %c.next, %c.latch ]

  %c.more = icmp ult i64 %c, %col.end
  br i1 %c.more, label %c.body, label %c.end
c.body:
  %left = sub i64 %col.end, %c
  %left.32 = trunc i64 %left to i32
  %at0 = add i64 %c, 0
  %p0 = getelementptr float, ptr %p.row, i64 %at0
  %v0 = call %vf @v.load.n(ptr %p0, i32 %left.32)
  %at1 = add i64 %at0, %n
  %p1 = getelementptr float, ptr %p.row, i64 %at1
  %v1 = call %vf @v.load.n(ptr %p1, i32 %left.32)
  %s1 = fadd %vf %v0, %v1
  %at2 = add i64 %at1, %n
  %p2 = getelementptr float, ptr %p.row, i64 %at2
  %v2 = call %vf @v.load.n(ptr %p2, i32 %left.32)
  %s2 = fadd %vf %s1, %v2
  %at3 = add i64 %at2, %n
  %p3 = getelementptr float, ptr %p.row, i64 %at3
  %v3 = call %vf @v.load.n(ptr %p3, i32 %left.32)
  %s3 = fadd %vf %s2, %v3
  %y.c = getelementptr float, ptr %y.row, i64 %c
  call void @v.store.n(ptr %y.c, %vf %s3, i32 %left.32)
  br label %c.latch
c.latch:
  %c.next = add nuw i64 %c, 8
  br label %c.head
c.end:
  br label %block.latch
block.latch:
  %block.next = add nuw i64 %block, 1
  br label %block.head
block.end:
  ret void
}
