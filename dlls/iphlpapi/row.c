/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <winsock2.h>
#include <windows.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>

#include <string.h>

#include "../shim/debug.h"
#include "row.h"

_Static_assert(sizeof(MIB_TCPROW) == 20 && sizeof(MIB_TCP6ROW) == 52, "rows");

/* A port stands in network order in the low 16 bits; the high ones may hold anything. */
static uint16_t port_of(DWORD port)
{
    return (uint16_t)((port & 0xff) << 8 | (port >> 8 & 0xff));
}

static void trace_row4(const char *function, const struct estats_conn *conn)
{
    const uint8_t *l = conn->local, *r = conn->remote;

    TRACE(function, "%u.%u.%u.%u:%u -> %u.%u.%u.%u:%u\n", l[0], l[1], l[2], l[3], conn->local_port,
          r[0], r[1], r[2], r[3], conn->remote_port);
}

/* One group of an address after the other: without a C library this is the short way. */
#define G(a, i) ((a)[2 * (i)] << 8 | (a)[2 * (i) + 1])
#define GROUPS(a) G(a, 0), G(a, 1), G(a, 2), G(a, 3), G(a, 4), G(a, 5), G(a, 6), G(a, 7)

static void trace_row6(const char *function, const struct estats_conn *conn)
{
    TRACE(function, "[%x:%x:%x:%x:%x:%x:%x:%x%%%u]:%u -> [%x:%x:%x:%x:%x:%x:%x:%x%%%u]:%u\n",
          GROUPS(conn->local), conn->local_scope, conn->local_port, GROUPS(conn->remote),
          conn->remote_scope, conn->remote_port);
}

static void read_row4(const void *row, struct estats_conn *conn)
{
    MIB_TCPROW copy;

    memcpy(&copy, row, sizeof(copy));
    conn->family = ESTATS_IPV4;
    conn->local_port = port_of(copy.dwLocalPort);
    conn->remote_port = port_of(copy.dwRemotePort);
    memcpy(conn->local, &copy.dwLocalAddr, 4);
    memcpy(conn->remote, &copy.dwRemoteAddr, 4);
}

static void read_row6(const void *row, struct estats_conn *conn)
{
    MIB_TCP6ROW copy;

    memcpy(&copy, row, sizeof(copy));
    conn->family = ESTATS_IPV6;
    conn->local_port = port_of(copy.dwLocalPort);
    conn->remote_port = port_of(copy.dwRemotePort);
    memcpy(conn->local, &copy.LocalAddr, 16);
    memcpy(conn->remote, &copy.RemoteAddr, 16);
    conn->local_scope = copy.dwLocalScopeId;
    conn->remote_scope = copy.dwRemoteScopeId;
}

void read_row(enum own_export which, const void *row, struct estats_conn *conn)
{
    const char *name = own_export_name(which);

    memset(conn, 0, sizeof(*conn));
    if (which == GET4 || which == SET4) {
        read_row4(row, conn);
        trace_row4(name, conn);
    } else {
        read_row6(row, conn);
        trace_row6(name, conn);
    }
}
