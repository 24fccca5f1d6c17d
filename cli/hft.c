/* SPDX-License-Identifier: Apache-2.0 */
/* hft.c -- the command line of hft-engine: one table of verbs, for the help and for the calls.
 *
 * What a verb does is in its verb_*.c; what options mean is in client/arguments.c. */

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client/value.h"

#define ALWAYS (OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_SOCKET))
#define SELECT                                                                          \
	(OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_FILE_ID) | OPTION_BIT(OPTION_ID) | \
	 OPTION_BIT(OPTION_LIST_NO))

/* clang-format off */
static const struct verb verbs[] = {
	{"send", verb_send,
		OPTION_BIT(OPTION_DETACH) | OPTION_BIT(OPTION_FILE) |
		OPTION_BIT(OPTION_FROM_START) | OPTION_BIT(OPTION_GROUP) |
		OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_LANES) |
		OPTION_BIT(OPTION_LIMIT_RATE) | OPTION_BIT(OPTION_PRIORITY) |
		OPTION_BIT(OPTION_RECURSIVE) | OPTION_BIT(OPTION_WAIT),
		1, 2, "PATH HOST[:NAME]\nFILEID [--host HOST] [--file PATH]",
		"send a file, - for standard input, or by definition; Ctrl-C cancels"},
	{"watch", verb_watch, OPTION_BIT(OPTION_WAIT), 0, 1, "[ID]",
		"show live progress of one transfer or all; Ctrl-C leaves"},
	{"status", verb_status, 0, 0, 0, "",
		"show what the engine does"},
	{"queue", verb_queue, SELECT | OPTION_BIT(OPTION_PRIORITY) | OPTION_BIT(OPTION_LIMIT_RATE),
		0, 2 + HFT_CONTROL_IDS_MAX,
		"[send|resend] [list]\n[send|resend] show|remove ID|LISTNO...\n"
		"[send|resend] change ID|LISTNO... [--priority N] [--limit-rate BYTES|none]",
		"list and change what is queued, or waits to be sent again"},
	{"cancel", verb_cancel, OPTION_BIT(OPTION_DROP), 1, 1, "ID [--drop]",
		"stop a queued or running transfer"},
	{"log", verb_log,
		OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_STATUS) | OPTION_BIT(OPTION_FOLLOW) |
		OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_FILE_ID),
		0, 1, "[send|receive|observe|job]",
		"show the logs: a line for each attempt"},
	{"resend", verb_resend,
		OPTION_BIT(OPTION_HOST) | OPTION_BIT(OPTION_FILE_ID) | OPTION_BIT(OPTION_LIST_NO) |
		OPTION_BIT(OPTION_FROM_START) | OPTION_BIT(OPTION_WAIT),
		0, 1, "[LISTNO]",
		"send again from the Resend Queue: one record, or all that fit"},
	{"identity", verb_identity, OPTION_BIT(OPTION_CONFIG), 0, 0, "",
		"print the fingerprint of this host's key"},
	{"host", verb_host, OPTION_BIT(OPTION_CONFIG), 0, 4,
		"[list]\ncheck HOST\nadd NAME ADDRESS FINGERPRINT",
		"list hosts, see whether one is ready, add one to the configuration"},
	{"digest", verb_digest, 0, 1, 1, "FILE",
		"print the engine's digest of a file, to compare with logs"},
	{"check", verb_check, OPTION_BIT(OPTION_CONFIG), 0, 0, "",
		"check the configuration"},
	{"doctor", verb_doctor, OPTION_BIT(OPTION_CONFIG), 0, 0, "",
		"see what this kernel, card and user can do, and what to change"},
};
/* clang-format on */

/* ---- help ------------------------------------------------------------------------ */

static void print_usage(const struct verb *verb)
{
	const char *line = verb->arguments;
	const char *lead = "usage:";

	for (;;) {
		const int length = (int)strcspn(line, "\n");

		(void)printf("%-6s hft %s%s%.*s\n", lead, verb->name, length > 0 ? " " : "", length,
			     line);
		if (line[length] == '\0')
			break;
		line += length + 1;
		lead = "";
	}
}

static void print_options(uint32_t mask)
{
	for (unsigned int i = 0; i < OPTION_COUNT; i++) {
		const struct option_format *format = &option_formats[i];
		char letter[8] = "    ";
		char name[64];

		if (!(mask & OPTION_BIT(i)))
			continue;
		if (format->letter != 0)
			(void)snprintf(letter, sizeof(letter), "-%c, ", format->letter);
		(void)snprintf(name, sizeof(name), "--%s%s%s", format->name,
			       format->value ? " " : "", format->value ? format->value : "");
		(void)printf("  %s%-20s  %s\n", letter, name, format->help);
	}
}

static int print_verb_help(const struct verb *verb)
{
	print_usage(verb);
	(void)printf("\n%s\n\n", verb->help);
	print_options(verb->options | ALWAYS);
	return HFT_EXIT_DONE;
}

static int print_help(void)
{
	(void)printf("usage: hft [--socket PATH] [--json] VERB ...\n\n"
		     "Moves files between hosts by the hft-engine that runs on each.\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		(void)printf("  %-9s %s\n", verbs[i].name, verbs[i].help);
	(void)printf("\n");
	print_options(ALWAYS | OPTION_BIT(OPTION_VERSION));
	(void)printf("\nhft VERB --help tells more; exit codes and all of it: man hft\n");
	return HFT_EXIT_DONE;
}

/* ---- calls ----------------------------------------------------------------------- */

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int refuse_verb(const char *name)
{
	const char *names[ARRAY_COUNT(verbs)];
	const char *nearest;

	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		names[i] = verbs[i].name;
	nearest = value_nearest(name, names, ARRAY_COUNT(names));
	if (nearest)
		return cli_fail(HFT_EXIT_USAGE, "there is no verb %s; did you mean hft %s?", name,
				nearest);
	return cli_fail(HFT_EXIT_USAGE, "there is no verb %s; see hft --help", name);
}

static int run_verb(const struct verb *verb, struct arguments *arguments)
{
	const struct cli cli = {
		.arguments = arguments,
		.socket = arguments->text[OPTION_SOCKET],
		.json = arguments_has(arguments, OPTION_JSON),
	};
	const uint32_t operands = arguments->operand_count - 1;

	if (arguments_has(arguments, OPTION_HELP))
		return print_verb_help(verb);
	if (arguments_allow(arguments, verb->name, verb->options | ALWAYS) < 0)
		return cli_fail(HFT_EXIT_USAGE, "%s; see hft %s --help", arguments->sentence,
				verb->name);
	if (operands < verb->least || operands > verb->most)
		return cli_fail(HFT_EXIT_USAGE, "%s: too %s arguments; see hft %s --help",
				verb->name, operands < verb->least ? "few" : "many", verb->name);
	return verb->run(&cli);
}

/* hft help VERB, as hft VERB --help. */
static int run_help(const struct arguments *arguments)
{
	const char *name = arguments->operand_count > 1 ? arguments->operands[1] : NULL;
	const struct verb *verb = name ? find_verb(name) : NULL;

	if (!name)
		return print_help();
	return verb ? print_verb_help(verb) : refuse_verb(name);
}

static int run(struct arguments *arguments)
{
	const struct verb *verb = NULL;

	if (arguments_has(arguments, OPTION_VERSION) && arguments->operand_count == 0) {
		(void)printf("hft %s\n", HFT_VERSION);
		return HFT_EXIT_DONE;
	}
	if (arguments->operand_count == 0) {
		if (arguments_has(arguments, OPTION_HELP))
			return print_help();
		return cli_fail(HFT_EXIT_USAGE, "what to do? see hft --help");
	}
	if (strcmp(arguments->operands[0], "help") == 0)
		return run_help(arguments);
	verb = find_verb(arguments->operands[0]);
	return verb ? run_verb(verb, arguments) : refuse_verb(arguments->operands[0]);
}

int main(int count, char **texts)
{
	struct arguments arguments;
	int exit_code;

	if (arguments_parse(&arguments, count - 1, texts + 1) < 0)
		exit_code = cli_fail(HFT_EXIT_USAGE, "%s; see hft --help", arguments.sentence);
	else
		exit_code = run(&arguments);
	/* What nobody could read was not told: an id, for one, is lost with it. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == HFT_EXIT_DONE)
		exit_code = cli_fail(HFT_EXIT_FAILED, "cannot write to standard output");
	return exit_code;
}
