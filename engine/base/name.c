/* SPDX-License-Identifier: Apache-2.0 */
/* name.c -- see name.h.
 *
 * Names are judged byte by byte, after the whole was found to be UTF-8: then the control
 * characters are 00..1F, 7F and C2 80..C2 9F, and nothing else can be mistaken for them. */
#include "base/name.h"

#include <stdint.h>
#include <string.h>

#include <hft/limits.h>

#include "base/text.h"

#define NAME_BYTES_MAX (HFT_COMPONENT_BYTES - 1) /* without NUL */

/* Requires UTF-8. */
static bool name_has_control(const char *name, size_t count)
{
	const uint8_t *bytes = (const uint8_t *)name;

	for (size_t i = 0; i < count; i++) {
		if (bytes[i] < 0x20 || bytes[i] == 0x7f)
			return true;
		if (bytes[i] == 0xc2 && bytes[i + 1] < 0xa0)
			return true;
	}
	return false;
}

/* The same as name_is_safe() for a component that does not end in NUL. */
static bool name_component_is_safe(const char *name, size_t count)
{
	if (count == 0 || count > NAME_BYTES_MAX)
		return false;
	if (name[0] == '.' && (count == 1 || (count == 2 && name[1] == '.')))
		return false;
	if (memchr(name, '/', count))
		return false;
	return text_is_utf8(name, count) && !name_has_control(name, count);
}

bool name_is_safe(const char *name)
{
	assert(name);

	return name_component_is_safe(name, strnlen(name, HFT_COMPONENT_BYTES));
}

bool name_relative_is_safe(const char *path)
{
	assert(path);

	for (uint32_t depth = 0; depth < HFT_PATH_DEPTH_MAX; depth++) {
		size_t count = strcspn(path, "/");

		if (!name_component_is_safe(path, count))
			return false;
		if (path[count] == '\0')
			return true;
		path += count + 1;
	}
	return false;
}

int name_part(char *target, size_t capacity, const char *name, const struct id *id)
{
	return name_helper(target, capacity, name, id, "part");
}

int name_helper(char *target, size_t capacity, const char *name, const struct id *id,
		const char *ending)
{
	char shortened[HFT_COMPONENT_BYTES];
	char id_text[ID_TEXT_BYTES];
	size_t around; /* everything but NAME: three dots, the id, the ending */
	int error;

	assert(name_is_safe(name));
	assert(id && ending);

	id_print(id, id_text);
	around = 3 + strlen(id_text) + strlen(ending);
	assert(around < NAME_BYTES_MAX / 2);

	error = text_copy(shortened, sizeof(shortened), name);
	if (error < 0)
		return error;
	text_shorten_utf8(shortened, NAME_BYTES_MAX - around);
	return text_format(target, capacity, ".%s.%s.%s", shortened, id_text, ending);
}

/* Where a run of hexadecimal digits that begins at `text` ends. */
static const char *name_skip_hex(const char *text)
{
	return text + strspn(text, "0123456789abcdefABCDEF");
}

bool name_is_helper(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const size_t id_digits = 2 * sizeof(struct id);

	if (name[0] != '.')
		return false;
	for (const char *dot = strchr(name + 1, '.'); dot; dot = strchr(dot + 1, '.')) {
		const char *end = name_skip_hex(dot + 1);

		if ((size_t)(end - dot - 1) == id_digits && *end == '.')
			return true;
	}
	return false;
}
