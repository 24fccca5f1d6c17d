/* SPDX-License-Identifier: Apache-2.0 */
/* test_arguments.c -- the command line, and where things are when it does not say. */
#include "daemon/arguments.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const struct paths_user root = {.root = true, .home = "/root"};

/* Reads words that end with NULL. */
static int read_words(const char *const *words, const struct paths_user *user,
		      struct arguments *arguments, char sentence[HFT_SENTENCE_BYTES])
{
	char *copy[16];
	int count = 0;

	for (; words[count]; count++)
		copy[count] = (char *)(uintptr_t)words[count];
	sentence[0] = '\0';
	return arguments_read(count, copy, user, arguments, sentence);
}

#define READ(user, ...)                                                                      \
	read_words((const char *const[]){"hft-engine", __VA_ARGS__, NULL}, user, &arguments, \
		   sentence)

Test(arguments, without_any_it_runs_with_the_defaults_of_root)
{
	struct arguments arguments;
	char sentence[HFT_SENTENCE_BYTES];
	const char *const none[] = {"hft-engine", NULL};

	cr_assert_eq(read_words(none, &root, &arguments, sentence), 0);
	cr_expect_eq(arguments.task, TASK_RUN);
	cr_expect_eq(arguments.log_level, LOG_INFO);
	cr_expect_str_eq(arguments.config_path, "/etc/hft/hft.conf");
	cr_expect_not(arguments.config_named);
	cr_expect_str_eq(arguments.state_folder, "/var/lib/hft");
	cr_expect_str_eq(arguments.socket_path, "/run/hft/control.sock");
}

Test(arguments, values_stand_in_the_next_word_or_behind_a_sign)
{
	struct arguments arguments;
	char sentence[HFT_SENTENCE_BYTES];

	cr_assert_eq(READ(&root, "--config", "/c", "--state-dir=/s", "--socket", "/k",
			  "--services=send", "--log-level", "debug"),
		     0);
	cr_expect_str_eq(arguments.config_path, "/c");
	cr_expect(arguments.config_named);
	cr_expect_str_eq(arguments.state_folder, "/s");
	cr_expect_str_eq(arguments.socket_path, "/k");
	cr_expect_str_eq(arguments.services, "send");
	cr_expect_eq(arguments.log_level, LOG_DEBUG);
}

Test(arguments, each_task_has_its_option)
{
	struct arguments arguments;
	char sentence[HFT_SENTENCE_BYTES];

	cr_expect_eq(READ(&root, "--check"), 0);
	cr_expect_eq(arguments.task, TASK_CHECK);
	cr_expect_eq(READ(&root, "--doctor"), 0);
	cr_expect_eq(arguments.task, TASK_DOCTOR);
	cr_expect_eq(READ(&root, "--identity"), 0);
	cr_expect_eq(arguments.task, TASK_IDENTITY);
	cr_expect_eq(READ(&root, "--version"), 0);
	cr_expect_eq(arguments.task, TASK_VERSION);
	cr_expect_eq(READ(&root, "--help"), 0);
	cr_expect_eq(arguments.task, TASK_HELP);
}

Test(arguments, what_is_wrong_is_quoted)
{
	struct arguments arguments = {.task = TASK_HELP};
	char sentence[HFT_SENTENCE_BYTES];

	cr_expect_eq(READ(&root, "--fast"), -EINVAL);
	cr_expect_not_null(strstr(sentence, "--fast: there is no such option"), "%s", sentence);
	cr_expect_eq(READ(&root, "--conf", "/c"), -EINVAL);
	cr_expect_eq(READ(&root, "file"), -EINVAL);
	cr_expect_eq(READ(&root, "--config"), -EINVAL);
	cr_expect_not_null(strstr(sentence, "needs a value"), "%s", sentence);
	cr_expect_eq(READ(&root, "--config="), -EINVAL);
	cr_expect_eq(READ(&root, "--check=1"), -EINVAL);
	cr_expect_eq(READ(&root, "--check", "--doctor"), -EINVAL);
	cr_expect_eq(READ(&root, "--log-level", "loud"), -EINVAL);
	cr_expect_not_null(strstr(sentence, "loud"), "%s", sentence);
	cr_expect_eq(arguments.task, TASK_HELP, "touched on failure");
}

Test(arguments, the_help_names_every_option)
{
	char help[4096];

	arguments_help(help, sizeof(help));
	cr_expect_not_null(strstr(help, "--config FILE "));
	cr_expect_not_null(strstr(help, "--log-level LEVEL "));
	cr_expect_not_null(strstr(help, "--identity "));
	cr_expect_not_null(strstr(help, "hft.conf(5)"));
}

Test(arguments, paths_of_a_user_follow_the_environment)
{
	struct paths_user user = {.home = "/u/a", .runtime_folder = "/run/user/7"};
	char path[HFT_PATH_BYTES];

	cr_expect_eq(paths_state(&user, path), 0);
	cr_expect_str_eq(path, "/u/a/.local/state/hft");
	cr_expect_eq(paths_socket(&user, path), 0);
	cr_expect_str_eq(path, "/run/user/7/hft/control.sock");
	cr_expect_eq(paths_config(&user, path), 0);
	cr_expect_str_eq(path, "/etc/hft/hft.conf");
	user.state_folder = "/st";
	user.socket = "/k";
	user.config = "/c";
	cr_expect_eq(paths_state(&user, path), 0);
	cr_expect_str_eq(path, "/st/hft");
	cr_expect_eq(paths_socket(&user, path), 0);
	cr_expect_str_eq(path, "/k");
	cr_expect_eq(paths_config(&user, path), 0);
	cr_expect_str_eq(path, "/c");
}

Test(arguments, a_configuration_in_the_environment_has_to_be_there)
{
	const struct paths_user user = {.root = true, .config = "/c"};
	struct arguments arguments;
	char sentence[HFT_SENTENCE_BYTES];

	cr_assert_eq(READ(&user, "--check"), 0);
	cr_expect_str_eq(arguments.config_path, "/c");
	cr_expect(arguments.config_named);
}

Test(arguments, without_an_environment_there_is_no_state_folder)
{
	const struct paths_user nobody = {0};
	char path[HFT_PATH_BYTES] = "untouched";

	cr_expect_eq(paths_state(&nobody, path), -ENOENT);
	cr_expect_eq(paths_socket(&nobody, path), -ENOENT);
	cr_expect_str_eq(path, "untouched");
}
