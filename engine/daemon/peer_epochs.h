/* SPDX-License-Identifier: Apache-2.0 */
/* peer_epochs.h -- the newest owner epoch each host has shown us.
 *
 * Who has seen epoch e of an identity refuses a smaller one, so that two nodes are never both
 * believed to be the owner (D-223). Shared by all movers. */
#ifndef HFT_DAEMON_PEER_EPOCHS_H
#define HFT_DAEMON_PEER_EPOCHS_H

#include <stdint.h>

#include "base/compiler.h"
#include "daemon/engine.h"
#include "record/outcome.h"

/* 0, and the epoch is remembered; or -ESTALE with the refusal (911-0). Any thread. */
HFT_MUST_USE int peer_epochs_check(struct engine *engine, const struct config_host *host,
				   uint64_t shown, struct outcome *ret_refusal);

/* The newest one seen of that host; 0 = none. Any thread. */
uint64_t peer_epochs_seen(const struct engine *engine, const struct config_host *host);

#endif
