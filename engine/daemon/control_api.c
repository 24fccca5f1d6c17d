/* SPDX-License-Identifier: Apache-2.0 */
/* control_api.c -- see control_api.h. */
#include "daemon/control_api.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "daemon/api_engine.h"
#include "daemon/api_lists.h"
#include "daemon/api_transfers.h"
#include "host/fd.h"

void api_settle(struct api_task *task)
{
	if (task->client || task->asking)
		return;
	timers_cancel(task->api->engine->control->timers, &task->timer);
	list_remove(&task->node);
	free(task);
}

void api_end(struct api_task *task, int exit_code, const char *sentence)
{
	timers_cancel(task->api->engine->control->timers, &task->timer);
	task->runs = false;
	task->watches_all = false;
	task->watched_count = 0;
	task->open_count = 0;
	if (task->client)
		control_client_end(task->client, exit_code, sentence);
}

void api_tell(struct api_task *task)
{
	if (task->client)
		control_client_event(task->client, &task->event);
}

/* dispatch */
static void api_act(struct api_task *task, int source_fd)
{
	switch (task->request.kind) {
	case CONTROL_SEND:
		api_send(task, source_fd);
		break;
	case CONTROL_WATCH:
		api_watch(task);
		break;
	case CONTROL_STATUS:
		api_status(task);
		break;
	case CONTROL_QUEUE_LIST:
		api_queue_list(task);
		break;
	case CONTROL_QUEUE_SHOW:
		api_queue_show(task);
		break;
	case CONTROL_QUEUE_REMOVE:
		api_queue_remove(task);
		break;
	case CONTROL_QUEUE_CHANGE:
		api_queue_change(task);
		break;
	case CONTROL_CANCEL:
		api_cancel(task);
		break;
	case CONTROL_LOG:
		api_log(task);
		break;
	case CONTROL_RESEND:
		api_resend(task);
		break;
	case CONTROL_HOST_LIST:
		api_host_list(task);
		break;
	case CONTROL_HOST_CHECK:
		api_host_check(task);
		break;
	case CONTROL_IDENTITY:
		api_identity(task);
		break;
	default:
		api_end(task, HFT_EXIT_FAILED,
			"hft: this engine cannot do that yet; restart it to read a changed "
			"configuration");
	}
}

static struct api_task *api_task_of(struct control_api *api, struct control_client *client)
{
	struct api_task *task = client->subject;

	if (task)
		return task;
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->api = api;
	task->client = client;
	timer_init(&task->timer, task, NULL);
	list_push_tail(&api->tasks, &task->node);
	client->subject = task;
	return task;
}

static void api_request(void *owner, struct control_client *client,
			const struct control_request *request, int source_fd)
{
	struct api_task *task = api_task_of(owner, client);

	if (!task || task->asking) {
		fd_close(&source_fd);
		control_client_end(client, HFT_EXIT_FAILED,
				   task ? "hft: the request before is not finished"
					: "hft: the engine is out of memory");
		return;
	}
	task->request = *request;
	task->runs = true;
	task->count = 0;
	task->exit_code = HFT_EXIT_DONE;
	task->sentence[0] = '\0';
	api_act(task, source_fd);
}

static void api_client_gone(void *owner, struct control_client *client)
{
	struct api_task *task = client->subject;

	(void)owner;
	if (!task)
		return;
	task->client = NULL;
	task->runs = false;
	api_settle(task);
}

int control_api_new(struct engine *engine, const char *socket_path, struct control_api **ret_api,
		    char *sentence, size_t sentence_bytes)
{
	struct control_api *api = calloc(1, sizeof(*api));
	char why[HFT_SENTENCE_BYTES] = "out of memory";
	struct control_server_settings settings = {
		.ops = engine->control->ops,
		.timers = engine->control->timers,
		.log = engine->log,
		.path = socket_path,
		.group = engine->config->engine.control_group,
		.events = {.request = api_request, .gone = api_client_gone},
		.owner = api,
	};
	int error = -ENOMEM;

	if (api) {
		api->engine = engine;
		api->io_demotion = "";
		features_probe(&api->features);
		api->started_wall_ns = ops_wall_ns(engine->control->ops);
		list_init(&api->tasks);
		error = control_server_new(&settings, &api->server, why);
	}
	if (error < 0) {
		(void)text_format(sentence, sentence_bytes, "%s", why);
		free(api);
		return error;
	}
	engine->control->observer =
		(struct request_observer){.arg = api, .news = api_news, .progress = api_progress};
	*ret_api = api;
	return 0;
}

void control_api_close(struct control_api *api)
{
	control_server_close(api->server);
}

bool control_api_is_closed(const struct control_api *api)
{
	return control_server_is_closed(api->server);
}

void control_api_free(struct control_api *api)
{
	if (!api)
		return;
	api->engine->control->observer = (struct request_observer){0};
	control_server_free(api->server);
	/* What is left waits for a mover or a journal that has ended. */
	list_for_each_safe(node, following, &api->tasks) {
		list_remove(node);
		free(list_entry(node, struct api_task, node));
	}
	free(api);
}
