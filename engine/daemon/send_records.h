/* SPDX-License-Identifier: Apache-2.0 */
/* send_records.h -- what a sending session asks of the journal: its checkpoint and digests.
 *
 * Each call holds the session until its answer came; the answer is an event to the sender. */
#ifndef HFT_DAEMON_SEND_RECORDS_H
#define HFT_DAEMON_SEND_RECORDS_H

#include "daemon/send_session.h"

/* ACTION_LOAD_CHECKPOINT. */
void send_records_load_checkpoint(struct send_session *session);
/* ACTION_LOAD_DIGESTS. */
void send_records_load_digests(struct send_session *session, const struct transfer_action *action);
/* ACTION_RECORD. */
void send_records_record(struct send_session *session);

#endif
