/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine_choice.c -- which engine ops_new() takes, and that a step down is never silent.
 *
 * The last part forbids io_uring to this very process, so it comes last. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "host/log.h"
#include "io/backend.h"
#include "io/buffer_pool.h"
#include "io/features.h"
#include "io/file_worker.h"
#include "support/op_rig.h"
#include "support/refuse_io_uring.h"

#define SLOT_BYTES ((size_t)65536)
#define NOBODY	   65534

static bool ring_has_flag(const char *name)
{
	struct features features;

	features_probe(&features);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (strcmp(features.list[i].name, name) == 0)
			return features.list[i].available;
	}
	return false;
}

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

/* Made here, used there: the ring belongs to the thread that waits. */
static void *use_elsewhere(void *argument)
{
	struct op_rig *rig = argument;
	struct op_try polling = {.op = {.kind = OP_POLL}};

	polling.op.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK(rig, op_rig_run(rig, &polling) > 0);
	ops_close(rig->ops, polling.op.fd);
	return NULL;
}

static void the_ring_belongs_to_the_first_thread_that_waits(struct op_rig *rig)
{
	struct buffer_pool *pool = NULL;
	pthread_t thread;

	EXPECT(rig, choose(rig, IO_URING, NULL), 0);
	EXPECT(rig, buffer_pool_new(4, SLOT_BYTES, &pool), 0);
	EXPECT(rig, ops_register_pool(rig->ops, pool), 0);
	EXPECT(rig, ops_register_pool(rig->ops, pool), -EBUSY);
	EXPECT(rig, pthread_create(&thread, NULL, use_elsewhere, rig), 0);
	EXPECT(rig, pthread_join(thread, NULL), 0);
	if (ring_has_flag("single_issuer"))
		EXPECT(rig, ops_wait(rig->ops, 0), -EEXIST);
	ops_free(rig->ops);
	buffer_pool_free(pool);
}

/* Room for five slots of sixteen: eight are refused, four are registered. */
static int with_little_locked_memory(struct op_rig *rig)
{
	const size_t slot_bytes = SLOT_BYTES + HFT_SLOT_LEAD_BYTES + HFT_SLOT_TRAIL_BYTES;
	const struct rlimit little = {.rlim_cur = 5 * slot_bytes, .rlim_max = 5 * slot_bytes};
	struct buffer_pool *pool = NULL;

	if (setrlimit(RLIMIT_MEMLOCK, &little) < 0)
		return 77;
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0) /* root has no limit */
		return 77;
	if (file_workers_new(1, &rig->workers) < 0 || choose(rig, IO_URING, NULL) < 0)
		return 77;
	EXPECT(rig, buffer_pool_new(16, SLOT_BYTES, &pool), 0);
	EXPECT(rig, ops_register_pool(rig->ops, pool), 0);
	EXPECT(rig, (int64_t)rig->ops->demotions, 1);
	for (uint32_t i = 0; i < 16; i++)
		EXPECT(rig, buffer_pool_slot(pool, i)->buffer_index, i < 4 ? (int)i : OP_NO_BUFFER);
	ops_free(rig->ops);
	buffer_pool_free(pool);
	file_workers_free(rig->workers);
	return rig->failures > 0 ? 1 : 0;
}

/* In a child, because a limit cannot be raised again; before this process has threads. */
static void fewer_slots_are_registered_under_a_memory_limit(struct op_rig *rig)
{
	int status = 0;
	pid_t child = 0;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		int code = with_little_locked_memory(rig);

		(void)fflush(stdout);
		_exit(code);
	}
	CHECK(rig, child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		printf("skip: locked memory cannot be limited here\n");
	else
		EXPECT(rig, WEXITSTATUS(status), 0);
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
	int error = 0;

	fewer_slots_are_registered_under_a_memory_limit(&rig);
	error = file_workers_new(1, &rig.workers);
	if (error < 0)
		return 1;
	has_ring = choose(&rig, IO_URING, NULL) == 0;
	ops_free(rig.ops);
	expect_engine(&rig, IO_EPOLL, "epoll");
	features_tell_reason_and_remedy(&rig, has_ring);
	if (has_ring) {
		expect_engine(&rig, IO_AUTO, "uring");
		a_small_ring_is_no_limit(&rig);
		the_ring_belongs_to_the_first_thread_that_waits(&rig);
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
