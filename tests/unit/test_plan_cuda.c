/* SPDX-License-Identifier: MIT */
/* A package for a GPU on the mock driver: weights uploaded, batch and logits copied, no byte of
 * device memory touched by the host (there it cannot be). The fixture's model is another here: its
 * first row of logits is the sequence's tokens + 100 through the KV, the others weights + 1000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cuda_kit.h"
#include "package_fixture.h"
#include "runtime/device/gpu_image.h"
#include "runtime/hone.h"
#include "runtime/package/package.h"

enum { ROW = 16, MOST = 16, PADDING = 3 << 20 }; /* u32 in a row of logits; tokens */

static struct fixture fixture;
static char *path;

/* Steps take 1 thread a block, so that grids show in the results. */
static const struct {
    uint32_t grid_rule, p0, p1, in_kind, in_value, out_kind, out_value, n, add;
} steps[FIXTURE_STEPS / 2] = {
    {HONE_GRID_TOKENS, 1, 1, HONE_BIND_BATCH, HONE_BATCH_TOKENS, HONE_BIND_KV, 1, MOST, 100},
    {HONE_GRID_OUT, 1, ROW, HONE_BIND_WEIGHT, 64, HONE_BIND_ACTIVATION, 64, 8 * ROW, 1000},
    {HONE_GRID_CONST, FIXTURE_VOCAB, 0, HONE_BIND_KV, 1, HONE_BIND_ACTIVATION, 64, FIXTURE_VOCAB,
     0},
};

static void fill_plan(struct fixture_plan *plan)
{
    plan->header.scratch_bytes = 0;
    for (uint32_t s = 0; s < FIXTURE_STEPS; s++) {
        uint32_t k = s % (FIXTURE_STEPS / 2);
        struct hone_plan_step *step = &plan->steps[s];
        step->kernel = k;
        step->grid_rule = steps[k].grid_rule;
        step->grid_p0 = steps[k].p0;
        step->grid_p1 = steps[k].p1;
        step->first_binding = 2 * s;
        step->n_bindings = 2;
        plan->bindings[2 * s] = (struct hone_plan_binding){offsetof(struct cuda_kit_args, in),
                                                           steps[k].in_kind, steps[k].in_value};
        plan->bindings[2 * s + 1] = (struct hone_plan_binding){
            offsetof(struct cuda_kit_args, out), steps[k].out_kind, steps[k].out_value};
        const struct cuda_kit_args args = {.n = steps[k].n, .add = steps[k].add};
        memcpy(plan->args[s], &args, sizeof args);
    }
    for (uint32_t k = 0; k < FIXTURE_KERNELS; k++)
        plan->kernels[k] = (struct hone_plan_kernel){
            .code_offset = 4096 * k,
            .blob_offset = 4096 * k,
            .code_bytes = cuda_kit_image(fixture.code + 4096 * k, "sm_90a", k, 1, 0),
            .name_offset = plan->steps[k].name_offset,
        };
}

static int write_package(void **state)
{
    if (cuda_kit_open(state) != 0 || !fixture_init(&fixture)) return -1;
    fill_plan(&fixture.plan);
    strcpy(fixture.target, "cuda:sm_90a");
    fixture.weight_padding = PADDING;
    path = fixture_path();
    fixture_write(&fixture, path);
    return 0;
}

static int remove_package(void **state)
{
    fixture_remove(path);
    return cuda_kit_close(state);
}

/* ---- in children ---- */

static struct hone_model *open_model(void)
{
    struct hone_model *model;
    struct hone_error err;
    CHECK_OK(hone_open(path, NULL, &model, &err));
    return model;
}

static struct hone_session *open_session(struct hone_model *model)
{
    struct hone_session *session;
    struct hone_error err;
    const struct hone_session_options options = {.struct_size = sizeof options, .n_seqs = 2};
    uint64_t n_bytes;
    CHECK_OK(hone_session_bytes(model, &options, &n_bytes, &err));
    CHECK_OK(hone_session_create(model, &options, &session, &err));
    return session;
}

/* Row 0 from the KV (`held` of the tokens), row r: weights from r * 16 on, as the file has them. */
static void expect_logits(const struct hone_session *session, uint32_t n_out, const int32_t *tokens,
                          uint32_t held)
{
    struct hone_package package;
    uint32_t bits[FIXTURE_VOCAB], weights[8 * ROW];
    CHECK(hone_package_open(path, &package, NULL) == HONE_OK);
    memcpy(weights, package.parts[HONE_SECTION_WEIGHTS].data + 64, sizeof weights);
    hone_package_close(&package);
    CHECK(hone_n_logits(session) == n_out && hone_logits(session, n_out) == NULL);
    for (uint32_t r = n_out; r-- > 0;) {
        const float *row = hone_logits(session, r);
        CHECK(row != NULL);
        memcpy(bits, row, sizeof bits);
        for (uint32_t v = 0; v < FIXTURE_VOCAB; v++) {
            uint32_t first = v < held ? (uint32_t)tokens[v] + 100 : 0;
            CHECK(bits[v] == (r == 0 ? first : weights[r * ROW + v] + 1000));
        }
    }
}

static void check_forwards(void)
{
    static const int32_t tokens[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 10, 8};
    struct hone_model *model = open_model();
    struct hone_session *session = open_session(model), *other = open_session(model);
    struct hone_error err;
    struct hone_model_info info;
    hone_model_info(model, &info);
    CHECK(info.weight_copy_bytes == info.weight_bytes && info.weight_bytes > PADDING);
    CHECK(hone_session_threads(session) == 1);
    struct hone_batch_entry entry = {.n_tokens = 1, .tokens = tokens, .logits = HONE_LOGITS_LAST};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(hone_seq_truncate(session, 0, 0, &err));
        CHECK_OK(hone_forward(session, &entry, 1, &err));
        expect_logits(session, 1, tokens, 1);
    }
    entry = (struct hone_batch_entry){.n_tokens = 8, .tokens = tokens, .logits = HONE_LOGITS_ALL};
    CHECK_OK(hone_seq_truncate(session, 0, 0, &err));
    CHECK_OK(hone_forward(session, &entry, 1, &err));
    expect_logits(session, 8, tokens, 8);
    entry = (struct hone_batch_entry){.n_tokens = 11, .tokens = tokens};
    CHECK_OK(hone_forward(other, &entry, 1, &err));
    CHECK(hone_n_logits(other) == 0 && hone_logits(other, 0) == NULL);
    entry = (struct hone_batch_entry){.n_tokens = 1, .tokens = tokens, .logits = HONE_LOGITS_LAST};
    CHECK_OK(hone_forward(other, &entry, 1, &err));
    expect_logits(other, 1, tokens, 11); /* the first token again */
    CHECK(hone_logits(session, 0) != hone_logits(other, 0));
    hone_session_close(session);
    hone_session_close(other);
    hone_close(model);
}

static void a_package_runs_on_the_gpu(void **state)
{
    (void)state;
    cuda_kit_run(check_forwards, NULL);
}

/* Each list's graph is made with the session; forwards only copy, launch and wait. */
static void check_quiet(void)
{
    static const int32_t tokens[] = {3, 1};
    struct hone_model *model = open_model();
    struct hone_session *session = open_session(model);
    struct hone_error err;
    for (int i = 0; i < 10; i++) {
        struct hone_batch_entry entry = {
            .n_tokens = 1 + (uint32_t)i % 2, .tokens = tokens, .logits = HONE_LOGITS_LAST};
        CHECK_OK(hone_seq_truncate(session, 0, 0, &err));
        CHECK_OK(hone_forward(session, &entry, 1, &err));
        CHECK(hone_logits(session, 0) != NULL);
    }
    hone_session_close(session);
    hone_close(model);
}

static void forwards_only_copy_and_launch(void **state)
{
    (void)state;
    /* Two staging areas, batch block and logits; four device buffers; an upload of 3 MiB of weights
     * and one for each forward. */
    const char *const variables[] = {
        "MOCK_CUDA_FAIL=cuGraphInstantiateWithFlags:3+:999,cuMemHostAlloc:5+:999,cuMemAlloc:5+:999,"
        "cuGraphExecKernelNodeSetParams:1+:999,cuMemcpyHtoDAsync:12+:999,"
        "cuMemcpyDtoHAsync:12+:999,cuLaunchKernel:1+:999",
        NULL};
    cuda_kit_run(check_quiet, variables);
}

static void check_profile(void)
{
    const char *names[8];
    uint64_t ns[8], spans[8 * 2];
    static const int32_t token = 7;
    struct hone_model *model = open_model();
    struct hone_session *session = open_session(model);
    struct hone_error err;
    struct hone_profile profile = {
        .names = names, .ns = ns, .capacity = 8, .spans = spans, .n_workers = 1};
    struct hone_batch_entry entry = {.n_tokens = 1, .tokens = &token, .logits = HONE_LOGITS_LAST};
    hone_session_profile(session, &profile);
    CHECK_OK(hone_forward(session, &entry, 1, &err));
    CHECK(profile.n_steps == 3 && ns[0] > 0 && ns[1] > ns[0] && ns[2] > 0);
    expect_logits(session, 1, &token, 1);
    hone_session_close(session);
    hone_close(model);
}

static void steps_are_timed(void **state)
{
    (void)state;
    cuda_kit_run(check_profile, NULL);
}

static void check_lost(void)
{
    static const int32_t token = 7;
    struct hone_model *model = open_model();
    struct hone_session *session = open_session(model);
    struct hone_error err;
    struct hone_batch_entry entry = {.n_tokens = 1, .tokens = &token, .logits = HONE_LOGITS_LAST};
    CHECK_OK(hone_forward(session, &entry, 1, &err));
    CHECK_FAILS(hone_forward(session, &entry, 1, &err), HONE_ERR_DEVICE, "lost the device");
    CHECK(hone_seq_length(session, 0) == 1 && hone_logits(session, 0) == NULL);
    CHECK_FAILS(hone_forward(session, &entry, 1, &err), HONE_ERR_DEVICE, "lost earlier");
    hone_session_close(session);
    hone_close(model);
}

static void a_lost_device_ends_a_session(void **state)
{
    (void)state;
    const char *const variables[] = {"MOCK_CUDA_FAIL=cuGraphLaunch:2:719", "MOCK_CUDA_STRICT=0",
                                     NULL};
    cuda_kit_run(check_lost, variables);
}

/* ---- what cannot be opened ---- */

static const char *expected_text;
static enum hone_status expected;

static void open_fails(void)
{
    struct hone_model *model;
    struct hone_error err;
    CHECK_FAILS(hone_open(path, NULL, &model, &err), expected, expected_text);
    CHECK(model == NULL && strncmp(err.text, path, strlen(path)) == 0);
}

static void check_huge(void)
{
    struct hone_model *model;
    struct hone_error err;
    const struct hone_open_options options = {.struct_size = sizeof options,
                                              .weights = HONE_WEIGHTS_HUGE};
    CHECK_FAILS(hone_open(path, &options, &model, &err), HONE_ERR_ARGUMENT,
                "huge pages are for weights that a CPU reads, this package is for cuda");
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    const struct {
        const char *variable, *text;
        enum hone_status status;
    } cases[] = {
        {"HONE_CUDA=/no/such/file", "HONE_CUDA=/no/such/file", HONE_ERR_TARGET},
        {"MOCK_CUDA_CC=8.0", "made for cuda:sm_90a, this machine is cuda:sm_80", HONE_ERR_TARGET},
        {"MOCK_CUDA_MEMORY=1048576", "weights: cuda: device 0 (", HONE_ERR_NO_MEMORY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const variables[] = {cases[i].variable, NULL};
        expected = cases[i].status;
        expected_text = cases[i].text;
        cuda_kit_run(open_fails, variables);
    }
    cuda_kit_run(check_huge, NULL);
}

/* Code that a device would be given is read before. */
static void damaged_images_are_refused(void **state)
{
    (void)state;
    struct fixture kept = fixture;
    const uint32_t more_args = 65, other_size = 100;
    expected = HONE_ERR_FORMAT;
    memcpy(fixture.code + 4096 + offsetof(struct hone_gpu_image, args_bytes), &more_args, 4);
    fixture_write(&fixture, path);
    expected_text = "has 64 bytes of arguments, its kernel takes 65";
    cuda_kit_run(open_fails, NULL);
    fixture = kept;
    fixture.code[2 * 4096] ^= 1;
    fixture_write(&fixture, path);
    expected_text = "kernel 2: gpu image: ";
    cuda_kit_run(open_fails, NULL);
    fixture = kept;
    fixture.plan.kernels[1].code_bytes -= other_size;
    fixture_write(&fixture, path);
    expected_text = "kernel 1 has 220 bytes, its image 320";
    cuda_kit_run(open_fails, NULL);
    fixture = kept;
    fixture.plan.kernels[1].code_offset += 8;
    fixture_write(&fixture, path);
    expected_text = "kernel 1 has its entry inside its image";
    cuda_kit_run(open_fails, NULL);
    fixture = kept;
    fixture_write(&fixture, path);
}

/* ---- one package for both ---- */

static struct fixture host;
static const char *expected_target;

static void opens_with_target(void)
{
    struct hone_model *model = open_model();
    CHECK(strncmp(hone_model_target(model), expected_target, strlen(expected_target)) == 0);
    if (*expected_target == 'c' && expected_target[1] == 'u') {
        struct hone_model_info info;
        static const int32_t token = 9;
        struct hone_session *session = open_session(model);
        struct hone_error err;
        struct hone_batch_entry entry = {
            .n_tokens = 1, .tokens = &token, .logits = HONE_LOGITS_LAST};
        hone_model_info(model, &info);
        CHECK(info.weight_copy_bytes == 64 + 1024); /* the parts, not all of it */
        CHECK_OK(hone_forward(session, &entry, 1, &err));
        expect_logits(session, 1, &token, 1);
        hone_session_close(session);
    }
    hone_close(model);
}

static void the_device_is_chosen_when_run(void **state)
{
    (void)state;
    const struct fixture *const both[] = {&host, &fixture};
    static const struct {
        const char *variable, *target;
    } cases[] = {
        {"HONE_DEVICE=", "cuda:sm_90a"}, {"HONE_DEVICE=cuda", "cuda:sm_90a"},
        {"HONE_DEVICE=cpu", "cpu:"},     {"HONE_CUDA=/no/such/file", "cpu:"},
        {"MOCK_CUDA_CC=8.0", "cpu:"},
    };
    assert_true(fixture_init(&host));
    host.weight_padding = PADDING;
    fixture.weight_parts[0] = (struct hone_weight_part){0, 64};
    fixture.weight_parts[1] = (struct hone_weight_part){64, 1024};
    fixture.n_weight_parts = 2;
    fixture_write_plans(both, 2, path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const variables[] = {cases[i].variable, NULL};
        expected_target = cases[i].target;
        cuda_kit_run(opens_with_target, variables);
    }
    fixture.n_weight_parts = 0;
    fixture_write(&fixture, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_runs_on_the_gpu),
        cmocka_unit_test(forwards_only_copy_and_launch),
        cmocka_unit_test(steps_are_timed),
        cmocka_unit_test(a_lost_device_ends_a_session),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(damaged_images_are_refused),
        cmocka_unit_test(the_device_is_chosen_when_run),
    };
    return cmocka_run_group_tests(tests, write_package, remove_package);
}
