/* SPDX-License-Identifier: MIT */
/* Text to token ids and back, over one read-only tokenizer section (section.h). */
#ifndef HONE_TEXT_TOKENIZER_H
#define HONE_TEXT_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HONE_TOKEN_NONE = -1 };

struct hone_tokenizer; /* immutable after open: any number of threads may share it */

/* Checks the whole section before returning; the bytes must outlive the tokenizer and are never
 * written. HONE_ERR_FORMAT, HONE_ERR_VERSION, HONE_ERR_NO_MEMORY. */
enum hone_status hone_tokenizer_open(const void *section, size_t n_bytes,
                                     struct hone_tokenizer **out_tokenizer, struct hone_error *err);

/* NULL is fine. */
void hone_tokenizer_close(struct hone_tokenizer *tokenizer);

/* What the vocabulary says; ids are HONE_TOKEN_NONE where it has none. */
struct hone_tokenizer_info {
    uint32_t n_tokens;
    int32_t bos, eos, eot, eom, unk;
    bool add_bos, add_eos;
    const char *model;         /* "spm" or "bpe" */
    const char *pre;           /* name of the pre-tokenizer, not terminated; may be empty */
    size_t pre_bytes;          /* its length */
    const char *chat_template; /* not terminated; NULL when there is none */
    size_t chat_template_bytes;
    uint32_t max_piece_bytes; /* the longest hone_detokenize result */
};
void hone_tokenizer_info(const struct hone_tokenizer *tokenizer,
                         struct hone_tokenizer_info *out_info);

struct hone_tokenize_options {
    bool add_special;   /* put BOS and EOS where the vocabulary asks for them */
    bool parse_special; /* text such as "<|eot_id|>" becomes the control token of that name */
};

/* Writes at most `capacity` ids; *out_n is the number the text has, so that a call with capacity 0
 * (and ids NULL) counts. options NULL: both off. Bytes that are not UTF-8 are read as U+FFFD, one
 * for each maximal part of a sequence. Scratch memory is taken and returned within the call.
 * HONE_ERR_LIMIT when `capacity` is too small (the first ids are there), or the text is over 256
 * MiB; HONE_ERR_NO_MEMORY. */
enum hone_status hone_tokenize(const struct hone_tokenizer *tokenizer, const char *text,
                               size_t n_bytes, const struct hone_tokenize_options *options,
                               int32_t *ids, size_t capacity, size_t *out_n,
                               struct hone_error *err);

/* The bytes of one token, in place: not terminated, often not whole UTF-8 characters. Control
 * tokens give their name. HONE_ERR_ARGUMENT for an id that is not in the vocabulary. */
enum hone_status hone_detokenize(const struct hone_tokenizer *tokenizer, int32_t id,
                                 const char **out_bytes, size_t *out_n, struct hone_error *err);

/* True for tokens that end a generation (end of text, of turn, of message). */
bool hone_tokenizer_is_stop(const struct hone_tokenizer *tokenizer, int32_t id);
/* True for tokens that are not part of the text (control and unknown). */
bool hone_tokenizer_is_control(const struct hone_tokenizer *tokenizer, int32_t id);

/* Text of a generation as it comes: only whole UTF-8 characters leave, the rest waits. What can
 * never become a character leaves as U+FFFD. Zero the struct, set tokenizer and the flags. */
struct hone_text_stream {
    const struct hone_tokenizer *tokenizer;
    bool show_control;     /* else control tokens give no text */
    bool drop_first_space; /* for whole texts of SPM vocabularies that prepend one */
    uint8_t n_carry;
    uint8_t carry[4];
};

/* Bytes of `out` that any push or flush may need. */
size_t hone_text_stream_capacity(const struct hone_tokenizer *tokenizer);

/* Appends one token; writes what is complete to out (not terminated). Allocates nothing.
 * HONE_ERR_ARGUMENT for a bad id, HONE_ERR_LIMIT when capacity is under
 * hone_text_stream_capacity(). */
enum hone_status hone_text_stream_push(struct hone_text_stream *stream, int32_t id, char *out,
                                       size_t capacity, size_t *out_n, struct hone_error *err);

/* The end: what still waits leaves as U+FFFD; out has room for 4 bytes. Returns their number. */
size_t hone_text_stream_flush(struct hone_text_stream *stream, char *out);

#ifdef __cplusplus
}
#endif
#endif
