/* SPDX-License-Identifier: Apache-2.0 */
/* receiver.h -- DECIDES one receive, from the offer to the published file and the result.
 *
 * It finds or makes the part file, proves what is already durable, admits chunks, keeps the order
 * "written, synced, journaled, told" (D-36), verifies, publishes (publish.h) and answers. It has
 * no clock, no descriptor and no bytes: events and time in, actions out (D-32..D-51,
 * D-86..D-94, D-231..D-236, D-300).
 *
 * Way: LOADING -> OPENING -> RECHECKING -> ACCEPTING -> AGREEING -> STREAMING -> VERIFYING ->
 * PUBLISHING -> ANSWERING -> ENDED, and CLEANING -> ENDED from each on a failure. A lost
 * connection is no state: work goes on, and the receive waits some time for a rejoin. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/id.h"
#include "transfer/action.h"
#include "transfer/event.h"
#include "transfer/sender.h"

struct receiver_settings {
	struct id token;		   /* secret of this session, random */
	char peer[HFT_HOST_BYTES];	   /* name of the sending host */
	char folder[HFT_PATH_BYTES];	   /* where it lands, absolute */
	char final_name[HFT_NAME_BYTES];   /* one component, or relative below folder */
	enum target_mode mode;		   /* D-43..D-45 */
	enum target_on_failure on_failure; /* D-48..D-50 */
	bool verify;			   /* compare the file digest before publish (D-232) */
	bool strict;			   /* resume = strict */
	uint32_t resume_check;		   /* last durable chunks to read again; UINT32_MAX = all */
	uint32_t lanes_max;		   /* granted at most, from 1 */
	uint32_t chunk_bytes_max;	   /* our slots: a larger chunk size is not agreed to */
	char engine_name[HFT_HOST_BYTES];  /* ours, for ACCEPT; not "" */
	uint64_t owner_epoch;		   /* of our journal, from 1 */
	uint64_t wall_ns;		   /* when it began, for the checkpoint */
	uint64_t dead_after_ns;		   /* D-129 */
	uint64_t socket_timeout_ns;	   /* D-128 */
	uint64_t checkpoint_bytes;	   /* cadence: so many new bytes ... */
	uint64_t checkpoint_ns;		   /* ... or this long, whichever comes first */
};

/* What to do with a chunk whose header, or whose last byte, has arrived. */
enum chunk_verdict {
	CHUNK_KEEP,   /* receive the payload / write it at offset; EVENT_CHUNK_WRITTEN follows */
	CHUNK_DROP,   /* take it off the socket and forget it: already there, or bad */
	CHUNK_BREACH, /* does not belong here: the lane is of no use any more */
};

struct receiver;

/* Bytes of one receiver, so that the daemon can keep a slab of them. */
size_t receiver_bytes(void);

/* Starts with the peer's offer, in `memory` of receiver_bytes() bytes, aligned to 64, that need not
 * be cleared. Everything is copied. First action: ACTION_LOAD_CHECKPOINT. Nothing to free. */
struct receiver *receiver_init(void *memory, const struct receiver_settings *settings,
			       const struct message_hello *hello, const struct message_offer *offer,
			       uint64_t now_ns);

/* Starts without a peer, at engine start, to finish what the journal says was going on when the
 * engine ended. Ends by itself with ACTION_END; if it cannot finish, the journal
 * stays as it is. Requires a stage that is neither SENDING nor RECEIVING. */
struct receiver *receiver_init_recovery(void *memory, const struct receiver_settings *settings,
					const struct checkpoint *checkpoint, uint64_t now_ns);

/* Takes one event, as sender_handle(). */
void receiver_handle(struct receiver *receiver, const struct transfer_event *event,
		     uint64_t now_ns);

/* The next action, as sender_next_action(). To be drained after each of handle, rejoin, join, admit
 * and arrived. */
bool receiver_next_action(struct receiver *receiver, struct transfer_action *ret_action,
			  uint64_t now_ns);

/* When EVENT_TICK is wanted, as sender_deadline_ns(). */
uint64_t receiver_deadline_ns(const struct receiver *receiver);

/* For ACTION_RECORD, once for each, as sender_take_record(). */
void receiver_take_record(struct receiver *receiver, struct checkpoint *ret_checkpoint,
			  struct chunk_digest *ret_digests, uint32_t *ret_count);

/* Numbers as they are now. Any state, also ended. */
void receiver_progress(const struct receiver *receiver, struct transfer_progress *ret_progress);

/* A new control connection with this session's token and a higher session epoch (REJOIN). Returns
 * 0: when the actions are drained, the older connections are fenced by ACTION_CLOSE if they still
 * stand, and ACCEPT goes out on the new one. -ESTALE: epoch not newer, or the receive is over;
 * -EACCES: other token. */
HFT_MUST_USE int receiver_rejoin(struct receiver *receiver, const struct message_offer *offer,
				 uint64_t now_ns);

/* A connection wants to be lane `join->lane`. Returns 0; -ESTALE, -EACCES as above; -ERANGE: more
 * lanes than granted; -EEXIST: that lane is there (it is then closed by an action, so
 * that the next try succeeds: the sender knows better that it is lost). */
HFT_MUST_USE int receiver_join(struct receiver *receiver, const struct message_join *join,
			       uint64_t now_ns);

/* A chunk header arrived on `lane`. */
enum chunk_verdict receiver_admit(struct receiver *receiver, int lane,
				  const struct frame_header *header, uint64_t now_ns);

/* Payload and seal of an admitted header arrived. `digest` is ours, `sealed` the sender's. On
 * CHUNK_KEEP, and only then, *ret_offset says where to write. */
enum chunk_verdict receiver_arrived(struct receiver *receiver, const struct frame_header *header,
				    const struct digest *digest, const struct digest *sealed,
				    uint64_t *ret_offset, uint64_t now_ns);

/* For the host's ops. Names are fixed once STEP_OPEN_FOLDER was given. */
const char *receiver_folder(const struct receiver *receiver);
const char *receiver_part_name(const struct receiver *receiver);
const char *receiver_final_name(const struct receiver *receiver);

/* Size of the file, for STEP_TRUNCATE_PART; UINT64_MAX = not known yet. */
uint64_t receiver_total_bytes(const struct receiver *receiver);

/* Length of the target before, for STEP_TRUNCATE_TARGET and STEP_COPY_TO_TARGET. */
uint64_t receiver_append_base(const struct receiver *receiver);

/* Size of chunks: agreed once connected. */
uint32_t receiver_chunk_bytes(const struct receiver *receiver);

/* File digest; zero before it was verified. */
void receiver_digest(const struct receiver *receiver, struct digest *ret_digest);

/* From the offer. */
const struct id *receiver_transfer_id(const struct receiver *receiver);
uint32_t receiver_attempt(const struct receiver *receiver);

/* For ACTION_RECORD: true when the same commit must also write the Receive Log with
 * receiver_outcome() and, when that is 0-0, store the completed transfer; checkpoint and digests
 * are removed unless receiver_keeps_checkpoint() (D-229). Every receive asks for one before it
 * ends, unless it only gave the stored result, the journal fails, an interrupted publish could
 * not be finished, or a newer attempt took over while a record was under way. */
bool receiver_record_is_final(const struct receiver *receiver);

/* With a final record: true if checkpoint and digests stay, for a later resume. */
bool receiver_keeps_checkpoint(const struct receiver *receiver);

/* How it ended, valid with the final record and after ACTION_END. */
const struct outcome *receiver_outcome(const struct receiver *receiver);
