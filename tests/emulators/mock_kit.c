/* SPDX-License-Identifier: MIT */
/* Children, a module and buffers for tests of the mock driver. */
#include "tests/emulators/mock_kit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define KERNEL(name, op)                                                                           \
    ".visible .entry " name "(.param .u64 p, .param .u32 n, .param .f32 f)\n"                      \
    "{\n"                                                                                          \
    "    .reg .pred %p<2>;\n"                                                                      \
    "    .reg .f32 %f<4>;\n"                                                                       \
    "    .reg .b32 %r<6>;\n"                                                                       \
    "    .reg .b64 %rd<5>;\n"                                                                      \
    "    ld.param.u64 %rd1, [p];\n"                                                                \
    "    ld.param.u32 %r5, [n];\n"                                                                 \
    "    ld.param.f32 %f2, [f];\n"                                                                 \
    "    mov.u32 %r1, %ctaid.x;\n"                                                                 \
    "    mov.u32 %r2, %ntid.x;\n"                                                                  \
    "    mov.u32 %r3, %tid.x;\n"                                                                   \
    "    mad.lo.s32 %r4, %r1, %r2, %r3;\n"                                                         \
    "    setp.ge.u32 %p1, %r4, %r5;\n"                                                             \
    "    @%p1 bra $done;\n"                                                                        \
    "    cvta.to.global.u64 %rd2, %rd1;\n"                                                         \
    "    mul.wide.u32 %rd3, %r4, 4;\n"                                                             \
    "    add.s64 %rd4, %rd2, %rd3;\n"                                                              \
    "    ld.global.f32 %f1, [%rd4];\n"                                                             \
    "    " op ".f32 %f3, %f1, %f2;\n"                                                              \
    "    st.global.f32 [%rd4], %f3;\n"                                                             \
    "$done:\n"                                                                                     \
    "    ret;\n"                                                                                   \
    "}\n"

const char mock_kit_ptx[] =
    ".version 8.0\n.target sm_90\n.address_size 64\n" KERNEL("scale", "mul") KERNEL("shift", "add");

char mock_kit_output[16384];

int in_child(void (*body)(void), const char *const *environment, int wanted)
{
    FILE *file = tmpfile();
    if (file == NULL) return -1;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        for (; environment != NULL && *environment != NULL; environment += 2)
            setenv(environment[0], environment[1], 1);
        dup2(fileno(file), STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL); /* cmocka's handler would run the other tests here */
        body();
        exit(0); /* so that the mock's account at the end is heard */
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
    rewind(file);
    mock_kit_output[fread(mock_kit_output, 1, sizeof mock_kit_output - 1, file)] = '\0';
    fclose(file);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != wanted) fprintf(stderr, "status %d, not %d:\n%s", code, wanted, mock_kit_output);
    return code;
}

struct mock_kit kit_open(void)
{
    struct mock_kit kit;
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&kit.context, 0));
    OK(cuCtxSetCurrent(kit.context));
    OK(cuModuleLoadData(&kit.module, mock_kit_ptx));
    OK(cuModuleGetFunction(&kit.scale, kit.module, "scale"));
    OK(cuModuleGetFunction(&kit.shift, kit.module, "shift"));
    return kit;
}

uint64_t kit_floats(size_t n, float first)
{
    uint64_t address = 0;
    float *host = malloc(n * sizeof *host);
    CHECK(host != NULL);
    for (size_t i = 0; i < n; i++) host[i] = first + (float)i;
    OK(cuMemAlloc_v2(&address, n * sizeof *host));
    OK(cuMemcpyHtoD_v2(address, host, n * sizeof *host));
    free(host);
    return address;
}

int kit_launch(struct mock_function *function, struct mock_stream *stream, uint64_t p, uint32_t n,
               float f)
{
    void *params[] = {&p, &n, &f};
    return cuLaunchKernel(function, (n + 63) / 64, 1, 1, 64, 1, 1, 0, stream, params, NULL);
}
