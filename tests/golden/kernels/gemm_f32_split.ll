; gemm_f32_split on cpu:x86_64:avx2+fma+f16c
; gemm_split n=64 k=512 n_parts=2 m=4 w=q4_0
; R=8 MR=1 NV=1 NB=1 KU=1 PACK=0 PF=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %x.all.slot = getelementptr i8, ptr %args, i64 0
  %x.all = load ptr, ptr %x.all.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load ptr, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 32
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %w.all.slot = getelementptr i8, ptr %args, i64 8
  %w.all = load ptr, ptr %w.all.slot, align 8
  %y.cols.slot = getelementptr i8, ptr %args, i64 56
  %y.cols = load i64, ptr %y.cols.slot, align 8
  %part.begin.slot = getelementptr i8, ptr %args, i64 64
  %part.begin = load i64, ptr %part.begin.slot, align 8
  %part.k.slot = getelementptr i8, ptr %args, i64 72
  %part.k = load i64, ptr %part.k.slot, align 8
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %m.last = sub i64 %m, 1
  %n.up = add i64 %n, 7
  %n.groups = lshr i64 %n.up, 3
  %g.last = sub i64 %n.groups, 1
  %row.bytes = shl i64 %k, 2
  %n.steps = lshr i64 %k, 5
  %group.bytes = mul i64 %n.steps, 144
  %x.begin = shl i64 %part.begin, 2
  %part.steps = lshr i64 %part.k, 5
  %part.blocks = lshr i64 %part.begin, 5
  %w.begin = mul i64 %part.blocks, 144
  %k.steps = add i64 %part.steps, 0
  %x = getelementptr i8, ptr %x.all, i64 %x.begin
  %w.mat0 = getelementptr i8, ptr %w.all, i64 %w.begin
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
  %block.most = add i32 %block.at, 1
  %block.over = icmp ugt i32 %block.most, %last
  %block.stop = select i1 %block.over, i32 %last, i32 %block.most
  %block.panel = add i32 %block.at, 0
  %block.panels = sub i32 %block.stop, %block.at
  %block.i = zext i32 %block.panel to i64
  %block.n = zext i32 %block.panels to i64
  %block.group = mul i64 %block.i, 1
  %block.n.groups = mul i64 %block.n, 1
  %block.end = add i64 %block.group, %block.n.groups
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %block ], [ %g0.next, %panel.next ]
  %g0.next = add i64 %g0, 1
  %raw.want0 = add i64 %g0, 0
  %raw.over0 = icmp ugt i64 %raw.want0, %g.last
  %raw.group0 = select i1 %raw.over0, i64 %g.last, i64 %raw.want0
  %raw.bytes0 = mul i64 %raw.group0, %group.bytes
  %raw.ws0 = getelementptr i8, ptr %w.mat0, i64 %raw.bytes0
  %ws0 = getelementptr i8, ptr %raw.ws0, i64 0
  br label %tile
tile:
  %m0 = phi i64 [ 0, %panel ], [ %m0.next, %tile.next ]
  %want0 = add i64 %m0, 0
  %over0 = icmp ugt i64 %want0, %m.last
  %row.i0 = select i1 %over0, i64 %m.last, i64 %want0
  %bytes0 = mul i64 %row.i0, %row.bytes
  %xr0 = getelementptr i8, ptr %x, i64 %bytes0
  br label %k.main
k.main:
  %akb0 = phi i64 [ 0, %tile ], [ %akb.next, %k.main ]
  %af0.0.0 = phi %vf [ zeroinitializer, %tile ], [ %af0.0.1, %k.main ]
  %a0.at.pf = mul i64 %akb0, 144
  %a0.at.d = mul i64 %akb0, 144
  %a0.at.q = add i64 %a0.at.d, 16
  %a0.x.at = mul i64 %akb0, 128
  %a0.x0 = getelementptr i8, ptr %xr0, i64 %a0.x.at
  %a0.s0.wd = getelementptr i8, ptr %ws0, i64 %a0.at.d
  %a0.s0.wq = getelementptr i8, ptr %ws0, i64 %a0.at.q
  %a0.s0.scale0 = call %vf @v.from.f16(ptr %a0.s0.wd)
  %a0.s0.zero0 = fmul %vf %a0.s0.scale0, splat (float 0xc020000000000000)
  %a0.s0.q.p0 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q0 = load %vi, ptr %a0.s0.q.p0, align 1
  %a0.s0.u.s0 = lshr %vi %a0.s0.q0, splat (i32 0)
  %a0.s0.u0 = and %vi %a0.s0.u.s0, splat (i32 15)
  %a0.s0.f0 = sitofp %vi %a0.s0.u0 to %vf
  %a0.s0.v0 = call %vf @v.fma(%vf %a0.s0.f0, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.0.p0 = getelementptr i8, ptr %a0.x0, i64 0
  %a0.0.b0 = call %vf @v.bcast(ptr %a0.0.p0)
  %a0.y1.0.0 = call %vf @v.fma(%vf %a0.0.b0, %vf %a0.s0.v0, %vf %af0.0.0)
  %a0.s0.u.s1 = lshr %vi %a0.s0.q0, splat (i32 8)
  %a0.s0.u1 = and %vi %a0.s0.u.s1, splat (i32 15)
  %a0.s0.f1 = sitofp %vi %a0.s0.u1 to %vf
  %a0.s0.v1 = call %vf @v.fma(%vf %a0.s0.f1, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.1.p0 = getelementptr i8, ptr %a0.x0, i64 4
  %a0.1.b0 = call %vf @v.bcast(ptr %a0.1.p0)
  %a0.y2.0.0 = call %vf @v.fma(%vf %a0.1.b0, %vf %a0.s0.v1, %vf %a0.y1.0.0)
  %a0.s0.u.s2 = lshr %vi %a0.s0.q0, splat (i32 16)
  %a0.s0.u2 = and %vi %a0.s0.u.s2, splat (i32 15)
  %a0.s0.f2 = sitofp %vi %a0.s0.u2 to %vf
  %a0.s0.v2 = call %vf @v.fma(%vf %a0.s0.f2, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.2.p0 = getelementptr i8, ptr %a0.x0, i64 8
  %a0.2.b0 = call %vf @v.bcast(ptr %a0.2.p0)
  %a0.y3.0.0 = call %vf @v.fma(%vf %a0.2.b0, %vf %a0.s0.v2, %vf %a0.y2.0.0)
  %a0.s0.u.s3 = lshr %vi %a0.s0.q0, splat (i32 24)
  %a0.s0.u3 = and %vi %a0.s0.u.s3, splat (i32 15)
  %a0.s0.f3 = sitofp %vi %a0.s0.u3 to %vf
  %a0.s0.v3 = call %vf @v.fma(%vf %a0.s0.f3, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.3.p0 = getelementptr i8, ptr %a0.x0, i64 12
  %a0.3.b0 = call %vf @v.bcast(ptr %a0.3.p0)
  %a0.y4.0.0 = call %vf @v.fma(%vf %a0.3.b0, %vf %a0.s0.v3, %vf %a0.y3.0.0)
  %a0.s0.q.p1 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q1 = load %vi, ptr %a0.s0.q.p1, align 1
  %a0.s0.u.s4 = lshr %vi %a0.s0.q1, splat (i32 0)
  %a0.s0.u4 = and %vi %a0.s0.u.s4, splat (i32 15)
  %a0.s0.f4 = sitofp %vi %a0.s0.u4 to %vf
  %a0.s0.v4 = call %vf @v.fma(%vf %a0.s0.f4, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.4.p0 = getelementptr i8, ptr %a0.x0, i64 16
  %a0.4.b0 = call %vf @v.bcast(ptr %a0.4.p0)
  %a0.y5.0.0 = call %vf @v.fma(%vf %a0.4.b0, %vf %a0.s0.v4, %vf %a0.y4.0.0)
  %a0.s0.u.s5 = lshr %vi %a0.s0.q1, splat (i32 8)
  %a0.s0.u5 = and %vi %a0.s0.u.s5, splat (i32 15)
  %a0.s0.f5 = sitofp %vi %a0.s0.u5 to %vf
  %a0.s0.v5 = call %vf @v.fma(%vf %a0.s0.f5, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.5.p0 = getelementptr i8, ptr %a0.x0, i64 20
  %a0.5.b0 = call %vf @v.bcast(ptr %a0.5.p0)
  %a0.y6.0.0 = call %vf @v.fma(%vf %a0.5.b0, %vf %a0.s0.v5, %vf %a0.y5.0.0)
  %a0.s0.u.s6 = lshr %vi %a0.s0.q1, splat (i32 16)
  %a0.s0.u6 = and %vi %a0.s0.u.s6, splat (i32 15)
  %a0.s0.f6 = sitofp %vi %a0.s0.u6 to %vf
  %a0.s0.v6 = call %vf @v.fma(%vf %a0.s0.f6, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.6.p0 = getelementptr i8, ptr %a0.x0, i64 24
  %a0.6.b0 = call %vf @v.bcast(ptr %a0.6.p0)
  %a0.y7.0.0 = call %vf @v.fma(%vf %a0.6.b0, %vf %a0.s0.v6, %vf %a0.y6.0.0)
  %a0.s0.u.s7 = lshr %vi %a0.s0.q1, splat (i32 24)
  %a0.s0.u7 = and %vi %a0.s0.u.s7, splat (i32 15)
  %a0.s0.f7 = sitofp %vi %a0.s0.u7 to %vf
  %a0.s0.v7 = call %vf @v.fma(%vf %a0.s0.f7, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.7.p0 = getelementptr i8, ptr %a0.x0, i64 28
  %a0.7.b0 = call %vf @v.bcast(ptr %a0.7.p0)
  %a0.y8.0.0 = call %vf @v.fma(%vf %a0.7.b0, %vf %a0.s0.v7, %vf %a0.y7.0.0)
  %a0.s0.q.p2 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q2 = load %vi, ptr %a0.s0.q.p2, align 1
  %a0.s0.u.s8 = lshr %vi %a0.s0.q2, splat (i32 0)
  %a0.s0.u8 = and %vi %a0.s0.u.s8, splat (i32 15)
  %a0.s0.f8 = sitofp %vi %a0.s0.u8 to %vf
  %a0.s0.v8 = call %vf @v.fma(%vf %a0.s0.f8, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.8.p0 = getelementptr i8, ptr %a0.x0, i64 32
  %a0.8.b0 = call %vf @v.bcast(ptr %a0.8.p0)
  %a0.y9.0.0 = call %vf @v.fma(%vf %a0.8.b0, %vf %a0.s0.v8, %vf %a0.y8.0.0)
  %a0.s0.u.s9 = lshr %vi %a0.s0.q2, splat (i32 8)
  %a0.s0.u9 = and %vi %a0.s0.u.s9, splat (i32 15)
  %a0.s0.f9 = sitofp %vi %a0.s0.u9 to %vf
  %a0.s0.v9 = call %vf @v.fma(%vf %a0.s0.f9, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.9.p0 = getelementptr i8, ptr %a0.x0, i64 36
  %a0.9.b0 = call %vf @v.bcast(ptr %a0.9.p0)
  %a0.y10.0.0 = call %vf @v.fma(%vf %a0.9.b0, %vf %a0.s0.v9, %vf %a0.y9.0.0)
  %a0.s0.u.s10 = lshr %vi %a0.s0.q2, splat (i32 16)
  %a0.s0.u10 = and %vi %a0.s0.u.s10, splat (i32 15)
  %a0.s0.f10 = sitofp %vi %a0.s0.u10 to %vf
  %a0.s0.v10 = call %vf @v.fma(%vf %a0.s0.f10, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.10.p0 = getelementptr i8, ptr %a0.x0, i64 40
  %a0.10.b0 = call %vf @v.bcast(ptr %a0.10.p0)
  %a0.y11.0.0 = call %vf @v.fma(%vf %a0.10.b0, %vf %a0.s0.v10, %vf %a0.y10.0.0)
  %a0.s0.u.s11 = lshr %vi %a0.s0.q2, splat (i32 24)
  %a0.s0.u11 = and %vi %a0.s0.u.s11, splat (i32 15)
  %a0.s0.f11 = sitofp %vi %a0.s0.u11 to %vf
  %a0.s0.v11 = call %vf @v.fma(%vf %a0.s0.f11, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.11.p0 = getelementptr i8, ptr %a0.x0, i64 44
  %a0.11.b0 = call %vf @v.bcast(ptr %a0.11.p0)
  %a0.y12.0.0 = call %vf @v.fma(%vf %a0.11.b0, %vf %a0.s0.v11, %vf %a0.y11.0.0)
  %a0.s0.q.p3 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q3 = load %vi, ptr %a0.s0.q.p3, align 1
  %a0.s0.u.s12 = lshr %vi %a0.s0.q3, splat (i32 0)
  %a0.s0.u12 = and %vi %a0.s0.u.s12, splat (i32 15)
  %a0.s0.f12 = sitofp %vi %a0.s0.u12 to %vf
  %a0.s0.v12 = call %vf @v.fma(%vf %a0.s0.f12, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.12.p0 = getelementptr i8, ptr %a0.x0, i64 48
  %a0.12.b0 = call %vf @v.bcast(ptr %a0.12.p0)
  %a0.y13.0.0 = call %vf @v.fma(%vf %a0.12.b0, %vf %a0.s0.v12, %vf %a0.y12.0.0)
  %a0.s0.u.s13 = lshr %vi %a0.s0.q3, splat (i32 8)
  %a0.s0.u13 = and %vi %a0.s0.u.s13, splat (i32 15)
  %a0.s0.f13 = sitofp %vi %a0.s0.u13 to %vf
  %a0.s0.v13 = call %vf @v.fma(%vf %a0.s0.f13, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.13.p0 = getelementptr i8, ptr %a0.x0, i64 52
  %a0.13.b0 = call %vf @v.bcast(ptr %a0.13.p0)
  %a0.y14.0.0 = call %vf @v.fma(%vf %a0.13.b0, %vf %a0.s0.v13, %vf %a0.y13.0.0)
  %a0.s0.u.s14 = lshr %vi %a0.s0.q3, splat (i32 16)
  %a0.s0.u14 = and %vi %a0.s0.u.s14, splat (i32 15)
  %a0.s0.f14 = sitofp %vi %a0.s0.u14 to %vf
  %a0.s0.v14 = call %vf @v.fma(%vf %a0.s0.f14, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.14.p0 = getelementptr i8, ptr %a0.x0, i64 56
  %a0.14.b0 = call %vf @v.bcast(ptr %a0.14.p0)
  %a0.y15.0.0 = call %vf @v.fma(%vf %a0.14.b0, %vf %a0.s0.v14, %vf %a0.y14.0.0)
  %a0.s0.u.s15 = lshr %vi %a0.s0.q3, splat (i32 24)
  %a0.s0.u15 = and %vi %a0.s0.u.s15, splat (i32 15)
  %a0.s0.f15 = sitofp %vi %a0.s0.u15 to %vf
  %a0.s0.v15 = call %vf @v.fma(%vf %a0.s0.f15, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.15.p0 = getelementptr i8, ptr %a0.x0, i64 60
  %a0.15.b0 = call %vf @v.bcast(ptr %a0.15.p0)
  %a0.y16.0.0 = call %vf @v.fma(%vf %a0.15.b0, %vf %a0.s0.v15, %vf %a0.y15.0.0)
  %a0.s0.q.p4 = getelementptr i8, ptr %a0.s0.wq, i64 0
  %a0.s0.q4 = load %vi, ptr %a0.s0.q.p4, align 1
  %a0.s0.u.s16 = lshr %vi %a0.s0.q4, splat (i32 4)
  %a0.s0.u16 = and %vi %a0.s0.u.s16, splat (i32 15)
  %a0.s0.f16 = sitofp %vi %a0.s0.u16 to %vf
  %a0.s0.v16 = call %vf @v.fma(%vf %a0.s0.f16, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.16.p0 = getelementptr i8, ptr %a0.x0, i64 64
  %a0.16.b0 = call %vf @v.bcast(ptr %a0.16.p0)
  %a0.y17.0.0 = call %vf @v.fma(%vf %a0.16.b0, %vf %a0.s0.v16, %vf %a0.y16.0.0)
  %a0.s0.u.s17 = lshr %vi %a0.s0.q4, splat (i32 12)
  %a0.s0.u17 = and %vi %a0.s0.u.s17, splat (i32 15)
  %a0.s0.f17 = sitofp %vi %a0.s0.u17 to %vf
  %a0.s0.v17 = call %vf @v.fma(%vf %a0.s0.f17, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.17.p0 = getelementptr i8, ptr %a0.x0, i64 68
  %a0.17.b0 = call %vf @v.bcast(ptr %a0.17.p0)
  %a0.y18.0.0 = call %vf @v.fma(%vf %a0.17.b0, %vf %a0.s0.v17, %vf %a0.y17.0.0)
  %a0.s0.u.s18 = lshr %vi %a0.s0.q4, splat (i32 20)
  %a0.s0.u18 = and %vi %a0.s0.u.s18, splat (i32 15)
  %a0.s0.f18 = sitofp %vi %a0.s0.u18 to %vf
  %a0.s0.v18 = call %vf @v.fma(%vf %a0.s0.f18, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.18.p0 = getelementptr i8, ptr %a0.x0, i64 72
  %a0.18.b0 = call %vf @v.bcast(ptr %a0.18.p0)
  %a0.y19.0.0 = call %vf @v.fma(%vf %a0.18.b0, %vf %a0.s0.v18, %vf %a0.y18.0.0)
  %a0.s0.u.s19 = lshr %vi %a0.s0.q4, splat (i32 28)
  %a0.s0.u19 = and %vi %a0.s0.u.s19, splat (i32 15)
  %a0.s0.f19 = sitofp %vi %a0.s0.u19 to %vf
  %a0.s0.v19 = call %vf @v.fma(%vf %a0.s0.f19, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.19.p0 = getelementptr i8, ptr %a0.x0, i64 76
  %a0.19.b0 = call %vf @v.bcast(ptr %a0.19.p0)
  %a0.y20.0.0 = call %vf @v.fma(%vf %a0.19.b0, %vf %a0.s0.v19, %vf %a0.y19.0.0)
  %a0.s0.q.p5 = getelementptr i8, ptr %a0.s0.wq, i64 32
  %a0.s0.q5 = load %vi, ptr %a0.s0.q.p5, align 1
  %a0.s0.u.s20 = lshr %vi %a0.s0.q5, splat (i32 4)
  %a0.s0.u20 = and %vi %a0.s0.u.s20, splat (i32 15)
  %a0.s0.f20 = sitofp %vi %a0.s0.u20 to %vf
  %a0.s0.v20 = call %vf @v.fma(%vf %a0.s0.f20, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.20.p0 = getelementptr i8, ptr %a0.x0, i64 80
  %a0.20.b0 = call %vf @v.bcast(ptr %a0.20.p0)
  %a0.y21.0.0 = call %vf @v.fma(%vf %a0.20.b0, %vf %a0.s0.v20, %vf %a0.y20.0.0)
  %a0.s0.u.s21 = lshr %vi %a0.s0.q5, splat (i32 12)
  %a0.s0.u21 = and %vi %a0.s0.u.s21, splat (i32 15)
  %a0.s0.f21 = sitofp %vi %a0.s0.u21 to %vf
  %a0.s0.v21 = call %vf @v.fma(%vf %a0.s0.f21, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.21.p0 = getelementptr i8, ptr %a0.x0, i64 84
  %a0.21.b0 = call %vf @v.bcast(ptr %a0.21.p0)
  %a0.y22.0.0 = call %vf @v.fma(%vf %a0.21.b0, %vf %a0.s0.v21, %vf %a0.y21.0.0)
  %a0.s0.u.s22 = lshr %vi %a0.s0.q5, splat (i32 20)
  %a0.s0.u22 = and %vi %a0.s0.u.s22, splat (i32 15)
  %a0.s0.f22 = sitofp %vi %a0.s0.u22 to %vf
  %a0.s0.v22 = call %vf @v.fma(%vf %a0.s0.f22, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.22.p0 = getelementptr i8, ptr %a0.x0, i64 88
  %a0.22.b0 = call %vf @v.bcast(ptr %a0.22.p0)
  %a0.y23.0.0 = call %vf @v.fma(%vf %a0.22.b0, %vf %a0.s0.v22, %vf %a0.y22.0.0)
  %a0.s0.u.s23 = lshr %vi %a0.s0.q5, splat (i32 28)
  %a0.s0.u23 = and %vi %a0.s0.u.s23, splat (i32 15)
  %a0.s0.f23 = sitofp %vi %a0.s0.u23 to %vf
  %a0.s0.v23 = call %vf @v.fma(%vf %a0.s0.f23, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.23.p0 = getelementptr i8, ptr %a0.x0, i64 92
  %a0.23.b0 = call %vf @v.bcast(ptr %a0.23.p0)
  %a0.y24.0.0 = call %vf @v.fma(%vf %a0.23.b0, %vf %a0.s0.v23, %vf %a0.y23.0.0)
  %a0.s0.q.p6 = getelementptr i8, ptr %a0.s0.wq, i64 64
  %a0.s0.q6 = load %vi, ptr %a0.s0.q.p6, align 1
  %a0.s0.u.s24 = lshr %vi %a0.s0.q6, splat (i32 4)
  %a0.s0.u24 = and %vi %a0.s0.u.s24, splat (i32 15)
  %a0.s0.f24 = sitofp %vi %a0.s0.u24 to %vf
  %a0.s0.v24 = call %vf @v.fma(%vf %a0.s0.f24, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.24.p0 = getelementptr i8, ptr %a0.x0, i64 96
  %a0.24.b0 = call %vf @v.bcast(ptr %a0.24.p0)
  %a0.y25.0.0 = call %vf @v.fma(%vf %a0.24.b0, %vf %a0.s0.v24, %vf %a0.y24.0.0)
  %a0.s0.u.s25 = lshr %vi %a0.s0.q6, splat (i32 12)
  %a0.s0.u25 = and %vi %a0.s0.u.s25, splat (i32 15)
  %a0.s0.f25 = sitofp %vi %a0.s0.u25 to %vf
  %a0.s0.v25 = call %vf @v.fma(%vf %a0.s0.f25, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.25.p0 = getelementptr i8, ptr %a0.x0, i64 100
  %a0.25.b0 = call %vf @v.bcast(ptr %a0.25.p0)
  %a0.y26.0.0 = call %vf @v.fma(%vf %a0.25.b0, %vf %a0.s0.v25, %vf %a0.y25.0.0)
  %a0.s0.u.s26 = lshr %vi %a0.s0.q6, splat (i32 20)
  %a0.s0.u26 = and %vi %a0.s0.u.s26, splat (i32 15)
  %a0.s0.f26 = sitofp %vi %a0.s0.u26 to %vf
  %a0.s0.v26 = call %vf @v.fma(%vf %a0.s0.f26, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.26.p0 = getelementptr i8, ptr %a0.x0, i64 104
  %a0.26.b0 = call %vf @v.bcast(ptr %a0.26.p0)
  %a0.y27.0.0 = call %vf @v.fma(%vf %a0.26.b0, %vf %a0.s0.v26, %vf %a0.y26.0.0)
  %a0.s0.u.s27 = lshr %vi %a0.s0.q6, splat (i32 28)
  %a0.s0.u27 = and %vi %a0.s0.u.s27, splat (i32 15)
  %a0.s0.f27 = sitofp %vi %a0.s0.u27 to %vf
  %a0.s0.v27 = call %vf @v.fma(%vf %a0.s0.f27, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.27.p0 = getelementptr i8, ptr %a0.x0, i64 108
  %a0.27.b0 = call %vf @v.bcast(ptr %a0.27.p0)
  %a0.y28.0.0 = call %vf @v.fma(%vf %a0.27.b0, %vf %a0.s0.v27, %vf %a0.y27.0.0)
  %a0.s0.q.p7 = getelementptr i8, ptr %a0.s0.wq, i64 96
  %a0.s0.q7 = load %vi, ptr %a0.s0.q.p7, align 1
  %a0.s0.u.s28 = lshr %vi %a0.s0.q7, splat (i32 4)
  %a0.s0.u28 = and %vi %a0.s0.u.s28, splat (i32 15)
  %a0.s0.f28 = sitofp %vi %a0.s0.u28 to %vf
  %a0.s0.v28 = call %vf @v.fma(%vf %a0.s0.f28, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.28.p0 = getelementptr i8, ptr %a0.x0, i64 112
  %a0.28.b0 = call %vf @v.bcast(ptr %a0.28.p0)
  %a0.y29.0.0 = call %vf @v.fma(%vf %a0.28.b0, %vf %a0.s0.v28, %vf %a0.y28.0.0)
  %a0.s0.u.s29 = lshr %vi %a0.s0.q7, splat (i32 12)
  %a0.s0.u29 = and %vi %a0.s0.u.s29, splat (i32 15)
  %a0.s0.f29 = sitofp %vi %a0.s0.u29 to %vf
  %a0.s0.v29 = call %vf @v.fma(%vf %a0.s0.f29, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.29.p0 = getelementptr i8, ptr %a0.x0, i64 116
  %a0.29.b0 = call %vf @v.bcast(ptr %a0.29.p0)
  %a0.y30.0.0 = call %vf @v.fma(%vf %a0.29.b0, %vf %a0.s0.v29, %vf %a0.y29.0.0)
  %a0.s0.u.s30 = lshr %vi %a0.s0.q7, splat (i32 20)
  %a0.s0.u30 = and %vi %a0.s0.u.s30, splat (i32 15)
  %a0.s0.f30 = sitofp %vi %a0.s0.u30 to %vf
  %a0.s0.v30 = call %vf @v.fma(%vf %a0.s0.f30, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.30.p0 = getelementptr i8, ptr %a0.x0, i64 120
  %a0.30.b0 = call %vf @v.bcast(ptr %a0.30.p0)
  %a0.y31.0.0 = call %vf @v.fma(%vf %a0.30.b0, %vf %a0.s0.v30, %vf %a0.y30.0.0)
  %a0.s0.u.s31 = lshr %vi %a0.s0.q7, splat (i32 28)
  %a0.s0.u31 = and %vi %a0.s0.u.s31, splat (i32 15)
  %a0.s0.f31 = sitofp %vi %a0.s0.u31 to %vf
  %a0.s0.v31 = call %vf @v.fma(%vf %a0.s0.f31, %vf %a0.s0.scale0, %vf %a0.s0.zero0)
  %a0.31.p0 = getelementptr i8, ptr %a0.x0, i64 124
  %a0.31.b0 = call %vf @v.bcast(ptr %a0.31.p0)
  %af0.0.1 = call %vf @v.fma(%vf %a0.31.b0, %vf %a0.s0.v31, %vf %a0.y31.0.0)
  %akb.next = add i64 %akb0, 1
  %a.left = sub i64 %k.steps, %akb.next
  %a.more = icmp sge i64 %a.left, 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
  %sum0.0 = phi %vf [ %af0.0.1, %k.main ]
  %col = mul i64 %g0, 8
  %cols.left = sub i64 %n, %col
  %n.left0 = sub i64 %cols.left, 0
  %n.big0 = icmp sgt i64 %n.left0, 8
  %n.clamped0 = select i1 %n.big0, i64 8, i64 %n.left0
  %n.cols0 = trunc i64 %n.clamped0 to i32
  %row.at0 = add i64 %m0, 0
  %out0.first = mul i64 %row.at0, %y.cols
  %out0.at = add i64 %out0.first, %col
  %out0.at0 = add i64 %out0.at, 0
  %out0.p0 = getelementptr float, ptr %y, i64 %out0.at0
  call void @v.store.n(ptr %out0.p0, %vf %sum0.0, i32 %n.cols0)
  br label %tile.next
tile.next:
  %m0.next = add i64 %m0, 1
  %tile.more = icmp ult i64 %m0.next, %m
  br i1 %tile.more, label %tile, label %panel.next
panel.next:
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}




define void @kernel_parts(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %own = alloca [10 x i64], align 64
  %x.slot = getelementptr i8, ptr %args, i64 0
  %x = load i64, ptr %x.slot, align 8
  %w.slot = getelementptr i8, ptr %args, i64 8
  %w = load i64, ptr %w.slot, align 8
  %y.slot = getelementptr i8, ptr %args, i64 16
  %y = load ptr, ptr %y.slot, align 8
  %rows.slot = getelementptr i8, ptr %args, i64 24
  %rows = load i64, ptr %rows.slot, align 8
  %n.slot = getelementptr i8, ptr %args, i64 32
  %n = load i64, ptr %n.slot, align 8
  %k.slot = getelementptr i8, ptr %args, i64 40
  %k = load i64, ptr %k.slot, align 8
  %n.parts.slot = getelementptr i8, ptr %args, i64 48
  %n.parts = load i64, ptr %n.parts.slot, align 8
  %y.cols = mul i64 %n, %n.parts
  %x.to = getelementptr i8, ptr %own, i64 0
  store i64 %x, ptr %x.to, align 8
  %w.to = getelementptr i8, ptr %own, i64 8
  store i64 %w, ptr %w.to, align 8
  %rows.to = getelementptr i8, ptr %own, i64 24
  store i64 %rows, ptr %rows.to, align 8
  %n.to = getelementptr i8, ptr %own, i64 32
  store i64 %n, ptr %n.to, align 8
  %k.to = getelementptr i8, ptr %own, i64 40
  store i64 %k, ptr %k.to, align 8
  %y.cols.to = getelementptr i8, ptr %own, i64 56
  store i64 %y.cols, ptr %y.cols.to, align 8
  %cols.up = add i64 %n, 7
  %blocks = udiv i64 %cols.up, 8
  %k.up = add i64 %k, 255
  %units = lshr i64 %k.up, 8
  %first.block = zext i32 %first to i64
  %last.block = zext i32 %last to i64
  %p.first = udiv i64 %first.block, %blocks
  %any = icmp ult i64 %first.block, %last.block
  br i1 %any, label %part, label %exit
part:
  %p = phi i64 [ %p.first, %entry ], [ %p.next, %part ]
  %p.next = add i64 %p, 1
  %p.low = mul i64 %p, %blocks
  %p.high = add i64 %p.low, %blocks
  %p.begin.n = mul i64 %p, %units
  %p.begin.unit = udiv i64 %p.begin.n, %n.parts
  %p.begin = shl i64 %p.begin.unit, 8
  %p.until.n = mul i64 %p.next, %units
  %p.until.unit = udiv i64 %p.until.n, %n.parts
  %p.until = shl i64 %p.until.unit, 8
  %p.over = icmp ugt i64 %p.until, %k
  %p.end = select i1 %p.over, i64 %k, i64 %p.until
  %p.k = sub i64 %p.end, %p.begin
  %p.begin.to = getelementptr i8, ptr %own, i64 64
  store i64 %p.begin, ptr %p.begin.to, align 8
  %p.k.to = getelementptr i8, ptr %own, i64 72
  store i64 %p.k, ptr %p.k.to, align 8
  %p.col = mul i64 %p, %n
  %p.y = getelementptr float, ptr %y, i64 %p.col
  %p.y.to = getelementptr i8, ptr %own, i64 16
  store ptr %p.y, ptr %p.y.to, align 8
  %own.first.over = icmp ugt i64 %first.block, %p.high
  %own.first.end = select i1 %own.first.over, i64 %p.high, i64 %first.block
  %own.first.under = icmp ult i64 %own.first.end, %p.low
  %own.first.in = select i1 %own.first.under, i64 %p.low, i64 %own.first.end
  %own.first.at = sub i64 %own.first.in, %p.low
  %own.first = trunc i64 %own.first.at to i32
  %own.last.over = icmp ugt i64 %last.block, %p.high
  %own.last.end = select i1 %own.last.over, i64 %p.high, i64 %last.block
  %own.last.under = icmp ult i64 %own.last.end, %p.low
  %own.last.in = select i1 %own.last.under, i64 %p.low, i64 %own.last.end
  %own.last.at = sub i64 %own.last.in, %p.low
  %own.last = trunc i64 %own.last.at to i32
  call void @kernel(ptr %own, i32 %own.first, i32 %own.last, ptr %scratch)
  %p.more = icmp ult i64 %p.high, %last.block
  br i1 %p.more, label %part, label %exit
exit:
  ret void
}
