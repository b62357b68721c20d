/* SPDX-License-Identifier: MIT */
/* The parts around a compiler that need none: messages, frames, the kept end of stderr, facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/facts.h"
#include "codegen/compile/frame.h"
#include "codegen/compile/message.h"
#include "codegen/compile/tail.h"

static const struct hone_compile_job job = {
    .compiler = "llvm",
    .source = "text",
    .n_source_bytes = 4,
    .entry = "k",
    .arch = "x86_64-unknown-linux-gnu",
    .cpu = "haswell",
    .features = "+avx2",
    .level = 3,
    .want_assembly = 1,
    .block_threads = 256,
    .shared_bytes = 4096,
    .cluster_blocks = 2,
    .args_bytes = 80,
    .want_text = 1,
};

/* Cut short at every length, in blocks of their own size. */
static void jobs_are_checked(void **state)
{
    (void)state;
    struct message message;
    struct hone_compile_job got;
    double seconds = 0;
    assert_int_equal(message_from_job(&job, 1.5, &message, NULL), HONE_OK);
    for (size_t n = 0; n < message.n_bytes; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, message.data, n);
        assert_int_equal(message_to_job(copy, n, &got, &seconds, NULL), HONE_ERR_FORMAT);
        free(copy);
    }
    assert_int_equal(message_to_job(message.data, message.n_bytes, &got, &seconds, NULL), HONE_OK);
    assert_true(seconds == 1.5);
    assert_string_equal(got.compiler, job.compiler);
    assert_string_equal(got.entry, job.entry);
    assert_string_equal(got.arch, job.arch);
    assert_string_equal(got.cpu, job.cpu);
    assert_string_equal(got.features, job.features);
    assert_int_equal(got.level, job.level);
    assert_int_equal(got.want_assembly, job.want_assembly);
    assert_int_equal(got.block_threads, job.block_threads);
    assert_int_equal(got.shared_bytes, job.shared_bytes);
    assert_int_equal(got.cluster_blocks, job.cluster_blocks);
    assert_int_equal(got.args_bytes, job.args_bytes);
    assert_int_equal(got.want_text, job.want_text);
    assert_int_equal(got.n_source_bytes, job.n_source_bytes);
    assert_memory_equal(got.source, job.source, job.n_source_bytes);
    message.data[0]++;
    assert_int_equal(message_to_job(message.data, message.n_bytes, &got, &seconds, NULL),
                     HONE_ERR_VERSION);
    free(message.data);
    struct hone_compile_job incomplete = job;
    incomplete.cpu = NULL;
    assert_int_equal(message_from_job(&incomplete, 1, &message, NULL), HONE_ERR_ARGUMENT);
}

static void results_are_checked(void **state)
{
    (void)state;
    uint8_t code[5] = {1, 2, 3, 4, 5};
    char assembly[] = "k:\n\tretq\n";
    struct hone_binary binary = {.code = code,
                                 .n_bytes = sizeof code,
                                 .entry = 4,
                                 .facts = {11, 12, 13, 14, 15, 16},
                                 .assembly = assembly};
    struct message message;
    struct hone_binary got;
    enum hone_status said;
    assert_int_equal(message_from_result(HONE_OK, "", &binary, &message, NULL), HONE_OK);
    for (size_t n = 0; n < message.n_bytes; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, message.data, n);
        assert_int_equal(message_to_result(copy, n, &said, &got, NULL), HONE_ERR_FORMAT);
        assert_null(got.code);
        free(copy);
    }
    assert_int_equal(message_to_result(message.data, message.n_bytes, &said, &got, NULL), HONE_OK);
    assert_int_equal(said, HONE_OK);
    assert_int_equal(got.n_bytes, sizeof code);
    assert_memory_equal(got.code, code, sizeof code);
    assert_int_equal(got.entry, 4);
    assert_memory_equal(&got.facts, &binary.facts, sizeof got.facts);
    assert_string_equal(got.assembly, assembly);
    hone_binary_release(&got);
    message.data[8] = 5; /* the entry, now behind the code */
    assert_int_equal(message_to_result(message.data, message.n_bytes, &said, &got, NULL),
                     HONE_ERR_FORMAT);
    message.data[0] = HONE_STATUS_COUNT;
    assert_int_equal(message_to_result(message.data, message.n_bytes, &said, &got, NULL),
                     HONE_ERR_FORMAT);
    free(message.data);
}

static void errors_travel(void **state)
{
    (void)state;
    struct message message;
    struct hone_binary got;
    struct hone_error err = {0};
    enum hone_status said;
    assert_int_equal(message_from_result(HONE_ERR_COMPILE, "k:1: bad", NULL, &message, NULL),
                     HONE_OK);
    assert_int_equal(message_to_result(message.data, message.n_bytes, &said, &got, &err), HONE_OK);
    assert_int_equal(said, HONE_ERR_COMPILE);
    assert_int_equal(err.status, HONE_ERR_COMPILE);
    assert_string_equal(err.text, "k:1: bad");
    assert_null(got.code);
    free(message.data);
}

/* Each case starts with a pipe that holds `bytes`; its writing end may stay open. */
static enum hone_status read_bytes(const char *bytes, size_t n_bytes, int stays_open, size_t limit,
                                   struct hone_frame *out_frame)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], bytes, n_bytes), n_bytes);
    if (!stays_open) close(fd[1]);
    enum hone_status status =
        hone_frame_read(fd[0], limit, hone_clock_seconds() + 0.05, NULL, out_frame, NULL);
    if (stays_open) close(fd[1]);
    close(fd[0]);
    return status;
}

static void frames_are_read(void **state)
{
    (void)state;
    static const char bytes[] = "\3\0\0\0\7\0\0\1abc";
    size_t n_bytes = sizeof bytes - 1;
    struct hone_frame frame;
    assert_int_equal(read_bytes(bytes, n_bytes, 0, 3, &frame), HONE_OK);
    assert_int_equal(frame.kind, 0x01000007);
    assert_int_equal(frame.n_bytes, 3);
    assert_memory_equal(frame.data, "abc", 3);
    hone_frame_release(&frame);
    assert_int_equal(read_bytes(bytes, n_bytes, 0, 2, &frame), HONE_ERR_FORMAT);
    for (size_t n = 0; n < n_bytes; n++) {
        assert_int_equal(read_bytes(bytes, n, 0, 3, &frame), HONE_ERR_CRASHED);
        assert_int_equal(read_bytes(bytes, n, 1, 3, &frame), HONE_ERR_TIMEOUT);
        assert_null(frame.data);
    }
    assert_int_equal(read_bytes("\0\0\0\0\1\0\0\0", 8, 1, 0, &frame), HONE_OK);
    assert_int_equal(frame.n_bytes, 0);
    hone_frame_release(&frame);
}

/* A reader that does not read, and one that is gone. SIGPIPE keeps its default, which would kill.
 */
static void frames_are_written(void **state)
{
    (void)state;
    int fd[2];
    struct hone_frame frame;
    static uint8_t large[1 << 20];
    assert_int_equal(pipe(fd), 0);
    double deadline = hone_clock_seconds() + 5;
    assert_int_equal(hone_frame_write(fd[1], 9, "xyz", 3, deadline, NULL, NULL), HONE_OK);
    assert_int_equal(hone_frame_read(fd[0], 3, deadline, NULL, &frame, NULL), HONE_OK);
    assert_int_equal(frame.kind, 9);
    assert_memory_equal(frame.data, "xyz", 3);
    hone_frame_release(&frame);
    deadline = hone_clock_seconds() + 0.05;
    assert_int_equal(hone_frame_write(fd[1], 9, large, sizeof large, deadline, NULL, NULL),
                     HONE_ERR_TIMEOUT);
    close(fd[0]);
    assert_int_equal(hone_frame_write(fd[1], 9, large, sizeof large, INFINITY, NULL, NULL),
                     HONE_ERR_CRASHED);
    close(fd[1]);
}

static void tails_keep_the_line_that_matters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"", ""},
        {"\n\n", ""},
        {"one\ntwo\n", "two"},
        {"one\ntwo", "two"},
        {"LLVM ERROR: x\nStack dump:\n0. y\n", "LLVM ERROR: x"},
        {"ERROR a\nx\nERROR b\nz\n", "ERROR b"},
        {"a\tb\033c\n", "a b c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_tail tail = {0};
        char line[32];
        int fd[2];
        assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
        tail.fd = fd[0];
        ssize_t length = (ssize_t)strlen(cases[i].text);
        assert_int_equal(write(fd[1], cases[i].text, (size_t)length), length);
        hone_tail_read(&tail);
        assert_true(tail.fd >= 0);
        close(fd[1]);
        hone_tail_read(&tail);
        assert_int_equal(tail.fd, -1);
        hone_tail_line(&tail, line, sizeof line);
        assert_string_equal(line, cases[i].line);
    }
}

static void tails_forget_the_beginning(void **state)
{
    (void)state;
    struct hone_tail tail = {0};
    int fd[2];
    char line[64], text[64];
    assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
    tail.fd = fd[0];
    for (int i = 0; i < 1000; i++) {
        int length = snprintf(text, sizeof text, "line number %d\n", i);
        assert_int_equal(write(fd[1], text, (size_t)length), length);
        hone_tail_read(&tail);
        assert_true(tail.n_bytes <= sizeof tail.text);
    }
    hone_tail_line(&tail, line, sizeof line);
    assert_string_equal(line, "line number 999");
    assert_null(memmem(tail.text, tail.n_bytes, "number 1\n", 9));
    hone_tail_line(&tail, line, 5);
    assert_string_equal(line, "line");
    hone_tail_close(&tail);
    close(fd[1]);
}

static void facts_of_instructions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct hone_static_facts facts;
    } cases[] = {
        {"\tvaddps\t(%rdi), %zmm0, %zmm1", {1, 0, 0, 0, 0, 0}},
        {"\tvmovups\t%zmm1, 64(%rsp)", {1, 1, 0, 0, 0, 0}},
        {"\tvmovups\t(%rsp), %ymm1", {1, 1, 0, 0, 0, 0}},
        {"\tvmovaps\t%xmm1, -24(%rsp)", {1, 1, 24, 0, 0, 0}},
        {"\tmovq\t%rax, -8(%rsp)", {1, 0, 8, 0, 0, 0}},
        {"\tvmovups\t(%rbp,%rax), %ymm1", {1, 0, 0, 0, 0, 0}},
        {"\tvmovups\t-64(%rbp), %ymm1", {1, 0, 0, 0, 0, 0}},
        {"\tsubq\t$200, %rsp", {1, 0, 200, 0, 0, 0}},
        {"\tsubq\t$200, %rax", {1, 0, 0, 0, 0, 0}},
        {"\tpushq\t%rbx", {1, 0, 8, 0, 0, 0}},
        {"\tnopw\t%cs:(%rax,%rax)", {0, 0, 0, 0, 0, 0}},
        {"\tnop", {0, 0, 0, 0, 0, 0}},
        {"", {0, 0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct facts_reader reader = {0};
        facts_add_instruction(&reader, cases[i].text);
        assert_memory_equal(&reader.facts, &cases[i].facts, sizeof reader.facts);
    }
    struct facts_reader reader = {0};
    facts_add_instruction(&reader, "\tpushq\t%rbp");
    facts_add_instruction(&reader, "\tmovq\t%rsp, %rbp");
    facts_add_instruction(&reader, "\tvmovups\t%ymm1, -64(%rbp)");
    facts_add_instruction(&reader, "\tvmovups\t%ymm1, 16(%rbp)"); /* an argument */
    facts_add_instruction(&reader, "\tvmovups\t%ymm1, -64(%rbp,%rax)");
    assert_int_equal(reader.facts.n_vector_spills, 1);
    assert_int_equal(reader.facts.n_instructions, 5);
}

/* {instructions, vector spills, stack bytes} of texts as LLVM's disassembler prints them. */
static void facts_of_other_machines(void **state)
{
    (void)state;
    static const struct {
        const char *triple, *text;
        uint32_t n_instructions, n_spills, stack_bytes;
    } cases[] = {
        {"aarch64-unknown-linux-gnu", "\tstr\tq0, [sp, #160]", 1, 1, 0},
        {"aarch64-unknown-linux-gnu", "\tldp\tq0, q1, [sp, #32]", 1, 1, 0},
        {"aarch64-unknown-linux-gnu", "\tldr\tq0, [x1, #160]", 1, 0, 0},
        {"aarch64-unknown-linux-gnu", "\tldr\tx10, [sp, #248]", 1, 0, 0},
        {"aarch64-unknown-linux-gnu", "\tstp\td15, d14, [sp, #-160]!", 1, 0, 160},
        {"aarch64-unknown-linux-gnu", "\tldp\td15, d14, [sp], #160", 1, 0, 0},
        {"aarch64-unknown-linux-gnu", "\tsub\tsp, sp, #208", 1, 0, 208},
        {"aarch64-unknown-linux-gnu", "\tsub\tsp, sp, #1, lsl #12", 1, 0, 4096},
        {"aarch64-unknown-linux-gnu", "\tadd\tsp, sp, #208", 1, 0, 0},
        {"aarch64-unknown-linux-gnu", "\tnop", 0, 0, 0},
        {"riscv64-unknown-linux-gnu", "\tvs1r.v\tv8, (a0)", 1, 1, 0},
        {"riscv64-unknown-linux-gnu", "\tvs4r.v\tv8, (a0)", 1, 1, 0},
        {"riscv64-unknown-linux-gnu", "\tvl2r.v\tv8, (a0)", 1, 1, 0},
        {"riscv64-unknown-linux-gnu", "\tvl1re8.v\tv8, (a0)", 1, 1, 0},
        {"riscv64-unknown-linux-gnu", "\tvle32.v\tv8, (a0)", 1, 0, 0},
        {"riscv64-unknown-linux-gnu", "\tvse32.v\tv8, (a0)", 1, 0, 0},
        {"riscv64-unknown-linux-gnu", "\tvsetvli\tzero, zero, e32, m2, ta, ma", 1, 0, 0},
        {"riscv64-unknown-linux-gnu", "\taddi\tsp, sp, -304", 1, 0, 304},
        {"riscv64-unknown-linux-gnu", "\taddi\tsp, sp, 304", 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct facts_reader reader = {.machine = facts_machine_of(cases[i].triple)};
        facts_add_instruction(&reader, cases[i].text);
        if (reader.facts.n_instructions != cases[i].n_instructions ||
            reader.facts.n_vector_spills != cases[i].n_spills ||
            reader.facts.stack_bytes != cases[i].stack_bytes)
            fail_msg("%s: %u instructions, %u spills, %u bytes", cases[i].text,
                     reader.facts.n_instructions, reader.facts.n_vector_spills,
                     reader.facts.stack_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_checked),
        cmocka_unit_test(results_are_checked),
        cmocka_unit_test(errors_travel),
        cmocka_unit_test(frames_are_read),
        cmocka_unit_test(frames_are_written),
        cmocka_unit_test(tails_keep_the_line_that_matters),
        cmocka_unit_test(tails_forget_the_beginning),
        cmocka_unit_test(facts_of_instructions),
        cmocka_unit_test(facts_of_other_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
