/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_data.c -- chunks: what is kept, dropped, asked for again. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *receiving(void)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK - 9);

	rig_to_receiving(rig);
	return rig;
}

static enum chunk_verdict admit(struct rig *rig, struct frame_header header)
{
	header.type = FRAME_CHUNK;
	return receiver_admit(rig->receiver, 0, &header, rig->now_ns);
}

Test(receiver_data, a_chunk_is_kept_once)
{
	struct rig *rig = receiving();

	cr_assert_eq(rig_arrive(rig, 3, 0, true), CHUNK_KEEP);
	cr_assert_eq(rig_arrive(rig, 3, 0, true), CHUNK_DROP, "it is being written");
	rig_written(rig, 3);
	cr_assert_eq(rig_arrive(rig, 3, 0, true), CHUNK_DROP, "it is written");
	rig_free(rig);
}

Test(receiver_data, the_same_chunk_may_come_on_two_lanes_and_the_first_whole_one_wins)
{
	struct rig *rig = receiving();
	struct frame_header header = {.chunk = 3, .payload_bytes = RIG_CHUNK};

	cr_assert_eq(admit(rig, header), CHUNK_KEEP);
	cr_assert_eq(admit(rig, header), CHUNK_KEEP, "the other lane may be dead");
	cr_assert_eq(rig_arrive(rig, 3, 0, true), CHUNK_KEEP);
	cr_assert_eq(rig_arrive(rig, 3, 0, true), CHUNK_DROP);
	rig_free(rig);
}

Test(receiver_data, written_is_told_at_once)
{
	struct rig *rig = receiving();

	(void)rig_arrive(rig, 3, 0, true);
	cr_assert_null(rig_said(rig, MESSAGE_STORED));
	rig_written(rig, 3);
	cr_assert(ranges_contains(&rig_said(rig, MESSAGE_STORED)->of.stored.ranges, 3, 4));
	rig_free(rig);
}

Test(receiver_data, a_bad_chunk_is_not_kept_and_asked_for_again)
{
	struct rig *rig = receiving();

	HFT_RULE(D_231);
	cr_assert_eq(rig_arrive(rig, 3, 0, false), CHUNK_DROP);
	cr_assert_eq(rig_said(rig, MESSAGE_AGAIN)->of.again.chunk, 3);
	cr_assert_eq(rig_said(rig, MESSAGE_AGAIN)->of.again.tries, 1);
	cr_assert_eq(rig_arrive(rig, 3, 1, true), CHUNK_KEEP);
	rig_free(rig);
}

Test(receiver_data, a_chunk_that_is_bad_four_times_is_535)
{
	struct rig *rig = receiving();

	HFT_RULE(D_231);
	HFT_RULE(D_245);
	for (uint8_t tries = 0; tries < HFT_CHUNK_TRIES_MAX; tries++)
		cr_assert_eq(rig_arrive(rig, 3, tries, false), CHUNK_DROP);
	cr_assert_eq(rig_arrive(rig, 3, HFT_CHUNK_TRIES_MAX, false), CHUNK_DROP);
	cr_assert_null(rig_said(rig, MESSAGE_AGAIN));
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_VERIFY_FAILED);
	rig_free(rig);
}

Test(receiver_data, what_does_not_fit_the_file_is_a_breach)
{
	struct rig *rig = receiving();

	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 10, .payload_bytes = RIG_CHUNK}),
		     CHUNK_BREACH);
	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 3, .payload_bytes = 5}),
		     CHUNK_BREACH);
	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 9, .payload_bytes = RIG_CHUNK}),
		     CHUNK_BREACH);
	cr_assert_eq(
		admit(rig,
		      (struct frame_header){.chunk = 3, .payload_bytes = RIG_CHUNK, .lane = 1}),
		CHUNK_BREACH);
	rig_free(rig);
}

Test(receiver_data, a_write_that_fails_is_909_and_names_the_reason)
{
	struct rig *rig = receiving();
	struct transfer_event event = {.kind = EVENT_CHUNK_WRITTEN, .error = -ENOSPC};

	(void)rig_arrive(rig, 0, 0, true);
	rig_event(rig, event);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.cause_errno, ENOSPC);
	rig_free(rig);
}

Test(receiver_data, a_write_that_nobody_wanted_is_a_bug, .signal = SIGABRT)
{
	struct rig *rig = receiving();

	rig_written(rig, 4);
}

static struct rig *receiving_pipe(void)
{
	struct rig *rig = rig_new(0);

	rig->identity = (struct source_identity){.type = SOURCE_STREAM};
	rig->offer.source = rig->identity;
	rig->offer.total_bytes = TOTAL_BYTES_UNKNOWN;
	rig_to_receiving(rig);
	return rig;
}

Test(receiver_data, only_the_last_chunk_of_a_pipe_may_be_short)
{
	struct rig *rig = receiving_pipe();

	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 0, .payload_bytes = RIG_CHUNK}),
		     CHUNK_KEEP);
	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 1, .payload_bytes = 5}),
		     CHUNK_BREACH);
	cr_assert_eq(
		admit(rig,
		      (struct frame_header){.chunk = 1, .payload_bytes = 5, .flags = CHUNK_LAST}),
		CHUNK_KEEP);
	cr_assert_eq(admit(rig, (struct frame_header){.chunk = 2, .flags = CHUNK_LAST}),
		     CHUNK_DROP);
	rig_free(rig);
}
