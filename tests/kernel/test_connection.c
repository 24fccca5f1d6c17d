/* SPDX-License-Identifier: Apache-2.0 */
/* test_connection.c -- the promises of a connection over real sockets and both kernel
 * engines, and what a connection costs that idles.
 *
 * Both ends live on one loop, as lanes of two sessions on one mover do. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "io/address.h"
#include "io/backend.h"
#include "io/connection.h"
#include "io/file_worker.h"
#include "support/connection_cases.h"

#define SLOTS		   2
#define TURN_NS		   UINT64_C(1000000) /* waits so long when nothing is over */
#define DRAIN_TURNS	   20
#define IDLE_PAIRS	   1000
#define IDLE_BYTES_MAX	   (32u * 1024u) /* 2,000 of them are a quarter of 256 MiB */
#define FILES_BESIDE_PAIRS 100

struct rig {
	struct file_workers *workers;
	struct connection_world world;
	int listener;
	uint16_t port;
};

static void turn_one(struct ops *ops, uint64_t deadline_ns, unsigned *count)
{
	int error = ops_wait(ops, deadline_ns);

	assert(error == 0);
	*count += ops_dispatch(ops, 64);
}

static bool rig_turn(struct connection_world *world)
{
	unsigned count = 0;

	turn_one(world->ops[0], 0, &count);
	turn_one(world->spare, 0, &count);
	if (count == 0)
		turn_one(world->ops[0], ops_now_ns(world->ops[0]) + TURN_NS, &count);
	return true;
}

/* ---- a stream between two ends ---- */

static void over(struct op *op)
{
	*(bool *)op->owner = true;
}

static void rig_connect(struct connection_world *world, int ret_fd[2])
{
	struct rig *rig = world->owner;
	bool accepted = false;
	bool connected = false;
	struct op accept = {
		.kind = OP_ACCEPT, .fd = rig->listener, .owner = &accepted, .done = over};
	struct op dial = {.kind = OP_CONNECT, .fd = -1, .owner = &connected, .done = over};
	int error = net_address_parse("127.0.0.1", rig->port, &dial.args.connect.to);

	assert(error == 0);
	ops_submit(world->ops[1], &accept);
	ops_submit(world->ops[0], &dial);
	while (!accepted || !connected)
		(void)rig_turn(world);
	assert(accept.result >= 0 && dial.result >= 0);
	ret_fd[0] = (int)dial.result;
	ret_fd[1] = (int)accept.result;
}

/* False when the kernel has no such engine. */
static bool rig_start(struct rig *rig, enum io_engine engine)
{
	struct ops_settings settings = {.workers = NULL};
	struct net_address any;
	int error = 0;

	memset(rig, 0, sizeof(*rig));
	error = file_workers_new(1, &rig->workers);
	assert(error == 0);
	settings.workers = rig->workers;
	if (ops_new(engine, &settings, &rig->world.ops[0]) < 0) {
		file_workers_free(rig->workers);
		return false;
	}
	error = ops_new(engine, &settings, &rig->world.spare);
	assert(error == 0);
	rig->world.ops[1] = rig->world.ops[0];
	rig->world.owner = rig;
	rig->world.connect = rig_connect;
	rig->world.turn = rig_turn;
	error = net_address_parse("127.0.0.1", 0, &any);
	assert(error == 0);
	error = ops_listen(rig->world.ops[0], &any, &rig->listener, &rig->port);
	assert(error == 0);
	return true;
}

static void rig_end(struct rig *rig)
{
	for (unsigned i = 0; i < DRAIN_TURNS; i++)
		(void)rig_turn(&rig->world);
	ops_close(rig->world.ops[0], rig->listener);
	ops_free(rig->world.ops[0]);
	ops_free(rig->world.spare);
	file_workers_free(rig->workers);
}

static void run_cases(struct rig *rig, bool tls)
{
	for (size_t i = 0; i < connection_case_count; i++) {
		if (connection_cases[i].only_tls && !tls)
			continue;
		(void)printf("%s, %s: %s\n", ops_backend_name(rig->world.ops[0]),
			     tls ? "TLS" : "plain", connection_cases[i].name);
		(void)fflush(stdout);
		connection_cases_start(&rig->world, tls, SLOTS);
		connection_cases[i].run(&rig->world);
		for (unsigned turn = 0; turn < DRAIN_TURNS; turn++)
			(void)rig_turn(&rig->world);
		connection_cases_end(&rig->world);
	}
}

/* ---- what idling costs ---- */

static uint64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages[2] = {0, 0};

	assert(file);
	for (int i = 0; i < 2; i++) {
		char word[32] = "";

		assert(fscanf(file, "%31s", word) == 1);
		pages[i] = strtoul(word, NULL, 10);
	}
	(void)fclose(file);
	return (uint64_t)pages[1] * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct idle_end {
	struct connection *connection;
	unsigned *shaken; /* shared count */
	uint8_t header[64];
};

static void idle_shaken(void *owner, int result)
{
	struct idle_end *end = owner;

	assert(result == 0);
	(*end->shaken)++;
}

static void idle_received(void *owner, int result)
{
	(void)owner;
	(void)result;
}

static void idle_pair(struct rig *rig, struct idle_end *ends)
{
	unsigned shaken = 0;
	int fd[2];

	rig_connect(&rig->world, fd);
	for (int i = 0; i < 2; i++) {
		struct connection_settings settings = {
			.ops = rig->world.ops[i],
			.pool = rig->world.pool,
			.tls = rig->world.tls[i],
			.role = i == 0 ? CONNECTION_DIALED : CONNECTION_ACCEPTED,
			.fd = fd[i],
			.owner = &ends[i],
		};
		int error = connection_new(&settings, &ends[i].connection);

		assert(error == 0);
		ends[i].shaken = &shaken;
		connection_handshake(ends[i].connection, idle_shaken);
	}
	while (shaken < 2)
		(void)rig_turn(&rig->world);
	for (int i = 0; i < 2; i++)
		connection_receive(ends[i].connection, ends[i].header, sizeof(ends[i].header),
				   idle_received);
}

/* How many pairs the limit of open files allows. */
static unsigned pairs_allowed(void)
{
	struct rlimit limit = {.rlim_cur = 0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return (unsigned)min_u64(IDLE_PAIRS, (limit.rlim_cur - FILES_BESIDE_PAIRS) / 2);
}

static void measure_idle(struct rig *rig, bool tls)
{
	unsigned pair_count = pairs_allowed();
	struct idle_end *ends = calloc(2 * pair_count, sizeof(*ends));
	uint64_t before = 0;
	uint64_t each = 0;

	assert(ends);
	connection_cases_start(&rig->world, tls, SLOTS);
	idle_pair(rig, ends); /* what is needed once */
	before = resident_bytes();
	for (unsigned i = 1; i < pair_count; i++)
		idle_pair(rig, &ends[2 * (size_t)i]);
	each = (resident_bytes() - before) / (2 * (pair_count - 1));
	(void)printf("%s, %s: an idle connection takes %llu bytes (%u pairs)\n",
		     ops_backend_name(rig->world.ops[0]), tls ? "TLS" : "plain",
		     (unsigned long long)each, pair_count);
	assert(buffer_pool_in_use(rig->world.pool) == 0);
	assert(getenv("HFT_SANITIZE") || each <= IDLE_BYTES_MAX);
	for (unsigned i = 0; i < 2 * pair_count; i++)
		connection_free(ends[i].connection);
	for (unsigned i = 0; i < DRAIN_TURNS + pair_count / 16; i++)
		(void)rig_turn(&rig->world);
	connection_cases_end(&rig->world);
	free(ends);
}

/* In a process of its own: memory that was used before and freed would hide the cost. */
static void measure_idle_apart(enum io_engine engine, bool tls)
{
	pid_t child = fork();
	int status = 0;

	assert(child >= 0);
	if (child == 0) {
		struct rig rig;
		bool started = rig_start(&rig, engine);

		assert(started);
		measure_idle(&rig, tls);
		rig_end(&rig);
		exit(0);
	}
	assert(waitpid(child, &status, 0) == child);
	assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* 0, or 77 when the kernel refuses the engine. */
static int run_engine(enum io_engine engine)
{
	struct rig rig;

	if (!rig_start(&rig, engine))
		return 77;
	run_cases(&rig, false);
	run_cases(&rig, true);
	rig_end(&rig);
	return 0;
}

int main(void)
{
	int uring = 0;
	int epoll = 0;

	measure_idle_apart(IO_EPOLL, false);
	measure_idle_apart(IO_EPOLL, true);
	epoll = run_engine(IO_EPOLL);
	assert(epoll == 0);
	uring = run_engine(IO_URING);
	if (uring == 77)
		(void)printf("io_uring is refused here: epoll only\n");
	return uring;
}
