/* SPDX-License-Identifier: Apache-2.0 */
/* database.c -- opening and checking the file, and statements as numbers instead of text. */

#include "journal/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/fd.h"

/* What a result code of SQLite means here. */
static int errno_of(struct sqlite3 *handle, int code)
{
	int system = handle ? sqlite3_system_errno(handle) : 0;

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_READONLY:
		return -EROFS;
	default:
		return system > 0 ? -system : -EIO;
	}
}

/* ---- opening ---- */

/* Creates the file ourselves: SQLite would make it readable for others. */
static int create_file(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	int folder_fd;
	int error = 0;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	fd_close(&fd);

	/* The name must be durable, too. */
	if (snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		     slash ? path : ".") >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return -errno;
	if (fsync(folder_fd) < 0)
		error = -errno;
	fd_close(&folder_fd);
	return error;
}

static int execute(struct database *database, const char *text)
{
	return errno_of(database->handle, sqlite3_exec(database->handle, text, NULL, NULL, NULL));
}

/* Asks for one value as text. */
static int ask(struct database *database, const char *question, char *answer, size_t answer_bytes)
{
	struct sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(database->handle, question, -1, &statement, NULL);

	answer[0] = '\0';
	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW && sqlite3_column_text(statement, 0))
			(void)snprintf(answer, answer_bytes, "%s",
				       (const char *)sqlite3_column_text(statement, 0));
	}
	(void)sqlite3_finalize(statement);
	return errno_of(database->handle, code);
}

static int set_up(struct database *database, char *answer, size_t answer_bytes)
{
	int error;

	(void)sqlite3_extended_result_codes(database->handle, 1);
	(void)sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

	/* Exclusive must come first: what is read before would make shared memory. */
	error = execute(database, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON;"
				  "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
				  "PRAGMA cache_size=-8192;");
	if (error < 0)
		return error;
	error = ask(database, "PRAGMA journal_mode=WAL", answer, answer_bytes);
	if (error < 0)
		return error;
	if (strcmp(answer, "wal") != 0)
		return -EOPNOTSUPP;
	/* journal_size_limit: a WAL that grew in a burst gives the space back. */
	return execute(database, "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;");
}

static int create_schema(struct database *database)
{
	char text[96];
	int error = execute(database, "BEGIN IMMEDIATE");

	if (error < 0)
		return error;
	(void)snprintf(text, sizeof(text), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		       DATABASE_APPLICATION_ID, DATABASE_VERSION);
	error = execute(database, database_schema_text);
	if (error == 0)
		error = execute(database, text);
	if (error == 0)
		error = execute(database, "COMMIT");
	return error;
}

/* A file that is new gets its tables; another one must say that it is ours, of a version
 * we know, and be sound. */
static int check_contents(struct database *database, char *sentence, size_t sentence_bytes)
{
	char tables[32] = "";
	char application[32] = "";
	char version[32] = "";
	char expected[32];
	char check[256] = "";
	int error = ask(database, "SELECT count(*) FROM sqlite_schema", tables, sizeof(tables));

	if (error == 0)
		error = ask(database, "PRAGMA application_id", application, sizeof(application));
	if (error == 0)
		error = ask(database, "PRAGMA user_version", version, sizeof(version));
	if (error < 0)
		return error;
	if (strcmp(tables, "0") == 0 && strcmp(version, "0") == 0)
		return create_schema(database);

	(void)snprintf(expected, sizeof(expected), "%d", DATABASE_APPLICATION_ID);
	if (strcmp(application, expected) != 0) {
		(void)snprintf(sentence, sentence_bytes,
			       "is a database of another program, not a journal");
		return -EUCLEAN;
	}
	(void)snprintf(expected, sizeof(expected), "%d", DATABASE_VERSION);
	if (strcmp(version, expected) != 0) {
		(void)snprintf(sentence, sentence_bytes,
			       "is a journal of version %s and this program knows version %s: "
			       "it was written by a newer hft-engine",
			       version, expected);
		return -EPROTONOSUPPORT;
	}
	error = ask(database, "PRAGMA quick_check(1)", check, sizeof(check));
	if (error == 0 && strcmp(check, "ok") != 0) {
		(void)snprintf(sentence, sentence_bytes,
			       "is damaged (%.160s); restore it, or move it away to begin anew",
			       check);
		error = -EUCLEAN;
	}
	return error;
}

static int prepare_statements(struct database *database)
{
	for (int index = 0; index < STATEMENTS; index++) {
		int code = sqlite3_prepare_v3(database->handle, database_statement_texts[index], -1,
					      SQLITE_PREPARE_PERSISTENT,
					      &database->statements[index], NULL);

		if (code != SQLITE_OK)
			return errno_of(database->handle, code);
	}
	return 0;
}

static const char *words_of(int error)
{
	switch (error) {
	case -EBUSY:
		return "is in use by another process";
	case -EUCLEAN:
		return "is damaged or not a journal; restore it, or move it away to begin anew";
	case -EOPNOTSUPP:
		return "cannot have a write-ahead log on this file system";
	default:
		return strerror(-error);
	}
}

int database_open(struct database *database, const char *path, char *sentence,
		  size_t sentence_bytes)
{
	char detail[256] = "";
	char answer[64];
	int error;

	assert(database);
	assert(path);
	assert(sentence && sentence_bytes > 0);

	memset(database, 0, sizeof(*database));
	error = create_file(path);
	if (error == 0)
		error = errno_of(NULL, sqlite3_open_v2(path, &database->handle,
						       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
							       SQLITE_OPEN_EXRESCODE,
						       NULL));
	if (error == 0)
		error = set_up(database, answer, sizeof(answer));
	if (error == 0)
		error = check_contents(database, detail, sizeof(detail));
	if (error == 0)
		error = prepare_statements(database);
	if (error < 0) {
		(void)snprintf(sentence, sentence_bytes, "%s %s", path,
			       detail[0] ? detail : words_of(error));
		database_close(database);
	}
	return error;
}

void database_close(struct database *database)
{
	assert(database);

	for (int index = 0; index < STATEMENTS; index++)
		(void)sqlite3_finalize(database->statements[index]);
	(void)sqlite3_close(database->handle);
	memset(database, 0, sizeof(*database));
}

/* ---- statements ---- */

void database_bind_number(struct database *database, enum statement statement, int index,
			  uint64_t number)
{
	int code = sqlite3_bind_int64(database->statements[statement], index,
				      (sqlite3_int64)number);

	assert(code == SQLITE_OK); /* otherwise: not reset, or no such parameter */
	(void)code;
}

void database_bind_bytes(struct database *database, enum statement statement, int index,
			 const void *data, size_t bytes)
{
	int code = sqlite3_bind_blob64(database->statements[statement], index, data, bytes,
				       SQLITE_STATIC);

	assert(code == SQLITE_OK);
	(void)code;
}

void database_bind_text(struct database *database, enum statement statement, int index,
			const char *text)
{
	int code = sqlite3_bind_text(database->statements[statement], index, text, -1,
				     SQLITE_STATIC);

	assert(code == SQLITE_OK);
	(void)code;
}

int database_step(struct database *database, enum statement statement)
{
	int code = sqlite3_step(database->statements[statement]);

	if (code == SQLITE_ROW)
		return 1;
	return errno_of(database->handle, code);
}

uint64_t database_number(struct database *database, enum statement statement, int column)
{
	return (uint64_t)sqlite3_column_int64(database->statements[statement], column);
}

const void *database_bytes(struct database *database, enum statement statement, int column,
			   size_t *ret_bytes)
{
	const void *data = sqlite3_column_blob(database->statements[statement], column);

	assert(ret_bytes);
	*ret_bytes = (size_t)sqlite3_column_bytes(database->statements[statement], column);
	return data ? data : "";
}

void database_reset(struct database *database, enum statement statement)
{
	(void)sqlite3_reset(database->statements[statement]);
}

int database_run(struct database *database, enum statement statement)
{
	int error = database_step(database, statement);

	assert(error <= 0);
	database_reset(database, statement);
	return error;
}

uint64_t database_changed(struct database *database)
{
	return (uint64_t)sqlite3_changes(database->handle);
}

bool database_in_transaction(struct database *database)
{
	return !sqlite3_get_autocommit(database->handle);
}

void database_roll_back(struct database *database)
{
	if (!database_in_transaction(database))
		return;
	/* It can fail only by a disk error, and SQLite has rolled back by itself then. */
	(void)sqlite3_step(database->statements[STATEMENT_ROLLBACK]);
	database_reset(database, STATEMENT_ROLLBACK);
}

const char *database_error_text(struct database *database)
{
	return sqlite3_errmsg(database->handle);
}
