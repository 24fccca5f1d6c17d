/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine_choice.c -- which engine ops_new() takes, and that a step down is never silent.
 *
 * The last part forbids io_uring to this very process, so it comes last. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "host/log.h"
#include "io/backend.h"
#include "io/features.h"
#include "io/file_worker.h"
#include "support/op_rig.h"
#include "support/refuse_io_uring.h"

/* Makes the engine and tells which one it became; the caller frees rig->ops. */
static int choose(struct op_rig *rig, enum io_engine engine, struct log *log)
{
	const struct ops_settings settings = {.workers = rig->workers, .log = log};

	rig->ops = NULL;
	return ops_new(engine, &settings, &rig->ops);
}

static void expect_engine(struct op_rig *rig, enum io_engine engine, const char *name)
{
	EXPECT(rig, choose(rig, engine, NULL), 0);
	CHECK(rig, strcmp(ops_backend_name(rig->ops), name) == 0);
	EXPECT(rig, (int64_t)rig->ops->demotions, 0);
	CHECK(rig, strcmp(ops_demotion(rig->ops), "") == 0);
	ops_free(rig->ops);
}

/* Fewer entries than ops in one turn: the ring is emptied in between. */
static void a_small_ring_is_no_limit(struct op_rig *rig)
{
	const struct ops_settings settings = {.workers = rig->workers, .queue_depth = 4};
	struct op_try tries[100] = {0};

	EXPECT(rig, ops_new(IO_URING, &settings, &rig->ops), 0);
	for (size_t i = 0; i < ARRAY_COUNT(tries); i++) {
		tries[i].op.kind = OP_POLL;
		tries[i].op.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		op_rig_start(rig, &tries[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(tries); i++) {
		CHECK(rig, op_rig_finish(rig, &tries[i]) > 0);
		ops_close(rig->ops, tries[i].op.fd);
	}
	ops_free(rig->ops);
}

static void a_refusal_gives_epoll_and_one_line(struct op_rig *rig)
{
	struct log log;
	char line[512] = "";
	char answer[5] = "";
	ssize_t count = 0;
	int ends[2];
	int sockets[2];

	EXPECT(rig, pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	log_init(&log, ends[1], LOG_INFO);
	EXPECT(rig, choose(rig, IO_URING, &log), -EPERM);
	CHECK(rig, rig->ops == NULL);
	EXPECT(rig, choose(rig, IO_AUTO, &log), 0);
	CHECK(rig, strcmp(ops_backend_name(rig->ops), "epoll") == 0);
	EXPECT(rig, (int64_t)rig->ops->demotions, 1);
	CHECK(rig, strstr(ops_demotion(rig->ops), "forbidden") != NULL);

	count = read(ends[0], line, sizeof(line) - 1);
	CHECK(rig, count > 0);
	CHECK(rig, strstr(line, "event=io-engine-demoted") != NULL);
	CHECK(rig, count > 0 && strchr(line, '\n') == line + count - 1);

	op_rig_connect(rig, AF_INET, sockets);
	EXPECT(rig, op_rig_send(rig, sockets[0], "hello", 5), 5);
	EXPECT(rig, op_rig_receive(rig, sockets[1], answer, 5), 5);
	ops_close(rig->ops, sockets[0]);
	ops_close(rig->ops, sockets[1]);
	ops_free(rig->ops);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void features_tell_reason_and_remedy(struct op_rig *rig, bool has_ring)
{
	struct features features;
	char line[1024];

	features_probe(&features);
	printf("     %s\n", features_line(&features, line, sizeof(line)));
	CHECK(rig, features.list[FEATURE_IO_URING].available == has_ring);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		const struct feature *feature = &features.list[i];

		CHECK(rig, feature->name[0] != '\0');
		CHECK(rig, feature->reason[0] != '\0');
		CHECK(rig, feature->available == (feature->remedy[0] == '\0'));
		CHECK(rig, strstr(line, feature->name) != NULL);
	}
}

int main(void)
{
	struct op_rig rig = {.test = "choice"};
	bool has_ring = false;
	int error = file_workers_new(1, &rig.workers);

	if (error < 0)
		return 1;
	has_ring = choose(&rig, IO_URING, NULL) == 0;
	ops_free(rig.ops);
	expect_engine(&rig, IO_EPOLL, "epoll");
	features_tell_reason_and_remedy(&rig, has_ring);
	if (has_ring) {
		expect_engine(&rig, IO_AUTO, "uring");
		a_small_ring_is_no_limit(&rig);
	}

	error = refuse_io_uring();
	if (error < 0) {
		printf("skip: no seccomp filter: %s\n", strerror(-error));
		file_workers_free(rig.workers);
		return rig.failures > 0 ? 1 : 77;
	}
	a_refusal_gives_epoll_and_one_line(&rig);
	features_tell_reason_and_remedy(&rig, false);
	file_workers_free(rig.workers);
	printf("%s choice of the engine\n", rig.failures == 0 ? "ok  " : "FAIL");
	return rig.failures > 0 ? 1 : 0;
}
