/* SPDX-License-Identifier: Apache-2.0 */
/* journal_owner.h -- who owns the journal: a line of text under a lock.
 *
 *   epoch=12 pid=4711 boot=5f0c... node=alpha
 *
 * Three uses. The lock (of the open file, so it goes with the process) keeps a second
 * engine out. The text tells the second engine whom to look for, which the locked
 * database could not. And where locks are not seen by both nodes, the epoch in the file,
 * read again before every transaction, tells an owner that it was passed: it opens the
 * file anew each time, because that is when a network file system looks again. */
#ifndef HFT_JOURNAL_JOURNAL_OWNER_H
#define HFT_JOURNAL_JOURNAL_OWNER_H

#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"

#define JOURNAL_BOOT_ID_BYTES 40

struct journal_owner {
	uint64_t epoch;			     /* of the ownership; 0 = nobody yet */
	uint64_t pid;			     /* process */
	char boot_id[JOURNAL_BOOT_ID_BYTES]; /* of the node's running system */
	char node[HFT_HOST_BYTES];	     /* name of the node */
};

/* Opens, or creates (0600), the owner file and locks it; what it said goes to
 * *ret_previous (epoch 0 if it was empty). The lock lasts until the descriptor is
 * closed. Returns -EBUSY, with *ret_previous filled, if it is locked elsewhere. */
HFT_MUST_USE int journal_owner_lock(const char *path, int *ret_fd,
				    struct journal_owner *ret_previous);

/* Writes the owner through the locked descriptor, durable on return. */
HFT_MUST_USE int journal_owner_write(int fd, const struct journal_owner *owner);

/* Checks that nobody passed us: returns -ESTALE if the file has a higher epoch. A file
 * that is not there proves nothing and is no error. */
HFT_MUST_USE int journal_owner_check(const char *path, uint64_t epoch);

/* Fills the owner with this process, this boot and node. */
void journal_owner_of_process(struct journal_owner *owner, const char *node, uint64_t epoch);

#endif
