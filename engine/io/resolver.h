/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.h -- host names to addresses, on threads of their own.
 *
 * Part of file_worker's pool, kept apart because a name server that does not answer holds a
 * thread for half a minute, and no file may wait for that. Not a cache.
 * Its one idea: a thread works on a copy of the name and owns its result, so that an op can
 * be taken away from it at any moment and shutdown never waits for the network. */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"

struct op;
struct resolver;

/* Starts HFT_RESOLVER_THREADS threads. Returns 0 or a negative errno. */
HFT_MUST_USE int resolver_new(struct resolver **ret_resolver);

/* No op may be in flight. Returns at once; a thread that still waits for an answer ends by
 * itself. Accepts NULL. */
void resolver_free(struct resolver *resolver);

/* Resolves op->args.resolve; the op comes back in its inbox (op->backend.inbox) with
 * the number of addresses, or -ENOENT (no such name), -EAGAIN (no answer, try later),
 * -EINVAL (not a name), -EIO, -ENOMEM. Any thread. */
void resolver_submit(struct resolver *resolver, struct op *op);

/* Takes the op away. True: it is the caller's again. False: it is already in its inbox. */
HFT_MUST_USE bool resolver_cancel(struct resolver *resolver, struct op *op);

/* Fills op->args.resolve.list if the name is an address in numbers, without waiting.
 * Returns 1 when it did, -ENOENT when it is not a number, -EINVAL when there is no room. */
HFT_MUST_USE int resolver_numeric(struct op *op);
