/* SPDX-License-Identifier: Apache-2.0 */
/* stranger.h -- an accepted connection until it has said who it is and what it wants.
 *
 * TLS, then HELLO and, by its purpose, OFFER or JOIN; all of it under one deadline that starts at
 * accept, with a bounded number of strangers of which the oldest gives way. Then it becomes a
 * session's control connection or lane, here or on the mover that owns the transfer, or it is
 * refused with a reason. */
#ifndef HFT_DAEMON_STRANGER_H
#define HFT_DAEMON_STRANGER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/config.h"
#include "daemon/mover.h"
#include "wire/messages.h"

struct stranger {
	struct list_node node; /* in mover->doors */
	struct mover *mover;   /* on whose thread it lives now */
	struct mover *home;    /* whose slab it came from */
	struct connection *connection;
	const struct config_host *host; /* once the key is known; NULL before */
	struct timer deadline;		/* for the whole handshake; later for the farewell */
	struct mover_order adopt;	/* to travel to another mover */
	bool closing;			/* stranger_close() was called */
	bool calling;			/* inside a callback */
	bool receiving;			/* a receive is in flight */
	bool sending;			/* a send is in flight */
	bool is_done;			/* refused or answered: waits for the peer to close */
	struct message_hello hello;
	struct message second; /* OFFER or JOIN */
	struct frame_header header;
	uint8_t in_header[HFT_FRAME_BYTES];	       /* being received */
	uint8_t in_payload[HFT_CONTROL_PAYLOAD_BYTES]; /* being received */
	uint8_t out[HFT_HANDSHAKE_BYTES];	       /* the answer, being sent */
	char address[HFT_ADDRESS_BYTES];	       /* "10.0.0.2:41000", for logs */
};

/* A descriptor was accepted from `peer`. */
void stranger_arrive(struct mover *mover, int fd, const struct net_address *peer);

/* ORDER_DISMISS: it came home and is freed. */
void stranger_dismiss(struct mover *mover, struct stranger *stranger);

/* ORDER_ADOPT: its messages are read, the transfer belongs to this mover. */
void stranger_adopt(struct mover *mover, struct stranger *stranger);

/* The engine ends: all strangers go. */
void stranger_close_all(struct mover *mover);

#endif
