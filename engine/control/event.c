/* SPDX-License-Identifier: Apache-2.0 */
/* event.c -- see event.h: the tables of the events. */

#include "control/event.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "control/json_fields.h"
#include "control/words.h"

/* ---- news --------------------------------------------------------------------- */

#define NEWS_NUMBER(word, member)                                                      \
	{                                                                              \
		.name = word, .kind = JSON_FIELD_NUMBER, JSON_AT(control_news, member) \
	}
#define NEWS_UNKNOWN(word, member)                                                      \
	{                                                                               \
		.name = word, .kind = JSON_FIELD_NUMBER, JSON_AT(control_news, member), \
		.nothing = CONTROL_UNKNOWN                                              \
	}
#define NEWS_TEXT(word, member)                                                      \
	{                                                                            \
		.name = word, .kind = JSON_FIELD_TEXT, JSON_AT(control_news, member) \
	}
#define NEWS_TIME(word, member)                                                      \
	{                                                                            \
		.name = word, .kind = JSON_FIELD_TIME, JSON_AT(control_news, member) \
	}

static const struct json_field news_fields[] = {
	{.name = "id", .kind = JSON_FIELD_ID, JSON_AT(control_news, id)},
	NEWS_TIME("time", time_wall_ns),
	NEWS_NUMBER("attempt", attempt),
	{.name = "receiving", .kind = JSON_FIELD_BOOL, JSON_AT(control_news, receiving)},
	NEWS_TEXT("file_id", file_id),
	NEWS_TEXT("path", path),
	NEWS_TEXT("host", host),
	NEWS_TEXT("address", address),
	NEWS_TEXT("name", name),
	NEWS_NUMBER("priority", priority),
	NEWS_UNKNOWN("bytes", bytes),
	NEWS_UNKNOWN("bytes_total", bytes_total),
	NEWS_UNKNOWN("bytes_sent", bytes_sent),
	NEWS_UNKNOWN("bytes_skipped", bytes_skipped),
	NEWS_UNKNOWN("bytes_resent", bytes_resent),
	{.name = "",
	 .kind = JSON_FIELD_RATE,
	 JSON_AT(control_news, rate_bytes),
	 .nothing = CONTROL_UNKNOWN},
	NEWS_UNKNOWN("eta_s", eta_s),
	NEWS_UNKNOWN("duration_ms", duration_ms),
	NEWS_NUMBER("cycle", cycle),
	NEWS_NUMBER("cycles", cycles),
	NEWS_NUMBER("next_try", next_try),
	NEWS_NUMBER("tries", tries),
	NEWS_TIME("next", next_wall_ns),
	NEWS_TIME("until", until_wall_ns),
	{.name = "",
	 .kind = JSON_FIELD_OUTCOME,
	 JSON_AT(control_news, outcome),
	 JSON_FLAG(control_news, has_outcome)},
	{.name = "reason", .kind = JSON_FIELD_REASON, JSON_AT(control_news, reason)},
	NEWS_NUMBER("list_no", list_no),
	NEWS_NUMBER("resend_of", resend_of),
	NEWS_NUMBER("verdict", verdict),
	NEWS_NUMBER("noticed_ms", noticed_ms),
	{.name = "digest",
	 .kind = JSON_FIELD_DIGEST,
	 JSON_AT(control_news, digest),
	 JSON_FLAG(control_news, has_digest)},
};

/* ---- rows --------------------------------------------------------------------- */

#define CORE_NUMBER(word, member)                                                      \
	{                                                                              \
		.name = word, .kind = JSON_FIELD_NUMBER, JSON_AT(request_core, member) \
	}
#define CORE_TEXT(word, member)                                                      \
	{                                                                            \
		.name = word, .kind = JSON_FIELD_TEXT, JSON_AT(request_core, member) \
	}
#define CORE_BOOL(word, member)                                                      \
	{                                                                            \
		.name = word, .kind = JSON_FIELD_BOOL, JSON_AT(request_core, member) \
	}

/* The core is the first member of both rows. */
#define CORE_FIELDS                                                                               \
	{.name = "id", .kind = JSON_FIELD_ID, JSON_AT(request_core, transfer)},                   \
		CORE_TEXT("file_id", file_id), CORE_TEXT("path", path), CORE_TEXT("host", host),  \
		CORE_TEXT("name", name),                                                          \
		{.name = "type",                                                                  \
		 .kind = JSON_FIELD_WORD,                                                         \
		 JSON_AT(request_core, type),                                                     \
		 .words = &words_transfer_type},                                                  \
		CORE_NUMBER("priority", priority), CORE_BOOL("from_start", from_start),           \
		CORE_BOOL("detach", detach), CORE_TEXT("requester", requester),                   \
		CORE_NUMBER("uid", uid), CORE_NUMBER("gid", gid),                                 \
		CORE_NUMBER("attempt", attempts), CORE_NUMBER("bytes", durable_bytes),            \
		CORE_NUMBER("bytes_total", total_bytes),                                          \
		CORE_NUMBER("limit_rate", limit_rate_bytes), CORE_NUMBER("resend_of", resend_of), \
	{                                                                                         \
		.name = "accepted", .kind = JSON_FIELD_TIME,                                      \
		JSON_AT(request_core, accepted_wall_ns)                                           \
	}
static_assert(offsetof(struct queue_row, core) == 0, "the tables take it so");
static_assert(offsetof(struct resend_row, core) == 0, "the tables take it so");

static const struct json_field queue_row_fields[] = {
	CORE_FIELDS,
	{.name = "kind",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(queue_row, kind),
	 .words = &words_queue_kind},
	{.name = "state",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(queue_row, state),
	 .words = &words_queue_state},
	{.name = "cycle", .kind = JSON_FIELD_NUMBER, JSON_AT(queue_row, cycle)},
	{.name = "cycles_left", .kind = JSON_FIELD_NUMBER, JSON_AT(queue_row, auto_resends_left)},
	{.name = "next_try", .kind = JSON_FIELD_NUMBER, JSON_AT(queue_row, next_try)},
	{.name = "waiting", .kind = JSON_FIELD_TIME, JSON_AT(queue_row, wait_from_wall_ns)},
	{.name = "until", .kind = JSON_FIELD_TIME, JSON_AT(queue_row, wait_until_wall_ns)},
	{.name = "", .kind = JSON_FIELD_OUTCOME, JSON_AT(queue_row, last)},
};

static const struct json_field resend_row_fields[] = {
	CORE_FIELDS,
	{.name = "list_no", .kind = JSON_FIELD_NUMBER, JSON_AT(resend_row, list_no)},
	{.name = "taken", .kind = JSON_FIELD_BOOL, JSON_AT(resend_row, taken)},
	{.name = "ended", .kind = JSON_FIELD_TIME, JSON_AT(resend_row, ended_wall_ns)},
	{.name = "", .kind = JSON_FIELD_OUTCOME, JSON_AT(resend_row, outcome), .always = true},
};

#define LOG_NUMBER(word, member)                                                  \
	{                                                                         \
		.name = word, .kind = JSON_FIELD_NUMBER, JSON_AT(log_row, member) \
	}
#define LOG_AMOUNT(word, member)                                                                  \
	{                                                                                         \
		.name = word, .kind = JSON_FIELD_NUMBER, JSON_AT(log_row, member), .always = true \
	}
#define LOG_TEXT(word, member)                                                  \
	{                                                                       \
		.name = word, .kind = JSON_FIELD_TEXT, JSON_AT(log_row, member) \
	}

static const struct json_field log_row_fields[] = {
	{.name = "kind", .kind = JSON_FIELD_WORD, JSON_AT(log_row, kind), .words = &words_log_kind},
	LOG_NUMBER("sequence", sequence),
	{.name = "id", .kind = JSON_FIELD_ID, JSON_AT(log_row, transfer)},
	LOG_NUMBER("attempt", attempt),
	LOG_NUMBER("cycle", cycle),
	LOG_TEXT("file_id", file_id),
	LOG_TEXT("path", path),
	LOG_TEXT("host", host),
	LOG_TEXT("address", address),
	{.name = "type",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(log_row, type),
	 .words = &words_transfer_type},
	{.name = "mode",
	 .kind = JSON_FIELD_WORD,
	 JSON_AT(log_row, mode),
	 .words = &words_target_mode},
	{.name = "started", .kind = JSON_FIELD_TIME, JSON_AT(log_row, started_wall_ns)},
	{.name = "ended", .kind = JSON_FIELD_TIME, JSON_AT(log_row, ended_wall_ns)},
	LOG_AMOUNT("bytes_total", bytes_total),
	LOG_AMOUNT("bytes_sent", bytes_moved),
	LOG_AMOUNT("bytes_skipped", bytes_skipped),
	LOG_AMOUNT("bytes_resent", bytes_resent),
	LOG_NUMBER("records", records),
	LOG_NUMBER("generation", generation),
	{.name = "", .kind = JSON_FIELD_OUTCOME, JSON_AT(log_row, outcome), .always = true},
	{.name = "reason", .kind = JSON_FIELD_REASON, JSON_AT(log_row, reason)},
	LOG_NUMBER("verdict", verdict),
	LOG_NUMBER("noticed_ms", noticed_ms),
	LOG_NUMBER("list_no", list_no),
	LOG_NUMBER("resend_of", resend_of),
	{.name = "digest",
	 .kind = JSON_FIELD_DIGEST,
	 JSON_AT(log_row, digest),
	 JSON_FLAG(log_row, has_digest)},
	LOG_TEXT("requester", requester),
	LOG_NUMBER("owner_epoch", owner_epoch),
	LOG_TEXT("node", node),
};

/* ---- answers -------------------------------------------------------------------- */

#define FIELD(type, what, word, member)                                        \
	{                                                                      \
		.name = word, .kind = JSON_FIELD_##what, JSON_AT(type, member) \
	}
#define FIELD_ALWAYS(type, what, word, member)                                                 \
	{                                                                                      \
		.name = word, .kind = JSON_FIELD_##what, JSON_AT(type, member), .always = true \
	}

static const struct json_field host_fields[] = {
	FIELD_ALWAYS(control_host, TEXT, "name", name),
	FIELD(control_host, TEXT, "addresses", addresses),
	FIELD(control_host, NUMBER, "receive_port", receive_port),
	FIELD(control_host, BOOL, "plain", plain),
	FIELD_ALWAYS(control_host, NUMBER, "fingerprints", fingerprints),
	FIELD_ALWAYS(control_host, NUMBER, "sending", sending),
	FIELD_ALWAYS(control_host, NUMBER, "receiving", receiving),
	FIELD(control_host, BOOL, "checked", checked),
	FIELD_ALWAYS(control_host, BOOL, "reachable", reachable),
	{.name = "rtt_us",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_host, rtt_us),
	 .nothing = CONTROL_UNKNOWN},
	FIELD(control_host, NUMBER, "verdict", verdict),
	FIELD(control_host, TEXT, "address", address),
	FIELD(control_host, TEXT, "sentence", sentence),
};

static const struct json_field engine_fields[] = {
	FIELD_ALWAYS(control_engine, TEXT, "name", name),
	FIELD_ALWAYS(control_engine, TEXT, "version", version),
	FIELD(control_engine, TEXT, "io", io),
	FIELD(control_engine, TEXT, "demotion", demotion),
	FIELD_ALWAYS(control_engine, NUMBER, "pid", pid),
	FIELD(control_engine, NUMBER, "movers", movers),
	FIELD(control_engine, TIME, "started", started_wall_ns),
	FIELD(control_engine, NUMBER, "owner_epoch", owner_epoch),
};

static const struct json_field services_fields[] = {
	FIELD_ALWAYS(control_services, TEXT, "send", send),
	FIELD_ALWAYS(control_services, TEXT, "receive", receive),
	FIELD_ALWAYS(control_services, TEXT, "observe", observe),
};

static const struct json_field ports_fields[] = {
	FIELD_ALWAYS(control_ports, NUMBER, "receive", receive),
	FIELD_ALWAYS(control_ports, NUMBER, "observe", observe),
	FIELD_ALWAYS(control_ports, NUMBER, "probe", probe),
};

static const struct json_field sessions_fields[] = {
	FIELD_ALWAYS(control_sessions, NUMBER, "sending", sending),
	FIELD_ALWAYS(control_sessions, NUMBER, "receiving", receiving),
	FIELD_ALWAYS(control_sessions, NUMBER, "waiting", waiting),
};

static const struct json_field queues_fields[] = {
	FIELD_ALWAYS(control_queues, NUMBER, "send", send),
	FIELD_ALWAYS(control_queues, NUMBER, "resend", resend),
};

static const struct json_field capability_fields[] = {
	FIELD_ALWAYS(control_capability, TEXT, "name", name),
	FIELD_ALWAYS(control_capability, BOOL, "available", available),
	FIELD(control_capability, TEXT, "reason", reason),
	FIELD(control_capability, TEXT, "remedy", remedy),
};

static const struct json_table engine_table = JSON_TABLE_OF(engine_fields, control_engine);
static const struct json_table services_table = JSON_TABLE_OF(services_fields, control_services);
static const struct json_table ports_table = JSON_TABLE_OF(ports_fields, control_ports);
static const struct json_table sessions_table = JSON_TABLE_OF(sessions_fields, control_sessions);
static const struct json_table queues_table = JSON_TABLE_OF(queues_fields, control_queues);
static const struct json_table capability_table = JSON_TABLE_OF(capability_fields,
								control_capability);

#define STATUS_TABLE(word, member, of)                                                   \
	{                                                                                \
		.name = word, .kind = JSON_FIELD_TABLE, JSON_AT(control_status, member), \
		.table = &(of)                                                           \
	}

static const struct json_field status_fields[] = {
	STATUS_TABLE("engine", engine, engine_table),
	STATUS_TABLE("services", services, services_table),
	STATUS_TABLE("ports", ports, ports_table),
	STATUS_TABLE("sessions", sessions, sessions_table),
	STATUS_TABLE("queues", queues, queues_table),
	{.name = "capabilities",
	 .kind = JSON_FIELD_LIST,
	 JSON_AT(control_status, capabilities),
	 JSON_FLAG(control_status, capability_count),
	 .table = &capability_table},
};

static const struct json_field identity_fields[] = {
	FIELD_ALWAYS(control_identity, TEXT, "name", name),
	FIELD_ALWAYS(control_identity, TEXT, "fingerprint", fingerprint),
};

static const struct json_field end_fields[] = {
	FIELD_ALWAYS(control_end, NUMBER, "exit", exit),
	FIELD_ALWAYS(control_end, TEXT, "message", message),
	{.name = "count",
	 .kind = JSON_FIELD_NUMBER,
	 JSON_AT(control_end, count),
	 .nothing = CONTROL_UNKNOWN},
	FIELD(control_end, BOOL, "more", more),
	FIELD(control_end, NUMBER, "after", after),
};

/* ---- events --------------------------------------------------------------------- */

struct event_format {
	const char *name;	 /* "event" */
	struct json_table table; /* of the member */
};

#define NEWS(word)                                             \
	{                                                      \
		word, JSON_TABLE_OF(news_fields, control_news) \
	}

static const struct event_format formats[] = {
	[CONTROL_QUEUED] = NEWS("queued"),
	[CONTROL_STARTED] = NEWS("started"),
	[CONTROL_PROGRESS] = NEWS("progress"),
	[CONTROL_SUSPECT] = NEWS("suspect"),
	[CONTROL_LOST] = NEWS("lost"),
	[CONTROL_WAITING] = NEWS("waiting"),
	[CONTROL_RESUMED] = NEWS("resumed"),
	[CONTROL_VERIFIED] = NEWS("verified"),
	[CONTROL_PUBLISHED] = NEWS("published"),
	[CONTROL_COMPLETED] = NEWS("completed"),
	[CONTROL_FAILED] = NEWS("failed"),
	[CONTROL_QUEUE_ROW] = {"queue-row", JSON_TABLE_OF(queue_row_fields, queue_row)},
	[CONTROL_RESEND_ROW] = {"resend-row", JSON_TABLE_OF(resend_row_fields, resend_row)},
	[CONTROL_LOG_ROW] = {"log-row", JSON_TABLE_OF(log_row_fields, log_row)},
	[CONTROL_HOST] = {"host", JSON_TABLE_OF(host_fields, control_host)},
	[CONTROL_STATUS_NOW] = {"status", JSON_TABLE_OF(status_fields, control_status)},
	[CONTROL_IDENTITY_IS] = {"identity", JSON_TABLE_OF(identity_fields, control_identity)},
	[CONTROL_END] = {"end", JSON_TABLE_OF(end_fields, control_end)},
};
static_assert(ARRAY_COUNT(formats) == CONTROL_EVENT_KINDS, "an event has no format");

void control_event_init(struct control_event *event, enum control_event_kind kind)
{
	assert(event);
	assert(kind >= 1 && kind < CONTROL_EVENT_KINDS);

	memset(event, 0, sizeof(*event));
	event->kind = kind;
	json_fields_init(&formats[kind].table, &event->news);
}

const char *control_event_name(enum control_event_kind kind)
{
	assert(kind >= 1 && kind < CONTROL_EVENT_KINDS);
	return formats[kind].name;
}

bool control_event_is_news(enum control_event_kind kind)
{
	return kind >= CONTROL_QUEUED && kind <= CONTROL_FAILED;
}

static int event_write(const struct control_event *event, json_t *object)
{
	const struct event_format *format = &formats[event->kind];
	int error;

	if (!object || json_object_set_new(object, "event", json_string(format->name)) < 0)
		return -ENOMEM;
	error = json_fields_write(&format->table, &event->news, object, true);
	if (error == 0 && event->kind == CONTROL_LOG_ROW)
		error = json_add_rate(object, log_row_rate(&event->log_row));
	return error;
}

int control_event_encode(const struct control_event *event, char *line, size_t capacity,
			 size_t *ret_bytes)
{
	json_t *object = NULL;
	int error;

	assert(event);
	assert(line);
	assert(ret_bytes);
	assert(event->kind >= 1 && event->kind < CONTROL_EVENT_KINDS);

	object = json_object();
	error = event_write(event, object);
	if (error == 0)
		error = json_write_line(object, line, capacity, ret_bytes);
	json_decref(object);
	return error;
}

static int find_kind(const json_t *object, enum control_event_kind *ret_kind)
{
	const char *name = json_string_value(json_object_get(object, "event"));

	if (!name)
		return -EINVAL;
	for (unsigned int kind = 1; kind < CONTROL_EVENT_KINDS; kind++) {
		if (strcmp(formats[kind].name, name) == 0) {
			*ret_kind = (enum control_event_kind)kind;
			return 0;
		}
	}
	return -EOPNOTSUPP;
}

int control_event_decode(const char *line, size_t bytes, struct control_event *ret_event)
{
	struct control_event event;
	enum control_event_kind kind = CONTROL_END;
	char sentence[HFT_SENTENCE_BYTES];
	json_t *object = NULL;
	int error;

	assert(line);
	assert(ret_event);

	object = json_read_line(line, bytes, sentence);
	if (!object)
		return -EINVAL;
	error = find_kind(object, &kind);
	if (error == 0) {
		control_event_init(&event, kind);
		error = json_fields_read(&formats[kind].table, object, &event.news, true, sentence);
	}
	if (error == 0)
		*ret_event = event;
	json_decref(object);
	return error;
}
