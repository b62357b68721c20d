$# Outputs plus weights x values: RB rows and PVN vectors stay in registers along the keys of a pass.
$let value_unroll = 4

$# `steps` keys from %TAG on: %TAG.o<row>.<vector>.<step + 1> from ...<step>; rows' weights at %WEIGHTS.
$macro value_steps(tag, weights, steps, v0, v1)
  %${tag}.row = mul nuw i64 %${tag}, ${head_dim * tile_bytes}
$if tile_type == 'q8_0'
  %${tag}.of = lshr i64 %${tag}, 4
  %${tag}.skip = mul nuw i64 %${tag}.of, ${head_dim}
  %${tag}.at = add nuw i64 %${tag}.row, %${tag}.skip
$else
  %${tag}.at = add nuw i64 %${tag}.row, 0
$end
  %${tag}.p = getelementptr i8, ptr %kt.v, i64 %${tag}.at
  %${tag}.w = getelementptr float, ptr %${weights}, i64 %${tag}
$if PF
  %${tag}.pf = getelementptr i8, ptr %a.k, i64 %${tag}.at
$end
$for s in 0..steps
$if PF
$let byte0 = (s * head_dim + v0 * lanes) * tile_bytes
$let byte1 = (s * head_dim + v1 * lanes) * tile_bytes
$for line in ceildiv(byte0, 64)..ceildiv(byte1, 64)
  %${tag}.pf${s}.${line} = getelementptr i8, ptr %${tag}.pf, i64 ${tile_head_bytes + 64 * line}
  call void @kv.prefetch(ptr %${tag}.pf${s}.${line})
$end
$end
$for v in v0..v1
  %${tag}.v${s}.${v}.p = getelementptr i8, ptr %${tag}.p, i64 ${tile_head_bytes + (s * head_dim + v * lanes) * tile_bytes}
$call kv_load(tag + '.v' + str(s) + '.' + str(v), tile_type, tag + '.v' + str(s) + '.' + str(v) + '.p')
$end
$for i in 0..RB
$let of = -1
$for v in v0..v1
$let fold = n_folds > 1 ? v * lanes / 32 : 0
$if fold != of
$let of = fold
  %${tag}.w${s}.${i}.${fold}.p = getelementptr float, ptr %${tag}.w, i64 ${i * row_keys + fold * KT + s}
  %${tag}.w${s}.${i}.${fold} = call %vf @v.bcast(ptr %${tag}.w${s}.${i}.${fold}.p)
$end
  %${tag}.o${i}.${v}.${s + 1} = call %vf @v.fma(%vf %${tag}.w${s}.${i}.${fold}, %vf %${tag}.v${s}.${v}, %vf %${tag}.o${i}.${v}.${s})
$end
$end
$end
$end

$# All rows of a group and all their values over the %r.n keys that they see.
$macro add_values(from)
  %r.main = and i64 %r.n, ${-value_unroll}
$let from = from
$for c in 0..n_passes
$let v0 = c * PVN
$let v1 = min(o_vectors, v0 + PVN)
$let b = 'rb' + str(c)
$call loop_begin(b, from, '0', str(QR), '')
$call scratch_row(b + '.s', '%ss', '%' + b, row_keys)
$call scratch_row(b + '.o', '%r.o', '%' + b, head_dim)
$let main = 'vm' + str(c)
$let rest = 'vr' + str(c)
$let main_phis = ''
$let rest_phis = ''
$for i in 0..RB
$for v in v0..v1
$let o = str(i) + '.' + str(v)
  %${b}.p${o} = getelementptr float, ptr %${b}.o, i64 ${i * head_dim + v * lanes}
  %${b}.v${o} = call %vf @v.load(ptr %${b}.p${o})
$let main_phis = main_phis + '  %' + main + '.o' + o + '.0 = phi %vf [ %' + b + '.v' + o + ', %' + b + '.body ], [ %' + main + '.o' + o + '.' + str(value_unroll) + ', %' + main + '.latch ]\n'
$let rest_phis = rest_phis + '  %' + rest + '.o' + o + '.0 = phi %vf [ %' + main + '.o' + o + '.0, %' + main + '.end ], [ %' + rest + '.o' + o + '.1, %' + rest + '.latch ]\n'
$end
$end
$call loop_begin(main, b + '.body', '0', '%r.main', main_phis)
$call value_steps(main, b + '.s', value_unroll, v0, v1)
$call loop_end(main, value_unroll)
$call loop_begin(rest, main + '.end', '%r.main', '%r.n', rest_phis)
$call value_steps(rest, b + '.s', 1, v0, v1)
$call loop_end(rest, 1)
$for i in 0..RB
$for v in v0..v1
  call void @v.store(ptr %${b}.p${i}.${v}, %vf %${rest}.o${i}.${v}.0)
$end
$end
$call loop_end(b, str(RB))
$let from = b + '.end'
$end
$end
