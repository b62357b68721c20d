$# Scores of QR rows against KG groups of 16 keys at a time, and weights from them.

; 2^x for x <= 126, to 2e-7 of its value; exactly 0 below -127.
define internal %vf @exp2(%vf %x) #1 {
  %c = call %vf @v.larger(%vf %x, %vf splat (float -127.0))
  %t = fadd %vf %c, splat (float ${hexfloat(12582912.0)})
  %n = fsub %vf %t, splat (float ${hexfloat(12582912.0)})
  %r = fsub %vf %c, %n
  %p4 = call %vf @v.fma(%vf splat (float ${hexfloat(0.001326472721388464)}), %vf %r, %vf splat (float ${hexfloat(0.00967151281259293)}))
  %p3 = call %vf @v.fma(%vf %p4, %vf %r, %vf splat (float ${hexfloat(0.05550733744824843)}))
  %p2 = call %vf @v.fma(%vf %p3, %vf %r, %vf splat (float ${hexfloat(0.2402224208267587)}))
  %p1 = call %vf @v.fma(%vf %p2, %vf %r, %vf splat (float ${hexfloat(0.6931469775973306)}))
  %p0 = call %vf @v.fma(%vf %p1, %vf %r, %vf splat (float 1.0))
  %ti = bitcast %vf %t to %vi
  %e = shl %vi %ti, splat (i32 23)
  %pi = bitcast %vf %p0 to %vi
  %s = add %vi %pi, %e
  %y = bitcast %vi %s to %vf
  ret %vf %y
}

$include "cpu/attention/scores.ll.t"

$macro make_weights(from)
$call loop_begin('st', from, '0', '%r.tiles', '')
  %st.key = mul i64 %st, ${16 * KG}
  %st.from = mul i64 %st, ${KG * tile_group_bytes}
  %st.k = getelementptr i8, ptr %kt.k, i64 %st.from
  %st.s = getelementptr float, ptr %ss, i64 %st.key
$if tile_type == 'q8_0'
  %st.sc = mul i64 %st, ${KG * head_dim / 2}
  %st.ks = getelementptr float, ptr %kscales, i64 %st.sc
  %st.vs = getelementptr float, ptr %vscales, i64 %st.sc
$end
$if PF
  %st.pf = getelementptr i8, ptr %p.v, i64 %st.from
$end
; Sums begin at minus the row's bound.
$for i in 0..QR
  %nb${i}.p = getelementptr float, ptr %r.bounds, i64 ${i}
  %nb${i} = call %vf @v.bcast(ptr %nb${i}.p)
$end
$if DOT
$call int8_scores()
$else
$call scores()
$end

; Keys that a row does not see.
  %st.key32 = trunc i64 %st.key to i32
  %st.first = add i32 %key.32, %st.key32
  %st.last = add i32 %st.first, ${16 * KG - 1}
  %st.all = icmp sle i32 %st.last, %r.first
  br i1 %st.all, label %st.seen, label %st.mask
st.mask:
$for j in 0..n_kv
  %km${j}.first = add i32 %st.first, ${j * lanes}
  %km${j}.splat = call %vi @v.splat.i(i32 %km${j}.first)
  %km${j} = add %vi %km${j}.splat, <${ramp}>
$end
$for i in 0..QR
  %lim${i}.p = getelementptr i32, ptr %r.first.p, i64 ${i}
  %lim${i}.32 = load i32, ptr %lim${i}.p, align 4
  %lim${i} = call %vi @v.splat.i(i32 %lim${i}.32)
$for j in 0..n_kv
  %see${i}.${j} = icmp sle %vi %km${j}, %lim${i}
  %m${i}.${j} = select <${lanes} x i1> %see${i}.${j}, %vf %a${i}.${j}.0, %vf splat (float ${lowest})
$end
$end
  br label %st.seen
st.seen:
$for i in 0..QR
$for j in 0..n_kv
  %x${i}.${j} = phi %vf [ %a${i}.${j}.0, %d.end ], [ %m${i}.${j}, %st.mask ]
$end
$end
$let top = '%x0.0'
$for i in 0..QR
$for j in 0..n_kv
$if i + j > 0
  %top${i}.${j} = call %vf @v.larger(%vf %x${i}.${j}, %vf ${top})
$let top = '%top' + str(i) + '.' + str(j)
$end
$end
$end
  %high = fcmp ogt %vf ${top}, splat (float ${headroom})
  %high.bits = bitcast <${lanes} x i1> %high to i${lanes}
  %high.any = icmp ne i${lanes} %high.bits, 0
  %st.zero = icmp eq i32 %st.first, ${n_parts > 1 ? '%key.first.32' : '0'}
  %st.move = or i1 %high.any, %st.zero
  br i1 %st.move, label %rise, label %calm
rise:
$call move_bounds('rise')
  br label %calm
calm:
$for i in 0..QR
$for j in 0..n_kv
  %z${i}.${j} = phi %vf [ %x${i}.${j}, %st.seen ], [ %y${i}.${j}, %u.end ]
$end
$end
$for i in 0..QR
$for j in 0..n_kv
  %w${i}.${j}.made = call %vf @exp2(%vf %z${i}.${j})
  %w${i}.${j} = call %vf @in.order(%vf %w${i}.${j}.made)
$if tile_type == 'q8_0'
$for b in 0..n_folds
  %w${i}.${j}.s${b}.p = getelementptr float, ptr %st.vs, i64 ${j / NV * (head_dim / 2) + 16 * b + j % NV * lanes}
  %w${i}.${j}.s${b} = call %vf @v.load(ptr %w${i}.${j}.s${b}.p)
  %w${i}.${j}.f${b} = fmul %vf %w${i}.${j}, %w${i}.${j}.s${b}
  %w${i}.${j}.p${b} = getelementptr float, ptr %st.s, i64 ${i * row_keys + b * KT + j * lanes}
  call void @v.store(ptr %w${i}.${j}.p${b}, %vf %w${i}.${j}.f${b})
$end
$else
  %w${i}.${j}.p = getelementptr float, ptr %st.s, i64 ${i * KT + j * lanes}
  call void @v.store(ptr %w${i}.${j}.p, %vf %w${i}.${j})
$end
$if j > 0
  %wl${i}.${j} = fadd %vf ${j == 1 ? '%w' + str(i) + '.0' : '%wl' + str(i) + '.' + str(j - 1)}, %w${i}.${j}
$end
$end
  %l${i}.p = getelementptr float, ptr %r.l, i64 ${i * lanes}
  %l${i}.old = call %vf @v.load(ptr %l${i}.p)
  %l${i} = fadd %vf %l${i}.old, ${n_kv == 1 ? '%w' + str(i) + '.0' : '%wl' + str(i) + '.' + str(n_kv - 1)}
  call void @v.store(ptr %l${i}.p, %vf %l${i})
$end
$call loop_end('st', 1)
$end

$# Moves the bounds of the rows that have a score above their headroom, and of all rows at key 0, where
$# the bound is not yet one; what was made with the old bound follows. The scores lie in scratch
$# meanwhile and come back as %y.
$macro move_bounds(from)
$for i in 0..QR
$for j in 0..n_kv
  %x${i}.${j}.p = getelementptr float, ptr %st.s, i64 ${i * row_keys + j * lanes}
  call void @v.store(ptr %x${i}.${j}.p, %vf %x${i}.${j})
$end
$end
$call loop_begin('u', from, '0', str(QR), '')
$call scratch_row('u.s', '%ss', '%u', row_keys)
  %u.now = getelementptr float, ptr %u.s, i64 %st.key
$for j in 0..n_kv
  %u.p${j} = getelementptr float, ptr %u.now, i64 ${j * lanes}
  %u.x${j} = call %vf @v.load(ptr %u.p${j})
$if j > 0
  %u.m${j} = call %vf @v.larger(%vf %u.x${j}, %vf ${j == 1 ? '%u.x0' : '%u.m' + str(j - 1)})
$end
$end
  %u.top = call float @v.max(%vf ${n_kv == 1 ? '%u.x0' : '%u.m' + str(n_kv - 1)})
  %u.high = fcmp ogt float %u.top, ${headroom}
  %u.move = or i1 %u.high, %st.zero
  br i1 %u.move, label %u.moved, label %u.latch
u.moved:
  %u.b.p = getelementptr float, ptr %r.bounds, i64 %u
  %u.b = load float, ptr %u.b.p, align 4
  %u.b.new = fsub float %u.b, %u.top
  store float %u.b.new, ptr %u.b.p, align 4
  %u.tops = call %vf @v.splat(float %u.top)
$for j in 0..n_kv
  %u.x${j}.new = fsub %vf %u.x${j}, %u.tops
  call void @v.store(ptr %u.p${j}, %vf %u.x${j}.new)
$end
  %u.back = fneg %vf %u.tops
  %u.down = fcmp olt %vf %u.back, zeroinitializer
  %u.less = select <${lanes} x i1> %u.down, %vf %u.back, %vf zeroinitializer
  %u.alpha = call %vf @exp2(%vf %u.less)
$call loop_begin('before', 'u.moved', '0', '%st.key', '')
$for b in 0..n_folds
  %before${b}.at = add i64 %before, ${b * KT}
  %before${b}.p = getelementptr float, ptr %u.s, i64 %before${b}.at
  %before${b}.w = call %vf @v.load(ptr %before${b}.p)
  %before${b}.new = fmul %vf %before${b}.w, %u.alpha
  call void @v.store(ptr %before${b}.p, %vf %before${b}.new)
$end
$call loop_end('before', lanes)
$call scratch_row('u.l', '%r.l', '%u', lanes)
  %u.l.old = call %vf @v.load(ptr %u.l)
  %u.l.new = fmul %vf %u.l.old, %u.alpha
  call void @v.store(ptr %u.l, %vf %u.l.new)
$call scratch_row('u.o', '%r.o', '%u', head_dim)
$for v in 0..o_vectors
  %u.o${v}.p = getelementptr float, ptr %u.o, i64 ${v * lanes}
  %u.o${v} = call %vf @v.load(ptr %u.o${v}.p)
  %u.o${v}.new = fmul %vf %u.o${v}, %u.alpha
  call void @v.store(ptr %u.o${v}.p, %vf %u.o${v}.new)
$end
$call loop_end('u', 1)
$for i in 0..QR
$for j in 0..n_kv
  %y${i}.${j} = call %vf @v.load(ptr %x${i}.${j}.p)
$end
$end
$end
