/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to the peer whose program counts what it writes and reads. */
#ifndef SESSION_H
#define SESSION_H

#include "estats.h"
#include "net.h"
#include "peer.h"
#include "wt.h"

/* Where the peer is. */
struct place {
    const char *address[FAMILIES]; /* NULL: this program's own, over loopback */
    USHORT port[FAMILIES];
    DWORD rtt_ms; /* of an emulated path; 0 over loopback */
};
extern struct place place;

struct session {
    SOCKET s;
    struct row row; /* as getsockname() and getpeername() have it */
    ULONG64 out, in;
};

/* 0, or what is said of it as skipped. */
int session_open(struct session *session, enum family family);
void session_close(struct session *session);

/* Writes a request with its payload; and reads what was asked for. 0 when all of it went. */
int session_ask(struct session *session, DWORD bytes, DWORD answer, DWORD delay_ms);
int session_read(struct session *session, DWORD answer);

/* Both: when it is through every byte written has been acknowledged. */
int session_talk(struct session *session, DWORD bytes, DWORD answer);

/* Closes it in the orderly way, we first: the row is in TIME_WAIT then. */
void session_finish(struct session *session);

/* As a program finds its own connection in GetTcpTable or GetTcp6Table: both ends, scopes too. */
int session_row_of_table(const struct session *session, struct row *row);

#endif
