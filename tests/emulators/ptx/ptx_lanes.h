/* SPDX-License-Identifier: MIT */
/* Handlers over 32 lanes, and tables of whole opcodes with the types of their operands. */
#ifndef HONE_TESTS_EMULATORS_PTX_LANES_H
#define HONE_TESTS_EMULATORS_PTX_LANES_H

#include "tests/emulators/ptx/ptx_internal.h"

#ifdef __clang__
#define PTX_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#else
#define PTX_VECTOR _Pragma("GCC ivdep")
#endif

/* The statement for each lane l of `mask`; whole warps as one plain loop. */
#define PTX_EACH(...)                                                                              \
    do {                                                                                           \
        if (mask == PTX_FULL) {                                                                    \
            PTX_VECTOR for (int l = 0; l < PTX_LANES; l++)                                         \
            {                                                                                      \
                __VA_ARGS__                                                                        \
            }                                                                                      \
        } else {                                                                                   \
            for (int l = 0; l < PTX_LANES; l++)                                                    \
                if (mask >> l & 1) {                                                               \
                    __VA_ARGS__                                                                    \
                }                                                                                  \
        }                                                                                          \
    } while (0)

#define PTX_LANES_OF(T, slot) ((T *)(void *)(w->regs + (slot)))

#define PTX_HANDLER(name)                                                                          \
    static enum ptx_next name(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)

/* d = expression of x */
#define PTX_UNARY(name, D, A, expression)                                                          \
    PTX_HANDLER(name)                                                                              \
    {                                                                                              \
        D *d = PTX_LANES_OF(D, i->d);                                                              \
        const A *a = PTX_LANES_OF(A, i->a);                                                        \
        PTX_EACH(const A x = a[l]; d[l] = (D)(expression););                                       \
        return PTX_NEXT;                                                                           \
    }
/* d = expression of x, y */
#define PTX_BINARY(name, D, A, B, expression)                                                      \
    PTX_HANDLER(name)                                                                              \
    {                                                                                              \
        D *d = PTX_LANES_OF(D, i->d);                                                              \
        const A *a = PTX_LANES_OF(A, i->a);                                                        \
        const B *b = PTX_LANES_OF(B, i->b);                                                        \
        PTX_EACH(const A x = a[l]; const B y = b[l]; d[l] = (D)(expression););                     \
        return PTX_NEXT;                                                                           \
    }
/* d = expression of x, y, z */
#define PTX_TERNARY(name, D, A, B, C, expression)                                                  \
    PTX_HANDLER(name)                                                                              \
    {                                                                                              \
        D *d = PTX_LANES_OF(D, i->d);                                                              \
        const A *a = PTX_LANES_OF(A, i->a);                                                        \
        const B *b = PTX_LANES_OF(B, i->b);                                                        \
        const C *c = PTX_LANES_OF(C, i->c);                                                        \
        PTX_EACH(const A x = a[l]; const B y = b[l]; const C z = c[l]; d[l] = (D)(expression););   \
        return PTX_NEXT;                                                                           \
    }

#define PTX_TERNARY_32(name, expression)                                                           \
    PTX_TERNARY(name, uint32_t, uint32_t, uint32_t, uint32_t, expression)

/* A whole opcode, its handler, the types of its destination and sources (PTX_NO_TYPE ends them). */
struct ptx_row {
    const char *opcode;
    ptx_run run;
    uint8_t d, src[4];
    uint8_t op; /* for struct ptx_inst.op */
};
/* Decodes by a table that ends with a NULL opcode: d, a, b, c, x of the instruction in order.
 * False without an error when no row is the opcode. */
bool ptx_decode_row(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_row *rows);

/* ops_ldmatrix.c */
bool ptx_decode_ldmatrix(struct ptx_decoder *d, struct ptx_statement *s);
bool ptx_decode_stmatrix(struct ptx_decoder *d, struct ptx_statement *s);
bool ptx_decode_movmatrix(struct ptx_decoder *d, struct ptx_statement *s);

#endif
