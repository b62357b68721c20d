; attention_combine on cpu:x86_64:avx2+fma+f16c
; attention_combine n_heads=4 n_kv_heads=1 head_dim=32 part_heads=16 y=q8a m=1
; HB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %o.slot = getelementptr i8, ptr %args, i64 0
  %o = load ptr, ptr %o.slot, align 8
  %lse.slot = getelementptr i8, ptr %args, i64 8
  %lse = load ptr, ptr %lse.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.at.slot = getelementptr i8, ptr %args, i64 24
  %rows.at = load ptr, ptr %rows.at.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
  %items.first = mul i64 %block.first, 1
  %items.want = mul i64 %block.last, 1
  %items = mul i64 %rows, 4
  %items.fit = icmp ult i64 %items.want, %items
  %items.last = select i1 %items.fit, i64 %items.want, i64 %items
  br label %item.head
item.head:
  %item = phi i64 [ %items.first, %entry ], [ %item.next, %item.latch ]

  %item.more = icmp ult i64 %item, %items.last
  br i1 %item.more, label %item.body, label %item.end
item.body:
  %token = udiv i64 %item, 4
  %head = urem i64 %item, 4
  %line = mul i64 %token, 16
  %start = add i64 %line, %head
  %head.lse = getelementptr float, ptr %lse, i64 %start
  %start.o = mul i64 %start, 32
  %head.o = getelementptr float, ptr %o, i64 %start.o
  br label %top.head
top.head:
  %top = phi i64 [ 0, %item.body ], [ %top.next, %top.latch ]
  %most = phi float [ 0xc6293e5940000000, %item.body ], [ %most.new, %top.latch ]
  %top.more = icmp ult i64 %top, 16
  br i1 %top.more, label %top.body, label %top.end
top.body:
  %top.p = getelementptr float, ptr %head.lse, i64 %top
  %top.x = load float, ptr %top.p, align 4
  %top.more.x = fcmp ogt float %top.x, %most
  %most.new = select i1 %top.more.x, float %top.x, float %most
  br label %top.latch
top.latch:
  %top.next = add nuw i64 %top, 4
  br label %top.head
top.end:
  br label %part.head
part.head:
  %part = phi i64 [ 0, %top.end ], [ %part.next, %part.latch ]
  %sum = phi %vf [ zeroinitializer, %top.end ], [ %sum.new, %part.latch ]
  %s0 = phi %vf [ zeroinitializer, %top.end ], [ %s0.new, %part.latch ]
  %s1 = phi %vf [ zeroinitializer, %top.end ], [ %s1.new, %part.latch ]
  %s2 = phi %vf [ zeroinitializer, %top.end ], [ %s2.new, %part.latch ]
  %s3 = phi %vf [ zeroinitializer, %top.end ], [ %s3.new, %part.latch ]

  %part.more = icmp ult i64 %part, 16
  br i1 %part.more, label %part.body, label %part.end
part.body:
  %part.p = getelementptr float, ptr %head.lse, i64 %part
  %part.x = load float, ptr %part.p, align 4
  %part.less = fsub float %part.x, %most
  %part.splat = call %vf @v.splat(float %part.less)
  %part.w = call %vf @v.exp(%vf %part.splat)
  %sum.new = fadd %vf %sum, %part.w
  %part.at = mul i64 %part, 32
  %part.o = getelementptr float, ptr %head.o, i64 %part.at
  %o0.p = getelementptr float, ptr %part.o, i64 0
  %o0 = call %vf @v.load(ptr %o0.p)
  %s0.new = call %vf @v.fma(%vf %part.w, %vf %o0, %vf %s0)
  %o1.p = getelementptr float, ptr %part.o, i64 8
  %o1 = call %vf @v.load(ptr %o1.p)
  %s1.new = call %vf @v.fma(%vf %part.w, %vf %o1, %vf %s1)
  %o2.p = getelementptr float, ptr %part.o, i64 16
  %o2 = call %vf @v.load(ptr %o2.p)
  %s2.new = call %vf @v.fma(%vf %part.w, %vf %o2, %vf %s2)
  %o3.p = getelementptr float, ptr %part.o, i64 24
  %o3 = call %vf @v.load(ptr %o3.p)
  %s3.new = call %vf @v.fma(%vf %part.w, %vf %o3, %vf %s3)
  br label %part.latch
part.latch:
  %part.next = add nuw i64 %part, 4
  br label %part.head
part.end:
  %inverse = fdiv %vf splat (float 1.0), %sum
  %column = mul i64 %head, 32
  %f0 = fmul %vf %s0, %inverse
  %f1 = fmul %vf %s1, %inverse
  %f2 = fmul %vf %s2, %inverse
  %f3 = fmul %vf %s3, %inverse
  %f.at = mul i64 %token, 192
  %f.row = getelementptr i8, ptr %y, i64 %f.at
  %f.block = lshr i64 %column, 5
  %f.block0 = add i64 %f.block, 0
  call void @q8a.block(ptr %f.row, i64 %f.block0, i64 128, %vf %f0, %vf %f1, %vf %f2, %vf %f3)
  br label %item.latch
item.latch:
  %item.next = add nuw i64 %item, 1
  br label %item.head
item.end:
  ret void
}
