/* SPDX-License-Identifier: Apache-2.0 */
/* retry_grid.c -- see retry_grid.h. */
#include "request/retry_grid.h"

#include <assert.h>

#include <hft/limits.h>

static void grid_set(struct retry_grid *grid, uint64_t from_ns, uint64_t interval_ns,
		     uint64_t connect_timeout_ns)
{
	assert(grid);
	assert(connect_timeout_ns > 0);
	assert(interval_ns <= UINT64_MAX / 4 / ((uint64_t)grid->last + 1));

	grid->from_ns = from_ns;
	grid->interval_ns = interval_ns;
	grid->connect_timeout_ns = connect_timeout_ns;
}

void retry_grid_first_connect(struct retry_grid *grid, uint64_t from_ns, uint64_t interval_ns,
			      uint32_t count, uint64_t connect_timeout_ns)
{
	assert(count < UINT32_MAX);

	grid->first = 0;
	grid->last = count;
	grid_set(grid, from_ns, interval_ns, connect_timeout_ns);
}

void retry_grid_auto_wait(struct retry_grid *grid, uint64_t from_ns, uint64_t interval_ns,
			  uint32_t count, uint64_t connect_timeout_ns)
{
	assert(count < UINT32_MAX);

	grid->first = 1;
	grid->last = count + 1;
	grid_set(grid, from_ns, interval_ns, connect_timeout_ns);
}

/* From the start to point k. */
static uint64_t grid_offset_ns(const struct retry_grid *grid, uint32_t k)
{
	if (grid->interval_ns == 0)
		return (uint64_t)(k - grid->first) * HFT_TRY_APART_NS;
	return (uint64_t)k * grid->interval_ns;
}

uint64_t retry_grid_try_ns(const struct retry_grid *grid, uint32_t k)
{
	assert(grid);
	assert(k >= grid->first && k <= grid->last);

	return grid->from_ns + grid_offset_ns(grid, k);
}

uint64_t retry_grid_window_ns(const struct retry_grid *grid)
{
	assert(grid);

	return (uint64_t)grid->last * grid->interval_ns;
}

uint64_t retry_grid_bound_ns(const struct retry_grid *grid)
{
	assert(grid);

	if (grid->interval_ns == 0)
		return grid->connect_timeout_ns;
	return min_u64(grid->interval_ns, grid->connect_timeout_ns);
}

uint32_t retry_grid_tries(const struct retry_grid *grid)
{
	assert(grid);

	return grid->last - grid->first + 1;
}

/* How long ago the grid began. A clock that was set back makes it now. */
static uint64_t grid_elapsed_ns(const struct retry_grid *grid, uint64_t now_ns)
{
	uint64_t elapsed_ns = now_ns - grid->from_ns;

	return elapsed_ns > UINT64_MAX / 2 ? 0 : elapsed_ns;
}

/* The first k whose point is not further in the past than a try may be late. May be beyond the
 * last one. */
static uint64_t grid_first_not_missed(const struct retry_grid *grid, uint64_t now_ns)
{
	uint64_t elapsed_ns = grid_elapsed_ns(grid, now_ns);
	uint64_t spacing_ns = grid->interval_ns ? grid->interval_ns : HFT_TRY_APART_NS;
	uint64_t late_ns = elapsed_ns > HFT_TRY_LATE_NS ? elapsed_ns - HFT_TRY_LATE_NS : 0;
	uint64_t points = late_ns / spacing_ns + (late_ns % spacing_ns ? 1 : 0);

	return grid->interval_ns ? points : points + grid->first;
}

static void grid_point(const struct retry_grid *grid, uint32_t k, uint64_t at_ns, uint64_t base_ns,
		       struct retry_point *ret_point)
{
	ret_point->k = k;
	ret_point->at_ns = at_ns;
	ret_point->deadline_ns = base_ns + retry_grid_bound_ns(grid);
}

bool retry_grid_next(const struct retry_grid *grid, uint32_t k, uint64_t last_start_ns,
		     uint64_t now_ns, struct retry_point *ret_point)
{
	uint64_t wanted = max_u64(k, grid->first);
	uint64_t at_ns = now_ns;

	assert(ret_point);

	if (wanted > grid->last)
		return false;
	if (grid->interval_ns == 0) {
		if (wanted > grid->first)
			at_ns = max_u64(now_ns, last_start_ns + HFT_TRY_APART_NS);
		grid_point(grid, (uint32_t)wanted, at_ns, at_ns, ret_point);
		return true;
	}
	wanted = max_u64(wanted, grid_first_not_missed(grid, now_ns));
	if (wanted > grid->last) {
		grid_point(grid, grid->last, now_ns, now_ns, ret_point);
		return true;
	}
	if (grid_offset_ns(grid, (uint32_t)wanted) > grid_elapsed_ns(grid, now_ns))
		at_ns = retry_grid_try_ns(grid, (uint32_t)wanted);
	grid_point(grid, (uint32_t)wanted, at_ns, retry_grid_try_ns(grid, (uint32_t)wanted),
		   ret_point);
	return true;
}

void retry_grid_resume(const struct retry_grid *grid, uint64_t now_ns,
		       struct retry_point *ret_point)
{
	uint64_t k = grid->first;
	bool found;

	if (grid->interval_ns == 0)
		k = min_u64(max_u64(k, grid_first_not_missed(grid, now_ns)), grid->last);
	found = retry_grid_next(grid, (uint32_t)k, now_ns - HFT_TRY_APART_NS, now_ns, ret_point);
	assert(found);
	(void)found;
}
