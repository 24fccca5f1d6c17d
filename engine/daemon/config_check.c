/* SPDX-License-Identifier: Apache-2.0 */
/* config_check.c -- see config_check.h. */
#include "daemon/config_check.h"

#include <string.h>

#include "base/name.h"
#include "io/address.h"

#define PLACE_BYTES 256

/* True when the part has that key, whatever became of its value: one finding for it is enough. */
static bool part_says(const struct config_source *source, const struct config_part *part,
		      const char *name)
{
	for (uint32_t at = part->first; at != NO_ENTRY; at = source->entry[at].next) {
		if (strcmp(source->entry[at].key->name, name) == 0)
			return true;
	}
	return false;
}

static const struct config_part *part_of_host(const struct config_source *source, uint32_t index)
{
	for (uint32_t i = 0; i < source->part_count; i++) {
		if (source->part[i].kind == SECTION_HOST && source->part[i].index == index)
			return &source->part[i];
	}
	assert(false); /* every host came from a part */
	return NULL;
}

static void tell_shared(struct config_source *source, const struct config_part *part,
			const char *what, uint32_t other_index)
{
	const struct config_part *other = part_of_host(source, other_index);
	char where[PLACE_BYTES];

	config_findings_add(
		source->findings, part->place, true,
		"[host %s]: its %s also belongs to [host %s] in %s: who connects with "
		"it could be either",
		part->name, what, other->name,
		config_findings_place(source->findings, other->place, where, sizeof(where)));
}

static void check_host_keys(struct config_source *source, const struct config *config,
			    const struct config_part *part)
{
	const struct config_host *host = &config->host[part->index];

	for (uint32_t i = 0; i < host->fingerprint_count; i++) {
		const struct config_host *first = config_find_fingerprint(config,
									  &host->fingerprint[i]);

		if (first != host) {
			tell_shared(source, part, "fingerprint", (uint32_t)(first - config->host));
			return;
		}
	}
}

/* The first host before this one that is plain, too, and has the same address in numbers. */
static const struct config_host *find_plain_before(const struct config *config,
						   const struct config_host *host,
						   const struct net_address *at)
{
	struct net_address theirs;

	for (const struct config_host *other = config->host; other < host; other++) {
		for (uint32_t i = 0; other->plain && i < other->address_count; i++) {
			if (net_address_parse(other->address[i], 0, &theirs) == 0 &&
			    net_address_equal(&theirs, at))
				return other;
		}
	}
	return NULL;
}

static void check_plain_host(struct config_source *source, const struct config *config,
			     const struct config_part *part)
{
	const struct config_host *host = &config->host[part->index];
	const struct config_host *other = NULL;
	struct net_address at;
	uint32_t numeric_count = 0;

	for (uint32_t i = 0; i < host->address_count; i++) {
		if (net_address_parse(host->address[i], 0, &at) < 0)
			continue;
		numeric_count++;
		other = find_plain_before(config, host, &at);
		if (other) {
			tell_shared(source, part, "address, both with security = plain,",
				    (uint32_t)(other - config->host));
			return;
		}
	}
	if (numeric_count == 0)
		config_findings_add(source->findings, part->place, false,
				    "[host %s]: security = plain without an address in numbers: "
				    "it cannot be recognised when it connects to us",
				    part->name);
}

static void check_host(struct config_source *source, const struct config *config,
		       const struct config_part *part)
{
	const struct config_host *host = &config->host[part->index];
	struct net_address at;

	if (!part_says(source, part, "address") && strchr(part->name, '_') &&
	    net_address_parse(part->name, 0, &at) < 0)
		config_findings_add(source->findings, part->place, false,
				    "[host %s]: has no address, and its name is no name of DNS",
				    part->name);
	if (host->plain) {
		check_plain_host(source, config, part);
		return;
	}
	if (host->fingerprint_count == 0 && !part_says(source, part, "fingerprint"))
		config_findings_add(source->findings, part->place, true,
				    "[host %s]: fingerprint is missing: run `hft identity` there "
				    "and put what it shows here; allowed without: security = plain",
				    part->name);
	check_host_keys(source, config, part);
}

/* A path that ends in a name that may become a file. */
static bool path_names_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && name_is_safe(slash + 1);
}

static void check_receive(struct config_source *source, const struct config *config,
			  const struct config_part *part)
{
	const struct config_receive *receive = &config->receive[part->index];
	bool has_path = part_says(source, part, "path");
	bool has_folder = part_says(source, part, "folder");
	char shown[CONFIG_SHOWN_BYTES];

	if (has_path == has_folder)
		config_findings_add(source->findings, part->place, true,
				    "[receive %s]: %s; allowed: path (of the file) or folder",
				    part->name,
				    has_path ? "has path and folder" : "says nowhere to put it");
	else if (receive->path[0] && !path_names_file(receive->path))
		config_findings_add(source->findings, part->place, true,
				    "[receive %s]: path = %s names no file; allowed: path of a "
				    "file, or folder = %s",
				    part->name, config_shown(shown, receive->path), shown);
}

static void check_job(struct config_source *source, const struct config_part *part)
{
	if (!part_says(source, part, "command"))
		config_findings_add(source->findings, part->place, true,
				    "[job %s]: command is missing", part->name);
	else
		config_findings_add(source->findings, part->place, false,
				    "[job %s]: jobs are not run in this version", part->name);
}

void config_check(struct config_source *source, const struct config *config)
{
	for (uint32_t i = 0; i < source->part_count; i++) {
		const struct config_part *part = &source->part[i];

		switch (part->kind) {
		case SECTION_HOST:
			check_host(source, config, part);
			break;
		case SECTION_RECEIVE:
			check_receive(source, config, part);
			break;
		case SECTION_JOB:
			check_job(source, part);
			break;
		default: /* [engine] and [send] have nothing that hangs together */
			break;
		}
	}
}
