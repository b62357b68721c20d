/* SPDX-License-Identifier: MIT */
/* Calls a kernel with known values in the registers that it must keep. */
#include "tuner/runner/checked_call.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { STACK_BYTES = 4096 };

static const struct checked_defect float_defect = {RUNNER_DEFECT_FLOAT_ENVIRONMENT,
                                                   "float environment changed by the kernel"},
                                   signal_defect = {RUNNER_DEFECT_SIGNALS,
                                                    "changed which signals are blocked"};

unsigned float_control(void)
{
#if defined __x86_64__
    return __builtin_ia32_stmxcsr() & 0xFFC0u;
#elif defined __aarch64__
    return (unsigned)__builtin_aarch64_get_fpcr();
#elif defined __riscv
    unsigned long rounding;
    __asm__ volatile("frrm %0" : "=r"(rounding));
    return (unsigned)rounding;
#else
    return 0;
#endif
}

void set_float_control(unsigned control)
{
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(control);
#elif defined __aarch64__
    __builtin_aarch64_set_fpcr(control);
#elif defined __riscv
    __asm__ volatile("fsrm %0" : : "r"((unsigned long)control));
#else
    (void)control;
#endif
}

#if defined __x86_64__
static const struct checked_defect
    pointer_defect = {RUNNER_DEFECT_STACK, "left the stack pointer in another place"},
    frame_defect = {RUNNER_DEFECT_STACK, "wrote into its caller's stack"},
    register_defect = {RUNNER_DEFECT_REGISTERS, "changed a register that it must keep"},
    flag_defect = {RUNNER_DEFECT_REGISTERS, "left a register flag changed"},
    x87_defect = {RUNNER_DEFECT_FLOAT_ENVIRONMENT, "float environment changed by the kernel (x87)"};

/* How the machine was when the kernel came back. */
struct registers {
    uint64_t stack_moved; /* rsp, less what it should be */
    uint64_t kept[6];     /* rbx, rbp, r12 to r15 */
    uint64_t flags;
    uint64_t frame[8]; /* what the caller had above the return address */
};

/* Found through %fs, since a kernel may lose both stack and registers. */
struct checked_save {
    struct registers *registers;
    void *stack;
};
extern _Thread_local struct checked_save checked_save;
_Thread_local struct checked_save checked_save __attribute__((visibility("hidden"), used));

#define KEPT "0x5AC0FFEE5AC0FFEE"
static const uint64_t kept = 0x5AC0FFEE5AC0FFEE;

/* (args, first, last, scratch, kernel, registers, pattern as eight equal bytes on the stack) */
__asm__(".text\n"
        ".type checked_call_raw, @function\n"
        "checked_call_raw:\n"
        "  movq 8(%rsp), %xmm0\n"
        "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
        "  sub $72, %rsp\n"
        "  mov %r9, %fs:checked_save@tpoff\n"
        "  mov %rsp, %fs:checked_save@tpoff+8\n"
        "  movabs $" KEPT ", %rbx\n"
        "  mov %rbx, %rbp\n mov %rbx, %r12\n mov %rbx, %r13\n mov %rbx, %r14\n mov %rbx, %r15\n"
        "  mov %rbx, (%rsp)\n mov %rbx, 8(%rsp)\n mov %rbx, 16(%rsp)\n mov %rbx, 24(%rsp)\n"
        "  mov %rbx, 32(%rsp)\n mov %rbx, 40(%rsp)\n mov %rbx, 48(%rsp)\n mov %rbx, 56(%rsp)\n"
        "  punpcklqdq %xmm0, %xmm0\n"
        "  movdqa %xmm0, %xmm1\n movdqa %xmm0, %xmm2\n movdqa %xmm0, %xmm3\n"
        "  movdqa %xmm0, %xmm4\n movdqa %xmm0, %xmm5\n movdqa %xmm0, %xmm6\n"
        "  movdqa %xmm0, %xmm7\n movdqa %xmm0, %xmm8\n movdqa %xmm0, %xmm9\n"
        "  movdqa %xmm0, %xmm10\n movdqa %xmm0, %xmm11\n movdqa %xmm0, %xmm12\n"
        "  movdqa %xmm0, %xmm13\n movdqa %xmm0, %xmm14\n movdqa %xmm0, %xmm15\n"
        "  call *%r8\n"
        "  mov %rsp, %rax\n"
        "  mov %fs:checked_save@tpoff+8, %rcx\n"
        "  mov %fs:checked_save@tpoff, %r9\n"
        "  mov %rcx, %rsp\n"
        "  sub %rcx, %rax\n"
        "  mov %rax, (%r9)\n"
        "  mov %rbx, 8(%r9)\n mov %rbp, 16(%r9)\n mov %r12, 24(%r9)\n"
        "  mov %r13, 32(%r9)\n mov %r14, 40(%r9)\n mov %r15, 48(%r9)\n"
        "  pushfq\n pop %rax\n mov %rax, 56(%r9)\n cld\n"
        "  movups (%rsp), %xmm0\n movups %xmm0, 64(%r9)\n"
        "  movups 16(%rsp), %xmm0\n movups %xmm0, 80(%r9)\n"
        "  movups 32(%rsp), %xmm0\n movups %xmm0, 96(%r9)\n"
        "  movups 48(%rsp), %xmm0\n movups %xmm0, 112(%r9)\n"
        "  add $72, %rsp\n"
        "  pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
        "  ret\n"
        ".size checked_call_raw, .-checked_call_raw\n");
void checked_call_raw(const void *args, uint32_t first, uint32_t last, void *scratch,
                      hone_cpu_kernel *kernel, struct registers *registers, uint64_t pattern);

static const struct checked_defect *call(hone_cpu_kernel *kernel, const void *args, uint32_t first,
                                         uint32_t last, void *scratch, uint8_t pattern)
{
    enum { DIRECTION_FLAG = 0x400, X87_CONTROL = 0x37F };
    struct registers after;
    unsigned short x87 = 0;
    checked_call_raw(args, first, last, scratch, kernel, &after, pattern * 0x0101010101010101u);
    if (after.stack_moved) return &pointer_defect;
    for (int i = 0; i < 6; i++)
        if (after.kept[i] != kept) return &register_defect;
    for (int i = 0; i < 8; i++)
        if (after.frame[i] != kept) return &frame_defect;
    if (after.flags & DIRECTION_FLAG) return &flag_defect;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    if (x87 == X87_CONTROL) return NULL;
    __asm__ volatile("fninit");
    return &x87_defect;
}
#else
static const struct checked_defect *call(hone_cpu_kernel *kernel, const void *args, uint32_t first,
                                         uint32_t last, void *scratch, uint8_t pattern)
{
    (void)pattern;
    kernel(args, first, last, scratch);
    return NULL;
}
#endif

/* What an uninitialized local variable of the kernel would read. */
static __attribute__((noinline)) void dirty_stack(uint8_t pattern)
{
    volatile uint8_t below[STACK_BYTES];
    memset((void *)(uintptr_t)below, pattern, sizeof below);
    __asm__ volatile("" ::"r"(below) : "memory");
}

static bool same_signals(const sigset_t *a, const sigset_t *b)
{
    for (int number = 1; number < 32; number++)
        if (sigismember(a, number) != sigismember(b, number)) return false;
    return true;
}

const struct checked_defect *checked_call(hone_cpu_kernel *kernel, const void *args, uint32_t first,
                                          uint32_t last, void *scratch, uint8_t pattern)
{
    sigset_t before, after;
    unsigned control = float_control();
    pid_t pid = getpid();
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    dirty_stack(pattern);
    const struct checked_defect *defect = call(kernel, args, first, last, scratch, pattern);
    if (getpid() != pid) _exit(0);
    if (float_control() != control) {
        set_float_control(control);
        if (!defect) defect = &float_defect;
    }
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    if (same_signals(&before, &after)) return defect;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return defect ? defect : &signal_defect;
}
