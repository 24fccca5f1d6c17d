/* SPDX-License-Identifier: Apache-2.0 */
/* frame_channel.c -- see frame_channel.h.
 *
 * The outgoing buffer is filled at its end and sent from its start; when all of it has
 * left it starts again at 0, so that an idle channel touches one page of it. */
#include "daemon/frame_channel.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

static void channel_read_header(struct frame_channel *channel);
static void channel_write(struct frame_channel *channel);

static void channel_fail(struct frame_channel *channel, int error, const char *sentence)
{
	frame_end_fn end = channel->end;

	if (!sentence || !*sentence)
		sentence = connection_failure(channel->connection);
	end(channel->owner, error, sentence);
}

static void channel_deliver(struct frame_channel *channel)
{
	struct message message;
	int error = message_decode(&channel->header, channel->in_payload, &message);

	if (error < 0) {
		channel_fail(channel, error, frame_error_sentence(error));
		return;
	}
	if (!channel->closing)
		channel->message(channel->owner, &message);
	if (channel->connection)
		channel_read_header(channel);
}

static void channel_payload_came(void *owner, int result)
{
	struct frame_channel *channel = owner;

	if (!channel->connection)
		return;
	if (result < 0) {
		channel_fail(channel, result, NULL);
		return;
	}
	channel_deliver(channel);
}

static void channel_header_came(void *owner, int result)
{
	struct frame_channel *channel = owner;

	if (!channel->connection)
		return;
	if (result < 0) {
		channel_fail(channel, result, NULL);
		return;
	}
	result = frame_decode(channel->in_header, &channel->header);
	if (result == 0 && (channel->header.type == FRAME_CHUNK ||
			    channel->header.length > sizeof(channel->in_payload)))
		result = -EBADMSG;
	if (result < 0) {
		channel_fail(channel, result, frame_error_sentence(result));
		return;
	}
	if (channel->header.length == 0) {
		channel_deliver(channel);
		return;
	}
	connection_receive(channel->connection, channel->in_payload, channel->header.length,
			   channel_payload_came);
}

static void channel_read_header(struct frame_channel *channel)
{
	connection_receive(channel->connection, channel->in_header, sizeof(channel->in_header),
			   channel_header_came);
}

static void channel_written(void *owner, int result)
{
	struct frame_channel *channel = owner;

	if (!channel->connection)
		return;
	if (result < 0) {
		channel_fail(channel, result, NULL);
		return;
	}
	channel->out_sent = channel->out_sending;
	channel_write(channel);
}

static void channel_write(struct frame_channel *channel)
{
	if (channel->out_sent == channel->out_count) {
		channel->out_sent = 0;
		channel->out_sending = 0;
		channel->out_count = 0;
		if (channel->closing)
			connection_shutdown(channel->connection);
		return;
	}
	channel->out_sending = channel->out_count;
	connection_send(channel->connection, channel->out + channel->out_sent,
			channel->out_sending - channel->out_sent, channel_written);
}

void frame_channel_open(struct frame_channel *channel, struct connection *connection, void *owner,
			frame_message_fn message, frame_end_fn end)
{
	assert(connection);
	assert(message && end);
	channel->connection = connection;
	channel->owner = owner;
	channel->message = message;
	channel->end = end;
	channel->out_sent = 0;
	channel->out_sending = 0;
	channel->out_count = 0;
	channel->closing = false;
	connection_set_owner(connection, channel);
	channel_read_header(channel);
}

int frame_channel_send(struct frame_channel *channel, const struct message *message)
{
	size_t count = 0;
	bool idle = false;
	int error = 0;

	if (!channel->connection || channel->closing)
		return -ENOTCONN;
	idle = channel->out_sent == channel->out_sending;
	error = message_encode(message, channel->out + channel->out_count,
			       sizeof(channel->out) - channel->out_count, &count);
	if (error < 0)
		return -ENOBUFS;
	channel->out_count += (uint32_t)count;
	if (idle)
		channel_write(channel);
	return 0;
}

void frame_channel_finish(struct frame_channel *channel)
{
	if (!channel->connection || channel->closing)
		return;
	channel->closing = true;
	if (channel->out_sent == channel->out_sending)
		channel_write(channel);
}

void frame_channel_close(struct frame_channel *channel)
{
	struct connection *connection = channel->connection;

	channel->connection = NULL;
	connection_free(connection);
}

bool frame_channel_is_open(const struct frame_channel *channel)
{
	return channel->connection != NULL;
}
