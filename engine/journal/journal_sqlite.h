/* SPDX-License-Identifier: Apache-2.0 */
/* journal_sqlite.h -- the journal as a SQLite database in the state folder.
 *
 * Two files: PATH, the database (with PATH-wal beside it while open), and PATH.owner, a
 * line of text under a lock: who owns the journal. It is apart from the database because
 * a database that is locked by its owner cannot even be read to say who that is. */
#ifndef HFT_JOURNAL_JOURNAL_SQLITE_H
#define HFT_JOURNAL_JOURNAL_SQLITE_H

#include <stddef.h>

#include "base/compiler.h"
#include "journal/journal.h"

/* Opens, or creates (0600), the database at path, checks it, takes the ownership and
 * raises the owner epoch by one. Call journal_start() before posting. On failure
 * sentence says for people what is wrong and what to do, always ends with NUL, and:
 *   -EBUSY            another process owns it; the sentence names node and pid
 *   -EPROTONOSUPPORT  written by a newer version
 *   -EUCLEAN          damaged
 *   other             from the file system (-EACCES, -ENOSPC, ...) */
HFT_MUST_USE int journal_open(const char *path, const struct journal_settings *settings,
			      struct journal **ret_journal, char *sentence, size_t sentence_bytes);

#endif
