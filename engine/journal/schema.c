/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c -- the tables of journal.db, and every statement that is run on them.
 *
 * A row is kept whole, as record/codec.h draws it; beside it stand only the columns by
 * which it is found, pruned, or read by a curious person with sqlite3. Ids and digests
 * are blobs of 16 bytes. Version: DATABASE_VERSION, in user_version. */

#include "journal/database.h"

const char *const database_schema_text =
	/* owner_epoch, owner_open, list_no, and who the owner is */
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	/* Send Queue; place: the order of acceptance */
	"CREATE TABLE queue (place INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
	" row BLOB NOT NULL);"
	/* Resend Queue */
	"CREATE TABLE resend (list_no INTEGER PRIMARY KEY, id BLOB NOT NULL, row BLOB NOT NULL);"
	"CREATE INDEX resend_by_id ON resend (id, list_no);"
	/* role: 1 sender, 2 receiver */
	"CREATE TABLE checkpoint (id BLOB NOT NULL, role INTEGER NOT NULL, row BLOB NOT NULL,"
	" PRIMARY KEY (id, role)) WITHOUT ROWID;"
	/* 64 chunk digests a row; present: bit n set, digest n is there */
	"CREATE TABLE digests (id BLOB NOT NULL, role INTEGER NOT NULL, part INTEGER NOT NULL,"
	" present INTEGER NOT NULL, list BLOB NOT NULL, PRIMARY KEY (id, role, part))"
	" WITHOUT ROWID;"
	/* kind: 1 send, 2 receive, 3 observe, 4 job */
	"CREATE TABLE log (sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
	" status INTEGER NOT NULL, detail INTEGER NOT NULL, list_no INTEGER NOT NULL,"
	" row BLOB NOT NULL);"
	/* transfer ids that are done, with their result */
	"CREATE TABLE completed (place INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
	" wall_ns INTEGER NOT NULL, row BLOB NOT NULL);"
	"CREATE INDEX completed_by_time ON completed (wall_ns);";

const char *const database_statement_texts[STATEMENTS] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_SAVE] = "SAVEPOINT request",
	[STATEMENT_SAVED_DROP] = "RELEASE request",
	[STATEMENT_SAVED_BACK] = "ROLLBACK TO request",
	[STATEMENT_META_PUT] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
			       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	[STATEMENT_META_GET] = "SELECT value FROM meta WHERE name = ?1",
	[STATEMENT_QUEUE_PUT] = "INSERT INTO queue (id, row) VALUES (?1, ?2)"
				" ON CONFLICT (id) DO UPDATE SET row = excluded.row",
	[STATEMENT_QUEUE_REMOVE] = "DELETE FROM queue WHERE id = ?1",
	[STATEMENT_QUEUE_UP] = "SELECT place, row FROM queue WHERE place > ?1"
			       " ORDER BY place LIMIT ?2",
	[STATEMENT_QUEUE_DOWN] = "SELECT place, row FROM queue WHERE place < ?1"
				 " ORDER BY place DESC LIMIT ?2",
	[STATEMENT_RESEND_PUT] = "INSERT OR REPLACE INTO resend (list_no, id, row)"
				 " VALUES (?1, ?2, ?3)",
	[STATEMENT_RESEND_REMOVE] = "DELETE FROM resend WHERE list_no = ?1",
	[STATEMENT_RESEND_NUMBER] = "SELECT row FROM resend WHERE list_no = ?1",
	[STATEMENT_RESEND_TRANSFER] = "SELECT row FROM resend WHERE id = ?1"
				      " ORDER BY list_no DESC LIMIT 1",
	[STATEMENT_RESEND_UP] = "SELECT list_no, row FROM resend WHERE list_no > ?1"
				" ORDER BY list_no LIMIT ?2",
	[STATEMENT_RESEND_DOWN] = "SELECT list_no, row FROM resend WHERE list_no < ?1"
				  " ORDER BY list_no DESC LIMIT ?2",
	[STATEMENT_CHECKPOINT_PUT] = "INSERT OR REPLACE INTO checkpoint (id, role, row)"
				     " VALUES (?1, ?2, ?3)",
	[STATEMENT_CHECKPOINT_REMOVE] = "DELETE FROM checkpoint WHERE id = ?1 AND role = ?2",
	[STATEMENT_CHECKPOINT_GET] = "SELECT row FROM checkpoint WHERE id = ?1 AND role = ?2",
	[STATEMENT_CHECKPOINT_ALL] = "SELECT row FROM checkpoint WHERE role = ?1 ORDER BY id",
	[STATEMENT_DIGESTS_PUT] = "INSERT OR REPLACE INTO digests (id, role, part, present, list)"
				  " VALUES (?1, ?2, ?3, ?4, ?5)",
	[STATEMENT_DIGESTS_GET] = "SELECT part, present, list FROM digests"
				  " WHERE id = ?1 AND role = ?2 AND part BETWEEN ?3 AND ?4",
	[STATEMENT_DIGESTS_REMOVE] = "DELETE FROM digests WHERE id = ?1 AND role = ?2",
	[STATEMENT_LOG_ADD] = "INSERT INTO log (sequence, kind, status, detail, list_no, row)"
			      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STATEMENT_LOG_UP] = "SELECT sequence, row FROM log WHERE sequence > ?1"
			     " ORDER BY sequence LIMIT ?2",
	[STATEMENT_LOG_DOWN] = "SELECT sequence, row FROM log WHERE sequence < ?1"
			       " ORDER BY sequence DESC LIMIT ?2",
	[STATEMENT_LOG_PRUNE] = "DELETE FROM log WHERE sequence IN (SELECT sequence FROM log"
				" WHERE sequence <= ?1 ORDER BY sequence LIMIT ?2)",
	[STATEMENT_COMPLETED_PUT] = "INSERT OR REPLACE INTO completed (place, id, wall_ns, row)"
				    " VALUES (?1, ?2, ?3, ?4)",
	[STATEMENT_COMPLETED_REMOVE] = "DELETE FROM completed WHERE id = ?1",
	[STATEMENT_COMPLETED_GET] = "SELECT row FROM completed WHERE id = ?1",
	[STATEMENT_COMPLETED_PRUNE] = "DELETE FROM completed WHERE place IN (SELECT place"
				      " FROM completed WHERE place <= ?1 ORDER BY place LIMIT ?2)",
	[STATEMENT_COMPLETED_EXPIRE] = "DELETE FROM completed WHERE place IN (SELECT place"
				       " FROM completed WHERE wall_ns < ?1 ORDER BY wall_ns"
				       " LIMIT ?2)",
	[STATEMENT_LIST_NO_HIGHEST] =
		"SELECT max(ifnull((SELECT max(list_no) FROM resend), 0),"
		" ifnull((SELECT max(list_no) FROM log), 0),"
		" ifnull((SELECT value FROM meta WHERE name = 'list_no'), 0))",
	[STATEMENT_PLACES_HIGHEST] =
		"SELECT ifnull((SELECT max(sequence) FROM log), 0),"
		" ifnull((SELECT max(place) FROM completed), 0),"
		" ifnull((SELECT wall_ns FROM completed ORDER BY place DESC LIMIT 1), 0)",
};
