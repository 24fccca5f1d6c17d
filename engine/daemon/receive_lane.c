/* SPDX-License-Identifier: Apache-2.0 */
/* receive_lane.c -- see receive_lane.h. Every callback ends in lane_settle(), because what a
 * callback does may close the lane it belongs to. */
#include "daemon/receive_lane.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/mover.h"
#include "daemon/receive_session.h"
#include "wire/messages.h"

static void lane_next_header(struct receive_lane *lane);

static struct mover *lane_mover(const struct receive_lane *lane)
{
	return lane->session->mover;
}

/* -- the way out -------------------------------------------------------- */

static void lane_settle(struct receive_lane *lane)
{
	struct connection *connection = lane->connection;

	lane->calling = false;
	if (!lane->closing || lane->receiving || lane->sending || lane->writes > 0)
		return;
	if (lane->slot)
		buffer_pool_give(lane_mover(lane)->pool, lane->slot);
	lane->slot = NULL;
	connection_free(connection);
	receive_session_lane_gone(lane->session, lane);
}

void receive_lane_close(struct receive_lane *lane)
{
	if (lane->closing)
		return;
	lane->closing = true;
	timers_cancel(lane_mover(lane)->timers, &lane->payload_timer);
	buffer_pool_leave(lane_mover(lane)->pool, &lane->waiter);
	connection_abort(lane->connection);
	if (!lane->calling)
		lane_settle(lane);
}

static void lane_lost(struct receive_lane *lane, int error, const char *sentence)
{
	struct transfer_event event = {
		.kind = EVENT_LOST,
		.error = error,
		.connection = lane->number,
		.sentence = sentence ? sentence : connection_failure(lane->connection),
	};

	if (lane->closing)
		return;
	receive_session_event(lane->session, &event);
	receive_lane_close(lane);
}

/* -- writes ------------------------------------------------------------- */

static struct lane_write *lane_free_write(struct receive_lane *lane)
{
	for (uint32_t i = 0; i < HFT_LANE_WRITES_MAX; i++) {
		if (!lane->write[i].slot)
			return &lane->write[i];
	}
	return NULL;
}

static void lane_write_over(struct lane_write *write, int error)
{
	struct receive_lane *lane = write->lane;
	struct transfer_event event = {
		.kind = EVENT_CHUNK_WRITTEN,
		.error = error,
		.of.written.chunk = write->chunk,
	};

	write->slot->state = SLOT_READY;
	buffer_pool_give(lane_mover(lane)->pool, write->slot);
	write->slot = NULL;
	receive_session_event(lane->session, &event);
	if (lane->paused && !lane->closing) {
		lane->paused = false;
		lane_next_header(lane);
	}
}

/* How much of it is safely behind us: an O_DIRECT file goes on at whole blocks only. */
static uint32_t lane_whole_blocks(const struct receive_lane *lane, uint32_t bytes)
{
	uint32_t align = lane->session->part_align_bytes;

	return align > 1 ? bytes / align * align : bytes;
}

static void lane_written(struct op *op)
{
	struct lane_write *write = op->owner;
	struct receive_lane *lane = write->lane;
	uint32_t before = write->written;

	lane->calling = true;
	lane->writes--;
	if (op->result > 0)
		write->written = lane_whole_blocks(lane, before + (uint32_t)op->result);
	if (write->written > before && write->written < write->bytes) {
		op->args.data.data = write->slot->payload + write->written;
		op->args.data.bytes = write->bytes - write->written;
		op->args.data.offset += write->written - before;
		lane->writes++;
		ops_submit(lane_mover(lane)->ops, op);
	} else if (write->written > before) {
		lane_write_over(write, 0);
	} else {
		/* Less than a block was taken: there is no room for a whole one. */
		lane_write_over(write, op->result < 0 ? (int)op->result : -ENOSPC);
	}
	lane_settle(lane);
}

/* Writes what is in the lane's slot. An O_DIRECT file takes whole blocks only: the last one
 * is filled up with zeros, over the seal that was read already, and cut off before publish. */
static void lane_write_chunk(struct receive_lane *lane, uint64_t offset)
{
	struct lane_write *write = lane_free_write(lane);
	struct op *op = &write->op;
	uint32_t align = lane->session->part_align_bytes;
	uint32_t bytes = lane->header.payload_bytes;
	uint32_t padded = align > 1 ? (bytes + align - 1) / align * align : bytes;

	memset(lane->slot->payload + bytes, 0, padded - bytes);
	write->lane = lane;
	write->slot = lane->slot;
	write->slot->state = SLOT_SENDING;
	write->chunk = lane->header.chunk;
	write->bytes = padded;
	write->written = 0;
	lane->slot = NULL;
	memset(op, 0, sizeof(*op));
	op->kind = OP_WRITE;
	op->fd = lane->session->part_fd;
	op->owner = write;
	op->done = lane_written;
	op->args.data.data = write->slot->payload;
	op->args.data.bytes = padded;
	op->args.data.offset = offset;
	op->args.data.buffer_index = write->slot->buffer_index;
	lane->writes++;
	ops_submit(lane_mover(lane)->ops, op);
}

/* -- chunks ------------------------------------------------------------- */

static void lane_drop_slot(struct receive_lane *lane)
{
	lane->slot->state = SLOT_READY;
	buffer_pool_give(lane_mover(lane)->pool, lane->slot);
	lane->slot = NULL;
}

/* Payload and seal are here: hash, ask the receiver, act. */
static void lane_take_chunk(struct receive_lane *lane)
{
	struct receive_session *session = lane->session;
	uint8_t *payload = lane->slot->payload;
	struct digest digest;
	struct seal seal;
	enum chunk_verdict verdict = CHUNK_BREACH;
	uint64_t offset = 0;
	int error = seal_decode(payload + lane->header.payload_bytes, &seal);

	if (error < 0 || !seal_matches(&seal, &lane->header)) {
		lane_lost(lane, -EBADMSG, "a chunk came without its seal");
		return;
	}
	digest = digest_of(payload, lane->header.payload_bytes);
	verdict = receiver_arrived(session->receiver, &lane->header, &digest, &seal.digest, &offset,
				   lane_mover(lane)->now_ns);
	if (verdict == CHUNK_KEEP && lane->header.payload_bytes > 0)
		lane_write_chunk(lane, offset);
	else
		lane_drop_slot(lane);
	receive_session_run(session);
	if (!lane->closing)
		lane_next_header(lane);
}

static void lane_payload_came(void *owner, int result)
{
	struct receive_lane *lane = owner;

	lane->calling = true;
	lane->receiving = false;
	timers_cancel(lane_mover(lane)->timers, &lane->payload_timer);
	if (lane->closing) {
		lane_settle(lane);
		return;
	}
	if (result < 0)
		lane_lost(lane, result, NULL);
	else
		lane_take_chunk(lane);
	lane_settle(lane);
}

static void lane_payload_late(struct timer *timer, uint64_t now_ns)
{
	struct receive_lane *lane = timer->owner;

	(void)now_ns;
	lane->calling = true;
	lane_lost(lane, -ETIMEDOUT, "the peer sent a chunk's header and then no payload");
	lane_settle(lane);
}

static void lane_slot_ready(struct slot_waiter *waiter, struct slot *slot)
{
	struct receive_lane *lane = waiter->owner;

	lane->slot = slot;
	lane->receiving = true;
	timer_init(&lane->payload_timer, lane, lane_payload_late);
	timers_set(lane_mover(lane)->timers, &lane->payload_timer,
		   lane_mover(lane)->now_ns + HFT_PAYLOAD_NS +
			   lane->header.payload_bytes * HFT_PAYLOAD_BYTE_NS);
	connection_receive(lane->connection, slot->payload,
			   (size_t)lane->header.payload_bytes + HFT_FRAME_BYTES, lane_payload_came);
}

static void lane_take_header(struct receive_lane *lane)
{
	enum chunk_verdict verdict = CHUNK_BREACH;
	int error = frame_decode(lane->in_header, &lane->header);

	if (error < 0 || frame_is_message(&lane->header) ||
	    lane->header.payload_bytes > lane_mover(lane)->engine->chunk_bytes) {
		lane_lost(lane, -EBADMSG, "something else than a chunk came on a lane");
		return;
	}
	verdict = receiver_admit(lane->session->receiver, lane->number, &lane->header,
				 lane_mover(lane)->now_ns);
	receive_session_run(lane->session);
	if (lane->closing)
		return;
	if (verdict == CHUNK_BREACH) {
		lane_lost(lane, -EPROTO, "a chunk came that does not belong here");
		return;
	}
	buffer_pool_wait(lane_mover(lane)->pool, &lane->waiter);
}

static void lane_header_came(void *owner, int result)
{
	struct receive_lane *lane = owner;

	lane->calling = true;
	lane->receiving = false;
	if (result < 0)
		lane_lost(lane, result, NULL);
	else if (!lane->closing)
		lane_take_header(lane);
	lane_settle(lane);
}

static void lane_next_header(struct receive_lane *lane)
{
	if (!lane_free_write(lane)) {
		lane->paused = true;
		return;
	}
	lane->receiving = true;
	connection_receive(lane->connection, lane->in_header, sizeof(lane->in_header),
			   lane_header_came);
}

/* -- open --------------------------------------------------------------- */

static void lane_joined_sent(void *owner, int result)
{
	struct receive_lane *lane = owner;

	lane->calling = true;
	lane->sending = false;
	if (result < 0)
		lane_lost(lane, result, NULL);
	lane_settle(lane);
}

void receive_lane_open(struct receive_lane *lane, struct receive_session *session,
		       struct connection *connection, int number)
{
	struct message joined = {.type = MESSAGE_JOINED, .of.joined.lane = (uint8_t)number};
	size_t bytes = 0;
	int error = 0;

	memset(lane, 0, sizeof(*lane));
	lane->session = session;
	lane->connection = connection;
	lane->number = number;
	lane->waiter.owner = lane;
	lane->waiter.ready = lane_slot_ready;
	connection_set_owner(connection, lane);
	error = message_encode(&joined, lane->out, sizeof(lane->out), &bytes);
	assert(error == 0);
	lane->sending = true;
	connection_send(connection, lane->out, bytes, lane_joined_sent);
	lane_next_header(lane);
}
