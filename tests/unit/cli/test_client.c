/* SPDX-License-Identifier: Apache-2.0 */
/* test_client.c -- libhft against an engine that is the test itself. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <hft/hft.h>

#include "control/request.h"
#include "host/fd.h"

#define ID "0102030405060708090a0b0c0d0e0f10"

/* A handle, and the engine's end of its socket. */
struct pair {
	struct hft *handle; /* libhft's */
	int engine;	    /* ours */
};

static struct pair open_pair(void)
{
	struct pair pair;
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	cr_assert_eq(hft_open_fd(ends[0], &pair.handle), 0);
	pair.engine = ends[1];
	return pair;
}

static void close_pair(struct pair *pair)
{
	hft_close(pair->handle);
	fd_close(&pair->engine);
}

static void say(const struct pair *pair, const char *text)
{
	cr_assert_eq(write(pair->engine, text, strlen(text)), (ssize_t)strlen(text));
}

/* What libhft asked for, and the descriptor that came with it. */
static struct control_request hear(const struct pair *pair, int *ret_fd)
{
	static char line[HFT_CONTROL_LINE_BYTES];
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct control_request request;
	int fd = -1;
	const ssize_t bytes = fd_recv_with(pair->engine, line, sizeof(line), &fd);

	cr_assert_gt(bytes, 0);
	cr_assert_eq(control_request_decode(line, (size_t)bytes, &request, sentence), 0, "%s",
		     sentence);
	if (ret_fd)
		*ret_fd = fd;
	else
		cr_assert_eq(fd, -1);
	return request;
}

static const struct hft_event *next(const struct pair *pair)
{
	const struct hft_event *event = NULL;

	cr_assert_eq(hft_next_event(pair->handle, 0, &event), 0, "%s", hft_sentence(pair->handle));
	return event;
}

Test(client, a_send_passes_options_and_the_descriptor)
{
	struct pair pair = open_pair();
	const struct hft_send_options options = {.path = "/data/a",
						 .host = "tokyo",
						 .name = "in/a",
						 .priority = 3,
						 .from_start = true,
						 .lanes = 2,
						 .wait_s = 9,
						 .limit_rate_bytes = 1 << 20};
	const int file = memfd_create("source", MFD_CLOEXEC);
	struct control_request request;
	struct stat sent, came;
	int fd = -1;

	cr_assert_eq(hft_send(pair.handle, &options, file), 0);
	request = hear(&pair, &fd);
	cr_assert_eq(request.kind, CONTROL_SEND);
	cr_assert_str_eq(request.send.path, "/data/a");
	cr_assert_str_eq(request.send.host, "tokyo");
	cr_assert_str_eq(request.send.name, "in/a");
	cr_assert_str_eq(request.send.file_id, "");
	cr_assert_eq(request.send.priority, 3);
	cr_assert(request.send.from_start);
	cr_assert_eq(request.send.lanes, 2);
	cr_assert_eq(request.send.wait_s, 9);
	cr_assert_eq(request.send.limit_rate_bytes, 1 << 20);
	cr_assert_eq(fstat(file, &sent), 0);
	cr_assert_eq(fstat(fd, &came), 0);
	cr_assert_eq(sent.st_ino, came.st_ino);
	close_pair(&pair);
}

Test(client, a_send_by_file_id_needs_no_descriptor)
{
	struct pair pair = open_pair();
	const struct hft_send_options options = {.file_id = "DAILY"};
	struct control_request request;

	cr_assert_eq(hft_send(pair.handle, &options, -1), 0);
	request = hear(&pair, NULL);
	cr_assert_str_eq(request.send.file_id, "DAILY");
	close_pair(&pair);
}

Test(client, events_come_as_plain_structs_with_their_line)
{
	static const char line[] = "{\"event\":\"progress\",\"id\":\"" ID
				   "\",\"host\":\"tokyo\",\"bytes\":5,\"bytes_total\":10,"
				   "\"rate_bytes\":7,\"eta_s\":1,\"colour\":\"red\"}";
	struct pair pair = open_pair();
	const struct hft_event *event;

	cr_assert_eq(hft_watch(pair.handle, ID), 0);
	(void)hear(&pair, NULL);
	say(&pair, line);
	say(&pair, "\n");
	event = next(&pair);
	cr_assert_eq(event->kind, HFT_EVENT_PROGRESS);
	cr_assert_str_eq(event->transfer.id, ID);
	cr_assert_str_eq(event->transfer.host, "tokyo");
	cr_assert_str_eq(event->transfer.path, "");
	cr_assert_eq(event->transfer.bytes, 5);
	cr_assert_eq(event->transfer.bytes_total, 10);
	cr_assert_eq(event->transfer.bytes_resent, HFT_UNKNOWN);
	cr_assert_eq(event->transfer.rate_bytes, 7);
	cr_assert_eq(event->transfer.eta_s, 1);
	cr_assert_str_eq(event->json, line);
	cr_assert_eq(event->json_bytes, strlen(line));
	close_pair(&pair);
}

Test(client, an_outcome_has_its_exit_code)
{
	struct pair pair = open_pair();
	const struct hft_event *event;

	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	say(&pair, "{\"event\":\"failed\",\"status\":250,\"detail\":905,\"sentence\":\"no\"}\n");
	event = next(&pair);
	cr_assert_eq(event->kind, HFT_EVENT_FAILED);
	cr_assert(event->transfer.has_outcome);
	cr_assert_eq(event->transfer.exit, HFT_EXIT_REFUSED);
	cr_assert_str_eq(event->transfer.outcome, "receiver-failed");
	cr_assert_str_eq(event->transfer.sentence, "no");
	say(&pair, "{\"event\":\"failed\",\"status\":60000,\"detail\":1}\n");
	event = next(&pair);
	cr_assert_eq(event->transfer.exit, HFT_EXIT_FAILED);
	close_pair(&pair);
}

Test(client, lines_may_come_in_pieces_and_together)
{
	struct pair pair = open_pair();
	const struct hft_event *event = NULL;

	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	say(&pair, "{\"event\":\"queued\"}\n{\"event\":\"started\"}\n{\"event\":");
	cr_assert_eq(next(&pair)->kind, HFT_EVENT_QUEUED);
	cr_assert_eq(next(&pair)->kind, HFT_EVENT_STARTED);
	cr_assert_eq(hft_next_event(pair.handle, 0, &event), -EAGAIN);
	cr_assert_null(event);
	say(&pair, "\"lost\"}\n");
	cr_assert_eq(next(&pair)->kind, HFT_EVENT_LOST);
	close_pair(&pair);
}

Test(client, the_end_is_the_end_until_something_is_asked_again)
{
	struct pair pair = open_pair();
	const struct hft_event *event = NULL;

	cr_assert_eq(hft_next_event(pair.handle, 0, &event), -ENODATA);
	cr_assert_eq(hft_ask_status(pair.handle), 0);
	cr_assert_eq(hft_ask_status(pair.handle), -EBUSY);
	cr_assert_str_not_empty(hft_sentence(pair.handle));
	say(&pair, "{\"event\":\"end\",\"exit\":6,\"message\":\"hft: no\",\"more\":true,"
		   "\"after\":4}\n");
	event = next(&pair);
	cr_assert_eq(event->kind, HFT_EVENT_END);
	cr_assert_eq(event->end.exit, HFT_EXIT_NOT_FOUND);
	cr_assert_str_eq(event->end.message, "hft: no");
	cr_assert(event->end.more);
	cr_assert_eq(event->end.after, 4);
	cr_assert_eq(event->end.count, HFT_UNKNOWN);
	cr_assert_eq(hft_next_event(pair.handle, 0, &event), -ENODATA);
	cr_assert_eq(hft_ask_status(pair.handle), 0);
	close_pair(&pair);
}

Test(client, an_event_of_a_newer_engine_is_its_line_only)
{
	struct pair pair = open_pair();
	const struct hft_event *event;

	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	say(&pair, "{\"event\":\"dancing\"}\n");
	event = next(&pair);
	cr_assert_eq(event->kind, HFT_EVENT_OTHER);
	cr_assert_str_eq(event->json, "{\"event\":\"dancing\"}");
	cr_assert_str_eq(event->transfer.id, "");
	cr_assert_str_eq(event->row.state, "");
	close_pair(&pair);
}

Test(client, an_engine_that_talks_nonsense_is_told)
{
	struct pair pair = open_pair();
	const struct hft_event *event = NULL;

	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	say(&pair, "hello\n");
	cr_assert_eq(hft_next_event(pair.handle, 0, &event), -EPROTO);
	cr_assert_str_not_empty(hft_sentence(pair.handle));
	close_pair(&pair);
}

Test(client, a_line_without_end_is_refused)
{
	struct pair pair = open_pair();
	const struct hft_event *event = NULL;
	static char text[HFT_CONTROL_LINE_BYTES];

	memset(text, 'x', sizeof(text));
	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	cr_assert_eq(write(pair.engine, text, sizeof(text)), (ssize_t)sizeof(text));
	cr_assert_eq(hft_next_event(pair.handle, 0, &event), -EPROTO);
	close_pair(&pair);
}

Test(client, an_engine_that_dies_is_noticed_after_what_it_said)
{
	struct pair pair = open_pair();
	const struct hft_event *event = NULL;

	cr_assert_eq(hft_watch(pair.handle, NULL), 0);
	say(&pair, "{\"event\":\"queued\"}\n");
	fd_close(&pair.engine);
	cr_assert_eq(next(&pair)->kind, HFT_EVENT_QUEUED);
	cr_assert_eq(hft_next_event(pair.handle, -1, &event), -EPIPE);
	close_pair(&pair);
}

Test(client, an_engine_that_turns_us_away_says_why)
{
	struct pair pair = open_pair();

	say(&pair, "{\"event\":\"end\",\"exit\":1,\"message\":\"hft: too many\"}\n");
	fd_close(&pair.engine);
	cr_assert_eq(hft_ask_status(pair.handle), 0);
	cr_assert_str_eq(next(&pair)->end.message, "hft: too many");
	close_pair(&pair);
}

Test(client, what_cannot_be_asked_is_refused_with_a_sentence)
{
	struct pair pair = open_pair();
	struct hft_send_options options = {.path = "/\xff", .host = "tokyo"};
	char name[HFT_NAME_BYTES + 1];

	cr_assert_eq(hft_send(pair.handle, &options, -1), -EINVAL);
	cr_assert_not_null(strstr(hft_sentence(pair.handle), "UTF-8"));
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	options = (struct hft_send_options){.path = "/a", .host = "tokyo", .name = name};
	cr_assert_eq(hft_send(pair.handle, &options, -1), -EINVAL);
	cr_assert_not_null(strstr(hft_sentence(pair.handle), "longer than"));
	cr_assert_eq(hft_cancel(pair.handle, "17", false), -EINVAL);
	cr_assert_not_null(strstr(hft_sentence(pair.handle), "17"));
	cr_assert_eq(hft_watch(pair.handle, "17"), -EINVAL);
	close_pair(&pair);
}

Test(client, queues_logs_and_resends_are_asked_for_as_said)
{
	struct pair pair = open_pair();
	const struct hft_selection selection = {
		.queue = HFT_QUEUE_RESEND, .ids = {ID}, .list_no = 4};
	const struct hft_log_options log = {
		.kind = HFT_LOG_RECEIVE, .by_status = true, .status = 202, .host = "tokyo"};
	const struct hft_resend_options resend = {.list_no = 4, .detach = true};
	struct control_request request;

	cr_assert_eq(hft_queue_change(pair.handle, &selection, 5, HFT_UNKNOWN), 0);
	request = hear(&pair, NULL);
	cr_assert_eq(request.kind, CONTROL_QUEUE_CHANGE);
	cr_assert_eq(request.change.select.id_count, 1);
	cr_assert_eq(request.change.select.list_no, 4);
	cr_assert_eq(request.change.priority, 5);
	cr_assert_eq(request.change.limit_rate_bytes, CONTROL_RATE_LEAVE);
	say(&pair, "{\"event\":\"end\",\"exit\":0,\"message\":\"\",\"count\":1}\n");
	cr_assert_eq(next(&pair)->end.count, 1);

	cr_assert_eq(hft_log_list(pair.handle, &log), 0);
	request = hear(&pair, NULL);
	cr_assert_eq(request.log.kind, LOG_RECEIVE);
	cr_assert(request.log.by_status);
	cr_assert_eq(request.log.status, 202);
	cr_assert_str_eq(request.log.host, "tokyo");
	say(&pair, "{\"event\":\"log-row\",\"kind\":\"receive\",\"sequence\":9,\"status\":0,"
		   "\"detail\":0}\n{\"event\":\"end\",\"exit\":0,\"message\":\"\"}\n");
	cr_assert_eq(next(&pair)->row.sequence, 9);
	cr_assert_eq(next(&pair)->kind, HFT_EVENT_END);

	cr_assert_eq(hft_resend(pair.handle, &resend), 0);
	request = hear(&pair, NULL);
	cr_assert_eq(request.resend.list_no, 4);
	cr_assert(request.resend.detach);
	close_pair(&pair);
}

Test(client, a_row_of_a_queue_is_told_whole)
{
	struct pair pair = open_pair();
	const struct hft_event *event;

	cr_assert_eq(hft_queue_list(pair.handle, HFT_QUEUE_SEND, 0), 0);
	cr_assert_eq(hear(&pair, NULL).list.which, CONTROL_QUEUE_SEND);
	say(&pair, "{\"event\":\"queue-row\",\"id\":\"" ID
		   "\",\"state\":\"auto-wait\",\"kind\":\"send\",\"priority\":128,\"requester\":"
		   "\"anna\",\"cycle\":1,\"cycles_left\":2}\n");
	event = next(&pair);
	cr_assert_eq(event->kind, HFT_EVENT_QUEUE_ROW);
	cr_assert_str_eq(event->row.state, "auto-wait");
	cr_assert_str_eq(event->row.kind, "send");
	cr_assert_str_eq(event->row.requester, "anna");
	cr_assert_eq(event->transfer.priority, 128);
	cr_assert_eq(event->transfer.cycles, 3);
	cr_assert_not(event->transfer.has_outcome);
	close_pair(&pair);
}

static bool count_events(void *arg, const struct hft_event *event)
{
	(void)event;
	*(unsigned *)arg += 1;
	return true;
}

static bool stop_at_once(void *arg, const struct hft_event *event)
{
	(void)arg;
	(void)event;
	return false;
}

Test(client, a_callback_sees_every_event_and_the_exit_code_comes_back)
{
	struct pair pair = open_pair();
	unsigned count = 0;

	cr_assert_eq(hft_host_list(pair.handle), 0);
	say(&pair,
	    "{\"event\":\"host\",\"name\":\"tokyo\"}\n{\"event\":\"host\",\"name\":\"kobe\"}\n"
	    "{\"event\":\"end\",\"exit\":8,\"message\":\"\"}\n");
	cr_assert_eq(hft_for_each_event(pair.handle, count_events, &count), HFT_EXIT_WAITING);
	cr_assert_eq(count, 3);
	cr_assert_eq(hft_ask_identity(pair.handle), 0);
	say(&pair, "{\"event\":\"identity\",\"name\":\"osaka\",\"fingerprint\":\"SHA256:x\"}\n");
	cr_assert_eq(hft_for_each_event(pair.handle, stop_at_once, NULL), -ECANCELED);
	close_pair(&pair);
}

Test(client, no_engine_is_said_with_the_path)
{
	struct hft *handle = NULL;

	cr_assert_eq(hft_open("/nonexistent/control.sock", &handle), -ENOENT);
	cr_assert_not_null(strstr(hft_sentence(handle), "/nonexistent/control.sock"));
	hft_close(handle);
}

Test(client, a_path_that_no_socket_can_have_is_refused)
{
	struct hft *handle = NULL;
	char path[200];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(hft_open(path, &handle), -ENAMETOOLONG);
	hft_close(handle);
}

Test(client, the_socket_is_where_the_environment_says)
{
	char path[64];

	cr_assert_eq(setenv("HFT_SOCKET", "/x/y.sock", 1), 0);
	cr_assert_str_eq(hft_socket_path(path, sizeof(path)), "/x/y.sock");
	cr_assert_eq(setenv("HFT_SOCKET", "", 1), 0);
	cr_assert_eq(unsetenv("XDG_RUNTIME_DIR"), 0);
	cr_assert_str_eq(hft_socket_path(path, sizeof(path)), "/run/hft/control.sock");
	cr_assert_null(hft_socket_path(path, 5));
}

Test(client, closing_nothing_is_fine)
{
	hft_close(NULL);
	cr_assert_str_not_empty(hft_sentence(NULL));
}
