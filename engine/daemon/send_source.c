/* SPDX-License-Identifier: Apache-2.0 */
/* send_source.c -- see send_source.h. */
#include "daemon/send_source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/mover.h"

/* -- a stream's held chunks --------------------------------------------- */

static struct held_chunk *source_find_held(struct send_session *session, uint64_t chunk)
{
	for (uint32_t i = 0; i < HFT_STREAM_HELD_MAX; i++) {
		if (session->held[i].slot && session->held[i].chunk == chunk)
			return &session->held[i];
	}
	return NULL;
}

const struct held_chunk *send_source_take_held(struct send_session *session, uint64_t chunk)
{
	struct held_chunk *held = source_find_held(session, chunk);

	if (held)
		held->users++;
	return held;
}

static void source_free_held(struct send_session *session, struct held_chunk *held)
{
	if (!held->released || held->users > 0)
		return;
	buffer_pool_give(session->mover->send_pool, held->slot);
	held->slot = NULL;
}

void send_source_held_idle(struct send_session *session, uint64_t chunk)
{
	struct held_chunk *held = source_find_held(session, chunk);

	if (!held)
		return;
	assert(held->users > 0);
	held->users--;
	source_free_held(session, held);
}

void send_source_stream_read(struct send_session *session, struct lane_job *job)
{
	session->stream_reading = false;
	if (job->error < 0)
		return;
	session->stream_next++;
	session->stream_ended = job->last;
	for (uint32_t i = 0; i < HFT_STREAM_HELD_MAX; i++) {
		struct held_chunk *held = &session->held[i];

		if (held->slot)
			continue;
		*held = (struct held_chunk){.slot = job->slot,
					    .chunk = job->chunk,
					    .bytes = job->bytes,
					    .last = job->last,
					    .users = 1,
					    .digest = job->digest};
		job->held = true;
		break;
	}
	assert(job->held); /* the sender asks for no more than HFT_STREAM_HELD_MAX */
	for (int i = 0; i < HFT_LANES_MAX; i++) {
		if (session->lane[i])
			send_lane_kick(session->lane[i]);
	}
}

void send_source_release(struct send_session *session, uint64_t chunk)
{
	struct held_chunk *held = source_find_held(session, chunk);

	if (!held)
		return;
	held->released = true;
	source_free_held(session, held);
}

void send_source_drop_held(struct send_session *session)
{
	for (uint32_t i = 0; i < HFT_STREAM_HELD_MAX; i++) {
		if (session->held[i].slot)
			buffer_pool_give(session->mover->send_pool, session->held[i].slot);
		session->held[i].slot = NULL;
	}
}

/* -- open, identify, skip ----------------------------------------------- */

static void source_op(struct send_session *session, enum op_kind kind, void (*done)(struct op *))
{
	struct op *op = &session->file_op;

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->fd = session->source_fd;
	op->owner = session;
	op->done = done;
	session->file_runs = true;
	session->holds++;
}

static void source_identity_of(const struct op_stat *stat, struct source_identity *ret_identity)
{
	*ret_identity = (struct source_identity){
		.device = stat->device,
		.inode = stat->inode,
		.bytes = stat->bytes,
		.mtime_ns = stat->mtime_ns,
		.ctime_ns = stat->ctime_ns,
		.type = S_ISREG(stat->mode) ? SOURCE_FILE : SOURCE_STREAM,
	};
	if (ret_identity->type == SOURCE_STREAM) {
		ret_identity->bytes = 0;
		ret_identity->mtime_ns = 0;
		ret_identity->ctime_ns = 0;
	}
}

static void source_stat_done(struct op *op, enum transfer_event_kind kind)
{
	struct send_session *session = op->owner;
	struct transfer_event event = {.kind = kind, .error = (int)op->result};

	session->file_runs = false;
	if (op->result >= 0) {
		event.error = 0;
		source_identity_of(&op->args.stat.ret, &event.of.identity);
		session->source_is_stream = event.of.identity.type == SOURCE_STREAM;
		if (S_ISDIR(op->args.stat.ret.mode))
			event.error = -EISDIR;
	}
	send_session_answer(session, &event);
}

static void source_first_stat_done(struct op *op)
{
	source_stat_done(op, EVENT_SOURCE_OPENED);
}

static void source_later_stat_done(struct op *op)
{
	source_stat_done(op, EVENT_SOURCE_IDENTIFIED);
}

static void source_opened(struct op *op)
{
	struct send_session *session = op->owner;
	struct transfer_event event = {
		.kind = EVENT_SOURCE_OPENED,
		.error = (int)op->result,
	};

	session->file_runs = false;
	if (op->result < 0) {
		send_session_answer(session, &event);
		return;
	}
	send_session_release(session);
	session->source_fd = (int)op->result;
	session->source_is_ours = true;
	source_op(session, OP_STAT, source_first_stat_done);
	ops_submit(session->mover->ops, op);
}

/* What was handed over once cannot be opened by name. */
static void source_is_spent(struct op *op)
{
	struct send_session *session = op->owner;
	struct transfer_event event = {.kind = EVENT_SOURCE_OPENED, .error = -ESPIPE};

	session->file_runs = false;
	send_session_answer(session, &event);
}

void send_source_open(struct send_session *session)
{
	const char *path = session->task->settings.source_path;

	if (session->task->source_fd < 0 && path[0] != '/') {
		session->source_fd = -1;
		source_op(session, OP_NOTHING, source_is_spent);
	} else if (session->task->source_fd >= 0) {
		session->source_fd = session->task->source_fd;
		source_op(session, OP_STAT, source_first_stat_done);
	} else {
		session->source_fd = -1;
		source_op(session, OP_OPEN, source_opened);
		session->file_op.args.open.path = path;
		session->file_op.args.open.flags = session->task->as_user ? OPEN_READ | OPEN_AS_USER
									  : OPEN_READ;
		session->file_op.args.open.uid = session->task->uid;
		session->file_op.args.open.gid = session->task->gid;
	}
	ops_submit(session->mover->ops, &session->file_op);
}

void send_source_identify(struct send_session *session)
{
	source_op(session, OP_STAT, source_later_stat_done);
	ops_submit(session->mover->ops, &session->file_op);
}

static void source_skip_more(struct send_session *session);

static void source_skipped(struct op *op)
{
	struct send_session *session = op->owner;
	struct transfer_event event = {.kind = EVENT_SOURCE_SKIPPED};

	session->file_runs = false;
	send_session_release(session);
	if (op->result > 0)
		session->skip_left -= (uint64_t)op->result;
	if (op->result > 0 && session->skip_left > 0 && !session->ended) {
		source_skip_more(session);
		return;
	}
	if (op->result < 0)
		event.error = (int)op->result;
	else if (session->skip_left > 0)
		event.error = -ENODATA;
	send_session_event(session, &event);
	send_session_settle(session);
}

static void source_skip_more(struct send_session *session)
{
	source_op(session, OP_SKIP, source_skipped);
	session->file_op.args.skip.bytes = session->skip_left;
	ops_submit(session->mover->ops, &session->file_op);
}

void send_source_skip(struct send_session *session, uint64_t bytes)
{
	session->skip_left = bytes;
	session->stream_next = bytes / sender_chunk_bytes(session->sender);
	source_skip_more(session);
}

/* -- re-check ----------------------------------------------------------- */

static void source_rechecked(struct op *op)
{
	struct send_session *session = op->owner;
	struct transfer_event event = {.kind = EVENT_RECHECKED};
	struct slot *slot = session->check_slot;

	event.of.recheck.chunk = session->check_chunk;
	event.error = op->result < 0 ? (int)op->result : 0;
	if (op->result >= 0 && (uint64_t)op->result < op->args.data.bytes)
		event.error = -ENODATA;
	if (event.error == 0)
		event.of.recheck.digest = digest_of(slot->payload, op->args.data.bytes);
	session->mover->recheck_bytes_read += op->result > 0 ? (uint64_t)op->result : 0;
	session->check_slot = NULL;
	buffer_pool_give(session->mover->send_pool, slot);
	send_session_answer(session, &event);
}

static void source_check_slot_ready(struct slot_waiter *waiter, struct slot *slot)
{
	struct send_session *session = waiter->owner;
	struct op *op = &session->check_op;

	session->check_slot = slot;
	op->args.data.data = slot->payload;
	op->args.data.buffer_index = slot->buffer_index;
	ops_submit(session->mover->ops, op);
}

void send_source_recheck(struct send_session *session, const struct transfer_action *action)
{
	struct op *op = &session->check_op;

	memset(op, 0, sizeof(*op));
	op->kind = OP_READ;
	op->fd = session->source_fd;
	op->owner = session;
	op->done = source_rechecked;
	op->args.data.bytes = action->of.chunk.bytes;
	op->args.data.offset = action->of.chunk.offset;
	op->args.data.whole = true;
	session->check_chunk = action->of.chunk.chunk;
	session->check_waiter.owner = session;
	session->check_waiter.ready = source_check_slot_ready;
	session->holds++;
	buffer_pool_wait(session->mover->send_pool, &session->check_waiter);
}

void send_source_cancel(struct send_session *session)
{
	if (list_node_is_linked(&session->check_waiter.node)) {
		buffer_pool_leave(session->mover->send_pool, &session->check_waiter);
		send_session_release(session);
	}
	if (session->file_runs)
		ops_cancel(session->mover->ops, &session->file_op);
}
