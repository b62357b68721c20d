/* SPDX-License-Identifier: MIT */
/* Typed access to the JSON of a search space, with errors that name the key. Private to
 * codegen/space. */
#ifndef HONE_SPACE_READER_H
#define HONE_SPACE_READER_H

#include <jansson.h>

#include "codegen/space/space.h"

enum { KEY_BYTES = 128 };

struct reader {
    struct hone_space *space;
    const char *text; /* of the file, to find the line of an expression */
    size_t n_bytes;
    struct hone_error *err;
};

/* What a plain text may be made of. */
enum word_kind {
    WORD_NAME,  /* letter or '_', then letters, digits, '_' */
    WORD_VALUE, /* letters, digits and _./+- : can stand in "NAME=value" */
    WORD_PATH,  /* as WORD_VALUE */
    WORD_ANY,
};

/* "file: key: message" */
enum hone_status reader_fail(const struct reader *r, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum hone_status reader_no_memory(const struct reader *r);

/* "list[3]" and "object.name", cut to fit. */
void reader_key(char out_key[KEY_BYTES], const char *list, size_t index);
void reader_member(char out_key[KEY_BYTES], const char *object, const char *name);

enum hone_status reader_word(const struct reader *r, const json_t *json, const char *key,
                             enum word_kind kind, const char **out_word);
/* As reader_word for the key of an object. */
enum hone_status reader_name(const struct reader *r, const char *name, const char *key,
                             const char **out_name);
enum hone_status reader_expr(const struct reader *r, const json_t *json, const char *key,
                             const struct hone_expr **out_expr);
enum hone_status reader_list(const struct reader *r, const json_t *json, const char *key,
                             size_t limit);
enum hone_status reader_object(const struct reader *r, const json_t *json, const char *key,
                               size_t limit);
/* All of `keys` must be there, and nothing that is in neither list. */
enum hone_status reader_keys(const struct reader *r, const json_t *object, const char *parent,
                             const char *const *keys, size_t n_keys, const char *const *optional,
                             size_t n_optional);

#endif
