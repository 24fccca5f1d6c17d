/* SPDX-License-Identifier: Apache-2.0 */
/* test_ops.c -- what op.h promises about sockets, pipes, waiting and ending, over both kernel
 * engines. Files are in test_ops_files.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "io/address.h"
#include "support/op_rig.h"

#define BULK_BYTES ((size_t)4 << 20)
#define MANY	   1000
#define MS_NS	   UINT64_C(1000000)

static void data_op(struct op_try *try, enum op_kind kind, int fd, void *data, size_t bytes)
{
	try->op.kind = kind;
	try->op.fd = fd;
	try->op.args.data.data = data;
	try->op.args.data.bytes = bytes;
	try->op.args.data.offset = OP_NO_OFFSET;
	try->op.args.data.buffer_index = OP_NO_BUFFER;
	try->op.args.data.whole = false;
}

static void fill(uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 12));
}

static void close_both(struct op_rig *rig, const int ends[2])
{
	ops_close(rig->ops, ends[0]);
	ops_close(rig->ops, ends[1]);
}

/* ---- sockets -------------------------------------------------------------------- */

static void exchange_over(struct op_rig *rig, int family)
{
	char answer[5] = "";
	int ends[2];

	op_rig_connect(rig, family, ends);
	EXPECT(rig, op_rig_send(rig, ends[0], "hello", 5), 5);
	EXPECT(rig, op_rig_receive(rig, ends[1], answer, 5), 5);
	CHECK(rig, memcmp(answer, "hello", 5) == 0);
	EXPECT(rig, op_rig_send(rig, ends[1], "world", 5), 5);
	EXPECT(rig, op_rig_receive(rig, ends[0], answer, 5), 5);
	CHECK(rig, memcmp(answer, "world", 5) == 0);
	close_both(rig, ends);
}

static void ipv4_connects(struct op_rig *rig)
{
	exchange_over(rig, AF_INET);
}

static void ipv6_connects(struct op_rig *rig)
{
	exchange_over(rig, AF_INET6);
}

static void listen_gives_a_port_and_accept_the_peer(struct op_rig *rig)
{
	struct op_try accepting = {.op = {.kind = OP_ACCEPT}};
	struct op_try connecting = {.op = {.kind = OP_CONNECT, .fd = -1}};
	struct net_address at = {0};
	struct net_address own = {.bytes = sizeof(own.storage)};
	uint16_t port = 0;
	int fd = -1;

	EXPECT(rig, net_address_parse("127.0.0.1", 0, &at), 0);
	EXPECT(rig, ops_listen(rig->ops, &at, &accepting.op.fd, &port), 0);
	CHECK(rig, port != 0);
	net_address_set_port(&at, port);
	connecting.op.args.connect.to = at;
	op_rig_start(rig, &accepting);
	fd = (int)op_rig_run(rig, &connecting);
	CHECK(rig, fd >= 0);
	CHECK(rig, op_rig_finish(rig, &accepting) >= 0);
	EXPECT(rig, getsockname(fd, (struct sockaddr *)&own.storage, &own.bytes), 0);
	CHECK(rig, net_address_equal(&own, &accepting.op.args.accept.ret_peer));

	/* The same port a second time is taken. */
	EXPECT(rig, ops_listen(rig->ops, &at, &(int){0}, &port), -EADDRINUSE);
	ops_close(rig->ops, fd);
	ops_close(rig->ops, (int)accepting.op.result);
	ops_close(rig->ops, accepting.op.fd);
}

static void whole_moves_more_than_the_socket_holds(struct op_rig *rig)
{
	uint8_t *sent = malloc(BULK_BYTES);
	uint8_t *received = calloc(1, BULK_BYTES);
	struct op_try sending = {0};
	struct op_try receiving = {0};
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	fill(sent, BULK_BYTES);
	data_op(&sending, OP_SEND, ends[0], sent, BULK_BYTES);
	data_op(&receiving, OP_RECV, ends[1], received, BULK_BYTES);
	sending.op.args.data.whole = true;
	receiving.op.args.data.whole = true;
	op_rig_start(rig, &sending);
	op_rig_start(rig, &receiving);
	EXPECT(rig, op_rig_finish(rig, &receiving), BULK_BYTES);
	EXPECT(rig, op_rig_finish(rig, &sending), BULK_BYTES);
	CHECK(rig, memcmp(sent, received, BULK_BYTES) == 0);
	EXPECT(rig, sending.over_count, 1);
	EXPECT(rig, receiving.over_count, 1);
	close_both(rig, ends);
	free(sent);
	free(received);
}

static void receive_takes_what_is_there(struct op_rig *rig)
{
	struct op_try receiving = {0};
	char buffer[64];
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	data_op(&receiving, OP_RECV, ends[1], buffer, sizeof(buffer));
	op_rig_start(rig, &receiving);
	op_rig_turn(rig);
	EXPECT(rig, receiving.over_count, 0);
	EXPECT(rig, op_rig_send(rig, ends[0], "abc", 3), 3);
	EXPECT(rig, op_rig_finish(rig, &receiving), 3);
	close_both(rig, ends);
}

static void end_of_stream_cuts_a_whole_receive(struct op_rig *rig)
{
	char buffer[64];
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	EXPECT(rig, op_rig_send(rig, ends[0], "abc", 3), 3);
	ops_close(rig->ops, ends[0]);
	EXPECT(rig, op_rig_receive(rig, ends[1], buffer, sizeof(buffer)), 3);
	EXPECT(rig, op_rig_receive(rig, ends[1], buffer, sizeof(buffer)), 0);
	ops_close(rig->ops, ends[1]);
}

static void sending_to_nobody_is_an_error_and_no_signal(struct op_rig *rig)
{
	int64_t result = 0;
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	ops_abort(rig->ops, ends[1]);
	for (unsigned i = 0; i < 100 && result >= 0; i++)
		result = op_rig_send(rig, ends[0], "abc", 3);
	CHECK(rig, result == -EPIPE || result == -ECONNRESET);
	ops_close(rig->ops, ends[0]);
}

static void connecting_to_nobody_is_refused(struct op_rig *rig)
{
	struct op_try connecting = {.op = {.kind = OP_CONNECT, .fd = -1}};
	struct net_address at = {0};
	uint16_t port = 0;
	int fd = -1;

	EXPECT(rig, net_address_parse("127.0.0.1", 0, &at), 0);
	EXPECT(rig, ops_listen(rig->ops, &at, &fd, &port), 0);
	ops_close(rig->ops, fd);
	net_address_set_port(&at, port);
	connecting.op.args.connect.to = at;
	EXPECT(rig, op_rig_run(rig, &connecting), -ECONNREFUSED);
	connecting.op.args.connect.to = (struct net_address){0};
	EXPECT(rig, op_rig_run(rig, &connecting), -EDESTADDRREQ);
}

static void a_bad_descriptor_is_an_error(struct op_rig *rig)
{
	static const enum op_kind kinds[] = {OP_RECV, OP_SEND, OP_POLL, OP_ACCEPT, OP_READ};
	struct op_try try = {0};
	char byte = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		data_op(&try, kinds[i], 9999, &byte, 1);
		EXPECT(rig, op_rig_run(rig, &try), -EBADF);
	}
	CHECK(rig, rig->ops->failed[OP_RECV] == 1);
	CHECK(rig, rig->ops->submitted[OP_RECV] == 1);
}

/* ---- ending early --------------------------------------------------------------- */

static void expect_cancelled(struct op_rig *rig, struct op_try *try)
{
	op_rig_start(rig, try);
	op_rig_turn(rig);
	EXPECT(rig, try->over_count, 0);
	ops_cancel(rig->ops, &try->op);
	ops_cancel(rig->ops, &try->op);
	EXPECT(rig, op_rig_finish(rig, try), -ECANCELED);

	/* Also before the kernel has seen it; a whole send might have moved something. */
	op_rig_start(rig, try);
	ops_cancel(rig->ops, &try->op);
	EXPECT(rig, try->over_count, 0);
	EXPECT(rig, op_rig_finish(rig, try), -ECANCELED);
	op_rig_turn(rig);
	EXPECT(rig, try->over_count, 1);
}

static void receive_poll_and_accept_can_be_cancelled(struct op_rig *rig)
{
	struct op_try receiving = {0};
	struct op_try polling = {.op = {.kind = OP_POLL}};
	struct op_try accepting = {.op = {.kind = OP_ACCEPT}};
	struct net_address at = {0};
	uint16_t port = 0;
	char buffer[64];
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	data_op(&receiving, OP_RECV, ends[0], buffer, sizeof(buffer));
	expect_cancelled(rig, &receiving);
	polling.op.fd = ends[0];
	expect_cancelled(rig, &polling);
	EXPECT(rig, net_address_parse("127.0.0.1", 0, &at), 0);
	EXPECT(rig, ops_listen(rig->ops, &at, &accepting.op.fd, &port), 0);
	expect_cancelled(rig, &accepting);
	ops_close(rig->ops, accepting.op.fd);
	close_both(rig, ends);
}

static void fill_socket(int fd)
{
	static const uint8_t zeros[65536];

	while (send(fd, zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
		;
}

static void a_blocked_send_can_be_cancelled(struct op_rig *rig)
{
	struct op_try sending = {0};
	char byte = 'x';
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	fill_socket(ends[0]);
	data_op(&sending, OP_SEND, ends[0], &byte, 1);
	sending.op.args.data.whole = true;
	expect_cancelled(rig, &sending);
	close_both(rig, ends);
}

static void a_cut_whole_receive_tells_what_it_has(struct op_rig *rig)
{
	struct op_try receiving = {0};
	char buffer[64] = "";
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	EXPECT(rig, op_rig_send(rig, ends[1], "abc", 3), 3);
	data_op(&receiving, OP_RECV, ends[0], buffer, sizeof(buffer));
	receiving.op.args.data.whole = true;
	op_rig_start(rig, &receiving);
	op_rig_turn(rig);
	op_rig_turn(rig);
	ops_cancel(rig->ops, &receiving.op);
	EXPECT(rig, op_rig_finish(rig, &receiving), 3);
	CHECK(rig, memcmp(buffer, "abc", 3) == 0);
	close_both(rig, ends);
}

/* A listener whose queue is full does not answer a SYN: the connect hangs. */
static void a_hanging_connect_can_be_cancelled(struct op_rig *rig)
{
	struct op_try connecting[4] = {0};
	struct net_address at = {0};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned hanging = 0;

	EXPECT(rig, net_address_parse("127.0.0.1", 0, &at), 0);
	EXPECT(rig, bind(listener, (struct sockaddr *)&at.storage, at.bytes), 0);
	EXPECT(rig, listen(listener, 0), 0);
	EXPECT(rig, getsockname(listener, (struct sockaddr *)&at.storage, &at.bytes), 0);
	for (size_t i = 0; i < ARRAY_COUNT(connecting); i++) {
		connecting[i].op.kind = OP_CONNECT;
		connecting[i].op.fd = -1;
		connecting[i].op.args.connect.to = at;
		op_rig_start(rig, &connecting[i]);
		(void)ops_wait(rig->ops, ops_now_ns(rig->ops) + 20 * MS_NS);
		(void)ops_dispatch(rig->ops, 64);
	}
	for (size_t i = 0; i < ARRAY_COUNT(connecting); i++) {
		hanging += connecting[i].over_count == 0;
		ops_cancel(rig->ops, &connecting[i].op);
		if (op_rig_finish(rig, &connecting[i]) >= 0)
			ops_close(rig->ops, (int)connecting[i].op.result);
		else
			EXPECT(rig, connecting[i].op.result, -ECANCELED);
	}
	CHECK(rig, hanging > 0);
	(void)close(listener);
}

static void abort_ends_all_and_resets_the_peer(struct op_rig *rig)
{
	struct op_try receiving = {0};
	struct op_try sending = {0};
	struct op_try polling = {.op = {.kind = OP_POLL}};
	char buffer[64];
	char byte = 'x';
	int64_t seen = 1;
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	fill_socket(ends[0]);
	data_op(&receiving, OP_RECV, ends[0], buffer, sizeof(buffer));
	data_op(&sending, OP_SEND, ends[0], &byte, 1);
	polling.op.fd = ends[0];
	op_rig_start(rig, &receiving);
	op_rig_start(rig, &sending);
	op_rig_turn(rig);
	op_rig_start(rig, &polling); /* this one the kernel has not seen */
	ops_abort(rig->ops, ends[0]);
	EXPECT(rig, fcntl(ends[0], F_GETFD), -1);
	EXPECT(rig, op_rig_finish(rig, &receiving), -ECANCELED);
	EXPECT(rig, op_rig_finish(rig, &sending), -ECANCELED);
	EXPECT(rig, op_rig_finish(rig, &polling), -ECANCELED);
	op_rig_turn(rig);
	EXPECT(rig, receiving.over_count + sending.over_count + polling.over_count, 3);
	while (seen > 0)
		seen = op_rig_receive(rig, ends[1], buffer, sizeof(buffer));
	EXPECT(rig, seen, -ECONNRESET);
	ops_close(rig->ops, ends[1]);
}

static void abort_half_filled(struct op_rig *rig, bool is_cancelled_before)
{
	struct op_try receiving = {0};
	char buffer[64];
	int64_t result = 0;
	int ends[2];

	op_rig_connect(rig, AF_INET, ends);
	EXPECT(rig, op_rig_send(rig, ends[1], "abc", 3), 3);
	data_op(&receiving, OP_RECV, ends[0], buffer, sizeof(buffer));
	receiving.op.args.data.whole = true;
	op_rig_start(rig, &receiving);
	op_rig_turn(rig);
	op_rig_turn(rig);
	if (is_cancelled_before)
		ops_cancel(rig->ops, &receiving.op);
	ops_abort(rig->ops, ends[0]);
	result = op_rig_finish(rig, &receiving);
	CHECK(rig, result == -ECANCELED || (result == 3 && is_cancelled_before));
	op_rig_turn(rig);
	EXPECT(rig, receiving.over_count, 1);
	ops_close(rig->ops, ends[1]);
}

static void abort_keeps_nothing_of_a_half_filled_receive(struct op_rig *rig)
{
	abort_half_filled(rig, false);
}

static void an_abort_after_a_cancel_ends_it_once(struct op_rig *rig)
{
	abort_half_filled(rig, true);
}

/* ---- waiting -------------------------------------------------------------------- */

static void *wake_it(void *argument)
{
	ops_wake(argument);
	return NULL;
}

static void another_thread_can_wake_the_loop(struct op_rig *rig)
{
	pthread_t thread;
	const uint64_t start_ns = ops_now_ns(rig->ops);

	EXPECT(rig, pthread_create(&thread, NULL, wake_it, rig->ops), 0);
	EXPECT(rig, ops_wait(rig->ops, start_ns + 10000 * MS_NS), 0);
	EXPECT(rig, pthread_join(thread, NULL), 0);
	CHECK(rig, ops_now_ns(rig->ops) - start_ns < 5000 * MS_NS);

	/* A wake that comes before the wait ends the next one. */
	ops_wake(rig->ops);
	EXPECT(rig, ops_wait(rig->ops, UINT64_MAX), 0);
}

static void a_wait_ends_at_its_deadline(struct op_rig *rig)
{
	struct op_try polling = {.op = {.kind = OP_POLL}};
	uint64_t start_ns = ops_now_ns(rig->ops);
	uint64_t took_ns = 0;

	polling.op.fd = eventfd(0, EFD_CLOEXEC);
	op_rig_start(rig, &polling); /* submitted in the same turn that waits */
	EXPECT(rig, ops_wait(rig->ops, start_ns + 200 * MS_NS), 0);
	took_ns = ops_now_ns(rig->ops) - start_ns;
	CHECK(rig, took_ns >= 200 * MS_NS);
	CHECK(rig, took_ns < 380 * MS_NS);

	start_ns = ops_now_ns(rig->ops);
	EXPECT(rig, ops_wait(rig->ops, start_ns + 50 * MS_NS), 0);
	CHECK(rig, ops_now_ns(rig->ops) - start_ns >= 50 * MS_NS);
	EXPECT(rig, ops_wait(rig->ops, 0), 0);
	EXPECT(rig, ops_dispatch(rig->ops, 10), 0);

	ops_cancel(rig->ops, &polling.op);
	EXPECT(rig, op_rig_finish(rig, &polling), -ECANCELED);
	ops_close(rig->ops, polling.op.fd);
}

static void nothing_ends_at_the_next_dispatch(struct op_rig *rig)
{
	struct op_try nothing = {.op = {.kind = OP_NOTHING, .fd = -1}};

	op_rig_start(rig, &nothing);
	ops_cancel(rig->ops, &nothing.op);
	EXPECT(rig, nothing.over_count, 0);
	EXPECT(rig, ops_wait(rig->ops, UINT64_MAX), 0);
	EXPECT(rig, ops_dispatch(rig->ops, 10), 1);
	EXPECT(rig, nothing.over_count, 1);
	EXPECT(rig, nothing.op.result, 0);
}

static void poll_sees_an_eventfd(struct op_rig *rig)
{
	struct op_try polling = {.op = {.kind = OP_POLL}};
	const uint64_t one = 1;

	polling.op.fd = eventfd(0, EFD_CLOEXEC);
	op_rig_start(rig, &polling);
	op_rig_turn(rig);
	EXPECT(rig, polling.over_count, 0);
	EXPECT(rig, write(polling.op.fd, &one, sizeof(one)), sizeof(one));
	CHECK(rig, op_rig_finish(rig, &polling) & POLLIN);
	CHECK(rig, op_rig_run(rig, &polling) & POLLIN); /* still readable */
	ops_close(rig->ops, polling.op.fd);
}

static void a_thousand_ops_end_once_each(struct op_rig *rig)
{
	struct op_try *tries = calloc(MANY, sizeof(*tries));
	const uint64_t one = 1;
	const int fd = eventfd(0, EFD_CLOEXEC);
	unsigned cancelled = 0;

	for (unsigned i = 0; i < MANY; i++) {
		tries[i].op.kind = OP_POLL;
		tries[i].op.fd = fd;
		op_rig_start(rig, &tries[i]);
	}
	op_rig_turn(rig);
	for (unsigned i = 0; i < MANY; i += 3)
		ops_cancel(rig->ops, &tries[i].op);
	EXPECT(rig, write(fd, &one, sizeof(one)), sizeof(one));
	for (unsigned i = 0; i < MANY; i++) {
		cancelled += op_rig_finish(rig, &tries[i]) == -ECANCELED;
		CHECK(rig, tries[i].op.result == -ECANCELED || (tries[i].op.result & POLLIN));
	}
	op_rig_turn(rig);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(rig, tries[i].over_count, 1);
	CHECK(rig, cancelled <= MANY / 3 + 1);
	CHECK(rig, rig->ops->submitted[OP_POLL] == MANY);
	ops_close(rig->ops, fd);
	free(tries);
}

/* ---- pipes ---------------------------------------------------------------------- */

struct pipe_writer {
	int fd;	      /* closed at the end */
	size_t bytes; /* how many, of the pattern */
};

static void *write_pipe(void *argument)
{
	struct pipe_writer *writer = argument;
	uint8_t *data = malloc(writer->bytes);
	size_t done = 0;

	fill(data, writer->bytes);
	while (done < writer->bytes) {
		ssize_t count = write(writer->fd, data + done, writer->bytes - done);

		if (count < 0)
			break;
		done += (size_t)count;
	}
	(void)close(writer->fd);
	free(data);
	return NULL;
}

static void a_pipe_is_skipped_and_then_read_to_its_end(struct op_rig *rig)
{
	struct op_try skipping = {.op = {.kind = OP_SKIP}};
	struct op_try reading = {0};
	struct pipe_writer writer = {.bytes = BULK_BYTES};
	uint8_t *expected = malloc(BULK_BYTES);
	uint8_t *data = malloc(BULK_BYTES);
	pthread_t thread;
	int ends[2];

	fill(expected, BULK_BYTES);
	EXPECT(rig, pipe2(ends, O_CLOEXEC), 0);
	writer.fd = ends[1];
	EXPECT(rig, pthread_create(&thread, NULL, write_pipe, &writer), 0);
	skipping.op.fd = ends[0];
	skipping.op.args.skip.bytes = 3000001;
	EXPECT(rig, op_rig_run(rig, &skipping), 3000001);
	data_op(&reading, OP_READ, ends[0], data, BULK_BYTES);
	reading.op.args.data.whole = true;
	EXPECT(rig, op_rig_run(rig, &reading), BULK_BYTES - 3000001);
	CHECK(rig, memcmp(data, expected + 3000001, BULK_BYTES - 3000001) == 0);
	EXPECT(rig, op_rig_run(rig, &reading), 0);
	EXPECT(rig, op_rig_run(rig, &skipping), 0);
	EXPECT(rig, pthread_join(thread, NULL), 0);
	ops_close(rig->ops, ends[0]);
	free(expected);
	free(data);
}

static void a_fifo_waits_for_its_writer(struct op_rig *rig)
{
	struct op_try reading = {0};
	char path[96];
	char buffer[16] = "";
	int fd = -1;
	int writer = -1;

	(void)snprintf(path, sizeof(path), "%s/fifo", rig->folder);
	EXPECT(rig, mkfifo(path, 0600), 0);
	fd = (int)op_rig_open(rig, -1, path, OPEN_READ | OPEN_NONBLOCK);
	CHECK(rig, fd >= 0);
	data_op(&reading, OP_READ, fd, buffer, sizeof(buffer));
	op_rig_start(rig, &reading);
	op_rig_turn(rig);
	op_rig_turn(rig);
	EXPECT(rig, reading.over_count, 0);
	writer = open(path, O_WRONLY | O_CLOEXEC);
	EXPECT(rig, write(writer, "abc", 3), 3);
	EXPECT(rig, op_rig_finish(rig, &reading), 3);
	expect_cancelled(rig, &reading);
	(void)close(writer);
	EXPECT(rig, op_rig_run(rig, &reading), 0);
	ops_close(rig->ops, fd);
}

static void skipping_can_be_cancelled_and_needs_a_pipe(struct op_rig *rig)
{
	struct op_try skipping = {.op = {.kind = OP_SKIP}};
	int ends[2];

	EXPECT(rig, pipe2(ends, O_CLOEXEC), 0);
	skipping.op.fd = ends[0];
	skipping.op.args.skip.bytes = 100;
	expect_cancelled(rig, &skipping);
	EXPECT(rig, write(ends[1], "abc", 3), 3);
	op_rig_start(rig, &skipping);
	op_rig_turn(rig);
	op_rig_turn(rig);
	ops_cancel(rig->ops, &skipping.op);
	EXPECT(rig, op_rig_finish(rig, &skipping), 3);
	close_both(rig, ends);

	skipping.op.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	EXPECT(rig, op_rig_run(rig, &skipping), -EINVAL);
	ops_close(rig->ops, skipping.op.fd);
}

static void a_nonblocking_descriptor_is_waited_for_too(struct op_rig *rig)
{
	struct op_try reading = {0};
	struct op_try receiving = {0};
	char buffer[16];
	int pipe_ends[2];
	int ends[2];

	EXPECT(rig, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
	EXPECT(rig, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	data_op(&reading, OP_READ, pipe_ends[0], buffer, 3);
	data_op(&receiving, OP_RECV, ends[0], buffer, 3);
	op_rig_start(rig, &reading);
	op_rig_start(rig, &receiving);
	op_rig_turn(rig);
	op_rig_turn(rig);
	EXPECT(rig, reading.over_count + receiving.over_count, 0);
	EXPECT(rig, write(pipe_ends[1], "abc", 3), 3);
	EXPECT(rig, write(ends[1], "abc", 3), 3);
	EXPECT(rig, op_rig_finish(rig, &reading), 3);
	EXPECT(rig, op_rig_finish(rig, &receiving), 3);
	close_both(rig, pipe_ends);
	close_both(rig, ends);
}

static void a_number_closed_behind_our_back_works_again(struct op_rig *rig)
{
	struct op_try polling = {.op = {.kind = OP_POLL}};
	const uint64_t one = 1;
	int first = eventfd(0, EFD_CLOEXEC);
	int copy = fcntl(first, F_DUPFD_CLOEXEC, 100);

	polling.op.fd = first;
	expect_cancelled(rig, &polling);
	(void)close(first); /* not by ops_close(), and the file lives on in the copy */
	polling.op.fd = eventfd(0, EFD_CLOEXEC);
	EXPECT(rig, polling.op.fd, first);
	op_rig_start(rig, &polling);
	EXPECT(rig, write(copy, &one, sizeof(one)), sizeof(one));
	op_rig_turn(rig);
	EXPECT(rig, polling.over_count, 0);
	EXPECT(rig, write(polling.op.fd, &one, sizeof(one)), sizeof(one));
	CHECK(rig, op_rig_finish(rig, &polling) & POLLIN);
	ops_close(rig->ops, polling.op.fd);
	(void)close(copy);
}

static const struct op_test tests[] = {
	{"ipv4 connects", ipv4_connects},
	{"ipv6 connects", ipv6_connects},
	{"listen gives a port and accept the peer", listen_gives_a_port_and_accept_the_peer},
	{"whole moves more than the socket holds", whole_moves_more_than_the_socket_holds},
	{"receive takes what is there", receive_takes_what_is_there},
	{"end of stream cuts a whole receive", end_of_stream_cuts_a_whole_receive},
	{"sending to nobody is an error and no signal",
	 sending_to_nobody_is_an_error_and_no_signal},
	{"connecting to nobody is refused", connecting_to_nobody_is_refused},
	{"a bad descriptor is an error", a_bad_descriptor_is_an_error},
	{"receive, poll and accept can be cancelled", receive_poll_and_accept_can_be_cancelled},
	{"a blocked send can be cancelled", a_blocked_send_can_be_cancelled},
	{"a cut whole receive tells what it has", a_cut_whole_receive_tells_what_it_has},
	{"a hanging connect can be cancelled", a_hanging_connect_can_be_cancelled},
	{"abort ends all and resets the peer", abort_ends_all_and_resets_the_peer},
	{"abort keeps nothing of a half-filled receive",
	 abort_keeps_nothing_of_a_half_filled_receive},
	{"an abort after a cancel ends it once", an_abort_after_a_cancel_ends_it_once},
	{"another thread can wake the loop", another_thread_can_wake_the_loop},
	{"a wait ends at its deadline", a_wait_ends_at_its_deadline},
	{"nothing ends at the next dispatch", nothing_ends_at_the_next_dispatch},
	{"poll sees an eventfd", poll_sees_an_eventfd},
	{"a thousand ops end once each", a_thousand_ops_end_once_each},
	{"a pipe is skipped and then read to its end", a_pipe_is_skipped_and_then_read_to_its_end},
	{"a fifo waits for its writer", a_fifo_waits_for_its_writer},
	{"skipping can be cancelled and needs a pipe", skipping_can_be_cancelled_and_needs_a_pipe},
	{"a nonblocking descriptor is waited for too", a_nonblocking_descriptor_is_waited_for_too},
	{"a number closed behind our back works again",
	 a_number_closed_behind_our_back_works_again},
};

int main(void)
{
	return op_rig_main(tests, ARRAY_COUNT(tests));
}
