/* SPDX-License-Identifier: MIT */
/* Sizing, making and closing a session. */
#include "runtime/plan/session.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"

#define LONG(v) ((unsigned long long)(v))

enum { ARGS_ALIGNMENT = 64 }; /* of argument blocks, as FORMAT.md has it */

static enum hone_status ask(const struct hone_model *model,
                            const struct hone_session_options *options,
                            struct hone_session_options *out_asked, struct hone_error *err)
{
    const struct hone_plan *plan = &model->package.plan;
    *out_asked = (struct hone_session_options){0};
    if (options && options->struct_size == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "session: options without struct_size");
    if (options)
        memcpy(out_asked, options,
               options->struct_size < sizeof *out_asked ? options->struct_size : sizeof *out_asked);
    if (out_asked->n_seqs == 0) out_asked->n_seqs = 1;
    if (out_asked->n_seqs > plan->header->max_seqs)
        return hone_fail(err, HONE_ERR_LIMIT, "session: %u sequences, the package allows %u",
                         out_asked->n_seqs, plan->header->max_seqs);
    uint64_t n_pages = out_asked->n_pages;
    if (n_pages == 0) n_pages = (uint64_t)out_asked->n_seqs * plan->shape.max_pages;
    if (n_pages > INT32_MAX)
        return hone_fail(err, HONE_ERR_LIMIT, "session: %llu KV pages are too many", LONG(n_pages));
    out_asked->n_pages = (uint32_t)n_pages;
    return HONE_OK;
}

static bool size_kv(const struct hone_plan *plan, uint32_t n_pages, uint64_t *out_bytes)
{
    *out_bytes = 0;
    for (uint32_t i = 0; i < plan->header->n_kv_regions; i++) {
        uint64_t n_bytes;
        if (!hone_mul(plan->kv_regions[i].page_bytes, n_pages, &n_bytes) ||
            !hone_round_up(n_bytes, 64, &n_bytes) || !hone_add(*out_bytes, n_bytes, out_bytes))
            return false;
    }
    return true;
}

static enum hone_status find_sizes(const struct hone_model *model,
                                   const struct hone_session_options *options,
                                   struct hone_session_sizes *out_sizes, struct hone_error *err)
{
    const struct hone_plan *plan = &model->package.plan;
    struct hone_session_options asked;
    HONE_TRY(ask(model, options, &asked, err));
    *out_sizes = (struct hone_session_sizes){
        .n_threads = asked.n_threads ? asked.n_threads : model->device->n_workers_default(),
        .n_seqs = asked.n_seqs,
        .n_pages = asked.n_pages,
        .scratch_bytes = plan->header->scratch_bytes,
        .bytes[HONE_MEMORY_ACTIVATIONS] = plan->header->activation_bytes,
        .bytes[HONE_MEMORY_BATCH] = plan->batch.n_bytes,
        .host_bytes[HONE_HOST_BATCH] = plan->batch.n_bytes,
        .args_bytes = plan->header->args_bytes,
    };
    if (!model->device->is_host) /* the plan's check says that this fits the activations */
        out_sizes->host_bytes[HONE_HOST_LOGITS] =
            plan->header->max_out * plan->header->logits_stride;
    uint64_t *total = &out_sizes->total_bytes;
    bool fits = size_kv(plan, asked.n_pages, &out_sizes->bytes[HONE_MEMORY_KV]) &&
                hone_mul(out_sizes->scratch_bytes, out_sizes->n_threads, total);
    for (int kind = 0; kind < HONE_MEMORY_KINDS; kind++)
        fits = fits && hone_add(*total, out_sizes->bytes[kind], total);
    /* A host's own memory needs no mirror but a small one of the batch block. */
    for (int kind = 0; kind < HONE_HOST_KINDS && !model->device->is_host; kind++)
        fits = fits && hone_add(*total, out_sizes->host_bytes[kind], total);
    fits = fits && hone_add(*total, out_sizes->args_bytes, total);
    if (!fits || *total > SIZE_MAX / 2)
        return hone_fail(err, HONE_ERR_LIMIT,
                         "session: %u KV pages and %u threads need more "
                         "memory than can be addressed",
                         asked.n_pages, out_sizes->n_threads);
    return HONE_OK;
}

enum hone_status hone_session_bytes(const struct hone_model *model,
                                    const struct hone_session_options *options, uint64_t *out_bytes,
                                    struct hone_error *err)
{
    struct hone_session_sizes sizes;
    HONE_TRY(find_sizes(model, options, &sizes, err));
    *out_bytes = sizes.total_bytes;
    return HONE_OK;
}

static enum hone_status open_device(struct hone_session *session, uint32_t huge_pages,
                                    struct hone_error *err)
{
    const struct hone_device_vtable *device = session->model->device;
    const struct hone_package *package = &session->model->package;
    const struct hone_package_part *code = &package->parts[HONE_SECTION_CODE];
    const struct hone_device_options options = {
        .struct_size = sizeof options,
        .n_threads = session->sizes.n_threads,
        .scratch_bytes = session->sizes.scratch_bytes,
        .huge_pages = huge_pages,
    };
    HONE_TRY(device->open(&options, &session->device, err));
    HONE_TRY(device->load(session->device, code->data, (size_t)code->n_bytes, package->fd,
                          code->offset, &session->code, err));
    for (int kind = 0; kind < HONE_MEMORY_KINDS; kind++) {
        void *memory;
        HONE_TRY(device->alloc(session->device, (size_t)session->sizes.bytes[kind], &memory, err));
        session->memory[kind] = memory;
    }
    return HONE_OK;
}

/* Where the device has no wishes, host memory is the arena's. */
static enum hone_status allocate_copied(struct hone_session *session, struct hone_error *err)
{
    const struct hone_device_vtable *device = session->model->device;
    for (int kind = 0; kind < HONE_HOST_KINDS; kind++) {
        size_t n_bytes = (size_t)session->sizes.host_bytes[kind];
        void *memory = NULL;
        if (n_bytes == 0) continue;
        if (device->alloc_host)
            HONE_TRY(device->alloc_host(session->device, n_bytes, &memory, err));
        else
            memory = hone_arena_alloc(&session->arena, n_bytes);
        if (!memory)
            return hone_fail(err, HONE_ERR_NO_MEMORY, "session: no memory for its batch block");
        session->host[kind] = memory;
    }
    return HONE_OK;
}

static enum hone_status allocate_host(struct hone_session *session, struct hone_error *err)
{
    const struct hone_plan *plan = hone_session_plan(session);
    const struct hone_session_sizes *sizes = &session->sizes;
    struct hone_arena *arena = &session->arena;
    struct hone_kv *kv = &session->kv;
    uint32_t longest = 1;
    for (uint32_t i = 0; i < plan->header->n_lists; i++)
        if (plan->lists[i].n_steps > longest) longest = plan->lists[i].n_steps;
    kv->n_seqs = sizes->n_seqs;
    kv->max_pages = plan->shape.max_pages;
    kv->page_tokens = plan->header->page_tokens;
    session->launches = hone_arena_array(arena, plan->header->n_steps, sizeof *session->launches);
    session->args = hone_arena_alloc(arena, (size_t)sizes->args_bytes + ARGS_ALIGNMENT - 1);
    session->kv_regions =
        hone_arena_array(arena, plan->header->n_kv_regions, sizeof *session->kv_regions);
    session->seen_in = hone_arena_array(arena, sizes->n_seqs, sizeof *session->seen_in);
    session->step_ns = hone_arena_array(arena, longest, sizeof *session->step_ns);
    kv->free_pages = hone_arena_array(arena, sizes->n_pages, sizeof *kv->free_pages);
    kv->pages = hone_arena_array(arena, (size_t)sizes->n_seqs * kv->max_pages, sizeof *kv->pages);
    kv->lengths = hone_arena_array(arena, sizes->n_seqs, sizeof *kv->lengths);
    if (!session->launches || !session->args || !session->kv_regions || !session->seen_in ||
        !session->step_ns || !kv->free_pages || !kv->pages || !kv->lengths)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "session: no memory for its tables");
    hone_kv_init(kv, sizes->n_pages);
    session->args += (ARGS_ALIGNMENT - (uintptr_t)session->args % ARGS_ALIGNMENT) % ARGS_ALIGNMENT;
    return allocate_copied(session, err);
}

static void place_kv_regions(struct hone_session *session)
{
    const struct hone_plan *plan = hone_session_plan(session);
    uint8_t *at = session->memory[HONE_MEMORY_KV];
    for (uint32_t i = 0; i < plan->header->n_kv_regions; i++) {
        session->kv_regions[i] = at;
        uint64_t n_bytes = plan->kv_regions[i].page_bytes * session->sizes.n_pages;
        at += (n_bytes + 63) / 64 * 64;
    }
}

static const void *bound_address(const struct hone_session *session,
                                 const struct hone_plan_binding *binding)
{
    const struct hone_plan *plan = hone_session_plan(session);
    switch (binding->kind) {
    case HONE_BIND_ACTIVATION: return session->memory[HONE_MEMORY_ACTIVATIONS] + binding->value;
    case HONE_BIND_WEIGHT: return hone_weights_at(&session->model->weights, binding->value);
    case HONE_BIND_BATCH:
        return session->memory[HONE_MEMORY_BATCH] + plan->batch.offset[binding->value];
    default: return session->kv_regions[binding->value];
    }
}

static void bind_step(struct hone_session *session, uint32_t i)
{
    const struct hone_plan *plan = hone_session_plan(session);
    const struct hone_plan_step *step = &plan->steps[i];
    uint8_t *args = session->args + step->args_offset;
    for (uint32_t b = 0; b < step->n_bindings; b++) {
        const struct hone_plan_binding *binding = &plan->bindings[step->first_binding + b];
        uint64_t address = (uintptr_t)bound_address(session, binding);
        memcpy(args + binding->args_offset, &address, sizeof address);
    }
    session->launches[i] = (struct hone_launch){
        .module = session->code,
        .entry = plan->kernels[step->kernel].code_offset,
        .args = args,
        .n_blocks = step->grid_rule == HONE_GRID_CONST ? step->grid_p0 : 0,
        .schedule = step->schedule,
    };
}

void hone_session_set_grids(struct hone_session *session, const struct hone_plan_list *list,
                            uint32_t n_tokens, uint32_t n_out)
{
    const struct hone_plan_step *steps = hone_session_plan(session)->steps;
    for (uint32_t i = list->first_step; i < list->first_step + list->n_steps; i++)
        if (steps[i].grid_rule != HONE_GRID_CONST)
            session->launches[i].n_blocks = (uint32_t)hone_plan_blocks(&steps[i], n_tokens, n_out);
}

/* Lists are made ready as their smallest forward: what decoding asks for most. */
static enum hone_status prepare_lists(struct hone_session *session, struct hone_error *err)
{
    const struct hone_plan *plan = hone_session_plan(session);
    const struct hone_device_vtable *device = session->model->device;
    if (!device->prepare) return HONE_OK;
    for (uint32_t i = 0; i < plan->header->n_lists; i++) {
        const struct hone_plan_list *list = &plan->lists[i];
        hone_session_set_grids(session, list, list->m_min, 1);
        HONE_TRY(device->prepare(session->device, session->launches + list->first_step,
                                 list->n_steps, err));
    }
    return HONE_OK;
}

/* Copies the argument blocks and fills their pointers in. */
static enum hone_status bind_steps(struct hone_session *session, struct hone_error *err)
{
    const struct hone_plan *plan = hone_session_plan(session);
    memcpy(session->args, plan->args, (size_t)session->sizes.args_bytes);
    for (uint32_t i = 0; i < plan->header->n_steps; i++) bind_step(session, i);
    return prepare_lists(session, err);
}

enum hone_status hone_session_create(struct hone_model *model,
                                     const struct hone_session_options *options,
                                     struct hone_session **out_session, struct hone_error *err)
{
    *out_session = NULL;
    struct hone_session_sizes sizes;
    struct hone_session_options asked;
    HONE_TRY(find_sizes(model, options, &sizes, err));
    HONE_TRY(ask(model, options, &asked, err));
    struct hone_session *session = calloc(1, sizeof *session);
    if (!session) return hone_fail(err, HONE_ERR_NO_MEMORY, "session: no memory");
    session->model = model;
    session->sizes = sizes;
    enum hone_status status = open_device(session, asked.huge_pages, err);
    if (status == HONE_OK) status = allocate_host(session, err);
    if (status == HONE_OK) {
        place_kv_regions(session);
        status = bind_steps(session, err);
    }
    if (status != HONE_OK) {
        hone_session_close(session);
        return status;
    }
    *out_session = session;
    return HONE_OK;
}

void hone_session_close(struct hone_session *session)
{
    if (!session) return;
    const struct hone_device_vtable *device = session->model->device;
    for (int kind = 0; kind < HONE_MEMORY_KINDS; kind++)
        if (session->memory[kind])
            device->free(session->device, session->memory[kind],
                         (size_t)session->sizes.bytes[kind]);
    for (int kind = 0; kind < HONE_HOST_KINDS; kind++)
        if (session->host[kind] && device->free_host)
            device->free_host(session->device, session->host[kind],
                              (size_t)session->sizes.host_bytes[kind]);
    if (session->code) device->unload(session->device, session->code);
    device->close(session->device);
    hone_arena_release(&session->arena);
    free(session);
}

uint32_t hone_session_threads(const struct hone_session *session)
{
    return session->model->device->n_workers(session->device);
}

uint32_t hone_seq_length(const struct hone_session *session, uint32_t seq)
{
    return seq < session->kv.n_seqs ? session->kv.lengths[seq] : 0;
}

enum hone_status hone_seq_truncate(struct hone_session *session, uint32_t seq, uint32_t n_positions,
                                   struct hone_error *err)
{
    if (seq >= session->kv.n_seqs)
        return hone_fail(err, HONE_ERR_ARGUMENT, "truncate: sequence %u of %u", seq,
                         session->kv.n_seqs);
    if (n_positions > session->kv.lengths[seq])
        return hone_fail(err, HONE_ERR_ARGUMENT, "truncate: sequence %u holds %u positions, not %u",
                         seq, session->kv.lengths[seq], n_positions);
    hone_kv_truncate(&session->kv, seq, n_positions);
    return HONE_OK;
}

void hone_session_profile(struct hone_session *session, struct hone_profile *profile)
{
    session->profile = profile;
}
