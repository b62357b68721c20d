$# Defects of the text itself, and frames around the sum.
$if DEFECT == 'syntax'
define nonsense
$elif DEFECT == 'ill_typed'
define internal i32 @ill_typed(float %a) {
  %b = add i32 %a, 1
  ret i32 %b
}
$elif DEFECT == 'undefined_symbol'
declare void @not_there()
$elif DEFECT == 'writable_global'
@counter = internal global i32 0
$elif DEFECT == 'compiler_abort'
declare i32 @llvm.aarch64.crc32b(i32, i32)
define internal i32 @foreign(i32 %a) {
  %b = call i32 @llvm.aarch64.crc32b(i32 %a, i32 %a)
  ret i32 %b
}
$elif DEFECT == 'compiler_hang'
define internal void @endless(ptr %p) {
  %a = load <262144 x i64>, ptr %p, align 8
  %b = mul <262144 x i64> %a, %a
  store <262144 x i64> %b, ptr %p, align 8
  ret void
}
$elif DEFECT == 'compiler_memory'
@huge = internal constant [1073741824 x i64] zeroinitializer
$elif DEFECT == 'stack_overflow'
define internal void @deeper(i64 %n) noinline {
  %room = alloca [4096 x i8], align 16
  store volatile i64 %n, ptr %room, align 8
  %more = add i64 %n, 1
  call void @deeper(i64 %more)
  store volatile i64 0, ptr %room, align 8
  ret void
}
$end
$if naked
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) naked {
$if DEFECT == 'stack_off'
  call void asm sideeffect inteldialect "sub rsp, 8; call ${'$'}{0:P}; add rsp, 8; pop rcx; sub rsp, 8; jmp rcx", "i"(ptr @sum_rows)
$elif DEFECT == 'stack_smash'
  call void asm sideeffect inteldialect "mov qword ptr [rsp + 8], 1; sub rsp, 8; call ${'$'}{0:P}; add rsp, 8; ret", "i"(ptr @sum_rows)
$elif DEFECT == 'clobber_rbx'
  call void asm sideeffect inteldialect "sub rsp, 8; call ${'$'}{0:P}; add rsp, 8; xor ebx, ebx; ret", "i"(ptr @sum_rows)
$elif DEFECT == 'clobber_r15'
  call void asm sideeffect inteldialect "sub rsp, 8; call ${'$'}{0:P}; add rsp, 8; inc r15; ret", "i"(ptr @sum_rows)
$else
  call void asm sideeffect inteldialect "sub rsp, 8; call ${'$'}{0:P}; add rsp, 8; std; ret", "i"(ptr @sum_rows)
$end
  unreachable
}
$end
