/* SPDX-License-Identifier: Apache-2.0 */
/* config_fixture.h -- reads a configuration from text and keeps what was found. */
#pragma once

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"

/* Two keys of other hosts, as an operator would write them. */
#define KEY_ONE "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define KEY_TWO "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI"

/* One reading: result, config and findings. */
struct reading {
	int result;			/* of config_parse() */
	struct config *config;		/* NULL when it failed */
	unsigned error_count;		/* findings that are errors */
	unsigned warning_count;		/* findings that are not */
	char first[HFT_SENTENCE_BYTES]; /* text of the first finding; "" = none */
	char all[16384];		/* texts of all, one a line; cut */
};

static inline void reading_found(void *arg, const struct config_finding *finding)
{
	struct reading *reading = arg;
	size_t used = strlen(reading->all);

	if (finding->is_error)
		reading->error_count++;
	else
		reading->warning_count++;
	if (reading->first[0] == '\0')
		memcpy(reading->first, finding->text, sizeof(reading->first));
	(void)snprintf(reading->all + used, sizeof(reading->all) - used, "%s\n", finding->text);
}

/* Reads `text` as the file "f". */
static inline void read_text(struct reading *reading, const char *text)
{
	memset(reading, 0, sizeof(*reading));
	reading->result = config_parse("f", text, strlen(text), reading_found, reading,
				       &reading->config);
}

static inline void reading_done(struct reading *reading)
{
	config_free(reading->config);
	reading->config = NULL;
}

/* The text is refused, and the first finding begins with `start` and contains `part`. */
static inline void expect_refusal(const char *text, const char *start, const char *part)
{
	struct reading reading;

	read_text(&reading, text);
	cr_expect_eq(reading.result, -22, "taken: %s", text);
	cr_expect_null(reading.config);
	cr_expect_eq(strncmp(reading.first, start, strlen(start)), 0, "%s", reading.first);
	cr_expect_not_null(strstr(reading.first, part), "%s", reading.first);
	reading_done(&reading);
}
