/* SPDX-License-Identifier: Apache-2.0 */
/* sim_user.c -- the person who sends; see sim_user.h. */
#include "sim/sim_user.h"

#include <inttypes.h>
#include <string.h>

#include "base/name.h"
#include "base/text.h"
#include "daemon/send_session.h"
#include "sim/sim_check.h"
#include "sim/sim_fault.h"

#define USER_READS_NS UINT64_C(100000000) /* from a failure to the resend */
#define BASE_VERSION  1000		  /* number of a window: no source has it */
#define STREAM_PIECES 3			  /* a stream is fed in */

/* -- files -------------------------------------------------------------- */

static void parcel_names(struct parcel *parcel)
{
	char part[HFT_COMPONENT_BYTES];
	int error = text_format(parcel->target_name, sizeof(parcel->target_name), "file-%u.dat",
				parcel->number);

	if (error == 0)
		error = text_format(parcel->source_path, sizeof(parcel->source_path),
				    "/out/source-%u", parcel->number);
	if (error == 0)
		error = text_format(parcel->target_path, sizeof(parcel->target_path), "/in/%s",
				    parcel->target_name);
	if (error == 0)
		error = name_part(part, sizeof(part), parcel->target_name, &parcel->id);
	if (error == 0)
		error = text_format(parcel->part_path, sizeof(parcel->part_path), "/in/%s", part);
	assert(error == 0);
	(void)error;
}

/* A FIFO with all of the source in it, as a program would feed it to each reader. */
static void parcel_feed(struct parcel *parcel)
{
	const struct blob *source = parcel_source(parcel);
	struct sim_host *sender = parcel->run->node[ROLE_SENDER].host;
	uint64_t piece = source->bytes / STREAM_PIECES;
	uint64_t rest = source->bytes - (STREAM_PIECES - 1) * piece;

	sim_disk_remove(sender, parcel->source_path);
	parcel->pipe = sim_pipe_new(sender, parcel->source_path);
	for (unsigned i = 0; i + 1 < STREAM_PIECES; i++)
		sim_pipe_write(parcel->pipe, source->data + i * piece, (size_t)piece);
	sim_pipe_write(parcel->pipe, source->data + source->bytes - rest, (size_t)rest);
	sim_pipe_end(parcel->pipe);
}

static bool parcel_is_being_sent(const struct parcel *parcel)
{
	const struct engine *engine = parcel->run->node[ROLE_SENDER].engine;

	for (uint32_t i = 0; engine && i < engine->mover_count; i++) {
		list_for_each(node, &engine->mover[i]->sends) {
			const struct send_session *session = list_entry(node, struct send_session,
									node);

			if (id_equal(&session->task->settings.transfer_id, &parcel->id))
				return true;
		}
	}
	return false;
}

void user_feed_streams(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		struct parcel *parcel = &run->parcel[i];

		if (parcel->pipe && !parcel_is_being_sent(parcel) &&
		    sim_pipe_bytes_read(parcel->pipe) + sim_pipe_bytes_skipped(parcel->pipe) > 0)
			parcel_feed(parcel);
	}
}

static void parcel_make_files(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct sim_host *sender = run->node[ROLE_SENDER].host;
	uint64_t number = run->scenario.seed * 16 + parcel->number;

	parcel->version[0] = blob_window(run->table, number, parcel->plan->bytes);
	parcel->version_count = 1;
	if (parcel->plan->is_stream)
		parcel_feed(parcel);
	else
		sim_disk_write_file(sender, parcel->source_path, parcel->version[0].data,
				    parcel->version[0].bytes);
	if (parcel->plan->base_bytes == UINT64_MAX)
		return;
	parcel->has_base = true;
	parcel->base = blob_window(run->table, number + BASE_VERSION, parcel->plan->base_bytes);
	sim_disk_write_file(run->node[ROLE_RECEIVER].host, parcel->target_path, parcel->base.data,
			    parcel->base.bytes);
}

static void parcel_begin(struct parcel *parcel)
{
	struct run *run = parcel->run;
	uint8_t *bytes = parcel->id.bytes;

	for (size_t i = 0; i < sizeof(parcel->id.bytes); i++)
		bytes[i] = (uint8_t)sim_world_random(run->world, 256);
	bytes[0] = (uint8_t)(parcel->number + 1); /* never all zero, never twice */
	parcel_names(parcel);
	parcel_make_files(parcel);
	parcel->ask_due_ns = run->start_ns + parcel->plan->ask_ns;
	run_wake_at(run, parcel->ask_due_ns);
	parcel->seen_bytes = INT64_MIN;
	run->tally.count[TALLY_TRANSFERS]++;
	run->tally.count[TALLY_STREAMS] += parcel->plan->is_stream;
	run_say(run, "parcel %u: %" PRIu64 " bytes, base %" PRId64 ", rate %" PRIu64 "%s%s",
		parcel->number, parcel->plan->bytes, (int64_t)parcel->plan->base_bytes,
		parcel->plan->limit_rate_bytes, parcel->plan->is_stream ? ", stream" : "",
		parcel->plan->by_descriptor ? ", descriptor" : "");
}

void user_begin(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		run->parcel[i].run = run;
		run->parcel[i].plan = &run->scenario.parcel[i];
		run->parcel[i].number = i;
		parcel_begin(&run->parcel[i]);
	}
}

void user_done(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		for (uint32_t v = 0; v < run->parcel[i].version_count; v++)
			blob_free(&run->parcel[i].version[v]);
	}
}

/* -- asking ------------------------------------------------------------- */

/* The control loop of the sender, as if in the middle of a turn at this moment; NULL when its
 * program does not run or stands still. */
static struct control *user_control(const struct run *run)
{
	const struct node *sender = &run->node[ROLE_SENDER];

	if (!sender->engine || sender->is_frozen || sender->is_stopping)
		return NULL;
	sender->engine->control->now_ns = sim_world_now_ns(run->world);
	ops_wake(sender->engine->control->ops);
	return sender->engine->control;
}

static void parcel_row(const struct parcel *parcel, struct queue_row *row)
{
	struct request_core *core = &row->core;

	memset(row, 0, sizeof(*row));
	row->kind = QUEUE_SEND;
	row->state = QUEUE_QUEUED;
	core->transfer = parcel->id;
	core->type = TRANSFER_BINARY;
	core->detach = parcel->plan->detach;
	core->priority = parcel->plan->priority;
	core->limit_rate_bytes = parcel->plan->limit_rate_bytes;
	core->accepted_wall_ns = ops_wall_ns(user_control(parcel->run)->ops);
	(void)text_copy(core->path, sizeof(core->path), parcel->source_path);
	(void)text_copy(core->name, sizeof(core->name), parcel->target_name);
	(void)text_copy(core->host, sizeof(core->host), "osaka");
	(void)text_copy(core->requester, sizeof(core->requester), "user");
}

static void parcel_send(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct request_entry *entry = NULL;
	struct queue_row row;
	int fd = -1;

	if (parcel->plan->by_descriptor && !parcel->source_is_gone) {
		fd = sim_host_open(run->node[ROLE_SENDER].host, parcel->source_path, OPEN_READ);
		assert(fd >= 0);
	}
	parcel_row(parcel, &row);
	parcel->state = PARCEL_ASKED;
	parcel->ask_due_ns = UINT64_MAX;
	run_say(run, "user: send %u", parcel->number);
	if (request_host_accept(user_control(run), &row, fd, &entry) < 0)
		run_fail(run, "parcel %u: the request was not accepted", parcel->number);
}

/* -- resends ------------------------------------------------------------ */

static void parcel_resend_found(struct journal_request *request)
{
	struct parcel *parcel = request->owner;
	struct run *run = parcel->run;
	struct request_entry *entry = NULL;
	struct queue_row row = {
		.core = parcel->resend.core, .kind = QUEUE_RESEND, .state = QUEUE_QUEUED};

	if (request->result < 0) {
		run_fail(run, "parcel %u: record %" PRIu64 " of the Resend Queue is not there: %s",
			 parcel->number, parcel->list_no, strerror(-request->result));
		return;
	}
	if (!user_control(run))
		return; /* the engine ends; the user looks again when it is back */
	row.core.resend_of = parcel->resend.list_no;
	row.core.from_start = parcel->from_start;
	row.core.detach = true;
	parcel->state = PARCEL_ASKED;
	if (request_host_accept(user_control(run), &row, -1, &entry) < 0)
		run_fail(run, "parcel %u: the resend was not accepted", parcel->number);
}

/* `hft resend LISTNO`, as the control socket does it. */
static void parcel_ask_resend(struct parcel *parcel)
{
	struct run *run = parcel->run;
	struct control *control = user_control(run);

	run_say(run, "user: resend %u (record %" PRIu64 ")%s%s", parcel->number, parcel->list_no,
		parcel->from_start ? " from the start" : "", run->is_calm ? ", calm" : "");
	parcel->ask_due_ns = UINT64_MAX;
	parcel->state = PARCEL_LOOKING;
	parcel->resends++;
	parcel->was_calm_resend = run->is_calm;
	run->tally.count[TALLY_RESENDS]++;
	run->tally.count[TALLY_CALM_RESENDS] += run->is_calm;
	commit_gate_ask(&control->gate, &parcel->ask, JOURNAL_FIND_RESEND, parcel,
			parcel_resend_found);
	parcel->ask.find.list_no = parcel->list_no;
	parcel->ask.find.ret_row = &parcel->resend;
	commit_gate_post(&control->gate, &parcel->ask);
}

static void parcel_ask_later(struct parcel *parcel)
{
	parcel->ask_due_ns = sim_world_now_ns(parcel->run->world) + USER_READS_NS;
	run_wake_at(parcel->run, parcel->ask_due_ns);
}

/* When patience is over, the world is made calm and the last resend must do. */
static void parcel_plan_resend(struct parcel *parcel)
{
	if (parcel->list_no == 0 || parcel->was_calm_resend)
		return;
	parcel_ask_later(parcel);
	/* What a strict resume refuses, only --from-start can send. */
	parcel->from_start = check_wants_from_start(parcel);
}

/* True when no parcel is under way, so that the world may become calm without taking from
 * others the faults that they were to meet. */
static bool user_all_rest(const struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		const struct parcel *parcel = &run->parcel[i];

		if (parcel->state != PARCEL_DONE && parcel->state != PARCEL_FAILED)
			return false;
	}
	/* A receive that lost its sender may still wait for it. */
	return !node_is_receiving(&run->node[ROLE_RECEIVER]);
}

static void parcel_act(struct parcel *parcel)
{
	struct run *run = parcel->run;

	if (parcel->state == PARCEL_WAITING) {
		parcel_send(parcel);
		return;
	}
	if (parcel->resends >= run->scenario.resends && !run->is_calm) {
		if (!user_all_rest(run)) {
			parcel_ask_later(parcel);
			return;
		}
		fault_make_calm(run);
	}
	parcel_ask_resend(parcel);
}

void user_act(struct run *run)
{
	uint64_t now_ns = sim_world_now_ns(run->world);

	for (uint32_t i = 0; i < run->scenario.parcel_count && user_control(run); i++) {
		if (run->parcel[i].ask_due_ns <= now_ns)
			parcel_act(&run->parcel[i]);
	}
}

/* -- hearing ------------------------------------------------------------ */

/* The log ends where the resend began: it was not accepted before the sender died. */
static void parcel_resend_was_lost(struct parcel *parcel)
{
	parcel->state = PARCEL_FAILED;
	parcel->was_calm_resend = false;
	parcel_plan_resend(parcel);
}

/* Its journal could not take the request, and so the engine never did. */
static void parcel_not_accepted(struct parcel *parcel, const struct outcome *outcome)
{
	run_say(parcel->run, "user: parcel %u was not accepted: %s", parcel->number,
		outcome->sentence);
	if (parcel->resends > 0) {
		parcel_resend_was_lost(parcel);
		return;
	}
	parcel->state = PARCEL_WAITING;
	parcel_ask_later(parcel);
}

static void parcel_over(struct parcel *parcel, const struct outcome *outcome, uint64_t list_no)
{
	struct run *run = parcel->run;
	char code[OUTCOME_CODE_BYTES];

	if (parcel->state == PARCEL_ASKED && !outcome_is_done(outcome) && list_no == 0) {
		parcel_not_accepted(parcel, outcome);
		return;
	}
	if (outcome->status == HFT_SEND_STOPPED && outcome->detail == 0) {
		run->restart_wanted = true; /* its sentence: it goes on when the engine does */
		return;
	}
	parcel->outcome = *outcome;
	parcel->list_no = list_no;
	parcel->state = outcome_is_done(outcome) ? PARCEL_DONE : PARCEL_FAILED;
	run_say(run, "user: parcel %u ended %s \"%s\" list_no %" PRIu64, parcel->number,
		outcome_print(outcome, code), outcome->sentence, list_no);
	check_told(parcel);
	if (parcel->state == PARCEL_DONE) {
		/* In a calm world it would be trouble for the others. */
		run->power_cut_wanted = run->scenario.cuts_power_at_done &&
					(!run->is_calm || run->scenario.parcel_count == 1);
		return;
	}
	parcel_plan_resend(parcel);
}

void user_news(void *arg, struct request_entry *entry, enum request_news news,
	       const struct outcome *outcome)
{
	struct run *run = arg;
	struct parcel *parcel = run_find_parcel(run, &entry->request.row.core.transfer);

	if (!parcel) {
		run_fail(run, "news of a request that nobody asked for");
		return;
	}
	parcel->attempts = max_u32(parcel->attempts, entry->request.row.core.attempts);
	switch (news) {
	case NEWS_QUEUED:
		parcel->state = PARCEL_QUEUED;
		parcel->id_was_told = true;
		break;
	case NEWS_STARTED:
	case NEWS_RESUMED:
		break;
	case NEWS_WAITING:
		run->tally.count[TALLY_WAITS]++;
		break;
	case NEWS_COMPLETED:
	case NEWS_FAILED:
		parcel_over(parcel, outcome, entry->request.list_no);
		break;
	}
}

void user_progress(void *arg, struct request_entry *entry, const struct transfer_progress *progress)
{
	struct run *run = arg;
	struct parcel *parcel = run_find_parcel(run, &entry->request.row.core.transfer);

	if (!parcel)
		return;
	if (parcel->number == 0)
		run->durable_bytes = max_u64(run->durable_bytes, progress->bytes_durable);
	if (progress->rejoins > parcel->rejoins)
		run->tally.count[TALLY_REJOINS] += progress->rejoins - parcel->rejoins;
	parcel->rejoins = progress->rejoins;
}

/* -- the sender is back ------------------------------------------------- */

/* The newest Send Log record of the parcel; NULL when there is none. */
static const struct log_row *parcel_newest_log(const struct parcel *parcel)
{
	for (uint32_t i = 0; i < parcel->ask.list.ret_count; i++) {
		if (id_equal(&parcel->log[i].transfer, &parcel->id))
			return &parcel->log[i];
	}
	return NULL;
}

/* The end of the request is in the log, or nobody ever promised to know it. */
static void parcel_logged(struct journal_request *request)
{
	struct parcel *parcel = request->owner;
	struct run *run = parcel->run;
	const struct log_row *row = request->result == 0 ? parcel_newest_log(parcel) : NULL;

	if (request->result < 0)
		run_fail(run, "parcel %u: the Send Log cannot be read", parcel->number);
	else if (row && (parcel->resends == 0 || row->list_no != parcel->list_no))
		parcel_over(parcel, &row->outcome, row->list_no);
	else if (row)
		parcel_resend_was_lost(parcel);
	else if (parcel->id_was_told)
		run_fail(run, "parcel %u: its id was told, and it is in no queue and no log",
			 parcel->number);
	else
		parcel->state = PARCEL_WAITING;
	if (parcel->state == PARCEL_WAITING)
		parcel->ask_due_ns = sim_world_now_ns(run->world);
}

static void parcel_look(struct parcel *parcel)
{
	struct control *control = user_control(parcel->run);

	parcel->state = PARCEL_LOOKING;
	commit_gate_ask(&control->gate, &parcel->ask, JOURNAL_LIST_LOG, parcel, parcel_logged);
	parcel->ask.list.limit = ARRAY_COUNT(parcel->log);
	parcel->ask.list.newest_first = true;
	parcel->ask.list.log_kind = LOG_SEND;
	parcel->ask.list.rows.log = parcel->log;
	commit_gate_post(&control->gate, &parcel->ask);
}

void user_sender_started(struct run *run)
{
	for (uint32_t i = 0; i < run->scenario.parcel_count; i++) {
		struct parcel *parcel = &run->parcel[i];

		if (parcel->pipe)
			parcel_feed(parcel); /* what it held died with its reader */
		if (parcel->state == PARCEL_WAITING || parcel->state == PARCEL_DONE ||
		    parcel->state == PARCEL_FAILED)
			continue;
		if (request_host_find(user_control(run), &parcel->id))
			parcel->state = PARCEL_QUEUED;
		else
			parcel_look(parcel);
	}
}

void user_cancel(struct parcel *parcel, bool drop)
{
	struct run *run = parcel->run;
	struct request_entry *entry = NULL;

	if (user_control(run))
		entry = request_host_find(user_control(run), &parcel->id);
	if (!entry)
		return;
	run_say(run, "user: cancel %u%s", parcel->number, drop ? " --drop" : "");
	parcel->is_cancelled = true;
	run->tally.count[TALLY_CANCELS]++;
	request_host_cancel(entry, "user", drop);
}
