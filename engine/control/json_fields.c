/* SPDX-License-Identifier: Apache-2.0 */
/* json_fields.c -- see json_fields.h.
 *
 * Each kind of field has a writer and a reader; two tables by kind find them. jansson keeps the
 * order in which fields are added, which is that of the tables, so "event" stands first. */

#include "control/json_fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/checksum.h"
#include "base/id.h"
#include "base/text.h"
#include "control/rfc3339.h"
#include "record/outcome.h"
#include "record/resume_reason.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* What the writers of one object share. */
struct writing {
	json_t *object; /* where fields go */
	bool repair;	/* mend texts that are not UTF-8 */
};

/* What the readers of one object share. */
struct reading {
	const json_t *object; /* where fields come from */
	bool lenient;	      /* take what fits of texts too long and words unknown */
	char *sentence;	      /* what is wrong, for people */
};

static const void *member_of(const struct json_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static bool *flag_of(const struct json_field *field, void *record)
{
	return field->flag_offset ? (bool *)((char *)record + field->flag_offset) : NULL;
}

static bool is_flagged(const struct json_field *field, const void *record)
{
	return !field->flag_offset || *((const bool *)record + field->flag_offset);
}

static uint32_t *count_of(const struct json_field *field, void *record)
{
	return (uint32_t *)(void *)((char *)record + field->flag_offset);
}

static uint64_t number_get(const void *member, size_t bytes)
{
	uint64_t wide = 0;
	uint32_t half = 0;
	uint16_t quarter = 0;

	switch (bytes) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		memcpy(&quarter, member, sizeof(quarter));
		return quarter;
	case 4:
		memcpy(&half, member, sizeof(half));
		return half;
	default:
		assert(bytes == sizeof(wide));
		memcpy(&wide, member, sizeof(wide));
		return wide;
	}
}

static void number_set(void *member, size_t bytes, uint64_t value)
{
	const uint32_t half = (uint32_t)value;
	const uint16_t quarter = (uint16_t)value;

	switch (bytes) {
	case 1:
		*(uint8_t *)member = (uint8_t)value;
		break;
	case 2:
		memcpy(member, &quarter, sizeof(quarter));
		break;
	case 4:
		memcpy(member, &half, sizeof(half));
		break;
	default:
		assert(bytes == sizeof(value));
		memcpy(member, &value, sizeof(value));
		break;
	}
}

/* JSON of jansson ends at INT64_MAX. */
static uint64_t number_most(const struct json_field *field)
{
	if (field->maximum > 0)
		return field->maximum;
	return field->bytes == 8 ? (uint64_t)INT64_MAX : (UINT64_C(1) << (8 * field->bytes)) - 1;
}

static bool number_fits(const struct json_field *field, uint64_t value)
{
	return value == field->nothing || (value >= field->minimum && value <= number_most(field));
}

/* ---- nothing ------------------------------------------------------------------ */

void json_fields_init(const struct json_table *table, void *record)
{
	assert(table);
	assert(record);

	for (size_t i = 0; i < table->count; i++) {
		const struct json_field *field = &table->fields[i];
		char *member = (char *)record + field->offset;

		if (field->kind == JSON_FIELD_TABLE)
			json_fields_init(field->table, member);
		else if (field->nothing != 0)
			number_set(member, field->bytes, field->nothing);
	}
}

/* ---- writing ------------------------------------------------------------------ */

static int add_new(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) < 0 ? -ENOMEM : 0;
}

/* Bytes of the character at `at`; 0 when it is not UTF-8. */
static size_t character_bytes(const char *at, size_t left)
{
	for (size_t bytes = 1; bytes <= 4 && bytes <= left; bytes++) {
		if (text_is_utf8(at, bytes))
			return bytes;
	}
	return 0;
}

/* A copy in which every byte that is no part of a character is U+FFFD. */
static json_t *repaired_text(const char *text, size_t count)
{
	char *copy = malloc(3 * count + 1);
	json_t *value = NULL;
	size_t used = 0;

	if (!copy)
		return NULL;
	for (size_t at = 0; at < count;) {
		const size_t step = character_bytes(text + at, count - at);

		memcpy(copy + used, step ? text + at : REPLACEMENT, step ? step : 3);
		used += step ? step : 3;
		at += step ? step : 1;
	}
	value = json_stringn(copy, used);
	free(copy);
	return value;
}

static int add_text(const struct writing *to, const char *name, const char *text, size_t capacity)
{
	const size_t count = strnlen(text, capacity);

	if (count == capacity)
		return -EINVAL;
	if (text_is_utf8(text, count))
		return add_new(to->object, name, json_stringn(text, count));
	return to->repair ? add_new(to->object, name, repaired_text(text, count)) : -EINVAL;
}

static int write_text(const struct json_field *field, const void *record, const struct writing *to)
{
	const char *text = member_of(field, record);

	if (text[0] == '\0' && !field->always)
		return field->required ? -EINVAL : 0;
	return add_text(to, field->name, text, field->bytes);
}

static int write_number(const struct json_field *field, const void *record,
			const struct writing *to)
{
	const uint64_t value = number_get(member_of(field, record), field->bytes);

	if (!number_fits(field, value))
		return -EINVAL;
	if (value == field->nothing && !field->always)
		return field->required ? -EINVAL : 0;
	return add_new(to->object, field->name, json_integer((json_int_t)value));
}

static int write_bool(const struct json_field *field, const void *record, const struct writing *to)
{
	const bool value = *(const bool *)member_of(field, record);

	if (!value && !field->always)
		return 0;
	return add_new(to->object, field->name, json_boolean(value));
}

static int write_word(const struct json_field *field, const void *record, const struct writing *to)
{
	const uint64_t value = number_get(member_of(field, record), field->bytes);
	const char *word = word_of(field->words, value);

	if (value == 0)
		return field->required ? -EINVAL : 0;
	return word ? add_new(to->object, field->name, json_string(word)) : -EINVAL;
}

static int write_reason(const struct json_field *field, const void *record,
			const struct writing *to)
{
	const uint64_t value = number_get(member_of(field, record), field->bytes);

	if (!resume_reason_is_valid(value))
		return -EINVAL;
	if (value == RESUME_NONE)
		return 0;
	return add_new(to->object, field->name,
		       json_string(resume_reason_name((enum resume_reason)value)));
}

static int write_time(const struct json_field *field, const void *record, const struct writing *to)
{
	const uint64_t wall_ns = number_get(member_of(field, record), field->bytes);
	char text[RFC3339_BYTES];

	if (wall_ns == 0)
		return 0;
	rfc3339_print(wall_ns, text);
	return add_new(to->object, field->name, json_string(text));
}

int json_add_rate(json_t *object, uint64_t rate_bytes)
{
	const uint64_t most = (uint64_t)INT64_MAX / 8;
	const uint64_t rate = min_u64(rate_bytes, most);
	int error = add_new(object, "rate_bps", json_integer((json_int_t)(rate * 8)));

	if (error < 0)
		return error;
	return add_new(object, "rate_bytes", json_integer((json_int_t)rate));
}

static int write_rate(const struct json_field *field, const void *record, const struct writing *to)
{
	const uint64_t rate = number_get(member_of(field, record), field->bytes);

	return rate == field->nothing ? 0 : json_add_rate(to->object, rate);
}

static int write_id(const struct json_field *field, const void *record, const struct writing *to)
{
	const struct id *id = member_of(field, record);
	char text[ID_TEXT_BYTES];

	if (id_is_zero(id))
		return field->required ? -EINVAL : 0;
	id_print(id, text);
	return add_new(to->object, field->name, json_string(text));
}

static int write_ids(const struct json_field *field, const void *record, const struct writing *to)
{
	const struct id *ids = member_of(field, record);
	const uint32_t count =
		*(const uint32_t *)(const void *)((const char *)record + field->flag_offset);
	json_t *array = NULL;
	char text[ID_TEXT_BYTES];
	int error;

	if (count > field->bytes / sizeof(*ids))
		return -EINVAL;
	if (count == 0)
		return 0;
	array = json_array();
	error = add_new(to->object, field->name, array); /* takes it, also when it fails */
	for (uint32_t i = 0; error == 0 && i < count; i++) {
		id_print(&ids[i], text);
		if (json_array_append_new(array, json_string(text)) < 0)
			error = -ENOMEM;
	}
	return error;
}

static int write_digest(const struct json_field *field, const void *record,
			const struct writing *to)
{
	char text[DIGEST_TEXT_BYTES];

	if (!is_flagged(field, record))
		return 0;
	digest_print(member_of(field, record), text);
	return add_new(to->object, field->name, json_string(text));
}

static int add_number(json_t *object, const char *name, uint64_t value, bool always)
{
	if (value == 0 && !always)
		return 0;
	return add_new(object, name, json_integer((json_int_t)value));
}

static int add_code(const struct outcome *outcome, json_t *object)
{
	int error = add_number(object, "status", outcome->status, true);

	if (error == 0)
		error = add_number(object, "detail", outcome->detail, true);
	if (error == 0)
		error = add_new(object, "outcome", json_string(outcome_name(outcome)));
	if (error == 0 && outcome_is_known(outcome->status, outcome->detail))
		error = add_number(object, "exit", (uint64_t)outcome_exit_code(outcome), true);
	if (error == 0)
		error = add_number(object, "peer_detail", outcome->peer_detail, false);
	if (error == 0)
		error = add_number(object, "errno", outcome->cause_errno, false);
	return error;
}

/* An outcome without a flag that says nothing was never set. */
static bool is_outcome_set(const struct json_field *field, const void *record)
{
	const struct outcome *outcome = member_of(field, record);

	if (field->flag_offset)
		return is_flagged(field, record);
	return field->always || outcome->status != 0 || outcome->sentence[0] != '\0';
}

static int write_outcome(const struct json_field *field, const void *record,
			 const struct writing *to)
{
	const struct outcome *outcome = member_of(field, record);
	const int error = is_outcome_set(field, record) ? add_code(outcome, to->object) : 0;

	if (error < 0 || outcome->sentence[0] == '\0')
		return error;
	return add_text(to, "sentence", outcome->sentence, sizeof(outcome->sentence));
}

static int write_table(const struct json_field *field, const void *record, const struct writing *to)
{
	json_t *object = json_object();
	const int error = add_new(to->object, field->name, object);

	if (error < 0)
		return error;
	return json_fields_write(field->table, member_of(field, record), object, to->repair);
}

static int write_list(const struct json_field *field, const void *record, const struct writing *to)
{
	const char *element = member_of(field, record);
	const uint32_t count =
		*(const uint32_t *)(const void *)((const char *)record + field->flag_offset);
	json_t *array = json_array();
	int error = add_new(to->object, field->name, array);

	if (error == 0 && count > field->bytes / field->table->bytes)
		error = -EINVAL;
	for (uint32_t i = 0; error == 0 && i < count; i++) {
		json_t *object = json_object();

		if (json_array_append_new(array, object) < 0)
			return -ENOMEM;
		error = json_fields_write(field->table, element + i * field->table->bytes, object,
					  to->repair);
	}
	return error;
}

typedef int (*write_fn)(const struct json_field *field, const void *record,
			const struct writing *to);

static const write_fn writers[] = {
	[JSON_FIELD_TEXT] = write_text,	      [JSON_FIELD_NUMBER] = write_number,
	[JSON_FIELD_BOOL] = write_bool,	      [JSON_FIELD_WORD] = write_word,
	[JSON_FIELD_REASON] = write_reason,   [JSON_FIELD_TIME] = write_time,
	[JSON_FIELD_RATE] = write_rate,	      [JSON_FIELD_ID] = write_id,
	[JSON_FIELD_IDS] = write_ids,	      [JSON_FIELD_DIGEST] = write_digest,
	[JSON_FIELD_OUTCOME] = write_outcome, [JSON_FIELD_TABLE] = write_table,
	[JSON_FIELD_LIST] = write_list,
};

int json_fields_write(const struct json_table *table, const void *record, json_t *object,
		      bool repair)
{
	const struct writing to = {.object = object, .repair = repair};

	assert(table);
	assert(record);

	if (!object)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++) {
		const struct json_field *field = &table->fields[i];
		const int error = writers[field->kind](field, record, &to);

		if (error < 0)
			return error;
	}
	return 0;
}

/* ---- reading ------------------------------------------------------------------ */

/* Says what is wrong with a field; -EINVAL. */
static int wrong(const struct reading *from, const char *name, const char *what)
{
	if (text_format(from->sentence, HFT_SENTENCE_BYTES, "field \"%s\" %s", name, what) < 0)
		from->sentence[0] = '\0';
	return -EINVAL;
}

/* A non-negative number, 0 when it is not there. */
static int take_number(const struct reading *from, const char *name, uint64_t most,
		       uint64_t *ret_value)
{
	const json_t *value = json_object_get(from->object, name);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return wrong(from, name, "is not a whole number of 0 or more");
	if ((uint64_t)json_integer_value(value) > most)
		return wrong(from, name, "is too large");
	*ret_value = (uint64_t)json_integer_value(value);
	return 0;
}

/* A text, NULL when it is not there. */
static int take_string(const struct reading *from, const char *name, const char **ret_text)
{
	const json_t *value = json_object_get(from->object, name);

	*ret_text = NULL;
	if (!value)
		return 0;
	if (!json_is_string(value))
		return wrong(from, name, "is not a text");
	*ret_text = json_string_value(value);
	return 0;
}

static int take_text(const struct reading *from, const char *name, char *target, size_t capacity)
{
	const char *text = NULL;
	const int error = take_string(from, name, &text);

	if (error < 0 || !text)
		return error;
	if (text_copy(target, capacity, text) == 0)
		return 0;
	if (!from->lenient)
		return wrong(from, name, "is too long");
	memcpy(target, text, capacity - 1);
	target[capacity - 1] = '\0';
	/* A character may have been torn: what text_shorten_utf8() would have cut. */
	while (target[0] != '\0' && !text_is_utf8(target, strlen(target)))
		target[strlen(target) - 1] = '\0';
	return 0;
}

static int read_text(const struct json_field *field, void *record, const struct reading *from)
{
	return take_text(from, field->name, (char *)record + field->offset, field->bytes);
}

static int read_number(const struct json_field *field, void *record, const struct reading *from)
{
	uint64_t value = field->nothing;
	const int error = take_number(from, field->name, number_most(field), &value);

	if (error < 0)
		return error;
	if (!number_fits(field, value))
		return wrong(from, field->name, "is too small");
	number_set((char *)record + field->offset, field->bytes, value);
	return 0;
}

static int read_bool(const struct json_field *field, void *record, const struct reading *from)
{
	const json_t *value = json_object_get(from->object, field->name);

	if (value && !json_is_boolean(value))
		return wrong(from, field->name, "is not true or false");
	*((bool *)record + field->offset) = value && json_is_true(value);
	return 0;
}

static int read_word(const struct json_field *field, void *record, const struct reading *from)
{
	const char *word = NULL;
	uint64_t value = 0;
	const int error = take_string(from, field->name, &word);

	if (error < 0)
		return error;
	if (word && word_parse(field->words, word, &value) < 0 && !from->lenient)
		return wrong(from, field->name, "is a word that is not known");
	number_set((char *)record + field->offset, field->bytes, value);
	return 0;
}

static int read_reason(const struct json_field *field, void *record, const struct reading *from)
{
	const char *word = NULL;
	enum resume_reason reason = RESUME_NONE;
	const int error = take_string(from, field->name, &word);

	if (error < 0)
		return error;
	if (word && !resume_reason_parse(word, &reason) && !from->lenient)
		return wrong(from, field->name, "is a word that is not known");
	number_set((char *)record + field->offset, field->bytes, reason);
	return 0;
}

static int read_time(const struct json_field *field, void *record, const struct reading *from)
{
	const char *text = NULL;
	uint64_t wall_ns = 0;
	const int error = take_string(from, field->name, &text);

	if (error < 0)
		return error;
	if (text && rfc3339_parse(text, &wall_ns) < 0)
		return wrong(from, field->name, "is not a time like 2026-11-21T10:40:00Z");
	number_set((char *)record + field->offset, field->bytes, wall_ns);
	return 0;
}

static int read_rate(const struct json_field *field, void *record, const struct reading *from)
{
	uint64_t rate = field->nothing;
	const int error = take_number(from, "rate_bytes", (uint64_t)INT64_MAX, &rate);

	number_set((char *)record + field->offset, field->bytes, rate);
	return error;
}

static int read_id(const struct json_field *field, void *record, const struct reading *from)
{
	const char *text = NULL;
	const int error = take_string(from, field->name, &text);

	if (error < 0 || !text)
		return error;
	if (id_parse(text, (struct id *)((uint8_t *)record + field->offset)) < 0)
		return wrong(from, field->name, "is not an id of 32 hexadecimal digits");
	return 0;
}

static int read_ids(const struct json_field *field, void *record, const struct reading *from)
{
	const json_t *array = json_object_get(from->object, field->name);
	struct id *ids = (struct id *)((uint8_t *)record + field->offset);
	const size_t count = json_array_size(array);

	if (!array)
		return 0;
	if (!json_is_array(array) || count > field->bytes / sizeof(*ids))
		return wrong(from, field->name, "is not a list, or is too long");
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (!text || id_parse(text, &ids[i]) < 0)
			return wrong(from, field->name, "has what is not an id");
	}
	*count_of(field, record) = (uint32_t)count;
	return 0;
}

static int read_digest(const struct json_field *field, void *record, const struct reading *from)
{
	const char *text = NULL;
	const int error = take_string(from, field->name, &text);
	bool *flag = flag_of(field, record);

	if (error < 0 || !text)
		return error;
	if (digest_parse(text, (struct digest *)((uint8_t *)record + field->offset)) < 0)
		return wrong(from, field->name, "is not a digest of 32 hexadecimal digits");
	if (flag)
		*flag = true;
	return 0;
}

static int read_outcome(const struct json_field *field, void *record, const struct reading *from)
{
	struct outcome *outcome = (struct outcome *)(void *)((char *)record + field->offset);
	uint64_t status = 0, detail = 0, peer_detail = 0, cause_errno = 0;
	bool *flag = flag_of(field, record);
	int error = take_number(from, "status", UINT16_MAX, &status);

	if (error == 0)
		error = take_number(from, "detail", UINT16_MAX, &detail);
	if (error == 0)
		error = take_number(from, "peer_detail", UINT16_MAX, &peer_detail);
	if (error == 0)
		error = take_number(from, "errno", UINT16_MAX, &cause_errno);
	if (error == 0)
		error = take_text(from, "sentence", outcome->sentence, sizeof(outcome->sentence));
	if (error < 0)
		return error;
	outcome->status = (uint16_t)status;
	outcome->detail = (uint16_t)detail;
	outcome->peer_detail = (uint16_t)peer_detail;
	outcome->cause_errno = (uint16_t)cause_errno;
	if (flag)
		*flag = json_object_get(from->object, "status") != NULL;
	return 0;
}

static int read_table(const struct json_field *field, void *record, const struct reading *from)
{
	const json_t *object = json_object_get(from->object, field->name);

	if (!object)
		return 0;
	if (!json_is_object(object))
		return wrong(from, field->name, "is not an object");
	return json_fields_read(field->table, object, (char *)record + field->offset, from->lenient,
				from->sentence);
}

static int read_list(const struct json_field *field, void *record, const struct reading *from)
{
	const json_t *array = json_object_get(from->object, field->name);
	char *element = (char *)record + field->offset;
	const size_t count = json_array_size(array);

	if (!array)
		return 0;
	if (!json_is_array(array) || count > field->bytes / field->table->bytes)
		return wrong(from, field->name, "is not a list, or is too long");
	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(array, i);
		int error;

		if (!json_is_object(object))
			return wrong(from, field->name, "has what is not an object");
		error = json_fields_read(field->table, object, element + i * field->table->bytes,
					 from->lenient, from->sentence);
		if (error < 0)
			return error;
	}
	*count_of(field, record) = (uint32_t)count;
	return 0;
}

typedef int (*read_fn)(const struct json_field *field, void *record, const struct reading *from);

static const read_fn readers[] = {
	[JSON_FIELD_TEXT] = read_text,	     [JSON_FIELD_NUMBER] = read_number,
	[JSON_FIELD_BOOL] = read_bool,	     [JSON_FIELD_WORD] = read_word,
	[JSON_FIELD_REASON] = read_reason,   [JSON_FIELD_TIME] = read_time,
	[JSON_FIELD_RATE] = read_rate,	     [JSON_FIELD_ID] = read_id,
	[JSON_FIELD_IDS] = read_ids,	     [JSON_FIELD_DIGEST] = read_digest,
	[JSON_FIELD_OUTCOME] = read_outcome, [JSON_FIELD_TABLE] = read_table,
	[JSON_FIELD_LIST] = read_list,
};
static_assert(ARRAY_COUNT(readers) == ARRAY_COUNT(writers), "a kind has but one way");

/* True when the name is there and says something. */
static bool is_given(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	return value && (!text || text[0] != '\0');
}

int json_fields_read(const struct json_table *table, const json_t *object, void *record,
		     bool lenient, char sentence[HFT_SENTENCE_BYTES])
{
	const struct reading from = {.object = object, .lenient = lenient, .sentence = sentence};

	assert(table);
	assert(record);

	for (size_t i = 0; i < table->count; i++) {
		const struct json_field *field = &table->fields[i];
		int error;

		if (field->required && !is_given(object, field->name))
			return wrong(&from, field->name, "is missing");
		error = readers[field->kind](field, record, &from);
		if (error < 0)
			return error;
	}
	return 0;
}

/* ---- lines -------------------------------------------------------------------- */

int json_write_line(const json_t *object, char *line, size_t capacity, size_t *ret_bytes)
{
	size_t bytes;

	assert(object);
	assert(line);
	assert(ret_bytes);

	bytes = json_dumpb(object, line, capacity, JSON_COMPACT);
	if (bytes == 0)
		return -ENOMEM;
	if (bytes >= capacity)
		return -ENOBUFS;
	line[bytes] = '\n';
	*ret_bytes = bytes + 1;
	return 0;
}

json_t *json_read_line(const char *line, size_t bytes, char sentence[HFT_SENTENCE_BYTES])
{
	json_error_t error;
	json_t *object = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &error);

	if (object && json_is_object(object))
		return object;
	if (text_format(sentence, HFT_SENTENCE_BYTES, "not a line of JSON: %s",
			object ? "no object" : error.text) < 0)
		sentence[0] = '\0';
	json_decref(object);
	return NULL;
}
