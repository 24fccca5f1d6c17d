/* SPDX-License-Identifier: Apache-2.0 */
/* dial.h -- from a host's name in the configuration to a connection that is proven to be that host.
 *
 * Resolve, connect, TLS, compare the key with the pinned ones. It has no deadline of its own:
 * who waits calls dial_cancel(). */
#ifndef HFT_DAEMON_DIAL_H
#define HFT_DAEMON_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "daemon/config.h"
#include "io/connection.h"
#include "io/op.h"

struct mover;

/* error 0: `connection` stands and is the callee's. Else connection is NULL and sentence says who,
 * what and why; -ECANCELED after dial_cancel(). */
typedef void (*dial_fn)(void *owner, int error, const char *sentence,
			struct connection *connection);

struct dial {
	struct mover *mover;
	const struct config_host *host;
	void *owner;			   /* given to done */
	dial_fn done;			   /* called once, when it is over */
	struct op op;			   /* resolve, then connect */
	struct net_address found;	   /* what the name resolved to */
	struct connection *connection;	   /* during the handshake */
	bool runs;			   /* started, done() not yet called */
	bool cancelled;			   /* dial_cancel() was called */
	char address[HFT_ADDRESS_BYTES];   /* "10.0.0.2:30000", for sentences and logs */
	char sentence[HFT_SENTENCE_BYTES]; /* who, what, why; "" = no failure */
};

/* Starts to dial address number `address` of `host`. done() comes exactly once, never from here. */
void dial_start(struct dial *dial, struct mover *mover, const struct config_host *host,
		uint32_t address, void *owner, dial_fn done); /* given to done */

/* Ends it early; done() still comes. Nothing happens if it does not run. */
void dial_cancel(struct dial *dial);

#endif
