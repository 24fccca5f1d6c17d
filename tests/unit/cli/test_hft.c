/* SPDX-License-Identifier: Apache-2.0 */
/* test_hft.c -- the program hft, run as users run it, against an engine that is the test itself.
 *
 * Needs $HFT_BUILD, where the program is; without it the tests are skipped. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <hft/status.h>

#include "control/request.h"
#include "host/fd.h"

#define ID	    "0102030405060708090a0b0c0d0e0f10"
#define PATIENCE_MS 10000
#define TEXT_BYTES  65536

/* A run of hft: its output, and the socket it asks at. */
struct run {
	char folder[64];       /* of the socket and of files */
	char socket[96];       /* path */
	char program[4096];    /* hft */
	int listener;	       /* of the socket */
	int out;	       /* standard output, a file in memory */
	int err;	       /* standard error, the same */
	int in;		       /* standard input; -1 = none */
	pid_t child;	       /* hft */
	char text[TEXT_BYTES]; /* what was read of out or err last */
};

static struct run *begin(void)
{
	const char *build = getenv("HFT_BUILD");
	struct run *run = calloc(1, sizeof(*run));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (!build)
		cr_skip_test("HFT_BUILD is not set");
	cr_assert_not_null(run);
	(void)snprintf(run->folder, sizeof(run->folder), "/tmp/hft-cli-XXXXXX");
	cr_assert_not_null(mkdtemp(run->folder));
	(void)snprintf(run->socket, sizeof(run->socket), "%s/control.sock", run->folder);
	(void)snprintf(run->program, sizeof(run->program), "%s/hft", build);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", run->socket);
	run->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(run->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(run->listener, 8), 0);
	run->in = -1;
	return run;
}

static void end(struct run *run)
{
	char path[128];

	(void)unlink(run->socket);
	(void)snprintf(path, sizeof(path), "%s/file", run->folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/hft.conf", run->folder);
	(void)unlink(path);
	cr_assert_eq(rmdir(run->folder), 0);
	free(run);
}

/* Starts hft with these arguments. */
static void start(struct run *run, const char *const *words)
{
	char *texts[32] = {run->program};

	for (size_t i = 0; words[i]; i++)
		texts[i + 1] = (char *)(uintptr_t)words[i];
	run->out = memfd_create("out", MFD_CLOEXEC);
	run->err = memfd_create("err", MFD_CLOEXEC);
	run->child = fork();
	cr_assert_geq(run->child, 0);
	if (run->child > 0)
		return;
	(void)dup2(run->out, STDOUT_FILENO);
	(void)dup2(run->err, STDERR_FILENO);
	if (run->in >= 0)
		(void)dup2(run->in, STDIN_FILENO);
	(void)setenv("HFT_SOCKET", run->socket, 1);
	(void)execv(run->program, texts);
	_exit(127);
}

#define START(run, ...) start(run, (const char *const[]){__VA_ARGS__, NULL})

static int wait_for_exit(struct run *run)
{
	int status = 0;

	cr_assert_eq(waitpid(run->child, &status, 0), run->child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *text_of(struct run *run, int fd)
{
	const ssize_t bytes = pread(fd, run->text, sizeof(run->text) - 1, 0);

	cr_assert_geq(bytes, 0);
	run->text[bytes] = '\0';
	return run->text;
}

/* Runs hft to its end, without an engine to talk to. */
static int exit_of(struct run *run, const char *const *words)
{
	start(run, words);
	return wait_for_exit(run);
}

#define EXIT_OF(run, ...) exit_of(run, (const char *const[]){__VA_ARGS__, NULL})

static int take_call(struct run *run)
{
	struct pollfd ready = {.fd = run->listener, .events = POLLIN};

	cr_assert_eq(poll(&ready, 1, PATIENCE_MS), 1, "hft did not ask: %s",
		     text_of(run, run->err));
	return accept4(run->listener, NULL, NULL, SOCK_CLOEXEC);
}

static struct control_request hear(int engine, int *ret_fd)
{
	static char line[HFT_CONTROL_LINE_BYTES];
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct control_request request;
	struct pollfd ready = {.fd = engine, .events = POLLIN};
	int fd = -1;
	ssize_t bytes;

	cr_assert_eq(poll(&ready, 1, PATIENCE_MS), 1);
	bytes = fd_recv_with(engine, line, sizeof(line), &fd);
	cr_assert_gt(bytes, 0);
	cr_assert_eq(control_request_decode(line, (size_t)bytes, &request, sentence), 0, "%s",
		     sentence);
	if (ret_fd)
		*ret_fd = fd;
	return request;
}

static void say(int engine, const char *text)
{
	cr_assert_eq(write(engine, text, strlen(text)), (ssize_t)strlen(text));
}

static void make_file(struct run *run, char *path, size_t capacity)
{
	int fd;

	(void)snprintf(path, capacity, "%s/file", run->folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, "content", 7), 7);
	fd_close(&fd);
}

#define QUEUED "{\"event\":\"queued\",\"id\":\"" ID "\",\"host\":\"tokyo\",\"name\":\"file\"}\n"
#define COMPLETED                                                                           \
	"{\"event\":\"completed\",\"id\":\"" ID "\",\"host\":\"tokyo\",\"name\":\"file\","  \
	"\"status\":0,\"detail\":0,\"bytes_total\":7,\"bytes_resent\":0,\"rate_bytes\":70," \
	"\"duration_ms\":100,\"digest\":\"00112233445566778899aabbccddeeff\"}\n"
#define ENDED "{\"event\":\"end\",\"exit\":0,\"message\":\"\"}\n"

Test(hft, send_opens_the_file_asks_and_prints_the_result)
{
	struct run *run = begin();
	struct control_request request;
	char path[96], content[16] = "";
	int engine, fd = -1;

	make_file(run, path, sizeof(path));
	START(run, "send", path, "tokyo:in/a", "--limit-rate", "1M", "-p", "3");
	engine = take_call(run);
	request = hear(engine, &fd);
	cr_assert_eq(request.kind, CONTROL_SEND);
	cr_assert_str_eq(request.send.path, path);
	cr_assert_str_eq(request.send.host, "tokyo");
	cr_assert_str_eq(request.send.name, "in/a");
	cr_assert_eq(request.send.priority, 3);
	cr_assert_eq(request.send.limit_rate_bytes, 1 << 20);
	cr_assert_not(request.send.detach);
	cr_assert_eq(read(fd, content, sizeof(content)), 7);
	cr_assert_str_eq(content, "content");
	say(engine, QUEUED COMPLETED ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out),
			 "file -> tokyo: done, 7 B in 0.1 s, 70 B/s, 0 B resent, digest "
			 "00112233445566778899aabbccddeeff\n");
	cr_assert_str_empty(text_of(run, run->err));
	end(run);
}

Test(hft, a_file_keeps_its_name_when_none_is_given)
{
	struct run *run = begin();
	char path[96];
	int engine;

	make_file(run, path, sizeof(path));
	START(run, "send", path, "tokyo");
	engine = take_call(run);
	cr_assert_str_eq(hear(engine, NULL).send.name, "file");
	say(engine, ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);

	START(run, "send", path, "tokyo:in/");
	engine = take_call(run);
	cr_assert_str_eq(hear(engine, NULL).send.name, "in/file");
	say(engine, ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	end(run);
}

Test(hft, standard_input_is_sent_as_a_stream)
{
	struct run *run = begin();
	struct control_request request;
	char content[16] = "";
	int ends[2], engine, fd = -1;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	run->in = ends[0];
	START(run, "send", "-", "tokyo:b");
	engine = take_call(run);
	request = hear(engine, &fd);
	cr_assert_str_eq(request.send.path, "-");
	cr_assert_eq(write(ends[1], "stream", 6), 6);
	cr_assert_eq(read(fd, content, sizeof(content)), 6);
	cr_assert_str_eq(content, "stream");
	say(engine, ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	end(run);
}

Test(hft, detach_prints_the_id_and_nothing_else)
{
	struct run *run = begin();
	char path[96];
	int engine;

	make_file(run, path, sizeof(path));
	START(run, "send", "--detach", path, "tokyo");
	engine = take_call(run);
	cr_assert(hear(engine, NULL).send.detach);
	say(engine, QUEUED ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out), ID "\n");
	end(run);
}

Test(hft, json_prints_the_events_as_they_came)
{
	struct run *run = begin();
	int engine;

	START(run, "--json", "send", "DAILY");
	engine = take_call(run);
	cr_assert_str_eq(hear(engine, NULL).send.file_id, "DAILY");
	say(engine, QUEUED "{\"event\":\"dancing\"}\n" COMPLETED ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out), QUEUED "{\"event\":\"dancing\"}\n" COMPLETED);
	end(run);
}

Test(hft, a_failure_is_said_on_standard_error_with_its_code)
{
	struct run *run = begin();
	int engine;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, QUEUED "{\"event\":\"failed\",\"id\":\"" ID
			   "\",\"host\":\"tokyo\",\"status\":535,\"detail\":0,\"sentence\":\"it "
			   "differs\",\"list_no\":4}\n{\"event\":\"end\",\"exit\":7,\"message\":"
			   "\"\"}\n");
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_INTEGRITY);
	cr_assert_str_eq(text_of(run, run->err),
			 "hft: tokyo: it differs [535-0]; waits in the Resend Queue as 4\n");
	end(run);
}

Test(hft, the_engines_own_message_is_the_better_one)
{
	struct run *run = begin();
	int engine;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, "{\"event\":\"end\",\"exit\":6,\"message\":\"hft: DAILY: no such file id\"}\n");
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_NOT_FOUND);
	cr_assert_str_eq(text_of(run, run->err), "hft: DAILY: no such file id\n");
	end(run);
}

Test(hft, the_first_interrupt_cancels_and_stays)
{
	struct run *run = begin();
	struct control_request request;
	int engine, second;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, QUEUED);
	cr_assert_eq(kill(run->child, SIGINT), 0);
	second = take_call(run);
	request = hear(second, NULL);
	cr_assert_eq(request.kind, CONTROL_CANCEL);
	cr_assert_not(request.cancel.drop);
	say(second, ENDED);
	say(engine, "{\"event\":\"failed\",\"id\":\"" ID
		    "\",\"status\":901,\"detail\":0,\"sentence\":\"cancelled by anna\"}\n"
		    "{\"event\":\"end\",\"exit\":1,\"message\":\"\"}\n");
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_FAILED);
	cr_assert_not_null(strstr(text_of(run, run->err), "cancelled by anna [901-0]"));
	end(run);
}

Test(hft, the_second_interrupt_leaves)
{
	struct run *run = begin();
	int engine, second;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, QUEUED);
	cr_assert_eq(kill(run->child, SIGINT), 0);
	second = take_call(run);
	(void)hear(second, NULL);
	cr_assert_eq(kill(run->child, SIGINT), 0);
	cr_assert_eq(wait_for_exit(run), 130);
	fd_close(&engine);
	end(run);
}

Test(hft, a_watch_is_left_and_cancels_nothing)
{
	struct run *run = begin();
	int engine;

	START(run, "watch", ID);
	engine = take_call(run);
	cr_assert_eq(hear(engine, NULL).kind, CONTROL_WATCH);
	cr_assert_eq(kill(run->child, SIGINT), 0);
	cr_assert_eq(wait_for_exit(run), 130);
	fd_close(&engine);
	end(run);
}

Test(hft, an_engine_that_is_restarted_is_found_again)
{
	struct run *run = begin();
	struct control_request request;
	int engine;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, QUEUED);
	fd_close(&engine);
	engine = take_call(run);
	request = hear(engine, NULL);
	cr_assert_eq(request.kind, CONTROL_WATCH);
	cr_assert_eq(request.watch.id.bytes[15], 0x10);
	say(engine, COMPLETED ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_not_null(strstr(text_of(run, run->out), "done, 7 B"));
	end(run);
}

Test(hft, what_ended_while_the_engine_was_away_is_in_the_log)
{
	struct run *run = begin();
	int engine;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, QUEUED);
	fd_close(&engine);
	engine = take_call(run);
	cr_assert_eq(hear(engine, NULL).kind, CONTROL_WATCH);
	say(engine, "{\"event\":\"end\",\"exit\":6,\"message\":\"hft: no such id\"}\n");
	cr_assert_eq(hear(engine, NULL).kind, CONTROL_LOG);
	say(engine, "{\"event\":\"log-row\",\"kind\":\"send\",\"id\":\"" ID
		    "\",\"status\":905,\"detail\":0}\n"
		    "{\"event\":\"end\",\"exit\":0,\"message\":\"\",\"more\":true,\"after\":7}\n");
	cr_assert_eq(hear(engine, NULL).log.after, 7);
	say(engine, "{\"event\":\"log-row\",\"kind\":\"send\",\"id\":\"" ID
		    "\",\"status\":0,\"detail\":0}\n" ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	end(run);
}

Test(hft, an_engine_that_goes_before_an_id_is_an_error)
{
	struct run *run = begin();
	int engine;

	START(run, "send", "DAILY");
	engine = take_call(run);
	(void)hear(engine, NULL);
	fd_close(&engine);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_NO_ENGINE);
	end(run);
}

Test(hft, wait_ends_by_itself_when_the_engine_does_not)
{
	struct run *run = begin();
	int engine;

	START(run, "send", "DAILY", "--wait", "1");
	engine = take_call(run);
	cr_assert_eq(hear(engine, NULL).send.wait_s, 1);
	say(engine,
	    QUEUED "{\"event\":\"waiting\",\"id\":\"" ID "\",\"next_try\":2,\"tries\":6}\n");
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_WAITING);
	end(run);
}

Test(hft, lists_go_on_page_by_page)
{
	struct run *run = begin();
	int engine;

	START(run, "--json", "queue", "send", "list");
	engine = take_call(run);
	cr_assert_eq(hear(engine, NULL).list.after, 0);
	say(engine, "{\"event\":\"queue-row\",\"state\":\"queued\"}\n"
		    "{\"event\":\"end\",\"exit\":0,\"message\":\"\",\"more\":true,\"after\":5}\n");
	cr_assert_eq(hear(engine, NULL).list.after, 5);
	say(engine, "{\"event\":\"queue-row\",\"state\":\"sending\"}\n" ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out),
			 "{\"event\":\"queue-row\",\"state\":\"queued\"}\n"
			 "{\"event\":\"queue-row\",\"state\":\"sending\"}\n");
	end(run);
}

Test(hft, rows_are_changed_by_id_number_host_or_file_id)
{
	struct run *run = begin();
	struct control_request request;
	int engine;

	START(run, "queue", "resend", "change", ID, "7", "-H", "tokyo", "--file-id", "D",
	      "--limit-rate", "none", "--priority", "9");
	engine = take_call(run);
	request = hear(engine, NULL);
	cr_assert_eq(request.kind, CONTROL_QUEUE_CHANGE);
	cr_assert_eq(request.change.select.which, CONTROL_QUEUE_RESEND);
	cr_assert_eq(request.change.select.id_count, 1);
	cr_assert_eq(request.change.select.list_no, 7);
	cr_assert_str_eq(request.change.select.host, "tokyo");
	cr_assert_str_eq(request.change.select.file_id, "D");
	cr_assert_eq(request.change.limit_rate_bytes, 0);
	cr_assert_eq(request.change.priority, 9);
	say(engine, "{\"event\":\"end\",\"exit\":0,\"message\":\"\",\"count\":2}\n");
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out), "2 changed\n");
	end(run);
}

#define STATUS	  "{\"event\":\"status\",\"engine\":{\"name\":\"osaka\"}}\n"
#define UNDER_WAY "{\"event\":\"progress\",\"id\":\"" ID "\"}\n"

Test(hft, status_as_json_begins_with_the_engine)
{
	struct run *run = begin();
	int engine;

	START(run, "status", "--json");
	engine = take_call(run);
	(void)hear(engine, NULL);
	say(engine, STATUS UNDER_WAY ENDED);
	cr_assert_eq(wait_for_exit(run), HFT_EXIT_DONE);
	cr_assert_str_eq(text_of(run, run->out), STATUS UNDER_WAY);
	end(run);
}

Test(hft, wrong_usage_is_2_and_says_what_is_meant)
{
	struct run *run = begin();

	cr_assert_eq(EXIT_OF(run, "stauts"), HFT_EXIT_USAGE);
	cr_assert_not_null(strstr(text_of(run, run->err), "did you mean hft status?"));
	cr_assert_eq(EXIT_OF(run, "send"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "status", "x"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "status", "--drop"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "send", "-r", run->folder, "tokyo"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "send", run->folder, "tokyo"), HFT_EXIT_USAGE);
	cr_assert_not_null(strstr(text_of(run, run->err), "folder"));
	cr_assert_eq(EXIT_OF(run, "send", "-", "tokyo"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "send", "/dev/null", "tokyo"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "queue", "remove"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "queue", "dance"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "queue", "change", ID), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "log", "dance"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "log", "--since", "soon"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "resend", "x"), HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "host", "check"), HFT_EXIT_USAGE);
	end(run);
}

Test(hft, what_is_missing_is_6_and_no_engine_is_3)
{
	struct run *run = begin();

	cr_assert_eq(EXIT_OF(run, "send", "/nonexistent/file", "tokyo"), HFT_EXIT_NOT_FOUND);
	cr_assert_not_null(strstr(text_of(run, run->err), "/nonexistent/file"));
	cr_assert_eq(EXIT_OF(run, "digest", "/nonexistent/file"), HFT_EXIT_NOT_FOUND);
	cr_assert_eq(EXIT_OF(run, "--socket", "/nonexistent/sock", "status"), HFT_EXIT_NO_ENGINE);
	end(run);
}

Test(hft, help_comes_from_the_table)
{
	struct run *run = begin();

	cr_assert_eq(EXIT_OF(run, "--help"), HFT_EXIT_DONE);
	cr_assert_not_null(strstr(text_of(run, run->out), "cancel"));
	cr_assert_eq(EXIT_OF(run, "cancel", "--help"), HFT_EXIT_DONE);
	cr_assert_not_null(strstr(text_of(run, run->out), "--drop"));
	cr_assert_eq(EXIT_OF(run, "help", "cancel"), HFT_EXIT_DONE);
	cr_assert_not_null(strstr(text_of(run, run->out), "--drop"));
	cr_assert_eq(EXIT_OF(run, "--version"), HFT_EXIT_DONE);
	end(run);
}

#define FINGERPRINT "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"

Test(hft, a_host_is_added_once_and_never_replaced)
{
	struct run *run = begin();
	char config[96], path[128], text[256] = "";
	int fd;

	(void)snprintf(config, sizeof(config), "%s/hft.conf", run->folder);
	(void)snprintf(path, sizeof(path), "%s/conf.d/tokyo.conf", run->folder);
	cr_assert_eq(EXIT_OF(run, "host", "add", "tokyo", "10.0.0.2, 10.0.0.3", FINGERPRINT,
			     "--config", config),
		     HFT_EXIT_DONE, "%s", text_of(run, run->err));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_gt(read(fd, text, sizeof(text) - 1), 0);
	fd_close(&fd);
	cr_assert_not_null(strstr(text, "[host tokyo]\n"));
	cr_assert_not_null(strstr(text, "= 10.0.0.2, 10.0.0.3\n"));
	cr_assert_not_null(strstr(text, "= " FINGERPRINT "\n"));
	cr_assert_eq(
		EXIT_OF(run, "host", "add", "tokyo", "10.0.0.9", FINGERPRINT, "--config", config),
		HFT_EXIT_FAILED);
	cr_assert_not_null(strstr(text_of(run, run->err), "is there already"));
	cr_assert_eq(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/conf.d", run->folder);
	cr_assert_eq(rmdir(path), 0, "something was left behind");
	end(run);
}

Test(hft, a_host_that_would_break_the_configuration_is_refused)
{
	struct run *run = begin();
	char config[96];

	(void)snprintf(config, sizeof(config), "%s/hft.conf", run->folder);
	cr_assert_eq(
		EXIT_OF(run, "host", "add", "a b", "10.0.0.2", FINGERPRINT, "--config", config),
		HFT_EXIT_USAGE);
	cr_assert_eq(
		EXIT_OF(run, "host", "add", "../x", "10.0.0.2", FINGERPRINT, "--config", config),
		HFT_EXIT_USAGE);
	cr_assert_eq(EXIT_OF(run, "host", "add", "tokyo", "a\n[engine]", FINGERPRINT, "--config",
			     config),
		     HFT_EXIT_USAGE);
	cr_assert_eq(
		EXIT_OF(run, "host", "add", "tokyo", "10.0.0.2", "SHA256:x", "--config", config),
		HFT_EXIT_USAGE);
	end(run);
}
