/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_rig.h -- one decider of transfer/, alone: the test is its world and its peer.
 *
 * The rig hands events in and keeps the actions that come out; a test looks for the one it is
 * about. Shortcuts lead a decider to the state where a test begins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "transfer/receiver.h"
#include "transfer/sender.h"
#include "wire/chain.h"

#define RIG_ACTIONS 64
#define RIG_CHUNK   HFT_CHUNK_BYTES_MIN
#define RIG_MS	    UINT64_C(1000000)

struct rig {
	struct sender *sender;			    /* one of the two; NULL = none */
	struct receiver *receiver;		    /* the other */
	void *memory;				    /* of it; rig_free() frees it */
	struct sender_settings sending;		    /* to be changed before rig_start_sender() */
	struct receiver_settings receiving;	    /* to be changed before rig_start_receiver() */
	struct message_offer offer;		    /* as above */
	struct source_identity identity;	    /* of the source */
	uint64_t now_ns;			    /* the clock */
	struct transfer_action action[RIG_ACTIONS]; /* what came out since the last event */
	uint32_t count;				    /* of them */
	struct checkpoint checkpoint;		    /* of the last RECORD */
	struct chunk_digest digest[HFT_CHECKPOINT_DIGESTS_MAX]; /* and its digests */
	uint32_t digest_count;					/* of them */
};

/* A rig for a file of so many bytes, with settings that are common. */
struct rig *rig_new(uint64_t bytes);
void rig_free(struct rig *rig);

/* Creates the decider; its first actions are in rig->action. */
void rig_start_sender(struct rig *rig);
void rig_start_receiver(struct rig *rig);

/* Hands an event to the decider and takes all actions. */
void rig_event(struct rig *rig, struct transfer_event event);
void rig_message(struct rig *rig, const struct message *message);
/* Takes actions after a call that was not an event. */
void rig_take(struct rig *rig);
/* Lets time pass, with a tick at each deadline on the way. */
void rig_wait(struct rig *rig, uint64_t ns);
/* One tick at a time that is given, whatever was wanted: a machine that was suspended. */
void rig_late_tick(struct rig *rig, uint64_t ns);

/* The first action of a kind; NULL when there is none. */
const struct transfer_action *rig_find(const struct rig *rig, enum transfer_action_kind kind);
uint32_t rig_count(const struct rig *rig, enum transfer_action_kind kind);
/* The first message of a type that was sent; NULL when there is none. */
const struct message *rig_said(const struct rig *rig, enum message_type type);
/* The step that was asked for; STEP_COUNT when none was. */
enum receive_step rig_step(const struct rig *rig);
/* Status of ACTION_END; -1 when there is none. */
int rig_ended(const struct rig *rig);

/* The world says yes. */
void rig_step_done(struct rig *rig, int error, uint64_t bytes);
void rig_recorded(struct rig *rig);
void rig_lost(struct rig *rig, int connection);
/* Answers every step and record with yes until none is asked for. part_bytes is what OPEN_PART
 * finds. Says how often RECORD came. */
uint32_t rig_say_yes(struct rig *rig, uint64_t part_bytes);

/* Digest of chunk n, for both sides of a test. */
struct digest rig_digest(uint64_t chunk);
/* The file digest over so many of these. */
struct chain rig_chain(uint64_t chunks);

/* -- the sender ------------------------------------------------------------ */

/* Source opened, checkpoint (or NULL) loaded, dialed: the offer is out. */
void rig_offer(struct rig *rig, const struct checkpoint *checkpoint);
/* An ACCEPT that has the first `chunks` chunks, proven by root and tail. */
void rig_make_accept(const struct rig *rig, uint64_t chunks, struct message *ret_message);
/* All lanes dialed and joined: chunks go out. */
void rig_join_lanes(struct rig *rig);
/* The lane sent a chunk with its right digest. */
void rig_sent(struct rig *rig, int lane, uint64_t chunk);
/* The receiver said STORED or DURABLE for [0, end). */
void rig_have(struct rig *rig, enum message_type type, uint64_t end);
/* From the start to streaming with nothing there before. */
void rig_to_streaming(struct rig *rig);

/* -- the receiver ---------------------------------------------------------- */

/* The checkpoint (or NULL) is loaded. */
void rig_loaded(struct rig *rig, const struct checkpoint *checkpoint);
/* From the start to ACCEPT, nothing there before; then BEGIN. */
void rig_to_receiving(struct rig *rig);
/* A chunk arrives with that seal; the verdict of its last byte. */
enum chunk_verdict rig_arrive(struct rig *rig, uint64_t chunk, uint8_t tries, bool good);
/* It was written. */
void rig_written(struct rig *rig, uint64_t chunk);
/* All chunks arrive and are written, and FINISH comes with the right digest. */
void rig_receive_all(struct rig *rig);
void rig_finish(struct rig *rig, const struct digest *digest);
/* A checkpoint of a receive of which the first `chunks` chunks are durable. */
void rig_make_checkpoint(const struct rig *rig, uint64_t chunks, struct checkpoint *ret_checkpoint);
