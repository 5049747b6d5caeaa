/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The setting belongs to the connection: not to a process, and not to its addresses. */
#include "tests.h"

static void check_across_processes(const char *fam, const struct row *row, int cls)
{
    DWORD status;

    push_context("%s", classes[cls].name);
    topic("%s.process.child-get", fam);
    expect_code(set_class(row, cls, 1), NO_ERROR, NULL);
    status = child_get(NULL, row, cls);
    ok(status == (DWORD)RW_ON(cls), "a child reads %lu after this process enabled", status);
    expect_code(set_class(row, cls, 0), NO_ERROR, NULL);
    status = child_get(NULL, row, cls);
    ok(status == 0, "a child reads %lu after this process disabled", status);

    topic("%s.process.outlives-setter", fam);
    status = child_set(NULL, row, cls, 1);
    ok(status == NO_ERROR, "a child's Set gives %lu", status);
    decision("outlives", get_rw(row, cls) == RW_ON(cls), "reads %d after the child has gone",
             get_rw(row, cls));
    topic("%s.process.child-disables", fam);
    status = child_set(NULL, row, cls, 0);
    ok(status == NO_ERROR, "a child's Set gives %lu", status);
    expect_rw(row, cls, 0);
    pop_context();
}

/* A connection between us and a child: its end is ours to read as well. */
static void check_foreign_connection(enum family f)
{
    struct conn c;
    HANDLE child;
    BYTE rod[160];

    topic("%s.process.foreign-connection", family_names[f]);
    if (!test_conn(&c, f, 0))
        return;
    conn_abort(&c);
    child = child_connect(f, row_local_port(&c.server_row));
    c.server = child ? accept(c.listener, NULL, NULL) : INVALID_SOCKET;
    if (!child || row_of_socket(&c.server_row, c.server)) {
        skip("no child that connects");
        conn_close(&c);
        return;
    }
    c.client_row = row_reversed(&c.server_row);
    FOR_SWITCHES(cls)
    {
        expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
        expect_rw(&c.client_row, cls, RW_ON(cls));
        expect_rw(&c.server_row, cls, 0);
    }
    send(c.server, "0123456789", 10, 0);
    TCP_ESTATS_DATA_ROD_v0 data = {0};

    WAIT_FOR(get_rod(&c.client_row, TcpConnectionEstatsData, &data) == NO_ERROR &&
                 data.DataBytesIn == 10,
             2000);
    ok(data.DataBytesIn == 10, "the child's end has received %llu bytes of 10", data.DataBytesIn);

    topic("%s.process.foreign-connection-gone", family_names[f]);
    shutdown(c.server, SD_SEND);
    WaitForSingleObject(child, 10000);
    CloseHandle(child);
    conn_abort(&c);
    WAIT_FOR(get_rod(&c.client_row, TcpConnectionEstatsData, rod) == ERROR_NOT_FOUND, 2000);
    expect_code(get_rod(&c.client_row, TcpConnectionEstatsData, rod), ERROR_NOT_FOUND, NULL);
    conn_close(&c);
}

void test_processes(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.process", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        check_across_processes(family_names[f], &c.client_row, TcpConnectionEstatsData);
        check_across_processes(family_names[f], &c.server_row, TcpConnectionEstatsBandwidth);
        conn_close(&c);
        check_foreign_connection(f);
    }
}

static int same_addresses(const struct row *a, const struct row *b)
{
    if (a->family == V4)
        return a->v4.dwLocalPort == b->v4.dwLocalPort && a->v4.dwRemotePort == b->v4.dwRemotePort &&
               a->v4.dwLocalAddr == b->v4.dwLocalAddr && a->v4.dwRemoteAddr == b->v4.dwRemoteAddr;
    return a->v6.dwLocalPort == b->v6.dwLocalPort && a->v6.dwRemotePort == b->v6.dwRemotePort;
}

/* The port may take a moment to be free again. */
static int connect_again(struct conn *c, USHORT port)
{
    int error = -1;

    for (int turn = 0; error && turn < 40; turn++) {
        if (turn)
            Sleep(50);
        error = conn_again(c, port);
        if (error)
            conn_abort(c);
    }
    return error;
}

void test_reuse(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.reuse", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int turn = 0; turn < 5; turn++) {
            struct row old = c.client_row;
            int error;

            topic("%s.reuse.enable", family_names[f]);
            FOR_SWITCHES(cls)
            {
                expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
                expect_code(set_class(&c.server_row, cls, 1), NO_ERROR, NULL);
                expect_rw(&c.client_row, cls, RW_ON(cls));
            }
            ok(!transfer(c.client, c.server, 12345), "transfer failed");
            conn_abort(&c);
            topic("%s.reuse.all-off", family_names[f]);
            error = connect_again(&c, row_local_port(&old));
            if (error) {
                skip("cannot connect from the same port again: WSA error %d", error);
                break;
            }
            ok(same_addresses(&old, &c.client_row), "not the same addresses; a useless test");
            FOR_SWITCHES(cls)
            {
                int client = get_rw(&c.client_row, cls), server = get_rw(&c.server_row, cls);

                decision("reuse-is-off", client == 0 && server == 0, "%s: client %d, server %d",
                         classes[cls].name, client, server);
            }
            topic("%s.reuse.counts-anew", family_names[f]);
            TCP_ESTATS_DATA_ROD_v0 data = {0};

            expect_code(set_class(&c.client_row, TcpConnectionEstatsData, 1), NO_ERROR, NULL);
            expect_code(get_rod(&c.client_row, TcpConnectionEstatsData, &data), NO_ERROR, NULL);
            ok(!data.DataBytesOut && !data.ThruBytesAcked, "%llu bytes out, %llu acknowledged",
               data.DataBytesOut, data.ThruBytesAcked);
        }
        conn_close(&c);
    }
}
