/* SPDX-License-Identifier: MIT */
/* Templates: text in a target's language with generator logic on lines of its own. The engine
 * knows no target. The language reference is README.md. */
#ifndef HONE_TEMPLATE_TEMPLATE_H
#define HONE_TEMPLATE_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "codegen/template/expr.h"
#include "runtime/base/status.h"

/* Part of every code key: raised whenever the same template could render differently. */
enum { HONE_TEMPLATE_ENGINE_VERSION = 1 };

/* Gives the text of `path` (relative to the templates root, '/' separated, never "..", never
 * absolute) in memory from malloc, which the library takes over. */
struct hone_template_loader {
    enum hone_status (*load)(void *context, const char *path, char **out_text, size_t *out_bytes,
                             struct hone_error *err);
    void *context;
    const char *display; /* put before each path in messages ("templates/"); copied */
};

/* The files of one templates root, each read and parsed once, when first needed. Not thread safe:
 * one library per thread. */
struct hone_template_library;

enum hone_status hone_template_library_open(const struct hone_template_loader *loader,
                                            struct hone_template_library **out_library,
                                            struct hone_error *err);
/* Files below `root`; messages name them from the root folder's own name on. */
enum hone_status hone_template_library_open_dir(const char *root,
                                                struct hone_template_library **out_library,
                                                struct hone_error *err);
void hone_template_library_close(struct hone_template_library *library);

struct hone_template_param {
    const char *name, *description;
};

/* A parsed template; borrowed from its library. Everything is read only. */
struct hone_template {
    const char *path;  /* relative to the root */
    const char *name;  /* $template */
    const char *space; /* $space; "" for a template of no space */
    const struct hone_template_param *params;
    size_t n_params;
    const struct hone_template_file *file; /* private */
};

/* NOT_FOUND or IO from the loader, TEMPLATE when it does not parse or has no header block. */
enum hone_status hone_template_load(struct hone_template_library *library, const char *path,
                                    const struct hone_template **out_template,
                                    struct hone_error *err);

enum { HONE_TEMPLATE_PLACE_BYTES = 192 };

/* Start with a zeroed struct; zero or NULL means the default. */
struct hone_render_options {
    const char *comment;    /* leader of the comment that opens the output, ";" by default */
    const char *config;     /* "MR=4 NV=2", for messages; by default all parameters */
    uint64_t n_bytes_limit; /* output, 16 MiB */
    uint64_t n_steps_limit; /* lines and directives run, 4 million */
    /* Where line `find_line` of the output (from 1) comes from: "templates/v:3 (called from
     * templates/t:12)" goes to `out_place`, "" when no line of a template wrote it. */
    uint32_t find_line;
    char *out_place; /* HONE_TEMPLATE_PLACE_BYTES */
};

/* Renders with the parameters the template declares, read from `env`; no other name of `env` can
 * be seen from the template, so the opening comment of the output states all that it depends on.
 * *out_text is terminated and freed by the caller. TEMPLATE, LIMIT, NO_MEMORY, or what the loader
 * said. The library is not const: an $include may add a file to it. */
enum hone_status hone_template_render(struct hone_template_library *library,
                                      const struct hone_template *tmpl, const struct hone_env *env,
                                      const struct hone_render_options *options, char **out_text,
                                      size_t *out_bytes, struct hone_error *err);

#endif
