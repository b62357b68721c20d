/* SPDX-License-Identifier: MIT */
/* hone-run eval: logits of given tokens, for comparison with any other evaluation. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/file.h"
#include "runtime/cli/command.h"

static struct {
    const char *tokens, *logits;
    uint32_t n_threads, chunk;
} asked;

static const struct option options[] = {
    {0, "tokens", OPTION_TEXT, &asked.tokens, "FILE", "ids as text, a sequence a line"},
    {0, "logits", OPTION_TEXT, &asked.logits, "OUT", "f32 rows, one for each token"},
    {'t', "threads", OPTION_U32, &asked.n_threads, "T", "threads; one per CPU"},
    {0, "chunk", OPTION_U32, &asked.chunk, "N", "tokens in one forward"},
};

static const struct command_line line = {
    .usage = "eval PACKAGE --tokens FILE --logits OUT [--chunk N] [-t T]",
    .purpose = "Writes the logits of every token of the sequences in a file.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

enum { MAX_FILE_BYTES = 1 << 28 };

/* Shows what is there in place of an id; the file may hold anything. */
static enum hone_status fail_no_id(const char *text, uint32_t line_number, struct hone_error *err)
{
    int n = 0;
    while (n < 12 && text[n] > ' ' && text[n] <= '~' && text[n] != ',') n++;
    if (n > 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: line %u: '%.*s' is no token id", asked.tokens,
                         line_number, n, text);
    return hone_fail(err, HONE_ERR_FORMAT, "%s: line %u: byte 0x%02x is no token id", asked.tokens,
                     line_number, (unsigned char)*text);
}

/* One line of ids, from *text on; *text moves to the next line. */
static enum hone_status read_line(const char **text, uint32_t line_number, uint32_t n_vocab,
                                  int32_t *tokens, uint32_t capacity, uint32_t *out_n,
                                  struct hone_error *err)
{
    for (*out_n = 0;;) {
        *text += strspn(*text, " \t\r,");
        if (**text == '\n' || **text == '\0') break;
        char *end;
        errno = 0;
        long id = strtol(*text, &end, 10);
        if (end == *text || errno) return fail_no_id(*text, line_number, err);
        if (id < 0 || id >= (long)n_vocab)
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: line %u: token %ld is not in the vocabulary of %u", asked.tokens,
                             line_number, id, n_vocab);
        if (*out_n == capacity)
            return hone_fail(err, HONE_ERR_LIMIT,
                             "%s: line %u has more tokens than the context of %u", asked.tokens,
                             line_number, capacity);
        tokens[(*out_n)++] = (int32_t)id;
        *text = end;
    }
    *text += **text == '\n';
    return HONE_OK;
}

static enum hone_status write_rows(const struct loaded *loaded, FILE *out, struct hone_error *err)
{
    for (uint32_t row = 0; row < hone_n_logits(loaded->session); row++) {
        const float *logits;
        HONE_TRY(logits_of(loaded, row, &logits, err));
        if (fwrite(logits, sizeof(float), loaded->info.n_vocab, out) != loaded->info.n_vocab)
            return hone_fail(err, HONE_ERR_IO, "%s: cannot write: %s", asked.logits,
                             strerror(errno));
    }
    return HONE_OK;
}

static enum hone_status eval_sequence(struct loaded *loaded, const int32_t *tokens, uint32_t n,
                                      uint32_t chunk, FILE *out, struct hone_error *err)
{
    HONE_TRY(hone_seq_truncate(loaded->session, 0, 0, err));
    for (uint32_t at = 0; at < n; at += chunk) {
        struct hone_batch_entry entry = {
            .n_tokens = n - at < chunk ? n - at : chunk,
            .tokens = tokens + at,
            .logits = HONE_LOGITS_ALL,
        };
        HONE_TRY(hone_forward(loaded->session, &entry, 1, err));
        HONE_TRY(write_rows(loaded, out, err));
    }
    return HONE_OK;
}

static enum hone_status eval_text(struct loaded *loaded, const char *text, FILE *out,
                                  struct hone_error *err)
{
    const struct hone_model_info *info = &loaded->info;
    uint32_t most = info->max_out < info->max_tokens ? info->max_out : info->max_tokens;
    uint32_t chunk = asked.chunk && asked.chunk < most ? asked.chunk : most, n;
    int32_t *tokens = malloc(info->max_context * sizeof *tokens);
    if (!tokens) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a sequence");
    enum hone_status status = HONE_OK;
    for (uint32_t number = 1; status == HONE_OK && *text; number++) {
        status = read_line(&text, number, info->n_vocab, tokens, info->max_context, &n, err);
        if (status == HONE_OK) status = eval_sequence(loaded, tokens, n, chunk, out, err);
    }
    free(tokens);
    return status;
}

/* Where rows go until all are there: a file beside the one asked for, or that itself where it is a
 * pipe or a device. */
struct output {
    FILE *file;
    char temporary[4096]; /* "" for none */
};

static enum hone_status fail_output(const char *what, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_IO, "%s: cannot %s: %s", asked.logits, what, strerror(errno));
}

static enum hone_status open_output(struct output *out, struct hone_error *err)
{
    struct stat info;
    out->temporary[0] = '\0';
    if (stat(asked.logits, &info) == 0 && !S_ISREG(info.st_mode)) {
        out->file = fopen(asked.logits, "wbe");
        return out->file ? HONE_OK : fail_output("open", err);
    }
    int length = snprintf(out->temporary, sizeof out->temporary, "%s.XXXXXX", asked.logits);
    if (length < 0 || (size_t)length >= sizeof out->temporary)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--logits: the path is too long");
    int fd = mkostemp(out->temporary, O_CLOEXEC);
    if (fd < 0) return fail_output("create a file beside it", err);
    fchmod(fd, 0644);
    out->file = fdopen(fd, "wb");
    if (out->file) return HONE_OK;
    enum hone_status status = fail_output("open", err);
    close(fd);
    unlink(out->temporary);
    return status;
}

static enum hone_status close_output(struct output *out, enum hone_status status,
                                     struct hone_error *err)
{
    if (fclose(out->file) != 0 && status == HONE_OK) status = fail_output("write", err);
    if (out->temporary[0] == '\0') return status;
    if (status == HONE_OK && rename(out->temporary, asked.logits) != 0)
        status = fail_output("put it in place", err);
    if (status != HONE_OK) unlink(out->temporary);
    return status;
}

static enum hone_status eval_file(struct loaded *loaded, const char *text, struct hone_error *err)
{
    struct output out;
    HONE_TRY(open_output(&out, err));
    return close_output(&out, eval_text(loaded, text, out.file, err), err);
}

static enum hone_status eval(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    if (!asked.tokens || !asked.logits)
        return hone_fail(err, HONE_ERR_ARGUMENT, "usage: %s", line.usage);
    char *text;
    size_t n_bytes;
    HONE_TRY(hone_file_read(asked.tokens, MAX_FILE_BYTES, &text, &n_bytes, err));
    struct loaded loaded;
    enum hone_status status =
        load(path, &(struct load_options){.n_threads = asked.n_threads, .n_seqs = 1}, &loaded, err);
    if (status == HONE_OK) status = eval_file(&loaded, text, err);
    unload(&loaded);
    free(text);
    return status;
}

const struct command command_eval = {"eval", &line, eval};
