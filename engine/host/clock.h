/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h -- the only reader of the clock.
 *
 * What it is: two times, for two purposes that must not be mixed up. What it is not: for
 * deciders; they get the time with each event. Any thread. */
#pragma once

#include <stdint.h>

/* Nanoseconds since the machine was started, its sleep included; never goes back. For all
 * deadlines and durations: a host that slept for an hour has been silent for an hour. */
uint64_t clock_boot_ns(void);

/* Nanoseconds since 1970 UTC; may jump. For people: logs and records, never for a deadline. */
uint64_t clock_wall_ns(void);
