/* SPDX-License-Identifier: MIT */
/* oneDNN 2.x's matmul as a peer: weights in the layout it asks for, reordered before the clock. Its
 * int8 is u8 by s8 to s32 without scales. Threads are OpenMP's: OMP_NUM_THREADS. */
#include <dnnl.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/peers/driver.h"

#define DNNL(call)                                                                                 \
    do {                                                                                           \
        dnnl_status_t status_ = (call);                                                            \
        if (status_ != dnnl_success)                                                               \
            return hone_fail(err, HONE_ERR_UNSUPPORTED, "%.60s: status %d", #call, (int)status_);  \
    } while (0)

static const struct {
    dnnl_data_type_t x, w, y;
    uint32_t x_bytes, w_bytes;
} types[PEER_TYPES] = {
    [PEER_F32] = {dnnl_f32, dnnl_f32, dnnl_f32, 4, 4},
    [PEER_BF16] = {dnnl_bf16, dnnl_bf16, dnnl_f32, 2, 2},
    [PEER_INT8] = {dnnl_u8, dnnl_s8, dnnl_s32, 1, 1},
};

static struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t matmul;
    dnnl_memory_t x, w, y, plain;
    uint8_t *x_data, *w_data, *y_data, *plain_data;
    uint64_t w_bytes;
} peer_state;

enum hone_status peer_open(struct peer *peer, const char *library, struct hone_error *err)
{
    (void)library; /* linked */
    DNNL(dnnl_engine_create(&peer_state.engine, dnnl_cpu, 0));
    DNNL(dnnl_stream_create(&peer_state.stream, peer_state.engine, dnnl_stream_default_flags));
    const dnnl_version_t *version = dnnl_version();
    snprintf(peer->label, sizeof peer->label, "oneDNN %d.%d.%d", version->major, version->minor,
             version->patch);
    return HONE_OK;
}

static enum hone_status make_matmul(struct peer *peer, const struct peer_case *asked,
                                    dnnl_memory_desc_t *out_x, dnnl_memory_desc_t *out_y,
                                    struct hone_error *err)
{
    dnnl_dims_t x_dims = {asked->m, asked->k}, w_dims = {asked->k, asked->n},
                y_dims = {asked->m, asked->n};
    dnnl_memory_desc_t w;
    dnnl_matmul_desc_t matmul;
    const char *kernel = NULL;
    DNNL(dnnl_memory_desc_init_by_tag(out_x, 2, x_dims, types[asked->type].x, dnnl_ab));
    DNNL(dnnl_memory_desc_init_by_tag(&w, 2, w_dims, types[asked->type].w, dnnl_format_tag_any));
    DNNL(dnnl_memory_desc_init_by_tag(out_y, 2, y_dims, types[asked->type].y, dnnl_ab));
    DNNL(dnnl_matmul_desc_init(&matmul, out_x, &w, NULL, out_y));
    DNNL(dnnl_primitive_desc_create(&peer_state.desc, &matmul, NULL, peer_state.engine, NULL));
    DNNL(dnnl_primitive_create(&peer_state.matmul, peer_state.desc));
    DNNL(dnnl_primitive_desc_query(peer_state.desc, dnnl_query_impl_info_str, 0, &kernel));
    const dnnl_version_t *version = dnnl_version();
    snprintf(peer->label, sizeof peer->label, "oneDNN %d.%d.%d %.100s", version->major,
             version->minor, version->patch, kernel ? kernel : "");
    return HONE_OK;
}

/* Any bytes do: bf16 of one sign and near one, small codes. */
static void fill(uint8_t *data, uint64_t n, enum peer_type type)
{
    if (type == PEER_F32)
        peer_fill((float *)(void *)data, n, 1);
    else
        for (uint64_t i = 0; i < n; i++) {
            uint16_t value = (uint16_t)(0x3c00 + (i * 7 & 0xff));
            if (type == PEER_BF16)
                memcpy(data + 2 * i, &value, 2);
            else
                data[i] = (uint8_t)(i * 7 % 15);
        }
}

static enum hone_status lay_out(struct peer *peer, const struct peer_case *asked,
                                struct hone_error *err)
{
    const dnnl_memory_desc_t *wanted =
        dnnl_primitive_desc_query_md(peer_state.desc, dnnl_query_weights_md, 0);
    dnnl_dims_t dims = {asked->k, asked->n};
    uint64_t n_weights = (uint64_t)asked->n * asked->k;
    dnnl_memory_desc_t plain;
    dnnl_primitive_desc_t reorder_desc;
    dnnl_primitive_t reorder;
    peer_state.w_bytes = dnnl_memory_desc_get_size(wanted);
    peer->n_copies = peer_copies(asked, peer_state.w_bytes);
    peer_state.w_data = peer_alloc(peer->n_copies * peer_state.w_bytes);
    peer_state.plain_data = peer_alloc(n_weights * types[asked->type].w_bytes);
    if (!peer_state.w_data || !peer_state.plain_data)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    fill(peer_state.plain_data, n_weights, asked->type);
    DNNL(dnnl_memory_desc_init_by_tag(&plain, 2, dims, types[asked->type].w, dnnl_ba));
    DNNL(dnnl_memory_create(&peer_state.plain, &plain, peer_state.engine, peer_state.plain_data));
    DNNL(dnnl_memory_create(&peer_state.w, wanted, peer_state.engine, peer_state.w_data));
    DNNL(dnnl_reorder_primitive_desc_create(&reorder_desc, &plain, peer_state.engine, wanted,
                                            peer_state.engine, NULL));
    DNNL(dnnl_primitive_create(&reorder, reorder_desc));
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, peer_state.plain}, {DNNL_ARG_TO, peer_state.w}};
    DNNL(dnnl_primitive_execute(reorder, peer_state.stream, 2, args));
    DNNL(dnnl_stream_wait(peer_state.stream));
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(reorder_desc);
    for (uint32_t copy = 1; copy < peer->n_copies; copy++)
        memcpy(peer_state.w_data + copy * peer_state.w_bytes, peer_state.w_data,
               peer_state.w_bytes);
    return HONE_OK;
}

enum hone_status peer_prepare(struct peer *peer, const struct peer_case *asked,
                              struct hone_error *err)
{
    dnnl_memory_desc_t x, y;
    HONE_TRY(make_matmul(peer, asked, &x, &y, err));
    HONE_TRY(lay_out(peer, asked, err));
    uint64_t n_x = (uint64_t)asked->m * asked->k;
    peer_state.x_data = peer_alloc(n_x * types[asked->type].x_bytes);
    peer_state.y_data = peer_alloc((uint64_t)asked->m * asked->n * 4);
    if (!peer_state.x_data || !peer_state.y_data)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    fill(peer_state.x_data, n_x, asked->type);
    DNNL(dnnl_memory_create(&peer_state.x, &x, peer_state.engine, peer_state.x_data));
    DNNL(dnnl_memory_create(&peer_state.y, &y, peer_state.engine, peer_state.y_data));
    return HONE_OK;
}

enum hone_status peer_call(struct peer *peer, uint32_t copy, struct hone_error *err)
{
    (void)peer;
    dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, peer_state.x},
                              {DNNL_ARG_WEIGHTS, peer_state.w},
                              {DNNL_ARG_DST, peer_state.y}};
    DNNL(dnnl_memory_set_data_handle(peer_state.w, peer_state.w_data + copy * peer_state.w_bytes));
    DNNL(dnnl_primitive_execute(peer_state.matmul, peer_state.stream, 3, args));
    DNNL(dnnl_stream_wait(peer_state.stream));
    return HONE_OK;
}

void peer_drop(struct peer *peer)
{
    (void)peer;
    dnnl_memory_t memories[] = {peer_state.x, peer_state.w, peer_state.y, peer_state.plain};
    for (int i = 0; i < 4; i++)
        if (memories[i]) dnnl_memory_destroy(memories[i]);
    if (peer_state.matmul) dnnl_primitive_destroy(peer_state.matmul);
    if (peer_state.desc) dnnl_primitive_desc_destroy(peer_state.desc);
    peer_free(peer_state.x_data);
    peer_free(peer_state.w_data);
    peer_free(peer_state.y_data);
    peer_free(peer_state.plain_data);
    peer_state.x = peer_state.w = peer_state.y = peer_state.plain = NULL;
    peer_state.x_data = peer_state.w_data = peer_state.y_data = peer_state.plain_data = NULL;
    peer_state.matmul = NULL;
    peer_state.desc = NULL;
}
