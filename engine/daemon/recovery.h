/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.h -- what the journal says was under way when the engine ended, taken up again.
 *
 * Read before the loops run: requests go back to control, and publishes that were begun are
 * finished by the mover that owns the transfer. Nothing else is touched: a receive that was
 * merely in progress waits for its sender. */
#ifndef HFT_DAEMON_RECOVERY_H
#define HFT_DAEMON_RECOVERY_H

#include "base/compiler.h"
#include "daemon/engine.h"

struct mover;
struct receive_recovery;

/* Walks the journal, before it is started, and keeps what is to be taken up. 0 or a negative errno.
 */
HFT_MUST_USE int recovery_read(struct engine *engine);

/* Takes it up, after the journal was started: each request's first step is a commit. */
void recovery_begin(struct engine *engine);

/* Forgets what was not taken up. */
void recovery_drop(struct engine *engine);

/* ORDER_RECOVER: finishes one publish. */
void recovery_resume(struct mover *mover, struct receive_recovery *recovery);

#endif
