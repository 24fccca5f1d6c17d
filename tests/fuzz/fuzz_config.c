/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_config.c -- any bytes as a configuration.
 *
 * It is taken exactly when nothing that was found is an error; each finding is one line that a
 * terminal can show; and what is taken keeps every promise that the rest of the daemon relies
 * on without looking. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the run, also where assertions are switched off. */
static void must(int holds)
{
	if (!holds)
		__builtin_trap();
}

static void found(void *arg, const struct config_finding *finding)
{
	unsigned *error_count = arg;
	size_t count = strlen(finding->text);

	*error_count += finding->is_error;
	must(count > 0 && count < sizeof(finding->text));
	must(text_is_utf8(finding->text, count));
	for (size_t i = 0; i < count; i++)
		must((unsigned char)finding->text[i] >= ' ' || finding->text[i] == '\t');
}

static void must_hold(const struct config *config)
{
	const struct config_engine *engine = &config->engine;

	must(engine->name[0] != '\0' && engine->listen_count > 0 && engine->services != 0);
	must(engine->send_limit > 0 && engine->movers <= HFT_MOVERS_MAX);
	for (uint32_t i = 0; i < config->host_count; i++) {
		const struct config_host *host = &config->host[i];

		must(host->address_count > 0 && host->lanes <= HFT_LANES_MAX);
		must(host->plain || host->fingerprint_count > 0);
		must(host->receive_port > 0 && host->retry.dead_after_ms >= 50);
		must(config_find_host(config, host->name) == host);
	}
	for (uint32_t i = 0; i < config->send_count; i++) {
		must(config_find_send(config, config->send[i].file_id) == &config->send[i]);
		for (uint32_t k = 0; k < config->send[i].host_count; k++)
			must(config->send[i].host[k] < config->host_count);
	}
	for (uint32_t i = 0; i < config->receive_count; i++) {
		const struct config_receive *receive = &config->receive[i];

		must((receive->path[0] == '/') != (receive->folder[0] == '/'));
		must(receive->permissions <= 0777 && receive->mode != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	unsigned error_count = 0;
	int error = config_parse("f", (const char *)data, size, found, &error_count, &config);

	must(error == 0 || error == -EINVAL);
	must((error == 0) == (error_count == 0));
	must((error == 0) == (config != NULL));
	if (config)
		must_hold(config);
	config_free(config);
	return 0;
}
