/* SPDX-License-Identifier: Apache-2.0 */
/* test_request_begin.c -- acceptance, the queue, and what a restart makes of a row. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/request_rig.h"
#include "support/rule.h"

static struct request_rig rig;

Test(request_begin, nothing_is_told_before_the_row_is_durable)
{
	HFT_RULE(D_19);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.holds_commits = true;
	rig_accept(&rig, &row);
	cr_assert(rig.commit_open && rig.taken.put_row && !rig.taken.add_log);
	cr_assert_eq(rig.news_count, 0);
	cr_assert_not(rig.want_open);
	rig_commit(&rig, 0);
	cr_assert(rig_last_news(&rig, NEWS_QUEUED));
	cr_assert(rig.want_open && !rig.want_ahead);
	cr_assert_eq(rig.row.state, QUEUE_QUEUED);
}

Test(request_begin, the_counter_is_taken_from_the_rules_at_accept)
{
	HFT_RULE(D_124);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.auto_resends_left = 99;
	row.cycle = 5;
	rig_accept(&rig, &row);
	cr_assert_eq(rig.row.auto_resends_left, 2);
	cr_assert_eq(rig.row.cycle, 0);
}

Test(request_begin, a_row_that_cannot_be_committed_is_refused_with_the_reason)
{
	HFT_RULE(D_229);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.holds_commits = true;
	rig_accept(&rig, &row);
	rig_commit(&rig, -ENOSPC);
	cr_assert(rig.ended);
	cr_assert_eq(rig.news_count, 1);
	cr_assert_eq(rig.news[0], NEWS_FAILED);
	cr_assert_eq(rig.news_outcome.cause_errno, ENOSPC);
	cr_assert_not_null(strstr(rig.news_outcome.sentence, "journal"));
	cr_assert_not_null(strstr(rig.news_outcome.sentence, strerror(ENOSPC)));
	cr_assert_not(rig.want_open);
	cr_assert_str_eq(request_state_name(&rig.request), "ended");
}

Test(request_begin, a_journal_of_another_owner_accepts_nothing)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.holds_commits = true;
	rig_accept(&rig, &row);
	rig_commit(&rig, -ESTALE);
	cr_assert_eq(rig.news_outcome.status, HFT_FENCED);
}

Test(request_begin, the_attempts_number_is_durable_before_the_first_try)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	rig.holds_commits = true;
	rig_slot(&rig);
	cr_assert_eq(rig.tries, 0);
	cr_assert(rig.commit_open && rig.taken.put_row);
	cr_assert_eq(rig.taken_row.core.attempts, 1);
	cr_assert_eq(rig.taken_row.state, QUEUE_CONNECTING);
	rig_commit(&rig, 0);
	cr_assert(rig.try_open);
	cr_assert_str_eq(request_state_name(&rig.request), "connecting");
}

Test(request_begin, a_resend_is_the_next_attempt_of_the_same_transfer)
{
	HFT_RULE(D_66);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.kind = QUEUE_RESEND;
	row.core.attempts = 4;
	row.core.resend_of = 17;
	rig_start_try(&rig, &row);
	cr_assert_eq(rig.row.core.attempts, 5);
	cr_assert(id_equal(&rig.row.core.transfer, &row.core.transfer));
	rig_connect(&rig);
	cr_assert(rig_last_news(&rig, NEWS_RESUMED));
}

Test(request_begin, a_queued_row_queues_again_after_a_restart)
{
	HFT_RULE(D_64);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	rig_restart(&rig, RIG_SECOND);
	cr_assert(rig.want_open && !rig.want_ahead);
	rig_slot(&rig);
	cr_assert(rig.try_open);
	cr_assert_eq(rig.logs, 0);
}

Test(request_begin, a_resend_goes_before_unsent_ones_after_a_restart)
{
	HFT_RULE(D_54);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.kind = QUEUE_RESEND;
	row.core.attempts = 1;
	rig_accept(&rig, &row);
	cr_assert_not(rig.want_ahead);
	rig_restart(&rig, RIG_SECOND);
	cr_assert(rig.want_ahead);
}

Test(request_begin, an_attempt_found_broken_is_logged_once_and_resent_ahead_for_nothing)
{
	HFT_RULE(D_219);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_restart(&rig, 7 * RIG_SECOND);
	cr_assert(rig.commit_open && rig.taken.add_log && rig.taken.put_row);
	cr_assert_not(rig.taken.put_resend);
	cr_assert_not(rig.taken.forget_checkpoint);
	cr_assert_eq(rig.news_count, 2); /* of before */
	rig_commit(&rig, 0);
	cr_assert(rig_last_news(&rig, NEWS_QUEUED));
	cr_assert_eq(rig.logs, 1);
	cr_assert_eq(rig.log.attempt, 1);
	cr_assert_eq(rig.log.outcome.status, HFT_FOUND_BROKEN);
	cr_assert_eq(rig.row.auto_resends_left, 2);
	cr_assert(rig.want_open && rig.want_ahead);
	rig.holds_commits = false;
	rig_slot(&rig);
	cr_assert(rig.try_open);
	cr_assert_eq(rig.row.core.attempts, 2);
}

Test(request_begin, a_slot_for_a_broken_attempt_is_used_when_its_record_is_durable)
{
	HFT_RULE(D_219);
	HFT_RULE(D_54);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_restart(&rig, RIG_SECOND);
	cr_assert(rig.want_ahead);
	rig_slot(&rig);
	cr_assert(rig.slot_held);
	cr_assert_eq(rig.tries, 1);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	cr_assert(rig.try_open);
	cr_assert_eq(rig.tries, 2);
	cr_assert_eq(rig.row.core.attempts, 2);
}

Test(request_begin, a_crash_while_the_broken_attempt_is_queued_logs_it_not_again)
{
	HFT_RULE(D_219);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_restart(&rig, RIG_SECOND);
	rig_restart(&rig, RIG_SECOND);
	cr_assert_eq(rig.logs, 1);
	cr_assert(rig.want_open && rig.want_ahead);
}

Test(request_begin, a_row_in_progress_without_an_attempt_just_queues)
{
	struct queue_row row = rig_row();
	struct request_event event = {.kind = REQUEST_RECOVER};
	struct request_action action;

	rig_init(&rig);
	row.state = QUEUE_CONNECTING;
	request_init(&rig.request, &row, &rig.rules, rig.now_ns, rig.wall_ns);
	request_handle(&rig.request, &event, rig.now_ns);
	cr_assert(request_next_action(&rig.request, &action));
	cr_assert_eq(action.kind, REQUEST_DO_WANT_SLOT);
	cr_assert_not(request_next_action(&rig.request, &action));
}

Test(request_begin, an_ad_hoc_send_found_after_a_restart_takes_the_grid)
{
	HFT_RULE(D_22);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.file_id[0] = '\0';
	row.core.detach = false;
	rig_accept(&rig, &row);
	rig_restart(&rig, RIG_SECOND);
	rig_slot(&rig);
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	cr_assert_not(rig.ended);
	cr_assert(rig_last_news(&rig, NEWS_WAITING));
}
