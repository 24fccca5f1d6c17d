/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c -- see listener.h. */
#include "daemon/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/mover.h"
#include "daemon/stranger.h"
#include "io/address.h"

static void listener_accept(struct listener *listener);

static void listener_pause_over(struct timer *timer, uint64_t now_ns)
{
	(void)now_ns;
	listener_accept(timer->owner);
}

static void listener_accepted(struct op *op)
{
	struct listener *listener = op->owner;
	struct mover *mover = listener->mover;

	listener->runs = false;
	if (listener->fd < 0 || op->result == -ECANCELED) {
		if (op->result >= 0)
			ops_abort(mover->ops, (int)op->result);
		return;
	}
	if (op->result >= 0) {
		stranger_arrive(mover, (int)op->result, &op->args.accept.ret_peer);
		listener_accept(listener);
		return;
	}
	log_line(mover->engine->log, LOG_WARN, "accept-failed", "error=%d reason=\"%s\"",
		 (int)op->result, strerror((int)-op->result));
	timer_init(&listener->pause, listener, listener_pause_over);
	timers_set(mover->timers, &listener->pause, mover->now_ns + HFT_ACCEPT_PAUSE_NS);
}

static void listener_accept(struct listener *listener)
{
	struct op *op = &listener->accept;

	if (listener->fd < 0 || listener->runs)
		return;
	memset(op, 0, sizeof(*op));
	op->kind = OP_ACCEPT;
	op->fd = listener->fd;
	op->owner = listener;
	op->done = listener_accepted;
	listener->runs = true;
	ops_submit(listener->mover->ops, op);
}

void listener_accept_all(struct mover *mover)
{
	for (uint32_t i = 0; i < mover->engine->listener_count; i++)
		listener_accept(&mover->engine->listeners[i]);
}

static int listener_open(struct engine *engine, struct listener *listener, const char *text,
			 char *sentence, size_t sentence_bytes)
{
	struct net_address at;
	uint16_t port = engine->receive_port;
	int error = net_address_parse(text, port, &at);

	listener->mover = engine->mover[0];
	listener->fd = -1;
	if (error == 0)
		error = ops_listen(engine->mover[0]->ops, &at, &listener->fd, &port);
	if (error < 0) {
		(void)text_format(sentence, sentence_bytes,
				  "cannot listen on %s port %u: %s; see `listen` and "
				  "`receive_port` in [engine]",
				  text, engine->receive_port, strerror(-error));
		return error;
	}
	engine->receive_port = port;
	return 0;
}

int listener_open_all(struct engine *engine, char *sentence, size_t sentence_bytes)
{
	const struct config_engine *config = &engine->config->engine;
	int error = 0;

	if (!(config->services & SERVICE_RECEIVE))
		return 0;
	engine->listeners = calloc(config->listen_count, sizeof(*engine->listeners));
	if (!engine->listeners)
		return -ENOMEM;
	engine->receive_port = config->receive_port;
	for (uint32_t i = 0; i < config->listen_count && error == 0; i++) {
		error = listener_open(engine, &engine->listeners[i], config->listen[i], sentence,
				      sentence_bytes);
		engine->listener_count = i + 1;
	}
	return error;
}

void listener_close_all(struct engine *engine)
{
	for (uint32_t i = 0; i < engine->listener_count; i++) {
		struct listener *listener = &engine->listeners[i];
		int fd = listener->fd;

		listener->fd = -1;
		timers_cancel(listener->mover->timers, &listener->pause);
		if (fd >= 0)
			ops_abort(listener->mover->ops, fd);
	}
}
