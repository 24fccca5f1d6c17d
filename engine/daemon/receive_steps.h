/* SPDX-License-Identifier: Apache-2.0 */
/* receive_steps.h -- the receiver's steps as operations: one small function per step.
 *
 * Names from the network are used only beneath a folder handle, by single components, with
 * links of any sort refused. */
#ifndef HFT_DAEMON_RECEIVE_STEPS_H
#define HFT_DAEMON_RECEIVE_STEPS_H

#include "daemon/receive_session.h"

/* ACTION_STEP: starts it; its EVENT_STEP_DONE comes later. One at a time. */
void receive_step(struct receive_session *session, enum receive_step step);
/* ACTION_RECHECK. */
void receive_recheck(struct receive_session *session, const struct transfer_action *action);
/* The session is over: leaves the line for a slot. */
void receive_steps_cancel(struct receive_session *session);
/* Closes what is open. Nothing may be in flight. */
void receive_steps_close(struct receive_session *session);

#endif
