/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line on stderr that says how far something is: on a terminal, else nothing. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "tool.h"

/* Would it be shown now? */
bool progress_is_due(void);

/* Shows it, a few times a second at most. done: in 1000, above that: not known. */
void progress_show(unsigned done, const char *fmt, ...) TOOL_PRINTF(2, 3);

/* Takes the line away. */
void progress_end(void);

#endif
