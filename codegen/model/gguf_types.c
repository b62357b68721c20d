/* SPDX-License-Identifier: MIT */
/* The tables of the GGUF format: value types and tensor types with their block sizes. */
#include <string.h>

#include "codegen/model/gguf_internal.h"

static const struct hone_gguf_tensor_type tensor_types[] = {
    {0,  "f32",     1,   4  },
    {1,  "f16",     1,   2  },
    {2,  "q4_0",    32,  18 },
    {3,  "q4_1",    32,  20 },
    {6,  "q5_0",    32,  22 },
    {7,  "q5_1",    32,  24 },
    {8,  "q8_0",    32,  34 },
    {9,  "q8_1",    32,  36 },
    {10, "q2_k",    256, 84 },
    {11, "q3_k",    256, 110},
    {12, "q4_k",    256, 144},
    {13, "q5_k",    256, 176},
    {14, "q6_k",    256, 210},
    {15, "q8_k",    256, 292},
    {16, "iq2_xxs", 256, 66 },
    {17, "iq2_xs",  256, 74 },
    {18, "iq3_xxs", 256, 98 },
    {19, "iq1_s",   256, 50 },
    {20, "iq4_nl",  32,  18 },
    {21, "iq3_s",   256, 110},
    {22, "iq2_s",   256, 82 },
    {23, "iq4_xs",  256, 136},
    {24, "i8",      1,   1  },
    {25, "i16",     1,   2  },
    {26, "i32",     1,   4  },
    {27, "i64",     1,   8  },
    {28, "f64",     1,   8  },
    {29, "iq1_m",   256, 56 },
    {30, "bf16",    1,   2  },
    {34, "tq1_0",   256, 54 },
    {35, "tq2_0",   256, 66 },
    {39, "mxfp4",   32,  17 },
    {40, "nvfp4",   64,  36 },
};

static const struct {
    uint32_t n_bytes;
    const char *name;
} value_types[] = {
    [HONE_GGUF_U8] = {1, "an unsigned 8-bit integer" },
    [HONE_GGUF_I8] = {1, "a signed 8-bit integer"    },
    [HONE_GGUF_U16] = {2, "an unsigned 16-bit integer"},
    [HONE_GGUF_I16] = {2, "a signed 16-bit integer"   },
    [HONE_GGUF_U32] = {4, "an unsigned 32-bit integer"},
    [HONE_GGUF_I32] = {4, "a signed 32-bit integer"   },
    [HONE_GGUF_F32] = {4, "a 32-bit float"            },
    [HONE_GGUF_BOOL] = {1, "a bool"                    },
    [HONE_GGUF_STRING] = {0, "a string"                  },
    [HONE_GGUF_ARRAY] = {0, "an array"                  },
    [HONE_GGUF_U64] = {8, "an unsigned 64-bit integer"},
    [HONE_GGUF_I64] = {8, "a signed 64-bit integer"   },
    [HONE_GGUF_F64] = {8, "a 64-bit float"            },
};

bool hone_gguf_is_computed(uint32_t type)
{
    static const uint32_t computed[] = {
        HONE_GGUF_T_F32,  HONE_GGUF_T_F16,    HONE_GGUF_T_BF16,  HONE_GGUF_T_Q8_0, HONE_GGUF_T_Q4_0,
        HONE_GGUF_T_Q4_1, HONE_GGUF_T_Q5_0,   HONE_GGUF_T_Q5_1,  HONE_GGUF_T_Q4_K, HONE_GGUF_T_Q5_K,
        HONE_GGUF_T_Q6_K, HONE_GGUF_T_IQ4_NL, HONE_GGUF_T_MXFP4,
    };
    for (size_t i = 0; i < sizeof computed / sizeof *computed; i++)
        if (computed[i] == type) return true;
    return false;
}

const struct hone_gguf_tensor_type *hone_gguf_tensor_type(uint32_t number)
{
    for (size_t i = 0; i < sizeof tensor_types / sizeof *tensor_types; i++)
        if (tensor_types[i].number == number) return &tensor_types[i];
    return NULL;
}

const struct hone_gguf_tensor_type *hone_gguf_tensor_type_named(const char *name)
{
    for (size_t i = 0; i < sizeof tensor_types / sizeof *tensor_types; i++)
        if (strcmp(tensor_types[i].name, name) == 0) return &tensor_types[i];
    return NULL;
}

uint32_t gguf_value_bytes(uint32_t type)
{
    return type < sizeof value_types / sizeof *value_types ? value_types[type].n_bytes : 0;
}

const char *gguf_value_name(uint32_t type)
{
    return type < sizeof value_types / sizeof *value_types ? value_types[type].name
                                                           : "of an unknown type";
}
