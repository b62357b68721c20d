/* SPDX-License-Identifier: MIT */
/* Modules of the mock driver: a cubin is known by its hash and runs as the PTX it came from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/hash.h"
#include "tests/emulators/ptx/cuda_mock.h"

enum { MAX_PTX_BYTES = 64 << 20, JIT_ERROR_LOG = 5, JIT_ERROR_LOG_BYTES = 6 };

static char *read_file(const char *path, size_t *out_n)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    char *text = NULL;
    long n = -1;
    if (fseek(file, 0, SEEK_END) == 0) n = ftell(file);
    if (n >= 0 && n < MAX_PTX_BYTES && fseek(file, 0, SEEK_SET) == 0) {
        text = mock_calloc((size_t)n + 1, 1);
        *out_n = fread(text, 1, (size_t)n, file);
    }
    fclose(file);
    return text;
}

/* The PTX that was compiled to this cubin. */
static char *ptx_of_cubin(const unsigned char *image, size_t n_bytes, size_t *out_n)
{
    uint8_t digest[HONE_HASH_BYTES];
    char hex[HONE_HASH_HEX_BYTES], path[4096];
    hone_sha256_of(image, n_bytes, digest);
    hone_hash_hex(digest, hex);
    if (mock.ptx_dir == NULL) {
        mock_report("cubin %s: HONE_PTX_DIR does not say where its PTX is", hex);
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s.ptx", mock.ptx_dir, hex);
    char *text = read_file(path, out_n);
    if (text == NULL) mock_report("%s: the PTX of this cubin is not there", path);
    return text;
}

/* Which code runs where: an `a` form on its own chip only, an `f` form on its family, a plain cubin
 * on later chips of its generation, plain PTX on all later ones. */
static bool runs_here(const char *target, bool is_cubin)
{
    int cc = 0;
    char form = '\0';
    if (sscanf(target, "sm_%d%c", &cc, &form) < 1) return false;
    if (form == 'a') return cc == mock.cc;
    if (form == 'f' || is_cubin) return cc / 10 == mock.cc / 10 && cc <= mock.cc;
    return cc <= mock.cc;
}

/* Writes the parser's message where the caller's options ask for it. */
static void log_error(const char *text, unsigned n_options, const int *options, void **values)
{
    char *log = NULL;
    size_t room = 0;
    for (unsigned i = 0; i < n_options; i++) {
        if (options[i] == JIT_ERROR_LOG) log = values[i];
        if (options[i] == JIT_ERROR_LOG_BYTES) room = (size_t)(uintptr_t)values[i];
    }
    if (log != NULL && room > 0) snprintf(log, room, "%s", text);
}

static void add_variables(struct mock_module *module)
{
    size_t n = 0;
    const struct ptx_range *variables = ptx_module_variables(module->ptx, &n);
    for (size_t i = 0; i < n; i++)
        mock_memory_add(module->context,
                        (struct mock_memory){variables[i].address, (size_t)variables[i].n_bytes,
                                             variables[i].host, MOCK_VARIABLE, 0});
}

static int load(struct mock_module **out, const unsigned char *image, unsigned n_options,
                const int *options, void **values)
{
    if (out == NULL || image == NULL) return CU_INVALID_VALUE;
    const bool is_cubin = image[0] == 0x7f;
    size_t n_bytes = 0, n_text = 0;
    char *text = NULL;
    if (is_cubin) {
        n_bytes = mock_cubin_bytes(image);
        if (n_bytes == 0) return CU_INVALID_IMAGE;
        text = ptx_of_cubin(image, n_bytes, &n_text);
        if (text == NULL) return CU_FILE_NOT_FOUND;
    } else if (image[0] == '/' || image[0] == '.' || image[0] == '\n') {
        n_text = strlen((const char *)image);
    } else {
        mock_report("the image is neither a cubin nor PTX text");
        return CU_INVALID_IMAGE;
    }
    struct ptx_module *ptx = NULL;
    struct hone_error err = {0};
    const enum hone_status status =
        ptx_module_parse(text != NULL ? text : (const char *)image, n_text, &ptx, &err);
    free(text);
    if (status != HONE_OK) {
        mock_report("%s", err.text);
        log_error(err.text, n_options, options, values);
        return status == HONE_ERR_NO_MEMORY ? CU_OUT_OF_MEMORY : CU_INVALID_PTX;
    }
    if (!runs_here(ptx_module_target(ptx), is_cubin)) {
        mock_report("%s for %s on compute capability %d.%d", is_cubin ? "a cubin" : "PTX",
                    ptx_module_target(ptx), mock.cc / 10, mock.cc % 10);
        ptx_module_free(ptx);
        return is_cubin ? CU_NO_BINARY_FOR_GPU : CU_INVALID_PTX;
    }
    struct mock_module *module = mock_object_new(MOCK_MODULE, sizeof *module);
    module->context = mock_current();
    module->ptx = ptx;
    if (is_cubin) {
        module->cubin = mock_calloc(1, n_bytes);
        memcpy(module->cubin, image, n_bytes);
        module->n_cubin_bytes = n_bytes;
    }
    add_variables(module);
    *out = module;
    return CU_SUCCESS;
}

int cuModuleLoadData(struct mock_module **out, const void *image)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = load(out, image, 0, NULL, NULL);
    return mock_leave(rc);
}

int cuModuleLoadDataEx(struct mock_module **out, const void *image, unsigned n_options,
                       int *options, void **values)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS && n_options > 0 && (options == NULL || values == NULL))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = load(out, image, n_options, options, values);
    return mock_leave(rc);
}

void mock_module_kill(struct mock_module *module)
{
    size_t n = 0;
    const struct ptx_range *variables = ptx_module_variables(module->ptx, &n);
    struct mock_memory gone;
    for (size_t i = 0; i < n; i++) mock_memory_remove(module->context, variables[i].address, &gone);
    for (struct mock_function *f = module->functions; f != NULL; f = f->next) mock_object_kill(f);
    ptx_module_free(module->ptx);
    free(module->cubin);
    module->cubin = NULL;
    mock_object_kill(module);
}

int cuModuleUnload(struct mock_module *module)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS && !mock_alive(module, MOCK_MODULE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) rc = mock_run_all(module->context);
    if (rc == CU_SUCCESS) mock_module_kill(module);
    return mock_leave(rc);
}

static struct mock_function *function_of(struct mock_module *module,
                                         const struct ptx_kernel *kernel)
{
    for (struct mock_function *f = module->functions; f != NULL; f = f->next)
        if (f->kernel == kernel) return f;
    struct mock_function *f = mock_object_new(MOCK_FUNCTION, sizeof *f);
    f->module = module;
    f->kernel = kernel;
    ptx_kernel_info(kernel, &f->info);
    if (module->cubin != NULL)
        f->n_registers = mock_cubin_registers(module->cubin, module->n_cubin_bytes, f->info.name);
    const int usual = mock_attribute(8) - (int)f->info.n_static_shared;
    f->max_dynamic_shared = usual > 0 ? usual : 0;
    f->next = module->functions;
    module->functions = f;
    return f;
}

int cuModuleGetFunction(struct mock_function **out, struct mock_module *module, const char *name)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (out == NULL || name == NULL)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && !mock_alive(module, MOCK_MODULE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        const struct ptx_kernel *kernel = ptx_module_find(module->ptx, name);
        if (kernel == NULL)
            rc = CU_NOT_FOUND;
        else
            *out = function_of(module, kernel);
    }
    return mock_leave(rc);
}

int cuModuleGetGlobal_v2(uint64_t *out, size_t *out_bytes, struct mock_module *module,
                         const char *name)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && name == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && !mock_alive(module, MOCK_MODULE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        size_t n = 0;
        const struct ptx_range *variables = ptx_module_variables(module->ptx, &n);
        rc = CU_NOT_FOUND;
        for (size_t i = 0; i < n && rc == CU_NOT_FOUND; i++) {
            if (strcmp(variables[i].name, name) != 0) continue;
            if (out != NULL) *out = variables[i].address;
            if (out_bytes != NULL) *out_bytes = (size_t)variables[i].n_bytes;
            rc = CU_SUCCESS;
        }
    }
    return mock_leave(rc);
}
