/* SPDX-License-Identifier: Apache-2.0 */
/* config_build.c -- see config_build.h. */
#include "daemon/config_build.h"

#include <errno.h>
#include <string.h>

#include "daemon/config_check.h"
#include "daemon/config_value.h"

#define ALLOWED_BYTES 256

/* Why a value was not taken, for people. */
static const char *refusal(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
		return "not implemented in this version";
	case -ENAMETOOLONG:
		return "too long";
	case -E2BIG:
		return "too many in the list";
	case -ENOENT:
		return "not known here";
	default:
		return "not allowed";
	}
}

static void tell_refusal(struct config_source *source, const struct config_entry *entry, int error)
{
	const struct config_key *key = entry->key;
	char allowed[ALLOWED_BYTES];
	char value[CONFIG_SHOWN_BYTES];

	config_value_allowed(key, allowed, sizeof(allowed));
	if (key->later && error == -EOPNOTSUPP)
		config_findings_add(source->findings, entry->place, true, "%s = %s: %s",
				    entry->name, config_shown(value, entry->value), refusal(error));
	else
		config_findings_add(source->findings, entry->place, true,
				    "%s = %s: %s; allowed: %s", entry->name,
				    config_shown(value, entry->value), refusal(error), allowed);
}

/* Reads all values of a part into `record`, its retry keys into `retry`. */
static void build_values(struct config_source *source, const struct config *config,
			 const struct config_part *part, void *record, struct config_retry *retry)
{
	for (uint32_t at = part->first; at != NO_ENTRY; at = source->entry[at].next) {
		const struct config_entry *entry = &source->entry[at];
		bool is_retry = entry->key->sections & SECTION_RETRY;
		int error = 0;

		assert(!is_retry || retry);

		error = config_value_store(config, entry->key, entry->value,
					   is_retry ? (void *)retry : record);
		if (error < 0)
			tell_refusal(source, entry, error);
	}
}

static int build_host(struct config_source *source, struct config *config, struct config_part *part)
{
	struct config_host *host = config_add_host(config, part->name);

	if (!host)
		return -ENOMEM;
	part->index = config->host_count - 1;
	build_values(source, config, part, host, &host->retry);
	return 0;
}

static int build_send(struct config_source *source, struct config *config, struct config_part *part)
{
	struct config_send *send = config_add_send(config, part->name);

	if (!send)
		return -ENOMEM;
	part->index = config->send_count - 1;
	build_values(source, config, part, send, NULL);
	return 0;
}

static int build_receive(struct config_source *source, struct config *config,
			 struct config_part *part)
{
	struct config_receive *receive = config_add_receive(config, part->name);

	if (!receive)
		return -ENOMEM;
	part->index = config->receive_count - 1;
	build_values(source, config, part, receive, NULL);
	return 0;
}

static int build_job(struct config_source *source, struct config *config, struct config_part *part)
{
	struct config_job *job = config_add_job(config, part->name);

	if (!job)
		return -ENOMEM;
	part->index = config->job_count - 1;
	build_values(source, config, part, job, NULL);
	return 0;
}

/* Parts of one kind, by the function for it. */
static int build_parts(struct config_source *source, struct config *config,
		       enum config_section kind,
		       int (*build)(struct config_source *source, struct config *config,
				    struct config_part *part))
{
	int error = 0;

	for (uint32_t i = 0; i < source->part_count && error == 0; i++) {
		if (source->part[i].kind == kind)
			error = build(source, config, &source->part[i]);
	}
	return error;
}

int config_build(struct config_source *source, struct config *config)
{
	int error = 0;

	/* The engine first, because hosts inherit its retry keys; hosts before who names them. */
	build_values(source, config, &source->part[0], &config->engine, &config->engine.retry);
	error = build_parts(source, config, SECTION_HOST, build_host);
	if (error == 0)
		error = build_parts(source, config, SECTION_JOB, build_job);
	if (error == 0)
		error = build_parts(source, config, SECTION_SEND, build_send);
	if (error == 0)
		error = build_parts(source, config, SECTION_RECEIVE, build_receive);
	if (error == 0)
		config_check(source, config);
	return error;
}
