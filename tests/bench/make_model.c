/* SPDX-License-Identifier: MIT */
/* make_model SHAPE --type T [--seed S] OUT.gguf: a Llama-architecture model of random weights. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/model/gguf.h"
#include "codegen/ops/format.h"
#include "tests/bench/model_shapes.h"

enum { MAX_TENSORS = 9 * 64 + 4, MAX_ROW = 1 << 16 };

enum role { MATRIX, NORM, ROPE_FACTORS };

struct tensor {
    char name[48];
    enum role role;
    uint64_t dims[2];
    uint32_t n_dims;
    const struct hone_gguf_tensor_type *type;
    uint64_t n_bytes;
};

struct job {
    const struct model_shape *shape;
    const char *type; /* a GGUF name, a mix's, or "mixed" */
    uint64_t seed;
    const char *path;
    struct tensor tensors[MAX_TENSORS];
    size_t n_tensors;
};

static const struct {
    const char *name;
    enum hone_type type;
    uint32_t file_type; /* general.file_type */
    const char *narrow; /* instead, for rows that do not divide into its blocks */
} types[] = {
    {"f32", HONE_TYPE_F32, 0, NULL},       {"f16", HONE_TYPE_F16, 1, NULL},
    {"bf16", HONE_TYPE_BF16, 32, NULL},    {"q8_0", HONE_TYPE_Q8_0, 7, "f16"},
    {"q4_0", HONE_TYPE_Q4_0, 2, "f16"},    {"q6_k", HONE_TYPE_Q6_K, 18, "q8_0"},
    {"q4_1", HONE_TYPE_Q4_1, 3, "f16"},    {"q5_0", HONE_TYPE_Q5_0, 8, "f16"},
    {"q5_1", HONE_TYPE_Q5_1, 9, "f16"},    {"q4_k", HONE_TYPE_Q4_K, 14, "q5_0"},
    {"q5_k", HONE_TYPE_Q5_K, 16, "q5_1"},  {"iq4_nl", HONE_TYPE_IQ4_NL, 25, "f16"},
    {"mxfp4", HONE_TYPE_MXFP4, 38, "f16"},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* What the usual quantizer makes of a file: the head in q6_k, and for some layers the rows that
 * matter most in a wider type. */
static const struct mix {
    const char *name, *base, *wide;
    uint32_t file_type;
    bool
        by_thirds; /* a third of the layers and both ends have the wide type; else the first ones */
} mixes[] = {
    {"q4_0", "q4_0", NULL, 2, false},     {"q4_k_s", "q4_k", "q5_k", 14, false},
    {"q4_k_m", "q4_k", "q6_k", 15, true}, {"q5_k_s", "q5_k", NULL, 16, false},
    {"q5_k_m", "q5_k", "q6_k", 17, true},
};

static int find_type(const char *name)
{
    for (int i = 0; i < N_TYPES; i++)
        if (strcmp(types[i].name, name) == 0) return i;
    return -1;
}

static const struct mix *find_mix(const char *name)
{
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++)
        if (strcmp(mixes[i].name, name) == 0) return &mixes[i];
    return NULL;
}

/* attn_v and ffn_down of these layers are of the wide type. */
static bool is_wide(const struct mix *mix, uint32_t n_layers, const struct tensor *tensor)
{
    unsigned layer;
    int end = 0;
    if (!mix->wide || sscanf(tensor->name, "blk.%u.%n", &layer, &end) < 1) return false;
    bool is_v = strcmp(tensor->name + end, "attn_v.weight") == 0;
    if (!is_v && strcmp(tensor->name + end, "ffn_down.weight") != 0) return false;
    if (!mix->by_thirds) return layer < (is_v ? 4 : n_layers / 8);
    return layer < n_layers / 8 || layer >= 7 * n_layers / 8 || (layer - n_layers / 8) % 3 == 2;
}

static const char *type_in_mix(const struct mix *mix, const struct job *job,
                               const struct tensor *tensor)
{
    const char *head = job->shape->tied ? "token_embd.weight" : "output.weight";
    if (strcmp(tensor->name, head) == 0) return "q6_k";
    return is_wide(mix, job->shape->n_layers, tensor) ? mix->wide : mix->base;
}

static const char *choose_type(const struct job *job, const struct tensor *tensor)
{
    const struct mix *mix = find_mix(job->type);
    const char *name = job->type;
    if (tensor->role != MATRIX) return "f32";
    if (mix) name = type_in_mix(mix, job, tensor);
    if (strcmp(name, "mixed") == 0) name = types[job->n_tensors % N_TYPES].name;
    while (tensor->dims[0] % hone_gguf_tensor_type_named(name)->block_values)
        name = types[find_type(name)].narrow;
    return name;
}

static void add(struct job *job, const char *name, enum role role, uint64_t width, uint64_t rows)
{
    struct tensor *tensor = &job->tensors[job->n_tensors];
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->role = role;
    tensor->dims[0] = width;
    tensor->dims[1] = rows;
    tensor->n_dims = role == MATRIX ? 2 : 1;
    tensor->type = hone_gguf_tensor_type_named(choose_type(job, tensor));
    tensor->n_bytes = width / tensor->type->block_values * tensor->type->block_bytes * rows;
    job->n_tensors++;
}

static void list_tensors(struct job *job)
{
    const struct model_shape *s = job->shape;
    uint64_t q = (uint64_t)s->n_heads * s->head_dim, kv = (uint64_t)s->n_kv_heads * s->head_dim;
    const struct {
        const char *name;
        enum role role;
        uint64_t width, rows;
    } of_layer[] = {
        {"attn_norm", NORM, s->dim, 1},       {"attn_q", MATRIX, s->dim, q},
        {"attn_k", MATRIX, s->dim, kv},       {"attn_v", MATRIX, s->dim, kv},
        {"attn_output", MATRIX, q, s->dim},   {"ffn_norm", NORM, s->dim, 1},
        {"ffn_gate", MATRIX, s->dim, s->ffn}, {"ffn_up", MATRIX, s->dim, s->ffn},
        {"ffn_down", MATRIX, s->ffn, s->dim},
    };
    add(job, "token_embd.weight", MATRIX, s->dim, s->n_vocab);
    if (s->rope_factors) add(job, "rope_freqs.weight", ROPE_FACTORS, s->head_dim / 2, 1);
    for (uint32_t layer = 0; layer < s->n_layers; layer++)
        for (size_t i = 0; i < sizeof of_layer / sizeof *of_layer; i++) {
            char name[48];
            snprintf(name, sizeof name, "blk.%u.%s.weight", layer, of_layer[i].name);
            add(job, name, of_layer[i].role, of_layer[i].width, of_layer[i].rows);
        }
    add(job, "output_norm.weight", NORM, s->dim, 1);
    if (!s->tied) add(job, "output.weight", MATRIX, s->dim, s->n_vocab);
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Eight 16-bit uniforms summed: close to normal, the same bits on every machine. */
static float next_normal(uint64_t *state)
{
    int32_t sum = 0;
    for (int word = 0; word < 2; word++) {
        uint64_t bits = next_random(state);
        for (int i = 0; i < 4; i++) sum += (int32_t)(bits >> (16 * i) & 0xffff);
    }
    return (float)(sum - 4 * 65535) * (1.0f / 53510.3f); /* sqrt(8 / 12) * 65536 */
}

/* Newton's method from the exponent: no libm, whose last bit differs between machines. */
static float inverse_root(uint64_t n)
{
    double root = 1.0;
    while (root * root < (double)n) root *= 2.0;
    for (int i = 0; i < 40; i++) root = 0.5 * (root + (double)n / root);
    return (float)(1.0 / root);
}

static bool write_tensor(FILE *file, const struct job *job, size_t index, float *row,
                         uint8_t *packed)
{
    const struct tensor *tensor = &job->tensors[index];
    enum hone_type type = types[find_type(tensor->type->name)].type;
    uint64_t state = job->seed * 0x2545f4914f6cdd1du + index;
    uint64_t row_bytes = tensor->n_bytes / tensor->dims[1];
    float scale = inverse_root(tensor->dims[0]);
    if (tensor->role == ROPE_FACTORS) model_rope_factors(job->shape, row);
    for (uint64_t r = 0; r < tensor->dims[1]; r++) {
        for (uint64_t i = 0; i < tensor->dims[0] && tensor->role != ROPE_FACTORS; i++) {
            float value = next_normal(&state);
            row[i] = tensor->role == NORM ? 1.0f + 0.1f * value : scale * value;
        }
        hone_type_quantize_row(type, row, tensor->dims[0], packed);
        if (fwrite(packed, 1, row_bytes, file) != row_bytes) return false;
    }
    static const uint8_t padding[32];
    size_t pad = (size_t)(-tensor->n_bytes & 31);
    return fwrite(padding, 1, pad, file) == pad;
}

static bool write_file(const struct job *job, FILE *file)
{
    struct gguf_kit kit = {0};
    int type = find_type(job->type);
    const struct mix *mix = find_mix(job->type);
    kit_begin(&kit);
    model_write_keys(&kit, job->shape, mix ? mix->file_type : type < 0 ? 1 : types[type].file_type);
    for (size_t i = 0; i < job->n_tensors; i++)
        kit_tensor(&kit, job->tensors[i].name, job->tensors[i].n_dims, job->tensors[i].dims,
                   job->tensors[i].type->number, job->tensors[i].n_bytes);
    kit_end(&kit);
    float *row = malloc(MAX_ROW * sizeof *row);
    uint8_t *packed = malloc(MAX_ROW * sizeof *row);
    bool ok = row && packed && fwrite(kit.data, 1, kit.n_bytes, file) == kit.n_bytes;
    for (size_t i = 0; ok && i < job->n_tensors; i++) ok = write_tensor(file, job, i, row, packed);
    free(row);
    free(packed);
    free(kit.data);
    return ok;
}

static int usage(void)
{
    fputs("usage: make_model SHAPE --type T [--seed S] OUT.gguf\nshapes:", stderr);
    for (unsigned i = 0; model_shape_at(i); i++) fprintf(stderr, " %s", model_shape_at(i)->name);
    fputs("\ntypes:", stderr);
    for (int i = 0; i < N_TYPES; i++) fprintf(stderr, " %s", types[i].name);
    for (size_t i = 1; i < sizeof mixes / sizeof *mixes; i++) fprintf(stderr, " %s", mixes[i].name);
    fputs(" mixed\n", stderr);
    return 2;
}

static bool parse(int argc, char **argv, struct job *job)
{
    int n_plain = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--type") == 0 && i + 1 < argc)
            job->type = argv[++i];
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            job->seed = strtoull(argv[++i], NULL, 10);
        else if (argv[i][0] == '-' || n_plain == 2)
            return false;
        else if (n_plain++ == 0)
            job->shape = model_shape_find(argv[i]);
        else
            job->path = argv[i];
    }
    return job->shape && job->path && job->type &&
           (strcmp(job->type, "mixed") == 0 || find_mix(job->type) || find_type(job->type) >= 0);
}

int main(int argc, char **argv)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job) return 1;
    job->seed = 1;
    if (!parse(argc, argv, job)) {
        free(job);
        return usage();
    }
    list_tensors(job);
    FILE *file = fopen(job->path, "wb");
    bool ok = file && write_file(job, file);
    if (file && fclose(file) != 0) ok = false;
    if (!ok) fprintf(stderr, "make_model: %s: %s\n", job->path, strerror(errno));
    free(job);
    return ok ? 0 : 74;
}
