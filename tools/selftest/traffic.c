/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection of our own on the loopback interface, with a known number of bytes on it. */
#include "selftest.h"

#include <string.h>

#define PATIENCE_MS 5000

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

union row {
    MIB_TCPROW v4;
    MIB_TCP6ROW v6;
};

struct pair {
    SOCKET client, server;
    union row row; /* as the client's end */
};

static int loopback(int family, union address *address)
{
    memset(address, 0, sizeof(*address));
    address->any.sa_family = (ADDRESS_FAMILY)family;
    if (family == AF_INET) {
        address->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof(address->v4);
    }
    address->v6.sin6_addr.s6_addr[15] = 1;
    return sizeof(address->v6);
}

static SOCKET listener(int family, union address *address)
{
    int size = loopback(family, address);
    SOCKET s = socket(family, SOCK_STREAM, IPPROTO_TCP);

    if (s != INVALID_SOCKET &&
        (bind(s, &address->any, size) || listen(s, 1) || getsockname(s, &address->any, &size))) {
        closesocket(s);
        s = INVALID_SOCKET;
    }
    return s;
}

BOOL have_loopback(int family)
{
    union address address;
    SOCKET s = listener(family, &address);

    if (s == INVALID_SOCKET)
        return FALSE;
    closesocket(s);
    return TRUE;
}

static void make_row(int family, const union address *local, const union address *remote,
                     union row *row)
{
    memset(row, 0, sizeof(*row));
    if (family == AF_INET) {
        row->v4.dwState = MIB_TCP_STATE_ESTAB;
        row->v4.dwLocalAddr = local->v4.sin_addr.s_addr;
        row->v4.dwLocalPort = local->v4.sin_port;
        row->v4.dwRemoteAddr = remote->v4.sin_addr.s_addr;
        row->v4.dwRemotePort = remote->v4.sin_port;
    } else {
        row->v6.State = MIB_TCP_STATE_ESTAB;
        memcpy(&row->v6.LocalAddr, &local->v6.sin6_addr, sizeof(row->v6.LocalAddr));
        row->v6.dwLocalPort = local->v6.sin6_port;
        memcpy(&row->v6.RemoteAddr, &remote->v6.sin6_addr, sizeof(row->v6.RemoteAddr));
        row->v6.dwRemotePort = remote->v6.sin6_port;
    }
}

static BOOL connect_pair(int family, struct pair *pair)
{
    union address local, remote;
    int size = sizeof(local);
    SOCKET l = listener(family, &remote);

    pair->client = socket(family, SOCK_STREAM, IPPROTO_TCP);
    pair->server = INVALID_SOCKET;
    if (l != INVALID_SOCKET && pair->client != INVALID_SOCKET &&
        !connect(pair->client, &remote.any, loopback(family, &local)) &&
        !getsockname(pair->client, &local.any, &size))
        pair->server = accept(l, NULL, NULL);
    closesocket(l);
    make_row(family, &local, &remote, &pair->row);
    return pair->server != INVALID_SOCKET;
}

static BOOL transfer(SOCKET from, SOCKET to, int bytes)
{
    static char buffer[BYTES_OUT];
    DWORD limit = PATIENCE_MS;

    setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof(limit));
    if (send(from, buffer, bytes, 0) != bytes)
        return FALSE;
    while (bytes > 0) {
        int got = recv(to, buffer, bytes, 0);

        if (got <= 0)
            return FALSE;
        bytes -= got;
    }
    return TRUE;
}

static ULONG set_data(const struct estats_functions *f, int family, union row *row, BOOLEAN on)
{
    TCP_ESTATS_DATA_RW_v0 rw = {.EnableCollection = on};

    return family == AF_INET
               ? f->set4(&row->v4, TcpConnectionEstatsData, (PUCHAR)&rw, 0, sizeof(rw), 0)
               : f->set6(&row->v6, TcpConnectionEstatsData, (PUCHAR)&rw, 0, sizeof(rw), 0);
}

static ULONG get_data(const struct estats_functions *f, int family, union row *row,
                      TCP_ESTATS_DATA_RW_v0 *rw, TCP_ESTATS_DATA_ROD_v0 *rod)
{
    return family == AF_INET ? f->get4(&row->v4, TcpConnectionEstatsData, (PUCHAR)rw, 0,
                                       sizeof(*rw), NULL, 0, 0, (PUCHAR)rod, 0, sizeof(*rod))
                             : f->get6(&row->v6, TcpConnectionEstatsData, (PUCHAR)rw, 0,
                                       sizeof(*rw), NULL, 0, 0, (PUCHAR)rod, 0, sizeof(*rod));
}

static BOOL as_sent(const TCP_ESTATS_DATA_ROD_v0 *rod)
{
    return rod->DataBytesOut == BYTES_OUT && rod->DataBytesIn == BYTES_IN &&
           rod->ThruBytesAcked == BYTES_OUT && rod->ThruBytesReceived == BYTES_IN;
}

static enum verdict read_numbers(const struct estats_functions *f, int family, union row *row)
{
    const char *name = family == AF_INET ? "IPv4" : "IPv6";
    TCP_ESTATS_DATA_RW_v0 rw = {0};
    TCP_ESTATS_DATA_ROD_v0 rod;

    /* The last acknowledgement may be on its way still. */
    for (int waited = 0;; waited += 20) {
        ULONG error = get_data(f, family, row, &rw, &rod);

        if (error)
            return fail(VERDICT_WRONG, "reading an %s connection fails with error %lu", name,
                        error);
        if (as_sent(&rod))
            return rw.EnableCollection == TRUE
                       ? VERDICT_OK
                       : fail(VERDICT_WRONG, "Data was enabled on an %s connection, but reads off",
                              name);
        if (waited >= PATIENCE_MS)
            break;
        Sleep(20);
    }
    return fail(VERDICT_WRONG,
                "%d bytes sent and %d received on an %s connection, but it counts %llu and %llu "
                "(acknowledged %llu, delivered %llu)",
                BYTES_OUT, BYTES_IN, name, rod.DataBytesOut, rod.DataBytesIn, rod.ThruBytesAcked,
                rod.ThruBytesReceived);
}

static enum verdict measure(const struct estats_functions *f, int family, struct pair *pair)
{
    ULONG error = set_data(f, family, &pair->row, TRUE);
    enum verdict verdict;

    switch (error) {
    case NO_ERROR:
        break;
    case ERROR_NOT_SUPPORTED:
        return fail(VERDICT_NO_HELPER, "the functions are there, but their way to the host is not; "
                                       "'wine-estats status' says what is missing");
    case ERROR_ACCESS_DENIED:
        return fail(VERDICT_DENIED, "enabling is denied: this prefix runs programs without "
                                    "membership of Administrators");
    default:
        return fail(VERDICT_WRONG, "enabling Data on %s fails with error %lu",
                    family == AF_INET ? "IPv4" : "IPv6", error);
    }
    if (!transfer(pair->client, pair->server, BYTES_OUT) ||
        !transfer(pair->server, pair->client, BYTES_IN))
        return fail(VERDICT_FAILED, "the loopback connection does not carry data (%d)",
                    WSAGetLastError());
    verdict = read_numbers(f, family, &pair->row);
    set_data(f, family, &pair->row, FALSE);
    return verdict;
}

enum verdict check_connection(const struct estats_functions *functions, int family)
{
    struct pair pair;
    enum verdict verdict;

    if (connect_pair(family, &pair))
        verdict = measure(functions, family, &pair);
    else
        verdict = fail(VERDICT_FAILED, "cannot make a connection over the loopback interface (%d)",
                       WSAGetLastError());
    closesocket(pair.client);
    closesocket(pair.server);
    return verdict;
}
