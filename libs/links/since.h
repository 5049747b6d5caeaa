/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For how long a link has been there, as far as the host can tell. */
#ifndef LK_SINCE_H
#define LK_SINCE_H

#include "ask.h"

/* CLOCK_BOOTTIME in ns: also counts while the machine sleeps. */
uint64_t lk_now(void);

/*
 * Since when, on that clock. Takes whichever of pppd's record and the link's oldest address goes
 * back further; neither can be older than the link.
 */
uint64_t lk_since(struct lk_ask *ask, const struct lk_link *link, enum lk_since *since);

/*
 * How old the pid file of the pppd that made this link is, in ns, but not more than pppd itself:
 * the file's time is the wall clock's. run: the directory of pid files. false: there is none, or it
 * is a dead one's, another program's or another namespace's.
 */
bool lk_pppd_age(const char *run, const char *name, uint64_t *age);

#endif
