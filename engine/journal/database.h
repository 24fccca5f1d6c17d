/* SPDX-License-Identifier: Apache-2.0 */
/* database.h -- SQLite as the journal uses it: one connection, prepared statements.
 *
 * Inside journal/ only, and the only place besides its .c files that knows there is
 * SQLite. Not thread-safe: used by one thread at a time. Statement texts and the schema
 * are in schema.c.
 *
 * How it is set up, and why:
 *   locking_mode=EXCLUSIVE  the folder may lie on shared storage: with it a WAL needs no
 *                           shared memory, which network file systems do not have
 *   journal_mode=WAL        one fsync for a transaction instead of three or four
 *   synchronous=FULL        the WAL is synced at every commit; NORMAL would sync it only
 *                           at its checkpoints and lose what we promised
 *   cell_size_check=ON, quick_check at open: damage is found before it spreads */
#ifndef HFT_JOURNAL_DATABASE_H
#define HFT_JOURNAL_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct sqlite3;
struct sqlite3_stmt;

enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_SAVE,		     /* a point inside the transaction, to go back to */
	STATEMENT_SAVED_DROP,	     /* forgets the point */
	STATEMENT_SAVED_BACK,	     /* goes back to the point */
	STATEMENT_META_PUT,	     /* name, value */
	STATEMENT_META_GET,	     /* name -> value */
	STATEMENT_QUEUE_PUT,	     /* id, row */
	STATEMENT_QUEUE_REMOVE,	     /* id */
	STATEMENT_QUEUE_UP,	     /* after, limit -> place, row */
	STATEMENT_QUEUE_DOWN,	     /* before, limit -> place, row */
	STATEMENT_RESEND_PUT,	     /* list number, id, row */
	STATEMENT_RESEND_REMOVE,     /* list number */
	STATEMENT_RESEND_NUMBER,     /* list number -> row */
	STATEMENT_RESEND_TRANSFER,   /* id -> row, the newest */
	STATEMENT_RESEND_UP,	     /* after, limit -> list number, row */
	STATEMENT_RESEND_DOWN,	     /* before, limit -> list number, row */
	STATEMENT_CHECKPOINT_PUT,    /* id, role, row */
	STATEMENT_CHECKPOINT_REMOVE, /* id, role */
	STATEMENT_CHECKPOINT_GET,    /* id, role -> row */
	STATEMENT_CHECKPOINT_ALL,    /* role -> row */
	STATEMENT_DIGESTS_PUT,	     /* id, role, group, present, list */
	STATEMENT_DIGESTS_GET,	     /* id, role, first group, last group -> group, present, list */
	STATEMENT_DIGESTS_REMOVE,    /* id, role */
	STATEMENT_LOG_ADD,	     /* sequence, kind, status, detail, list number, row */
	STATEMENT_LOG_UP,	     /* after, limit -> sequence, row */
	STATEMENT_LOG_DOWN,	     /* before, limit -> sequence, row */
	STATEMENT_LOG_PRUNE,	     /* through, limit */
	STATEMENT_COMPLETED_PUT,     /* place, id, wall time, row */
	STATEMENT_COMPLETED_REMOVE,  /* id */
	STATEMENT_COMPLETED_GET,     /* id -> row */
	STATEMENT_COMPLETED_PRUNE,   /* through, limit */
	STATEMENT_COMPLETED_EXPIRE,  /* before wall time, limit */
	STATEMENT_LIST_NO_HIGHEST,   /* -> highest list number anywhere */
	STATEMENT_PLACES_HIGHEST,    /* -> log sequence, completed place, completed wall time */
	STATEMENTS,		     /* how many; not a statement */
};

struct database {
	struct sqlite3 *handle;			     /* NULL = closed */
	struct sqlite3_stmt *statements[STATEMENTS]; /* prepared; NULL = not yet */
};

/* SQL of each statement, and of a new database. */
extern const char *const database_statement_texts[STATEMENTS];
extern const char *const database_schema_text;

/* What a journal of ours calls itself in the file head, and the version of its tables. */
#define DATABASE_APPLICATION_ID 0x48465431 /* "HFT1" */
#define DATABASE_VERSION	1

/* Opens, or creates (0600), the file and checks that it is a sound journal of a version we
 * know. Returns and sentence as journal_open(). On failure the database is closed. */
HFT_MUST_USE int database_open(struct database *database, const char *path, char *sentence,
			       size_t sentence_bytes);

/* Closes; fine when closed or half open. */
void database_close(struct database *database);

/* Binds a parameter, counted from 1. Bytes must stay until the statement was reset. A
 * number above INT64_MAX comes back as it was from database_number(), but compares as
 * negative. */
void database_bind_number(struct database *database, enum statement statement, int index,
			  uint64_t number);
void database_bind_bytes(struct database *database, enum statement statement, int index,
			 const void *data, size_t bytes);
void database_bind_text(struct database *database, enum statement statement, int index,
			const char *text);

/* Runs the statement to its next row: 1 = there is one, 0 = no more, or negative errno. */
HFT_MUST_USE int database_step(struct database *database, enum statement statement);

/* Column of the row at hand, counted from 0; bytes are valid until the next step or reset. */
uint64_t database_number(struct database *database, enum statement statement, int column);
const void *database_bytes(struct database *database, enum statement statement, int column,
			   size_t *ret_bytes);

/* Ends a walk over rows; each statement must be reset before it is bound again. */
void database_reset(struct database *database, enum statement statement);

/* Runs a statement that gives no rows, and resets it. 0 or negative errno. */
HFT_MUST_USE int database_run(struct database *database, enum statement statement);

/* Rows that the last run changed. */
uint64_t database_changed(struct database *database);

/* True while a transaction is open: SQLite ends it by itself on some errors. */
bool database_in_transaction(struct database *database);

/* Ends an open transaction without its changes; fine when there is none. */
void database_roll_back(struct database *database);

/* Words of SQLite about the last error. */
const char *database_error_text(struct database *database);

#endif
