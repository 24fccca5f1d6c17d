/* SPDX-License-Identifier: Apache-2.0 */
/* send_source.h -- what a sending session does with its source, apart from sending chunks of it.
 *
 * Opens it (checking that the user who asked may read it), takes its identity, drops the
 * prefix of a stream, reads chunks again to prove a prefix, and keeps a stream's chunks until they
 * are durable over there, because they cannot be read twice. */
#ifndef HFT_DAEMON_SEND_SOURCE_H
#define HFT_DAEMON_SEND_SOURCE_H

#include "daemon/send_session.h"

/* ACTION_OPEN_SOURCE, ACTION_IDENTIFY_SOURCE, ACTION_SKIP_SOURCE, ACTION_RECHECK. */
void send_source_open(struct send_session *session);
void send_source_identify(struct send_session *session);
void send_source_skip(struct send_session *session, uint64_t bytes);
void send_source_recheck(struct send_session *session, const struct transfer_action *action);
/* ACTION_RELEASE_CHUNK. */
void send_source_release(struct send_session *session, uint64_t chunk);

/* Ends early what may take long; the answers still come. */
void send_source_cancel(struct send_session *session);

/* A lane's job has read its chunk of the stream, or failed to: keep it, let the next one read. */
void send_source_stream_read(struct send_session *session, struct lane_job *job);
/* The held chunk to send again, marked busy; NULL when it is to be read. */
const struct held_chunk *send_source_take_held(struct send_session *session, uint64_t chunk);
/* The lane has done with a held chunk. */
void send_source_held_idle(struct send_session *session, uint64_t chunk);
/* The session is over: all held slots go back. */
void send_source_drop_held(struct send_session *session);

#endif
