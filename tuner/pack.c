/* SPDX-License-Identifier: MIT */
/* From workload and store to package file. */
#include "tuner/pack.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/package_writer.h"
#include "codegen/model/gguf.h"
#include "codegen/model/tokenizer_section.h"
#include "tuner/pack_store.h"
#include "tuner/proof.h"
#include "tuner/verify_times.h"

enum { DEFAULT_MAX_SEQS = 32, MAX_OUT_ROWS = 64 };

/* One plan of the package; what is common to all is the first one's. */
struct packer {
    const struct hone_pack_options *options;
    struct hone_target machine; /* that the plan is for */
    const struct hone_machine_facts *facts;
    struct hone_pack_report *report;
    struct hone_error *err;
    struct hone_workload workload;
    struct hone_pack_store store;
    struct hone_kernels *kernels;
    struct hone_choice choice;
    struct hone_lowered lowered;
    struct hone_package_writer *writer;
    void *tokenizer; /* its section */
    size_t n_tokenizer_bytes;
    char target[HONE_TARGET_TEXT_BYTES];
};

/* ---- preparing ---- */

static enum hone_status open_store(struct packer *p)
{
    hone_target_format(&p->machine, p->target);
    if (!p->options->store) return HONE_OK;
    struct hone_store_options options = {
        .struct_size = sizeof options, .read_only = true, .must_exist = true};
    memcpy(p->store.target, p->target, sizeof p->target);
    return hone_store_open(p->options->store, &options, &p->store.store, p->err);
}

enum hone_status hone_pack_check_out(const struct hone_pack_options *options,
                                     struct hone_error *err)
{
    const char *path = options->out;
    struct stat model, out;
    bool exists = stat(path, &out) == 0;
    if (exists && !S_ISREG(out.st_mode))
        return hone_fail(err, HONE_ERR_IO, "%s: not a regular file", path);
    if (exists && stat(options->model, &model) == 0 && model.st_dev == out.st_dev &&
        model.st_ino == out.st_ino)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: the package would replace the model", path);
    struct hone_package_writer *writer;
    HONE_TRY(hone_package_writer_open(path, &writer, err));
    hone_package_writer_abandon(writer);
    return HONE_OK;
}

/* Int8 arithmetic is not held to what it cannot hold. */
static enum hone_status check_scales(struct packer *p)
{
    const struct hone_graph *graph = &p->workload.graph;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const struct hone_node *node = &graph->nodes[i];
        if (strcmp(node->op->name, "gemm") != 0) continue;
        const struct hone_tensor *w = &graph->tensors[node->operands[1]];
        uint64_t n_blocks = w->rows * w->cols / hone_type_info(w->type)->block_values;
        if (graph->tensors[node->operands[0]].type == HONE_TYPE_Q8A &&
            !hone_type_fits_int8(w->type, w->data, n_blocks))
            return hone_fail(p->err, HONE_ERR_UNSUPPORTED,
                             "%s: tensor '%s': a %s block has a scale beyond 2^104, which int8 "
                             "arithmetic does not hold (--activations bf16 or f32 does)",
                             p->options->model, w->name, hone_type_info(w->type)->name);
    }
    return HONE_OK;
}

/* What can fail at once is tried before kernels are compiled for seconds. */
static enum hone_status check_early(struct packer *p)
{
    HONE_TRY(hone_pack_check_out(p->options, p->err));
    HONE_TRY(check_scales(p));
    return hone_tokenizer_section_build(p->workload.gguf, &p->tokenizer, &p->n_tokenizer_bytes,
                                        p->err);
}

static enum hone_status open_kernels(struct packer *p)
{
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = p->options->data_dir,
                                           .target = &p->machine,
                                           .facts = p->facts,
                                           .compile_command = p->options->compile_command,
                                           .cache = hone_pack_binaries(&p->store)};
    return hone_kernels_open(&options, &p->kernels, p->err);
}

static enum hone_status lower(struct packer *p, const struct hone_lowered *before)
{
    struct hone_workload *w = &p->workload;
    struct hone_winners winners = hone_pack_winners(&p->store);
    struct hone_envelope envelope = {
        .max_tokens = w->max_tokens,
        .max_seqs = p->options->max_seqs ? p->options->max_seqs : DEFAULT_MAX_SEQS,
        .max_out = w->max_tokens < MAX_OUT_ROWS ? w->max_tokens : MAX_OUT_ROWS};
    HONE_TRY(hone_choice_make(&w->graph, &w->regions, &w->mix, p->kernels, &winners,
                              &p->options->limit, &p->choice, p->err));
    return hone_lower(&w->graph, &p->choice, &w->mix, &envelope, p->kernels, before, &p->lowered,
                      p->err);
}

/* ---- sections ---- */

/* The type most of the model's bytes are in, upper case as people write it: "Q4_0". */
static void main_type(const struct hone_graph *graph, char out_name[16])
{
    uint64_t bytes[HONE_TYPES] = {0};
    int best = HONE_TYPE_F32;
    for (uint32_t t = 0; t < graph->n_tensors; t++) {
        const struct hone_tensor *tensor = &graph->tensors[t];
        if (tensor->kind != HONE_TENSOR_WEIGHT || tensor->rows == 1) continue;
        const struct hone_type_info *info = hone_type_info(tensor->type);
        bytes[tensor->type] += tensor->rows * tensor->cols / info->block_values * info->block_bytes;
        if (bytes[tensor->type] > bytes[best]) best = (int)tensor->type;
    }
    snprintf(out_name, 16, "%s", hone_type_info((enum hone_type)best)->name);
    for (char *c = out_name; *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
}

/* INFO is lines: a control character in a name would make another line. */
static void clean_name(const struct hone_gguf *gguf, char *out_name, size_t capacity)
{
    struct hone_gguf_text name = {"", 0};
    hone_gguf_opt_text(gguf, "general.name", &name, NULL);
    if (name.n_bytes == 0) hone_gguf_get_text(gguf, "general.architecture", &name, NULL);
    size_t n = name.n_bytes < capacity - 1 ? name.n_bytes : capacity - 1;
    for (size_t i = 0; i < n; i++)
        out_name[i] = (unsigned char)name.data[i] < ' ' ? ' ' : name.data[i];
    out_name[n] = '\0';
}

static enum hone_status add_info(struct packer *p)
{
    const struct hone_graph *graph = &p->workload.graph;
    char text[1024], name[128], type[16];
    struct hone_gguf_text architecture = {"", 0};
    main_type(graph, type);
    clean_name(p->workload.gguf, name, sizeof name);
    hone_gguf_get_text(p->workload.gguf, "general.architecture", &architecture, NULL);
    const char *compiler = "";
    HONE_TRY(hone_kernels_compiler(p->kernels, &compiler, p->err));
    int n = snprintf(text, sizeof text,
                     "name=%s\narchitecture=%.*s\ntype=%s\nparameters=%" PRIu64
                     "\nmodel_bytes=%" PRIu64 "\nkv_type=%s\ntuned=%d\ncompiler=%s\n"
                     "second_layouts=%u\n",
                     name, (int)architecture.n_bytes, architecture.data, type, graph->n_parameters,
                     graph->weight_bytes, hone_type_info(graph->kv_type)->name, p->choice.all_tuned,
                     compiler, p->choice.second_layouts.n_weights);
    return hone_package_writer_add(p->writer, HONE_SECTION_INFO, text, (size_t)n, p->err);
}

static json_t *kernel_proof(struct packer *p, const struct hone_lowered_kernel *kernel,
                            struct hone_arena *arena)
{
    const struct hone_variant *variant = &kernel->candidate->variant;
    char config[HONE_CONFIG_TEXT_BYTES], tuple[HONE_FORMAT_TUPLE_BYTES];
    hone_config_print(variant->space, &variant->config, config);
    hone_variant_format_tuple(variant, tuple);
    const char *proof = hone_pack_proof(&p->store, variant->code_key, arena);
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:s*}", "kernel", kernel->name, "op",
                  variant->call.problem.op->name, "space", variant->space->name, "config", config,
                  "formats", tuple, "code_key", variant->code_key, "steps", (int)kernel->n_steps,
                  "tuned", (int)kernel->candidate->tuned, "proof", proof);
    if (entry) json_object_update_new(entry, proof_calls(p->kernels, variant));
    const char *key = json_string_value(json_object_get(entry, "problem"));
    const struct hone_store_trial *trial =
        key ? hone_pack_trial(&p->store, key, variant->code_key, arena) : NULL;
    if (trial) json_object_set_new(entry, "timed", timed_json(trial));
    return entry;
}

static enum hone_status add_proofs(struct packer *p)
{
    struct hone_arena arena = {0};
    json_t *list = json_array();
    for (uint32_t k = 0; k < p->lowered.n_kernels; k++)
        json_array_append_new(list, kernel_proof(p, &p->lowered.kernels[k], &arena));
    json_t *root = json_pack("{s:i, s:s, s:o}", "schema", 1, "target", p->target, "kernels", list);
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    enum hone_status status =
        text ? hone_package_writer_add(p->writer, HONE_SECTION_PROOFS, text, strlen(text), p->err)
             : hone_fail(p->err, HONE_ERR_NO_MEMORY, "proofs: no memory");
    free(text);
    json_decref(root);
    hone_arena_release(&arena);
    return status;
}

/* One tensor at a time: a model need not fit in memory twice. */
static enum hone_status add_weight(struct packer *p, const struct hone_lowered_weight *weight)
{
    const struct hone_tensor *tensor = &p->workload.graph.tensors[weight->tensor];
    uint64_t at;
    HONE_TRY(hone_package_writer_align(p->writer, 64, &at, p->err));
    if (at != weight->offset)
        return hone_fail(p->err, HONE_ERR_FORMAT,
                         "weight '%s' would land at %" PRIu64 ", the plan says %" PRIu64,
                         tensor->name, at, weight->offset);
    void *data = calloc(1, weight->n_bytes);
    if (!data) return hone_fail(p->err, HONE_ERR_NO_MEMORY, "'%s': no memory", tensor->name);
    enum hone_status status = hone_format_relayout(weight->format, tensor->data, tensor->rows,
                                                   tensor->cols, data, p->err);
    if (status == HONE_OK)
        status = hone_package_writer_write(p->writer, data, weight->n_bytes, p->err);
    free(data);
    return status;
}

static enum hone_status add_weights(struct packer *p)
{
    HONE_TRY(hone_package_writer_begin(p->writer, HONE_SECTION_WEIGHTS, p->err));
    for (uint32_t i = 0; i < p->lowered.n_weights; i++)
        HONE_TRY(add_weight(p, &p->lowered.weights[i]));
    HONE_TRY(hone_package_writer_align(p->writer, 64, NULL, p->err));
    return hone_package_writer_end(p->writer, p->err);
}

/* What the plan reads of WEIGHTS, in pieces that follow one another at once joined. */
static enum hone_status add_parts(struct packer *p, struct hone_package_writer *writer)
{
    const struct hone_lowered *lowered = &p->lowered;
    struct hone_weight_part *parts = calloc(lowered->n_weights + 1, sizeof *parts);
    uint32_t n = 0;
    if (!parts) return hone_fail(p->err, HONE_ERR_NO_MEMORY, "pack: no memory");
    for (uint32_t i = 0; i < lowered->n_weights; i++) {
        const struct hone_lowered_weight *weight = &lowered->weights[i];
        uint64_t n_bytes = (weight->n_bytes + 63) / 64 * 64;
        if (!weight->is_read) continue;
        if (n > 0 && parts[n - 1].offset + parts[n - 1].n_bytes == weight->offset)
            parts[n - 1].n_bytes += n_bytes;
        else
            parts[n++] = (struct hone_weight_part){weight->offset, n_bytes};
    }
    enum hone_status status = n == 0 ? HONE_OK
                                     : hone_package_writer_add(writer, HONE_SECTION_WEIGHT_PARTS,
                                                               parts, n * sizeof *parts, p->err);
    free(parts);
    return status;
}

/* Sections that every plan has of its own; `common` ones lie among those of the first. */
static enum hone_status add_plan(struct packer *p, struct packer *common, uint32_t index)
{
    const struct hone_lowered *lowered = &p->lowered;
    struct hone_package_writer *writer = common->writer;
    bool first = p == common;
    hone_package_writer_plan(writer, index);
    HONE_TRY(
        hone_package_writer_add(writer, HONE_SECTION_TARGET, p->target, strlen(p->target), p->err));
    if (first) HONE_TRY(add_info(p));
    HONE_TRY(hone_package_writer_add(writer, HONE_SECTION_PLAN, lowered->plan, lowered->plan_bytes,
                                     p->err));
    HONE_TRY(hone_package_writer_add(writer, HONE_SECTION_CODE, lowered->code, lowered->code_bytes,
                                     p->err));
    if (first)
        HONE_TRY(hone_package_writer_add(writer, HONE_SECTION_TOKENIZER, p->tokenizer,
                                         p->n_tokenizer_bytes, p->err));
    p->writer = writer;
    enum hone_status status = add_proofs(p);
    if (!first) p->writer = NULL;
    if (status == HONE_OK && p->options->n_others) status = add_parts(p, writer);
    return status;
}

/* The last plan knows the weights of all. */
static enum hone_status write_package(struct packer *plans, uint32_t n_plans)
{
    struct packer *first = plans, *last = &plans[n_plans - 1];
    HONE_TRY(hone_package_writer_open(first->options->out, &first->writer, first->err));
    for (uint32_t i = 0; i < n_plans; i++) HONE_TRY(add_plan(&plans[i], first, i));
    struct hone_package_writer *writer = first->writer;
    last->writer = writer;
    enum hone_status status = add_weights(last);
    if (last != first) last->writer = NULL;
    HONE_TRY(status);
    first->writer = NULL;
    return hone_package_writer_finish(writer, NULL, &first->report->package_bytes, first->err);
}

/* ---- the whole ---- */

static void report_near(struct hone_pack_report *r, const struct hone_candidate *candidate)
{
    uint32_t n = r->n_near_kernels;
    if (candidate->near[0] == '\0') return;
    r->n_near_kernels++;
    if (n >= HONE_PACK_SHOWN_NEAR) return;
    hone_problem_key(&candidate->variant.call.problem, r->near_kernels[n].problem);
    memcpy(r->near_kernels[n].near, candidate->near, sizeof candidate->near);
}

static void fill_report(struct packer *p)
{
    const struct hone_lowered *lowered = &p->lowered;
    const struct hone_graph *graph = &p->workload.graph;
    struct hone_pack_report *r = p->report;
    bool first = r->n_plans++ == 0;
    r->code_bytes += lowered->code_bytes;
    r->plan_bytes += lowered->plan_bytes;
    r->weight_bytes = lowered->weight_bytes; /* of all plans so far */
    if (lowered->activation_bytes > r->activation_bytes)
        r->activation_bytes = lowered->activation_bytes;
    r->kv_bytes_per_token = (uint64_t)graph->n_layers * 2 * graph->kv.n_kv_heads *
                            graph->kv.head_dim / hone_type_info(graph->kv_type)->block_values *
                            hone_type_info(graph->kv_type)->block_bytes;
    r->n_kernels += lowered->n_kernels;
    if (r->n_stale_winners == 0)
        memcpy(r->first_stale, p->store.first_stale, sizeof r->first_stale);
    r->n_stale_winners += p->store.n_stale;
    r->all_tuned = p->choice.all_tuned && (first || r->all_tuned);
    r->second_layouts = p->choice.second_layouts;
    r->n_lists = p->workload.mix.n_lists;
    for (uint32_t k = 0; k < lowered->n_kernels; k++) {
        r->n_tuned_kernels += lowered->kernels[k].candidate->tuned;
        report_near(r, lowered->kernels[k].candidate);
        r->n_steps += lowered->kernels[k].n_steps;
    }
    for (uint32_t l = 0; l < r->n_lists; l++) {
        r->lists[l] = p->workload.mix.lists[l];
        r->predicted_seconds[l] = p->choice.seconds[l];
        r->estimated_seconds[l] = p->choice.estimated_seconds[l];
    }
}

static enum hone_status prepare(struct packer *p, const struct packer *before)
{
    struct hone_workload_options workload = p->options->workload;
    workload.family = p->machine.family;
    HONE_TRY(hone_workload_open(p->options->model, &workload, &p->workload, p->err));
    HONE_TRY(open_store(p));
    HONE_TRY(before ? check_scales(p) : check_early(p));
    HONE_TRY(open_kernels(p));
    HONE_TRY(lower(p, before ? &before->lowered : NULL));
    fill_report(p);
    return HONE_OK;
}

static void release(struct packer *p)
{
    free(p->tokenizer);
    hone_lowered_release(&p->lowered);
    hone_choice_release(&p->choice);
    hone_kernels_close(p->kernels);
    hone_store_close(p->store.store);
    hone_workload_close(&p->workload);
}

enum hone_status hone_pack(const struct hone_pack_options *options,
                           struct hone_pack_report *out_report, struct hone_error *err)
{
    uint32_t n_plans = 1 + options->n_others;
    *out_report = (struct hone_pack_report){0};
    if (n_plans > HONE_MAX_PLANS)
        return hone_fail(err, HONE_ERR_LIMIT, "pack: %u targets, a package holds %d", n_plans,
                         HONE_MAX_PLANS);
    struct packer *plans = calloc(n_plans, sizeof *plans);
    if (!plans) return hone_fail(err, HONE_ERR_NO_MEMORY, "pack: no memory");
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && i < n_plans; i++) {
        const struct hone_pack_target *other = i ? &options->others[i - 1] : NULL;
        plans[i] = (struct packer){.options = options,
                                   .machine = other ? other->target : options->target,
                                   .facts = other ? &other->facts : options->facts,
                                   .report = out_report,
                                   .err = err};
        status = prepare(&plans[i], i ? &plans[i - 1] : NULL);
    }
    if (status == HONE_OK) status = write_package(plans, n_plans);
    hone_package_writer_abandon(plans[0].writer);
    for (uint32_t i = 0; i < n_plans; i++) release(&plans[i]);
    free(plans);
    return status;
}
