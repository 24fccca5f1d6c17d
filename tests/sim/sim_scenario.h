/* SPDX-License-Identifier: Apache-2.0 */
/* sim_scenario.h -- what one seed stands for: files, configuration, world and faults.
 *
 * What it is: everything that is decided before a seed runs, drawn from the seed alone. What it
 * is not: what happens then, which the world draws from the same seed (io/backend_sim.h).
 * Its one idea: a family is a subject ("crash", "disk"), so that a seed of it meets faults that
 * belong together; the family "storm" mixes them all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/config.h"
#include "io/backend_sim.h"
#include "record/checkpoint.h"

#define SCENARIO_PARCELS_MAX 3
#define SCENARIO_FAULTS_MAX  10
#define SCENARIO_CHUNK_BYTES 65536u
#define SCENARIO_BYTES_MAX   (UINT64_C(2) << 20)

enum sim_role {
	ROLE_SENDER,
	ROLE_RECEIVER,
	ROLE_COUNT,
};

enum fault_kind {
	FAULT_POWER,	      /* the host loses power; up again after the pause */
	FAULT_KILL,	      /* the program is killed; started again after the pause */
	FAULT_STOP,	      /* the program is told to end, and started again after the pause */
	FAULT_JOURNAL_DEATH,  /* one of both, in the middle of a step of its journal */
	FAULT_JOURNAL_FAIL,   /* one commit ends with -ENOSPC */
	FAULT_CUT,	      /* nothing passes between the two for the pause */
	FAULT_FREEZE,	      /* the program stands still for the pause */
	FAULT_SOURCE_EDIT,    /* bytes of the source change, in place */
	FAULT_SOURCE_RESIZE,  /* it gets longer or shorter, in place */
	FAULT_SOURCE_REPLACE, /* another file has its name */
	FAULT_SOURCE_REMOVE,  /* it is gone */
	FAULT_PART_FLIP,      /* one bit of a part file flips on its disk */
	FAULT_PART_SHORTEN,   /* a part file loses its end */
	FAULT_PART_REMOVE,    /* a part file is gone */
	FAULT_DISK_FULL,      /* little space is left, until the pause is over */
	FAULT_CANCEL,	      /* the user cancels the request */
	FAULT_CALM,	      /* no faults by chance from here on */
	FAULT_KINDS,
};

enum fault_trigger {
	TRIGGER_EVENTS, /* `at` events of the world after the first request */
	TRIGGER_TIME,	/* `at` nanoseconds after it */
	TRIGGER_STEPS,	/* `at` steps of that journal after the program's start */
	TRIGGER_BYTES,	/* the receiver has called `at` bytes of the first parcel durable */
};

struct fault {
	enum fault_kind kind;
	enum sim_role role; /* at whose place */
	enum fault_trigger trigger;
	uint64_t at;	   /* see trigger */
	uint64_t pause_ns; /* until it is over; 0 = it stays */
	uint64_t number;   /* drawn for whatever the kind needs */
	bool is_done;	   /* it hit */
};

/* One file that is sent. */
struct parcel_plan {
	uint64_t bytes;	     /* of the source */
	uint64_t base_bytes; /* of what lies under the final name before; UINT64_MAX = nothing */
	uint64_t limit_rate_bytes; /* --limit-rate; 0 = none */
	uint64_t ask_ns;	   /* asked for so long after the start */
	uint16_t priority;
	bool by_descriptor; /* handed over open, as `hft send PATH` does */
	bool is_stream;	    /* a FIFO, fed anew whenever it is opened */
	bool detach;	    /* nobody waits: its first connect follows the grid too */
};

struct scenario {
	const char *family;
	uint64_t seed;
	struct sim_settings world;
	struct sim_delay journal; /* until a journal has done one step */
	uint32_t movers[ROLE_COUNT];
	uint32_t slots; /* chunk buffers of each mover */
	uint32_t lanes;
	uint32_t send_limit;
	uint32_t resume_check;
	bool strict;
	bool verify;
	bool has_dead_address; /* the first address of the receiver answers nothing */
	enum target_mode mode;
	enum target_on_failure on_failure;
	struct config_retry retry;
	struct parcel_plan parcel[SCENARIO_PARCELS_MAX];
	uint32_t parcel_count;
	struct fault fault[SCENARIO_FAULTS_MAX];
	uint32_t fault_count;
	uint32_t resends;	 /* by the user, each parcel, while faults go on */
	bool is_calm;		 /* nothing goes wrong: everything ends with 0-0 at once */
	bool has_one_death;	 /* one death, nothing else: what is read again is counted */
	bool cuts_power_at_done; /* the receiver loses power the moment 0-0 is told */
};

/* Draws everything for this seed. `family` NULL: the seed chooses. Requires a known one. */
void scenario_draw(struct scenario *scenario, uint64_t seed, const char *family);

bool scenario_family_is_known(const char *name);
/* The n-th family; NULL behind the last one. */
const char *scenario_family(unsigned n);

const char *fault_name(enum fault_kind kind);
