/* SPDX-License-Identifier: Apache-2.0 */
/* run_parts.c -- see run_parts.h. The order is: what may refuse us first, the kernel last. */
#define _GNU_SOURCE 1 /* sched_getaffinity() */

#include "daemon/run_parts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "daemon/startup.h"
#include "host/secret_random.h"
#include "io/backend.h"
#include "io/features.h"
#include "journal/journal_sqlite.h"

#define FEATURES_LINE_BYTES 1024

static void log_finding(void *arg, const struct config_finding *finding)
{
	log_line(arg, finding->is_error ? LOG_ERROR : LOG_WARN, "config", "at=\"%s\"",
		 finding->text);
}

static int open_config(struct run_parts *parts, const struct arguments *arguments,
		       char sentence[HFT_SENTENCE_BYTES])
{
	bool missing = false;
	int error = startup_config(arguments, log_finding, &parts->log, &parts->config, &missing,
				   sentence);

	if (error == 0 && missing)
		log_line(&parts->log, LOG_INFO, "no-config",
			 "path=\"%s\" reason=\"not there: defaults, no hosts\"",
			 arguments->config_path);
	return error;
}

static int open_journal(struct run_parts *parts, const struct arguments *arguments,
			char sentence[HFT_SENTENCE_BYTES])
{
	struct journal_settings settings = {
		.log = &parts->log,
		.complete_keep_days = parts->config->engine.complete_keep_days,
	};
	char path[HFT_PATH_BYTES];
	int error = startup_state_path(arguments, "journal.db", path);

	(void)text_copy(settings.node, sizeof(settings.node), parts->config->engine.name);
	if (error == 0)
		error = journal_open(path, &settings, &parts->journal, sentence,
				     HFT_SENTENCE_BYTES);
	if (error == 0 && journal_was_left_open(parts->journal))
		log_line(&parts->log, LOG_WARN, "journal-left-open",
			 "reason=\"the engine before ended without a stop\"");
	return error;
}

/* A thousand sessions need descriptors; the hard limit is what the administrator allows. */
static void raise_descriptor_limit(struct log *log)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_line(log, LOG_WARN, "demoted", "what=nofile error=%d", -errno);
}

static uint32_t count_cores(void)
{
	cpu_set_t cores;

	if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
		return 1;
	return (uint32_t)CPU_COUNT(&cores);
}

static uint32_t count_movers(const struct config_engine *config)
{
	uint32_t wanted = config->movers > 0 ? config->movers : count_cores();

	return (uint32_t)min_u64(max_u64(wanted, 1), HFT_MOVERS_MAX);
}

static enum io_engine wanted_engine(const struct config_engine *config)
{
	switch (config->io_engine) {
	case CONFIG_IO_URING:
		return IO_URING;
	case CONFIG_IO_EPOLL:
		return IO_EPOLL;
	case CONFIG_IO_AUTO:
		break;
	}
	return IO_AUTO;
}

static int open_ops(struct run_parts *parts, char sentence[HFT_SENTENCE_BYTES])
{
	struct engine_parts *engine = &parts->engine;
	struct ops_settings settings = {.log = &parts->log};
	enum io_engine wanted = wanted_engine(&parts->config->engine);
	int error = file_workers_new(0, &parts->workers);

	settings.workers = parts->workers;
	if (error == 0)
		error = ops_new(wanted, &settings, &engine->control_ops);
	engine->mover_count = count_movers(&parts->config->engine);
	for (uint32_t i = 0; i < engine->mover_count && error == 0; i++)
		error = ops_new(wanted, &settings, &engine->mover_ops[i]);
	if (error < 0)
		(void)snprintf(sentence, HFT_SENTENCE_BYTES, "cannot start input and output: %s%s",
			       strerror(-error),
			       wanted == IO_URING ? "; io_engine = auto goes on without io_uring"
						  : "");
	return error;
}

/* Without it no token would be a secret, so there is nothing to go on with. */
static void random_bytes(void *arg, void *buffer, size_t bytes)
{
	int error = secret_random(buffer, bytes);

	if (error == 0)
		return;
	log_line(arg, LOG_ERROR, "no-random", "error=%d", error);
	abort();
}

static void log_features(struct log *log)
{
	struct features features;
	char line[FEATURES_LINE_BYTES];

	features_probe(&features);
	log_line(log, LOG_INFO, "features", "%s", features_line(&features, line, sizeof(line)));
}

int run_parts_open(struct run_parts *parts, const struct arguments *arguments,
		   char sentence[HFT_SENTENCE_BYTES])
{
	int error = open_config(parts, arguments, sentence);

	if (error == 0)
		error = startup_identity(arguments, &parts->tls, sentence);
	if (error == 0)
		error = open_journal(parts, arguments, sentence);
	if (error < 0)
		return error;
	raise_descriptor_limit(&parts->log);
	log_features(&parts->log);
	error = open_ops(parts, sentence);
	parts->engine.config = parts->config;
	parts->engine.log = &parts->log;
	parts->engine.journal = parts->journal;
	parts->engine.tls = parts->tls;
	parts->engine.chunk_bytes = HFT_CHUNK_BYTES_DEFAULT;
	parts->engine.pool_bytes = (uint64_t)parts->config->engine.buffer_pool_mib << 20;
	parts->engine.random = random_bytes;
	parts->engine.random_arg = &parts->log;
	return error;
}

void run_parts_engine_made(struct run_parts *parts)
{
	parts->engine.control_ops = NULL;
	memset(parts->engine.mover_ops, 0, sizeof(parts->engine.mover_ops));
}

void run_parts_done(struct run_parts *parts)
{
	ops_free(parts->engine.control_ops);
	for (uint32_t i = 0; i < parts->engine.mover_count; i++)
		ops_free(parts->engine.mover_ops[i]);
	file_workers_free(parts->workers);
	journal_free(parts->journal);
	tls_context_free(parts->tls);
	config_free(parts->config);
}
