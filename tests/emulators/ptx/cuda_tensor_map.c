/* SPDX-License-Identifier: MIT */
/* cuTensorMapEncodeTiled of the mock driver. */
#include "tests/emulators/ptx/cuda_mock.h"
#include "tests/emulators/ptx/tensor_map.h"

int cuTensorMapEncodeTiled(void *out, int type, uint32_t rank, void *address, const uint64_t *dims,
                           const uint64_t *strides, const uint32_t *box, const uint32_t *steps,
                           int interleave, int swizzle, int promotion, int fill)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && mock_attribute(127) != 1) {
        mock_report("compute capability %d.%d has no tensor maps", mock.cc / 10, mock.cc % 10);
        rc = CU_NOT_SUPPORTED;
    }
    if (rc == CU_SUCCESS) {
        const char *bad =
            ptx_tensor_map_encode(out, type, rank, (uint64_t)(uintptr_t)address, dims, strides, box,
                                  steps, interleave, swizzle, promotion, fill);
        if (bad != NULL) {
            mock_report("%s", bad);
            rc = CU_INVALID_VALUE;
        }
    }
    struct ptx_tensor_map map;
    struct mock_context *context = mock.primary;
    if (rc == CU_SUCCESS && context != NULL && ptx_tensor_map_read(out, &map) &&
        mock_at(context, map.address, (size_t)ptx_tensor_map_extent(&map)) == NULL)
        mock_note("the tensor reaches outside of its allocation (or has none yet)");
    return mock_leave(rc);
}
