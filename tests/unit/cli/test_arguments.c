/* SPDX-License-Identifier: Apache-2.0 */
/* test_arguments.c -- the command line. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include "client/arguments.h"

/* Parses words behind each other. */
#define PARSE(arguments, ...) parse(arguments, (const char *const[]){__VA_ARGS__, NULL})

static int parse(struct arguments *arguments, const char *const *words)
{
	char *texts[64];
	int count = 0;

	for (; words[count]; count++)
		texts[count] = (char *)(uintptr_t)words[count];
	return arguments_parse(arguments, count, texts);
}

static void assert_refused(const char *const *words, const char *part)
{
	struct arguments arguments;

	cr_assert_eq(parse(&arguments, words), -EINVAL, "%s", words[0]);
	cr_assert_not_null(strstr(arguments.sentence, part), "%s", arguments.sentence);
}

#define REFUSED(part, ...) assert_refused((const char *const[]){__VA_ARGS__, NULL}, part)

Test(arguments, operands_keep_their_order)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "send", "-d", "/data/a", "tokyo:b"), 0);
	cr_assert_eq(arguments.operand_count, 3);
	cr_assert_str_eq(arguments.operands[0], "send");
	cr_assert_str_eq(arguments.operands[1], "/data/a");
	cr_assert_str_eq(arguments.operands[2], "tokyo:b");
	cr_assert(arguments_has(&arguments, OPTION_DETACH));
	cr_assert_not(arguments_has(&arguments, OPTION_JSON));
}

Test(arguments, a_value_may_stand_beside_or_behind_its_option)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "--host", "tokyo"), 0);
	cr_assert_str_eq(arguments.text[OPTION_HOST], "tokyo");
	cr_assert_eq(PARSE(&arguments, "--host=tokyo"), 0);
	cr_assert_str_eq(arguments.text[OPTION_HOST], "tokyo");
	cr_assert_eq(PARSE(&arguments, "-Htokyo"), 0);
	cr_assert_str_eq(arguments.text[OPTION_HOST], "tokyo");
	cr_assert_eq(PARSE(&arguments, "-H", "tokyo"), 0);
	cr_assert_str_eq(arguments.text[OPTION_HOST], "tokyo");
	cr_assert_eq(arguments.operand_count, 0);
}

Test(arguments, letters_may_stand_together)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "-djp7"), 0);
	cr_assert(arguments_has(&arguments, OPTION_DETACH));
	cr_assert(arguments_has(&arguments, OPTION_JSON));
	cr_assert_eq(arguments.number[OPTION_PRIORITY], 7);
}

Test(arguments, a_dash_is_an_operand_and_two_end_the_options)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "send", "-", "--", "-x", "--json", "--"), 0);
	cr_assert_eq(arguments.operand_count, 5);
	cr_assert_str_eq(arguments.operands[1], "-");
	cr_assert_str_eq(arguments.operands[2], "-x");
	cr_assert_str_eq(arguments.operands[4], "--");
	cr_assert_eq(arguments.given, 0);
}

Test(arguments, bytes_have_units)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "--limit-rate", "100M"), 0);
	cr_assert_eq(arguments.number[OPTION_LIMIT_RATE], 100 << 20);
	cr_assert_eq(PARSE(&arguments, "--limit-rate", "none"), 0);
	cr_assert_eq(arguments.number[OPTION_LIMIT_RATE], 0);
	cr_assert(arguments_has(&arguments, OPTION_LIMIT_RATE));
}

Test(arguments, what_is_wrong_is_quoted)
{
	REFUSED("--colour", "--colour");
	REFUSED("did you mean --detach", "--detahc");
	REFUSED("-z", "-z");
	REFUSED("takes no value", "--json=yes");
	REFUSED("SECONDS is missing", "--wait");
	REFUSED("SECONDS is missing", "-w");
	REFUSED("HOST is missing", "--host=");
	REFUSED("given twice", "--json", "-j");
	REFUSED("257", "--priority", "257");
	REFUSED("1 to 256", "--priority", "0");
	REFUSED("whole number", "--priority", "high");
	REFUSED("whole number", "--priority", "-1");
	REFUSED("number of bytes", "--limit-rate", "fast");
	REFUSED("allowed", "--limit-rate", "0");
	REFUSED("allowed", "--limit-rate", "9223372036854775808");
}

Test(arguments, half_a_name_is_no_option)
{
	REFUSED("--prio", "--prio", "1");
}

Test(arguments, more_operands_than_anything_takes_are_refused)
{
	const char *words[OPERANDS_MAX + 2] = {NULL};

	for (int i = 0; i <= OPERANDS_MAX; i++)
		words[i] = "x";
	assert_refused(words, "too many");
}

Test(arguments, a_verb_takes_only_its_own_options)
{
	struct arguments arguments;

	cr_assert_eq(PARSE(&arguments, "status", "--drop"), 0);
	cr_assert_eq(arguments_allow(&arguments, "status", OPTION_BIT(OPTION_JSON)), -EINVAL);
	cr_assert_str_eq(arguments.sentence, "status takes no --drop");
	cr_assert_eq(arguments_allow(&arguments, "cancel", OPTION_BIT(OPTION_DROP)), 0);
}

Test(arguments, no_letter_and_no_name_is_there_twice)
{
	for (unsigned int a = 0; a < OPTION_COUNT; a++) {
		cr_assert_not_null(option_formats[a].name);
		cr_assert_str_not_empty(option_formats[a].help);
		cr_assert_eq(option_formats[a].kind == OPTION_FLAG,
			     option_formats[a].value == NULL);
		for (unsigned int b = a + 1; b < OPTION_COUNT; b++) {
			cr_assert_str_neq(option_formats[a].name, option_formats[b].name);
			cr_assert(option_formats[a].letter == 0 ||
				  option_formats[a].letter != option_formats[b].letter);
		}
	}
}
