/* SPDX-License-Identifier: Apache-2.0 */
/* sim_main.c -- thousands of transfers through the real engine in a simulated world.
 *
 *   sim                        what CI runs: HFT_SEEDS seeds (10,000 without it), the first 50 of
 *                              them twice, and each break of sim_break.c
 *   sim --seed N [--verbose]   one seed, with its story
 *   sim --from N --count N     some
 *   sim --scenario NAME        of one family only (sim_scenario.c)
 *   sim --break NAME           with something broken on purpose
 *
 * Seeds run in child processes, some dozens in each: an assertion that fails there is a failure of
 * that seed and not the end of all, and the memory of engines that died goes with the process. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/parse.h"
#include "sim/sim_break.h"
#include "sim/sim_driver.h"
#include "sim/sim_tally.h"

#define SEEDS_DEFAULT	10000
#define SEEDS_TWICE	50 /* compared with themselves */
#define SEEDS_TO_BREAK	40 /* in which a break must show */
#define SEEDS_PER_CHILD 32
#define FAILURES_SHOWN	20

/* From this size on memory comes from the system, and is zero without being written: an engine
 * allocates for a thousand sessions and a seed uses two. malloc() would raise this by itself. */
#define FRESH_BYTES (128 * 1024)

struct options {
	uint64_t from;
	uint64_t count;
	const char *family;
	const char *break_name;
	bool is_whole; /* all that CI wants */
	bool verbose;
};

/* What children and parent share. */
struct shared {
	uint64_t seed; /* the one in work */
	uint64_t passed;
	uint64_t failed;
	uint64_t broken; /* seeds in which a break was done */
	uint64_t traces[SEEDS_TWICE];
	bool is_second_time;
	struct tally tally;
	struct driver_result last; /* of a seed that failed, or of the last one */
};

struct suite {
	struct options options;
	struct shared *shared;
	uint8_t *table;
	const char *program;
};

/* -- one seed ----------------------------------------------------------- */

static void print_replay(const struct suite *suite, uint64_t seed)
{
	(void)printf("  replay: %s --seed %" PRIu64, suite->program, seed);
	if (suite->options.family)
		(void)printf(" --scenario %s", suite->options.family);
	if (suite->options.break_name)
		(void)printf(" --break %s", suite->options.break_name);
	(void)printf(" --verbose\n");
}

static void report_failure(const struct suite *suite, uint64_t seed, const char *failure)
{
	if (suite->shared->failed > FAILURES_SHOWN)
		return;
	(void)printf("FAILED seed %" PRIu64 " (%s): %s\n", seed, suite->shared->last.family,
		     failure);
	print_replay(suite, seed);
	(void)fflush(stdout);
}

/* A seed is a history: the second time it must be the same. */
static void compare_trace(struct suite *suite, uint64_t seed)
{
	struct shared *shared = suite->shared;
	uint64_t place = seed - suite->options.from;
	struct driver_result *last = &shared->last;

	if (place >= SEEDS_TWICE || last->has_failed)
		return;
	if (!shared->is_second_time) {
		shared->traces[place] = last->trace;
	} else if (shared->traces[place] != last->trace) {
		last->has_failed = true;
		(void)snprintf(last->failure, sizeof(last->failure),
			       "the same seed went another way the second time");
	}
}

static void run_seed(struct suite *suite, uint64_t seed)
{
	struct shared *shared = suite->shared;
	struct driver_settings settings = {
		.seed = seed,
		.family = suite->options.family,
		.break_name = suite->options.break_name,
		.table = suite->table,
		.log_fd = suite->options.verbose ? STDOUT_FILENO : -1,
	};

	shared->seed = seed;
	shared->last.family = "it died";
	driver_run(&settings, &shared->last);
	compare_trace(suite, seed);
	tally_add(&shared->tally, &shared->last.tally);
	shared->broken += shared->last.break_was_done;
	if (shared->last.has_failed)
		shared->failed++;
	else
		shared->passed++;
	if (shared->last.has_failed && !suite->options.break_name)
		report_failure(suite, seed, shared->last.failure);
	if (suite->options.verbose)
		(void)printf("seed %" PRIu64 ": %s, %" PRIu64 " events, trace %016" PRIx64 "\n",
			     seed, shared->last.has_failed ? "failed" : "passed",
			     shared->last.events, shared->last.trace);
}

/* -- children ----------------------------------------------------------- */

static void child_died(struct suite *suite, int status)
{
	struct shared *shared = suite->shared;
	char text[128];

	if (WIFSIGNALED(status))
		(void)snprintf(text, sizeof(text), "it ended with signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(text, sizeof(text), "it ended with exit code %d",
			       WEXITSTATUS(status));
	shared->failed++;
	shared->last.has_failed = true;
	(void)snprintf(shared->last.failure, sizeof(shared->last.failure), "%s", text);
	report_failure(suite, shared->seed, text);
}

/* A child in which no engine died the hard way ends as programs do, so that a sanitizer can tell
 * what was not given back. */
static void run_child(struct suite *suite, uint64_t from, uint64_t to)
{
	const uint64_t *count = suite->shared->tally.count;
	uint64_t deaths = count[TALLY_SENDER_DEATHS] + count[TALLY_RECEIVER_DEATHS];
	uint64_t failed = suite->shared->failed;

	for (uint64_t seed = from; seed < to; seed++)
		run_seed(suite, seed);
	(void)fflush(NULL);
	if (count[TALLY_SENDER_DEATHS] + count[TALLY_RECEIVER_DEATHS] == deaths &&
	    suite->shared->failed == failed)
		exit(0);
	_exit(0);
}

/* Runs [from, to) in a child; returns the first seed that was not run. */
static uint64_t run_batch(struct suite *suite, uint64_t from, uint64_t to)
{
	pid_t child = 0;
	int status = 0;

	(void)fflush(NULL);
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(1);
	}
	if (child == 0) {
		run_child(suite, from, to);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return to;
	child_died(suite, status);
	return suite->shared->seed + 1;
}

static void run_range(struct suite *suite, uint64_t from, uint64_t count)
{
	uint64_t next = from;
	uint64_t said = from;

	while (next < from + count) {
		uint64_t to = min_u64(next + SEEDS_PER_CHILD, from + count);

		next = run_batch(suite, next, to);
		if (next - said >= 1000 && !suite->options.break_name) {
			said = next;
			(void)printf("%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " failed\n",
				     next - from, count, suite->shared->failed);
			(void)fflush(stdout);
		}
	}
}

/* -- breaks ------------------------------------------------------------- */

/* True when the judge complained, in its own words, in a seed in which this was broken. */
static bool break_is_seen(struct suite *suite, const struct break_plan *plan)
{
	struct shared *shared = suite->shared;

	suite->options.family = plan->family;
	suite->options.break_name = plan->name;
	for (uint64_t seed = 1; seed <= SEEDS_TO_BREAK; seed++) {
		shared->last.has_failed = false;
		shared->broken = 0;
		(void)run_batch(suite, seed, seed + 1);
		if (shared->broken == 0)
			continue;
		if (shared->last.has_failed && strstr(shared->last.failure, plan->complaint))
			return true;
		(void)printf("FAILED break %s, seed %" PRIu64 ": expected \"%s\", got \"%s\"\n",
			     plan->name, seed, plan->complaint,
			     shared->last.has_failed ? shared->last.failure : "no complaint");
		print_replay(suite, seed);
		return false;
	}
	(void)printf("FAILED break %s: it could not be done in %d seeds of %s\n", plan->name,
		     SEEDS_TO_BREAK, plan->family);
	return false;
}

static void run_breaks(struct suite *suite)
{
	struct shared *shared = suite->shared;
	const struct options options = suite->options;
	const struct break_plan *plan = NULL;
	struct tally tally = shared->tally;
	uint64_t passed = shared->passed;
	uint64_t failed = shared->failed;

	for (unsigned n = 0; (plan = break_plan_at(n)) != NULL; n++) {
		if (break_is_seen(suite, plan))
			passed++;
		else
			failed++;
	}
	suite->options = options;
	shared->tally = tally;
	shared->passed = passed;
	shared->failed = failed;
}

/* -- all ---------------------------------------------------------------- */

static void run_whole(struct suite *suite)
{
	uint64_t twice = min_u64(suite->options.count, SEEDS_TWICE);
	struct tally tally;

	run_range(suite, suite->options.from, suite->options.count);
	tally = suite->shared->tally;
	suite->shared->is_second_time = true;
	run_range(suite, suite->options.from, twice);
	suite->shared->is_second_time = false;
	suite->shared->tally = tally;
	run_breaks(suite);
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: sim [--seed N | --from N --count N] [--scenario NAME] "
			      "[--break NAME] [--verbose]\nscenarios:");
	for (unsigned n = 0; scenario_family(n); n++)
		(void)fprintf(stderr, " %s", scenario_family(n));
	(void)fprintf(stderr, "\nbreaks:");
	for (unsigned n = 0; break_plan_at(n); n++)
		(void)fprintf(stderr, " %s", break_plan_at(n)->name);
	(void)fprintf(stderr, "\n");
	return 2;
}

/* One option with its value; false when it is none of ours. */
static bool take_option(struct options *options, const char *name, const char *value)
{
	if (strcmp(name, "--seed") == 0) {
		options->count = 1;
		options->is_whole = false;
		return parse_u64(value, &options->from) == 0;
	}
	if (strcmp(name, "--from") == 0) {
		options->is_whole = false;
		return parse_u64(value, &options->from) == 0;
	}
	if (strcmp(name, "--count") == 0) {
		options->is_whole = false;
		return parse_u64(value, &options->count) == 0;
	}
	if (strcmp(name, "--scenario") == 0) {
		options->family = value;
		options->is_whole = false;
		return scenario_family_is_known(value);
	}
	if (strcmp(name, "--break") == 0) {
		options->break_name = value;
		options->is_whole = false;
		return break_plan_find(value) != NULL;
	}
	return false;
}

static bool take_options(struct options *options, int argc, char **argv)
{
	const char *seeds = getenv("HFT_SEEDS");

	*options = (struct options){.from = 1, .count = SEEDS_DEFAULT, .is_whole = true};
	if (seeds && *seeds && parse_u64(seeds, &options->count) < 0)
		return false;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0)
			options->verbose = true;
		else if (i + 1 >= argc || !take_option(options, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct suite suite = {.program = argv[0]};

	if (!take_options(&suite.options, argc, argv))
		return usage();
	(void)mallopt(M_MMAP_THRESHOLD, FRESH_BYTES);
	suite.shared = mmap(NULL, sizeof(*suite.shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (suite.shared == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	suite.table = blob_table_new();
	if (suite.options.is_whole)
		run_whole(&suite);
	else
		run_range(&suite, suite.options.from, suite.options.count);
	tally_print(&suite.shared->tally, stdout);
	if (suite.shared->failed == 0)
		tally_record_rules(&suite.shared->tally);
	(void)printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", suite.shared->passed,
		     suite.shared->failed);
	free(suite.table);
	return suite.shared->failed == 0 ? 0 : 1;
}
