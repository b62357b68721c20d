/* SPDX-License-Identifier: MIT */
/* The table of compilers. A new one is a file with two functions and a row here. */
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/llvm.h"
#include "codegen/compile/nvrtc.h"

struct compiler {
    const char *name;
    enum hone_status (*version)(char *out_text, size_t capacity, struct hone_error *err);
    enum hone_status (*compile)(const struct hone_compile_job *job, struct hone_binary *out_binary,
                                struct hone_error *err);
};

static const struct compiler compilers[] = {
    {"llvm", llvm_version, llvm_compile},
    {"nvrtc", nvrtc_version, nvrtc_compile},
};

static const struct compiler *find_compiler(const char *name, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof compilers / sizeof *compilers; i++)
        if (name && strcmp(compilers[i].name, name) == 0) return compilers + i;
    hone_fail(err, HONE_ERR_NOT_FOUND, "no compiler '%s' in this build", name ? name : "");
    return NULL;
}

enum hone_status hone_compiler_version(const char *compiler, char *out_text, size_t capacity,
                                       struct hone_error *err)
{
    const struct compiler *found = find_compiler(compiler, err);
    return found ? found->version(out_text, capacity, err) : HONE_ERR_NOT_FOUND;
}

enum hone_status hone_compile_here(const struct hone_compile_job *job,
                                   struct hone_binary *out_binary, struct hone_error *err)
{
    *out_binary = (struct hone_binary){0};
    const struct compiler *found = find_compiler(job->compiler, err);
    if (!found) return HONE_ERR_NOT_FOUND;
    if (!job->source || !job->entry || !job->arch || !job->cpu || !job->features)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: a text of the job is missing", found->name);
    return found->compile(job, out_binary, err);
}

void hone_binary_release(struct hone_binary *binary)
{
    free(binary->code);
    free(binary->assembly);
    *binary = (struct hone_binary){0};
}
