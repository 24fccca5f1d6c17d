/* SPDX-License-Identifier: Apache-2.0 */
/* retry_grid.h -- the instants at which one host is tried, and which of them comes next.
 *
 * What it is: pure functions of start, interval (R), count (C) and now (D-22, D-109..D-117).
 * What it is not: a timer, or a memory of tries: the request keeps the number k.
 * Its one idea: points lie on a grid from the start, from + k*R, and never move: a slow or
 * failed try delays nothing after it.
 *
 * The first connect tries at k = 0..C, an auto-wait at k = 1..C+1. With R = 0 there is no grid:
 * tries follow each other, HFT_TRY_APART_NS apart at least.
 *
 * Instants are on the loop's clock. `from_ns` may lie before that clock began (a restart after
 * a boot); it is then a number that wrapped, so only differences to it are ever used. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct retry_grid {
	uint64_t from_ns;	     /* start of the attempt, or t0 of the auto-wait */
	uint64_t interval_ns;	     /* R; 0 = tries follow each other */
	uint64_t connect_timeout_ns; /* no try is longer */
	uint32_t first;		     /* k of the first try: 0 or 1 */
	uint32_t last;		     /* k of the last try: C or C + 1 */
};

/* One try. */
struct retry_point {
	uint32_t k;	      /* which */
	uint64_t at_ns;	      /* when it starts; never before now */
	uint64_t deadline_ns; /* when it ends at the latest (D-113) */
};

/* The grid of a first connect that starts now (D-22). Requires C < UINT32_MAX. */
void retry_grid_first_connect(struct retry_grid *grid, uint64_t from_ns, uint64_t interval_ns,
			      uint32_t count, uint64_t connect_timeout_ns);

/* The grid of an auto-wait that began at from_ns, t0 (D-111). Requires C < UINT32_MAX. */
void retry_grid_auto_wait(struct retry_grid *grid, uint64_t from_ns, uint64_t interval_ns,
			  uint32_t count, uint64_t connect_timeout_ns);

/* The instant of try k. Requires first <= k <= last. */
uint64_t retry_grid_try_ns(const struct retry_grid *grid, uint32_t k);

/* From the start to the last point: R + R*C for an auto-wait (D-112), R*C for a first connect;
 * 0 with R = 0. */
uint64_t retry_grid_window_ns(const struct retry_grid *grid);

/* Longest time of one try: the smaller of R and connect_timeout; connect_timeout with R = 0. */
uint64_t retry_grid_bound_ns(const struct retry_grid *grid);

/* How many tries there are. */
uint32_t retry_grid_tries(const struct retry_grid *grid);

/* The next try, when those before k have been made or missed. False, and *ret_point untouched,
 * when all are used up: k > last. Points that passed by more than HFT_TRY_LATE_NS are not made
 * up: it is the first one that did not; when there is none left, one try now (D-117). With R = 0
 * nothing can be missed: it is k, HFT_TRY_APART_NS after the start of the latest try at least;
 * last_start_ns counts only there and only for k > first. */
HFT_MUST_USE bool retry_grid_next(const struct retry_grid *grid, uint32_t k, uint64_t last_start_ns,
				  uint64_t now_ns, struct retry_point *ret_point);

/* The next try after a restart: like retry_grid_next() from the first one on, and there is
 * always one. With R = 0 tries count as made every HFT_TRY_APART_NS since the start, so that a
 * restart does not begin them anew (D-126). */
void retry_grid_resume(const struct retry_grid *grid, uint64_t now_ns,
		       struct retry_point *ret_point);
