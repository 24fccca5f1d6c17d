/* SPDX-License-Identifier: Apache-2.0 */
/* listener.h -- the doors of the receive port: one per configured address.
 *
 * Accepting never stops for good: without descriptors it pauses and tries again. */
#ifndef HFT_DAEMON_LISTENER_H
#define HFT_DAEMON_LISTENER_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/timers.h"
#include "daemon/engine.h"
#include "io/op.h"

struct mover;

struct listener {
	struct mover *mover; /* always number 0 */
	int fd;		     /* listening socket; -1 = closed */
	struct op accept;    /* always one in flight while it listens */
	struct timer pause;  /* out of descriptors: try again then */
	bool runs;	     /* an accept is in flight */
};

/* Listens on all configured addresses with one port; engine->receive_port is set. On failure
 * sentence says which address and why. */
HFT_MUST_USE int listener_open_all(struct engine *engine, char *sentence, size_t sentence_bytes);

/* ORDER_LISTEN: starts to accept. */
void listener_accept_all(struct mover *mover);

/* Closes the doors; accepts in flight end. */
void listener_close_all(struct engine *engine);

#endif
