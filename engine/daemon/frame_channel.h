/* SPDX-License-Identifier: Apache-2.0 */
/* frame_channel.h -- control messages over one connection, both ways.
 *
 * Reads frame after frame, decodes, hands messages up; queues outgoing messages in a bounded
 * buffer and sends them in order. It decides nothing: a frame that does not decode ends it
 * with the sentence for the peer. It owns its connection. */
#ifndef HFT_DAEMON_FRAME_CHANNEL_H
#define HFT_DAEMON_FRAME_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/connection.h"
#include "wire/frame.h"
#include "wire/messages.h"

/* One message arrived. May close the channel. */
typedef void (*frame_message_fn)(void *owner, const struct message *message);
/* The channel ended by itself: error is a negative errno (-EPROTO family: the peer's breach),
 * sentence says why. Nothing is called after this. */
typedef void (*frame_end_fn)(void *owner, int error, const char *sentence);

struct frame_channel {
	struct connection *connection; /* NULL = closed */
	void *owner;		       /* given to the callbacks */
	frame_message_fn message;
	frame_end_fn end;
	struct frame_header header;    /* of the frame whose payload is being read */
	uint32_t out_sent;	       /* out[0..out_sent) has left */
	uint32_t out_sending;	       /* out[out_sent..out_sending) is with the connection */
	uint32_t out_count;	       /* bytes used in out */
	bool closing;		       /* shut down once the queue is empty */
	uint8_t in_header[HFT_FRAME_BYTES];
	uint8_t in_payload[HFT_CONTROL_PAYLOAD_BYTES];
	uint8_t out[HFT_CONTROL_QUEUE_BYTES];
};

/* Takes over an idle connection and starts to read. `channel` needs no earlier init. */
void frame_channel_open(struct frame_channel *channel, struct connection *connection, void *owner,
			frame_message_fn message, frame_end_fn end);

/* Queues one message. -ENOBUFS when the peer has not taken what was queued before, -ENOTCONN when closed. */
HFT_MUST_USE int frame_channel_send(struct frame_channel *channel, const struct message *message);

/* Sends what is queued, then ends our side in good order. No message comes up any more. */
void frame_channel_finish(struct frame_channel *channel);

/* The hard end. No callback follows. Idempotent. */
void frame_channel_close(struct frame_channel *channel);

bool frame_channel_is_open(const struct frame_channel *channel);

#endif
