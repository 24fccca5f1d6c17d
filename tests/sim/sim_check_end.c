/* SPDX-License-Identifier: Apache-2.0 */
/* sim_check_end.c -- the claims about journals, and about what is left when all is over; see
 * sim_check.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/receive_session.h"
#include "daemon/send_session.h"
#include "daemon/stranger.h"
#include "sim/sim_break.h"
#include "sim/sim_check.h"
#include "wire/chain.h"

#define LOG_ROWS HFT_JOURNAL_PAGE_MAX

/* What one node logged, oldest first. */
struct logbook {
	struct log_row row[LOG_ROWS];
	uint32_t count;
};

static struct logbook *logbook_new(struct node *node, enum log_kind kind)
{
	struct logbook *book = calloc(1, sizeof(*book));
	struct journal_request request = {0};

	if (!book)
		abort();
	request.list.limit = LOG_ROWS;
	request.list.log_kind = (uint8_t)kind;
	request.list.newest_first = true;
	request.list.rows.log = book->row;
	if (node_ask(node, &request, JOURNAL_LIST_LOG) == 0)
		book->count = request.list.ret_count;
	for (uint32_t i = 0; i < book->count / 2; i++) {
		struct log_row row = book->row[i];

		book->row[i] = book->row[book->count - 1 - i];
		book->row[book->count - 1 - i] = row;
	}
	return book;
}

/* -- logs --------------------------------------------------------------- */

static const struct log_row *last_row(const struct logbook *book, const struct parcel *parcel)
{
	const struct log_row *last = NULL;

	for (uint32_t i = 0; i < book->count; i++) {
		if (id_equal(&book->row[i].transfer, &parcel->id))
			last = &book->row[i];
	}
	return last;
}

/* D-26, D-229: each attempt once, in order. */
static void check_send_log(struct parcel *parcel, const struct logbook *book)
{
	struct run *run = parcel->run;
	const struct log_row *last = last_row(book, parcel);
	uint32_t attempt = 0;

	for (uint32_t i = 0; i < book->count; i++) {
		const struct log_row *row = &book->row[i];

		if (!id_equal(&row->transfer, &parcel->id))
			continue;
		if (row->attempt <= attempt && attempt > 0)
			run_fail(run, "parcel %u: attempt %u is in the Send Log after attempt %u",
				 parcel->number, row->attempt, attempt);
		attempt = row->attempt;
		if (row->bytes_skipped > 0)
			run->tally.count[TALLY_RESUMES]++;
		run->tally.count[TALLY_SKIPPED_KIB] += row->bytes_skipped / 1024;
	}
	if (last && outcome_is_done(&last->outcome) && last->bytes_moved == 0 &&
	    last->bytes_total > 0 && last->bytes_skipped == 0)
		run->tally.count[TALLY_REPEATS]++;
	if (!last)
		run_fail(run, "parcel %u: it is over, and there is no Send Log record of it",
			 parcel->number);
	else if (last->outcome.status != parcel->outcome.status ||
		 last->outcome.detail != parcel->outcome.detail)
		run_fail(run, "parcel %u: %u-%u was told and %u-%u is in the Send Log",
			 parcel->number, parcel->outcome.status, parcel->outcome.detail,
			 last->outcome.status, last->outcome.detail);
}

/* D-232: the chain over the chunk digests of some version of the source. */
static bool digest_is_of_source(const struct parcel *parcel, const struct digest *digest)
{
	for (uint32_t v = 0; v < parcel->version_count; v++) {
		const struct blob *source = &parcel->version[v];
		struct chain chain;

		chain_init(&chain);
		for (uint64_t at = 0; at < source->bytes; at += SCENARIO_CHUNK_BYTES) {
			uint64_t bytes = min_u64(source->bytes - at, SCENARIO_CHUNK_BYTES);
			struct digest chunk = digest_of(source->data + at, (size_t)bytes);

			chain_add(&chain, &chunk);
		}
		if (digest_equal(&chain.value, digest))
			return true;
	}
	return false;
}

static void check_receive_log(struct parcel *parcel, const struct logbook *book)
{
	struct run *run = parcel->run;
	const struct log_row *done = NULL;

	for (uint32_t i = 0; i < book->count; i++) {
		const struct log_row *row = &book->row[i];

		if (id_equal(&row->transfer, &parcel->id) && outcome_is_done(&row->outcome))
			done = row;
	}
	if (!done)
		run_fail(run, "parcel %u: 0-0 was told, and the Receive Log does not know of it",
			 parcel->number);
	else if (done->has_digest && !digest_is_of_source(parcel, &done->digest))
		run_fail(run, "parcel %u: the digest in the Receive Log is not that of the source",
			 parcel->number);
}

/* -- queues ------------------------------------------------------------- */

static void check_queue_is_empty(struct run *run)
{
	struct queue_row row;
	struct journal_request request = {.list.limit = 1, .list.rows.queue = &row};

	if (node_ask(&run->node[ROLE_SENDER], &request, JOURNAL_LIST_QUEUE) < 0 ||
	    request.list.ret_count > 0)
		run_fail(run, "all is over, and the Send Queue is not empty");
}

static void check_resend_queue(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct journal_request request = {
		.find.transfer = parcel->id,
		.find.ret_row = &parcel->resend,
	};
	int error = node_ask(&run->node[ROLE_SENDER], &request, JOURNAL_FIND_RESEND);

	if (parcel->list_no == 0 && error != -ENOENT)
		run_fail(run, "parcel %u: it is still in the Resend Queue", parcel->number);
	if (parcel->list_no > 0 && error < 0)
		run_fail(run, "parcel %u: record %" PRIu64 " was told and is not there",
			 parcel->number, parcel->list_no);
	if (parcel->list_no > 0 && error == 0 && parcel->resend.list_no != parcel->list_no)
		run_fail(run, "parcel %u: record %" PRIu64 " was told and %" PRIu64 " is there",
			 parcel->number, parcel->list_no, parcel->resend.list_no);
}

static void check_completed(struct parcel *parcel)
{
	struct completed_row row;
	struct journal_request request = {
		.load.transfer = parcel->id,
		.load.ret_completed = &row,
	};
	struct checkpoint checkpoint;
	struct journal_request left = {
		.load.transfer = parcel->id,
		.load.role = CHECKPOINT_RECEIVER,
		.load.ret_checkpoint = &checkpoint,
	};
	struct node *receiver = &parcel->run->node[ROLE_RECEIVER];

	if (node_ask(receiver, &request, JOURNAL_LOAD_COMPLETED) < 0)
		run_fail(parcel->run, "parcel %u: the receiver does not know that it is completed",
			 parcel->number);
	if (node_ask(receiver, &left, JOURNAL_LOAD_CHECKPOINT) != -ENOENT)
		run_fail(parcel->run, "parcel %u: completed, and its checkpoint is still there",
			 parcel->number);
}

/* -- disks -------------------------------------------------------------- */

/* An appended part file is removed when all is safe already; a disk that then cannot even sync its
 * folder fails nothing. */
static bool part_may_be_left(const struct run *run)
{
	return run->scenario.mode == TARGET_APPEND && run->scenario.world.sync_error_per_mille > 0;
}

static void check_done(struct parcel *parcel, const struct logbook *received)
{
	struct run *run = parcel->run;
	struct sim_host *host = run->node[ROLE_RECEIVER].host;
	struct blob *base = parcel->has_base && run->scenario.mode == TARGET_APPEND ? &parcel->base
										    : NULL;
	bool is_whole = false;

	for (uint32_t v = 0; v < parcel->version_count && !is_whole; v++)
		is_whole = blob_is_file(host, parcel->target_path, base, &parcel->version[v]);
	if (!is_whole)
		run_fail(run, "parcel %u: 0-0 was told, but at the end %s is not the source",
			 parcel->number, parcel->target_path);
	if (sim_disk_exists(host, parcel->part_path) && !part_may_be_left(run))
		run_fail(run, "parcel %u: done, and its part file is still there", parcel->number);
	check_completed(parcel);
	check_receive_log(parcel, received);
}

/* A failure in a world without trouble needs a reason that lies in the request itself. */
static bool failure_is_lasting(const struct parcel *parcel)
{
	const struct outcome *outcome = &parcel->outcome;
	const struct scenario *s = &parcel->run->scenario;

	if (parcel->source_is_gone || parcel->is_cancelled)
		return true;
	return s->mode == TARGET_NEW && parcel->has_base &&
	       outcome->status == HFT_RECEIVER_FAILED && outcome->detail == HFT_TARGET_EXISTS;
}

static void check_failed(struct parcel *parcel)
{
	struct run *run = parcel->run;
	const struct scenario *s = &run->scenario;
	struct sim_host *host = run->node[ROLE_RECEIVER].host;
	int64_t bytes = sim_disk_file_bytes(host, parcel->target_path);

	if (!failure_is_lasting(parcel))
		run_fail(run, "parcel %u: nothing is wrong any more, and it ends with %u-%u \"%s\"",
			 parcel->number, parcel->outcome.status, parcel->outcome.detail,
			 parcel->outcome.sentence);
	/* D-45, D-51: what a failed append began is cut back. */
	if (s->mode == TARGET_APPEND && parcel->has_base && bytes > (int64_t)parcel->base.bytes &&
	    !parcel->seen_whole)
		run_fail(run, "parcel %u: failed, and a piece of it is at the end of %s",
			 parcel->number, parcel->target_path);
}

/* -- what was read ------------------------------------------------------ */

/* D-88: of a seekable source nothing is read to be sent that was durable before. */
static void check_reads(struct parcel *parcel, const struct logbook *sent)
{
	struct run *run = parcel->run;
	const struct log_row *last = last_row(sent, parcel);
	uint64_t read_bytes = node_source_bytes_read(&run->node[ROLE_SENDER]);
	uint64_t slack = (uint64_t)run->scenario.lanes * HFT_LANE_DEPTH * SCENARIO_CHUNK_BYTES;

	if (run->scenario.is_calm && run->scenario.parcel_count == 1 &&
	    read_bytes > parcel->plan->bytes)
		run_fail(run, "%" PRIu64 " bytes of a source of %" PRIu64 " were read to be sent",
			 read_bytes, parcel->plan->bytes);
	if (!run->has_death_mark || !last || parcel->state != PARCEL_DONE)
		return;
	if (parcel->resends > 0)
		run_fail(run, "one death, and the engine did not get over it by itself");
	if (last->attempt == run->death_attempt || last->bytes_moved == 0)
		return; /* it was over before the death, and only the answer was missing */
	if (last->bytes_skipped < run->death_durable_bytes)
		run_fail(run,
			 "%" PRIu64 " bytes were durable before the death, and only %" PRIu64
			 " were skipped after it",
			 run->death_durable_bytes, last->bytes_skipped);
	/* What was on its way when the receiver died was read twice. */
	if (read_bytes - run->death_read_bytes > last->bytes_total - last->bytes_skipped + slack)
		run_fail(run,
			 "%" PRIu64 " bytes were read after the death, and %" PRIu64 " of %" PRIu64
			 " were durable before",
			 read_bytes - run->death_read_bytes, last->bytes_skipped,
			 last->bytes_total);
}

/* -- what is left in the engines ---------------------------------------- */

static void check_mover_is_empty(struct run *run, const struct node *node,
				 const struct mover *mover)
{
	const char *name = sim_host_name(node->host);

	if (buffer_pool_in_use(mover->pool) > 0)
		run_fail(run, "%s: %u slots are never given back", name,
			 buffer_pool_in_use(mover->pool));
	if (buffer_pool_in_use(mover->send_pool) > 0)
		run_fail(run, "%s: %u slots of the send pool are never given back", name,
			 buffer_pool_in_use(mover->send_pool));
	if (slab_in_use(mover->send_sessions) + slab_in_use(mover->send_lanes) > 0)
		run_fail(run, "%s: a send session or lane is never given back", name);
	if (slab_in_use(mover->receive_sessions) + slab_in_use(mover->receive_lanes) > 0)
		run_fail(run, "%s: a receive session or lane is never given back", name);
	if (slab_in_use(mover->strangers) > 0)
		run_fail(run, "%s: a stranger is never given back", name);
	if (timers_count(mover->timers) > 0)
		run_fail(run, "%s: a timer of nobody runs", name);
	if (sim_ops_in_flight(mover->ops) > (mover->index == 0 ? 1u : 0u))
		run_fail(run, "%s: %u ops are in flight, and nothing is under way", name,
			 sim_ops_in_flight(mover->ops));
}

static void check_engine_is_empty(struct run *run, const struct node *node)
{
	const struct engine *engine = node->engine;

	if (slab_in_use(engine->control->entries) > 0)
		run_fail(run, "%s: a request is never given back", sim_host_name(node->host));
	if (schedule_running(engine->control->schedule) +
		    schedule_waiting(engine->control->schedule) >
	    0)
		run_fail(run, "%s: a slot of the Send Queue is never given back",
			 sim_host_name(node->host));
	if (atomic_load(&engine->receives_running) > 0)
		run_fail(run, "%s: a receive is counted for ever", sim_host_name(node->host));
	for (uint32_t i = 0; i < engine->mover_count; i++)
		check_mover_is_empty(run, node, engine->mover[i]);
}

/* -- the end ------------------------------------------------------------ */

static void check_parcel_end(struct parcel *parcel, const struct logbook *sent,
			     const struct logbook *received)
{
	const struct scenario *s = &parcel->run->scenario;
	bool is_refused = s->mode == TARGET_NEW && parcel->has_base;

	check_send_log(parcel, sent);
	check_resend_queue(parcel);
	if (parcel->state == PARCEL_DONE)
		check_done(parcel, received);
	else
		check_failed(parcel);
	check_reads(parcel, sent);
	if (s->is_calm && !is_refused && (parcel->state != PARCEL_DONE || parcel->resends > 0))
		run_fail(parcel->run, "parcel %u: nothing went wrong, and it was not simply done",
			 parcel->number);
}

void check_end(struct run *run)
{
	struct logbook *sent = NULL;
	struct logbook *received = NULL;

	break_end(run);
	sent = logbook_new(&run->node[ROLE_SENDER], LOG_SEND);
	received = logbook_new(&run->node[ROLE_RECEIVER], LOG_RECEIVE);
	run->seen_changes = UINT64_MAX;
	check_look(run);
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++)
		check_parcel_end(&run->parcel[i], sent, received);
	check_queue_is_empty(run);
	check_engine_is_empty(run, &run->node[ROLE_SENDER]);
	check_engine_is_empty(run, &run->node[ROLE_RECEIVER]);
	free(sent);
	free(received);
}
