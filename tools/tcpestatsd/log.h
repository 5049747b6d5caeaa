/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines on standard error, with the level that the journal reads off their beginning. */
#ifndef TCPESTATSD_LOG_H
#define TCPESTATSD_LOG_H

enum { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6 };

__attribute__((format(printf, 2, 3))) void say(int level, const char *format, ...);

/*
 * The same for what a client can provoke: at most ten lines in ten seconds, the rest is counted.
 */
__attribute__((format(printf, 2, 3))) void say_seldom(int level, const char *format, ...);

#endif
