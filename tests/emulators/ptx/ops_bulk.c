/* SPDX-License-Identifier: MIT */
/* cp.async.bulk and cp.async.bulk.tensor, their groups, and the small Hopper instructions. */
#include "tests/emulators/ptx/async_proxy.h"

enum { MAX_DIMS = PTX_MAP_RANK };

struct operands {
    struct ptx_place shared, other, mbarrier; /* other: global bytes, or a tensor map */
    int32_t n_bytes, mask, at[MAX_DIMS];
    uint32_t n_dims; /* 0: no tensor */
    bool is_out, has_mask;
};

static bool read_map(struct ptx_warp *w, uint32_t lane, uint64_t generic,
                     struct ptx_tensor_map *out)
{
    uint64_t address;
    const enum ptx_space space = ptx_resolve(generic, &address);
    const unsigned char *bytes = NULL;
    if (space == PTX_PARAM)
        bytes = ptx_param_bytes(w, address, PTX_MAP_BYTES);
    else if (space == PTX_GLOBAL)
        bytes = ptx_global_bytes(w, lane, address, PTX_MAP_BYTES, false);
    if (address % 64 == 0 && bytes != NULL && ptx_tensor_map_read(bytes, out)) return true;
    ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION, "no tensor map at generic address 0x%llx",
              (unsigned long long)generic);
    return false;
}

static bool read_box(struct ptx_warp *w, uint32_t lane, const struct operands *o,
                     struct ptx_copy *c)
{
    if (!read_map(w, lane, c->other, &c->map)) return false;
    const uint32_t inner = (uint32_t)c->map.box[0] * c->map.element_bytes;
    if (c->map.rank != o->n_dims) {
        ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION, "%u coordinates for a tensor map of rank %u",
                  o->n_dims, c->map.rank);
        return false;
    }
    if (c->map.swizzle != PTX_SWIZZLE_NONE && inner != 16u << c->map.swizzle) {
        ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION,
                  "rows of %u bytes, narrower than the swizzle: not something the emulator knows",
                  inner);
        return false;
    }
    c->is_tensor = true;
    c->n_bytes = ptx_box_bytes(&c->map);
    for (uint32_t i = 0; i < o->n_dims; i++) c->at[i] = (int32_t)ptx_r32(w, o->at[i])[lane];
    return true;
}

static enum ptx_next run_copy(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const struct operands *o = i->extra;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        struct ptx_copy c = {.way = o->is_out ? PTX_COPY_OUT : PTX_COPY_IN,
                             .shared = ptx_place_at(w, &o->shared, lane),
                             .other = ptx_place_at(w, &o->other, lane)};
        if (!o->is_out) c.mbarrier = ptx_place_at(w, &o->mbarrier, lane);
        if (o->has_mask && (ptx_r16(w, o->mask)[lane]) != 1)
            return ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION,
                             "multicast to blocks that are not in the cluster: mask 0x%x",
                             ptx_r16(w, o->mask)[lane]);
        if (o->n_dims == 0)
            c.n_bytes = ptx_r32(w, o->n_bytes)[lane];
        else if (!read_box(w, lane, o, &c))
            return PTX_FAULTED;
        if (!ptx_bulk_begin(w, lane, c)) return PTX_FAULTED;
    }
    return PTX_NEXT;
}

static enum ptx_next run_commit(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)i;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++)
        if ((mask >> lane & 1) != 0) ptx_bulk_commit(w, lane);
    return PTX_NEXT;
}

static enum ptx_next run_wait(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    for (uint32_t lane = 0; lane < PTX_LANES; lane++)
        if ((mask >> lane & 1) != 0 && !ptx_bulk_wait(w, lane, (uint32_t)i->offset))
            return PTX_FAULTED;
    return PTX_NEXT;
}

static enum ptx_next run_nothing(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)w;
    (void)i;
    (void)mask;
    return PTX_NEXT;
}

static bool decode_group(struct ptx_decoder *d, struct ptx_statement *s, bool is_wait)
{
    int64_t n = 0;
    if (!ptx_arity(d, s, is_wait, is_wait)) return false;
    if (is_wait && !ptx_immediate(d, s, 0, &n)) return false;
    ptx_mod(s, "read"); /* here a copy reads when it ends */
    struct ptx_inst *i = ptx_emit(d, s, is_wait ? run_wait : run_commit);
    if (i == NULL) return false;
    i->offset = n;
    return ptx_done(d, s);
}

static uint32_t dims_of(struct ptx_statement *s)
{
    static const char *const names[] = {"1d", "2d", "3d", "4d", "5d", NULL};
    return ptx_mod(s, "tensor") ? (uint32_t)(ptx_mod_of(s, names) + 1) : 0;
}

static bool read_coordinates(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                             struct operands *o)
{
    const struct ptx_operand *map = &s->operands[index];
    if (map->n_items != o->n_dims)
        return ptx_refuse(d, s, "%u coordinates where %u are wanted", map->n_items, o->n_dims);
    for (uint32_t i = 0; i < o->n_dims; i++)
        if (!ptx_source_of(d, s, &map->items[i], PTX_U32, &o->at[i])) return false;
    return true;
}

/* The operands that follow: a mask of blocks, a cache policy. */
static bool read_rest(struct ptx_decoder *d, struct ptx_statement *s, uint32_t next,
                      struct operands *o)
{
    o->has_mask = ptx_mod(s, "multicast::cluster");
    const bool has_policy = ptx_mod(s, "L2::cache_hint");
    if (!ptx_arity(d, s, next + o->has_mask + has_policy, next + o->has_mask + has_policy))
        return false;
    return !o->has_mask || ptx_source(d, s, next, PTX_B16, &o->mask);
}

static bool decode_copy(struct ptx_decoder *d, struct ptx_statement *s)
{
    struct operands *o = ptx_decode_alloc(d, sizeof *o);
    if (o == NULL || !ptx_arity(d, s, 2, 6)) return false;
    o->n_dims = dims_of(s);
    o->is_out = ptx_mod(s, "bulk_group");
    const bool counts = ptx_mod(s, "mbarrier::complete_tx::bytes");
    ptx_mod(s, "tile");
    if (!ptx_mod(s, "global") || o->is_out == counts)
        return ptx_refuse(d, s, "a direction that is not known here");
    if (!ptx_mod(s, "shared::cluster") && !ptx_mod(s, "shared::cta"))
        return ptx_refuse(d, s, "no shared side");
    const uint32_t shared = o->is_out, other = !o->is_out;
    if (!ptx_place_of(d, s, shared, &o->shared) || !ptx_place_of(d, s, other, &o->other))
        return false;
    uint32_t next = 2;
    if (o->n_dims > 0 && !read_coordinates(d, s, other, o)) return false;
    if (o->n_dims == 0 && !ptx_source(d, s, next++, PTX_U32, &o->n_bytes)) return false;
    if (!o->is_out && !ptx_place_of(d, s, next++, &o->mbarrier)) return false;
    if (!read_rest(d, s, next, o)) return false;
    struct ptx_inst *i = ptx_emit(d, s, run_copy);
    if (i == NULL) return false;
    i->extra = o;
    return ptx_done(d, s);
}

static bool decode_cp(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_mod(s, "async") || !ptx_mod(s, "bulk")) return false; /* another table's */
    if (ptx_mod(s, "commit_group")) return decode_group(d, s, false);
    if (ptx_mod(s, "wait_group")) return decode_group(d, s, true);
    if (ptx_mod(s, "prefetch")) {
        s->used = UINT32_MAX;
        return ptx_emit(d, s, run_nothing) != NULL;
    }
    return decode_copy(d, s);
}

/* ---- fences, leaders, hints ---- */

static enum ptx_next run_fence(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)mask;
    return ptx_proxy_fence(w, i->op != 0) ? PTX_NEXT : PTX_FAULTED;
}

/* fence.proxy.async[.space] and fence.mbarrier_init.release.cluster */
static bool decode_fence(struct ptx_decoder *d, struct ptx_statement *s)
{
    const bool init = ptx_mod(s, "mbarrier_init");
    if (!init && !ptx_mod(s, "proxy")) return false; /* an ordinary one */
    static const char *const spaces[] = {"global", "shared::cta", "shared::cluster", NULL};
    if (init ? !ptx_mod(s, "release") || !ptx_mod(s, "cluster") : !ptx_mod(s, "async"))
        return ptx_refuse(d, s, "a proxy fence that is not known here");
    if (!init) ptx_mod_of(s, spaces);
    struct ptx_inst *i = ptx_emit(d, s, run_fence);
    if (i == NULL) return false;
    i->op = init;
    return ptx_done(d, s);
}

static enum ptx_next run_elect(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const uint32_t leader = (uint32_t)__builtin_ctz(mask);
    for (uint32_t lane = 0; lane < PTX_LANES; lane++)
        if ((mask >> lane & 1) != 0) ptx_r32(w, i->d)[lane] = leader;
    uint32_t *elected = ptx_rpred(w, i->e);
    *elected = (*elected & ~mask) | 1u << leader;
    return PTX_NEXT;
}

static bool decode_elect(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_mod(s, "sync") || !ptx_arity(d, s, 2, 2)) return false;
    if (!s->operands[0].has_second) return ptx_refuse(d, s, "no predicate");
    struct ptx_inst *i = ptx_emit(d, s, run_elect);
    if (i == NULL) return false;
    int32_t to = 0, member = 0;
    if (!ptx_dest(d, s, 0, PTX_U32, &to) || !ptx_source(d, s, 1, PTX_U32, &member)) return false;
    i->d = to;
    i->e = s->operands[0].second;
    i->member = member;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

static bool decode_setmaxnreg(struct ptx_decoder *d, struct ptx_statement *s)
{
    int64_t n = 0;
    const bool known = ptx_mod(s, "inc") || ptx_mod(s, "dec");
    if (!known || !ptx_mod(s, "sync") || !ptx_mod(s, "aligned") || !ptx_mod(s, "u32"))
        return ptx_refuse(d, s, "not a form known here");
    if (!ptx_arity(d, s, 1, 1) || !ptx_immediate(d, s, 0, &n)) return false;
    if (n < 24 || n > 256 || n % 8 != 0)
        return ptx_refuse(d, s, "%lld registers: 24 to 256, a multiple of 8", (long long)n);
    struct ptx_inst *i = ptx_emit(d, s, run_nothing);
    if (i == NULL) return false;
    i->sync = PTX_SYNC_ALIGNED;
    return ptx_done(d, s);
}

/* Grids run one after the other here: there is nothing to wait for. */
static bool decode_griddepcontrol(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_mod(s, "wait") && !ptx_mod(s, "launch_dependents"))
        return ptx_refuse(d, s, "not a form known here");
    return ptx_emit(d, s, run_nothing) != NULL && ptx_done(d, s);
}

static bool decode_prefetch(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_mod(s, "tensormap")) return false;
    struct ptx_place place;
    ptx_mod(s, "param");
    if (!ptx_arity(d, s, 1, 1) || !ptx_place_of(d, s, 0, &place)) return false;
    return ptx_emit(d, s, run_nothing) != NULL && ptx_done(d, s);
}

/* mapa: the same place in the shared memory of block `b` of the cluster, which has one block. */
static enum ptx_next run_mapa(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        if (ptx_r32(w, i->b)[lane] != 0)
            return ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION,
                             "block %u of a cluster of one block", ptx_r32(w, i->b)[lane]);
        if (i->type == PTX_U64)
            ptx_r64(w, i->d)[lane] = ptx_r64(w, i->a)[lane];
        else
            ptx_r32(w, i->d)[lane] = ptx_r32(w, i->a)[lane];
    }
    return PTX_NEXT;
}

static bool decode_mapa(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t to = 0, from = 0, rank = 0;
    ptx_mod(s, "shared::cluster");
    const enum ptx_type type = ptx_mod_type(s);
    if (type != PTX_U32 && type != PTX_U64) return ptx_refuse(d, s, "not a form known here");
    if (!ptx_arity(d, s, 3, 3) || !ptx_dest(d, s, 0, type, &to) ||
        !ptx_source(d, s, 1, type, &from) || !ptx_source(d, s, 2, PTX_U32, &rank))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, run_mapa);
    if (i == NULL) return false;
    i->d = to;
    i->a = from;
    i->b = rank;
    i->type = (uint8_t)type;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_bulk[] = {{"cp", decode_cp},
                                      {"fence", decode_fence},
                                      {"elect", decode_elect},
                                      {"setmaxnreg", decode_setmaxnreg},
                                      {"griddepcontrol", decode_griddepcontrol},
                                      {"prefetch", decode_prefetch},
                                      {"mapa", decode_mapa},
                                      {NULL, NULL}};
