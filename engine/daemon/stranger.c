/* SPDX-License-Identifier: Apache-2.0 */
/* stranger.c -- see stranger.h.
 *
 * Way: TLS -> HELLO -> [OFFER or JOIN] -> adopted, or refused and closed. Every callback ends in
 * stranger_settle(), because what a callback does may end the stranger. */
#include "daemon/stranger.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/peer_epochs.h"
#include "daemon/receive_policy.h"
#include "daemon/receive_session.h"
#include "io/address.h"
#include "wire/handshake.h"

static void stranger_read(struct stranger *stranger, connection_fn header_came);

/* -- the way out -------------------------------------------------------- */

static void stranger_forget(struct stranger *stranger)
{
	timers_cancel(stranger->mover->timers, &stranger->deadline);
	if (list_node_is_linked(&stranger->node))
		list_remove(&stranger->node);
	if (stranger->home == stranger->mover) {
		slab_give(stranger->home->strangers, stranger);
		return;
	}
	stranger->adopt.kind = ORDER_DISMISS;
	mover_order(stranger->home, &stranger->adopt);
}

void stranger_dismiss(struct mover *mover, struct stranger *stranger)
{
	assert(stranger->home == mover);
	slab_give(mover->strangers, stranger);
}

static void stranger_settle(struct stranger *stranger)
{
	struct connection *connection = stranger->connection;

	stranger->calling = false;
	if (!stranger->closing || stranger->receiving || stranger->sending)
		return;
	connection_free(connection);
	stranger_forget(stranger);
}

static void stranger_close(struct stranger *stranger)
{
	if (stranger->closing)
		return;
	stranger->closing = true;
	if (stranger->connection)
		connection_abort(stranger->connection);
	if (!stranger->calling)
		stranger_settle(stranger);
}

static void stranger_late(struct timer *timer, uint64_t now_ns)
{
	struct stranger *stranger = timer->owner;

	(void)now_ns;
	if (!stranger->is_done)
		log_line(stranger->mover->engine->log, LOG_WARN, "stranger-late",
			 "address=%s host=%s reason=\"no complete handshake in time\"",
			 stranger->address, stranger->host ? stranger->host->name : "?");
	stranger_close(stranger);
}

/* -- answers ------------------------------------------------------------ */

static void stranger_peer_closed(void *owner, int result)
{
	struct stranger *stranger = owner;

	(void)result;
	stranger->calling = true;
	stranger->receiving = false;
	stranger_close(stranger);
	stranger_settle(stranger);
}

/* The answer has left: end our side, and wait a little for the peer to end its own, so that a
 * reset does not overtake the answer. */
static void stranger_answered(void *owner, int result)
{
	struct stranger *stranger = owner;

	stranger->calling = true;
	stranger->sending = false;
	if (result < 0 || stranger->closing) {
		stranger_close(stranger);
	} else {
		connection_shutdown(stranger->connection);
		timers_set(stranger->mover->timers, &stranger->deadline,
			   stranger->mover->now_ns + HFT_LINGER_NS);
		stranger->receiving = true;
		connection_receive(stranger->connection, stranger->in_header, 1,
				   stranger_peer_closed);
	}
	stranger_settle(stranger);
}

static void stranger_answer(struct stranger *stranger, const struct message *message)
{
	size_t bytes = 0;
	int error = message_encode(message, stranger->out, sizeof(stranger->out), &bytes);

	assert(error == 0);
	stranger->is_done = true;
	stranger->sending = true;
	connection_send(stranger->connection, stranger->out, bytes, stranger_answered);
}

static void stranger_refuse(struct stranger *stranger, const struct outcome *why)
{
	struct message message = {.type = MESSAGE_REFUSE, .of.refuse.outcome = *why};
	char code[OUTCOME_CODE_BYTES];

	log_line(stranger->mover->engine->log, LOG_WARN, "refused",
		 "address=%s host=%s code=%s sentence=\"%s\"", stranger->address,
		 stranger->host ? stranger->host->name : "?", outcome_print(why, code),
		 why->sentence);
	stranger_answer(stranger, &message);
}

/* -- adoption ----------------------------------------------------------- */

static void stranger_refuse_errno(struct stranger *stranger, int error)
{
	struct outcome why;

	switch (error) {
	case -EBUSY:
		outcome_set(&why, HFT_RECEIVER_BUSY, 0, "%s has no room for another session now",
			    stranger->mover->engine->config->engine.name);
		break;
	case -ENOENT:
		outcome_set(&why, HFT_NOT_FOUND, 0, "no session with that token runs here");
		break;
	case -ESTALE:
		outcome_set(&why, HFT_NO_AGREEMENT, 0,
			    "a newer attempt of the same transfer, or a newer connection of it, "
			    "is here already");
		break;
	default:
		outcome_set(&why, HFT_NO_AGREEMENT, 0,
			    "the session does not take this connection: %s", strerror(-error));
	}
	stranger_refuse(stranger, &why);
}

static int stranger_grant(struct stranger *stranger, struct receive_grant *ret_grant,
			  struct outcome *ret_refusal)
{
	struct engine *engine = stranger->mover->engine;
	uint32_t limit = engine->config->engine.receive_limit;
	uint32_t running = atomic_load_explicit(&engine->receives_running, memory_order_relaxed);

	if (limit > 0 && running >= limit) {
		outcome_set(ret_refusal, HFT_RECEIVER_BUSY, 0,
			    "%s already receives its limit of %u transfers",
			    engine->config->engine.name, limit);
		return -EBUSY;
	}
	return receive_policy(engine->config, stranger->host, &stranger->second.of.offer, ret_grant,
			      ret_refusal);
}

static void stranger_adopt_offer(struct stranger *stranger)
{
	struct receive_grant grant;
	struct outcome refusal;
	int error = stranger_grant(stranger, &grant, &refusal);

	if (error < 0) {
		stranger_refuse(stranger, &refusal);
		return;
	}
	error = receive_session_start(stranger->mover, stranger->connection, &grant,
				      &stranger->hello, &stranger->second.of.offer);
	if (error < 0)
		stranger_refuse_errno(stranger, error);
	else
		stranger_forget(stranger);
}

/* dispatch */
void stranger_adopt(struct mover *mover, struct stranger *stranger)
{
	int error = -EPROTO;

	stranger->mover = mover;
	switch (stranger->hello.purpose) {
	case HELLO_SESSION:
		stranger_adopt_offer(stranger);
		return;
	case HELLO_REJOIN:
		error = receive_session_rejoin(mover, stranger->connection, stranger->host,
					       &stranger->second.of.offer);
		break;
	case HELLO_LANE:
		error = receive_session_join(mover, stranger->connection, stranger->host,
					     &stranger->second.of.join);
		break;
	default:
		break;
	}
	if (error < 0)
		stranger_refuse_errno(stranger, error);
	else
		stranger_forget(stranger);
}

/* Which mover the transfer or session belongs to. */
static uint32_t stranger_target(const struct stranger *stranger)
{
	const struct engine *engine = stranger->mover->engine;

	if (stranger->hello.purpose == HELLO_LANE)
		return stranger->second.of.join.token.bytes[0] % engine->mover_count;
	return mover_index_of(engine, &stranger->second.of.offer.transfer_id);
}

static void stranger_lead(struct stranger *stranger)
{
	struct mover *target = stranger->mover->engine->mover[stranger_target(stranger)];

	timers_cancel(stranger->mover->timers, &stranger->deadline);
	if (target == stranger->mover) {
		stranger_adopt(target, stranger);
		return;
	}
	list_remove(&stranger->node);
	connection_move(stranger->connection, target->ops, target->pool, stranger);
	stranger->adopt.kind = ORDER_ADOPT;
	stranger->adopt.subject = stranger;
	mover_order(target, &stranger->adopt);
}

/* -- reading ------------------------------------------------------------ */

static void stranger_take_second(struct stranger *stranger)
{
	struct outcome refusal;
	int error = message_decode(&stranger->header, stranger->in_payload, &stranger->second);

	if (error < 0)
		message_refusal(&stranger->header, &refusal);
	else
		error = handshake_check_second(&stranger->hello, &stranger->second, &refusal);
	if (error < 0)
		stranger_refuse(stranger, &refusal);
	else
		stranger_lead(stranger);
}

static bool stranger_take_header(struct stranger *stranger)
{
	struct outcome refusal;
	int error = frame_decode(stranger->in_header, &stranger->header);

	if (error == 0 && !frame_is_message(&stranger->header))
		error = -EBADMSG;
	if (error < 0) {
		frame_refusal(error, stranger->in_header, &refusal);
		stranger_refuse(stranger, &refusal);
		return false;
	}
	return true;
}

/* The payload of OFFER or JOIN. What follows may hand us to another thread, so nothing is
 * touched after it. */
static void stranger_second_came(void *owner, int result)
{
	struct stranger *stranger = owner;

	stranger->receiving = false;
	if (result == 0 && !stranger->closing) {
		stranger_take_second(stranger);
		return;
	}
	stranger->calling = true;
	stranger_close(stranger);
	stranger_settle(stranger);
}

static void stranger_second_header_came(void *owner, int result)
{
	struct stranger *stranger = owner;

	stranger->calling = true;
	stranger->receiving = false;
	if (result < 0 || stranger->closing) {
		stranger_close(stranger);
	} else if (stranger_take_header(stranger)) {
		stranger->receiving = true;
		connection_receive(stranger->connection, stranger->in_payload,
				   stranger->header.payload_bytes, stranger_second_came);
	}
	stranger_settle(stranger);
}

static void stranger_check_answer(struct stranger *stranger)
{
	const struct engine *engine = stranger->mover->engine;
	struct message hello;

	handshake_hello(&hello, HELLO_CHECK, engine->config->engine.name, engine->owner_epoch);
	stranger_answer(stranger, &hello);
}

static int stranger_check_hello(struct stranger *stranger, struct outcome *ret_refusal)
{
	struct message message;
	uint16_t version = 0;
	int error = message_decode(&stranger->header, stranger->in_payload, &message);

	if (error < 0) {
		message_refusal(&stranger->header, ret_refusal);
		return error;
	}
	stranger->hello = message.of.hello;
	error = handshake_agree_version(&stranger->hello, &version, ret_refusal);
	if (error < 0)
		return error;
	return peer_epochs_check(stranger->mover->engine, stranger->host,
				 stranger->hello.owner_epoch, ret_refusal);
}

static void stranger_hello_came(void *owner, int result)
{
	struct stranger *stranger = owner;
	struct outcome refusal;

	stranger->calling = true;
	stranger->receiving = false;
	if (result < 0 || stranger->closing)
		stranger_close(stranger);
	else if (stranger_check_hello(stranger, &refusal) < 0)
		stranger_refuse(stranger, &refusal);
	else if (handshake_has_second(stranger->hello.purpose))
		stranger_read(stranger, stranger_second_header_came);
	else
		stranger_check_answer(stranger);
	stranger_settle(stranger);
}

static void stranger_hello_header_came(void *owner, int result)
{
	struct stranger *stranger = owner;
	struct outcome refusal;

	stranger->calling = true;
	stranger->receiving = false;
	if (result < 0 || stranger->closing) {
		stranger_close(stranger);
	} else if (stranger_take_header(stranger)) {
		if (!handshake_may_begin_with(stranger->header.type)) {
			outcome_set(&refusal, HFT_NO_AGREEMENT, 0, "HELLO comes first, not %s",
				    message_type_name(stranger->header.type));
			stranger_refuse(stranger, &refusal);
		} else {
			stranger->receiving = true;
			connection_receive(stranger->connection, stranger->in_payload,
					   stranger->header.payload_bytes, stranger_hello_came);
		}
	}
	stranger_settle(stranger);
}

static void stranger_read(struct stranger *stranger, connection_fn header_came)
{
	stranger->receiving = true;
	connection_receive(stranger->connection, stranger->in_header, sizeof(stranger->in_header),
			   header_came);
}

/* -- arrival ------------------------------------------------------------ */

/* Who is it? By its key or, on a trusted link, by its address. */
static void stranger_identify(struct stranger *stranger)
{
	struct fingerprint shown;
	struct outcome refusal;
	char text[FINGERPRINT_TEXT_BYTES];

	if (!stranger->host && connection_peer(stranger->connection, &shown) == 0) {
		stranger->host = config_find_fingerprint(stranger->mover->engine->config, &shown);
		if (!stranger->host) {
			fingerprint_print(&shown, text);
			outcome_set(&refusal, HFT_REFUSED, 0,
				    "%s knows no host with the key %s: add it there with `hft host "
				    "add`",
				    stranger->mover->engine->config->engine.name, text);
			stranger_refuse(stranger, &refusal);
			return;
		}
	}
	if (!stranger->host) {
		stranger_close(stranger);
		return;
	}
	stranger_read(stranger, stranger_hello_header_came);
}

static void stranger_shaken(void *owner, int result)
{
	struct stranger *stranger = owner;

	stranger->calling = true;
	stranger->receiving = false;
	if (result < 0) {
		if (!stranger->closing)
			log_line(stranger->mover->engine->log, LOG_WARN, "handshake-failed",
				 "address=%s error=%d reason=\"%s\"", stranger->address, result,
				 connection_failure(stranger->connection));
		stranger_close(stranger);
	} else if (!stranger->closing) {
		stranger_identify(stranger);
	}
	stranger_settle(stranger);
}

/* "10.0.0.2" of "10.0.0.2:30000", "::1" of "[::1]:30000": how [host] address has it. */
static void stranger_bare_address(const struct stranger *stranger, char *text, size_t bytes)
{
	const char *start = stranger->address + (stranger->address[0] == '[');
	const char *end = strrchr(stranger->address, ':');
	size_t count = end > start ? (size_t)(end - start) : 0;

	if (count > 0 && start[count - 1] == ']')
		count--;
	count = min_size(count, bytes - 1);
	memcpy(text, start, count);
	text[count] = '\0';
}

static struct stranger *stranger_take(struct mover *mover)
{
	struct stranger *stranger = slab_take(mover->strangers);

	if (stranger || list_is_empty(&mover->doors))
		return stranger;
	/* Full: the oldest one has had the longest time to say who it is. */
	stranger_close(list_entry(list_first(&mover->doors), struct stranger, node));
	return slab_take(mover->strangers);
}

/* Plain text only from a host whose section says so; else TLS, or nothing. */
static int stranger_connect(struct stranger *stranger, int fd)
{
	struct mover *mover = stranger->mover;
	struct connection_settings settings = {
		.ops = mover->ops,
		.pool = mover->pool,
		.tls = mover->engine->tls,
		.role = CONNECTION_ACCEPTED,
		.fd = fd,
		.owner = stranger,
	};
	char bare[HFT_ADDRESS_BYTES];

	stranger_bare_address(stranger, bare, sizeof(bare));
	stranger->host = config_find_plain(mover->engine->config, bare);
	if (stranger->host)
		settings.tls = NULL;
	else if (!settings.tls)
		return -EACCES;
	return connection_new(&settings, &stranger->connection);
}

void stranger_arrive(struct mover *mover, int fd, const struct net_address *peer)
{
	struct stranger *stranger = stranger_take(mover);

	if (!stranger) {
		ops_abort(mover->ops, fd);
		return;
	}
	stranger->mover = mover;
	stranger->home = mover;
	(void)net_address_print(peer, stranger->address, sizeof(stranger->address));
	if (stranger_connect(stranger, fd) < 0) {
		ops_abort(mover->ops, fd);
		slab_give(mover->strangers, stranger);
		return;
	}
	list_push_tail(&mover->doors, &stranger->node);
	timer_init(&stranger->deadline, stranger, stranger_late);
	timers_set(mover->timers, &stranger->deadline, mover->now_ns + HFT_HANDSHAKE_NS);
	stranger->receiving = true;
	connection_handshake(stranger->connection, stranger_shaken);
}

void stranger_close_all(struct mover *mover)
{
	list_for_each_safe(node, following, &mover->doors)
		stranger_close(list_entry(node, struct stranger, node));
}
