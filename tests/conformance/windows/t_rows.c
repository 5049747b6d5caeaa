/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which part of a row names the connection, and rows that name none. */
#include "tests.h"

#include <stdio.h>
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

static void expect_get_refused(const struct row *row, ULONG code, const char *id)
{
    struct boxes boxes;

    FOR_CLASSES(cls)
    {
        struct args a = get_args(row, cls, &boxes), nothing = {.row = row, .type = cls};

        push_context("%s", classes[cls].name);
        boxes_fill(&boxes, 0xcc);
        expect_code(call_get(&a), code, id);
        for (int b = 0; b < BLOCKS; b++)
            decision("untouched", box_untouched(&boxes.block[b], 0), "%s written to",
                     block_names[b]);
        push_context("no block");
        expect_code(call_get(&nothing), code, id ? id : "all-sizes-zero");
        pop_context();
        pop_context();
    }
}

static void expect_set_refused(const struct row *row, ULONG code, const char *id)
{
    TCP_ESTATS_BANDWIDTH_RW_v0 odd = {TcpBoolOptEnabled, 7};
    struct args a = set_args(row, TcpConnectionEstatsBandwidth, &odd);

    FOR_SWITCHES(cls)
    {
        push_context("%s", classes[cls].name);
        expect_code(set_class(row, cls, 1), code, id);
        expect_code(set_class(row, cls, 0), code, id);
        pop_context();
    }
    push_context("no such switch");
    expect_code(call_set(&a), code, id ? id : "bandwidth-range");
    pop_context();
}

static void expect_absent(const struct row *row)
{
    expect_get_refused(row, ERROR_NOT_FOUND, NULL);
    expect_set_refused(row, ERROR_NOT_FOUND, NULL);
}

/* A row of a state without statistics: Get and Set are reported by themselves. */
static void expect_refused(const char *fam, const char *state, const struct row *row, ULONG code,
                           const char *id)
{
    topic("%s.%s.get", fam, state);
    expect_get_refused(row, code, id);
    topic("%s.%s.set", fam, state);
    expect_set_refused(row, code, id);
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

/* Something must have become of the row by now: it is read until it is refused. */
static void await_end(const struct row *row)
{
    BYTE rod[160];

    WAIT_FOR(get_rod(row, TcpConnectionEstatsData, rod) != NO_ERROR, 2000);
}

void test_absent_rows(void)
{
    FOR_FAMILIES(f)
    {
        const char *fam = family_names[f];
        struct row row = row_of_nothing(f);
        struct conn c;

        topic("%s.absent.never-existed", fam);
        expect_absent(&row);

        topic("%s.absent", fam);
        if (!test_conn(&c, f, 0))
            continue;
        /* The kernel would rather name the listener than say that there is no such connection. */
        topic("%s.absent.unknown-remote", fam);
        row = c.server_row;
        *remote_port(&row) = htons(10);
        expect_absent(&row);

        topic("%s.absent.remote-cleared", fam);
        row = c.client_row;
        clear_remote(&row);
        expect_absent(&row);

        struct conn gone = c;

        topic("%s.absent.reset", fam);
        FOR_SWITCHES(cls) set_class(&c.client_row, cls, 1);
        conn_close(&c);
        await_end(&gone.client_row);
        expect_absent(&gone.client_row);
        expect_absent(&gone.server_row);
    }
}

/* Rows of the table that are no connection, or not any more. */
void test_closed_rows(void)
{
    FOR_FAMILIES(f)
    {
        const char *fam = family_names[f];
        struct row row;
        struct conn c;

        topic("%s.closed", fam);
        if (!test_conn(&c, f, 0))
            continue;
        row = c.server_row; /* the listener's address and port are the server's */
        clear_remote(&row);
        expect_refused(fam, "listen", &row, ERROR_NOT_FOUND, "listen");

        FOR_SWITCHES(cls) set_class(&c.client_row, cls, 1);
        close_orderly(&c);
        await_end(&c.client_row);
        await_end(&c.server_row);
        expect_refused(fam, "time-wait", &c.client_row, ERROR_NOT_SUPPORTED, "closed");
        topic("%s.absent.closed", fam);
        expect_absent(&c.server_row);
        conn_close(&c);

        /* The client's program is through with it, the server has not closed yet. */
        topic("%s.closed", fam);
        if (!test_conn(&c, f, 0))
            continue;
        closesocket(c.client);
        c.client = INVALID_SOCKET;
        await_end(&c.client_row);
        expect_refused(fam, "fin-wait-2", &c.client_row, ERROR_NOT_SUPPORTED, "closed");
        conn_close(&c);

        /* One that a program still holds is a connection. */
        topic("%s.half-closed", fam);
        if (!test_conn(&c, f, 0))
            continue;
        shutdown(c.client, SD_SEND);
        Sleep(100);
        for (int cls = TcpConnectionEstatsData; cls < CLASSES; cls++) {
            expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
            expect_rw(&c.client_row, cls, RW_ON(cls));
            expect_code(set_class(&c.server_row, cls, 1), NO_ERROR, NULL);
        }
        conn_close(&c);
    }
}

/* Where the machine has a client that begins and never ends its handshake, see README.md. */
#define HALF_OPEN_PORT 5999

/* From 9.17 on Wine's tables hold no half-open connection; the kernel's list does. */
static int half_open_of_host(struct row *row)
{
    FILE *list = wt_on_wine() ? fopen("\\\\?\\unix\\proc\\net\\tcp", "r") : NULL;
    unsigned local, local_port, remote, remote_port, state;
    char line[256];
    int found = 0;

    while (list && !found && fgets(line, sizeof(line), list))
        found = sscanf(line, " %*u: %x:%x %x:%x %x", &local, &local_port, &remote, &remote_port,
                       &state) == 5 &&
                local_port == HALF_OPEN_PORT && state == 3; /* the kernel's SYN_RECV */
    if (list)
        fclose(list);
    if (!found)
        return 0;
    memset(row, 0, sizeof(*row));
    row->family = V4;
    row->v4.dwState = MIB_TCP_STATE_SYN_RCVD;
    row->v4.dwLocalAddr = local;
    row->v4.dwLocalPort = htons((u_short)local_port);
    row->v4.dwRemoteAddr = remote;
    row->v4.dwRemotePort = htons((u_short)remote_port);
    return 1;
}

void test_half_open(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(HALF_OPEN_PORT)};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    struct row row;
    int found = 0;

    topic("v4.syn-recv");
    if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 8)) {
        skip("port %d is taken: WSA error %d", HALF_OPEN_PORT, WSAGetLastError());
        closesocket(listener);
        return;
    }
    for (int turn = 0; turn < 30 && !found; turn++) {
        found = row_in_state(V4, MIB_TCP_STATE_SYN_RCVD, &row) || half_open_of_host(&row);
        if (!found)
            Sleep(50);
    }
    if (found)
        expect_refused("v4", "syn-recv", &row, ERROR_NOT_FOUND, "listen");
    else
        skip("no half-open connection arrives");
    closesocket(listener);
}
