/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.h -- the parts of the SQLite journal, to each other.
 *
 * Inside journal/ only:
 *   journal_sqlite.c  opens and closes: owner, database, numbers
 *   journal_thread.c  the thread and its mailbox
 *   journal_batch.c   what waits becomes one transaction
 *   sqlite_commit.c   changes to statements
 *   sqlite_query.c    questions to statements */
#ifndef HFT_JOURNAL_SQLITE_H
#define HFT_JOURNAL_SQLITE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "journal/backend.h"
#include "journal/changes.h"
#include "journal/database.h"

struct journal_sqlite {
	struct journal base;		 /* must be first */
	struct database database;	 /* of the thread, once it runs */
	struct journal_numbers numbers;	 /* as of the last transaction */
	char owner_path[HFT_PATH_BYTES]; /* PATH.owner */
	int owner_fd;			 /* holds the lock; -1 = not ours */
	struct mailbox *mailbox;	 /* requests */
	int wake_fd;			 /* eventfd: something was posted; -1 = none */
	pthread_t thread;		 /* valid if started */
	bool started;			 /* thread is there and not joined */
	atomic_bool stopping;		 /* no more posts; the thread ends when idle */
	bool failing;			 /* the last transaction failed and was logged */
	struct journal_request *batch[HFT_JOURNAL_BATCH_MAX]; /* being worked on */
	uint8_t row[HFT_ROW_BYTES_MAX];			      /* an encoded row on its way */
};

/* Starts the thread. */
HFT_MUST_USE int journal_thread_start(struct journal_sqlite *journal);

/* Posts, wakes. As journal_post(). */
HFT_MUST_USE int journal_thread_post(struct journal_sqlite *journal,
				     struct journal_request *request);

/* Lets the thread work off what waits, and joins it. */
void journal_thread_stop(struct journal_sqlite *journal);

/* Works on the first count requests of journal->batch in one transaction (or, if that
 * fails, each in its own), sets their results, answers them. */
void journal_batch_execute(struct journal_sqlite *journal, uint32_t count);

/* Applies the changes of one commit inside the open transaction. On failure some may have
 * been applied: the caller goes back to its savepoint. */
HFT_MUST_USE int sqlite_commit(struct journal_sqlite *journal, struct journal_commit *commit);

/* Retention, if it is due, inside the open transaction. */
HFT_MUST_USE int sqlite_prune(struct journal_sqlite *journal, uint64_t *ret_rows);

/* Answers a request that is no commit. */
HFT_MUST_USE int sqlite_query(struct journal_sqlite *journal, struct journal_request *request);

/* journal_each_queue_row() and journal_each_checkpoint(). */
HFT_MUST_USE int sqlite_each_queue_row(struct journal *journal, journal_queue_fn fn, void *arg);
HFT_MUST_USE int sqlite_each_checkpoint(struct journal *journal, enum checkpoint_role role,
					journal_checkpoint_fn fn, void *arg);

#endif
