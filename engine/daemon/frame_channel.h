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
 * sentence says why. The owner closes it. */
typedef void (*frame_end_fn)(void *owner, int error, const char *sentence);
/* After frame_channel_close(): nothing is in flight any more, the memory is the owner's again.
 * May free the channel. */
typedef void (*frame_gone_fn)(void *owner);

struct frame_channel {
	struct connection *connection; /* NULL = closed */
	void *owner;		       /* given to the callbacks */
	frame_message_fn message;      /* a message came */
	frame_end_fn end;	       /* it ended by itself */
	frame_gone_fn gone;	       /* the memory is free again */
	struct frame_header header;    /* of the frame whose payload is being read */
	uint32_t out_sent;	       /* out[0..out_sent) has left */
	uint32_t out_sending;	       /* out[out_sent..out_sending) is with the connection */
	uint32_t out_count;	       /* bytes used in out */
	bool finishing;		       /* shut down once the queue is empty */
	bool closed;		       /* frame_channel_close() was called */
	bool calling;		       /* inside a callback of the connection */
	bool receiving;		       /* a receive is in flight */
	bool sending;		       /* a send is in flight */
	bool ended;		       /* end() was called */
	int refused;		       /* negative errno: we could not read what came; 0 = fine */
	struct outcome refusal;	       /* refused: what the peer is told */
	uint8_t in_header[HFT_FRAME_BYTES];	       /* being received */
	uint8_t in_payload[HFT_CONTROL_PAYLOAD_BYTES]; /* being received */
	uint8_t out[HFT_CONTROL_QUEUE_BYTES];	       /* encoded messages, in order */
};

struct frame_channel_events {
	frame_message_fn message; /* a message came */
	frame_end_fn end;	  /* it ended by itself */
	frame_gone_fn gone;	  /* the memory is free again */
};

/* Takes over an idle connection and starts to read. `channel` needs no earlier init. */
void frame_channel_open(struct frame_channel *channel, struct connection *connection, void *owner,
			const struct frame_channel_events *events);

/* Queues one message. -ENOBUFS when the peer has not taken what was queued before,
 * -ENOTCONN when closed or finishing. */
HFT_MUST_USE int frame_channel_send(struct frame_channel *channel, const struct message *message);

/* Sends what is queued, then ends our side in good order. No message comes up any more. */
void frame_channel_finish(struct frame_channel *channel);

/* The hard end. Only gone() follows, perhaps from inside this call. Idempotent. */
void frame_channel_close(struct frame_channel *channel);

/* True from open to close. */
bool frame_channel_is_open(const struct frame_channel *channel);

#endif
