/* SPDX-License-Identifier: Apache-2.0 */
/* test_request_try.c -- first connects and auto-waits, in simulated time. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "support/request_rig.h"
#include "support/rule.h"

static struct request_rig rig;

static uint64_t since(uint64_t from_ns)
{
	return (rig.now_ns - from_ns) / RIG_SECOND;
}

static void fail_try(void)
{
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
}

/* -- first connect ------------------------------------------------------- */

Test(request_try, a_first_connect_tries_on_the_grid_and_ends_with_202_901)
{
	HFT_RULE(D_22);
	HFT_RULE(D_239);
	struct queue_row row = rig_row();
	uint64_t start_ns;

	rig_init(&rig);
	rig_start_try(&rig, &row);
	start_ns = rig.now_ns;
	for (uint32_t k = 0; k <= 5; k++) {
		cr_assert_eq(rig.try_started_ns, start_ns + k * 30 * RIG_SECOND);
		cr_assert_eq(rig.try_deadline_ns, rig.try_started_ns + 10 * RIG_SECOND);
		cr_assert(rig.slot_held);
		(void)rig_advance(&rig, rig.now_ns + 2 * RIG_SECOND);
		fail_try();
		if (k == 5)
			break;
		cr_assert(rig_last_news(&rig, NEWS_WAITING));
		cr_assert_eq(rig.news_outcome.status, HFT_CONNECT_FAILED);
		cr_assert_eq(rig.request.plan.next_try, k + 1);
		cr_assert_eq(rig.request.plan.tries, 6);
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	}
	cr_assert(rig.ended);
	cr_assert_eq(rig.tries, 6);
	cr_assert_eq(since(start_ns), 152);
	cr_assert_eq(rig.resend.outcome.status, HFT_CONNECT_FAILED);
	cr_assert_eq(rig.resend.outcome.detail, HFT_DETAIL_TRIES_USED_UP);
	cr_assert_eq(rig.logs, 1);
	cr_assert_eq(rig.log.attempt, 1);
	cr_assert_eq(rig.resends, 1);
}

Test(request_try, the_sentence_of_202_901_has_window_tries_number_and_reason)
{
	HFT_RULE(D_239);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.rules.retry_count = 1;
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	fail_try();
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	fail_try();
	cr_assert(rig.ended);
	cr_assert_eq(rig.request.list_no, 101);
	cr_assert_str_eq(rig.news_outcome.sentence,
			 "tokyo was not ready within 60 s (2 tries); waits in the Resend Queue as "
			 "101; the last try: what happened");
	cr_assert_str_eq(rig.log.outcome.sentence,
			 "tokyo was not ready within 60 s (2 tries); waits in the Resend Queue; "
			 "the last try: what happened");
}

Test(request_try, an_ad_hoc_send_that_is_waited_for_fails_at_once_and_can_be_resent)
{
	HFT_RULE(D_22);
	HFT_RULE(D_63);
	HFT_RULE(D_238);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.file_id[0] = '\0';
	row.core.detach = false;
	rig_start_try(&rig, &row);
	fail_try();
	cr_assert(rig.ended);
	cr_assert_eq(rig.tries, 1);
	cr_assert_eq(rig.news_outcome.status, HFT_CONNECT_FAILED);
	cr_assert_eq(rig.news_outcome.detail, 0);
	cr_assert_eq(rig.resends, 1);
	cr_assert_eq(rig.request.list_no, 101);
}

static void assert_takes_the_grid(const struct queue_row *row)
{
	rig_init(&rig);
	rig_start_try(&rig, row);
	fail_try();
	cr_assert_not(rig.ended);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.tries, 2);
}

Test(request_try, detached_defined_and_resent_ones_take_the_grid)
{
	HFT_RULE(D_22);
	struct queue_row row = rig_row();

	row.core.detach = false;
	assert_takes_the_grid(&row);
	row.core.detach = true;
	row.core.file_id[0] = '\0';
	assert_takes_the_grid(&row);
	row.core.detach = false;
	row.kind = QUEUE_RESEND;
	assert_takes_the_grid(&row);
}

Test(request_try, an_ad_hoc_send_that_connected_is_auto_resent_like_others)
{
	HFT_RULE(D_63);
	struct queue_row row = rig_row();

	rig_init(&rig);
	row.core.file_id[0] = '\0';
	row.core.detach = false;
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	fail_try();
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.tries, 3);
}

Test(request_try, a_connection_lost_before_the_offer_was_accepted_is_202_0)
{
	HFT_RULE(D_22);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_end_try(&rig, false, HFT_READ_FAILED, HFT_DETAIL_HOST_DEAD);
	cr_assert(rig_last_news(&rig, NEWS_WAITING));
	cr_assert_eq(rig.news_outcome.status, HFT_CONNECT_FAILED);
	cr_assert_eq(rig.news_outcome.detail, 0);
	cr_assert_str_eq(rig.news_outcome.sentence, "what happened");
}

/* -- what a try means ---------------------------------------------------- */

struct answer {
	uint16_t status; /* the receiver's */
	uint16_t detail; /* likewise */
	bool is_final;	 /* or the grid goes on */
};

static const struct answer answers[] = {
	{HFT_REFUSED, 0, true},
	{HFT_NOT_FOUND, 0, true},
	{HFT_NO_AGREEMENT, 0, true},
	{HFT_TARGET_EXISTS, 0, true},
	{HFT_TARGET_UNWRITABLE, 0, true},
	{HFT_RESUME_REFUSED, 0, true},
	{HFT_RECEIVER_BUSY, 0, false},
	{HFT_NOT_READY, 0, false},
	{HFT_SERVICE_MISSING, HFT_DETAIL_NO_RECEIVE, false},
	{HFT_RECEIVE_STOPPED, 0, false},
	{HFT_FENCED, 0, false},
};

static void assert_answer(const struct answer *answer)
{
	if (!answer->is_final) {
		cr_assert_eq(rig.request.state, QUEUE_AUTO_WAIT, "%u", answer->status);
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		return;
	}
	cr_assert(rig.ended, "%u", answer->status);
	cr_assert_eq(rig.resends, 1);
	cr_assert_eq(rig.resend.outcome.status, HFT_RECEIVER_FAILED);
	cr_assert_eq(rig.resend.outcome.detail, answer->status);
}

Test(request_try, refusals_end_the_cycle_and_a_service_that_is_not_ready_does_not)
{
	HFT_RULE(D_115);
	HFT_RULE(D_99);
	struct queue_row row = rig_row();

	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		rig_init(&rig);
		rig_start_waiting(&rig, &row);
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		rig_end_peer(&rig, false, answers[i].status, answers[i].detail);
		assert_answer(&answers[i]);
	}
}

Test(request_try, a_refusal_ends_the_first_connect_at_once)
{
	HFT_RULE(D_115);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_end_peer(&rig, false, HFT_REFUSED, 0);
	cr_assert(rig.ended);
	cr_assert_eq(rig.log.attempt, 1);
	cr_assert_eq(rig.resends, 1);
}

Test(request_try, a_busy_receiver_ends_it_where_busy_is_no_try)
{
	HFT_RULE(D_115);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.rules.retry_on_busy = false;
	rig_start_try(&rig, &row);
	rig_end_peer(&rig, false, HFT_RECEIVER_BUSY, 0);
	cr_assert(rig.ended);
	cr_assert_eq(rig.news_outcome.detail, HFT_RECEIVER_BUSY);
}

Test(request_try, an_unreadable_source_is_not_tried_again)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_end_try(&rig, false, HFT_SOURCE_UNREADABLE, 0);
	cr_assert(rig.ended);
	cr_assert_eq(rig.news_outcome.status, HFT_SOURCE_UNREADABLE);
}

Test(request_try, a_stored_result_completes_without_a_transfer)
{
	HFT_RULE(D_42);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_end_try(&rig, false, HFT_DONE, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
	cr_assert_eq(rig.resends, 0);
}

/* -- auto-wait ----------------------------------------------------------- */

Test(request_try, the_table_of_30_s_and_5_to_its_end)
{
	HFT_RULE(D_110);
	HFT_RULE(D_111);
	HFT_RULE(D_112);
	HFT_RULE(D_116);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	for (uint32_t k = 1; k <= 6; k++) {
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		cr_assert_eq(rig.now_ns, t0_ns + k * 30 * RIG_SECOND);
		cr_assert_eq(rig.try_deadline_ns, rig.now_ns + 10 * RIG_SECOND);
		cr_assert_not(rig.slot_held);
		(void)rig_advance(&rig, rig.try_deadline_ns);
		cr_assert_not(rig.ended);
		fail_try();
	}
	cr_assert(rig.ended);
	cr_assert_eq(since(t0_ns), 190);
	cr_assert_eq(rig.tries, 7);
	cr_assert_eq(rig.resend.outcome.detail, HFT_DETAIL_TRIES_USED_UP);
	cr_assert_eq(rig.request.row.auto_resends_left, 1); /* terminal all the same */
	cr_assert_eq(rig.logs, 2);
	cr_assert_eq(rig.log.attempt, 2);
	cr_assert_eq(rig.log.cycle, 1);
}

/* A standby that is ready so many seconds after t0 is reached by this try. */
static const struct {
	uint64_t ready_s;
	uint32_t k;
} standby[] = {{0, 1},	{30, 1},  {31, 2},  {60, 2},  {61, 3},	{90, 3},
	       {91, 4}, {120, 4}, {121, 5}, {150, 5}, {151, 6}, {180, 6}};

static uint32_t first_try_not_before(uint64_t ready_ns)
{
	for (uint32_t k = 1;; k++) {
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		if (rig.now_ns >= ready_ns)
			return k;
		fail_try();
	}
}

Test(request_try, the_try_that_reaches_a_standby)
{
	HFT_RULE(D_111);
	HFT_RULE(D_119);
	HFT_RULE(D_127);
	struct queue_row row = rig_row();

	for (size_t i = 0; i < ARRAY_COUNT(standby); i++) {
		rig_init(&rig);
		rig_start_waiting(&rig, &row);
		cr_assert_eq(first_try_not_before(rig.now_ns + standby[i].ready_s * RIG_SECOND),
			     standby[i].k);
		rig_connect(&rig);
		cr_assert(rig_last_news(&rig, NEWS_RESUMED));
		cr_assert_not(outcome_is_done(&rig.news_outcome)); /* the latest one */
		cr_assert_eq(rig.row.core.attempts, 2);
		rig_end_try(&rig, true, HFT_DONE, 0);
		cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
		cr_assert_eq(rig.log.attempt, 2);
	}
}

Test(request_try, the_plan_is_shown_when_the_wait_begins)
{
	HFT_RULE(D_120);
	struct queue_row row = rig_row();
	const struct request_plan *plan = &rig.request.plan;

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_last_news(&rig, NEWS_WAITING));
	cr_assert_eq(rig.news_outcome.status, HFT_READ_FAILED);
	cr_assert_eq(plan->cycle, 1);
	cr_assert_eq(plan->cycles, 2);
	cr_assert_eq(plan->first_try_ns, rig.now_ns + 30 * RIG_SECOND);
	cr_assert_eq(plan->last_try_ns, rig.now_ns + 180 * RIG_SECOND);
	cr_assert_eq(plan->next_try_ns, plan->first_try_ns);
	cr_assert_eq(plan->next_try, 1);
	cr_assert_eq(plan->tries, 6);
	cr_assert_eq(plan->window_ns, 180 * RIG_SECOND);
	cr_assert_eq(rig.row.next_try, 1);
	cr_assert_eq(rig.row.wait_from_wall_ns, RIG_WALL_NS + rig.now_ns);
	cr_assert_eq(rig.row.wait_until_wall_ns, RIG_WALL_NS + rig.now_ns + 180 * RIG_SECOND);
	cr_assert_eq(rig.row.last.status, HFT_READ_FAILED);
	cr_assert_str_eq(request_state_name(&rig.request), "auto-wait");
}

Test(request_try, t0_is_the_end_of_the_attempt_and_not_of_its_commit)
{
	HFT_RULE(D_109);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	t0_ns = rig.now_ns;
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	rig.now_ns += 5 * RIG_SECOND;
	rig_commit(&rig, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.now_ns, t0_ns + 30 * RIG_SECOND);
}

Test(request_try, no_try_before_the_counter_is_durable)
{
	HFT_RULE(D_126);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	t0_ns = rig.now_ns;
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	cr_assert(rig.taken.add_log && rig.taken.put_row);
	cr_assert_eq(rig.taken_row.auto_resends_left, 1);
	cr_assert_not(rig_advance(&rig, rig.now_ns + 40 * RIG_SECOND));
	cr_assert_eq(rig.tries, 1);
	rig.holds_commits = false;
	rig_commit(&rig, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.now_ns, t0_ns + 60 * RIG_SECOND);
}

Test(request_try, without_a_count_there_is_one_try)
{
	HFT_RULE(D_114);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig.rules.retry_count = 0;
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(since(t0_ns), 30);
	fail_try();
	cr_assert(rig.ended);
}

Test(request_try, without_an_interval_tries_follow_each_other)
{
	HFT_RULE(D_114);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig.rules.retry_interval_ns = 0;
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	cr_assert(rig.try_open); /* at once */
	for (uint32_t k = 1; k < 6; k++) {
		cr_assert_eq(rig.now_ns, t0_ns + (k - 1) * RIG_SECOND / 10);
		cr_assert_eq(rig.try_deadline_ns, rig.now_ns + 10 * RIG_SECOND);
		fail_try();
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	}
	fail_try();
	cr_assert(rig.ended);
	cr_assert_eq(rig.resend.outcome.detail, HFT_DETAIL_TRIES_USED_UP);
}

Test(request_try, a_wait_holds_no_slot_and_takes_one_ahead_when_it_connects)
{
	HFT_RULE(D_55);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert_not(rig.slot_held);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_not(rig.want_open);
	rig_connect(&rig);
	cr_assert(rig.want_open && rig.want_ahead);
	rig_slot(&rig);
	cr_assert(rig.slot_held);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	cr_assert_not(rig.slot_held);
}

Test(request_try, a_slot_that_comes_after_the_resend_ended_is_given_back)
{
	HFT_RULE(D_55);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	cr_assert_eq(rig.request.state, QUEUE_AUTO_WAIT);
	rig_slot(&rig);
	cr_assert_not(rig.slot_held);
}

Test(request_try, a_resend_under_way_is_durable_as_such)
{
	HFT_RULE(D_126);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	cr_assert_eq(rig.row.state, QUEUE_SENDING);
	cr_assert_eq(rig.row.core.attempts, 2);
	cr_assert_eq(rig.row.wait_from_wall_ns, 0);
	rig_restart(&rig, RIG_SECOND);
	cr_assert_eq(rig.log.attempt, 2);
	cr_assert_eq(rig.log.cycle, 1);
	cr_assert_eq(rig.log.outcome.status, HFT_FOUND_BROKEN);
	cr_assert_eq(rig.row.auto_resends_left, 1);
}

/* -- restart in the middle ------------------------------------------------ */

Test(request_try, a_restart_goes_on_with_the_grid_of_before)
{
	HFT_RULE(D_117);
	HFT_RULE(D_126);
	HFT_RULE(D_189);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	fail_try();
	rig_restart(&rig, 45 * RIG_SECOND); /* 75 s after t0 */
	cr_assert_eq(rig.request.state, QUEUE_AUTO_WAIT);
	cr_assert_eq(rig.request.row.auto_resends_left, 1);
	cr_assert_eq(rig.request.plan.next_try, 3);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(since(t0_ns), 90);
	for (uint32_t k = 3; k < 6; k++) {
		fail_try();
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	}
	cr_assert_eq(since(t0_ns), 180);
	fail_try();
	cr_assert(rig.ended);
	cr_assert_eq(rig.log.attempt, 2);
}

Test(request_try, after_the_window_a_restart_tries_once_at_once)
{
	HFT_RULE(D_117);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	rig_restart(&rig, 1000 * RIG_SECOND);
	cr_assert(rig_advance(&rig, rig.now_ns));
	fail_try();
	cr_assert(rig.ended);
	cr_assert_eq(rig.resend.outcome.detail, HFT_DETAIL_TRIES_USED_UP);
}

Test(request_try, a_boot_begins_the_clock_anew_but_not_the_grid)
{
	HFT_RULE(D_117);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	/* 40 s later by the wall clock, and the loop's clock begins with the boot. */
	rig.wall_ns += rig.now_ns + 40 * RIG_SECOND - 3 * RIG_SECOND;
	rig.now_ns = 3 * RIG_SECOND;
	rig_restart(&rig, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(rig.now_ns, 23 * RIG_SECOND);
	cr_assert_eq(rig.request.plan.next_try, 2);
}

Test(request_try, a_wall_clock_set_back_does_not_prolong_the_wait)
{
	HFT_RULE(D_117);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	rig.wall_ns -= 9999 * RIG_SECOND;
	rig_restart(&rig, 0);
	cr_assert(rig_advance(&rig, rig.now_ns + 30 * RIG_SECOND));
}

Test(request_try, points_slept_through_are_not_made_up)
{
	HFT_RULE(D_117);
	struct queue_row row = rig_row();
	struct request_event tick = {.kind = REQUEST_TICK};
	uint64_t t0_ns;

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	rig.now_ns += 100 * RIG_SECOND; /* suspended */
	request_handle(&rig.request, &tick, rig.now_ns);
	cr_assert_eq(rig.request.plan.next_try, 4);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	cr_assert_eq(since(t0_ns), 120);
	cr_assert_eq(rig.tries, 2);
}

/* -- early reconnect ------------------------------------------------------ */

Test(request_try, a_sign_adds_one_try_and_does_not_move_the_grid)
{
	HFT_RULE(D_123);
	struct queue_row row = rig_row();
	uint64_t t0_ns;

	rig_init(&rig);
	rig.rules.early_reconnect = true;
	rig_start_waiting(&rig, &row);
	t0_ns = rig.now_ns;
	(void)rig_advance(&rig, t0_ns + 25 * RIG_SECOND);
	rig_sign(&rig);
	cr_assert(rig.try_open);
	cr_assert_eq(rig.try_deadline_ns, t0_ns + 30 * RIG_SECOND);
	fail_try();
	rig_sign(&rig);
	cr_assert_not(rig.try_open);
	for (uint32_t k = 1; k <= 6; k++) {
		cr_assert(rig_advance(&rig, UINT64_MAX - 1));
		cr_assert_eq(rig.now_ns, t0_ns + k * 30 * RIG_SECOND);
		fail_try();
	}
	cr_assert(rig.ended);
}

Test(request_try, a_sign_is_nothing_when_early_reconnect_is_off)
{
	HFT_RULE(D_123);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	rig_sign(&rig);
	cr_assert_not(rig.try_open);
}
