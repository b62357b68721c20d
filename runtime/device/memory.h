/* SPDX-License-Identifier: MIT */
/* Pages from the operating system: buffers, and code that is never writable and executable. */
#ifndef HONE_DEVICE_MEMORY_H
#define HONE_DEVICE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

/* Zeroed pages; with `huge`, areas of 2 MiB and more start at a 2 MiB boundary and ask for huge
 * pages. Given back with the same n_bytes. */
enum hone_status hone_memory_map(size_t n_bytes, int huge, void **out_memory,
                                 struct hone_error *err);
void hone_memory_unmap(void *memory, size_t n_bytes);

/* Code of a file, read+execute; a copy of it when fd < 0 or where the file system forbids that. */
enum hone_status hone_memory_map_code(const void *code, size_t n_bytes, int fd,
                                      uint64_t file_offset, void **out_code,
                                      struct hone_error *err);

#endif
