/* SPDX-License-Identifier: Apache-2.0 */
/* test_event.c -- events to JSON and back, and what they look like. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/text.h"
#include "control/event.h"
#include "record/checkpoint.h"
#include "support/rule.h"

#define SOME_WALL_NS UINT64_C(1795257600123000000)

static const struct id some_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void copy(char *target, size_t capacity, const char *source)
{
	cr_assert_eq(text_copy(target, capacity, source), 0);
}

static const char *line_of(const struct control_event *event, size_t *ret_bytes)
{
	static char line[HFT_CONTROL_LINE_BYTES + 1];

	cr_assert_eq(control_event_encode(event, line, HFT_CONTROL_LINE_BYTES, ret_bytes), 0);
	line[*ret_bytes] = '\0';
	cr_assert_eq(strchr(line, '\n'), line + *ret_bytes - 1, "one newline, at the end");
	return line;
}

static void round_trip(const struct control_event *event, struct control_event *ret_back)
{
	size_t bytes = 0;
	const char *line = line_of(event, &bytes);

	memset(ret_back, 0xaa, sizeof(*ret_back));
	cr_assert_eq(control_event_decode(line, bytes, ret_back), 0, "%s", line);
	cr_assert_eq(ret_back->kind, event->kind);
}

Test(event, news_keep_every_field)
{
	static struct control_event event, back;
	struct control_news *news = &event.news;

	control_event_init(&event, CONTROL_FAILED);
	news->id = some_id;
	news->time_wall_ns = SOME_WALL_NS;
	news->attempt = 3;
	news->receiving = true;
	news->priority = 128;
	news->bytes = 0;
	news->bytes_total = INT64_MAX;
	news->bytes_sent = 4;
	news->bytes_skipped = 5;
	news->bytes_resent = 6;
	news->rate_bytes = 7;
	news->eta_s = 0;
	news->duration_ms = 8;
	news->cycle = 1;
	news->cycles = 3;
	news->next_try = 2;
	news->tries = 6;
	news->next_wall_ns = SOME_WALL_NS + 1000000;
	news->until_wall_ns = SOME_WALL_NS + 2000000;
	news->list_no = 9;
	news->resend_of = 10;
	news->verdict = HFT_DETAIL_HOST_DEAD;
	news->noticed_ms = 2000;
	news->reason = RESUME_SOURCE_CHANGED;
	news->has_outcome = true;
	outcome_set_errno(&news->outcome, HFT_CONNECT_FAILED, 0, ECONNREFUSED, "no connection");
	news->has_digest = true;
	news->digest = digest_of("x", 1);
	copy(news->file_id, sizeof(news->file_id), "DAILY");
	copy(news->host, sizeof(news->host), "tokyo");
	copy(news->address, sizeof(news->address), "10.0.0.2:30000");
	copy(news->path, sizeof(news->path), "/data/a\n\"b\"");
	copy(news->name, sizeof(news->name), "in/a");
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.news, news, sizeof(*news)), 0);
}

Test(event, what_was_not_told_stays_unknown)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_PROGRESS);
	event.news.id = some_id;
	event.news.bytes = 0;
	round_trip(&event, &back);
	cr_assert_eq(back.news.bytes, 0);
	cr_assert_eq(back.news.bytes_total, CONTROL_UNKNOWN);
	cr_assert_eq(back.news.rate_bytes, CONTROL_UNKNOWN);
	cr_assert_eq(back.news.eta_s, CONTROL_UNKNOWN);
	cr_assert_not(back.news.has_outcome);
	cr_assert_not(back.news.has_digest);
	cr_assert_eq(memcmp(&back.news, &event.news, sizeof(back.news)), 0);
}

Test(event, a_line_begins_with_the_event_and_leaves_out_what_is_nothing)
{
	static struct control_event event;
	size_t bytes = 0;

	control_event_init(&event, CONTROL_PROGRESS);
	event.news.id = some_id;
	event.news.time_wall_ns = SOME_WALL_NS;
	event.news.bytes = 100;
	event.news.rate_bytes = 10;
	copy(event.news.host, sizeof(event.news.host), "tokyo");
	cr_assert_str_eq(line_of(&event, &bytes),
			 "{\"event\":\"progress\",\"id\":\"0102030405060708090a0b0c0d0e0f10\","
			 "\"time\":\"2026-11-21T10:40:00.123Z\",\"host\":\"tokyo\",\"bytes\":100,"
			 "\"rate_bps\":80,\"rate_bytes\":10}\n");
}

Test(event, an_outcome_says_what_a_script_wants_to_know)
{
	static struct control_event event;
	size_t bytes = 0;

	control_event_init(&event, CONTROL_FAILED);
	event.news.has_outcome = true;
	outcome_set(&event.news.outcome, HFT_CONNECT_FAILED, HFT_DETAIL_TRIES_USED_UP, "late");
	cr_assert_str_eq(line_of(&event, &bytes),
			 "{\"event\":\"failed\",\"status\":202,\"detail\":901,"
			 "\"outcome\":\"connect-exhausted\",\"exit\":1,\"sentence\":\"late\"}\n");
}

Test(event, a_sentence_needs_no_outcome)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_SUSPECT);
	copy(event.news.outcome.sentence, sizeof(event.news.outcome.sentence), "silent for 2 s");
	round_trip(&event, &back);
	cr_assert_str_eq(back.news.outcome.sentence, "silent for 2 s");
	cr_assert_not(back.news.has_outcome);
}

Test(event, the_done_outcome_is_told_too)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_COMPLETED);
	event.news.has_outcome = true;
	round_trip(&event, &back);
	cr_assert(back.news.has_outcome);
}

static void fill_core(struct request_core *core)
{
	core->transfer = some_id;
	core->type = TRANSFER_BINARY;
	core->from_start = true;
	core->detach = true;
	core->priority = 128;
	core->uid = 1000;
	core->gid = 1000;
	core->attempts = 2;
	core->limit_rate_bytes = 1 << 20;
	core->accepted_wall_ns = SOME_WALL_NS;
	core->resend_of = 4;
	core->total_bytes = 1000;
	core->durable_bytes = 500;
	copy(core->file_id, sizeof(core->file_id), "DAILY");
	copy(core->host, sizeof(core->host), "tokyo");
	copy(core->path, sizeof(core->path), "/data/a");
	copy(core->name, sizeof(core->name), "a");
	copy(core->requester, sizeof(core->requester), "anna");
}

Test(event, a_row_of_the_send_queue_comes_back)
{
	HFT_RULE(D_62);
	static struct control_event event, back;
	struct queue_row *row = &event.queue_row;

	control_event_init(&event, CONTROL_QUEUE_ROW);
	fill_core(&row->core);
	row->kind = QUEUE_RESEND;
	row->state = QUEUE_AUTO_WAIT;
	row->auto_resends_left = 2;
	row->cycle = 1;
	row->next_try = 3;
	row->wait_from_wall_ns = SOME_WALL_NS;
	row->wait_until_wall_ns = SOME_WALL_NS;
	outcome_set(&row->last, HFT_READ_FAILED, HFT_DETAIL_HOST_DEAD, "gone");
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.queue_row, row, sizeof(*row)), 0);
}

Test(event, a_row_that_was_never_tried_has_no_outcome)
{
	static struct control_event event;
	size_t bytes = 0;

	control_event_init(&event, CONTROL_QUEUE_ROW);
	event.queue_row.state = QUEUE_QUEUED;
	cr_assert_null(strstr(line_of(&event, &bytes), "outcome"));
}

Test(event, a_row_of_the_resend_queue_comes_back)
{
	static struct control_event event, back;
	struct resend_row *row = &event.resend_row;

	control_event_init(&event, CONTROL_RESEND_ROW);
	fill_core(&row->core);
	row->list_no = 1ULL << 40;
	row->taken = true;
	row->ended_wall_ns = SOME_WALL_NS;
	outcome_set(&row->outcome, HFT_SOURCE_CHANGED, 0, "other");
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.resend_row, row, sizeof(*row)), 0);
}

Test(event, a_row_of_the_log_comes_back_with_its_rate)
{
	static struct control_event event, back;
	struct log_row *row = &event.log_row;
	size_t bytes = 0;

	control_event_init(&event, CONTROL_LOG_ROW);
	row->sequence = 7;
	row->kind = LOG_RECEIVE;
	row->type = TRANSFER_BINARY;
	row->mode = TARGET_REPLACE;
	row->reason = RESUME_PARTIAL_MISSING;
	row->has_digest = true;
	row->digest = digest_of("x", 1);
	row->verdict = HFT_DETAIL_PATH_DEAD;
	row->attempt = 1;
	row->started_wall_ns = SOME_WALL_NS;
	row->ended_wall_ns = SOME_WALL_NS + UINT64_C(2000000000);
	row->bytes_total = 3000;
	row->bytes_moved = 2000;
	row->bytes_skipped = 1000;
	row->transfer = some_id;
	row->owner_epoch = 3;
	copy(row->host, sizeof(row->host), "tokyo");
	copy(row->path, sizeof(row->path), "/data/in/a");
	copy(row->node, sizeof(row->node), "osaka");
	cr_assert_not_null(strstr(line_of(&event, &bytes), "\"rate_bytes\":1000"));
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.log_row, row, sizeof(*row)), 0);
}

Test(event, a_host_comes_back)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_HOST);
	copy(event.host.name, sizeof(event.host.name), "tokyo");
	copy(event.host.addresses, sizeof(event.host.addresses), "10.0.0.2, 10.0.0.3");
	event.host.receive_port = 30000;
	event.host.fingerprints = 2;
	event.host.checked = true;
	event.host.reachable = true;
	event.host.rtt_us = 0;
	copy(event.host.address, sizeof(event.host.address), "10.0.0.2:30000");
	copy(event.host.sentence, sizeof(event.host.sentence), "ready");
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.host, &event.host, sizeof(back.host)), 0);
}

static void fill_status(struct control_status *status)
{
	status->engine = (struct control_engine){.name = "osaka",
						 .version = "0.1.0",
						 .io = "uring",
						 .pid = 1,
						 .movers = 2,
						 .started_wall_ns = SOME_WALL_NS,
						 .owner_epoch = 5};
	status->services =
		(struct control_services){.send = "ready", .receive = "ready", .observe = "off"};
	status->ports = (struct control_ports){.receive = 30000};
	status->sessions = (struct control_sessions){.sending = 1};
	status->queues = (struct control_queues){.send = 2, .resend = 3};
	status->capability_count = HFT_CONTROL_CAPABILITIES_MAX;
	for (uint32_t i = 0; i < HFT_CONTROL_CAPABILITIES_MAX; i++) {
		copy(status->capabilities[i].name, CONTROL_WORD_BYTES, "io_uring");
		copy(status->capabilities[i].reason, CONTROL_REASON_BYTES, "seen");
		status->capabilities[i].available = i % 2 == 0;
	}
}

Test(event, a_status_has_the_parts_that_are_promised)
{
	static const char *const parts[] = {"\"engine\":{", "\"services\":{",
					    "\"ports\":{",  "\"sessions\":{",
					    "\"queues\":{", "\"capabilities\":["};
	static struct control_event event, back;
	size_t bytes = 0;

	control_event_init(&event, CONTROL_STATUS_NOW);
	fill_status(&event.status);
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		cr_assert_not_null(strstr(line_of(&event, &bytes), parts[i]), "%s", parts[i]);
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.status, &event.status, sizeof(back.status)), 0);
}

Test(event, identity_and_end_come_back)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_IDENTITY_IS);
	copy(event.identity.name, sizeof(event.identity.name), "osaka");
	copy(event.identity.fingerprint, sizeof(event.identity.fingerprint), "SHA256:x");
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.identity, &event.identity, sizeof(back.identity)), 0);

	control_event_init(&event, CONTROL_END);
	event.end = (struct control_end){
		.exit = 6, .more = true, .after = 8, .count = 0, .message = "hft: no"};
	round_trip(&event, &back);
	cr_assert_eq(memcmp(&back.end, &event.end, sizeof(back.end)), 0);
}

Test(event, every_kind_has_a_word_of_its_own)
{
	for (int a = 1; a < CONTROL_EVENT_KINDS; a++)
		for (int b = a + 1; b < CONTROL_EVENT_KINDS; b++)
			cr_assert_str_neq(control_event_name((enum control_event_kind)a),
					  control_event_name((enum control_event_kind)b));
}

Test(event, news_are_the_events_of_transfers)
{
	cr_assert(control_event_is_news(CONTROL_QUEUED));
	cr_assert(control_event_is_news(CONTROL_FAILED));
	cr_assert_not(control_event_is_news(CONTROL_QUEUE_ROW));
	cr_assert_not(control_event_is_news(CONTROL_END));
}

Test(event, a_name_that_is_not_utf8_is_mended)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_QUEUED);
	copy(event.news.path, sizeof(event.news.path), "/a\xff\xc3\xbc\xe2\x82z");
	round_trip(&event, &back);
	cr_assert_str_eq(back.news.path, "/a\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbdz");
}

Test(event, the_worst_texts_fit_the_line_and_are_cut_when_read)
{
	static struct control_event event, back;

	control_event_init(&event, CONTROL_FAILED);
	memset(event.news.path, 0xff, sizeof(event.news.path) - 1);
	memset(event.news.name, 1, sizeof(event.news.name) - 1);
	memset(event.news.outcome.sentence, 1, sizeof(event.news.outcome.sentence) - 1);
	round_trip(&event, &back);
	cr_assert_eq(strlen(back.news.path), (HFT_PATH_BYTES - 1) / 3 * 3);
	cr_assert_eq(strlen(back.news.name), HFT_NAME_BYTES - 1);
	memset(event.news.path, 1, sizeof(event.news.path) - 1);
	round_trip(&event, &back);
	cr_assert_eq(strlen(back.news.path), HFT_PATH_BYTES - 1);
}

Test(event, a_number_that_json_cannot_hold_is_refused)
{
	static struct control_event event;
	static char line[HFT_CONTROL_LINE_BYTES];
	size_t bytes = 99;

	control_event_init(&event, CONTROL_PROGRESS);
	event.news.bytes = UINT64_MAX - 1;
	cr_assert_eq(control_event_encode(&event, line, sizeof(line), &bytes), -EINVAL);
	cr_assert_eq(bytes, 99);
	event.news.bytes = 0;
	event.news.reason = RESUME_REASONS;
	cr_assert_eq(control_event_encode(&event, line, sizeof(line), &bytes), -EINVAL);
}

Test(event, a_word_of_a_newer_engine_is_nothing)
{
	static const char line[] = "{\"event\":\"queue-row\",\"state\":\"dancing\",\"new\":true}";
	static struct control_event event;

	cr_assert_eq(control_event_decode(line, sizeof(line) - 1, &event), 0);
	cr_assert_eq(event.queue_row.state, 0);
}

Test(event, an_unknown_event_is_told_apart_from_nonsense)
{
	static const char unknown[] = "{\"event\":\"dancing\"}";
	static const char *const nonsense[] = {
		"", "x", "{}", "{\"event\":1}", "[]", "{\"event\":\"progress\",\"bytes\":-1}"};
	static struct control_event event;

	event.kind = CONTROL_END;
	cr_assert_eq(control_event_decode(unknown, sizeof(unknown) - 1, &event), -EOPNOTSUPP);
	for (size_t i = 0; i < ARRAY_COUNT(nonsense); i++)
		cr_assert_eq(control_event_decode(nonsense[i], strlen(nonsense[i]), &event),
			     -EINVAL, "%s", nonsense[i]);
	cr_assert_eq(event.kind, CONTROL_END);
}

Test(event, a_kind_that_is_none_is_a_bug, .signal = SIGABRT)
{
	(void)control_event_name(CONTROL_EVENT_KINDS);
}
