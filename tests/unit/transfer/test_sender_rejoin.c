/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_rejoin.c -- the control connection is lost and made again. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *lost(void)
{
	struct rig *rig = rig_new(20 * (uint64_t)RIG_CHUNK);

	rig_to_streaming(rig);
	for (uint64_t i = 0; i < 4; i++)
		rig_sent(rig, 0, i);
	rig_have(rig, MESSAGE_DURABLE, 2);
	rig_recorded(rig);
	rig_lost(rig, CONNECTION_CONTROL);
	return rig;
}

static void dialed(struct rig *rig, int error)
{
	rig_event(rig, (struct transfer_event){.kind = EVENT_DIALED,
					       .error = error,
					       .connection = CONNECTION_CONTROL});
}

Test(sender_rejoin, everything_is_closed_and_dialed_again_at_once)
{
	struct rig *rig = lost();

	HFT_RULE(D_300);
	cr_assert_eq(rig_find(rig, ACTION_CLOSE)->of.connection.connection, CONNECTION_CONTROL);
	rig_wait(rig, 0);
	cr_assert_not_null(rig_find(rig, ACTION_DIAL));
	rig_free(rig);
}

Test(sender_rejoin, the_offer_shows_the_token_and_a_higher_epoch)
{
	struct rig *rig = lost();
	const struct message_offer *offer = NULL;

	rig_wait(rig, 0);
	dialed(rig, 0);
	cr_assert_eq(rig_said(rig, MESSAGE_HELLO)->of.hello.purpose, HELLO_REJOIN);
	offer = &rig_said(rig, MESSAGE_OFFER)->of.offer;
	cr_assert(id_equal(&offer->token, &rig->receiving.token));
	cr_assert_eq(offer->session_epoch, 2);
	cr_assert_eq(offer->attempt, 1, "the same attempt");
	rig_free(rig);
}

Test(sender_rejoin, it_goes_on_with_what_the_receiver_has)
{
	struct rig *rig = lost();
	struct transfer_progress progress;
	struct message accept;

	rig_wait(rig, 0);
	dialed(rig, 0);
	rig_make_accept(rig, 2, &accept);
	cr_assert_eq(ranges_add(&accept.of.accept.stored, 2, 3), 0);
	rig_message(rig, &accept);
	cr_assert_not_null(rig_said(rig, MESSAGE_BEGIN));
	rig_join_lanes(rig);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, 3);
	sender_progress(rig->sender, &progress);
	cr_assert_eq(progress.rejoins, 1);
	rig_free(rig);
}

Test(sender_rejoin, failed_tries_go_round_the_addresses_with_growing_pauses)
{
	struct rig *rig = lost();
	uint64_t pause_ns = 5 * RIG_MS;

	rig_wait(rig, 0);
	cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, 0);
	for (uint32_t i = 1; i < 6; i++) {
		dialed(rig, -ECONNREFUSED);
		rig_wait(rig, pause_ns - 1);
		cr_assert_null(rig_find(rig, ACTION_DIAL));
		rig_wait(rig, 1);
		cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, i % 2);
		pause_ns *= 2;
	}
	rig_free(rig);
}

Test(sender_rejoin, a_refusal_is_a_failed_try)
{
	struct rig *rig = lost();
	struct message refuse = {.type = MESSAGE_REFUSE};

	rig_wait(rig, 0);
	dialed(rig, 0);
	outcome_set(&refuse.of.refuse.outcome, HFT_NOT_FOUND, 0, "no such session");
	rig_message(rig, &refuse);
	cr_assert_eq(rig_ended(rig), -1);
	rig_wait(rig, 10 * RIG_MS);
	cr_assert_not_null(rig_find(rig, ACTION_DIAL));
	rig_free(rig);
}

Test(sender_rejoin, dead_after_without_success_ends_the_attempt)
{
	struct rig *rig = lost();
	uint64_t lost_ns = rig->now_ns;

	HFT_RULE(D_95);
	HFT_RULE(D_129);
	while (rig_ended(rig) < 0) {
		rig_wait(rig, RIG_MS);
		if (rig_find(rig, ACTION_DIAL))
			dialed(rig, -ECONNREFUSED);
	}
	cr_assert_eq(rig->now_ns - lost_ns, rig->sending.dead_after_ns);
	cr_assert_eq(rig_ended(rig), HFT_WRITE_FAILED, "chunks were on their way");
	cr_assert(outcome_auto_resend(&rig_find(rig, ACTION_END)->of.outcome));
	rig_free(rig);
}

Test(sender_rejoin, our_own_lateness_does_not_count)
{
	struct rig *rig = lost();

	HFT_RULE(D_130);
	rig_wait(rig, 0);
	rig_late_tick(rig, 30000 * RIG_MS);
	cr_assert_eq(rig_ended(rig), -1);
	rig_free(rig);
}

Test(sender_rejoin, a_receiver_that_forgot_what_was_durable_ends_it)
{
	struct rig *rig = lost();
	struct message accept;

	rig_wait(rig, 0);
	dialed(rig, 0);
	rig_make_accept(rig, 1, &accept);
	rig_message(rig, &accept);
	cr_assert(rig_ended(rig) == HFT_READ_FAILED || rig_ended(rig) == HFT_WRITE_FAILED);
	rig_free(rig);
}

Test(sender_rejoin, a_transfer_that_became_complete_meanwhile_is_done)
{
	struct rig *rig = lost();
	struct message accept;

	rig_wait(rig, 0);
	dialed(rig, 0);
	rig_make_accept(rig, 0, &accept);
	accept.of.accept.completed = true;
	rig_message(rig, &accept);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}
