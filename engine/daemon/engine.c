/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c -- see engine.h. */
#include "daemon/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/control_loop.h"
#include "daemon/listener.h"
#include "daemon/mover.h"
#include "daemon/recovery.h"

static int engine_new_loops(struct engine *engine, const struct engine_parts *parts)
{
	int error = 0;

	for (uint32_t i = 0; i < parts->mover_count && error == 0; i++)
		error = mover_new(engine, i, parts->mover_ops[i], &engine->mover[i]);
	if (error == 0)
		error = control_new(engine, parts->control_ops, &engine->control);
	return error;
}

/* The order of this is the order of promises: what was promised before is read, and the
 * journal works, before anybody can come in. */
static int engine_begin(struct engine *engine, char *sentence, size_t sentence_bytes)
{
	int error = recovery_read(engine);

	if (error < 0) {
		(void)text_format(sentence, sentence_bytes, "cannot read the journal: %s",
				  strerror(-error));
		return error;
	}
	error = journal_start(engine->journal);
	if (error < 0) {
		(void)text_format(sentence, sentence_bytes, "cannot start the journal: %s",
				  strerror(-error));
		return error;
	}
	recovery_begin(engine);
	error = listener_open_all(engine, sentence, sentence_bytes);
	if (error < 0)
		return error;
	engine->listen_order->kind = ORDER_LISTEN;
	mover_order(engine->mover[0], engine->listen_order);
	return 0;
}

int engine_new(const struct engine_parts *parts, struct engine **ret_engine, char *sentence,
	       size_t sentence_bytes)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int error = -ENOMEM;

	assert(parts->mover_count > 0 && parts->mover_count <= HFT_MOVERS_MAX);
	(void)text_format(sentence, sentence_bytes, "out of memory");
	if (!engine)
		return error;
	list_init(&engine->recovered);
	engine->config = parts->config;
	engine->log = parts->log;
	engine->journal = parts->journal;
	engine->tls = parts->tls;
	engine->mover_count = parts->mover_count;
	engine->chunk_bytes = parts->chunk_bytes;
	engine->pool_bytes = parts->pool_bytes;
	engine->owner_epoch = journal_owner_epoch(parts->journal);
	engine->random = parts->random;
	engine->random_arg = parts->random_arg;
	engine->listen_order = calloc(1, sizeof(*engine->listen_order));
	engine->peer_epoch = calloc(parts->config->host_count + 1, sizeof(*engine->peer_epoch));
	if (engine->listen_order && engine->peer_epoch)
		error = engine_new_loops(engine, parts);
	if (error == 0)
		error = engine_begin(engine, sentence, sentence_bytes);
	if (error < 0) {
		journal_stop(engine->journal); /* before the mailboxes of its answers go */
		engine_free(engine);
		return error;
	}
	*ret_engine = engine;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	control_free(engine->control);
	for (uint32_t i = 0; i < engine->mover_count; i++)
		mover_free(engine->mover[i]);
	recovery_drop(engine);
	free(engine->listeners);
	free(engine->listen_order);
	free(engine->peer_epoch);
	free(engine);
}

void engine_end(struct engine *engine)
{
	atomic_store_explicit(&engine->ending, true, memory_order_release);
	ops_wake(engine->control->ops);
	for (uint32_t i = 0; i < engine->mover_count; i++)
		ops_wake(engine->mover[i]->ops);
}
