/* SPDX-License-Identifier: Apache-2.0 */
/* test_request.c -- requests to JSON and back, and what is refused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/text.h"
#include "control/request.h"

static const struct id some_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void copy(char *target, size_t capacity, const char *source)
{
	cr_assert_eq(text_copy(target, capacity, source), 0);
}

/* Encodes, decodes, and gives back what came out. */
static struct control_request round_trip(const struct control_request *request)
{
	static char line[HFT_CONTROL_LINE_BYTES];
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct control_request back;
	size_t bytes = 0;

	memset(&back, 0xaa, sizeof(back));
	cr_assert_eq(control_request_encode(request, line, sizeof(line), &bytes), 0);
	cr_assert_gt(bytes, 0);
	cr_assert_eq(memchr(line, '\n', bytes), line + bytes - 1, "one newline, at the end");
	cr_assert_eq(control_request_decode(line, bytes, &back, sentence), 0, "%s", sentence);
	cr_assert_eq(back.kind, request->kind);
	return back;
}

static int decode(const char *line, struct control_request *ret_request,
		  char sentence[HFT_SENTENCE_BYTES])
{
	return control_request_decode(line, strlen(line), ret_request, sentence);
}

/* The error of a line, which must come with a sentence and leave the output alone. */
static int refusal(const char *line)
{
	struct control_request request;
	struct control_request before;
	char sentence[HFT_SENTENCE_BYTES] = "";
	int error;

	memset(&request, 0x5a, sizeof(request));
	memset(&before, 0x5a, sizeof(before));
	error = decode(line, &request, sentence);
	cr_assert_lt(error, 0, "accepted: %s", line);
	cr_assert_eq(memcmp(&request, &before, sizeof(request)), 0, "output touched: %s", line);
	cr_assert_str_not_empty(sentence, "no sentence: %s", line);
	return error;
}

Test(request, a_send_keeps_every_field)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_SEND);
	request.send = (struct control_send){
		.path = "/data/\"quoted\"\n\xc3\xbc",
		.host = "tokyo",
		.group = "all",
		.name = "sub/a",
		.file_id = "DAILY",
		.priority = 256,
		.detach = true,
		.from_start = true,
		.lanes = HFT_LANES_MAX,
		.wait_s = UINT32_MAX,
		.limit_rate_bytes = INT64_MAX,
	};
	back = round_trip(&request);
	cr_assert_eq(memcmp(&back.send, &request.send, sizeof(back.send)), 0);
}

Test(request, the_longest_texts_fit_the_line)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_SEND);
	memset(request.send.path, 1, sizeof(request.send.path) - 1); /* six bytes in JSON */
	request.send.path[0] = '/';
	memset(request.send.name, 1, sizeof(request.send.name) - 1);
	memset(request.send.host, 1, sizeof(request.send.host) - 1);
	back = round_trip(&request);
	cr_assert_eq(memcmp(&back.send, &request.send, sizeof(back.send)), 0);
}

Test(request, the_line_reads_as_documented)
{
	char line[256];
	struct control_request request;
	size_t bytes = 0;

	control_request_init(&request, CONTROL_SEND);
	copy(request.send.path, sizeof(request.send.path), "/data/a");
	copy(request.send.host, sizeof(request.send.host), "tokyo");
	copy(request.send.name, sizeof(request.send.name), "a");
	cr_assert_eq(control_request_encode(&request, line, sizeof(line), &bytes), 0);
	line[bytes] = '\0';
	cr_assert_str_eq(line, "{\"request\":\"send\",\"version\":1,\"path\":\"/data/a\","
			       "\"host\":\"tokyo\",\"name\":\"a\"}\n");
}

Test(request, watch_is_about_one_transfer_or_all)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_WATCH);
	back = round_trip(&request);
	cr_assert(id_is_zero(&back.watch.id));
	request.watch.id = some_id;
	request.watch.has_tail = true;
	back = round_trip(&request);
	cr_assert(id_equal(&back.watch.id, &some_id));
	cr_assert(back.watch.has_tail);
}

Test(request, a_list_of_a_queue_goes_on_behind_a_row)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_QUEUE_LIST);
	request.list = (struct control_list){.which = CONTROL_QUEUE_RESEND, .after = 1ULL << 40};
	back = round_trip(&request);
	cr_assert_eq(back.list.which, CONTROL_QUEUE_RESEND);
	cr_assert_eq(back.list.after, 1ULL << 40);
}

Test(request, a_selection_keeps_all_ids)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_QUEUE_REMOVE);
	request.select.id_count = HFT_CONTROL_IDS_MAX;
	for (uint32_t i = 0; i < HFT_CONTROL_IDS_MAX; i++) {
		request.select.ids[i] = some_id;
		request.select.ids[i].bytes[0] = (uint8_t)i;
	}
	request.select.list_no = 9;
	back = round_trip(&request);
	cr_assert_eq(memcmp(&back.select, &request.select, sizeof(back.select)), 0);
}

Test(request, a_change_can_take_a_limit_away_or_leave_it)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_QUEUE_CHANGE);
	cr_assert_eq(request.change.limit_rate_bytes, CONTROL_RATE_LEAVE);
	request.change.select.list_no = 3;
	request.change.priority = 1;
	back = round_trip(&request);
	cr_assert_eq(back.change.priority, 1);
	cr_assert_eq(back.change.limit_rate_bytes, CONTROL_RATE_LEAVE);
	request.change.limit_rate_bytes = 0;
	back = round_trip(&request);
	cr_assert_eq(back.change.limit_rate_bytes, 0);
	cr_assert_eq(back.change.select.list_no, 3);
}

Test(request, cancel_log_resend_and_check_keep_their_fields)
{
	struct control_request request, back;

	control_request_init(&request, CONTROL_CANCEL);
	request.cancel = (struct control_cancel){.id = some_id, .drop = true};
	back = round_trip(&request);
	cr_assert(id_equal(&back.cancel.id, &some_id) && back.cancel.drop);

	control_request_init(&request, CONTROL_LOG);
	request.log = (struct control_log){.kind = LOG_RECEIVE,
					   .follow = true,
					   .by_status = true,
					   .status = 202,
					   .since_wall_ns = UINT64_C(1795257600123000000),
					   .after = 5,
					   .host = "tokyo",
					   .file_id = "DAILY"};
	back = round_trip(&request);
	cr_assert_eq(memcmp(&back.log, &request.log, sizeof(back.log)), 0);

	control_request_init(&request, CONTROL_RESEND);
	request.resend = (struct control_resend){.list_no = 1,
						 .host = "tokyo",
						 .file_id = "DAILY",
						 .from_start = true,
						 .detach = true,
						 .wait_s = 5};
	back = round_trip(&request);
	cr_assert_eq(memcmp(&back.resend, &request.resend, sizeof(back.resend)), 0);

	control_request_init(&request, CONTROL_HOST_CHECK);
	copy(request.check.host, sizeof(request.check.host), "tokyo");
	back = round_trip(&request);
	cr_assert_str_eq(back.check.host, "tokyo");
}

Test(request, those_without_fields_are_only_a_word)
{
	static const enum control_request_kind kinds[] = {CONTROL_STATUS, CONTROL_HOST_LIST,
							  CONTROL_IDENTITY, CONTROL_RELOAD};
	struct control_request request;

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		control_request_init(&request, kinds[i]);
		(void)round_trip(&request);
	}
}

Test(request, every_kind_has_a_word_of_its_own)
{
	for (int a = 1; a < CONTROL_REQUEST_KINDS; a++)
		for (int b = a + 1; b < CONTROL_REQUEST_KINDS; b++)
			cr_assert_str_neq(control_request_name((enum control_request_kind)a),
					  control_request_name((enum control_request_kind)b));
}

Test(request, unknown_fields_are_ignored)
{
	struct control_request request;
	char sentence[HFT_SENTENCE_BYTES];

	cr_assert_eq(
		decode("{\"colour\":[1,{\"a\":2}],\"request\":\"status\"}", &request, sentence), 0);
	cr_assert_eq(request.kind, CONTROL_STATUS);
}

Test(request, an_unknown_request_or_version_is_not_supported)
{
	cr_assert_eq(refusal("{\"request\":\"dance\"}"), -EOPNOTSUPP);
	cr_assert_eq(refusal("{\"request\":\"status\",\"version\":2}"), -EOPNOTSUPP);
	cr_assert_eq(refusal("{\"request\":\"status\",\"version\":\"1\"}"), -EOPNOTSUPP);
}

Test(request, what_is_no_line_of_json_is_refused)
{
	static const char *const lines[] = {
		"",
		"\n",
		"null",
		"17",
		"[]",
		"[{\"request\":\"status\"}]",
		"{\"request\":\"status\"",
		"{\"request\":\"status\"} x",
		"{\"request\":\"status\"}{\"request\":\"status\"}",
		"{\"request\":\"status\",\"request\":\"status\"}",
		"{\"request\":1}",
		"{}",
		"{\"request\":\"sta\\u0000tus\"}",
		"{\"request\":\"\xff\"}",
	};

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
		cr_assert_eq(refusal(lines[i]), -EINVAL, "%s", lines[i]);
}

Test(request, a_nest_without_end_is_refused)
{
	static char line[HFT_CONTROL_LINE_BYTES];

	memset(line, '[', sizeof(line) - 1);
	cr_assert_eq(refusal(line), -EINVAL);
}

Test(request, a_field_of_the_wrong_type_or_range_is_refused)
{
	static const char *const fields[] = {
		"\"priority\":\"1\"",
		"\"priority\":257",
		"\"priority\":-1",
		"\"priority\":1.5",
		"\"priority\":null",
		"\"priority\":18446744073709551616",
		"\"lanes\":65",
		"\"detach\":1",
		"\"detach\":\"yes\"",
		"\"host\":7",
		"\"host\":{}",
		"\"wait_s\":4294967296",
		"\"file_id\":\"123456789012345678901234567890123456789012345678901\"",
	};
	char line[256];

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		(void)snprintf(line, sizeof(line),
			       "{\"request\":\"send\",\"path\":\"/a\",\"group\":\"g\",%s}",
			       fields[i]);
		cr_assert_eq(refusal(line), -EINVAL, "%s", line);
	}
}

Test(request, a_send_says_what_and_where)
{
	cr_assert_eq(refusal("{\"request\":\"send\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"send\",\"path\":\"/a\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"send\",\"host\":\"b\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"send\",\"path\":\"a\",\"host\":\"b\"}"), -EINVAL);
}

Test(request, a_send_by_file_id_needs_nothing_else)
{
	struct control_request request;
	char sentence[HFT_SENTENCE_BYTES];

	cr_assert_eq(decode("{\"request\":\"send\",\"file_id\":\"D\"}", &request, sentence), 0);
	cr_assert_str_eq(request.send.file_id, "D");
}

Test(request, a_selection_of_nothing_is_refused)
{
	cr_assert_eq(refusal("{\"request\":\"queue-remove\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"queue-remove\",\"queue\":\"send\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"queue-remove\",\"queue\":\"send\",\"list_no\":1}"),
		     -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"queue-remove\",\"ids\":\"x\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"queue-remove\",\"ids\":[\"x\"]}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"queue-remove\",\"ids\":[1]}"), -EINVAL);
}

Test(request, more_ids_than_fit_are_refused)
{
	static const char id[] = "\"00000000000000000000000000000001\"";
	char line[2048] = "";
	size_t used = 0;

	used = (size_t)snprintf(line, sizeof(line), "{\"request\":\"queue-remove\",\"ids\":[%s",
				id);
	for (int i = 0; i < HFT_CONTROL_IDS_MAX; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, ",%s", id);
	(void)snprintf(line + used, sizeof(line) - used, "]}");
	cr_assert_eq(refusal(line), -EINVAL);
}

Test(request, a_change_of_nothing_is_refused)
{
	cr_assert_eq(refusal("{\"request\":\"queue-change\",\"list_no\":1}"), -EINVAL);
}

Test(request, a_cancel_names_a_transfer)
{
	cr_assert_eq(refusal("{\"request\":\"cancel\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"cancel\",\"id\":\"\"}"), -EINVAL);
	cr_assert_eq(refusal("{\"request\":\"cancel\",\"id\":\"1\"}"), -EINVAL);
}

Test(request, a_text_that_is_not_utf8_is_not_sent)
{
	char line[256];
	size_t bytes = 99;
	struct control_request request;

	control_request_init(&request, CONTROL_SEND);
	copy(request.send.path, sizeof(request.send.path), "/\xff");
	copy(request.send.host, sizeof(request.send.host), "tokyo");
	cr_assert_eq(control_request_encode(&request, line, sizeof(line), &bytes), -EINVAL);
	cr_assert_eq(bytes, 99);
}

Test(request, a_small_buffer_is_told)
{
	char line[20];
	size_t bytes = 99;
	struct control_request request;

	control_request_init(&request, CONTROL_STATUS);
	cr_assert_eq(control_request_encode(&request, line, sizeof(line), &bytes), -ENOBUFS);
	cr_assert_eq(bytes, 99);
}
