/* SPDX-License-Identifier: MIT */
/* Parameters of Llama-architecture files: each key and tensor wrong in turn, and what make_model
 * writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/model/hparams.h"
#include "tests/unit/gguf_kit.h"

enum { U32 = HONE_GGUF_U32, F32 = HONE_GGUF_F32, STR = HONE_GGUF_STRING, ARR = HONE_GGUF_ARRAY };

struct key {
    const char *name;
    int type; /* ARR: u32 elements; -1: left out */
    double number;
    const char *text;   /* of a string */
    uint32_t values[3]; /* of an array of `number` elements */
};

static const struct key right[] = {
    {"general.architecture", STR, 0, "llama", {0}},
    {"llama.block_count", U32, 2, NULL, {0}},
    {"llama.context_length", U32, 128, NULL, {0}},
    {"llama.embedding_length", U32, 64, NULL, {0}},
    {"llama.feed_forward_length", U32, 96, NULL, {0}},
    {"llama.attention.head_count", U32, 4, NULL, {0}},
    {"llama.attention.head_count_kv", U32, 2, NULL, {0}},
    {"llama.attention.layer_norm_rms_epsilon", F32, 1e-5, NULL, {0}},
    {"llama.rope.freq_base", F32, 500000, NULL, {0}},
    {"llama.vocab_size", U32, 10, NULL, {0}},
};

struct tensor {
    const char *name;
    uint64_t dims[2];
    int type; /* -1: left out */
};

static const struct tensor of_model[] = {
    {"token_embd.weight", {64, 10}, HONE_GGUF_T_Q8_0},
    {"output_norm.weight", {64, 1}, HONE_GGUF_T_F32},
    {"output.weight", {64, 10}, HONE_GGUF_T_F16},
    {"rope_freqs.weight", {8, 1}, HONE_GGUF_T_F32},
};
static const struct tensor of_layer[] = {
    {"attn_norm.weight", {64, 1}, HONE_GGUF_T_F32},
    {"attn_q.weight", {64, 64}, HONE_GGUF_T_Q4_0},
    {"attn_k.weight", {64, 32}, HONE_GGUF_T_BF16},
    {"attn_v.weight", {64, 32}, HONE_GGUF_T_F32},
    {"attn_output.weight", {64, 64}, HONE_GGUF_T_Q8_0},
    {"ffn_norm.weight", {64, 1}, HONE_GGUF_T_F32},
    {"ffn_gate.weight", {64, 96}, HONE_GGUF_T_Q8_0},
    {"ffn_up.weight", {64, 96}, HONE_GGUF_T_Q8_0},
    {"ffn_down.weight", {96, 64}, HONE_GGUF_T_Q8_0},
};

/* One deviation from the right file: a key that replaces or joins, a tensor that does. */
struct change {
    const char *fragment;
    enum hone_status status;
    struct key key;
    struct tensor tensor;
};

static void put_key(struct gguf_kit *kit, const struct key *key)
{
    if (key->type == U32) kit_u32(kit, key->name, (uint32_t)key->number);
    if (key->type == F32) kit_f32(kit, key->name, (float)key->number);
    if (key->type == STR) kit_text(kit, key->name, key->text);
    if (key->type != ARR) return;
    kit_array(kit, key->name, U32, (uint64_t)key->number);
    for (int i = 0; i < (int)key->number; i++) kit_put32(kit, key->values[i]);
}

static void put_tensor(struct gguf_kit *kit, const struct tensor *tensor, const char *name)
{
    const struct hone_gguf_tensor_type *type = hone_gguf_tensor_type((uint32_t)tensor->type);
    if (tensor->type < 0) return;
    kit_tensor(kit, name, tensor->dims[1] == 1 ? 1 : 2, tensor->dims, type->number,
               tensor->dims[0] / type->block_values * type->block_bytes * tensor->dims[1]);
}

static void put_or_replace(struct gguf_kit *kit, const struct tensor *tensor, const char *name,
                           const struct change *change)
{
    bool replaced = change->tensor.name && strcmp(change->tensor.name, name) == 0;
    put_tensor(kit, replaced ? &change->tensor : tensor, name);
}

static bool is_listed(const char *name)
{
    for (size_t i = 0; i < sizeof of_model / sizeof *of_model; i++)
        if (strcmp(of_model[i].name, name) == 0) return true;
    for (size_t i = 0; i < sizeof of_layer / sizeof *of_layer; i++)
        if (strncmp(name, "blk.", 4) == 0 && name[4] < '2' &&
            strcmp(of_layer[i].name, name + 6) == 0)
            return true;
    return false;
}

static void write_file(struct gguf_kit *kit, const struct change *change)
{
    bool replaced = false;
    kit_begin(kit);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        bool same = change->key.name && strcmp(change->key.name, right[i].name) == 0;
        put_key(kit, same ? &change->key : &right[i]);
        replaced |= same;
    }
    if (change->key.name && !replaced) put_key(kit, &change->key);
    for (size_t i = 0; i < sizeof of_model / sizeof *of_model; i++)
        put_or_replace(kit, &of_model[i], of_model[i].name, change);
    for (int layer = 0; layer < 2; layer++)
        for (size_t i = 0; i < sizeof of_layer / sizeof *of_layer; i++) {
            char name[64];
            snprintf(name, sizeof name, "blk.%d.%s", layer, of_layer[i].name);
            put_or_replace(kit, &of_layer[i], name, change);
        }
    if (change->tensor.name && !is_listed(change->tensor.name))
        put_tensor(kit, &change->tensor, change->tensor.name);
    kit_end(kit);
    for (uint64_t i = 0; i < kit->next_offset; i += 4) kit_put32(kit, 0x3f803f80);
}

static enum hone_status read_changed(const struct change *change, struct hone_llama_params *params,
                                     struct hone_error *err)
{
    struct gguf_kit kit = {0};
    struct hone_gguf *gguf;
    write_file(&kit, change);
    if (hone_gguf_open_memory("m.gguf", kit.data, kit.n_bytes, &gguf, err) != HONE_OK)
        fail_msg("%s", err->text);
    enum hone_status status = hone_llama_params_read(gguf, params, err);
    hone_gguf_close(gguf);
    free(kit.data);
    return status;
}

static void right_file_is_read(void **state)
{
    const struct change none = {0};
    struct hone_llama_params params;
    struct hone_error err = {HONE_OK, ""};
    (void)state;
    if (read_changed(&none, &params, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(params.n_layers, 2);
    assert_int_equal(params.dim, 64);
    assert_int_equal(params.n_heads, 4);
    assert_int_equal(params.n_kv_heads, 2);
    assert_int_equal(params.head_dim, 16);
    assert_int_equal(params.ffn_dim, 96);
    assert_int_equal(params.n_vocab, 10);
    assert_int_equal(params.context, 128);
    assert_int_equal(params.rope_dim, 16);
    assert_true(params.rope_base == 500000.0f && params.rope_scale == 1.0f);
    assert_true(params.rms_eps == 1e-5f && !params.tied && params.has_rope_freqs);
}

static void variations_are_read(void **state)
{
    struct hone_llama_params params;
    struct hone_error err;
    const struct change tied = {.tensor = {"output.weight", {0, 0}, -1}};
    const struct change factor = {.key = {"llama.rope.scaling.factor", F32, 4, NULL, {0}}};
    const struct change old = {.key = {"llama.rope.scale_linear", F32, 2, NULL, {0}}};
    const struct change window = {.key = {"llama.attention.sliding_window", U32, 100, NULL, {0}}};
    const struct change array = {.key = {"llama.feed_forward_length", ARR, 2, NULL, {96, 96}}};
    const struct change partial = {.key = {"llama.rope.dimension_count", U32, 8, NULL, {0}},
                                   .tensor = {"rope_freqs.weight", {4, 1}, HONE_GGUF_T_F32}};
    (void)state;
    assert_int_equal(read_changed(&tied, &params, &err), HONE_OK);
    assert_true(params.tied);
    assert_int_equal(read_changed(&factor, &params, &err), HONE_OK);
    assert_true(params.rope_scale == 4.0f);
    assert_int_equal(read_changed(&old, &params, &err), HONE_OK);
    assert_true(params.rope_scale == 2.0f);
    assert_int_equal(read_changed(&window, &params, &err), HONE_OK);
    assert_int_equal(params.context, 100);
    assert_int_equal(read_changed(&array, &params, &err), HONE_OK);
    assert_int_equal(params.ffn_dim, 96);
    assert_int_equal(read_changed(&partial, &params, &err), HONE_OK);
    assert_int_equal(params.rope_dim, 8);
}

#define KEY(...)    .key = {__VA_ARGS__}
#define TENSOR(...) .tensor = {__VA_ARGS__}
#define MISSING     HONE_ERR_NOT_FOUND
#define WRONG       HONE_ERR_FORMAT
#define CANNOT      HONE_ERR_UNSUPPORTED

static const struct change changes[] = {
    {"architecture' is missing", MISSING, KEY("general.architecture", -1)},
    {"architecture 'gemma' (g", CANNOT, KEY("general.architecture", STR, 0, "gemma")},
    {"an unsigned 32-bit integer, a string was", WRONG, KEY("general.architecture", U32, 1)},
    {"block_count' is missing", MISSING, KEY("llama.block_count", -1)},
    {"block_count' is 0, 1 to", WRONG, KEY("llama.block_count", U32, 0)},
    {"block_count' is 1025, 1 to 1024", CANNOT, KEY("llama.block_count", U32, 1025)},
    {"a string, an integer", WRONG, KEY("llama.block_count", STR, 0, "2")},
    {"'blk.2.attn_norm.weight' is missing", MISSING, KEY("llama.block_count", U32, 3)},
    {"not one that a llama model of 1", CANNOT, KEY("llama.block_count", U32, 1)},
    {"context_length' is missing", MISSING, KEY("llama.context_length", -1)},
    {"context_length' is 0", WRONG, KEY("llama.context_length", U32, 0)},
    {"embedding_length' is missing", MISSING, KEY("llama.embedding_length", -1)},
    {"is 64 x 10 x 1 x 1, 128 x 10 expected", WRONG, KEY("llama.embedding_length", U32, 128)},
    {"a divisor of embedding_length 66", WRONG, KEY("llama.embedding_length", U32, 66)},
    {"feed_forward_length' is missing", MISSING, KEY("llama.feed_forward_length", -1)},
    {"'blk.0.ffn_gate.weight' is 64 x 96", WRONG, KEY("llama.feed_forward_length", U32, 97)},
    {"differs between layers (96, then 64 in layer 1)", CANNOT,
     KEY("llama.feed_forward_length", ARR, 2, NULL, {96, 64})},
    {"is an array of 3", WRONG, KEY("llama.feed_forward_length", ARR, 3, NULL, {96, 96, 96})},
    {"head_count' is missing", MISSING, KEY("llama.attention.head_count", -1)},
    {"head_count' is 0", WRONG, KEY("llama.attention.head_count", U32, 0)},
    {"a divisor of head_count 4", WRONG, KEY("llama.attention.head_count_kv", U32, 3)},
    {"head_count_kv' is 0", WRONG, KEY("llama.attention.head_count_kv", U32, 0)},
    {"differs between layers", CANNOT, KEY("llama.attention.head_count_kv", ARR, 2, NULL, {2, 1})},
    {"'blk.0.attn_k.weight' is 64 x 32 x 1 x 1, 64 x 64", WRONG,
     KEY("llama.attention.head_count_kv", -1)},
    {"9 query heads for each", CANNOT, KEY("llama.attention.head_count", U32, 18)},
    {"heads of 4 values", CANNOT, KEY("llama.attention.head_count", U32, 16)},
    {"heads of 20 values", CANNOT, KEY("llama.attention.key_length", U32, 20)},
    {"8 x 1 x 1 x 1, 12 x 1 expected", WRONG, KEY("llama.attention.key_length", U32, 24)},
    {"'blk.0.attn_q.weight' is 64 x 96", WRONG, TENSOR("blk.0.attn_q.weight", {64, 96}, 2)},
    {"value_length is 8", CANNOT, KEY("llama.attention.value_length", U32, 8)},
    {"epsilon' is missing", MISSING, KEY("llama.attention.layer_norm_rms_epsilon", -1)},
    {"epsilon is -1", WRONG, KEY("llama.attention.layer_norm_rms_epsilon", F32, -1)},
    {"a float was expected", WRONG, KEY("llama.attention.layer_norm_rms_epsilon", U32, 0)},
    {"dimension_count is 18", WRONG, KEY("llama.rope.dimension_count", U32, 18)},
    {"dimension_count is 7", WRONG, KEY("llama.rope.dimension_count", U32, 7)},
    {"dimension_count is 0", WRONG, KEY("llama.rope.dimension_count", U32, 0)},
    {"freq_base is 0.5", WRONG, KEY("llama.rope.freq_base", F32, 0.5)},
    {"RoPE scaling 'yarn'", CANNOT, KEY("llama.rope.scaling.type", STR, 0, "yarn")},
    {"RoPE scaling 'longrope'", CANNOT, KEY("llama.rope.scaling.type", STR, 0, "longrope")},
    {"RoPE scaling factor -2", WRONG, KEY("llama.rope.scaling.factor", F32, -2)},
    {"expert_count' is 8", CANNOT, KEY("llama.expert_count", U32, 8)},
    {"final_logit_softcapping' is 30", CANNOT, KEY("llama.final_logit_softcapping", F32, 30)},
    {"'token_embd.weight' is 64 x 10 x 1 x 1, 64 x 11", WRONG, KEY("llama.vocab_size", U32, 11)},
    {"vocab_size' is 0", WRONG, KEY("llama.vocab_size", U32, 0)},
    {"'token_embd.weight' is missing", MISSING, TENSOR("token_embd.weight", {0}, -1)},
    {"'output_norm.weight' is missing", MISSING, TENSOR("output_norm.weight", {0}, -1)},
    {"'blk.1.ffn_down.weight' is missing", MISSING, TENSOR("blk.1.ffn_down.weight", {0}, -1)},
    {"'blk.1.attn_v.weight' is 64 x 33", WRONG, TENSOR("blk.1.attn_v.weight", {64, 33}, 0)},
    {"'output.weight' is 32 x 10", WRONG, TENSOR("output.weight", {32, 10}, 0)},
    {"'blk.0.attn_q.weight' has type q8_1", CANNOT, TENSOR("blk.0.attn_q.weight", {64, 64}, 9)},
    {"has type f16, f32 expected", CANNOT, TENSOR("blk.0.ffn_norm.weight", {64, 1}, 1)},
    {"'blk.0.attn_q.bias' is not one", CANNOT, TENSOR("blk.0.attn_q.bias", {64, 1}, 0)},
    {"'blk.00.attn_q.weight' is not", CANNOT, TENSOR("blk.00.attn_q.weight", {64, 64}, 0)},
    {"'blk.2.attn_q.weight' is not one", CANNOT, TENSOR("blk.2.attn_q.weight", {64, 64}, 0)},
    {"'rope_freqs.weight' is 16 x 1", WRONG, TENSOR("rope_freqs.weight", {16, 1}, 0)},
    {"has type f16, f32 expected", CANNOT, TENSOR("rope_freqs.weight", {8, 1}, 1)},
};

static void each_deviation_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct hone_llama_params params = {.dim = 7};
        struct hone_error err = {HONE_OK, ""};
        enum hone_status status = read_changed(&changes[i], &params, &err);
        if (status != changes[i].status || !strstr(err.text, changes[i].fragment))
            fail_msg("case %zu: status %d '%s', expected %d '%s'", i, status, err.text,
                     changes[i].status, changes[i].fragment);
        assert_ptr_equal(strstr(err.text, "m.gguf: "), err.text);
        assert_int_equal(params.dim, 7); /* written only on success */
    }
}

static void factors_are_positive(void **state)
{
    static const uint32_t bad[] = {0, 0x80000000, 0xbf800000, 0x7f800000, 0x7fc00000};
    const struct change none = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct gguf_kit kit = {0};
        struct hone_gguf *gguf;
        struct hone_llama_params params;
        struct hone_error err;
        write_file(&kit, &none);
        assert_int_equal(hone_gguf_open_memory("m", kit.data, kit.n_bytes, &gguf, &err), HONE_OK);
        kit_store32(&kit, hone_gguf_find_tensor(gguf, "rope_freqs.weight")->offset + 28, bad[i]);
        assert_int_equal(hone_llama_params_read(gguf, &params, &err), HONE_ERR_FORMAT);
        assert_non_null(strstr(err.text, "value 7 of tensor 'rope_freqs.weight'"));
        hone_gguf_close(gguf);
        free(kit.data);
    }
}

static void made_models_are_read(void **state)
{
    static const char *const shapes[] = {"tiny",   "odd7",       "head80",
                                         "head96", "primevocab", "blocks256"};
    static const char *const types[] = {"f32",  "f16",  "bf16", "q8_0", "q4_0",   "q6_k",
                                        "q4_1", "q5_0", "q5_1", "q4_k", "q5_k",   "iq4_nl",
                                        "mxfp4", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "mixed"};
    enum { N_TYPES = sizeof types / sizeof *types };
    const char *bin = getenv("HONE_BIN");
    (void)state;
    for (size_t i = 0; i < 6 * N_TYPES; i++) {
        char path[] = "/tmp/hone-test-XXXXXX", command[4096];
        struct hone_llama_params params;
        struct hone_gguf *gguf;
        struct hone_error err;
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);
        snprintf(command, sizeof command, "'%s/make_model' %s --type %s %s", bin ? bin : "bin",
                 shapes[i / N_TYPES], types[i % N_TYPES], path);
        assert_int_equal(system(command), 0);
        if (hone_gguf_open(path, &gguf, &err) != HONE_OK ||
            hone_llama_params_read(gguf, &params, &err) != HONE_OK)
            fail_msg("%s %s: %s", shapes[i / N_TYPES], types[i % N_TYPES], err.text);
        assert_int_equal(params.head_dim * params.n_heads % 8, 0);
        hone_gguf_close(gguf);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_file_is_read),      cmocka_unit_test(variations_are_read),
        cmocka_unit_test(each_deviation_is_named), cmocka_unit_test(factors_are_positive),
        cmocka_unit_test(made_models_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
