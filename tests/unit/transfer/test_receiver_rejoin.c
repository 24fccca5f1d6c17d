/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_rejoin.c -- the connection lost and back; lanes. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *receiving(void)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);

	rig->offer.lanes_wanted = 2;
	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	rig->offer.token = rig->receiving.token;
	rig->offer.session_epoch = 2;
	return rig;
}

static int join(struct rig *rig, uint8_t lane, uint32_t epoch)
{
	struct message_join join = {
		.token = rig->receiving.token, .session_epoch = epoch, .lane = lane};

	return receiver_join(rig->receiver, &join, rig->now_ns);
}

Test(receiver_rejoin, a_newer_epoch_is_told_what_is_written_and_what_is_durable)
{
	struct rig *rig = receiving();
	const struct message_accept *accept = NULL;

	HFT_RULE(D_300);
	cr_assert_eq(rig_arrive(rig, 0, 0, true), CHUNK_KEEP);
	rig_written(rig, 0);
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), 0);
	rig_take(rig);
	accept = &rig_said(rig, MESSAGE_ACCEPT)->of.accept;
	cr_assert_eq(ranges_total(&accept->stored), 1);
	cr_assert_eq(accept->durable.count, 0);
	cr_assert_null(rig_find(rig, ACTION_CLOSE), "the old one is gone already");
	rig_free(rig);
}

Test(receiver_rejoin, an_older_connection_is_fenced)
{
	struct rig *rig = receiving();

	HFT_RULE(D_94);
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), 0);
	rig_take(rig);
	cr_assert_eq(rig->action[0].kind, ACTION_CLOSE);
	cr_assert_eq(rig->action[0].of.connection.connection, CONNECTION_CONTROL);
	cr_assert_not_null(rig_said(rig, MESSAGE_ACCEPT));
	rig_free(rig);
}

Test(receiver_rejoin, an_epoch_that_is_not_newer_is_stale)
{
	struct rig *rig = receiving();

	HFT_RULE(D_94);
	rig->offer.session_epoch = 1;
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), -ESTALE);
	rig->offer.session_epoch = 2;
	rig->offer.attempt = 2;
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), -ESTALE);
	rig_free(rig);
}

Test(receiver_rejoin, another_token_is_refused)
{
	struct rig *rig = receiving();

	rig->offer.token.bytes[3] ^= 1;
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), -EACCES);
	rig_free(rig);
}

Test(receiver_rejoin, what_was_not_told_before_the_loss_is_not_told_twice)
{
	struct rig *rig = receiving();
	struct message begin = {.type = MESSAGE_BEGIN};

	(void)rig_arrive(rig, 0, 0, true);
	rig_lost(rig, CONNECTION_CONTROL);
	rig_written(rig, 0);
	cr_assert_null(rig_said(rig, MESSAGE_STORED), "nobody hears it");
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), 0);
	rig_take(rig);
	cr_assert_eq(ranges_total(&rig_said(rig, MESSAGE_ACCEPT)->of.accept.stored), 1);
	rig_message(rig, &begin);
	cr_assert_eq(rig_ended(rig), -1, "BEGIN is said again");
	rig_free(rig);
}

Test(receiver_rejoin, checkpoints_go_on_without_a_connection)
{
	struct rig *rig = receiving();

	(void)rig_arrive(rig, 0, 0, true);
	rig_lost(rig, CONNECTION_CONTROL);
	rig_written(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	rig_free(rig);
}

Test(receiver_rejoin, a_lane_needs_token_epoch_and_a_number_that_was_granted)
{
	struct rig *rig = receiving();
	struct message_join other = {.session_epoch = 1};

	cr_assert_eq(join(rig, 0, 1), 0);
	cr_assert_eq(join(rig, 1, 1), 0);
	cr_assert_eq(join(rig, 2, 1), -ERANGE);
	cr_assert_eq(join(rig, 1, 7), -ESTALE);
	cr_assert_eq(receiver_join(rig->receiver, &other, rig->now_ns), -EACCES);
	rig_free(rig);
}

Test(receiver_rejoin, a_lane_that_comes_again_closes_its_ghost_and_may_come_once_more)
{
	struct rig *rig = receiving();

	HFT_RULE(D_94);
	cr_assert_eq(join(rig, 0, 1), 0);
	cr_assert_eq(join(rig, 0, 1), -EEXIST);
	rig_take(rig);
	cr_assert_eq(rig_find(rig, ACTION_CLOSE)->of.connection.connection, 0);
	cr_assert_eq(join(rig, 0, 1), 0);
	rig_free(rig);
}

Test(receiver_rejoin, in_answering_the_result_is_told_again)
{
	struct rig *rig = receiving();

	rig_receive_all(rig);
	(void)rig_say_yes(rig, 0);
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(receiver_rejoin(rig->receiver, &rig->offer, rig->now_ns), 0);
	rig_take(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_free(rig);
}

Test(receiver_rejoin, a_connection_lost_before_accept_ends_the_receive)
{
	struct rig *rig = rig_new(10);

	rig_start_receiver(rig);
	rig_loaded(rig, NULL);
	rig_event(rig,
		  (struct transfer_event){.kind = EVENT_LOST, .connection = CONNECTION_CONTROL});
	rig_event(rig, (struct transfer_event){.kind = EVENT_STEP_DONE,
					       .of.step.step = STEP_OPEN_FOLDER});
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_READ_FAILED);
	rig_free(rig);
}
