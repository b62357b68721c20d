/* SPDX-License-Identifier: MIT */
/* What the commands of hone-run share: an open model with its session, and the clock. */
#ifndef HONE_CLI_COMMAND_H
#define HONE_CLI_COMMAND_H

#include "runtime/cli/options.h"
#include "runtime/hone.h"

struct loaded {
    struct hone_model *model;
    struct hone_session *session;
    struct hone_model_info info;
};

struct load_options {
    uint32_t n_threads; /* 0: one per processor */
    uint32_t n_seqs;
    uint32_t weights; /* enum hone_weights_place */
};

/* On failure nothing stays open. */
enum hone_status load(const char *path, const struct load_options *options,
                      struct loaded *out_loaded, struct hone_error *err);
void unload(struct loaded *loaded);

/* Appends tokens to sequence 0 in chunks of at most `chunk`, with logits of the last one. */
enum hone_status feed(struct loaded *loaded, const int32_t *tokens, uint32_t n_tokens,
                      uint32_t chunk, struct hone_error *err);

/* A value of the package's info, "?" where it has none. */
void info_text(const struct hone_model *model, const char *key, char *out_text, size_t capacity);

/* Family of the device in capitals: "CPU", "CUDA". */
void backend_name(const struct hone_model *model, char *out_text, size_t capacity);

/* A row of logits of the last forward; HONE_ERR_DEVICE when it cannot be fetched. */
enum hone_status logits_of(const struct loaded *loaded, uint32_t row, const float **out_logits,
                           struct hone_error *err);

/* Places by name, "mapped" or "mapped,huge", at most `capacity`; NULL is one, mapped. */
enum hone_status parse_weights(const char *text, uint32_t capacity, uint32_t *out_places,
                               uint32_t *out_n_places, struct hone_error *err);
extern const char *const weights_names[]; /* by enum hone_weights_place */

uint64_t now_ns(void);

/* Runs a command; `argv` begins after its name. */
typedef enum hone_status command_function(int argc, char **argv, struct hone_error *err);

struct command {
    const char *name;
    const struct command_line *line;
    command_function *run;
};

extern const struct command command_run, command_eval, command_bench, command_compare;

#endif
