/* SPDX-License-Identifier: Apache-2.0 */
/* file_worker.c -- see file_worker.h.
 *
 * One lock, one queue, a few threads. The lock is held for list operations only. An op is
 * QUEUED, then RUNNING, then OVER and in its inbox; from there on no thread of the pool
 * looks at it again. */
#define _GNU_SOURCE
#include "io/file_worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hft/limits.h>

#include "io/file_call.h"
#include "io/inbox.h"
#include "io/op.h"
#include "io/resolver.h"

/* For OP_COPY where the kernel cannot copy by itself. */
#define WORKER_BUFFER_BYTES ((size_t)256 << 10)

/* Where an op is, in op->backend.stage; guarded by the pool's lock once handed over. */
enum file_stage {
	FILE_WAITING = 1, /* in its client's list */
	FILE_QUEUED,	  /* in the shared queue */
	FILE_RUNNING,	  /* in a worker's hands */
	FILE_OVER,	  /* on its way to the inbox */
};

struct file_worker {
	struct file_workers *pool; /* the shared part */
	pthread_t thread;	   /* valid when is_started */
	bool is_started;	   /* is there a thread to join? */
	struct op *running;	   /* what it works on; NULL = idle. Under the lock */
	bool must_stop;		   /* its op was cancelled. Under the lock */
	uint8_t *buffer;	   /* WORKER_BUFFER_BYTES */
};

struct file_workers {
	pthread_mutex_t mutex;				  /* guards all below */
	pthread_cond_t work;				  /* queue, closing or stopping changed */
	struct list queue;				  /* ops by backend.node */
	int closing[HFT_FILE_CLOSE_MAX];		  /* ring of descriptors to close */
	unsigned closing_first;				  /* index of the oldest */
	unsigned closing_count;				  /* how many */
	bool stopping;					  /* the threads are to end */
	struct resolver *resolver;			  /* for OP_RESOLVE; set once */
	unsigned thread_count;				  /* workers in use; set once */
	struct file_worker workers[HFT_FILE_WORKERS_MAX]; /* one for each thread */
};

/* ---- the threads -------------------------------------------------------------- */

static bool worker_must_stop(void *context)
{
	struct file_worker *worker = context;
	bool must_stop = false;

	(void)pthread_mutex_lock(&worker->pool->mutex);
	must_stop = worker->must_stop;
	(void)pthread_mutex_unlock(&worker->pool->mutex);
	return must_stop;
}

/* Called and returns with the lock held; free in between. */
static void worker_perform(struct file_worker *worker, struct op *op)
{
	struct file_workers *pool = worker->pool;
	const struct file_call call = {
		.buffer = worker->buffer,
		.buffer_bytes = WORKER_BUFFER_BYTES,
		.context = worker,
		.must_stop = worker_must_stop,
	};
	int64_t result = 0;

	op->backend.stage = FILE_RUNNING;
	worker->running = op;
	worker->must_stop = false;
	(void)pthread_mutex_unlock(&pool->mutex);
	result = file_call_perform(&call, op);
	(void)pthread_mutex_lock(&pool->mutex);
	worker->running = NULL;
	op->backend.stage = FILE_OVER;
	op->result = result;
	inbox_put(op->backend.inbox, op);
}

/* Called and returns with the lock held; free in between. */
static void worker_close_one(struct file_workers *pool)
{
	int fd = pool->closing[pool->closing_first];

	pool->closing_first = (pool->closing_first + 1) % HFT_FILE_CLOSE_MAX;
	pool->closing_count--;
	(void)pthread_mutex_unlock(&pool->mutex);
	(void)close(fd);
	(void)pthread_mutex_lock(&pool->mutex);
}

/* Ops come before closes: nobody waits for a close. */
static void *worker_run(void *argument)
{
	struct file_worker *worker = argument;
	struct file_workers *pool = worker->pool;
	struct list_node *node = NULL;

	(void)pthread_mutex_lock(&pool->mutex);
	for (;;) {
		node = list_take_first(&pool->queue);
		if (node)
			worker_perform(worker, list_entry(node, struct op, backend.node));
		else if (pool->closing_count > 0)
			worker_close_one(pool);
		else if (pool->stopping)
			break;
		else
			(void)pthread_cond_wait(&pool->work, &pool->mutex);
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

static int worker_start(struct file_workers *pool, struct file_worker *worker)
{
	int error = 0;

	worker->pool = pool;
	worker->buffer = aligned_alloc(HFT_SLOT_ALIGN_BYTES, WORKER_BUFFER_BYTES);
	if (!worker->buffer)
		return -ENOMEM;
	error = pthread_create(&worker->thread, NULL, worker_run, worker);
	if (error != 0)
		return -error;
	worker->is_started = true;
	return 0;
}

/* Signals are for the main thread: one that ended here would be taken from its signalfd. */
static int workers_start(struct file_workers *pool)
{
	sigset_t all;
	sigset_t before;
	int error = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < pool->thread_count && error == 0; i++)
		error = worker_start(pool, &pool->workers[i]);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

int file_workers_new(unsigned thread_count, struct file_workers **ret_workers)
{
	struct file_workers *pool = NULL;
	int error = 0;

	assert(thread_count <= HFT_FILE_WORKERS_MAX);
	assert(ret_workers);

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	list_init(&pool->queue);
	pool->thread_count = thread_count > 0 ? thread_count : HFT_FILE_WORKERS;
	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->work, NULL);

	error = resolver_new(&pool->resolver);
	if (error < 0)
		goto fail;
	error = workers_start(pool);
	if (error < 0)
		goto fail;
	*ret_workers = pool;
	return 0;

fail:
	file_workers_free(pool);
	return error;
}

void file_workers_free(struct file_workers *workers)
{
	if (!workers)
		return;
	(void)pthread_mutex_lock(&workers->mutex);
	workers->stopping = true;
	(void)pthread_cond_broadcast(&workers->work);
	(void)pthread_mutex_unlock(&workers->mutex);

	for (unsigned i = 0; i < workers->thread_count; i++) {
		if (workers->workers[i].is_started)
			(void)pthread_join(workers->workers[i].thread, NULL);
		free(workers->workers[i].buffer);
	}
	resolver_free(workers->resolver);
	(void)pthread_cond_destroy(&workers->work);
	(void)pthread_mutex_destroy(&workers->mutex);
	free(workers);
}

static void workers_hand(struct file_workers *workers, struct op *op)
{
	(void)pthread_mutex_lock(&workers->mutex);
	op->backend.stage = FILE_QUEUED;
	list_push_tail(&workers->queue, &op->backend.node);
	(void)pthread_cond_signal(&workers->work);
	(void)pthread_mutex_unlock(&workers->mutex);
}

/* With the lock held: tells the worker that has the op. */
static void workers_stop_running(struct file_workers *workers, const struct op *op)
{
	for (unsigned i = 0; i < workers->thread_count; i++) {
		if (workers->workers[i].running == op)
			workers->workers[i].must_stop = true;
	}
}

/* Takes the op out of the list it waits in, or tells its worker to stop. Returns the stage it
 * was in. The client's own list is touched here too, because the stage says which list it is. */
static enum file_stage workers_take_back(struct file_workers *workers, struct op *op)
{
	enum file_stage stage = FILE_OVER;

	(void)pthread_mutex_lock(&workers->mutex);
	stage = (enum file_stage)op->backend.stage;
	if (stage == FILE_WAITING || stage == FILE_QUEUED)
		list_remove(&op->backend.node);
	else if (stage == FILE_RUNNING)
		workers_stop_running(workers, op);
	(void)pthread_mutex_unlock(&workers->mutex);
	return stage;
}

/* False when the ring is full. */
static bool workers_close(struct file_workers *workers, int fd)
{
	bool taken = false;

	(void)pthread_mutex_lock(&workers->mutex);
	if (workers->closing_count < HFT_FILE_CLOSE_MAX) {
		unsigned index = workers->closing_first + workers->closing_count;

		workers->closing[index % HFT_FILE_CLOSE_MAX] = fd;
		workers->closing_count++;
		(void)pthread_cond_signal(&workers->work);
		taken = true;
	}
	(void)pthread_mutex_unlock(&workers->mutex);
	return taken;
}

/* ---- a loop's side ------------------------------------------------------------ */

void file_client_init(struct file_client *client, struct file_workers *workers, struct inbox *inbox)
{
	assert(workers);
	assert(inbox);

	client->workers = workers;
	client->inbox = inbox;
	client->handed_count = 0;
	list_init(&client->waiting);
}

static void client_hand_next(struct file_client *client)
{
	struct list_node *node = NULL;

	if (client->handed_count >= HFT_FILE_CLIENT_SHARE)
		return;
	node = list_take_first(&client->waiting);
	if (!node)
		return;
	client->handed_count++;
	workers_hand(client->workers, list_entry(node, struct op, backend.node));
}

void file_client_submit(struct file_client *client, struct op *op)
{
	op->backend.inbox = client->inbox;
	if (op->kind == OP_RESOLVE) {
		resolver_submit(client->workers->resolver, op);
		return;
	}
	op->backend.stage = FILE_WAITING;
	list_push_tail(&client->waiting, &op->backend.node);
	client_hand_next(client);
}

bool file_client_cancel(struct file_client *client, struct op *op)
{
	enum file_stage stage = FILE_OVER;

	if (op->kind == OP_RESOLVE)
		return resolver_cancel(client->workers->resolver, op);
	stage = workers_take_back(client->workers, op);
	if (stage == FILE_QUEUED)
		file_client_returned(client, op);
	return stage == FILE_QUEUED || stage == FILE_WAITING;
}

void file_client_returned(struct file_client *client, const struct op *op)
{
	if (op->kind == OP_RESOLVE)
		return;
	assert(client->handed_count > 0);
	client->handed_count--;
	client_hand_next(client);
}

void file_client_close(struct file_client *client, int fd)
{
	const struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	struct stat seen;

	if (fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode)) {
		/* Whoever opens the file next may want the lock before the close is done. */
		(void)fcntl(fd, F_OFD_SETLK, &none);
		if (workers_close(client->workers, fd))
			return;
	}
	(void)close(fd);
}
