/* SPDX-License-Identifier: Apache-2.0 */
/* sim_user.h -- the person who sends: asks, hears, looks into the logs, asks again.
 *
 * What it is: what `hft send`, `hft watch` and `hft resend` would do, through the same functions
 * that the control socket calls. What it is not: patient without end: after some resends
 * comes a last one, in a world where nothing goes wrong any more, and that one must work.
 * Its one idea: it believes what it is told, so whatever it was told is held against the facts. */
#pragma once

#include "sim/sim_run.h"

/* Makes the files and plans when they are asked for. */
void user_begin(struct run *run);
void user_done(struct run *run);
/* The sender's program runs (again): asks for what is due, looks for what was asked before. */
void user_sender_started(struct run *run);
/* Asks for what is due now. To be called when time has passed. */
void user_act(struct run *run);
/* Fills the FIFOs again of which an attempt that is over has taken something. */
void user_feed_streams(struct run *run);
/* The engine tells something (struct request_observer). */
void user_news(void *arg, struct request_entry *entry, enum request_news news,
	       const struct outcome *outcome);
void user_progress(void *arg, struct request_entry *entry,
		   const struct transfer_progress *progress);
/* Cancels a parcel's request, if there is one. */
void user_cancel(struct parcel *parcel, bool drop);
