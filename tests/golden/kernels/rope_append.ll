; rope_append on cpu:x86_64:avx2+fma+f16c
; rope_append n_heads=4 n_kv_heads=2 head_dim=32 rope_dim=32 page_tokens=64 kcache=f16 vcache=f16 m=4
; RB=1
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %q.slot = getelementptr i8, ptr %args, i64 0
  %q = load ptr, ptr %q.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 8
  %k = load ptr, ptr %k.slot, align 8
  %v.slot = getelementptr i8, ptr %args, i64 16
  %v = load ptr, ptr %v.slot, align 8
  %table.slot = getelementptr i8, ptr %args, i64 24
  %table = load ptr, ptr %table.slot, align 8
  %kcache.slot = getelementptr i8, ptr %args, i64 32
  %kcache = load ptr, ptr %kcache.slot, align 8
  %vcache.slot = getelementptr i8, ptr %args, i64 40
  %vcache = load ptr, ptr %vcache.slot, align 8
  %positions.slot = getelementptr i8, ptr %args, i64 48
  %positions = load ptr, ptr %positions.slot, align 8
  %token_seq.slot = getelementptr i8, ptr %args, i64 56
  %token_seq = load ptr, ptr %token_seq.slot, align 8
  %page_table.slot = getelementptr i8, ptr %args, i64 64
  %page_table = load ptr, ptr %page_table.slot, align 8
  %stride.at.slot = getelementptr i8, ptr %args, i64 72
  %stride.at = load ptr, ptr %stride.at.slot, align 8
  %rows.at.slot = getelementptr i8, ptr %args, i64 80
  %rows.at = load ptr, ptr %rows.at.slot, align 8
  %n_heads.slot = getelementptr i8, ptr %args, i64 88
  %n_heads = load i64, ptr %n_heads.slot, align 8
  %n_kv_heads.slot = getelementptr i8, ptr %args, i64 96
  %n_kv_heads = load i64, ptr %n_kv_heads.slot, align 8
  %page_tokens.slot = getelementptr i8, ptr %args, i64 120
  %page_tokens = load i64, ptr %page_tokens.slot, align 8
  %stride.32 = load i32, ptr %stride.at, align 4
  %stride = zext i32 %stride.32 to i64
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, 1
  %row.want = mul i64 %last.64, 1
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %head.values = mul i64 %page_tokens, 32
  %page.values = mul i64 %head.values, %n_kv_heads
  br label %row.head
row.head:
  %row = phi i64 [ %row.first, %entry ], [ %row.next, %row.latch ]

  %row.more = icmp ult i64 %row, %row.last
  br i1 %row.more, label %row.body, label %row.end
row.body:
  %position.p = getelementptr i32, ptr %positions, i64 %row
  %position.32 = load i32, ptr %position.p, align 4
  %position = zext i32 %position.32 to i64
  %seq.p = getelementptr i32, ptr %token_seq, i64 %row
  %seq.32 = load i32, ptr %seq.p, align 4
  %seq = zext i32 %seq.32 to i64
  %turn.at = mul i64 %position, 32
  %turn = getelementptr float, ptr %table, i64 %turn.at
  %page.number = udiv i64 %position, %page_tokens
  %slot = urem i64 %position, %page_tokens
  %seq.at = mul i64 %seq, %stride
  %entry.at = add i64 %seq.at, %page.number
  %page.p = getelementptr i32, ptr %page_table, i64 %entry.at
  %page.32 = load i32, ptr %page.p, align 4
  %page = zext i32 %page.32 to i64
  %page.at = mul i64 %page, %page.values
  %q.n = mul i64 %n_heads, 32
  %q.at = mul i64 %row, %q.n
  %q.row = getelementptr float, ptr %q, i64 %q.at
  %kv.n = mul i64 %n_kv_heads, 32
  %kv.at = mul i64 %row, %kv.n
  %k.row = getelementptr float, ptr %k, i64 %kv.at
  %v.row = getelementptr float, ptr %v, i64 %kv.at
  br label %head.head
head.head:
  %head = phi i64 [ 0, %row.body ], [ %head.next, %head.latch ]

  %head.more = icmp ult i64 %head, %n_heads
  br i1 %head.more, label %head.body, label %head.end
head.body:
  %qh.at = mul i64 %head, 32
  %qh = getelementptr float, ptr %q.row, i64 %qh.at
  %q0.p = getelementptr float, ptr %qh, i64 0
  %t0.p = getelementptr float, ptr %turn, i64 0
  %q0 = call %vf @v.load(ptr %q0.p)
  %q0.new = call %vf @rotate(%vf %q0, ptr %t0.p)
  call void @v.store(ptr %q0.p, %vf %q0.new)
  %q8.p = getelementptr float, ptr %qh, i64 8
  %t8.p = getelementptr float, ptr %turn, i64 8
  %q8 = call %vf @v.load(ptr %q8.p)
  %q8.new = call %vf @rotate(%vf %q8, ptr %t8.p)
  call void @v.store(ptr %q8.p, %vf %q8.new)
  %q16.p = getelementptr float, ptr %qh, i64 16
  %t16.p = getelementptr float, ptr %turn, i64 16
  %q16 = call %vf @v.load(ptr %q16.p)
  %q16.new = call %vf @rotate(%vf %q16, ptr %t16.p)
  call void @v.store(ptr %q16.p, %vf %q16.new)
  %q24.p = getelementptr float, ptr %qh, i64 24
  %t24.p = getelementptr float, ptr %turn, i64 24
  %q24 = call %vf @v.load(ptr %q24.p)
  %q24.new = call %vf @rotate(%vf %q24, ptr %t24.p)
  call void @v.store(ptr %q24.p, %vf %q24.new)
  br label %head.latch
head.latch:
  %head.next = add nuw i64 %head, 1
  br label %head.head
head.end:
; K goes into its page 16 positions together, so a row becomes a column; V stays a row.
  %slot.group = lshr i64 %slot, 4
  %slot.lane = and i64 %slot, 15
  %group.at = mul i64 %slot.group, 512
  %column = add i64 %group.at, %slot.lane
  %v.slot.at = mul i64 %slot, 32
  br label %kvh.head
kvh.head:
  %kvh = phi i64 [ 0, %head.end ], [ %kvh.next, %kvh.latch ]

  %kvh.more = icmp ult i64 %kvh, %n_kv_heads
  br i1 %kvh.more, label %kvh.body, label %kvh.end
kvh.body:
  %h.at = mul i64 %kvh, 32
  %kh = getelementptr float, ptr %k.row, i64 %h.at
  %vh = getelementptr float, ptr %v.row, i64 %h.at
  %h.page = mul i64 %kvh, %head.values
  %h.start = add i64 %page.at, %h.page
  %k.start = add i64 %h.start, %column
  %v.start = add i64 %h.start, %v.slot.at
  %k.to = getelementptr i16, ptr %kcache, i64 %k.start
  %v.to = getelementptr i16, ptr %vcache, i64 %v.start
  %k0.p = getelementptr float, ptr %kh, i64 0
  %k0.raw = call %vf @v.load(ptr %k0.p)
  %u0.p = getelementptr float, ptr %turn, i64 0
  %k0 = call %vf @rotate(%vf %k0.raw, ptr %u0.p)
  %v0.p = getelementptr float, ptr %vh, i64 0
  %v0 = call %vf @v.load(ptr %v0.p)
  %k0.kv = call <8 x i16> @to.kv(%vf %k0)
  %k0.0 = extractelement <8 x i16> %k0.kv, i64 0
  %k0.0.to = getelementptr i16, ptr %k.to, i64 0
  store i16 %k0.0, ptr %k0.0.to, align 2
  %k0.1 = extractelement <8 x i16> %k0.kv, i64 1
  %k0.1.to = getelementptr i16, ptr %k.to, i64 16
  store i16 %k0.1, ptr %k0.1.to, align 2
  %k0.2 = extractelement <8 x i16> %k0.kv, i64 2
  %k0.2.to = getelementptr i16, ptr %k.to, i64 32
  store i16 %k0.2, ptr %k0.2.to, align 2
  %k0.3 = extractelement <8 x i16> %k0.kv, i64 3
  %k0.3.to = getelementptr i16, ptr %k.to, i64 48
  store i16 %k0.3, ptr %k0.3.to, align 2
  %k0.4 = extractelement <8 x i16> %k0.kv, i64 4
  %k0.4.to = getelementptr i16, ptr %k.to, i64 64
  store i16 %k0.4, ptr %k0.4.to, align 2
  %k0.5 = extractelement <8 x i16> %k0.kv, i64 5
  %k0.5.to = getelementptr i16, ptr %k.to, i64 80
  store i16 %k0.5, ptr %k0.5.to, align 2
  %k0.6 = extractelement <8 x i16> %k0.kv, i64 6
  %k0.6.to = getelementptr i16, ptr %k.to, i64 96
  store i16 %k0.6, ptr %k0.6.to, align 2
  %k0.7 = extractelement <8 x i16> %k0.kv, i64 7
  %k0.7.to = getelementptr i16, ptr %k.to, i64 112
  store i16 %k0.7, ptr %k0.7.to, align 2
  %v0.kv = call <8 x i16> @to.kv(%vf %v0)
  %v0.to = getelementptr i16, ptr %v.to, i64 0
  store <8 x i16> %v0.kv, ptr %v0.to, align 2
  %k8.p = getelementptr float, ptr %kh, i64 8
  %k8.raw = call %vf @v.load(ptr %k8.p)
  %u8.p = getelementptr float, ptr %turn, i64 8
  %k8 = call %vf @rotate(%vf %k8.raw, ptr %u8.p)
  %v8.p = getelementptr float, ptr %vh, i64 8
  %v8 = call %vf @v.load(ptr %v8.p)
  %k8.kv = call <8 x i16> @to.kv(%vf %k8)
  %k8.0 = extractelement <8 x i16> %k8.kv, i64 0
  %k8.0.to = getelementptr i16, ptr %k.to, i64 128
  store i16 %k8.0, ptr %k8.0.to, align 2
  %k8.1 = extractelement <8 x i16> %k8.kv, i64 1
  %k8.1.to = getelementptr i16, ptr %k.to, i64 144
  store i16 %k8.1, ptr %k8.1.to, align 2
  %k8.2 = extractelement <8 x i16> %k8.kv, i64 2
  %k8.2.to = getelementptr i16, ptr %k.to, i64 160
  store i16 %k8.2, ptr %k8.2.to, align 2
  %k8.3 = extractelement <8 x i16> %k8.kv, i64 3
  %k8.3.to = getelementptr i16, ptr %k.to, i64 176
  store i16 %k8.3, ptr %k8.3.to, align 2
  %k8.4 = extractelement <8 x i16> %k8.kv, i64 4
  %k8.4.to = getelementptr i16, ptr %k.to, i64 192
  store i16 %k8.4, ptr %k8.4.to, align 2
  %k8.5 = extractelement <8 x i16> %k8.kv, i64 5
  %k8.5.to = getelementptr i16, ptr %k.to, i64 208
  store i16 %k8.5, ptr %k8.5.to, align 2
  %k8.6 = extractelement <8 x i16> %k8.kv, i64 6
  %k8.6.to = getelementptr i16, ptr %k.to, i64 224
  store i16 %k8.6, ptr %k8.6.to, align 2
  %k8.7 = extractelement <8 x i16> %k8.kv, i64 7
  %k8.7.to = getelementptr i16, ptr %k.to, i64 240
  store i16 %k8.7, ptr %k8.7.to, align 2
  %v8.kv = call <8 x i16> @to.kv(%vf %v8)
  %v8.to = getelementptr i16, ptr %v.to, i64 8
  store <8 x i16> %v8.kv, ptr %v8.to, align 2
  %k16.p = getelementptr float, ptr %kh, i64 16
  %k16.raw = call %vf @v.load(ptr %k16.p)
  %u16.p = getelementptr float, ptr %turn, i64 16
  %k16 = call %vf @rotate(%vf %k16.raw, ptr %u16.p)
  %v16.p = getelementptr float, ptr %vh, i64 16
  %v16 = call %vf @v.load(ptr %v16.p)
  %k16.kv = call <8 x i16> @to.kv(%vf %k16)
  %k16.0 = extractelement <8 x i16> %k16.kv, i64 0
  %k16.0.to = getelementptr i16, ptr %k.to, i64 256
  store i16 %k16.0, ptr %k16.0.to, align 2
  %k16.1 = extractelement <8 x i16> %k16.kv, i64 1
  %k16.1.to = getelementptr i16, ptr %k.to, i64 272
  store i16 %k16.1, ptr %k16.1.to, align 2
  %k16.2 = extractelement <8 x i16> %k16.kv, i64 2
  %k16.2.to = getelementptr i16, ptr %k.to, i64 288
  store i16 %k16.2, ptr %k16.2.to, align 2
  %k16.3 = extractelement <8 x i16> %k16.kv, i64 3
  %k16.3.to = getelementptr i16, ptr %k.to, i64 304
  store i16 %k16.3, ptr %k16.3.to, align 2
  %k16.4 = extractelement <8 x i16> %k16.kv, i64 4
  %k16.4.to = getelementptr i16, ptr %k.to, i64 320
  store i16 %k16.4, ptr %k16.4.to, align 2
  %k16.5 = extractelement <8 x i16> %k16.kv, i64 5
  %k16.5.to = getelementptr i16, ptr %k.to, i64 336
  store i16 %k16.5, ptr %k16.5.to, align 2
  %k16.6 = extractelement <8 x i16> %k16.kv, i64 6
  %k16.6.to = getelementptr i16, ptr %k.to, i64 352
  store i16 %k16.6, ptr %k16.6.to, align 2
  %k16.7 = extractelement <8 x i16> %k16.kv, i64 7
  %k16.7.to = getelementptr i16, ptr %k.to, i64 368
  store i16 %k16.7, ptr %k16.7.to, align 2
  %v16.kv = call <8 x i16> @to.kv(%vf %v16)
  %v16.to = getelementptr i16, ptr %v.to, i64 16
  store <8 x i16> %v16.kv, ptr %v16.to, align 2
  %k24.p = getelementptr float, ptr %kh, i64 24
  %k24.raw = call %vf @v.load(ptr %k24.p)
  %u24.p = getelementptr float, ptr %turn, i64 24
  %k24 = call %vf @rotate(%vf %k24.raw, ptr %u24.p)
  %v24.p = getelementptr float, ptr %vh, i64 24
  %v24 = call %vf @v.load(ptr %v24.p)
  %k24.kv = call <8 x i16> @to.kv(%vf %k24)
  %k24.0 = extractelement <8 x i16> %k24.kv, i64 0
  %k24.0.to = getelementptr i16, ptr %k.to, i64 384
  store i16 %k24.0, ptr %k24.0.to, align 2
  %k24.1 = extractelement <8 x i16> %k24.kv, i64 1
  %k24.1.to = getelementptr i16, ptr %k.to, i64 400
  store i16 %k24.1, ptr %k24.1.to, align 2
  %k24.2 = extractelement <8 x i16> %k24.kv, i64 2
  %k24.2.to = getelementptr i16, ptr %k.to, i64 416
  store i16 %k24.2, ptr %k24.2.to, align 2
  %k24.3 = extractelement <8 x i16> %k24.kv, i64 3
  %k24.3.to = getelementptr i16, ptr %k.to, i64 432
  store i16 %k24.3, ptr %k24.3.to, align 2
  %k24.4 = extractelement <8 x i16> %k24.kv, i64 4
  %k24.4.to = getelementptr i16, ptr %k.to, i64 448
  store i16 %k24.4, ptr %k24.4.to, align 2
  %k24.5 = extractelement <8 x i16> %k24.kv, i64 5
  %k24.5.to = getelementptr i16, ptr %k.to, i64 464
  store i16 %k24.5, ptr %k24.5.to, align 2
  %k24.6 = extractelement <8 x i16> %k24.kv, i64 6
  %k24.6.to = getelementptr i16, ptr %k.to, i64 480
  store i16 %k24.6, ptr %k24.6.to, align 2
  %k24.7 = extractelement <8 x i16> %k24.kv, i64 7
  %k24.7.to = getelementptr i16, ptr %k.to, i64 496
  store i16 %k24.7, ptr %k24.7.to, align 2
  %v24.kv = call <8 x i16> @to.kv(%vf %v24)
  %v24.to = getelementptr i16, ptr %v.to, i64 24
  store <8 x i16> %v24.kv, ptr %v24.to, align 2
  br label %kvh.latch
kvh.latch:
  %kvh.next = add nuw i64 %kvh, 1
  br label %kvh.head
kvh.end:
  br label %row.latch
row.latch:
  %row.next = add nuw i64 %row, 1
  br label %row.head
row.end:
  ret void
}
