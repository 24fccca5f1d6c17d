/* SPDX-License-Identifier: Apache-2.0 */
/* run_parts.h -- what an engine is made from, taken from this machine and given back in order. */
#ifndef HFT_DAEMON_RUN_PARTS_H
#define HFT_DAEMON_RUN_PARTS_H

#include "base/compiler.h"
#include "daemon/arguments.h"
#include "daemon/engine.h"
#include "io/file_worker.h"

struct run_parts {
	struct log log;		      /* to stderr */
	struct config *config;	      /* read, and never changed */
	struct tls_context *tls;      /* our key */
	struct journal *journal;      /* open; the engine starts it */
	struct file_workers *workers; /* shared by all loops */
	struct engine_parts engine;   /* the above and the ops, as the engine wants them */
};

/* Opens everything. `parts` is zeroed before, its log initialised. Returns 0 or a negative errno
 * with a sentence; run_parts_done() follows in any case. */
HFT_MUST_USE int run_parts_open(struct run_parts *parts, const struct arguments *arguments,
				char sentence[HFT_SENTENCE_BYTES]);

/* The engine owns the ops now: forget them. */
void run_parts_engine_made(struct run_parts *parts);

/* Gives all back. No loop may run any more. */
void run_parts_done(struct run_parts *parts);

#endif
