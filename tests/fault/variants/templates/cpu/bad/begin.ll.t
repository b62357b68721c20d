$# Defects before the first row.
$if DEFECT == 'undefined_symbol'
  call void @not_there()
$elif DEFECT == 'writable_global'
  store volatile i32 1, ptr @counter, align 4
$elif DEFECT == 'compiler_abort'
  %foreign = call i32 @foreign(i32 %first)
$elif DEFECT == 'compiler_hang'
  call void @endless(ptr %y)
$elif DEFECT == 'compiler_memory'
  %huge.0 = load volatile i64, ptr @huge, align 8
$elif DEFECT == 'bad_instruction'
$call asm('nosuch rax, rbx')
$elif DEFECT == 'hang'
  br label %for.ever
for.ever:
  br label %for.ever
unreached:
$elif DEFECT == 'sleep'
  br label %for.ever
for.ever:
$call asm('mov eax, 34; syscall')
  br label %for.ever
unreached:
$elif DEFECT == 'hang_unsignalled'
$call asm('mov qword ptr [rsp - 64], -1; lea rsi, [rsp - 64]; mov edi, 2; xor edx, edx; mov r10d, 8; mov eax, 14; syscall')
  br label %for.ever
for.ever:
  br label %for.ever
unreached:
$elif DEFECT == 'exit'
$call asm('mov edi, 7; mov eax, 231; syscall')
$elif DEFECT == 'exit_zero'
$call asm('xor edi, edi; mov eax, 231; syscall')
$elif DEFECT == 'kill'
$call asm('mov eax, 39; syscall; mov edi, eax; mov esi, 9; mov eax, 62; syscall')
$elif DEFECT == 'segfault'
  store volatile i32 1, ptr inttoptr (i64 16 to ptr), align 4
$elif DEFECT == 'divide'
$call asm('xor edx, edx; mov eax, 1; xor ecx, ecx; div ecx')
$elif DEFECT == 'illegal'
$call asm('ud2')
$elif DEFECT == 'privileged'
$call asm('hlt')
$elif DEFECT == 'trap'
$call asm('int3')
$elif DEFECT == 'stack_overflow'
  call void @deeper(i64 0)
$elif DEFECT == 'misaligned_vector'
  %odd = getelementptr i8, ptr %y, i64 4
  %odd.v = load volatile <4 x float>, ptr %odd, align 16
$elif DEFECT == 'close_files'
$call asm('mov edi, 3; 2: mov eax, 3; syscall; inc edi; cmp edi, 12; jb 2b')
$elif DEFECT == 'garbage_reply'
$call asm('mov edi, 3; 2: lea rsi, [rip]; mov edx, 64; mov eax, 1; syscall; inc edi; cmp edi, 9; jb 2b')
$elif DEFECT == 'fork'
$call asm('mov eax, 57; syscall')
$elif DEFECT == 'leak_memory'
$call asm('xor edi, edi; mov esi, 65536; mov edx, 3; mov r10d, 34; mov r8, -1; xor r9d, r9d; mov eax, 9; syscall')
$elif DEFECT == 'leak_file'
$call asm('mov edi, 2; mov eax, 32; syscall')
$elif DEFECT == 'signal_mask'
$call asm('mov qword ptr [rsp - 64], 512; lea rsi, [rsp - 64]; xor edi, edi; xor edx, edx; mov r10d, 8; mov eax, 14; syscall')
$elif DEFECT == 'second_call'
  %mark = load i32, ptr %scratch, align 4
  %marked = icmp eq i32 %mark, 1463898692
  br i1 %marked, label %leave, label %unmarked
unmarked:
  store i32 1463898692, ptr %scratch, align 4
$elif DEFECT == 'early_when_timed'
  %mark = load i32, ptr %scratch, align 4
  %count.p = getelementptr i8, ptr %scratch, i64 4
  %marked = icmp eq i32 %mark, 1463898692
  %count.old = load i32, ptr %count.p, align 4
  %count = select i1 %marked, i32 %count.old, i32 0
  %count.next = add i32 %count, 1
  store i32 1463898692, ptr %scratch, align 4
  store i32 %count.next, ptr %count.p, align 4
  %many = icmp ugt i32 %count, 100
  br i1 %many, label %leave, label %few
few:
$elif DEFECT == 'unstable'
  %clock = call i64 asm sideeffect inteldialect "rdtsc; shl rdx, 32; or rax, rdx", "={rax},~{rdx},~{flags}"()
  %clock.rest = urem i64 %clock, 101
  %unlucky = icmp eq i64 %clock.rest, 7
$elif DEFECT == 'stack_read'
  %local = alloca i32, align 4
  %room = alloca [1024 x i8], align 16
  store volatile i8 0, ptr %room, align 1
  %stale.bits = load volatile i32, ptr %local, align 4
  %stale = bitcast i32 %stale.bits to float
$elif DEFECT == 'in_one_call'
  %from.start = icmp eq i32 %first, 0
  %to.end = icmp eq i32 %last, %rows.32
  %several = icmp ugt i32 %rows.32, 2
  %all = and i1 %from.start, %to.end
  %unlucky = and i1 %all, %several
$elif DEFECT == 'one_row'
  %unlucky = icmp eq i64 %rows, 1
$elif DEFECT == 'odd_size'
  %odd = and i64 %k, 1
  %unlucky = icmp eq i64 %odd, 1
$end
