/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_message.c -- what the receiver says and records is whole and can be encoded. */
#include <criterion/criterion.h>

#include "record/codec.h"
#include "support/rule.h"
#include "support/transfer_rig.h"

static void check_encoded(const struct rig *rig, uint32_t *seen)
{
	static uint8_t bytes[HFT_MESSAGE_BYTES_MAX];
	size_t count = 0;

	for (uint32_t i = 0; i < rig->count; i++) {
		if (rig->action[i].kind != ACTION_SEND)
			continue;
		cr_assert_eq(
			message_encode(&rig->action[i].of.message, bytes, sizeof(bytes), &count),
			0);
		cr_assert(message_is_from_receiver(rig->action[i].of.message.type));
		*seen |= UINT32_C(1) << rig->action[i].of.message.type;
	}
}

Test(receiver_message, every_message_of_a_transfer_can_be_encoded)
{
	struct rig *rig = rig_new(2 * (uint64_t)RIG_CHUNK);
	struct message begin = {.type = MESSAGE_BEGIN};
	struct message sync = {.type = MESSAGE_SYNC};
	uint32_t seen = 0;

	rig_start_receiver(rig);
	rig_loaded(rig, NULL);
	while (rig_step(rig) != STEP_SYNC_FOLDER) {
		if (rig_find(rig, ACTION_RECORD))
			rig_recorded(rig);
		else
			rig_step_done(rig, 0, 0);
		check_encoded(rig, &seen);
	}
	rig_step_done(rig, 0, 0);
	rig_message(rig, &begin);
	(void)rig_arrive(rig, 0, 0, false);
	check_encoded(rig, &seen);
	(void)rig_arrive(rig, 0, 1, true);
	rig_written(rig, 0);
	check_encoded(rig, &seen);
	rig_message(rig, &sync);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	check_encoded(rig, &seen);
	rig_receive_all(rig);
	(void)rig_say_yes(rig, 0);
	check_encoded(rig, &seen);
	cr_assert(seen & UINT32_C(1) << MESSAGE_ACCEPT);
	cr_assert(seen & UINT32_C(1) << MESSAGE_AGAIN);
	cr_assert(seen & UINT32_C(1) << MESSAGE_STORED);
	cr_assert(seen & UINT32_C(1) << MESSAGE_DURABLE);
	cr_assert(seen & UINT32_C(1) << MESSAGE_COMPLETE);
	rig_free(rig);
}

Test(receiver_message, a_record_can_be_written_to_the_journal_and_read_back)
{
	static uint8_t bytes[HFT_ROW_BYTES_MAX];
	struct rig *rig = rig_new(2 * (uint64_t)RIG_CHUNK);
	struct checkpoint back;
	size_t count = 0;

	HFT_RULE(D_86);
	rig_to_receiving(rig);
	cr_assert_eq(checkpoint_encode(&rig->checkpoint, bytes, sizeof(bytes), &count), 0);
	cr_assert_eq(checkpoint_decode(bytes, count, &back), 0);
	cr_assert_eq(back.stage, CHECKPOINT_RECEIVING);
	cr_assert_eq(back.role, CHECKPOINT_RECEIVER);
	cr_assert_eq(back.chunk_bytes, RIG_CHUNK);
	cr_assert_str_eq(back.folder, "/data/in");
	cr_assert_str_eq(back.final_name, "daily.dat");
	cr_assert_str_eq(back.peer, "osaka");
	rig_free(rig);
}
