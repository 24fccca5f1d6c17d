/* SPDX-License-Identifier: Apache-2.0 */
/* test_idle_sessions.c -- an engine with 1,000 idle sessions stays under 256 MiB resident.
 *
 * The real program, over the best way to the kernel and over epoll. The sessions are receives of
 * one peer, each with its control connection and one lane under TLS, an open part file and a
 * checkpoint in the journal. Two movers, whatever the machine has: each brings a pool of
 * `buffer_pool`, which is configured memory and no session's.
 *
 * Also shown: when they are gone nothing of them is left open and most of their memory is
 * given back, a second thousand takes no more than the first, and files still arrive. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/text.h"
#include "io/backend.h"
#include "io/file_worker.h"
#include "io/tls.h"
#include "support/engine_process.h"
#include "support/peer_fleet.h"

#define SESSIONS     1000
#define RESIDENT_MAX (UINT64_C(256) << 20)
#define KEPT_MAX                                                                             \
	(UINT64_C(96) << 20)		  /* when all are gone: what malloc() keeps of 2,000 \
					   * connections, and 32 sessions that stay warm */
#define GROWTH_MAX   (UINT64_C(16) << 20) /* of the second thousand over the first */
#define FILES_NEEDED 8192		  /* four for each session at the engine, and slack */
#define IDLE_NS	     UINT64_C(2000000000)
#define PATIENCE_NS  UINT64_C(40000000000)
#define EXIT_SKIP    77
#define MIB(bytes)   ((double)(bytes) / 1048576.0)

struct idle_test {
	struct engine_process engine;
	struct file_workers *workers;
	struct ops *ops;
	struct tls_context *tls;
	uint32_t ended; /* sessions that the engine's log must have the end of */
	int failures;
};

static void expect(struct idle_test *test, bool is_true, const char *claim)
{
	(void)printf("%s %s\n", is_true ? "ok  " : "FAIL", claim);
	test->failures += !is_true;
}

/* Nothing goes on after this: the engine is ended and the program too. */
static void give_up(struct idle_test *test, const char *what)
{
	(void)printf("FAIL %s\n", what);
	engine_process_log_show(&test->engine);
	(void)engine_process_end(&test->engine);
	exit(1);
}

/* ---- start ---- */

static void start_engine(struct idle_test *test, const char *io_engine)
{
	struct fingerprint own;
	char text[FINGERPRINT_TEXT_BYTES];
	char keys[128];
	char sections[256];
	int error = 0;

	tls_context_fingerprint(test->tls, &own);
	fingerprint_print(&own, text);
	error = text_format(keys, sizeof(keys), "io_engine = %s\nmovers = 2\ndead_after = 60000\n",
			    io_engine);
	assert(error == 0);
	error = text_format(sections, sizeof(sections),
			    "[host osaka]\naddress = 127.0.0.1\nfingerprint = %s\n", text);
	assert(error == 0);
	engine_process_start(&test->engine, keys, sections, "on_failure = delete");
}

static void start_test(struct idle_test *test, const char *io_engine)
{
	struct ops_settings settings = {.workers = NULL};
	int error = 0;

	memset(test, 0, sizeof(*test));
	error = file_workers_new(1, &test->workers);
	assert(error == 0);
	settings.workers = test->workers;
	error = ops_new(IO_EPOLL, &settings, &test->ops);
	assert(error == 0);
	error = tls_context_new_ephemeral(&test->tls);
	assert(error == 0);
	start_engine(test, io_engine);
}

static void end_test(struct idle_test *test)
{
	expect(test, engine_process_end(&test->engine) == 0, "the engine ends in good order");
	tls_context_free(test->tls);
	ops_free(test->ops);
	file_workers_free(test->workers);
}

/* ---- steps ---- */

static struct peer_fleet *fleet_of(struct idle_test *test, uint32_t count)
{
	const struct peer_fleet_settings settings = {
		.ops = test->ops,
		.tls = test->tls,
		.port = test->engine.port,
		.count = count,
	};

	return peer_fleet_new(&settings);
}

static void turn(struct idle_test *test, struct peer_fleet *fleet)
{
	if (!engine_process_runs(&test->engine))
		exit(1);
	if (!peer_fleet_turn(fleet))
		give_up(test, "a session is not as it should be");
}

/* Turns until the counter, one of `counts`, has reached `count`. */
static void turn_until(struct idle_test *test, struct peer_fleet *fleet, struct peer_counts *counts,
		       const uint32_t *counter, uint32_t count)
{
	uint64_t end_ns = ops_now_ns(test->ops) + PATIENCE_NS;

	peer_fleet_count(fleet, counts);
	while (*counter < count) {
		turn(test, fleet);
		peer_fleet_count(fleet, counts);
		if (ops_now_ns(test->ops) < end_ns)
			continue;
		(void)printf("%u idle, %u completed, %u gone\n", counts->idle, counts->completed,
			     counts->gone);
		give_up(test, "waited in vain for the sessions");
	}
}

static void turn_for(struct idle_test *test, struct peer_fleet *fleet, uint64_t time_ns)
{
	uint64_t end_ns = ops_now_ns(test->ops) + time_ns;

	while (ops_now_ns(test->ops) < end_ns)
		turn(test, fleet);
}

/* Until the engine has noted the end of all sessions and has no more descriptors than before. */
static void wait_for_nothing_left(struct idle_test *test, struct peer_fleet *fleet,
				  uint32_t fd_count, struct engine_usage *ret_usage)
{
	uint64_t end_ns = ops_now_ns(test->ops) + PATIENCE_NS;
	uint32_t ended = 0;

	for (;;) {
		engine_process_usage(&test->engine, ret_usage);
		ended = engine_process_log_count(&test->engine, "receive-ended");
		if (ended >= test->ended && ret_usage->fd_count <= fd_count)
			return;
		turn(test, fleet);
		if (ops_now_ns(test->ops) < end_ns)
			continue;
		(void)printf("%u of %u sessions ended, %u descriptors, before %u\n", ended,
			     test->ended, ret_usage->fd_count, fd_count);
		give_up(test, "something of the sessions is left");
	}
}

static bool file_is_whole(const struct idle_test *test, const char *name)
{
	uint8_t wanted[PEER_FILE_BYTES];
	uint8_t seen[PEER_FILE_BYTES + 1];
	char path[128];
	ssize_t count = -1;
	int fd = -1;

	if (text_format(path, sizeof(path), "%s/inbox/%s", test->engine.folder, name) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	count = read(fd, seen, sizeof(seen));
	(void)close(fd);
	peer_fleet_content(wanted);
	return count == (ssize_t)sizeof(wanted) && memcmp(seen, wanted, sizeof(wanted)) == 0;
}

/* ---- the claims ---- */

/* One ordinary transfer, after which the engine has `fd_count` descriptors again. */
static void transfer_one(struct idle_test *test, uint32_t fd_count, struct engine_usage *ret_usage)
{
	struct peer_fleet *fleet = fleet_of(test, 1);
	struct peer_counts counts;

	turn_until(test, fleet, &counts, &counts.idle, 1);
	peer_fleet_send(fleet);
	turn_until(test, fleet, &counts, &counts.completed, 1);
	turn_until(test, fleet, &counts, &counts.gone, 1);
	test->ended++;
	wait_for_nothing_left(test, fleet, fd_count, ret_usage);
	peer_fleet_free(fleet);
	expect(test, file_is_whole(test, "file-0"), "a file arrives whole");
}

static void idle_round(struct idle_test *test, const struct engine_usage *before,
		       struct engine_usage *ret_idle, struct engine_usage *ret_after)
{
	struct peer_fleet *fleet = fleet_of(test, SESSIONS);
	struct peer_counts counts;
	uint64_t began_ns = ops_now_ns(test->ops);

	turn_until(test, fleet, &counts, &counts.idle, SESSIONS);
	(void)printf("     %u sessions accepted in %.1f s\n", counts.idle,
		     (double)(ops_now_ns(test->ops) - began_ns) / 1e9);
	turn_for(test, fleet, IDLE_NS);
	engine_process_usage(&test->engine, ret_idle);
	peer_fleet_cancel(fleet);
	turn_until(test, fleet, &counts, &counts.gone, SESSIONS);
	test->ended += SESSIONS;
	wait_for_nothing_left(test, fleet, before->fd_count, ret_after);
	peer_fleet_free(fleet);
	(void)printf("     resident: before %.1f MiB, with %d idle sessions %.1f MiB, that is %.1f "
		     "KiB each, after %.1f MiB\n",
		     MIB(before->resident_bytes), SESSIONS, MIB(ret_idle->resident_bytes),
		     (MIB(ret_idle->resident_bytes) - MIB(before->resident_bytes)) * 1024 /
			     SESSIONS,
		     MIB(ret_after->resident_bytes));
}

/* A second thousand finds what the first has left. */
static void idle_again(struct idle_test *test, const struct engine_usage *before,
		       const struct engine_usage *idle, const struct engine_usage *after)
{
	struct engine_usage again_idle;
	struct engine_usage again_after;

	idle_round(test, before, &again_idle, &again_after);
	expect(test, again_idle.resident_bytes < idle->resident_bytes + GROWTH_MAX,
	       "a second thousand takes no more");
	expect(test, again_after.resident_bytes < after->resident_bytes + GROWTH_MAX,
	       "and leaves no more behind");
}

static int run_over(const char *io_engine, bool twice)
{
	struct idle_test test;
	struct engine_usage before;
	struct engine_usage idle;
	struct engine_usage after;

	(void)printf("-- io_engine = %s\n", io_engine);
	start_test(&test, io_engine);
	engine_process_usage(&test.engine, &before);
	transfer_one(&test, before.fd_count, &before); /* brings what an engine needs once */
	idle_round(&test, &before, &idle, &after);
	expect(&test, idle.resident_bytes < RESIDENT_MAX, "1,000 idle sessions are under 256 MiB");
	expect(&test, after.resident_bytes < before.resident_bytes + KEPT_MAX,
	       "sessions that are gone give their memory back");
	if (twice)
		idle_again(&test, &before, &idle, &after);
	transfer_one(&test, before.fd_count, &after);
	end_test(&test);
	return test.failures;
}

static bool raise_file_limit(void)
{
	struct rlimit limit = {.rlim_cur = 0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= FILES_NEEDED;
}

static const char *reason_to_skip(void)
{
	const char *sanitize = getenv("HFT_SANITIZE");

	if (sanitize && *sanitize)
		return "under a sanitizer, sizes of memory mean nothing";
	if (!engine_process_exists())
		return "there is no hft-engine in $HFT_BUILD";
	if (!raise_file_limit())
		return "the limit of open files is below 8192 (ulimit -H -n)";
	return NULL;
}

int main(void)
{
	const char *reason = reason_to_skip();
	int failures = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (reason) {
		(void)printf("skip: %s\n", reason);
		return EXIT_SKIP;
	}
	failures += run_over("auto", true);
	failures += run_over("epoll", false);
	return failures > 0 ? 1 : 0;
}
