/* SPDX-License-Identifier: Apache-2.0 */
/* file_worker.h -- a small pool of threads for what may block: files by plain system calls.
 *
 * All loops of the process share one pool. A loop's ops has a file_client, hands blocking ops
 * over through it and finds the results in its own inbox. It decides nothing and knows no
 * transfers; small files and metadata are faster this way than through the ring
 * (kernel.md 8.4, K18).
 * Its one idea: the shared queue is bounded by giving every client a share of
 * HFT_FILE_CLIENT_SHARE ops; what a loop submits beyond waits in the loop's own list, so a
 * loop with a thousand opens cannot starve the others. Name resolution, which may take
 * half a minute, has threads of its own (resolver.h). */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/list.h"

struct file_workers;
struct inbox;
struct op;

/* Starts `thread_count` threads (1 to HFT_FILE_WORKERS_MAX; 0 = HFT_FILE_WORKERS). Returns 0 or a
 * negative errno. Signals are blocked in them. */
HFT_MUST_USE int file_workers_new(unsigned thread_count, struct file_workers **ret_workers);

/* Ends the threads, after what is in their hands. All clients must be done and nothing in flight.
 * Does not wait for a name server. Accepts NULL. */
void file_workers_free(struct file_workers *workers);

/* ---- for the backends --------------------------------------------------------- */

/* One ops's access to the pool; used on the loop's thread only. */
struct file_client {
	struct file_workers *workers; /* the shared pool */
	struct inbox *inbox;	      /* where results come back */
	struct list waiting;	      /* ops beyond the share, oldest first */
	unsigned handed_count;	      /* ops in the pool, at most HFT_FILE_CLIENT_SHARE */
};

/* Prepares a client; holds no resource, so there is no done. */
void file_client_init(struct file_client *client, struct file_workers *workers,
		      struct inbox *inbox);

/* Hands over an op of any kind but sockets and OP_POLL. It comes back in the inbox. */
void file_client_submit(struct file_client *client, struct op *op);

/* Asks for an early end. True: the op was given back and is the caller's to end, it will not
 * come through the inbox. False: it has begun and comes through the inbox as always (OP_COPY
 * stops at its next piece). */
HFT_MUST_USE bool file_client_cancel(struct file_client *client, struct op *op);

/* To be told for every op taken from the inbox; hands over the next that waits. */
void file_client_returned(struct file_client *client, const struct op *op);

/* Closes a descriptor without making the loop wait for the disk: regular files, whose last
 * close may free gigabytes of blocks, are closed by a worker (their OFD lock is given up
 * at once), everything else here. */
void file_client_close(struct file_client *client, int fd);
