/* SPDX-License-Identifier: Apache-2.0 */
/* journal_steps.h -- what tests of the journal do again and again, each in one call.
 *
 * A step builds one request for a driver, runs it, and gives what came of it. Pages and
 * digests that were asked for lie in the struct until the next step of that kind. */
#ifndef HFT_TESTS_JOURNAL_STEPS_H
#define HFT_TESTS_JOURNAL_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "support/journal_driver.h"

struct journal_steps {
	struct journal_driver driver;	/* over which journal */
	struct journal_request request; /* of the last step */
	union {				/* rows of the last list */
		struct queue_row queue[HFT_JOURNAL_PAGE_MAX];
		struct resend_row resend[HFT_JOURNAL_PAGE_MAX];
		struct log_row log[HFT_JOURNAL_PAGE_MAX];
	} page;
	struct digest digests[HFT_JOURNAL_LOAD_DIGESTS_MAX]; /* of the last step_load_digests() */
	bool present[HFT_JOURNAL_LOAD_DIGESTS_MAX];	     /* which of them are there */
};

/* True if id is sample_id(number). */
bool is_id(const struct id *id, uint32_t number);

/* Begins an empty commit in s->request. */
struct journal_request *step_begin(struct journal_steps *s);

/* Runs s->request; returns its result. */
int step_run(struct journal_steps *s);

/* Puts sample_queue_row(number); returns the result. */
int step_put_queue(struct journal_steps *s, uint32_t number);

/* Puts sample_resend_row(number); returns its list number, 0 on failure. */
uint64_t step_put_resend(struct journal_steps *s, uint32_t number);

/* Removes that record; returns the result. */
int step_remove_resend(struct journal_steps *s, uint64_t list_no);

/* Adds sample_log_row(number); returns its sequence, 0 on failure. */
uint64_t step_add_log(struct journal_steps *s, uint32_t number);

/* Puts sample_completed_row(number), completed at wall_ns; returns the result. */
int step_put_completed(struct journal_steps *s, uint32_t number, uint64_t wall_ns);

/* Adds digests of the receiver; returns the result. */
int step_add_digests(struct journal_steps *s, uint32_t number, const struct chunk_digest *list,
		     uint32_t count);

/* Each loads what its request kind loads; returns the result. */
int step_load_completed(struct journal_steps *s, uint32_t number, struct completed_row *row);
int step_load_checkpoint(struct journal_steps *s, uint32_t number, enum checkpoint_role role,
			 struct checkpoint *row);
int step_find_resend(struct journal_steps *s, uint64_t list_no, uint32_t number,
		     struct resend_row *row);

/* Loads digests of the receiver into s; returns how many are present. */
uint32_t step_load_digests(struct journal_steps *s, uint32_t number, uint64_t first,
			   uint32_t count);

/* Makes s->request a list of that kind, without filters. */
struct journal_list *step_prepare_list(struct journal_steps *s, enum journal_request_kind kind,
				       uint32_t limit);

/* Runs the prepared list; returns how many rows it gave. */
uint32_t step_list(struct journal_steps *s);

/* Lists without filter, one page; returns how many rows there are. */
uint32_t step_count_queue(struct journal_steps *s);
uint32_t step_count_log(struct journal_steps *s);

#endif
