/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_end.c -- every way out. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *streaming(void)
{
	struct rig *rig = rig_new(20 * (uint64_t)RIG_CHUNK);

	rig_to_streaming(rig);
	return rig;
}

Test(sender_end, a_cancel_is_told_to_the_receiver_first)
{
	struct rig *rig = streaming();
	struct outcome outcome;

	HFT_RULE(D_31);
	outcome_set(&outcome, HFT_CANCELLED, 0, "cancelled by root");
	rig_event(rig, (struct transfer_event){.kind = EVENT_CANCEL, .of.outcome = &outcome});
	cr_assert_eq(rig->action[0].kind, ACTION_SEND);
	cr_assert_eq(rig->action[0].of.message.type, MESSAGE_CANCEL);
	cr_assert_eq(rig_ended(rig), HFT_CANCELLED);
	rig_free(rig);
}

Test(sender_end, after_the_end_nothing_happens_any_more)
{
	struct rig *rig = streaming();
	struct outcome outcome;

	outcome_set(&outcome, HFT_CANCELLED, 0, "cancelled by root");
	rig_event(rig, (struct transfer_event){.kind = EVENT_CANCEL, .of.outcome = &outcome});
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(rig->count, 0);
	rig_sent(rig, 0, 0);
	cr_assert_eq(rig->count, 0);
	cr_assert_eq(sender_deadline_ns(rig->sender), UINT64_MAX);
	rig_free(rig);
}

Test(sender_end, the_receivers_cancel_is_250_with_its_own_detail)
{
	struct rig *rig = streaming();
	struct message cancel = {.type = MESSAGE_CANCEL};
	const struct outcome *outcome = NULL;

	HFT_RULE(D_96);
	HFT_RULE(D_230);
	outcome_set(&cancel.of.cancel.outcome, HFT_RECEIVE_STOPPED, HFT_DETAIL_FOR_GOOD, "stopped");
	rig_message(rig, &cancel);
	outcome = &rig_find(rig, ACTION_END)->of.outcome;
	cr_assert_eq(outcome->status, HFT_RECEIVER_FAILED);
	cr_assert_eq(outcome->detail, HFT_RECEIVE_STOPPED);
	cr_assert_eq(outcome->peer_detail, HFT_DETAIL_FOR_GOOD);
	rig_free(rig);
}

Test(sender_end, a_journal_that_fails_stops_the_sending)
{
	struct rig *rig = streaming();

	rig_sent(rig, 0, 0);
	rig_have(rig, MESSAGE_DURABLE, 1);
	rig_event(rig, (struct transfer_event){.kind = EVENT_RECORDED, .error = -EIO});
	cr_assert_eq(rig_ended(rig), HFT_SEND_STOPPED);
	rig_free(rig);
}

Test(sender_end, a_journal_that_another_node_owns_is_911)
{
	struct rig *rig = streaming();

	HFT_RULE(D_222);
	rig_sent(rig, 0, 0);
	rig_have(rig, MESSAGE_DURABLE, 1);
	rig_event(rig, (struct transfer_event){.kind = EVENT_RECORDED, .error = -ESTALE});
	cr_assert_eq(rig_ended(rig), HFT_FENCED);
	rig_free(rig);
}

Test(sender_end, silence_of_dead_after_is_verdict_and_end_at_once)
{
	struct rig *rig = streaming();
	struct transfer_progress progress;

	HFT_RULE(D_129);
	rig_wait(rig, rig->sending.dead_after_ns);
	cr_assert_eq(rig_ended(rig), HFT_WRITE_FAILED);
	sender_progress(rig->sender, &progress);
	cr_assert_eq(progress.noticed_ms, rig->sending.dead_after_ns / RIG_MS);
	rig_free(rig);
}

Test(sender_end, silence_after_all_was_sent_is_a_failure_of_reading)
{
	struct rig *rig = rig_new(RIG_CHUNK);

	rig_to_streaming(rig);
	rig_sent(rig, 0, 0);
	rig_wait(rig, rig->sending.dead_after_ns);
	cr_assert_eq(rig_ended(rig), HFT_READ_FAILED);
	rig_free(rig);
}

Test(sender_end, alive_frames_are_enough_however_slow_the_disk)
{
	struct rig *rig = streaming();
	struct message alive = {.type = MESSAGE_ALIVE};

	HFT_RULE(D_130);
	for (int i = 0; i < 1000; i++) {
		rig_wait(rig, rig->sending.dead_after_ns - 1);
		rig_message(rig, &alive);
		cr_assert_eq(rig_ended(rig), -1);
	}
	rig_free(rig);
}

Test(sender_end, a_suspended_machine_does_not_blame_its_peer)
{
	struct rig *rig = streaming();

	rig_late_tick(rig, 60000 * RIG_MS);
	cr_assert_eq(rig_ended(rig), -1);
	cr_assert_not_null(rig_said(rig, MESSAGE_ALIVE));
	rig_wait(rig, rig->sending.dead_after_ns);
	cr_assert_neq(rig_ended(rig), -1, "but now it counts");
	rig_free(rig);
}

Test(sender_end, the_bound_of_silence_ends_it_with_the_local_fault)
{
	struct rig *rig = streaming();

	HFT_RULE(D_128);
	rig_late_tick(rig, rig->sending.socket_timeout_ns);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_DETAIL_LOCAL_FAULT);
	rig_free(rig);
}
