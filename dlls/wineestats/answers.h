/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs read several classes of one row in turn. What one look at the connection showed answers
 * the next classes of the same row, too: in the same thread, for a millisecond, each class once.
 * Not Data, SendBuff and Rec, which move as the program itself writes and reads; and not after a
 * Set.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "tcpestats.h"

/* Makes room for what is kept; before that, and where there is none, each class is looked up. */
void answers_init(void);

/* Reads a class, from what is kept or by a look. Errors: as tcpestats_get(). */
int answers_get(struct tcpestats *handle, const struct tcpestats_conn *conn, unsigned cls,
                struct tcpestats_sample *sample);

/* A Set: nothing that was seen before it may answer. */
void answers_forget(void);

#endif
