/* SPDX-License-Identifier: Apache-2.0 */
/* journal_memory.c -- the journal's twin: encoded rows in arrays, and faults on demand.
 *
 * Clarity before speed: a simulated engine has tens of rows, so everything is searched
 * from one end to the other. Out of memory aborts, because a simulation that goes on
 * without its disk proves nothing. */

#include "journal/journal_memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal/backend.h"
#include "journal/changes.h"
#include "journal/digest_group.h"
#include "record/codec.h"

/* A stored row and what it is found by. */
struct memory_row {
	struct id id;		    /* transfer id */
	uint64_t number;	    /* place, list number, sequence or group; 0 for checkpoints */
	uint64_t wall_ns;	    /* completed ids: when */
	uint8_t role;		    /* checkpoints and digests */
	size_t bytes;		    /* of data */
	_Alignas(8) uint8_t data[]; /* the encoded row, or a struct digest_group */
};

/* Rows by ascending number where the number is given in ascending order. */
struct memory_table {
	struct memory_row **rows; /* [capacity] */
	size_t count;		  /* rows in use */
	size_t capacity;	  /* room in rows */
};

enum memory_table_kind {
	TABLE_QUEUE,
	TABLE_RESEND,
	TABLE_CHECKPOINT,
	TABLE_DIGESTS,
	TABLE_LOG,
	TABLE_COMPLETED,
	TABLES,
};

struct journal_memory_disk {
	struct memory_table tables[TABLES]; /* everything that is durable */
	struct journal_numbers numbers;	    /* durable with them */
	uint64_t owner_epoch;		    /* of the last owner */
	uint64_t steps;			    /* over all journals */
	bool is_open;			    /* an owner has not given it up */
};

struct journal_memory {
	struct journal base;		  /* must be first */
	struct journal_memory_disk *disk; /* not owned */
	struct journal_request **waiting; /* [HFT_JOURNAL_REQUESTS_MAX], oldest at head */
	size_t head;			  /* index of the oldest */
	size_t count;			  /* how many wait */
	uint64_t crash_in;		  /* steps until the crash; 0 = none */
	enum journal_crash_side side;	  /* before or after the step takes effect */
	journal_crash_fn crashed;	  /* whom to tell */
	void *crashed_arg;		  /* with what */
	uint64_t fail_in;		  /* commits until one fails; 0 = none */
	int fail_error;			  /* how it fails */
	bool dead;			  /* crashed: nothing is answered any more */
	bool stopped;			  /* journal_stop(): nothing is taken any more */
};

static struct journal_memory *memory_of(struct journal *journal)
{
	return (struct journal_memory *)journal;
}

static void *or_abort(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* ---- tables ---- */

static struct memory_row *row_new(const struct id *id, uint64_t number, const void *data,
				  size_t bytes)
{
	struct memory_row *row = or_abort(calloc(1, sizeof(*row) + bytes));

	row->id = *id;
	row->number = number;
	row->bytes = bytes;
	memcpy(row->data, data, bytes);
	return row;
}

static void table_append(struct memory_table *table, struct memory_row *row)
{
	if (table->count == table->capacity) {
		table->capacity = table->capacity ? 2 * table->capacity : 16;
		table->rows =
			or_abort(realloc(table->rows, table->capacity * sizeof(table->rows[0])));
	}
	table->rows[table->count++] = row;
}

static void table_remove(struct memory_table *table, size_t index)
{
	assert(index < table->count);

	free(table->rows[index]);
	table->count--;
	memmove(&table->rows[index], &table->rows[index + 1],
		(table->count - index) * sizeof(table->rows[0]));
}

/* Index of the newest row of that id and role, or count if there is none. */
static size_t table_find(const struct memory_table *table, const struct id *id, uint8_t role)
{
	for (size_t index = table->count; index > 0; index--) {
		const struct memory_row *row = table->rows[index - 1];

		if (row->role == role && memcmp(&row->id, id, sizeof(*id)) == 0)
			return index - 1;
	}
	return table->count;
}

static size_t table_find_number(const struct memory_table *table, uint64_t number)
{
	for (size_t index = 0; index < table->count; index++) {
		if (table->rows[index]->number == number)
			return index;
	}
	return table->count;
}

static bool table_remove_found(struct memory_table *table, size_t index)
{
	if (index == table->count)
		return false;
	table_remove(table, index);
	return true;
}

/* Puts row in the place of the one at index, or at the end. */
static void table_put(struct memory_table *table, size_t index, struct memory_row *row)
{
	if (index == table->count) {
		table_append(table, row);
		return;
	}
	free(table->rows[index]);
	table->rows[index] = row;
}

/* ---- changes ---- */

static void put_queue(struct journal_memory_disk *disk, const struct id *id, const void *data,
		      size_t bytes)
{
	struct memory_table *table = &disk->tables[TABLE_QUEUE];
	size_t index = table_find(table, id, 0);
	uint64_t place = 1;

	if (index < table->count)
		place = table->rows[index]->number;
	else if (table->count > 0)
		place = table->rows[table->count - 1]->number + 1;
	table_put(table, index, row_new(id, place, data, bytes));
}

/* A record that was removed may be put back with its number: keeps the order. */
static void put_resend(struct journal_memory_disk *disk, const struct id *id, uint64_t list_no,
		       const void *data, size_t bytes)
{
	struct memory_table *table = &disk->tables[TABLE_RESEND];
	struct memory_row *row = row_new(id, list_no, data, bytes);
	size_t index = table_find_number(table, list_no);

	table_put(table, index, row);
	if (index + 1 != table->count)
		return;
	for (; index > 0 && table->rows[index - 1]->number > list_no; index--) {
		table->rows[index] = table->rows[index - 1];
		table->rows[index - 1] = row;
	}
}

static void put_checkpoint(struct journal_memory_disk *disk, const struct checkpoint *checkpoint,
			   const void *data, size_t bytes)
{
	struct memory_table *table = &disk->tables[TABLE_CHECKPOINT];
	struct memory_row *row = row_new(&checkpoint->transfer, 0, data, bytes);

	row->role = checkpoint->role;
	table_put(table, table_find(table, &row->id, row->role), row);
}

static void put_completed(struct journal_memory_disk *disk, const struct completed_row *completed,
			  const void *data, size_t bytes)
{
	struct memory_table *table = &disk->tables[TABLE_COMPLETED];
	struct memory_row *row = row_new(&completed->transfer, disk->numbers.completed, data,
					 bytes);

	row->wall_ns = completed->completed_wall_ns;
	(void)table_remove_found(table, table_find(table, &row->id, 0));
	table_append(table, row);
}

static struct digest_group *find_group(const struct memory_table *table, const struct id *id,
				       uint8_t role, uint64_t group)
{
	for (size_t index = 0; index < table->count; index++) {
		struct memory_row *row = table->rows[index];

		if (row->number == group && row->role == role &&
		    memcmp(&row->id, id, sizeof(*id)) == 0)
			return (struct digest_group *)(void *)row->data;
	}
	return NULL;
}

static void add_digests(struct journal_memory_disk *disk, const struct journal_change *change)
{
	struct memory_table *table = &disk->tables[TABLE_DIGESTS];

	for (uint32_t index = 0; index < change->digest_count;) {
		uint64_t number = digest_group_of(change->digests[index].chunk);
		struct digest_group *group = find_group(table, &change->transfer, change->role,
							number);

		if (!group) {
			struct digest_group fresh = {.index = number};
			struct memory_row *row = row_new(&change->transfer, number, &fresh,
							 sizeof(fresh));

			row->role = change->role;
			table_append(table, row);
			group = (struct digest_group *)(void *)row->data;
		}
		index += digest_group_take(group, &change->digests[index],
					   change->digest_count - index);
	}
}

static bool remove_digests(struct journal_memory_disk *disk, const struct journal_change *change)
{
	struct memory_table *table = &disk->tables[TABLE_DIGESTS];
	bool found = false;

	for (size_t index = table_find(table, &change->transfer, change->role);
	     index < table->count; index = table_find(table, &change->transfer, change->role)) {
		table_remove(table, index);
		found = true;
	}
	return found;
}

static void put_row(struct journal_memory_disk *disk, const struct journal_change *change,
		    uint64_t list_no)
{
	uint8_t data[HFT_ROW_BYTES_MAX];
	size_t bytes = 0;
	int error = change_encode(change, list_no, data, sizeof(data), &bytes);

	assert(error == 0); /* commit_check() has encoded it once already */
	(void)error;

	switch (change->kind) {
	case JOURNAL_PUT_QUEUE:
		put_queue(disk, &change->queue->core.transfer, data, bytes);
		break;
	case JOURNAL_PUT_RESEND:
		put_resend(disk, &change->resend->core.transfer, change->ret_list_no, data, bytes);
		break;
	case JOURNAL_PUT_CHECKPOINT:
		put_checkpoint(disk, change->checkpoint, data, bytes);
		break;
	case JOURNAL_ADD_LOG:
		table_append(&disk->tables[TABLE_LOG],
			     row_new(&change->log->transfer, change->ret_sequence, data, bytes));
		break;
	default:
		assert(change->kind == JOURNAL_PUT_COMPLETED);
		put_completed(disk, change->completed, data, bytes);
		break;
	}
}

static bool remove_by_id(struct journal_memory_disk *disk, enum memory_table_kind kind,
			 const struct journal_change *change)
{
	struct memory_table *table = &disk->tables[kind];

	return table_remove_found(table, table_find(table, &change->transfer, change->role));
}

static void apply_change(struct journal_memory_disk *disk, struct journal_change *change,
			 uint64_t list_no)
{
	struct memory_table *resend = &disk->tables[TABLE_RESEND];

	switch (change->kind) {
	case JOURNAL_REMOVE_QUEUE:
		change->ret_found = remove_by_id(disk, TABLE_QUEUE, change);
		break;
	case JOURNAL_REMOVE_RESEND:
		change->ret_found = table_remove_found(resend,
						       table_find_number(resend, change->list_no));
		break;
	case JOURNAL_REMOVE_CHECKPOINT:
		change->ret_found = remove_by_id(disk, TABLE_CHECKPOINT, change);
		break;
	case JOURNAL_ADD_DIGESTS:
		add_digests(disk, change);
		break;
	case JOURNAL_REMOVE_DIGESTS:
		change->ret_found = remove_digests(disk, change);
		break;
	case JOURNAL_REMOVE_COMPLETED:
		change->ret_found = remove_by_id(disk, TABLE_COMPLETED, change);
		break;
	default:
		put_row(disk, change, list_no);
		break;
	}
}

/* ---- retention ---- */

static uint32_t prune_table(struct memory_table *table, uint64_t through, uint64_t before_ns,
			    uint32_t limit)
{
	uint32_t removed = 0;

	for (size_t index = 0; index < table->count && removed < limit;) {
		const struct memory_row *row = table->rows[index];

		if (row->number <= through || row->wall_ns < before_ns) {
			table_remove(table, index);
			removed++;
		} else {
			index++;
		}
	}
	return removed;
}

static void prune(struct journal_memory *memory)
{
	struct journal_memory_disk *disk = memory->disk;
	struct journal_numbers *numbers = &disk->numbers;
	const struct journal_settings *settings = &memory->base.settings;
	uint32_t log;
	uint32_t completed;
	uint32_t expired;

	if (numbers->prune_due < PRUNE_EVERY_COUNT)
		return;
	log = prune_table(&disk->tables[TABLE_LOG], prune_log_through(numbers, settings), 0,
			  HFT_PRUNE_ROWS_MAX);
	completed = prune_table(&disk->tables[TABLE_COMPLETED],
				prune_completed_through(numbers, settings), 0, HFT_PRUNE_ROWS_MAX);
	expired = prune_table(&disk->tables[TABLE_COMPLETED], 0,
			      prune_completed_before_ns(numbers, settings), HFT_PRUNE_ROWS_MAX);
	atomic_fetch_add(&memory->base.tally.pruned_rows, log + completed + expired);
	if (log < HFT_PRUNE_ROWS_MAX && completed < HFT_PRUNE_ROWS_MAX &&
	    expired < HFT_PRUNE_ROWS_MAX)
		numbers->prune_due = 0;
}

/* ---- requests ---- */

static int memory_commit(struct journal_memory *memory, struct journal_commit *commit)
{
	struct journal_memory_disk *disk = memory->disk;
	uint64_t list_no = 0;
	int error;

	if (memory->fail_in > 0 && --memory->fail_in == 0)
		return memory->fail_error;
	error = commit_check(commit, &disk->numbers);
	if (error < 0)
		return error;
	for (uint32_t index = 0; index < commit->count; index++) {
		change_number(&commit->changes[index], &disk->numbers, &list_no);
		apply_change(disk, &commit->changes[index], list_no);
	}
	prune(memory);
	atomic_fetch_add(&memory->base.tally.transactions, 1);
	return 0;
}

static int load_checkpoint(const struct journal_memory_disk *disk, struct journal_load *load)
{
	const struct memory_table *table = &disk->tables[TABLE_CHECKPOINT];
	size_t index = table_find(table, &load->transfer, load->role);

	if (index == table->count)
		return -ENOENT;
	return checkpoint_decode(table->rows[index]->data, table->rows[index]->bytes,
				 load->ret_checkpoint);
}

static int load_completed(const struct journal_memory_disk *disk, struct journal_load *load)
{
	const struct memory_table *table = &disk->tables[TABLE_COMPLETED];
	size_t index = table_find(table, &load->transfer, 0);

	if (index == table->count)
		return -ENOENT;
	return completed_row_decode(table->rows[index]->data, table->rows[index]->bytes,
				    load->ret_completed);
}

static int load_digests(const struct journal_memory_disk *disk, struct journal_load_digests *load)
{
	const struct memory_table *table = &disk->tables[TABLE_DIGESTS];

	load->ret_present_count = 0;
	memset(load->ret_digests, 0, load->count * sizeof(load->ret_digests[0]));
	memset(load->ret_present, 0, load->count * sizeof(load->ret_present[0]));
	for (size_t index = 0; index < table->count; index++) {
		const struct memory_row *row = table->rows[index];

		if (row->role == load->role &&
		    memcmp(&row->id, &load->transfer, sizeof(row->id)) == 0)
			digest_group_give((const struct digest_group *)(const void *)row->data,
					  load);
	}
	return 0;
}

static int find_resend(const struct journal_memory_disk *disk, struct journal_find_resend *find)
{
	const struct memory_table *table = &disk->tables[TABLE_RESEND];
	size_t index = find->list_no ? table_find_number(table, find->list_no)
				     : table_find(table, &find->transfer, 0);

	if (index == table->count)
		return -ENOENT;
	return resend_row_decode(table->rows[index]->data, table->rows[index]->bytes,
				 find->ret_row);
}

static bool is_after(const struct journal_list *list, uint64_t number)
{
	if (list->after == 0)
		return true;
	return list->newest_first ? number < list->after : number > list->after;
}

static int list_rows(const struct memory_table *table, enum journal_request_kind kind,
		     struct journal_list *list)
{
	uint32_t looked_at = 0;

	list->ret_count = 0;
	list->ret_more = false;
	list->ret_after = list->after;
	for (size_t step = 0; step < table->count; step++) {
		const struct memory_row *row =
			table->rows[list->newest_first ? table->count - 1 - step : step];
		int error;

		if (!is_after(list, row->number))
			continue;
		if (list_is_full(list) || looked_at == HFT_JOURNAL_SCAN_MAX) {
			list->ret_more = true;
			return 0;
		}
		error = list_take(list, kind, row->data, row->bytes);
		if (error < 0)
			return error;
		list->ret_after = row->number;
		looked_at++;
	}
	return 0;
}

static int execute(struct journal_memory *memory, struct journal_request *request)
{
	struct journal_memory_disk *disk = memory->disk;

	if (disk->owner_epoch != memory->base.owner_epoch)
		return -ESTALE;
	switch (request->kind) {
	case JOURNAL_COMMIT:
		return memory_commit(memory, &request->commit);
	case JOURNAL_LOAD_CHECKPOINT:
		return load_checkpoint(disk, &request->load);
	case JOURNAL_LOAD_COMPLETED:
		return load_completed(disk, &request->load);
	case JOURNAL_LOAD_DIGESTS:
		return load_digests(disk, &request->digests);
	case JOURNAL_FIND_RESEND:
		return find_resend(disk, &request->find);
	case JOURNAL_LIST_QUEUE:
		return list_rows(&disk->tables[TABLE_QUEUE], request->kind, &request->list);
	case JOURNAL_LIST_RESEND:
		return list_rows(&disk->tables[TABLE_RESEND], request->kind, &request->list);
	default:
		assert(request->kind == JOURNAL_LIST_LOG);
		return list_rows(&disk->tables[TABLE_LOG], request->kind, &request->list);
	}
}

/* ---- the backend ---- */

static int memory_each_queue_row(struct journal *journal, journal_queue_fn fn, void *arg)
{
	const struct memory_table *table = &memory_of(journal)->disk->tables[TABLE_QUEUE];

	for (size_t index = 0; index < table->count; index++) {
		struct queue_row row;
		int error = queue_row_decode(table->rows[index]->data, table->rows[index]->bytes,
					     &row);

		if (error < 0)
			return -EUCLEAN;
		error = fn(&row, arg);
		if (error < 0)
			return error;
	}
	return 0;
}

static int by_id(const void *left, const void *right)
{
	const struct memory_row *const *a = (const struct memory_row *const *)left;
	const struct memory_row *const *b = (const struct memory_row *const *)right;

	return memcmp(&(*a)->id, &(*b)->id, sizeof((*a)->id));
}

static int memory_each_checkpoint(struct journal *journal, enum checkpoint_role role,
				  journal_checkpoint_fn fn, void *arg)
{
	struct memory_table *table = &memory_of(journal)->disk->tables[TABLE_CHECKPOINT];

	if (table->count > 0)
		qsort(table->rows, table->count, sizeof(table->rows[0]), by_id);
	for (size_t index = 0; index < table->count; index++) {
		const struct memory_row *stored = table->rows[index];
		struct checkpoint row;
		int error;

		if (stored->role != role)
			continue;
		if (checkpoint_decode(stored->data, stored->bytes, &row) < 0)
			return -EUCLEAN;
		error = fn(&row, arg);
		if (error < 0)
			return error;
	}
	return 0;
}

static int memory_start(struct journal *journal)
{
	(void)journal;
	return 0;
}

static int memory_post(struct journal *journal, struct journal_request *request)
{
	struct journal_memory *memory = memory_of(journal);

	if (memory->stopped)
		return -ESHUTDOWN;
	if (memory->count == HFT_JOURNAL_REQUESTS_MAX)
		return -EBUSY;
	memory->waiting[(memory->head + memory->count) % HFT_JOURNAL_REQUESTS_MAX] = request;
	memory->count++;
	return 0;
}

static void memory_stop(struct journal *journal)
{
	struct journal_memory *memory = memory_of(journal);

	while (journal_memory_step(journal))
		;
	memory->stopped = true;
}

static void memory_free(struct journal *journal)
{
	struct journal_memory *memory = memory_of(journal);

	if (!memory->dead && memory->disk->owner_epoch == journal->owner_epoch)
		memory->disk->is_open = false;
	free(memory->waiting);
	free(memory);
}

static const struct journal_backend memory_backend = {
	.each_queue_row = memory_each_queue_row,
	.each_checkpoint = memory_each_checkpoint,
	.start = memory_start,
	.post = memory_post,
	.stop = memory_stop,
	.free = memory_free,
};

struct journal_memory_disk *journal_memory_disk_new(void)
{
	return (struct journal_memory_disk *)calloc(1, sizeof(struct journal_memory_disk));
}

void journal_memory_disk_free(struct journal_memory_disk *disk)
{
	if (!disk)
		return;
	for (size_t kind = 0; kind < TABLES; kind++) {
		while (disk->tables[kind].count > 0)
			table_remove(&disk->tables[kind], disk->tables[kind].count - 1);
		free(disk->tables[kind].rows);
	}
	free(disk);
}

int journal_memory_open(struct journal_memory_disk *disk, const struct journal_settings *settings,
			struct journal **ret_journal)
{
	struct journal_memory *memory;

	assert(disk);
	assert(ret_journal);

	memory = (struct journal_memory *)calloc(1, sizeof(*memory));
	if (!memory)
		return -ENOMEM;
	memory->waiting = (struct journal_request **)calloc(HFT_JOURNAL_REQUESTS_MAX,
							    sizeof(memory->waiting[0]));
	if (!memory->waiting) {
		free(memory);
		return -ENOMEM;
	}
	journal_init(&memory->base, &memory_backend, settings);
	memory->disk = disk;
	memory->base.was_left_open = disk->is_open;
	memory->base.owner_epoch = ++disk->owner_epoch;
	disk->is_open = true;
	disk->numbers.prune_due = PRUNE_EVERY_COUNT;
	*ret_journal = &memory->base;
	return 0;
}

static void crash(struct journal_memory *memory)
{
	memory->dead = true;
	if (memory->crashed)
		memory->crashed(memory->crashed_arg);
}

bool journal_memory_step(struct journal *journal)
{
	struct journal_memory *memory = memory_of(journal);
	struct journal_request *request;
	bool crashes;

	assert(journal);
	assert(journal->backend == &memory_backend);

	if (memory->dead || memory->count == 0)
		return false;
	request = memory->waiting[memory->head];
	memory->head = (memory->head + 1) % HFT_JOURNAL_REQUESTS_MAX;
	memory->count--;
	memory->disk->steps++;

	crashes = memory->crash_in > 0 && --memory->crash_in == 0;
	if (crashes && memory->side == JOURNAL_CRASH_BEFORE) {
		crash(memory);
		return true;
	}
	request->result = execute(memory, request);
	if (crashes) {
		crash(memory);
		return true;
	}
	journal_count(journal, request);
	journal_answer(request);
	return true;
}

uint64_t journal_memory_steps(const struct journal *journal)
{
	assert(journal);
	assert(journal->backend == &memory_backend);
	return ((const struct journal_memory *)journal)->disk->steps;
}

void journal_memory_crash_at(struct journal *journal, uint64_t n, enum journal_crash_side side,
			     journal_crash_fn crashed, void *arg)
{
	struct journal_memory *memory = memory_of(journal);

	assert(journal);
	assert(journal->backend == &memory_backend);
	memory->crash_in = n;
	memory->side = side;
	memory->crashed = crashed;
	memory->crashed_arg = arg;
}

void journal_memory_crash(struct journal *journal)
{
	assert(journal);
	assert(journal->backend == &memory_backend);
	memory_of(journal)->dead = true;
}

void journal_memory_fail_at(struct journal *journal, uint64_t n, int error)
{
	struct journal_memory *memory = memory_of(journal);

	assert(journal);
	assert(journal->backend == &memory_backend);
	assert(n == 0 || error < 0);
	memory->fail_in = n;
	memory->fail_error = error;
}
