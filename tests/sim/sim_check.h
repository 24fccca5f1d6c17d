/* SPDX-License-Identifier: Apache-2.0 */
/* sim_check.h -- judges what the engines do by what is on the disks and in the journals.
 *
 * What it is: the claims that hold in every seed. What it is not: an observer of the engine's
 * decisions: except for a promise under way it looks only at what outlives a program and
 * at what was told to the user. Its one idea: a promise is judged when it can be broken, which is
 * the moment after a death.
 *
 * - Under a final name there is what was there before, or a whole source (new, replace), or
 *   what was there before and the beginning of a source that is just being added (append).
 * - What was told to be durable is there after a death of the receiver, and so is what its journal
 *   says.
 * - 0-0 means: whole, under the final name, and still so after the power was cut.
 * - Every end has a name, a sentence, its log records, and its place in the queues. */
#pragma once

#include "sim/sim_run.h"

/* The receiver's disk has changed: looks at all final names. */
void check_look(struct run *run);
/* The user was told how a request ended. */
void check_told(struct parcel *parcel);
/* A node dies right after this. */
void check_before_death(struct run *run, struct node *node);
/* A node has died right before this. */
void check_after_death(struct run *run, struct node *node);
/* Power was cut behind a 0-0. */
void check_kept(struct run *run);
/* Everything is over and both engines are idle. */
void check_end(struct run *run);
/* True when only --from-start can send this parcel. */
bool check_wants_from_start(const struct parcel *parcel);
