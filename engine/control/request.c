/* SPDX-License-Identifier: Apache-2.0 */
/* request.c -- see request.h: the tables of the requests, and what no single field can tell. */

#include "control/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "control/json_fields.h"

static const struct json_field send_fields[] = {
	{.name = "path", .kind = JSON_FIELD_TEXT, JSON_AT(control_send, path)},
	{.name = "host", .kind = JSON_FIELD_TEXT, JSON_AT(control_send, host)},
	{.name = "group", .kind = JSON_FIELD_TEXT, JSON_AT(control_send, group)},
	{.name = "name", .kind = JSON_FIELD_TEXT, JSON_AT(control_send, name)},
	{.name = "file_id", .kind = JSON_FIELD_TEXT, JSON_AT(control_send, file_id)},
	{.name = "priority",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_send, priority),
	 .minimum = 1,
	 .maximum = 256},
	{.name = "detach", .kind = JSON_FIELD_BOOL, JSON_AT(control_send, detach)},
	{.name = "from_start", .kind = JSON_FIELD_BOOL, JSON_AT(control_send, from_start)},
	{.name = "lanes",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_send, lanes),
	 .minimum = 1,
	 .maximum = HFT_LANES_MAX},
	{.name = "wait_s", .kind = JSON_FIELD_NUMBER, JSON_AT(control_send, wait_s)},
	{.name = "limit_rate", .kind = JSON_FIELD_NUMBER, JSON_AT(control_send, limit_rate_bytes)},
};

static const struct json_field watch_fields[] = {
	{.name = "id", .kind = JSON_FIELD_ID, JSON_AT(control_watch, id)},
	{.name = "tail", .kind = JSON_FIELD_BOOL, JSON_AT(control_watch, has_tail)},
};

static const struct json_field list_fields[] = {
	{.name = "queue",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(control_list, which),
	 .words = &words_control_queue,
	 .required = true},
	{.name = "after", .kind = JSON_FIELD_NUMBER, JSON_AT(control_list, after)},
};

/* Also the selection of a change: the member is at its start. */
#define SELECT_FIELDS                                                                             \
	{.name = "queue",                                                                         \
	 .kind = JSON_FIELD_WORD,                                                                 \
	 JSON_AT(control_select, which),                                                          \
	 .words = &words_control_queue},                                                          \
		{.name = "ids",                                                                   \
		 .kind = JSON_FIELD_IDS,                                                          \
		 JSON_AT(control_select, ids),                                                    \
		 JSON_FLAG(control_select, id_count)},                                            \
		{.name = "list_no", .kind = JSON_FIELD_NUMBER, JSON_AT(control_select, list_no)}, \
		{.name = "host", .kind = JSON_FIELD_TEXT, JSON_AT(control_select, host)},         \
	{                                                                                         \
		.name = "file_id", .kind = JSON_FIELD_TEXT, JSON_AT(control_select, file_id)      \
	}
static_assert(offsetof(struct control_change, select) == 0, "the tables take it so");

static const struct json_field select_fields[] = {SELECT_FIELDS};

static const struct json_field change_fields[] = {
	SELECT_FIELDS,
	{.name = "priority",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_change, priority),
	 .minimum = 1,
	 .maximum = 256},
	{.name = "limit_rate",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_change, limit_rate_bytes),
	 .nothing = CONTROL_RATE_LEAVE},
};

static const struct json_field cancel_fields[] = {
	{.name = "id", .kind = JSON_FIELD_ID, JSON_AT(control_cancel, id), .required = true},
	{.name = "drop", .kind = JSON_FIELD_BOOL, JSON_AT(control_cancel, drop)},
};

static const struct json_field log_fields[] = {
	{.name = "kind",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(control_log, kind),
	 .words = &words_log_kind},
	{.name = "follow", .kind = JSON_FIELD_BOOL, JSON_AT(control_log, follow)},
	{.name = "by_status", .kind = JSON_FIELD_BOOL, JSON_AT(control_log, by_status)},
	{.name = "status", .kind = JSON_FIELD_NUMBER, JSON_AT(control_log, status)},
	{.name = "since", .kind = JSON_FIELD_TIME, JSON_AT(control_log, since_wall_ns)},
	{.name = "after", .kind = JSON_FIELD_NUMBER, JSON_AT(control_log, after)},
	{.name = "host", .kind = JSON_FIELD_TEXT, JSON_AT(control_log, host)},
	{.name = "file_id", .kind = JSON_FIELD_TEXT, JSON_AT(control_log, file_id)},
};

static const struct json_field resend_fields[] = {
	{.name = "list_no", .kind = JSON_FIELD_NUMBER, JSON_AT(control_resend, list_no)},
	{.name = "host", .kind = JSON_FIELD_TEXT, JSON_AT(control_resend, host)},
	{.name = "file_id", .kind = JSON_FIELD_TEXT, JSON_AT(control_resend, file_id)},
	{.name = "from_start", .kind = JSON_FIELD_BOOL, JSON_AT(control_resend, from_start)},
	{.name = "detach", .kind = JSON_FIELD_BOOL, JSON_AT(control_resend, detach)},
	{.name = "wait_s", .kind = JSON_FIELD_NUMBER, JSON_AT(control_resend, wait_s)},
};

static const struct json_field check_fields[] = {
	{.name = "host",
	 .kind = JSON_FIELD_TEXT,
	 JSON_AT(control_host_check, host),
	 .required = true},
};

/* What is wrong with a request whose fields are all right; NULL = nothing. */
typedef const char *(*complaint_fn)(const struct control_request *request);

static const char *complaint_of_send(const struct control_request *request)
{
	const struct control_send *send = &request->send;
	const bool is_stream = strcmp(send->path, "-") == 0;

	if (send->path[0] != '\0' && send->path[0] != '/' && !is_stream)
		return "field \"path\" is not absolute";
	if (send->file_id[0] != '\0')
		return NULL;
	if (send->path[0] == '\0')
		return "neither a path nor a file id";
	if (send->host[0] == '\0' && send->group[0] == '\0')
		return "neither a host nor a file id";
	return NULL;
}

static const char *complaint_of_select(const struct control_request *request)
{
	const struct control_select *select = &request->select;

	if (select->id_count == 0 && select->list_no == 0 && select->host[0] == '\0' &&
	    select->file_id[0] == '\0')
		return "nothing is selected: name an id, a list number, a host or a file id";
	if (select->list_no != 0 && select->which == CONTROL_QUEUE_SEND)
		return "list numbers are of the Resend Queue";
	return NULL;
}

static const char *complaint_of_change(const struct control_request *request)
{
	const struct control_change *change = &request->change;

	if (change->priority == 0 && change->limit_rate_bytes == CONTROL_RATE_LEAVE)
		return "nothing is changed: give a priority or a rate";
	return complaint_of_select(request);
}

struct request_format {
	const char *name;	 /* "request" */
	struct json_table table; /* of the member; no fields = none */
	complaint_fn complaint;	 /* NULL = fields are all there is to check */
};

#define FORMAT(word, array, type) .name = word, .table = JSON_TABLE_OF(array, type)

static const struct request_format formats[] = {
	[CONTROL_SEND] = {FORMAT("send", send_fields, control_send),
			  .complaint = complaint_of_send},
	[CONTROL_WATCH] = {FORMAT("watch", watch_fields, control_watch)},
	[CONTROL_STATUS] = {.name = "status"},
	[CONTROL_QUEUE_LIST] = {FORMAT("queue-list", list_fields, control_list)},
	[CONTROL_QUEUE_SHOW] = {FORMAT("queue-show", select_fields, control_select),
				.complaint = complaint_of_select},
	[CONTROL_QUEUE_REMOVE] = {FORMAT("queue-remove", select_fields, control_select),
				  .complaint = complaint_of_select},
	[CONTROL_QUEUE_CHANGE] = {FORMAT("queue-change", change_fields, control_change),
				  .complaint = complaint_of_change},
	[CONTROL_CANCEL] = {FORMAT("cancel", cancel_fields, control_cancel)},
	[CONTROL_LOG] = {FORMAT("log", log_fields, control_log)},
	[CONTROL_RESEND] = {FORMAT("resend", resend_fields, control_resend)},
	[CONTROL_HOST_LIST] = {.name = "host-list"},
	[CONTROL_HOST_CHECK] = {FORMAT("host-check", check_fields, control_host_check)},
	[CONTROL_IDENTITY] = {.name = "identity"},
	[CONTROL_RELOAD] = {.name = "reload"},
};
static_assert(ARRAY_COUNT(formats) == CONTROL_REQUEST_KINDS, "a request has no format");

void control_request_init(struct control_request *request, enum control_request_kind kind)
{
	assert(request);
	assert(kind >= 1 && kind < CONTROL_REQUEST_KINDS);

	memset(request, 0, sizeof(*request));
	request->kind = kind;
	json_fields_init(&formats[kind].table, &request->send);
}

const char *control_request_name(enum control_request_kind kind)
{
	assert(kind >= 1 && kind < CONTROL_REQUEST_KINDS);
	return formats[kind].name;
}

/* ---- encoding ------------------------------------------------------------------- */

static int request_write(const struct control_request *request, json_t *object)
{
	const struct request_format *format = &formats[request->kind];

	if (!object || json_object_set_new(object, "request", json_string(format->name)) < 0 ||
	    json_object_set_new(object, "version", json_integer(CONTROL_VERSION)) < 0)
		return -ENOMEM;
	return json_fields_write(&format->table, &request->send, object, false);
}

int control_request_encode(const struct control_request *request, char *line, size_t capacity,
			   size_t *ret_bytes)
{
	json_t *object = NULL;
	int error;

	assert(request);
	assert(line);
	assert(ret_bytes);
	assert(request->kind >= 1 && request->kind < CONTROL_REQUEST_KINDS);

	if (formats[request->kind].complaint && formats[request->kind].complaint(request))
		return -EINVAL;
	object = json_object();
	error = request_write(request, object);
	if (error == 0)
		error = json_write_line(object, line, capacity, ret_bytes);
	json_decref(object);
	return error;
}

/* ---- decoding ------------------------------------------------------------------- */

HFT_PRINTF(2, 3) static void say(char sentence[HFT_SENTENCE_BYTES], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, HFT_SENTENCE_BYTES, format, arguments);
	va_end(arguments);
}

static int find_kind(const json_t *object, enum control_request_kind *ret_kind,
		     char sentence[HFT_SENTENCE_BYTES])
{
	const char *name = json_string_value(json_object_get(object, "request"));
	const json_t *version = json_object_get(object, "version");

	if (!name) {
		say(sentence, "field \"request\" is missing");
		return -EINVAL;
	}
	if (version && json_integer_value(version) != CONTROL_VERSION) {
		say(sentence, "this engine speaks version %d only", CONTROL_VERSION);
		return -EOPNOTSUPP;
	}
	for (unsigned int kind = 1; kind < CONTROL_REQUEST_KINDS; kind++) {
		if (strcmp(formats[kind].name, name) == 0) {
			*ret_kind = (enum control_request_kind)kind;
			return 0;
		}
	}
	say(sentence, "this engine does not know the request \"%.64s\"", name);
	return -EOPNOTSUPP;
}

static int request_read(const json_t *object, struct control_request *request,
			char sentence[HFT_SENTENCE_BYTES])
{
	enum control_request_kind kind = CONTROL_SEND;
	const char *complaint = NULL;
	int error = find_kind(object, &kind, sentence);

	if (error < 0)
		return error;
	control_request_init(request, kind);
	error = json_fields_read(&formats[kind].table, object, &request->send, false, sentence);
	if (error < 0)
		return error;
	if (formats[kind].complaint)
		complaint = formats[kind].complaint(request);
	if (!complaint)
		return 0;
	say(sentence, "%s", complaint);
	return -EINVAL;
}

int control_request_decode(const char *line, size_t bytes, struct control_request *ret_request,
			   char sentence[HFT_SENTENCE_BYTES])
{
	struct control_request request;
	json_t *object = NULL;
	int error;

	assert(line);
	assert(ret_request);
	assert(sentence);

	object = json_read_line(line, bytes, sentence);
	if (!object)
		return -EINVAL;
	error = request_read(object, &request, sentence);
	if (error == 0)
		*ret_request = request;
	json_decref(object);
	return error;
}
