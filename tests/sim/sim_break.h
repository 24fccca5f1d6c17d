/* SPDX-License-Identifier: Apache-2.0 */
/* sim_break.h -- what the simulation itself breaks, to prove that sim_check would see it.
 *
 * A judge that never condemns proves nothing. Each break does, from outside of the engines, what a
 * fault in them would do, and must be reported: by the words that belong to it. */
#pragma once

#include "sim/sim_run.h"

struct break_plan {
	const char *name;
	const char *family;    /* of scenarios in which it can happen */
	const char *complaint; /* words of the report that must follow */
};

/* The n-th break; NULL behind the last one. */
const struct break_plan *break_plan_at(unsigned n);
/* NULL when there is no such one. */
const struct break_plan *break_plan_find(const char *name);

/* Places where something is broken, if run->break_name says so. */
void break_step(struct run *run);
void break_told(struct parcel *parcel);
void break_after_death(struct run *run, struct node *node);
void break_end(struct run *run);
