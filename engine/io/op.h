/* SPDX-License-Identifier: Apache-2.0 */
/* op.h -- one operation in flight, and the one interface that performs it.
 *
 * An op is what a loop wants from the world: a read, a connect, a rename. The
 * owner embeds the op in its own struct, fills it in, submits it, and is called
 * back on the same thread when it is over. An ops is one thread's way to the
 * world; three backends speak the same interface:
 *
 *   uring   io_uring for data and sockets, file workers for blocking metadata
 *   epoll   readiness for sockets, file workers for everything about files
 *   sim     a disk, a network and a clock in memory, with faults from a seed
 *
 * The caller never learns which one it has, except by ops_backend_name(). */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/list.h"

struct ops;
struct buffer_pool;
struct inbox;

/* A place to connect to or listen on. */
struct net_address {
	struct sockaddr_storage storage; /* AF_INET or AF_INET6 */
	socklen_t bytes;		 /* used part of storage; 0 = none */
};

enum op_kind {
	OP_NOTHING, /* legal: ends with 0 at the next dispatch; how to be called back later */
	/* Sockets. */
	OP_RESOLVE, /* host name -> addresses */
	OP_CONNECT, /* makes a stream socket (no Nagle) and connects it; result = descriptor */
	OP_ACCEPT,  /* result = descriptor (no Nagle), peer in args.accept.ret_peer */
	OP_RECV,    /* result = bytes, 0 = end of stream */
	OP_SEND,    /* result = bytes taken by the socket */
	OP_POLL,    /* fd became readable (eventfd, pidfd, control socket); result = revents */
	/* File data. */
	OP_READ,     /* at an offset, or from the position when offset is OP_NO_OFFSET */
	OP_WRITE,    /* at an offset */
	OP_SKIP,     /* drops bytes of a pipe without copying; result = bytes dropped, 0 = end */
	OP_DATASYNC, /* fdatasync */
	/* File metadata; may block, so never on the loop's own thread. */
	OP_OPEN,     /* result = descriptor that may wait, whatever OPEN_NONBLOCK said */
	OP_STAT,     /* identity of an open file, into args.stat.ret */
	OP_TRUNCATE, /* sets the length */
	OP_MODE,     /* sets permission bits (and owner, if wanted) */
	OP_SYNC,     /* fsync, also of a folder */
	OP_RENAME,   /* within one folder; names, not paths: -EINVAL for a slash, "." and ".." */
	OP_UNLINK,   /* a name in a folder, the same rule */
	OP_COPY,     /* bytes from file to file; result = bytes copied */
	OP_LOCK,     /* whole-file write lock (OFD), not waiting: -EAGAIN when held elsewhere */
	OP_KINDS,    /* how many; not a kind */
};

#define OP_NO_OFFSET UINT64_MAX
#define OP_NO_BUFFER (-1)

enum op_open_flags {
	OPEN_READ = 1 << 0,
	OPEN_WRITE = 1 << 1,
	OPEN_CREATE = 1 << 2,	 /* mode in args.open.mode */
	OPEN_EXCLUSIVE = 1 << 3, /* with CREATE: -EEXIST if it is there */
	OPEN_FOLDER = 1 << 4,	 /* a folder handle for the *at operations */
	OPEN_DIRECT = 1 << 5,	 /* O_DIRECT if the file system can; see ret_align_bytes */
	OPEN_BENEATH = 1 << 6,	 /* a name from the network: never leaves fd, follows no link */
	OPEN_AS_USER = 1 << 8,	 /* with the rights of args.open.uid and gid, if we are root */
	OPEN_NONBLOCK = 1 << 7,	 /* do not wait for a FIFO's other end (no open does: to write
				  * without a reader is -ENXIO, a read waits for the writer) */
};

/* What OP_STAT tells; the fields of struct source_identity plus permission. */
struct op_stat {
	uint64_t device;   /* st_dev */
	uint64_t inode;	   /* st_ino */
	uint64_t bytes;	   /* length */
	uint64_t mtime_ns; /* last change of the content, since 1970 */
	uint64_t ctime_ns; /* last change of anything, since 1970 */
	uint32_t mode;	   /* st_mode, with the type bits */
	uint32_t uid;	   /* owner */
	uint32_t gid;	   /* group */
};

/* One operation. The owner keeps the struct, and everything args point to, alive
 * and untouched from ops_submit() until done() is called.
 *
 * args.data.whole: RECV and READ go on until `bytes` are there or the stream or file ends, SEND
 * and WRITE until all is taken. A result that is short all the same means the end, or an
 * error or a cancel after so many bytes: ask again to learn which. Without `whole` any number
 * from 1 on is a result. */
struct op {
	enum op_kind kind;	     /* what is wanted */
	int fd;			     /* what it works on; the folder for OPEN, RENAME, UNLINK */
	int64_t result;		     /* when done: >= 0 as said at the kind, or negative errno */
	void *owner;		     /* the owner's own */
	void (*done)(struct op *op); /* from ops_dispatch(), on the loop's thread, exactly once */
	union {
		struct {
			const char *name;	  /* host name or address in text */
			uint16_t port;		  /* host order */
			struct net_address *list; /* filled by the backend, result = count */
			uint32_t capacity;	  /* room in list */
		} resolve;
		struct {
			struct net_address to; /* where to */
		} connect;
		struct {
			struct net_address ret_peer; /* who connected */
		} accept;
		struct {
			void *data;	  /* RECV, READ: written; SEND, WRITE: read */
			size_t bytes;	  /* how much at most */
			uint64_t offset;  /* READ, WRITE */
			int buffer_index; /* registered slot that holds data, or OP_NO_BUFFER */
			bool whole;	  /* all of it; see above */
		} data;
		struct {
			uint64_t bytes; /* how many to drop at most */
		} skip;
		struct {
			const char *path;	  /* relative to fd, or absolute when fd is -1 */
			uint32_t flags;		  /* enum op_open_flags */
			uint32_t uid;		  /* with OPEN_AS_USER; no supplementary groups */
			uint32_t gid;		  /* likewise */
			uint32_t mode;		  /* permission bits for CREATE */
			uint32_t ret_align_bytes; /* O_DIRECT's alignment; 0 = buffered */
			bool ret_created;	  /* the file was not there before */
		} open;
		struct {
			struct op_stat ret; /* the answer */
		} stat;
		struct {
			uint64_t bytes; /* the new length */
		} truncate;
		struct {
			uint32_t mode; /* permission bits; UINT32_MAX = leave */
			uint32_t uid;  /* UINT32_MAX = leave */
			uint32_t gid;  /* UINT32_MAX = leave */
		} mode;
		struct {
			const char *from;   /* a name in the folder */
			const char *to;	    /* the name it gets */
			bool never_replace; /* -EEXIST if `to` is there */
		} rename;
		struct {
			const char *name; /* in the folder */
		} unlink;
		struct {
			int from_fd;	      /* where bytes come from */
			uint64_t from_offset; /* in from_fd */
			uint64_t to_offset;   /* in op->fd */
			uint64_t bytes;	      /* how many; fewer at the end of the source */
		} copy;
	} args;
	struct {		       /* the backend's own; zero before the first submit */
		struct list_node node; /* in the list that its state names */
		struct inbox *inbox;   /* where a worker thread puts it when it is over */
		uint32_t state;	       /* who has it */
		uint32_t stage;	       /* how far it is there; a worker's under the pool's lock */
		uint32_t asked;	       /* cancelled or aborted by its owner */
		uint32_t token;	       /* the socket of a connect under way */
		uint64_t progress;     /* bytes moved so far */
		uint64_t due_ns;       /* sim: when it will be over */
	} backend;
};

/* What one backend does. Only the three backends and op.c look inside. */
struct ops_backend {
	const char *name;				    /* ops_backend_name() */
	void (*submit)(struct ops *ops, struct op *op);	    /* ops_submit() */
	void (*cancel)(struct ops *ops, struct op *op);	    /* ops_cancel() */
	int (*wait)(struct ops *ops, uint64_t deadline_ns); /* ops_wait() */
	struct op *(*take)(struct ops *ops);		    /* next that is over, or NULL */
	uint64_t (*now_ns)(struct ops *ops);		    /* ops_now_ns() */
	uint64_t (*wall_ns)(struct ops *ops);		    /* ops_wall_ns() */
	void (*wake)(struct ops *ops);			    /* ops_wake() */
	int (*listen)(struct ops *ops, const struct net_address *at, int *ret_fd,
		      uint16_t *ret_port);				 /* ops_listen() */
	void (*close)(struct ops *ops, int fd);				 /* ops_close() */
	void (*abort)(struct ops *ops, int fd);				 /* ops_abort() */
	int (*register_pool)(struct ops *ops, struct buffer_pool *pool); /* ops_register_pool() */
	void (*shutdown)(struct ops *ops, int fd); /* NULL = shutdown(2) does it */
	void (*free)(struct ops *ops);		   /* ops_free() */
};

/* Every backend's own struct starts with this. */
struct ops {
	const struct ops_backend *backend; /* which one it is */
	uint64_t submitted[OP_KINDS];	   /* counters, for status and for tests */
	uint64_t failed[OP_KINDS];	   /* of these ended with a negative result */
	uint64_t demotions;   /* times it stepped down from a better way; see io/backend.h */
	const char *demotion; /* why epoll was taken instead of uring; NULL = it was not */
};

/* Hands `op` over. Never fails: what cannot be done ends as a negative result.
 * done() is never called from inside this call. */
void ops_submit(struct ops *ops, struct op *op);

/* Asks for an early end of a submitted op. It still ends exactly once, with
 * -ECANCELED or with whatever it had reached: a connect or accept may still bring a descriptor,
 * which is the owner's. Nothing happens when it is over already. */
void ops_cancel(struct ops *ops, struct op *op);

/* Submits what is pending and waits until something is over, ops_wake() is
 * called, or the boot-time clock reaches deadline_ns (UINT64_MAX = no deadline; a time in
 * the past = do not wait). Returns 0, or a negative errno the loop cannot go on from. */
HFT_MUST_USE int ops_wait(struct ops *ops, uint64_t deadline_ns);

/* Calls done() for at most `budget` ops that are over; returns how many. */
unsigned ops_dispatch(struct ops *ops, unsigned budget);

/* The loop's clock: boot time, never set back. Simulated in sim. */
uint64_t ops_now_ns(struct ops *ops);

/* The wall clock, for log records and queue rows only. */
uint64_t ops_wall_ns(struct ops *ops);

/* Ends a current or the next ops_wait() early. The one call that any thread may make. */
void ops_wake(struct ops *ops);

/* Listens on `at` (port 0 = any free). Gives the descriptor and the port. "::" is IPv6 alone:
 * who wants both listens twice. */
HFT_MUST_USE int ops_listen(struct ops *ops, const struct net_address *at, int *ret_fd,
			    uint16_t *ret_port);

/* Closes a descriptor that has no op in flight. Order with earlier ops is kept. A regular file's
 * lock is given up at once; freeing its blocks, which may take long, happens elsewhere. */
void ops_close(struct ops *ops, int fd);

/* Ends our sending side in good order: what was sent arrives, then the peer's OP_RECV gives 0.
 * Receiving goes on. No OP_SEND may be in flight or come later; nothing happens on a connection
 * that is over already. */
void ops_shutdown(struct ops *ops, int fd);

/* Ends a connection the hard way: pending ops end with -ECANCELED or -ECONNABORTED, the
 * peer gets a reset, pinned buffers come back. The descriptor is gone for new ops at once.
 * Their memory is the kernel's until they are dispatched, as always. */
void ops_abort(struct ops *ops, int fd);

/* Registers a pool's memory, so that ops may name slots by buffer_index. Returns 0, or a
 * negative errno; the pool works without registration too (slots then say OP_NO_BUFFER).
 * -EOPNOTSUPP is no failure: this backend has no use for it. One pool for each ops; before the
 * first ops_wait() or on the loop's thread. Under a limit on locked memory only the first
 * slots are registered, which counts as a demotion and is logged. */
HFT_MUST_USE int ops_register_pool(struct ops *ops, struct buffer_pool *pool);

/* "uring", "epoll" or "sim". */
const char *ops_backend_name(const struct ops *ops);

/* Nothing may be in flight. Accepts NULL. */
void ops_free(struct ops *ops);
