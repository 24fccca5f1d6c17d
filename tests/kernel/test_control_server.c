/* SPDX-License-Identifier: Apache-2.0 */
/* test_control_server.c -- the control socket against clients that behave, and that do not.
 *
 * The clients are sockets of this program, or a child when it takes another user. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timers.h"
#include "control/event.h"
#include "daemon/control_server.h"
#include "host/fd.h"
#include "support/op_rig.h"

#define TURNS_MAX	 1000		     /* of 10 ms: a test that waits longer hangs */
#define HUNG_UP		 CONTROL_EVENT_KINDS /* instead of an event */
#define NOBODY		 65534
#define STATUS_LINE	 "{\"request\":\"status\"}\n"
#define WATCH_LINE	 "{\"request\":\"watch\"}\n"
#define SEND_LINE	 "{\"request\":\"send\",\"path\":\"/a\",\"host\":\"tokyo\"}\n"
#define PAST_DEADLINE_NS (HFT_CONTROL_IDLE_NS + UINT64_C(1000000000))

/* A server, and what its owner was told. */
struct house {
	struct op_rig *rig;		/* the engine under test */
	struct timers *timers;		/* of its loop */
	struct control_server *server;	/* under test */
	char path[108];			/* of its socket */
	unsigned requests;		/* calls of request() */
	unsigned gone;			/* calls of gone() */
	struct control_client *client;	/* of the last request */
	enum control_request_kind kind; /* of the last request */
	int source_fd;			/* of the last request */
	bool answers;			/* ends a request at once */
};

static void take_request(void *owner, struct control_client *client,
			 const struct control_request *request, int source_fd)
{
	struct house *house = owner;

	house->requests++;
	house->client = client;
	house->kind = request->kind;
	fd_close(&house->source_fd);
	house->source_fd = source_fd;
	if (house->answers)
		control_client_end(client, HFT_EXIT_DONE, "");
}

static void take_gone(void *owner, struct control_client *client)
{
	struct house *house = owner;

	house->gone++;
	if (house->client == client)
		house->client = NULL;
}

static int try_server(struct house *house, const char *group, struct control_server **ret_server)
{
	const struct control_server_settings settings = {
		.ops = house->rig->ops,
		.timers = house->timers,
		.path = house->path,
		.group = group,
		.events = {.request = take_request, .gone = take_gone},
		.owner = house,
	};
	char sentence[HFT_SENTENCE_BYTES] = "";
	const int error = control_server_new(&settings, ret_server, sentence);

	CHECK(house->rig, (error < 0) == (sentence[0] != '\0'));
	return error;
}

static void house_open(struct house *house, struct op_rig *rig, const char *group)
{
	memset(house, 0, sizeof(*house));
	house->rig = rig;
	house->source_fd = -1;
	(void)snprintf(house->path, sizeof(house->path), "%s/run/control.sock", rig->folder);
	if (timers_new(&house->timers, CONTROL_SERVER_TIMERS) < 0 ||
	    try_server(house, group, &house->server) < 0)
		abort();
}

static void turn(struct house *house)
{
	struct timer *due = NULL;
	const uint64_t now_ns = ops_now_ns(house->rig->ops);

	while ((due = timers_take_due(house->timers, now_ns)))
		due->fire(due, now_ns);
	if (ops_wait(house->rig->ops, now_ns + 10000000) < 0)
		abort();
	(void)ops_dispatch(house->rig->ops, 64);
}

/* Turns until it is true; false when that takes too long. */
#define TURN_UNTIL(house, condition)                        \
	do {                                                \
		unsigned turns = 0;                         \
		while (!(condition) && turns++ < TURNS_MAX) \
			turn(house);                        \
		CHECK((house)->rig, condition);             \
	} while (0)

static void house_close(struct house *house)
{
	control_server_close(house->server);
	TURN_UNTIL(house, control_server_is_closed(house->server));
	control_server_free(house->server);
	CHECK(house->rig, timers_count(house->timers) == 0);
	CHECK(house->rig, access(house->path, F_OK) < 0);
	timers_free(house->timers);
	fd_close(&house->source_fd);
	house->path[strlen(house->path) - strlen("/control.sock")] = '\0';
	(void)rmdir(house->path);
}

static int call(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return fd;
}

static void say(const struct house *house, int fd, const char *text)
{
	CHECK(house->rig, write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* The next event, while the server turns; the kind is HUNG_UP when the server did. */
static struct control_event *hear(struct house *house, int fd)
{
	static struct control_event event;
	static char line[HFT_CONTROL_LINE_BYTES];
	size_t bytes = 0;
	unsigned turns = 0;

	event.kind = HUNG_UP;
	while (turns++ < TURNS_MAX && bytes < sizeof(line)) {
		const ssize_t got = recv(fd, line + bytes, 1, MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN) {
			turn(house);
			continue;
		}
		if (got <= 0)
			return &event;
		turns = 0;
		if (line[bytes++] != '\n')
			continue;
		CHECK(house->rig, control_event_decode(line, bytes, &event) == 0);
		return &event;
	}
	CHECK(house->rig, bytes == sizeof(line)); /* nothing came */
	return &event;
}

static void expect_end(struct house *house, int fd, int exit_code)
{
	const struct control_event *event = hear(house, fd);

	EXPECT(house->rig, event->kind, CONTROL_END);
	if (event->kind == CONTROL_END) {
		EXPECT(house->rig, event->end.exit, exit_code);
		CHECK(house->rig, (exit_code == 0) == (event->end.message[0] == '\0'));
	}
}

/* ---- those that behave ----------------------------------------------------------- */

static void a_request_is_answered(struct op_rig *rig)
{
	struct control_event event;
	struct house house;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	EXPECT(rig, house.kind, CONTROL_WATCH);
	EXPECT(rig, house.source_fd, -1);
	EXPECT(rig, control_client_credentials(house.client)->uid, getuid());
	EXPECT(rig, control_client_credentials(house.client)->pid, getpid());
	CHECK(rig, control_client_credentials(house.client)->privileged);
	CHECK(rig, control_client_credentials(house.client)->name[0] != '\0');
	control_event_init(&event, CONTROL_PROGRESS);
	event.news.bytes = 17;
	control_client_event(house.client, &event);
	CHECK(rig, hear(&house, fd)->news.bytes == 17);
	control_client_end_page(house.client, true, 4);
	CHECK(rig, hear(&house, fd)->end.after == 4);
	fd_close(&fd);
	TURN_UNTIL(&house, house.gone == 1);
	house_close(&house);
}

static void one_request_follows_another(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "");
	house.answers = true;
	fd = call(house.path);
	for (unsigned i = 1; i <= 3; i++) {
		say(&house, fd, STATUS_LINE);
		expect_end(&house, fd, HFT_EXIT_DONE);
		EXPECT(rig, house.requests, i);
	}
	EXPECT(rig, house.gone, 0);
	fd_close(&fd);
	house_close(&house);
	EXPECT(rig, house.gone, 1);
}

static void a_source_comes_with_its_send(struct op_rig *rig)
{
	struct house house;
	struct stat sent, came;
	int ends[2];
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	CHECK(rig, pipe(ends) == 0);
	CHECK(rig, fd_send_with(fd, SEND_LINE, strlen(SEND_LINE), ends[0]) > 0);
	TURN_UNTIL(&house, house.requests == 1);
	EXPECT(rig, house.kind, CONTROL_SEND);
	CHECK(rig, fstat(ends[0], &sent) == 0 && fstat(house.source_fd, &came) == 0);
	CHECK(rig, sent.st_ino == came.st_ino);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	fd_close(&fd);
	house_close(&house);
}

/* Nobody holds the write end any more when the pipe is at its end. */
static void a_descriptor_that_belongs_to_nothing_is_closed(struct op_rig *rig)
{
	struct house house;
	struct pollfd end = {.events = POLLIN};
	int ends[2];
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	CHECK(rig, pipe(ends) == 0);
	CHECK(rig, fd_send_with(fd, STATUS_LINE, strlen(STATUS_LINE), ends[1]) > 0);
	fd_close(&ends[1]);
	TURN_UNTIL(&house, house.requests == 1);
	EXPECT(rig, house.source_fd, -1);
	end.fd = ends[0];
	EXPECT(rig, poll(&end, 1, 1000), 1);
	CHECK(rig, (end.revents & POLLHUP) != 0);
	fd_close(&ends[0]);
	fd_close(&fd);
	house_close(&house);
}

static void a_request_may_come_byte_by_byte(struct op_rig *rig)
{
	static const char line[] = STATUS_LINE;
	struct house house;
	int fd;

	house_open(&house, rig, "");
	house.answers = true;
	fd = call(house.path);
	for (size_t i = 0; i < sizeof(line) - 1; i++) {
		CHECK(rig, write(fd, line + i, 1) == 1);
		turn(&house);
	}
	expect_end(&house, fd, HFT_EXIT_DONE);
	fd_close(&fd);
	house_close(&house);
}

static void an_answer_is_sent_although_the_client_says_no_more(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "");
	house.answers = true;
	fd = call(house.path);
	say(&house, fd, STATUS_LINE);
	CHECK(rig, shutdown(fd, SHUT_WR) == 0);
	expect_end(&house, fd, HFT_EXIT_DONE);
	TURN_UNTIL(&house, house.gone == 1);
	fd_close(&fd);
	house_close(&house);
}

/* ---- those that do not ------------------------------------------------------------ */

static void nonsense_is_answered_and_forgiven(struct op_rig *rig)
{
	static const char *const lines[] = {"\n", "hello\n", "{}\n", "{\"request\":\"dance\"}\n",
					    "{\"request\":\"cancel\",\"id\":\"x\"}\n"};
	struct house house;
	int fd;

	house_open(&house, rig, "");
	house.answers = true;
	fd = call(house.path);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		say(&house, fd, lines[i]);
		expect_end(&house, fd, HFT_EXIT_USAGE);
	}
	EXPECT(rig, house.requests, 0);
	say(&house, fd, STATUS_LINE);
	expect_end(&house, fd, HFT_EXIT_DONE);
	fd_close(&fd);
	house_close(&house);
}

static void two_requests_at_once_are_refused(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, STATUS_LINE STATUS_LINE);
	expect_end(&house, fd, HFT_EXIT_USAGE);
	EXPECT(rig, hear(&house, fd)->kind, HUNG_UP);
	EXPECT(rig, house.requests, 0);
	fd_close(&fd);
	house_close(&house);
	EXPECT(rig, house.gone, 0);
}

static void a_line_without_end_is_refused(struct op_rig *rig)
{
	static char text[HFT_CONTROL_LINE_BYTES];
	struct house house;
	int fd;

	house_open(&house, rig, "");
	memset(text, ' ', sizeof(text));
	fd = call(house.path);
	CHECK(rig, write(fd, text, sizeof(text)) == (ssize_t)sizeof(text));
	expect_end(&house, fd, HFT_EXIT_USAGE);
	EXPECT(rig, hear(&house, fd)->kind, HUNG_UP);
	fd_close(&fd);
	house_close(&house);
}

static void who_talks_while_its_request_runs_is_dropped(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	say(&house, fd, STATUS_LINE);
	TURN_UNTIL(&house, house.gone == 1);
	EXPECT(rig, house.requests, 1);
	EXPECT(rig, hear(&house, fd)->kind, HUNG_UP);
	fd_close(&fd);
	house_close(&house);
	EXPECT(rig, house.gone, 1);
}

static void who_does_not_read_is_dropped(struct op_rig *rig)
{
	struct control_event event;
	struct house house;
	unsigned events = 0;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	control_event_init(&event, CONTROL_PROGRESS);
	memset(event.news.path, 'x', sizeof(event.news.path) - 1);
	while (house.gone == 0 && events < 100000) {
		control_client_event(house.client, &event);
		if (++events % 16 == 0)
			turn(&house);
	}
	EXPECT(rig, house.gone, 1);
	EXPECT(rig, control_server_clients(house.server), 0);
	fd_close(&fd);
	house_close(&house);
}

/* Within one call, so without a chance to be gone before the last event. */
static void a_drop_in_the_middle_of_a_list_is_harmless(struct op_rig *rig)
{
	struct control_event event;
	struct house house;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	control_event_init(&event, CONTROL_PROGRESS);
	memset(event.news.path, 'x', sizeof(event.news.path) - 1);
	for (unsigned i = 0; i < 1000; i++)
		control_client_event(house.client, &event);
	control_client_end(house.client, HFT_EXIT_DONE, "");
	EXPECT(rig, house.gone, 0);
	TURN_UNTIL(&house, house.gone == 1);
	fd_close(&fd);
	house_close(&house);
}

static void a_list_can_see_how_much_room_there_is(struct op_rig *rig)
{
	struct control_event event;
	struct house house;
	unsigned sent = 0;
	unsigned heard = 0;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	control_event_init(&event, CONTROL_PROGRESS);
	memset(event.news.path, 'x', sizeof(event.news.path) - 1);
	for (unsigned round = 0; round < 5; round++) {
		while (control_client_room_bytes(house.client) >= 2 * HFT_CONTROL_LINE_BYTES) {
			control_client_event(house.client, &event);
			sent++;
		}
		for (unsigned i = 0; i < 50 && heard < sent; i++, heard++)
			EXPECT(rig, hear(&house, fd)->kind, CONTROL_PROGRESS);
	}
	control_client_end(house.client, HFT_EXIT_DONE, "");
	for (; heard < sent; heard++)
		EXPECT(rig, hear(&house, fd)->kind, CONTROL_PROGRESS);
	expect_end(&house, fd, HFT_EXIT_DONE);
	EXPECT(rig, house.gone, 0);
	fd_close(&fd);
	house_close(&house);
}

static void who_says_nothing_is_dropped(struct op_rig *rig)
{
	struct house house;
	struct timer *due = NULL;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	TURN_UNTIL(&house, control_server_clients(house.server) == 1);
	due = timers_take_due(house.timers, ops_now_ns(rig->ops) + PAST_DEADLINE_NS);
	CHECK(rig, due);
	if (due)
		due->fire(due, ops_now_ns(rig->ops) + PAST_DEADLINE_NS);
	EXPECT(rig, control_server_clients(house.server), 1); /* only from a dispatch */
	TURN_UNTIL(&house, control_server_clients(house.server) == 0);
	EXPECT(rig, hear(&house, fd)->kind, HUNG_UP);
	EXPECT(rig, house.gone, 0);
	fd_close(&fd);
	house_close(&house);
}

static void who_waits_for_an_answer_may_wait(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "");
	fd = call(house.path);
	say(&house, fd, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1);
	CHECK(rig, !timers_take_due(house.timers, ops_now_ns(rig->ops) + PAST_DEADLINE_NS));
	fd_close(&fd);
	house_close(&house);
}

static void more_than_there_is_room_for_are_sent_away(struct op_rig *rig)
{
	struct house house;
	int fds[HFT_CONTROL_CLIENTS_MAX];
	int one_more;

	house_open(&house, rig, "");
	house.answers = true;
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = call(house.path);
		TURN_UNTIL(&house, control_server_clients(house.server) == i + 1);
	}
	one_more = call(house.path);
	expect_end(&house, one_more, HFT_EXIT_FAILED);
	fd_close(&one_more);
	fd_close(&fds[0]);
	TURN_UNTIL(&house, control_server_clients(house.server) == HFT_CONTROL_CLIENTS_MAX - 1);
	one_more = call(house.path);
	say(&house, one_more, STATUS_LINE);
	expect_end(&house, one_more, HFT_EXIT_DONE);
	fd_close(&one_more);
	for (size_t i = 1; i < ARRAY_COUNT(fds); i++)
		fd_close(&fds[i]);
	house_close(&house);
}

/* ---- the file --------------------------------------------------------------------- */

static void a_socket_that_lives_is_left_alone(struct op_rig *rig)
{
	struct control_server *second = NULL;
	struct house house;
	int fd;

	house_open(&house, rig, "");
	EXPECT(rig, try_server(&house, "", &second), -EADDRINUSE);
	CHECK(rig, !second);
	fd = call(house.path);
	CHECK(rig, fd >= 0);
	fd_close(&fd);
	house_close(&house);
}

static void what_a_dead_engine_left_is_replaced(struct op_rig *rig)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct house house;
	int dead;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/run", rig->folder);
	CHECK(rig, mkdir(address.sun_path, 0700) == 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/control.sock",
		       rig->folder);
	dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(rig, bind(dead, (struct sockaddr *)&address, sizeof(address)) == 0);
	fd_close(&dead);
	house_open(&house, rig, "");
	house_close(&house);
}

static void what_is_no_socket_is_left_alone(struct op_rig *rig)
{
	struct control_server *server = NULL;
	struct house house = {.rig = rig};
	int fd;

	if (timers_new(&house.timers, CONTROL_SERVER_TIMERS) < 0)
		abort();
	(void)snprintf(house.path, sizeof(house.path), "%s/file", rig->folder);
	fd = open(house.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(rig, fd >= 0);
	EXPECT(rig, try_server(&house, "", &server), -EEXIST);
	CHECK(rig, access(house.path, F_OK) == 0);
	(void)unlink(house.path);
	fd_close(&fd);
	timers_free(house.timers);
}

static void the_file_is_for_the_group_and_nobody_else(struct op_rig *rig)
{
	struct house house;
	struct stat file;

	house_open(&house, rig, "");
	CHECK(rig, lstat(house.path, &file) == 0);
	EXPECT(rig, file.st_mode & 07777, 0660);
	house_close(&house);
}

static void a_close_ends_clients_and_their_requests(struct op_rig *rig)
{
	struct house house;
	int waiting;
	int silent;

	house_open(&house, rig, "");
	waiting = call(house.path);
	silent = call(house.path);
	say(&house, waiting, WATCH_LINE);
	TURN_UNTIL(&house, house.requests == 1 && control_server_clients(house.server) == 2);
	house_close(&house);
	EXPECT(rig, house.gone, 1);
	EXPECT(rig, recv(waiting, &(char){0}, 1, MSG_DONTWAIT), 0);
	EXPECT(rig, recv(silent, &(char){0}, 1, MSG_DONTWAIT), 0);
	fd_close(&waiting);
	fd_close(&silent);
}

/* ---- who may ask ------------------------------------------------------------------ */

/* A child asks as nobody, with one more group; its exit code is that of the answer. */
static pid_t ask_as_nobody(const struct house *house, gid_t group)
{
	static char line[HFT_CONTROL_LINE_BYTES];
	static struct control_event event;
	const pid_t child = fork();
	ssize_t bytes;
	int fd;

	if (child != 0)
		return child;
	if (setgroups(1, &group) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(99);
	fd = call(house->path);
	if (fd < 0 || write(fd, STATUS_LINE, strlen(STATUS_LINE)) < 0)
		_exit(fd == -EACCES ? 98 : 99);
	bytes = recv(fd, line, sizeof(line), 0);
	if (bytes <= 0 || control_event_decode(line, (size_t)bytes, &event) < 0)
		_exit(97);
	_exit(event.end.exit);
}

static int answer_to_nobody(struct house *house, gid_t group)
{
	const pid_t child = ask_as_nobody(house, group);
	int status = -1;
	unsigned turns = 0;

	while (waitpid(child, &status, WNOHANG) == 0 && turns++ < TURNS_MAX)
		turn(house);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The folder of the rig is for its owner; the way to the socket must be open. */
static bool open_way(const struct house *house, mode_t socket_mode)
{
	return chmod(house->rig->folder, 0755) == 0 && chmod(house->path, socket_mode) == 0;
}

static void a_stranger_is_kept_out_by_the_file_and_refused_behind_it(struct op_rig *rig)
{
	struct house house;

	if (getuid() != 0)
		return; /* cannot become somebody else */
	house_open(&house, rig, "");
	house.answers = true;
	CHECK(rig, open_way(&house, 0660));
	EXPECT(rig, answer_to_nobody(&house, NOBODY), 98);
	CHECK(rig, open_way(&house, 0666));
	EXPECT(rig, answer_to_nobody(&house, NOBODY), HFT_EXIT_REFUSED);
	EXPECT(rig, house.requests, 0);
	house_close(&house);
}

static void a_member_of_the_group_may_ask_and_is_not_privileged(struct op_rig *rig)
{
	const struct group *group = getgrnam("daemon");
	struct house house;

	if (getuid() != 0 || !group)
		return;
	house_open(&house, rig, "daemon");
	CHECK(rig, open_way(&house, 0660));
	house.answers = true;
	EXPECT(rig, answer_to_nobody(&house, group->gr_gid), HFT_EXIT_DONE);
	EXPECT(rig, house.requests, 1);
	house_close(&house);
}

static void without_the_group_only_we_may_ask(struct op_rig *rig)
{
	struct house house;
	int fd;

	house_open(&house, rig, "no-such-group-here");
	house.answers = true;
	fd = call(house.path);
	say(&house, fd, STATUS_LINE);
	expect_end(&house, fd, HFT_EXIT_DONE);
	fd_close(&fd);
	house_close(&house);
}

#define TEST(function)                             \
	{                                          \
		.name = #function, .run = function \
	}

int main(void)
{
	static const struct op_test tests[] = {
		TEST(a_request_is_answered),
		TEST(one_request_follows_another),
		TEST(a_source_comes_with_its_send),
		TEST(a_descriptor_that_belongs_to_nothing_is_closed),
		TEST(a_request_may_come_byte_by_byte),
		TEST(an_answer_is_sent_although_the_client_says_no_more),
		TEST(nonsense_is_answered_and_forgiven),
		TEST(two_requests_at_once_are_refused),
		TEST(a_line_without_end_is_refused),
		TEST(who_talks_while_its_request_runs_is_dropped),
		TEST(who_does_not_read_is_dropped),
		TEST(a_drop_in_the_middle_of_a_list_is_harmless),
		TEST(a_list_can_see_how_much_room_there_is),
		TEST(who_says_nothing_is_dropped),
		TEST(who_waits_for_an_answer_may_wait),
		TEST(more_than_there_is_room_for_are_sent_away),
		TEST(a_socket_that_lives_is_left_alone),
		TEST(what_a_dead_engine_left_is_replaced),
		TEST(what_is_no_socket_is_left_alone),
		TEST(the_file_is_for_the_group_and_nobody_else),
		TEST(a_close_ends_clients_and_their_requests),
		TEST(a_stranger_is_kept_out_by_the_file_and_refused_behind_it),
		TEST(a_member_of_the_group_may_ask_and_is_not_privileged),
		TEST(without_the_group_only_we_may_ask),
	};

	return op_rig_main(tests, ARRAY_COUNT(tests));
}
