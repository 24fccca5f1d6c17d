/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c -- see notify.h. */
#include "daemon/notify.h"

#ifdef HFT_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

static uint64_t watchdog_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us : 0;
}

static void tell(const char *state)
{
	(void)sd_notify(0, state);
}

void notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}
#else
static uint64_t watchdog_us(void)
{
	return 0;
}

static void tell(const char *state)
{
	(void)state;
}

void notify_ready(const char *status)
{
	(void)status;
}
#endif

void notify_init(struct notify *notify, uint64_t now_ns)
{
	notify->every_ns = watchdog_us() * 1000 / 2;
	notify->next_ns = notify->every_ns ? now_ns : UINT64_MAX;
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_turn(struct notify *notify, uint64_t now_ns)
{
	if (now_ns < notify->next_ns)
		return;
	tell("WATCHDOG=1");
	notify->next_ns = now_ns + notify->every_ns;
}
