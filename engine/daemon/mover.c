/* SPDX-License-Identifier: Apache-2.0 */
/* mover.c -- see mover.h. */
#include "daemon/mover.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/host_check.h"
#include "daemon/listener.h"
#include "daemon/receive_session.h"
#include "daemon/recovery.h"
#include "daemon/send_session.h"
#include "daemon/snapshot.h"
#include "daemon/stranger.h"
#include "transfer/action.h"

/* One timer per session, lane and stranger, and one per send lane's pace. */
#define MOVER_TIMERS                                                                  \
	(HFT_SEND_SESSIONS_MAX + HFT_RECEIVE_SESSIONS_MAX + 2 * HFT_MOVER_LANES_MAX + \
	 HFT_STRANGERS_MAX + HFT_CONTROL_CLIENTS_MAX + HFT_LISTEN_MAX)
/* Each session has at most a record and a load in flight. */
#define MOVER_ANSWERS (2 * (HFT_SEND_SESSIONS_MAX + HFT_RECEIVE_SESSIONS_MAX))

static void mover_wake(void *arg)
{
	struct mover *mover = arg;

	ops_wake(mover->ops);
}

static int mover_new_slabs(struct mover *mover)
{
	int error = slab_new(&mover->send_sessions, send_session_bytes(), HFT_SEND_SESSIONS_MAX);

	if (error == 0)
		error = slab_new(&mover->send_lanes, sizeof(struct send_lane), HFT_MOVER_LANES_MAX);
	if (error == 0)
		error = slab_new(&mover->receive_sessions, receive_session_bytes(),
				 HFT_RECEIVE_SESSIONS_MAX);
	if (error == 0)
		error = slab_new(&mover->receive_lanes, sizeof(struct receive_lane),
				 HFT_MOVER_LANES_MAX);
	if (error == 0)
		error = slab_new(&mover->strangers, sizeof(struct stranger),
				 HFT_STRANGERS_MAX + HFT_CONTROL_CLIENTS_MAX + HFT_LISTEN_MAX);
	return error;
}

static int mover_new_parts(struct mover *mover)
{
	struct engine *engine = mover->engine;
	uint64_t slot_bytes = engine->chunk_bytes + HFT_SLOT_LEAD_BYTES + HFT_SLOT_TRAIL_BYTES;
	uint32_t slots = (uint32_t)max_u64(engine->pool_bytes / slot_bytes, HFT_POOL_SLOTS_MIN);
	int error = buffer_pool_new(slots - slots / 2, engine->chunk_bytes, &mover->pool);

	if (error == 0)
		error = buffer_pool_new(slots / 2, engine->chunk_bytes, &mover->send_pool);

	if (error == 0)
		error = timers_new(&mover->timers, MOVER_TIMERS);
	if (error == 0)
		error = mailbox_new(HFT_MOVER_ORDERS_MAX, mover_wake, mover, &mover->orders);
	if (error == 0)
		error = commit_gate_init(&mover->gate, engine->journal, engine->log, MOVER_ANSWERS,
					 mover_wake, mover);
	if (error == 0)
		error = mover_new_slabs(mover);
	return error;
}

int mover_new(struct engine *engine, uint32_t index, struct ops *ops, struct mover **ret_mover)
{
	struct mover *mover = calloc(1, sizeof(*mover));
	int error = 0;

	if (!mover)
		return -ENOMEM;
	mover->engine = engine;
	mover->index = index;
	mover->ops = ops;
	mover->now_ns = ops_now_ns(ops);
	list_init(&mover->sends);
	list_init(&mover->receives);
	list_init(&mover->doors);
	mover->action = calloc(1, sizeof(*mover->action));
	error = mover->action ? mover_new_parts(mover) : -ENOMEM;
	if (error < 0) {
		mover->ops = NULL; /* still the caller's */
		mover_free(mover);
		return error;
	}
	/* Without registered buffers everything works, at the price of a page lookup each time. */
	error = ops_register_pool(ops, mover->pool);
	if (error < 0)
		log_line(engine->log, LOG_WARN, "demoted",
			 "what=registered-buffers mover=%u error=%d", index, error);
	*ret_mover = mover;
	return 0;
}

void mover_free(struct mover *mover)
{
	if (!mover)
		return;
	ops_free(mover->ops);
	timers_free(mover->timers); /* before those whose timers they are */
	slab_free(mover->send_sessions);
	slab_free(mover->send_lanes);
	slab_free(mover->receive_sessions);
	slab_free(mover->receive_lanes);
	slab_free(mover->strangers);
	commit_gate_done(&mover->gate);
	mailbox_free(mover->orders);
	buffer_pool_free(mover->pool);
	buffer_pool_free(mover->send_pool);
	free(mover->action);
	free(mover);
}

/* dispatch */
static void mover_carry_out(struct mover *mover, struct mover_order *order)
{
	switch (order->kind) {
	case ORDER_SEND:
		send_session_start(mover, order->subject);
		break;
	case ORDER_CANCEL:
		send_session_cancel(mover, order->subject);
		break;
	case ORDER_ADOPT:
		stranger_adopt(mover, order->subject);
		break;
	case ORDER_DISMISS:
		stranger_dismiss(mover, order->subject);
		break;
	case ORDER_RECOVER:
		recovery_resume(mover, order->subject);
		break;
	case ORDER_LISTEN:
		listener_accept_all(mover);
		break;
	case ORDER_CHECK:
		host_check_run(mover, order->subject);
		break;
	case ORDER_SNAPSHOT:
		snapshot_fill(mover, order->subject);
		break;
	}
}

static void mover_take_orders(struct mover *mover)
{
	for (unsigned i = 0; i < HFT_TURN_BUDGET; i++) {
		struct mover_order *order = mailbox_take(mover->orders);

		if (!order)
			return;
		mover_carry_out(mover, order);
	}
	ops_wake(mover->ops); /* there may be more: come again without waiting */
}

static void mover_run_due_timers(struct mover *mover)
{
	for (unsigned i = 0; i < HFT_TURN_BUDGET; i++) {
		struct timer *timer = timers_take_due(mover->timers, mover->now_ns);

		if (!timer)
			return;
		timer->fire(timer, mover->now_ns);
	}
}

static void mover_abandon_sessions(struct mover *mover)
{
	stranger_close_all(mover);
	list_for_each_safe(node, following, &mover->sends)
		send_session_abandon(list_entry(node, struct send_session, node));
	list_for_each_safe(node, following, &mover->receives)
		receive_session_abandon(list_entry(node, struct receive_session, node));
}

static bool mover_is_ending(const struct mover *mover)
{
	return atomic_load_explicit(&mover->engine->ending, memory_order_acquire);
}

void mover_turn(struct mover *mover)
{
	mover->now_ns = ops_now_ns(mover->ops);
	mover_run_due_timers(mover);
	mover_take_orders(mover);
	if (mover_is_ending(mover))
		mover_abandon_sessions(mover); /* an order may have started one */
	if (commit_gate_turn(&mover->gate, HFT_TURN_BUDGET) == HFT_TURN_BUDGET)
		ops_wake(mover->ops);
	mover->dispatched += ops_dispatch(mover->ops, HFT_TURN_BUDGET);
}

void mover_stop(struct mover *mover)
{
	assert(mover_is_ending(mover));

	mover->now_ns = ops_now_ns(mover->ops);
	if (mover->index == 0)
		listener_close_all(mover->engine);
	mover_abandon_sessions(mover);
}

bool mover_is_quiet(const struct mover *mover)
{
	uint64_t submitted = 0;

	for (unsigned kind = 0; kind < OP_KINDS; kind++)
		submitted += mover->ops->submitted[kind];
	return list_is_empty(&mover->sends) && list_is_empty(&mover->receives) &&
	       list_is_empty(&mover->doors) && mover->gate.in_flight == 0 &&
	       mailbox_count(mover->orders) == 0 && submitted == mover->dispatched;
}

uint64_t mover_deadline_ns(const struct mover *mover)
{
	return timers_next_due(mover->timers);
}

void mover_order(struct mover *mover, struct mover_order *order)
{
	int error = mailbox_post(mover->orders, order);

	assert(error == 0); /* orders are embedded: there are no more than HFT_MOVER_ORDERS_MAX */
	(void)error;
}

uint32_t mover_index_of(const struct engine *engine, const struct id *transfer_id)
{
	return transfer_id->bytes[15] % engine->mover_count;
}
