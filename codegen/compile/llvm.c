/* SPDX-License-Identifier: MIT */
/* LLVM IR text to a blob: parse, verify, inline what asks for it, generate code, link. */
#include "codegen/compile/llvm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/blob.h"
#include "codegen/compile/facts.h"
#include "codegen/compile/llvm_api.h"
#include "codegen/compile/llvm_machine.h"

struct compilation {
    const struct llvm_api *api;
    const struct hone_compile_job *job;
    const struct llvm_machine_family *family;
    struct llvm_context *context;
    struct llvm_module *module;
    struct llvm_machine *machine;
    char diagnostic[HONE_ERROR_TEXT_BYTES]; /* first error the back end reported */
};

/* Joins the lines of a compiler's message with " | ", without the one that holds a caret only. */
static void one_line(const char *message, char *out_text, size_t capacity)
{
    size_t used = 0;
    while (*message) {
        size_t length = strcspn(message, "\n");
        const char *line = message;
        size_t n_bytes = length;
        while (n_bytes > 0 && (*line == ' ' || *line == '\t')) line++, n_bytes--;
        bool is_marker = n_bytes > 0 && strspn(line, "^~ ") >= n_bytes;
        const char *separator = used ? " | " : "";
        if (n_bytes > 0 && !is_marker && used + strlen(separator) + n_bytes + 1 < capacity) {
            memcpy(out_text + used, separator, strlen(separator));
            memcpy(out_text + used + strlen(separator), line, n_bytes);
            used += strlen(separator) + n_bytes;
        }
        message += length + (message[length] == '\n');
    }
    out_text[used] = '\0';
}

static enum hone_status refuse(struct compilation *c, char *message, struct hone_error *err)
{
    char text[HONE_ERROR_TEXT_BYTES - 32];
    one_line(message ? message : "no reason given", text, sizeof text);
    if (message) c->api->DisposeMessage(message);
    return hone_fail(err, HONE_ERR_COMPILE, "%s", text);
}

static void note_diagnostic(struct llvm_diagnostic *diagnostic, void *user)
{
    struct compilation *c = user;
    if (c->api->GetDiagInfoSeverity(diagnostic) != LLVM_SEVERITY_ERROR || c->diagnostic[0]) return;
    char *text = c->api->GetDiagInfoDescription(diagnostic);
    one_line(text, c->diagnostic, sizeof c->diagnostic);
    c->api->DisposeMessage(text);
}

static enum hone_status create_machine(struct compilation *c, struct hone_error *err)
{
    const struct hone_compile_job *job = c->job;
    struct llvm_target *target;
    char *message = NULL;
    if (c->api->GetTargetFromTriple(job->arch, &target, &message)) return refuse(c, message, err);
    c->machine = c->api->CreateTargetMachine(target, job->arch, c->family->base_cpu, job->features,
                                             job->level, LLVM_RELOC_PIC, LLVM_CODE_MODEL_SMALL);
    if (!c->machine)
        return hone_fail(err, HONE_ERR_COMPILE, "llvm: no target machine for %s", job->arch);
    return HONE_OK;
}

static enum hone_status parse(struct compilation *c, struct hone_error *err)
{
    const struct llvm_api *api = c->api;
    c->context = api->ContextCreate();
    api->ContextSetDiagnosticHandler(c->context, note_diagnostic, c);
    struct llvm_buffer *text = api->CreateMemoryBufferWithMemoryRangeCopy(
        c->job->source, c->job->n_source_bytes, c->job->entry);
    char *message = NULL;
    if (api->ParseIRInContext(c->context, text, &c->module, &message)) {
        c->module = NULL;
        return refuse(c, message, err);
    }
    api->SetTarget(c->module, c->job->arch);
    struct llvm_data_layout *layout = api->CreateTargetDataLayout(c->machine);
    api->SetModuleDataLayout(c->module, layout);
    api->DisposeTargetData(layout);
    if (api->VerifyModule(c->module, LLVM_VERIFY_RETURN_STATUS, &message))
        return refuse(c, message, err);
    api->DisposeMessage(message);
    struct llvm_value *entry = api->GetNamedFunction(c->module, c->job->entry);
    if (!entry || api->IsDeclaration(entry))
        return hone_fail(err, HONE_ERR_COMPILE, "%s: the text defines no function of this name",
                         c->job->entry);
    return HONE_OK;
}

static void set_text_attribute(struct compilation *c, struct llvm_value *function, const char *key,
                               const char *value)
{
    struct llvm_attribute *attribute = c->api->CreateStringAttribute(
        c->context, key, (unsigned)strlen(key), value, (unsigned)strlen(value));
    c->api->AddAttributeAtIndex(function, LLVM_FUNCTION_INDEX, attribute);
}

/* Everything but the entry becomes internal: no global offset table, and helpers vanish once they
 * are inlined. Instructions come from base processor + features; the scheduling model is a matter
 * of its own (tune-cpu), so that a schedule never brings instructions with it. */
static void prepare(struct compilation *c)
{
    const struct llvm_api *api = c->api;
    struct llvm_value *entry = api->GetNamedFunction(c->module, c->job->entry);
    unsigned nounwind = api->GetEnumAttributeKindForName("nounwind", strlen("nounwind"));
    for (struct llvm_value *g = api->GetFirstGlobal(c->module); g; g = api->GetNextGlobal(g))
        if (!api->IsDeclaration(g) && api->GetLinkage(g) != LLVM_LINKAGE_APPENDING)
            api->SetLinkage(g, LLVM_LINKAGE_INTERNAL);
    for (struct llvm_value *f = api->GetFirstFunction(c->module); f; f = api->GetNextFunction(f)) {
        if (api->IsDeclaration(f)) continue;
        api->SetLinkage(f, f == entry ? LLVM_LINKAGE_EXTERNAL : LLVM_LINKAGE_INTERNAL);
        api->AddAttributeAtIndex(f, LLVM_FUNCTION_INDEX,
                                 api->CreateEnumAttribute(c->context, nounwind, 0));
        set_text_attribute(c, f, "target-cpu", c->family->base_cpu);
        set_text_attribute(c, f, "target-features", c->job->features);
        set_text_attribute(c, f, "tune-cpu", c->job->cpu);
    }
}

static enum hone_status run_passes(struct compilation *c, struct hone_error *err)
{
    struct llvm_pass_options *options = c->api->CreatePassBuilderOptions();
    struct llvm_failure *failure =
        c->api->RunPasses(c->module, "always-inline", c->machine, options);
    c->api->DisposePassBuilderOptions(options);
    if (!failure) return HONE_OK;
    char *message = c->api->GetErrorMessage(failure);
    char text[HONE_ERROR_TEXT_BYTES - 32];
    one_line(message, text, sizeof text);
    c->api->DisposeErrorMessage(message);
    return hone_fail(err, HONE_ERR_COMPILE, "llvm: %s", text);
}

static enum hone_status emit(struct compilation *c, struct llvm_module *module, int kind,
                             struct llvm_buffer **out_buffer, struct hone_error *err)
{
    char *message = NULL;
    *out_buffer = NULL;
    if (c->api->TargetMachineEmitToMemoryBuffer(c->machine, module, kind, &message, out_buffer))
        return refuse(c, message, err);
    if (!c->diagnostic[0]) return HONE_OK;
    c->api->DisposeMemoryBuffer(*out_buffer);
    *out_buffer = NULL;
    return hone_fail(err, HONE_ERR_COMPILE, "%s: %s", c->job->entry, c->diagnostic);
}

/* Code generation rewrites the module, so the assembly is made from a copy. */
static enum hone_status emit_assembly(struct compilation *c, struct hone_binary *binary,
                                      struct hone_error *err)
{
    struct llvm_buffer *buffer;
    struct llvm_module *copy = c->api->CloneModule(c->module);
    enum hone_status status = emit(c, copy, LLVM_FILE_ASSEMBLY, &buffer, err);
    c->api->DisposeModule(copy);
    HONE_TRY(status);
    size_t n_bytes = c->api->GetBufferSize(buffer);
    binary->assembly = malloc(n_bytes + 1);
    if (binary->assembly) {
        memcpy(binary->assembly, c->api->GetBufferStart(buffer), n_bytes);
        binary->assembly[n_bytes] = '\0';
    }
    c->api->DisposeMemoryBuffer(buffer);
    return binary->assembly ? HONE_OK : hone_fail(err, HONE_ERR_NO_MEMORY, "llvm: no memory");
}

static enum hone_status emit_blob(struct compilation *c, struct hone_blob *out_blob,
                                  struct hone_error *err)
{
    struct llvm_buffer *buffer;
    HONE_TRY(emit(c, c->module, LLVM_FILE_OBJECT, &buffer, err));
    enum hone_status status =
        hone_blob_link((const uint8_t *)c->api->GetBufferStart(buffer),
                       c->api->GetBufferSize(buffer), c->job->entry, out_blob, err);
    c->api->DisposeMemoryBuffer(buffer);
    return status;
}

/* Reading the machine code back costs less than generating assembly a second time. */
static void read_facts(struct compilation *c, const struct hone_blob *blob,
                       struct hone_static_facts *out_facts)
{
    struct facts_reader reader = {.machine = facts_machine_of(c->job->arch),
                                  .facts.code_bytes = (uint32_t)blob->n_code_bytes};
    struct llvm_disassembler *disassembler = c->api->CreateDisasmCPUFeatures(
        c->job->arch, c->family->base_cpu, c->job->features, NULL, 0, NULL, NULL);
    size_t offset = 0;
    while (disassembler && offset < blob->n_code_bytes) {
        char text[256];
        size_t length =
            c->api->DisasmInstruction(disassembler, blob->data + offset,
                                      blob->n_code_bytes - offset, offset, text, sizeof text);
        if (length > 0) facts_add_instruction(&reader, text);
        offset += length > 0 ? length : 1;
    }
    if (disassembler) c->api->DisasmDispose(disassembler);
    *out_facts = reader.facts;
}

static enum hone_status compile(struct compilation *c, struct hone_binary *out_binary,
                                struct hone_error *err)
{
    HONE_TRY(create_machine(c, err));
    HONE_TRY(parse(c, err));
    prepare(c);
    HONE_TRY(run_passes(c, err));
    if (c->job->want_assembly) HONE_TRY(emit_assembly(c, out_binary, err));
    struct hone_blob blob;
    enum hone_status status = emit_blob(c, &blob, err);
    if (status != HONE_OK) return hone_fail_in(err, status, "%s", c->job->entry);
    out_binary->code = blob.data;
    out_binary->n_bytes = blob.n_bytes;
    out_binary->entry = blob.entry;
    read_facts(c, &blob, &out_binary->facts);
    return HONE_OK;
}

enum hone_status llvm_compile(const struct hone_compile_job *job, struct hone_binary *out_binary,
                              struct hone_error *err)
{
    struct compilation c = {.job = job};
    if (job->level < 1 || job->level > 3)
        return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: level %d, expected 1 to 3", job->level);
    HONE_TRY(llvm_open(&c.api, err));
    HONE_TRY(llvm_machine_check(job->arch, job->cpu, job->features, &c.family, err));
    enum hone_status status = compile(&c, out_binary, err);
    if (c.module) c.api->DisposeModule(c.module);
    if (c.context) c.api->ContextDispose(c.context);
    if (c.machine) c.api->DisposeTargetMachine(c.machine);
    if (status != HONE_OK) hone_binary_release(out_binary);
    return status;
}

enum hone_status llvm_version(char *out_text, size_t capacity, struct hone_error *err)
{
    const struct llvm_api *api;
    HONE_TRY(llvm_open(&api, err));
    if (strlen(api->version) >= capacity)
        return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: no room for the version text");
    strcpy(out_text, api->version);
    return HONE_OK;
}
