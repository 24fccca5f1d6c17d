/* SPDX-License-Identifier: Apache-2.0 */
/* mover.h -- one thread's share of the data path: its ring, its buffers, its sessions.
 *
 * A mover runs sessions, sending and receiving, that are pinned to it: by a hash of the transfer
 * id, so that all that belongs to one transfer meets in one thread and needs no lock. The other
 * loops talk to it by orders through one bounded mailbox; it answers control by reports. */
#ifndef HFT_DAEMON_MOVER_H
#define HFT_DAEMON_MOVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/timers.h"
#include "daemon/commit_gate.h"
#include "daemon/engine.h"
#include "host/mailbox.h"
#include "io/buffer_pool.h"
#include "io/op.h"

enum mover_order_kind {
	ORDER_SEND,	/* start the send_task that embeds it */
	ORDER_CANCEL,	/* end that send_task with its cancel_outcome */
	ORDER_ADOPT,	/* take over the stranger that embeds it, its first messages are read */
	ORDER_DISMISS,	/* the stranger that embeds it is done with, on another mover */
	ORDER_RECOVER,	/* finish a publish that a crash interrupted: receive_recovery */
	ORDER_LISTEN,	/* accept on the engine's listeners; only mover 0 gets it */
	ORDER_CHECK,	/* the host_check that embeds it */
	ORDER_SNAPSHOT, /* describe your sessions into the engine_snapshot that embeds it */
};

/* An order is embedded in what it is about and belongs to the mover until it is carried out. */
struct mover_order {
	enum mover_order_kind kind;
	void *subject; /* by kind, see above */
};

struct mover {
	struct engine *engine;
	uint32_t index; /* in engine->mover */
	struct ops *ops;
	struct buffer_pool *pool;      /* for what comes in, and for TLS */
	struct buffer_pool *send_pool; /* for what goes out: sends must never starve receives, or
					* two engines that send to each other stand still */
	struct timers *timers;
	struct mailbox *orders; /* what the other loops want */
	struct commit_gate gate;
	struct slab *send_sessions;	/* struct send_session with its sender */
	struct slab *send_lanes;	/* struct send_lane */
	struct slab *receive_sessions;	/* struct receive_session with its receiver */
	struct slab *receive_lanes;	/* struct receive_lane */
	struct slab *strangers;		/* struct stranger */
	struct list sends;		/* struct send_session */
	struct list receives;		/* struct receive_session */
	struct list doors;		/* struct stranger, oldest first */
	uint64_t now_ns;		/* of this turn */
	struct transfer_action *action; /* scratch: one action being carried out */
	uint64_t source_bytes_read;	/* from sources, to send; never of a durable prefix */
	uint64_t recheck_bytes_read;	/* read again to prove a prefix, both sides */
	uint64_t dispatched;		/* ops that came back; the others are in flight */
};

/* Makes mover number `index` over `ops`, which it owns from then on. */
HFT_MUST_USE int mover_new(struct engine *engine, uint32_t index, struct ops *ops,
			   struct mover **ret_mover);
/* All sessions must be over. Accepts NULL. */
void mover_free(struct mover *mover);

/* One turn: timers, orders, journal answers, completions; each bounded. */
void mover_turn(struct mover *mover);
/* When the next turn is due although nothing happens. */
uint64_t mover_deadline_ns(const struct mover *mover);

/* The engine ends: closes the doors and abandons what runs, as a crash would: nothing is journaled
 * or said any more, and peers get a reset. Then take turns until mover_is_quiet(). */
void mover_stop(struct mover *mover);
/* True when nothing is in flight: no session, no order, no question to the journal, no op. Only
 * then may it be freed. */
bool mover_is_quiet(const struct mover *mover);

/* Hands an order over. From any thread. The mailbox has room for all that can be in
 * flight, so it cannot fail. */
void mover_order(struct mover *mover, struct mover_order *order);

/* Which mover owns a transfer. */
uint32_t mover_index_of(const struct engine *engine, const struct id *transfer_id);

#endif
