/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c -- see progress.h. */

#include "client/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/value.h"

#define NUMBERS_WIDTH 46 /* columns behind the label */

/* Adds to a text, as far as there is room. */
HFT_PRINTF(3, 4) static void add(char *text, size_t capacity, const char *format, ...)
{
	const size_t used = strlen(text);
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text + used, capacity - used, format, values);
	va_end(values);
}

/* ---- texts ---------------------------------------------------------------------- */

void progress_label(const struct hft_transfer *transfer, char *text, size_t capacity)
{
	const char *slash = strrchr(transfer->path, '/');
	const char *name = slash && !transfer->receiving ? slash + 1 : transfer->path;
	char plain[256];

	if (transfer->name[0] != '\0')
		name = transfer->name;
	if (name[0] == '\0' || strcmp(name, "-") == 0)
		name = transfer->file_id[0] != '\0' ? transfer->file_id : transfer->id;
	value_plain(plain, sizeof(plain), name);
	(void)snprintf(text, capacity, "%s", plain);
	if (transfer->host[0] == '\0')
		return;
	value_plain(plain, sizeof(plain), transfer->host);
	add(text, capacity, " %s %s", transfer->receiving ? "<-" : "->", plain);
}

static void add_code(char text[PROGRESS_TEXT_BYTES], const struct hft_transfer *transfer)
{
	if (transfer->has_outcome)
		add(text, PROGRESS_TEXT_BYTES, " [%u-%u]", transfer->status, transfer->detail);
}

static void add_sentence(char text[PROGRESS_TEXT_BYTES], const struct hft_transfer *transfer)
{
	char plain[HFT_SENTENCE_BYTES];

	if (transfer->sentence[0] != '\0')
		add(text, PROGRESS_TEXT_BYTES, "%s",
		    value_plain(plain, sizeof(plain), transfer->sentence));
	else
		add(text, PROGRESS_TEXT_BYTES, "%s",
		    transfer->outcome[0] != '\0' ? transfer->outcome : "no reason was told");
}

static void add_amount(char text[PROGRESS_TEXT_BYTES], const char *before, uint64_t bytes,
		       const char *behind)
{
	char amount[VALUE_BYTES];

	if (bytes != HFT_UNKNOWN)
		add(text, PROGRESS_TEXT_BYTES, "%s%s%s", before, value_print_bytes(bytes, amount),
		    behind);
}

static void print_success(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES])
{
	const uint64_t resent = transfer->bytes_resent == HFT_UNKNOWN ? 0 : transfer->bytes_resent;
	const uint64_t bytes = transfer->bytes_total != HFT_UNKNOWN ? transfer->bytes_total
								    : transfer->bytes;
	char amount[VALUE_BYTES];

	add(text, PROGRESS_TEXT_BYTES, ": done");
	add_amount(text, ", ", bytes, "");
	if (transfer->duration_ms != HFT_UNKNOWN)
		add(text, PROGRESS_TEXT_BYTES, " in %s",
		    value_print_duration(transfer->duration_ms, amount));
	add_amount(text, ", ", transfer->rate_bytes, "/s");
	add_amount(text, ", ", resent, " resent");
	if (transfer->digest[0] != '\0')
		add(text, PROGRESS_TEXT_BYTES, ", digest %s", transfer->digest);
}

void progress_print_result(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES])
{
	progress_label(transfer, text, PROGRESS_TEXT_BYTES / 2);
	if (transfer->has_outcome && transfer->status == HFT_DONE) {
		print_success(transfer, text);
		return;
	}
	add(text, PROGRESS_TEXT_BYTES, ": failed: ");
	add_sentence(text, transfer);
	add_code(text, transfer);
	if (transfer->list_no != 0)
		add(text, PROGRESS_TEXT_BYTES, "; waits in the Resend Queue as %llu",
		    (unsigned long long)transfer->list_no);
}

static void print_waiting(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES])
{
	char when[VALUE_BYTES];

	add(text, PROGRESS_TEXT_BYTES, ": waits");
	if (transfer->next_try != 0)
		add(text, PROGRESS_TEXT_BYTES, " for try %u of %u", transfer->next_try,
		    transfer->tries);
	if (transfer->cycle != 0)
		add(text, PROGRESS_TEXT_BYTES, ", cycle %u of %u", transfer->cycle,
		    transfer->cycles);
	if (transfer->next_ns != 0)
		add(text, PROGRESS_TEXT_BYTES, ", at %s",
		    value_print_time(transfer->next_ns, when));
	if (transfer->sentence[0] == '\0')
		return;
	add(text, PROGRESS_TEXT_BYTES, ": ");
	add_sentence(text, transfer);
	add_code(text, transfer);
}

static void print_lost(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES])
{
	add(text, PROGRESS_TEXT_BYTES, ": connection lost");
	if (transfer->noticed_ms != 0)
		add(text, PROGRESS_TEXT_BYTES, ", noticed after %u ms", transfer->noticed_ms);
	if (transfer->verdict != 0)
		add(text, PROGRESS_TEXT_BYTES, ", verdict %u", transfer->verdict);
	if (transfer->sentence[0] == '\0')
		return;
	add(text, PROGRESS_TEXT_BYTES, ": ");
	add_sentence(text, transfer);
}

static void print_resumed(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES])
{
	add(text, PROGRESS_TEXT_BYTES, ": goes on");
	if (transfer->bytes > 0)
		add_amount(text, " from ", transfer->bytes, "");
	if (transfer->reason[0] != '\0')
		add(text, PROGRESS_TEXT_BYTES, ", not from its checkpoint: %s", transfer->reason);
}

/* ---- lines ---------------------------------------------------------------------- */

void progress_init(struct progress *progress, bool terminal)
{
	assert(progress);
	memset(progress, 0, sizeof(*progress));
	progress->terminal = terminal;
	progress->next_ms = PROGRESS_NEVER;
}

static struct progress_line *find_line(struct progress *progress, const char *id)
{
	for (uint32_t i = 0; i < progress->count; i++) {
		if (strcmp(progress->lines[i].id, id) == 0)
			return &progress->lines[i];
	}
	return NULL;
}

static void remove_line(struct progress *progress, const struct progress_line *line)
{
	const size_t index = (size_t)(line - progress->lines);

	progress->count--;
	memmove(&progress->lines[index], &progress->lines[index + 1],
		(progress->count - index) * sizeof(*line));
}

/* More transfers than lines: those we heard of last are shown. */
static void make_room(struct progress *progress)
{
	const struct progress_line *oldest = &progress->lines[0];

	if (progress->count < PROGRESS_LINES_MAX)
		return;
	for (uint32_t i = 1; i < progress->count; i++) {
		if (progress->lines[i].touched < oldest->touched)
			oldest = &progress->lines[i];
	}
	remove_line(progress, oldest);
}

static struct progress_line *line_of(struct progress *progress, const struct hft_transfer *transfer)
{
	struct progress_line *line = find_line(progress, transfer->id);

	if (!line) {
		make_room(progress);
		line = &progress->lines[progress->count++];
		*line = (struct progress_line){.bytes_total = HFT_UNKNOWN,
					       .rate_bytes = HFT_UNKNOWN,
					       .eta_s = HFT_UNKNOWN};
		value_plain(line->id, sizeof(line->id), transfer->id);
	}
	line->touched = progress->told;
	if (transfer->host[0] != '\0' || line->label[0] == '\0')
		progress_label(transfer, line->label, sizeof(line->label));
	return line;
}

static void set_state(struct progress_line *line, enum hft_event_kind kind,
		      const struct hft_transfer *transfer)
{
	static const char *const states[] = {
		[HFT_EVENT_QUEUED] = "queued",
		[HFT_EVENT_SUSPECT] = "no answer",
		[HFT_EVENT_LOST] = "lost, connecting again",
		[HFT_EVENT_WAITING] = "waits",
		[HFT_EVENT_VERIFIED] = "verified",
		[HFT_EVENT_PUBLISHED] = "published",
	};
	const char *state = kind < ARRAY_COUNT(states) ? states[kind] : NULL;

	(void)snprintf(line->state, sizeof(line->state), "%s", state ? state : "");
	if (kind == HFT_EVENT_WAITING && transfer->next_try != 0)
		(void)snprintf(line->state, sizeof(line->state), "waits for try %u of %u",
			       transfer->next_try, transfer->tries);
}

/* The rate of the last one or two windows, for an engine that tells none. */
static void compute_rate(struct progress_line *line, uint64_t bytes, uint64_t now_ms)
{
	struct progress_mark *marks = line->marks;

	if (marks[0].ms == 0 || bytes < marks[0].bytes)
		marks[0] = marks[1] = (struct progress_mark){.ms = now_ms, .bytes = bytes};
	if (now_ms - marks[1].ms >= PROGRESS_WINDOW_MS) {
		marks[0] = marks[1];
		marks[1] = (struct progress_mark){.ms = now_ms, .bytes = bytes};
	}
	if (now_ms - marks[0].ms >= PROGRESS_WINDOW_MS / 4)
		line->rate_bytes = (bytes - marks[0].bytes) * 1000 / (now_ms - marks[0].ms);
	if (line->rate_bytes != HFT_UNKNOWN && line->rate_bytes > 0 &&
	    line->bytes_total != HFT_UNKNOWN && line->bytes_total >= bytes)
		line->eta_s = (line->bytes_total - bytes + line->rate_bytes - 1) / line->rate_bytes;
}

/* What was durable before a session began, and a wait, are no rate. */
static void forget_rate(struct progress_line *line)
{
	memset(line->marks, 0, sizeof(line->marks));
	line->rate_bytes = HFT_UNKNOWN;
	line->eta_s = HFT_UNKNOWN;
}

static void set_numbers(struct progress_line *line, const struct hft_event *event, uint64_t now_ms)
{
	const struct hft_transfer *transfer = &event->transfer;
	const bool is_progress = event->kind == HFT_EVENT_PROGRESS;

	if (transfer->bytes != HFT_UNKNOWN && transfer->bytes > line->bytes)
		line->bytes = transfer->bytes;
	/* Before the first progress a size of 0 may mean that it is not known yet. */
	if (transfer->bytes_total != HFT_UNKNOWN && (transfer->bytes_total > 0 || is_progress))
		line->bytes_total = transfer->bytes_total;
	if (!is_progress)
		forget_rate(line);
	else if (transfer->rate_bytes == HFT_UNKNOWN && transfer->bytes != HFT_UNKNOWN)
		compute_rate(line, transfer->bytes, now_ms);
	if (transfer->rate_bytes != HFT_UNKNOWN)
		line->rate_bytes = transfer->rate_bytes;
	if (transfer->eta_s != HFT_UNKNOWN)
		line->eta_s = transfer->eta_s;
}

static void print_event(enum hft_event_kind kind, const struct hft_transfer *transfer,
			char text[PROGRESS_TEXT_BYTES])
{
	progress_label(transfer, text, PROGRESS_TEXT_BYTES / 2);
	switch (kind) {
	case HFT_EVENT_WAITING:
		print_waiting(transfer, text);
		break;
	case HFT_EVENT_LOST:
		print_lost(transfer, text);
		break;
	case HFT_EVENT_RESUMED:
		print_resumed(transfer, text);
		break;
	default:
		text[0] = '\0';
		break;
	}
}

/* When the lines are due next, after something changed. */
static void plan(struct progress *progress, uint64_t now_ms)
{
	const uint64_t pause_ms = progress->terminal ? PROGRESS_DRAW_MS : PROGRESS_PLAIN_MS;

	if (progress->count == 0 && !progress->terminal)
		progress->next_ms = PROGRESS_NEVER;
	else if (progress->drawn_ms != 0)
		progress->next_ms = progress->drawn_ms + pause_ms;
	else if (progress->next_ms == PROGRESS_NEVER)
		progress->next_ms = progress->terminal ? now_ms : now_ms + pause_ms;
}

void progress_take(struct progress *progress, const struct hft_event *event, uint64_t now_ms,
		   char text[PROGRESS_TEXT_BYTES])
{
	const struct hft_transfer *transfer = &event->transfer;
	struct progress_line *line = NULL;

	assert(progress);
	assert(event);

	text[0] = '\0';
	if (event->kind < HFT_EVENT_QUEUED || event->kind > HFT_EVENT_FAILED)
		return;
	progress->told++;
	if (event->kind == HFT_EVENT_COMPLETED || event->kind == HFT_EVENT_FAILED) {
		line = find_line(progress, transfer->id);
		if (line)
			remove_line(progress, line);
		progress_print_result(transfer, text);
	} else {
		line = line_of(progress, transfer);
		set_numbers(line, event, now_ms);
		set_state(line, event->kind, transfer);
		print_event(event->kind, transfer, text);
	}
	plan(progress, now_ms);
}

bool progress_is_due(const struct progress *progress, uint64_t now_ms)
{
	return progress->next_ms != PROGRESS_NEVER && now_ms >= progress->next_ms;
}

void progress_drawn(struct progress *progress, uint64_t now_ms)
{
	progress->drawn_ms = now_ms;
	if (progress->terminal || progress->count == 0)
		progress->next_ms = PROGRESS_NEVER; /* until something is told */
	else
		progress->next_ms = now_ms + PROGRESS_PLAIN_MS;
}

/* ---- drawing -------------------------------------------------------------------- */

/* Columns of a text, taking each character as one. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		columns += ((uint8_t)*text & 0xc0) != 0x80;
	return columns;
}

/* Cuts at a character. */
static void cut_columns(char *text, size_t columns)
{
	for (; *text != '\0'; text++) {
		if (((uint8_t)*text & 0xc0) == 0x80)
			continue;
		if (columns == 0)
			break;
		columns--;
	}
	*text = '\0';
}

static void print_numbers(const struct progress_line *line, char *text, size_t capacity)
{
	char amount[VALUE_BYTES];
	unsigned percent = 100;

	text[0] = '\0';
	if (line->bytes_total == HFT_UNKNOWN) {
		add(text, capacity, "      ");
	} else {
		/* Rounded down: 100 % is when all of it is durable. */
		if (line->bytes < line->bytes_total)
			percent = (unsigned)((double)line->bytes * 100 / (double)line->bytes_total);
		if (percent > 99 && line->bytes < line->bytes_total)
			percent = 99;
		add(text, capacity, "  %3u%%", percent);
	}
	add(text, capacity, "  %8s", value_print_bytes(line->bytes, amount));
	if (line->state[0] != '\0') {
		add(text, capacity, "  %s", line->state);
		return;
	}
	if (line->rate_bytes != HFT_UNKNOWN)
		add(text, capacity, "  %8s/s", value_print_bytes(line->rate_bytes, amount));
	if (line->eta_s != HFT_UNKNOWN)
		add(text, capacity, "  %s left", value_print_countdown(line->eta_s, amount));
}

void progress_print(const struct progress_line *line, uint32_t width,
		    char text[PROGRESS_TEXT_BYTES])
{
	const size_t room = width > NUMBERS_WIDTH + 10 ? width - NUMBERS_WIDTH : 10;
	char numbers[PROGRESS_TEXT_BYTES / 2];

	assert(width > 0);

	(void)snprintf(text, PROGRESS_TEXT_BYTES, "%s", line->label);
	cut_columns(text, room);
	for (size_t columns = columns_of(text); columns < min_size(room, 24); columns++)
		add(text, PROGRESS_TEXT_BYTES, " ");
	print_numbers(line, numbers, sizeof(numbers));
	add(text, PROGRESS_TEXT_BYTES, "%s", numbers);
	cut_columns(text, width);
}
