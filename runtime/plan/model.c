/* SPDX-License-Identifier: MIT */
/* Opening a model, and what can be asked about one. */
#include "runtime/plan/model.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/hone.h"

static enum hone_status check_signature(const struct hone_package *package,
                                        const struct hone_open_options *options,
                                        struct hone_error *err)
{
    if (!options->verify_signature) return HONE_OK;
    const struct hone_package_part *part = &package->parts[HONE_SECTION_SIGNATURE];
    enum hone_status status =
        options->verify_signature(options->verify_context, package->header->manifest_hash,
                                  part->data, (size_t)part->n_bytes, err);
    return status == HONE_OK ? HONE_OK : hone_fail_in(err, status, "%s", package->path);
}

static enum hone_status open_package(struct hone_model *model, const char *path,
                                     const struct hone_open_options *options,
                                     struct hone_error *err)
{
    HONE_TRY(hone_package_open(path, &model->package, err));
    HONE_TRY(hone_model_choose(model, options->device, err));
    HONE_TRY(check_signature(&model->package, options, err));
    if (options->check_weights) HONE_TRY(hone_package_check_weights(&model->package, err));
    return hone_weights_place(&model->package, model->device, options->weights,
                              options->weight_threads, &model->weights, err);
}

enum hone_status hone_open(const char *path, const struct hone_open_options *options,
                           struct hone_model **out_model, struct hone_error *err)
{
    *out_model = NULL;
    struct hone_open_options asked = {0};
    if (options && options->struct_size == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: options without struct_size", path);
    if (options)
        memcpy(&asked, options,
               options->struct_size < sizeof asked ? options->struct_size : sizeof asked);
    struct hone_model *model = calloc(1, sizeof *model);
    if (!model) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    model->package.fd = -1;
    struct hone_error unread; /* messages are put together even if nobody asked for them */
    enum hone_status status = open_package(model, path, &asked, err ? err : &unread);
    if (status != HONE_OK) {
        hone_close(model);
        return status;
    }
    *out_model = model;
    return HONE_OK;
}

void hone_close(struct hone_model *model)
{
    if (!model) return;
    hone_weights_release(&model->weights);
    hone_package_close(&model->package);
    free(model);
}

void hone_model_info(const struct hone_model *model, struct hone_model_info *out_info)
{
    const struct hone_plan *plan = &model->package.plan;
    *out_info = (struct hone_model_info){
        .n_vocab = plan->header->n_vocab,
        .max_context = plan->header->max_context,
        .max_tokens = plan->header->max_tokens,
        .max_seqs = plan->header->max_seqs,
        .max_out = plan->header->max_out,
        .page_tokens = plan->header->page_tokens,
        .kv_bytes_per_page = plan->kv_bytes_per_page,
        .weight_bytes = model->package.parts[HONE_SECTION_WEIGHTS].n_bytes,
        .package_bytes = model->package.map.n_bytes,
        .weight_copy_bytes = model->weights.copy_bytes,
    };
}

enum hone_status hone_model_text(const struct hone_model *model, const char *key, char *out_text,
                                 size_t capacity)
{
    size_t n_bytes;
    const char *value = hone_package_info(&model->package, key, &n_bytes);
    if (!value) return HONE_ERR_NOT_FOUND;
    if (n_bytes >= capacity) return HONE_ERR_LIMIT;
    memcpy(out_text, value, n_bytes);
    out_text[n_bytes] = '\0';
    return HONE_OK;
}

const void *hone_model_tokenizer(const struct hone_model *model, size_t *out_bytes)
{
    const struct hone_package_part *part = &model->package.parts[HONE_SECTION_TOKENIZER];
    *out_bytes = (size_t)part->n_bytes;
    return part->data;
}

const char *hone_model_target(const struct hone_model *model)
{
    return model->target;
}

const char *hone_version(void)
{
    return HONE_VERSION;
}
