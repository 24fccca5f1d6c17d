/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.h -- what the first messages of a connection may be.
 *
 *   purpose   dialer sends      the other side answers
 *   SESSION   HELLO, OFFER      ACCEPT or REFUSE
 *   REJOIN    HELLO, OFFER      ACCEPT or REFUSE
 *   LANE      HELLO, JOIN       JOINED or REFUSE
 *   CHECK     HELLO             HELLO or REFUSE
 *
 * The dialer sends its part in one flight and waits. All checks here are pure and say no
 * by an outcome that can be sent in REFUSE as it is. Who the peer is was settled by TLS
 * before; whether it may do this is policy and decided elsewhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "record/outcome.h"
#include "wire/messages.h"

/* Fills a HELLO of this engine: versions and capabilities that it has. A name that does
 * not fit is cut. Requires a name that is not empty, owner_epoch > 0. */
void handshake_hello(struct message *ret_message, enum hello_purpose purpose,
		     const char *engine_name, uint64_t owner_epoch);

/* True if type is what a dialer may send first: HELLO. Lets a listener refuse by the
 * header, before it reads or allocates anything. */
bool handshake_may_begin_with(enum message_type type);

/* Checks what must follow a HELLO: OFFER for SESSION and REJOIN (with a token if and only
 * if it is REJOIN), JOIN for LANE. Returns 0, or -EBADMSG with 913-0 in *ret_refusal. */
HFT_MUST_USE int handshake_check_second(const struct message_hello *hello,
					const struct message *second, struct outcome *ret_refusal);

/* True if a message must follow a HELLO of this purpose before there is an answer. */
bool handshake_has_second(enum hello_purpose purpose);

/* The newest version that both speak, into *ret_version. Returns -EPROTONOSUPPORT, with
 * 913-0 and both ranges in *ret_refusal, if there is none. */
HFT_MUST_USE int handshake_agree_version(const struct message_hello *hello, uint16_t *ret_version,
					 struct outcome *ret_refusal);

/* Capabilities that both have. */
uint64_t handshake_agree_capabilities(const struct message_hello *hello);

/* One owner: who has seen epoch e of an engine refuses a smaller one. seen is the
 * largest owner epoch seen of it, 0 = none. Returns 0 (the caller remembers
 * shown), or -ESTALE with 911-0 in *ret_refusal. */
HFT_MUST_USE int handshake_check_epoch(const char *engine_name, uint64_t seen, uint64_t shown,
				       struct outcome *ret_refusal);

/* Dialer: checks the answer to its first flight. For SESSION and REJOIN: ACCEPT with a
 * version and capabilities that we offered and not more lanes than we wanted (and, for
 * REJOIN, our token); for LANE: JOINED with our lane; for CHECK: a HELLO of CHECK. REFUSE
 * is a good answer to all. second is what we sent behind hello, NULL for CHECK. Returns
 * 0, or -EBADMSG with 913-0 in *ret_refusal. */
HFT_MUST_USE int handshake_check_answer(const struct message_hello *hello,
					const struct message *second, const struct message *answer,
					struct outcome *ret_refusal);
