/* SPDX-License-Identifier: MIT */
/* hone.h - run a packaged model: open, make a session, forward batches, read logits, sample.
 *
 * After a session is made nothing is compiled, allocated, or opened any more; memory needs are
 * known before it is made. A model may be shared by threads and sessions; a session belongs to one
 * thread at a time. Every call that can fail returns a status and, if asked, a one-line diagnostic.
 * Handles are opaque; NULL is accepted by every close function. */
#ifndef HONE_H
#define HONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_VERSION "0.1.0"

struct hone_model;
struct hone_session;

/* Where the weights lie while a model is open. */
enum hone_weights_place {
    HONE_WEIGHTS_MAPPED = 0, /* in the file's pages: no start time, shared between processes */
    HONE_WEIGHTS_HUGE = 1    /* copied to huge pages of this process: less work for the MMU at each
                                forward, paid with weight_bytes of memory and the time of a copy */
};

struct hone_open_options {
    size_t struct_size;     /* set to sizeof, always */
    uint32_t check_weights; /* 1: hash every weight chunk as well (reads the whole file) */
    /* Called with the manifest hash and the signature section (NULL, 0 when unsigned); any status
     * but HONE_OK refuses the package. NULL: signatures are not looked at. */
    enum hone_status (*verify_signature)(void *context, const uint8_t manifest_hash[32],
                                         const void *signature, size_t n_bytes,
                                         struct hone_error *err);
    void *verify_context;
    uint32_t weights;        /* enum hone_weights_place */
    uint32_t weight_threads; /* that copy them; 0 = one per online CPU */
    /* Family of the device to run on, "cpu" or "cuda". NULL: the environment's HONE_DEVICE, else
     * the best of those that the package has a plan for and this machine has. */
    const char *device;
};

/* Maps the file, checks manifest, target, code, plan and tokenizer; weights only when asked.
 * HONE_ERR_FORMAT, _VERSION, _REFUSED (hash), _TARGET (not for this machine), _NOT_FOUND, _IO.
 * `options` may be NULL. On failure *out_model is NULL. */
enum hone_status hone_open(const char *path, const struct hone_open_options *options,
                           struct hone_model **out_model, struct hone_error *err);
void hone_close(struct hone_model *model);

struct hone_model_info {
    uint32_t n_vocab;
    uint32_t max_context; /* positions per sequence */
    uint32_t max_tokens;  /* rows in one forward */
    uint32_t max_seqs;
    uint32_t max_out;           /* rows with logits in one forward */
    uint32_t page_tokens;       /* positions per KV page */
    uint64_t kv_bytes_per_page; /* all layers, K and V */
    uint64_t weight_bytes;
    uint64_t package_bytes;
    uint64_t weight_copy_bytes; /* of memory that hone_open took for weights: 0 when mapped */
};
void hone_model_info(const struct hone_model *model, struct hone_model_info *out_info);

/* Family and architecture of the plan that runs, "cuda:sm_90a"; lives as long as the model. */
const char *hone_model_target(const struct hone_model *model);

/* Value of a key of the INFO section ("name", "architecture", "type", "parameters", ...) copied
 * into `out_text`; HONE_ERR_NOT_FOUND. */
enum hone_status hone_model_text(const struct hone_model *model, const char *key, char *out_text,
                                 size_t capacity);

/* The tokenizer section, for libhone_text; lives as long as the model. */
const void *hone_model_tokenizer(const struct hone_model *model, size_t *out_bytes);

struct hone_session_options {
    size_t struct_size;
    uint32_t n_threads;  /* 0 = one per online CPU */
    uint32_t n_seqs;     /* sequences at once; 0 = 1; at most max_seqs */
    uint32_t n_pages;    /* KV pages shared by all; 0 = enough for n_seqs full contexts */
    uint32_t huge_pages; /* 1: KV and activations in huge pages */
};

/* Bytes that hone_session_create will map for these options (KV + activations + scratch). A copy
 * of the weights belongs to the model: hone_model_info tells. */
enum hone_status hone_session_bytes(const struct hone_model *model,
                                    const struct hone_session_options *options, uint64_t *out_bytes,
                                    struct hone_error *err);
enum hone_status hone_session_create(struct hone_model *model,
                                     const struct hone_session_options *options,
                                     struct hone_session **out_session, struct hone_error *err);
void hone_session_close(struct hone_session *session);

/* Threads that forwards run on, the caller's included. */
uint32_t hone_session_threads(const struct hone_session *session);

enum hone_logits_of { HONE_LOGITS_NONE = 0, HONE_LOGITS_LAST = 1, HONE_LOGITS_ALL = 2 };

/* One sequence's part of a batch: its next tokens, appended after what it holds. */
struct hone_batch_entry {
    uint32_t seq; /* 0 .. n_seqs - 1; each at most once in a batch */
    uint32_t n_tokens;
    const int32_t *tokens;
    enum hone_logits_of logits;
};

/* Runs one step over a mix of prompt chunks and decode tokens. HONE_ERR_LIMIT when rows, output
 * rows, context or KV pages do not suffice, HONE_ERR_ARGUMENT for an id outside the vocabulary or a
 * sequence named twice; then nothing has changed. Allocates nothing. */
enum hone_status hone_forward(struct hone_session *session, const struct hone_batch_entry *entries,
                              uint32_t n_entries, struct hone_error *err);

/* Logits of the last forward, f32 [n_vocab]: row i of those asked for, in batch order. NULL when
 * there is no such row, or a device with memory of its own was lost before it gave them. Valid
 * until the next forward. */
const float *hone_logits(const struct hone_session *session, uint32_t row);
uint32_t hone_n_logits(const struct hone_session *session);

/* Positions a sequence holds; cut it back to `n_positions` (0 empties it and frees its pages). */
uint32_t hone_seq_length(const struct hone_session *session, uint32_t seq);
enum hone_status hone_seq_truncate(struct hone_session *session, uint32_t seq, uint32_t n_positions,
                                   struct hone_error *err);

/* Names and nanoseconds of the steps of the next forwards; NULL stops profiling. Arrays are the
 * caller's, `capacity` long; *out_n is set by each forward. */
struct hone_profile {
    const char **names;
    uint64_t *ns;
    size_t capacity;
    size_t n_steps;
    /* NULL, or [capacity][n_workers][2]: when each worker began and ended its part of a step, in
     * nanoseconds of one clock, both 0 where it had no part; ns[] is then from the first begin to
     * the last end. n_workers is the session's number of threads; with another, or on a device
     * without such a clock, they stay as they are. */
    uint64_t *spans;
    uint32_t n_workers;
};
void hone_session_profile(struct hone_session *session, struct hone_profile *profile);

/* Sampling. temperature 0 takes the largest logit (lowest id on ties). top_k 0 and top_p 1 are off.
 * The same seed and logits give the same tokens on every machine that gives the same logits. */
struct hone_sampler {
    float temperature;
    uint32_t top_k;
    float top_p;
    uint64_t state; /* set to the seed; advanced by each draw */
};
/* `work` holds n_vocab pairs of scratch: hone_sample_work_bytes(n_vocab). No allocation. */
size_t hone_sample_work_bytes(uint32_t n_vocab);
int32_t hone_sample(struct hone_sampler *sampler, const float *logits, uint32_t n_vocab,
                    void *work);

const char *hone_version(void);

#ifdef __cplusplus
}
#endif
#endif
