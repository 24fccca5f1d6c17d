/* SPDX-License-Identifier: Apache-2.0 */
/* sender.h -- DECIDES one attempt at the sending side, from opening the source to the result.
 *
 * It opens the source, dials, offers, agrees on what the receiver holds durably, hands chunks to
 * lanes, repairs lost connections by rejoining, and ends with one outcome. It has no
 * clock, no descriptor and no bytes: events and time in, actions out (D-19..D-25, D-86..D-94,
 * D-127..D-130, D-231..D-236, D-300).
 *
 * Way: OPENING -> LOADING -> DIALING -> OFFERING -> AGREEING -> RECHECKING -> [SKIPPING] ->
 * STREAMING -> FINISHING -> ENDED, with REJOINING from any state behind OFFERING. Its
 * memory is bounded and does not grow with the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/id.h"
#include "transfer/action.h"
#include "transfer/event.h"

struct sender_settings {
	struct id transfer_id;	/* the same in all attempts */
	uint32_t attempt;	/* counts from 1 */
	uint32_t session_epoch; /* above those of all earlier tries of this attempt, so that
				 * their offers are known as older; 0 = 1 */
	char file_id[HFT_FILE_ID_BYTES];  /* "" = ad hoc */
	char host[HFT_HOST_BYTES];	  /* for sentences */
	char name[HFT_NAME_BYTES];	  /* wanted name over there; "" = by definition */
	char source_path[HFT_PATH_BYTES]; /* for sentences and logs */
	char engine_name[HFT_HOST_BYTES]; /* ours, for HELLO; not "" */
	uint64_t owner_epoch;		  /* of our journal, from 1 */
	uint64_t peer_epoch_seen;	  /* newest owner epoch seen of that host; an older one is
					   * refused (D-223); 0 = none */
	bool from_start;		  /* asked-from-start */
	bool strict;			  /* resume = strict (D-92) */
	uint32_t lanes_wanted;		  /* 1..HFT_LANES_MAX */
	uint32_t chunk_bytes;		  /* offered; the receiver's stored one wins */
	uint32_t resume_check;		  /* last durable chunks to read again; UINT32_MAX = all */
	uint32_t address_count;		  /* of the host, from 1 */
	uint64_t limit_rate_bps;	  /* bytes a second; 0 = none */
	uint64_t connect_timeout_ns;	  /* one try: all addresses, TLS, hello, answer (D-113) */
	uint64_t dead_after_ns;		  /* D-129 */
	uint64_t socket_timeout_ns;	  /* D-128: bound of silence, whatever the reason */
};

/* Numbers for watchers; all monotonic within the attempt. */
struct transfer_progress {
	uint64_t bytes_total;	   /* UINT64_MAX = unknown */
	uint64_t bytes_durable;	   /* at the receiver; what the checkpoint says */
	uint64_t bytes_moved;	   /* payload through the sockets, this attempt */
	uint64_t bytes_skipped;	   /* durable before this attempt */
	uint64_t bytes_resent;	   /* of chunks that were sent more than once in this attempt */
	uint32_t rejoins;	   /* connections repaired */
	enum resume_reason reason; /* why it did not continue; RESUME_NONE */
	bool connected;		   /* the offer was accepted */
	uint64_t noticed_ms;	   /* silence before the last loss was noticed; 0 = no loss */
	uint32_t tail_rechecked;   /* chunks of the prefix read again to prove them */
};

struct sender;

/* Bytes of one sender, so that the daemon can keep a slab of them. */
size_t sender_bytes(void);

/* Starts in `memory`, which has sender_bytes() bytes, is aligned to 64 and need not be
 * cleared. Settings are copied. First action: ACTION_OPEN_SOURCE. There is nothing to free. */
struct sender *sender_init(void *memory, const struct sender_settings *settings, uint64_t now_ns);

/* Takes one event. Events that make no sense in the present state are ignored (late answers)
 * or end the attempt (a peer's breach of protocol). */
void sender_handle(struct sender *sender, const struct transfer_event *event, uint64_t now_ns);

/* The next action, built into *ret_action; false when there is none for now. To be drained
 * after each event, before the next: a bounded list holds what waits. After ACTION_END always
 * false. */
bool sender_next_action(struct sender *sender, struct transfer_action *ret_action, uint64_t now_ns);

/* When EVENT_TICK is wanted at the latest; UINT64_MAX = not at all. Valid after the actions
 * were drained. A tick that comes 100 ms late or more counts as our own fault. */
uint64_t sender_deadline_ns(const struct sender *sender);

/* For ACTION_RECORD, once for each: the checkpoint, and the digests that must be in the same
 * commit (room for HFT_CHECKPOINT_DIGESTS_MAX). */
void sender_take_record(struct sender *sender, struct checkpoint *ret_checkpoint,
			struct chunk_digest *ret_digests, uint32_t *ret_count);

/* Numbers as they are now. Any state, also ended. */
void sender_progress(const struct sender *sender, struct transfer_progress *ret_progress);

/* Size of chunks: offered, and agreed once connected. */
uint32_t sender_chunk_bytes(const struct sender *sender);

/* File digest; zero before all was sent. */
void sender_digest(const struct sender *sender, struct digest *ret_digest);

/* Name under which the receiver published; "" before. */
const char *sender_final_name(const struct sender *sender);

/* The highest session epoch that was shown to anybody. */
uint32_t sender_session_epoch(const struct sender *sender);
/* Owner epoch the receiver showed; 0 = none yet. */
uint64_t sender_peer_epoch(const struct sender *sender);

/* For JOIN on a lane: the token and session epoch to show. */
void sender_join_message(const struct sender *sender, int lane, struct message *ret_message);
