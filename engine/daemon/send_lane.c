/* SPDX-License-Identifier: Apache-2.0 */
/* send_lane.c -- see send_lane.h.
 *
 * Jobs form a ring, oldest first, and leave in that order. Every callback ends in
 * lane_settle(), because what a callback does may close the lane it belongs to. */
#include "daemon/send_lane.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/mover.h"
#include "daemon/send_session.h"
#include "daemon/send_source.h"
#include "wire/handshake.h"

static void lane_advance(struct send_lane *lane);
static void lane_read(struct lane_job *job);

static struct mover *lane_mover(const struct send_lane *lane)
{
	return lane->session->mover;
}

/* -- the way out -------------------------------------------------------- */

/* The slot goes last: giving it back serves who waits for one, who may be of this lane, and then
 * the job may be in use again. */
static void job_release(struct lane_job *job)
{
	struct send_lane *lane = job->lane;
	struct slot *slot = job->slot;
	bool held = job->held;

	if (job->state == JOB_SLOT)
		buffer_pool_leave(lane_mover(lane)->send_pool, &job->waiter);
	job->slot = NULL;
	job->state = JOB_NONE;
	if (slot && held)
		send_source_held_idle(lane->session, job->chunk);
	else if (slot)
		buffer_pool_give(lane_mover(lane)->send_pool, slot);
}

static void lane_settle(struct send_lane *lane)
{
	struct connection *connection = lane->connection;

	lane->calling = false;
	if (lane->state != LANE_CLOSING || lane->sending || lane->receiving || lane->reads > 0 ||
	    lane->dial.runs)
		return;
	for (uint32_t i = 0; i < HFT_LANE_DEPTH; i++)
		job_release(&lane->job[i]);
	lane->job_count = 0;
	lane->connection = NULL;
	connection_free(connection);
	send_session_lane_gone(lane->session, lane);
}

/* What was read from a stream cannot be read again, so such a read is finished even on a
 * lane that is lost, unless the session is over too. */
static bool lane_reads_on(const struct send_lane *lane)
{
	return lane->session->source_is_stream && !lane->session->ended;
}

/* A job that waits for a slot must not get one any more: giving back the slot of one job
 * serves the next in line, which may be of the same lane. */
static void lane_stop_jobs(struct send_lane *lane)
{
	for (uint32_t i = 0; i < HFT_LANE_DEPTH; i++) {
		struct lane_job *job = &lane->job[i];

		if (job->state == JOB_SLOT) {
			buffer_pool_leave(lane_mover(lane)->send_pool, &job->waiter);
			job->state = JOB_NONE;
		}
		if (job->state == JOB_READING && !lane_reads_on(lane))
			ops_cancel(lane_mover(lane)->ops, &job->read);
	}
}

void send_lane_close(struct send_lane *lane)
{
	lane_stop_jobs(lane);
	if (lane->state == LANE_CLOSING)
		return;
	lane->state = LANE_CLOSING;
	timers_cancel(lane_mover(lane)->timers, &lane->pace);
	dial_cancel(&lane->dial);
	if (lane->connection)
		connection_abort(lane->connection);
	if (!lane->calling)
		lane_settle(lane);
}

static void lane_lost(struct send_lane *lane, int error)
{
	struct transfer_event event = {
		.kind = EVENT_LOST,
		.error = error,
		.connection = lane->number,
		.sentence = lane->connection ? connection_failure(lane->connection) : NULL,
	};

	if (lane->state != LANE_CLOSING)
		send_session_event(lane->session, &event);
}

/* -- dial and join ------------------------------------------------------ */

static void lane_dialed(void *owner, int error, const char *sentence, struct connection *connection)
{
	struct send_lane *lane = owner;
	struct transfer_event event = {
		.kind = EVENT_DIALED,
		.error = error,
		.connection = lane->number,
		.sentence = sentence,
	};

	lane->calling = true;
	lane->connection = connection;
	if (connection)
		connection_set_owner(connection, lane);
	if (lane->state != LANE_CLOSING) {
		lane->state = error < 0 ? LANE_IDLE : LANE_DIALED;
		send_session_event(lane->session, &event);
	}
	lane_settle(lane);
}

void send_lane_init(struct send_lane *lane, struct send_session *session, int number)
{
	memset(lane, 0, sizeof(*lane));
	lane->session = session;
	lane->number = number;
	lane->state = LANE_IDLE;
}

void send_lane_dial(struct send_lane *lane, uint32_t address)
{
	assert(lane->state == LANE_IDLE);
	lane->state = LANE_DIALING;
	dial_start(&lane->dial, lane_mover(lane), lane->session->task->host, address, lane,
		   lane_dialed);
}

/* A ready lane hears nothing more from the peer; this receive is there to notice its end. */
static void lane_heard(void *owner, int result)
{
	struct send_lane *lane = owner;

	lane->calling = true;
	lane->receiving = false;
	lane_lost(lane, result < 0 ? result : -EPROTO);
	lane_settle(lane);
}

static int lane_check_joined(struct send_lane *lane, struct outcome *ret_refusal)
{
	struct message hello;
	struct message join;
	struct message answer;
	int error = message_decode(&lane->header, lane->in_payload, &answer);

	if (error < 0) {
		message_refusal(&lane->header, ret_refusal);
		return error;
	}
	if (answer.type == MESSAGE_REFUSE) {
		*ret_refusal = answer.of.refuse.outcome;
		return -EACCES;
	}
	handshake_hello(&hello, HELLO_LANE, lane->session->task->settings.engine_name,
			lane->session->task->settings.owner_epoch);
	sender_join_message(lane->session->sender, lane->number, &join);
	return handshake_check_answer(&hello.of.hello, &join, &answer, ret_refusal);
}

static void lane_joined(struct send_lane *lane, int error, const char *sentence)
{
	struct transfer_event event = {
		.kind = EVENT_LANE_JOINED,
		.error = error,
		.connection = lane->number,
		.sentence = sentence,
	};

	if (lane->state == LANE_CLOSING)
		return;
	if (error == 0) {
		lane->state = LANE_READY;
		lane->receiving = true;
		connection_receive(lane->connection, lane->in_header, sizeof(lane->in_header),
				   lane_heard);
	}
	send_session_event(lane->session, &event);
}

static void lane_answer_came(void *owner, int result)
{
	struct send_lane *lane = owner;
	struct outcome refusal = {0};

	lane->calling = true;
	lane->receiving = false;
	if (result == 0)
		result = lane_check_joined(lane, &refusal);
	lane_joined(lane, result, refusal.sentence);
	lane_settle(lane);
}

static void lane_answer_header_came(void *owner, int result)
{
	struct send_lane *lane = owner;

	lane->calling = true;
	lane->receiving = false;
	if (result == 0)
		result = frame_decode(lane->in_header, &lane->header);
	if (result == 0 && (!frame_is_message(&lane->header) || lane->header.payload_bytes == 0 ||
			    lane->header.payload_bytes > sizeof(lane->in_payload)))
		result = -EBADMSG;
	if (result < 0) {
		lane_joined(lane, result, NULL);
	} else if (lane->state != LANE_CLOSING) {
		lane->receiving = true;
		connection_receive(lane->connection, lane->in_payload, lane->header.payload_bytes,
				   lane_answer_came);
	}
	lane_settle(lane);
}

static void lane_join_sent(void *owner, int result)
{
	struct send_lane *lane = owner;

	lane->calling = true;
	lane->sending = false;
	if (result < 0)
		lane_lost(lane, result);
	else
		lane_advance(lane); /* the answer, and a chunk, may have been faster */
	lane_settle(lane);
}

void send_lane_join(struct send_lane *lane)
{
	struct message message;
	size_t hello_bytes = 0;
	size_t join_bytes = 0;
	int error = 0;

	assert(lane->state == LANE_DIALED);
	handshake_hello(&message, HELLO_LANE, lane->session->task->settings.engine_name,
			lane->session->task->settings.owner_epoch);
	error = message_encode(&message, lane->out, sizeof(lane->out), &hello_bytes);
	assert(error == 0);
	sender_join_message(lane->session->sender, lane->number, &message);
	error = message_encode(&message, lane->out + hello_bytes, sizeof(lane->out) - hello_bytes,
			       &join_bytes);
	assert(error == 0);
	lane->state = LANE_JOINING;
	lane->sending = true;
	lane->receiving = true;
	connection_send(lane->connection, lane->out, hello_bytes + join_bytes, lane_join_sent);
	connection_receive(lane->connection, lane->in_header, sizeof(lane->in_header),
			   lane_answer_header_came);
}

/* -- chunks ------------------------------------------------------------- */

/* Writes header and seal around the payload that is in the slot. */
static void job_frame(struct lane_job *job)
{
	struct frame_header header = {
		.type = FRAME_CHUNK,
		.flags = job->last ? CHUNK_LAST : 0,
		.payload_bytes = job->bytes,
		.chunk = job->chunk,
		.lane = (uint8_t)job->lane->number,
		.tries = job->tries,
	};
	struct seal seal = {
		.chunk = job->chunk,
		.payload_bytes = job->bytes,
		.digest = job->digest,
	};

	frame_encode(&header, job->slot->payload - HFT_FRAME_BYTES);
	seal_encode(&seal, job->slot->payload + job->bytes);
}

static void lane_pop(struct send_lane *lane)
{
	struct lane_job *job = &lane->job[lane->job_first];

	assert(lane->job_count > 0);
	lane->job_first = (lane->job_first + 1) % HFT_LANE_DEPTH;
	lane->job_count--;
	job_release(job);
}

/* The first job is over: tell the sender, which may give the lane another one. */
static void lane_tell(struct send_lane *lane, int error, bool read_failed)
{
	const struct lane_job *job = &lane->job[lane->job_first];
	struct transfer_event event = {
		.kind = EVENT_CHUNK_SENT,
		.error = error,
		.connection = lane->number,
		.of.sent =
			{
				.chunk = job->chunk,
				.bytes = job->bytes,
				.last = job->last,
				.read_failed = read_failed,
				.digest = job->digest,
			},
	};

	lane_pop(lane);
	send_session_event(lane->session, &event);
}

static void lane_chunk_sent(void *owner, int result)
{
	struct send_lane *lane = owner;

	lane->calling = true;
	lane->sending = false;
	if (lane->job[lane->job_first].slot)
		lane->job[lane->job_first].slot->state = SLOT_READY;
	if (lane->state != LANE_CLOSING && result < 0)
		lane_lost(lane, result);
	else if (lane->state != LANE_CLOSING)
		lane_tell(lane, 0, false);
	if (lane->state != LANE_CLOSING)
		lane_advance(lane);
	lane_settle(lane);
}

static void lane_pace_fired(struct timer *timer, uint64_t now_ns)
{
	struct send_lane *lane = timer->owner;

	(void)now_ns;
	lane->calling = true;
	lane_advance(lane);
	lane_settle(lane);
}

static void lane_send(struct send_lane *lane, struct lane_job *job)
{
	job_frame(job);
	job->state = JOB_SENDING;
	job->slot->state = SLOT_SENDING;
	lane->sending = true;
	connection_send(lane->connection, job->slot->payload - HFT_FRAME_BYTES,
			HFT_FRAME_BYTES + (size_t)job->bytes + HFT_FRAME_BYTES, lane_chunk_sent);
}

/* Sends the first job if it is ready and due. */
static void lane_advance(struct send_lane *lane)
{
	while (lane->state == LANE_READY && !lane->sending && lane->job_count > 0) {
		struct lane_job *job = &lane->job[lane->job_first];

		if (job->state != JOB_READY)
			return;
		if (job->error < 0) {
			lane_tell(lane, job->error, true);
			continue;
		}
		if (job->not_before_ns > lane_mover(lane)->now_ns) {
			lane->pace.owner = lane;
			lane->pace.fire = lane_pace_fired;
			timers_set(lane_mover(lane)->timers, &lane->pace, job->not_before_ns);
			return;
		}
		lane_send(lane, job);
	}
}

/* lane_advance() from outside of the lane's own callbacks. */
static void lane_go(struct send_lane *lane)
{
	bool was_calling = lane->calling;

	lane->calling = true;
	lane_advance(lane);
	if (!was_calling)
		lane_settle(lane);
}

/* All bytes of a chunk are in its slot, or the source has no more, or cannot be read. */
static void job_read_over(struct lane_job *job, int error)
{
	struct send_session *session = job->lane->session;

	job->error = error;
	if (error == 0 && job->bytes < job->wanted) {
		job->last = session->source_is_stream;
		job->error = session->source_is_stream ? 0 : -ENODATA;
	}
	if (job->error == 0)
		job->digest = digest_of(job->slot->payload, job->bytes);
	job->slot->state = SLOT_READY;
	job->state = JOB_READY;
	if (session->source_is_stream)
		send_source_stream_read(session, job);
}

static void job_read_done(struct op *op)
{
	struct lane_job *job = op->owner;
	struct send_lane *lane = job->lane;

	lane->calling = true;
	lane->reads--;
	if (op->result > 0) {
		job->bytes += (uint32_t)op->result;
		lane_mover(lane)->source_bytes_read += (uint64_t)op->result;
	}
	job->state = JOB_READY; /* nothing to be cancelled any more */
	if (lane->state == LANE_CLOSING && !lane_reads_on(lane))
		job->slot->state = SLOT_READY;
	else if (op->result > 0 && job->bytes < job->wanted)
		lane_read(job);
	else
		job_read_over(job, op->result < 0 ? (int)op->result : 0);
	if (lane->state != LANE_CLOSING)
		lane_advance(lane);
	lane_settle(lane);
}

static void lane_read(struct lane_job *job)
{
	struct send_session *session = job->lane->session;
	struct op *op = &job->read;

	memset(op, 0, sizeof(*op));
	op->kind = OP_READ;
	op->fd = session->source_fd;
	op->owner = job;
	op->done = job_read_done;
	op->args.data.data = job->slot->payload + job->bytes;
	op->args.data.bytes = job->wanted - job->bytes;
	op->args.data.offset = session->source_is_stream ? OP_NO_OFFSET : job->offset + job->bytes;
	op->args.data.buffer_index = job->slot->buffer_index;
	op->args.data.whole = true;
	job->state = JOB_READING;
	job->lane->reads++;
	ops_submit(session->mover->ops, op);
}

/* The chunk of a stream was read before, by a lane that is gone now. */
static bool job_use_held(struct lane_job *job)
{
	const struct held_chunk *held = send_source_take_held(job->lane->session, job->chunk);

	if (!held)
		return false;
	if (job->slot)
		buffer_pool_give(lane_mover(job->lane)->send_pool, job->slot);
	job->slot = held->slot;
	job->held = true;
	job->bytes = held->bytes;
	job->last = held->last;
	job->digest = held->digest;
	job->state = JOB_READY;
	return true;
}

/* A stream is read by one job at a time, in the order of chunks. */
static void job_start_read(struct lane_job *job)
{
	struct send_session *session = job->lane->session;

	if (session->source_is_stream && job_use_held(job))
		return;
	if (session->source_is_stream &&
	    (session->stream_reading || job->chunk != session->stream_next)) {
		job->state = JOB_TURN;
		return;
	}
	if (session->stream_ended) {
		/* A FIFO may get another writer after its end: nothing of that belongs here. */
		job_read_over(job, 0);
		return;
	}
	session->stream_reading = session->source_is_stream;
	session->task->stream_touched |= session->source_is_stream;
	lane_read(job);
}

static void job_slot_ready(struct slot_waiter *waiter, struct slot *slot)
{
	struct lane_job *job = waiter->owner;

	job->slot = slot;
	job_start_read(job);
	lane_go(job->lane);
}

void send_lane_kick(struct send_lane *lane)
{
	for (uint32_t i = 0; i < lane->job_count && lane->state == LANE_READY; i++) {
		struct lane_job *job = &lane->job[(lane->job_first + i) % HFT_LANE_DEPTH];

		if (job->state == JOB_TURN)
			job_start_read(job);
	}
	lane_go(lane);
}

void send_lane_chunk(struct send_lane *lane, const struct transfer_action *action)
{
	struct lane_job *job = NULL;

	assert(lane->job_count < HFT_LANE_DEPTH);
	job = &lane->job[(lane->job_first + lane->job_count) % HFT_LANE_DEPTH];
	lane->job_count++;
	memset(job, 0, sizeof(*job));
	job->lane = lane;
	job->chunk = action->of.chunk.chunk;
	job->offset = action->of.chunk.offset;
	job->wanted = action->of.chunk.bytes;
	job->tries = action->of.chunk.tries;
	job->not_before_ns = action->of.chunk.not_before_ns;
	job->waiter.owner = job;
	job->waiter.ready = job_slot_ready;
	if (lane->session->source_is_stream && job_use_held(job)) {
		lane_go(lane);
		return;
	}
	job->state = JOB_SLOT;
	buffer_pool_wait(lane_mover(lane)->send_pool, &job->waiter);
}
