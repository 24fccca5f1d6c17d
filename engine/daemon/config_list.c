/* SPDX-License-Identifier: Apache-2.0 */
/* config_list.c -- see config_list.h. */
#include "daemon/config_list.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/config_value.h"
#include "io/address.h"

/* One part of a list; the longest are addresses and names. */
#define PART_BYTES 128

/* Copies the part at *at without the blanks around it, and moves *at behind its comma, or to NULL
 * after the last one. -EINVAL for an empty part. */
static int next_part(const char **at, char part[PART_BYTES])
{
	const char *start = *at + strspn(*at, " \t");
	size_t whole = strcspn(start, ",");
	size_t count = whole;

	while (count > 0 && (start[count - 1] == ' ' || start[count - 1] == '\t'))
		count--;
	if (count == 0)
		return -EINVAL;
	if (count >= PART_BYTES)
		return -ENAMETOOLONG;
	memcpy(part, start, count);
	part[count] = '\0';
	*at = start[whole] == ',' ? start + whole + 1 : NULL;
	return 0;
}

/* An address in numbers that names no port: then both of the given ones are taken. */
static bool is_numeric_address(const char *text)
{
	struct net_address at;

	if (net_address_parse(text, 1, &at) < 0 || net_address_port(&at) != 1)
		return false;
	if (net_address_parse(text, 2, &at) < 0 || net_address_port(&at) != 2)
		return false;
	return true;
}

int config_list_listen(const struct config *config, const struct config_key *key, const char *text,
		       void *record)
{
	struct config_engine *engine = record;
	char list[HFT_LISTEN_MAX][HFT_ADDRESS_BYTES];
	char part[PART_BYTES];
	uint32_t count = 0;
	int error = 0;

	(void)config;
	(void)key;
	while (text) {
		error = next_part(&text, part);
		if (error < 0)
			return error;
		if (!is_numeric_address(part))
			return -EINVAL;
		if (count == HFT_LISTEN_MAX)
			return -E2BIG;
		error = text_copy(list[count++], sizeof(list[0]), part);
		if (error < 0)
			return error;
	}
	memcpy(engine->listen, list, count * sizeof(list[0]));
	engine->listen_count = count;
	return 0;
}

static uint32_t service_of(const struct config_word *list, const char *text)
{
	for (; list->word; list++) {
		if (strcmp(list->word, text) == 0)
			return list->value;
	}
	return 0;
}

int config_list_services(const struct config *config, const struct config_key *key,
			 const char *text, void *record)
{
	struct config_engine *engine = record;
	char part[PART_BYTES];
	uint32_t services = 0;
	uint32_t service = 0;
	int error = 0;

	(void)config;
	while (text) {
		error = next_part(&text, part);
		if (error < 0)
			return error;
		service = service_of(key->words, part);
		if (service == 0)
			return -EINVAL;
		services |= service;
	}
	engine->services = services;
	return 0;
}

int config_list_addresses(const struct config *config, const struct config_key *key,
			  const char *text, void *record)
{
	struct config_host *host = record;
	char list[HFT_HOST_ADDRESSES_MAX][HFT_ADDRESS_BYTES];
	char part[PART_BYTES];
	uint32_t count = 0;
	int error = 0;

	(void)config;
	(void)key;
	while (text) {
		error = next_part(&text, part);
		if (error < 0)
			return error;
		if (!is_numeric_address(part) && !config_name_is_valid(part))
			return -EINVAL;
		if (count == HFT_HOST_ADDRESSES_MAX)
			return -E2BIG;
		error = text_copy(list[count++], sizeof(list[0]), part);
		if (error < 0)
			return error;
	}
	memset(host->address, 0, sizeof(host->address));
	memcpy(host->address, list, count * sizeof(list[0]));
	host->address_count = count;
	return 0;
}

int config_list_fingerprints(const struct config *config, const struct config_key *key,
			     const char *text, void *record)
{
	struct config_host *host = record;
	struct fingerprint list[HFT_HOST_FINGERPRINTS_MAX];
	char part[PART_BYTES];
	uint32_t count = 0;
	int error = 0;

	(void)config;
	(void)key;
	while (text) {
		error = next_part(&text, part);
		if (error < 0)
			return error;
		if (count == HFT_HOST_FINGERPRINTS_MAX)
			return -E2BIG;
		if (fingerprint_parse(part, &list[count++]) < 0)
			return -EINVAL;
	}
	memcpy(host->fingerprint, list, count * sizeof(list[0]));
	host->fingerprint_count = count;
	return 0;
}

static bool has_index(const uint32_t *list, uint32_t count, uint32_t index)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i] == index)
			return true;
	}
	return false;
}

int config_list_hosts(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	struct config_send *send = record;
	uint32_t list[HFT_SEND_HOSTS_MAX];
	char part[PART_BYTES];
	uint32_t count = 0;
	int error = 0;

	(void)key;
	while (text) {
		const struct config_host *host = NULL;

		error = next_part(&text, part);
		if (error < 0)
			return error;
		host = config_find_host(config, part);
		if (!host)
			return -ENOENT;
		if (has_index(list, count, (uint32_t)(host - config->host)))
			return -EINVAL;
		if (count == HFT_SEND_HOSTS_MAX)
			return -E2BIG;
		list[count++] = (uint32_t)(host - config->host);
	}
	memcpy(send->host, list, count * sizeof(list[0]));
	send->host_count = count;
	return 0;
}
