/* SPDX-License-Identifier: MIT */
/* Questions to a parsed module. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_parse.h"

void ptx_module_free(struct ptx_module *module)
{
    if (!module) return;
    for (uint32_t i = 0; i < module->n_functions; i++) {
        free(module->functions[i]->f.constants);
        free(module->functions[i]->f.calls);
    }
    for (size_t i = 0; i < module->n_variables; i++) free(module->variables[i].host);
    free(module->variables);
    free(module->functions);
    free(module->symbols);
    free(module->lines);
    free(module->code);
    hone_arena_release(&module->arena);
    free(module);
}

const char *ptx_module_target(const struct ptx_module *module)
{
    return module->target;
}

const struct ptx_range *ptx_module_variables(const struct ptx_module *module, size_t *out_n)
{
    *out_n = module->n_variables;
    return module->variables;
}

size_t ptx_module_n_kernels(const struct ptx_module *module)
{
    size_t n = 0;
    for (uint32_t i = 0; i < module->n_functions; i++) n += module->functions[i]->f.is_entry;
    return n;
}

const struct ptx_kernel *ptx_module_kernel(const struct ptx_module *module, size_t index)
{
    for (uint32_t i = 0; i < module->n_functions; i++)
        if (module->functions[i]->f.is_entry && index-- == 0) return module->functions[i];
    return NULL;
}

const struct ptx_kernel *ptx_module_find(const struct ptx_module *module, const char *name)
{
    for (uint32_t i = 0; i < module->n_functions; i++)
        if (module->functions[i]->f.is_entry && !strcmp(module->functions[i]->f.name, name))
            return module->functions[i];
    return NULL;
}

void ptx_kernel_info(const struct ptx_kernel *kernel, struct ptx_kernel_info *out)
{
    const struct ptx_function *f = &kernel->f;
    *out = (struct ptx_kernel_info){.name = f->name,
                                    .n_params = f->n_params,
                                    .n_param_bytes = f->n_param_bytes,
                                    .n_static_shared = f->n_shared,
                                    .n_local = f->module->n_local,
                                    .n_registers = f->n_registers,
                                    .max_threads = f->max_threads,
                                    .min_blocks = f->min_blocks,
                                    .threads_required = f->threads_required};
}

bool ptx_kernel_param(const struct ptx_kernel *kernel, size_t index, size_t *out_offset,
                      size_t *out_n_bytes)
{
    if (index >= kernel->f.n_params) return false;
    *out_offset = (size_t)kernel->f.params[index]->address;
    *out_n_bytes = kernel->f.params[index]->n_bytes;
    return true;
}

/* A statement can have become several instructions: it counts once. */
static size_t count_in(const struct ptx_function *f, const char *opcode, uint32_t depth)
{
    const struct ptx_module *m = f->module;
    uint32_t last = UINT32_MAX;
    size_t n = 0;
    for (uint32_t i = f->first; i < f->first + f->n_code; i++) {
        const uint32_t statement = m->code[i].statement;
        if (statement == last) continue;
        last = statement;
        n += !strncmp(m->lines[statement].opcode, opcode, strlen(opcode));
    }
    for (uint32_t i = 0; depth < PTX_MAX_DEPTH && i < f->n_calls; i++)
        n += count_in(&m->functions[f->calls[i]]->f, opcode, depth + 1);
    return n;
}

size_t ptx_kernel_count(const struct ptx_kernel *kernel, const char *opcode)
{
    return count_in(&kernel->f, opcode, 0);
}
