/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c -- see arguments.h. */
#include "daemon/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct option {
	const char *name;	  /* with its dashes */
	const char *value;	  /* name of its value in the help; NULL = it has none */
	enum arguments_task task; /* of an option without a value */
	/* Of an option with a value: 0 or -EINVAL. */
	int (*take)(struct arguments *arguments, const char *value);
	const char *help; /* one line */
};

static int take_config(struct arguments *arguments, const char *value)
{
	arguments->config_named = true;
	return text_copy(arguments->config_path, sizeof(arguments->config_path), value);
}

static int take_state_folder(struct arguments *arguments, const char *value)
{
	return text_copy(arguments->state_folder, sizeof(arguments->state_folder), value);
}

static int take_socket(struct arguments *arguments, const char *value)
{
	return text_copy(arguments->socket_path, sizeof(arguments->socket_path), value);
}

static int take_services(struct arguments *arguments, const char *value)
{
	return text_copy(arguments->services, sizeof(arguments->services), value);
}

static int take_log_level(struct arguments *arguments, const char *value)
{
	return log_level_parse(value, &arguments->log_level);
}

static const struct option options[] = {
	{"--config", "FILE", TASK_RUN, take_config, "configuration to read"},
	{"--state-dir", "DIR", TASK_RUN, take_state_folder, "folder of journal and identity"},
	{"--socket", "PATH", TASK_RUN, take_socket, "control socket"},
	{"--services", "LIST", TASK_RUN, take_services, "of send, receive, observe; by commas"},
	{"--log-level", "LEVEL", TASK_RUN, take_log_level, "error, warn, info or debug"},
	{"--check", NULL, TASK_CHECK, NULL, "read the configuration, tell what is wrong, end"},
	{"--doctor", NULL, TASK_DOCTOR, NULL, "tell what this machine can do, end"},
	{"--identity", NULL, TASK_IDENTITY, NULL, "show the own fingerprint, end"},
	{"--version", NULL, TASK_VERSION, NULL, "show the version, end"},
	{"--help", NULL, TASK_HELP, NULL, "show this, end"},
};

const char *arguments_help(char *text, size_t bytes)
{
	size_t used = 0;

	assert(bytes > 0);

	text[0] = '\0';
	(void)text_copy(text, bytes,
			"usage: hft-engine [OPTION]...\n"
			"Moves files between hosts and never loses track of one; runs until asked "
			"to end.\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
		used = strlen(text);
		(void)text_format(text + used, bytes - used, "  %s %-*s %s\n", options[i].name,
				  20 - (int)strlen(options[i].name),
				  options[i].value ? options[i].value : "", options[i].help);
	}
	used = strlen(text);
	(void)text_copy(text + used, bytes - used, "\nSee hft-engine(8) and hft.conf(5).\n");
	return text;
}

static const struct option *find_option(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
		if (strlen(options[i].name) == length &&
		    strncmp(options[i].name, word, length) == 0)
			return &options[i];
	}
	return NULL;
}

static int refuse(char sentence[HFT_SENTENCE_BYTES], const char *word, const char *why)
{
	(void)snprintf(sentence, HFT_SENTENCE_BYTES,
		       "hft-engine: %.200s: %s; see hft-engine --help", word, why);
	return -EINVAL;
}

/* One option at words[*at], with its value behind a = or in the next word. */
static int read_option(int count, char *const *words, int *at, struct arguments *arguments,
		       char sentence[HFT_SENTENCE_BYTES])
{
	const char *word = words[*at];
	size_t length = strcspn(word, "=");
	const struct option *option = find_option(word, length);
	const char *value = word[length] == '=' ? word + length + 1 : NULL;

	if (!option)
		return refuse(sentence, word, "there is no such option");
	if (!option->take && value)
		return refuse(sentence, word, "has no value");
	if (!option->take && arguments->task != TASK_RUN && arguments->task != option->task)
		return refuse(sentence, word, "only one of these at a time");
	if (!option->take) {
		arguments->task = option->task;
		return 0;
	}
	if (!value && *at + 1 < count)
		value = words[++*at];
	if (!value || !*value)
		return refuse(sentence, word, "needs a value");
	if (option->take(arguments, value) < 0)
		return refuse(sentence, value, "not allowed here");
	return 0;
}

int arguments_read(int count, char *const *words, const struct paths_user *user,
		   struct arguments *ret_arguments, char sentence[HFT_SENTENCE_BYTES])
{
	struct arguments arguments = {.task = TASK_RUN, .log_level = LOG_INFO};

	if (paths_config(user, arguments.config_path) < 0)
		return refuse(sentence, "$HFT_CONFIG", "the path is too long");
	arguments.config_named = user->config != NULL;
	if (paths_state(user, arguments.state_folder) < 0)
		arguments.state_folder[0] = '\0';
	if (paths_socket(user, arguments.socket_path) < 0)
		arguments.socket_path[0] = '\0';
	for (int at = 1; at < count; at++) {
		int error = read_option(count, words, &at, &arguments, sentence);

		if (error < 0)
			return error;
	}
	*ret_arguments = arguments;
	return 0;
}
