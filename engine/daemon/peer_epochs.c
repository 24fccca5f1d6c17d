/* SPDX-License-Identifier: Apache-2.0 */
/* peer_epochs.c -- see peer_epochs.h. */
#include "daemon/peer_epochs.h"

#include "wire/handshake.h"

static _Atomic uint64_t *epochs_of(const struct engine *engine, const struct config_host *host)
{
	return &engine->peer_epoch[host - engine->config->host];
}

uint64_t peer_epochs_seen(const struct engine *engine, const struct config_host *host)
{
	return atomic_load_explicit(epochs_of(engine, host), memory_order_relaxed);
}

int peer_epochs_check(struct engine *engine, const struct config_host *host, uint64_t shown,
		      struct outcome *ret_refusal)
{
	_Atomic uint64_t *newest = epochs_of(engine, host);
	uint64_t seen = atomic_load_explicit(newest, memory_order_relaxed);
	int error = handshake_check_epoch(host->name, seen, shown, ret_refusal);

	if (error < 0)
		return error;
	while (shown > seen &&
	       !atomic_compare_exchange_weak_explicit(newest, &seen, shown, memory_order_relaxed,
						      memory_order_relaxed))
		;
	return 0;
}
