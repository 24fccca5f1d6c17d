/* SPDX-License-Identifier: Apache-2.0 */
/* host_check.c -- see host_check.h. */
#include "daemon/host_check.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/control_loop.h"
#include "daemon/peer_epochs.h"
#include "wire/handshake.h"

static void check_dial(struct host_check *check);

/* Nothing is in flight any more: back to control. */
static void check_report(struct host_check *check)
{
	timers_cancel(check->mover->timers, &check->deadline);
	check->report.kind = REPORT_CHECK;
	check->report.subject = check;
	control_report(check->engine->control, &check->report);
}

static void check_end(struct host_check *check, const char *sentence)
{
	if (check->ending)
		return;
	check->ending = true;
	(void)text_copy(check->sentence, sizeof(check->sentence), sentence);
	dial_cancel(&check->dial);
	if (frame_channel_is_open(&check->channel))
		frame_channel_close(&check->channel);
}

static void check_answer(struct host_check *check, const struct message *message)
{
	struct outcome refusal;

	if (message->type == MESSAGE_REFUSE) {
		check->exit_code = outcome_exit_code(&message->of.refuse.outcome);
		check_end(check, message->of.refuse.outcome.sentence);
		return;
	}
	if (message->type != MESSAGE_HELLO) {
		check_end(check, "it answered with something else than HELLO");
		return;
	}
	check->owner_epoch = message->of.hello.owner_epoch;
	if (peer_epochs_check(check->engine, check->host, check->owner_epoch, &refusal) < 0) {
		check_end(check, refusal.sentence);
		return;
	}
	check->reachable = true;
	check->rtt_ns = check->mover->now_ns - check->dialed_ns;
	check_end(check, "");
}

static void check_message(void *owner, const struct message *message)
{
	check_answer(owner, message);
}

static void check_channel_ended(void *owner, int error, const char *sentence)
{
	struct host_check *check = owner;

	check_end(check, sentence && *sentence ? sentence : strerror(-error));
	if (frame_channel_is_open(&check->channel))
		frame_channel_close(&check->channel);
}

static void check_channel_gone(void *owner)
{
	check_report(owner);
}

static const struct frame_channel_events check_channel_events = {
	.message = check_message,
	.end = check_channel_ended,
	.gone = check_channel_gone,
};

static void check_dialed(void *owner, int error, const char *sentence,
			 struct connection *connection)
{
	struct host_check *check = owner;
	struct message hello;

	(void)text_copy(check->address_text, sizeof(check->address_text), check->dial.address);
	if (error < 0 && !check->ending && check->address + 1 < check->host->address_count) {
		check->address++;
		check_dial(check);
		return;
	}
	if (error < 0) {
		check_end(check, sentence);
		check_report(check);
		return;
	}
	frame_channel_open(&check->channel, connection, check, &check_channel_events);
	handshake_hello(&hello, HELLO_CHECK, check->engine->config->engine.name,
			check->engine->owner_epoch);
	if (check->ending || frame_channel_send(&check->channel, &hello) < 0)
		frame_channel_close(&check->channel);
}

static void check_dial(struct host_check *check)
{
	check->dialed_ns = check->mover->now_ns;
	dial_start(&check->dial, check->mover, check->host, check->address, check, check_dialed);
}

static void check_late(struct timer *timer, uint64_t now_ns)
{
	(void)now_ns;
	check_end(timer->owner, "no answer in time: is the host up, does a firewall drop packets?");
}

void host_check_run(struct mover *mover, struct host_check *check)
{
	check->mover = mover;
	timer_init(&check->deadline, check, check_late);
	timers_set(mover->timers, &check->deadline,
		   mover->now_ns + check->host->retry.connect_timeout_s * HFT_NS_PER_S);
	check_dial(check);
}

void host_check_start(struct engine *engine, struct host_check *check,
		      const struct config_host *host, void *owner,
		      void (*done)(struct host_check *check))
{
	memset(check, 0, sizeof(*check));
	check->engine = engine;
	check->exit_code = HFT_EXIT_FAILED;
	check->host = host;
	check->owner = owner;
	check->done = done;
	check->order.kind = ORDER_CHECK;
	check->order.subject = check;
	mover_order(engine->mover[0], &check->order);
}
