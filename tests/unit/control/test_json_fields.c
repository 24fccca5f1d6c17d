/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_fields.c -- the walk over a table, with a table of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "base/text.h"
#include "control/json_fields.h"

struct sample {
	uint8_t small;	/* 1..9; 0 = nothing */
	uint64_t large; /* UINT64_MAX = nothing */
	char text[4];	/* "" = nothing */
	bool flag;	/* false = nothing */
};

static const struct json_field fields[] = {
	{.name = "small",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(sample, small),
	 .minimum = 2,
	 .maximum = 9},
	{.name = "large", .kind = JSON_FIELD_NUMBER, JSON_AT(sample, large), .nothing = UINT64_MAX},
	{.name = "text", .kind = JSON_FIELD_TEXT, JSON_AT(sample, text), .required = true},
	{.name = "flag", .kind = JSON_FIELD_BOOL, JSON_AT(sample, flag), .always = true},
};
static const struct json_table table = JSON_TABLE_OF(fields, sample);

/* Reads the line into a fresh sample. */
static int read_sample(const char *line, bool lenient, struct sample *ret_sample)
{
	char sentence[HFT_SENTENCE_BYTES] = "";
	json_t *object = json_read_line(line, strlen(line), sentence);
	int error;

	cr_assert_not_null(object, "%s", sentence);
	memset(ret_sample, 0, sizeof(*ret_sample));
	json_fields_init(&table, ret_sample);
	error = json_fields_read(&table, object, ret_sample, lenient, sentence);
	cr_assert(error == 0 || sentence[0] != '\0');
	json_decref(object);
	return error;
}

static int write_sample(const struct sample *sample, bool repair, char *line, size_t capacity)
{
	json_t *object = json_object();
	size_t bytes = 0;
	int error = json_fields_write(&table, sample, object, repair);

	if (error == 0)
		error = json_write_line(object, line, capacity, &bytes);
	if (error == 0)
		line[bytes] = '\0';
	json_decref(object);
	return error;
}

Test(json_fields, nothing_is_what_the_table_says)
{
	struct sample sample = {0};

	json_fields_init(&table, &sample);
	cr_assert_eq(sample.small, 0);
	cr_assert_eq(sample.large, UINT64_MAX);
}

Test(json_fields, fields_are_written_in_the_order_of_the_table)
{
	const struct sample sample = {.small = 2, .large = 0, .text = "abc"};
	char line[128];

	cr_assert_eq(write_sample(&sample, false, line, sizeof(line)), 0);
	cr_assert_str_eq(line, "{\"small\":2,\"large\":0,\"text\":\"abc\",\"flag\":false}\n");
}

Test(json_fields, a_required_field_is_there_in_both_directions)
{
	const struct sample sample = {.large = UINT64_MAX};
	struct sample read;
	char line[128];

	cr_assert_eq(write_sample(&sample, false, line, sizeof(line)), -EINVAL);
	cr_assert_eq(read_sample("{\"small\":2}", true, &read), -EINVAL);
	cr_assert_eq(read_sample("{\"text\":\"\"}", true, &read), -EINVAL);
	cr_assert_eq(read_sample("{\"text\":\"a\"}", true, &read), 0);
}

Test(json_fields, bounds_hold_in_both_directions)
{
	struct sample sample = {.small = 1, .large = UINT64_MAX, .text = "a"};
	char line[128];

	cr_assert_eq(write_sample(&sample, false, line, sizeof(line)), -EINVAL);
	sample.small = 10;
	cr_assert_eq(write_sample(&sample, false, line, sizeof(line)), -EINVAL);
	cr_assert_eq(read_sample("{\"small\":1,\"text\":\"a\"}", false, &sample), -EINVAL);
	cr_assert_eq(read_sample("{\"small\":10,\"text\":\"a\"}", false, &sample), -EINVAL);
	cr_assert_eq(read_sample("{\"small\":9,\"text\":\"a\"}", false, &sample), 0);
	cr_assert_eq(sample.small, 9);
}

Test(json_fields, a_long_text_is_refused_or_cut_at_a_character)
{
	struct sample sample;

	cr_assert_eq(read_sample("{\"text\":\"abcd\"}", false, &sample), -EINVAL);
	cr_assert_eq(read_sample("{\"text\":\"abcd\"}", true, &sample), 0);
	cr_assert_str_eq(sample.text, "abc");
	cr_assert_eq(read_sample("{\"text\":\"ab\xc3\xbc\"}", true, &sample), 0);
	cr_assert_str_eq(sample.text, "ab");
}

Test(json_fields, an_array_that_is_not_ended_is_refused)
{
	const struct sample sample = {.text = {'a', 'b', 'c', 'd'}, .large = 1};
	char line[128];

	cr_assert_eq(write_sample(&sample, true, line, sizeof(line)), -EINVAL);
}

Test(json_fields, a_text_that_is_not_utf8_is_mended_or_refused)
{
	const struct sample sample = {.text = "\xff", .large = UINT64_MAX};
	char line[128];

	cr_assert_eq(write_sample(&sample, false, line, sizeof(line)), -EINVAL);
	cr_assert_eq(write_sample(&sample, true, line, sizeof(line)), 0);
	cr_assert_str_eq(line, "{\"text\":\"\xef\xbf\xbd\",\"flag\":false}\n");
}

Test(json_fields, a_line_needs_room_for_its_newline)
{
	json_t *object = json_object();
	char line[3];
	size_t bytes = 99;

	cr_assert_eq(json_write_line(object, line, 2, &bytes), -ENOBUFS);
	cr_assert_eq(bytes, 99);
	cr_assert_eq(json_write_line(object, line, 3, &bytes), 0);
	cr_assert_eq(bytes, 3);
	json_decref(object);
}

Test(json_fields, a_rate_beyond_json_is_the_largest_there_is)
{
	json_t *object = json_object();

	cr_assert_eq(json_add_rate(object, UINT64_MAX - 1), 0);
	cr_assert_gt(json_integer_value(json_object_get(object, "rate_bps")), 0);
	json_decref(object);
}
