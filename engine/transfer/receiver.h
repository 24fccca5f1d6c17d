/* SPDX-License-Identifier: Apache-2.0 */
/* receiver.h -- DECIDES one receive, from the offer to the published file and the result.
 *
 * It finds or makes the part file, proves what is already durable, admits chunks, keeps the order
 * "written, synced, journaled, told" (D-36), verifies, publishes (publish.h) and answers. It has no
 * clock, no descriptor and no bytes: events and time in, actions out (D-32..D-51, D-86..D-94,
 * D-231..D-236, D-300).
 *
 * Way: LOADING -> OPENING -> RECHECKING -> ACCEPTING -> AGREEING (BEGIN awaited) -> STREAMING ->
 * VERIFYING -> PUBLISHING -> ANSWERING -> ENDED, with WAITING (connection lost, part file kept
 * open) from ACCEPTING on. */
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
	struct id token;		 /* secret of this session, random */
	char peer[HFT_HOST_BYTES];	 /* name of the sending host */
	char folder[HFT_PATH_BYTES];	 /* where it lands, absolute */
	char final_name[HFT_NAME_BYTES]; /* one component, or relative below folder */
	enum target_mode mode;
	enum target_on_failure on_failure;
	bool verify; /* compare the file digest before publish (D-232) */
	bool strict; /* resume = strict */
	uint32_t resume_check;
	uint32_t lanes_max;
	uint32_t chunk_bytes_max; /* our slots: a larger chunk size is not agreed to */
	char engine_name[HFT_HOST_BYTES];
	uint64_t owner_epoch;
	uint64_t wall_ns; /* when it began, for the log */
	uint64_t dead_after_ns;
	uint64_t socket_timeout_ns;
	uint64_t checkpoint_bytes; /* cadence: 64 MiB ... */
	uint64_t checkpoint_ns;	   /* ... or 250 ms, whichever comes first */
};

/* What to do with a chunk whose header, or whose last byte, has arrived. */
enum chunk_verdict {
	CHUNK_KEEP,   /* receive the payload / write it at offset; EVENT_CHUNK_WRITTEN follows */
	CHUNK_DROP,   /* take it off the socket and forget it: already there, or bad */
	CHUNK_BREACH, /* against the protocol: an action ends the session */
};

struct receiver;

size_t receiver_bytes(void);
/* Starts with the peer's offer (copied). First action: ACTION_LOAD_CHECKPOINT. */
struct receiver *receiver_init(void *memory, const struct receiver_settings *settings,
			       const struct message_hello *hello, const struct message_offer *offer,
			       uint64_t now_ns);

/* Starts without a peer, at engine start, to finish what the journal says was being published
 * when the engine ended. Ends by itself with ACTION_END. Requires checkpoint->stage to be a
 * publishing stage. */
struct receiver *receiver_init_recovery(void *memory, const struct receiver_settings *settings,
					const struct checkpoint *checkpoint, uint64_t now_ns);

void receiver_handle(struct receiver *receiver, const struct transfer_event *event,
		     uint64_t now_ns);
bool receiver_next_action(struct receiver *receiver, struct transfer_action *ret_action,
			  uint64_t now_ns);
uint64_t receiver_deadline_ns(const struct receiver *receiver);
void receiver_take_record(struct receiver *receiver, struct checkpoint *ret_checkpoint,
			  struct chunk_digest *ret_digests, uint32_t *ret_count);
void receiver_progress(const struct receiver *receiver, struct transfer_progress *ret_progress);

/* A new control connection with this session's token and a higher session epoch (REJOIN): the older
 * connections are fenced by ACTION_CLOSE, and ACCEPT goes out on the new one. -ESTALE: epoch not
 * newer; -EACCES: other token. */
HFT_MUST_USE int receiver_rejoin(struct receiver *receiver, const struct message_offer *offer,
				 uint64_t now_ns);

/* A connection wants to be lane `join->lane`. 0; -ESTALE, -EACCES as above; -EAGAIN: BEGIN has not
 * come yet; -EEXIST: that lane is there; -ERANGE: more lanes than granted. */
HFT_MUST_USE int receiver_join(struct receiver *receiver, const struct message_join *join,
			       uint64_t now_ns);

/* A chunk header arrived on `lane`. */
enum chunk_verdict receiver_admit(struct receiver *receiver, int lane,
				  const struct frame_header *header, uint64_t now_ns);
/* Payload and seal arrived. `digest` is ours, `sealed` the sender's. On CHUNK_KEEP *ret_offset says
 * where to write. */
enum chunk_verdict receiver_arrived(struct receiver *receiver, int lane,
				    const struct frame_header *header, const struct digest *digest,
				    const struct digest *sealed, uint64_t *ret_offset,
				    uint64_t now_ns);

/* For the host's ops. Names are fixed once ACTION_STEP STEP_OPEN_FOLDER was given. */
const char *receiver_folder(const struct receiver *receiver);
const char *receiver_part_name(const struct receiver *receiver);
const char *receiver_final_name(const struct receiver *receiver);
uint64_t receiver_total_bytes(const struct receiver *receiver); /* for STEP_TRUNCATE_PART */
uint64_t receiver_append_base(const struct receiver *receiver); /* for STEP_TRUNCATE_TARGET,
								   STEP_COPY_TO_TARGET */
uint32_t receiver_chunk_bytes(const struct receiver *receiver);
void receiver_digest(const struct receiver *receiver, struct digest *ret_digest);
const struct id *receiver_transfer_id(const struct receiver *receiver);
uint32_t receiver_attempt(const struct receiver *receiver);
/* True when ACTION_RECORD must also store the completed transfer (PUT_COMPLETED), write the Receive
 * Log and remove checkpoint and digests, in the same commit (D-229). */
bool receiver_record_is_final(const struct receiver *receiver);
/* With a final record: true if checkpoint and digests stay, for a later resume (on_failure = keep,
 * not done). */
bool receiver_keeps_checkpoint(const struct receiver *receiver);
/* Outcome of the final record. */
const struct outcome *receiver_outcome(const struct receiver *receiver);
