/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses with more than one name: v4 within v6, and link-local with its scope. */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

/* What is on through one row is on through the other; id: the decision behind it, or NULL. */
static void expect_same(const struct row *a, const struct row *b, const char *id)
{
    static const int cls = TcpConnectionEstatsData;
    int rw;

    expect_code(set_class(a, cls, 1), NO_ERROR, id);
    rw = get_rw(b, cls);
    if (id)
        decision(id, rw == 1, "on through one row, %d through the other", rw);
    else
        ok(rw == 1, "on through one row, %d through the other", rw);
    expect_code(set_class(b, cls, 0), NO_ERROR, id);
    rw = get_rw(a, cls);
    if (id)
        decision(id, rw == 0, "off through one row, %d through the other", rw);
    else
        ok(rw == 0, "off through one row, %d through the other", rw);
}

void test_dual_stack(void)
{
    struct row row;
    struct conn c;

    topic("dual-stack");
    if (!test_conn(&c, V4, CONN_DUAL_STACK))
        return;
    topic("dual-stack.accepted-is-mapped");
    ok(c.client_row.family == V4 && c.server_row.family == V6, "the accepted socket is no v6 one");
    if (c.server_row.family == V6) {
        struct row v4 = row_unmapped(&c.server_row);

        topic("dual-stack.server-v4-row");
        expect_code(set_class(&v4, TcpConnectionEstatsData, 1), NO_ERROR, NULL);
        expect_rw(&v4, TcpConnectionEstatsData, 1);
        expect_code(set_class(&v4, TcpConnectionEstatsData, 0), NO_ERROR, NULL);
        topic("dual-stack.server-mapped-row");
        expect_same(&v4, &c.server_row, "mapped-rows");
        /* Tables of Wine give such rows. */
        topic("dual-stack.server-mapped-row-scopes");
        row = c.server_row;
        row.v6.dwLocalScopeId = row.v6.dwRemoteScopeId = 0xffffffff;
        expect_same(&row, &v4, "mapped-rows");
    }
    topic("dual-stack.client-v4-row");
    expect_code(set_class(&c.client_row, TcpConnectionEstatsData, 1), NO_ERROR, NULL);
    expect_rw(&c.client_row, TcpConnectionEstatsData, 1);
    topic("dual-stack.client-mapped-row");
    row = row_mapped(&c.client_row);
    expect_same(&row, &c.client_row, "mapped-rows");
    conn_close(&c);

    topic("dual-stack.plain-v4-mapped-row");
    if (!test_conn(&c, V4, 0))
        return;
    row = row_mapped(&c.server_row);
    expect_same(&row, &c.server_row, "mapped-rows");
    conn_close(&c);
}

/* Opens a connection over the first link-local address that will have one. */
static int open_link_local(struct conn *c, union address *at)
{
    ULONG size = 64 * 1024;
    IP_ADAPTER_ADDRESSES *all = malloc(size);
    ULONG(WINAPI * get_addresses)
    (ULONG, ULONG, void *, IP_ADAPTER_ADDRESSES *,
     ULONG *) = (void *)GetProcAddress(api.module, "GetAdaptersAddresses");
    int open = 0;

    if (!all || !get_addresses ||
        get_addresses(AF_INET6, GAA_FLAG_SKIP_DNS_SERVER, NULL, all, &size) != NO_ERROR) {
        free(all);
        return 0;
    }
    for (IP_ADAPTER_ADDRESSES *a = all; a && !open; a = a->Next) {
        for (IP_ADAPTER_UNICAST_ADDRESS *u = a->FirstUnicastAddress; u && !open; u = u->Next) {
            const struct sockaddr_in6 *v6 = (void *)u->Address.lpSockaddr;

            if (v6->sin6_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
                continue;
            memset(at, 0, sizeof(*at));
            at->v6 = *v6;
            at->v6.sin6_port = 0;
            if (!at->v6.sin6_scope_id)
                at->v6.sin6_scope_id = a->Ipv6IfIndex;
            open = !conn_open_at(c, at, 0, 0);
        }
    }
    free(all);
    return open;
}

void test_link_local(void)
{
    static const DWORD scopes[] = {0, 0x7ffffff0, 0xffffffff, 0x2000};
    union address at;
    struct conn c;
    struct row row;

    topic("link-local");
    if (!open_link_local(&c, &at)) {
        skip("no link-local address to connect over");
        return;
    }
    topic("link-local.right-scope");
    row = c.client_row;
    row.v6.dwLocalScopeId = row.v6.dwRemoteScopeId = at.v6.sin6_scope_id;
    expect_code(set_class(&row, TcpConnectionEstatsData, 1), NO_ERROR, NULL);
    expect_rw(&row, TcpConnectionEstatsData, 1);
    expect_code(set_class(&row, TcpConnectionEstatsData, 0), NO_ERROR, NULL);
    expect_rw(&row, TcpConnectionEstatsData, 0);
    for (unsigned i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        struct row other = row;

        push_context("scope %#lx", scopes[i]);
        other.v6.dwLocalScopeId = other.v6.dwRemoteScopeId = scopes[i];
        topic("link-local.%s", scopes[i] ? "wrong-scope" : "no-scope");
        expect_same(&row, &other, "scope-hint");
        other = row;
        other.v6.dwRemoteScopeId = scopes[i];
        topic("link-local.remote-scope");
        expect_same(&row, &other, "scope-hint");
        pop_context();
    }
    struct row elsewhere = row;

    /* The loopback interface has index 1 on Windows, and on Linux in each namespace. */
    topic("link-local.other-interface");
    elsewhere.v6.dwLocalScopeId = elsewhere.v6.dwRemoteScopeId = 1;
    expect_code(set_class(&elsewhere, TcpConnectionEstatsData, 1), ERROR_NOT_FOUND, "scope-hint");

    struct row from_table;
    int found;

    topic("link-local.table-found");
    found = row_from_table(&row, &from_table);
    ok(found, "not in the table");
    topic("link-local.table-scope");
    if (found)
        ok(from_table.v6.dwLocalScopeId == c.client_row.v6.dwLocalScopeId &&
               from_table.v6.dwRemoteScopeId == c.client_row.v6.dwRemoteScopeId,
           "scopes %lu and %lu, the socket says %lu and %lu", from_table.v6.dwLocalScopeId,
           from_table.v6.dwRemoteScopeId, c.client_row.v6.dwLocalScopeId,
           c.client_row.v6.dwRemoteScopeId);
    struct row listener = c.server_row, listener_found;

    topic("link-local.table-scope-of-listener");
    memset(&listener.v6.RemoteAddr, 0, sizeof(listener.v6.RemoteAddr));
    listener.v6.dwRemotePort = 0;
    if (row_from_table(&listener, &listener_found))
        ok(listener_found.v6.dwLocalScopeId == at.v6.sin6_scope_id &&
               listener_found.v6.dwRemoteScopeId == 0,
           "scopes %lu and %lu of the listener, it is on %lu", listener_found.v6.dwLocalScopeId,
           listener_found.v6.dwRemoteScopeId, at.v6.sin6_scope_id);
    else
        ok(0, "the listener is not in the table");
    topic("link-local.table-row");
    if (found)
        expect_same(&row, &from_table, NULL);

    topic("link-local.bytes");
    TCP_ESTATS_DATA_ROD_v0 data = {0};

    expect_code(set_class(&row, TcpConnectionEstatsData, 1), NO_ERROR, NULL);
    ok(!transfer(c.client, c.server, 4242), "transfer failed");
    expect_code(get_rod(&row, TcpConnectionEstatsData, &data), NO_ERROR, NULL);
    ok(data.DataBytesOut == 4242, "%llu bytes out", data.DataBytesOut);

    topic("link-local.absent");
    row.v6.dwRemotePort = htons(10);
    expect_code(get_rod(&row, TcpConnectionEstatsData, &data), ERROR_NOT_FOUND, NULL);
    conn_close(&c);
}
