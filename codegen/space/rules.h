/* SPDX-License-Identifier: MIT */
/* What the parts of codegen/space share beside the public header. Private. */
#ifndef HONE_SPACE_RULES_H
#define HONE_SPACE_RULES_H

#include "codegen/space/space.h"

/* The static text of a grid rule's name, NULL when there is no such rule. */
const char *rules_find_grid(const char *name);

/* Fails with "file: message". */
enum hone_status rules_fail(const struct hone_space *space, struct hone_error *err,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets one parameter in `env` to the value of that index. */
enum hone_status rules_bind(const struct hone_space *space, size_t parameter, size_t index,
                            struct hone_env *env, struct hone_error *err);

/* What a message quotes from hostile text may not break its line. */
static inline void rules_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

#endif
