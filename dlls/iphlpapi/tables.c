/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wine, at least up to 10.0, gives the rows of IPv6 connections scope ids that nobody else knows:
 * 4096 for ::1, 8192 for a link-local address of this machine, all-ones for one of another. A
 * program that looks for its own connection by what getsockname() says then does not find it. So
 * three functions are taken from the running Wine and the ids of what they return put right. Of a
 * Wine whose ids are right that changes nothing.
 *
 * Only a link-local address has a scope: the interface that the connection goes over. The host
 * knows it of a connection; of a listener, or what is left of a connection, it is the adapter that
 * has the local address.
 */
#include <winsock2.h>
#include <windows.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>

#include <stddef.h>
#include <string.h>

#include "../shim/helper.h"
#include "../wineestats/gate.h"
#include "exports.h"

/* Where a row has what. The addresses and ports stand alike in all of them. */
struct layout {
    unsigned int head, stride;
    unsigned int local, local_scope, local_port, remote, remote_scope, remote_port;
};

#define LAYOUT(whole, row, l, l_scope, r, r_scope)                                     \
    {                                                                                  \
        offsetof(whole, table), sizeof(row), offsetof(row, l), offsetof(row, l_scope), \
            offsetof(row, dwLocalPort), offsetof(row, r), offsetof(row, r_scope),      \
            offsetof(row, dwRemotePort)                                                \
    }

static const struct layout plain = LAYOUT(MIB_TCP6TABLE, MIB_TCP6ROW, LocalAddr, dwLocalScopeId,
                                          RemoteAddr, dwRemoteScopeId);
static const struct layout second = LAYOUT(MIB_TCP6TABLE2, MIB_TCP6ROW2, LocalAddr, dwLocalScopeId,
                                           RemoteAddr, dwRemoteScopeId);
static const struct layout owner_pid = LAYOUT(MIB_TCP6TABLE_OWNER_PID, MIB_TCP6ROW_OWNER_PID,
                                              ucLocalAddr, dwLocalScopeId, ucRemoteAddr,
                                              dwRemoteScopeId);
static const struct layout owner_module = LAYOUT(MIB_TCP6TABLE_OWNER_MODULE,
                                                 MIB_TCP6ROW_OWNER_MODULE, ucLocalAddr,
                                                 dwLocalScopeId, ucRemoteAddr, dwRemoteScopeId);

static const struct layout *layout_of(int cls)
{
    if (cls >= TCP_TABLE_OWNER_MODULE_LISTENER)
        return &owner_module;
    return cls >= TCP_TABLE_OWNER_PID_LISTENER ? &owner_pid : &plain;
}

static bool is_link_local(const BYTE *address)
{
    return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static bool same_address(const BYTE *a, const BYTE *b)
{
    for (int i = 0; i < 16; i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

static DWORD read_dword(const BYTE *at)
{
    DWORD value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint16_t read_port(const BYTE *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* The interface of the connection that the row names, as the host has it, or 0. */
static DWORD scope_by_host(const BYTE *row, const struct layout *layout)
{
    struct estats_find find;

    memset(&find, 0, sizeof(find));
    find.conn.family = ESTATS_IPV6;
    find.conn.local_port = read_port(row + layout->local_port);
    find.conn.remote_port = read_port(row + layout->remote_port);
    memcpy(find.conn.local, row + layout->local, 16);
    memcpy(find.conn.remote, row + layout->remote, 16);
    if (!find.conn.remote_port || !helper_present() || helper_call(ESTATS_FIND, &find))
        return 0;
    return find.ifindex;
}

/* The adapters with their addresses, from Wine's own function; NULL when it has none to tell. */
static IP_ADAPTER_ADDRESSES *read_adapters(void)
{
    typedef ULONG(WINAPI * adapters_fn)(ULONG family, ULONG flags, void *reserved, void *adapters,
                                        ULONG *size);
    adapters_fn get = (adapters_fn)(void *)stock_named("GetAdaptersAddresses");
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER |
                        GAA_FLAG_SKIP_FRIENDLY_NAME;
    IP_ADAPTER_ADDRESSES *adapters = NULL;
    ULONG size = 16384, error = get ? ERROR_BUFFER_OVERFLOW : ERROR_NOT_SUPPORTED;

    for (int tries = 0; error == ERROR_BUFFER_OVERFLOW && tries < 5; tries++) {
        if (adapters)
            HeapFree(GetProcessHeap(), 0, adapters);
        adapters = HeapAlloc(GetProcessHeap(), 0, size);
        error = adapters ? get(AF_INET6, flags, NULL, adapters, &size) : ERROR_NOT_ENOUGH_MEMORY;
    }
    if (error && adapters) {
        HeapFree(GetProcessHeap(), 0, adapters);
        adapters = NULL;
    }
    return adapters;
}

static DWORD scope_by_adapter(const BYTE *address, const IP_ADAPTER_ADDRESSES *adapter)
{
    for (; adapter; adapter = adapter->Next) {
        const IP_ADAPTER_UNICAST_ADDRESS *own = adapter->FirstUnicastAddress;

        for (; own; own = own->Next) {
            const struct sockaddr_in6 *v6 = (const void *)own->Address.lpSockaddr;

            /* Wine 8 leaves the adapter's own Ipv6IfIndex 0. */
            if (v6->sin6_family == AF_INET6 && same_address(v6->sin6_addr.s6_addr, address))
                return v6->sin6_scope_id;
        }
    }
    return 0;
}

static void mend_row(BYTE *row, const struct layout *layout, IP_ADAPTER_ADDRESSES **adapters)
{
    bool local = is_link_local(row + layout->local), remote = is_link_local(row + layout->remote);
    DWORD scope = local || remote ? scope_by_host(row, layout) : 0, none = 0;

    if (local && !scope) {
        if (!*adapters)
            *adapters = read_adapters();
        scope = scope_by_adapter(row + layout->local, *adapters);
    }
    memcpy(row + layout->local_scope, local ? &scope : &none, sizeof(scope));
    memcpy(row + layout->remote_scope, remote ? &scope : &none, sizeof(scope));
}

static void mend(void *table, const struct layout *layout)
{
    BYTE *row = (BYTE *)table + layout->head;
    IP_ADAPTER_ADDRESSES *adapters = NULL;

    for (DWORD n = read_dword(table); n; n--, row += layout->stride)
        mend_row(row, layout, &adapters);
    if (adapters)
        HeapFree(GetProcessHeap(), 0, adapters);
}

static ULONG get_table(enum own_export which, void *table, ULONG *size, BOOL sorted,
                       const struct layout *layout)
{
    typedef ULONG(WINAPI * table_fn)(void *table, ULONG *size, BOOL sorted);
    table_fn stock = (table_fn)(void *)stock_function(which);
    ULONG error = stock ? stock(table, size, sorted) : ERROR_NOT_SUPPORTED;

    if (!error && table && !is_hidden(which))
        mend(table, layout);
    return error;
}

ULONG WINAPI GetTcp6Table(PMIB_TCP6TABLE table, PULONG size, WINBOOL sorted)
{
    return get_table(TCP6_TABLE, table, size, sorted, &plain);
}

ULONG WINAPI GetTcp6Table2(PMIB_TCP6TABLE2 table, PULONG size, WINBOOL sorted)
{
    return get_table(TCP6_TABLE2, table, size, sorted, &second);
}

DWORD WINAPI GetExtendedTcpTable(PVOID table, PDWORD size, WINBOOL sorted, ULONG family,
                                 TCP_TABLE_CLASS cls, ULONG reserved)
{
    typedef DWORD(WINAPI * table_fn)(void *table, DWORD *size, BOOL sorted, ULONG family, int cls,
                                     ULONG reserved);
    table_fn stock = (table_fn)(void *)stock_function(EXTENDED_TCP_TABLE);
    DWORD error = stock ? stock(table, size, sorted, family, (int)cls, reserved)
                        : ERROR_NOT_SUPPORTED;

    if (!error && table && family == AF_INET6 && !is_hidden(EXTENDED_TCP_TABLE))
        mend(table, layout_of((int)cls));
    return error;
}
