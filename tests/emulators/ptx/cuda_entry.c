/* SPDX-License-Identifier: MIT */
/* Entry points of the mock driver by name, as cuGetProcAddress gives them. */
#include <stdio.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

typedef void anything(void);

static const struct {
    const char *name;
    anything *call;
} entries[] = {
    {"cuCtxGetCurrent", (anything *)cuCtxGetCurrent},
    {"cuCtxGetDevice", (anything *)cuCtxGetDevice},
    {"cuCtxGetStreamPriorityRange", (anything *)cuCtxGetStreamPriorityRange},
    {"cuCtxPopCurrent_v2", (anything *)cuCtxPopCurrent_v2},
    {"cuCtxPushCurrent_v2", (anything *)cuCtxPushCurrent_v2},
    {"cuCtxSetCurrent", (anything *)cuCtxSetCurrent},
    {"cuCtxSynchronize", (anything *)cuCtxSynchronize},
    {"cuDeviceGet", (anything *)cuDeviceGet},
    {"cuDeviceGetAttribute", (anything *)cuDeviceGetAttribute},
    {"cuDeviceGetCount", (anything *)cuDeviceGetCount},
    {"cuDeviceGetName", (anything *)cuDeviceGetName},
    {"cuDeviceGetPCIBusId", (anything *)cuDeviceGetPCIBusId},
    {"cuDeviceGetUuid_v2", (anything *)cuDeviceGetUuid_v2},
    {"cuDevicePrimaryCtxGetState", (anything *)cuDevicePrimaryCtxGetState},
    {"cuDevicePrimaryCtxRelease_v2", (anything *)cuDevicePrimaryCtxRelease_v2},
    {"cuDevicePrimaryCtxReset_v2", (anything *)cuDevicePrimaryCtxReset_v2},
    {"cuDevicePrimaryCtxRetain", (anything *)cuDevicePrimaryCtxRetain},
    {"cuDevicePrimaryCtxSetFlags_v2", (anything *)cuDevicePrimaryCtxSetFlags_v2},
    {"cuDeviceTotalMem_v2", (anything *)cuDeviceTotalMem_v2},
    {"cuDriverGetVersion", (anything *)cuDriverGetVersion},
    {"cuEventCreate", (anything *)cuEventCreate},
    {"cuEventDestroy_v2", (anything *)cuEventDestroy_v2},
    {"cuEventElapsedTime", (anything *)cuEventElapsedTime},
    {"cuEventElapsedTime_v2", (anything *)cuEventElapsedTime_v2},
    {"cuEventQuery", (anything *)cuEventQuery},
    {"cuEventRecord", (anything *)cuEventRecord},
    {"cuEventSynchronize", (anything *)cuEventSynchronize},
    {"cuFuncGetAttribute", (anything *)cuFuncGetAttribute},
    {"cuFuncGetParamInfo", (anything *)cuFuncGetParamInfo},
    {"cuFuncSetAttribute", (anything *)cuFuncSetAttribute},
    {"cuGetErrorName", (anything *)cuGetErrorName},
    {"cuGetErrorString", (anything *)cuGetErrorString},
    {"cuGetProcAddress_v2", (anything *)cuGetProcAddress_v2},
    {"cuGraphAddEmptyNode", (anything *)cuGraphAddEmptyNode},
    {"cuGraphAddKernelNode", (anything *)cuGraphAddKernelNode},
    {"cuGraphAddKernelNode_v2", (anything *)cuGraphAddKernelNode_v2},
    {"cuGraphAddMemsetNode", (anything *)cuGraphAddMemsetNode},
    {"cuGraphCreate", (anything *)cuGraphCreate},
    {"cuGraphDestroy", (anything *)cuGraphDestroy},
    {"cuGraphExecDestroy", (anything *)cuGraphExecDestroy},
    {"cuGraphExecKernelNodeSetParams", (anything *)cuGraphExecKernelNodeSetParams},
    {"cuGraphExecKernelNodeSetParams_v2", (anything *)cuGraphExecKernelNodeSetParams_v2},
    {"cuGraphGetNodes", (anything *)cuGraphGetNodes},
    {"cuGraphInstantiate", (anything *)cuGraphInstantiate},
    {"cuGraphInstantiateWithFlags", (anything *)cuGraphInstantiateWithFlags},
    {"cuGraphInstantiate_v2", (anything *)cuGraphInstantiate_v2},
    {"cuGraphKernelNodeGetParams_v2", (anything *)cuGraphKernelNodeGetParams_v2},
    {"cuGraphKernelNodeSetParams_v2", (anything *)cuGraphKernelNodeSetParams_v2},
    {"cuGraphLaunch", (anything *)cuGraphLaunch},
    {"cuGraphNodeSetEnabled", (anything *)cuGraphNodeSetEnabled},
    {"cuGraphNodeGetType", (anything *)cuGraphNodeGetType},
    {"cuGraphUpload", (anything *)cuGraphUpload},
    {"cuInit", (anything *)cuInit},
    {"cuLaunchHostFunc", (anything *)cuLaunchHostFunc},
    {"cuLaunchKernel", (anything *)cuLaunchKernel},
    {"cuLaunchKernelEx", (anything *)cuLaunchKernelEx},
    {"cuMemAllocHost_v2", (anything *)cuMemAllocHost_v2},
    {"cuMemAlloc_v2", (anything *)cuMemAlloc_v2},
    {"cuMemFreeHost", (anything *)cuMemFreeHost},
    {"cuMemFree_v2", (anything *)cuMemFree_v2},
    {"cuMemGetAddressRange_v2", (anything *)cuMemGetAddressRange_v2},
    {"cuMemGetInfo_v2", (anything *)cuMemGetInfo_v2},
    {"cuMemHostAlloc", (anything *)cuMemHostAlloc},
    {"cuMemHostGetDevicePointer_v2", (anything *)cuMemHostGetDevicePointer_v2},
    {"cuMemHostRegister_v2", (anything *)cuMemHostRegister_v2},
    {"cuMemHostUnregister", (anything *)cuMemHostUnregister},
    {"cuMemcpyDtoDAsync_v2", (anything *)cuMemcpyDtoDAsync_v2},
    {"cuMemcpyDtoD_v2", (anything *)cuMemcpyDtoD_v2},
    {"cuMemcpyDtoHAsync_v2", (anything *)cuMemcpyDtoHAsync_v2},
    {"cuMemcpyDtoH_v2", (anything *)cuMemcpyDtoH_v2},
    {"cuMemcpyHtoDAsync_v2", (anything *)cuMemcpyHtoDAsync_v2},
    {"cuMemcpyHtoD_v2", (anything *)cuMemcpyHtoD_v2},
    {"cuMemsetD16Async", (anything *)cuMemsetD16Async},
    {"cuMemsetD16_v2", (anything *)cuMemsetD16_v2},
    {"cuMemsetD32Async", (anything *)cuMemsetD32Async},
    {"cuMemsetD32_v2", (anything *)cuMemsetD32_v2},
    {"cuMemsetD8Async", (anything *)cuMemsetD8Async},
    {"cuMemsetD8_v2", (anything *)cuMemsetD8_v2},
    {"cuModuleGetFunction", (anything *)cuModuleGetFunction},
    {"cuModuleGetGlobal_v2", (anything *)cuModuleGetGlobal_v2},
    {"cuModuleLoadData", (anything *)cuModuleLoadData},
    {"cuModuleLoadDataEx", (anything *)cuModuleLoadDataEx},
    {"cuModuleUnload", (anything *)cuModuleUnload},
    {"cuOccupancyMaxActiveBlocksPerMultiprocessor",
     (anything *)cuOccupancyMaxActiveBlocksPerMultiprocessor},
    {"cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags",
     (anything *)cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags},
    {"cuOccupancyMaxActiveClusters", (anything *)cuOccupancyMaxActiveClusters},
    {"cuStreamBeginCapture_v2", (anything *)cuStreamBeginCapture_v2},
    {"cuStreamCreate", (anything *)cuStreamCreate},
    {"cuStreamCreateWithPriority", (anything *)cuStreamCreateWithPriority},
    {"cuStreamDestroy_v2", (anything *)cuStreamDestroy_v2},
    {"cuStreamEndCapture", (anything *)cuStreamEndCapture},
    {"cuStreamIsCapturing", (anything *)cuStreamIsCapturing},
    {"cuStreamQuery", (anything *)cuStreamQuery},
    {"cuStreamSynchronize", (anything *)cuStreamSynchronize},
    {"cuStreamWaitEvent", (anything *)cuStreamWaitEvent},
    {"cuTensorMapEncodeTiled", (anything *)cuTensorMapEncodeTiled},
    {"cuThreadExchangeStreamCaptureMode", (anything *)cuThreadExchangeStreamCaptureMode},
};

/* The real one is asked for "cuMemAlloc" and gives what is exported as cuMemAlloc_v2. */
static anything *find(const char *symbol)
{
    static const char *const suffixes[] = {"_v2", ""};
    for (size_t s = 0; s < 2; s++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", symbol, suffixes[s]);
        for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
            if (strcmp(entries[i].name, name) == 0) return entries[i].call;
    }
    return NULL;
}

int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags, int *out_found)
{
    (void)flags;
    if (symbol == NULL || out == NULL || version <= 0) return CU_INVALID_VALUE;
    anything *call = find(symbol);
    memcpy(out, &call, sizeof call);
    if (out_found != NULL) *out_found = call == NULL;
    return call != NULL ? CU_SUCCESS : CU_NOT_FOUND;
}
