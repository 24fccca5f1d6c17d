/* SPDX-License-Identifier: Apache-2.0 */
/* sim_fault.c -- trouble at its time; see sim_fault.h. */
#include "sim/sim_fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "sim/sim_check.h"
#include "sim/sim_user.h"

#define RESTART_NS  UINT64_C(20000000) /* of a host in a calm world */
#define MORE_NUMBER 2000	       /* windows for what a source becomes */

/* -- deaths ------------------------------------------------------------- */

static void node_back(void *arg)
{
	struct node *node = arg;

	if (!node->engine && !node->failure[0])
		(void)node_start(node); /* the driver looks at node->failure */
}

static void node_dies(struct run *run, struct node *node, bool power, uint64_t pause_ns)
{
	if (!node->engine)
		return;
	run_say(run, "%s: %s, back in %" PRIu64 " ms", sim_host_name(node->host),
		power ? "power cut" : "kill -9", pause_ns / HFT_NS_PER_MS);
	check_before_death(run, node);
	node_die(node, power);
	run->armed[node->role] = NULL;
	run->tally.count[node->role == ROLE_SENDER ? TALLY_SENDER_DEATHS : TALLY_RECEIVER_DEATHS]++;
	run->tally.count[TALLY_POWER_CUTS] += power;
	check_after_death(run, node);
	sim_world_at(run->world, sim_world_now_ns(run->world) + pause_ns, node_back, node);
}

void fault_journal_death(void *arg, struct node *node)
{
	struct run *run = arg;
	struct fault *fault = run->armed[node->role];

	assert(fault);
	run_say(run, "%s: dies in its journal, %s the step", sim_host_name(node->host),
		fault->number & 2 ? "after" : "before");
	fault->is_done = true;
	run->tally.count[TALLY_JOURNAL_DEATHS]++;
	node_dies(run, node, fault->number & 1, fault->pause_ns);
}

static void journal_crashed(void *arg)
{
	struct node *node = arg;

	node->events.journal_death(node->events.arg, node);
}

static void fault_arm(struct run *run, struct node *node, struct fault *fault)
{
	if (fault->kind == FAULT_JOURNAL_FAIL) {
		fault->is_done = true;
		run->tally.count[TALLY_JOURNAL_FAILS]++;
		journal_memory_fail_at(node->journal, max_u64(fault->at, 1), -ENOSPC);
		return;
	}
	run->armed[node->role] = fault;
	journal_memory_crash_at(node->journal, max_u64(fault->at, 1),
				fault->number & 2 ? JOURNAL_CRASH_AFTER : JOURNAL_CRASH_BEFORE,
				journal_crashed, node);
}

void fault_node_started(struct run *run, struct node *node)
{
	for (uint32_t i = 0; i < run->scenario.fault_count && !run->is_calm; i++) {
		struct fault *fault = &run->scenario.fault[i];

		if (fault->trigger != TRIGGER_STEPS || fault->is_done || fault->role != node->role)
			continue;
		fault_arm(run, node, fault);
		if (run->armed[node->role])
			return;
	}
}

void fault_restart_sender(struct run *run)
{
	node_dies(run, &run->node[ROLE_SENDER], false, RESTART_NS);
}

void fault_cut_power(struct run *run)
{
	node_dies(run, &run->node[ROLE_RECEIVER], true, RESTART_NS);
}

static void stop(struct run *run, struct node *node, uint64_t pause_ns)
{
	if (!node->engine || node->is_stopping)
		return;
	run_say(run, "%s: told to end, back %" PRIu64 " ms later", sim_host_name(node->host),
		pause_ns / HFT_NS_PER_MS);
	check_before_death(run, node);
	node->pause_ns = pause_ns;
	node_stop(node);
	run->tally.count[TALLY_STOPS]++;
}

void fault_node_stopped(void *arg, struct node *node)
{
	struct run *run = arg;

	run_say(run, "%s: ended", sim_host_name(node->host));
	run->armed[node->role] = NULL;
	check_after_death(run, node);
	sim_world_at(run->world, sim_world_now_ns(run->world) + node->pause_ns, node_back, node);
}

/* -- cuts and freezes --------------------------------------------------- */

static void heal(void *arg)
{
	struct run *run = arg;

	run_say(run, "network: healed");
	sim_host_partition(run->node[ROLE_SENDER].host, run->node[ROLE_RECEIVER].host, false);
}

static void cut(struct run *run, uint64_t pause_ns)
{
	run_say(run, "network: cut for %" PRIu64 " ms", pause_ns / HFT_NS_PER_MS);
	run->tally.count[TALLY_CUTS]++;
	sim_host_partition(run->node[ROLE_SENDER].host, run->node[ROLE_RECEIVER].host, true);
	sim_world_at(run->world, sim_world_now_ns(run->world) + pause_ns, heal, run);
}

static void thaw(void *arg)
{
	struct node *node = arg;

	node->is_frozen = false;
	node->stop_due_ns = sim_world_now_ns(node->world) + HFT_STOP_NS;
	sim_host_freeze(node->host, false);
}

static void freeze(struct run *run, struct node *node, uint64_t pause_ns)
{
	if (!node->engine)
		return;
	run_say(run, "%s: stands still for %" PRIu64 " ms", sim_host_name(node->host),
		pause_ns / HFT_NS_PER_MS);
	run->tally.count[TALLY_FREEZES]++;
	node->is_frozen = true;
	sim_host_freeze(node->host, true);
	sim_world_at(run->world, sim_world_now_ns(run->world) + pause_ns, thaw, node);
}

/* -- sources ------------------------------------------------------------ */

static void source_becomes(struct parcel *parcel, struct blob *blob, bool in_place)
{
	struct sim_host *host = parcel->run->node[ROLE_SENDER].host;

	if (!in_place)
		sim_disk_remove(host, parcel->source_path);
	sim_disk_write_file(host, parcel->source_path, blob->data, blob->bytes);
	parcel->version[parcel->version_count++] = *blob;
	parcel->source_is_gone = false;
}

static struct blob source_next(const struct parcel *parcel, const struct fault *fault)
{
	const struct blob *now = parcel_source(parcel);
	uint64_t number = parcel->run->scenario.seed * 16 + MORE_NUMBER + parcel->version_count;
	struct blob more = blob_window(parcel->run->table, number, SCENARIO_BYTES_MAX);
	uint64_t start = now->bytes > 0 ? fault->number % now->bytes : 0;

	if (fault->kind == FAULT_SOURCE_EDIT)
		return blob_edited(now, start,
				   min_u64(now->bytes - start, 1 + fault->number % 999));
	if (fault->kind == FAULT_SOURCE_RESIZE)
		return blob_resized(now, &more, fault->number % SCENARIO_BYTES_MAX);
	more.bytes = fault->number & 1 ? now->bytes : fault->number % SCENARIO_BYTES_MAX;
	return more;
}

static void change_source(struct parcel *parcel, const struct fault *fault)
{
	struct run *run = parcel->run;
	struct blob next;

	if (parcel->plan->is_stream || parcel->source_is_gone ||
	    parcel->version_count == PARCEL_VERSIONS_MAX)
		return;
	run_say(run, "source %u: %s", parcel->number, fault_name(fault->kind));
	run->tally.count[TALLY_SOURCE_CHANGES]++;
	if (fault->kind == FAULT_SOURCE_REMOVE) {
		sim_disk_remove(run->node[ROLE_SENDER].host, parcel->source_path);
		parcel->source_is_gone = true;
		return;
	}
	next = source_next(parcel, fault);
	source_becomes(parcel, &next, fault->kind != FAULT_SOURCE_REPLACE);
}

/* -- part files --------------------------------------------------------- */

static void shorten_part(struct sim_host *host, const char *path, uint64_t bytes)
{
	uint8_t *kept = malloc(bytes + 1);

	if (!kept)
		abort();
	if (sim_disk_read_file(host, path, 0, kept, bytes) == (int64_t)bytes)
		sim_disk_write_file(host, path, kept, bytes);
	free(kept);
}

/* What the journal says is in the part file. False when there is nothing, and also when it is
 * complete and only waits for its rename: then nobody looks at it again. */
static bool part_coverage(const struct parcel *parcel, struct checkpoint *ret_checkpoint)
{
	struct journal_request request = {
		.load.transfer = parcel->id,
		.load.role = CHECKPOINT_RECEIVER,
		.load.ret_checkpoint = ret_checkpoint,
	};

	return node_ask(&parcel->run->node[ROLE_RECEIVER], &request, JOURNAL_LOAD_CHECKPOINT) ==
		       0 &&
	       ret_checkpoint->stage == CHECKPOINT_RECEIVING && ret_checkpoint->coverage.count > 0;
}

/* Only between attempts: an engine may trust a file that it has open. */
static bool damage_part(struct parcel *parcel, const struct fault *fault)
{
	struct run *run = parcel->run;
	struct node *receiver = &run->node[ROLE_RECEIVER];
	int64_t bytes = sim_disk_file_bytes(receiver->host, parcel->part_path);
	struct checkpoint checkpoint;
	const struct range *range = NULL;

	if (bytes <= 0 || node_is_receiving(receiver) || !part_coverage(parcel, &checkpoint))
		return false;
	run_say(run, "part of %u: %s", parcel->number, fault_name(fault->kind));
	run->tally.count[TALLY_PART_DAMAGES]++;
	parcel->part_is_damaged = true;
	range = &checkpoint.coverage.list[fault->number % checkpoint.coverage.count];
	if (fault->kind == FAULT_PART_FLIP)
		sim_disk_corrupt(receiver->host, parcel->part_path,
				 range->start * checkpoint.chunk_bytes);
	else if (fault->kind == FAULT_PART_SHORTEN)
		shorten_part(receiver->host, parcel->part_path, fault->number % (uint64_t)bytes);
	else
		sim_disk_remove(receiver->host, parcel->part_path);
	return true;
}

/* -- disks -------------------------------------------------------------- */

static void space_is_back(void *arg)
{
	struct run *run = arg;

	sim_disk_set_capacity(run->node[ROLE_RECEIVER].host, UINT64_MAX);
}

static void fill_disk(struct run *run, const struct fault *fault)
{
	struct sim_host *host = run->node[ROLE_RECEIVER].host;
	uint64_t left = fault->number % (SCENARIO_BYTES_MAX / 2);

	run_say(run, "disk of the receiver: %" PRIu64 " bytes left", left);
	run->tally.count[TALLY_DISK_FULL]++;
	sim_disk_set_capacity(host, sim_disk_used_bytes(host) + left);
	if (fault->number & 1)
		sim_world_at(run->world, sim_world_now_ns(run->world) + fault->pause_ns,
			     space_is_back, run);
}

/* -- all ---------------------------------------------------------------- */

void fault_end(struct run *run)
{
	if (run->is_calm)
		return;
	run->is_calm = true;
	sim_world_set_faults(run->world, false);
	for (int role = 0; role < ROLE_COUNT; role++) {
		if (!run->node[role].journal)
			continue;
		journal_memory_crash_at(run->node[role].journal, 0, JOURNAL_CRASH_BEFORE, NULL,
					NULL);
		journal_memory_fail_at(run->node[role].journal, 0, 0);
		run->armed[role] = NULL;
	}
}

/* A calm network is also one in which no alive frame waits behind data for long. */
static void network_is_fast(struct run *run)
{
	struct sim_settings settings = *sim_world_settings(run->world);

	settings.bandwidth_bytes_per_s = 100000000;
	sim_world_change(run->world, &settings);
}

void fault_make_calm(struct run *run)
{
	run_say(run, "from here on nothing goes wrong");
	fault_end(run);
	for (int role = 0; role < ROLE_COUNT; role++) {
		thaw(&run->node[role]);
		node_back(&run->node[role]);
	}
	heal(run);
	space_is_back(run);
	network_is_fast(run);
}

/* dispatch */
static bool fault_hit(struct run *run, const struct fault *fault)
{
	struct node *node = &run->node[fault->role];
	struct parcel *parcel = &run->parcel[(fault->number >> 8) % run->scenario.parcel_count];

	switch (fault->kind) {
	case FAULT_POWER:
	case FAULT_KILL:
		node_dies(run, node, fault->kind == FAULT_POWER, fault->pause_ns);
		return true;
	case FAULT_STOP:
		stop(run, node, fault->pause_ns);
		return true;
	case FAULT_CUT:
		cut(run, fault->pause_ns);
		return true;
	case FAULT_FREEZE:
		freeze(run, node, fault->pause_ns);
		return true;
	case FAULT_SOURCE_EDIT:
	case FAULT_SOURCE_RESIZE:
	case FAULT_SOURCE_REPLACE:
	case FAULT_SOURCE_REMOVE:
		change_source(parcel, fault);
		return true;
	case FAULT_PART_FLIP:
	case FAULT_PART_SHORTEN:
	case FAULT_PART_REMOVE:
		return damage_part(parcel, fault);
	case FAULT_DISK_FULL:
		fill_disk(run, fault);
		return true;
	case FAULT_CANCEL:
		user_cancel(parcel, fault->number & 1);
		return true;
	case FAULT_CALM:
		fault_end(run);
		return true;
	case FAULT_JOURNAL_DEATH:
	case FAULT_JOURNAL_FAIL:
	case FAULT_KINDS:
		break;
	}
	return true;
}

static bool fault_is_due(const struct run *run, const struct fault *fault)
{
	switch (fault->trigger) {
	case TRIGGER_EVENTS:
		return sim_world_event_count(run->world) - run->start_events >= fault->at;
	case TRIGGER_TIME:
		return sim_world_now_ns(run->world) - run->start_ns >= fault->at;
	case TRIGGER_BYTES:
		return run->durable_bytes >= fault->at;
	case TRIGGER_STEPS:
		break;
	}
	return false;
}

void fault_act(struct run *run)
{
	if (run->restart_wanted) {
		run->restart_wanted = false;
		fault_restart_sender(run);
	}
	if (run->power_cut_wanted) {
		run->power_cut_wanted = false;
		fault_cut_power(run);
		check_kept(run);
	}
	for (uint32_t i = 0; i < run->scenario.fault_count && !run->is_calm; i++) {
		struct fault *fault = &run->scenario.fault[i];

		if (!fault->is_done && fault_is_due(run, fault))
			fault->is_done = fault_hit(run, fault);
	}
}

void fault_begin(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.fault_count; i++) {
		const struct fault *fault = &run->scenario.fault[i];

		if (fault->trigger == TRIGGER_TIME)
			run_wake_at(run, run->start_ns + fault->at);
		run_say(run, "planned: %s of %u, trigger %d at %" PRIu64 ", pause %" PRIu64 " ms",
			fault_name(fault->kind), fault->role, (int)fault->trigger, fault->at,
			fault->pause_ns / HFT_NS_PER_MS);
	}
}
