/* SPDX-License-Identifier: Apache-2.0 */
/* test_request_end.c -- success, failure, the shared counter, and cancel in every state. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/request_rig.h"
#include "support/rule.h"

static struct request_rig rig;

/* -- success and failure -------------------------------------------------- */

Test(request_end, success_is_one_commit_and_then_told)
{
	HFT_RULE(D_229);
	HFT_RULE(D_59);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.resend_of = 41;
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert(rig.taken.add_log && rig.taken.remove_row && rig.taken.forget_checkpoint);
	cr_assert_not(rig.taken.put_resend);
	cr_assert_eq(rig.taken.remove_list_no, 41);
	cr_assert_not(rig_last_news(&rig, NEWS_COMPLETED));
	rig_commit(&rig, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
	cr_assert_eq(rig.request.list_no, 0);
}

Test(request_end, a_final_failure_goes_to_the_resend_queue_and_keeps_the_checkpoint)
{
	HFT_RULE(D_27);
	HFT_RULE(D_57);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.resend_of = 41;
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_SOURCE_CHANGED, 0);
	cr_assert(rig.taken.add_log && rig.taken.remove_row && rig.taken.put_resend);
	cr_assert_not(rig.taken.forget_checkpoint);
	cr_assert_eq(rig.taken.remove_list_no, 41);
	cr_assert_eq(rig.taken.resend.core.resend_of, 41);
	cr_assert_not(rig_last_news(&rig, NEWS_FAILED));
	rig_commit(&rig, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_FAILED));
	cr_assert_eq(rig.request.list_no, 101);
}

struct end {
	bool peer;	 /* the receiver's: 250-x */
	uint16_t status; /* of the attempt, or x */
	uint16_t detail; /* likewise */
	bool waits;	 /* eligible for auto-wait */
};

static const struct end ends[] = {
	{false, HFT_READ_FAILED, 0, true},
	{false, HFT_READ_FAILED, HFT_DETAIL_HOST_DEAD, true},
	{false, HFT_WRITE_FAILED, HFT_DETAIL_PROCESS_GONE, true},
	{true, HFT_RECEIVE_STOPPED, 0, true},
	{true, HFT_VERIFY_FAILED, 0, true},
	{true, HFT_RECEIVE_STOPPED, HFT_DETAIL_FOR_GOOD, false},
	{true, HFT_JOB_FAILED, 0, false},
	{true, HFT_TARGET_EXISTS, 0, false},
	{true, HFT_WRITE_FAILED, 0, false},
	{false, HFT_SEND_STOPPED, HFT_DETAIL_ALL_SENT, false},
	{false, HFT_SOURCE_CHANGED, 0, false},
	{false, HFT_SOURCE_UNREADABLE, 0, false},
};

Test(request_end, what_is_resent_by_itself_and_what_is_not)
{
	HFT_RULE(D_96);
	HFT_RULE(D_97);
	HFT_RULE(D_99);
	HFT_RULE(D_100);
	HFT_RULE(D_104);
	struct queue_row row = rig_row();

	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		rig_init(&rig);
		rig_start_sending(&rig, &row);
		if (ends[i].peer)
			rig_end_peer(&rig, true, ends[i].status, ends[i].detail);
		else
			rig_end_try(&rig, true, ends[i].status, ends[i].detail);
		cr_assert_eq(rig.request.state == QUEUE_AUTO_WAIT, ends[i].waits, "%zu", i);
		cr_assert_eq(rig.resends, ends[i].waits ? 0 : 1);
		cr_assert_eq(rig.logs, 1);
	}
}

Test(request_end, a_send_stopped_here_stays_in_the_queue_for_the_next_start)
{
	HFT_RULE(D_98);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_end_try(&rig, true, HFT_SEND_STOPPED, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_FAILED));
	cr_assert_eq(rig.resends, 0);
	cr_assert(rig.row_present);
	cr_assert_eq(rig.row.auto_resends_left, 2);
	rig_restart(&rig, RIG_SECOND);
	cr_assert(rig.want_open && rig.want_ahead);
	cr_assert_eq(rig.logs, 1);
	rig_slot(&rig);
	cr_assert_eq(rig.row.core.attempts, 2);
}

Test(request_end, an_attempt_that_was_connected_is_an_attempt_whatever_its_end_says)
{
	HFT_RULE(D_95);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_end_try(&rig, false, HFT_READ_FAILED, 0);
	cr_assert_eq(rig.request.state, QUEUE_AUTO_WAIT);
	cr_assert_eq(rig.logs, 1);
}

/* -- the counter ---------------------------------------------------------- */

static void next_cycle(uint16_t status)
{
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	if (status == HFT_RECEIVE_STOPPED || status == HFT_VERIFY_FAILED)
		rig_end_peer(&rig, true, status, 0);
	else
		rig_end_try(&rig, true, status, 0);
}

Test(request_end, network_errors_failovers_and_bad_data_share_one_counter)
{
	HFT_RULE(D_102);
	HFT_RULE(D_124);
	HFT_RULE(D_125);
	HFT_RULE(D_58);
	HFT_RULE(D_213);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.rules.auto_resend_count = 3;
	rig_start_sending(&rig, &row);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	cr_assert_eq(rig.row.auto_resends_left, 2);
	next_cycle(HFT_RECEIVE_STOPPED);
	cr_assert_eq(rig.row.auto_resends_left, 1);
	cr_assert_eq(rig.row.cycle, 2);
	next_cycle(HFT_VERIFY_FAILED);
	cr_assert_eq(rig.row.auto_resends_left, 0);
	cr_assert_eq(rig.resends, 0);
	next_cycle(HFT_READ_FAILED);
	cr_assert(rig.ended);
	cr_assert_eq(rig.resends, 1);
	cr_assert_eq(rig.resend.outcome.status, HFT_READ_FAILED);
	cr_assert_eq(rig.logs, 4);
	cr_assert_eq(rig.log.attempt, 4);
	cr_assert_eq(rig.log.cycle, 3);
}

Test(request_end, each_cycle_has_fresh_tries_from_a_new_t0)
{
	HFT_RULE(D_125);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	for (int k = 1; k <= 5; k++) {
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	}
	next_cycle(HFT_READ_FAILED); /* the sixth one connects */
	t0_ns = rig.now_ns;
	cr_assert_eq(rig.request.plan.next_try, 1);
	cr_assert_eq(rig.request.plan.last_try_ns, t0_ns + 180 * RIG_SECOND);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.now_ns, t0_ns + 30 * RIG_SECOND);
}

Test(request_end, without_a_counter_every_failure_goes_to_the_resend_queue_at_once)
{
	HFT_RULE(D_124);
	HFT_RULE(D_104);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.rules.auto_resend_count = 0;
	rig_start_sending(&rig, &row);
	rig_end_peer(&rig, true, HFT_RECEIVE_STOPPED, 0);
	cr_assert(rig.ended);
	cr_assert_eq(rig.resends, 1);
}

Test(request_end, a_resend_continues_even_when_the_first_attempt_was_from_the_start)
{
	HFT_RULE(D_127);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.from_start = true;
	rig_start_try(&rig, &row);
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	cr_assert(rig.request.row.core.from_start);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	cr_assert_not(rig.row.core.from_start);
	cr_assert_eq(rig.row.core.durable_bytes, 1024);
}

/* -- cancel --------------------------------------------------------------- */

static void assert_cancelled(uint32_t attempt, uint32_t resends)
{
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_FAILED));
	cr_assert_eq(rig.news_outcome.status, HFT_CANCELLED);
	cr_assert_str_eq(rig.news_outcome.sentence, "cancelled by anna");
	cr_assert_eq(rig.log.outcome.status, HFT_CANCELLED);
	cr_assert_eq(rig.log.attempt, attempt);
	cr_assert_eq(rig.resends, resends);
	cr_assert_not(rig.row_present);
}

Test(request_end, cancel_before_the_row_is_durable)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.holds_commits = true;
	rig_accept(&rig, &row);
	rig_cancel(&rig, false);
	cr_assert_eq(rig.news_count, 0);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	assert_cancelled(0, 0);
}

Test(request_end, cancel_of_a_queued_one_leaves_a_log_and_no_record)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	rig_cancel(&rig, false);
	assert_cancelled(0, 0);
	cr_assert_eq(rig.logs, 1);
}

Test(request_end, cancel_of_a_queued_resend_leaves_the_record_it_came_from)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.kind = QUEUE_RESEND;
	row.core.attempts = 2;
	row.core.resend_of = 41;
	rig_accept(&rig, &row);
	rig_cancel(&rig, false);
	assert_cancelled(0, 0);
	cr_assert_eq(rig.removed_list_no, 0);
	cr_assert_not(rig.checkpoint_forgotten);
}

Test(request_end, cancel_with_drop_of_a_queued_resend_removes_it)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.kind = QUEUE_RESEND;
	row.core.attempts = 2;
	row.core.resend_of = 41;
	rig_accept(&rig, &row);
	rig_cancel(&rig, true);
	assert_cancelled(0, 0);
	cr_assert_eq(rig.removed_list_no, 41);
	cr_assert(rig.checkpoint_forgotten);
}

Test(request_end, cancel_of_one_that_was_found_broken_and_queues_keeps_its_work)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.kind = QUEUE_RESEND;
	row.core.attempts = 2;
	row.core.resend_of = 41;
	rig_start_sending(&rig, &row);
	rig_restart(&rig, RIG_SECOND);
	rig_restart(&rig, RIG_SECOND);
	rig_cancel(&rig, false);
	assert_cancelled(4, 1);
	cr_assert_eq(rig.removed_list_no, 41);
}

Test(request_end, cancel_while_the_broken_attempt_is_logged)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_restart(&rig, RIG_SECOND);
	rig_cancel(&rig, false);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	assert_cancelled(2, 1);
}

Test(request_end, cancel_while_an_attempt_begins)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	rig.holds_commits = true;
	rig_slot(&rig);
	rig_cancel(&rig, false);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	assert_cancelled(1, 1);
	cr_assert_eq(rig.tries, 0);
	cr_assert_not(rig.slot_held);
}

Test(request_end, cancel_of_a_try_stops_it_first)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_cancel(&rig, false);
	cr_assert(rig.stop_asked && !rig.ended);
	cr_assert_eq(rig.stop_outcome.status, HFT_CANCELLED);
	rig_cancel(&rig, true); /* once is enough */
	rig_connect(&rig);	/* on its way when we stopped it */
	rig_end_try(&rig, true, HFT_CANCELLED, 0);
	assert_cancelled(1, 1);
}

Test(request_end, cancel_between_tries)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	rig_cancel(&rig, false);
	assert_cancelled(1, 1);
	cr_assert_not(rig.slot_held);
}

Test(request_end, cancel_while_sending_keeps_the_numbers)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_cancel(&rig, false);
	rig_end_try(&rig, true, HFT_CANCELLED, 0);
	assert_cancelled(1, 1);
	cr_assert_eq(rig.log.bytes_moved, 2048);
	cr_assert_eq(rig.resend.source_offset_bytes, 1024);
	cr_assert_not(rig.checkpoint_forgotten);
}

Test(request_end, cancel_with_drop_leaves_nothing_to_resend)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.resend_of = 41;
	rig_start_sending(&rig, &row);
	rig_cancel(&rig, true);
	rig_end_try(&rig, true, HFT_CANCELLED, 0);
	assert_cancelled(1, 0);
	cr_assert(rig.checkpoint_forgotten);
	cr_assert_eq(rig.removed_list_no, 41);
	cr_assert_eq(rig.request.list_no, 0);
}

Test(request_end, a_transfer_that_was_done_before_the_cancel_came_is_done)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_cancel(&rig, false);
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
}

Test(request_end, a_loss_while_it_is_cancelled_is_not_resent)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_cancel(&rig, false);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	assert_cancelled(1, 1);
}

Test(request_end, cancel_while_the_plan_is_committed)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	rig_cancel(&rig, false);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	assert_cancelled(2, 1);
}

Test(request_end, a_second_cancel_changes_nothing)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	rig_cancel(&rig, false);
	rig_cancel(&rig, true);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	assert_cancelled(2, 1);
}

Test(request_end, cancel_while_waiting)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	rig_cancel(&rig, false);
	assert_cancelled(2, 1);
	cr_assert_eq(rig.log.bytes_moved, 0); /* of this attempt, not of the one before */
	cr_assert_eq(rig.resend.source_offset_bytes, 1024);
}

Test(request_end, cancel_of_a_try_of_the_wait)
{
	HFT_RULE(D_31);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_cancel(&rig, false);
	rig_end_try(&rig, false, HFT_CANCELLED, 0);
	assert_cancelled(2, 1);
}

Test(request_end, cancel_after_the_end_is_late)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_DONE, 0);
	rig_cancel(&rig, false);
	rig_commit(&rig, 0);
	cr_assert(rig_last_news(&rig, NEWS_COMPLETED));
	rig_cancel(&rig, false);
	cr_assert(rig_last_news(&rig, NEWS_COMPLETED));
}

/* -- commits that overlap the end ------------------------------------------ */

Test(request_end, an_end_waits_for_the_commit_that_runs)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig.holds_commits = true;
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert_not(rig.taken.remove_row);
	rig_commit(&rig, 0);
	cr_assert(rig.taken.remove_row);
	rig_commit(&rig, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
}

Test(request_end, an_end_replaces_a_commit_that_failed)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig.holds_commits = true;
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	rig_cancel(&rig, false);
	rig_commit(&rig, -EIO);
	cr_assert_not(rig.commit_open);
	(void)rig_advance(&rig, rig.now_ns + RIG_SECOND);
	cr_assert(rig.commit_open && rig.taken.remove_row && rig.taken.put_resend);
	rig_commit(&rig, 0);
	assert_cancelled(2, 1);
}
