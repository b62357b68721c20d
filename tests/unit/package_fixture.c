/* SPDX-License-Identifier: MIT */
/* Kernels, plan and file of the test model. */
#include "package_fixture.h"

#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/package_writer.h"
#include "runtime/base/target.h"

/* ---- kernels ---- */

struct append_args {
    const uint32_t *n_tokens, *tokens, *positions, *token_seq, *page_table, *page_stride;
    int32_t *kv;
    uint8_t *other_kv;
};

struct state_args {
    const uint32_t *positions, *token_seq, *page_table, *page_stride;
    const int32_t *kv;
    const float *weights;
    float *states;
};

struct head_args {
    const uint32_t *out_rows;
    const float *states;
    float *logits;
    const uint32_t *n_out, *n_seqs, *q_start, *kv_len, *max_kv;
};

static int32_t *slot(int32_t *kv, const uint32_t *table, uint32_t stride, uint32_t seq,
                     uint32_t position)
{
    uint32_t page = table[(uint64_t)seq * stride + position / FIXTURE_PAGE];
    return kv + (uint64_t)page * FIXTURE_PAGE + position % FIXTURE_PAGE;
}

/* Four rows a block. What goes to the other region would be read back if the two met. */
static void append(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    const struct append_args *a = args;
    for (uint32_t r = 4 * first; r < 4 * last && r < *a->n_tokens; r++) {
        uint32_t position = a->positions[r], seq = a->token_seq[r];
        int32_t *own = slot(a->kv, a->page_table, *a->page_stride, seq, position);
        uint64_t at = (uint64_t)(own - a->kv);
        memset(a->other_kv + at / FIXTURE_PAGE * 40 + at % FIXTURE_PAGE * 10, 0xee, 10);
        *own = (int32_t)a->tokens[r];
    }
    memset(scratch, (int)first, 8); /* the smallest use of scratch that a bad pointer would trap */
}

static void find_states(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    const struct state_args *a = args;
    (void)scratch;
    for (uint32_t r = first; r < last; r++) {
        float sum = 0;
        for (uint32_t p = 0; p <= a->positions[r]; p++) {
            int32_t token = *slot((int32_t *)(uintptr_t)a->kv, a->page_table, *a->page_stride,
                                  a->token_seq[r], p);
            if (token < 0 || token >= FIXTURE_VOCAB) token = 0;
            sum += a->weights[token] * (float)(p + 1);
        }
        a->states[r] = sum;
    }
}

static float logit(float state, uint32_t v)
{
    return state * (float)(v * 7 % FIXTURE_VOCAB) + (float)v;
}

struct fixture_batch fixture_seen;

static void note_batch(const struct head_args *a)
{
    fixture_seen.n_out = *a->n_out;
    fixture_seen.n_seqs = *a->n_seqs;
    fixture_seen.max_kv = *a->max_kv;
    memcpy(fixture_seen.q_start, a->q_start, sizeof fixture_seen.q_start);
    memcpy(fixture_seen.kv_len, a->kv_len, sizeof fixture_seen.kv_len);
}

/* Two blocks a row: the first six of the vocabulary, the other five. */
static void head(const void *args, uint32_t first, uint32_t last, void *scratch)
{
    const struct head_args *a = args;
    (void)scratch;
    if (first == 0) note_batch(a);
    for (uint32_t b = first; b < last; b++) {
        uint32_t begin = b % 2 ? 6 : 0, end = b % 2 ? FIXTURE_VOCAB : 6;
        for (uint32_t v = begin; v < end; v++)
            a->logits[b / 2 * 16 + v] = logit(a->states[a->out_rows[b / 2]], v);
    }
}

void fixture_logits(const struct fixture *fixture, const int32_t *tokens, uint32_t n,
                    float out_logits[FIXTURE_VOCAB])
{
    float state = 0;
    for (uint32_t i = 0; i < n; i++) state += fixture->weights[tokens[i]] * (float)(i + 1);
    for (uint32_t v = 0; v < FIXTURE_VOCAB; v++) out_logits[v] = logit(state, v);
}

size_t fixture_jump(uint8_t *code, hone_cpu_kernel *kernel)
{
#if defined __x86_64__
    /* mov rax, kernel; jmp rax */
    static const uint8_t load[] = {0x48, 0xb8}, jump[] = {0xff, 0xe0};
#elif defined __aarch64__
    /* ldr x16, kernel; br x16 */
    static const uint8_t load[] = {0x50, 0, 0, 0x58, 0, 2, 0x1f, 0xd6}, jump[] = {0};
#else
    return 0;
#endif
    memcpy(code, load, sizeof load);
    memcpy(code + sizeof load, &kernel, sizeof kernel);
    memcpy(code + sizeof load + sizeof kernel, jump, sizeof jump);
    return sizeof load + sizeof kernel + sizeof jump;
}

/* ---- plan ---- */

enum { STATES_AT = 0, LOGITS_AT = 64, LOGITS_STRIDE = 64 };

#define AT(type, member) offsetof(struct type, member)
#define BATCH(f)         HONE_BIND_BATCH, HONE_BATCH_##f

/* clang-format off */
static const struct hone_plan_binding append_bindings[] = {
    {AT(append_args, n_tokens),    BATCH(N_TOKENS)   },
    {AT(append_args, tokens),      BATCH(TOKENS)     },
    {AT(append_args, positions),   BATCH(POSITIONS)  },
    {AT(append_args, token_seq),   BATCH(TOKEN_SEQ)  },
    {AT(append_args, page_table),  BATCH(PAGE_TABLE) },
    {AT(append_args, page_stride), BATCH(PAGE_STRIDE)},
    {AT(append_args, kv),          HONE_BIND_KV, 1   },
    {AT(append_args, other_kv),    HONE_BIND_KV, 0   },
};
static const struct hone_plan_binding state_bindings[] = {
    {AT(state_args, positions),   BATCH(POSITIONS)               },
    {AT(state_args, token_seq),   BATCH(TOKEN_SEQ)               },
    {AT(state_args, page_table),  BATCH(PAGE_TABLE)              },
    {AT(state_args, page_stride), BATCH(PAGE_STRIDE)             },
    {AT(state_args, kv),          HONE_BIND_KV,         1        },
    {AT(state_args, weights),     HONE_BIND_WEIGHT,     64       },
    {AT(state_args, states),      HONE_BIND_ACTIVATION, STATES_AT},
};
static const struct hone_plan_binding head_bindings[] = {
    {AT(head_args, out_rows), BATCH(OUT_ROWS)                },
    {AT(head_args, states),   HONE_BIND_ACTIVATION, STATES_AT},
    {AT(head_args, logits),   HONE_BIND_ACTIVATION, LOGITS_AT},
    {AT(head_args, n_out),    BATCH(N_OUT)                   },
    {AT(head_args, n_seqs),   BATCH(N_SEQS)                  },
    {AT(head_args, q_start),  BATCH(Q_START)                 },
    {AT(head_args, kv_len),   BATCH(KV_LEN)                  },
    {AT(head_args, max_kv),   BATCH(MAX_KV)                  },
};

/* clang-format on */

static const struct {
    const struct hone_plan_binding *bindings;
    uint32_t n_bindings, grid_rule, p0, p1;
    const char *name;
} kinds[FIXTURE_KERNELS] = {
    {append_bindings, 8, HONE_GRID_TOKENS, 4, 1, "append"},
    {state_bindings, 7, HONE_GRID_TOKENS, 1, 1, "state"},
    {head_bindings, 8, HONE_GRID_OUT, 1, 2, "head"},
};

static void fill_steps(struct fixture_plan *plan)
{
    uint32_t n_bindings = 0, name = 1;
    for (uint32_t s = 0; s < FIXTURE_STEPS; s++) {
        uint32_t k = s % FIXTURE_KERNELS;
        plan->steps[s] = (struct hone_plan_step){
            .kernel = k,
            .grid_rule = kinds[k].grid_rule,
            .grid_p0 = kinds[k].p0,
            .grid_p1 = kinds[k].p1,
            .args_offset = (uint64_t)s * FIXTURE_ARGS,
            .args_bytes = 64,
            .first_binding = n_bindings,
            /* The second list shares the first one's head bindings: tables may overlap. */
            .n_bindings = kinds[k].n_bindings,
            .name_offset = name,
            .schedule = s >= 3 && k == 1 ? HONE_SCHEDULE_DYNAMIC : HONE_SCHEDULE_STATIC,
        };
        if (s == 5)
            plan->steps[s].first_binding = plan->steps[2].first_binding;
        else
            memcpy(plan->bindings + n_bindings, kinds[k].bindings,
                   kinds[k].n_bindings * sizeof *plan->bindings);
        if (s != 5) n_bindings += kinds[k].n_bindings;
        char *text = plan->names + name;
        name += (uint32_t)sprintf(text, "%c %s", s < 3 ? '1' : 'n', kinds[k].name) + 1;
    }
    plan->header.n_bindings = n_bindings;
}

static void fill_header(struct fixture_plan *plan)
{
    uint32_t n_bindings = plan->header.n_bindings;
    plan->header = (struct hone_plan_header){
        .version = HONE_PLAN_VERSION,
        .n_lists = 2,
        .n_steps = FIXTURE_STEPS,
        .n_bindings = n_bindings,
        .n_kernels = FIXTURE_KERNELS,
        .n_kv_regions = 2,
        .max_tokens = FIXTURE_TOKENS,
        .max_seqs = FIXTURE_SEQS,
        .max_out = FIXTURE_OUT,
        .max_context = FIXTURE_CONTEXT,
        .page_tokens = FIXTURE_PAGE,
        .n_vocab = FIXTURE_VOCAB,
        .activation_bytes = LOGITS_AT + FIXTURE_OUT * LOGITS_STRIDE,
        .logits_offset = LOGITS_AT,
        .logits_stride = LOGITS_STRIDE,
        .scratch_bytes = 100,
        .lists_offset = offsetof(struct fixture_plan, lists),
        .steps_offset = offsetof(struct fixture_plan, steps),
        .bindings_offset = offsetof(struct fixture_plan, bindings),
        .kernels_offset = offsetof(struct fixture_plan, kernels),
        .kv_regions_offset = offsetof(struct fixture_plan, regions),
        .args_offset = offsetof(struct fixture_plan, args),
        .args_bytes = sizeof plan->args,
        .names_offset = offsetof(struct fixture_plan, names),
        .names_bytes = sizeof plan->names,
    };
}

int fixture_init(struct fixture *fixture)
{
    static hone_cpu_kernel *const kernels[FIXTURE_KERNELS] = {append, find_states, head};
    memset(fixture, 0, sizeof *fixture);
    struct fixture_plan *plan = &fixture->plan;
    fill_steps(plan);
    fill_header(plan);
    plan->lists[0] = (struct hone_plan_list){1, 1, 0, 3};
    plan->lists[1] = (struct hone_plan_list){2, FIXTURE_TOKENS, 3, 3};
    plan->regions[0].page_bytes = 40;
    plan->regions[1].page_bytes = FIXTURE_PAGE * sizeof(int32_t);
    for (uint32_t k = 0; k < FIXTURE_KERNELS; k++) {
        size_t n_bytes = fixture_jump(fixture->code + 4096 * k + 16, kernels[k]);
        if (n_bytes == 0) return 0;
        plan->kernels[k] = (struct hone_plan_kernel){
            .code_offset = 4096 * k + 16,
            .code_bytes = 16 + n_bytes,
            .blob_offset = 4096 * k,
            .scratch_bytes = 100,
            .name_offset = plan->steps[k].name_offset,
        };
    }
    struct hone_target machine;
    hone_target_detect(&machine);
    hone_target_format(&machine, fixture->target);
    fixture->info = "name=fixture\narchitecture=sums\ntype=F32\nparameters=11\n";
    fixture->tokenizer = "tokenizer bytes";
    fixture->tokenizer_bytes = 15;
    for (uint32_t i = 0; i < FIXTURE_VOCAB; i++)
        fixture->weights[i] = (float)((i * 5 + 3) % FIXTURE_VOCAB);
    fixture->weight_padding = 100;
    return 1;
}

/* ---- file ---- */

static void write_weights(const struct fixture *fixture, struct hone_package_writer *writer)
{
    struct hone_error err;
    uint64_t at;
    uint32_t random = 1;
    uint8_t first = 0x77;
    assert_int_equal(hone_package_writer_begin(writer, HONE_SECTION_WEIGHTS, &err), HONE_OK);
    assert_int_equal(hone_package_writer_write(writer, &first, 1, &err), HONE_OK);
    assert_int_equal(hone_package_writer_align(writer, 64, &at, &err), HONE_OK);
    assert_int_equal(at, 64);
    assert_int_equal(
        hone_package_writer_write(writer, fixture->weights, sizeof fixture->weights, &err),
        HONE_OK);
    for (size_t left = fixture->weight_padding; left > 0;) {
        uint8_t bytes[1000];
        size_t n = left < sizeof bytes ? left : sizeof bytes;
        for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)((random = random * 69069 + 1) >> 24);
        assert_int_equal(hone_package_writer_write(writer, bytes, n, &err), HONE_OK);
        left -= n;
    }
    assert_int_equal(hone_package_writer_end(writer, &err), HONE_OK);
}

static void add(struct hone_package_writer *writer, enum hone_section_kind kind, const void *data,
                size_t n_bytes)
{
    struct hone_error err;
    if (n_bytes == 0) return;
    assert_int_equal(hone_package_writer_add(writer, kind, data, n_bytes, &err), HONE_OK);
}

void fixture_write_plans(const struct fixture *const *fixtures, uint32_t n, const char *path)
{
    struct hone_package_writer *writer;
    struct hone_error err;
    assert_int_equal(hone_package_writer_open(path, &writer, &err), HONE_OK);
    for (uint32_t i = 0; i < n; i++) {
        const struct fixture *fixture = fixtures[i];
        hone_package_writer_plan(writer, i);
        add(writer, HONE_SECTION_TARGET, fixture->target, strlen(fixture->target));
        if (i == 0) add(writer, HONE_SECTION_INFO, fixture->info, strlen(fixture->info));
        add(writer, HONE_SECTION_PLAN, &fixture->plan, sizeof fixture->plan);
        add(writer, HONE_SECTION_CODE, fixture->code, sizeof fixture->code);
        if (i == 0)
            add(writer, HONE_SECTION_TOKENIZER, fixture->tokenizer, fixture->tokenizer_bytes);
        add(writer, HONE_SECTION_PROOFS, "{}", 2);
        add(writer, HONE_SECTION_WEIGHT_PARTS, fixture->weight_parts,
            fixture->n_weight_parts * sizeof *fixture->weight_parts);
    }
    write_weights(fixtures[0], writer);
    assert_int_equal(hone_package_writer_finish(writer, NULL, NULL, &err), HONE_OK);
}

void fixture_write(const struct fixture *fixture, const char *path)
{
    fixture_write_plans(&fixture, 1, path);
}

char *fixture_path(void)
{
    char folder[] = "/tmp/hone-test-XXXXXX";
    char *path;
    assert_non_null(mkdtemp(folder));
    assert_true(asprintf(&path, "%s/m.hone", folder) > 0);
    return path;
}

void fixture_remove(char *path)
{
    unlink(path);
    rmdir(dirname(path));
    free(path);
}
