/* SPDX-License-Identifier: MIT */
/* mmap, mprotect and munmap behind the three calls a CPU device needs. */
#include "runtime/device/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_BYTES = 2 << 20 };

static void *map_pages(size_t n_bytes)
{
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Maps one boundary too much and gives the two ends back. */
static void *map_huge(size_t n_bytes)
{
    if (n_bytes > SIZE_MAX - 2 * (size_t)HUGE_BYTES) return NULL;
    size_t rounded = (n_bytes + 4095) / 4096 * 4096;
    uint8_t *all = map_pages(rounded + HUGE_BYTES);
    if (!all) return NULL;
    size_t before = (HUGE_BYTES - (uintptr_t)all % HUGE_BYTES) % HUGE_BYTES;
    if (before) munmap(all, before);
    if (before < HUGE_BYTES) munmap(all + before + rounded, HUGE_BYTES - before);
    madvise(all + before, rounded, MADV_HUGEPAGE); /* a wish: small pages serve as well */
    return all + before;
}

enum hone_status hone_memory_map(size_t n_bytes, int huge, void **out_memory,
                                 struct hone_error *err)
{
    size_t wanted = n_bytes ? n_bytes : 1;
    *out_memory = huge && wanted >= HUGE_BYTES ? map_huge(wanted) : map_pages(wanted);
    if (*out_memory) return HONE_OK;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: cannot map %zu bytes of memory", n_bytes);
}

void hone_memory_unmap(void *memory, size_t n_bytes)
{
    if (memory) munmap(memory, n_bytes ? n_bytes : 1);
}

static enum hone_status copy_code(const void *code, size_t n_bytes, void **out_code,
                                  struct hone_error *err)
{
    void *copy = map_pages(n_bytes);
    if (!copy)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: cannot map %zu bytes for code", n_bytes);
    memcpy(copy, code, n_bytes);
    if (mprotect(copy, n_bytes, PROT_READ | PROT_EXEC) != 0) {
        int reason = errno;
        munmap(copy, n_bytes);
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "cpu: cannot make code executable: %s",
                         strerror(reason));
    }
    __builtin___clear_cache((char *)copy, (char *)copy + n_bytes);
    *out_code = copy;
    return HONE_OK;
}

enum hone_status hone_memory_map_code(const void *code, size_t n_bytes, int fd,
                                      uint64_t file_offset, void **out_code, struct hone_error *err)
{
    *out_code = NULL;
    if (n_bytes == 0) return hone_fail(err, HONE_ERR_ARGUMENT, "cpu: a module without code");
    if (fd < 0) return copy_code(code, n_bytes, out_code, err);
    void *map = mmap(NULL, n_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)file_offset);
    if (map == MAP_FAILED) return copy_code(code, n_bytes, out_code, err);
    *out_code = map;
    return HONE_OK;
}
