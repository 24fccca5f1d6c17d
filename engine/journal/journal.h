/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h -- what survives a crash: queues, checkpoints, digests, results, logs.
 *
 * The promise.
 * - When done() of a commit runs with result 0, all its changes are on stable storage:
 *   they survive kill -9, power loss, and the move of the state folder to another node.
 * - When done() runs with a negative result, none of its changes are there, now or later.
 * - A commit whose done() has not run yet is there whole or not at all after a crash.
 * - Commits take effect in the order they were posted. A query sees every commit posted
 *   before it, and nothing of those posted after it.
 * - A Resend Queue List No. and a log sequence that a successful commit returned are
 *   never given again, whatever is removed, restarted or moved.
 * - The folder has one owner. An owner whose epoch was passed by another gets -ESTALE
 *   for everything from then on, and nothing of it is written.
 *
 * Two implementations: SQLite (journal_sqlite.h), with a thread of its own that makes one
 * transaction and one fsync of all that waits; and a twin in memory for simulations
 * (journal_memory.h), single-threaded, with crash points. One test suite runs over both.
 *
 * Requests belong to the caller. The request, and every row it points to, stays alive and
 * untouched from journal_post() until its done() runs. */
#ifndef HFT_JOURNAL_JOURNAL_H
#define HFT_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/compiler.h"
#include "base/id.h"
#include "record/checkpoint.h"
#include "record/chunk_digest.h"
#include "record/completed_row.h"
#include "record/log_row.h"
#include "record/queue_row.h"

struct journal;
struct log;
struct mailbox;

enum journal_change_kind {
	JOURNAL_PUT_QUEUE,	   /* queue: adds, or replaces the row of that transfer id */
	JOURNAL_REMOVE_QUEUE,	   /* transfer; removing what is not there is no error */
	JOURNAL_PUT_RESEND,	   /* resend: list_no 0 adds with a new number, else replaces */
	JOURNAL_REMOVE_RESEND,	   /* list_no; removing what is not there is no error */
	JOURNAL_PUT_CHECKPOINT,	   /* checkpoint: adds, or replaces that of transfer id and role */
	JOURNAL_REMOVE_CHECKPOINT, /* transfer, role; its digests stay */
	JOURNAL_ADD_DIGESTS,	   /* transfer, role, digests, digest_count; overrides earlier */
	JOURNAL_REMOVE_DIGESTS,	   /* transfer, role: all of them */
	JOURNAL_ADD_LOG,	   /* log: gets a sequence; a send log without a list_no also gets
				    * that of a resend row added earlier in the same commit */
	JOURNAL_PUT_COMPLETED,	   /* completed: adds, or replaces that of the transfer id */
	JOURNAL_REMOVE_COMPLETED,  /* transfer: received anew; no error if not there */
	JOURNAL_CHANGE_KINDS,	   /* how many; not a kind */
};

/* One change of a commit. Fill it with the functions below. */
struct journal_change {
	enum journal_change_kind kind; /* what it is */
	struct id transfer;	       /* removals, digests */
	uint8_t role;		       /* checkpoint removal, digests */
	uint64_t list_no;	       /* REMOVE_RESEND */
	union {			       /* borrowed until done() */
		const struct queue_row *queue;
		const struct resend_row *resend;
		const struct checkpoint *checkpoint;
		const struct log_row *log;
		const struct completed_row *completed;
		const struct chunk_digest *digests;
	};
	uint32_t digest_count; /* ADD_DIGESTS: at most HFT_JOURNAL_DIGESTS_MAX */
	uint64_t ret_list_no;  /* PUT_RESEND: the record's number */
	uint64_t ret_sequence; /* ADD_LOG: the record's sequence */
	bool ret_found;	       /* removals: it was there */
};

enum journal_request_kind {
	JOURNAL_COMMIT,		 /* commit */
	JOURNAL_LOAD_CHECKPOINT, /* load: transfer, role -> ret_checkpoint; -ENOENT if none */
	JOURNAL_LOAD_COMPLETED,	 /* load: transfer -> ret_completed; -ENOENT if none */
	JOURNAL_LOAD_DIGESTS,	 /* digests */
	JOURNAL_FIND_RESEND,	 /* find; -ENOENT if none */
	JOURNAL_LIST_QUEUE,	 /* list, rows.queue: in the order of acceptance */
	JOURNAL_LIST_RESEND,	 /* list, rows.resend: by list number */
	JOURNAL_LIST_LOG,	 /* list, rows.log: by sequence */
	JOURNAL_REQUEST_KINDS,	 /* how many; not a kind */
};

/* LOAD_CHECKPOINT and LOAD_COMPLETED: one of the ret_ pointers is set. */
struct journal_load {
	struct id transfer;		     /* which */
	uint8_t role;			     /* enum checkpoint_role, for checkpoints */
	struct checkpoint *ret_checkpoint;   /* filled on success */
	struct completed_row *ret_completed; /* filled on success */
};

/* LOAD_DIGESTS: chunks [first, first + count). */
struct journal_load_digests {
	struct id transfer;	    /* which */
	uint8_t role;		    /* enum checkpoint_role */
	uint64_t first;		    /* first chunk */
	uint32_t count;		    /* 1..HFT_JOURNAL_LOAD_DIGESTS_MAX */
	struct digest *ret_digests; /* [count]; zero where not present */
	bool *ret_present;	    /* [count] */
	uint32_t ret_present_count; /* how many are present */
};

/* FIND_RESEND: the record with that list number or, if list_no is 0, the newest one of
 * that transfer id. */
struct journal_find_resend {
	uint64_t list_no;	    /* 0 = by transfer id */
	struct id transfer;	    /* if list_no is 0 */
	struct resend_row *ret_row; /* filled on success */
};

/* LIST_*: one page. Ask again with after = ret_after while ret_more; a page may hold
 * fewer rows than limit, even none, while there is more (the work per request is
 * bounded, not the rows that a filter passes over). */
struct journal_list {
	uint64_t after;		/* key of the last row seen; 0 = from the beginning */
	uint32_t limit;		/* 1..HFT_JOURNAL_PAGE_MAX: room in the rows array */
	bool newest_first;	/* downwards; after 0 = from the end */
	uint8_t log_kind;	/* LIST_LOG: enum log_kind; 0 = every kind */
	bool by_status;		/* LIST_LOG: only rows of status */
	uint16_t status;	/* with by_status */
	uint64_t since_wall_ns; /* LIST_LOG: ended then or later; 0 = all */
	const char *host;	/* only rows of that host; NULL = all; borrowed until done() */
	const char *file_id;	/* only rows of that file id; NULL = all; borrowed until done() */
	union {			/* [limit]; filled up to ret_count */
		struct queue_row *queue;
		struct resend_row *resend;
		struct log_row *log;
	} rows;
	uint32_t ret_count; /* rows filled */
	uint64_t ret_after; /* for the next page */
	bool ret_more;	    /* there may be more */
};

struct journal_commit {
	struct journal_change changes[HFT_JOURNAL_CHANGES_MAX]; /* applied in this order */
	uint32_t count;						/* changes in use */
};

/* One question or order. Embedded in its owner; zero it before the first use. */
struct journal_request {
	enum journal_request_kind kind; /* which member of the union */
	int result;			/* 0 or negative errno, when done() runs */
	void *owner;			/* the caller's own */
	/* Called exactly once, by the loop that takes it out of reply_to, with the request as
	 * the mailbox item. */
	void (*done)(struct journal_request *request);
	struct mailbox *reply_to; /* the asking loop's; NULL: memory twin only, which then
				   * calls done() itself. Must have room for every request
				   * that loop has in flight */
	union {
		struct journal_commit commit;
		struct journal_load load;
		struct journal_load_digests digests;
		struct journal_find_resend find;
		struct journal_list list;
	};
};

/* What a journal is opened with. */
struct journal_settings {
	struct log *log;	     /* for failures, once each; NULL = nowhere; not owned */
	char node[HFT_HOST_BYTES];   /* name of this node, for the owner record; not "" */
	uint32_t complete_keep_days; /* completed ids are kept so long; 0 = HFT default of 7 */
	uint32_t log_rows_max;	     /* log rows kept; 0 = HFT_LOG_ROWS_MAX */
	uint32_t completed_rows_max; /* completed ids kept; 0 = HFT_COMPLETED_ROWS_MAX */
};

/* Counters, for status and doctor. A copy, exact only when nothing is in flight. */
struct journal_counters {
	uint64_t commits;      /* commit requests answered with 0 */
	uint64_t queries;      /* queries answered */
	uint64_t failures;     /* commit requests answered with an error */
	uint64_t transactions; /* transactions committed: commits / transactions = batch */
	uint64_t pruned_rows;  /* rows removed by retention */
};

/* Appends a change to a commit request. Each requires kind == JOURNAL_COMMIT, room for
 * one more change, and a row that stays until done(); returns the change, whose ret_
 * fields may be read when done() runs. */
struct journal_change *journal_put_queue(struct journal_request *request,
					 const struct queue_row *row);
struct journal_change *journal_remove_queue(struct journal_request *request,
					    const struct id *transfer);
struct journal_change *journal_put_resend(struct journal_request *request,
					  const struct resend_row *row);
struct journal_change *journal_remove_resend(struct journal_request *request, uint64_t list_no);
struct journal_change *journal_put_checkpoint(struct journal_request *request,
					      const struct checkpoint *row);
struct journal_change *journal_remove_checkpoint(struct journal_request *request,
						 const struct id *transfer,
						 enum checkpoint_role role);
struct journal_change *journal_add_digests(struct journal_request *request,
					   const struct id *transfer, enum checkpoint_role role,
					   const struct chunk_digest *list, uint32_t count);
struct journal_change *journal_remove_digests(struct journal_request *request,
					      const struct id *transfer, enum checkpoint_role role);
struct journal_change *journal_add_log(struct journal_request *request, const struct log_row *row);
struct journal_change *journal_put_completed(struct journal_request *request,
					     const struct completed_row *row);
struct journal_change *journal_remove_completed(struct journal_request *request,
						const struct id *transfer);

/* Makes request an empty commit that answers by done. owner, reply_to as in the struct. */
void journal_commit_begin(struct journal_request *request, void *owner,
			  void (*done)(struct journal_request *request), struct mailbox *reply_to);

/* What the recovery functions call for each row; a negative result ends the walk and is
 * returned by it. */
typedef int (*journal_queue_fn)(const struct queue_row *row, void *arg);
typedef int (*journal_checkpoint_fn)(const struct checkpoint *row, void *arg);

/* Walks all rows of the Send Queue, in the order of acceptance. Only before
 * journal_start(). Returns 0, what fn returned, or -EUCLEAN for a row that cannot be
 * read. */
HFT_MUST_USE int journal_each_queue_row(struct journal *journal, journal_queue_fn fn, void *arg);

/* Walks all checkpoints of one role, by transfer id. As above. */
HFT_MUST_USE int journal_each_checkpoint(struct journal *journal, enum checkpoint_role role,
					 journal_checkpoint_fn fn, void *arg);

/* From now on requests are worked on; starts the thread, where there is one. */
HFT_MUST_USE int journal_start(struct journal *journal);

/* Hands a request over. Any thread. Returns -EBUSY, and the request stays the caller's, if
 * HFT_JOURNAL_REQUESTS_MAX already wait; -ESHUTDOWN after journal_stop(). A request that
 * is malformed in itself (a count out of its limit) is a programmer error. */
HFT_MUST_USE int journal_post(struct journal *journal, struct journal_request *request);

/* Works on everything posted so far, answers it, and ends the thread. After this
 * journal_post() refuses. Harmless when repeated or never started. */
void journal_stop(struct journal *journal);

/* Stops, gives the ownership up, closes, frees. NULL is fine. */
void journal_free(struct journal *journal);

/* Epoch of this ownership: larger than that of every owner before. */
uint64_t journal_owner_epoch(const struct journal *journal);

/* What the owner record of the previous owner said: true if it ended without giving the
 * journal up (a crash; logged by the caller, D-221). */
bool journal_was_left_open(const struct journal *journal);

/* Copies the counters. Any thread. */
void journal_read_counters(const struct journal *journal, struct journal_counters *ret_counters);

#endif
