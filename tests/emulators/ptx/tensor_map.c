/* SPDX-License-Identifier: MIT */
/* Makes and reads the mock driver's tensor maps. */
#include <string.h>

#include "tests/emulators/ptx/tensor_map.h"

enum { MAGIC = 0x50414d54, N_TYPES = 13, FIRST_FLOAT = 6, MAX_BOX = 256, MAX_STEP = 8 };

_Static_assert(sizeof(struct ptx_tensor_map) == PTX_MAP_BYTES, "a tensor map has 128 bytes");

static const uint8_t element_bytes[N_TYPES] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};

static uint32_t check_of(const struct ptx_tensor_map *map)
{
    const unsigned char *bytes = (const unsigned char *)map;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < offsetof(struct ptx_tensor_map, check); i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static const char *bad_enums(int type, uint32_t rank, int interleave, int swizzle, int promotion,
                             int fill)
{
    if (type < 0 || type >= N_TYPES) return "the data type is not one the mock has";
    if (interleave != 0) return "interleaved layouts are not something the mock has";
    if (rank == 0 || rank > PTX_MAP_RANK) return "the rank must be 1 to 5";
    if (swizzle < PTX_SWIZZLE_NONE || swizzle > PTX_SWIZZLE_128)
        return "the swizzle is not one the mock has";
    if (promotion < 0 || promotion > 3) return "the L2 promotion must be 0 to 3";
    if (fill < 0 || fill > 1 || (fill == 1 && type < FIRST_FLOAT))
        return "the fill must be 0, or 1 for a floating-point type";
    return NULL;
}

static const char *bad_dimension(uint32_t i, uint32_t rank, const uint64_t *dims,
                                 const uint64_t *strides, const uint32_t *box,
                                 const uint32_t *steps)
{
    if (dims[i] == 0 || dims[i] > (uint64_t)1 << 32) return "a dimension must be 1 to 2^32";
    if (box[i] == 0 || box[i] > MAX_BOX) return "a side of the box must be 1 to 256";
    if (steps[i] == 0 || steps[i] > MAX_STEP) return "an element stride must be 1 to 8";
    if (i + 1 < rank && (strides[i] % 16 != 0 || strides[i] >= (uint64_t)1 << 40))
        return "a stride must be a multiple of 16 below 2^40";
    return NULL;
}

const char *ptx_tensor_map_encode(void *out, int type, uint32_t rank, uint64_t address,
                                  const uint64_t *dims, const uint64_t *strides,
                                  const uint32_t *box, const uint32_t *steps, int interleave,
                                  int swizzle, int promotion, int fill)
{
    const char *bad = bad_enums(type, rank, interleave, swizzle, promotion, fill);
    if (bad != NULL) return bad;
    if (out == NULL || (uintptr_t)out % 64 != 0) return "the map must be 64-byte aligned";
    if (address == 0 || address % 16 != 0) return "the address must be a multiple of 16";
    if (dims == NULL || box == NULL || steps == NULL || (rank > 1 && strides == NULL))
        return "an array is missing";
    for (uint32_t i = 0; i < rank && bad == NULL; i++)
        bad = bad_dimension(i, rank, dims, strides, box, steps);
    if (bad != NULL) return bad;
    const uint32_t inner = box[0] * element_bytes[type];
    if (inner % 16 != 0) return "the box's inner side must be a multiple of 16 bytes";
    if (swizzle != PTX_SWIZZLE_NONE && inner > 16u << swizzle)
        return "the box's inner side is wider than the swizzle";
    struct ptx_tensor_map map = {.magic = MAGIC,
                                 .type = (uint8_t)type,
                                 .rank = (uint8_t)rank,
                                 .swizzle = (uint8_t)swizzle,
                                 .promotion = (uint8_t)promotion,
                                 .fill = (uint8_t)fill,
                                 .element_bytes = element_bytes[type],
                                 .address = address};
    for (uint32_t i = 0; i < PTX_MAP_RANK; i++) {
        map.last[i] = i < rank ? (uint32_t)(dims[i] - 1) : 0;
        map.box[i] = (uint16_t)(i < rank ? box[i] : 1);
        map.steps[i] = (uint8_t)(i < rank ? steps[i] : 1);
        if (i + 1 < rank) map.strides[i] = strides[i];
    }
    map.check = check_of(&map);
    memcpy(out, &map, sizeof map);
    return NULL;
}

bool ptx_tensor_map_read(const void *bytes, struct ptx_tensor_map *out)
{
    memcpy(out, bytes, sizeof *out);
    return out->magic == MAGIC && out->check == check_of(out);
}

uint64_t ptx_tensor_map_extent(const struct ptx_tensor_map *map)
{
    uint64_t extent = ((uint64_t)map->last[0] + 1) * map->element_bytes;
    for (uint32_t i = 1; i < map->rank; i++) extent += map->last[i] * map->strides[i - 1];
    return extent;
}
