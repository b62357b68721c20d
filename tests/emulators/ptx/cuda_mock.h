/* SPDX-License-Identifier: MIT */
/* Insides of the mock driver: its one state, handles, and the work that waits on streams.
 *
 * A call is mock_enter, the work, mock_leave: the state is locked between them. Work on a stream
 * runs when somebody waits for it, never before, so that a missing synchronisation shows as stale
 * data. Handles are never given out twice and their structs live until the process ends, so that
 * the use of a dead one is seen for what it is. */
#ifndef HONE_TESTS_EMULATORS_CUDA_MOCK_H
#define HONE_TESTS_EMULATORS_CUDA_MOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "tests/emulators/ptx/cuda_api.h"
#include "tests/emulators/ptx/ptx.h"

enum mock_kind {
    MOCK_CONTEXT,
    MOCK_STREAM,
    MOCK_EVENT,
    MOCK_MODULE,
    MOCK_FUNCTION,
    MOCK_GRAPH,
    MOCK_NODE,
    MOCK_EXEC,
    MOCK_N_KINDS
};

/* First member of what a handle points to. */
struct mock_object {
    enum mock_kind kind;
    bool live;
    uint32_t id; /* counted per kind, for messages */
};

/* A kernel with its arguments; shared by graphs and streams. */
struct mock_launch {
    uint32_t refs;
    struct mock_function *function;
    uint32_t grid[3], block[3], cluster[3], shared_bytes;
    size_t n_param_bytes;
    void **pointers; /* one per parameter into params, for cuGraphKernelNodeGetParams */
    unsigned char params[];
};

enum mock_work_type { /* graph nodes have the driver's numbers of their types */
                      MOCK_KERNEL = CU_NODE_KERNEL,
                      MOCK_COPY = CU_NODE_MEMCPY,
                      MOCK_SET = CU_NODE_MEMSET,
                      MOCK_HOST = CU_NODE_HOST,
                      MOCK_EMPTY = CU_NODE_EMPTY,
                      MOCK_RECORD = 16,
                      MOCK_WAIT,
                      MOCK_PLAN
};

enum { MOCK_TO_HOST = 1, MOCK_FROM_HOST = 2 };

/* One thing to do, in a stream or as a node of a graph. */
struct mock_work {
    enum mock_work_type type;
    bool disabled;              /* a node switched off */
    struct mock_launch *launch; /* KERNEL */
    uint64_t to, from;          /* COPY, SET: device addresses, or host ones as `sides` says */
    size_t n_bytes;
    unsigned sides;
    unsigned char *staged;    /* COPY: the source as it was when asked for; owned */
    uint32_t value, width;    /* SET: n_bytes of it in elements of `width` bytes */
    struct mock_event *event; /* RECORD */
    uint64_t generation;
    struct mock_stream *stream; /* WAIT: until that stream has done so many */
    uint64_t until;
    struct mock_plan *plan; /* PLAN */
    void (*call)(void *);   /* HOST */
    void *data;
};

/* What an instantiated graph does, in the order it is done; shared by launches under way. */
struct mock_plan {
    uint32_t refs;
    size_t n;
    struct mock_work work[];
};

struct mock_memory {
    uint64_t address;
    size_t n_bytes;
    unsigned char *host;
    enum { MOCK_DEVICE, MOCK_PINNED, MOCK_REGISTERED, MOCK_VARIABLE } kind;
    uint32_t id;
};

struct mock_context {
    struct mock_object object;
    struct mock_stream *legacy; /* the stream 0 */
    struct mock_memory *memory; /* by address */
    size_t n_memory, memory_room, used_bytes;
    uint32_t n_memory_ids;
    struct ptx_range *ranges; /* of memory, for launches; NULL: to be made again */
    size_t n_ranges;
    unsigned char *arena; /* addresses of device memory: reserved, never readable by the host */
    size_t arena_bytes, arena_next;
};

struct mock_nodes { /* a set of nodes */
    struct mock_node **items;
    size_t n, room;
};

struct mock_capture {
    struct mock_graph *graph;
    struct mock_stream *origin;
    int mode;
    bool invalid;
    pthread_t thread;
};

struct mock_queued {
    struct mock_work work;
    struct mock_queued *next;
};

struct mock_stream {
    struct mock_object object;
    struct mock_context *context;
    unsigned flags;
    struct mock_queued *head, **tail;
    uint64_t n_queued, n_done;
    struct mock_capture *capture; /* shared by all streams of it; freed by the origin's end */
    struct mock_nodes tails;      /* while capturing: what the next node needs */
    struct mock_stream *next;     /* older streams of the context */
};

struct mock_event {
    struct mock_object object;
    struct mock_context *context;
    unsigned flags;
    uint64_t n_asked, n_recorded, time_ns; /* generations of records */
    struct mock_stream *stream;            /* of the last record, done when it has done `until` */
    uint64_t until;
    struct mock_capture *capture; /* recorded while capturing: where */
    struct mock_nodes nodes;
};

struct mock_module {
    struct mock_object object;
    struct mock_context *context;
    struct ptx_module *ptx;
    struct mock_function *functions;
    unsigned char *cubin; /* a copy; NULL when made of text */
    size_t n_cubin_bytes;
};

struct mock_function {
    struct mock_object object;
    struct mock_module *module;
    const struct ptx_kernel *kernel;
    struct ptx_kernel_info info;
    int n_registers, max_dynamic_shared, non_portable_cluster;
    struct mock_function *next;
};

struct mock_node {
    struct mock_object object;
    struct mock_graph *graph;
    size_t index; /* in the graph */
    struct mock_work work;
    struct mock_nodes needs;
};

struct mock_graph {
    struct mock_object object;
    struct mock_nodes nodes;
};

struct mock_exec {
    struct mock_object object;
    struct mock_context *context;
    struct mock_plan *plan;
    struct mock_node **nodes; /* which node each piece of work of the plan came from */
};

/* What the environment asks for; read once. */
struct mock_fault {
    char name[64];
    uint64_t nth;
    bool onwards; /* "3+": this call and all after it */
    bool hang;
    int code;
    uint64_t n_calls;
};

struct mock_state {
    bool ready, initialised;
    int cc, n_sms, version, strict; /* cc: 90 */
    uint64_t memory_bytes, max_instructions, seed;
    const char *ptx_dir;
    struct mock_fault faults[16];
    size_t n_faults;

    const char *call; /* the one being run, for messages */
    int sticky;       /* result of every call to come after a lost context */
    uint64_t clock_ns, n_reports, n_kernels;
    struct mock_context *primary;
    uint32_t n_retained;
    unsigned context_flags;
    struct mock_stream *streams; /* all that live, newest first */
    struct mock_object **objects;
    size_t n_objects, object_room; /* a hash table of addresses */
    uint32_t n_ids[MOCK_N_KINDS];
};
extern struct mock_state mock;

/* ---- cuda_state.c ---- */
enum { MOCK_INIT = 1, MOCK_CURRENT = 2, MOCK_UNCAPTURED = 4, MOCK_SURVIVES = 8 };
/* Takes the lock, applies MOCK_CUDA_FAIL, checks what the call needs: MOCK_CURRENT a current
 * context with no sticky error (unless MOCK_SURVIVES), MOCK_UNCAPTURED no capture that forbids it.
 */
int mock_enter(const char *name, unsigned needs);
int mock_leave(int rc); /* returns rc */
/* Misuse by the program under test: a line on stderr, counted. Notes are not counted. */
void mock_report(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mock_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool mock_is_sticky(int rc);
/* MOCK_CUDA_FAIL for what is no call of its own ("kernel"): 0 or the code. */
int mock_injected(const char *name);
void *mock_calloc(size_t n, size_t size); /* ends the process when there is no memory */

/* ---- cuda_object.c ---- */
void *mock_object_new(enum mock_kind kind, size_t n_bytes);
/* True when `handle` is a live object of the kind; else reports it. */
bool mock_alive(const void *handle, enum mock_kind kind);
void mock_object_kill(void *handle);
const char *mock_kind_name(enum mock_kind kind);
void mock_nodes_add(struct mock_nodes *set, struct mock_node *node);
void mock_nodes_copy(struct mock_nodes *to, const struct mock_nodes *from);
void mock_nodes_free(struct mock_nodes *set);

/* ---- cuda_device.c, cuda_context.c ---- */
int mock_attribute(int attribute); /* of the device; -1: not known */
struct mock_context *mock_current(void);

/* ---- cuda_memory.c ---- */
/* Host address of n live bytes at a device address, NULL when they are not all of one allocation.
 */
unsigned char *mock_at(struct mock_context *context, uint64_t address, size_t n_bytes);
/* The same, with a report that says what the address is instead. */
unsigned char *mock_at_or_report(struct mock_context *context, uint64_t address, size_t n_bytes,
                                 const char *what);
const struct mock_memory *mock_memory_of(const struct mock_context *context, uint64_t address);
bool mock_is_pinned(const struct mock_context *context, const void *memory, size_t n_bytes);
const struct ptx_range *mock_ranges(struct mock_context *context, size_t *out_n);
void mock_memory_add(struct mock_context *context, struct mock_memory memory);
bool mock_memory_remove(struct mock_context *context, uint64_t address, struct mock_memory *out);
void mock_memory_clear(struct mock_context *context);

/* ---- cuda_stream.c, cuda_run.c, cuda_capture.c ---- */
struct mock_stream *mock_stream_new(struct mock_context *context, unsigned flags);
void mock_stream_kill(struct mock_stream *stream);
/* The stream of a handle (NULL and 1: the legacy one); NULL when it is none, reported. */
struct mock_stream *mock_stream_of(struct mock_stream *handle);
/* Queues the work, or makes it a node while the stream is being captured. Takes what it owns. */
int mock_stream_add(struct mock_stream *stream, struct mock_work work);
int mock_stream_run(struct mock_stream *stream, uint64_t until);
int mock_run_all(struct mock_context *context);
int mock_work_run(struct mock_context *context, const struct mock_work *work);
void mock_work_free(struct mock_work *work);
struct mock_work mock_work_share(const struct mock_work *work); /* another owner of the same */
void mock_launch_drop(struct mock_launch *launch);
void mock_plan_drop(struct mock_plan *plan);
int mock_capture_add(struct mock_stream *stream, struct mock_work work);
int mock_capture_forbids(void); /* the result for a call that no capture allows, or 0 */
int mock_capture_event(struct mock_event *event, struct mock_stream *stream);
int mock_capture_wait(struct mock_stream *stream, struct mock_event *event);
int mock_capture_spoil(struct mock_stream *stream, int rc); /* invalidates it; returns rc */

/* ---- cuda_cubin.c, cuda_module.c, cuda_launch.c, cuda_graph.c ---- */
/* Bytes of the ELF image, 0 when it is none that makes sense. */
size_t mock_cubin_bytes(const unsigned char *image);
/* Registers of a thread as the cubin's .nv.info says, 0 when it does not. */
int mock_cubin_registers(const unsigned char *image, size_t n_bytes, const char *kernel);
void mock_module_kill(struct mock_module *module);
/* Checks a launch and copies its arguments. */
int mock_launch_make(struct mock_function *function, const uint32_t grid[3],
                     const uint32_t block[3], const uint32_t cluster[3], uint32_t shared_bytes,
                     void **params, void **extra, struct mock_launch **out);
struct mock_node *mock_node_new(struct mock_graph *graph, struct mock_work work,
                                const struct mock_nodes *needs);
int mock_graph_kill(struct mock_graph *graph);
int mock_function_blocks(const struct mock_function *function, int n_threads, size_t shared_bytes);

#endif
