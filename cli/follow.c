/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c -- see follow.h.
 *
 * One loop over the connection, a second connection that cancels, and signals as a descriptor, so
 * nothing happens inside a signal handler. Two ways of being told: by the request itself,
 * whose end is the result; and, after the engine was away, by watching one transfer after
 * the other, where each has a result of its own. */
#define _GNU_SOURCE 1

#include "follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "screen.h"

#define AWAY_MS		60000 /* an engine that is restarted is back by then */
#define AWAY_TRY_MS	250   /* between two looks for it */
#define WAIT_GRACE_MS	2000  /* the engine ends --wait itself; this is for when it cannot */
#define LOG_SLACK_NS	UINT64_C(60000000000) /* clocks may have been set */
#define LONGEST_POLL_MS 60000 /* --wait may be a year, an int of milliseconds is 24 days */
#define NO_RESULT	(-1)
#define IDS_MAX		64 /* transfers of one request; of more only the end counts */

/* A transfer that the request is about. */
struct followed {
	char id[HFT_DIGEST_BYTES]; /* its id */
	bool ended;		   /* exit_code counts */
	int exit_code;		   /* its result */
};

struct follow {
	const struct cli *cli;		      /* who asked */
	const struct follow_options *options; /* what for */
	struct hft *handle;		      /* NULL = the engine is away */
	struct hft *canceller;		      /* NULL = nothing is being cancelled */
	struct screen screen;		      /* progress */
	int signals;			      /* signalfd; -1 = none */
	struct followed followed[IDS_MAX];    /* transfers, in order */
	uint32_t count;			      /* of followed in use */
	uint32_t rewatched;		      /* which is watched after the engine was away */
	bool rewatching;		      /* told one after the other */
	bool waits;			      /* the last news was that it waits */
	uint32_t interrupts;		      /* Ctrl-C so far */
	char failure[PROGRESS_TEXT_BYTES];    /* of the last failed transfer, not printed yet */
	uint64_t begin_wall_ns;		      /* start, for the log */
	uint64_t deadline_ms;		      /* of --wait; 0 = none */
	uint64_t away_until_ms;		      /* when an engine that is away is given up */
};

/* ---- signals -------------------------------------------------------------------- */

static sigset_t held_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	return set;
}

void follow_hold_signals(void)
{
	const sigset_t set = held_signals();

	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static int open_signals(void)
{
	const sigset_t set = held_signals();

	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Asks on a connection of its own, since ours is busy telling. */
static void cancel_one(struct follow *follow, const char *id)
{
	struct hft *handle = NULL;

	if (hft_open(follow->cli->socket, &handle) < 0 || hft_cancel(handle, id, false) < 0) {
		screen_clear(&follow->screen);
		(void)cli_fail(0, "it could not be cancelled: %s", hft_sentence(handle));
		hft_close(handle);
		return;
	}
	hft_close(follow->canceller);
	follow->canceller = handle;
}

static void cancel_all(struct follow *follow)
{
	screen_clear(&follow->screen);
	(void)fputs("hft: cancelling; once more leaves without waiting for it\n", stderr);
	for (uint32_t i = 0; i < follow->count; i++) {
		if (!follow->followed[i].ended)
			cancel_one(follow, follow->followed[i].id);
	}
}

/* From: any state. Returns an exit code when this is the end. */
static int take_signals(struct follow *follow)
{
	struct signalfd_siginfo signal;

	if (follow->signals < 0 ||
	    read(follow->signals, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return NO_RESULT;
	follow->interrupts++;
	if (!follow->options->may_cancel || follow->interrupts > 1 || !follow->handle)
		return EXIT_INTERRUPTED;
	/* Before there is an id it is cancelled as soon as it has one. */
	cancel_all(follow);
	return NO_RESULT;
}

/* The answer to a cancel only matters when it is no. */
static void take_canceller(struct follow *follow)
{
	const struct hft_event *event = NULL;
	int error;

	if (!follow->canceller)
		return;
	while ((error = hft_next_event(follow->canceller, 0, &event)) == 0) {
		if (event->kind == HFT_EVENT_END && event->end.exit != HFT_EXIT_DONE) {
			screen_clear(&follow->screen);
			(void)cli_fail(0, "it could not be cancelled: %s",
				       cli_message(&event->end));
		}
	}
	if (error == -EAGAIN || error == -EINTR)
		return;
	hft_close(follow->canceller);
	follow->canceller = NULL;
}

/* ---- being told ----------------------------------------------------------------- */

static struct followed *find_followed(struct follow *follow, const char *id)
{
	for (uint32_t i = 0; i < follow->count; i++) {
		if (strcmp(follow->followed[i].id, id) == 0)
			return &follow->followed[i];
	}
	return NULL;
}

static struct followed *add_followed(struct follow *follow, const char *id)
{
	struct followed *followed = find_followed(follow, id);

	if (followed || id[0] == '\0' || follow->count == IDS_MAX)
		return followed;
	followed = &follow->followed[follow->count++];
	(void)snprintf(followed->id, sizeof(followed->id), "%s", id);
	return followed;
}

static void take_queued(struct follow *follow, const struct hft_event *event)
{
	const bool is_new = !find_followed(follow, event->transfer.id);

	(void)add_followed(follow, event->transfer.id);
	if (is_new && follow->interrupts > 0)
		cancel_one(follow, event->transfer.id);
}

/* Detached, the ids are the result. */
static void show(struct follow *follow, const struct hft_event *event)
{
	const bool is_ours = event->kind == HFT_EVENT_FAILED && !follow->options->forever;

	if (is_ours)
		screen_take_quietly(&follow->screen, event, cli_now_ms());
	else if (!follow->options->detach || follow->cli->json)
		screen_take(&follow->screen, event, cli_now_ms());
	else if (event->kind == HFT_EVENT_QUEUED)
		(void)puts(event->transfer.id);
}

static void print_failure(struct follow *follow)
{
	screen_clear(&follow->screen);
	if (follow->failure[0] != '\0')
		(void)cli_fail(0, "%s", follow->failure);
	follow->failure[0] = '\0';
}

/* Who, what and why, with the code; kept until the end, which may say it better. */
static void keep_failure(struct follow *follow, const struct hft_transfer *transfer)
{
	char list_no[64] = "";

	print_failure(follow); /* of another transfer of this request */
	if (transfer->list_no != 0)
		(void)snprintf(list_no, sizeof(list_no), "; waits in the Resend Queue as %llu",
			       (unsigned long long)transfer->list_no);
	(void)snprintf(follow->failure, sizeof(follow->failure), "%s: %s [%u-%u]%s",
		       transfer->host[0] != '\0' ? transfer->host : transfer->id,
		       transfer->sentence[0] != '\0' ? transfer->sentence : transfer->outcome,
		       transfer->status, transfer->detail, list_no);
}

static void take_result(struct follow *follow, const struct hft_event *event)
{
	struct followed *followed = add_followed(follow, event->transfer.id);

	if (event->kind == HFT_EVENT_FAILED)
		keep_failure(follow, &event->transfer);
	if (!followed)
		return;
	followed->ended = true;
	followed->exit_code = event->kind == HFT_EVENT_COMPLETED ? HFT_EXIT_DONE
								 : event->transfer.exit;
}

static void take_news(struct follow *follow, const struct hft_event *event)
{
	follow->waits = event->kind == HFT_EVENT_WAITING;
	show(follow, event);
	if (follow->options->forever)
		return;
	if (event->kind == HFT_EVENT_QUEUED)
		take_queued(follow, event);
	else if (event->kind == HFT_EVENT_COMPLETED || event->kind == HFT_EVENT_FAILED)
		take_result(follow, event);
	else
		(void)add_followed(follow, event->transfer.id);
}

/* The end's own message is the better one; without, the failure says what happened. */
static int print_end(struct follow *follow, const struct hft_end *end)
{
	screen_clear(&follow->screen);
	if (end->message[0] != '\0')
		(void)cli_fail(0, "%s", cli_message(end));
	else
		print_failure(follow);
	return end->exit;
}

/* The worst of all results; a failure of its own beats one that may still end well. */
static int worst_exit(const struct follow *follow)
{
	int worst = HFT_EXIT_DONE;

	for (uint32_t i = 0; i < follow->count; i++) {
		const int exit_code = follow->followed[i].exit_code;

		if (worst == HFT_EXIT_DONE ||
		    (worst == HFT_EXIT_WAITING && exit_code != HFT_EXIT_DONE))
			worst = exit_code;
	}
	return worst;
}

/* ---- after the engine was away -------------------------------------------------- */

/* The last row of a transfer's log tells how it ended while nobody was told. */
static bool find_in_log(struct follow *follow, struct followed *followed)
{
	struct hft_log_options log = {.kind = HFT_LOG_SEND};
	const struct hft_event *event = NULL;
	bool found = false;

	if (follow->begin_wall_ns > LOG_SLACK_NS)
		log.since_ns = follow->begin_wall_ns - LOG_SLACK_NS;
	for (;;) {
		int error = hft_log_list(follow->handle, &log);

		while (error == 0 && (error = hft_next_event(follow->handle, -1, &event)) == 0 &&
		       event->kind != HFT_EVENT_END) {
			if (strcmp(event->transfer.id, followed->id) != 0)
				continue;
			found = true;
			followed->exit_code = event->transfer.exit;
		}
		if (error < 0 || !event->end.more)
			break;
		log.after = event->end.after;
	}
	return found;
}

static int watch_next(struct follow *follow)
{
	while (follow->rewatched < follow->count && follow->followed[follow->rewatched].ended)
		follow->rewatched++;
	if (follow->rewatched == follow->count)
		return worst_exit(follow);
	if (hft_watch(follow->handle, follow->followed[follow->rewatched].id) < 0)
		return NO_RESULT; /* the next look at the connection tells why */
	return NO_RESULT;
}

/* It is not there any more: it ended while nobody was told. */
static void take_missed_end(struct follow *follow, struct followed *followed)
{
	screen_clear(&follow->screen);
	if (find_in_log(follow, followed)) {
		(void)cli_fail(0, "%s ended while the engine was away; see hft log send",
			       followed->id);
	} else {
		followed->exit_code = HFT_EXIT_NOT_FOUND;
		(void)cli_fail(0, "%s: the engine knows nothing of it any more", followed->id);
	}
}

/* A watch ended: by a result that we saw, or because the transfer is not there any more. */
static int take_watch_end(struct follow *follow, const struct hft_end *end)
{
	struct followed *followed = &follow->followed[follow->rewatched];

	if (followed->ended)
		(void)print_end(follow, end);
	else if (end->exit == HFT_EXIT_NOT_FOUND)
		take_missed_end(follow, followed);
	else
		followed->exit_code = print_end(follow, end);
	followed->ended = true;
	return watch_next(follow);
}

static int engine_is_back(struct follow *follow)
{
	screen_clear(&follow->screen);
	(void)fputs("hft: the engine is back\n", stderr);
	follow->rewatching = !follow->options->forever;
	if (follow->rewatching)
		return watch_next(follow);
	(void)hft_watch(follow->handle, NULL);
	return NO_RESULT;
}

static int look_for_engine(struct follow *follow)
{
	struct hft *handle = NULL;

	if (hft_open(follow->cli->socket, &handle) == 0) {
		follow->handle = handle;
		return engine_is_back(follow);
	}
	hft_close(handle);
	if (cli_now_ms() < follow->away_until_ms)
		return NO_RESULT;
	return cli_fail(HFT_EXIT_NO_ENGINE,
			"the engine did not come back within %u s; what is queued goes on when it "
			"does: hft watch",
			AWAY_MS / 1000);
}

/* From: being told. To: looking for the engine, or the end when nothing was queued. */
static int engine_has_gone(struct follow *follow)
{
	screen_clear(&follow->screen);
	hft_close(follow->handle);
	follow->handle = NULL;
	if (follow->count == 0 && !follow->options->forever)
		return cli_fail(
			HFT_EXIT_NO_ENGINE,
			"the engine has gone before it told an id; look with hft queue list");
	(void)fprintf(stderr, "hft: the engine has gone; waiting up to %u s for it to come back\n",
		      AWAY_MS / 1000);
	follow->away_until_ms = cli_now_ms() + AWAY_MS;
	return NO_RESULT;
}

/* ---- the loop ------------------------------------------------------------------- */

static int take_event(struct follow *follow, const struct hft_event *event)
{
	if (event->kind != HFT_EVENT_END) {
		take_news(follow, event);
		return NO_RESULT;
	}
	if (follow->rewatching)
		return take_watch_end(follow, &event->end);
	return print_end(follow, &event->end);
}

static int take_events(struct follow *follow)
{
	const struct hft_event *event = NULL;
	int result = NO_RESULT;
	int error = 0;

	if (!follow->handle)
		return look_for_engine(follow);
	while (result == NO_RESULT && follow->handle &&
	       (error = hft_next_event(follow->handle, 0, &event)) == 0)
		result = take_event(follow, event);
	if (result != NO_RESULT || error == -EAGAIN || error == -EINTR)
		return result;
	if (error == -EPIPE || error == -ENODATA)
		return engine_has_gone(follow);
	screen_clear(&follow->screen);
	return cli_fail_handle(follow->handle, error);
}

static int take_deadline(struct follow *follow)
{
	if (follow->deadline_ms == 0 || cli_now_ms() < follow->deadline_ms)
		return NO_RESULT;
	screen_clear(&follow->screen);
	if (follow->waits)
		return cli_fail(HFT_EXIT_WAITING, "not done yet: it waits for its next try; see "
						  "hft queue list");
	return cli_fail(HFT_EXIT_TIMEOUT, "not done yet; it goes on: hft watch");
}

static int shorter(int a_ms, int b_ms)
{
	if (a_ms < 0)
		return b_ms;
	return b_ms < 0 || a_ms < b_ms ? a_ms : b_ms;
}

static int wait_ms(const struct follow *follow)
{
	const uint64_t now_ms = cli_now_ms();
	int wait = screen_wait_ms(&follow->screen, now_ms);

	if (!follow->handle)
		wait = shorter(wait, AWAY_TRY_MS);
	if (follow->deadline_ms > 0)
		wait = shorter(wait, follow->deadline_ms > now_ms
					     ? (int)(follow->deadline_ms - now_ms)
					     : 0);
	return wait;
}

static void wait_for_something(const struct follow *follow)
{
	struct pollfd ready[] = {
		{.fd = follow->handle ? hft_descriptor(follow->handle) : -1, .events = POLLIN},
		{.fd = follow->canceller ? hft_descriptor(follow->canceller) : -1,
		 .events = POLLIN},
		{.fd = follow->signals, .events = POLLIN},
	};

	(void)poll(ready, ARRAY_COUNT(ready), wait_ms(follow)); /* whatever it was, all is looked at
								 */
}

static int follow_turn(struct follow *follow)
{
	int result = take_events(follow);

	if (result == NO_RESULT)
		result = take_signals(follow);
	if (result == NO_RESULT)
		result = take_deadline(follow);
	if (result != NO_RESULT)
		return result;
	take_canceller(follow);
	screen_tick(&follow->screen, cli_now_ms());
	wait_for_something(follow);
	return NO_RESULT;
}

static void follow_init(struct follow *follow, const struct cli *cli, struct hft *handle,
			const struct follow_options *options)
{
	memset(follow, 0, sizeof(*follow));
	follow->cli = cli;
	follow->options = options;
	follow->handle = handle;
	follow->signals = open_signals();
	follow->begin_wall_ns = cli_wall_ns();
	screen_init(&follow->screen, cli->json);
	if (options->id)
		(void)add_followed(follow, options->id);
	if (options->wait_s > 0)
		follow->deadline_ms = cli_now_ms() + UINT64_C(1000) * options->wait_s +
				      WAIT_GRACE_MS;
}

int follow_run(const struct cli *cli, struct hft *handle, const struct follow_options *options)
{
	struct follow *follow = malloc(sizeof(*follow));
	int result = NO_RESULT;

	if (!follow) {
		hft_close(handle);
		return cli_fail(HFT_EXIT_FAILED, "no memory left");
	}
	follow_init(follow, cli, handle, options);
	while (result == NO_RESULT)
		result = follow_turn(follow);
	screen_clear(&follow->screen);
	hft_close(follow->handle);
	hft_close(follow->canceller);
	if (follow->signals >= 0)
		(void)close(follow->signals);
	free(follow);
	return result;
}
