$# %a<row>.<vector>.0 behind %d.end: scores of QR rows against KG groups of 16 keys. Sums begin at minus
$# the row's bound.
$macro scores()
$let phis = ''
$for i in 0..QR
$for j in 0..n_kv
$let a = '%a' + str(i) + '.' + str(j)
$let phis = phis + '  ' + a + '.0 = phi %vf [ %nb' + str(i) + ', %st.body ], [ ' + a + '.8, %d.latch ]\n'
$end
$end
$call loop_begin('d', 'st.body', '0', str(head_dim), phis)
  %d.at = mul nuw i64 %d, ${16 * tile_bytes}
  %d.k = getelementptr i8, ptr %st.k, i64 %d.at
  %d.q = getelementptr float, ptr %r.q, i64 %d
$if PF
  %d.pf = getelementptr i8, ptr %st.pf, i64 %d.at
$for g in 0..KG
$for line in 0..ceildiv(8 * 16 * tile_bytes, 64)
  %d.pf${g}.${line} = getelementptr i8, ptr %d.pf, i64 ${g * tile_group_bytes + tile_head_bytes + 64 * line}
  call void @kv.prefetch(ptr %d.pf${g}.${line})
$end
$end
$end
$if tile_type == 'q8_0'
  %d.b = lshr i64 %d, 5
  %d.sat = shl i64 %d.b, 4
  %d.ks = getelementptr float, ptr %st.ks, i64 %d.sat
$for j in 0..n_kv
  %d.sp${j} = getelementptr float, ptr %d.ks, i64 ${j / NV * (head_dim / 2) + j % NV * lanes}
  %d.s${j} = call %vf @v.load(ptr %d.sp${j})
$end
$end
$for u in 0..8
$for j in 0..n_kv
  %k${u}.${j}.p = getelementptr i8, ptr %d.k, i64 ${j / NV * tile_group_bytes + tile_head_bytes + (u * 16 + j % NV * lanes) * tile_bytes}
$if tile_type == 'q8_0'
$call kv_load('k' + str(u) + '.' + str(j) + '.raw', tile_type, 'k' + str(u) + '.' + str(j) + '.p')
  %k${u}.${j} = fmul %vf %k${u}.${j}.raw, %d.s${j}
$else
$call kv_load('k' + str(u) + '.' + str(j), tile_type, 'k' + str(u) + '.' + str(j) + '.p')
$end
$end
$for i in 0..QR
  %q${u}.${i}.p = getelementptr float, ptr %d.q, i64 ${i * head_dim + u}
  %q${u}.${i} = call %vf @v.bcast(ptr %q${u}.${i}.p)
$for j in 0..n_kv
  %a${i}.${j}.${u + 1} = call %vf @v.fma(%vf %q${u}.${i}, %vf %k${u}.${j}, %vf %a${i}.${j}.${u})
$end
$end
$end
$call loop_end('d', 8)
$end

$# The same by products of int8, 32 values of a head at a time, where both sides have one scale.
$macro int8_scores()
$let phis = ''
$for i in 0..QR
$for j in 0..n_kv
$let a = '%a' + str(i) + '.' + str(j)
$let phis = phis + '  ' + a + '.0 = phi %vf [ %nb' + str(i) + ', %st.body ], [ ' + a + '.1, %d.latch ]\n'
$end
$end
$call loop_begin('d', 'st.body', '0', str(head_dim), phis)
  %d.at = mul nuw i64 %d, 16
  %d.k = getelementptr i8, ptr %st.k, i64 %d.at
  %d.q = getelementptr i8, ptr %r.q, i64 %d
  %d.b = lshr i64 %d, 5
  %d.sat = shl i64 %d.b, 4
  %d.ks = getelementptr float, ptr %st.ks, i64 %d.sat
$if PF
  %d.pf = getelementptr i8, ptr %st.pf, i64 %d.at
$for g in 0..KG
$for line in 0..8
  %d.pf${g}.${line} = getelementptr i8, ptr %d.pf, i64 ${g * tile_group_bytes + tile_head_bytes + 64 * line}
  call void @kv.prefetch(ptr %d.pf${g}.${line})
$end
$end
$end
  %d.4 = shl i64 %d.b, 2
  %d.parts = getelementptr i8, ptr %r.q, i64 %d.4
$for i in 0..QR
  %d.n${i}.p = getelementptr i8, ptr %d.parts, i64 ${i * int8_row + head_dim * 9 / 8}
  %d.n${i}.x = load i32, ptr %d.n${i}.p, align 4
  %d.n${i} = call %vi @v.splat.i(i32 %d.n${i}.x)
$end
$for u in 0..8
$for g in 0..KG
  %kb${u}.${g}.p = getelementptr i8, ptr %d.k, i64 ${g * tile_group_bytes + tile_head_bytes + 64 * u}
  %kb${u}.${g} = load <64 x i8>, ptr %kb${u}.${g}.p, align 1
$for v in 0..NV
$let at = g * NV + v
$let fours = ''
$for l in 0..4 * lanes
$let fours = fours + (l ? ', i32 ' : 'i32 ') + str(l % 4 * 16 + v * lanes + l / 4)
$end
  %kq${u}.${at} = shufflevector <64 x i8> %kb${u}.${g}, <64 x i8> poison, <${4 * lanes} x i32> <${fours}>
  %k${u}.${at} = xor %vb %kq${u}.${at}, splat (i8 -128)
$end
$end
$for i in 0..QR
  %q${u}.${i}.p = getelementptr i8, ptr %d.q, i64 ${i * int8_row + 4 * u}
  %q${u}.${i} = call %vb @v.bcast4(ptr %q${u}.${i}.p)
$for j in 0..n_kv
  %i${i}.${j}.${u + 1} = call %vi @v.dot4.q8(%vi ${u ? '%i' + str(i) + '.' + str(j) + '.' + str(u) : '%d.n' + str(i)}, %vb %k${u}.${j}, %vb %q${u}.${i})
$end
$end
$end
$for j in 0..n_kv
  %d.sp${j} = getelementptr float, ptr %d.ks, i64 ${j / NV * (head_dim / 2) + j % NV * lanes}
  %d.s${j} = call %vf @v.load(ptr %d.sp${j})
$end
$for i in 0..QR
  %d.d${i}.p = getelementptr i8, ptr %d.parts, i64 ${i * int8_row + head_dim}
  %d.d${i} = call %vf @v.bcast(ptr %d.d${i}.p)
$for j in 0..n_kv
  %f${i}.${j} = sitofp %vi %i${i}.${j}.8 to %vf
  %fs${i}.${j} = fmul %vf %f${i}.${j}, %d.s${j}
  %a${i}.${j}.1 = call %vf @v.fma(%vf %fs${i}.${j}, %vf %d.d${i}, %vf %a${i}.${j}.0)
$end
$end
$call loop_end('d', 32)
$end
