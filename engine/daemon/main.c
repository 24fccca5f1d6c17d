/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- hft-engine: reads its command line and does one of six things. */
#include <stdio.h>
#include <stdlib.h>

#include <hft/status.h>
#include <hft/version.h>

#include "daemon/arguments.h"
#include "daemon/doctor.h"
#include "daemon/run.h"
#include "daemon/startup.h"

#define HELP_BYTES 4096

static int show_help(void)
{
	char help[HELP_BYTES];

	(void)fputs(arguments_help(help, sizeof(help)), stdout);
	return EXIT_SUCCESS;
}

static int do_task(const struct arguments *arguments)
{
	switch (arguments->task) {
	case TASK_RUN:
		return run_engine(arguments);
	case TASK_CHECK:
		return startup_check(arguments);
	case TASK_DOCTOR:
		return doctor_show(arguments);
	case TASK_IDENTITY:
		return startup_show_identity(arguments);
	case TASK_VERSION:
		puts("hft-engine " HFT_VERSION);
		return EXIT_SUCCESS;
	case TASK_HELP:
		return show_help();
	}
	return EXIT_FAILURE;
}

int main(int count, char **words)
{
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct arguments arguments;
	struct paths_user user;
	int exit_code = EXIT_FAILURE;

	paths_of_process(&user);
	if (arguments_read(count, words, &user, &arguments, sentence) < 0) {
		(void)fprintf(stderr, "%s\n", sentence);
		return HFT_EXIT_USAGE;
	}
	exit_code = do_task(&arguments);
	/* What was to be shown and could not be written was not done. */
	if (fflush(stdout) != 0)
		return EXIT_FAILURE;
	return exit_code;
}
