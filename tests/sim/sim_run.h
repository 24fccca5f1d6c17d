/* SPDX-License-Identifier: Apache-2.0 */
/* sim_run.h -- everything that belongs to one seed while it runs.
 *
 * What it is: the struct that the parts of the simulation share: world, two nodes, the files that
 * are sent, and the first thing that went wrong. What it is not: behaviour; that is in
 * sim_driver (time), sim_user (wishes), sim_fault (trouble), sim_check (judgement), sim_break
 * (trouble that the judgement must see). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "daemon/request_host.h"
#include "sim/sim_blob.h"
#include "sim/sim_node.h"
#include "sim/sim_scenario.h"
#include "sim/sim_tally.h"

#define PARCEL_VERSIONS_MAX 8
#define RUN_FAILURE_BYTES   1024

enum parcel_state {
	PARCEL_WAITING, /* not asked for yet, or the sender is down */
	PARCEL_ASKED,	/* asked for; whether it was accepted is not known */
	PARCEL_QUEUED,	/* its id was told */
	PARCEL_LOOKING, /* the user looks into the logs: what became of it? */
	PARCEL_DONE,	/* over with 0-0 */
	PARCEL_FAILED,	/* over without */
};

/* One file that is sent, and what is known of it outside of the engines. */
struct parcel {
	struct run *run;
	const struct parcel_plan *plan;
	unsigned number;
	struct id id;
	char source_path[32];
	char target_name[32];
	char target_path[32];
	char part_path[256];
	struct blob version[PARCEL_VERSIONS_MAX]; /* what the source was, the oldest first */
	uint32_t version_count;
	struct blob base; /* what was there before */
	bool has_base;
	struct sim_pipe *pipe; /* a stream's writer */

	/* The user's view. */
	enum parcel_state state;
	bool id_was_told;	/* NEWS_QUEUED came once */
	struct outcome outcome; /* DONE, FAILED */
	uint64_t list_no;	/* FAILED: number in the Resend Queue; 0 = none */
	uint64_t last_list_no;	/* largest number that was ever told */
	uint32_t resends;	/* asked for so far */
	uint32_t attempts;	/* the highest that was heard of */
	uint32_t rejoins;	/* of the present attempt, as told */
	bool was_calm_resend;	/* the last one was asked for in a calm world */
	bool from_start;	/* the next resend is one with --from-start */
	bool is_cancelled;
	bool source_is_gone;
	bool part_is_damaged;	    /* by a fault of ours */
	uint64_t ask_due_ns;	    /* WAITING, FAILED: when the user asks next; UINT64_MAX = not */
	struct journal_request ask; /* the user's own question */
	struct log_row log[16];	    /* its answer */
	struct resend_row resend;

	/* The last look at the file under its final name. */
	int64_t seen_bytes;
	uint64_t seen_written;
	bool seen_whole; /* it was base and source once */
};

/* What the sender has on record as durable when the receiver dies. */
struct promise {
	bool is_given;
	uint32_t chunk_bytes;
	struct ranges coverage;
};

struct run {
	struct scenario scenario;
	struct sim_world *world;
	const uint8_t *table; /* of contents */
	struct node node[ROLE_COUNT];
	struct parcel parcel[SCENARIO_PARCELS_MAX];
	uint64_t start_ns;
	uint64_t start_events;
	uint64_t seen_changes;	/* of the receiver's disk, when it was looked at last */
	uint64_t durable_bytes; /* told for the first parcel: for TRIGGER_BYTES */
	bool is_calm;		/* no more faults */
	bool restart_wanted;	/* 590-0 was told: the sender is started anew */
	bool power_cut_wanted;	/* 0-0 was told: take the receiver's power */
	struct promise promise[SCENARIO_PARCELS_MAX]; /* at the present death of the receiver */
	bool has_death_mark;			      /* has_one_death: it was */
	uint32_t death_attempt;			      /* that was under way then */
	uint64_t death_durable_bytes;		      /* what was called durable then */
	uint64_t death_read_bytes;		      /* what the sender had read then */
	struct fault *armed[ROLE_COUNT];	      /* JOURNAL_DEATH that waits in a journal */
	const char *break_name; /* what the test itself breaks; NULL = nothing */
	bool break_is_done;
	int log_fd; /* -1 = silent */
	struct tally tally;
	bool has_failed;
	char failure[RUN_FAILURE_BYTES];
};

/* The first failure counts; the rest follows from it. */
void run_fail(struct run *run, const char *format, ...) HFT_PRINTF(2, 3);
/* The world takes a step at that time, so that what is due then is done. */
void run_wake_at(struct run *run, uint64_t due_ns);
/* One line of the story, with the time, when somebody listens. */
void run_say(const struct run *run, const char *format, ...) HFT_PRINTF(2, 3);

/* The one with that transfer id, or NULL. */
struct parcel *run_find_parcel(struct run *run, const struct id *id);
/* The source as it is now. */
const struct blob *parcel_source(const struct parcel *parcel);
bool parcel_is_over(const struct parcel *parcel);
const char *parcel_state_name(const struct parcel *parcel);
