/* SPDX-License-Identifier: Apache-2.0 */
/* run.c -- see run.h.
 *
 * The end, step by step: a signal comes in through control's ops, engine->ending is set and all
 * loops are woken. Each mover abandons what it has and goes on taking turns; control closes its
 * socket and clients, waits until it is quiet, and says so; from then on nothing new can come to
 * the movers, and each leaves when it is quiet too. */
#define _GNU_SOURCE 1 /* pthread_setname_np() */

#include "daemon/run.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <hft/version.h>

#include "base/text.h"
#include "daemon/control_api.h"
#include "daemon/control_loop.h"
#include "daemon/mover.h"
#include "daemon/notify.h"
#include "daemon/run_parts.h"
#include "host/clock.h"
#include "host/fd.h"
#include "io/backend.h"

struct run;

/* One mover's thread. */
struct run_mover {
	struct run *run;     /* whose it is */
	struct mover *mover; /* the engine's */
	pthread_t thread;    /* joined when started */
	bool started;	     /* thread is valid */
	bool quiet;	     /* it left with nothing in flight; read after joining */
};

struct run {
	struct run_parts parts;			/* what the engine was made from */
	struct engine *engine;			/* NULL = not yet */
	struct control_api *api;		/* NULL = not yet */
	struct run_mover mover[HFT_MOVERS_MAX]; /* as many as the engine has */
	int signal_fd;				/* SIGTERM, SIGINT; -1 = none */
	struct op signal_op;			/* waits for signal_fd */
	bool signal_runs;			/* signal_op is in flight */
	struct notify notify;			/* the service manager */
	atomic_bool failed;			/* a loop could not go on */
	atomic_bool control_is_over;		/* control sends no orders any more */
};

/* ---- movers ------------------------------------------------------------------- */

static bool run_is_ending(const struct run *run)
{
	return atomic_load_explicit(&run->engine->ending, memory_order_acquire);
}

/* One wait of a loop; an error it cannot go on from ends the engine. */
static bool run_wait(struct run *run, struct ops *ops, uint64_t deadline_ns, const char *loop)
{
	int error = ops_wait(ops, deadline_ns);

	if (error == 0)
		return true;
	log_line(&run->parts.log, LOG_ERROR, "loop-failed", "loop=%s error=%d reason=\"%s\"", loop,
		 error, strerror(-error));
	atomic_store_explicit(&run->failed, true, memory_order_release);
	engine_end(run->engine);
	return false;
}

/* Nothing is in flight here, and control has no orders any more. */
static bool mover_may_leave(const struct run_mover *self)
{
	return atomic_load_explicit(&self->run->control_is_over, memory_order_acquire) &&
	       mover_is_quiet(self->mover);
}

static void mover_leave(struct run_mover *self)
{
	struct mover *mover = self->mover;
	uint64_t deadline_ns = 0;

	mover_stop(mover);
	deadline_ns = ops_now_ns(mover->ops) + HFT_STOP_NS;
	while (ops_now_ns(mover->ops) < deadline_ns) {
		mover_turn(mover);
		if (mover_may_leave(self) ||
		    !run_wait(self->run, mover->ops, min_u64(deadline_ns, mover_deadline_ns(mover)),
			      "mover"))
			break;
	}
	self->quiet = mover_is_quiet(mover);
}

static void *mover_main(void *arg)
{
	struct run_mover *self = arg;
	struct mover *mover = self->mover;
	bool going = true;

	while (going && !run_is_ending(self->run)) {
		mover_turn(mover);
		going = run_wait(self->run, mover->ops, mover_deadline_ns(mover), "mover");
	}
	mover_leave(self);
	return NULL;
}

static int run_start_movers(struct run *run, char sentence[HFT_SENTENCE_BYTES])
{
	char name[16]; /* what the kernel keeps */

	for (uint32_t i = 0; i < run->engine->mover_count; i++) {
		struct run_mover *self = &run->mover[i];
		int error = 0;

		self->run = run;
		self->mover = run->engine->mover[i];
		error = -pthread_create(&self->thread, NULL, mover_main, self);
		if (error < 0) {
			(void)text_format(sentence, HFT_SENTENCE_BYTES, "cannot start a thread: %s",
					  strerror(-error));
			return error;
		}
		self->started = true;
		(void)text_format(name, sizeof(name), "hft-mover-%u", i);
		(void)pthread_setname_np(self->thread, name);
	}
	return 0;
}

/* True when all of them left quietly. */
static bool run_join_movers(struct run *run)
{
	bool quiet = true;

	for (uint32_t i = 0; i < run->engine->mover_count; i++) {
		if (!run->mover[i].started)
			continue;
		(void)pthread_join(run->mover[i].thread, NULL);
		quiet = quiet && run->mover[i].quiet;
	}
	return quiet;
}

/* ---- signals ------------------------------------------------------------------ */

/* Before any thread is made, so that all of them inherit it. */
static int run_take_signals(struct run *run)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -EINVAL;
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signal_fd < 0 ? -errno : 0;
}

static void run_signalled(struct op *op)
{
	struct run *run = op->owner;
	struct signalfd_siginfo info = {0};

	run->signal_runs = false;
	if (op->result == -ECANCELED)
		return;
	if (read(run->signal_fd, &info, sizeof(info)) < 0)
		info.ssi_signo = 0;
	log_line(&run->parts.log, LOG_INFO, "ending", "signal=%u from=%u", info.ssi_signo,
		 info.ssi_pid);
	engine_end(run->engine);
}

static void run_await_signal(struct run *run)
{
	struct op *op = &run->signal_op;

	op->kind = OP_POLL;
	op->fd = run->signal_fd;
	op->owner = run;
	op->done = run_signalled;
	run->signal_runs = true;
	ops_submit(run->engine->control->ops, op);
}

/* ---- control ------------------------------------------------------------------ */

static bool control_is_over(const struct run *run)
{
	return (!run->api || control_api_is_closed(run->api)) && !run->signal_runs &&
	       control_is_quiet(run->engine->control);
}

static void run_turn(struct run *run)
{
	notify_turn(&run->notify, ops_now_ns(run->engine->control->ops));
	control_turn(run->engine->control);
}

/* Waits for control's next turn, `latest_ns` at most; false when it cannot go on. */
static bool run_wait_turn(struct run *run, uint64_t latest_ns)
{
	struct control *control = run->engine->control;
	uint64_t deadline_ns = min_u64(latest_ns, run->notify.next_ns);

	deadline_ns = min_u64(deadline_ns, control_deadline_ns(control));
	return run_wait(run, control->ops, deadline_ns, "control");
}

/* Ends control, then lets the movers leave. True when nothing is in flight anywhere. */
static bool run_end(struct run *run)
{
	struct control *control = run->engine->control;
	uint64_t deadline_ns = ops_now_ns(control->ops) + HFT_STOP_NS;
	bool quiet = false;

	if (run->api)
		control_api_close(run->api);
	if (run->signal_runs)
		ops_cancel(control->ops, &run->signal_op);
	while (ops_now_ns(control->ops) < deadline_ns) {
		run_turn(run);
		if (control_is_over(run) || !run_wait_turn(run, deadline_ns))
			break;
	}
	quiet = control_is_over(run);
	atomic_store_explicit(&run->control_is_over, true, memory_order_release);
	for (uint32_t i = 0; i < run->engine->mover_count; i++)
		ops_wake(run->engine->mover[i]->ops);
	return run_join_movers(run) && quiet;
}

/* ---- the whole ------------------------------------------------------------------ */

static void run_log_ready(struct run *run, const struct arguments *arguments)
{
	const struct engine *engine = run->engine;
	struct fingerprint own;
	char text[FINGERPRINT_TEXT_BYTES];
	char status[HFT_HOST_BYTES + 64];

	tls_context_fingerprint(run->parts.tls, &own);
	fingerprint_print(&own, text);
	log_line(&run->parts.log, LOG_INFO, "ready",
		 "name=%s version=%s pid=%d receive_port=%u io=%s movers=%u state=\"%s\" "
		 "socket=\"%s\" fingerprint=%s",
		 engine->config->engine.name, HFT_VERSION, (int)getpid(),
		 engine->listener_count > 0 ? engine->receive_port : 0,
		 ops_backend_name(engine->control->ops), engine->mover_count,
		 arguments->state_folder, arguments->socket_path, text);
	(void)snprintf(status, sizeof(status), "%s: receives on port %u",
		       engine->config->engine.name, engine->receive_port);
	notify_ready(status);
}

static int run_open_api(struct run *run, const struct arguments *arguments,
			char sentence[HFT_SENTENCE_BYTES])
{
	int error = 0;

	if (!arguments->socket_path[0]) {
		(void)text_copy(sentence, HFT_SENTENCE_BYTES,
				"no control socket: $XDG_RUNTIME_DIR is not set; name one with "
				"--socket");
		return -ENOENT;
	}
	error = control_api_new(run->engine, arguments->socket_path, &run->api, sentence,
				HFT_SENTENCE_BYTES);
	if (error == 0)
		run->api->io_demotion = ops_demotion(run->engine->control->ops);
	return error;
}

static int run_start(struct run *run, const struct arguments *arguments,
		     char sentence[HFT_SENTENCE_BYTES])
{
	int error = run_take_signals(run);

	if (error < 0) {
		(void)text_format(sentence, HFT_SENTENCE_BYTES, "cannot take signals: %s",
				  strerror(-error));
		return error;
	}
	error = run_parts_open(&run->parts, arguments, sentence);
	if (error < 0)
		return error;
	error = engine_new(&run->parts.engine, &run->engine, sentence, HFT_SENTENCE_BYTES);
	run_parts_engine_made(&run->parts); /* or it has freed them */
	if (error == 0)
		error = run_open_api(run, arguments, sentence);
	if (error == 0)
		error = run_start_movers(run, sentence);
	return error;
}

/* Frees everything, or, when something never came back, ends the process under it. */
static void run_done(struct run *run, bool quiet, int exit_code)
{
	struct log *log = &run->parts.log;

	if (!quiet) {
		journal_free(run->parts.journal);
		log_line(log, LOG_WARN, "ended",
			 "reason=\"something in flight did not come back in time; the journal is "
			 "closed\"");
		_exit(exit_code);
	}
	journal_stop(run->parts.journal);
	control_api_free(run->api);
	engine_free(run->engine);
	fd_close(&run->signal_fd);
	run_parts_done(&run->parts);
	if (exit_code == EXIT_SUCCESS)
		log_line(log, LOG_INFO, "ended", "reason=\"asked to\"");
}

static int run_loop(struct run *run, const struct arguments *arguments)
{
	bool quiet = false;

	run_await_signal(run);
	notify_init(&run->notify, clock_boot_ns());
	run_log_ready(run, arguments);
	do {
		run_turn(run);
	} while (!run_is_ending(run) && run_wait_turn(run, UINT64_MAX));
	notify_stopping();
	quiet = run_end(run);
	run_done(run, quiet, atomic_load(&run->failed) ? EXIT_FAILURE : EXIT_SUCCESS);
	return atomic_load(&run->failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run_engine(const struct arguments *arguments)
{
	char sentence[HFT_SENTENCE_BYTES] = "out of memory";
	struct run *run = calloc(1, sizeof(*run));
	int error = -ENOMEM;
	int exit_code = EXIT_FAILURE;

	if (run) {
		run->signal_fd = -1;
		log_init(&run->parts.log, STDERR_FILENO, arguments->log_level);
		error = run_start(run, arguments, sentence);
	}
	if (error == 0) {
		exit_code = run_loop(run, arguments);
	} else {
		(void)fprintf(stderr, "hft-engine: %s\n", sentence);
		if (run && run->engine) {
			engine_end(run->engine);
			run_done(run, run_end(run), EXIT_FAILURE);
		} else if (run) {
			fd_close(&run->signal_fd);
			run_parts_done(&run->parts);
		}
	}
	free(run);
	return exit_code;
}
