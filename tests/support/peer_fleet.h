/* SPDX-License-Identifier: Apache-2.0 */
/* peer_fleet.h -- many sessions with one engine, as the sending side would hold them.
 *
 * Speaks hft-protocol(7) over TLS on one loop: HELLO and OFFER, BEGIN, one lane joined, ALIVE
 * every 200 ms; then a session idles until it is told to send its only chunk, or to cancel.
 * What it is not: a sender. It reads no file, tries nothing twice, and the first thing that
 * is not as it should be fails the fleet. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/op.h"
#include "io/tls.h"

/* Bytes of the file that each session offers: one chunk. */
#define PEER_FILE_BYTES 5000

struct peer_fleet; /* opaque */

struct peer_fleet_settings {
	struct ops *ops;	 /* the loop; outlives the fleet */
	struct tls_context *tls; /* our identity, known to the engine */
	uint16_t port;		 /* of the engine at 127.0.0.1 */
	uint32_t count;		 /* sessions to open */
};

/* How many sessions have come how far. */
struct peer_counts {
	uint32_t idle;	    /* accepted, begun, their lane joined */
	uint32_t completed; /* the engine said COMPLETE 0-0 */
	uint32_t gone;	    /* the engine has closed all their connections */
};

/* Makes the sessions; they are opened from peer_fleet_turn(), a few at a time. Their files are
 * named "file-0" and so on. */
struct peer_fleet *peer_fleet_new(const struct peer_fleet_settings *settings);

/* One turn of the loop, which waits for 20 ms at most. False, after a message, when something is
 * not as it should be. */
HFT_MUST_USE bool peer_fleet_turn(struct peer_fleet *fleet);

/* Tells how far they have come. */
void peer_fleet_count(const struct peer_fleet *fleet, struct peer_counts *ret_counts);

/* Has all sessions send their chunk and finish. Requires that all are idle. */
void peer_fleet_send(struct peer_fleet *fleet);

/* Has all sessions cancel. Requires that all are idle. */
void peer_fleet_cancel(struct peer_fleet *fleet);

/* What is in each file: PEER_FILE_BYTES at `content`. */
void peer_fleet_content(uint8_t *content);

/* Closes what is still open, the hard way, and frees. Not after a failure: dials may be in flight;
 * end the program. */
void peer_fleet_free(struct peer_fleet *fleet);
