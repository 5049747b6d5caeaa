/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libtcpestats says about one end of a connection: switches all classes on, reads them at a
 * steady rhythm, and writes the last reading down as text for the judge, who shares no code with
 * the library.
 */
#ifndef ORACLE_WITNESS_H
#define ORACLE_WITNESS_H

#include <stdbool.h>
#include <stdio.h>

struct witness;

/* fd: the connected socket. Failures end the program with a message. */
struct witness *witness_start(int fd, const char *state_dir, unsigned rhythm_ms, bool collector);

/* Stops reading, reads once more, writes all down and frees. */
void witness_finish(struct witness *witness, FILE *out);

#endif
