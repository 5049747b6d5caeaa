/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real connections on this machine, and the rows that name their ends. */
#ifndef NET_H
#define NET_H

#include "estats.h"

union address {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct conn {
    SOCKET listener, client, server;
    struct row client_row, server_row;
};

enum conn_flags {
    CONN_DUAL_STACK = 1 /* a v6 listener that takes a v4 client; family is the client's */
};

/* A connection over loopback; 0 or a WSA error. */
int conn_open(struct conn *c, enum family family, unsigned flags);
/* The same on a given address of ours (port 0), with the client bound to client_port. */
int conn_open_at(struct conn *c, const union address *at, unsigned flags, USHORT client_port);
/* A further client of the same listener. */
int conn_again(struct conn *c, USHORT client_port);
/* Ends the connection by RST: both ends are gone at once, without TIME_WAIT. */
void conn_abort(struct conn *c);
void conn_close(struct conn *c);

/* The row of a connected socket as its owner sees it, state ESTABLISHED. */
int row_of_socket(struct row *row, SOCKET s);
struct row row_of_addresses(const union address *local, const union address *remote);
struct row row_reversed(const struct row *row);
/* The v4 row of a ::ffff: row and the other way round. */
struct row row_unmapped(const struct row *row);
struct row row_mapped(const struct row *row);
USHORT row_local_port(const struct row *row);
/* A row that names nothing: no one listens on, or is connected from, these ports. */
struct row row_of_nothing(enum family family);

/* Sends n bytes and takes them off at the other end; 0 when all arrived. */
int transfer(SOCKET from, SOCKET to, size_t n);

/* Repeats a condition until it holds or ms have gone by; hopeless without the functions. */
#define WAIT_FOR(cond, ms)                                                             \
    for (DWORD wait_start = GetTickCount();                                            \
         api.get[V4] && api.get[V6] && !(cond) && GetTickCount() - wait_start < (ms);) \
    Sleep(5)

#endif
