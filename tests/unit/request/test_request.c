/* SPDX-License-Identifier: Apache-2.0 */
/* test_request.c -- commits that fail, events that come late, and random lives of requests.
 *
 * What must hold always (one commit and one try at a time, no promise before its commit, attempts
 * numbered and logged one by one) is asserted by the rig at every action. */
#include "request/request.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/random.h"
#include "support/request_rig.h"
#include "support/rule.h"

static struct request_rig rig;

/* -- failed commits -------------------------------------------------------- */

Test(request, a_later_commit_is_tried_again_with_longer_pauses)
{
	HFT_RULE(D_229);
	static const uint64_t pauses_s[] = {1, 2, 4, 8, 16, 30, 30};
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig.holds_commits = true;
	rig_end_try(&rig, true, HFT_DONE, 0);
	for (size_t i = 0; i < ARRAY_COUNT(pauses_s); i++) {
		rig_commit(&rig, -ENOSPC);
		cr_assert_not(rig.commit_open);
		(void)rig_advance(&rig, rig.now_ns + pauses_s[i] * RIG_SECOND - 1);
		cr_assert_not(rig.commit_open);
		(void)rig_advance(&rig, rig.now_ns + 1);
		cr_assert(rig.commit_open && rig.taken.remove_row && rig.taken.add_log);
	}
	cr_assert_not(rig_last_news(&rig, NEWS_COMPLETED));
	rig_commit(&rig, 0);
	cr_assert(rig.ended && rig_last_news(&rig, NEWS_COMPLETED));
	cr_assert_eq(rig.logs, 1);
}

Test(request, a_commit_that_succeeds_makes_the_next_pause_short_again)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	rig.holds_commits = true;
	rig_slot(&rig);
	for (int i = 0; i < 4; i++) {
		rig_commit(&rig, -EIO);
		(void)rig_advance(&rig, request_deadline_ns(&rig.request));
	}
	rig_commit(&rig, 0);
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_READ_FAILED, 0);
	rig_commit(&rig, -EIO);
	cr_assert_eq(request_deadline_ns(&rig.request), rig.now_ns + RIG_SECOND);
}

Test(request, a_transfer_goes_on_while_its_row_cannot_be_committed)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig.holds_commits = true;
	rig_connect(&rig);
	rig_commit(&rig, -EIO);
	cr_assert(rig.try_open && !rig.stop_asked);
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert_not(rig.commit_open);
	(void)rig_advance(&rig, rig.now_ns + RIG_SECOND);
	cr_assert(rig.commit_open && rig.taken.remove_row);
}

/* -- late events ------------------------------------------------------------ */

static void assert_ignored(enum request_event_kind kind)
{
	struct attempt_result result;
	struct request_event event = {.kind = kind, .result = &result, .by = "anna"};
	struct request_action action;

	memset(&result, 0, sizeof(result));
	request_handle(&rig.request, &event, rig.now_ns);
	cr_assert_not(request_next_action(&rig.request, &action), "%d", (int)kind);
}

Test(request, events_that_make_no_sense_now_are_ignored)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	assert_ignored(REQUEST_ACCEPT);
	assert_ignored(REQUEST_RECOVER);
	assert_ignored(REQUEST_COMMITTED);
	assert_ignored(REQUEST_CONNECTED);
	assert_ignored(REQUEST_TRY_ENDED);
	assert_ignored(REQUEST_SIGN);
	assert_ignored(REQUEST_TICK);
	rig_slot(&rig);
	assert_ignored(REQUEST_SLOT);
	assert_ignored(REQUEST_TICK);
}

Test(request, the_end_of_a_try_that_does_not_run_changes_no_numbers)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_waiting(&rig, &row);
	assert_ignored(REQUEST_TRY_ENDED);
	cr_assert_eq(rig.request.last.outcome.status, HFT_READ_FAILED);
	cr_assert_eq(rig.request.last.bytes_sent, 2048);
}

Test(request, a_change_holds_in_the_row_and_no_priority_leaves_it)
{
	HFT_RULE(D_62);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_accept(&rig, &row);
	request_change(&rig.request, 7, 4096);
	cr_assert_eq(rig.request.row.core.priority, 7);
	cr_assert_eq(rig.request.row.core.limit_rate_bytes, 4096);
	request_change(&rig.request, 0, 0);
	cr_assert_eq(rig.request.row.core.priority, 7);
	cr_assert_eq(rig.request.row.core.limit_rate_bytes, 0);
}

Test(request, nothing_follows_the_end)
{
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert(rig.ended);
	for (int kind = REQUEST_ACCEPT; kind <= REQUEST_TICK; kind++)
		assert_ignored((enum request_event_kind)kind);
	cr_assert_eq(request_deadline_ns(&rig.request), UINT64_MAX);
	cr_assert_str_eq(request_state_name(&rig.request), "ended");
}

Test(request, a_commit_nobody_asked_for_is_a_bug, .signal = SIGABRT)
{
	struct queue_row row = rig_row();
	struct request_commit commit;

	rig_init(&rig);
	request_init(&rig.request, &row, &rig.rules, 0, 0);
	request_take_commit(&rig.request, &commit);
}

/* -- news -------------------------------------------------------------------- */

Test(request, news_come_in_their_order)
{
	static const enum request_news expected[] = {NEWS_QUEUED,   NEWS_WAITING, NEWS_STARTED,
						     NEWS_WAITING,  NEWS_WAITING, NEWS_RESUMED,
						     NEWS_COMPLETED};
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_try(&rig, &row);
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_WRITE_FAILED, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_end_try(&rig, false, HFT_CONNECT_FAILED, 0);
	cr_assert(rig_advance(&rig, UINT64_MAX - 1));
	rig_connect(&rig);
	rig_end_try(&rig, true, HFT_DONE, 0);
	cr_assert_eq(rig.news_count, ARRAY_COUNT(expected));
	cr_assert_eq(memcmp(rig.news, expected, sizeof(expected)), 0);
}

Test(request, news_have_the_names_of_the_json_events)
{
	cr_assert_str_eq(request_news_name(NEWS_QUEUED), "queued");
	cr_assert_str_eq(request_news_name(NEWS_STARTED), "started");
	cr_assert_str_eq(request_news_name(NEWS_WAITING), "waiting");
	cr_assert_str_eq(request_news_name(NEWS_RESUMED), "resumed");
	cr_assert_str_eq(request_news_name(NEWS_COMPLETED), "completed");
	cr_assert_str_eq(request_news_name(NEWS_FAILED), "failed");
}

/* -- random lives -------------------------------------------------------------- */

/* The end was durable, or the acceptance was not, when the engine crashed. */
static bool gone_in_crash;

static void random_rules(struct random *random)
{
	rig.rules.retry_interval_ns = random_below(random, 4) * RIG_SECOND;
	rig.rules.retry_count = (uint32_t)random_below(random, 4);
	rig.rules.auto_resend_count = (uint32_t)random_below(random, 4);
	rig.rules.retry_on_busy = random_chance(random, 1, 2);
	rig.rules.early_reconnect = random_chance(random, 1, 2);
	rig.rules.connect_timeout_ns = (1 + random_below(random, 5)) * RIG_SECOND;
}

static void random_row(struct random *random, struct queue_row *ret_row)
{
	*ret_row = rig_row();
	ret_row->core.detach = random_chance(random, 1, 2);
	ret_row->core.from_start = random_chance(random, 1, 4);
	if (random_chance(random, 1, 2))
		ret_row->core.file_id[0] = '\0';
	if (random_chance(random, 1, 3)) {
		ret_row->kind = QUEUE_RESEND;
		ret_row->core.attempts = (uint32_t)random_below(random, 5);
		ret_row->core.resend_of = 41;
	}
}

static void random_end(struct random *random)
{
	static const uint16_t own[] = {HFT_DONE,	   HFT_CONNECT_FAILED,	  HFT_READ_FAILED,
				       HFT_WRITE_FAILED,   HFT_SOURCE_UNREADABLE, HFT_SEND_STOPPED,
				       HFT_SOURCE_CHANGED, HFT_READ_FAILED,	  HFT_READ_FAILED};
	static const uint16_t peers[] = {HFT_RECEIVE_STOPPED, HFT_VERIFY_FAILED, HFT_REFUSED,
					 HFT_RECEIVER_BUSY,   HFT_NOT_READY,	 HFT_TARGET_EXISTS};
	bool connected = rig.request.state == QUEUE_SENDING || random_chance(random, 1, 20);

	if (random_chance(random, 2, 3))
		rig_end_try(&rig, connected, own[random_below(random, ARRAY_COUNT(own))], 0);
	else
		rig_end_peer(&rig, connected, peers[random_below(random, ARRAY_COUNT(peers))], 0);
}

static void random_late_event(struct random *random)
{
	static const enum request_event_kind kinds[] = {REQUEST_ACCEPT, REQUEST_RECOVER,
							REQUEST_TICK, REQUEST_SIGN};

	switch (kinds[random_below(random, ARRAY_COUNT(kinds))]) {
	case REQUEST_SIGN:
		rig_sign(&rig);
		break;
	case REQUEST_TICK:
		(void)rig_advance(&rig, rig.now_ns);
		break;
	default:
		assert_ignored(REQUEST_ACCEPT);
		break;
	}
}

static void random_time(struct random *random)
{
	uint64_t due_ns = request_deadline_ns(&rig.request);

	if (random_chance(random, 1, 50)) {
		rig.now_ns += random_below(random, 60) * RIG_SECOND; /* suspended */
		return;
	}
	if (due_ns != UINT64_MAX && random_chance(random, 3, 4))
		(void)rig_advance(&rig, due_ns > rig.now_ns ? due_ns : rig.now_ns);
	else
		(void)rig_advance(&rig, rig.now_ns + random_below(random, RIG_SECOND));
}

static void random_commit(struct random *random)
{
	if (rig.commit_open)
		rig_commit(&rig, random_chance(random, 1, 5) ? -EIO : 0);
}

static void random_slot(struct random *random)
{
	(void)random;
	if (rig.want_open)
		rig_slot(&rig);
}

static void random_connect(struct random *random)
{
	(void)random;
	if (rig.try_open)
		rig_connect(&rig);
}

static void random_try_end(struct random *random)
{
	if (rig.try_open)
		random_end(random);
}

/* At any moment, also between a commit and its answer. */
static void random_crash(struct random *random)
{
	if (rig.commit_open && random_chance(random, 1, 2))
		rig_land_commit(&rig);
	if (rig.row_present)
		rig_restart(&rig, random_below(random, 200) * RIG_SECOND);
	else
		rig.ended = gone_in_crash = true;
}

static void random_disaster(struct random *random)
{
	if (random_chance(random, 1, 30))
		rig_cancel(&rig, random_chance(random, 1, 3));
	else if (random_chance(random, 1, 30))
		random_crash(random);
}

static void random_step(struct random *random)
{
	static void (*const steps[])(struct random *) = {
		random_commit,	   random_commit,   random_commit,  random_slot,
		random_slot,	   random_connect,  random_try_end, random_try_end,
		random_late_event, random_disaster, random_time,    random_time,
	};

	steps[random_below(random, ARRAY_COUNT(steps))](random);
}

static void live(uint64_t seed)
{
	struct random random;
	struct queue_row row;

	random_seed(&random, seed);
	rig_init(&rig);
	gone_in_crash = false;
	rig.holds_commits = true;
	random_rules(&random);
	random_row(&random, &row);
	rig_accept(&rig, &row);
	for (int step = 0; step < 20000 && !rig.ended; step++)
		random_step(&random);
	cr_assert(rig.ended, "seed %lu never ends", (unsigned long)seed);
	cr_assert(gone_in_crash || rig.news_count == RIG_NEWS_MAX ||
		  rig_last_news(&rig, NEWS_COMPLETED) || rig_last_news(&rig, NEWS_FAILED));
	cr_assert(!rig.was_durable || rig.logs > 0, "seed %lu", (unsigned long)seed);
	cr_assert(rig.resends <= 1);
	/* N cycles, each with one try on the grid for every point, are not exceeded. */
	cr_assert(rig.request.row.cycle <= rig.rules.auto_resend_count);
	cr_assert_eq(rig.request.row.cycle + rig.request.row.auto_resends_left,
		     rig.rules.auto_resend_count);
}

Test(request, every_life_ends_and_keeps_its_promises, .timeout = 60)
{
	HFT_RULE(D_229);
	HFT_RULE(D_26);
	HFT_RULE(D_125);
	for (uint64_t seed = 1; seed <= 20000; seed++)
		live(seed);
}
