/* SPDX-License-Identifier: MIT */
/* Where the values of KV pages lie. */
#include <string.h>

#include "codegen/ops/format.h"
#include "codegen/ops/type.h"

uint64_t hone_kv_page_bytes(const struct hone_format *format, const struct hone_kv_shape *shape)
{
    const struct hone_type_info *info = hone_type_info(format->type);
    return (uint64_t)shape->n_kv_heads * shape->page_tokens * shape->head_dim / info->block_values *
           info->block_bytes;
}

uint64_t hone_kv_k_index(const struct hone_kv_shape *shape, uint32_t head, uint32_t position,
                         uint32_t d)
{
    uint64_t tile = (uint64_t)head * (shape->page_tokens / 16) + position / 16;
    return (tile * shape->head_dim + d) * 16 + position % 16;
}

uint64_t hone_kv_v_index(const struct hone_kv_shape *shape, uint32_t head, uint32_t position,
                         uint32_t d)
{
    return ((uint64_t)head * shape->page_tokens + position) * shape->head_dim + d;
}

/* Bytes from the page's start; `scale` only where 32 values share one. */
struct place {
    uint64_t value, scale;
    uint32_t width;
};

static struct place place_of(const struct hone_format *format, const struct hone_kv_shape *shape,
                             bool is_key, uint32_t head, uint32_t position, uint32_t d)
{
    uint32_t width = hone_type_info(format->type)->block_bytes, dim = shape->head_dim;
    if (format->type != HONE_TYPE_Q8_0) {
        uint64_t index = is_key ? hone_kv_k_index(shape, head, position, d)
                                : hone_kv_v_index(shape, head, position, d);
        return (struct place){.value = index * width, .width = width};
    }
    uint64_t group = (uint64_t)head * (shape->page_tokens / 16) + position / 16;
    uint64_t at = group * 17 * dim, lane = position % 16;
    return (struct place){.value = at + dim + (is_key ? d * UINT64_C(16) + lane : lane * dim + d),
                          .scale = at + d / 32 * UINT64_C(32) + lane * 2,
                          .width = 1};
}

float hone_kv_value(const struct hone_format *format, const struct hone_kv_shape *shape,
                    bool is_key, const void *page, uint32_t head, uint32_t position, uint32_t d)
{
    const uint8_t *bytes = page;
    struct place at = place_of(format, shape, is_key, head, position, d);
    float value;
    if (format->type == HONE_TYPE_Q8_0)
        return hone_f16_to_f32(load_u16(bytes + at.scale)) * (float)(int8_t)bytes[at.value];
    type_decode(format->type, bytes + at.value, 1, &value);
    return value;
}

void hone_kv_write(const struct hone_format *format, const struct hone_kv_shape *shape, bool is_key,
                   void *page, uint32_t head, uint32_t position, const float *values)
{
    uint8_t *bytes = page, block[Q8_0_BYTES];
    for (uint32_t d = 0; d < shape->head_dim; d++) {
        struct place at = place_of(format, shape, is_key, head, position, d);
        if (format->type != HONE_TYPE_Q8_0) {
            hone_type_quantize_row(format->type, values + d, 1, bytes + at.value);
            continue;
        }
        if (d % 32 == 0) {
            hone_type_quantize_row(format->type, values + d, 32, block);
            memcpy(bytes + at.scale, block, 2);
        }
        bytes[at.value] = block[2 + d % 32];
    }
}

void hone_kv_copy(const struct hone_format *format, const struct hone_kv_shape *shape, bool is_key,
                  void *to_page, const void *from_page, uint32_t head, uint32_t position)
{
    uint8_t *to = to_page;
    const uint8_t *from = from_page;
    for (uint32_t d = 0; d < shape->head_dim; d++) {
        struct place at = place_of(format, shape, is_key, head, position, d);
        memcpy(to + at.value, from + at.value, at.width);
        if (format->type == HONE_TYPE_Q8_0) memcpy(to + at.scale, from + at.scale, 2);
    }
}
