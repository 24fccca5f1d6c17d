/* SPDX-License-Identifier: Apache-2.0 */
/* peer_fleet.c -- see peer_fleet.h.
 *
 * Two links for each session, control and lane, each a frame_channel of the daemon. A session
 * goes through its stages in the order of the enum. */
#include "support/peer_fleet.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "base/text.h"
#include "daemon/frame_channel.h"
#include "host/secret_random.h"
#include "io/address.h"
#include "wire/chain.h"
#include "wire/handshake.h"

#define OPENING_MAX	48 /* an engine bears 64 strangers */
#define JOIN_TRIES_MAX	10 /* a JOIN may overtake BEGIN, which is on another connection */
#define TURN_NS		(20 * HFT_NS_PER_MS)
#define DISPATCH_BUDGET 256
#define PEER_NAME	"osaka"

enum peer_stage {
	PEER_WAITING,	/* not begun */
	PEER_OPENING,	/* dialed; ACCEPT is awaited */
	PEER_JOINING,	/* BEGIN is out, JOINED is awaited */
	PEER_IDLE,	/* nothing but ALIVE */
	PEER_STORING,	/* the chunk is out, STORED is awaited */
	PEER_FINISHING, /* FINISH is out, COMPLETE is awaited */
	PEER_ENDING,	/* CONFIRM or CANCEL is out */
};

enum peer_link_number { LINK_CONTROL, LINK_LANE, LINKS };

struct peer_session;

struct peer_link {
	struct peer_session *session;
	struct op dial;
	struct connection *connection; /* until the channel has it; NULL = none */
	struct frame_channel channel;  /* once the handshake is over */
	bool open;		       /* the channel has the connection */
};

struct peer_session {
	struct peer_fleet *fleet;
	uint32_t index; /* in the fleet */
	enum peer_stage stage;
	uint32_t join_tries; /* JOINs that were refused */
	struct id transfer_id;
	struct id token; /* from ACCEPT */
	struct peer_link link[LINKS];
	uint8_t chunk[HFT_FRAME_BYTES + PEER_FILE_BYTES + HFT_FRAME_BYTES]; /* being sent */
};

struct peer_fleet {
	struct peer_fleet_settings settings;
	struct net_address address;	  /* of the engine */
	struct peer_session *session;	  /* settings.count of them */
	uint32_t begun;			  /* sessions that left WAITING */
	uint32_t opening;		  /* of these not idle yet */
	struct peer_counts counts;	  /* for the test */
	uint64_t alive_ns;		  /* when ALIVE is sent next */
	char failure[HFT_SENTENCE_BYTES]; /* "" = all is well */
};

/* ---- what is sent ---- */

static void peer_fail(struct peer_link *link, const char *what)
{
	struct peer_session *session = link->session;
	char *failure = session->fleet->failure;

	if (failure[0])
		return;
	(void)snprintf(failure, HFT_SENTENCE_BYTES, "session %u, %s, stage %d: %s", session->index,
		       link == &session->link[LINK_LANE] ? "lane" : "control", session->stage,
		       what);
}

static void peer_say(struct peer_link *link, const struct message *message)
{
	if (frame_channel_send(&link->channel, message) < 0 && message->type != MESSAGE_ALIVE)
		peer_fail(link, "the engine takes no messages");
}

static void peer_identity(struct source_identity *identity)
{
	*identity = (struct source_identity){
		.device = 1,
		.inode = 1,
		.bytes = PEER_FILE_BYTES,
		.mtime_ns = 1,
		.ctime_ns = 1,
		.type = SOURCE_FILE,
	};
}

static void peer_say_offer(struct peer_link *link)
{
	struct peer_session *session = link->session;
	struct message message = {.type = MESSAGE_OFFER};
	struct message_offer *offer = &message.of.offer;

	offer->transfer_id = session->transfer_id;
	offer->attempt = 1;
	offer->session_epoch = 1;
	offer->total_bytes = PEER_FILE_BYTES;
	offer->chunk_bytes = HFT_CHUNK_BYTES_MIN;
	offer->resume_check = 2;
	offer->lanes_wanted = 1;
	peer_identity(&offer->source);
	(void)snprintf(offer->name, sizeof(offer->name), "file-%u", session->index);
	peer_say(link, &message);
}

static void peer_say_join(struct peer_link *link)
{
	struct message message = {.type = MESSAGE_JOIN};

	message.of.join.token = link->session->token;
	message.of.join.session_epoch = 1;
	peer_say(link, &message);
}

static void peer_say_plain(struct peer_session *session, enum message_type type)
{
	struct message message = {.type = type};

	peer_say(&session->link[LINK_CONTROL], &message);
}

void peer_fleet_content(uint8_t *content)
{
	for (uint32_t i = 0; i < PEER_FILE_BYTES; i++)
		content[i] = (uint8_t)(i * 31 + i / 251);
}

static struct digest peer_digest(void)
{
	uint8_t content[PEER_FILE_BYTES];

	peer_fleet_content(content);
	return digest_of(content, sizeof(content));
}

static void peer_say_finish(struct peer_session *session)
{
	struct message message = {.type = MESSAGE_FINISH};
	struct digest digest = peer_digest();
	struct chain chain;

	chain_init(&chain);
	chain_add(&chain, &digest);
	message.of.finish.chunk_count = 1;
	message.of.finish.total_bytes = PEER_FILE_BYTES;
	message.of.finish.digest = chain.value;
	peer_identity(&message.of.finish.source);
	peer_say(&session->link[LINK_CONTROL], &message);
}

static void peer_chunk_sent(void *owner, int result)
{
	(void)owner;  /* the channel: it does not know of this */
	(void)result; /* what is wrong is heard on the control connection */
}

static void peer_send_chunk(struct peer_session *session)
{
	struct peer_link *lane = &session->link[LINK_LANE];
	const struct frame_header header = {.type = FRAME_CHUNK, .payload_bytes = PEER_FILE_BYTES};
	const struct seal seal = {.payload_bytes = PEER_FILE_BYTES, .digest = peer_digest()};

	frame_encode(&header, session->chunk);
	peer_fleet_content(session->chunk + HFT_FRAME_BYTES);
	seal_encode(&seal, session->chunk + HFT_FRAME_BYTES + PEER_FILE_BYTES);
	connection_send(lane->channel.connection, session->chunk, sizeof(session->chunk),
			peer_chunk_sent);
}

/* ---- what comes ---- */

static void peer_dial(struct peer_link *link);

static void peer_take_accept(struct peer_session *session, const struct message_accept *accept)
{
	struct message begin = {.type = MESSAGE_BEGIN};

	session->token = accept->token;
	session->stage = PEER_JOINING;
	peer_say(&session->link[LINK_CONTROL], &begin);
	peer_dial(&session->link[LINK_LANE]);
}

static void peer_take_joined(struct peer_session *session)
{
	session->stage = PEER_IDLE;
	session->fleet->opening--;
	session->fleet->counts.idle++;
}

static void peer_take_stored(struct peer_session *session)
{
	if (session->stage != PEER_STORING)
		return; /* STORED came, and DURABLE is told too */
	session->stage = PEER_FINISHING;
	peer_say_finish(session);
}

static void peer_take_complete(struct peer_session *session,
			       const struct message_complete *complete)
{
	if (!outcome_is_done(&complete->outcome)) {
		peer_fail(&session->link[LINK_CONTROL], complete->outcome.sentence);
		return;
	}
	session->stage = PEER_ENDING;
	session->fleet->counts.completed++;
	peer_say_plain(session, MESSAGE_CONFIRM);
	frame_channel_finish(&session->link[LINK_CONTROL].channel);
}

/* True for a message that may come in that stage. */
static bool peer_expects(enum peer_stage stage, enum message_type type)
{
	switch (type) {
	case MESSAGE_ACCEPT:
		return stage == PEER_OPENING;
	case MESSAGE_JOINED:
		return stage == PEER_JOINING;
	case MESSAGE_STORED:
	case MESSAGE_DURABLE:
		return stage >= PEER_STORING;
	case MESSAGE_COMPLETE:
		return stage == PEER_FINISHING;
	case MESSAGE_ALIVE:
		return true;
	default:
		return false;
	}
}

static void peer_message(void *owner, const struct message *message)
{
	struct peer_link *link = owner;
	struct peer_session *session = link->session;

	if (message->type == MESSAGE_REFUSE && link == &session->link[LINK_LANE] &&
	    session->stage == PEER_JOINING && session->join_tries < JOIN_TRIES_MAX) {
		session->join_tries++; /* peer_gone() dials again */
		return;
	}
	if (message->type == MESSAGE_REFUSE || message->type == MESSAGE_CANCEL) {
		peer_fail(link, message->type == MESSAGE_REFUSE
					? message->of.refuse.outcome.sentence
					: message->of.cancel.outcome.sentence);
		return;
	}
	if (!peer_expects(session->stage, message->type)) {
		peer_fail(link, message_type_name(message->type));
		return;
	}
	if (message->type == MESSAGE_ACCEPT)
		peer_take_accept(session, &message->of.accept);
	else if (message->type == MESSAGE_JOINED)
		peer_take_joined(session);
	else if (message->type == MESSAGE_STORED)
		peer_take_stored(session);
	else if (message->type == MESSAGE_COMPLETE)
		peer_take_complete(session, &message->of.complete);
}

static bool peer_may_join_again(const struct peer_link *link)
{
	const struct peer_session *session = link->session;

	return link == &session->link[LINK_LANE] && session->stage == PEER_JOINING &&
	       session->join_tries > 0;
}

static void peer_ended(void *owner, int error, const char *sentence)
{
	struct peer_link *link = owner;

	/* Lanes are closed the hard way when all has been said. */
	if (link->session->stage < PEER_FINISHING && !peer_may_join_again(link))
		peer_fail(link, sentence && *sentence ? sentence : strerror(-error));
	frame_channel_close(&link->channel);
}

static void peer_gone(void *owner)
{
	struct peer_link *link = owner;
	struct peer_session *session = link->session;

	link->open = false;
	if (peer_may_join_again(link))
		peer_dial(link);
	else if (!session->link[LINK_CONTROL].open && !session->link[LINK_LANE].open)
		session->fleet->counts.gone++;
}

static const struct frame_channel_events peer_events = {
	.message = peer_message,
	.end = peer_ended,
	.gone = peer_gone,
};

/* ---- a link ---- */

static void peer_shaken(void *owner, int result)
{
	struct peer_link *link = owner;
	struct connection *connection = link->connection;
	bool is_lane = link == &link->session->link[LINK_LANE];
	struct message hello;

	if (result < 0) {
		peer_fail(link, connection_failure(connection));
		return;
	}
	link->connection = NULL;
	link->open = true;
	frame_channel_open(&link->channel, connection, link, &peer_events);
	handshake_hello(&hello, is_lane ? HELLO_LANE : HELLO_SESSION, PEER_NAME, 1);
	peer_say(link, &hello);
	if (is_lane)
		peer_say_join(link);
	else
		peer_say_offer(link);
}

static void peer_dialed(struct op *op)
{
	struct peer_link *link = op->owner;
	struct peer_fleet *fleet = link->session->fleet;
	struct connection_settings settings = {
		.ops = fleet->settings.ops,
		.tls = fleet->settings.tls,
		.role = CONNECTION_DIALED,
		.fd = (int)op->result,
		.owner = link,
	};

	if (op->result < 0 || connection_new(&settings, &link->connection) < 0) {
		peer_fail(link, op->result < 0 ? strerror((int)-op->result) : "no memory");
		return;
	}
	connection_handshake(link->connection, peer_shaken);
}

static void peer_dial(struct peer_link *link)
{
	struct op *op = &link->dial;

	op->kind = OP_CONNECT;
	op->fd = -1;
	op->owner = link;
	op->done = peer_dialed;
	op->args.connect.to = link->session->fleet->address;
	ops_submit(link->session->fleet->settings.ops, op);
}

/* ---- the fleet ---- */

static void peer_init(struct peer_fleet *fleet, uint32_t index)
{
	struct peer_session *session = &fleet->session[index];
	int error = secret_random(&session->transfer_id, sizeof(session->transfer_id));

	assert(error == 0);
	session->fleet = fleet;
	session->index = index;
	for (int i = 0; i < LINKS; i++)
		session->link[i].session = session;
}

struct peer_fleet *peer_fleet_new(const struct peer_fleet_settings *settings)
{
	struct peer_fleet *fleet = calloc(1, sizeof(*fleet));
	int error = 0;

	assert(fleet);
	fleet->settings = *settings;
	error = net_address_parse("127.0.0.1", settings->port, &fleet->address);
	assert(error == 0);
	fleet->session = calloc(settings->count, sizeof(*fleet->session));
	assert(fleet->session);
	for (uint32_t i = 0; i < settings->count; i++)
		peer_init(fleet, i);
	return fleet;
}

static void fleet_open_more(struct peer_fleet *fleet)
{
	while (fleet->opening < OPENING_MAX && fleet->begun < fleet->settings.count) {
		struct peer_session *session = &fleet->session[fleet->begun++];

		fleet->opening++;
		session->stage = PEER_OPENING;
		peer_dial(&session->link[LINK_CONTROL]);
	}
}

static void fleet_say_alive(struct peer_fleet *fleet)
{
	uint64_t now_ns = ops_now_ns(fleet->settings.ops);

	if (now_ns < fleet->alive_ns)
		return;
	fleet->alive_ns = now_ns + HFT_ALIVE_NS;
	for (uint32_t i = 0; i < fleet->begun; i++) {
		struct peer_session *session = &fleet->session[i];

		if (session->stage >= PEER_JOINING && session->stage < PEER_ENDING)
			peer_say_plain(session, MESSAGE_ALIVE);
	}
}

bool peer_fleet_turn(struct peer_fleet *fleet)
{
	struct ops *ops = fleet->settings.ops;
	int error = 0;

	fleet_open_more(fleet);
	fleet_say_alive(fleet);
	error = ops_wait(ops, ops_now_ns(ops) + TURN_NS);
	assert(error == 0);
	(void)ops_dispatch(ops, DISPATCH_BUDGET);
	if (fleet->failure[0])
		(void)printf("%s\n", fleet->failure);
	return fleet->failure[0] == '\0';
}

void peer_fleet_count(const struct peer_fleet *fleet, struct peer_counts *ret_counts)
{
	*ret_counts = fleet->counts;
}

void peer_fleet_send(struct peer_fleet *fleet)
{
	for (uint32_t i = 0; i < fleet->settings.count; i++) {
		assert(fleet->session[i].stage == PEER_IDLE);
		fleet->session[i].stage = PEER_STORING;
		peer_send_chunk(&fleet->session[i]);
	}
}

void peer_fleet_cancel(struct peer_fleet *fleet)
{
	struct message cancel = {.type = MESSAGE_CANCEL};

	outcome_set(&cancel.of.cancel.outcome, HFT_CANCELLED, HFT_DETAIL_NONE,
		    "cancelled by the test");
	for (uint32_t i = 0; i < fleet->settings.count; i++) {
		struct peer_session *session = &fleet->session[i];

		assert(session->stage == PEER_IDLE);
		session->stage = PEER_ENDING;
		peer_say(&session->link[LINK_CONTROL], &cancel);
	}
}

/* ---- the end ---- */

static bool link_is_over(struct peer_link *link)
{
	return !link->open && !link->connection;
}

static void link_close(struct peer_link *link)
{
	if (link->open)
		frame_channel_close(&link->channel);
	connection_free(link->connection);
	link->connection = NULL;
}

static bool fleet_is_over(struct peer_fleet *fleet)
{
	for (uint32_t i = 0; i < fleet->begun; i++) {
		for (int j = 0; j < LINKS; j++) {
			if (!link_is_over(&fleet->session[i].link[j]))
				return false;
		}
	}
	return true;
}

void peer_fleet_free(struct peer_fleet *fleet)
{
	if (!fleet)
		return;
	for (uint32_t i = 0; i < fleet->begun; i++) {
		for (int j = 0; j < LINKS; j++)
			link_close(&fleet->session[i].link[j]);
	}
	while (!fleet_is_over(fleet)) {
		struct ops *ops = fleet->settings.ops;
		int error = ops_wait(ops, ops_now_ns(ops) + TURN_NS);

		assert(error == 0);
		(void)ops_dispatch(ops, DISPATCH_BUDGET);
	}
	free(fleet->session);
	free(fleet);
}
