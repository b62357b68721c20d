/* SPDX-License-Identifier: MIT */
/* Tensor maps of the mock driver: 128 bytes as opaque to a kernel as the real ones, but of our own
 * layout, which the interpreter's bulk tensor copies read. */
#ifndef HONE_TESTS_EMULATORS_TENSOR_MAP_H
#define HONE_TESTS_EMULATORS_TENSOR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PTX_MAP_BYTES = 128, PTX_MAP_RANK = 5 };

enum ptx_swizzle { PTX_SWIZZLE_NONE, PTX_SWIZZLE_32, PTX_SWIZZLE_64, PTX_SWIZZLE_128 };

struct ptx_tensor_map {
    uint32_t magic;
    uint8_t type, rank, interleave, swizzle, promotion, fill, element_bytes, pad;
    uint32_t reserved;
    uint64_t address;
    uint64_t strides[PTX_MAP_RANK - 1]; /* in bytes, of dimensions 1 and up */
    uint32_t last[PTX_MAP_RANK];        /* dimension - 1 */
    uint16_t box[PTX_MAP_RANK];
    uint8_t steps[PTX_MAP_RANK];
    uint8_t unused[33];
    uint32_t check; /* of all before it */
};

/* The arguments of cuTensorMapEncodeTiled, checked as the real one checks them. NULL: written to
 * `out` (64-byte aligned); else what is wrong. */
const char *ptx_tensor_map_encode(void *out, int type, uint32_t rank, uint64_t address,
                                  const uint64_t *dims, const uint64_t *strides,
                                  const uint32_t *box, const uint32_t *steps, int interleave,
                                  int swizzle, int promotion, int fill);

/* Reads one back; false when these bytes are no tensor map. */
bool ptx_tensor_map_read(const void *bytes, struct ptx_tensor_map *out);

/* Bytes from the first to the last that the map can reach. */
uint64_t ptx_tensor_map_extent(const struct ptx_tensor_map *map);

/* Where byte `offset` of a box lies in shared memory with this swizzle: bits of the row go into
 * the number of the 16-byte piece. `offset` counts from an address the pattern repeats at. */
static inline uint32_t ptx_swizzled(enum ptx_swizzle swizzle, uint32_t offset)
{
    static const uint32_t masks[4] = {0, 1, 3, 7};
    return offset ^ (((offset >> 7) & masks[swizzle]) << 4);
}

#endif
