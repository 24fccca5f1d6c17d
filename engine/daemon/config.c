/* SPDX-License-Identifier: Apache-2.0 */
/* config.c -- see config.h: the struct itself, its defaults and its lookups. Reading it from files
 * is config_load.c. */
#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/config_keys.h"
#include "daemon/config_value.h"
#include "io/address.h"

static bool key_is_retry(const struct config_key *key)
{
	return key->sections & SECTION_RETRY;
}

/* Defaults of one section's own keys; the retry keys are set apart. */
static void preset_section(enum config_section section, void *record)
{
	size_t count = 0;
	const struct config_key *keys = config_keys(&count);

	for (size_t i = 0; i < count; i++) {
		if ((keys[i].sections & (uint32_t)section) && !key_is_retry(&keys[i]))
			config_value_preset(&keys[i], record);
	}
}

static void preset_retry(struct config_retry *retry)
{
	size_t count = 0;
	const struct config_key *keys = config_keys(&count);

	for (size_t i = 0; i < count; i++) {
		if (key_is_retry(&keys[i]))
			config_value_preset(&keys[i], retry);
	}
}

/* The machine's name, or "localhost" when it is none that may be configured. */
static void preset_name(char name[HFT_HOST_BYTES])
{
	char own[HFT_HOST_BYTES] = "";

	if (gethostname(own, sizeof(own) - 1) < 0 || !config_name_is_valid(own))
		(void)text_copy(own, sizeof(own), "localhost");
	(void)text_copy(name, HFT_HOST_BYTES, own);
}

int config_new(struct config **ret_config)
{
	struct config *config = calloc(1, sizeof(*config));

	assert(ret_config);

	if (!config)
		return -ENOMEM;
	preset_section(SECTION_ENGINE, &config->engine);
	preset_retry(&config->engine.retry);
	preset_name(config->engine.name);
	*ret_config = config;
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->host);
	free(config->send);
	free(config->receive);
	free(config->job);
	free(config);
}

/* Makes room for one more of `size` bytes, zeroed; NULL when that cannot be. Room doubles, so it
 * is full exactly when the count is a power of two. */
static void *list_grow(void **list, uint32_t *count, uint32_t most, size_t size)
{
	uint32_t used = *count;
	uint8_t *grown = *list;

	if (used >= most)
		return NULL;
	if ((used & (used - 1)) == 0) {
		grown = reallocarray(*list, used ? (size_t)used * 2 : 1, size);
		if (!grown)
			return NULL;
		*list = grown;
	}
	*count = used + 1;
	memset(grown + used * size, 0, size);
	return grown + used * size;
}

struct config_host *config_add_host(struct config *config, const char *name)
{
	void *list = config->host;
	struct config_host *host = NULL;

	if (strlen(name) >= sizeof(host->name))
		return NULL;
	host = list_grow(&list, &config->host_count, HFT_HOSTS_MAX, sizeof(*host));
	config->host = list;
	if (!host)
		return NULL;
	preset_section(SECTION_HOST, host);
	host->retry = config->engine.retry;
	(void)text_copy(host->name, sizeof(host->name), name);
	(void)text_copy(host->address[0], sizeof(host->address[0]), name);
	host->address_count = 1;
	return host;
}

struct config_send *config_add_send(struct config *config, const char *file_id)
{
	void *list = config->send;
	struct config_send *send = NULL;

	if (strlen(file_id) >= sizeof(send->file_id))
		return NULL;
	send = list_grow(&list, &config->send_count, HFT_DEFINITIONS_MAX, sizeof(*send));
	config->send = list;
	if (!send)
		return NULL;
	preset_section(SECTION_SEND, send);
	(void)text_copy(send->file_id, sizeof(send->file_id), file_id);
	return send;
}

struct config_receive *config_add_receive(struct config *config, const char *file_id)
{
	void *list = config->receive;
	struct config_receive *receive = NULL;

	if (strlen(file_id) >= sizeof(receive->file_id))
		return NULL;
	receive = list_grow(&list, &config->receive_count, HFT_DEFINITIONS_MAX, sizeof(*receive));
	config->receive = list;
	if (!receive)
		return NULL;
	preset_section(SECTION_RECEIVE, receive);
	(void)text_copy(receive->file_id, sizeof(receive->file_id), file_id);
	receive->uid = UINT32_MAX;
	receive->gid = UINT32_MAX;
	/* Who sends without a definition expects what a copy does (D-292). */
	if (strcmp(file_id, "*") == 0)
		receive->mode = TARGET_REPLACE;
	return receive;
}

struct config_job *config_add_job(struct config *config, const char *id)
{
	void *list = config->job;
	struct config_job *job = NULL;

	if (strlen(id) >= sizeof(job->id))
		return NULL;
	job = list_grow(&list, &config->job_count, HFT_DEFINITIONS_MAX, sizeof(*job));
	config->job = list;
	if (!job)
		return NULL;
	preset_section(SECTION_JOB, job);
	(void)text_copy(job->id, sizeof(job->id), id);
	return job;
}

const struct config_host *config_find_host(const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->host_count; i++) {
		if (strcmp(config->host[i].name, name) == 0)
			return &config->host[i];
	}
	return NULL;
}

static bool host_has_key(const struct config_host *host, const struct fingerprint *fingerprint)
{
	for (uint32_t i = 0; i < host->fingerprint_count; i++) {
		if (memcmp(&host->fingerprint[i], fingerprint, sizeof(*fingerprint)) == 0)
			return true;
	}
	return false;
}

const struct config_host *config_find_fingerprint(const struct config *config,
						  const struct fingerprint *fingerprint)
{
	for (uint32_t i = 0; i < config->host_count; i++) {
		if (host_has_key(&config->host[i], fingerprint))
			return &config->host[i];
	}
	return NULL;
}

/* An address may be written in several ways, so numbers are compared. */
static bool host_has_address(const struct config_host *host, const struct net_address *at)
{
	struct net_address own;

	for (uint32_t i = 0; i < host->address_count; i++) {
		if (net_address_parse(host->address[i], 0, &own) == 0 &&
		    net_address_equal(&own, at))
			return true;
	}
	return false;
}

const struct config_host *config_find_plain(const struct config *config, const char *address)
{
	const struct config_host *found = NULL;
	struct net_address at;

	if (net_address_parse(address, 0, &at) < 0)
		return NULL;
	for (uint32_t i = 0; i < config->host_count; i++) {
		if (!config->host[i].plain || !host_has_address(&config->host[i], &at))
			continue;
		if (found)
			return NULL;
		found = &config->host[i];
	}
	return found;
}

const struct config_send *config_find_send(const struct config *config, const char *file_id)
{
	for (uint32_t i = 0; i < config->send_count; i++) {
		if (strcmp(config->send[i].file_id, file_id) == 0)
			return &config->send[i];
	}
	return NULL;
}

const struct config_receive *config_find_receive(const struct config *config, const char *file_id)
{
	const char *wanted = file_id[0] ? file_id : "*";

	/* A file id is never "*" by itself: that would let the other side choose the definition. */
	if (strcmp(file_id, "*") == 0)
		return NULL;
	for (uint32_t i = 0; i < config->receive_count; i++) {
		if (strcmp(config->receive[i].file_id, wanted) == 0)
			return &config->receive[i];
	}
	return NULL;
}
