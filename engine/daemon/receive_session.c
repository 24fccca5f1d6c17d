/* SPDX-License-Identifier: Apache-2.0 */
/* receive_session.c -- see receive_session.h. One short function per action; session_act() is
 * the table of them. */
#include "daemon/receive_session.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/receive_records.h"
#include "daemon/receive_steps.h"

/* A decider wants its memory aligned to a cache line. */
#define RECEIVER_ALIGN_BYTES 64

size_t receive_session_bytes(void)
{
	return sizeof(struct receive_session) + RECEIVER_ALIGN_BYTES + receiver_bytes();
}

static void *session_receiver_memory(struct receive_session *session)
{
	uintptr_t end = (uintptr_t)(session + 1);

	return (void *)((end + RECEIVER_ALIGN_BYTES - 1) & ~(uintptr_t)(RECEIVER_ALIGN_BYTES - 1));
}

/* -- the way out -------------------------------------------------------- */

static void session_log_end(const struct receive_session *session)
{
	char id[ID_TEXT_BYTES];
	char code[OUTCOME_CODE_BYTES];

	id_print(receiver_transfer_id(session->receiver), id);
	log_line(session->mover->engine->log, LOG_INFO, "receive-ended",
		 "id=%s attempt=%u host=%s name=\"%s\" code=%s sentence=\"%s\"", id,
		 receiver_attempt(session->receiver), session->grant.host->name,
		 receiver_final_name(session->receiver), outcome_print(&session->outcome, code),
		 session->outcome.sentence);
}

/* It was accepted, so it counts as an attempt, and has no record of it yet: a newer attempt took
 * over while another record was under way. */
static bool session_owes_log(const struct receive_session *session)
{
	struct transfer_progress progress;

	receiver_progress(session->receiver, &progress);
	return progress.connected && !session->logged && !session->abandoned;
}

void receive_session_settle(struct receive_session *session)
{
	struct mover *mover = session->mover;

	if (!session->ended || session->holds > 0 || session->running)
		return;
	if (session_owes_log(session)) {
		receive_records_log(session);
		return;
	}
	timers_cancel(mover->timers, &session->timer);
	receive_steps_close(session);
	if (!session->abandoned)
		session_log_end(session);
	list_remove(&session->node);
	slab_give(mover->receive_sessions, session);
	atomic_fetch_sub_explicit(&mover->engine->receives_running, 1, memory_order_relaxed);
}

static void session_release(struct receive_session *session)
{
	assert(session->holds > 0);
	session->holds--;
}

void receive_session_released(struct receive_session *session)
{
	session_release(session);
	receive_session_settle(session);
}

void receive_session_event(struct receive_session *session, const struct transfer_event *event)
{
	if (session->ended)
		return;
	receiver_handle(session->receiver, event, session->mover->now_ns);
	receive_session_run(session);
}

void receive_session_answer(struct receive_session *session, const struct transfer_event *event)
{
	session_release(session);
	receive_session_event(session, event);
	receive_session_settle(session);
}

/* -- connections -------------------------------------------------------- */

static struct frame_channel *session_channel(struct receive_session *session)
{
	return &session->channel[session->current];
}

static void session_message(void *owner, const struct message *message)
{
	struct receive_session *session = owner;
	struct transfer_event event = {
		.kind = EVENT_MESSAGE,
		.connection = CONNECTION_CONTROL,
		.of.message = message,
	};

	receive_session_event(session, &event);
}

static void session_channel_ended(void *owner, int error, const char *sentence)
{
	struct receive_session *session = owner;
	struct transfer_event event = {
		.kind = EVENT_LOST,
		.error = error,
		.connection = CONNECTION_CONTROL,
		.sentence = sentence,
	};

	frame_channel_close(session_channel(session));
	receive_session_event(session, &event);
}

static void session_channel_gone(void *owner)
{
	struct receive_session *session = owner;

	session_release(session);
	receive_session_settle(session);
}

static const struct frame_channel_events session_channel_events = {
	.message = session_message,
	.end = session_channel_ended,
	.gone = session_channel_gone,
};

static void session_open_standing(struct receive_session *session)
{
	struct connection *connection = session->standing;

	if (!connection)
		return;
	session->standing = NULL;
	session->current ^= 1;
	session->holds++;
	frame_channel_open(session_channel(session), connection, session, &session_channel_events);
}

static void session_close_lane(struct receive_session *session, int number)
{
	if (session->lane[number])
		receive_lane_close(session->lane[number]);
}

static void session_close(struct receive_session *session, int number)
{
	if (number != CONNECTION_CONTROL) {
		session_close_lane(session, number);
		return;
	}
	frame_channel_close(session_channel(session));
	for (int i = 0; i < HFT_LANES_MAX; i++)
		session_close_lane(session, i);
	session_open_standing(session);
}

void receive_session_lane_gone(struct receive_session *session, struct receive_lane *lane)
{
	session->lane[lane->number] = NULL;
	slab_give(session->mover->receive_lanes, lane);
	session_release(session);
	receive_session_settle(session);
}

static void session_send(struct receive_session *session, const struct transfer_action *action)
{
	int error = 0;

	if (!frame_channel_is_open(session_channel(session)))
		session_open_standing(session);
	error = frame_channel_send(session_channel(session), &action->of.message);
	/* A peer that takes nothing for so long is noticed by its silence. */
	if (error == -ENOBUFS)
		log_line(session->mover->engine->log, LOG_WARN, "control-backlog",
			 "host=%s message=%s", session->grant.host->name,
			 message_type_name(action->of.message.type));
}

/* -- actions ------------------------------------------------------------ */

static void session_linger_over(struct timer *timer, uint64_t now_ns)
{
	struct receive_session *session = timer->owner;

	(void)now_ns;
	frame_channel_close(session_channel(session));
	receive_session_settle(session);
}

/* Lanes go at once; the result that is queued on the control connection leaves first, until the
 * peer has closed or the time for it is over. */
static void session_end(struct receive_session *session, const struct outcome *outcome)
{
	session->ended = true;
	session->outcome = *outcome;
	receive_steps_cancel(session);
	for (int i = 0; i < HFT_LANES_MAX; i++)
		session_close_lane(session, i);
	if (!frame_channel_is_open(session_channel(session)))
		return;
	frame_channel_finish(session_channel(session));
	session->timer.fire = session_linger_over;
	timers_set(session->mover->timers, &session->timer, session->mover->now_ns + HFT_LINGER_NS);
}

/* dispatch */
static void session_act(struct receive_session *session, const struct transfer_action *action)
{
	switch (action->kind) {
	case ACTION_SEND:
		session_send(session, action);
		break;
	case ACTION_CLOSE:
		session_close(session, action->of.connection.connection);
		break;
	case ACTION_LOAD_CHECKPOINT:
		receive_records_load_checkpoint(session);
		break;
	case ACTION_LOAD_DIGESTS:
		receive_records_load_digests(session, action);
		break;
	case ACTION_RECHECK:
		receive_recheck(session, action);
		break;
	case ACTION_RECORD:
		receive_records_record(session);
		break;
	case ACTION_STEP:
		receive_step(session, action->of.step);
		break;
	case ACTION_END:
		session_end(session, &action->of.outcome);
		break;
	case ACTION_PROGRESS:
		break;
	default:
		assert(false); /* an action of the sender came from the receiver */
	}
}

static void session_set_timer(struct receive_session *session)
{
	uint64_t deadline_ns = receiver_deadline_ns(session->receiver);

	if (deadline_ns == UINT64_MAX)
		timers_cancel(session->mover->timers, &session->timer);
	else
		timers_set(session->mover->timers, &session->timer, deadline_ns);
}

void receive_session_run(struct receive_session *session)
{
	struct mover *mover = session->mover;

	if (session->running || session->ended)
		return;
	session->running = true;
	while (!session->ended &&
	       receiver_next_action(session->receiver, mover->action, mover->now_ns))
		session_act(session, mover->action);
	session->running = false;
	if (!session->ended)
		session_set_timer(session);
}

static void session_deadline_fired(struct timer *timer, uint64_t now_ns)
{
	struct receive_session *session = timer->owner;
	struct transfer_event event = {.kind = EVENT_TICK};

	(void)now_ns;
	receive_session_event(session, &event);
	receive_session_settle(session);
}

/* -- start -------------------------------------------------------------- */

static void session_settings(struct receive_session *session, struct receiver_settings *settings)
{
	const struct engine *engine = session->mover->engine;
	const struct config_engine *rules = &engine->config->engine;
	const struct config_retry *retry = session->grant.host ? &session->grant.host->retry
							       : &rules->retry;

	*settings = (struct receiver_settings){
		.token = session->token,
		.mode = session->grant.definition->mode,
		.on_failure = session->grant.definition->on_failure,
		.verify = session->grant.definition->verify,
		.strict = rules->resume_strict,
		.resume_check = rules->resume_check,
		.lanes_max = HFT_LANES_MAX,
		.owner_epoch = engine->owner_epoch,
		.wall_ns = session->started_wall_ns,
		.dead_after_ns = retry->dead_after_ms * HFT_NS_PER_MS,
		.socket_timeout_ns = retry->socket_timeout_s * HFT_NS_PER_S,
		.checkpoint_bytes = HFT_CHECKPOINT_BYTES,
		.checkpoint_ns = HFT_CHECKPOINT_NS,
		.chunk_bytes_max = engine->chunk_bytes,
	};
	(void)text_copy(settings->peer, sizeof(settings->peer),
			session->grant.host ? session->grant.host->name : "");
	(void)text_copy(settings->folder, sizeof(settings->folder), session->grant.folder);
	(void)text_copy(settings->final_name, sizeof(settings->final_name),
			session->grant.final_name);
	(void)text_copy(settings->engine_name, sizeof(settings->engine_name), rules->name);
}

static struct receive_session *session_take(struct mover *mover, const struct receive_grant *grant)
{
	struct receive_session *session = slab_take(mover->receive_sessions);

	if (!session)
		return NULL;
	session->mover = mover;
	session->grant = *grant;
	session->folder_fd = -1;
	session->part_fd = -1;
	session->target_fd = -1;
	session->copy_fd = -1;
	session->started_wall_ns = ops_wall_ns(mover->ops);
	timer_init(&session->timer, session, session_deadline_fired);
	mover->engine->random(mover->engine->random_arg, &session->token, sizeof(session->token));
	/* The first byte leads a lane, or a rejoin, to its mover. */
	session->token.bytes[0] = (uint8_t)mover->index;
	list_push_tail(&mover->receives, &session->node);
	atomic_fetch_add_explicit(&mover->engine->receives_running, 1, memory_order_relaxed);
	return session;
}

/* An offer that was held up on its way is older than what runs. */
static bool session_is_newer(const struct receive_session *session,
			     const struct message_offer *offer)
{
	uint32_t attempt = receiver_attempt(session->receiver);

	if (attempt != offer->attempt)
		return attempt > offer->attempt;
	return session->session_epoch > offer->session_epoch;
}

/* A newer attempt takes a transfer over: the older session ends at once and leaves the part
 * file (D-94). -ESTALE when what runs is newer than the offer, -EACCES when it is another host's:
 * who knows an id does not own the transfer. */
static int session_supersede(struct mover *mover, const struct config_host *host,
			     const struct message_offer *offer)
{
	struct outcome outcome;
	struct transfer_event event = {.kind = EVENT_CANCEL, .of.outcome = &outcome};

	outcome_set(&outcome, HFT_READ_FAILED, 0, "a newer attempt of the same transfer took over");
	list_for_each_safe(node, following, &mover->receives) {
		struct receive_session *older = list_entry(node, struct receive_session, node);

		if (older->ended ||
		    !id_equal(receiver_transfer_id(older->receiver), &offer->transfer_id))
			continue;
		if (older->grant.host != host)
			return -EACCES;
		if (session_is_newer(older, offer))
			return -ESTALE;
		receive_session_event(older, &event);
		receive_session_settle(older);
	}
	return 0;
}

int receive_session_start(struct mover *mover, struct connection *connection,
			  const struct receive_grant *grant, const struct message_hello *hello,
			  const struct message_offer *offer)
{
	struct receiver_settings settings;
	struct receive_session *session = NULL;
	int error = session_supersede(mover, grant->host, offer);

	if (error < 0)
		return error;
	session = session_take(mover, grant);
	if (!session)
		return -EBUSY;
	session->session_epoch = offer->session_epoch;
	session_settings(session, &settings);
	session->receiver = receiver_init(session_receiver_memory(session), &settings, hello, offer,
					  mover->now_ns);
	session->standing = connection;
	session_open_standing(session);
	receive_session_run(session);
	receive_session_settle(session);
	return 0;
}

int receive_session_recover(struct mover *mover, const struct receive_grant *grant,
			    const struct checkpoint *checkpoint)
{
	struct receiver_settings settings;
	struct receive_session *session = session_take(mover, grant);

	if (!session)
		return -EBUSY;
	session_settings(session, &settings);
	session->receiver = receiver_init_recovery(session_receiver_memory(session), &settings,
						   checkpoint, mover->now_ns);
	receive_session_run(session);
	receive_session_settle(session);
	return 0;
}

/* -- rejoin and join ---------------------------------------------------- */

static struct receive_session *session_find(struct mover *mover, const struct config_host *host,
					    const struct id *token)
{
	list_for_each(node, &mover->receives) {
		struct receive_session *session = list_entry(node, struct receive_session, node);

		if (!session->ended && session->grant.host == host &&
		    id_equal_secret(&session->token, token))
			return session;
	}
	return NULL;
}

int receive_session_rejoin(struct mover *mover, struct connection *connection,
			   const struct config_host *host, const struct message_offer *offer)
{
	struct receive_session *session = session_find(mover, host, &offer->token);
	int error = 0;

	if (!session)
		return -ENOENT;
	if (session->standing || session->channel[session->current ^ 1].connection)
		return -EAGAIN;
	error = receiver_rejoin(session->receiver, offer, mover->now_ns);
	if (error < 0)
		return error;
	session->session_epoch = offer->session_epoch;
	session->standing = connection;
	receive_session_run(session);
	receive_session_settle(session);
	return 0;
}

int receive_session_join(struct mover *mover, struct connection *connection,
			 const struct config_host *host, const struct message_join *join)
{
	struct receive_session *session = session_find(mover, host, &join->token);
	struct receive_lane *lane = NULL;
	int error = 0;

	if (!session)
		return -ENOENT;
	if (join->lane >= HFT_LANES_MAX)
		return -ERANGE;
	if (session->lane[join->lane] && session->lane[join->lane]->closing)
		return -EAGAIN;
	error = receiver_join(session->receiver, join, mover->now_ns);
	if (error < 0) {
		receive_session_run(session); /* the lane's predecessor is to be closed */
		return error;
	}
	assert(!session->lane[join->lane]);
	lane = slab_take(mover->receive_lanes);
	if (!lane) {
		receive_session_event(session, &(struct transfer_event){.kind = EVENT_LOST,
									.error = -EBUSY,
									.connection = join->lane});
		return -EBUSY;
	}
	session->lane[join->lane] = lane;
	session->holds++;
	receive_lane_open(lane, session, connection, join->lane);
	receive_session_run(session);
	return 0;
}

/* -- the engine ends ------------------------------------------------------ */

void receive_session_abandon(struct receive_session *session)
{
	if (session->abandoned)
		return;
	session->abandoned = true;
	session->ended = true;
	session->holds++; /* until all is closed: each of these may settle */
	timers_cancel(session->mover->timers, &session->timer);
	receive_steps_cancel(session);
	connection_free(session->standing);
	session->standing = NULL;
	for (uint32_t i = 0; i < ARRAY_COUNT(session->channel); i++) {
		if (session->channel[i].connection)
			frame_channel_close(&session->channel[i]);
	}
	for (int i = 0; i < HFT_LANES_MAX; i++)
		session_close_lane(session, i);
	session_release(session);
	receive_session_settle(session);
}
