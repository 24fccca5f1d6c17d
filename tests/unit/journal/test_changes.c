/* SPDX-License-Identifier: Apache-2.0 */
/* test_changes.c -- numbers, stored rows and retention, without any store. */
#include <criterion/criterion.h>
#include <errno.h>

#include "journal/changes.h"
#include "record/codec.h"
#include "support/sample_rows.h"

static uint8_t data[HFT_ROW_BYTES_MAX];

Test(changes, a_new_resend_record_gets_the_next_number_and_keeps_its_own_later)
{
	struct resend_row row = sample_resend_row(1);
	struct journal_change change = {.kind = JOURNAL_PUT_RESEND, .resend = &row};
	struct journal_numbers numbers = {.list_no = 41};
	uint64_t list_no = 0;

	change_number(&change, &numbers, &list_no);
	cr_expect_eq(change.ret_list_no, 42);
	cr_expect_eq(list_no, 42);
	row.list_no = 7;
	list_no = 0;
	change_number(&change, &numbers, &list_no);
	cr_expect_eq(change.ret_list_no, 7);
	cr_expect_eq(list_no, 0);
	cr_expect_eq(numbers.list_no, 42);
}

Test(changes, the_stored_row_carries_the_number_the_callers_row_does_not)
{
	struct resend_row row = sample_resend_row(1);
	struct resend_row stored;
	struct journal_change change = {
		.kind = JOURNAL_PUT_RESEND, .resend = &row, .ret_list_no = 42};
	size_t bytes = 0;

	cr_assert_eq(change_encode(&change, 42, data, sizeof(data), &bytes), 0);
	cr_assert_eq(resend_row_decode(data, bytes, &stored), 0);
	cr_expect_eq(stored.list_no, 42);
	cr_expect_eq(row.list_no, 0);
}

Test(changes, a_receive_log_row_gets_no_list_number)
{
	struct log_row row = sample_log_row(1);
	struct log_row stored;
	struct journal_change change = {.kind = JOURNAL_ADD_LOG, .log = &row, .ret_sequence = 3};
	size_t bytes = 0;

	row.kind = LOG_RECEIVE;
	cr_assert_eq(change_encode(&change, 42, data, sizeof(data), &bytes), 0);
	cr_assert_eq(log_row_decode(data, bytes, &stored), 0);
	cr_expect_eq(stored.list_no, 0);
	cr_expect_eq(stored.sequence, 3);
}

Test(changes, a_commit_is_checked_before_any_of_it_is_done)
{
	struct resend_row row = sample_resend_row(1);
	struct journal_commit commit = {.changes = {{.kind = JOURNAL_PUT_RESEND, .resend = &row}},
					.count = 1};
	struct journal_numbers numbers = {.list_no = 5};

	cr_expect_eq(commit_check(&commit, &numbers), 0);
	row.list_no = 5;
	cr_expect_eq(commit_check(&commit, &numbers), 0);
	row.list_no = 6;
	cr_expect_eq(commit_check(&commit, &numbers), -EINVAL);
	row.list_no = 0;
	row.core.priority = 0;
	cr_expect_eq(commit_check(&commit, &numbers), -EINVAL);
}

Test(changes, a_list_counts_only_what_it_wants)
{
	struct queue_row rows[2];
	struct queue_row row = sample_queue_row(1);
	struct journal_list list = {.limit = 2, .host = "host0", .rows.queue = rows};
	size_t bytes = 0;

	cr_assert_eq(queue_row_encode(&row, data, sizeof(data), &bytes), 0);
	cr_expect_eq(list_take(&list, JOURNAL_LIST_QUEUE, data, bytes), 0);
	cr_expect_eq(list.ret_count, 0);
	list.host = "host1";
	cr_expect_eq(list_take(&list, JOURNAL_LIST_QUEUE, data, bytes), 0);
	cr_expect_eq(list_take(&list, JOURNAL_LIST_QUEUE, data, bytes), 0);
	cr_expect(list_is_full(&list));
}

Test(changes, a_row_that_cannot_be_read_is_damage)
{
	struct log_row rows[1];
	struct journal_list list = {.limit = 1, .rows.log = rows};

	cr_assert_eq(list_take(&list, JOURNAL_LIST_LOG, "junk", 4), -EUCLEAN);
	cr_assert_eq(list.ret_count, 0);
}

Test(changes, retention_keeps_the_newest_and_what_is_young)
{
	const uint64_t day_ns = UINT64_C(86400) * 1000000000;
	struct journal_settings settings = {
		.complete_keep_days = 7, .log_rows_max = 100, .completed_rows_max = 50};
	struct journal_numbers numbers = {
		.sequence = 100, .completed = 50, .completed_wall_ns = 7 * day_ns};

	cr_expect_eq(prune_log_through(&numbers, &settings), 0);
	cr_expect_eq(prune_completed_through(&numbers, &settings), 0);
	cr_expect_eq(prune_completed_before_ns(&numbers, &settings), 0);
	numbers.sequence = 130;
	numbers.completed = 51;
	numbers.completed_wall_ns = 10 * day_ns;
	cr_expect_eq(prune_log_through(&numbers, &settings), 30);
	cr_expect_eq(prune_completed_through(&numbers, &settings), 1);
	cr_expect_eq(prune_completed_before_ns(&numbers, &settings), 3 * day_ns);
}
