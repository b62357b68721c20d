/* SPDX-License-Identifier: MIT */
/* The expression language of templates and search spaces: parsed once, evaluated many times.
 * Values are int64, double and text; truth is an int. The language reference is README.md. */
#ifndef HONE_TEMPLATE_EXPR_H
#define HONE_TEMPLATE_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

enum hone_value_kind { HONE_VALUE_INT, HONE_VALUE_FLOAT, HONE_VALUE_TEXT };

struct hone_value {
    enum hone_value_kind kind;
    union {
        int64_t i;
        double f; /* always finite */
        const char *text;
    };
};

/* Names with values; a name missing here is looked up in the parent. Names and texts are copied.
 * Not thread safe while being written; a parent must outlive its children. */
struct hone_env_entry;
struct hone_env {
    const struct hone_env *parent;
    struct hone_env_entry *entries;
    size_t n_entries, capacity;
};

void hone_env_init(struct hone_env *env, const struct hone_env *parent);
void hone_env_release(struct hone_env *env);

/* Define a name in this env, or give it a new value. A name is a letter or '_', then letters,
 * digits and '_'; doubles must be finite. ARGUMENT, NO_MEMORY. */
enum hone_status hone_env_set_int(struct hone_env *env, const char *name, int64_t value,
                                  struct hone_error *err);
enum hone_status hone_env_set_float(struct hone_env *env, const char *name, double value,
                                    struct hone_error *err);
enum hone_status hone_env_set_text(struct hone_env *env, const char *name, const char *value,
                                   struct hone_error *err);
enum hone_status hone_env_set(struct hone_env *env, const char *name,
                              const struct hone_value *value, struct hone_error *err);

/* False when neither this env nor a parent has the name. Texts are borrowed from the env. */
bool hone_env_get(const struct hone_env *env, const char *name, struct hone_value *out_value);

/* The i-th name of this env (not of its parents); false past the last one. Borrowed. */
bool hone_env_at(const struct hone_env *env, size_t i, const char **out_name,
                 struct hone_value *out_value);

/* Removes a name from this env (not from its parents); nothing happens when it is not there. */
void hone_env_unset(struct hone_env *env, const char *name);

/* Where an expression stands; errors read "file:line:column: message". `file` may be any text and
 * must outlive the expression. Lines and columns count from 1, columns in bytes. */
struct hone_place {
    const char *file;
    unsigned line, column;
};

struct hone_expr;

/* Parses all of `text` (copied) into the arena, which owns the result. TEMPLATE, NO_MEMORY. */
enum hone_status hone_expr_parse(const char *text, size_t n_bytes, const struct hone_place *place,
                                 struct hone_arena *arena, const struct hone_expr **out_expr,
                                 struct hone_error *err);

/* Names that stand for expressions. */
struct hone_expr_let {
    const char *name;
    const struct hone_expr *expr;
};

/* As above; a name of `lets` is what it stands for, as if written there in parentheses. They must
 * live as long as the arena. */
enum hone_status hone_expr_parse_with(const char *text, size_t n_bytes,
                                      const struct hone_place *place,
                                      const struct hone_expr_let *lets, size_t n_lets,
                                      struct hone_arena *arena, const struct hone_expr **out_expr,
                                      struct hone_error *err);

/* Parses the longest expression at the start of `text` and says where it ended; what follows it is
 * the caller's. */
enum hone_status hone_expr_parse_prefix(const char *text, size_t n_bytes,
                                        const struct hone_place *place, struct hone_arena *arena,
                                        const struct hone_expr **out_expr, size_t *out_used,
                                        struct hone_error *err);

/* Texts in *out_value live in the env, the expression or `scratch`. TEMPLATE, NO_MEMORY. */
enum hone_status hone_expr_eval(const struct hone_expr *expr, const struct hone_env *env,
                                struct hone_arena *scratch, struct hone_value *out_value,
                                struct hone_error *err);

/* As above for a result that must be of one type; a number is true when it is not zero. */
enum hone_status hone_expr_eval_int(const struct hone_expr *expr, const struct hone_env *env,
                                    int64_t *out_value, struct hone_error *err);
enum hone_status hone_expr_eval_bool(const struct hone_expr *expr, const struct hone_env *env,
                                     bool *out_value, struct hone_error *err);
enum hone_status hone_expr_eval_text(const struct hone_expr *expr, const struct hone_env *env,
                                     struct hone_arena *scratch, const char **out_text,
                                     struct hone_error *err);

/* The source text of the expression (of what it stands for, when it is one name of `lets`), and
 * whether it mentions a name. */
const char *hone_expr_source(const struct hone_expr *expr);
bool hone_expr_uses(const struct hone_expr *expr, const char *name);

/* Fails with "file:line:column: message" for the byte at `offset` of the expression. */
enum hone_status hone_expr_fail(const struct hone_expr *expr, size_t offset, struct hone_error *err,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Prints a value as templates do: %lld, %.17g or the text itself. Returns what snprintf would. */
int hone_value_print(const struct hone_value *value, char *out_text, size_t n_bytes);

bool hone_value_equal(const struct hone_value *a, const struct hone_value *b);

#endif
