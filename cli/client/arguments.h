/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.h -- the command line of hft: one table of options, operands, and nothing guessed.
 *
 * Options have a long name, most a letter; values come as "--host tokyo", "--host=tokyo", "-Htokyo"
 * or
 * "-H tokyo"; letters without values may stand together; options and operands may stand in
 * any order; "--" ends the options; "-" is an operand. An option twice, an unknown one and a
 * value that is none are errors. Which options a verb takes is the verb's (a mask).
 * Pure: no I/O, no exit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"

enum option {
	OPTION_CONFIG,
	OPTION_DETACH,
	OPTION_DROP,
	OPTION_FILE,
	OPTION_FILE_ID,
	OPTION_FOLLOW,
	OPTION_FROM_START,
	OPTION_GROUP,
	OPTION_HELP,
	OPTION_HOST,
	OPTION_ID,
	OPTION_JSON,
	OPTION_LANES,
	OPTION_LIMIT_RATE,
	OPTION_LIST_NO,
	OPTION_PRIORITY,
	OPTION_RECURSIVE,
	OPTION_SINCE,
	OPTION_SOCKET,
	OPTION_STATUS,
	OPTION_VERSION,
	OPTION_WAIT,
	OPTION_COUNT, /* how many; not an option */
};

/* The bit of an option in a mask. */
#define OPTION_BIT(option) (UINT32_C(1) << (option))
static_assert(OPTION_COUNT <= 32, "a mask has a bit for each");

/* More operands than this are never meant. */
#define OPERANDS_MAX (HFT_CONTROL_IDS_MAX + 4)

enum option_kind {
	OPTION_FLAG,   /* no value */
	OPTION_TEXT,   /* any text but the empty one */
	OPTION_NUMBER, /* a whole number within bounds */
	OPTION_BYTES,  /* a number of bytes, k M G */
};

struct option_format {
	const char *name;      /* without the dashes */
	char letter;	       /* 0 = none */
	enum option_kind kind; /* of its value */
	const char *value;     /* what its value is called in the help; NULL = no value */
	uint64_t least;	       /* NUMBER, BYTES: smallest */
	uint64_t most;	       /* NUMBER, BYTES: largest */
	const char *help;      /* a line */
};

/* [OPTION_COUNT] */
extern const struct option_format option_formats[OPTION_COUNT];

struct arguments {
	uint32_t given;			    /* mask of the options that are there */
	const char *text[OPTION_COUNT];	    /* values as typed; NULL = none */
	uint64_t number[OPTION_COUNT];	    /* NUMBER, BYTES: values; 0 = none */
	const char *operands[OPERANDS_MAX]; /* in their order */
	uint32_t operand_count;		    /* operands in use */
	char sentence[HFT_SENTENCE_BYTES];  /* what is wrong; "" = nothing */
};

/* Reads count arguments, without the program's name. -EINVAL with a sentence. Texts stay where they
 * are. */
HFT_MUST_USE int arguments_parse(struct arguments *arguments, int count, char *const *texts);

/* -EINVAL with a sentence when an option is not in the mask of the verb. */
HFT_MUST_USE int arguments_allow(struct arguments *arguments, const char *verb, uint32_t mask);

/* True when the option is there. */
bool arguments_has(const struct arguments *arguments, enum option option);
