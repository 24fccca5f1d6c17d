/* SPDX-License-Identifier: Apache-2.0 */
/* control_loop.c -- see control_loop.h. */
#include "daemon/control_loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "daemon/host_check.h"
#include "daemon/mover.h"
#include "daemon/request_host.h"
#include "daemon/snapshot.h"

/* One per request, and a few of the control server's own. */
#define CONTROL_TIMERS (HFT_REQUESTS_MAX + HFT_CONTROL_CLIENTS_MAX + 16)
/* Each request has one commit in flight, each client one question. */
#define CONTROL_ANSWERS (HFT_REQUESTS_MAX + HFT_CONTROL_CLIENTS_MAX + 16)
/* Four reports are embedded in each task, one in each snapshot. */
#define CONTROL_REPORTS (4 * HFT_REQUESTS_MAX + 2 * HFT_CONTROL_CLIENTS_MAX)

static void control_wake(void *arg)
{
	struct control *control = arg;

	ops_wake(control->ops);
}

static int control_new_schedule(struct control *control)
{
	const struct config *config = control->engine->config;
	uint32_t *limits = calloc(config->host_count + 1, sizeof(*limits));
	int error = 0;

	if (!limits)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->host_count; i++)
		limits[i] = config->host[i].send_limit;
	error = schedule_new(HFT_REQUESTS_MAX, config->engine.send_limit, limits,
			     config->host_count + 1, &control->schedule);
	free(limits);
	return error;
}

static int control_new_parts(struct control *control)
{
	struct engine *engine = control->engine;
	int error = timers_new(&control->timers, CONTROL_TIMERS);

	if (error == 0)
		error = mailbox_new(CONTROL_REPORTS, control_wake, control, &control->reports);
	if (error == 0)
		error = commit_gate_init(&control->gate, engine->journal, engine->log,
					 CONTROL_ANSWERS, control_wake, control);
	if (error == 0)
		error = slab_new(&control->entries, sizeof(struct request_entry), HFT_REQUESTS_MAX);
	if (error == 0)
		error = control_new_schedule(control);
	return error;
}

int control_new(struct engine *engine, struct ops *ops, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));
	int error = 0;

	if (!control)
		return -ENOMEM;
	control->engine = engine;
	control->ops = ops;
	control->now_ns = ops_now_ns(ops);
	list_init(&control->requests);
	error = control_new_parts(control);
	if (error < 0) {
		control->ops = NULL; /* still the caller's */
		control_free(control);
		return error;
	}
	*ret_control = control;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	ops_free(control->ops);
	timers_free(control->timers); /* before those whose timers they are */
	schedule_free(control->schedule);
	slab_free(control->entries);
	commit_gate_done(&control->gate);
	mailbox_free(control->reports);
	free(control);
}

static void control_run_due_timers(struct control *control)
{
	for (unsigned i = 0; i < HFT_TURN_BUDGET; i++) {
		struct timer *timer = timers_take_due(control->timers, control->now_ns);

		if (!timer)
			return;
		timer->fire(timer, control->now_ns);
	}
}

static bool control_is_ending(const struct control *control)
{
	return atomic_load_explicit(&control->engine->ending, memory_order_acquire);
}

static void control_take_report(struct control *control, struct mover_report *report)
{
	struct host_check *check = report->subject;

	if (report->kind == REPORT_SNAPSHOT)
		snapshot_filled(report->subject);
	else if (report->kind == REPORT_CHECK)
		check->done(check);
	else if (!control_is_ending(control))
		request_host_report(control, report);
}

static void control_take_reports(struct control *control)
{
	for (unsigned i = 0; i < HFT_TURN_BUDGET; i++) {
		struct mover_report *report = mailbox_take(control->reports);

		if (!report)
			return;
		control_take_report(control, report);
	}
	ops_wake(control->ops); /* there may be more: come again without waiting */
}

void control_turn(struct control *control)
{
	control->now_ns = ops_now_ns(control->ops);
	control_run_due_timers(control);
	control_take_reports(control);
	if (commit_gate_turn(&control->gate, HFT_TURN_BUDGET) == HFT_TURN_BUDGET)
		ops_wake(control->ops);
	control->dispatched += ops_dispatch(control->ops, HFT_TURN_BUDGET);
	if (!control_is_ending(control))
		request_host_fill_slots(control);
}

bool control_is_quiet(const struct control *control)
{
	uint64_t submitted = 0;

	for (unsigned kind = 0; kind < OP_KINDS; kind++)
		submitted += control->ops->submitted[kind];
	return control->gate.in_flight == 0 && submitted == control->dispatched;
}

uint64_t control_deadline_ns(const struct control *control)
{
	return timers_next_due(control->timers);
}

void control_report(struct control *control, struct mover_report *report)
{
	int error = mailbox_post(control->reports, report);

	assert(error == 0); /* reports are embedded: there are no more than CONTROL_REPORTS */
	(void)error;
}
