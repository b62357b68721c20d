/* SPDX-License-Identifier: MIT */
/* One maker per check of the reader; the table violates each at its boundary and far beyond. */
#include "tests/unit/gguf_bad.h"

#include <stdlib.h>
#include <string.h>

enum { U8 = 0, U32 = 4, BOOL = 7, STRING = 8, ARRAY = 9, U64 = 10, F32 = 0, F64 = 28, I8 = 24 };

static void fill(struct gguf_kit *kit, char byte, uint64_t n_bytes)
{
    for (uint64_t i = 0; i < n_bytes; i++) kit_bytes(kit, &byte, 1);
}

static void magic(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->data[value] ^= 0x20;
    kit_end(kit);
}

static void version(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_store32(kit, 4, (uint32_t)value);
    kit_end(kit);
}

static void n_tensors(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->n_tensors = value;
    kit_end(kit);
}

static void n_keys(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_u32(kit, "a", 1);
    kit->n_keys = value;
    kit_end(kit);
}

static void key_bytes(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_put64(kit, value);
    fill(kit, 'k', value);
    kit_put32(kit, U32);
    kit_put32(kit, 1);
    kit->n_keys = 1;
    kit_end(kit);
}

/* The file ends with its only key, whose stated length is `value` bytes more than there are. */
static void key_reaches_out(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->n_keys = 1;
    kit->alignment = 1;
    kit_put64(kit, 10 + value);
    fill(kit, 'k', 10);
    kit_end(kit);
}

static void key_with_zero(struct gguf_kit *kit, uint64_t value)
{
    char key[5] = "abcd";
    kit_begin(kit);
    key[value] = 0;
    kit_string_n(kit, key, 4);
    kit_put32(kit, U32);
    kit_put32(kit, 1);
    kit->n_keys = 1;
    kit_end(kit);
}

static void key_twice(struct gguf_kit *kit, uint64_t value)
{
    char key[3] = "a0";
    kit_begin(kit);
    kit_u32(kit, "same", 1);
    for (uint64_t i = 0; i < value; i++, key[1]++) kit_u32(kit, key, 0);
    kit_text(kit, "same", "again");
    kit_end(kit);
}

static void value_type(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_key(kit, "a", (uint32_t)value);
    fill(kit, 0, 64);
    kit_end(kit);
}

static void string_bytes(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_key(kit, "a", STRING);
    kit_put64(kit, value);
    fill(kit, 's', 8);
    kit->alignment = 1;
    kit_end(kit);
}

static void bool_value(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_bool(kit, "a", 1);
    kit->data[kit->n_bytes - 1] = (uint8_t)value;
    kit_end(kit);
}

static void bool_in_array(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_array(kit, "a", BOOL, 3);
    kit_bytes(kit, "\1\0\1", 3);
    kit->data[kit->n_bytes - 1] = (uint8_t)value;
    kit_end(kit);
}

static void element_type(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_array(kit, "a", (uint32_t)value, 2);
    fill(kit, 0, 64);
    kit_end(kit);
}

static void u64_count(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->alignment = 1;
    kit_array(kit, "a", U64, value);
    fill(kit, 0, 16);
    kit_end(kit);
}

static void u8_count(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->alignment = 1;
    kit_array(kit, "a", U8, value);
    fill(kit, 0, 16);
    kit_end(kit);
}

static void string_count(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->alignment = 1;
    kit_array(kit, "a", STRING, value);
    kit_string(kit, "x");
    kit_string(kit, "");
    kit_end(kit);
}

static void inner_string(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit->alignment = 1;
    kit_array(kit, "a", STRING, 2);
    kit_string(kit, "x");
    kit_put64(kit, value);
    fill(kit, 'y', 4);
    kit_end(kit);
}

static void alignment_type(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_key(kit, "general.alignment", (uint32_t)value);
    kit_put64(kit, 32);
    kit->n_bytes -= value == U32 ? 4 : 0;
    kit_end(kit);
}

static void alignment(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_u32(kit, "general.alignment", (uint32_t)value);
    kit_end(kit);
}

static const uint64_t dims8[1] = {8};

static void tensor_name_bytes(struct gguf_kit *kit, uint64_t value)
{
    char name[80];
    memset(name, 'n', sizeof name);
    name[value] = 0;
    kit_begin(kit);
    kit_tensor(kit, name, 1, dims8, F32, 32);
    kit_end(kit);
    fill(kit, 0, 32);
}

static void tensor_twice(struct gguf_kit *kit, uint64_t value)
{
    char name[3] = "t0";
    kit_begin(kit);
    kit_tensor(kit, "same", 1, dims8, F32, 32);
    for (uint64_t i = 0; i < value; i++, name[1]++) kit_tensor(kit, name, 1, dims8, F32, 32);
    kit_tensor(kit, "same", 1, dims8, F32, 32);
    kit_end(kit);
    fill(kit, 0, 32 * (value + 2));
}

static void n_dims(struct gguf_kit *kit, uint64_t value)
{
    static const uint64_t dims[5] = {1, 1, 1, 1, 1};
    kit_begin(kit);
    kit_tensor(kit, "t", value > 5 ? 5 : (uint32_t)value, dims, F32, 4);
    if (value > 5) kit_store32(kit, 24 + 8 + 1, (uint32_t)value);
    kit_end(kit);
    fill(kit, 0, 128);
}

static void dim(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, &value, I8, 0);
    kit_end(kit);
    fill(kit, 0, 64);
}

/* 2^60 rows of `value` */
static void product(struct gguf_kit *kit, uint64_t value)
{
    uint64_t dims[3] = {value, 1ull << 30, 1ull << 30};
    kit_begin(kit);
    kit_tensor(kit, "t", 3, dims, I8, 0);
    kit_end(kit);
    fill(kit, 0, 64);
}

static void row_of_q8_0(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, &value, 8, 68);
    kit_end(kit);
    fill(kit, 0, 68);
}

static void row_of_q6_k(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, &value, 14, 420);
    kit_end(kit);
    fill(kit, 0, 420);
}

static void tensor_type(struct gguf_kit *kit, uint64_t value)
{
    static const uint64_t dims[1] = {256};
    kit_begin(kit);
    kit_tensor(kit, "t", 1, dims, (uint32_t)value, 0);
    kit_end(kit);
    fill(kit, 0, 4096);
}

/* Byte size of a tensor of f64: 2^61 values wrap 64 bits, as in CVE-2026-33298. */
static void size_of_f64(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, &value, F64, 0);
    kit_end(kit);
    fill(kit, 0, 64);
}

/* The sum of sizes wraps with the last of `value` tensors, as in CVE-2025-53630 and its bypass. */
static void sum_of_sizes(struct gguf_kit *kit, uint64_t value)
{
    static const uint64_t dims[1] = {1ull << 62};
    char name[3] = "t0";
    kit_begin(kit);
    for (uint64_t i = 0; i < value; i++, name[1]++) kit_tensor(kit, name, 1, dims, I8, 1ull << 62);
    kit_end(kit);
    fill(kit, 0, 64);
}

/* `value` is what the second tensor's offset should be but is not. */
static void second_offset(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, dims8, I8, 8);
    kit_tensor(kit, "u", 1, dims8, I8, 8);
    kit_store64(kit, kit->n_bytes - 8, value);
    kit_end(kit);
    fill(kit, 0, 128);
}

static void first_offset(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, dims8, I8, 8);
    kit_store64(kit, kit->n_bytes - 8, value);
    kit_end(kit);
    fill(kit, 0, 128);
}

/* The data section lacks `value` bytes. */
static void short_data(struct gguf_kit *kit, uint64_t value)
{
    kit_begin(kit);
    kit_tensor(kit, "t", 1, dims8, F32, 32);
    kit_tensor(kit, "u", 1, dims8, F32, 32);
    kit_end(kit);
    fill(kit, 0, 64 - value);
}

#define BAD  HONE_ERR_FORMAT
#define WORN HONE_ERR_VERSION

static const struct gguf_bad cases[] = {
    {"47 47 55 46", magic, 0, BAD},
    {"47 47 55 46", magic, 3, BAD},
    {"version 0", version, 0, WORN},
    {"version 1,", version, 1, WORN},
    {"", version, 2, HONE_OK},
    {"version 4,", version, 4, WORN},
    {"version 4294967295", version, 0xffffffff, WORN},
    {"big-endian", version, 0x03000000, WORN},
    {"big-endian", version, 0x00020000, WORN},
    {"more than the", n_tensors, 1, BAD},
    {"at most 32768", n_tensors, 32769, BAD},
    {"at most 32768", n_tensors, 1ull << 63, BAD},
    {"at most 32768", n_tensors, UINT64_MAX, BAD},
    {"more than the", n_keys, 3, BAD},
    {"at most 16384", n_keys, 16385, BAD},
    {"at most 16384", n_keys, 1ull << 63, BAD},
    {"a key has 0 bytes", key_bytes, 0, BAD},
    {"", key_bytes, 1, HONE_OK},
    {"", key_bytes, 65535, HONE_OK},
    {"a key has 65536 bytes", key_bytes, 65536, BAD},
    {"a key needs 11 bytes", key_reaches_out, 1, BAD},
    {"at most 1 GiB", key_reaches_out, UINT64_MAX - 10, BAD},
    {"a value type needs 4", key_reaches_out, 0, BAD},
    {"zero byte", key_with_zero, 0, BAD},
    {"zero byte", key_with_zero, 3, BAD},
    {"key 'same' is there twice", key_twice, 0, BAD},
    {"key 'same' is there twice", key_twice, 9, BAD},
    {"value type 13", value_type, 13, BAD},
    {"value type 4294967295", value_type, 0xffffffff, BAD},
    {"", value_type, 12, HONE_OK},
    {"", string_bytes, 8, HONE_OK},
    {"a string needs 9 bytes", string_bytes, 9, BAD},
    {"a string needs 1073741824", string_bytes, 1ull << 30, BAD},
    {"at most 1 GiB", string_bytes, (1ull << 30) + 1, BAD},
    {"at most 1 GiB", string_bytes, UINT64_MAX, BAD},
    {"", bool_value, 0, HONE_OK},
    {"a bool is 2", bool_value, 2, BAD},
    {"a bool is 255", bool_value, 255, BAD},
    {"a bool is 2", bool_in_array, 2, BAD},
    {"a bool is 128", bool_in_array, 128, BAD},
    {"arrays of arrays", element_type, ARRAY, BAD},
    {"element type 13", element_type, 13, BAD},
    {"element type 4294967295", element_type, 0xffffffff, BAD},
    {"", u64_count, 2, HONE_OK},
    {"a value needs 24 bytes", u64_count, 3, BAD},
    {"at most 2^30", u64_count, 1ull << 61, BAD},
    {"", u8_count, 16, HONE_OK},
    {"a value needs 17 bytes", u8_count, 17, BAD},
    {"a value needs 1073741824", u8_count, 1ull << 30, BAD},
    {"at most 2^30", u8_count, (1ull << 30) + 1, BAD},
    {"at most 2^30", u8_count, UINT64_MAX, BAD},
    {"", string_count, 2, HONE_OK},
    {"a string of an array", string_count, 3, BAD},
    {"a string of an array", string_count, 1ull << 30, BAD},
    {"at most 2^30", string_count, (1ull << 30) + 1, BAD},
    {"", inner_string, 4, HONE_OK},
    {"a string of an array", inner_string, 5, BAD},
    {"at most 1 GiB", inner_string, UINT64_MAX - 7, BAD},
    {"", alignment_type, U32, HONE_OK},
    {"unsigned 32-bit integer was", alignment_type, U64, BAD},
    {"unsigned 32-bit integer was", alignment_type, 12, BAD},
    {"power of two", alignment, 0, BAD},
    {"power of two", alignment, 4, BAD},
    {"", alignment, 8, HONE_OK},
    {"power of two", alignment, 24, BAD},
    {"", alignment, 1 << 20, HONE_OK},
    {"power of two", alignment, 1 << 21, BAD},
    {"power of two", alignment, 1ull << 31, BAD},
    {"a tensor name has 0", tensor_name_bytes, 0, BAD},
    {"", tensor_name_bytes, 63, HONE_OK},
    {"a tensor name has 64", tensor_name_bytes, 64, BAD},
    {"tensor 'same' is there", tensor_twice, 0, BAD},
    {"tensor 'same' is there", tensor_twice, 9, BAD},
    {"has 0 dimensions", n_dims, 0, BAD},
    {"", n_dims, 1, HONE_OK},
    {"", n_dims, 4, HONE_OK},
    {"has 5 dimensions", n_dims, 5, BAD},
    {"has 4294967295 dim", n_dims, 0xffffffff, BAD},
    {"is 0, 1 or more", dim, 0, BAD},
    {"", dim, 1, HONE_OK},
    {"is -1, 1 or more", dim, UINT64_MAX, BAD},
    {"1 or more expected", dim, 1ull << 63, BAD},
    {"past the end", dim, INT64_MAX - 512, BAD},
    {"past the end", product, 7, BAD},
    {"multiply to 2^63", product, 8, BAD},
    {"multiply to 2^63", product, 1ull << 40, BAD},
    {"a multiple of 32", row_of_q8_0, 31, BAD},
    {"", row_of_q8_0, 64, HONE_OK},
    {"a multiple of 32", row_of_q8_0, 65, BAD},
    {"a multiple of 256", row_of_q6_k, 255, BAD},
    {"", row_of_q6_k, 512, HONE_OK},
    {"a multiple of 256", row_of_q6_k, 32, BAD},
    {"unknown or retired", tensor_type, 4, BAD},
    {"unknown or retired", tensor_type, 5, BAD},
    {"", tensor_type, 30, HONE_OK},
    {"unknown or retired", tensor_type, 31, BAD},
    {"unknown or retired", tensor_type, 38, BAD},
    {"", tensor_type, 39, HONE_OK},
    {"unknown or retired", tensor_type, 43, BAD},
    {"unknown or retired", tensor_type, 0xffffffff, BAD},
    {"past the end", size_of_f64, (1ull << 60), BAD},
    {"size of tensor 't' wraps", size_of_f64, 1ull << 61, BAD},
    {"size of tensor 't' wraps", size_of_f64, (1ull << 61) + 1, BAD},
    {"past the end", sum_of_sizes, 3, BAD},
    {"up to 't3' wrap", sum_of_sizes, 4, BAD},
    {"up to 't3' wrap", sum_of_sizes, 8, BAD},
    {"", second_offset, 32, HONE_OK},
    {"begins at 31 of", second_offset, 31, BAD},
    {"begins at 64 of", second_offset, 64, BAD},
    {"begins at 0 of", second_offset, 0, BAD},
    {"begins at 1844674407", second_offset, UINT64_MAX, BAD},
    {"begins at 32 of", first_offset, 32, BAD},
    {"begins at 1 of", first_offset, 1, BAD},
    {"", short_data, 0, HONE_OK},
    {"tensor 'u' ends at", short_data, 1, BAD},
    {"tensor 't' ends at", short_data, 33, BAD},
    {"past the end of the file", short_data, 64, BAD},
};

const struct gguf_bad *gguf_bad_at(size_t index)
{
    return index < sizeof cases / sizeof *cases ? &cases[index] : NULL;
}
