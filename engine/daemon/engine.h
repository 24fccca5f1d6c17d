/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h -- the daemon put together: one control loop, its movers, one journal.
 *
 * Made from parts, so that the same engine runs over the kernel with threads (main.c) and over a
 * simulated world in one thread (tests/sim). It decides nothing. */
#ifndef HFT_DAEMON_ENGINE_H
#define HFT_DAEMON_ENGINE_H

#include <stdatomic.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "base/list.h"
#include "daemon/config.h"
#include "host/log.h"
#include "io/op.h"
#include "io/tls.h"
#include "journal/journal.h"

struct control;
struct listener;
struct mover;
struct mover_order;

/* What an engine is made from. Everything outlives the engine except the ops, which it takes over.
 */
struct engine_parts {
	const struct config *config;
	struct log *log;		       /* NULL = silent */
	struct journal *journal;	       /* opened and not yet started */
	struct tls_context *tls;	       /* NULL = every host must be plain */
	struct ops *control_ops;	       /* for the control loop */
	struct ops *mover_ops[HFT_MOVERS_MAX]; /* one for each mover */
	uint32_t mover_count;		       /* at least 1 */
	uint32_t chunk_bytes;		       /* what we offer; slots are as large */
	uint64_t pool_bytes;		       /* chunk buffers of each mover */
	/* Fills with bytes nobody can guess (in simulation: from the seed). */
	void (*random)(void *arg, void *buffer, size_t bytes);
	void *random_arg; /* given to random */
};

struct engine {
	const struct config *config;
	struct log *log;
	struct journal *journal;
	struct tls_context *tls; /* NULL = every host must be plain */
	struct control *control;
	struct mover *mover[HFT_MOVERS_MAX]; /* by index */
	uint32_t mover_count;		     /* at least 1 */
	uint32_t chunk_bytes;		     /* what we offer, and the payload of a slot */
	uint64_t pool_bytes;		     /* chunk buffers of each mover */
	uint64_t owner_epoch;		     /* of the journal; in every hello */
	void (*random)(void *arg, void *buffer, size_t bytes); /* fills with bytes nobody can guess
								*/
	void *random_arg;				       /* given to random */
	uint16_t receive_port;		  /* the port we listen on; 0 = not listening */
	struct list recovered;		  /* of recovery.c, until the journal runs */
	struct listener *listeners;	  /* of mover 0 */
	uint32_t listener_count;	  /* doors that are open */
	struct mover_order *listen_order; /* tells mover 0 to accept */
	_Atomic uint64_t *peer_epoch;	  /* by index of host; see peer_epochs.h */
	atomic_uint receives_running;	  /* over all movers, for receive_limit */
	atomic_bool ending;		  /* loops leave when they see it */
};

/* Puts the engine together, listens, and reads from the journal what was under way (recovery.h).
 * Returns 0 or a negative errno with a sentence for people. */
HFT_MUST_USE int engine_new(const struct engine_parts *parts, struct engine **ret_engine,
			    char *sentence, size_t sentence_bytes);
/* Loops must have ended. Accepts NULL. */
void engine_free(struct engine *engine);

/* Asks all loops to end. Any thread. */
void engine_end(struct engine *engine);

#endif
