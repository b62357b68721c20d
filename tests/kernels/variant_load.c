/* SPDX-License-Identifier: MIT */
/* Binaries into executable memory, and scratch at the edge of a page. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/package/format.h"
#include "tests/kernels/variant_check.h"

/* Linux hands the tile registers only to processes that ask, as the CPU device does. */
static void ask_for_tiles(void)
{
#ifdef __x86_64__
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA);
#endif
}

static void *map(size_t n_bytes)
{
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static enum hone_status load_scratch(uint64_t scratch_bytes, struct loaded_variant *loaded,
                                     struct hone_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t n_bytes = (scratch_bytes + 63) / 64 * 64, n_pages = (n_bytes + page - 1) / page;
    loaded->n_map_bytes = (n_pages + 1) * page;
    loaded->scratch_map = map(loaded->n_map_bytes);
    if (!loaded->scratch_map)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for %zu bytes of scratch", n_bytes);
    uint8_t *guard = (uint8_t *)loaded->scratch_map + n_pages * page;
    if (mprotect(guard, page, PROT_NONE))
        return hone_fail(err, HONE_ERR_IO, "mprotect failed on the guard page");
    loaded->scratch = guard - n_bytes;
    loaded->scratch_bytes = n_bytes;
    return HONE_OK;
}

enum hone_status variant_load(const struct hone_binary *binary, uint64_t scratch_bytes,
                              struct loaded_variant *out_loaded, struct hone_error *err)
{
    ask_for_tiles();
    *out_loaded = (struct loaded_variant){.n_code_bytes = binary->n_bytes};
    out_loaded->code = map(binary->n_bytes);
    if (!out_loaded->code) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for code");
    memcpy(out_loaded->code, binary->code, binary->n_bytes);
    if (mprotect(out_loaded->code, binary->n_bytes, PROT_READ | PROT_EXEC)) {
        variant_unload(out_loaded);
        return hone_fail(err, HONE_ERR_IO, "mprotect failed on the code");
    }
    char *code = out_loaded->code;
    __builtin___clear_cache(code, code + binary->n_bytes);
    void *entry = code + binary->entry;
    memcpy(&out_loaded->kernel, &entry, sizeof entry);
    enum hone_status status = load_scratch(scratch_bytes, out_loaded, err);
    if (status != HONE_OK) variant_unload(out_loaded);
    return status;
}

void variant_unload(struct loaded_variant *loaded)
{
    if (loaded->code) munmap(loaded->code, loaded->n_code_bytes);
    if (loaded->scratch_map) munmap(loaded->scratch_map, loaded->n_map_bytes);
    *loaded = (struct loaded_variant){0};
}

uint32_t variant_blocks(const struct hone_variant *variant, const struct hone_case *c)
{
    const struct hone_launch_record *launch = &variant->launch;
    if (variant->grid_rule == HONE_GRID_CONST) return launch->grid_p0;
    uint32_t n = variant->grid_rule == HONE_GRID_OUT ? hone_case_n_out(c) : hone_case_n_tokens(c);
    return (n + launch->grid_p0 - 1) / launch->grid_p0 * launch->grid_p1;
}
