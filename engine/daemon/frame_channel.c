/* SPDX-License-Identifier: Apache-2.0 */
/* frame_channel.c -- see frame_channel.h.
 *
 * The outgoing buffer is filled at its end and sent from its start; when all of it has
 * left it starts again at 0, so that an idle channel touches one page of it.
 *
 * The kernel may write into our memory until the last callback came, so closing has two
 * steps: abort the connection, then gone() when neither a receive nor a send is out. */
#include "daemon/frame_channel.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

static void channel_read_header(struct frame_channel *channel);
static void channel_write(struct frame_channel *channel);

/* The last thing every callback does: the channel may be gone after it. */
static void channel_settle(struct frame_channel *channel)
{
	struct connection *connection = channel->connection;

	channel->calling = false;
	if (!channel->closed || channel->receiving || channel->sending || !connection)
		return;
	channel->connection = NULL;
	connection_free(connection);
	channel->gone(channel->owner);
}

static void channel_fail(struct frame_channel *channel, int error, const char *sentence)
{
	if (channel->ended || channel->closed)
		return;
	channel->ended = true;
	if (!sentence || !*sentence)
		sentence = connection_failure(channel->connection);
	channel->end(channel->owner, error, sentence);
}

/* What came cannot be read: tell the peer why, and end when that has left. */
static void channel_refuse(struct frame_channel *channel, int error, const struct outcome *why)
{
	struct message refusal = {.type = MESSAGE_REFUSE, .of.refuse.outcome = *why};

	channel->refused = error;
	channel->refusal = *why;
	if (frame_channel_send(channel, &refusal) < 0)
		channel_fail(channel, error, why->sentence);
}

static void channel_deliver(struct frame_channel *channel)
{
	struct message message;
	struct outcome refusal;
	int error = message_decode(&channel->header, channel->in_payload, &message);

	if (error < 0) {
		message_refusal(&channel->header, &refusal);
		channel_refuse(channel, error, &refusal);
		return;
	}
	if (!channel->finishing)
		channel->message(channel->owner, &message);
	if (!channel->closed && !channel->ended)
		channel_read_header(channel);
}

static void channel_payload_came(void *owner, int result)
{
	struct frame_channel *channel = owner;

	channel->calling = true;
	channel->receiving = false;
	if (result < 0)
		channel_fail(channel, result, NULL);
	else if (!channel->closed)
		channel_deliver(channel);
	channel_settle(channel);
}

/* A header is here: read its payload, or deliver it when it has none. */
static void channel_take_header(struct frame_channel *channel)
{
	struct outcome refusal;
	int error = frame_decode(channel->in_header, &channel->header);

	if (error == 0 && !frame_is_message(&channel->header))
		error = -EBADMSG;
	if (error < 0) {
		frame_refusal(error, channel->in_header, &refusal);
		channel_refuse(channel, error, &refusal);
		return;
	}
	if (channel->header.payload_bytes == 0) {
		channel_deliver(channel);
		return;
	}
	channel->receiving = true;
	connection_receive(channel->connection, channel->in_payload, channel->header.payload_bytes,
			   channel_payload_came);
}

static void channel_header_came(void *owner, int result)
{
	struct frame_channel *channel = owner;

	channel->calling = true;
	channel->receiving = false;
	if (result < 0)
		channel_fail(channel, result, NULL);
	else if (!channel->closed)
		channel_take_header(channel);
	channel_settle(channel);
}

static void channel_read_header(struct frame_channel *channel)
{
	channel->receiving = true;
	connection_receive(channel->connection, channel->in_header, sizeof(channel->in_header),
			   channel_header_came);
}

static void channel_written(void *owner, int result)
{
	struct frame_channel *channel = owner;

	channel->calling = true;
	channel->sending = false;
	channel->out_sent = channel->out_sending;
	if (result < 0)
		channel_fail(channel, result, NULL);
	else if (!channel->closed)
		channel_write(channel);
	channel_settle(channel);
}

/* What waits goes to the front when little is left behind it. What the connection has in hand may
 * not move. */
static void channel_make_room(struct frame_channel *channel)
{
	uint32_t waiting = channel->out_count - channel->out_sent;

	if (channel->sending || channel->out_sent == 0 ||
	    sizeof(channel->out) - channel->out_count >= HFT_MESSAGE_BYTES_MAX)
		return;
	memmove(channel->out, channel->out + channel->out_sent, waiting);
	channel->out_sent = 0;
	channel->out_sending = 0;
	channel->out_count = waiting;
}

static void channel_write(struct frame_channel *channel)
{
	if (channel->out_sent == channel->out_count) {
		channel->out_sent = 0;
		channel->out_sending = 0;
		channel->out_count = 0;
		if (channel->refused)
			channel_fail(channel, channel->refused, channel->refusal.sentence);
		else if (channel->finishing)
			connection_shutdown(channel->connection);
		return;
	}
	channel_make_room(channel);
	channel->sending = true;
	channel->out_sending = channel->out_count;
	connection_send(channel->connection, channel->out + channel->out_sent,
			channel->out_sending - channel->out_sent, channel_written);
}

void frame_channel_open(struct frame_channel *channel, struct connection *connection, void *owner,
			const struct frame_channel_events *events)
{
	assert(connection);
	assert(events->message && events->end && events->gone);
	channel->connection = connection;
	channel->owner = owner;
	channel->message = events->message;
	channel->end = events->end;
	channel->gone = events->gone;
	channel->out_sent = 0;
	channel->out_sending = 0;
	channel->out_count = 0;
	channel->finishing = false;
	channel->closed = false;
	channel->calling = false;
	channel->sending = false;
	channel->ended = false;
	channel->refused = 0;
	connection_set_owner(connection, channel);
	channel_read_header(channel);
}

int frame_channel_send(struct frame_channel *channel, const struct message *message)
{
	size_t count = 0;
	int error = 0;

	if (!frame_channel_is_open(channel) || channel->finishing || channel->ended)
		return -ENOTCONN;
	channel_make_room(channel);
	static_assert(HFT_CONTROL_QUEUE_BYTES >= 2 * HFT_MESSAGE_BYTES_MAX, "one must always fit");
	error = message_encode(message, channel->out + channel->out_count,
			       sizeof(channel->out) - channel->out_count, &count);
	if (error < 0)
		return -ENOBUFS;
	channel->out_count += (uint32_t)count;
	if (!channel->sending)
		channel_write(channel);
	return 0;
}

void frame_channel_finish(struct frame_channel *channel)
{
	if (!frame_channel_is_open(channel) || channel->finishing || channel->ended)
		return;
	channel->finishing = true;
	if (!channel->sending)
		channel_write(channel);
}

void frame_channel_close(struct frame_channel *channel)
{
	if (!channel->connection || channel->closed)
		return;
	channel->closed = true;
	connection_abort(channel->connection);
	if (!channel->calling)
		channel_settle(channel);
}

bool frame_channel_is_open(const struct frame_channel *channel)
{
	return channel->connection && !channel->closed;
}
