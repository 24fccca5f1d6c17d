/* SPDX-License-Identifier: Apache-2.0 */
/* control_loop.h -- the thread that knows all requests: control socket, schedule, timers, journal
 * answers.
 *
 * It never touches file data and never waits. Movers tell it things through one bounded mailbox. */
#ifndef HFT_DAEMON_CONTROL_LOOP_H
#define HFT_DAEMON_CONTROL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/slab.h"
#include "base/timers.h"
#include "daemon/commit_gate.h"
#include "daemon/engine.h"
#include "daemon/send_task.h"
#include "host/mailbox.h"
#include "io/op.h"
#include "request/request.h"
#include "schedule/schedule.h"

struct request_entry;

/* Who is told what happens to requests: the control server's clients, or a simulation. */
struct request_observer {
	void *arg; /* given to each function */
	/* Something happened to a request; `outcome` is the latest one. */
	void (*news)(void *arg, struct request_entry *entry, enum request_news news,
		     const struct outcome *outcome);
	/* Its numbers changed. */
	void (*progress)(void *arg, struct request_entry *entry,
			 const struct transfer_progress *progress);
	/* It is over and will be forgotten after this call. */
	void (*gone)(void *arg, struct request_entry *entry);
};

struct control {
	struct engine *engine;
	struct ops *ops;
	struct timers *timers;
	struct mailbox *reports; /* what movers tell */
	struct commit_gate gate;
	struct slab *entries; /* struct request_entry */
	struct list requests; /* all of them, oldest first */
	struct schedule *schedule;
	struct request_observer observer; /* all functions may be NULL */
	uint64_t now_ns;		  /* of this turn */
	uint64_t dispatched;		  /* ops that came back; the others are in flight */
};

/* Makes the loop over `ops`, which it owns from then on. */
HFT_MUST_USE int control_new(struct engine *engine, struct ops *ops, struct control **ret_control);
void control_free(struct control *control);

/* One turn: timers, reports, journal answers, completions; each bounded. */
void control_turn(struct control *control);
/* When the next turn is due although nothing happens. */
uint64_t control_deadline_ns(const struct control *control);

/* True when nothing is in flight: no question to the journal, no op. Once the engine is ending, no
 * turn starts anything and what movers report is left to the journal, as after a crash. */
bool control_is_quiet(const struct control *control);

/* A mover tells something. Any thread. The mailbox has room for all reports there can be. */
void control_report(struct control *control, struct mover_report *report);

#endif
