/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers with odd buffers and odd rows, and listers of all there is. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

void case_lister_each_row(enum family f)
{
    struct owned_row *rows;
    struct session s;
    size_t count;
    int own = 0;
    ULONG code;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 5000, 5000), "talking failed");
    rows = owned_rows(f, TCP_TABLE_OWNER_PID_ALL, &count, &code);
    for (size_t i = 0; i < count; i++) {
        TCP_ESTATS_SEND_BUFF_ROD_v0 send_buff = {0};
        TCP_ESTATS_REC_ROD_v0 rec = {0};
        const struct row *row = &rows[i].row;

        if (rows[i].state != MIB_TCP_STATE_ESTAB || set_class(row, TcpConnectionEstatsRec, 1) ||
            set_class(row, TcpConnectionEstatsSendBuff, 1))
            continue;
        code = get_rod(row, TcpConnectionEstatsRec, &rec);
        if (!code)
            code = get_rod(row, TcpConnectionEstatsSendBuff, &send_buff);
        set_class(row, TcpConnectionEstatsRec, 0);
        set_class(row, TcpConnectionEstatsSendBuff, 0);
        if (!same_connection(row, &s.row))
            continue;
        own = 1;
        expect_ok(code, "its own row");
        ok(rec.CurRwinSent > 0 && rec.CurRwinSent < 1u << 30, "receive window %lu",
           rec.CurRwinSent);
        ok(!send_buff.CurRetxQueue && !send_buff.CurAppWQueue && !rec.CurAppRQueue,
           "idle, with queues %llu, %llu and %llu", (ULONG64)send_buff.CurRetxQueue,
           (ULONG64)send_buff.CurAppWQueue, (ULONG64)rec.CurAppRQueue);
    }
    ok(own, "its own row was not among them");
    free(rows);
    session_close(&s);
}

void case_lister_closed_rows(enum family f)
{
    struct session s;
    BYTE rod[160];

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsRec, 1), "on while it lives");
    session_finish(&s);
    expect_one_of("switching on", set_class(&s.row, TcpConnectionEstatsRec, 1),
                  ERROR_NOT_SUPPORTED);
    expect_one_of("reading", get_rod(&s.row, TcpConnectionEstatsRec, rod), ERROR_NOT_SUPPORTED);
}

void case_lister_listening_row(enum family f)
{
    struct row row;
    struct conn c;
    BYTE rod[160];

    if (conn_open(&c, f, 0)) {
        skip("no connection over loopback");
        return;
    }
    row = c.server_row;
    if (f == V4) {
        row.v4.dwState = MIB_TCP_STATE_LISTEN;
        row.v4.dwRemoteAddr = row.v4.dwRemotePort = 0;
    } else {
        row.v6.State = MIB_TCP_STATE_LISTEN;
        memset(&row.v6.RemoteAddr, 0, sizeof(row.v6.RemoteAddr));
        row.v6.dwRemotePort = 0;
    }
    expect_one_of("reading", get_rod(&row, TcpConnectionEstatsRec, rod), ERROR_NOT_FOUND,
                  ERROR_NOT_SUPPORTED);
    expect_one_of("switching on", set_class(&row, TcpConnectionEstatsRec, 1), ERROR_NOT_FOUND,
                  ERROR_NOT_SUPPORTED);
    conn_close(&c);
}

/* From a guess upwards, until another code than "too small" or the limit. */
static void read_doubling(const struct row *row, int cls, ULONG size)
{
    BYTE *buffer = NULL;
    ULONG code;

    do {
        free(buffer);
        buffer = malloc(size);
        code = api.get[row->family](row->bytes, cls, NULL, 0, 0, NULL, 0, 0, buffer, 0, size);
        if (code == NO_ERROR)
            break;
        expect_one_of("a buffer of the wrong size", code, ERROR_INSUFFICIENT_BUFFER,
                      ERROR_INVALID_USER_BUFFER);
        size *= 2;
    } while (size <= 8192);
    ok(code == NO_ERROR && size == classes[cls].size[ROD], "%s: it ended with %lu at %lu bytes",
       classes[cls].name, code, size);
    free(buffer);
}

void case_reader_doubles(enum family f)
{
    struct session s;

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsPath, 1), "on");
    read_doubling(&s.row, TcpConnectionEstatsPath, classes[TcpConnectionEstatsPath].size[ROD] / 8);
    read_doubling(&s.row, TcpConnectionEstatsSndCong,
                  classes[TcpConnectionEstatsSndCong].size[ROD] / 4);
    session_close(&s);
}

void case_reader_other_row(enum family f)
{
    static const int read[] = {TcpConnectionEstatsData, TcpConnectionEstatsSndCong,
                               TcpConnectionEstatsBandwidth};
    union {
        MIB_TCPROW2 v4;
        MIB_TCP6ROW2 v6;
    } other;
    struct session s;
    BYTE rod[160], on = 1;

    if (session_open(&s, f))
        return;
    memset(&other, 0, sizeof(other));
    if (f == V4) {
        memcpy(&other.v4, &s.row.v4, sizeof(s.row.v4)); /* begins alike */
    } else {
        other.v6.LocalAddr = s.row.v6.LocalAddr;
        other.v6.dwLocalPort = s.row.v6.dwLocalPort;
        other.v6.RemoteAddr = s.row.v6.RemoteAddr;
        other.v6.dwRemotePort = s.row.v6.dwRemotePort;
        other.v6.State = MIB_TCP_STATE_ESTAB;
    }
    for (unsigned i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
        int cls = read[i];
        ULONG code = api.get[f](&other, cls, NULL, 0, 0, NULL, 0, 0, rod, 0,
                                classes[cls].size[ROD]);

        expect_one_of(classes[cls].name, code, f == V4 ? NO_ERROR : ERROR_NOT_FOUND);
    }
    expect_one_of("Set", api.set[f](&other, TcpConnectionEstatsData, &on, 0, 1, 0),
                  f == V4 ? NO_ERROR : ERROR_NOT_FOUND);
    session_close(&s);
}

static DWORD swapped(DWORD port)
{
    return (port & 0xff) << 8 | (port >> 8 & 0xff);
}

void case_reader_host_order(enum family f)
{
    struct session s;
    struct row row;
    const void *pointers[8] = {NULL};
    BYTE rod[160];

    if (session_open(&s, f))
        return;
    row = s.row;
    if (f == V4) {
        row.v4.dwLocalAddr = ntohl(row.v4.dwLocalAddr);
        row.v4.dwRemoteAddr = ntohl(row.v4.dwRemoteAddr);
        row.v4.dwLocalPort = swapped(row.v4.dwLocalPort);
        row.v4.dwRemotePort = swapped(row.v4.dwRemotePort);
    } else {
        row.v6.dwLocalPort = swapped(row.v6.dwLocalPort);
        row.v6.dwRemotePort = swapped(row.v6.dwRemotePort);
    }
    expect_one_of("host order", get_rod(&row, TcpConnectionEstatsPath, rod), ERROR_NOT_FOUND);
    expect_one_of("host order", set_class(&row, TcpConnectionEstatsPath, 1), ERROR_NOT_FOUND);
    pointers[0] = &s.row.v4;
    expect_one_of("a pointer to the pointer",
                  api.get[f](pointers, TcpConnectionEstatsPath, NULL, 0, 0, NULL, 0, 0, rod, 0,
                             classes[TcpConnectionEstatsPath].size[ROD]),
                  ERROR_NOT_FOUND);
    session_close(&s);
}

void case_reader_short_structure(enum family f)
{
    struct session s;
    BYTE rod[56];

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "on");
    memset(rod, 0xcc, sizeof(rod));
    expect_one_of("56 bytes",
                  api.get[f](s.row.bytes, TcpConnectionEstatsData, NULL, 0, 0, NULL, 0, 0, rod, 0,
                             sizeof(rod)),
                  ERROR_INVALID_USER_BUFFER);
    ok(all_bytes_are(rod, 0xcc, sizeof(rod)), "and they were written to");
    session_close(&s);
}

void case_reader_unchanged(enum family f)
{
    static const int cls = TcpConnectionEstatsBandwidth;
    TCP_ESTATS_BANDWIDTH_RW_v0 rw = {TcpBoolOptUnchanged, TcpBoolOptUnchanged};
    struct session s;
    struct args a;

    if (session_open(&s, f))
        return;
    a = set_args(&s.row, cls, &rw);
    for (int on = 0; on < 2; on++) {
        expect_ok(set_class(&s.row, cls, on), "both alike");
        expect_ok(call_set(&a), "unchanged");
        ok(get_rw(&s.row, cls) == 3 * on, "the switch alone reads %d", get_rw(&s.row, cls));
    }
    session_close(&s);
}

void case_probe_empty_row(enum family f)
{
    struct row row;
    BYTE rod[160];

    memset(&row, 0, sizeof(row));
    row.family = f;
    /* Any other code of a read, and it never tries again. */
    expect_one_of("reading", get_rod(&row, TcpConnectionEstatsData, rod), ERROR_NOT_FOUND);
    expect_one_of("switching on", set_class(&row, TcpConnectionEstatsData, 1), ERROR_NOT_FOUND,
                  ERROR_ACCESS_DENIED);
}
