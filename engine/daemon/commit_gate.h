/* SPDX-License-Identifier: Apache-2.0 */
/* commit_gate.h -- where every promise waits until its records are durable.
 *
 * The one way from the loops to the journal. A loop hands a request in; what it wants to say to
 * the outside (an id, DURABLE, a result) it says only in the callback, and the callback comes only
 * after the journal answered. Replication to standbys will be one more stage here, unseen by the
 * callers (D-229). Each loop has its own gate over the shared journal. */
#ifndef HFT_DAEMON_COMMIT_GATE_H
#define HFT_DAEMON_COMMIT_GATE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/list.h"
#include "host/log.h"
#include "host/mailbox.h"
#include "journal/journal.h"

struct commit_gate {
	struct journal *journal; /* shared by all loops */
	struct mailbox *answers; /* of this loop; answered requests come back through it */
	struct log *log;
	uint32_t in_flight; /* requests handed in and not answered */
	uint64_t passed;    /* commits that became durable */
	uint64_t refused;   /* requests that ended with an error */
};

/* `answers_capacity`: how many requests the loop can have in flight at once. `wake` is called
 * from the journal thread when an answer lies there. */
HFT_MUST_USE int commit_gate_init(struct commit_gate *gate, struct journal *journal,
				  struct log *log, uint32_t answers_capacity, void (*wake)(void *),
				  void *wake_arg);
void commit_gate_done(struct commit_gate *gate);

/* Makes `request` an empty commit of this gate; fill it with the journal_ functions. */
void commit_gate_begin(struct commit_gate *gate, struct journal_request *request, void *owner,
		       void (*done)(struct journal_request *request));

/* Makes `request` a question of this gate; the caller fills its union. */
void commit_gate_ask(struct commit_gate *gate, struct journal_request *request,
		     enum journal_request_kind kind, void *owner,
		     void (*done)(struct journal_request *request));

/* Hands it in. done() comes later, in commit_gate_turn(), never from here; also when
 * the journal refuses, with the error as result. */
void commit_gate_post(struct commit_gate *gate, struct journal_request *request);

/* Calls done() for at most `budget` answers; returns how many. */
unsigned commit_gate_turn(struct commit_gate *gate, unsigned budget);

#endif
