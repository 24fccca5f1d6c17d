/* SPDX-License-Identifier: Apache-2.0 */
/* config_findings.c -- see config_findings.h. */
#include "daemon/config_findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Of a file's name in a finding; the end of a longer one tells more than its start. */
#define NAME_SHOWN_BYTES 160

int config_findings_new(struct config_findings **ret_findings)
{
	struct config_findings *findings = calloc(1, sizeof(*findings));

	if (findings)
		findings->list = calloc(HFT_CONFIG_FINDINGS_MAX, sizeof(*findings->list));
	if (!findings || !findings->list) {
		config_findings_free(findings);
		return -ENOMEM;
	}
	*ret_findings = findings;
	return 0;
}

void config_findings_free(struct config_findings *findings)
{
	if (!findings)
		return;
	for (uint32_t i = 0; i < findings->file_count; i++)
		free(findings->file[i]);
	free(findings->list);
	free(findings);
}

int config_findings_file(struct config_findings *findings, const char *name, uint32_t *ret_file)
{
	char *copy = NULL;

	if (findings->file_count == ARRAY_COUNT(findings->file))
		return -E2BIG;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	findings->file[findings->file_count] = copy;
	*ret_file = findings->file_count++;
	return 0;
}

const char *config_findings_place(const struct config_findings *findings, struct config_place place,
				  char *text, size_t bytes)
{
	const char *name = NULL;
	const char *dots = "";
	size_t count = 0;

	assert(place.file < findings->file_count);

	name = findings->file[place.file];
	count = strlen(name);
	if (count > NAME_SHOWN_BYTES) {
		name += count - NAME_SHOWN_BYTES;
		dots = "...";
	}
	if (place.line > 0)
		(void)snprintf(text, bytes, "%s%s:%u", dots, name, place.line);
	else
		(void)snprintf(text, bytes, "%s%s", dots, name);
	return text;
}

void config_findings_add(struct config_findings *findings, struct config_place place, bool is_error,
			 const char *format, ...)
{
	char where[NAME_SHOWN_BYTES + 32];
	char what[HFT_SENTENCE_BYTES];
	struct config_found *found = NULL;
	const char *word = NULL;
	va_list arguments;

	findings->error_count += is_error;
	if (findings->count == HFT_CONFIG_FINDINGS_MAX) {
		findings->more_count++;
		return;
	}
	va_start(arguments, format);
	(void)vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	found = &findings->list[findings->count];
	found->place = place;
	found->order = findings->count++;
	found->finding.is_error = is_error;
	config_findings_place(findings, place, where, sizeof(where));
	word = is_error ? "" : "warning: ";
	text_shorten_utf8(what, sizeof(found->finding.text) - strlen(where) - strlen(word) - 3);
	(void)text_format(found->finding.text, sizeof(found->finding.text), "%s: %s%s", where, word,
			  what);
}

const char *config_shown(char shown[CONFIG_SHOWN_BYTES], const char *text)
{
	size_t count = strlen(text);

	if (count < CONFIG_SHOWN_BYTES) {
		memcpy(shown, text, count + 1);
		return shown;
	}
	memcpy(shown, text, CONFIG_SHOWN_BYTES - 1);
	shown[CONFIG_SHOWN_BYTES - 1] = '\0';
	text_shorten_utf8(shown, CONFIG_SHOWN_BYTES - 4);
	count = strlen(shown);
	memcpy(shown + count, "...", 4);
	return shown;
}

static int by_place(const void *one, const void *other)
{
	const struct config_found *a = one;
	const struct config_found *b = other;

	if (a->place.file != b->place.file)
		return a->place.file < b->place.file ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void config_findings_tell(struct config_findings *findings, config_finding_fn found, void *arg)
{
	struct config_finding rest = {.is_error = false};

	if (!found)
		return;
	qsort(findings->list, findings->count, sizeof(*findings->list), by_place);
	for (uint32_t i = 0; i < findings->count; i++)
		found(arg, &findings->list[i].finding);
	if (findings->more_count == 0)
		return;
	(void)text_format(rest.text, sizeof(rest.text), "%s: and %u more", findings->file[0],
			  findings->more_count);
	found(arg, &rest);
}
