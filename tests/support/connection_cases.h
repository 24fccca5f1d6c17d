/* SPDX-License-Identifier: Apache-2.0 */
/* connection_cases.h -- what a connection has promised, checked over any struct ops.
 *
 * What it is: a table of cases; the simulated world and both kernel backends run all of
 * them, plain and under TLS. What it is not: it makes no sockets, a world does that.
 * A case that fails ends the process by an assertion. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "io/buffer_pool.h"
#include "io/op.h"
#include "io/tls.h"

/* Where cases run. */
struct connection_world {
	struct ops *ops[2]; /* the loops of the two ends */
	struct ops *spare;  /* one more loop where the second end's descriptors are valid */
	void *owner;	    /* the world's own */
	/* Makes a connected stream; descriptor 0 dialed on ops[0], 1 accepted on ops[1]. */
	void (*connect)(struct connection_world *world, int ret_fd[2]);
	/* Lets something happen and dispatches it. False when nothing can happen any more. */
	bool (*turn)(struct connection_world *world);

	/* Set by connection_cases_start(). */
	struct tls_context *tls[2]; /* an identity for each end; NULL while cases run plain */
	struct buffer_pool *pool;   /* of both ends */
};

/* One case. */
struct connection_case {
	const char *name;			     /* the claim */
	void (*run)(struct connection_world *world); /* comes back when all is well */
	bool only_tls;				     /* makes no sense over plain text */
};

extern const struct connection_case connection_cases[];
extern const size_t connection_case_count;

/* Makes identities, if wanted, and a pool of `slot_count` slots. */
void connection_cases_start(struct connection_world *world, bool tls, unsigned slot_count);

/* Undoes it, and checks that no slot was lost. */
void connection_cases_end(struct connection_world *world);
