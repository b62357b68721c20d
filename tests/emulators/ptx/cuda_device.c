/* SPDX-License-Identifier: MIT */
/* The one device of the mock driver: its facts by compute capability. */
#include <stdio.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

/* Limits of a multiprocessor and a block, as the programming guide's table has them. */
static const struct chip {
    int cc, threads, blocks, shared_kb, block_shared_kb, l2_mb, clusters;
} chips[] = {
    {75, 1024, 16, 64, 64, 4, 0},      {80, 2048, 32, 164, 163, 40, 0},
    {86, 1536, 16, 100, 99, 6, 0},     {87, 1536, 16, 164, 163, 4, 0},
    {88, 1536, 16, 100, 99, 6, 0},     {89, 1536, 24, 100, 99, 72, 0},
    {90, 2048, 32, 228, 227, 50, 1},   {100, 2048, 32, 228, 227, 126, 1},
    {103, 2048, 32, 228, 227, 126, 1}, {110, 1536, 24, 228, 227, 32, 1},
    {120, 1536, 24, 100, 99, 96, 1},   {121, 1536, 24, 100, 99, 24, 1},
};

static const struct chip *chip(void)
{
    for (size_t i = 0; i < sizeof chips / sizeof chips[0]; i++)
        if (chips[i].cc == mock.cc) return &chips[i];
    return &chips[6];
}

/* Attributes that are the same for every chip here. */
static const int constants[][2] = {
    {1, 1024},  {2, 1024},  {3, 1024}, {4, 64},          {5, 2147483647}, {6, 65535},    {7, 65535},
    {8, 49152}, {9, 65536}, {10, 32},  {11, 2147483647}, {12, 65536},     {13, 1000000}, {14, 512},
    {15, 1},    {17, 0},    {18, 0},   {19, 1},          {20, 0},         {31, 1},       {32, 1},
    {33, 1},    {34, 0},    {35, 0},   {36, 1000000},    {37, 5120},      {40, 2},       {41, 1},
    {50, 0},    {78, 1},    {79, 1},   {80, 1},          {82, 65536},     {83, 0},       {84, 0},
    {85, 0},    {86, 0},    {87, 2},   {88, 0},          {89, 0},         {90, 1},       {91, 1},
    {95, 1},    {99, 1},    {100, 0},  {102, 0},         {111, 1024},     {115, 0},      {116, 0},
};

int mock_attribute(int attribute)
{
    const struct chip *c = chip();
    switch (attribute) {
    case 16: return mock.n_sms;
    case 38: return c->l2_mb << 20;
    case 39: return c->threads;
    case 75: return mock.cc / 10;
    case 76: return mock.cc % 10;
    case 81: return c->shared_kb << 10;
    case 97: return c->block_shared_kb << 10;
    case 106: return c->blocks;
    case 111: return mock.cc >= 80 ? 1024 : 0; /* what the system keeps of each block's */
    case 120: return c->clusters;
    case 127: return c->clusters;
    default: break;
    }
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (constants[i][0] == attribute) return constants[i][1];
    return -1;
}

static int check(int device, const void *out)
{
    if (out == NULL) return CU_INVALID_VALUE;
    if (device == 0) return CU_SUCCESS;
    mock_report("there is no device %d", device);
    return CU_INVALID_DEVICE;
}

int cuDeviceGet(int *out_device, int ordinal)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(ordinal, out_device);
    if (rc == CU_SUCCESS) *out_device = 0;
    return mock_leave(rc);
}

int cuDeviceGetCount(int *out_count)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(0, out_count);
    if (rc == CU_SUCCESS) *out_count = 1;
    return mock_leave(rc);
}

int cuDeviceGetName(char *name, int n_bytes, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = n_bytes > 0 ? check(device, name) : CU_INVALID_VALUE;
    if (rc == CU_SUCCESS)
        snprintf(name, (size_t)n_bytes, "emulated on a PTX interpreter, compute capability %d.%d",
                 mock.cc / 10, mock.cc % 10);
    return mock_leave(rc);
}

int cuDeviceGetUuid_v2(void *out_uuid, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(device, out_uuid);
    if (rc == CU_SUCCESS) {
        char text[17];
        snprintf(text, sizeof text, "mock-cuda-%06d", mock.cc);
        memcpy(out_uuid, text, 16);
    }
    return mock_leave(rc);
}

int cuDeviceGetPCIBusId(char *text, int n_bytes, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = n_bytes >= 13 ? check(device, text) : CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) snprintf(text, (size_t)n_bytes, "0000:01:00.0");
    return mock_leave(rc);
}

int cuDeviceTotalMem_v2(size_t *out_bytes, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(device, out_bytes);
    if (rc == CU_SUCCESS) *out_bytes = (size_t)mock.memory_bytes;
    return mock_leave(rc);
}

int cuDeviceGetAttribute(int *out_value, int attribute, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(device, out_value);
    if (rc == CU_SUCCESS) {
        const int value = mock_attribute(attribute);
        if (value < 0) {
            mock_report("device attribute %d is not one the mock has", attribute);
            rc = CU_INVALID_VALUE;
        } else {
            *out_value = value;
        }
    }
    return mock_leave(rc);
}
