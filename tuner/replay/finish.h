/* SPDX-License-Identifier: MIT */
/* The last step of every reader. */
#ifndef HONE_REPLAY_FINISH_H
#define HONE_REPLAY_FINISH_H

#include "tuner/replay/build.h"

enum hone_status build_finish(const struct build *build, struct hone_error *err);

#endif
