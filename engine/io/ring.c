/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c -- see ring.h. */
#include "io/ring.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <string.h>

/* Without these there is no ring for us. R_DISABLED (5.10): the ring is made, and a refusal
 * noticed, on the thread that starts the loops, while its owner is the loop's thread. CLAMP, CQSIZE
 * (5.6, 5.5): a completion ring four times as large, because a zero-copy send owes two
 * completions and a burst must not run over. */
#define RING_FLAGS_NEEDED (IORING_SETUP_R_DISABLED | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE)

#define RING_COMPLETIONS_PER_ENTRY 4

/* Without these neither. NODROP: a completion is never lost. EXT_ARG: waiting with a deadline
 * takes no submission entry. */
#define RING_FEATURES_NEEDED (IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG)

static const struct ring_flag flags[] = {
	{IORING_SETUP_SUBMIT_ALL, "submit_all", "5.18",
	 "one bad entry does not stop those behind it"},
	{IORING_SETUP_COOP_TASKRUN, "coop_taskrun", "5.19",
	 "completions do not interrupt the thread"},
	/* Else a loop that only peeks would never see what DEFER_TASKRUN holds back (K12). */
	{IORING_SETUP_TASKRUN_FLAG, "taskrun_flag", "5.19", "peeking sees deferred completions"},
	{IORING_SETUP_SINGLE_ISSUER, "single_issuer", "6.0",
	 "one thread submits: no locking, and a mistake is refused"},
	{IORING_SETUP_DEFER_TASKRUN, "defer_taskrun", "6.1",
	 "completions are worked off where we wait, in batches"},
};

const struct ring_flag *ring_flags(unsigned *ret_count)
{
	*ret_count = ARRAY_COUNT(flags);
	return flags;
}

static int ring_try(unsigned depth, unsigned setup, struct io_uring *ret_ring)
{
	struct io_uring_params params;
	struct io_uring ring;
	int error = 0;

	memset(&params, 0, sizeof(params));
	params.flags = setup;
	params.cq_entries = depth * RING_COMPLETIONS_PER_ENTRY;
	error = io_uring_queue_init_params(depth, &ring, &params);
	if (error < 0)
		return error;
	if ((params.features & RING_FEATURES_NEEDED) != RING_FEATURES_NEEDED) {
		io_uring_queue_exit(&ring);
		return -ENOTSUP;
	}
	*ret_ring = ring;
	return 0;
}

int ring_open(unsigned depth, struct io_uring *ret_ring, unsigned *ret_flags)
{
	unsigned setup = RING_FLAGS_NEEDED;
	unsigned left = ARRAY_COUNT(flags);
	int error = 0;

	assert(depth > 0);

	for (unsigned i = 0; i < ARRAY_COUNT(flags); i++)
		setup |= flags[i].bit;
	error = ring_try(depth, setup, ret_ring);
	while (error == -EINVAL && left > 0) {
		setup &= ~flags[--left].bit;
		error = ring_try(depth, setup, ret_ring);
	}
	if (error == -EINVAL)
		return -ENOTSUP;
	if (error < 0)
		return error;
	*ret_flags = setup;
	return 0;
}
