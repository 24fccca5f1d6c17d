/* SPDX-License-Identifier: Apache-2.0 */
/* send_records.c -- see send_records.h. */
#include "daemon/send_records.h"
#include "daemon/mover.h"
#include <errno.h>

static void records_checkpoint_loaded(struct journal_request *request)
{
	struct send_session *session = request->owner;
	struct transfer_event event = {
		.kind = EVENT_CHECKPOINT_LOADED,
		.error = request->result == -ENOENT ? 0 : request->result,
		.of.checkpoint = request->result == 0 ? &session->loaded : NULL,
	};

	send_session_answer(session, &event);
}

void send_records_load_checkpoint(struct send_session *session)
{
	commit_gate_ask(&session->mover->gate, &session->load, JOURNAL_LOAD_CHECKPOINT, session,
			records_checkpoint_loaded);
	session->load.load.transfer = session->task->settings.transfer_id;
	session->load.load.role = CHECKPOINT_SENDER;
	session->load.load.ret_checkpoint = &session->loaded;
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->load);
}

static void records_digests_loaded(struct journal_request *request)
{
	struct send_session *session = request->owner;
	struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED, .error = request->result};
	uint32_t count = 0;

	while (request->result == 0 && count < request->digests.count &&
	       session->page_present[count])
		count++;
	event.of.digests.first = request->digests.first;
	event.of.digests.count = count;
	event.of.digests.list = session->page;
	send_session_answer(session, &event);
}

void send_records_load_digests(struct send_session *session, const struct transfer_action *action)
{
	commit_gate_ask(&session->mover->gate, &session->load, JOURNAL_LOAD_DIGESTS, session,
			records_digests_loaded);
	session->load.digests.transfer = session->task->settings.transfer_id;
	session->load.digests.role = CHECKPOINT_SENDER;
	session->load.digests.first = action->of.digests.first;
	session->load.digests.count = action->of.digests.count;
	session->load.digests.ret_digests = session->page;
	session->load.digests.ret_present = session->page_present;
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->load);
}

static void records_recorded(struct journal_request *request)
{
	struct send_session *session = request->owner;
	struct transfer_event event = {.kind = EVENT_RECORDED, .error = request->result};

	send_session_answer(session, &event);
}

void send_records_record(struct send_session *session)
{
	uint32_t count = 0;

	sender_take_record(session->sender, &session->checkpoint, session->digests, &count);
	commit_gate_begin(&session->mover->gate, &session->record, session, records_recorded);
	(void)journal_put_checkpoint(&session->record, &session->checkpoint);
	if (count > 0)
		(void)journal_add_digests(&session->record, &session->checkpoint.transfer,
					  CHECKPOINT_SENDER, session->digests, count);
	session->holds++;
	commit_gate_post(&session->mover->gate, &session->record);
}
