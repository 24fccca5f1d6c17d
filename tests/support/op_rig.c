/* SPDX-License-Identifier: Apache-2.0 */
/* op_rig.c -- see op_rig.h. */
#define _GNU_SOURCE
#include "support/op_rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/address.h"
#include "io/file_worker.h"

#define PATIENCE_NS UINT64_C(10000000000)

void op_rig_check(struct op_rig *rig, bool is_true, const char *condition, int line)
{
	if (is_true)
		return;
	rig->failures++;
	printf("    line %d: not true: %s\n", line, condition);
}

void op_rig_expect(struct op_rig *rig, int64_t seen, int64_t expected, int line)
{
	if (seen == expected)
		return;
	rig->failures++;
	printf("    line %d: seen %lld, expected %lld\n", line, (long long)seen,
	       (long long)expected);
}

static void try_done(struct op *op)
{
	struct op_try *try = op->owner;

	try->over_count++;
}

void op_rig_start(struct op_rig *rig, struct op_try *try)
{
	try->over_count = 0;
	try->op.owner = try;
	try->op.done = try_done;
	ops_submit(rig->ops, &try->op);
}

int64_t op_rig_finish(struct op_rig *rig, struct op_try *try)
{
	const uint64_t end_ns = ops_now_ns(rig->ops) + PATIENCE_NS;
	int error = 0;

	while (try->over_count == 0) {
		error = ops_wait(rig->ops, end_ns);
		(void)ops_dispatch(rig->ops, 64);
		if (error < 0 || (try->over_count == 0 && ops_now_ns(rig->ops) >= end_ns)) {
			printf("    %s: op of kind %d does not end (%d)\n", rig->test,
			       (int)try->op.kind, error);
			(void)fflush(stdout);
			_exit(1);
		}
	}
	return try->op.result;
}

int64_t op_rig_run(struct op_rig *rig, struct op_try *try)
{
	op_rig_start(rig, try);
	return op_rig_finish(rig, try);
}

void op_rig_turn(struct op_rig *rig)
{
	EXPECT(rig, ops_wait(rig->ops, 0), 0);
	(void)ops_dispatch(rig->ops, 64);
}

int64_t op_rig_send(struct op_rig *rig, int fd, const void *data, size_t bytes)
{
	struct op_try try = {.op = {.kind = OP_SEND, .fd = fd}};

	try.op.args.data.data = (void *)(uintptr_t)data;
	try.op.args.data.bytes = bytes;
	try.op.args.data.buffer_index = OP_NO_BUFFER;
	try.op.args.data.whole = true;
	return op_rig_run(rig, &try);
}

int64_t op_rig_receive(struct op_rig *rig, int fd, void *data, size_t bytes)
{
	struct op_try try = {.op = {.kind = OP_RECV, .fd = fd}};

	try.op.args.data.data = data;
	try.op.args.data.bytes = bytes;
	try.op.args.data.buffer_index = OP_NO_BUFFER;
	try.op.args.data.whole = true;
	return op_rig_run(rig, &try);
}

int64_t op_rig_open(struct op_rig *rig, int folder_fd, const char *path, uint32_t flags)
{
	struct op_try try = {.op = {.kind = OP_OPEN, .fd = folder_fd}};

	try.op.args.open.path = path;
	try.op.args.open.flags = flags;
	try.op.args.open.mode = 0600;
	return op_rig_run(rig, &try);
}

void op_rig_connect(struct op_rig *rig, int family, int ret_ends[2])
{
	struct op_try accepting = {.op = {.kind = OP_ACCEPT}};
	struct op_try connecting = {.op = {.kind = OP_CONNECT, .fd = -1}};
	struct net_address at = {0};
	const char *loopback = family == AF_INET ? "127.0.0.1" : "::1";
	uint16_t port = 0;
	int error = net_address_parse(loopback, 0, &at);

	if (error == 0)
		error = ops_listen(rig->ops, &at, &accepting.op.fd, &port);
	if (error < 0) {
		printf("    cannot listen on %s: %s\n", loopback, strerror(-error));
		(void)fflush(stdout);
		_exit(1);
	}
	net_address_set_port(&at, port);
	connecting.op.args.connect.to = at;
	op_rig_start(rig, &accepting);
	ret_ends[0] = (int)op_rig_run(rig, &connecting);
	ret_ends[1] = (int)op_rig_finish(rig, &accepting);
	CHECK(rig, ret_ends[0] >= 0);
	CHECK(rig, ret_ends[1] >= 0);
	ops_close(rig->ops, accepting.op.fd);
}

/* Two levels are enough: tests make files and empty folders. */
static void remove_folder(const char *folder)
{
	DIR *listing = opendir(folder);
	struct dirent *entry = NULL;

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		if (unlinkat(dirfd(listing), entry->d_name, 0) < 0)
			(void)unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR);
	}
	(void)closedir(listing);
	(void)rmdir(folder);
}

static void run_one(struct op_rig *rig, const struct op_test *test)
{
	const unsigned before = rig->failures;

	rig->test = test->name;
	(void)snprintf(rig->folder, sizeof(rig->folder), "/tmp/hft-ops-XXXXXX");
	CHECK(rig, mkdtemp(rig->folder) != NULL);
	test->run(rig);
	remove_folder(rig->folder);
	printf("%s %s %s\n", rig->failures == before ? "ok  " : "FAIL", ops_backend_name(rig->ops),
	       test->name);
	(void)fflush(stdout);
}

/* A fresh pool and a fresh engine for each test. Returns the failures, or a negative errno when
 * the engine is refused. */
static int run_engine(enum io_engine engine, const struct op_test *tests, size_t count)
{
	struct op_rig rig = {0};
	struct ops_settings settings = {0};
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++) {
		error = file_workers_new(0, &rig.workers);
		if (error < 0)
			break;
		settings.workers = rig.workers;
		error = ops_new(engine, &settings, &rig.ops);
		if (error == 0) {
			run_one(&rig, &tests[i]);
			ops_free(rig.ops);
		}
		file_workers_free(rig.workers);
	}
	return error < 0 ? error : (int)rig.failures;
}

int op_rig_main(const struct op_test *tests, size_t count)
{
	static const enum io_engine engines[] = {IO_URING, IO_EPOLL};
	bool is_skipped = false;
	int failures = 0;

	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		int result = run_engine(engines[i], tests, count);

		if (result > 0)
			failures += result;
		if (result < 0) {
			printf("skip %s: %s\n", engines[i] == IO_URING ? "uring" : "epoll",
			       strerror(-result));
			is_skipped = true;
		}
	}
	if (failures > 0)
		return 1;
	return is_skipped ? 77 : 0;
}
