/* SPDX-License-Identifier: Apache-2.0 */
/* config_source.c -- see config_source.h. */
#include "daemon/config_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "daemon/config_text.h"
#include "daemon/config_value.h"

#define PLACE_BYTES 256

/* Where lines belong just now. */
struct reading {
	struct config_source *source; /* what is being filled */
	uint32_t file;		      /* being read */
	uint32_t part;		      /* the section; UINT32_MAX = none */
	enum config_section kind;     /* of the heading, so SECTION_RETRY too */
	bool skips;		      /* the section was refused: its keys say nothing more */
};

int config_source_new(struct config_findings *findings, struct config_source **ret_source)
{
	struct config_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->findings = findings;
	source->part = calloc(1, sizeof(*source->part));
	if (!source->part) {
		config_source_free(source);
		return -ENOMEM;
	}
	source->part[0].kind = SECTION_ENGINE;
	source->part[0].name = "";
	source->part[0].first = NO_ENTRY;
	source->part_count = 1;
	*ret_source = source;
	return 0;
}

void config_source_free(struct config_source *source)
{
	if (!source)
		return;
	for (uint32_t i = 0; i < source->text_count; i++)
		free(source->text[i]);
	free(source->text);
	free(source->part);
	free(source->entry);
	free(source);
}

static_assert(HFT_HOSTS_MAX == HFT_DEFINITIONS_MAX, "one limit for every kind of section");

/* Room for one more in an array that doubles, so that it is full at each power of two. */
static int grow(void **list, uint32_t count, size_t size)
{
	void *grown = NULL;

	if (count & (count - 1))
		return 0;
	grown = reallocarray(*list, count ? (size_t)count * 2 : 1, size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	return 0;
}

/* ---- sections ------------------------------------------------------------------- */

/* Sections of other versions: known, so that the answer is not "unknown". */
static bool section_is_later(const char *word)
{
	static const char *const later[] = {"group", "format", "cluster", "cluster-group"};

	for (size_t i = 0; i < ARRAY_COUNT(later); i++) {
		if (strcmp(word, later[i]) == 0)
			return true;
	}
	return false;
}

static int section_kind(const char *word, enum config_section *ret_kind)
{
	static const enum config_section kinds[] = {SECTION_ENGINE, SECTION_RETRY,   SECTION_HOST,
						    SECTION_SEND,   SECTION_RECEIVE, SECTION_JOB};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (strcmp(word, config_section_word(kinds[i])) == 0) {
			*ret_kind = kinds[i];
			return 0;
		}
	}
	return -ENOENT;
}

static bool section_name_is_valid(enum config_section kind, const char *name)
{
	if (kind == SECTION_ENGINE || kind == SECTION_RETRY)
		return name[0] == '\0';
	if (kind == SECTION_HOST)
		return config_name_is_valid(name);
	if (kind == SECTION_RECEIVE && strcmp(name, "*") == 0)
		return true;
	return config_id_is_valid(name);
}

static const char *section_name_rule(enum config_section kind)
{
	if (kind == SECTION_ENGINE || kind == SECTION_RETRY)
		return "it has no name";
	if (kind == SECTION_HOST)
		return "its name has 1 to 63 letters, digits, dots, dashes and underscores";
	return "its name is an id of 1 to 50 bytes without blanks, commas, slashes and stars";
}

static uint32_t find_part(const struct config_source *source, enum config_section kind,
			  const char *name, uint32_t *ret_count)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < source->part_count; i++) {
		if (source->part[i].kind != kind)
			continue;
		count++;
		if (strcmp(source->part[i].name, name) == 0)
			return i;
	}
	*ret_count = count;
	return UINT32_MAX;
}

static int add_part(struct reading *reading, struct config_place place, const char *name)
{
	struct config_source *source = reading->source;
	struct config_part *part = NULL;
	void *list = source->part;
	int error = grow(&list, source->part_count, sizeof(*source->part));

	if (error < 0)
		return error;
	source->part = list;
	reading->part = source->part_count++;
	part = &source->part[reading->part];
	*part = (struct config_part){
		.place = place, .kind = reading->kind, .name = name, .first = NO_ENTRY};
	return 0;
}

/* A named section: must be new, and there must be room for it. */
static int open_named(struct reading *reading, struct config_place place, const char *name)
{
	struct config_source *source = reading->source;
	const char *word = config_section_word(reading->kind);
	char other[PLACE_BYTES];
	uint32_t count = 0;
	uint32_t part = find_part(source, reading->kind, name, &count);

	if (part == UINT32_MAX && count < HFT_HOSTS_MAX)
		return add_part(reading, place, name);
	reading->skips = true;
	if (part == UINT32_MAX)
		config_findings_add(source->findings, place, true,
				    "[%s %s]: more than %u sections of this kind", word, name,
				    HFT_HOSTS_MAX);
	else
		config_findings_add(
			source->findings, place, true, "[%s %s]: is already in %s", word, name,
			config_findings_place(source->findings, source->part[part].place, other,
					      sizeof(other)));
	return 0;
}

static int open_section(struct reading *reading, const struct config_line *line)
{
	struct config_findings *findings = reading->source->findings;
	struct config_place place = {reading->file, line->number};
	char shown[CONFIG_SHOWN_BYTES];

	reading->skips = true;
	reading->part = UINT32_MAX;
	if (section_is_later(line->name)) {
		config_findings_add(findings, place, true, "[%s]: not implemented in this version",
				    line->name);
		return 0;
	}
	if (section_kind(line->name, &reading->kind) < 0) {
		config_findings_add(findings, place, true,
				    "[%s]: unknown section; allowed: engine, retry, host NAME, "
				    "send FILEID, receive FILEID, receive *, job ID",
				    config_shown(shown, line->name));
		return 0;
	}
	if (!section_name_is_valid(reading->kind, line->value)) {
		config_findings_add(findings, place, true, "[%s %s]: %s", line->name,
				    config_shown(shown, line->value),
				    section_name_rule(reading->kind));
		return 0;
	}
	reading->skips = false;
	if (reading->kind == SECTION_ENGINE || reading->kind == SECTION_RETRY) {
		reading->part = 0;
		return 0;
	}
	return open_named(reading, place, line->value);
}

/* ---- keys ------------------------------------------------------------------------- */

/* Classic keys for what this engine does by itself (D-269). */
static bool key_is_idle(const char *name)
{
	static const char *const idle[] = {"tmpdir", "sddport", "blocklen", "blockcnt"};

	for (size_t i = 0; i < ARRAY_COUNT(idle); i++) {
		if (strcasecmp(name, idle[i]) == 0)
			return true;
	}
	return false;
}

static int add_entry(struct reading *reading, const struct config_entry *entry)
{
	struct config_source *source = reading->source;
	void *list = source->entry;
	uint32_t *link = &source->part[reading->part].first;
	int error = grow(&list, source->entry_count, sizeof(*source->entry));

	if (error < 0)
		return error;
	source->entry = list;
	while (*link != NO_ENTRY)
		link = &source->entry[*link].next;
	*link = source->entry_count;
	source->entry[source->entry_count++] = *entry;
	return 0;
}

static const struct config_entry *find_entry(const struct reading *reading,
					     const struct config_key *key)
{
	const struct config_source *source = reading->source;
	uint32_t at = source->part[reading->part].first;

	while (at != NO_ENTRY && source->entry[at].key != key)
		at = source->entry[at].next;
	return at == NO_ENTRY ? NULL : &source->entry[at];
}

static void tell_unknown(struct reading *reading, struct config_place place,
			 const struct config_line *line)
{
	struct config_findings *findings = reading->source->findings;
	char name[CONFIG_SHOWN_BYTES];
	char value[CONFIG_SHOWN_BYTES];

	if (key_is_idle(line->name))
		config_findings_add(findings, place, false,
				    "%s: a classic key that has no meaning here and is not used",
				    line->name);
	else
		config_findings_add(findings, place, true,
				    "%s = %s: unknown key in [%s]; allowed: see hft.conf(5)",
				    config_shown(name, line->name),
				    config_shown(value, line->value),
				    config_section_word(reading->kind));
}

static int read_entry(struct reading *reading, const struct config_line *line)
{
	struct config_findings *findings = reading->source->findings;
	struct config_entry entry = {
		.place = {reading->file, line->number},
		.key = config_key_find(reading->kind, line->name),
		.name = line->name,
		.value = line->value,
		.next = NO_ENTRY,
	};
	const struct config_entry *other = NULL;
	char value[CONFIG_SHOWN_BYTES];
	char earlier[CONFIG_SHOWN_BYTES];
	char where[PLACE_BYTES];

	if (!entry.key) {
		tell_unknown(reading, entry.place, line);
		return 0;
	}
	other = find_entry(reading, entry.key);
	if (!other)
		return add_entry(reading, &entry);
	if (!config_value_same(entry.key, entry.value, other->value))
		config_findings_add(
			findings, entry.place, true,
			"%s = %s: is already %s = %s in %s; allowed: one of them", entry.name,
			config_shown(value, entry.value), other->name,
			config_shown(earlier, other->value),
			config_findings_place(findings, other->place, where, sizeof(where)));
	return 0;
}

static int read_line(struct reading *reading, const struct config_line *line)
{
	struct config_place place = {reading->file, line->number};
	char name[CONFIG_SHOWN_BYTES];
	char value[CONFIG_SHOWN_BYTES];

	switch (line->kind) {
	case LINE_BAD:
		config_findings_add(reading->source->findings, place, true, "%s", line->reason);
		return 0;
	case LINE_SECTION:
		return open_section(reading, line);
	case LINE_KEY:
		if (reading->skips)
			return 0;
		if (reading->part != UINT32_MAX)
			return read_entry(reading, line);
		config_findings_add(reading->source->findings, place, true,
				    "%s = %s: stands before the first [section]",
				    config_shown(name, line->name),
				    config_shown(value, line->value));
		return 0;
	}
	return 0;
}

/* Keeps a copy of a file's text; NULL without memory. */
static char *keep_text(struct config_source *source, const char *text, size_t bytes)
{
	void *list = source->text;
	char *copy = NULL;

	if (grow(&list, source->text_count, sizeof(*source->text)) < 0)
		return NULL;
	source->text = list;
	copy = malloc(bytes + 1);
	if (!copy)
		return NULL;
	if (bytes > 0)
		memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	source->text[source->text_count++] = copy;
	return copy;
}

int config_source_read(struct config_source *source, uint32_t file, const char *text, size_t bytes)
{
	struct reading reading = {.source = source, .file = file, .part = UINT32_MAX};
	struct config_text reader;
	struct config_line line;
	char *copy = keep_text(source, text, bytes);
	int error = 0;

	if (!copy)
		return -ENOMEM;
	config_text_init(&reader, copy, bytes);
	while (error == 0 && config_text_next(&reader, &line))
		error = read_line(&reading, &line);
	return error;
}
