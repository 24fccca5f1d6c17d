/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.c -- see resolver.h.
 *
 * The threads are detached and the resolver is counted: the last of them and the owner frees
 * it. So shutdown does not wait for getaddrinfo(), which cannot be interrupted. */
#define _GNU_SOURCE
#include "io/resolver.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "base/list.h"
#include "io/address.h"
#include "io/inbox.h"
#include "io/op.h"

/* A full domain name is at most 255 bytes. */
#define RESOLVER_NAME_BYTES 256

/* Where a RESOLVE op is, in op->backend.stage; guarded by the resolver's lock. */
enum resolve_stage {
	RESOLVE_QUEUED = 1,
	RESOLVE_RUNNING,
	RESOLVE_OVER,
};

/* What one thread has in its hands; its own but for `op`. */
struct resolver_slot {
	struct resolver *resolver;		   /* the shared part */
	struct op *op;				   /* who asked; NULL = nobody, or taken away */
	char name[RESOLVER_NAME_BYTES];		   /* copy of the op's */
	uint16_t port;				   /* copy of the op's */
	struct net_address found[HFT_RESOLVE_MAX]; /* the answer */
};

struct resolver {
	pthread_mutex_t mutex; /* guards all below, and op in the slots */
	pthread_cond_t work;   /* queue or stopping changed */
	struct list queue;     /* ops by backend.node */
	unsigned users;	       /* threads and the owner */
	bool stopping;	       /* the owner is gone */
	struct resolver_slot slots[HFT_RESOLVER_THREADS]; /* one for each thread */
};

/* Gives up one share, with the lock held; the last one frees. */
static void resolver_leave(struct resolver *resolver)
{
	const bool last = --resolver->users == 0;

	(void)pthread_mutex_unlock(&resolver->mutex);
	if (!last)
		return;
	(void)pthread_cond_destroy(&resolver->work);
	(void)pthread_mutex_destroy(&resolver->mutex);
	free(resolver);
}

static int resolver_error(int code)
{
	switch (code) {
	case EAI_NONAME:
	case EAI_NODATA:
		return -ENOENT;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return errno > 0 ? -errno : -EIO;
	default:
		return -EIO;
	}
}

/* Returns how many addresses were found, or a negative errno. */
static int resolver_ask(struct resolver_slot *slot)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *answer = NULL;
	int count = 0;
	int code = getaddrinfo(slot->name, NULL, &hints, &answer);

	if (code != 0)
		return resolver_error(code);
	for (struct addrinfo *entry = answer; entry && count < HFT_RESOLVE_MAX;
	     entry = entry->ai_next) {
		struct net_address *found = &slot->found[count];

		if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6)
			continue;
		memset(found, 0, sizeof(*found));
		memcpy(&found->storage, entry->ai_addr, entry->ai_addrlen);
		found->bytes = entry->ai_addrlen;
		net_address_set_port(found, slot->port);
		count++;
	}
	freeaddrinfo(answer);
	return count > 0 ? count : -ENOENT;
}

/* With the lock held: takes the next op into the slot. */
static void resolver_pick(struct resolver_slot *slot)
{
	struct list_node *node = list_take_first(&slot->resolver->queue);
	struct op *op = list_entry(node, struct op, backend.node);

	op->backend.stage = RESOLVE_RUNNING;
	slot->op = op;
	slot->port = op->args.resolve.port;
	memcpy(slot->name, op->args.resolve.name, strlen(op->args.resolve.name) + 1);
}

/* With the lock held: hands the answer to whoever asked, if it still wants it. */
static void resolver_answer(struct resolver_slot *slot, int result)
{
	struct op *op = slot->op;

	slot->op = NULL;
	if (!op)
		return;
	op->backend.stage = RESOLVE_OVER;
	if (result > 0 && (uint32_t)result > op->args.resolve.capacity)
		result = (int)op->args.resolve.capacity;
	for (int i = 0; i < result; i++)
		op->args.resolve.list[i] = slot->found[i];
	op->result = result;
	inbox_put(op->backend.inbox, op);
}

static void *resolver_run(void *argument)
{
	struct resolver_slot *slot = argument;
	struct resolver *resolver = slot->resolver;
	int result = 0;

	(void)pthread_mutex_lock(&resolver->mutex);
	for (;;) {
		while (!resolver->stopping && list_is_empty(&resolver->queue))
			(void)pthread_cond_wait(&resolver->work, &resolver->mutex);
		if (resolver->stopping)
			break;
		resolver_pick(slot);
		(void)pthread_mutex_unlock(&resolver->mutex);
		result = resolver_ask(slot);
		(void)pthread_mutex_lock(&resolver->mutex);
		resolver_answer(slot, result);
	}
	resolver_leave(resolver);
	return NULL;
}

/* Signals are for the main thread: one that ended here would be taken from its signalfd. */
static int resolver_start(struct resolver *resolver, struct resolver_slot *slot)
{
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int error = 0;

	slot->resolver = resolver;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)pthread_mutex_lock(&resolver->mutex);
	error = pthread_create(&thread, NULL, resolver_run, slot);
	if (error == 0) {
		(void)pthread_detach(thread);
		resolver->users++;
	}
	(void)pthread_mutex_unlock(&resolver->mutex);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int resolver_new(struct resolver **ret_resolver)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	int error = 0;

	assert(ret_resolver);
	if (!resolver)
		return -ENOMEM;
	list_init(&resolver->queue);
	resolver->users = 1;
	(void)pthread_mutex_init(&resolver->mutex, NULL);
	(void)pthread_cond_init(&resolver->work, NULL);

	for (unsigned i = 0; i < HFT_RESOLVER_THREADS && error == 0; i++)
		error = resolver_start(resolver, &resolver->slots[i]);
	if (error < 0) {
		resolver_free(resolver);
		return error;
	}
	*ret_resolver = resolver;
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	(void)pthread_mutex_lock(&resolver->mutex);
	assert(list_is_empty(&resolver->queue));
	resolver->stopping = true;
	(void)pthread_cond_broadcast(&resolver->work);
	resolver_leave(resolver);
}

int resolver_numeric(struct op *op)
{
	struct net_address address = {0};

	if (op->args.resolve.capacity == 0)
		return -EINVAL;
	if (net_address_parse(op->args.resolve.name, op->args.resolve.port, &address) < 0)
		return -ENOENT;
	/* "10.0.0.1:5" is an address with a port, but not a host. */
	if (net_address_port(&address) != op->args.resolve.port)
		return -EINVAL;
	op->args.resolve.list[0] = address;
	return 1;
}

void resolver_submit(struct resolver *resolver, struct op *op)
{
	const size_t bytes = strlen(op->args.resolve.name);
	int result = bytes == 0 || bytes >= RESOLVER_NAME_BYTES ? -EINVAL : resolver_numeric(op);

	(void)pthread_mutex_lock(&resolver->mutex);
	if (result != -ENOENT) {
		op->backend.stage = RESOLVE_OVER;
		op->result = result;
		inbox_put(op->backend.inbox, op);
	} else {
		op->backend.stage = RESOLVE_QUEUED;
		list_push_tail(&resolver->queue, &op->backend.node);
		(void)pthread_cond_signal(&resolver->work);
	}
	(void)pthread_mutex_unlock(&resolver->mutex);
}

bool resolver_cancel(struct resolver *resolver, struct op *op)
{
	bool taken = true;

	(void)pthread_mutex_lock(&resolver->mutex);
	switch (op->backend.stage) {
	case RESOLVE_QUEUED:
		list_remove(&op->backend.node);
		break;
	case RESOLVE_RUNNING:
		for (unsigned i = 0; i < HFT_RESOLVER_THREADS; i++) {
			if (resolver->slots[i].op == op)
				resolver->slots[i].op = NULL;
		}
		break;
	default:
		taken = false;
		break;
	}
	(void)pthread_mutex_unlock(&resolver->mutex);
	return taken;
}
