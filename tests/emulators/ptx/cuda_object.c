/* SPDX-License-Identifier: MIT */
/* Handles of the mock driver: every one ever given out is known, dead or alive. */
#include <stdlib.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

const char *mock_kind_name(enum mock_kind kind)
{
    static const char *const names[MOCK_N_KINDS] = {"context",    "stream",          "event",
                                                    "module",     "function",        "graph",
                                                    "graph node", "executable graph"};
    return kind < MOCK_N_KINDS ? names[kind] : "?";
}

/* Where the address is or would be. */
static size_t place(struct mock_object *const *table, size_t room, const void *address)
{
    size_t at = (size_t)(((uintptr_t)address >> 4) * 0x9e3779b97f4a7c15u) & (room - 1);
    while (table[at] != NULL && table[at] != address) at = (at + 1) & (room - 1);
    return at;
}

static void grow(void)
{
    const size_t room = mock.object_room > 0 ? 2 * mock.object_room : 256;
    struct mock_object **table = mock_calloc(room, sizeof *table);
    for (size_t i = 0; i < mock.object_room; i++)
        if (mock.objects[i] != NULL) table[place(table, room, mock.objects[i])] = mock.objects[i];
    free(mock.objects);
    mock.objects = table;
    mock.object_room = room;
}

void *mock_object_new(enum mock_kind kind, size_t n_bytes)
{
    if (2 * (mock.n_objects + 1) > mock.object_room) grow();
    struct mock_object *object = mock_calloc(1, n_bytes);
    object->kind = kind;
    object->live = true;
    object->id = ++mock.n_ids[kind];
    mock.objects[place(mock.objects, mock.object_room, object)] = object;
    mock.n_objects++;
    return object;
}

bool mock_alive(const void *handle, enum mock_kind kind)
{
    const char *name = mock_kind_name(kind);
    const struct mock_object *object = NULL;
    if (handle != NULL && mock.object_room > 0)
        object = mock.objects[place(mock.objects, mock.object_room, handle)];
    if (object == NULL)
        mock_report("%p is no %s", handle, name);
    else if (object->kind != kind)
        mock_report("%p is %s %u, not a %s", handle, mock_kind_name(object->kind), object->id,
                    name);
    else if (!object->live)
        mock_report("%s %u has been destroyed", name, object->id);
    else
        return true;
    return false;
}

void mock_object_kill(void *handle)
{
    ((struct mock_object *)handle)->live = false;
}

void mock_nodes_add(struct mock_nodes *set, struct mock_node *node)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->items[i] == node) return;
    if (set->n == set->room) {
        const size_t room = set->room > 0 ? 2 * set->room : 4;
        struct mock_node **items = mock_calloc(room, sizeof *items);
        if (set->n > 0) memcpy(items, set->items, set->n * sizeof *items);
        free(set->items);
        set->items = items;
        set->room = room;
    }
    set->items[set->n++] = node;
}

void mock_nodes_copy(struct mock_nodes *to, const struct mock_nodes *from)
{
    for (size_t i = 0; i < from->n; i++) mock_nodes_add(to, from->items[i]);
}

void mock_nodes_free(struct mock_nodes *set)
{
    free(set->items);
    *set = (struct mock_nodes){0};
}
