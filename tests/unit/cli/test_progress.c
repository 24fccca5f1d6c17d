/* SPDX-License-Identifier: Apache-2.0 */
/* test_progress.c -- progress for people, with the time given by the test. */
#include <string.h>

#include <criterion/criterion.h>

#include "client/progress.h"

#define START_MS 1000000

/* An event about a transfer to tokyo, nothing known yet. */
static struct hft_event event_of(enum hft_event_kind kind)
{
	return (struct hft_event){
		.kind = kind,
		.json = "{}",
		.transfer = {.id = "0102030405060708090a0b0c0d0e0f10",
			     .file_id = "",
			     .host = "tokyo",
			     .address = "",
			     .path = "/data/daily.dat",
			     .name = "",
			     .sentence = "",
			     .outcome = "",
			     .reason = "",
			     .digest = "",
			     .bytes = HFT_UNKNOWN,
			     .bytes_total = 1000 << 20,
			     .bytes_sent = HFT_UNKNOWN,
			     .bytes_skipped = HFT_UNKNOWN,
			     .bytes_resent = HFT_UNKNOWN,
			     .rate_bytes = HFT_UNKNOWN,
			     .eta_s = HFT_UNKNOWN,
			     .duration_ms = HFT_UNKNOWN},
	};
}

static struct hft_event progress_to(uint64_t bytes)
{
	struct hft_event event = event_of(HFT_EVENT_PROGRESS);

	event.transfer.bytes = bytes;
	event.transfer.rate_bytes = 98 << 20;
	event.transfer.eta_s = 5;
	return event;
}

static const char *take(struct progress *progress, const struct hft_event *event, uint64_t now_ms)
{
	static char text[PROGRESS_TEXT_BYTES];

	progress_take(progress, event, now_ms, text);
	return text;
}

Test(progress, a_line_shows_name_percent_amount_rate_and_time_left)
{
	struct progress progress;
	const struct hft_event event = progress_to(470 << 20);
	char text[PROGRESS_TEXT_BYTES];

	progress_init(&progress, true);
	cr_assert_str_empty(take(&progress, &event, START_MS));
	progress_print(&progress.lines[0], 80, text);
	cr_assert_str_eq(text, "daily.dat -> tokyo         47%   470 MiB  98.0 MiB/s  0:05 left");
}

Test(progress, it_never_goes_backwards)
{
	struct progress progress;
	struct hft_event event = progress_to(500 << 20);

	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	event = progress_to(100 << 20);
	(void)take(&progress, &event, START_MS);
	cr_assert_eq(progress.lines[0].bytes, 500 << 20);
	event = event_of(HFT_EVENT_STARTED);
	(void)take(&progress, &event, START_MS);
	cr_assert_eq(progress.lines[0].bytes, 500 << 20);
}

Test(progress, a_hundred_percent_is_all_of_it)
{
	struct progress progress;
	struct hft_event event = progress_to((UINT64_C(1000) << 20) - 1);
	char text[PROGRESS_TEXT_BYTES];

	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	progress_print(&progress.lines[0], 80, text);
	cr_assert_not_null(strstr(text, " 99%"));
	event = progress_to(UINT64_C(1000) << 20);
	(void)take(&progress, &event, START_MS);
	progress_print(&progress.lines[0], 80, text);
	cr_assert_not_null(strstr(text, "100%"));
}

Test(progress, an_empty_file_is_whole)
{
	struct progress progress;
	struct hft_event event = progress_to(0);
	char text[PROGRESS_TEXT_BYTES];

	event.transfer.bytes_total = 0;
	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	progress_print(&progress.lines[0], 80, text);
	cr_assert_not_null(strstr(text, "100%"));
}

Test(progress, a_stream_has_no_percent)
{
	struct progress progress;
	struct hft_event event = progress_to(470 << 20);
	char text[PROGRESS_TEXT_BYTES];

	event.transfer.bytes_total = HFT_UNKNOWN;
	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	progress_print(&progress.lines[0], 80, text);
	cr_assert_null(strchr(text, '%'));
	cr_assert_not_null(strstr(text, "470 MiB"));
}

Test(progress, a_terminal_is_drawn_at_most_ten_times_a_second)
{
	struct progress progress;
	const struct hft_event event = progress_to(1);
	unsigned drawn = 0;

	progress_init(&progress, true);
	for (uint64_t now_ms = START_MS; now_ms < START_MS + 1000; now_ms++) {
		(void)take(&progress, &event, now_ms);
		if (progress_is_due(&progress, now_ms)) {
			progress_drawn(&progress, now_ms);
			drawn++;
		}
	}
	cr_assert_eq(drawn, 10);
}

Test(progress, a_terminal_is_drawn_at_once_and_not_again_without_news)
{
	struct progress progress;
	const struct hft_event event = progress_to(1);

	progress_init(&progress, true);
	cr_assert_not(progress_is_due(&progress, START_MS));
	(void)take(&progress, &event, START_MS);
	cr_assert(progress_is_due(&progress, START_MS));
	progress_drawn(&progress, START_MS);
	cr_assert_not(progress_is_due(&progress, START_MS + 100000));
}

Test(progress, elsewhere_there_is_a_line_every_five_seconds)
{
	struct progress progress;
	const struct hft_event event = progress_to(1);
	unsigned printed = 0;

	progress_init(&progress, false);
	for (uint64_t now_ms = START_MS; now_ms < START_MS + 20001; now_ms++) {
		if (now_ms % 10 == 0)
			(void)take(&progress, &event, now_ms);
		if (progress_is_due(&progress, now_ms)) {
			progress_drawn(&progress, now_ms);
			printed++;
		}
	}
	cr_assert_eq(printed, 4);
}

Test(progress, a_result_says_size_time_rate_resent_and_digest)
{
	struct progress progress;
	struct hft_event event = progress_to(1);

	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	event = event_of(HFT_EVENT_COMPLETED);
	event.transfer.has_outcome = true;
	event.transfer.bytes_total = UINT64_C(1) << 30;
	event.transfer.bytes_resent = 3 << 20;
	event.transfer.rate_bytes = UINT64_C(98) << 20;
	event.transfer.duration_ms = 10400;
	event.transfer.digest = "00112233445566778899aabbccddeeff";
	cr_assert_str_eq(
		take(&progress, &event, START_MS),
		"daily.dat -> tokyo: done, 1.00 GiB in 10.4 s, 98.0 MiB/s, 3.00 MiB resent, "
		"digest 00112233445566778899aabbccddeeff");
	cr_assert_eq(progress.count, 0);
}

Test(progress, a_failure_says_why_and_where_it_waits)
{
	struct progress progress;
	struct hft_event event = event_of(HFT_EVENT_FAILED);

	progress_init(&progress, true);
	event.transfer.has_outcome = true;
	event.transfer.status = 202;
	event.transfer.detail = 901;
	event.transfer.list_no = 7;
	event.transfer.sentence = "tokyo was not ready\033[2J";
	cr_assert_str_eq(
		take(&progress, &event, START_MS),
		"daily.dat -> tokyo: failed: tokyo was not ready?[2J [202-901]; waits in the "
		"Resend Queue as 7");
}

Test(progress, a_loss_a_wait_and_a_resume_are_kept_as_lines)
{
	struct progress progress;
	struct hft_event event = event_of(HFT_EVENT_LOST);

	progress_init(&progress, false);
	event.transfer.noticed_ms = 2010;
	event.transfer.verdict = 961;
	cr_assert_str_eq(take(&progress, &event, START_MS),
			 "daily.dat -> tokyo: connection lost, noticed after 2010 ms, verdict 961");

	event = event_of(HFT_EVENT_WAITING);
	event.transfer.next_try = 2;
	event.transfer.tries = 6;
	event.transfer.cycle = 1;
	event.transfer.cycles = 3;
	cr_assert_str_eq(take(&progress, &event, START_MS),
			 "daily.dat -> tokyo: waits for try 2 of 6, cycle 1 of 3");
	cr_assert_str_eq(progress.lines[0].state, "waits for try 2 of 6");

	event = event_of(HFT_EVENT_RESUMED);
	event.transfer.bytes = 512 << 20;
	cr_assert_str_eq(take(&progress, &event, START_MS),
			 "daily.dat -> tokyo: goes on from 512 MiB");
	cr_assert_str_empty(progress.lines[0].state);
}

Test(progress, a_resume_that_was_none_says_so)
{
	struct progress progress;
	struct hft_event event = event_of(HFT_EVENT_RESUMED);

	progress_init(&progress, false);
	event.transfer.bytes = 0;
	event.transfer.reason = "partial-missing";
	cr_assert_str_eq(take(&progress, &event, START_MS),
			 "daily.dat -> tokyo: goes on, not from its checkpoint: partial-missing");
}

Test(progress, more_transfers_than_lines_show_the_latest)
{
	struct progress progress;
	struct hft_event event = progress_to(1);
	char id[33] = "";

	progress_init(&progress, true);
	event.transfer.id = id;
	for (int i = 0; i < PROGRESS_LINES_MAX + 5; i++) {
		memset(id, 'a' + i % 16, 32);
		id[0] = (char)('A' + i / 16);
		(void)take(&progress, &event, START_MS);
	}
	cr_assert_eq(progress.count, PROGRESS_LINES_MAX);
	cr_assert_str_eq(progress.lines[PROGRESS_LINES_MAX - 1].id, id);
}

Test(progress, a_line_is_never_wider_than_the_terminal)
{
	struct progress progress;
	struct hft_event event = progress_to(470 << 20);
	char text[PROGRESS_TEXT_BYTES];

	progress_init(&progress, true);
	event.transfer.name =
		"a-very-long-name-\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc-that-does-not-"
		"fit-into-any-terminal-that-people-have-on-their-desks-today";
	(void)take(&progress, &event, START_MS);
	for (uint32_t width = 1; width < 200; width++) {
		size_t columns = 0;

		progress_print(&progress.lines[0], width, text);
		for (const char *at = text; *at != '\0'; at++)
			columns += ((unsigned char)*at & 0xc0) != 0x80;
		cr_assert_leq(columns, width);
	}
}

Test(progress, what_is_about_no_transfer_does_nothing)
{
	struct progress progress;
	const struct hft_event event = event_of(HFT_EVENT_END);

	progress_init(&progress, true);
	cr_assert_str_empty(take(&progress, &event, START_MS));
	cr_assert_eq(progress.count, 0);
}

Test(progress, a_received_file_is_shown_with_where_it_comes_from)
{
	struct hft_event event = event_of(HFT_EVENT_PROGRESS);
	char label[256];

	event.transfer.receiving = true;
	event.transfer.path = "/data/in/a";
	progress_label(&event.transfer, label, sizeof(label));
	cr_assert_str_eq(label, "/data/in/a <- tokyo");
}

/* Progress without a rate, as of an engine that tells none. */
static void tell_bytes(struct progress *progress, uint64_t bytes, uint64_t now_ms)
{
	struct hft_event event = progress_to(bytes);

	event.transfer.rate_bytes = HFT_UNKNOWN;
	event.transfer.eta_s = HFT_UNKNOWN;
	(void)take(progress, &event, now_ms);
}

Test(progress, a_rate_that_is_not_told_is_computed)
{
	struct progress progress;

	progress_init(&progress, true);
	tell_bytes(&progress, 400 << 20, START_MS); /* durable before: no rate */
	cr_assert_eq(progress.lines[0].rate_bytes, HFT_UNKNOWN);
	for (uint64_t i = 1; i <= 50; i++)
		tell_bytes(&progress, (400 << 20) + i * (1 << 20), START_MS + i * 100);
	cr_assert_eq(progress.lines[0].rate_bytes, 10 << 20);
	cr_assert_eq(progress.lines[0].eta_s, 55);
}

Test(progress, a_wait_is_no_rate)
{
	struct progress progress;
	const struct hft_event event = event_of(HFT_EVENT_RESUMED);

	progress_init(&progress, true);
	tell_bytes(&progress, 0, START_MS);
	tell_bytes(&progress, 10 << 20, START_MS + 1000);
	cr_assert_eq(progress.lines[0].rate_bytes, 10 << 20);
	(void)take(&progress, &event, START_MS + 60000);
	cr_assert_eq(progress.lines[0].rate_bytes, HFT_UNKNOWN);
	tell_bytes(&progress, 10 << 20, START_MS + 60000);
	tell_bytes(&progress, 20 << 20, START_MS + 61000);
	cr_assert_eq(progress.lines[0].rate_bytes, 10 << 20);
}

Test(progress, a_size_that_is_not_known_yet_is_no_hundred_percent)
{
	struct progress progress;
	struct hft_event event = event_of(HFT_EVENT_STARTED);
	char text[PROGRESS_TEXT_BYTES];

	event.transfer.bytes = 0;
	event.transfer.bytes_total = 0;
	progress_init(&progress, true);
	(void)take(&progress, &event, START_MS);
	progress_print(&progress.lines[0], 80, text);
	cr_assert_null(strchr(text, '%'));
}
