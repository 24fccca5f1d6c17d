/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c -- see snapshot.h. */
#include "daemon/snapshot.h"

#include <string.h>

#include "base/text.h"
#include "daemon/control_loop.h"
#include "daemon/receive_session.h"
#include "daemon/send_session.h"

static struct session_line *snapshot_line(struct engine_snapshot *snapshot)
{
	struct session_line *line = NULL;

	snapshot->session_count++;
	if (snapshot->line_count == HFT_SNAPSHOT_LINES_MAX)
		return NULL;
	line = &snapshot->line[snapshot->line_count++];
	memset(line, 0, sizeof(*line));
	return line;
}

static void snapshot_add_send(struct engine_snapshot *snapshot, const struct send_session *session)
{
	struct session_line *line = snapshot_line(snapshot);

	if (!line)
		return;
	line->transfer = session->task->settings.transfer_id;
	line->sending = true;
	line->over = session->ended;
	line->attempt = session->task->settings.attempt;
	(void)text_copy(line->host, sizeof(line->host), session->task->host->name);
	(void)text_copy(line->name, sizeof(line->name), session->task->settings.name);
	sender_progress(session->sender, &line->progress);
}

static void snapshot_add_receive(struct engine_snapshot *snapshot,
				 const struct receive_session *session)
{
	struct session_line *line = snapshot_line(snapshot);

	if (!line)
		return;
	line->transfer = *receiver_transfer_id(session->receiver);
	line->over = session->ended;
	line->attempt = receiver_attempt(session->receiver);
	if (session->grant.host)
		(void)text_copy(line->host, sizeof(line->host), session->grant.host->name);
	(void)text_copy(line->name, sizeof(line->name), session->grant.final_name);
	receiver_progress(session->receiver, &line->progress);
}

void snapshot_fill(struct mover *mover, struct engine_snapshot *snapshot)
{
	list_for_each(node, &mover->sends)
		snapshot_add_send(snapshot, list_entry(node, struct send_session, node));
	list_for_each(node, &mover->receives)
		snapshot_add_receive(snapshot, list_entry(node, struct receive_session, node));
	snapshot->slots += buffer_pool_slot_count(mover->pool);
	snapshot->slots += buffer_pool_slot_count(mover->send_pool);
	snapshot->slots_in_use += buffer_pool_in_use(mover->pool);
	snapshot->slots_in_use += buffer_pool_in_use(mover->send_pool);
	snapshot->source_bytes_read += mover->source_bytes_read;
	snapshot->recheck_bytes_read += mover->recheck_bytes_read;
	snapshot->commits += mover->gate.passed;
	snapshot->report.kind = REPORT_SNAPSHOT;
	snapshot->report.subject = snapshot;
	control_report(mover->engine->control, &snapshot->report);
}

static void snapshot_ask_next(struct engine_snapshot *snapshot)
{
	struct engine *engine = snapshot->engine;

	snapshot->order.kind = ORDER_SNAPSHOT;
	snapshot->order.subject = snapshot;
	mover_order(engine->mover[snapshot->next_mover++], &snapshot->order);
}

void snapshot_filled(struct engine_snapshot *snapshot)
{
	if (snapshot->next_mover < snapshot->engine->mover_count)
		snapshot_ask_next(snapshot);
	else
		snapshot->done(snapshot);
}

void snapshot_take(struct engine *engine, struct engine_snapshot *snapshot, void *owner,
		   void (*done)(struct engine_snapshot *snapshot))
{
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->engine = engine;
	snapshot->owner = owner;
	snapshot->done = done;
	snapshot_ask_next(snapshot);
}
