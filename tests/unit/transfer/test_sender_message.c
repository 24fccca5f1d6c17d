/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_message.c -- what the sender says can be said, and says what it should. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

Test(sender_message, every_message_of_a_short_transfer_can_be_encoded)
{
	static uint8_t bytes[HFT_MESSAGE_BYTES_MAX];
	struct rig *rig = rig_new(RIG_CHUNK);
	size_t count = 0;

	rig_start_sender(rig);
	rig_offer(rig, NULL);
	for (uint32_t i = 0; i < rig->count; i++) {
		if (rig->action[i].kind == ACTION_SEND)
			cr_assert_eq(message_encode(&rig->action[i].of.message, bytes,
						    sizeof(bytes), &count),
				     0);
	}
	rig_free(rig);
}

Test(sender_message, a_long_source_path_keeps_its_end)
{
	struct rig *rig = rig_new(RIG_CHUNK);
	const char *shown = NULL;

	memset(rig->sending.source_path, 'x', HFT_PATH_BYTES - 1);
	memcpy(rig->sending.source_path + HFT_PATH_BYTES - 5, "tail", 5);
	rig_start_sender(rig);
	rig_offer(rig, NULL);
	shown = rig_said(rig, MESSAGE_OFFER)->of.offer.source_path;
	cr_assert_eq(strlen(shown), HFT_SOURCE_TEXT_BYTES - 1);
	cr_assert_str_eq(shown + strlen(shown) - 4, "tail");
	rig_free(rig);
}

Test(sender_message, a_record_has_what_a_resume_needs)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);

	HFT_RULE(D_86);
	rig_to_streaming(rig);
	rig_sent(rig, 0, 0);
	rig_have(rig, MESSAGE_DURABLE, 1);
	cr_assert_eq(rig->checkpoint.role, CHECKPOINT_SENDER);
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_SENDING);
	cr_assert_eq(rig->checkpoint.chunk_bytes, RIG_CHUNK);
	cr_assert_eq(rig->checkpoint.total_bytes, 10 * (uint64_t)RIG_CHUNK);
	cr_assert_eq(identity_compare(&rig->checkpoint.source, &rig->identity), IDENTITY_SAME);
	cr_assert_eq(ranges_prefix_end(&rig->checkpoint.coverage), 1);
	cr_assert_str_eq(rig->checkpoint.peer, "tokyo");
	rig_free(rig);
}

Test(sender_message, a_lane_shows_token_epoch_and_its_number)
{
	struct rig *rig = rig_new(RIG_CHUNK);
	struct message join;

	rig_to_streaming(rig);
	sender_join_message(rig->sender, 0, &join);
	cr_assert_eq(join.type, MESSAGE_JOIN);
	cr_assert(id_equal(&join.of.join.token, &rig->receiving.token));
	cr_assert_eq(join.of.join.session_epoch, 1);
	rig_free(rig);
}
