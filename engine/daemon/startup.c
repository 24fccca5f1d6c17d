/* SPDX-License-Identifier: Apache-2.0 */
/* startup.c -- see startup.h. */
#include "daemon/startup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/config_keys.h"
#include "daemon/config_value.h"

static int refuse_config(const struct arguments *arguments, int error,
			 char sentence[HFT_SENTENCE_BYTES])
{
	(void)snprintf(sentence, HFT_SENTENCE_BYTES, "cannot read the configuration %.300s: %s",
		       arguments->config_path,
		       error == -EINVAL ? "it has errors" : strerror(-error));
	return error;
}

static int take_services(const struct arguments *arguments, struct config *config,
			 char sentence[HFT_SENTENCE_BYTES])
{
	const struct config_key *key = config_key_find(SECTION_ENGINE, "services");
	char allowed[128];

	if (!arguments->services[0])
		return 0;
	if (config_value_store(config, key, arguments->services, &config->engine) == 0)
		return 0;
	(void)snprintf(sentence, HFT_SENTENCE_BYTES, "--services %.100s: not allowed; allowed: %s",
		       arguments->services, config_value_allowed(key, allowed, sizeof(allowed)));
	return -EINVAL;
}

int startup_config(const struct arguments *arguments, config_finding_fn found, void *arg,
		   struct config **ret_config, bool *ret_missing, char sentence[HFT_SENTENCE_BYTES])
{
	struct config *config = NULL;
	bool missing = false;
	int error = config_load(arguments->config_path, found, arg, &config);

	if (error == -ENOENT && !arguments->config_named) {
		missing = true;
		error = config_new(&config);
	}
	if (error < 0)
		return refuse_config(arguments, error, sentence);
	error = take_services(arguments, config, sentence);
	if (error < 0) {
		config_free(config);
		return error;
	}
	*ret_config = config;
	*ret_missing = missing;
	return 0;
}

int startup_state_path(const struct arguments *arguments, const char *name,
		       char path[HFT_PATH_BYTES])
{
	return text_format(path, HFT_PATH_BYTES, "%s/%s", arguments->state_folder, name);
}

static int make_state_folder(const struct arguments *arguments, char sentence[HFT_SENTENCE_BYTES])
{
	int error = 0;

	if (!arguments->state_folder[0]) {
		(void)text_copy(sentence, HFT_SENTENCE_BYTES,
				"no state folder: neither $HOME nor $XDG_STATE_HOME is set; name "
				"one with --state-dir");
		return -ENOENT;
	}
	error = paths_make_folder(arguments->state_folder);
	if (error < 0)
		(void)snprintf(sentence, HFT_SENTENCE_BYTES,
			       "cannot make the state folder %.300s: %s; name another with "
			       "--state-dir",
			       arguments->state_folder, strerror(-error));
	return error;
}

int startup_identity(const struct arguments *arguments, struct tls_context **ret_tls,
		     char sentence[HFT_SENTENCE_BYTES])
{
	char path[HFT_PATH_BYTES];
	int error = make_state_folder(arguments, sentence);

	if (error < 0)
		return error;
	error = startup_state_path(arguments, "identity.pem", path);
	if (error < 0) {
		(void)text_copy(sentence, HFT_SENTENCE_BYTES,
				"the state folder's path is too long");
		return error;
	}
	return tls_context_new(path, ret_tls, sentence, HFT_SENTENCE_BYTES);
}

static void print_finding(void *arg, const struct config_finding *finding)
{
	unsigned *count = arg;

	(*count)++;
	puts(finding->text);
}

int startup_check(const struct arguments *arguments)
{
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct config *config = NULL;
	bool missing = false;
	unsigned count = 0;
	int error = startup_config(arguments, print_finding, &count, &config, &missing, sentence);

	if (error < 0 && count == 0)
		printf("%s\n", sentence);
	if (error < 0)
		return EXIT_FAILURE;
	if (missing)
		printf("%s: is not there; defaults, no hosts\n", arguments->config_path);
	else
		printf("%s: no errors (%u hosts, %u send, %u receive)\n", arguments->config_path,
		       config->host_count, config->send_count, config->receive_count);
	config_free(config);
	return EXIT_SUCCESS;
}

int startup_show_identity(const struct arguments *arguments)
{
	char sentence[HFT_SENTENCE_BYTES] = "";
	char text[FINGERPRINT_TEXT_BYTES];
	struct tls_context *tls = NULL;
	struct fingerprint own;
	int error = startup_identity(arguments, &tls, sentence);

	if (error < 0) {
		(void)fprintf(stderr, "hft-engine: %s\n", sentence);
		return EXIT_FAILURE;
	}
	tls_context_fingerprint(tls, &own);
	fingerprint_print(&own, text);
	puts(text);
	tls_context_free(tls);
	return EXIT_SUCCESS;
}
