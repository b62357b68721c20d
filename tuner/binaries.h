/* SPDX-License-Identifier: MIT */
/* The store as a cache of compiled kernels. */
#ifndef HONE_TUNER_BINARIES_H
#define HONE_TUNER_BINARIES_H

#include "cache/store.h"
#include "codegen/kernel.h"

/* Finds and keeps; `store` must outlive the kernels that use it. */
struct hone_binary_cache hone_store_binaries(struct hone_store *store);

#endif
