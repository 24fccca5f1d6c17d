/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule.c -- order and limits by example, then against a search through all entries. */
#include "schedule/schedule.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "support/rule.h"

#define ENTRIES 200
#define HOSTS	5

static struct schedule *new_schedule(uint32_t capacity, uint32_t send_limit, uint32_t host_limit)
{
	uint32_t limits[HOSTS];
	struct schedule *schedule = NULL;

	for (uint32_t i = 0; i < HOSTS; i++)
		limits[i] = host_limit;
	cr_assert_eq(schedule_new(capacity, send_limit, limits, HOSTS, &schedule), 0);
	return schedule;
}

static struct schedule_entry entry_of(uint32_t host, uint32_t priority, bool ahead)
{
	return (struct schedule_entry){
		.host = host, .priority = priority, .ahead = ahead, .position = SCHEDULE_IDLE};
}

static void add(struct schedule *schedule, struct schedule_entry *entry)
{
	cr_assert_eq(schedule_add(schedule, entry), 0);
}

/* -- by example ------------------------------------------------------------ */

Test(schedule, an_empty_queue_starts_nothing)
{
	struct schedule *schedule = new_schedule(4, 1, 0);

	cr_assert_null(schedule_next(schedule));
	cr_assert_eq(schedule_waiting(schedule), 0);
	cr_assert_eq(schedule_running(schedule), 0);
	schedule_free(schedule);
}

Test(schedule, small_priorities_first_then_first_in_first_out)
{
	HFT_RULE(D_54);
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 50, false), b = entry_of(1, 50, false);
	struct schedule_entry c = entry_of(0, 1, false), d = entry_of(2, 256, false);

	add(schedule, &d);
	add(schedule, &a);
	add(schedule, &b);
	add(schedule, &c);
	cr_assert_eq(schedule_next(schedule), &c);
	cr_assert_eq(schedule_next(schedule), &a);
	cr_assert_eq(schedule_next(schedule), &b);
	cr_assert_eq(schedule_next(schedule), &d);
	cr_assert_null(schedule_next(schedule));
	schedule_free(schedule);
}

Test(schedule, resends_go_before_unsent_ones_of_any_priority)
{
	HFT_RULE(D_54);
	HFT_RULE(D_55);
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry unsent = entry_of(0, 1, false), resend = entry_of(0, 256, true);

	add(schedule, &unsent);
	add(schedule, &resend);
	cr_assert_eq(schedule_next(schedule), &resend);
	cr_assert_eq(schedule_next(schedule), &unsent);
	schedule_free(schedule);
}

Test(schedule, no_more_than_the_limit_run_and_a_slot_given_back_is_given_out)
{
	HFT_RULE(D_55);
	struct schedule *schedule = new_schedule(8, 2, 0);
	struct schedule_entry entries[3] = {entry_of(0, 50, false), entry_of(1, 50, false),
					    entry_of(2, 50, false)};

	for (int i = 0; i < 3; i++)
		add(schedule, &entries[i]);
	cr_assert_eq(schedule_next(schedule), &entries[0]);
	cr_assert_eq(schedule_next(schedule), &entries[1]);
	cr_assert_null(schedule_next(schedule));
	cr_assert_eq(schedule_running(schedule), 2);
	cr_assert_eq(schedule_waiting(schedule), 1);
	schedule_done(schedule, &entries[0]);
	cr_assert_eq(schedule_next(schedule), &entries[2]);
	schedule_free(schedule);
}

Test(schedule, a_host_at_its_limit_does_not_hold_up_others)
{
	HFT_RULE(D_55);
	struct schedule *schedule = new_schedule(8, 8, 1);
	struct schedule_entry first = entry_of(0, 1, false), second = entry_of(0, 2, false);
	struct schedule_entry other = entry_of(1, 200, false);

	add(schedule, &first);
	add(schedule, &second);
	add(schedule, &other);
	cr_assert_eq(schedule_next(schedule), &first);
	cr_assert_eq(schedule_next(schedule), &other);
	cr_assert_null(schedule_next(schedule));
	schedule_done(schedule, &first);
	cr_assert_eq(schedule_next(schedule), &second);
	schedule_free(schedule);
}

Test(schedule, a_full_queue_refuses_and_stays_as_it_is)
{
	struct schedule *schedule = new_schedule(1, 8, 0);
	struct schedule_entry a = entry_of(0, 1, false), b = entry_of(0, 1, false);

	add(schedule, &a);
	cr_assert_eq(schedule_add(schedule, &b), -ENOSPC);
	cr_assert_eq(b.position, SCHEDULE_IDLE);
	cr_assert_eq(schedule_waiting(schedule), 1);
	schedule_free(schedule);
}

Test(schedule, a_removed_entry_is_not_started_and_removing_again_is_nothing)
{
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 1, false), b = entry_of(0, 2, false);

	add(schedule, &a);
	add(schedule, &b);
	schedule_remove(schedule, &a);
	schedule_remove(schedule, &a);
	cr_assert_eq(schedule_waiting(schedule), 1);
	cr_assert_eq(schedule_next(schedule), &b);
	add(schedule, &a);
	cr_assert_eq(schedule_next(schedule), &a);
	schedule_free(schedule);
}

Test(schedule, a_changed_priority_keeps_its_arrival)
{
	HFT_RULE(D_62);
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 100, false), b = entry_of(0, 50, false);
	struct schedule_entry idle = entry_of(0, 100, false);

	add(schedule, &a);
	add(schedule, &b);
	schedule_change(schedule, &a, 50);
	schedule_change(schedule, &idle, 7);
	cr_assert_eq(idle.priority, 7);
	cr_assert_eq(schedule_waiting(schedule), 2);
	cr_assert_eq(schedule_next(schedule), &a);
	cr_assert_eq(schedule_next(schedule), &b);
	schedule_free(schedule);
}

Test(schedule, a_service_on_hold_starts_nothing)
{
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 50, false);

	add(schedule, &a);
	schedule_hold(schedule, true);
	cr_assert_null(schedule_next(schedule));
	schedule_hold(schedule, false);
	cr_assert_eq(schedule_next(schedule), &a);
	schedule_free(schedule);
}

Test(schedule, nothing_can_be_freed)
{
	schedule_free(NULL);
}

Test(schedule, waiting_twice_is_a_bug, .signal = SIGABRT)
{
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 50, false);

	add(schedule, &a);
	(void)schedule_add(schedule, &a);
}

Test(schedule, giving_back_what_was_not_given_is_a_bug, .signal = SIGABRT)
{
	struct schedule *schedule = new_schedule(8, 8, 0);
	struct schedule_entry a = entry_of(0, 50, false);

	schedule_done(schedule, &a);
}

/* -- against a search --------------------------------------------------------- */

enum place { IDLE, WAITING, RUNNING };

struct naive {
	struct schedule_entry entry[ENTRIES]; /* as the schedule has them */
	enum place place[ENTRIES];	      /* where each of them is */
	uint64_t arrival[ENTRIES];	      /* counted here */
	uint64_t arrivals;		      /* so far */
	uint32_t running;		      /* over all hosts */
	uint32_t host_running[HOSTS];	      /* for each */
	uint32_t send_limit;		      /* as the schedule's */
	uint32_t host_limit[HOSTS];	      /* likewise */
};

static struct naive naive;

static bool naive_may_start(uint32_t host)
{
	return naive.running < naive.send_limit &&
	       (naive.host_limit[host] == 0 || naive.host_running[host] < naive.host_limit[host]);
}

static bool naive_is_before(uint32_t a, uint32_t b)
{
	const struct schedule_entry *x = &naive.entry[a], *y = &naive.entry[b];

	if (x->ahead != y->ahead)
		return x->ahead;
	if (x->priority != y->priority)
		return x->priority < y->priority;
	return naive.arrival[a] < naive.arrival[b];
}

static struct schedule_entry *naive_next(void)
{
	uint32_t best = ENTRIES;

	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (naive.place[i] != WAITING || !naive_may_start(naive.entry[i].host))
			continue;
		if (best == ENTRIES || naive_is_before(i, best))
			best = i;
	}
	return best == ENTRIES ? NULL : &naive.entry[best];
}

static void naive_count(uint32_t index, enum place place)
{
	uint32_t host = naive.entry[index].host;

	if (naive.place[index] == RUNNING) {
		naive.running--;
		naive.host_running[host]--;
	}
	naive.place[index] = place;
	if (place == RUNNING) {
		naive.running++;
		naive.host_running[host]++;
	}
}

static void random_add(struct random *random, struct schedule *schedule, uint32_t i)
{
	if (naive.place[i] != IDLE)
		return;
	naive.entry[i] = entry_of((uint32_t)random_below(random, HOSTS),
				  1 + (uint32_t)random_below(random, 4),
				  random_chance(random, 1, 10));
	add(schedule, &naive.entry[i]);
	naive.arrival[i] = ++naive.arrivals;
	naive_count(i, WAITING);
}

static void random_next(struct schedule *schedule)
{
	struct schedule_entry *expected = naive_next();

	cr_assert_eq(schedule_next(schedule), expected);
	if (expected)
		naive_count((uint32_t)(expected - naive.entry), RUNNING);
}

static void random_operation(struct random *random, struct schedule *schedule)
{
	uint32_t i = (uint32_t)random_below(random, ENTRIES);

	switch (random_below(random, 8)) {
	case 0:
	case 1:
	case 2:
		random_add(random, schedule, i);
		break;
	case 3:
		schedule_remove(schedule, &naive.entry[i]);
		if (naive.place[i] == WAITING)
			naive_count(i, IDLE);
		break;
	case 4:
		if (naive.place[i] != RUNNING)
			schedule_change(schedule, &naive.entry[i],
					1 + (uint32_t)random_below(random, 4));
		break;
	case 5:
	case 6:
		random_next(schedule);
		break;
	default:
		if (naive.place[i] != RUNNING)
			break;
		naive_count(i, IDLE);
		schedule_done(schedule, &naive.entry[i]);
		break;
	}
}

static void assert_counts(const struct schedule *schedule)
{
	uint32_t waiting = 0;

	for (uint32_t i = 0; i < ENTRIES; i++)
		waiting += naive.place[i] == WAITING;
	cr_assert_eq(schedule_waiting(schedule), waiting);
	cr_assert_eq(schedule_running(schedule), naive.running);
}

Test(schedule, it_gives_what_a_search_through_all_would_give, .timeout = 60)
{
	HFT_RULE(D_54);
	HFT_RULE(D_55);
	struct random random;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct schedule *schedule = NULL;

		random_seed(&random, seed);
		naive = (struct naive){.send_limit = 1 + (uint32_t)random_below(&random, 40)};
		for (uint32_t i = 0; i < HOSTS; i++)
			naive.host_limit[i] = (uint32_t)random_below(&random, 10);
		for (uint32_t i = 0; i < ENTRIES; i++)
			naive.entry[i] = entry_of(0, 1, false);
		cr_assert_eq(
			schedule_new(ENTRIES, naive.send_limit, naive.host_limit, HOSTS, &schedule),
			0);
		for (int step = 0; step < 5000; step++) {
			random_operation(&random, schedule);
			assert_counts(schedule);
		}
		schedule_free(schedule);
	}
}

/* -- many ---------------------------------------------------------------------- */

#define MANY	   1000000
#define MANY_HOSTS 1000

static void drain_in_order(struct schedule *schedule)
{
	struct schedule_entry *before = NULL;

	for (uint32_t i = 0; i < MANY; i++) {
		struct schedule_entry *entry = schedule_next(schedule);

		cr_assert(entry);
		cr_assert(!before || before->priority < entry->priority ||
			  (before->priority == entry->priority &&
			   before->sequence < entry->sequence));
		before = entry;
	}
	cr_assert_null(schedule_next(schedule));
}

static void assert_a_million_in_time(uint32_t hosts)
{
	struct schedule_entry *entries = calloc(MANY, sizeof(*entries));
	uint32_t *limits = calloc(hosts, sizeof(*limits));
	struct schedule *schedule = NULL;
	struct random random;
	clock_t start = clock();

	cr_assert(entries && limits);
	random_seed(&random, 1);
	cr_assert_eq(schedule_new(MANY, MANY, limits, hosts, &schedule), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		entries[i] = entry_of((uint32_t)random_below(&random, hosts),
				      1 + (uint32_t)random_below(&random, 256), false);
		add(schedule, &entries[i]);
	}
	drain_in_order(schedule);
	cr_log_info("a million over %u hosts: %.2f s", hosts,
		    (double)(clock() - start) / CLOCKS_PER_SEC);
	schedule_free(schedule);
	free(limits);
	free(entries);
}

/* Two seconds of a plain build; a structure that searches would need hours. */
Test(schedule, a_million_entries_of_one_host_take_no_time, .timeout = 20)
{
	assert_a_million_in_time(1);
}

Test(schedule, a_million_entries_of_many_hosts_take_no_time, .timeout = 20)
{
	assert_a_million_in_time(MANY_HOSTS);
}
