/* SPDX-License-Identifier: MIT */
/* The mock driver's state: what the environment asks for, the lock, failures on request, reports,
 * and the account at the end of the process. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/emulators/ptx/cuda_mock.h"

struct mock_state mock;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum { EXIT_STRICT = 99 };

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

/* One "name:nth[+]:code" of MOCK_CUDA_FAIL; code may be "hang". */
static void read_fault(char *text)
{
    struct mock_fault *fault = &mock.faults[mock.n_faults];
    char *save = NULL;
    const char *name = strtok_r(text, ":", &save);
    const char *nth = strtok_r(NULL, ":", &save);
    const char *code = strtok_r(NULL, ":", &save);
    if (name == NULL || nth == NULL || code == NULL ||
        mock.n_faults == sizeof mock.faults / sizeof mock.faults[0]) {
        fprintf(stderr, "mock_cuda: MOCK_CUDA_FAIL wants name:nth:code, comma between\n");
        _exit(EXIT_STRICT);
    }
    snprintf(fault->name, sizeof fault->name, "%s", name);
    fault->nth = strtoull(nth, NULL, 10);
    fault->onwards = strchr(nth, '+') != NULL;
    fault->hang = strcmp(code, "hang") == 0;
    fault->code = atoi(code);
    mock.n_faults++;
}

static void read_faults(const char *text)
{
    if (text == NULL) return;
    char copy[1024], *save = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *item = strtok_r(copy, ",", &save); item != NULL; item = strtok_r(NULL, ",", &save))
        read_fault(item);
}

static int compute_capability(const char *text)
{
    int major = 9, minor = 0;
    if (text != NULL) sscanf(text, "%d.%d", &major, &minor);
    return 10 * major + minor;
}

static void account(void)
{
    if (!mock.strict) return;
    size_t n_left = 0;
    for (size_t i = 0; i < mock.object_room; i++) {
        const struct mock_object *object = mock.objects[i];
        const bool legacy = mock.primary != NULL && (const void *)object == mock.primary->legacy;
        if (object == NULL || !object->live || object->kind == MOCK_FUNCTION || legacy ||
            object->kind == MOCK_NODE)
            continue;
        fprintf(stderr, "mock_cuda: left behind: %s %u\n", mock_kind_name(object->kind),
                object->id);
        n_left++;
    }
    const struct mock_context *c = mock.primary;
    for (size_t i = 0; c != NULL && i < c->n_memory; i++) {
        if (c->memory[i].kind == MOCK_VARIABLE) continue;
        fprintf(stderr, "mock_cuda: left behind: allocation %u of %zu bytes\n", c->memory[i].id,
                c->memory[i].n_bytes);
        n_left++;
    }
    if (n_left == 0 && mock.n_reports == 0) return;
    fprintf(stderr, "mock_cuda: %zu left behind, %llu misuses\n", n_left,
            (unsigned long long)mock.n_reports);
    fflush(NULL);
    _exit(EXIT_STRICT);
}

static void make_ready(void)
{
    mock.cc = compute_capability(getenv("MOCK_CUDA_CC"));
    mock.n_sms = (int)number("MOCK_CUDA_SMS", 132);
    mock.version = (int)number("MOCK_CUDA_DRIVER", 13000);
    mock.memory_bytes = number("MOCK_CUDA_MEMORY", (uint64_t)8 << 30);
    mock.strict = (int)number("MOCK_CUDA_STRICT", 0);
    mock.seed = number("MOCK_CUDA_SEED", 0);
    mock.max_instructions = number("MOCK_CUDA_MAX_INSTRUCTIONS", 0);
    mock.ptx_dir = getenv("HONE_PTX_DIR");
    read_faults(getenv("MOCK_CUDA_FAIL"));
    atexit(account);
    mock.ready = true;
}

/* "cuMemAlloc" in MOCK_CUDA_FAIL means cuMemAlloc_v2 as well. */
static bool names(const char *asked, const char *call)
{
    const size_t n = strlen(asked);
    return strncmp(asked, call, n) == 0 && (call[n] == '\0' || strncmp(call + n, "_v", 2) == 0);
}

int mock_injected(const char *name)
{
    int code = 0;
    for (size_t i = 0; i < mock.n_faults; i++) {
        struct mock_fault *fault = &mock.faults[i];
        if (!names(fault->name, name)) continue;
        fault->n_calls++;
        if (fault->n_calls != fault->nth && !(fault->onwards && fault->n_calls > fault->nth))
            continue;
        while (fault->hang) pause();
        code = fault->code;
    }
    if (mock_is_sticky(code)) mock.sticky = code;
    return code;
}

bool mock_is_sticky(int rc)
{
    static const int lost[] = {CU_ECC_UNCORRECTABLE,
                               CU_ILLEGAL_ADDRESS,
                               CU_LAUNCH_TIMEOUT,
                               710,
                               714,
                               CU_ILLEGAL_INSTRUCTION,
                               CU_MISALIGNED_ADDRESS,
                               717,
                               718,
                               CU_LAUNCH_FAILED};
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
        if (rc == lost[i]) return true;
    return false;
}

int mock_enter(const char *name, unsigned needs)
{
    pthread_mutex_lock(&lock);
    if (!mock.ready) make_ready();
    mock.call = name;
    const int injected = mock_injected(name);
    if (injected != 0) return injected;
    if ((needs & (MOCK_INIT | MOCK_CURRENT)) != 0 && !mock.initialised) {
        mock_report("called before cuInit");
        return CU_NOT_INITIALIZED;
    }
    if ((needs & MOCK_CURRENT) != 0) {
        const struct mock_context *context = mock_current();
        if (context == NULL) {
            mock_report("no context is current in this thread");
            return CU_INVALID_CONTEXT;
        }
        if (!context->object.live) {
            mock_report("the current context has been destroyed");
            return CU_CONTEXT_IS_DESTROYED;
        }
        if (mock.sticky != 0 && (needs & MOCK_SURVIVES) == 0) return mock.sticky;
    }
    return (needs & MOCK_UNCAPTURED) != 0 ? mock_capture_forbids() : CU_SUCCESS;
}

int mock_leave(int rc)
{
    pthread_mutex_unlock(&lock);
    return rc;
}

static void say(const char *kind, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    fprintf(stderr, "mock_cuda: %s: %s%s\n", mock.call, kind, text);
}

void mock_report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
    mock.n_reports++;
}

void mock_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("note: ", format, args);
    va_end(args);
}

void *mock_calloc(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size > 0 ? size : 1);
    if (memory == NULL) {
        fprintf(stderr, "mock_cuda: the host has no memory left\n");
        _exit(EXIT_STRICT);
    }
    return memory;
}

int cuInit(unsigned flags)
{
    int rc = mock_enter(__func__, 0);
    if (rc == CU_SUCCESS && flags != 0) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) mock.initialised = true;
    return mock_leave(rc);
}

int cuDriverGetVersion(int *out_version)
{
    int rc = mock_enter(__func__, 0);
    if (rc == CU_SUCCESS && out_version == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) *out_version = mock.version;
    return mock_leave(rc);
}
