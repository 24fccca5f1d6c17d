/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.c -- see config_value.h. One short function per kind, in one table. */
#include "daemon/config_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "base/parse.h"
#include "base/text.h"
#include "daemon/config_list.h"
#include "daemon/config_user.h"

bool config_name_is_valid(const char *name)
{
	size_t count = strlen(name);

	if (count == 0 || count >= HFT_HOST_BYTES)
		return false;
	for (size_t i = 0; i < count; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-' || c == '_'))
			return false;
	}
	return true;
}

bool config_id_is_valid(const char *id)
{
	return strlen(id) < HFT_FILE_ID_BYTES && name_is_safe(id) && !strpbrk(id, " ,*");
}

/* ---- values that are a number ------------------------------------------------- */

static int value_rate(const struct config_key *key, const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;
	int error = parse_bytes(text, &number);

	if (error < 0)
		return -EINVAL;
	if (number != 0 && (number < key->least || number > key->most))
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int value_octal(const struct config_key *key, const char *text, uint64_t *ret_number)
{
	uint32_t number = 0;

	if (parse_octal(text, &number) < 0 || number < key->least || number > key->most)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static const struct config_word *find_word(const struct config_word *list, const char *text)
{
	for (; list->word; list++) {
		if (strcmp(list->word, text) == 0)
			return list;
	}
	return NULL;
}

/* What the text means as a number; -EDOM when the kind has none. */
static int value_number(const struct config_key *key, const char *text, uint64_t *ret_number)
{
	const struct config_word *word = NULL;

	switch (key->kind) {
	case KIND_NUMBER:
		if (key->word && strcmp(key->word, text) == 0) {
			*ret_number = key->word_value;
			return 0;
		}
		return parse_u64_between(text, key->least, key->most, ret_number) < 0 ? -EINVAL : 0;
	case KIND_OCTAL:
		return value_octal(key, text, ret_number);
	case KIND_RATE:
		return value_rate(key, text, ret_number);
	case KIND_WORD:
	case KIND_VERIFY:
		word = find_word(key->words, text);
		if (!word)
			return -EINVAL;
		*ret_number = word->value;
		return 0;
	default:
		return -EDOM;
	}
}

static int put_number(const struct config_key *key, void *field, uint64_t number)
{
	uint8_t byte = (uint8_t)number;
	uint16_t half = (uint16_t)number;
	uint32_t word = (uint32_t)number;

	switch (key->bytes) {
	case 0:
		return 0;
	case sizeof(byte):
		memcpy(field, &byte, sizeof(byte));
		return 0;
	case sizeof(half):
		memcpy(field, &half, sizeof(half));
		return 0;
	case sizeof(word):
		memcpy(field, &word, sizeof(word));
		return 0;
	default:
		assert(key->bytes == sizeof(number));
		memcpy(field, &number, sizeof(number));
		return 0;
	}
}

static int store_number(const struct config *config, const struct config_key *key, const char *text,
			void *record)
{
	uint64_t number = 0;
	int error = value_number(key, text, &number);

	(void)config;
	if (error < 0)
		return error;
	return put_number(key, (uint8_t *)record + key->offset, number);
}

static int store_word(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	const struct config_word *word = find_word(key->words, text);

	if (word && word->later)
		return -EOPNOTSUPP;
	return store_number(config, key, text, record);
}

static int store_verify(const struct config *config, const struct config_key *key, const char *text,
			void *record)
{
	struct config_receive *receive = record;
	const struct config_word *word = find_word(key->words, text);
	uint64_t choice = 0;
	int error = value_number(key, text, &choice);

	(void)config;
	if (error < 0)
		return error;
	if (word->later)
		return -EOPNOTSUPP;
	receive->verify = choice > 0;
	receive->verify_read_back = choice > 1;
	return 0;
}

/* ---- values that are a text --------------------------------------------------- */

static int store_text(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	(void)config;
	if (text[0] == '\0')
		return -EINVAL;
	if (key->bytes == 0)
		return 0;
	return text_copy((char *)record + key->offset, key->bytes, text);
}

static int store_id(const struct config *config, const struct config_key *key, const char *text,
		    void *record)
{
	return config_id_is_valid(text) ? store_text(config, key, text, record) : -EINVAL;
}

static int store_name(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	return config_name_is_valid(text) ? store_text(config, key, text, record) : -EINVAL;
}

static int store_path(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	return text[0] == '/' ? store_text(config, key, text, record) : -EINVAL;
}

static int store_user(const struct config *config, const struct config_key *key, const char *text,
		      void *record)
{
	uint32_t uid = 0;
	int error = config_user_find(text, &uid);

	return error < 0 ? error : store_text(config, key, text, record);
}

static int store_owner(const struct config *config, const struct config_key *key, const char *text,
		       void *record)
{
	struct config_receive *receive = record;

	(void)config;
	(void)key;
	return config_owner_find(text, &receive->uid, &receive->gid);
}

/* ---- all ------------------------------------------------------------------------ */

typedef int (*store_fn)(const struct config *config, const struct config_key *key, const char *text,
			void *record);

static const store_fn stores[] = {
	[KIND_NUMBER] = store_number,
	[KIND_OCTAL] = store_number,
	[KIND_RATE] = store_number,
	[KIND_WORD] = store_word,
	[KIND_VERIFY] = store_verify,
	[KIND_TEXT] = store_text,
	[KIND_ID] = store_id,
	[KIND_NAME] = store_name,
	[KIND_PATH] = store_path,
	[KIND_COMMAND] = store_path,
	[KIND_USER] = store_user,
	[KIND_OWNER] = store_owner,
	[KIND_LISTEN] = config_list_listen,
	[KIND_SERVICES] = config_list_services,
	[KIND_ADDRESSES] = config_list_addresses,
	[KIND_FINGERPRINTS] = config_list_fingerprints,
	[KIND_HOSTS] = config_list_hosts,
};
static_assert(ARRAY_COUNT(stores) == KIND_COUNT, "a kind has no function");

int config_value_store(const struct config *config, const struct config_key *key, const char *text,
		       void *record)
{
	uint64_t number = 0;
	int error = 0;

	assert(key);
	assert(text);
	assert(record);

	if (key->later && key->preset && config_value_same(key, key->preset, text))
		return 0;
	if (!key->later)
		return stores[key->kind](config, key, text, record);
	/* Is it at least a value that a later version takes? Then that is what to say. */
	error = value_number(key, text, &number);
	if (error == -EDOM)
		error = stores[key->kind](config, key, text, record);
	return error == 0 ? -EOPNOTSUPP : error;
}

void config_value_preset(const struct config_key *key, void *record)
{
	int error = 0;

	if (!key->preset || key->bytes == 0)
		return;
	error = stores[key->kind](NULL, key, key->preset, record);
	assert(error == 0); /* the table says nothing that it does not allow */
	(void)error;
}

bool config_value_same(const struct config_key *key, const char *one, const char *other)
{
	uint64_t first = 0;
	uint64_t second = 0;

	if (value_number(key, one, &first) == 0 && value_number(key, other, &second) == 0)
		return first == second;
	return strcmp(one, other) == 0;
}

/* ---- what is allowed ------------------------------------------------------------ */

/* A text being put together; what does not fit is left out. */
struct sentence {
	char *text;   /* what there is of it, ended by NUL */
	size_t bytes; /* room */
	size_t used;  /* without the NUL */
};

static void say(struct sentence *sentence, const char *format, ...) HFT_PRINTF(2, 3);

static void say(struct sentence *sentence, const char *format, ...)
{
	size_t room = sentence->bytes - sentence->used;
	va_list arguments;
	int count = 0;

	va_start(arguments, format);
	count = vsnprintf(sentence->text + sentence->used, room, format, arguments);
	va_end(arguments);
	if (count > 0)
		sentence->used += (size_t)count < room ? (size_t)count : room - 1;
}

static void say_words(struct sentence *sentence, const struct config_word *list, bool classic)
{
	const char *between = classic ? " (classic " : "";
	bool any = false;

	for (; list->word; list++) {
		if (list->classic != classic || list->later)
			continue;
		say(sentence, "%s%s", between, list->word);
		between = ", ";
		any = true;
	}
	if (classic && any)
		say(sentence, ")");
}

static void say_numbers(struct sentence *sentence, const struct config_key *key)
{
	if (key->kind == KIND_OCTAL) {
		say(sentence, "%04o-%04o, octal", (unsigned)key->least, (unsigned)key->most);
		return;
	}
	if (key->kind == KIND_RATE && key->most == UINT64_MAX)
		say(sentence, "0, or %llu and up, with k, M or G", (unsigned long long)key->least);
	else if (key->kind == KIND_RATE)
		say(sentence, "0, or %llu-%llu, with k, M or G", (unsigned long long)key->least,
		    (unsigned long long)key->most);
	else if (key->word)
		say(sentence, "%s, or %llu-%llu", key->word, (unsigned long long)key->least,
		    (unsigned long long)key->most);
	else
		say(sentence, "%llu-%llu", (unsigned long long)key->least,
		    (unsigned long long)key->most);
	if (key->unit)
		say(sentence, " (%s)", key->unit);
}

static const char *const shapes[KIND_COUNT] = {
	[KIND_TEXT] = "text",
	[KIND_ID] = "an id of 1 to 50 bytes without blanks, commas, slashes and stars",
	[KIND_NAME] = "1 to 63 letters, digits, dots, dashes and underscores",
	[KIND_PATH] = "an absolute path",
	[KIND_COMMAND] = "an absolute path of a program, and its arguments",
	[KIND_USER] = "a user of this machine, by name or number",
	[KIND_OWNER] = "USER or USER:GROUP of this machine, by name or number",
	[KIND_LISTEN] = "a list of addresses in numbers, without ports",
	[KIND_ADDRESSES] = "a list of names or addresses, without ports (receive_port has it)",
	[KIND_FINGERPRINTS] = "a list of fingerprints as `hft identity` shows them, SHA256:...",
	[KIND_HOSTS] = "a list of names of [host] sections",
};

const char *config_value_allowed(const struct config_key *key, char *text, size_t bytes)
{
	struct sentence sentence = {.text = text, .bytes = bytes};

	assert(bytes > 0);

	text[0] = '\0';
	switch (key->kind) {
	case KIND_NUMBER:
	case KIND_OCTAL:
	case KIND_RATE:
		say_numbers(&sentence, key);
		break;
	case KIND_WORD:
	case KIND_VERIFY:
		say_words(&sentence, key->words, false);
		say_words(&sentence, key->words, true);
		break;
	case KIND_SERVICES:
		say(&sentence, "a list of ");
		say_words(&sentence, key->words, false);
		break;
	default:
		say(&sentence, "%s", shapes[key->kind]);
		break;
	}
	return text;
}
