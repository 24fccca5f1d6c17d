/* SPDX-License-Identifier: Apache-2.0 */
/* sim_driver.c -- runs one seed; see sim_driver.h. */
#include "sim/sim_driver.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/receive_session.h"
#include "daemon/send_session.h"
#include "sim/sim_break.h"
#include "sim/sim_check.h"
#include "sim/sim_fault.h"
#include "sim/sim_user.h"

#define SEED_NS_MAX	(UINT64_C(3600) * HFT_NS_PER_S) /* simulated */
#define SEED_EVENTS_MAX UINT64_C(3000000)

/* -- begin -------------------------------------------------------------- */

static void driver_node_started(void *arg, struct node *node)
{
	struct run *run = arg;

	run_say(run, "%s: started", sim_host_name(node->host));
	fault_node_started(run, node);
	if (node->role == ROLE_SENDER)
		user_sender_started(run);
}

static void driver_new_node(struct run *run, enum sim_role role)
{
	struct node *node = &run->node[role];

	node_init(node, &run->scenario, role, run->world, run->log_fd);
	node->events = (struct node_events){
		.arg = run,
		.started = driver_node_started,
		.stopped = fault_node_stopped,
		.journal_death = fault_journal_death,
		.observer = {.arg = run, .news = user_news, .progress = user_progress},
	};
}

static void driver_begin(struct run *run)
{
	int error = sim_world_new(&run->scenario.world, &run->world);

	assert(error == 0);
	(void)error;
	run->start_ns = sim_world_now_ns(run->world);
	run_say(run, "seed %" PRIu64 ", family %s, mode %u, lanes %u, R %u C %u N %u",
		run->scenario.seed, run->scenario.family, run->scenario.mode, run->scenario.lanes,
		run->scenario.retry.retry_interval_s, run->scenario.retry.retry_count,
		run->scenario.retry.auto_resend_count);
	driver_new_node(run, ROLE_SENDER);
	driver_new_node(run, ROLE_RECEIVER);
	user_begin(run);
	fault_begin(run);
	run->start_events = sim_world_event_count(run->world);
	for (int role = ROLE_COUNT - 1; role >= 0; role--)
		(void)node_start(&run->node[role]);
}

/* -- where everybody waits ---------------------------------------------- */

static void dump(char *text, size_t bytes, size_t *used, const char *format, ...) HFT_PRINTF(4, 5);

static void dump(char *text, size_t bytes, size_t *used, const char *format, ...)
{
	va_list args;
	int count = 0;

	va_start(args, format);
	count = vsnprintf(text + *used, bytes - *used, format, args);
	va_end(args);
	if (count > 0)
		*used = min_size(*used + (size_t)count, bytes - 1);
}

static void dump_node(const struct node *node, char *text, size_t bytes, size_t *used)
{
	const struct engine *engine = node->engine;

	dump(text, bytes, used, "\n  %s: %s", sim_host_name(node->host),
	     !engine	       ? "off"
	     : node->is_frozen ? "frozen"
			       : "on");
	if (!engine)
		return;
	list_for_each(place, &engine->control->requests) {
		const struct request_entry *entry = list_entry(place, struct request_entry, node);

		dump(text, bytes, used, ", request %s%s", request_state_name(&entry->request),
		     entry->task_runs ? " with a try" : "");
	}
	for (uint32_t i = 0; i < engine->mover_count; i++) {
		const struct mover *mover = engine->mover[i];

		dump(text, bytes, used, ", mover %u: %u sends %u receives %u strangers %u slots", i,
		     slab_in_use(mover->send_sessions), slab_in_use(mover->receive_sessions),
		     slab_in_use(mover->strangers), buffer_pool_in_use(mover->pool));
		dump(text, bytes, used, " %u ops %u commits %u timers",
		     sim_ops_in_flight(mover->ops), mover->gate.in_flight,
		     timers_count(mover->timers));
	}
}

static void driver_hangs(struct run *run, const char *why)
{
	char text[RUN_FAILURE_BYTES / 2] = "";
	size_t used = 0;

	for (int role = 0; role < ROLE_COUNT; role++)
		dump_node(&run->node[role], text, sizeof(text), &used);
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++)
		dump(text, sizeof(text), &used, "\n  parcel %u: %s", i,
		     parcel_state_name(&run->parcel[i]));
	run_fail(run, "it does not come to an end: %s%s", why, text);
}

/* -- the loop ----------------------------------------------------------- */

static void driver_take_turns(struct run *run)
{
	struct ops *ops = NULL;

	while (!run->has_failed && (ops = sim_next_ready(run->world)) != NULL) {
		int error = loop_turn(sim_ops_owner(ops));

		if (error < 0)
			run_fail(run, "a loop cannot go on: %s", strerror(-error));
		check_look(run);
		user_feed_streams(run);
	}
}

static bool driver_is_over(const struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		if (!parcel_is_over(&run->parcel[i]))
			return false;
	}
	return !run->power_cut_wanted && !run->restart_wanted &&
	       node_is_idle(&run->node[ROLE_SENDER]) && node_is_idle(&run->node[ROLE_RECEIVER]);
}

static void driver_check_bounds(struct run *run)
{
	for (int role = 0; role < ROLE_COUNT; role++) {
		if (run->node[role].failure[0])
			run_fail(run, "%s: the engine does not start: %s",
				 sim_host_name(run->node[role].host), run->node[role].failure);
	}
	for (int role = 0; role < ROLE_COUNT; role++) {
		if (run->node[role].is_stopping && !run->node[role].is_frozen &&
		    sim_world_now_ns(run->world) > run->node[role].stop_due_ns)
			driver_hangs(run, "an engine was told to end, and does not");
	}
	if (sim_world_now_ns(run->world) - run->start_ns > SEED_NS_MAX)
		driver_hangs(run, "an hour has passed");
	if (sim_world_event_count(run->world) - run->start_events > SEED_EVENTS_MAX)
		driver_hangs(run, "too much has happened");
}

static void driver_loop(struct run *run)
{
	while (!run->has_failed) {
		user_act(run);
		fault_act(run);
		break_step(run);
		driver_take_turns(run);
		check_look(run);
		driver_check_bounds(run);
		if (run->has_failed || driver_is_over(run))
			return;
		if (sim_world_next_due(run->world) == UINT64_MAX) {
			driver_hangs(run, "nothing will ever happen again");
			return;
		}
		(void)sim_world_step(run->world);
	}
}

/* The engines of a seed that passed are given back: what they leave would be a leak. */
static void driver_end(struct run *run)
{
	if (run->has_failed)
		return;
	fault_end(run);
	check_end(run);
	if (run->has_failed)
		return;
	for (int role = 0; role < ROLE_COUNT; role++)
		node_done(&run->node[role]);
	user_done(run);
	sim_world_free(run->world);
}

void driver_run(const struct driver_settings *settings, struct driver_result *ret_result)
{
	struct run *run = calloc(1, sizeof(*run));

	if (!run)
		abort();
	scenario_draw(&run->scenario, settings->seed, settings->family);
	run->table = settings->table;
	run->break_name = settings->break_name;
	run->log_fd = settings->log_fd;
	driver_begin(run);
	driver_loop(run);
	*ret_result = (struct driver_result){
		.trace = sim_world_trace(run->world),
		.events = sim_world_event_count(run->world) - run->start_events,
		.family = run->scenario.family,
	};
	driver_end(run);
	ret_result->has_failed = run->has_failed;
	ret_result->break_was_done = run->break_is_done;
	ret_result->tally = run->tally;
	memcpy(ret_result->failure, run->failure, sizeof(run->failure));
	free(run);
}
