/* SPDX-License-Identifier: Apache-2.0 */
/* sim_break.c -- broken on purpose; see sim_break.h. */
#include "sim/sim_break.h"

#include <string.h>

#include "sim/sim_check.h"

static const struct break_plan plans[] = {
	{"half-a-file", "quiet", "neither what was there before nor a whole source"},
	{"damaged-file", "quiet", "is not the source"},
	{"lost-file", "quiet", "is not the source"},
	{"old-file-gone", "quiet", "is gone"},
	{"lying-disk", "resume", "the part file does not have it"},
	{"early-promise", "resume", "which the receiver's journal does not know"},
	{"lost-request", "journal", "in no queue and no log"},
	{"lost-record", "quiet", "does not know that it is completed"},
	{"logged-twice", "quiet", "is in the Send Log after attempt"},
	{"read-again", "resume", "bytes were read after the death"},
	{"lost-slot", "quiet", "slots are never given back"},
	{"no-end", "quiet", "does not come to an end"},
};

const struct break_plan *break_plan_at(unsigned n)
{
	return n < ARRAY_COUNT(plans) ? &plans[n] : NULL;
}

const struct break_plan *break_plan_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_COUNT(plans); i++) {
		if (strcmp(plans[i].name, name) == 0)
			return &plans[i];
	}
	return NULL;
}

static bool is_to_break(const struct run *run, const char *name)
{
	return run->break_name && !run->break_is_done && strcmp(run->break_name, name) == 0;
}

static void is_broken(struct run *run)
{
	run->break_is_done = true;
	run_say(run, "broken on purpose: %s", run->break_name);
}

/* One change of a journal, past its engine. */
static void journal_change(struct node *node, struct journal_request *request)
{
	(void)node_ask(node, request, JOURNAL_COMMIT);
}

/* -- while it runs ------------------------------------------------------ */

static void break_half_a_file(struct run *run)
{
	const struct parcel *parcel = &run->parcel[0];
	struct sim_host *host = run->node[ROLE_RECEIVER].host;
	const struct blob *source = parcel_source(parcel);

	if (sim_disk_file_bytes(host, parcel->part_path) <= 0 || source->bytes < 2)
		return;
	sim_disk_write_file(host, parcel->target_path, source->data + 1, source->bytes / 2);
	is_broken(run);
}

static void break_old_file(struct run *run)
{
	const struct parcel *parcel = &run->parcel[0];

	if (!parcel->has_base || parcel->state != PARCEL_QUEUED)
		return;
	sim_disk_remove(run->node[ROLE_RECEIVER].host, parcel->target_path);
	is_broken(run);
}

static void break_freeze(struct run *run)
{
	if (run->parcel[0].state != PARCEL_QUEUED)
		return;
	sim_host_freeze(run->node[ROLE_SENDER].host, true);
	is_broken(run);
}

void break_step(struct run *run)
{
	if (!run->break_name || run->break_is_done)
		return;
	if (is_to_break(run, "half-a-file"))
		break_half_a_file(run);
	if (is_to_break(run, "old-file-gone"))
		break_old_file(run);
	if (is_to_break(run, "no-end"))
		break_freeze(run);
}

void break_told(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct sim_host *host = run->node[ROLE_RECEIVER].host;

	if (parcel->state != PARCEL_DONE)
		return;
	if (is_to_break(run, "damaged-file") && parcel_source(parcel)->bytes > 0) {
		sim_disk_corrupt(host, parcel->target_path, 0);
		is_broken(run);
	}
	if (is_to_break(run, "lost-file")) {
		sim_disk_remove(host, parcel->target_path);
		is_broken(run);
	}
}

/* -- after a death ------------------------------------------------------ */

/* The sync was answered, and the medium had nothing. */
static void break_disk(struct run *run)
{
	struct sim_host *host = run->node[ROLE_RECEIVER].host;
	const struct promise *promise = &run->promise[0];

	if (!promise->is_given || promise->coverage.count == 0)
		return;
	sim_disk_corrupt(host, run->parcel[0].part_path,
			 promise->coverage.list[0].start * promise->chunk_bytes);
	is_broken(run);
}

/* The commit was answered, and the medium had nothing. */
static void break_promise(struct run *run)
{
	struct journal_request request = {0};

	if (!run->promise[0].is_given || run->promise[0].coverage.count == 0)
		return;
	(void)journal_remove_checkpoint(&request, &run->parcel[0].id, CHECKPOINT_RECEIVER);
	journal_change(&run->node[ROLE_RECEIVER], &request);
	is_broken(run);
}

static void break_queue(struct run *run)
{
	struct journal_request request = {0};

	if (run->parcel[0].state != PARCEL_QUEUED || !run->parcel[0].id_was_told)
		return;
	(void)journal_remove_queue(&request, &run->parcel[0].id);
	journal_change(&run->node[ROLE_SENDER], &request);
	is_broken(run);
}

void break_after_death(struct run *run, struct node *node)
{
	if (node->role == ROLE_RECEIVER && is_to_break(run, "lying-disk"))
		break_disk(run);
	if (node->role == ROLE_RECEIVER && is_to_break(run, "early-promise"))
		break_promise(run);
	if (node->role == ROLE_SENDER && is_to_break(run, "lost-request"))
		break_queue(run);
}

/* -- at the end --------------------------------------------------------- */

static void break_completed(struct run *run)
{
	struct journal_request request = {0};

	if (run->parcel[0].state != PARCEL_DONE)
		return;
	(void)journal_remove_completed(&request, &run->parcel[0].id);
	journal_change(&run->node[ROLE_RECEIVER], &request);
	is_broken(run);
}

static void break_log(struct run *run)
{
	struct log_row row;
	struct journal_request list = {.list.limit = 1, .list.rows.log = &row};
	struct journal_request request = {0};

	if (node_ask(&run->node[ROLE_SENDER], &list, JOURNAL_LIST_LOG) < 0 ||
	    list.list.ret_count == 0)
		return;
	(void)journal_add_log(&request, &row);
	journal_change(&run->node[ROLE_SENDER], &request);
	is_broken(run);
}

void break_end(struct run *run)
{
	if (is_to_break(run, "lost-record"))
		break_completed(run);
	if (is_to_break(run, "logged-twice"))
		break_log(run);
	if (is_to_break(run, "read-again") && run->has_death_mark) {
		run->node[ROLE_SENDER].source_bytes_read += 2 * SCENARIO_BYTES_MAX;
		is_broken(run);
	}
	if (is_to_break(run, "lost-slot")) {
		(void)buffer_pool_take(run->node[ROLE_RECEIVER].engine->mover[0]->pool);
		is_broken(run);
	}
}
