/* SPDX-License-Identifier: MIT */
/* Where a search of a problem begins: at the winners of its neighbours. */
#ifndef HONE_TUNE_STARTS_H
#define HONE_TUNE_STARTS_H

#include "tuner/session/state.h"

/* Steps between two problems of one op, in doublings of dimensions and rows; other types are far
 * away. */
double starts_distance(const struct hone_problem *a, const struct hone_problem *b);

/* Reads what the store has won for other problems, those of other models too, on this target. */
enum hone_status starts_open(struct session *session, struct hone_error *err);

/* The best config of the nearest problem that the same space serves, in this session or in the
 * store, which is valid here, was not tried and is not its default; false when there is none. */
bool starts_next(const struct session *session, const struct problem_state *problem,
                 const struct space_state *space, const struct hone_env *env,
                 struct hone_config *out_config);

#endif
