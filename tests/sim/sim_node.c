/* SPDX-License-Identifier: Apache-2.0 */
/* sim_node.c -- a machine with its engine; see sim_node.h. */
#include "sim/sim_node.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define RECEIVE_PORT 30000

/* -- configuration ------------------------------------------------------ */

static const char *const names[] = {[ROLE_SENDER] = "tokyo", [ROLE_RECEIVER] = "osaka"};
static const char *const addresses[] = {[ROLE_SENDER] = "10.0.0.1", [ROLE_RECEIVER] = "10.0.0.2"};

/* Nobody lives there. */
#define DEAD_ADDRESS "10.0.0.99"

static void copy(char *target, size_t capacity, const char *source)
{
	int error = text_copy(target, capacity, source);

	assert(error == 0);
	(void)error;
}

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		abort(); /* a test instrument: without memory it proves nothing */
	return memory;
}

static void node_add_peer(struct node *node)
{
	const struct scenario *s = node->scenario;
	enum sim_role peer = node->role == ROLE_SENDER ? ROLE_RECEIVER : ROLE_SENDER;
	struct config_host *host = allocate(sizeof(*host));

	copy(host->name, sizeof(host->name), names[peer]);
	if (s->has_dead_address && node->role == ROLE_SENDER)
		copy(host->address[host->address_count++], HFT_ADDRESS_BYTES, DEAD_ADDRESS);
	copy(host->address[host->address_count++], HFT_ADDRESS_BYTES, addresses[peer]);
	host->plain = true;
	host->receive_port = RECEIVE_PORT;
	host->lanes = s->lanes;
	host->retry = s->retry;
	node->config->host = host;
	node->config->host_count = 1;
}

static void node_add_receive(struct node *node)
{
	struct config_receive *receive = allocate(sizeof(*receive));

	copy(receive->file_id, sizeof(receive->file_id), "*");
	copy(receive->folder, sizeof(receive->folder), "/in");
	receive->mode = node->scenario->mode;
	receive->on_failure = node->scenario->on_failure;
	receive->verify = node->scenario->verify;
	receive->permissions = 0640;
	receive->uid = UINT32_MAX;
	receive->gid = UINT32_MAX;
	node->config->receive = receive;
	node->config->receive_count = 1;
}

static void node_configure(struct node *node)
{
	struct config_engine *engine = NULL;
	int error = config_new(&node->config);

	assert(error == 0);
	(void)error;
	engine = &node->config->engine;
	copy(engine->name, sizeof(engine->name), names[node->role]);
	copy(engine->listen[0], sizeof(engine->listen[0]), addresses[node->role]);
	engine->listen_count = 1;
	engine->receive_port = RECEIVE_PORT;
	engine->services = SERVICE_SEND | SERVICE_RECEIVE;
	engine->send_limit = node->scenario->send_limit;
	engine->resume_strict = node->scenario->strict;
	engine->resume_check = node->scenario->resume_check;
	engine->retry = node->scenario->retry;
	node_add_peer(node);
	node_add_receive(node);
}

void node_init(struct node *node, const struct scenario *scenario, enum sim_role role,
	       struct sim_world *world, int log_fd)
{
	memset(node, 0, sizeof(*node));
	node->scenario = scenario;
	node->role = role;
	node->world = world;
	node->host = sim_host_new(world, names[role], addresses[role]);
	node->disk = journal_memory_disk_new();
	if (!node->disk)
		abort();
	random_seed(&node->random, scenario->seed * ROLE_COUNT + role);
	log_init(&node->log, log_fd, LOG_DEBUG);
	sim_disk_make_folder(node->host, role == ROLE_SENDER ? "/out" : "/in");
	node_configure(node);
}

/* -- start -------------------------------------------------------------- */

static void node_random(void *arg, void *buffer, size_t bytes)
{
	struct random *random = arg;
	uint8_t *at = buffer;

	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)random_u64(random);
}

static struct ops *node_new_loop(struct node *node, bool is_control, uint32_t mover)
{
	struct loop *loop = &node->loop[node->loop_count++];
	int error = 0;

	assert(node->loop_count <= NODE_LOOPS_MAX);
	*loop = (struct loop){.node = node, .is_control = is_control, .mover = mover};
	error = sim_ops_new(node->host, &loop->ops);
	assert(error == 0);
	(void)error;
	sim_ops_set_owner(loop->ops, loop);
	return loop->ops;
}

static void node_open_journal(struct node *node)
{
	struct journal_settings settings = {0};
	int error = 0;

	journal_free(node->dead_journal);
	node->dead_journal = NULL;
	copy(settings.node, sizeof(settings.node), names[node->role]);
	error = journal_memory_open(node->disk, &settings, &node->journal);
	assert(error == 0);
	(void)error;
}

bool node_start(struct node *node)
{
	const struct scenario *s = node->scenario;
	uint64_t slot_bytes = SCENARIO_CHUNK_BYTES + HFT_SLOT_LEAD_BYTES + HFT_SLOT_TRAIL_BYTES;
	struct engine_parts parts = {
		.config = node->config,
		.log = node->log.fd >= 0 ? &node->log : NULL,
		.mover_count = s->movers[node->role],
		.chunk_bytes = SCENARIO_CHUNK_BYTES,
		.pool_bytes = s->slots * slot_bytes,
		.random = node_random,
		.random_arg = &node->random,
	};

	assert(!node->engine);
	node->loop_count = 0;
	node->is_frozen = false;
	node->starts++;
	node_open_journal(node);
	parts.journal = node->journal;
	parts.control_ops = node_new_loop(node, true, 0);
	for (uint32_t i = 0; i < parts.mover_count; i++)
		parts.mover_ops[i] = node_new_loop(node, false, i);
	if (engine_new(&parts, &node->engine, node->failure, sizeof(node->failure)) < 0)
		return false;
	node->failure[0] = '\0';
	node->engine->control->observer = node->events.observer;
	if (node->events.started)
		node->events.started(node->events.arg, node);
	return true;
}

/* -- end ---------------------------------------------------------------- */

static uint64_t engine_source_bytes_read(const struct engine *engine)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < engine->mover_count; i++)
		bytes += engine->mover[i]->source_bytes_read;
	return bytes;
}

uint64_t node_source_bytes_read(const struct node *node)
{
	uint64_t bytes = node->engine ? engine_source_bytes_read(node->engine) : 0;

	return node->source_bytes_read + bytes;
}

void node_die(struct node *node, bool power)
{
	if (!node->engine)
		return;
	node->source_bytes_read += engine_source_bytes_read(node->engine);
	journal_memory_crash(node->journal);
	if (power)
		sim_host_crash(node->host);
	else
		sim_host_kill(node->host);
	node->dead_journal = node->journal;
	node->journal = NULL;
	node->engine = NULL; /* see the head */
	node->is_stopping = false;
}

void node_stop(struct node *node)
{
	if (!node->engine || node->is_stopping)
		return;
	node->is_stopping = true;
	node->stop_due_ns = sim_world_now_ns(node->world) + HFT_STOP_NS;
	engine_end(node->engine);
}

/* As in run.c: control is quiet first, so that no orders come to the movers any more. */
static bool node_has_ended(const struct node *node)
{
	const struct engine *engine = node->engine;

	if (!node->is_stopping || !control_is_quiet(engine->control))
		return false;
	for (uint32_t i = 0; i < node->loop_count; i++) {
		if (!node->loop[i].is_control && !node->loop[i].is_stopped)
			return false;
	}
	for (uint32_t i = 0; i < engine->mover_count; i++) {
		if (!mover_is_quiet(engine->mover[i]))
			return false;
	}
	return true;
}

static void node_end(struct node *node)
{
	node->source_bytes_read += engine_source_bytes_read(node->engine);
	engine_free(node->engine);
	journal_free(node->journal);
	sim_host_kill(node->host); /* the process is over: the kernel closes what is open */
	node->engine = NULL;
	node->journal = NULL;
	node->is_stopping = false;
	node->events.stopped(node->events.arg, node);
}

bool node_is_idle(const struct node *node)
{
	const struct engine *engine = node->engine;

	if (!engine || !list_is_empty(&engine->control->requests) ||
	    engine->control->gate.in_flight > 0)
		return false;
	for (uint32_t i = 0; i < engine->mover_count; i++) {
		const struct mover *mover = engine->mover[i];

		if (!list_is_empty(&mover->sends) || !list_is_empty(&mover->receives) ||
		    slab_in_use(mover->strangers) > 0 || mover->gate.in_flight > 0)
			return false;
	}
	return true;
}

bool node_is_receiving(const struct node *node)
{
	const struct engine *engine = node->engine;

	for (uint32_t i = 0; engine && i < engine->mover_count; i++) {
		if (!list_is_empty(&engine->mover[i]->receives))
			return true;
	}
	return false;
}

void node_done(struct node *node)
{
	if (node->engine) {
		sim_host_kill(node->host);
		engine_free(node->engine);
	}
	journal_free(node->journal);
	journal_free(node->dead_journal);
	journal_memory_disk_free(node->disk);
	config_free(node->config);
}

/* -- turns and the journal ---------------------------------------------- */

static bool node_awaits_journal(const struct node *node)
{
	const struct engine *engine = node->engine;
	uint32_t in_flight = engine->control->gate.in_flight;

	for (uint32_t i = 0; i < engine->mover_count; i++)
		in_flight += engine->mover[i]->gate.in_flight;
	return in_flight > 0;
}

static void node_plan_step(struct node *node);

static void node_step_journal(void *arg)
{
	struct node *node = arg;

	node->step_planned = false;
	if (!node->engine)
		return;
	/* A journal's fsync goes on while the program stands still. */
	(void)journal_memory_step(node->journal);
	node_plan_step(node);
}

/* Time passes until the journal has done what waits. */
static void node_plan_step(struct node *node)
{
	struct sim_delay delay = node->scenario->journal;
	uint64_t after_ns = delay.min_ns;

	if (!node->engine || node->step_planned || !node_awaits_journal(node))
		return;
	after_ns += sim_world_random(node->world, delay.max_ns - delay.min_ns + 1);
	node->step_planned = true;
	sim_world_at(node->world, sim_world_now_ns(node->world) + after_ns, node_step_journal,
		     node);
}

int loop_turn(struct loop *loop)
{
	struct node *node = loop->node;
	struct engine *engine = node->engine;
	uint64_t deadline_ns = 0;
	int error = 0;

	assert(engine);
	if (node->is_stopping && !loop->is_control && !loop->is_stopped) {
		loop->is_stopped = true;
		mover_stop(engine->mover[loop->mover]);
	}
	if (loop->is_control) {
		control_turn(engine->control);
		deadline_ns = control_deadline_ns(engine->control);
	} else {
		mover_turn(engine->mover[loop->mover]);
		deadline_ns = mover_deadline_ns(engine->mover[loop->mover]);
	}
	node_plan_step(node);
	error = ops_wait(loop->ops, deadline_ns);
	if (error == 0 && node_has_ended(node))
		node_end(node);
	return error;
}

static void ask_answered(struct journal_request *request)
{
	*(bool *)request->owner = true;
}

int node_ask(struct node *node, struct journal_request *request, enum journal_request_kind kind)
{
	struct journal_settings settings = {.node = "test"};
	struct journal *journal = node->journal;
	bool is_ours = !journal;
	bool is_answered = false;
	int error = 0;

	if (is_ours) {
		error = journal_memory_open(node->disk, &settings, &journal);
		assert(error == 0);
	}
	request->kind = kind;
	request->owner = &is_answered;
	request->done = ask_answered;
	request->reply_to = NULL;
	error = journal_post(journal, request);
	while (error == 0 && !is_answered && journal_memory_step(journal))
		;
	if (is_ours)
		journal_free(journal);
	if (error == 0 && !is_answered)
		return -ESHUTDOWN; /* the program died in one of these steps */
	return error < 0 ? error : request->result;
}
