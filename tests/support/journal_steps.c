/* SPDX-License-Identifier: Apache-2.0 */
/* journal_steps.c -- one request each, over a driver. */
#include "support/journal_steps.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/sample_rows.h"

bool is_id(const struct id *id, uint32_t number)
{
	struct id wanted = sample_id(number);

	return id_equal(id, &wanted);
}

struct journal_request *step_begin(struct journal_steps *s)
{
	journal_driver_begin(&s->driver, &s->request);
	return &s->request;
}

int step_run(struct journal_steps *s)
{
	return journal_driver_run(&s->driver, &s->request);
}

int step_put_queue(struct journal_steps *s, uint32_t number)
{
	struct queue_row row = sample_queue_row(number);

	journal_put_queue(step_begin(s), &row);
	return step_run(s);
}

uint64_t step_put_resend(struct journal_steps *s, uint32_t number)
{
	struct resend_row row = sample_resend_row(number);
	struct journal_change *change = journal_put_resend(step_begin(s), &row);

	return step_run(s) == 0 ? change->ret_list_no : 0;
}

int step_remove_resend(struct journal_steps *s, uint64_t list_no)
{
	journal_remove_resend(step_begin(s), list_no);
	return step_run(s);
}

uint64_t step_add_log(struct journal_steps *s, uint32_t number)
{
	struct log_row row = sample_log_row(number);
	struct journal_change *change = journal_add_log(step_begin(s), &row);

	return step_run(s) == 0 ? change->ret_sequence : 0;
}

int step_put_completed(struct journal_steps *s, uint32_t number, uint64_t wall_ns)
{
	struct completed_row row = sample_completed_row(number);

	row.completed_wall_ns = wall_ns;
	journal_put_completed(step_begin(s), &row);
	return step_run(s);
}

int step_add_digests(struct journal_steps *s, uint32_t number, const struct chunk_digest *list,
		     uint32_t count)
{
	struct id id = sample_id(number);

	journal_add_digests(step_begin(s), &id, CHECKPOINT_RECEIVER, list, count);
	return step_run(s);
}

int step_load_completed(struct journal_steps *s, uint32_t number, struct completed_row *row)
{
	journal_driver_query(&s->driver, &s->request, JOURNAL_LOAD_COMPLETED);
	s->request.load.transfer = sample_id(number);
	s->request.load.ret_completed = row;
	return step_run(s);
}

int step_load_checkpoint(struct journal_steps *s, uint32_t number, enum checkpoint_role role,
			 struct checkpoint *row)
{
	journal_driver_query(&s->driver, &s->request, JOURNAL_LOAD_CHECKPOINT);
	s->request.load.transfer = sample_id(number);
	s->request.load.role = (uint8_t)role;
	s->request.load.ret_checkpoint = row;
	return step_run(s);
}

int step_find_resend(struct journal_steps *s, uint64_t list_no, uint32_t number,
		     struct resend_row *row)
{
	journal_driver_query(&s->driver, &s->request, JOURNAL_FIND_RESEND);
	s->request.find.list_no = list_no;
	s->request.find.transfer = sample_id(number);
	s->request.find.ret_row = row;
	return step_run(s);
}

static void run_or_abort(struct journal_steps *s)
{
	int error = step_run(s);

	if (error == 0)
		return;
	fprintf(stderr, "a query failed: %d\n", error);
	abort();
}

uint32_t step_load_digests(struct journal_steps *s, uint32_t number, uint64_t first, uint32_t count)
{
	journal_driver_query(&s->driver, &s->request, JOURNAL_LOAD_DIGESTS);
	s->request.digests.transfer = sample_id(number);
	s->request.digests.role = CHECKPOINT_RECEIVER;
	s->request.digests.first = first;
	s->request.digests.count = count;
	s->request.digests.ret_digests = s->digests;
	s->request.digests.ret_present = s->present;
	run_or_abort(s);
	return s->request.digests.ret_present_count;
}

struct journal_list *step_prepare_list(struct journal_steps *s, enum journal_request_kind kind,
				       uint32_t limit)
{
	journal_driver_query(&s->driver, &s->request, kind);
	s->request.list.limit = limit;
	s->request.list.rows.queue = s->page.queue;
	return &s->request.list;
}

uint32_t step_list(struct journal_steps *s)
{
	run_or_abort(s);
	return s->request.list.ret_count;
}

uint32_t step_count_queue(struct journal_steps *s)
{
	(void)step_prepare_list(s, JOURNAL_LIST_QUEUE, HFT_JOURNAL_PAGE_MAX);
	return step_list(s);
}

uint32_t step_count_log(struct journal_steps *s)
{
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, HFT_JOURNAL_PAGE_MAX);
	return step_list(s);
}
