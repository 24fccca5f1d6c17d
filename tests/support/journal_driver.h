/* SPDX-License-Identifier: Apache-2.0 */
/* journal_driver.h -- one way to drive both journals from a test.
 *
 * A driver owns a journal over its own store (a temporary folder, or a disk in memory)
 * and plays the loop that asks: it posts a request, waits for the answer, calls done().
 * Whatever goes wrong in the driver itself aborts the test. */
#ifndef HFT_TESTS_JOURNAL_DRIVER_H
#define HFT_TESTS_JOURNAL_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"

struct journal_memory_disk;
struct mailbox;

enum journal_driver_kind {
	DRIVE_SQLITE,
	DRIVE_MEMORY,
};

struct journal_driver {
	enum journal_driver_kind kind;	  /* which implementation */
	struct journal_settings settings; /* used by every opening */
	struct journal *journal;	  /* open and started; NULL = closed */
	struct journal_memory_disk *disk; /* DRIVE_MEMORY: the store */
	struct mailbox *replies;	  /* answers to us */
	int wake_fd;			  /* eventfd: an answer came */
	char folder[64];		  /* DRIVE_SQLITE: the store */
	char path[96];			  /* journal.db in it */
};

/* Makes the store and opens a journal over it. */
void journal_driver_init(struct journal_driver *driver, enum journal_driver_kind kind);

/* Closes, and removes the store. */
void journal_driver_done(struct journal_driver *driver);

/* Opens a journal over the store, which must be closed. */
void journal_driver_open(struct journal_driver *driver);

/* Closes and opens again. */
void journal_driver_reopen(struct journal_driver *driver);

/* Posts without waiting. */
void journal_driver_post(struct journal_driver *driver, struct journal_request *request);

/* Waits until that many answers came, in whatever order, and calls their done(). */
void journal_driver_take(struct journal_driver *driver, uint32_t count);

/* Posts, waits, returns request->result. */
int journal_driver_run(struct journal_driver *driver, struct journal_request *request);

/* Makes request an empty commit that this driver can run. */
void journal_driver_begin(struct journal_driver *driver, struct journal_request *request);

/* Makes request a zeroed query of that kind that this driver can run. */
void journal_driver_query(struct journal_driver *driver, struct journal_request *request,
			  enum journal_request_kind kind);

#endif
