$# Kernels that work row by row. A block is RB rows; a row is walked in chunks: blocks of 32 values
$# where the output is q8a, else vectors with one masked tail. Needs lanes, RB, y_type, arg_rows, arg_k.
$include "cpu/vocab/loop.ll.t"
$let quantized = y_type == 'q8a'
$let y_bytes = y_type == 'bf16' ? 2 : 4
$if quantized
$include "cpu/vocab/q8a.ll.t"
$end
$let fours = quantized && lanes == 16
$if fours
$include "cpu/vocab/q8a_four.ll.t"
$end
$let chunk = quantized ? 32 : lanes
$let n_vectors = chunk / lanes

$if y_type == 'bf16'
declare void @llvm.masked.store.v${lanes}i16.p0(<${lanes} x i16>, ptr, i32, <${lanes} x i1>)
$end

$# Pointer argument NAME into %NAME; row pointers are %NAME.row.
$macro row_pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end

$# Opens the kernel's loop over its rows: %row is the row, %k the columns.
$macro rows_begin()
  %rows.slot = getelementptr i8, ptr %args, i64 ${arg_rows}
  %rows.at = load ptr, ptr %rows.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %k.slot = getelementptr i8, ptr %args, i64 ${arg_k}
  %k = load i64, ptr %k.slot, align 8
  %first.64 = zext i32 %first to i64
  %last.64 = zext i32 %last to i64
  %row.first = mul i64 %first.64, ${RB}
  %row.want = mul i64 %last.64, ${RB}
  %row.fits = icmp ult i64 %row.want, %rows
  %row.last = select i1 %row.fits, i64 %row.want, i64 %rows
  %k.whole = and i64 %k, -${chunk}
  %k.rest = sub i64 %k, %k.whole
  %k.tail = trunc i64 %k.rest to i32
$call loop_begin('row', 'entry', '%row.first', '%row.last', '')
$end

$# %NAME.row = row %row of an f32 operand.
$macro row_of(name)
  %${name}.at = mul i64 %row, %k
  %${name}.row = getelementptr float, ptr %${name}, i64 %${name}.at
$end

$# %y.row = row %row of the output.
$macro output_row()
$if quantized
  %y.half = lshr i64 %k, 1
  %y.stride = add i64 %k, %y.half
  %y.at = mul i64 %row, %y.stride
  %y.row = getelementptr i8, ptr %y, i64 %y.at
$elif y_type == 'q8r'
  %y.stride = add i64 %k, 8
  %y.at = mul i64 %row, %y.stride
  %y.row = getelementptr i8, ptr %y, i64 %y.at
$elif y_type == 'bf16'
  %y.up = add i64 %k, 1
  %y.even = and i64 %y.up, -2
  %y.at = mul i64 %row, %y.even
  %y.row = getelementptr i16, ptr %y, i64 %y.at
$else
  %y.at = mul i64 %row, %k
  %y.row = getelementptr float, ptr %y, i64 %y.at
$end
$end

$# Stores chunk %c of the row: values %PREFIX0, %PREFIX1, ... hold it.
$macro chunk_store(prefix)
$if quantized
  %c.block = lshr i64 %c, 5
$let values = '%vf %' + prefix + '0'
$for i in 1..n_vectors
$let values = values + ', %vf %' + prefix + str(i)
$end
  call void @q8a.block(ptr %y.row, i64 %c.block, i64 %k, ${values})
$elif y_type == 'bf16'
  %c.bits = call <${lanes} x i16> @v.to.bf16(%vf %${prefix}0)
  %c.out = getelementptr i16, ptr %y.row, i64 %c
  store <${lanes} x i16> %c.bits, ptr %c.out, align 2
$else
  %c.out = getelementptr float, ptr %y.row, i64 %c
  call void @v.store(ptr %c.out, %vf %${prefix}0)
$end
$end

$# Stores the %k.tail values of %VALUE at %k.whole; an odd bf16 row gets its zero of padding.
$macro tail_store(value)
$if y_type == 'bf16'
  %t.odd = and i32 %k.tail, 1
  %t.count = add i32 %k.tail, %t.odd
  %t.keep = call <${lanes} x i1> @v.first(i32 %k.tail)
  %t.clean = select <${lanes} x i1> %t.keep, %vf ${value}, %vf zeroinitializer
  %t.bits = call <${lanes} x i16> @v.to.bf16(%vf %t.clean)
  %t.out = getelementptr i16, ptr %y.row, i64 %k.whole
  %t.mask = call <${lanes} x i1> @v.first(i32 %t.count)
  call void @llvm.masked.store.v${lanes}i16.p0(<${lanes} x i16> %t.bits, ptr %t.out, i32 2, <${lanes} x i1> %t.mask)
$else
  %t.out = getelementptr float, ptr %y.row, i64 %k.whole
  call void @v.store.n(ptr %t.out, %vf ${value}, i32 %k.tail)
$end
$end

$# Runs macro row_value(out, load): %OUT from the inputs at %c, `load` being 'whole' or 'tail'. The
$# kernel defines it; this is the whole walk over a row.
$macro row_walk(from)
$let before = from
$let start = '0'
$if fours
  %k.fours = and i64 %k, -128
$call loop_begin('four', from, '0', '%k.fours', '')
$let values = ''
$for i in 0..8
  %four${i} = add nuw i64 %four, ${i * lanes}
$call row_value('f' + str(i), 'four' + str(i), 0)
$let values = values + ', %vf %f' + str(i)
$end
  %four.block = lshr i64 %four, 5
  call void @q8a.four(ptr %y.row, i64 %four.block, i64 %k${values})
$call loop_end('four', 128)
$let before = 'four.end'
$let start = '%k.fours'
$end
$call loop_begin('c', before, start, '%k.whole', '')
$for i in 0..n_vectors
  %c${i} = add nuw i64 %c, ${i * lanes}
$call row_value('v' + str(i), 'c' + str(i), 0)
$end
$call chunk_store('v')
$call loop_end('c', chunk)
$if !quantized
  %t.any = icmp ne i32 %k.tail, 0
  br i1 %t.any, label %tail, label %row.done
tail:
$call row_value('tail.v', 'k.whole', 1)
$call tail_store('%tail.v')
  br label %row.done
row.done:
$end
$end

$macro rows_end()
$call loop_end('row', 1)
  ret void
}
$end

$# %OUT = vector of NAME.row at column %AT, masked in the tail.
$macro load_at(out, name, at, tail)
  %${out}.p = getelementptr float, ptr %${name}.row, i64 %${at}
$if tail
  %${out} = call %vf @v.load.n(ptr %${out}.p, i32 %k.tail)
$else
  %${out} = call %vf @v.load(ptr %${out}.p)
$end
$end
