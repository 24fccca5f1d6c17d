/* SPDX-License-Identifier: Apache-2.0 */
/* sim_scenario.c -- what a seed draws; see sim_scenario.h. */
#include "sim/sim_scenario.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/random.h"

#define MS_NS UINT64_C(1000000)
#define S_NS  UINT64_C(1000000000)

static uint64_t draw(struct random *random, uint64_t from, uint64_t to)
{
	return from + random_below(random, to - from + 1);
}

static bool chance(struct random *random, uint64_t per_cent)
{
	return random_chance(random, per_cent, 100);
}

/* Small numbers more often: every order of magnitude below `to` is equally likely. */
static uint64_t draw_scale(struct random *random, uint64_t to)
{
	uint64_t bits = 0;

	while (bits < 63 && (UINT64_C(1) << bits) <= to)
		bits++;
	return random_below(random, min_u64(UINT64_C(1) << draw(random, 0, bits), to) + 1);
}

/* -- what is the same in all families ----------------------------------- */

static uint64_t draw_bytes(struct random *random)
{
	static const uint64_t borders[] = {
		0,
		1,
		4095,
		4096,
		4097,
		SCENARIO_CHUNK_BYTES - 1,
		SCENARIO_CHUNK_BYTES,
		SCENARIO_CHUNK_BYTES + 1,
		2 * SCENARIO_CHUNK_BYTES,
		8 * SCENARIO_CHUNK_BYTES + 1,
		SCENARIO_BYTES_MAX,
	};

	if (chance(random, 25))
		return borders[random_below(random, ARRAY_COUNT(borders))];
	return draw(random, 0, chance(random, 60) ? SCENARIO_BYTES_MAX / 4 : SCENARIO_BYTES_MAX);
}

static void draw_parcel(struct random *random, struct parcel_plan *plan, enum target_mode mode)
{
	*plan = (struct parcel_plan){
		.bytes = draw_bytes(random),
		.base_bytes = UINT64_MAX,
		.priority = (uint16_t)draw(random, 1, 256),
		.by_descriptor = chance(random, 50),
		.detach = chance(random, 50),
	};
	if (mode == TARGET_REPLACE && chance(random, 50))
		plan->base_bytes = draw_scale(random, 300000);
	if (mode == TARGET_NEW && chance(random, 5))
		plan->base_bytes = draw_scale(random, 300000);
	if (mode == TARGET_APPEND && chance(random, 70))
		plan->base_bytes = draw_scale(random, 300000);
	if (chance(random, 10))
		plan->limit_rate_bytes = draw(random, 200000, 5000000);
}

static void draw_network(struct random *random, struct sim_settings *world)
{
	static const struct sim_delay latency[] = {
		{50000, 50000}, {20000, 200000}, {500000, 2 * MS_NS}, {5 * MS_NS, 20 * MS_NS}};
	static const uint64_t bandwidth[] = {1000000000, 100000000, 10000000, 1000000};

	world->latency = latency[random_below(random, ARRAY_COUNT(latency))];
	world->bandwidth_bytes_per_s = bandwidth[random_below(random, ARRAY_COUNT(bandwidth))];
	if (chance(random, 30))
		world->reorder_per_mille = (uint16_t)draw(random, 1, 200);
}

static void draw_retry(struct random *random, struct config_retry *retry)
{
	*retry = (struct config_retry){
		.retry_interval_s = (uint32_t)draw(random, 0, 2),
		.retry_count = (uint32_t)draw(random, 0, 4),
		.auto_resend_count = (uint32_t)(chance(random, 60) ? 20 : draw(random, 0, 3)),
		.socket_timeout_s = (uint32_t)draw(random, 5, 30),
		.connect_timeout_s = (uint32_t)draw(random, 1, 5),
		.dead_after_ms = (uint32_t)draw(random, 500, 3000),
		.stuck_after_ms = 300000,
		.retry_on_busy = true,
	};
}

static void draw_engines(struct random *random, struct scenario *s)
{
	s->movers[ROLE_SENDER] = (uint32_t)draw(random, 1, 2);
	s->movers[ROLE_RECEIVER] = (uint32_t)draw(random, 1, 2);
	s->slots = (uint32_t)draw(random, 4, 16);
	s->lanes = (uint32_t)draw(random, 1, 2);
	s->send_limit = (uint32_t)draw(random, 1, 4);
	s->resume_check = (uint32_t)draw(random, 0, 4);
	if (chance(random, 10))
		s->resume_check = UINT32_MAX;
	s->verify = chance(random, 90);
	s->mode = (enum target_mode)draw(random, TARGET_NEW, TARGET_APPEND);
	s->on_failure = chance(random, 80) ? ON_FAILURE_KEEP : ON_FAILURE_DELETE;
	s->journal = (struct sim_delay){20000, chance(random, 80) ? 2 * MS_NS : 40 * MS_NS};
}

static struct fault *add_fault(struct scenario *s, struct random *random, enum fault_kind kind,
			       enum sim_role role)
{
	struct fault *fault = &s->fault[s->fault_count++];

	assert(s->fault_count <= SCENARIO_FAULTS_MAX);
	*fault = (struct fault){
		.kind = kind,
		.role = role,
		.trigger = TRIGGER_EVENTS,
		.at = draw_scale(random, 1500),
		.pause_ns = 1 + draw_scale(random, 5 * S_NS),
		.number = random_u64(random),
	};
	if (chance(random, 15)) {
		fault->trigger = TRIGGER_TIME;
		fault->at = draw_scale(random, 10 * S_NS);
	}
	return fault;
}

static enum sim_role any_role(struct random *random)
{
	return (enum sim_role)random_below(random, ROLE_COUNT);
}

/* -- faults by subject -------------------------------------------------- */

static uint16_t few(struct random *random, uint64_t most)
{
	return (uint16_t)draw_scale(random, most);
}

static void add_network_faults(struct scenario *s, struct random *random)
{
	struct sim_settings *world = &s->world;

	world->short_send_per_mille = few(random, 500);
	world->short_recv_per_mille = few(random, 500);
	world->reset_per_mille = few(random, 60);
	world->stall_per_mille = few(random, 20);
	world->stall.max_ns = chance(random, 30) ? 0 : 4 * S_NS;
	world->refuse_per_mille = few(random, 300);
	world->flip_per_mille = few(random, 60);
	world->reorder_per_mille = few(random, 300);
	for (uint64_t i = random_below(random, 3); i > 0; i--)
		(void)add_fault(s, random, FAULT_CUT, ROLE_RECEIVER);
	if (chance(random, 20))
		(void)add_fault(s, random, FAULT_FREEZE, any_role(random));
}

static void add_disk_faults(struct scenario *s, struct random *random)
{
	struct sim_settings *world = &s->world;

	world->short_read_per_mille = few(random, 500);
	world->short_write_per_mille = few(random, 500);
	if (chance(random, 40))
		world->read_error_per_mille = few(random, 30);
	if (chance(random, 40))
		world->write_error_per_mille = few(random, 30);
	if (chance(random, 40))
		world->sync_error_per_mille = few(random, 200);
	if (chance(random, 50))
		(void)add_fault(s, random, FAULT_DISK_FULL, ROLE_RECEIVER);
	if (chance(random, 30))
		add_fault(s, random, FAULT_JOURNAL_FAIL, any_role(random))->trigger = TRIGGER_STEPS;
}

static void add_death(struct scenario *s, struct random *random, enum sim_role role)
{
	struct fault *fault =
		add_fault(s, random, (enum fault_kind)draw(random, FAULT_POWER, FAULT_STOP), role);

	if (chance(random, 50)) {
		fault->kind = FAULT_JOURNAL_DEATH;
		fault->trigger = TRIGGER_STEPS;
		fault->at = 1 + draw_scale(random, 20);
	}
}

static void add_deaths(struct scenario *s, struct random *random)
{
	s->world.crash_is_silent = chance(random, 50);
	for (uint64_t i = draw(random, 1, 3); i > 0; i--)
		add_death(s, random, any_role(random));
}

static void add_source_change(struct scenario *s, struct random *random)
{
	(void)add_fault(s, random,
			(enum fault_kind)draw(random, FAULT_SOURCE_EDIT, FAULT_SOURCE_REMOVE),
			ROLE_SENDER);
}

static void add_part_damage(struct scenario *s, struct random *random)
{
	struct fault *fault = add_fault(
		s, random, (enum fault_kind)draw(random, FAULT_PART_FLIP, FAULT_PART_REMOVE),
		ROLE_RECEIVER);

	/* Only what is read again can be seen: the rest of a durable file is trusted (D-87). */
	if (fault->kind == FAULT_PART_FLIP)
		s->resume_check = UINT32_MAX;
}

/* A transfer that takes long enough for checkpoints on the way. */
static void make_slow(struct scenario *s, struct random *random)
{
	s->world.bandwidth_bytes_per_s = draw(random, 500000, 4000000);
	for (uint32_t i = 0; i < s->parcel_count; i++)
		s->parcel[i].bytes = draw(random, SCENARIO_BYTES_MAX / 4, SCENARIO_BYTES_MAX);
}

/* -- families ----------------------------------------------------------- */

static void family_quiet(struct scenario *s, struct random *random)
{
	(void)random;
	s->is_calm = true;
}

static void family_network(struct scenario *s, struct random *random)
{
	add_network_faults(s, random);
	if (chance(random, 30))
		make_slow(s, random);
}

static void family_disk(struct scenario *s, struct random *random)
{
	add_disk_faults(s, random);
	s->cuts_power_at_done = chance(random, 50);
}

static void family_crash(struct scenario *s, struct random *random)
{
	add_deaths(s, random);
	s->cuts_power_at_done = chance(random, 50);
	if (chance(random, 50))
		make_slow(s, random);
}

/* Both journals die at each of their first calls, sooner or later. */
static void family_journal(struct scenario *s, struct random *random)
{
	uint64_t deaths = draw(random, 1, 3);

	for (uint64_t i = 0; i < deaths; i++) {
		struct fault *fault = add_fault(s, random, FAULT_JOURNAL_DEATH, any_role(random));

		fault->trigger = TRIGGER_STEPS;
		fault->at = draw(random, 1, 16);
	}
	s->cuts_power_at_done = chance(random, 30);
	if (chance(random, 30))
		make_slow(s, random);
}

static void family_source(struct scenario *s, struct random *random)
{
	s->strict = chance(random, 30);
	make_slow(s, random);
	add_source_change(s, random);
	if (chance(random, 70))
		add_death(s, random, any_role(random));
	if (chance(random, 30))
		add_network_faults(s, random);
}

static void family_part(struct scenario *s, struct random *random)
{
	struct fault *death = NULL;
	struct fault *damage = NULL;

	s->strict = chance(random, 30);
	s->mode = chance(random, 80) ? TARGET_REPLACE : s->mode;
	s->parcel_count = 1;
	make_slow(s, random);
	death = add_fault(s, random, chance(random, 50) ? FAULT_POWER : FAULT_KILL,
			  any_role(random));
	death->trigger = TRIGGER_BYTES;
	death->at = draw(random, 1, s->parcel[0].bytes);
	death->pause_ns = 50 * MS_NS;
	add_part_damage(s, random);
	damage = &s->fault[s->fault_count - 1];
	damage->trigger = TRIGGER_BYTES;
	damage->at = death->at;
}

/* One death of one of both when something is durable, and no other fault: the second attempt
 * reads nothing again that was durable. */
static void family_resume(struct scenario *s, struct random *random)
{
	struct fault *death = NULL;

	s->has_one_death = true;
	s->mode = chance(random, 50) ? TARGET_REPLACE : TARGET_NEW;
	s->on_failure = ON_FAILURE_KEEP;
	s->parcel_count = 1;
	s->retry.retry_interval_s = 1;
	s->retry.retry_count = 4;
	s->retry.auto_resend_count = 3;
	make_slow(s, random);
	s->parcel[0].base_bytes = UINT64_MAX;
	death = add_fault(s, random, chance(random, 50) ? FAULT_POWER : FAULT_KILL,
			  any_role(random));
	death->trigger = TRIGGER_BYTES;
	death->at = draw(random, 1, s->parcel[0].bytes - 1);
	death->pause_ns = draw(random, 1, S_NS);
}

static void family_stream(struct scenario *s, struct random *random)
{
	for (uint32_t i = 0; i < s->parcel_count; i++) {
		s->parcel[i].is_stream = true;
		s->parcel[i].by_descriptor = false;
	}
	if (chance(random, 40))
		s->is_calm = true;
	else if (chance(random, 50))
		add_network_faults(s, random);
	else
		add_deaths(s, random);
	if (chance(random, 50))
		s->world.bandwidth_bytes_per_s = draw(random, 500000, 4000000);
}

/* Engines that end in good order, in the middle of everything. */
static void family_stop(struct scenario *s, struct random *random)
{
	for (uint64_t i = draw(random, 1, 3); i > 0; i--)
		(void)add_fault(s, random, FAULT_STOP, any_role(random));
	if (chance(random, 50))
		add_network_faults(s, random);
	if (chance(random, 30))
		make_slow(s, random);
}

static void family_cancel(struct scenario *s, struct random *random)
{
	(void)add_fault(s, random, FAULT_CANCEL, ROLE_SENDER);
	if (chance(random, 30))
		add_network_faults(s, random);
	if (chance(random, 30))
		make_slow(s, random);
}

static void family_storm(struct scenario *s, struct random *random)
{
	add_network_faults(s, random);
	add_deaths(s, random);
	if (chance(random, 50))
		add_disk_faults(s, random);
	if (chance(random, 20))
		add_source_change(s, random);
	if (chance(random, 20))
		add_part_damage(s, random);
	if (chance(random, 30))
		make_slow(s, random);
}

struct family {
	const char *name;
	uint64_t weight;
	void (*draw)(struct scenario *s, struct random *random);
};

static const struct family families[] = {
	{"quiet", 8, family_quiet},   {"network", 16, family_network}, {"disk", 12, family_disk},
	{"crash", 14, family_crash},  {"journal", 14, family_journal}, {"source", 8, family_source},
	{"part", 6, family_part},     {"resume", 6, family_resume},    {"stream", 4, family_stream},
	{"cancel", 4, family_cancel}, {"stop", 6, family_stop},	       {"storm", 8, family_storm},
};

static const struct family *find_family(const char *name)
{
	for (unsigned i = 0; i < ARRAY_COUNT(families); i++) {
		if (strcmp(families[i].name, name) == 0)
			return &families[i];
	}
	return NULL;
}

static const struct family *draw_family(struct random *random)
{
	uint64_t total = 0;
	uint64_t drawn = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(families); i++)
		total += families[i].weight;
	drawn = random_below(random, total);
	for (unsigned i = 0; i < ARRAY_COUNT(families); i++) {
		if (drawn < families[i].weight)
			return &families[i];
		drawn -= families[i].weight;
	}
	return &families[0];
}

bool scenario_family_is_known(const char *name)
{
	return find_family(name) != NULL;
}

const char *scenario_family(unsigned n)
{
	return n < ARRAY_COUNT(families) ? families[n].name : NULL;
}

void scenario_draw(struct scenario *s, uint64_t seed, const char *family)
{
	struct random random;
	const struct family *chosen = NULL;

	memset(s, 0, sizeof(*s));
	random_seed(&random, seed);
	chosen = draw_family(&random); /* also when it is given: the rest stays the same */
	if (family)
		chosen = find_family(family);
	assert(chosen);
	s->family = chosen->name;
	s->seed = seed;
	sim_settings_init(&s->world, seed);
	draw_network(&random, &s->world);
	draw_engines(&random, s);
	draw_retry(&random, &s->retry);
	s->has_dead_address = chance(&random, 10);
	s->parcel_count = chance(&random, 80) ? 1
					      : (uint32_t)draw(&random, 2, SCENARIO_PARCELS_MAX);
	for (uint32_t i = 0; i < s->parcel_count; i++)
		draw_parcel(&random, &s->parcel[i], s->mode);
	for (uint32_t i = 1; i < s->parcel_count; i++)
		s->parcel[i].ask_ns = draw_scale(&random, 100 * MS_NS);
	s->resends = (uint32_t)draw(&random, 0, 2);
	chosen->draw(s, &random);
	/* What lies in the buffers of a slow link delays the alive frames behind it. */
	if (s->world.bandwidth_bytes_per_s < 10000000)
		s->world.socket_buffer_bytes = 65536;
}

const char *fault_name(enum fault_kind kind)
{
	static const char *const names[] = {
		[FAULT_POWER] = "power",
		[FAULT_KILL] = "kill",
		[FAULT_STOP] = "stop",
		[FAULT_JOURNAL_DEATH] = "journal-death",
		[FAULT_JOURNAL_FAIL] = "journal-fail",
		[FAULT_CUT] = "cut",
		[FAULT_FREEZE] = "freeze",
		[FAULT_SOURCE_EDIT] = "source-edit",
		[FAULT_SOURCE_RESIZE] = "source-resize",
		[FAULT_SOURCE_REPLACE] = "source-replace",
		[FAULT_SOURCE_REMOVE] = "source-remove",
		[FAULT_PART_FLIP] = "part-flip",
		[FAULT_PART_SHORTEN] = "part-shorten",
		[FAULT_PART_REMOVE] = "part-remove",
		[FAULT_DISK_FULL] = "disk-full",
		[FAULT_CANCEL] = "cancel",
		[FAULT_CALM] = "calm",
	};
	static_assert(ARRAY_COUNT(names) == FAULT_KINDS, "a fault has no name");

	return names[kind];
}
