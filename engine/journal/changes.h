/* SPDX-License-Identifier: Apache-2.0 */
/* changes.h -- what both journals must do in exactly the same way.
 *
 * Which number a record gets, what is stored for a change, which rows a list wants, and
 * what retention takes away. Decisions only: nothing here knows where rows are kept. */
#ifndef HFT_JOURNAL_CHANGES_H
#define HFT_JOURNAL_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "journal/journal.h"

/* Changes that add rows to what retention prunes, between two looks at it. */
#define PRUNE_EVERY_COUNT 64

/* The numbers given so far. A copy is put back when a commit fails: nobody saw those. */
struct journal_numbers {
	uint64_t list_no;	    /* highest Resend Queue List No. ever given */
	uint64_t sequence;	    /* highest log sequence ever given */
	uint64_t queue;		    /* highest place in the Send Queue in use */
	uint64_t completed;	    /* highest place among the completed ids */
	uint64_t completed_wall_ns; /* wall time of the completed id added last: "now" */
	uint32_t prune_due;	    /* rows added since retention looked */
};

/* Checks a commit before anything of it is done. Returns -EINVAL if a row cannot be
 * stored (a field outside its bounds, or a list number that was never given). */
HFT_MUST_USE int commit_check(const struct journal_commit *commit,
			      const struct journal_numbers *numbers);

/* Gives change its number, if its kind gets one, into its ret_ field. list_no is that of
 * the last new PUT_RESEND of the same commit, 0 if none, and is updated. */
void change_number(struct journal_change *change, struct journal_numbers *numbers,
		   uint64_t *list_no);

/* Encodes the row of a PUT or ADD_LOG change as it is to be stored, with its number.
 * list_no is what change_number() left. Returns what the row codec returns. */
HFT_MUST_USE int change_encode(const struct journal_change *change, uint64_t list_no, void *buffer,
			       size_t capacity, size_t *ret_bytes);

/* Decodes a stored row into rows[ret_count] and counts it if the list wants it. Returns
 * -EUCLEAN for a row that cannot be read. */
HFT_MUST_USE int list_take(struct journal_list *list, enum journal_request_kind kind,
			   const void *data, size_t bytes);

/* True when the page is full. */
bool list_is_full(const struct journal_list *list);

/* The highest log sequence that retention takes away; 0 = none. */
uint64_t prune_log_through(const struct journal_numbers *numbers,
			   const struct journal_settings *settings);

/* The highest place among completed ids that retention takes away by number; 0 = none. */
uint64_t prune_completed_through(const struct journal_numbers *numbers,
				 const struct journal_settings *settings);

/* Completed ids older than this go; 0 = none. Measured from the one added last, not from
 * a clock: then both journals, and every replay of a simulation, decide alike. */
uint64_t prune_completed_before_ns(const struct journal_numbers *numbers,
				   const struct journal_settings *settings);

#endif
