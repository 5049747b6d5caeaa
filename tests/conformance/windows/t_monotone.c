/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters never go backwards, and maxima and minima only outwards, whatever happens. */
#include "tests.h"

#include <stddef.h>
#include <string.h>

#include "members.h"

struct reading {
    BYTE rod[CLASSES][160];
};

static int read_all(const struct row *row, struct reading *r)
{
    FOR_SWITCHES(cls)
    {
        ULONG code = get_rod(row, cls, r->rod[cls]);

        ok(code == NO_ERROR, "%s: Get gives %lu", classes[cls].name, code);
        if (code != NO_ERROR)
            return 0;
    }
    return 1;
}

static ULONG64 value_of(const struct reading *r, const struct member *m)
{
    ULONG64 value = 0;

    memcpy(&value, r->rod[m->cls] + m->offset, m->size);
    return value;
}

static void compare(const struct reading *then, const struct reading *now, int also_extremes,
                    const char *id)
{
    for (const struct member *m = members; m->name; m++) {
        ULONG64 a = value_of(then, m), b = value_of(now, m);
        ULONG64 unknown = m->size == 8 ? ~(ULONG64)0 : ((ULONG64)1 << (8 * m->size)) - 1;
        int fine;

        if (m->kind == KIND_COUNTER)
            fine = b >= a;
        else if (also_extremes && m->kind == KIND_MAXIMUM)
            fine = b >= a || (m->unknown_is_ones && a == unknown);
        else if (also_extremes && m->kind == KIND_MINIMUM)
            fine = b <= a;
        else
            continue;
        if (id)
            decision(id, fine, "%s.%s went from %llu to %llu", classes[m->cls].name, m->name, a, b);
        else
            ok(fine, "%s.%s went from %llu to %llu", classes[m->cls].name, m->name, a, b);
    }
}

static void poll_during_transfer(struct conn *c, const struct row *row, struct reading *last)
{
    struct reading now;

    for (int turn = 0; turn < 60; turn++) {
        push_context("poll %d", turn);
        if (transfer(c->client, c->server, 20000) || transfer(c->server, c->client, 7000))
            skip("no transfer over loopback");
        if (read_all(row, &now)) {
            compare(last, &now, 1, NULL);
            *last = now;
        }
        pop_context();
    }
}

struct pump {
    SOCKET socket;
    volatile LONG stop;
    ULONG64 bytes;
};

static DWORD WINAPI pump_out(void *arg)
{
    static char buffer[65536];
    struct pump *p = arg;

    while (!p->stop) {
        int n = send(p->socket, buffer, sizeof(buffer), 0);

        if (n <= 0)
            break;
        p->bytes += (ULONG64)n;
    }
    shutdown(p->socket, SD_SEND);
    return 0;
}

static DWORD WINAPI pump_in(void *arg)
{
    static char buffer[65536];
    struct pump *p = arg;
    int n;

    while ((n = recv(p->socket, buffer, sizeof(buffer), 0)) > 0)
        p->bytes += (ULONG64)n;
    return 0;
}

/* Replies of the kernel during bulk traffic are not of one instant; the answers hold all the same.
 */
static void poll_during_bulk(struct conn *c)
{
    struct pump out = {c->client, 0, 0}, in = {c->server, 0, 0};
    HANDLE threads[2] = {CreateThread(NULL, 0, pump_out, &out, 0, NULL),
                         CreateThread(NULL, 0, pump_in, &in, 0, NULL)};
    struct reading last[2] = {{{{0}}}}, now;
    const struct row *rows[2] = {&c->client_row, &c->server_row};
    const TCP_ESTATS_DATA_ROD_v0 *data = (void *)now.rod[TcpConnectionEstatsData];

    for (int turn = 0; turn < 1500; turn++) {
        int end = turn % 2;

        push_context("%s, poll %d", end ? "server" : "client", turn);
        if (read_all(rows[end], &now)) {
            if (turn >= 2)
                compare(&last[end], &now, 1, NULL);
            ok(data->DataBytesOut >= data->ThruBytesAcked, "%llu sent, %llu acknowledged",
               data->DataBytesOut, data->ThruBytesAcked);
            ok(data->SegsOut >= data->DataSegsOut && data->SegsIn >= data->DataSegsIn,
               "more data segments than segments");
            last[end] = now;
        }
        pop_context();
    }
    out.stop = 1;
    WaitForMultipleObjects(2, threads, TRUE, 30000);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    WAIT_FOR(read_all(rows[0], &now) && data->ThruBytesAcked == out.bytes, 2000);
    ok(api.get[rows[0]->family] && data->ThruBytesAcked == out.bytes &&
           data->DataBytesOut >= out.bytes,
       "sent %llu, DataBytesOut %llu, ThruBytesAcked %llu", out.bytes, data->DataBytesOut,
       data->ThruBytesAcked);
    read_all(rows[1], &now);
    ok(in.bytes == out.bytes && data->ThruBytesReceived == in.bytes,
       "received %llu of %llu, ThruBytesReceived %llu", in.bytes, out.bytes,
       data->ThruBytesReceived);
}

void test_bulk(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.bulk", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        FOR_SWITCHES(cls)
        {
            set_class(&c.client_row, cls, 1);
            set_class(&c.server_row, cls, 1);
        }
        poll_during_bulk(&c);
        conn_close(&c);
    }
}

void test_monotone(void)
{
    FOR_FAMILIES(f)
    {
        struct reading last, now = {{{0}}};
        struct conn c;

        topic("%s.monotone", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int end = 0; end < 2; end++) {
            const struct row *row = end ? &c.server_row : &c.client_row;

            push_context("%s", end ? "server" : "client");
            FOR_SWITCHES(cls) set_class(row, cls, 1);
            topic("%s.monotone.polling", family_names[f]);
            memset(&last, 0, sizeof(last));
            if (read_all(row, &last))
                poll_during_transfer(&c, row, &last);

            topic("%s.monotone.off-and-on", family_names[f]);
            FOR_SWITCHES(cls) set_class(row, cls, 0);
            ok(!transfer(c.client, c.server, 50000), "transfer failed");
            FOR_SWITCHES(cls) set_class(row, cls, 1);
            if (read_all(row, &now))
                compare(&last, &now, 0, "enable-keeps");

            /* What flowed while nobody was looking is counted, too. */
            topic("%s.monotone.gap-counted", family_names[f]);
            TCP_ESTATS_DATA_ROD_v0 *before = (void *)last.rod[TcpConnectionEstatsData];
            TCP_ESTATS_DATA_ROD_v0 *after = (void *)now.rod[TcpConnectionEstatsData];
            ULONG64 moved = end ? after->DataBytesIn - before->DataBytesIn
                                : after->DataBytesOut - before->DataBytesOut;

            decision("enable-keeps", api.get[f] && moved == 50000,
                     "%llu of 50000 bytes were counted", moved);
            pop_context();
        }
        conn_close(&c);
    }
}
