/* SPDX-License-Identifier: Apache-2.0 */
/* sim_check.c -- the claims about disks and promises; see sim_check.h. The claims about journals
 * and ends are in sim_check_end.c. */
#include "sim/sim_check.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/send_session.h"
#include "sim/sim_break.h"
#include "transfer/plan.h"

/* -- under the final name ----------------------------------------------- */

enum target_look {
	LOOK_ABSENT,
	LOOK_BASE,  /* what was there before */
	LOOK_WHOLE, /* the source, behind the base in append mode */
	LOOK_PART,  /* append: the base and the beginning of a source */
	LOOK_WRONG,
};

static struct sim_host *receiver_host(const struct parcel *parcel)
{
	return parcel->run->node[ROLE_RECEIVER].host;
}

static bool parcel_appends(const struct parcel *parcel)
{
	return parcel->run->scenario.mode == TARGET_APPEND;
}

/* True while the journal says that what is behind the base is not yet a file: after a loss of power
 * that may be anything, and the start of the engine cuts it off (D-45). */
static bool is_being_appended(const struct parcel *parcel)
{
	struct checkpoint checkpoint;
	struct journal_request request = {
		.load.transfer = parcel->id,
		.load.role = CHECKPOINT_RECEIVER,
		.load.ret_checkpoint = &checkpoint,
	};
	struct node *receiver = &parcel->run->node[ROLE_RECEIVER];

	return node_ask(receiver, &request, JOURNAL_LOAD_CHECKPOINT) == 0 &&
	       checkpoint.stage == CHECKPOINT_APPENDING &&
	       checkpoint.append_base_bytes == (parcel->has_base ? parcel->base.bytes : 0);
}

static enum target_look look_at_appended(const struct parcel *parcel, int64_t bytes)
{
	struct sim_host *host = receiver_host(parcel);
	const struct blob *base = parcel->has_base ? &parcel->base : NULL;
	uint64_t base_bytes = base ? base->bytes : 0;
	uint64_t more = (uint64_t)bytes - base_bytes;
	enum target_look look = LOOK_WRONG;

	if ((uint64_t)bytes < base_bytes)
		return LOOK_WRONG;
	if (base && !blob_is_at(host, parcel->target_path, 0, base, (struct range){0, base_bytes}))
		return LOOK_WRONG;
	for (uint32_t i = 0; i < parcel->version_count; i++) {
		const struct blob *source = &parcel->version[i];

		if (more > source->bytes || !blob_is_at(host, parcel->target_path, base_bytes,
							source, (struct range){0, more}))
			continue;
		if (more == source->bytes)
			return LOOK_WHOLE;
		look = LOOK_PART;
	}
	if (look == LOOK_WRONG && is_being_appended(parcel))
		return LOOK_PART;
	return look;
}

static enum target_look look_at_target(const struct parcel *parcel)
{
	struct sim_host *host = receiver_host(parcel);
	int64_t bytes = sim_disk_file_bytes(host, parcel->target_path);

	if (bytes < 0)
		return LOOK_ABSENT;
	if (parcel_appends(parcel))
		return look_at_appended(parcel, bytes);
	for (uint32_t i = 0; i < parcel->version_count; i++) {
		if (blob_is_file(host, parcel->target_path, &parcel->version[i], NULL))
			return LOOK_WHOLE;
	}
	if (parcel->has_base && blob_is_file(host, parcel->target_path, &parcel->base, NULL))
		return LOOK_BASE;
	return LOOK_WRONG;
}

/* Whether nothing has happened to the file since the last look. */
static bool target_is_as_seen(struct parcel *parcel)
{
	struct sim_host *host = receiver_host(parcel);
	int64_t bytes = sim_disk_file_bytes(host, parcel->target_path);
	uint64_t written = sim_disk_bytes_written(host, parcel->target_path);
	bool is_same = bytes == parcel->seen_bytes && written == parcel->seen_written;

	parcel->seen_bytes = bytes;
	parcel->seen_written = written;
	return is_same;
}

static void parcel_look(struct parcel *parcel)
{
	struct run *run = parcel->run;
	enum target_look look = LOOK_ABSENT;

	if (target_is_as_seen(parcel))
		return;
	run->tally.count[TALLY_TARGET_LOOKS]++;
	look = look_at_target(parcel);
	parcel->seen_whole = parcel->seen_whole || look == LOOK_WHOLE;
	if (look == LOOK_WRONG)
		run_fail(run,
			 "parcel %u: %" PRId64 " bytes lie under the final name %s that are "
			 "neither what was there before nor a whole source",
			 parcel->number, parcel->seen_bytes, parcel->target_path);
	if (look == LOOK_ABSENT && parcel->has_base)
		run_fail(run, "parcel %u: what was there before under %s is gone", parcel->number,
			 parcel->target_path);
	if (look == LOOK_WHOLE && parcel->has_base && run->scenario.mode == TARGET_NEW)
		run_fail(run, "parcel %u: mode new replaced an existing file", parcel->number);
}

void check_look(struct run *run)
{
	uint64_t changes = sim_disk_changes(run->node[ROLE_RECEIVER].host);

	if (changes == run->seen_changes)
		return;
	run->seen_changes = changes;
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++)
		parcel_look(&run->parcel[i]);
}

static void parcel_must_be_whole(struct parcel *parcel, const char *when)
{
	if (look_at_target(parcel) != LOOK_WHOLE)
		run_fail(parcel->run, "parcel %u: 0-0 was told, but %s %s is not the source",
			 parcel->number, when, parcel->target_path);
}

/* -- what was told ------------------------------------------------------ */

bool check_wants_from_start(const struct parcel *parcel)
{
	struct run *run = parcel->run;
	const struct scenario *s = &run->scenario;
	bool never_resumes = s->mode == TARGET_APPEND || s->on_failure != ON_FAILURE_KEEP;

	if (s->strict && (parcel->version_count > 1 || parcel->part_is_damaged || never_resumes))
		return true;
	return sim_world_random(run->world, 8) == 0;
}

static void check_failure(struct parcel *parcel)
{
	struct run *run = parcel->run;
	const struct outcome *outcome = &parcel->outcome;

	run->tally.count[TALLY_FAILED]++;
	if (!outcome_is_known(outcome->status, outcome->detail))
		run_fail(run, "parcel %u: ended with %u-%u, which nobody knows", parcel->number,
			 outcome->status, outcome->detail);
	if (!outcome->sentence[0])
		run_fail(run, "parcel %u: ended with %u-%u and no sentence", parcel->number,
			 outcome->status, outcome->detail);
	if (parcel->list_no > 0 && parcel->list_no <= parcel->last_list_no)
		run_fail(run, "parcel %u: list number %" PRIu64 " after %" PRIu64, parcel->number,
			 parcel->list_no, parcel->last_list_no);
	parcel->last_list_no = max_u64(parcel->last_list_no, parcel->list_no);
	if (parcel->list_no == 0 && !parcel->is_cancelled)
		run_fail(run, "parcel %u: ended with %u-%u \"%s\" and is not in the Resend Queue",
			 parcel->number, outcome->status, outcome->detail, outcome->sentence);
}

void check_told(struct parcel *parcel)
{
	struct run *run = parcel->run;

	break_told(parcel);
	if (parcel->state == PARCEL_FAILED) {
		check_failure(parcel);
		return;
	}
	run->tally.count[TALLY_COMPLETED]++;
	run->tally.count[TALLY_APPENDS] += parcel_appends(parcel);
	parcel_must_be_whole(parcel, "at that moment");
}

void check_kept(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		if (run->parcel[i].state != PARCEL_DONE)
			continue;
		parcel_must_be_whole(&run->parcel[i], "after a loss of power");
		run->tally.count[TALLY_KEPT_DONE]++;
	}
}

/* -- promises ----------------------------------------------------------- */

static const struct send_session *find_send(const struct run *run, const struct id *id)
{
	const struct engine *engine = run->node[ROLE_SENDER].engine;

	for (uint32_t i = 0; engine && i < engine->mover_count; i++) {
		list_for_each(node, &engine->mover[i]->sends) {
			const struct send_session *session = list_entry(node, struct send_session,
									node);

			if (id_equal(&session->task->settings.transfer_id, id))
				return session;
		}
	}
	return NULL;
}

/* The sender records what DURABLE told it, so its record is the promise. */
static void note_promise(struct run *run, uint32_t number)
{
	const struct send_session *session = find_send(run, &run->parcel[number].id);
	struct promise *promise = &run->promise[number];

	promise->is_given = false;
	if (!session || session->ended ||
	    !id_equal(&session->checkpoint.transfer, &run->parcel[number].id))
		return;
	promise->is_given = true;
	promise->chunk_bytes = session->checkpoint.chunk_bytes;
	promise->coverage = session->checkpoint.coverage;
}

static void mark_death(struct run *run)
{
	const struct engine *engine = run->node[ROLE_SENDER].engine;
	const struct request_entry *entry = NULL;

	if (!run->scenario.has_one_death || run->has_death_mark || !engine)
		return;
	entry = request_host_find(engine->control, &run->parcel[0].id);
	if (!entry)
		return;
	run->has_death_mark = true;
	run->death_attempt = entry->request.row.core.attempts;
	run->death_durable_bytes = run->durable_bytes;
	run->death_read_bytes = node_source_bytes_read(&run->node[ROLE_SENDER]);
}

void check_before_death(struct run *run, struct node *node)
{
	mark_death(run);
	for (uint32_t i = 0; i < run->scenario.parcel_count && node->role == ROLE_RECEIVER; i++)
		note_promise(run, i);
}

/* A chunk of the part file, whatever version of the source it is from. */
static bool part_has_chunk(const struct parcel *parcel, uint64_t chunk, uint32_t chunk_bytes)
{
	for (uint32_t i = 0; i < parcel->version_count; i++) {
		const struct blob *source = &parcel->version[i];
		struct range place = {
			min_u64(chunk * chunk_bytes, source->bytes),
			min_u64((chunk + 1) * chunk_bytes, source->bytes),
		};

		if (place.start < place.end &&
		    blob_is_at(receiver_host(parcel), parcel->part_path, 0, source, place))
			return true;
	}
	return false;
}

/* A newer attempt throws the part file away before it says so in the journal; the one after it
 * sees that it is gone. */
static bool part_is_discarded(const struct parcel *parcel, const struct checkpoint *checkpoint)
{
	const struct send_session *session = find_send(parcel->run, &parcel->id);
	uint32_t attempts = parcel->attempts;

	if (session)
		attempts = max_u32(attempts, session->task->settings.attempt);
	return attempts > checkpoint->attempt &&
	       sim_disk_file_bytes(receiver_host(parcel), parcel->part_path) <= 0;
}

static void check_coverage(struct parcel *parcel, const struct checkpoint *checkpoint)
{
	struct run *run = parcel->run;

	if (part_is_discarded(parcel, checkpoint))
		return;
	for (uint32_t i = 0; i < checkpoint->coverage.count; i++) {
		const struct range *range = &checkpoint->coverage.list[i];

		for (uint64_t chunk = range->start; chunk < range->end; chunk++) {
			run->tally.count[TALLY_PROMISES]++;
			if (part_has_chunk(parcel, chunk, checkpoint->chunk_bytes))
				continue;
			run_fail(run,
				 "parcel %u: the receiver's journal says that chunk %" PRIu64
				 " is durable, and the part file does not have it",
				 parcel->number, chunk);
			return;
		}
	}
}

/* A receive that failed for a reason of its own may have been cleaned up already. */
static bool promise_may_be_void(const struct parcel *parcel)
{
	const struct scenario *s = &parcel->run->scenario;

	return s->on_failure != ON_FAILURE_KEEP || s->mode == TARGET_APPEND ||
	       parcel->part_is_damaged;
}

static void check_promise(struct parcel *parcel, const struct checkpoint *checkpoint)
{
	struct run *run = parcel->run;
	const struct promise *promise = &run->promise[parcel->number];
	struct completed_row completed;
	struct journal_request request = {.load.transfer = parcel->id,
					  .load.ret_completed = &completed};
	struct ranges lost;

	if (!promise->is_given || promise_may_be_void(parcel) || promise->coverage.count == 0)
		return;
	if (node_ask(&run->node[ROLE_RECEIVER], &request, JOURNAL_LOAD_COMPLETED) == 0)
		return;
	if (checkpoint && checkpoint->chunk_bytes == promise->chunk_bytes &&
	    ranges_subtract(&lost, &promise->coverage, &checkpoint->coverage) == 0 &&
	    lost.count == 0)
		return;
	run_fail(run,
		 "parcel %u: the sender was told that chunks are durable which the receiver's "
		 "journal does not know",
		 parcel->number);
}

static void check_receiver_after_death(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct checkpoint checkpoint;
	struct journal_request request = {
		.load.transfer = parcel->id,
		.load.role = CHECKPOINT_RECEIVER,
		.load.ret_checkpoint = &checkpoint,
	};
	int error = 0;

	parcel->seen_bytes = INT64_MIN; /* whatever it says: look again */
	if (parcel->state == PARCEL_DONE)
		parcel_must_be_whole(parcel, "after a death of the receiver");
	error = node_ask(&run->node[ROLE_RECEIVER], &request, JOURNAL_LOAD_CHECKPOINT);
	if (error < 0 && error != -ENOENT) {
		run_fail(run, "the receiver's journal cannot be read: %s", strerror(-error));
		return;
	}
	check_promise(parcel, error == 0 ? &checkpoint : NULL);
	if (error == 0 && checkpoint.stage == CHECKPOINT_RECEIVING && !parcel->part_is_damaged)
		check_coverage(parcel, &checkpoint);
}

/* What a sender was told and has not on record dies with it: both must be able to prove it. */
static void mark_sender_death(struct run *run)
{
	struct checkpoint checkpoint;
	struct journal_request request = {
		.load.transfer = run->parcel[0].id,
		.load.role = CHECKPOINT_SENDER,
		.load.ret_checkpoint = &checkpoint,
	};
	struct plan plan;

	run->death_durable_bytes = 0;
	if (node_ask(&run->node[ROLE_SENDER], &request, JOURNAL_LOAD_CHECKPOINT) < 0)
		return;
	plan_init(&plan, parcel_source(&run->parcel[0])->bytes, checkpoint.chunk_bytes);
	run->death_durable_bytes = plan_covered_bytes(&plan, &checkpoint.coverage);
}

void check_after_death(struct run *run, struct node *node)
{
	break_after_death(run, node);
	if (run->scenario.has_one_death && node->role == ROLE_SENDER)
		mark_sender_death(run);
	for (uint32_t i = 0; i < run->scenario.parcel_count && node->role == ROLE_RECEIVER; i++)
		check_receiver_after_death(&run->parcel[i]);
	if (node->role == ROLE_RECEIVER)
		run->seen_changes = UINT64_MAX;
}
