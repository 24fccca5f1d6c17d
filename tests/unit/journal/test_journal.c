/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal.c -- the promise of journal.h, over both implementations.
 *
 * Each test runs twice: over SQLite and over the twin in memory. What the simulator
 * learns from the twin is then true of the real one. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "support/journal_steps.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static enum journal_driver_kind kinds[] = {DRIVE_SQLITE, DRIVE_MEMORY};

#define BOTH(name)                                                              \
	ParameterizedTestParameters(journal, name)                              \
	{                                                                       \
		return cr_make_param_array(enum journal_driver_kind, kinds, 2); \
	}                                                                       \
	ParameterizedTest(enum journal_driver_kind *kind, journal, name, .timeout = 20)

static struct journal_steps steps;
static struct journal_steps *const s = &steps;

/* ---- queue ---- */

BOTH(a_queue_row_is_there_after_reopening_as_it_was_put)
{
	HFT_RULE(D_64);
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_queue(s, 1), 0);
	journal_driver_reopen(&s->driver);
	cr_assert_eq(step_count_queue(s), 1);
	cr_assert_arr_eq(&s->page.queue[0], &row, sizeof(row));
	journal_driver_done(&s->driver);
}

BOTH(putting_a_queue_row_again_replaces_it_and_keeps_its_place)
{
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_queue(s, 1), 0);
	cr_assert_eq(step_put_queue(s, 2), 0);
	row.cycle = 77;
	step_begin(s);
	journal_put_queue(&s->request, &row);
	cr_assert_eq(step_run(s), 0);
	cr_assert_eq(step_count_queue(s), 2);
	cr_expect_eq(s->page.queue[0].cycle, 77);
	cr_expect(is_id(&s->page.queue[1].core.transfer, 2));
	journal_driver_done(&s->driver);
}

BOTH(removing_tells_whether_it_was_there_and_is_no_error_otherwise)
{
	struct id id = sample_id(1);
	struct journal_change *change;

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_queue(s, 1), 0);
	for (int round = 0; round < 2; round++) {
		step_begin(s);
		change = journal_remove_queue(&s->request, &id);
		cr_expect_eq(step_run(s), 0);
		cr_expect_eq(change->ret_found, round == 0);
	}
	cr_expect_eq(step_count_queue(s), 0);
	journal_driver_done(&s->driver);
}

static int collect_queue(const struct queue_row *row, void *arg)
{
	uint32_t *count = (uint32_t *)arg;

	s->page.queue[(*count)++] = *row;
	return *count == 3 ? -ECANCELED : 0;
}

BOTH(the_walk_at_start_gives_the_queue_in_order_and_ends_when_told)
{
	uint32_t count = 0;

	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 9; number > 5; number--)
		cr_assert_eq(step_put_queue(s, number), 0);
	/* The twin has no thread, and of SQLite's the mailbox is empty: a walk is safe. */
	journal_stop(s->driver.journal);
	cr_assert_eq(journal_each_queue_row(s->driver.journal, collect_queue, &count), -ECANCELED);
	cr_assert_eq(count, 3);
	for (uint32_t index = 0; index < 3; index++)
		cr_expect(is_id(&s->page.queue[index].core.transfer, 9 - index));
	journal_driver_done(&s->driver);
}

/* ---- resend queue and its numbers ---- */

BOTH(list_numbers_ascend_and_are_given_in_the_commit)
{
	HFT_RULE(D_56);
	struct resend_row row;

	journal_driver_init(&s->driver, *kind);
	cr_expect_eq(step_put_resend(s, 1), 1);
	cr_expect_eq(step_put_resend(s, 2), 2);
	cr_expect_eq(step_find_resend(s, 2, 0, &row), 0);
	cr_expect_eq(row.list_no, 2);
	cr_expect(is_id(&row.core.transfer, 2));
	journal_driver_done(&s->driver);
}

BOTH(a_list_number_is_never_given_twice)
{
	HFT_RULE(D_56);
	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 1), 1);
	cr_assert_eq(step_put_resend(s, 2), 2);
	cr_assert_eq(step_remove_resend(s, 2), 0);
	cr_assert_eq(step_remove_resend(s, 1), 0);
	cr_expect_eq(step_put_resend(s, 3), 3);
	cr_assert_eq(step_remove_resend(s, 3), 0);
	journal_driver_reopen(&s->driver);
	cr_expect_eq(step_put_resend(s, 4), 4);
	journal_driver_done(&s->driver);
}

BOTH(old_record_out_and_new_one_in_is_one_commit)
{
	HFT_RULE(D_57);
	struct resend_row row = sample_resend_row(1);
	struct resend_row found;
	struct journal_change *put;

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 1), 1);
	row.core.resend_of = 1;
	step_begin(s);
	journal_remove_resend(&s->request, 1);
	put = journal_put_resend(&s->request, &row);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(put->ret_list_no, 2);
	cr_expect_eq(step_find_resend(s, 1, 0, &found), -ENOENT);
	cr_expect_eq(step_find_resend(s, 0, 1, &found), 0);
	cr_expect_eq(found.list_no, 2);
	cr_expect_eq(found.core.resend_of, 1);
	journal_driver_done(&s->driver);
}

BOTH(a_resend_record_is_changed_under_its_number)
{
	HFT_RULE(D_59);
	struct resend_row row = sample_resend_row(1);
	struct journal_change *change;

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 1), 1);
	row.list_no = 1;
	row.taken = false;
	step_begin(s);
	change = journal_put_resend(&s->request, &row);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(change->ret_list_no, 1);
	cr_expect_eq(step_find_resend(s, 1, 0, &row), 0);
	cr_expect_not(row.taken);
	cr_expect_eq(step_put_resend(s, 2), 2);
	journal_driver_done(&s->driver);
}

BOTH(a_number_that_was_never_given_is_refused_with_the_whole_commit)
{
	struct resend_row row = sample_resend_row(1);
	struct queue_row queue = sample_queue_row(1);

	journal_driver_init(&s->driver, *kind);
	row.list_no = 5;
	step_begin(s);
	journal_put_queue(&s->request, &queue);
	journal_put_resend(&s->request, &row);
	cr_expect_eq(step_run(s), -EINVAL);
	cr_expect_eq(step_count_queue(s), 0);
	journal_driver_done(&s->driver);
}

BOTH(the_newest_record_of_a_transfer_is_found_by_its_id)
{
	struct resend_row row;

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 1), 1);
	cr_assert_eq(step_put_resend(s, 1), 2);
	cr_expect_eq(step_find_resend(s, 0, 1, &row), 0);
	cr_expect_eq(row.list_no, 2);
	cr_expect_eq(step_find_resend(s, 0, 2, &row), -ENOENT);
	journal_driver_done(&s->driver);
}

/* ---- checkpoints and digests ---- */

BOTH(a_checkpoint_is_loaded_as_it_was_put_and_by_role)
{
	HFT_RULE(D_86);
	struct checkpoint row = sample_checkpoint(1);
	struct checkpoint found;

	journal_driver_init(&s->driver, *kind);
	step_begin(s);
	journal_put_checkpoint(&s->request, &row);
	cr_assert_eq(step_run(s), 0);
	journal_driver_reopen(&s->driver);
	memset(&found, 0, sizeof(found));
	cr_assert_eq(step_load_checkpoint(s, 1, CHECKPOINT_RECEIVER, &found), 0);
	cr_expect_arr_eq(&found, &row, sizeof(row));
	cr_expect_eq(step_load_checkpoint(s, 1, CHECKPOINT_SENDER, &found), -ENOENT);
	cr_expect_eq(step_load_checkpoint(s, 2, CHECKPOINT_RECEIVER, &found), -ENOENT);
	journal_driver_done(&s->driver);
}

BOTH(both_roles_of_one_transfer_are_apart)
{
	struct checkpoint receiver = sample_checkpoint(1);
	struct checkpoint sender = sample_checkpoint(1);
	struct id id = sample_id(1);
	struct checkpoint found;

	journal_driver_init(&s->driver, *kind);
	sender.role = CHECKPOINT_SENDER;
	sender.attempt = 99;
	step_begin(s);
	journal_put_checkpoint(&s->request, &receiver);
	journal_put_checkpoint(&s->request, &sender);
	cr_assert_eq(step_run(s), 0);
	step_begin(s);
	journal_remove_checkpoint(&s->request, &id, CHECKPOINT_RECEIVER);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(step_load_checkpoint(s, 1, CHECKPOINT_RECEIVER, &found), -ENOENT);
	cr_expect_eq(step_load_checkpoint(s, 1, CHECKPOINT_SENDER, &found), 0);
	cr_expect_eq(found.attempt, 99);
	journal_driver_done(&s->driver);
}

static int collect_checkpoint(const struct checkpoint *row, void *arg)
{
	uint32_t *ids = (uint32_t *)arg;
	uint32_t count = ids[0];

	cr_expect(is_id(&row->transfer, 10 + count));
	ids[0]++;
	return 0;
}

BOTH(the_walk_over_checkpoints_is_by_id_and_one_role)
{
	static const uint32_t order[] = {12, 10, 11};
	uint32_t count = 0;

	journal_driver_init(&s->driver, *kind);
	for (uint32_t index = 0; index < 3; index++) {
		struct checkpoint row = sample_checkpoint(order[index]);
		struct checkpoint other = row;

		other.role = CHECKPOINT_SENDER;
		step_begin(s);
		journal_put_checkpoint(&s->request, &row);
		if (index == 0)
			journal_put_checkpoint(&s->request, &other);
		cr_assert_eq(step_run(s), 0);
	}
	journal_stop(s->driver.journal);
	cr_assert_eq(journal_each_checkpoint(s->driver.journal, CHECKPOINT_RECEIVER,
					     collect_checkpoint, &count),
		     0);
	cr_assert_eq(count, 3);
	journal_driver_done(&s->driver);
}

BOTH(digests_come_back_where_they_were_added)
{
	struct chunk_digest list[200];

	journal_driver_init(&s->driver, *kind);
	for (uint32_t index = 0; index < 200; index++)
		list[index] = (struct chunk_digest){.chunk = 1000 + index,
						    .digest = sample_digest(index)};
	cr_assert_eq(step_add_digests(s, 1, list, 200), 0);
	journal_driver_reopen(&s->driver);
	cr_assert_eq(step_load_digests(s, 1, 990, 256), 200);
	for (uint32_t index = 0; index < 256; index++) {
		bool wanted = index >= 10 && index < 210;

		cr_expect_eq(s->present[index], wanted, "%u", index);
		if (wanted)
			cr_expect(digest_equal(&s->digests[index], &list[index - 10].digest));
	}
	cr_expect_eq(step_load_digests(s, 1, 1199, 1), 1);
	cr_expect_eq(step_load_digests(s, 1, 1200, 256), 0);
	cr_expect_eq(step_load_digests(s, 2, 1000, 256), 0);
	journal_driver_done(&s->driver);
}

BOTH(a_later_digest_of_a_chunk_overrides_the_earlier)
{
	struct chunk_digest list[3] = {{.chunk = 63}, {.chunk = 64}, {.chunk = 63}};
	struct digest third = sample_digest(3);
	struct digest fourth = sample_digest(4);

	journal_driver_init(&s->driver, *kind);
	list[0].digest = sample_digest(1);
	list[1].digest = sample_digest(2);
	list[2].digest = third;
	cr_assert_eq(step_add_digests(s, 1, list, 3), 0);
	cr_expect_eq(step_load_digests(s, 1, 63, 2), 2);
	cr_expect(digest_equal(&s->digests[0], &third));
	list[0] = (struct chunk_digest){.chunk = 64, .digest = fourth};
	cr_assert_eq(step_add_digests(s, 1, list, 1), 0);
	cr_expect_eq(step_load_digests(s, 1, 63, 2), 2);
	cr_expect(digest_equal(&s->digests[0], &third));
	cr_expect(digest_equal(&s->digests[1], &fourth));
	journal_driver_done(&s->driver);
}

BOTH(a_full_change_of_digests_and_the_highest_chunks_are_taken)
{
	static struct chunk_digest list[HFT_JOURNAL_DIGESTS_MAX];

	journal_driver_init(&s->driver, *kind);
	for (uint32_t index = 0; index < HFT_JOURNAL_DIGESTS_MAX; index++)
		list[index] = (struct chunk_digest){.chunk = (UINT64_C(1) << 40) + index,
						    .digest = sample_digest(index)};
	cr_assert_eq(step_add_digests(s, 1, list, HFT_JOURNAL_DIGESTS_MAX), 0);
	cr_expect_eq(step_load_digests(s, 1, (UINT64_C(1) << 40) + 768, 256), 256);
	cr_expect(digest_equal(&s->digests[255], &list[1023].digest));
	journal_driver_done(&s->driver);
}

BOTH(removing_digests_leaves_those_of_others)
{
	struct chunk_digest list[1] = {{.chunk = 5}};
	struct id id = sample_id(1);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_add_digests(s, 1, list, 1), 0);
	cr_assert_eq(step_add_digests(s, 2, list, 1), 0);
	step_begin(s);
	journal_remove_digests(&s->request, &id, CHECKPOINT_RECEIVER);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(step_load_digests(s, 1, 0, 64), 0);
	cr_expect_eq(step_load_digests(s, 2, 0, 64), 1);
	journal_driver_done(&s->driver);
}

/* ---- completed ids ---- */

BOTH(a_completed_id_answers_until_it_is_removed)
{
	HFT_RULE(D_42);
	struct completed_row row = sample_completed_row(3);
	struct completed_row found;
	struct id id = sample_id(3);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_completed(s, 3, row.completed_wall_ns), 0);
	journal_driver_reopen(&s->driver);
	memset(&found, 0, sizeof(found));
	cr_assert_eq(step_load_completed(s, 3, &found), 0);
	cr_expect_arr_eq(&found, &row, sizeof(row));
	step_begin(s);
	journal_remove_completed(&s->request, &id);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(step_load_completed(s, 3, &found), -ENOENT);
	journal_driver_done(&s->driver);
}

/* ---- log ---- */

BOTH(log_sequences_ascend_over_a_restart)
{
	journal_driver_init(&s->driver, *kind);
	cr_expect_eq(step_add_log(s, 1), 1);
	journal_driver_reopen(&s->driver);
	cr_expect_eq(step_add_log(s, 2), 2);
	cr_expect_eq(step_count_log(s), 2);
	cr_expect_eq(s->page.log[1].sequence, 2);
	cr_expect_eq(s->page.log[1].ended_wall_ns, UINT64_C(2000000000));
	journal_driver_done(&s->driver);
}

BOTH(a_send_log_row_gets_the_list_number_of_its_commit)
{
	HFT_RULE(D_229);
	struct resend_row resend = sample_resend_row(1);
	struct log_row log = sample_log_row(1);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 7), 1);
	step_begin(s);
	journal_put_resend(&s->request, &resend);
	journal_add_log(&s->request, &log);
	cr_assert_eq(step_run(s), 0);
	cr_assert_eq(step_count_log(s), 1);
	cr_expect_eq(s->page.log[0].list_no, 2);
	journal_driver_done(&s->driver);
}

BOTH(the_log_is_paged_without_gap_or_double)
{
	uint32_t seen = 0;
	uint64_t after = 0;
	bool more = true;

	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 10; number++)
		cr_assert_eq(step_add_log(s, number), number);
	while (more) {
		(void)step_prepare_list(s, JOURNAL_LIST_LOG, 4);
		s->request.list.after = after;
		cr_assert_eq(step_run(s), 0);
		for (uint32_t index = 0; index < s->request.list.ret_count; index++)
			cr_expect_eq(s->page.log[index].sequence, ++seen);
		after = s->request.list.ret_after;
		more = s->request.list.ret_more;
	}
	cr_expect_eq(seen, 10);
	journal_driver_done(&s->driver);
}

BOTH(a_page_that_is_just_full_has_no_more)
{
	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 4; number++)
		cr_assert_eq(step_add_log(s, number), number);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 4);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(s->request.list.ret_count, 4);
	cr_expect_not(s->request.list.ret_more);
	journal_driver_done(&s->driver);
}

BOTH(the_newest_come_first_when_asked)
{
	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 5; number++)
		cr_assert_eq(step_add_log(s, number), number);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 2);
	s->request.list.newest_first = true;
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(s->page.log[0].sequence, 5);
	cr_expect_eq(s->page.log[1].sequence, 4);
	cr_expect(s->request.list.ret_more);
	s->request.list.after = s->request.list.ret_after;
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(s->page.log[0].sequence, 3);
	journal_driver_done(&s->driver);
}

BOTH(log_filters_narrow_by_kind_status_time_host_and_file_id)
{
	struct log_row receive = sample_log_row(7);

	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 6; number++)
		cr_assert_eq(step_add_log(s, number), number);
	receive.kind = LOG_RECEIVE;
	outcome_set(&receive.outcome, HFT_DONE, 0, "done");
	step_begin(s);
	journal_add_log(&s->request, &receive);
	cr_assert_eq(step_run(s), 0);

	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 64);
	s->request.list.log_kind = LOG_SEND;
	cr_expect_eq(step_list(s), 6);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 64);
	s->request.list.by_status = true;
	cr_expect_eq(step_list(s), 1);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 64);
	s->request.list.since_wall_ns = UINT64_C(5000000000);
	cr_expect_eq(step_list(s), 3);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 64);
	s->request.list.host = "host1";
	cr_expect_eq(step_list(s), 4);
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 64);
	s->request.list.host = "host1";
	s->request.list.file_id = "FILE1";
	cr_expect_eq(step_list(s), 2);
	journal_driver_done(&s->driver);
}

BOTH(queue_lists_are_filtered_by_host_and_resend_lists_are_by_number)
{
	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 5; number++) {
		cr_assert_eq(step_put_queue(s, number), 0);
		cr_assert_eq(step_put_resend(s, 6 - number), number);
	}
	(void)step_prepare_list(s, JOURNAL_LIST_QUEUE, 64);
	s->request.list.host = "host0";
	cr_expect_eq(step_list(s), 2);
	(void)step_prepare_list(s, JOURNAL_LIST_RESEND, 64);
	s->request.list.after = 2;
	cr_expect_eq(step_list(s), 3);
	cr_expect_eq(s->page.resend[0].list_no, 3);
	cr_expect_eq(s->page.resend[2].list_no, 5);
	journal_driver_done(&s->driver);
}

BOTH(queues_are_listed_newest_first_when_asked)
{
	journal_driver_init(&s->driver, *kind);
	for (uint32_t number = 1; number <= 4; number++) {
		cr_assert_eq(step_put_queue(s, number), 0);
		cr_assert_eq(step_put_resend(s, number), number);
	}
	step_prepare_list(s, JOURNAL_LIST_QUEUE, 2)->newest_first = true;
	cr_assert_eq(step_list(s), 2);
	cr_expect(is_id(&s->page.queue[0].core.transfer, 4));
	cr_expect(is_id(&s->page.queue[1].core.transfer, 3));
	step_prepare_list(s, JOURNAL_LIST_RESEND, 2)->newest_first = true;
	s->request.list.after = 3;
	cr_assert_eq(step_list(s), 2);
	cr_expect_eq(s->page.resend[0].list_no, 2);
	cr_expect_not(s->request.list.ret_more);
	journal_driver_done(&s->driver);
}

/* ---- commits ---- */

BOTH(a_commit_is_all_or_nothing)
{
	HFT_RULE(D_229);
	struct queue_row good = sample_queue_row(1);
	struct log_row bad = sample_log_row(1);
	struct resend_row resend = sample_resend_row(1);

	journal_driver_init(&s->driver, *kind);
	bad.kind = 99;
	step_begin(s);
	journal_put_queue(&s->request, &good);
	journal_put_resend(&s->request, &resend);
	journal_add_log(&s->request, &bad);
	cr_expect_eq(step_run(s), -EINVAL);
	cr_expect_eq(step_count_queue(s), 0);
	cr_expect_eq(step_count_log(s), 0);
	/* Nobody saw the number, so it is given now. */
	cr_expect_eq(step_put_resend(s, 2), 1);
	journal_driver_done(&s->driver);
}

BOTH(one_bad_commit_among_many_fails_alone)
{
	static struct journal_request many[20];
	static struct queue_row rows[20];

	journal_driver_init(&s->driver, *kind);
	for (uint32_t index = 0; index < 20; index++) {
		rows[index] = sample_queue_row(index);
		if (index == 7)
			rows[index].kind = 0;
		journal_driver_begin(&s->driver, &many[index]);
		journal_put_queue(&many[index], &rows[index]);
	}
	for (uint32_t index = 0; index < 20; index++)
		journal_driver_post(&s->driver, &many[index]);
	journal_driver_take(&s->driver, 20);
	for (uint32_t index = 0; index < 20; index++)
		cr_expect_eq(many[index].result, index == 7 ? -EINVAL : 0, "%u", index);
	cr_expect_eq(step_count_queue(s), 19);
	journal_driver_done(&s->driver);
}

BOTH(a_query_sees_the_commits_before_it_and_none_behind)
{
	struct journal_request commits[2];
	struct queue_row rows[2] = {sample_queue_row(1), sample_queue_row(2)};

	journal_driver_init(&s->driver, *kind);
	for (int index = 0; index < 2; index++) {
		journal_driver_begin(&s->driver, &commits[index]);
		journal_put_queue(&commits[index], &rows[index]);
	}
	(void)step_prepare_list(s, JOURNAL_LIST_QUEUE, 64);
	journal_driver_post(&s->driver, &commits[0]);
	journal_driver_post(&s->driver, &s->request);
	journal_driver_post(&s->driver, &commits[1]);
	journal_driver_take(&s->driver, 3);
	cr_expect_eq(s->request.list.ret_count, 1);
	cr_expect_eq(step_count_queue(s), 2);
	journal_driver_done(&s->driver);
}

BOTH(eight_changes_fit_one_commit)
{
	struct queue_row queue = sample_queue_row(1);
	struct resend_row resend = sample_resend_row(2);
	struct checkpoint checkpoint = sample_checkpoint(3);
	struct completed_row completed = sample_completed_row(4);
	struct log_row log = sample_log_row(5);
	struct chunk_digest list[1] = {{.chunk = 1}};
	struct completed_row found;

	journal_driver_init(&s->driver, *kind);
	step_begin(s);
	journal_put_queue(&s->request, &queue);
	journal_put_resend(&s->request, &resend);
	journal_put_checkpoint(&s->request, &checkpoint);
	journal_add_digests(&s->request, &checkpoint.transfer, CHECKPOINT_RECEIVER, list, 1);
	journal_add_log(&s->request, &log);
	journal_put_completed(&s->request, &completed);
	journal_remove_queue(&s->request, &queue.core.transfer);
	journal_remove_digests(&s->request, &queue.core.transfer, CHECKPOINT_SENDER);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(step_count_queue(s), 0);
	cr_expect_eq(step_load_completed(s, 4, &found), 0);
	cr_expect_eq(step_load_digests(s, 3, 0, 2), 1);
	journal_driver_done(&s->driver);
}

Test(journal, a_ninth_change_is_a_bug, .signal = SIGABRT)
{
	struct id id = sample_id(1);

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	step_begin(s);
	for (int index = 0; index < 9; index++)
		journal_remove_queue(&s->request, &id);
}

Test(journal, an_empty_commit_is_a_bug, .signal = SIGABRT)
{
	journal_driver_init(&s->driver, DRIVE_MEMORY);
	step_begin(s);
	journal_driver_post(&s->driver, &s->request);
}

/* ---- ownership, stop, counters ---- */

BOTH(each_opening_raises_the_owner_epoch_by_one)
{
	HFT_RULE(D_221);
	journal_driver_init(&s->driver, *kind);
	cr_expect_eq(journal_owner_epoch(s->driver.journal), 1);
	cr_expect_not(journal_was_left_open(s->driver.journal));
	journal_driver_reopen(&s->driver);
	cr_expect_eq(journal_owner_epoch(s->driver.journal), 2);
	cr_expect_not(journal_was_left_open(s->driver.journal));
	journal_driver_done(&s->driver);
}

BOTH(a_stopped_journal_has_answered_all_and_takes_no_more)
{
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, *kind);
	step_begin(s);
	journal_put_queue(&s->request, &row);
	journal_driver_post(&s->driver, &s->request);
	journal_stop(s->driver.journal);
	journal_stop(s->driver.journal);
	journal_driver_take(&s->driver, 1);
	cr_expect_eq(s->request.result, 0);
	cr_expect_eq(journal_post(s->driver.journal, &s->request), -ESHUTDOWN);
	journal_driver_done(&s->driver);
}

BOTH(the_counters_count)
{
	struct queue_row bad = sample_queue_row(1);
	struct journal_counters counters;

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_queue(s, 1), 0);
	cr_assert_eq(step_count_queue(s), 1);
	bad.kind = 0;
	step_begin(s);
	journal_put_queue(&s->request, &bad);
	cr_assert_eq(step_run(s), -EINVAL);
	journal_read_counters(s->driver.journal, &counters);
	cr_expect_eq(counters.commits, 1);
	cr_expect_eq(counters.queries, 1);
	cr_expect_eq(counters.failures, 1);
	cr_expect_geq(counters.transactions, 1);
	journal_driver_done(&s->driver);
}

/* ---- retention ---- */

BOTH(the_log_does_not_grow_for_ever)
{
	journal_driver_init(&s->driver, *kind);
	s->driver.settings.log_rows_max = 20;
	journal_driver_reopen(&s->driver);
	for (uint32_t number = 1; number <= 200; number++)
		cr_assert_eq(step_add_log(s, number), number);
	/* Looked after every 64 rows at the latest, so never more than 20 + 63. */
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 1);
	cr_assert_eq(step_run(s), 0);
	cr_expect_geq(s->page.log[0].sequence, 200 - 20 - 63);
	/* And what is kept are the newest. */
	(void)step_prepare_list(s, JOURNAL_LIST_LOG, 1);
	s->request.list.newest_first = true;
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(s->page.log[0].sequence, 200);
	journal_driver_reopen(&s->driver);
	cr_expect_eq(step_add_log(s, 201), 201);
	cr_expect_eq(step_count_log(s), 20);
	journal_driver_done(&s->driver);
}

BOTH(completed_ids_expire_after_complete_keep)
{
	HFT_RULE(D_42);
	const uint64_t day_ns = UINT64_C(86400) * 1000000000;
	struct completed_row found;

	journal_driver_init(&s->driver, *kind);
	s->driver.settings.complete_keep_days = 2;
	cr_assert_eq(step_put_completed(s, 1, 10 * day_ns), 0);
	cr_assert_eq(step_put_completed(s, 2, 11 * day_ns), 0);
	journal_driver_reopen(&s->driver);
	cr_assert_eq(step_put_completed(s, 3, 12 * day_ns + 1), 0);
	cr_expect_eq(step_load_completed(s, 1, &found), -ENOENT);
	cr_expect_eq(step_load_completed(s, 2, &found), 0);
	cr_expect_eq(step_load_completed(s, 3, &found), 0);
	journal_driver_done(&s->driver);
}

BOTH(completed_ids_are_bounded_in_number)
{
	struct completed_row found;

	journal_driver_init(&s->driver, *kind);
	s->driver.settings.completed_rows_max = 10;
	for (uint32_t number = 1; number <= 30; number++)
		cr_assert_eq(step_put_completed(s, number, UINT64_C(1000000000)), 0);
	journal_driver_reopen(&s->driver);
	cr_assert_eq(step_put_completed(s, 31, UINT64_C(1000000000)), 0);
	cr_expect_eq(step_load_completed(s, 21, &found), -ENOENT);
	cr_expect_eq(step_load_completed(s, 22, &found), 0);
	journal_driver_done(&s->driver);
}

BOTH(the_highest_list_number_also_counts_when_only_the_log_knows_it)
{
	HFT_RULE(D_56);
	struct log_row log = sample_log_row(1);

	journal_driver_init(&s->driver, *kind);
	cr_assert_eq(step_put_resend(s, 1), 1);
	log.list_no = 1;
	step_begin(s);
	journal_add_log(&s->request, &log);
	journal_remove_resend(&s->request, 1);
	cr_assert_eq(step_run(s), 0);
	journal_driver_reopen(&s->driver);
	cr_expect_eq(step_put_resend(s, 2), 2);
	journal_driver_done(&s->driver);
}
