/* SPDX-License-Identifier: Apache-2.0 */
/* receive_session.h -- carries out what the receiver decides: one receive on its mover.
 *
 * Turns actions into ops, messages and journal requests, and what comes back into events. When
 * the receiver has said END it closes everything, waits until nothing is in flight, and frees
 * itself. */
#ifndef HFT_DAEMON_RECEIVE_SESSION_H
#define HFT_DAEMON_RECEIVE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timers.h"
#include "daemon/frame_channel.h"
#include "daemon/mover.h"
#include "daemon/receive_lane.h"
#include "daemon/receive_policy.h"
#include "transfer/receiver.h"

struct receive_session {
	struct list_node node; /* in mover->receives */
	struct mover *mover;
	struct receiver *receiver;   /* lies behind the struct */
	struct receive_grant grant;  /* what the policy allowed */
	struct id token;	     /* secret; its first byte names the mover */
	uint32_t session_epoch;	     /* of the offer or rejoin that it talks to */
	uint32_t holds;		     /* what is in flight and must come back before the end */
	bool running;		     /* inside receive_session_run() */
	bool ended;		     /* ACTION_END was taken */
	bool logged;		     /* its Receive Log record is committed, or on its way */
	bool abandoned;		     /* the engine ends: nobody is told */
	struct outcome outcome;	     /* of ACTION_END */
	struct connection *standing; /* the connection of a rejoin, until the old one is closed */
	struct frame_channel channel[2]; /* the current one, and its predecessor while it closes */
	uint32_t current;		 /* index of the channel in use */
	struct receive_lane *lane[HFT_LANES_MAX]; /* by number; NULL = not joined */
	struct timer timer;	  /* the receiver's deadline; lingering after the end */
	uint64_t started_wall_ns; /* when this attempt began here */
	/* Files. */
	int folder_fd; /* where the target is; -1 = not open */
	int part_fd;
	int target_fd;		   /* append only */
	int copy_fd;		   /* append: the part file once more, buffered */
	uint32_t part_align_bytes; /* O_DIRECT granted with this alignment; 0 = buffered */
	char part_name[HFT_COMPONENT_BYTES];
	char target_name[HFT_COMPONENT_BYTES]; /* last component of the final name */
	char subfolder[HFT_NAME_BYTES];	       /* what stands before it; "" = nothing */
	enum receive_step step;		       /* in work */
	bool step_runs;			       /* and its op is in flight */
	struct op step_op;
	uint64_t step_started_ns;
	uint64_t copied_bytes; /* STEP_COPY_TO_TARGET */
	/* Re-check. */
	struct op check_op;
	struct slot *check_slot;
	struct slot_waiter check_waiter;
	uint64_t check_chunk;
	uint32_t check_bytes;
	/* Journal. */
	struct journal_request record;
	struct journal_request load;
	struct checkpoint checkpoint; /* being recorded */
	struct checkpoint loaded;
	bool has_loaded; /* loaded is valid */
	struct completed_row completed;
	struct log_row log;
	struct chunk_digest digests[HFT_CHECKPOINT_DIGESTS_MAX];
	struct digest page[HFT_JOURNAL_LOAD_DIGESTS_MAX];
	bool page_present[HFT_JOURNAL_LOAD_DIGESTS_MAX];
};

/* Bytes of one session with its receiver, for the mover's slab. */
size_t receive_session_bytes(void);

/* An offer was granted: starts, and owns `connection`. A session of the same transfer that still
 * runs gives way (D-94), unless it is of a newer attempt: -ESTALE. -EBUSY when there is no room. */
HFT_MUST_USE int receive_session_start(struct mover *mover, struct connection *connection,
				       const struct receive_grant *grant,
				       const struct message_hello *hello,
				       const struct message_offer *offer);

/* At engine start: finishes the publish that the checkpoint says was under way. */
HFT_MUST_USE int receive_session_recover(struct mover *mover, const struct receive_grant *grant,
					 const struct checkpoint *checkpoint);

/* A control connection shows the token of a session. 0: it is the session's now. Else the caller
 * keeps it and says why: -ENOENT unknown token, -ESTALE not newer, -EAGAIN its predecessor is still
 * closing. */
HFT_MUST_USE int receive_session_rejoin(struct mover *mover, struct connection *connection,
					const struct config_host *host,
					const struct message_offer *offer);

/* A connection wants to be a lane; as above, and -EEXIST, -ERANGE. */
HFT_MUST_USE int receive_session_join(struct mover *mover, struct connection *connection,
				      const struct config_host *host,
				      const struct message_join *join);

/* The engine ends: leaves everything as a crash would, and settles when nothing is in flight. Not
 * from inside a callback of the session. Idempotent. */
void receive_session_abandon(struct receive_session *session);

/* For the parts: hands an event over and carries out what follows. */
void receive_session_event(struct receive_session *session, const struct transfer_event *event);
/* Carries out the actions that wait. */
void receive_session_run(struct receive_session *session);
void receive_session_lane_gone(struct receive_session *session, struct receive_lane *lane);
/* One thing less in flight, and the event it was waiting for. The session may be gone after it. */
void receive_session_answer(struct receive_session *session, const struct transfer_event *event);
/* One thing less in flight. The session may be gone after it. */
void receive_session_released(struct receive_session *session);
/* Frees the session once it has ended and nothing is in flight. The last thing a callback does. */
void receive_session_settle(struct receive_session *session);

#endif
