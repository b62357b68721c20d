/* SPDX-License-Identifier: MIT */
/* What the parts of the PTX interpreter share: decoded instructions, warps, blocks, helpers.
 *
 * The road of an instruction: lex.c -> statement (text cut into operands) -> the decode function of
 * its opcode (a row of a table in ops_*.c) -> one or more struct ptx_inst -> its `run` function,
 * called for a whole warp with the mask of lanes that execute it.
 *
 * A register is a "slot": a byte offset into the warp's register file, where 32 lanes lie side by
 * side: u16[32], u32[32] or u64[32] by the register's size; a predicate is one u32, a bit a lane.
 * Immediates, special registers and the sink `_` are slots too, so no handler tells them apart.
 * Entry functions use offsets from 0 upward, device functions offsets below 0. */
#ifndef HONE_TESTS_EMULATORS_PTX_INTERNAL_H
#define HONE_TESTS_EMULATORS_PTX_INTERNAL_H

#include <string.h>

#include "tests/emulators/ptx/ptx.h"

enum {
    PTX_LANES = 32,
    PTX_MAX_WARPS = 32,  /* of a block */
    PTX_N_BARRIERS = 17, /* the last is barrier.cluster's */
    PTX_MAX_MODS = 16,
    PTX_MAX_DEPTH = 16,      /* of calls */
    PTX_SHARED_BASE = 1024,  /* address of a block's first shared byte, as on sm_90 */
    PTX_MAX_SHARED = 232448, /* 227 KiB */
    PTX_ALL_LANES_ID = -1    /* "lane" of a fault that is the whole warp's */
};
#define PTX_FULL 0xffffffffu

/* Generic addresses: what lies below 2^48 is global; these windows hold the rest. A shared address
 * has the offset in its low 24 bits and, for another block of the cluster, rank + 1 above them. */
#define PTX_SHARED_WINDOW (1ull << 56)
#define PTX_LOCAL_WINDOW  (2ull << 56)
#define PTX_PARAM_WINDOW  (3ull << 56)
#define PTX_WINDOW_MASK   (0xffull << 56)

enum ptx_space {
    PTX_GENERIC,
    PTX_GLOBAL, /* .const as well: it is memory of the module */
    PTX_SHARED,
    PTX_LOCAL, /* and the .param variables of calls */
    PTX_PARAM  /* of the kernel: read only */
};

/* ---- statements: what the parser hands to a decode function ---- */

enum ptx_type {
    PTX_NO_TYPE,
    PTX_PRED,
    PTX_B8,
    PTX_U8,
    PTX_S8,
    PTX_B16,
    PTX_U16,
    PTX_S16,
    PTX_F16,
    PTX_BF16,
    PTX_B32,
    PTX_U32,
    PTX_S32,
    PTX_F32,
    PTX_F16X2,
    PTX_BF16X2,
    PTX_TF32,
    PTX_E4M3,
    PTX_E5M2,
    PTX_E4M3X2,
    PTX_E5M2X2,
    PTX_U16X2,
    PTX_S16X2,
    PTX_S4,
    PTX_U4,
    PTX_B64,
    PTX_U64,
    PTX_S64,
    PTX_F64,
    PTX_B128,
    PTX_N_TYPES
};

enum ptx_operand_kind {
    PTX_O_REG,   /* slot, type (of the declaration); negated for !p */
    PTX_O_IMM,   /* bits, float_bytes */
    PTX_O_VEC,   /* items */
    PTX_O_ADDR,  /* [base + offset], base a register (slot), a symbol, or nothing; items: what is in
                    an inner {...} of a tensor operand */
    PTX_O_SYM,   /* a variable, a parameter */
    PTX_O_NAME,  /* a label or a function */
    PTX_O_SINK,  /* _ */
    PTX_O_CLOCK, /* %clock, %clock64, %globaltimer...: `bits` is an enum ptx_clock */
    PTX_O_LIST   /* ( ... ) of a call: items */
};

enum ptx_clock { PTX_CLOCK_LO, PTX_CLOCK_HI, PTX_CLOCK_64, PTX_TIMER, PTX_TIMER_LO, PTX_TIMER_HI };

struct ptx_symbol {
    const char *name;
    enum ptx_space space;
    enum ptx_type type;
    uint32_t n_bytes, align;
    uint64_t address;  /* in its space: a device address, an offset, a shared address */
    bool is_dynamic;   /* extern shared []: its address is where the static ones end */
    const void *owner; /* shared: the function whose layout `address` belongs to */
};

struct ptx_operand {
    enum ptx_operand_kind kind;
    enum ptx_type type;
    bool negated;
    uint8_t float_bytes; /* IMM: 0 an integer, 4 an f32's bits (0f...), 8 a double's */
    bool has_second;     /* p|q: `second` is the slot of q (or of the sink) */
    int32_t slot;        /* REG; ADDR with a register base */
    int32_t second;
    uint64_t bits;                   /* IMM: the integer or the float's bits */
    int64_t offset;                  /* ADDR, SYM (name+4) */
    const struct ptx_symbol *symbol; /* SYM, ADDR with a symbol base */
    bool has_base;                   /* ADDR: a register base */
    const char *name;                /* NAME */
    struct ptx_operand *items;
    uint32_t n_items;
};

struct ptx_statement {
    uint32_t line;
    const char *opcode; /* whole, "ld.global.v2.u32" */
    const char *name;   /* its first part, "ld" */
    const char *mods[PTX_MAX_MODS];
    uint32_t n_mods;
    uint32_t used; /* bit i: mods[i] was understood; what is left over is refused */
    bool has_guard, guard_not;
    int32_t guard;
    struct ptx_operand *operands;
    uint32_t n_operands;
};

/* ---- decoded instructions ---- */

struct ptx_warp;
struct ptx_inst;

enum ptx_next {
    PTX_NEXT,   /* done, on to the next instruction */
    PTX_JUMP,   /* done, the handler set the fragment's pc itself (or split it, or ended lanes) */
    PTX_WAIT,   /* not done: call again once the block has made progress (block->progress) */
    PTX_YIELD,  /* done, but let the other warps run first */
    PTX_FAULTED /* ptx_fault() was called */
};

typedef enum ptx_next (*ptx_run)(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask);

/* Who must be there before `run` is called. */
enum ptx_sync {
    PTX_SYNC_NONE,
    PTX_SYNC_ALIGNED, /* all live lanes of the warp; run gets the live mask */
    PTX_SYNC_FULL,    /* the same and it must be all 32 (mma) */
    PTX_SYNC_MEMBERS  /* all live lanes named by the u32 in slot `member` */
};

struct ptx_inst {
    ptx_run run;
    int32_t d, e;          /* destinations */
    int32_t a, b, c, x;    /* sources */
    int32_t guard, member; /* predicate slot (guard only if has_guard) */
    uint8_t has_guard, guard_not, sync;
    uint8_t type, type2;  /* enum ptx_type */
    uint8_t space;        /* enum ptx_space */
    uint8_t vec;          /* elements of a vector access, or of `slots` */
    uint8_t op, flags;    /* the handler's own */
    uint32_t target;      /* of branches and calls: index into the code */
    uint32_t statement;   /* index of its line and text */
    int64_t offset;       /* of addresses; immediates of the handler's own */
    const int32_t *slots; /* vectors and fragments */
    const void *extra;    /* the handler's own, in the module's arena */
};

/* One row of an opcode table: first part of the opcode, decode function. */
struct ptx_decoder;
struct ptx_op {
    const char *name;
    bool (*decode)(struct ptx_decoder *d, struct ptx_statement *s);
};
/* Each ends with a row of NULL. decode.c lists them all. */
extern const struct ptx_op ptx_ops_integer[], ptx_ops_bits[], ptx_ops_float[], ptx_ops_half[],
    ptx_ops_convert[], ptx_ops_compare[], ptx_ops_move[], ptx_ops_memory[], ptx_ops_atomic[],
    ptx_ops_control[], ptx_ops_barrier[], ptx_ops_warp[], ptx_ops_matrix[], ptx_ops_async[],
    ptx_ops_mbarrier[], ptx_ops_bulk[], ptx_ops_wgmma[], ptx_ops_refused[];

/* ---- decode helpers (decode.c); those returning bool or NULL have set the error ---- */

bool ptx_refuse(struct ptx_decoder *d, const struct ptx_statement *s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *ptx_decode_alloc(struct ptx_decoder *d, size_t n_bytes); /* zeroed, lives with the module */
/* True when the opcode has the modifier; marks it as understood. */
bool ptx_mod(struct ptx_statement *s, const char *name);
/* The next modifier not yet understood that is one of `names` (ends with NULL): its index, or -1.
 */
int ptx_mod_of(struct ptx_statement *s, const char *const *names);
/* The next modifier not yet understood that is a type; PTX_NO_TYPE when there is none. */
enum ptx_type ptx_mod_type(struct ptx_statement *s);
/* Refuses unless there are `least` to `most` operands. */
bool ptx_arity(struct ptx_decoder *d, struct ptx_statement *s, uint32_t least, uint32_t most);
/* A new instruction at the end of the code with guard and statement filled. */
struct ptx_inst *ptx_emit(struct ptx_decoder *d, struct ptx_statement *s, ptx_run run);
/* Refuses when a modifier was not understood. Call last. */
bool ptx_done(struct ptx_decoder *d, struct ptx_statement *s);
/* Slots of operands used as `type`: an immediate becomes a constant slot of the type's size. The
 * size of a register must be the type's (for sources of at most 32 bits a wider one is refused). */
bool ptx_source(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, enum ptx_type type,
                int32_t *out);
bool ptx_dest(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, enum ptx_type type,
              int32_t *out);
/* The same for an operand that is not a top-level one (an item of a vector). */
bool ptx_source_of(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_operand *o,
                   enum ptx_type type, int32_t *out);
bool ptx_dest_of(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_operand *o,
                 enum ptx_type type, int32_t *out);
/* All items of vector operand `index` (or the one register it is), exactly n of them. */
bool ptx_vector(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, uint32_t n,
                enum ptx_type type, bool is_dest, const int32_t **out);
/* Address operand `index` -> i->a (slot of the base, a zero one for symbols) and i->offset; the
 * size of the base register (4 or 8 bytes) in i->flags' bit 7 (set: 8). Call with i just emitted.
 */
bool ptx_address(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                 struct ptx_inst *i);
/* An integer immediate operand, else refused. */
bool ptx_immediate(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, int64_t *out);
int32_t ptx_constant(struct ptx_decoder *d, enum ptx_type type,
                     uint64_t bits);         /* a constant slot */
uint32_t ptx_type_bytes(enum ptx_type type); /* of a register; 4-bit and predicate types: 0 */
const char *ptx_type_name(enum ptx_type type);
enum ptx_type ptx_type_of_mod(const char *name); /* PTX_NO_TYPE: no type */

/* ---- execution state ---- */

struct ptx_fragment { /* lanes of a warp that are at the same place */
    uint32_t mask, pc, depth;
    bool parked;  /* at a collective whose other lanes are elsewhere */
    bool waiting; /* the handler said PTX_WAIT when progress was `seen` */
    uint64_t seen;
    uint64_t token[2]; /* the handler's own between PTX_WAITs; 0 when an instruction begins */
};

/* A vector clock: what of each warp of the block is known to have happened. */
struct ptx_clocks {
    uint32_t of[PTX_MAX_WARPS];
};

struct ptx_block;
struct ptx_state; /* of the launch: core.c, memory.c */
struct ptx_async; /* of cp.async: ops_async.c */

struct ptx_warp {
    unsigned char *regs; /* slot 0 */
    struct ptx_block *block;
    uint32_t id, live; /* index in the block; lanes that exist and have not exited */
    struct ptx_fragment fragments[PTX_LANES];
    uint32_t n_fragments, current; /* index of the running one */
    uint32_t patience;             /* instructions left before another fragment gets its turn */
    uint32_t exited;               /* lanes that existed and are gone */
    uint32_t carry;                /* of add.cc and the like, a bit a lane */
    uint32_t cluster_arrived, cluster_phase; /* lanes between barrier.cluster.arrive and .wait */
    const struct ptx_inst *inst;             /* the running instruction, for messages */
    uint32_t (*returns)[PTX_LANES];          /* [PTX_MAX_DEPTH]: where calls go back to */
    unsigned char *local;                    /* [lane][n_local] */
    struct ptx_clocks clocks;                /* clocks.of[id] is its own time */
    struct ptx_async *async;
    void *extra[4]; /* of other op groups (wgmma: 0), zero at the start, freed with free() */
};

struct ptx_barrier {
    uint32_t arrived, expected; /* threads; expected 0: all live ones */
    uint32_t phase;
    bool in_use, is_red;
    uint32_t popc[2], all[2], any[2]; /* of bar.red, by phase % 2 */
    struct ptx_clocks gathered, released[2];
};

struct ptx_block {
    struct ptx_state *state;
    uint32_t id[3];
    uint32_t n_warps, n_threads, n_live; /* live: threads not exited */
    struct ptx_warp *warps;
    unsigned char *shared; /* n_shared bytes, address PTX_SHARED_BASE is shared[0] */
    uint32_t n_shared;
    unsigned char *set;     /* [n_shared]: 1 once written */
    unsigned char *pending; /* [n_shared / 4]: async copies under way, a count */
    uint32_t *reads;        /* [warp][n_shared / 4]: time << 4 | bytes */
    uint32_t *writes;       /* [n_shared / 4]: as reads */
    unsigned char *writer;  /* [n_shared / 4]: the warp of `writes` */
    struct ptx_barrier barriers[PTX_N_BARRIERS];
    struct ptx_clocks strong; /* released by strong stores and atomics of shared memory */
    uint64_t progress;        /* grows when something that a warp can wait for happens */
    void *extra[4];           /* of other op groups (mbarrier: 0, bulk: 1), freed with free() */
};

static inline struct ptx_fragment *ptx_here(struct ptx_warp *w)
{
    return &w->fragments[w->current];
}

/* ---- register access ---- */

static inline uint16_t *ptx_r16(const struct ptx_warp *w, int32_t slot)
{
    return (uint16_t *)(void *)(w->regs + slot);
}
static inline uint32_t *ptx_r32(const struct ptx_warp *w, int32_t slot)
{
    return (uint32_t *)(void *)(w->regs + slot);
}
static inline uint64_t *ptx_r64(const struct ptx_warp *w, int32_t slot)
{
    return (uint64_t *)(void *)(w->regs + slot);
}
static inline float *ptx_rf32(const struct ptx_warp *w, int32_t slot)
{
    return (float *)(void *)(w->regs + slot);
}
/* Lanes of a predicate; to write, change only the bits of the mask. */
static inline uint32_t *ptx_rpred(const struct ptx_warp *w, int32_t slot)
{
    return (uint32_t *)(void *)(w->regs + slot);
}
/* The address operand of lane: base register + offset (see ptx_address). */
static inline uint64_t ptx_lane_address(const struct ptx_warp *w, const struct ptx_inst *i,
                                        uint32_t lane)
{
    const uint64_t base = i->flags & 128 ? ptx_r64(w, i->a)[lane] : ptx_r32(w, i->a)[lane];
    return base + (uint64_t)i->offset;
}

/* ---- faults, memory (memory.c, shared.c); false or NULL: a fault was reported ---- */

/* Writes the message (kernel, block, warp, lane, line, text are put before it); the first wins. */
enum ptx_next ptx_fault(struct ptx_warp *w, int lane, enum ptx_fault fault, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* n bytes of global memory at the address, which must be a multiple of n (n a power of two). */
unsigned char *ptx_global(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                          bool is_store);
/* The same without a claim on alignment: a piece for bulk copies. */
unsigned char *ptx_global_bytes(struct ptx_warp *w, uint32_t lane, uint64_t address, uint64_t n,
                                bool is_store);
/* Any space, n = 1, 2, 4, 8 or 16 bytes; shared memory with all its checks. */
bool ptx_load(struct ptx_warp *w, uint32_t lane, enum ptx_space space, uint64_t address, uint32_t n,
              void *out);
bool ptx_store(struct ptx_warp *w, uint32_t lane, enum ptx_space space, uint64_t address,
               uint32_t n, const void *value);
/* What space a generic address lies in, and the address in that space. */
enum ptx_space ptx_resolve(uint64_t generic, uint64_t *out_address);
/* Bytes of the kernel's parameters, for generic addresses of them; NULL when outside. */
const unsigned char *ptx_param_bytes(struct ptx_warp *w, uint64_t offset, uint64_t n);

/* Shared memory, any n: bounds; then what the names say. Addresses are shared ones. */
unsigned char *ptx_shared(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);
/* A read by warp w at its present time: bytes set, none pending, no race; marks the read. */
bool ptx_shared_read(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);
/* A write: none pending, no race; marks the bytes as set and written. The caller stores them. */
bool ptx_shared_wrote(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);
/* An async copy begins (checked as a write of w now; the bytes become pending) and lands (no longer
 * pending, set, written by w at time `when`: w->clocks.of[w->id] at the begin or at the wait). */
bool ptx_shared_begin(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);
bool ptx_shared_land(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                     uint32_t when);

/* Strong accesses (atomics, volatile, acquire, release) order instead of racing: bounds, alignment,
 * pending copies, and for reads that the bytes are set; no race is looked for and nothing marked.
 */
unsigned char *ptx_strong(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                          bool is_read);
bool ptx_strong_load(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n, void *out);
bool ptx_strong_store(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                      const void *value);

/* Happens-before: release publishes w's past into `c` and starts a new time of w; acquire learns.
 */
void ptx_release(struct ptx_warp *w, struct ptx_clocks *c);
void ptx_acquire(struct ptx_warp *w, const struct ptx_clocks *c);

/* All cp.async of these lanes land now (cp.async.mbarrier.arrive comes after them). */
bool ptx_async_land_all(struct ptx_warp *w, uint32_t mask);

/* Launch facts for op groups. */
const struct ptx_launch *ptx_launch_of(const struct ptx_warp *w);
uint64_t ptx_now(const struct ptx_warp *w); /* instructions executed so far */

#endif
