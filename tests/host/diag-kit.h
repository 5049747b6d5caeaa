/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking connections up in a real kernel: for the programs that test te_diag_lookup(). */
#ifndef DIAG_KIT_H
#define DIAG_KIT_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "suite.h"

#define KIT __attribute__((unused)) static

KIT struct te_diag diag = TE_DIAG_INIT;
KIT struct te_snapshot s;

KIT int look(const struct te_tuple *tuple, uint32_t scope)
{
    struct te_query query = {.tuple = *tuple, .ifindex = scope};

    memset(&s, 0xa5, sizeof(s));
    return net_look(&diag, &query, &s);
}

KIT uint64_t cookie_of(int fd)
{
    uint64_t cookie;
    socklen_t len = sizeof(cookie);

    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
    return cookie;
}

/* Found, and it is this very socket. */
KIT void must_find(const struct te_tuple *tuple, uint32_t scope, int fd)
{
    ck_assert_int_eq(look(tuple, scope), 0);
    ck_assert_uint_eq(s.cookie, cookie_of(fd));
    ck_assert_mem_eq(&s.tuple, tuple, sizeof(*tuple));
    ck_assert_uint_ge(s.info_len, 104);
}

KIT void must_find_both(const struct net_pair *pair)
{
    must_find(&pair->client_tuple, 0, pair->client);
    must_find(&pair->server_tuple, 0, pair->server);
}

#endif
