/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which part of a row names the connection, and rows that name none. */
#include "tests.h"

#include <string.h>

static void set_state(struct row *row, DWORD state)
{
    if (row->family == V4)
        row->v4.dwState = state;
    else
        row->v6.State = state;
}

static void add_port_garbage(struct row *row, DWORD local, DWORD remote)
{
    if (row->family == V4) {
        row->v4.dwLocalPort |= local << 16;
        row->v4.dwRemotePort |= remote << 16;
    } else {
        row->v6.dwLocalPort |= local << 16;
        row->v6.dwRemotePort |= remote << 16;
    }
}

/* The row names the client's end, and Set through it is what Get through the plain row sees. */
static void expect_names(const struct row *row, const struct row *plain, const char *id)
{
    expect_code(set_class(row, TcpConnectionEstatsPath, 1), NO_ERROR, id);
    expect_rw(plain, TcpConnectionEstatsPath, 1);
    expect_rw(row, TcpConnectionEstatsPath, 1);
    expect_code(set_class(plain, TcpConnectionEstatsPath, 0), NO_ERROR, NULL);
    expect_rw(row, TcpConnectionEstatsPath, 0);
}

void test_rows(void)
{
    FOR_FAMILIES(f)
    {
        struct row row;
        struct conn c;

        topic("%s.row", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        topic("%s.row.state-ignored", family_names[f]);
        for (DWORD state = 0; state <= 14; state++) {
            push_context("state %lu", state);
            row = c.client_row;
            set_state(&row, state == 14 ? 0xffffffff : state);
            expect_names(&row, &c.client_row, "state-ignored");
            pop_context();
        }
        topic("%s.row.port-garbage", family_names[f]);
        row = c.client_row;
        add_port_garbage(&row, 0xabcd, 0xffff);
        expect_names(&row, &c.client_row, NULL);

        topic("%s.row.unchanged", family_names[f]);
        struct row before = row;
        BYTE rod[160];

        expect_code(get_rod(&row, TcpConnectionEstatsPath, rod), NO_ERROR, NULL);
        ok(!memcmp(&before, &row, sizeof(row)), "Get wrote to the row");
        expect_code(set_class(&row, TcpConnectionEstatsPath, 1), NO_ERROR, NULL);
        ok(!memcmp(&before, &row, sizeof(row)), "Set wrote to the row");
        conn_close(&c);
    }
}

static void expect_absent(const struct row *row, const char *id)
{
    struct boxes boxes;

    FOR_CLASSES(cls)
    {
        struct args a = get_args(row, cls, &boxes);

        push_context("%s", classes[cls].name);
        boxes_fill(&boxes, 0xcc);
        expect_code(call_get(&a), ERROR_NOT_FOUND, id);
        for (int b = 0; b < BLOCKS; b++)
            decision("untouched", box_untouched(&boxes.block[b], 0), "%s written to",
                     block_names[b]);
        if (cls != TcpConnectionEstatsSynOpts)
            expect_code(set_class(row, cls, 1), ERROR_NOT_FOUND, id);
        pop_context();
    }
}

static void clear_remote(struct row *row)
{
    if (row->family == V4) {
        row->v4.dwRemoteAddr = 0;
        row->v4.dwRemotePort = 0;
    } else {
        memset(&row->v6.RemoteAddr, 0, sizeof(row->v6.RemoteAddr));
        row->v6.dwRemotePort = 0;
    }
}

static DWORD *remote_port(struct row *row)
{
    return row->family == V4 ? &row->v4.dwRemotePort : &row->v6.dwRemotePort;
}

/* Ends a connection in the orderly way: the client, which closes first, stays in TIME_WAIT. */
static void close_orderly(struct conn *c)
{
    char byte;

    shutdown(c->client, SD_SEND);
    recv(c->server, &byte, 1, 0);
    closesocket(c->server);
    recv(c->client, &byte, 1, 0);
    closesocket(c->client);
    c->client = c->server = INVALID_SOCKET;
}

void test_absent_rows(void)
{
    FOR_FAMILIES(f)
    {
        const char *fam = family_names[f];
        struct row row = row_of_nothing(f);
        struct conn c;
        BYTE rod[160];

        topic("%s.absent.never-existed", fam);
        expect_absent(&row, NULL);

        topic("%s.absent.listen", fam);
        if (!test_conn(&c, f, 0))
            continue;
        row = c.server_row; /* the listener's address and port are the server's */
        clear_remote(&row);
        expect_absent(&row, "not-established");

        /* The kernel would rather name the listener than say that there is no such connection. */
        topic("%s.absent.unknown-remote", fam);
        row = c.server_row;
        *remote_port(&row) = htons(10);
        expect_absent(&row, NULL);

        topic("%s.absent.remote-cleared", fam);
        row = c.client_row;
        clear_remote(&row);
        expect_absent(&row, NULL);

        topic("%s.absent.time-wait", fam);
        close_orderly(&c);
        WAIT_FOR(get_rod(&c.client_row, TcpConnectionEstatsData, rod) == ERROR_NOT_FOUND &&
                     get_rod(&c.server_row, TcpConnectionEstatsData, rod) == ERROR_NOT_FOUND,
                 2000);
        expect_absent(&c.client_row, "not-established");
        topic("%s.absent.closed", fam);
        expect_absent(&c.server_row, NULL);
        conn_close(&c);

        topic("%s.absent.reset", fam);
        if (!test_conn(&c, f, 0))
            continue;
        struct conn gone = c;

        FOR_SWITCHES(cls) set_class(&c.client_row, cls, 1);
        conn_close(&c);
        WAIT_FOR(get_rod(&gone.client_row, TcpConnectionEstatsData, rod) == ERROR_NOT_FOUND, 2000);
        expect_absent(&gone.client_row, NULL);
        expect_absent(&gone.server_row, NULL);
    }
}
