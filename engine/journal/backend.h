/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h -- what an implementation of the journal provides.
 *
 * Inside journal/ only. There really are two, chosen where a journal is opened: SQLite
 * and the twin in memory. What both must do alike (numbers, filters, groups of digests)
 * is in changes.h and digest_group.h, once. */
#ifndef HFT_JOURNAL_BACKEND_H
#define HFT_JOURNAL_BACKEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"

/* The contracts are those of the functions of the same name in journal.h. */
struct journal_backend {
	/* Walks the Send Queue, before start. */
	int (*each_queue_row)(struct journal *journal, journal_queue_fn fn, void *arg);
	/* Walks the checkpoints of one role, before start. */
	int (*each_checkpoint)(struct journal *journal, enum checkpoint_role role,
			       journal_checkpoint_fn fn, void *arg);
	/* Begins to work on requests. */
	int (*start)(struct journal *journal);
	/* Takes a request that journal.c has checked. */
	int (*post)(struct journal *journal, struct journal_request *request);
	/* Works off what waits, refuses from then on; may be called again. */
	void (*stop)(struct journal *journal);
	/* Frees a stopped journal. */
	void (*free)(struct journal *journal);
};

/* Written by the side that works on requests, read by any thread. */
struct journal_tally {
	_Atomic uint64_t commits;      /* see struct journal_counters */
	_Atomic uint64_t queries;      /* as there */
	_Atomic uint64_t failures;     /* as there */
	_Atomic uint64_t transactions; /* as there */
	_Atomic uint64_t pruned_rows;  /* as there */
};

/* First member of each implementation's struct. */
struct journal {
	const struct journal_backend *backend; /* what it is */
	struct journal_settings settings;      /* with the defaults filled in */
	struct journal_tally tally;	       /* counters */
	uint64_t owner_epoch;		       /* of this ownership */
	bool was_left_open;		       /* the owner before did not give it up */
};

/* Sets the common part: settings with their defaults, counters at 0. */
void journal_init(struct journal *journal, const struct journal_backend *backend,
		  const struct journal_settings *settings);

/* Counts an executed request by its kind and result. */
void journal_count(struct journal *journal, const struct journal_request *request);

/* Gives an executed request back to whoever asked. */
void journal_answer(struct journal_request *request);

#endif
