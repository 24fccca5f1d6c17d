/* SPDX-License-Identifier: Apache-2.0 */
/* receive_records.c -- see receive_records.h. */
#include "daemon/receive_records.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* -- loading ------------------------------------------------------------ */

static void records_loaded(struct receive_session *session, int error, bool has_completed,
			   bool has_checkpoint)
{
	struct transfer_event event = {
		.kind = EVENT_CHECKPOINT_LOADED,
		.error = error,
		.completed = has_completed ? &session->completed : NULL,
		.of.checkpoint = has_checkpoint ? &session->loaded : NULL,
	};

	receive_session_answer(session, &event);
}

static void records_completed_loaded(struct journal_request *request)
{
	struct receive_session *session = request->owner;
	int error = request->result == -ENOENT ? 0 : request->result;

	records_loaded(session, error, request->result == 0, session->has_loaded);
}

static void records_checkpoint_loaded(struct journal_request *request)
{
	struct receive_session *session = request->owner;

	session->has_loaded = request->result == 0;
	if (session->has_loaded && session->grant.host &&
	    strcmp(session->loaded.peer, session->grant.host->name) != 0) {
		/* Who knows an id does not own the transfer. */
		records_loaded(session, -EACCES, false, false);
		return;
	}
	if (request->result < 0 && request->result != -ENOENT) {
		records_loaded(session, request->result, false, false);
		return;
	}
	commit_gate_ask(&session->mover->gate, &session->load, JOURNAL_LOAD_COMPLETED, session,
			records_completed_loaded);
	session->load.load.transfer = *receiver_transfer_id(session->receiver);
	session->load.load.ret_completed = &session->completed;
	commit_gate_post(&session->mover->gate, &session->load);
}

void receive_records_load_checkpoint(struct receive_session *session)
{
	commit_gate_ask(&session->mover->gate, &session->load, JOURNAL_LOAD_CHECKPOINT, session,
			records_checkpoint_loaded);
	session->load.load.transfer = *receiver_transfer_id(session->receiver);
	session->load.load.role = CHECKPOINT_RECEIVER;
	session->load.load.ret_checkpoint = &session->loaded;
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->load);
}

static void records_digests_loaded(struct journal_request *request)
{
	struct receive_session *session = request->owner;
	struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED, .error = request->result};
	uint32_t count = 0;

	while (request->result == 0 && count < request->digests.count &&
	       session->page_present[count])
		count++;
	event.of.digests.first = request->digests.first;
	event.of.digests.count = count;
	event.of.digests.list = session->page;
	receive_session_answer(session, &event);
}

void receive_records_load_digests(struct receive_session *session,
				  const struct transfer_action *action)
{
	commit_gate_ask(&session->mover->gate, &session->load, JOURNAL_LOAD_DIGESTS, session,
			records_digests_loaded);
	session->load.digests.transfer = *receiver_transfer_id(session->receiver);
	session->load.digests.role = CHECKPOINT_RECEIVER;
	session->load.digests.first = action->of.digests.first;
	session->load.digests.count = action->of.digests.count;
	session->load.digests.ret_digests = session->page;
	session->load.digests.ret_present = session->page_present;
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->load);
}

/* -- recording ---------------------------------------------------------- */

static void records_recorded(struct journal_request *request)
{
	struct receive_session *session = request->owner;
	struct transfer_event event = {.kind = EVENT_RECORDED, .error = request->result};

	receive_session_answer(session, &event);
}

/* The Receive Log record of this attempt (D-226). */
static void records_fill_log(struct receive_session *session, const struct outcome *outcome)
{
	const struct engine *engine = session->mover->engine;
	struct transfer_progress progress;
	struct log_row *row = &session->log;

	receiver_progress(session->receiver, &progress);
	*row = (struct log_row){
		.kind = LOG_RECEIVE,
		.type = TRANSFER_BINARY,
		.mode = (uint8_t)session->checkpoint.mode,
		.reason = (uint8_t)progress.reason,
		.has_digest = outcome_is_done(outcome),
		.attempt = receiver_attempt(session->receiver),
		.noticed_ms = (uint32_t)progress.noticed_ms,
		.started_wall_ns = session->started_wall_ns,
		.ended_wall_ns = ops_wall_ns(session->mover->ops),
		.bytes_total = progress.bytes_total,
		.bytes_moved = progress.bytes_moved,
		.bytes_skipped = progress.bytes_skipped,
		.bytes_resent = progress.bytes_resent,
		.owner_epoch = engine->owner_epoch,
		.transfer = *receiver_transfer_id(session->receiver),
		.outcome = *outcome,
	};
	receiver_digest(session->receiver, &row->digest);
	(void)text_copy(row->file_id, sizeof(row->file_id), session->checkpoint.file_id);
	(void)text_copy(row->host, sizeof(row->host), session->checkpoint.peer);
	(void)text_copy(row->node, sizeof(row->node), engine->config->engine.name);
	if (text_format(row->path, sizeof(row->path), "%s/%s", session->grant.folder,
			session->grant.final_name) < 0)
		(void)text_copy(row->path, sizeof(row->path), session->grant.folder);
}

static void records_fill_completed(struct receive_session *session, const struct outcome *outcome)
{
	struct completed_row *row = &session->completed;

	*row = (struct completed_row){
		.transfer = session->checkpoint.transfer,
		.mode = session->checkpoint.mode,
		.completed_wall_ns = ops_wall_ns(session->mover->ops),
		.bytes = session->checkpoint.total_bytes,
		.append_base_bytes = session->checkpoint.append_base_bytes,
		.source = session->checkpoint.source,
		.outcome = *outcome,
	};
	receiver_digest(session->receiver, &row->digest);
	(void)text_copy(row->folder, sizeof(row->folder), session->grant.folder);
	(void)text_copy(row->final_name, sizeof(row->final_name), session->grant.final_name);
}

/* What stays of the checkpoint after the end: nothing when the file is published or thrown
 * away, all of it when a resume is possible. */
static void records_close(struct receive_session *session)
{
	struct journal_request *record = &session->record;
	const struct outcome *outcome = receiver_outcome(session->receiver);
	const struct id *id = receiver_transfer_id(session->receiver);

	records_fill_log(session, outcome);
	session->logged = true;
	(void)journal_add_log(record, &session->log);
	if (outcome_is_done(outcome)) {
		records_fill_completed(session, outcome);
		(void)journal_put_completed(record, &session->completed);
	}
	if (receiver_keeps_checkpoint(session->receiver))
		return;
	(void)journal_remove_checkpoint(record, id, CHECKPOINT_RECEIVER);
	(void)journal_remove_digests(record, id, CHECKPOINT_RECEIVER);
}

void receive_records_record(struct receive_session *session)
{
	uint32_t count = 0;
	bool is_final = receiver_record_is_final(session->receiver);

	receiver_take_record(session->receiver, &session->checkpoint, session->digests, &count);
	commit_gate_begin(&session->mover->gate, &session->record, session, records_recorded);
	if (!is_final || receiver_keeps_checkpoint(session->receiver))
		(void)journal_put_checkpoint(&session->record, &session->checkpoint);
	if (count > 0)
		(void)journal_add_digests(&session->record, &session->checkpoint.transfer,
					  CHECKPOINT_RECEIVER, session->digests, count);
	if (is_final)
		records_close(session);
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->record);
}

static void records_logged(struct journal_request *request)
{
	struct receive_session *session = request->owner;

	/* It was the last thing; a journal that failed has said so itself. */
	receive_session_released(session);
}

void receive_records_log(struct receive_session *session)
{
	session->logged = true;
	records_fill_log(session, &session->outcome);
	commit_gate_begin(&session->mover->gate, &session->record, session, records_logged);
	(void)journal_add_log(&session->record, &session->log);
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->record);
}
