/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_manual.c -- hft.conf(5) has every key, with its classic names, in its section.
 *
 * Reads the page below $HFT_SOURCE, which ctest sets; without it there is nothing to check. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_keys.h"
#include "unit/daemon/config_fixture.h"

#define PAGE_BYTES 65536

/* The page, in lower case; NULL when it is not said where it is. */
static char *read_page(void)
{
	const char *source = getenv("HFT_SOURCE");
	char *page = calloc(1, PAGE_BYTES);
	char path[4096];
	FILE *file = NULL;

	if (!source || !page) {
		free(page);
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "%s/docs/man/hft.conf.5", source);
	file = fopen(path, "r");
	cr_assert_not_null(file, "%s is not there", path);
	cr_assert_lt(fread(page, 1, PAGE_BYTES - 1, file), PAGE_BYTES - 1);
	(void)fclose(file);
	for (char *at = page; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return page;
}

/* From the heading of the section to the next heading. */
static void expect_key(const char *page, enum config_section section, const struct config_key *key)
{
	char heading[32];
	char entry[128];
	const char *start = NULL;
	const char *end = NULL;
	const char *found = NULL;

	(void)snprintf(heading, sizeof(heading), "\n.sh [%s", config_section_word(section));
	(void)snprintf(entry, sizeof(entry), "\n.it cm %s%s%s\n", key->name,
		       key->alias ? " pq cm " : "", key->alias ? key->alias : "");
	/* Two aliases stand with a comma between. */
	if (key->alias && strchr(key->alias, ' '))
		(void)snprintf(entry, sizeof(entry), "\n.it cm %s pq cm %.*s , %s\n", key->name,
			       (int)strcspn(key->alias, " "), key->alias,
			       strchr(key->alias, ' ') + 1);
	start = strstr(page, heading);
	cr_assert_not_null(start, "no section %s", heading + 1);
	end = strstr(start + 1, "\n.sh ");
	found = strstr(start, entry);
	cr_expect(found && (!end || found < end), "not in [%s]: %s", config_section_word(section),
		  entry + 1);
}

Test(config_manual, has_every_key_with_its_classic_names_in_its_section)
{
	static const enum config_section sections[] = {SECTION_ENGINE, SECTION_HOST, SECTION_SEND,
						       SECTION_RECEIVE, SECTION_JOB};
	size_t count = 0;
	const struct config_key *keys = config_keys(&count);
	char *page = read_page();

	if (!page)
		cr_skip_test("$HFT_SOURCE is not set");
	for (size_t i = 0; i < count; i++) {
		if (keys[i].sections & SECTION_RETRY) {
			expect_key(page, SECTION_RETRY, &keys[i]);
			continue;
		}
		for (size_t k = 0; k < ARRAY_COUNT(sections); k++) {
			if (keys[i].sections & (uint32_t)sections[k])
				expect_key(page, sections[k], &keys[i]);
		}
	}
	free(page);
}
