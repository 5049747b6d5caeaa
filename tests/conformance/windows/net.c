/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net.h"

#include <string.h>

static int address_size(const union address *a)
{
    return a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

static USHORT *address_port(union address *a)
{
    return a->sa.sa_family == AF_INET ? &a->v4.sin_port : &a->v6.sin6_port;
}

static union address loopback(enum family family)
{
    union address a;

    memset(&a, 0, sizeof(a));
    if (family == V4) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_addr.s6_addr[15] = 1;
    }
    return a;
}

struct row row_of_addresses(const union address *local, const union address *remote)
{
    struct row row;

    memset(&row, 0, sizeof(row));
    if (local->sa.sa_family == AF_INET) {
        row.family = V4;
        row.v4.dwState = MIB_TCP_STATE_ESTAB;
        row.v4.dwLocalAddr = local->v4.sin_addr.s_addr;
        row.v4.dwLocalPort = local->v4.sin_port;
        row.v4.dwRemoteAddr = remote->v4.sin_addr.s_addr;
        row.v4.dwRemotePort = remote->v4.sin_port;
    } else {
        row.family = V6;
        row.v6.State = MIB_TCP_STATE_ESTAB;
        memcpy(&row.v6.LocalAddr, &local->v6.sin6_addr, sizeof(row.v6.LocalAddr));
        row.v6.dwLocalScopeId = local->v6.sin6_scope_id;
        row.v6.dwLocalPort = local->v6.sin6_port;
        memcpy(&row.v6.RemoteAddr, &remote->v6.sin6_addr, sizeof(row.v6.RemoteAddr));
        row.v6.dwRemoteScopeId = remote->v6.sin6_scope_id;
        row.v6.dwRemotePort = remote->v6.sin6_port;
    }
    return row;
}

int row_of_socket(struct row *row, SOCKET s)
{
    union address local, remote;
    int local_size = sizeof(local), remote_size = sizeof(remote);

    if (getsockname(s, &local.sa, &local_size) || getpeername(s, &remote.sa, &remote_size))
        return WSAGetLastError();
    *row = row_of_addresses(&local, &remote);
    return 0;
}

struct row row_reversed(const struct row *row)
{
    struct row r = *row;

    if (row->family == V4) {
        r.v4.dwLocalAddr = row->v4.dwRemoteAddr;
        r.v4.dwLocalPort = row->v4.dwRemotePort;
        r.v4.dwRemoteAddr = row->v4.dwLocalAddr;
        r.v4.dwRemotePort = row->v4.dwLocalPort;
    } else {
        r.v6.LocalAddr = row->v6.RemoteAddr;
        r.v6.dwLocalScopeId = row->v6.dwRemoteScopeId;
        r.v6.dwLocalPort = row->v6.dwRemotePort;
        r.v6.RemoteAddr = row->v6.LocalAddr;
        r.v6.dwRemoteScopeId = row->v6.dwLocalScopeId;
        r.v6.dwRemotePort = row->v6.dwLocalPort;
    }
    return r;
}

struct row row_unmapped(const struct row *row)
{
    struct row r;

    memset(&r, 0, sizeof(r));
    r.family = V4;
    r.v4.dwState = row->v6.State;
    memcpy(&r.v4.dwLocalAddr, row->v6.LocalAddr.s6_addr + 12, 4);
    r.v4.dwLocalPort = row->v6.dwLocalPort;
    memcpy(&r.v4.dwRemoteAddr, row->v6.RemoteAddr.s6_addr + 12, 4);
    r.v4.dwRemotePort = row->v6.dwRemotePort;
    return r;
}

struct row row_mapped(const struct row *row)
{
    struct row r;

    memset(&r, 0, sizeof(r));
    r.family = V6;
    r.v6.State = row->v4.dwState;
    memset(r.v6.LocalAddr.s6_addr + 10, 0xff, 2);
    memcpy(r.v6.LocalAddr.s6_addr + 12, &row->v4.dwLocalAddr, 4);
    r.v6.dwLocalPort = row->v4.dwLocalPort;
    memset(r.v6.RemoteAddr.s6_addr + 10, 0xff, 2);
    memcpy(r.v6.RemoteAddr.s6_addr + 12, &row->v4.dwRemoteAddr, 4);
    r.v6.dwRemotePort = row->v4.dwRemotePort;
    return r;
}

USHORT row_local_port(const struct row *row)
{
    return ntohs(row->family == V4 ? row->v4.dwLocalPort : row->v6.dwLocalPort);
}

struct row row_of_nothing(enum family family)
{
    union address local = loopback(family), remote = loopback(family);

    *address_port(&local) = htons(9);
    *address_port(&remote) = htons(10);
    return row_of_addresses(&local, &remote);
}

static int connect_pair(struct conn *c, const union address *client_at, const union address *to,
                        USHORT client_port)
{
    union address from = *client_at;
    BOOL yes = TRUE;

    c->client = socket(from.sa.sa_family, SOCK_STREAM, IPPROTO_TCP);
    if (c->client == INVALID_SOCKET)
        return WSAGetLastError();
    *address_port(&from) = htons(client_port);
    if (client_port)
        setsockopt(c->client, SOL_SOCKET, SO_REUSEADDR, (char *)&yes, sizeof(yes));
    if (bind(c->client, &from.sa, address_size(&from)) ||
        connect(c->client, &to->sa, address_size(to)))
        return WSAGetLastError();
    c->server = accept(c->listener, NULL, NULL);
    if (c->server == INVALID_SOCKET)
        return WSAGetLastError();
    /* Waiting for delayed acknowledgements makes the tests slow and checks nothing. */
    setsockopt(c->client, IPPROTO_TCP, TCP_NODELAY, (char *)&yes, sizeof(yes));
    setsockopt(c->server, IPPROTO_TCP, TCP_NODELAY, (char *)&yes, sizeof(yes));
    if (row_of_socket(&c->client_row, c->client) || row_of_socket(&c->server_row, c->server))
        return WSAGetLastError();
    return 0;
}

int conn_open_at(struct conn *c, const union address *at, unsigned flags, USHORT client_port)
{
    union address listen_at = *at, to;
    int size = sizeof(to), error;

    c->client = c->server = INVALID_SOCKET;
    if (flags & CONN_DUAL_STACK) {
        memset(&listen_at, 0, sizeof(listen_at));
        listen_at.v6.sin6_family = AF_INET6;
    }
    c->listener = socket(listen_at.sa.sa_family, SOCK_STREAM, IPPROTO_TCP);
    if (c->listener == INVALID_SOCKET)
        return WSAGetLastError();
    if (flags & CONN_DUAL_STACK) {
        DWORD no = 0;

        setsockopt(c->listener, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&no, sizeof(no));
    }
    error = 0;
    if (bind(c->listener, &listen_at.sa, address_size(&listen_at)) || listen(c->listener, 8) ||
        getsockname(c->listener, &to.sa, &size)) {
        error = WSAGetLastError();
    } else {
        USHORT port = *address_port(&to);

        to = *at;
        *address_port(&to) = port;
        error = connect_pair(c, at, &to, client_port);
    }
    if (error)
        conn_close(c);
    return error;
}

int conn_open(struct conn *c, enum family family, unsigned flags)
{
    union address at = loopback(family);

    return conn_open_at(c, &at, flags, 0);
}

int conn_again(struct conn *c, USHORT client_port)
{
    union address at, to;
    int size = sizeof(to);

    if (getsockname(c->listener, &to.sa, &size))
        return WSAGetLastError();
    at = to;
    return connect_pair(c, &at, &to, client_port);
}

void conn_abort(struct conn *c)
{
    struct linger hard = {1, 0};

    setsockopt(c->client, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard));
    closesocket(c->client);
    setsockopt(c->server, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard));
    closesocket(c->server);
    c->client = c->server = INVALID_SOCKET;
}

void conn_close(struct conn *c)
{
    conn_abort(c);
    closesocket(c->listener);
    c->listener = INVALID_SOCKET;
}

int transfer(SOCKET from, SOCKET to, size_t n)
{
    static char buffer[16384];
    DWORD patience = 10000;

    setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience));
    while (n) {
        int chunk = n < sizeof(buffer) ? (int)n : (int)sizeof(buffer);
        int sent = send(from, buffer, chunk, 0);

        if (sent <= 0)
            return -1;
        for (int left = sent; left;) {
            int got = recv(to, buffer, left, 0);

            if (got <= 0)
                return -1;
            left -= got;
        }
        n -= sent;
    }
    return 0;
}
