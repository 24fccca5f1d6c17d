/* SPDX-License-Identifier: Apache-2.0 */
/* sim_run.c -- one seed's struct; see sim_run.h. */
#include "sim/sim_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void run_say(const struct run *run, const char *format, ...)
{
	uint64_t ns = sim_world_now_ns(run->world) - run->start_ns;
	va_list args;

	if (run->log_fd < 0)
		return;
	(void)dprintf(run->log_fd, "[%4" PRIu64 ".%09" PRIu64 " %6" PRIu64 "] ", ns / HFT_NS_PER_S,
		      ns % HFT_NS_PER_S, sim_world_event_count(run->world) - run->start_events);
	va_start(args, format);
	(void)vdprintf(run->log_fd, format, args);
	va_end(args);
	(void)dprintf(run->log_fd, "\n");
}

void run_fail(struct run *run, const char *format, ...)
{
	va_list args;

	if (run->has_failed)
		return;
	run->has_failed = true;
	va_start(args, format);
	(void)vsnprintf(run->failure, sizeof(run->failure), format, args);
	va_end(args);
	run_say(run, "FAILED: %s", run->failure);
}

static void run_wakes(void *arg)
{
	(void)arg;
}

void run_wake_at(struct run *run, uint64_t due_ns)
{
	sim_world_at(run->world, due_ns, run_wakes, run);
}

struct parcel *run_find_parcel(struct run *run, const struct id *id)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		if (id_equal(&run->parcel[i].id, id))
			return &run->parcel[i];
	}
	return NULL;
}

const struct blob *parcel_source(const struct parcel *parcel)
{
	assert(parcel->version_count > 0);
	return &parcel->version[parcel->version_count - 1];
}

bool parcel_is_over(const struct parcel *parcel)
{
	return (parcel->state == PARCEL_DONE || parcel->state == PARCEL_FAILED) &&
	       parcel->ask_due_ns == UINT64_MAX;
}

const char *parcel_state_name(const struct parcel *parcel)
{
	static const char *const names[] = {
		[PARCEL_WAITING] = "waiting", [PARCEL_ASKED] = "asked", [PARCEL_QUEUED] = "queued",
		[PARCEL_LOOKING] = "looking", [PARCEL_DONE] = "done",	[PARCEL_FAILED] = "failed",
	};

	return names[parcel->state];
}
