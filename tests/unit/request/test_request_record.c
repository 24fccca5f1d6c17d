/* SPDX-License-Identifier: Apache-2.0 */
/* test_request_record.c -- what the records of attempts and of unsuccessful ends say. */
#include <criterion/criterion.h>
#include <hft/limits.h>
#include <stdio.h>
#include <string.h>

#include "record/codec.h"
#include "support/request_rig.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static struct attempt_result sample_result(uint16_t status, uint16_t detail)
{
	struct attempt_result result;

	memset(&result, 0, sizeof(result));
	result.connected = true;
	outcome_set(&result.outcome, status, detail, "reading from tokyo failed");
	result.bytes_total = 9000;
	result.bytes_sent = 5000;
	result.bytes_skipped = 1000;
	result.bytes_durable = 4000;
	result.bytes_resent = 300;
	result.noticed_ms = 212;
	result.reason = RESUME_DIGEST_MISMATCH;
	result.digest = sample_digest(5);
	(void)snprintf(result.address, sizeof(result.address), "10.0.0.2:30000");
	return result;
}

static void assert_encodes(const struct request_rig *rig)
{
	static uint8_t buffer[HFT_ROW_BYTES_MAX];
	size_t bytes = 0;

	cr_assert_eq(log_row_encode(&rig->log, buffer, sizeof(buffer), &bytes), 0);
	if (rig->resends > 0)
		cr_assert_eq(resend_row_encode(&rig->resend, buffer, sizeof(buffer), &bytes), 0);
}

Test(request_record, an_attempt_leaves_all_it_achieved)
{
	HFT_RULE(D_26);
	static struct request_rig rig;
	struct attempt_result result = sample_result(HFT_READ_FAILED, HFT_DETAIL_HOST_DEAD);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	(void)rig_advance(&rig, rig.now_ns + 3 * RIG_SECOND);
	rig_end_result(&rig, &result);
	cr_assert_eq(rig.logs, 1);
	cr_assert_eq(rig.log.kind, LOG_SEND);
	cr_assert_eq(rig.log.attempt, 1);
	cr_assert_eq(rig.log.cycle, 0);
	cr_assert_eq(rig.log.started_wall_ns, RIG_WALL_NS + 1000 * RIG_SECOND);
	cr_assert_eq(rig.log.ended_wall_ns, RIG_WALL_NS + 1003 * RIG_SECOND);
	cr_assert_eq(rig.log.bytes_total, 9000);
	cr_assert_eq(rig.log.bytes_moved, 5000);
	cr_assert_eq(rig.log.bytes_skipped, 1000);
	cr_assert_eq(rig.log.bytes_resent, 300);
	cr_assert_eq(rig.log.noticed_ms, 212);
	cr_assert_eq(rig.log.verdict, HFT_DETAIL_HOST_DEAD);
	cr_assert_eq(rig.log.reason, RESUME_DIGEST_MISMATCH);
	cr_assert_eq(rig.log.owner_epoch, 7);
	cr_assert_not(rig.log.has_digest);
	cr_assert_str_eq(rig.log.host, "tokyo");
	cr_assert_str_eq(rig.log.node, "osaka");
	cr_assert_str_eq(rig.log.file_id, "SALES");
	cr_assert_str_eq(rig.log.path, "/data/out/sales.dat");
	cr_assert_str_eq(rig.log.requester, "anna");
	cr_assert_str_eq(rig.log.address, "10.0.0.2:30000");
	cr_assert_eq(rig.log.outcome.status, HFT_READ_FAILED);
	assert_encodes(&rig);
}

Test(request_record, only_a_complete_file_has_a_digest)
{
	static struct request_rig rig;
	struct attempt_result result = sample_result(HFT_DONE, 0);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig_start_sending(&rig, &row);
	rig_end_result(&rig, &result);
	cr_assert(rig.log.has_digest);
	cr_assert_eq(memcmp(&rig.log.digest, &result.digest, sizeof(result.digest)), 0);
	cr_assert_eq(rig.log.verdict, 0);
	assert_encodes(&rig);
}

Test(request_record, an_unknown_size_is_no_size)
{
	static struct request_rig rig;
	struct attempt_result result = sample_result(HFT_READ_FAILED, 0);
	struct queue_row row = rig_row();

	rig_init(&rig);
	result.bytes_total = UINT64_MAX;
	rig_start_sending(&rig, &row);
	rig_end_result(&rig, &result);
	cr_assert_eq(rig.log.bytes_total, 0);
	cr_assert_eq(rig.row.core.total_bytes, 0);
}

Test(request_record, a_silence_longer_than_the_field_is_cut)
{
	static struct request_rig rig;
	struct attempt_result result = sample_result(HFT_READ_FAILED, 0);
	struct queue_row row = rig_row();

	rig_init(&rig);
	result.noticed_ms = UINT64_MAX;
	rig_start_sending(&rig, &row);
	rig_end_result(&rig, &result);
	cr_assert_eq(rig.log.noticed_ms, UINT32_MAX);
}

Test(request_record, a_resend_record_says_where_to_go_on)
{
	HFT_RULE(D_53);
	static struct request_rig rig;
	struct attempt_result result = sample_result(HFT_READ_FAILED, 0);
	struct queue_row row = rig_row();

	rig_init(&rig);
	rig.rules.auto_resend_count = 0;
	row.core.resend_of = 41;
	row.core.attempts = 3;
	rig_start_sending(&rig, &row);
	rig_end_result(&rig, &result);
	cr_assert(rig.ended);
	cr_assert_eq(rig.resends, 1);
	cr_assert_eq(rig.resend.list_no, 0);
	cr_assert_not(rig.resend.taken);
	cr_assert_eq(rig.resend.core.resend_of, 41);
	cr_assert_eq(rig.resend.core.attempts, 4);
	cr_assert_eq(rig.resend.core.total_bytes, 9000);
	cr_assert_eq(rig.resend.core.durable_bytes, 4000);
	cr_assert_eq(rig.resend.source_offset_bytes, 4000);
	cr_assert_eq(rig.resend.target_offset_bytes, 4000);
	cr_assert_eq(rig.resend.ended_wall_ns, RIG_WALL_NS + rig.now_ns);
	cr_assert_eq(rig.resend.outcome.status, HFT_READ_FAILED);
	cr_assert_str_eq(rig.resend.core.path, "/data/out/sales.dat");
	cr_assert_eq(rig.log.resend_of, 41);
	assert_encodes(&rig);
}
