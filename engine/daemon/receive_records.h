/* SPDX-License-Identifier: Apache-2.0 */
/* receive_records.h -- what a receiving session asks of the journal.
 *
 * Each call holds the session until its answer came; the answer is an event to the receiver. The
 * last commit of a receive has its log record, its result and the removal of its checkpoint in one
 * (D-229). */
#ifndef HFT_DAEMON_RECEIVE_RECORDS_H
#define HFT_DAEMON_RECEIVE_RECORDS_H

#include "daemon/receive_session.h"

/* ACTION_LOAD_CHECKPOINT. */
void receive_records_load_checkpoint(struct receive_session *session);
/* ACTION_LOAD_DIGESTS. */
void receive_records_load_digests(struct receive_session *session,
				  const struct transfer_action *action);
/* The session ended without a final record: its log record alone, so that every attempt that was
 * accepted has one (D-226). */
void receive_records_log(struct receive_session *session);
/* ACTION_RECORD. */
void receive_records_record(struct receive_session *session);

#endif
