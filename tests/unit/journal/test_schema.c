/* SPDX-License-Identifier: Apache-2.0 */
/* test_schema.c -- every statement has a text, and the tables use their indexes. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "journal/database.h"

static sqlite3 *handle;

static void begin(void)
{
	cr_assert_eq(sqlite3_open(":memory:", &handle), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(handle, database_schema_text, NULL, NULL, NULL), SQLITE_OK);
}

static void end(void)
{
	(void)sqlite3_close(handle);
}

TestSuite(schema, .init = begin, .fini = end);

Test(schema, every_statement_can_be_prepared_on_it)
{
	for (int index = 0; index < STATEMENTS; index++) {
		sqlite3_stmt *statement = NULL;

		cr_assert_not_null(database_statement_texts[index], "%d", index);
		cr_expect_eq(sqlite3_prepare_v2(handle, database_statement_texts[index], -1,
						&statement, NULL),
			     SQLITE_OK, "%s", database_statement_texts[index]);
		(void)sqlite3_finalize(statement);
	}
}

/* The plan of each statement with a WHERE must not read a whole table. */
Test(schema, no_statement_scans_a_table)
{
	for (int index = 0; index < STATEMENTS; index++) {
		const char *text = database_statement_texts[index];
		sqlite3_stmt *plan = NULL;
		char query[1024];

		if (!strstr(text, "WHERE") || index == STATEMENT_CHECKPOINT_ALL ||
		    index == STATEMENT_LIST_NO_HIGHEST || index == STATEMENT_PLACES_HIGHEST)
			continue; /* once, at start */
		(void)snprintf(query, sizeof(query), "EXPLAIN QUERY PLAN %s", text);
		cr_assert_eq(sqlite3_prepare_v2(handle, query, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *line = (const char *)sqlite3_column_text(plan, 3);

			cr_expect_null(strstr(line, "SCAN"), "%s: %s", text, line);
			cr_expect_null(strstr(line, "TEMP B-TREE"), "%s: %s", text, line);
		}
		(void)sqlite3_finalize(plan);
	}
}
