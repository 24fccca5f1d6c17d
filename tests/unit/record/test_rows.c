/* SPDX-License-Identifier: Apache-2.0 */
/* test_rows.c -- each record of the journal survives being bytes, and nothing else does. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "record/codec.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static uint8_t data[HFT_ROW_BYTES_MAX];

Test(rows, a_queue_row_comes_back_as_it_was)
{
	HFT_RULE(D_52);
	struct queue_row row = sample_queue_row(1);
	struct queue_row back;
	size_t bytes = 0;

	memset(&back, 0, sizeof(back));
	cr_assert_eq(queue_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(queue_row_decode(data, bytes, &back), 0);
	cr_assert_arr_eq(&row, &back, sizeof(row));
}

Test(rows, a_resend_row_comes_back_as_it_was)
{
	HFT_RULE(D_53);
	struct resend_row row = sample_resend_row(2);
	struct resend_row back;
	size_t bytes = 0;

	row.list_no = INT64_MAX;
	memset(&back, 0, sizeof(back));
	cr_assert_eq(resend_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(resend_row_decode(data, bytes, &back), 0);
	cr_assert_arr_eq(&row, &back, sizeof(row));
}

Test(rows, a_checkpoint_comes_back_as_it_was)
{
	HFT_RULE(D_86);
	struct checkpoint row = sample_checkpoint(3);
	struct checkpoint back;
	size_t bytes = 0;

	memset(&back, 0, sizeof(back));
	cr_assert_eq(checkpoint_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(checkpoint_decode(data, bytes, &back), 0);
	cr_assert_arr_eq(&row, &back, sizeof(row));
}

Test(rows, a_log_row_comes_back_as_it_was)
{
	HFT_RULE(D_225);
	HFT_RULE(D_226);
	struct log_row row = sample_log_row(4);
	struct log_row back;
	size_t bytes = 0;

	row.sequence = 8;
	row.list_no = 9;
	memset(&back, 0, sizeof(back));
	cr_assert_eq(log_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(log_row_decode(data, bytes, &back), 0);
	cr_assert_arr_eq(&row, &back, sizeof(row));
}

Test(rows, a_completed_row_comes_back_as_it_was)
{
	HFT_RULE(D_42);
	struct completed_row row = sample_completed_row(5);
	struct completed_row back;
	size_t bytes = 0;

	memset(&back, 0, sizeof(back));
	cr_assert_eq(completed_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(completed_row_decode(data, bytes, &back), 0);
	cr_assert_arr_eq(&row, &back, sizeof(row));
}

Test(rows, the_largest_checkpoint_fits_the_buffer)
{
	struct checkpoint row = sample_checkpoint(6);
	size_t bytes = 0;

	ranges_clear(&row.coverage);
	for (uint64_t index = 0; index < HFT_RANGES_MAX; index++)
		cr_assert_eq(ranges_add(&row.coverage, 2 * index, 2 * index + 1), 0);
	memset(row.folder, 'f', sizeof(row.folder) - 1);
	memset(row.final_name, 'n', sizeof(row.final_name) - 1);
	memset(row.part_name, 'p', sizeof(row.part_name) - 1);
	cr_assert_eq(checkpoint_encode(&row, data, sizeof(data), &bytes), 0);
}

Test(rows, another_version_is_refused_as_such)
{
	struct queue_row row = sample_queue_row(1);
	struct queue_row back = sample_queue_row(2);
	struct queue_row before = back;
	size_t bytes = 0;

	cr_assert_eq(queue_row_encode(&row, data, sizeof(data), &bytes), 0);
	data[1]++;
	cr_assert_eq(queue_row_decode(data, bytes, &back), -EPROTONOSUPPORT);
	cr_assert_arr_eq(&back, &before, sizeof(back));
}

Test(rows, one_kind_is_never_read_as_another)
{
	struct queue_row row = sample_queue_row(1);
	struct resend_row resend;
	struct log_row log;
	size_t bytes = 0;

	cr_assert_eq(queue_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_assert_eq(resend_row_decode(data, bytes, &resend), -EBADMSG);
	cr_assert_eq(log_row_decode(data, bytes, &log), -EBADMSG);
}

Test(rows, every_cut_is_refused_and_leaves_the_output_alone)
{
	struct checkpoint row = sample_checkpoint(1);
	struct checkpoint back = sample_checkpoint(2);
	struct checkpoint before = back;
	size_t bytes = 0;

	cr_assert_eq(checkpoint_encode(&row, data, sizeof(data), &bytes), 0);
	for (size_t cut = 0; cut < bytes; cut++)
		cr_expect_eq(checkpoint_decode(data, cut, &back), -EBADMSG, "%zu", cut);
	data[bytes] = 0;
	cr_expect_eq(checkpoint_decode(data, bytes + 1, &back), -EBADMSG);
	cr_assert_arr_eq(&back, &before, sizeof(back));
}

/* Byte by byte damage: what is still accepted must encode to the same bytes again, so no
 * two byte strings mean the same row. */
Test(rows, what_is_accepted_has_one_form_only)
{
	static uint8_t again[HFT_ROW_BYTES_MAX];
	struct resend_row row = sample_resend_row(1);
	size_t bytes = 0;
	size_t accepted = 0;

	cr_assert_eq(resend_row_encode(&row, data, sizeof(data), &bytes), 0);
	for (size_t index = 0; index < bytes; index++) {
		struct resend_row back;
		size_t back_bytes = 0;

		data[index] ^= 0x41;
		if (resend_row_decode(data, bytes, &back) == 0) {
			accepted++;
			cr_assert_eq(resend_row_encode(&back, again, sizeof(again), &back_bytes),
				     0);
			cr_assert_eq(back_bytes, bytes);
			cr_assert_arr_eq(again, data, bytes);
		}
		data[index] ^= 0x41;
	}
	cr_assert_gt(accepted, 0);
}

Test(rows, rows_with_impossible_values_cannot_be_written)
{
	struct queue_row queue = sample_queue_row(1);
	struct checkpoint checkpoint = sample_checkpoint(1);
	struct log_row log = sample_log_row(1);
	struct resend_row resend = sample_resend_row(1);
	size_t bytes;

	queue.core.priority = 257;
	cr_expect_eq(queue_row_encode(&queue, data, sizeof(data), &bytes), -EINVAL);
	queue = sample_queue_row(1);
	queue.state = 0;
	cr_expect_eq(queue_row_encode(&queue, data, sizeof(data), &bytes), -EINVAL);
	queue = sample_queue_row(1);
	queue.last.status = 203;
	cr_expect_eq(queue_row_encode(&queue, data, sizeof(data), &bytes), -EINVAL);
	checkpoint.coverage.list[1].start = 50;
	cr_expect_eq(checkpoint_encode(&checkpoint, data, sizeof(data), &bytes), -EINVAL);
	log.kind = LOG_KINDS;
	cr_expect_eq(log_row_encode(&log, data, sizeof(data), &bytes), -EINVAL);
	resend.list_no = UINT64_MAX;
	cr_expect_eq(resend_row_encode(&resend, data, sizeof(data), &bytes), -EINVAL);
}
