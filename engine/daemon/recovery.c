/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.c -- see recovery.h. */
#include "daemon/recovery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mover.h"
#include "daemon/receive_policy.h"
#include "daemon/receive_session.h"
#include "daemon/request_host.h"

/* One publish to finish, on its way to a mover. */
struct receive_recovery {
	struct mover_order order;
	struct checkpoint checkpoint;
};

/* One request to go on with, until the journal runs. */
struct request_recovery {
	struct list_node node; /* in engine->recovered */
	struct queue_row row;
};

static int recovery_take_request(const struct queue_row *row, void *arg)
{
	struct engine *engine = arg;
	struct request_recovery *recovery = calloc(1, sizeof(*recovery));

	if (!recovery)
		return -ENOMEM;
	recovery->row = *row;
	list_push_tail(&engine->recovered, &recovery->node);
	return 0;
}

void recovery_begin(struct engine *engine)
{
	struct list_node *node = NULL;

	while ((node = list_take_first(&engine->recovered)) != NULL) {
		struct request_recovery *recovery = list_entry(node, struct request_recovery, node);

		request_host_recover(engine->control, &recovery->row);
		free(recovery);
	}
}

void recovery_drop(struct engine *engine)
{
	struct list_node *node = NULL;

	while ((node = list_take_first(&engine->recovered)) != NULL)
		free(list_entry(node, struct request_recovery, node));
}

static int recovery_take_checkpoint(const struct checkpoint *row, void *arg)
{
	struct engine *engine = arg;
	struct receive_recovery *recovery = NULL;

	if (row->stage == CHECKPOINT_RECEIVING)
		return 0;
	recovery = calloc(1, sizeof(*recovery));
	if (!recovery)
		return -ENOMEM;
	recovery->checkpoint = *row;
	recovery->order.kind = ORDER_RECOVER;
	recovery->order.subject = recovery;
	mover_order(engine->mover[mover_index_of(engine, &row->transfer)], &recovery->order);
	return 0;
}

int recovery_read(struct engine *engine)
{
	int error = journal_each_queue_row(engine->journal, recovery_take_request, engine);

	if (error < 0)
		return error;
	return journal_each_checkpoint(engine->journal, CHECKPOINT_RECEIVER,
				       recovery_take_checkpoint, engine);
}

void recovery_resume(struct mover *mover, struct receive_recovery *recovery)
{
	struct log *log = mover->engine->log;
	struct receive_grant grant;
	char id[ID_TEXT_BYTES];
	int error = receive_policy_recover(mover->engine->config, &recovery->checkpoint, &grant);

	id_print(&recovery->checkpoint.transfer, id);
	if (error == 0)
		error = receive_session_recover(mover, &grant, &recovery->checkpoint);
	if (error < 0)
		log_line(log, LOG_ERROR, "publish-not-recovered",
			 "id=%s name=\"%s\" error=%d reason=\"%s\"", id,
			 recovery->checkpoint.final_name, error,
			 error == -ENOENT ? "its receive definition is gone" : strerror(-error));
	else
		log_line(log, LOG_INFO, "publish-recovered", "id=%s name=\"%s\"", id,
			 recovery->checkpoint.final_name);
	free(recovery);
}
