/* SPDX-License-Identifier: Apache-2.0 */
/* client_request.c -- the requests of <hft/hft.h> in the structs of control/. */

#include "client/client.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* Puts an option into a request; NULL stays nothing. */
static int put(struct hft *handle, const char *what, char *target, size_t capacity,
	       const char *text)
{
	if (!text)
		return 0;
	if (!text_is_utf8(text, strlen(text)))
		return client_fail(
			handle, -EINVAL,
			"the %s is not valid UTF-8, which this engine needs; the content "
			"can be sent as a stream under another name",
			what);
	if (text_copy(target, capacity, text) < 0)
		return client_fail(handle, -EINVAL, "the %s is longer than %zu bytes", what,
				   capacity - 1);
	return 0;
}

static int put_id(struct hft *handle, struct id *target, const char *text)
{
	if (id_parse(text, target) < 0 || id_is_zero(target))
		return client_fail(handle, -EINVAL, "\"%.40s\" is no id of a transfer", text);
	return 0;
}

static int put_send(struct hft *handle, struct control_send *send,
		    const struct hft_send_options *options)
{
	int error = put(handle, "path", send->path, sizeof(send->path), options->path);

	if (error == 0)
		error = put(handle, "host", send->host, sizeof(send->host), options->host);
	if (error == 0)
		error = put(handle, "group", send->group, sizeof(send->group), options->group);
	if (error == 0)
		error = put(handle, "name", send->name, sizeof(send->name), options->name);
	if (error == 0)
		error = put(handle, "file id", send->file_id, sizeof(send->file_id),
			    options->file_id);
	send->priority = options->priority;
	send->detach = options->detach;
	send->from_start = options->from_start;
	send->lanes = options->lanes;
	send->wait_s = options->wait_s;
	send->limit_rate_bytes = options->limit_rate_bytes;
	return error;
}

int hft_send(struct hft *handle, const struct hft_send_options *options, int source_fd)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(options);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_SEND);
	error = put_send(handle, &request.send, options);
	return error < 0 ? error : client_ask(handle, &request, source_fd);
}

int hft_watch(struct hft *handle, const char *id)
{
	struct control_request request;
	int error = client_begin(handle);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_WATCH);
	request.watch.has_tail = true;
	if (id)
		error = put_id(handle, &request.watch.id, id);
	return error < 0 ? error : client_ask(handle, &request, -1);
}

/* A request that is only its name. */
static int ask_plainly(struct hft *handle, enum control_request_kind kind)
{
	struct control_request request;
	const int error = client_begin(handle);

	if (error < 0)
		return error;
	control_request_init(&request, kind);
	return client_ask(handle, &request, -1);
}

int hft_ask_status(struct hft *handle)
{
	return ask_plainly(handle, CONTROL_STATUS);
}

int hft_host_list(struct hft *handle)
{
	return ask_plainly(handle, CONTROL_HOST_LIST);
}

int hft_ask_identity(struct hft *handle)
{
	return ask_plainly(handle, CONTROL_IDENTITY);
}

int hft_reload(struct hft *handle)
{
	return ask_plainly(handle, CONTROL_RELOAD);
}

static_assert((int)HFT_QUEUE_SEND == (int)CONTROL_QUEUE_SEND, "the queues are the same");
static_assert((int)HFT_QUEUE_RESEND == (int)CONTROL_QUEUE_RESEND, "the queues are the same");
static_assert((int)HFT_LOG_JOB == (int)LOG_JOB, "the logs are the same");

int hft_queue_list(struct hft *handle, enum hft_queue queue, uint64_t after)
{
	struct control_request request;
	const int error = client_begin(handle);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_QUEUE_LIST);
	request.list.which = (enum control_queue)queue;
	request.list.after = after;
	return client_ask(handle, &request, -1);
}

static int put_selection(struct hft *handle, struct control_select *select,
			 const struct hft_selection *selection)
{
	int error = put(handle, "host", select->host, sizeof(select->host), selection->host);

	if (error == 0)
		error = put(handle, "file id", select->file_id, sizeof(select->file_id),
			    selection->file_id);
	for (uint32_t i = 0; error == 0 && i < HFT_CONTROL_IDS_MAX && selection->ids[i]; i++) {
		error = put_id(handle, &select->ids[i], selection->ids[i]);
		select->id_count = i + 1;
	}
	select->which = (enum control_queue)selection->queue;
	select->list_no = selection->list_no;
	return error;
}

static int ask_selected(struct hft *handle, enum control_request_kind kind,
			const struct hft_selection *selection)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(selection);

	if (error < 0)
		return error;
	control_request_init(&request, kind);
	error = put_selection(handle, &request.select, selection);
	return error < 0 ? error : client_ask(handle, &request, -1);
}

int hft_queue_show(struct hft *handle, const struct hft_selection *selection)
{
	return ask_selected(handle, CONTROL_QUEUE_SHOW, selection);
}

int hft_queue_remove(struct hft *handle, const struct hft_selection *selection)
{
	return ask_selected(handle, CONTROL_QUEUE_REMOVE, selection);
}

int hft_queue_change(struct hft *handle, const struct hft_selection *selection, uint16_t priority,
		     uint64_t limit_rate_bytes)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(selection);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_QUEUE_CHANGE);
	error = put_selection(handle, &request.change.select, selection);
	request.change.priority = priority;
	request.change.limit_rate_bytes = limit_rate_bytes == HFT_UNKNOWN ? CONTROL_RATE_LEAVE
									  : limit_rate_bytes;
	return error < 0 ? error : client_ask(handle, &request, -1);
}

int hft_cancel(struct hft *handle, const char *id, bool drop)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(id);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_CANCEL);
	request.cancel.drop = drop;
	error = put_id(handle, &request.cancel.id, id);
	return error < 0 ? error : client_ask(handle, &request, -1);
}

int hft_log_list(struct hft *handle, const struct hft_log_options *options)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(options);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_LOG);
	request.log.kind = (enum log_kind)options->kind;
	request.log.follow = options->follow;
	request.log.by_status = options->by_status;
	request.log.status = options->status;
	request.log.since_wall_ns = options->since_ns;
	request.log.after = options->after;
	error = put(handle, "host", request.log.host, sizeof(request.log.host), options->host);
	if (error == 0)
		error = put(handle, "file id", request.log.file_id, sizeof(request.log.file_id),
			    options->file_id);
	return error < 0 ? error : client_ask(handle, &request, -1);
}

int hft_resend(struct hft *handle, const struct hft_resend_options *options)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(options);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_RESEND);
	request.resend.list_no = options->list_no;
	request.resend.from_start = options->from_start;
	request.resend.detach = options->detach;
	request.resend.wait_s = options->wait_s;
	error = put(handle, "host", request.resend.host, sizeof(request.resend.host),
		    options->host);
	if (error == 0)
		error = put(handle, "file id", request.resend.file_id,
			    sizeof(request.resend.file_id), options->file_id);
	return error < 0 ? error : client_ask(handle, &request, -1);
}

int hft_host_check(struct hft *handle, const char *host)
{
	struct control_request request;
	int error = client_begin(handle);

	assert(host);

	if (error < 0)
		return error;
	control_request_init(&request, CONTROL_HOST_CHECK);
	error = put(handle, "host", request.check.host, sizeof(request.check.host), host);
	return error < 0 ? error : client_ask(handle, &request, -1);
}
