/* SPDX-License-Identifier: MIT */
/* Stores named on a command line. */
#ifndef HONE_TUNER_STORE_FILES_H
#define HONE_TUNER_STORE_FILES_H

#include "cache/content.h"

/* A store, or its exported form, whichever the file is; read whole. */
enum hone_status store_file_read(const char *path, struct hone_arena *arena,
                                 struct hone_content *out_content, struct hone_error *err);

/* Merges into the store at `path`, which is made if it is not there. */
enum hone_status store_file_write(const char *path, const struct hone_content *content,
                                  struct hone_arena *arena, struct hone_content *out_content,
                                  struct hone_merge_counts *counts, struct hone_error *err);

#endif
