$# Matrix tiles (AMX): eight registers of up to 16 rows of 64 bytes, whose shapes are set before use.
$# %tiles is `tile_bytes` of memory at a multiple of 64: the shapes in the form that ldtilecfg reads.
$let tile_bytes = 64
declare void @llvm.x86.ldtilecfg(ptr)
declare void @llvm.x86.tilerelease()
declare void @llvm.x86.tilezero(i8 immarg)
declare void @llvm.x86.tileloadd64(i8 immarg, ptr, i64)
declare void @llvm.x86.tilestored64(i8 immarg, ptr, i64)
declare void @llvm.x86.tdpbsud(i8 immarg, i8 immarg, i8 immarg)
declare void @llvm.x86.tdpbf16ps(i8 immarg, i8 immarg, i8 immarg)

$# Takes the shapes at %tiles; all tiles become zero. Released at the end, so that nobody saves them.
$macro tiles_begin()
  call void @llvm.x86.ldtilecfg(ptr %tiles)
$end
$macro tiles_end()
  call void @llvm.x86.tilerelease()
$end

$# Tile t: zero; its rows from memory, `stride` bytes apart; its rows to memory.
$macro tile_zero(t)
  call void @llvm.x86.tilezero(i8 ${t})
$end
$macro tile_load(t, p, stride)
  call void @llvm.x86.tileloadd64(i8 ${t}, ptr ${p}, i64 ${stride})
$end
$macro tile_store(t, p, stride)
  call void @llvm.x86.tilestored64(i8 ${t}, ptr ${p}, i64 ${stride})
$end

$# c += a b: row i of a in quadruples of signed bytes (bf16: pairs) along k, row k of b in quadruples
$# of unsigned bytes (pairs), one for each 32-bit column of c.
$macro tile_dot(kind, c, a, b)
  call void @llvm.x86.${kind == 'bf16' ? 'tdpbf16ps' : 'tdpbsud'}(i8 ${c}, i8 ${a}, i8 ${b})
$end
