/* SPDX-License-Identifier: MIT */
/* Sessions over the fixture's model: batches, pages, limits, and what a forward may not do. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "package_fixture.h"
#include "runtime/hone.h"
#include "tests/unit/count_calls.h"

static struct fixture fixture;
static char *path;
static struct hone_model *model;

static int open_model(void **state)
{
    (void)state;
    struct hone_error err;
    if (!fixture_init(&fixture)) return -1;
    path = fixture_path();
    fixture_write(&fixture, path);
    if (hone_open(path, NULL, &model, &err) == HONE_OK) return 0;
    print_error("%s\n", err.text);
    return -1;
}

static int close_model(void **state)
{
    (void)state;
    hone_close(model);
    fixture_remove(path);
    return 0;
}

static struct hone_session *session_of(uint32_t n_threads, uint32_t n_seqs, uint32_t n_pages)
{
    struct hone_session *session;
    struct hone_error err;
    const struct hone_session_options options = {.struct_size = sizeof options,
                                                 .n_threads = n_threads,
                                                 .n_seqs = n_seqs,
                                                 .n_pages = n_pages};
    assert_int_equal(hone_session_create(model, &options, &session, &err), HONE_OK);
    return session;
}

static void expect_logits(const struct hone_session *session, uint32_t row, const int32_t *tokens,
                          uint32_t n)
{
    float expected[FIXTURE_VOCAB];
    fixture_logits(&fixture, tokens, n, expected);
    const float *logits = hone_logits(session, row);
    assert_non_null(logits);
    assert_memory_equal(logits, expected, sizeof expected);
}

static void make_tokens(int32_t *tokens, uint32_t n, uint32_t seed)
{
    for (uint32_t i = 0; i < n; i++) tokens[i] = (int32_t)((i * i * 3 + seed * 5 + i) % 11);
}

static void model_tells_its_envelope(void **state)
{
    (void)state;
    struct hone_model_info info;
    char text[32];
    size_t n_bytes;
    hone_model_info(model, &info);
    assert_int_equal(info.n_vocab, FIXTURE_VOCAB);
    assert_int_equal(info.max_context, FIXTURE_CONTEXT);
    assert_int_equal(info.max_tokens, FIXTURE_TOKENS);
    assert_int_equal(info.max_seqs, FIXTURE_SEQS);
    assert_int_equal(info.max_out, FIXTURE_OUT);
    assert_int_equal(info.page_tokens, FIXTURE_PAGE);
    assert_int_equal(info.kv_bytes_per_page, 40 + 16);
    assert_int_equal(info.weight_bytes, 64 + 44 + 100);
    assert_int_equal(hone_model_text(model, "architecture", text, sizeof text), HONE_OK);
    assert_string_equal(text, "sums");
    assert_int_equal(hone_model_text(model, "arch", text, sizeof text), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_model_text(model, "architecture", text, 4), HONE_ERR_LIMIT);
    assert_int_equal(hone_model_text(model, "architecture", text, 5), HONE_OK);
    assert_memory_equal(hone_model_tokenizer(model, &n_bytes), "tokenizer bytes", 15);
    assert_int_equal(n_bytes, 15);
}

/* The same tokens in chunks of every size give the same logits, in every thread count. */
static void chunks_do_not_matter(void **state)
{
    (void)state;
    int32_t tokens[FIXTURE_CONTEXT];
    make_tokens(tokens, FIXTURE_CONTEXT, 1);
    for (uint32_t n_threads = 1; n_threads <= 3; n_threads++)
        for (uint32_t chunk = 1; chunk <= FIXTURE_OUT; chunk++) {
            struct hone_session *session = session_of(n_threads, 1, 0);
            for (uint32_t at = 0; at < FIXTURE_CONTEXT; at += chunk) {
                uint32_t n = FIXTURE_CONTEXT - at < chunk ? FIXTURE_CONTEXT - at : chunk;
                struct hone_batch_entry entry = {0, n, tokens + at, HONE_LOGITS_ALL};
                assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
                assert_int_equal(hone_n_logits(session), n);
                for (uint32_t i = 0; i < n; i++) expect_logits(session, i, tokens, at + i + 1);
                assert_null(hone_logits(session, n));
                assert_int_equal(hone_seq_length(session, 0), at + n);
            }
            hone_session_close(session);
        }
}

/* The batch block's counts, as kernels have seen them. */
static void expect_batch(const struct hone_session *session, const struct hone_batch_entry *entries,
                         uint32_t n_entries, uint32_t n_out)
{
    uint32_t row = 0, longest = 0;
    if (n_out == 0) return; /* no head has run */
    assert_int_equal(fixture_seen.n_seqs, n_entries);
    assert_int_equal(fixture_seen.n_out, n_out);
    for (uint32_t e = 0; e < n_entries; e++) {
        uint32_t length = hone_seq_length(session, entries[e].seq);
        assert_int_equal(fixture_seen.q_start[e], row);
        assert_int_equal(fixture_seen.kv_len[e], length);
        row += entries[e].n_tokens;
        if (length > longest) longest = length;
    }
    assert_int_equal(fixture_seen.q_start[n_entries], row);
    assert_int_equal(fixture_seen.max_kv, longest);
}

/* Sequences of different lengths, prompt chunks beside single tokens, rows wanted or not. */
static void batches_do_not_matter(void **state)
{
    (void)state;
    int32_t tokens[FIXTURE_SEQS][FIXTURE_CONTEXT];
    uint32_t lengths[FIXTURE_SEQS] = {0};
    for (uint32_t s = 0; s < FIXTURE_SEQS; s++) make_tokens(tokens[s], FIXTURE_CONTEXT, s);
    struct hone_session *session = session_of(2, FIXTURE_SEQS, 0);
    uint32_t random = 7;
    for (int round = 0; round < 300; round++) {
        struct hone_batch_entry entries[FIXTURE_SEQS];
        uint32_t n_entries = 0, n_rows = 0, n_out = 0;
        for (uint32_t i = 0; i < FIXTURE_SEQS; i++) {
            uint32_t s = (i + (uint32_t)round) % FIXTURE_SEQS, n = (random >> 16) % 4;
            random = random * 1103515245 + 12345;
            if (lengths[s] + n > FIXTURE_CONTEXT) {
                lengths[s] = (random >> 20) % 9;
                assert_int_equal(hone_seq_truncate(session, s, lengths[s], NULL), HONE_OK);
            }
            enum hone_logits_of logits = (random >> 10) % 3;
            uint32_t out = logits == HONE_LOGITS_ALL ? n : logits == HONE_LOGITS_LAST;
            if (n == 0 || n_rows + n > FIXTURE_TOKENS || n_out + out > FIXTURE_OUT) continue;
            entries[n_entries++] = (struct hone_batch_entry){s, n, tokens[s] + lengths[s], logits};
            n_rows += n, n_out += out;
        }
        if (n_entries == 0) continue;
        assert_int_equal(hone_forward(session, entries, n_entries, NULL), HONE_OK);
        assert_int_equal(hone_n_logits(session), n_out);
        uint32_t row = 0;
        for (uint32_t e = 0; e < n_entries; e++) {
            uint32_t s = entries[e].seq, n = entries[e].n_tokens;
            uint32_t first = entries[e].logits == HONE_LOGITS_ALL ? 1 : n;
            if (entries[e].logits != HONE_LOGITS_NONE)
                for (uint32_t i = first; i <= n; i++)
                    expect_logits(session, row++, tokens[s], lengths[s] + i);
            lengths[s] += n;
            assert_int_equal(hone_seq_length(session, s), lengths[s]);
        }
        expect_batch(session, entries, n_entries, n_out);
    }
    hone_session_close(session);
}

/* 8 pages of 4 for two sequences: when they are gone a forward is refused whole; truncation gives
 * back exactly the pages that hold nothing any more. */
static void pages_are_accounted_for(void **state)
{
    (void)state;
    struct hone_error err;
    int32_t tokens[FIXTURE_CONTEXT];
    make_tokens(tokens, FIXTURE_CONTEXT, 2);
    struct hone_session *session = session_of(1, 2, 8);
    struct hone_batch_entry first = {0, 8, tokens, HONE_LOGITS_NONE};
    struct hone_batch_entry second = {1, 9, tokens, HONE_LOGITS_LAST}; /* 3 pages */
    assert_int_equal(hone_forward(session, &first, 1, &err), HONE_OK);
    assert_int_equal(hone_n_logits(session), 0);
    assert_null(hone_logits(session, 0));
    assert_int_equal(hone_forward(session, &second, 1, &err), HONE_OK);
    expect_logits(session, 0, tokens, 9);

    /* 3 pages are free: 12 more positions for the first, or 15 for the second. */
    struct hone_batch_entry more = {0, 13, tokens + 8, HONE_LOGITS_LAST};
    assert_int_equal(hone_forward(session, &more, 1, &err), HONE_ERR_LIMIT);
    assert_non_null(strstr(err.text, "4 KV pages, 3 of 8 are free"));
    assert_int_equal(hone_seq_length(session, 0), 8);
    struct hone_batch_entry both[] = {{0, 9, tokens + 8, HONE_LOGITS_LAST},
                                      {1, 4, tokens + 9, HONE_LOGITS_LAST}};
    assert_int_equal(hone_forward(session, both, 2, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_seq_length(session, 0), 8);
    expect_logits(session, 0, tokens, 9); /* still those of the last forward that ran */

    assert_int_equal(hone_seq_truncate(session, 1, 5, &err), HONE_OK); /* 2 pages: one is back */
    assert_int_equal(hone_seq_truncate(session, 1, 6, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_seq_truncate(session, 2, 0, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_forward(session, &more, 1, &err), HONE_OK); /* 4 pages */
    expect_logits(session, 0, tokens, 21);
    struct hone_batch_entry one = {1, 3, tokens + 5, HONE_LOGITS_LAST}; /* fills its page */
    assert_int_equal(hone_forward(session, &one, 1, &err), HONE_OK);
    expect_logits(session, 0, tokens, 8);
    one = (struct hone_batch_entry){1, 1, tokens + 8, HONE_LOGITS_LAST};
    assert_int_equal(hone_forward(session, &one, 1, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_seq_truncate(session, 0, 0, &err), HONE_OK);
    assert_int_equal(hone_forward(session, &one, 1, &err), HONE_OK);
    expect_logits(session, 0, tokens, 9);
    hone_session_close(session);
}

static void refused_batches_change_nothing(void **state)
{
    (void)state;
    int32_t tokens[FIXTURE_CONTEXT + 1] = {1, 2, 3};
    const int32_t over[] = {FIXTURE_VOCAB}, under[] = {-1};
    struct hone_session *session = session_of(1, 3, 0);
    const struct {
        struct hone_batch_entry first, second;
        uint32_t n_entries;
        enum hone_status status;
        const char *text;
    } cases[] = {
        {{0, 1, tokens, 1}, {0}, 0, HONE_ERR_ARGUMENT, "empty"},
        {{3, 1, tokens, 1}, {0}, 1, HONE_ERR_ARGUMENT, "sequence 3 of 3"},
        {{0, 0, tokens, 1}, {0}, 1, HONE_ERR_ARGUMENT, "no tokens"},
        {{0, 1, NULL, 1}, {0}, 1, HONE_ERR_ARGUMENT, "no tokens"},
        {{0, 1, tokens, 3}, {0}, 1, HONE_ERR_ARGUMENT, "logits choice"},
        {{0, 1, over, 1}, {0}, 1, HONE_ERR_ARGUMENT, "id 11"},
        {{0, 1, under, 1}, {0}, 1, HONE_ERR_ARGUMENT, "id -1"},
        {{1, 1, tokens, 1}, {1, 1, tokens, 1}, 2, HONE_ERR_ARGUMENT, "twice"},
        {{1, 1, tokens, 1}, {2, 1, over, 1}, 2, HONE_ERR_ARGUMENT, "sequence 2"},
        {{0, 17, tokens, 0}, {0}, 1, HONE_ERR_LIMIT, "16 tokens"},
        {{0, 9, tokens, 0}, {1, 8, tokens, 0}, 2, HONE_ERR_LIMIT, "16 tokens"},
        {{0, 9, tokens, 2}, {0}, 1, HONE_ERR_LIMIT, "8 rows of logits"},
        {{0, 8, tokens, 2}, {1, 1, tokens, 1}, 2, HONE_ERR_LIMIT, "8 rows of logits"},
        {{0, 31, tokens, 0}, {0}, 1, HONE_ERR_LIMIT, "context of 30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_error err = {0};
        const struct hone_batch_entry entries[] = {cases[i].first, cases[i].second};
        assert_int_equal(hone_forward(session, entries, cases[i].n_entries, &err), cases[i].status);
        assert_non_null(strstr(err.text, cases[i].text));
        for (uint32_t s = 0; s < 3; s++) assert_int_equal(hone_seq_length(session, s), 0);
    }
    struct hone_batch_entry all[] = {{0, 8, tokens, 0}, {1, 8, tokens, 2}};
    assert_int_equal(hone_forward(session, all, 2, NULL), HONE_OK);
    expect_logits(session, 7, tokens, 8);
    /* The end of the context, to the position. */
    struct hone_batch_entry rest[] = {{0, 15, tokens + 8, 0}};
    assert_int_equal(hone_forward(session, rest, 1, NULL), HONE_OK);
    rest[0].n_tokens = 8;
    assert_int_equal(hone_forward(session, rest, 1, NULL), HONE_ERR_LIMIT);
    rest[0].n_tokens = 7;
    assert_int_equal(hone_forward(session, rest, 1, NULL), HONE_OK);
    rest[0].n_tokens = 1;
    assert_int_equal(hone_forward(session, rest, 1, NULL), HONE_ERR_LIMIT);
    hone_session_close(session);
}

static void sessions_have_limits(void **state)
{
    (void)state;
    struct hone_error err;
    uint64_t n_bytes, expected;
    struct hone_session *session;
    struct hone_session_options options = {.struct_size = sizeof options, .n_seqs = 6};
    assert_int_equal(hone_session_bytes(model, &options, &n_bytes, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_session_create(model, &options, &session, &err), HONE_ERR_LIMIT);
    assert_null(session);
    options = (struct hone_session_options){.struct_size = sizeof options, .n_pages = UINT32_MAX};
    assert_int_equal(hone_session_bytes(model, &options, &n_bytes, &err), HONE_ERR_LIMIT);
    options = (struct hone_session_options){0};
    assert_int_equal(hone_session_bytes(model, &options, &n_bytes, &err), HONE_ERR_ARGUMENT);
    options = (struct hone_session_options){.struct_size = sizeof options, .n_threads = 5000};
    assert_int_equal(hone_session_create(model, &options, &session, &err), HONE_ERR_ARGUMENT);
    assert_null(session);
    options.n_threads = 3;
    options.n_seqs = 2;
    assert_int_equal(hone_session_bytes(model, &options, &n_bytes, &err), HONE_OK);
    struct hone_batch_layout layout;
    const struct hone_batch_shape shape = {FIXTURE_TOKENS, FIXTURE_SEQS, FIXTURE_OUT, 8};
    assert_true(hone_batch_layout(&shape, &layout));
    expected = 3 * 100 + 640 + 256 + fixture.plan.header.activation_bytes + layout.n_bytes +
               sizeof fixture.plan.args;
    assert_int_equal(n_bytes, expected); /* 16 pages of 40 and of 16 bytes */
}

static int n_open_files(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder)) n++;
    if (folder) closedir(folder);
    return n;
}

static void forwards_allocate_and_open_nothing(void **state)
{
    (void)state;
    int32_t tokens[FIXTURE_CONTEXT];
    make_tokens(tokens, FIXTURE_CONTEXT, 3);
    struct hone_session *session = session_of(2, 1, 0);
    int n_files = n_open_files();
    count_calls_reset();
    for (uint32_t i = 0; i < 100; i++) {
        struct hone_batch_entry entry = {0, 1 + i % 3, tokens, HONE_LOGITS_ALL};
        assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
        assert_int_equal(hone_seq_truncate(session, 0, i % 20 < 19 ? i % 20 / 2 : 0, NULL),
                         HONE_OK);
    }
    long n_calls = count_calls();
    assert_int_equal(n_calls, 0);
    assert_int_equal(n_open_files(), n_files);
    hone_session_close(session);
}

static void profile_names_the_steps(void **state)
{
    (void)state;
    static const char *const expected[2][3] = {{"1 append", "1 state", "1 head"},
                                               {"n append", "n state", "n head"}};
    const int32_t tokens[FIXTURE_TOKENS] = {0};
    struct hone_session *session = session_of(2, 1, 0);
    const char *names[3];
    uint64_t ns[3];
    struct hone_profile profile = {.names = names, .ns = ns, .capacity = 3};
    hone_session_profile(session, &profile);
    for (uint32_t n = 1; n <= 3; n++) {
        memset(ns, 0xff, sizeof ns);
        struct hone_batch_entry entry = {0, n, tokens, HONE_LOGITS_LAST};
        assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
        assert_int_equal(profile.n_steps, 3);
        for (int i = 0; i < 3; i++) {
            assert_string_equal(names[i], expected[n > 1][i]);
            assert_true(ns[i] < 10000000000u);
        }
    }
    profile.capacity = 2;
    ns[2] = 77;
    struct hone_batch_entry entry = {0, 1, tokens, HONE_LOGITS_LAST};
    assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
    assert_int_equal(profile.n_steps, 2);
    assert_int_equal(ns[2], 77);
    hone_session_profile(session, NULL);
    assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
    hone_session_close(session);
}

/* Parts of workers: ordered, within their step, one step after the other. */
static void profile_has_the_parts_of_workers(void **state)
{
    (void)state;
    const int32_t tokens[FIXTURE_TOKENS] = {0};
    for (uint32_t n_workers = 1; n_workers <= 3; n_workers++) {
        struct hone_session *session = session_of(n_workers, 1, 0);
        const char *names[3];
        uint64_t ns[3], spans[3][3][2], until = 0;
        struct hone_profile profile = {.names = names,
                                       .ns = ns,
                                       .capacity = 3,
                                       .spans = &spans[0][0][0],
                                       .n_workers = n_workers};
        struct hone_batch_entry entry = {0, 3, tokens, HONE_LOGITS_LAST};
        memset(spans, 0xff, sizeof spans);
        hone_session_profile(session, &profile);
        assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
        for (uint32_t s = 0; s < 3; s++) {
            const uint64_t *of = profile.spans + 2 * (size_t)s * n_workers;
            uint64_t begin = UINT64_MAX, end = 0;
            for (uint32_t w = 0; w < n_workers; w++) {
                assert_true(of[2 * w] <= of[2 * w + 1]);
                assert_int_equal(of[2 * w] == 0, of[2 * w + 1] == 0);
                if (of[2 * w + 1] == 0) continue;
                if (of[2 * w] < begin) begin = of[2 * w];
                if (of[2 * w + 1] > end) end = of[2 * w + 1];
            }
            assert_true(end > 0 && begin >= until);
            assert_int_equal(ns[s], end - begin);
            until = end;
        }
        /* Another number of workers than there are: nothing is written. */
        memset(spans, 0xff, sizeof spans);
        profile.n_workers = n_workers + 1;
        assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
        assert_true(spans[0][0][0] == UINT64_MAX);
        hone_session_close(session);
    }
}

/* Every allocation of open and create fails once; nothing leaks (the sanitizer sees) or crashes. */
static void allocations_may_fail(void **state)
{
    (void)state;
    int n_failures = 0;
    for (long n = 0;; n++) {
        struct hone_model *other;
        struct hone_session *session = NULL;
        struct hone_error err = {0};
        const struct hone_session_options options = {.struct_size = sizeof options, .n_threads = 3};
        count_calls_fail_after(n);
        enum hone_status status = hone_open(path, NULL, &other, &err);
        if (status == HONE_OK) status = hone_session_create(other, &options, &session, &err);
        bool all_served = count_calls_fail_after(-1);
        hone_session_close(session);
        hone_close(other);
        if (status == HONE_OK && all_served) break;
        if (status != HONE_OK) {
            n_failures++;
            assert_true(status == HONE_ERR_NO_MEMORY || status == HONE_ERR_IO);
            assert_true(strlen(err.text) > 10);
        }
    }
    assert_in_range(n_failures, 12, 100);
}

int main(void)
{
    struct fixture probe;
    if (!fixture_init(&probe)) {
        printf("skipped: no jump for this processor\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_tells_its_envelope),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(batches_do_not_matter),
        cmocka_unit_test(pages_are_accounted_for),
        cmocka_unit_test(refused_batches_change_nothing),
        cmocka_unit_test(sessions_have_limits),
        cmocka_unit_test(forwards_allocate_and_open_nothing),
        cmocka_unit_test(profile_names_the_steps),
        cmocka_unit_test(profile_has_the_parts_of_workers),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
