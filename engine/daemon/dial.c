/* SPDX-License-Identifier: Apache-2.0 */
/* dial.c -- see dial.h. */
#include "daemon/dial.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/mover.h"
#include "io/address.h"

static void dial_end(struct dial *dial, int error)
{
	struct connection *connection = dial->connection;

	dial->runs = false;
	dial->connection = NULL;
	if (dial->cancelled && error == 0)
		error = -ECANCELED;
	if (error < 0) {
		connection_free(connection);
		connection = NULL;
	}
	dial->done(dial->owner, error, dial->sentence, connection);
}

/* What, where, and what to try; who is said by whoever tells it. */
static void dial_explain(struct dial *dial, const char *what, const char *hint)
{
	(void)text_format(dial->sentence, sizeof(dial->sentence), "%s (%s)%s", what, dial->address,
			  hint);
}

static const char *dial_hint(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return ": is hft-engine running there?";
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		return ": is the address right, is there a route?";
	case -ETIMEDOUT:
		return ": is the host up, does a firewall drop packets?";
	default:
		return "";
	}
}

/* The system's words, within a sentence of ours. */
static void dial_explain_errno(struct dial *dial, int error)
{
	char what[HFT_ADDRESS_BYTES];

	if (text_copy(what, sizeof(what), strerror(-error)) < 0)
		what[0] = '\0';
	what[0] = (char)tolower((unsigned char)what[0]);
	dial_explain(dial, what, dial_hint(error));
}

/* True if the key the peer has shown is one of those pinned for the host. */
static bool dial_is_pinned(const struct dial *dial, const struct fingerprint *shown)
{
	for (uint32_t i = 0; i < dial->host->fingerprint_count; i++) {
		if (memcmp(shown, &dial->host->fingerprint[i], sizeof(*shown)) == 0)
			return true;
	}
	return false;
}

static void dial_check_key(struct dial *dial)
{
	struct fingerprint shown;
	char text[FINGERPRINT_TEXT_BYTES];
	int error = 0;

	if (dial->host->plain) {
		dial_end(dial, 0);
		return;
	}
	error = connection_peer(dial->connection, &shown);
	if (error == 0 && !dial_is_pinned(dial, &shown)) {
		fingerprint_print(&shown, text);
		error = -EACCES;
		(void)text_format(dial->sentence, sizeof(dial->sentence),
				  "the engine at %s has another key than the configured one (it "
				  "shows %s): compare with `hft identity` there",
				  dial->address, text);
	}
	dial_end(dial, error);
}

static void dial_shaken(void *owner, int result)
{
	struct dial *dial = owner;
	const char *why = NULL;

	if (result < 0 || dial->cancelled) {
		why = connection_failure(dial->connection);
		dial_explain(dial, *why ? why : "TLS handshake failed", "");
		dial_end(dial, result < 0 ? result : -ECANCELED);
		return;
	}
	dial_check_key(dial);
}

static void dial_connected(struct op *op)
{
	struct dial *dial = op->owner;
	struct connection_settings settings = {
		.ops = dial->mover->ops,
		.pool = dial->mover->pool,
		.tls = dial->host->plain ? NULL : dial->mover->engine->tls,
		.role = CONNECTION_DIALED,
		.fd = (int)op->result,
		.owner = dial,
	};
	int error = (int)op->result;

	if (error < 0) {
		dial_explain_errno(dial, error);
		dial_end(dial, error);
		return;
	}
	error = connection_new(&settings, &dial->connection);
	if (error < 0) {
		ops_close(dial->mover->ops, settings.fd);
		dial_explain_errno(dial, error);
		dial_end(dial, error);
		return;
	}
	connection_handshake(dial->connection, dial_shaken);
	if (dial->cancelled)
		connection_abort(dial->connection);
}

static void dial_resolved(struct op *op)
{
	struct dial *dial = op->owner;

	if (op->result <= 0 || dial->cancelled) {
		dial_explain(dial, "no such address", ": see `address` in its [host] section");
		dial_end(dial, dial->cancelled ? -ECANCELED : -EHOSTUNREACH);
		return;
	}
	(void)net_address_print(&dial->found, dial->address, sizeof(dial->address));
	op->kind = OP_CONNECT;
	op->args.connect.to = dial->found;
	op->done = dial_connected;
	ops_submit(dial->mover->ops, op);
}

void dial_start(struct dial *dial, struct mover *mover, const struct config_host *host,
		uint32_t address, void *owner, dial_fn done)
{
	assert(!dial->runs);
	assert(address < host->address_count);
	memset(dial, 0, sizeof(*dial));
	dial->mover = mover;
	dial->host = host;
	dial->owner = owner;
	dial->done = done;
	dial->runs = true;
	(void)text_copy(dial->address, sizeof(dial->address), host->address[address]);
	dial->op.kind = OP_RESOLVE;
	dial->op.owner = dial;
	dial->op.done = dial_resolved;
	dial->op.args.resolve.name = host->address[address];
	dial->op.args.resolve.port = host->receive_port;
	dial->op.args.resolve.list = &dial->found;
	dial->op.args.resolve.capacity = 1;
	ops_submit(mover->ops, &dial->op);
}

void dial_cancel(struct dial *dial)
{
	if (!dial->runs || dial->cancelled)
		return;
	dial->cancelled = true;
	if (dial->connection)
		connection_abort(dial->connection);
	else
		ops_cancel(dial->mover->ops, &dial->op);
}
