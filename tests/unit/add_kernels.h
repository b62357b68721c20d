/* SPDX-License-Identifier: MIT */
/* Kernels of op add in a few instructions of x86-64 assembly: right, wrong, and harmful in one way
 * each; and calls of them. */
#ifndef HONE_TESTS_ADD_KERNELS_H
#define HONE_TESTS_ADD_KERNELS_H

#include <stdint.h>

#include "runtime/package/format.h"
#include "tuner/runner/runner.h"

/* k(args, first, last, scratch) of op add: args = x, r, y, rows (pointer), k. rax = elements. */
#define PROLOGUE                                                                                   \
    "mov (%rdi), %r8\n mov 8(%rdi), %r9\n mov 16(%rdi), %r10\n"                                    \
    "mov 24(%rdi), %rax\n mov (%rax), %eax\n imul 32(%rdi), %rax\n xor %ecx, %ecx\n"
#define LOOP(operation)                                                                            \
    "1: cmp %rax, %rcx\n jae 2f\n movss (%r8,%rcx,4), %xmm0\n" operation                           \
    " (%r9,%rcx,4), %xmm0\n movss %xmm0, (%r10,%rcx,4)\n inc %rcx\n jmp 1b\n 2:\n"
#define KERNEL(name, body)                                                                         \
    __asm__(".text\n" #name "_start:\n" body "ret\n" #name "_end:\n");                             \
    extern const uint8_t name##_start[], name##_end[];

KERNEL(good, PROLOGUE LOOP("addss"))
KERNEL(wrong, PROLOGUE LOOP("subss"))
KERNEL(nothing, "")
KERNEL(half, PROLOGUE "shr $1, %rax\n" LOOP("addss"))
KERNEL(before, PROLOGUE LOOP("addss") "movl $0, -4(%r10)\n")
KERNEL(after, PROLOGUE LOOP("addss") "movl $7, (%r10,%rax,4)\n")
KERNEL(far_after, PROLOGUE LOOP("addss") "movl $7, 2048(%r10,%rax,4)\n")
KERNEL(input, PROLOGUE LOOP("addss") "movl $0, (%r8)\n")
KERNEL(batch, PROLOGUE LOOP("addss") "mov 24(%rdi), %rax\n movl $3, (%rax)\n")
KERNEL(illegal, "ud2\n")
KERNEL(divide, "xor %edx, %edx\n mov $1, %eax\n xor %ecx, %ecx\n div %ecx\n")
KERNEL(hang, "3: jmp 3b\n")
KERNEL(leave, "mov $7, %edi\n mov $231, %eax\n syscall\n")
KERNEL(flush, PROLOGUE LOOP("addss") "sub $8, %rsp\n stmxcsr (%rsp)\n orl $0x8040, (%rsp)\n"
                                     "ldmxcsr (%rsp)\n add $8, %rsp\n")
/* Wrong once in 997 calls. */
KERNEL(rare, PROLOGUE LOOP("addss") "rdtsc\n xor %edx, %edx\n mov $997, %ecx\n div %ecx\n"
                                    "test %edx, %edx\n jnz 5f\n movl $0x42000000, (%r10)\n 5:\n")
KERNEL(probe, "mov (%rdi), %r8\n mov 16(%rdi), %rax\n 1: movss (%r8), %xmm0\n dec %rax\n jnz 1b\n")

struct blob {
    const uint8_t *start, *end;
};
#define BLOB(name)                                                                                 \
    {                                                                                              \
        name##_start, name##_end                                                                   \
    }

static struct hone_runner_call call_of(uint32_t kernel, uint32_t m, uint32_t k)
{
    const struct hone_format *f32 = hone_format_find("f32");
    struct hone_runner_call call = {.kernel = kernel, .grid_rule = HONE_GRID_CONST, .grid_p0 = 1};
    struct hone_problem *problem = &call.spec.call.problem;
    problem->op = hone_op_find("add");
    problem->dims[hone_op_dim(problem->op, "k")] = k;
    for (int i = 0; i < 3; i++) {
        problem->types[i] = HONE_TYPE_F32;
        call.spec.call.formats[i] = f32;
    }
    problem->acts = HONE_TYPE_F32;
    problem->m_min = problem->m = problem->m_max = m;
    call.spec.m = m;
    call.spec.family = HONE_FAMILY_NORMAL;
    call.spec.seed = 5;
    return call;
}

#endif
