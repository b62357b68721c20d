/* SPDX-License-Identifier: MIT */
/* batch_driver PACKAGE SCRIPT LOGITS THREADS SEQS PAGES: runs a script of forwards on one session.
 *
 *   forward SEQ:none|last|all:ID,ID,...  [more entries]    logits asked for are appended to LOGITS
 *   fail STATUS ENTRIES...                                 a forward that must fail with STATUS
 *   truncate SEQ N
 *   greedy SEQ N     N times: the likeliest of the last row is printed, fed, its logits appended */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/hone.h"

enum { MAX_LINE = 1 << 20, MAX_ENTRIES = 256, MAX_IDS = 1 << 17 };

struct driver {
    struct hone_model *model;
    struct hone_session *session;
    struct hone_model_info info;
    FILE *script, *logits;
    unsigned line;
    int32_t ids[MAX_IDS];
    struct hone_batch_entry entries[MAX_ENTRIES];
    struct hone_error err;
};

static int complain(const struct driver *d, const char *what)
{
    fprintf(stderr, "batch_driver: line %u: %s\n", d->line, what);
    return 1;
}

static int write_rows(struct driver *d)
{
    for (uint32_t row = 0; row < hone_n_logits(d->session); row++)
        if (fwrite(hone_logits(d->session, row), sizeof(float), d->info.n_vocab, d->logits) !=
            d->info.n_vocab)
            return complain(d, "cannot write logits");
    return 0;
}

static int parse_mode(const char *text, size_t length, enum hone_logits_of *out_mode)
{
    static const char *const modes[] = {"none", "last", "all"};
    for (int i = 0; i < 3; i++)
        if (strlen(modes[i]) == length && memcmp(modes[i], text, length) == 0) {
            *out_mode = (enum hone_logits_of)i;
            return 0;
        }
    return 1;
}

/* "SEQ:MODE:ID,ID" */
static int parse_entry(char *word, struct hone_batch_entry *entry, int32_t *ids, size_t *n_ids)
{
    char *mode, *at;
    entry->seq = (uint32_t)strtoul(word, &mode, 10);
    if (*mode++ != ':' || !(at = strchr(mode, ':'))) return 1;
    if (parse_mode(mode, (size_t)(at - mode), &entry->logits) != 0) return 1;
    entry->tokens = ids + *n_ids;
    while ((*at == ':' || *at == ',') && at[1] && *n_ids < MAX_IDS) {
        ids[(*n_ids)++] = (int32_t)strtol(at + 1, &at, 10);
        entry->n_tokens++;
    }
    return *at != '\0' && strcmp(at, ":") != 0;
}

static int run_forward(struct driver *d, char *words, const char *expected)
{
    uint32_t n_entries = 0;
    size_t n_ids = 0;
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        if (n_entries == MAX_ENTRIES) return complain(d, "too many entries");
        d->entries[n_entries] = (struct hone_batch_entry){0};
        if (parse_entry(word, &d->entries[n_entries++], d->ids, &n_ids) != 0)
            return complain(d, "an entry is SEQ:MODE:ID,ID,...");
    }
    enum hone_status status = hone_forward(d->session, d->entries, n_entries, &d->err);
    if (strcmp(hone_status_name(status), expected) == 0)
        return status == HONE_OK ? write_rows(d) : 0;
    return complain(d, status == HONE_OK ? "should have failed" : d->err.text);
}

static int run_fail(struct driver *d, char *words)
{
    char *entries = strchr(words, ' ');
    if (!entries) return complain(d, "fail STATUS ENTRIES");
    *entries++ = '\0';
    for (char *c = words; *c; c++)
        if (*c == '-') *c = ' ';
    return run_forward(d, entries, words);
}

static int run_truncate(struct driver *d, const char *words)
{
    unsigned seq, n_positions;
    if (sscanf(words, "%u %u", &seq, &n_positions) != 2) return complain(d, "truncate SEQ N");
    if (hone_seq_truncate(d->session, seq, n_positions, &d->err) != HONE_OK)
        return complain(d, d->err.text);
    if (hone_seq_length(d->session, seq) != n_positions) return complain(d, "length after a cut");
    return 0;
}

static int run_greedy(struct driver *d, const char *words, void *work)
{
    unsigned seq, n;
    if (sscanf(words, "%u %u", &seq, &n) != 2) return complain(d, "greedy SEQ N");
    struct hone_sampler sampler = {.temperature = 0};
    for (unsigned i = 0; i < n; i++) {
        const float *row = hone_logits(d->session, hone_n_logits(d->session) - 1);
        int32_t token = hone_sample(&sampler, row, d->info.n_vocab, work);
        struct hone_batch_entry entry = {seq, 1, &token, HONE_LOGITS_LAST};
        printf("%d\n", token);
        if (hone_forward(d->session, &entry, 1, &d->err) != HONE_OK)
            return complain(d, d->err.text);
        if (write_rows(d) != 0) return 1;
    }
    return 0;
}

static int run_line(struct driver *d, char *line, void *work)
{
    char *rest = strchr(line, ' ');
    if (!rest) return complain(d, "a command and its arguments");
    *rest++ = '\0';
    if (strcmp(line, "forward") == 0) return run_forward(d, rest, "ok");
    if (strcmp(line, "fail") == 0) return run_fail(d, rest);
    if (strcmp(line, "truncate") == 0) return run_truncate(d, rest);
    if (strcmp(line, "greedy") == 0) return run_greedy(d, rest, work);
    return complain(d, "unknown command");
}

static int run_script(struct driver *d)
{
    char *line = malloc(MAX_LINE);
    void *work = malloc(hone_sample_work_bytes(d->info.n_vocab));
    int failed = !line || !work;
    for (d->line = 1; !failed && fgets(line, MAX_LINE, d->script); d->line++) {
        line[strcspn(line, "\n")] = '\0';
        failed = run_line(d, line, work);
    }
    free(work);
    free(line);
    return failed;
}

static int open_all(struct driver *d, char **argv)
{
    struct hone_session_options options = {.struct_size = sizeof options,
                                           .n_threads = (uint32_t)atoi(argv[4]),
                                           .n_seqs = (uint32_t)atoi(argv[5]),
                                           .n_pages = (uint32_t)atoi(argv[6])};
    d->script = fopen(argv[2], "r");
    d->logits = fopen(argv[3], "wb");
    if (!d->script || !d->logits) return complain(d, "a file cannot be opened");
    if (hone_open(argv[1], NULL, &d->model, &d->err) != HONE_OK ||
        hone_session_create(d->model, &options, &d->session, &d->err) != HONE_OK)
        return complain(d, d->err.text);
    hone_model_info(d->model, &d->info);
    return 0;
}

int main(int argc, char **argv)
{
    struct driver *d = calloc(1, sizeof *d);
    if (argc != 7 || !d) {
        fputs("usage: batch_driver PACKAGE SCRIPT LOGITS THREADS SEQS PAGES\n", stderr);
        free(d);
        return 2;
    }
    int failed = open_all(d, argv) || run_script(d);
    if (d->logits && fclose(d->logits) != 0) failed = 1;
    if (d->script) fclose(d->script);
    hone_session_close(d->session);
    hone_close(d->model);
    free(d);
    return failed;
}
