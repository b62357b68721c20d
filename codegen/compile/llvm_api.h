/* SPDX-License-Identifier: MIT */
/* The functions of LLVM's C interface that we call, declared here so that no LLVM header is needed
 * to build, and opened late so that no LLVM is needed to start. */
#ifndef HONE_COMPILE_LLVM_API_H
#define HONE_COMPILE_LLVM_API_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum { LLVM_OLDEST = 19, LLVM_REFERENCE = 22 };

/* Values of LLVM's enumerations, the same from version 19 to 22. */
enum { LLVM_LINKAGE_EXTERNAL = 0, LLVM_LINKAGE_APPENDING = 7, LLVM_LINKAGE_INTERNAL = 8 };
enum { LLVM_RELOC_PIC = 2, LLVM_CODE_MODEL_SMALL = 3 };
enum { LLVM_FILE_ASSEMBLY = 0, LLVM_FILE_OBJECT = 1 };
enum { LLVM_VERIFY_RETURN_STATUS = 2, LLVM_SEVERITY_ERROR = 0 };
#define LLVM_FUNCTION_INDEX (~0u)

struct llvm_attribute;
struct llvm_buffer;
struct llvm_context;
struct llvm_data_layout;
struct llvm_diagnostic;
struct llvm_disassembler;
struct llvm_failure;
struct llvm_machine;
struct llvm_module;
struct llvm_pass_options;
struct llvm_target;
struct llvm_value;

typedef void llvm_diagnostic_handler(struct llvm_diagnostic *, void *);

/* clang-format off */
#define LLVM_FUNCTIONS(X)                                                                          \
    X(void, GetVersion, (unsigned *, unsigned *, unsigned *))                                      \
    X(struct llvm_context *, ContextCreate, (void))                                                \
    X(void, ContextDispose, (struct llvm_context *))                                               \
    X(void, ContextSetDiagnosticHandler,                                                           \
      (struct llvm_context *, llvm_diagnostic_handler *, void *))                                  \
    X(char *, GetDiagInfoDescription, (struct llvm_diagnostic *))                                  \
    X(int, GetDiagInfoSeverity, (struct llvm_diagnostic *))                                        \
    X(void, DisposeMessage, (char *))                                                              \
    X(struct llvm_buffer *, CreateMemoryBufferWithMemoryRangeCopy,                                 \
      (const char *, size_t, const char *))                                                        \
    X(const char *, GetBufferStart, (struct llvm_buffer *))                                        \
    X(size_t, GetBufferSize, (struct llvm_buffer *))                                               \
    X(void, DisposeMemoryBuffer, (struct llvm_buffer *))                                           \
    X(int, ParseIRInContext,                                                                       \
      (struct llvm_context *, struct llvm_buffer *, struct llvm_module **, char **))               \
    X(int, VerifyModule, (struct llvm_module *, int, char **))                                     \
    X(struct llvm_module *, CloneModule, (struct llvm_module *))                                   \
    X(void, DisposeModule, (struct llvm_module *))                                                 \
    X(void, SetTarget, (struct llvm_module *, const char *))                                       \
    X(void, SetModuleDataLayout, (struct llvm_module *, struct llvm_data_layout *))                \
    X(struct llvm_data_layout *, CreateTargetDataLayout, (struct llvm_machine *))                  \
    X(void, DisposeTargetData, (struct llvm_data_layout *))                                        \
    X(struct llvm_value *, GetNamedFunction, (struct llvm_module *, const char *))                 \
    X(struct llvm_value *, GetFirstFunction, (struct llvm_module *))                               \
    X(struct llvm_value *, GetNextFunction, (struct llvm_value *))                                 \
    X(struct llvm_value *, GetFirstGlobal, (struct llvm_module *))                                 \
    X(struct llvm_value *, GetNextGlobal, (struct llvm_value *))                                   \
    X(int, IsDeclaration, (struct llvm_value *))                                                   \
    X(int, GetLinkage, (struct llvm_value *))                                                      \
    X(void, SetLinkage, (struct llvm_value *, int))                                                \
    X(unsigned, GetEnumAttributeKindForName, (const char *, size_t))                               \
    X(struct llvm_attribute *, CreateEnumAttribute, (struct llvm_context *, unsigned, uint64_t))   \
    X(struct llvm_attribute *, CreateStringAttribute,                                              \
      (struct llvm_context *, const char *, unsigned, const char *, unsigned))                     \
    X(void, AddAttributeAtIndex, (struct llvm_value *, unsigned, struct llvm_attribute *))         \
    X(int, GetTargetFromTriple, (const char *, struct llvm_target **, char **))                    \
    X(struct llvm_machine *, CreateTargetMachine,                                                  \
      (struct llvm_target *, const char *, const char *, const char *, int, int, int))             \
    X(void, DisposeTargetMachine, (struct llvm_machine *))                                         \
    X(int, TargetMachineEmitToMemoryBuffer,                                                        \
      (struct llvm_machine *, struct llvm_module *, int, char **, struct llvm_buffer **))          \
    X(struct llvm_pass_options *, CreatePassBuilderOptions, (void))                                \
    X(void, DisposePassBuilderOptions, (struct llvm_pass_options *))                               \
    X(struct llvm_failure *, RunPasses,                                                            \
      (struct llvm_module *, const char *, struct llvm_machine *, struct llvm_pass_options *))     \
    X(char *, GetErrorMessage, (struct llvm_failure *))                                            \
    X(void, DisposeErrorMessage, (char *))                                                         \
    X(struct llvm_disassembler *, CreateDisasmCPUFeatures,                                         \
      (const char *, const char *, const char *, void *, int, void *, void *))                     \
    X(size_t, DisasmInstruction,                                                                   \
      (struct llvm_disassembler *, uint8_t *, uint64_t, uint64_t, char *, size_t))                 \
    X(void, DisasmDispose, (struct llvm_disassembler *))
/* clang-format on */

struct llvm_api {
    void *library;
    char version[32]; /* "llvm 22.1.8" */
#define LLVM_FIELD(type, name, arguments) type(*name) arguments;
    LLVM_FUNCTIONS(LLVM_FIELD)
#undef LLVM_FIELD
};

/* Opened once per process and never closed; read-only afterwards. NOT_FOUND lists what was tried.
 * The library named by HONE_LLVM is the only one tried when it is set. */
enum hone_status llvm_open(const struct llvm_api **out_api, struct hone_error *err);

#endif
