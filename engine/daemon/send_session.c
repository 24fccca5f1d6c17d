/* SPDX-License-Identifier: Apache-2.0 */
/* send_session.c -- see send_session.h. One short function per action; session_act() is
 * the table of them. */
#include "daemon/send_session.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/control_loop.h"
#include "daemon/mover.h"
#include "daemon/send_records.h"
#include "daemon/send_source.h"

static void session_run(struct send_session *session);

/* -- the way out -------------------------------------------------------- */

static void session_report_ended(struct send_session *session)
{
	struct send_task *task = session->task;
	struct transfer_progress progress;

	sender_progress(session->sender, &progress);
	task->result.connected = progress.connected;
	task->result.outcome = session->outcome;
	task->result.bytes_total = progress.bytes_total;
	task->result.bytes_sent = progress.bytes_moved;
	task->result.bytes_skipped = progress.bytes_skipped;
	task->result.bytes_durable = progress.bytes_durable;
	task->result.bytes_resent = progress.bytes_resent;
	task->result.noticed_ms = progress.noticed_ms;
	task->result.reason = progress.reason;
	sender_digest(session->sender, &task->result.digest);
	(void)text_copy(task->result.address, sizeof(task->result.address), session->dial.address);
	(void)text_copy(task->result.final_name, sizeof(task->result.final_name),
			sender_final_name(session->sender));
	task->peer_epoch = sender_peer_epoch(session->sender);
	task->session_epoch = sender_session_epoch(session->sender);
	task->session = NULL;
	task->ended.kind = REPORT_ENDED;
	task->ended.subject = task;
	control_report(session->mover->engine->control, &task->ended);
}

void send_session_settle(struct send_session *session)
{
	struct mover *mover = session->mover;

	if (!session->ended || session->holds > 0 || session->running)
		return;
	timers_cancel(mover->timers, &session->timer);
	send_source_drop_held(session);
	if (session->source_is_ours && session->source_fd >= 0)
		ops_close(mover->ops, session->source_fd);
	if (session->abandoned)
		session->task->session = NULL;
	else
		session_report_ended(session);
	list_remove(&session->node);
	slab_give(mover->send_sessions, session);
}

void send_session_release(struct send_session *session)
{
	assert(session->holds > 0);
	session->holds--;
}

void send_session_event(struct send_session *session, const struct transfer_event *event)
{
	if (session->ended)
		return;
	sender_handle(session->sender, event, session->mover->now_ns);
	session_run(session);
}

/* An answer to something that held the session: give the hold back, then tell. */
void send_session_answer(struct send_session *session, const struct transfer_event *event)
{
	send_session_release(session);
	send_session_event(session, event);
	send_session_settle(session);
}

/* -- connections -------------------------------------------------------- */

static void session_message(void *owner, const struct message *message)
{
	struct send_session *session = owner;
	struct transfer_event event = {.kind = EVENT_MESSAGE, .of.message = message};

	event.connection = CONNECTION_CONTROL;
	send_session_event(session, &event);
}

static void session_channel_ended(void *owner, int error, const char *sentence)
{
	struct send_session *session = owner;
	struct transfer_event event = {
		.kind = EVENT_LOST,
		.error = error,
		.connection = CONNECTION_CONTROL,
		.sentence = sentence,
	};

	frame_channel_close(&session->channel);
	send_session_event(session, &event);
}

static void session_open_channel(struct send_session *session);

static void session_channel_gone(void *owner)
{
	struct send_session *session = owner;

	send_session_release(session);
	if (session->standing)
		session_open_channel(session);
	send_session_settle(session);
}

static const struct frame_channel_events session_channel_events = {
	.message = session_message,
	.end = session_channel_ended,
	.gone = session_channel_gone,
};

static void session_open_channel(struct send_session *session)
{
	struct connection *connection = session->standing;
	struct transfer_event event = {
		.kind = EVENT_DIALED,
		.connection = CONNECTION_CONTROL,
	};

	session->standing = NULL;
	if (session->ended) {
		connection_free(connection);
		return;
	}
	session->holds++;
	frame_channel_open(&session->channel, connection, session, &session_channel_events);
	send_session_event(session, &event);
}

static void session_dial_control(struct send_session *session, uint32_t address);

/* A dial that was given up: its successor, if there is one, may start now. */
static void session_dial_given_up(struct send_session *session)
{
	bool again = session->dial_again && !session->ended;

	session->dial_again = false;
	if (again)
		session_dial_control(session, session->dial_address);
}

static void session_dialed(void *owner, int error, const char *sentence,
			   struct connection *connection)
{
	struct send_session *session = owner;
	struct transfer_event event = {
		.kind = EVENT_DIALED,
		.error = error,
		.connection = CONNECTION_CONTROL,
		.sentence = sentence,
	};

	send_session_release(session);
	session->standing = connection;
	if (session->dial.cancelled)
		session_dial_given_up(session);
	else if (!connection)
		send_session_event(session, &event);
	else if (!session->channel.connection)
		session_open_channel(session);
	send_session_settle(session);
}

static void session_dial_control(struct send_session *session, uint32_t address)
{
	session->dial_address = address;
	if (session->dial.runs) { /* given up, and not yet over */
		session->dial_again = true;
		return;
	}
	session->holds++;
	dial_start(&session->dial, session->mover, session->task->host, address, session,
		   session_dialed);
}

static void session_close_lane(struct send_session *session, int number)
{
	if (session->lane[number])
		send_lane_close(session->lane[number]);
}

static void session_close_all(struct send_session *session)
{
	session->dial_again = false;
	dial_cancel(&session->dial);
	connection_free(session->standing);
	session->standing = NULL;
	frame_channel_close(&session->channel);
	for (int i = 0; i < HFT_LANES_MAX; i++)
		session_close_lane(session, i);
}

void send_session_lane_gone(struct send_session *session, struct send_lane *lane)
{
	session->lane[lane->number] = NULL;
	slab_give(session->mover->send_lanes, lane);
	send_session_release(session);
	send_session_settle(session);
}

/* -- actions ------------------------------------------------------------ */

static void session_dial(struct send_session *session, const struct transfer_action *action)
{
	int number = action->of.connection.connection;
	struct send_lane *lane = NULL;

	if (number == CONNECTION_CONTROL) {
		session_dial_control(session, action->of.connection.address);
		return;
	}
	lane = session->lane[number];
	if (!lane) {
		lane = slab_take(session->mover->send_lanes);
		if (lane) {
			send_lane_init(lane, session, number);
			session->lane[number] = lane;
			session->holds++;
		}
	}
	if (lane && lane->state == LANE_IDLE) {
		send_lane_dial(lane, action->of.connection.address);
	} else {
		/* No memory for it, or its predecessor is still closing: a failed try. */
		session->refused_lanes |= UINT64_C(1) << number;
	}
}

/* Dials that could not be started are told after the present event, never from inside it. */
static void session_tell_refused(struct send_session *session)
{
	for (int i = 0; i < HFT_LANES_MAX && session->refused_lanes; i++) {
		struct transfer_event event = {
			.kind = EVENT_DIALED,
			.error = -EAGAIN,
			.connection = i,
		};

		if (!(session->refused_lanes & (UINT64_C(1) << i)))
			continue;
		session->refused_lanes &= ~(UINT64_C(1) << i);
		sender_handle(session->sender, &event, session->mover->now_ns);
	}
}

static void session_send(struct send_session *session, const struct transfer_action *action)
{
	int error = frame_channel_send(&session->channel, &action->of.message);

	if (error == -ENOBUFS)
		log_line(session->mover->engine->log, LOG_WARN, "control-backlog",
			 "host=%s message=%s", session->task->host->name,
			 message_type_name(action->of.message.type));
	/* A peer that takes nothing for so long is noticed by its silence. */
}

static void session_progress(struct send_session *session)
{
	struct send_task *task = session->task;
	struct transfer_progress progress;

	sender_progress(session->sender, &progress);
	if (progress.connected && !session->connected) {
		session->connected = true;
		task->at_connect = progress;
		task->connected.kind = REPORT_CONNECTED;
		task->connected.subject = task;
		control_report(session->mover->engine->control, &task->connected);
	}
	if (session->mover->now_ns - session->reported_ns < HFT_PROGRESS_INTERVAL_NS ||
	    atomic_load_explicit(&task->progress_posted, memory_order_acquire))
		return;
	session->reported_ns = session->mover->now_ns;
	task->progress = progress;
	task->progress_report.kind = REPORT_PROGRESS;
	task->progress_report.subject = task;
	atomic_store_explicit(&task->progress_posted, true, memory_order_release);
	control_report(session->mover->engine->control, &task->progress_report);
}

static void session_close(struct send_session *session, int number)
{
	if (number != CONNECTION_CONTROL) {
		session_close_lane(session, number);
		return;
	}
	session_close_all(session);
}

static void session_linger_over(struct timer *timer, uint64_t now_ns)
{
	struct send_session *session = timer->owner;

	(void)now_ns;
	session_close_all(session);
	send_session_settle(session);
}

/* Lanes go at once; what is queued on the control connection (CONFIRM, CANCEL) may leave first,
 * until the peer has closed or the time for it is over. */
static void session_end(struct send_session *session, const struct outcome *outcome)
{
	session->ended = true;
	session->outcome = *outcome;
	send_source_cancel(session);
	dial_cancel(&session->dial);
	for (int i = 0; i < HFT_LANES_MAX; i++)
		session_close_lane(session, i);
	if (!frame_channel_is_open(&session->channel))
		return;
	frame_channel_finish(&session->channel);
	session->timer.fire = session_linger_over;
	timers_set(session->mover->timers, &session->timer, session->mover->now_ns + HFT_LINGER_NS);
}

/* dispatch */
static void session_act(struct send_session *session, const struct transfer_action *action)
{
	switch (action->kind) {
	case ACTION_SEND:
		session_send(session, action);
		break;
	case ACTION_CLOSE:
		session_close(session, action->of.connection.connection);
		break;
	case ACTION_LOAD_CHECKPOINT:
		send_records_load_checkpoint(session);
		break;
	case ACTION_LOAD_DIGESTS:
		send_records_load_digests(session, action);
		break;
	case ACTION_RECHECK:
		send_source_recheck(session, action);
		break;
	case ACTION_RECORD:
		send_records_record(session);
		break;
	case ACTION_PROGRESS:
		session_progress(session);
		break;
	case ACTION_END:
		session_end(session, &action->of.outcome);
		break;
	case ACTION_OPEN_SOURCE:
		send_source_open(session);
		break;
	case ACTION_IDENTIFY_SOURCE:
		send_source_identify(session);
		break;
	case ACTION_SKIP_SOURCE:
		send_source_skip(session, action->of.skip.bytes);
		break;
	case ACTION_DIAL:
		session_dial(session, action);
		break;
	case ACTION_JOIN_LANE:
		send_lane_join(session->lane[action->of.connection.connection]);
		break;
	case ACTION_SEND_CHUNK:
		send_lane_chunk(session->lane[action->of.chunk.lane], action);
		break;
	case ACTION_RELEASE_CHUNK:
		send_source_release(session, action->of.chunk.chunk);
		break;
	case ACTION_STEP:
		assert(false); /* the sender takes no steps of a receiver */
		break;
	}
}

static void session_deadline_fired(struct timer *timer, uint64_t now_ns)
{
	struct send_session *session = timer->owner;
	struct transfer_event event = {.kind = EVENT_TICK};

	(void)now_ns;
	send_session_event(session, &event);
	send_session_settle(session);
}

static void session_run(struct send_session *session)
{
	struct mover *mover = session->mover;
	uint64_t deadline_ns = 0;

	if (session->running)
		return;
	session->running = true;
	while (!session->ended &&
	       sender_next_action(session->sender, mover->action, mover->now_ns)) {
		session_act(session, mover->action);
		session_tell_refused(session);
	}
	session->running = false;
	if (session->ended)
		return;
	deadline_ns = sender_deadline_ns(session->sender);
	if (deadline_ns == UINT64_MAX)
		timers_cancel(mover->timers, &session->timer);
	else
		timers_set(mover->timers, &session->timer, deadline_ns);
}

/* -- start and cancel --------------------------------------------------- */

/* No room for another session: an attempt that never connected. */
static void session_refuse(struct mover *mover, struct send_task *task)
{
	memset(&task->result, 0, sizeof(task->result));
	outcome_set(&task->result.outcome, HFT_CONNECT_FAILED, 0,
		    "%s: no room for another session (%u run)", task->host->name,
		    slab_in_use(mover->send_sessions));
	task->ended.kind = REPORT_ENDED;
	task->ended.subject = task;
	control_report(mover->engine->control, &task->ended);
}

/* A decider wants its memory aligned to a cache line. */
#define SENDER_ALIGN_BYTES 64

size_t send_session_bytes(void)
{
	return sizeof(struct send_session) + SENDER_ALIGN_BYTES + sender_bytes();
}

static void *session_sender_memory(struct send_session *session)
{
	uintptr_t end = (uintptr_t)(session + 1);

	return (void *)((end + SENDER_ALIGN_BYTES - 1) & ~(uintptr_t)(SENDER_ALIGN_BYTES - 1));
}

void send_session_start(struct mover *mover, struct send_task *task)
{
	struct send_session *session = slab_take(mover->send_sessions);

	if (!session) {
		session_refuse(mover, task);
		return;
	}
	session->mover = mover;
	session->task = task;
	session->source_fd = -1;
	task->session = session;
	list_push_tail(&mover->sends, &session->node);
	timer_init(&session->timer, session, session_deadline_fired);
	session->sender = sender_init(session_sender_memory(session), &task->settings,
				      mover->now_ns);
	session_run(session);
	send_session_settle(session);
}

void send_session_cancel(struct mover *mover, struct send_task *task)
{
	struct send_session *session = task->session;
	struct transfer_event event = {
		.kind = EVENT_CANCEL,
		.of.outcome = &task->cancel_outcome,
	};

	if (session) {
		send_session_event(session, &event);
		send_session_settle(session);
	}
	/* The order lies in the task: only now may control forget it. */
	task->cancel_taken.kind = REPORT_CANCEL_TAKEN;
	task->cancel_taken.subject = task;
	control_report(mover->engine->control, &task->cancel_taken);
}

void send_session_abandon(struct send_session *session)
{
	if (session->abandoned)
		return;
	session->abandoned = true;
	session->ended = true;
	session->holds++; /* until all is closed: each of these may settle */
	timers_cancel(session->mover->timers, &session->timer);
	send_source_cancel(session);
	session_close_all(session);
	send_session_release(session);
	send_session_settle(session);
}
