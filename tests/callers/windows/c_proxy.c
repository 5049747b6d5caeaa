/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies that cut a message in two and must know that the first part has arrived. */
#include "cases.h"

#include <string.h>

#define SIO_TCP_INFO_CODE 0xd8000027u /* _WSAIORW(IOC_VENDOR, 39) */

/* Any byte of theirs will do for the switch. */
static ULONG set_by_pointer(const struct row *row, void *bytes)
{
    return api.set[row->family](row->bytes, TcpConnectionEstatsSendBuff, bytes, 0, 1, 0);
}

static ULONG get_retransmit_queue(const struct row *row, ULONG64 *queue)
{
    TCP_ESTATS_SEND_BUFF_ROD_v0 rod;
    ULONG code;

    memset(&rod, 0xff, sizeof(rod));
    code = get_rod(row, TcpConnectionEstatsSendBuff, &rod);
    *queue = rod.CurRetxQueue;
    return code;
}

/* True when what was written had been acknowledged within ten seconds. */
static int wait_for_acknowledgement(const struct row *row)
{
    ULONG64 queue;

    for (int turn = 0; turn < 1000; turn++) {
        ULONG code = get_retransmit_queue(row, &queue);

        if (code != NO_ERROR) {
            ok(0, "reading the queue: %lu", code);
            return 0;
        }
        if (!queue)
            return 1;
        Sleep(10);
    }
    return 0;
}

void case_proxy_waits(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 data = {0};
    BYTE on = 1, off = 0;
    struct session s;
    struct row row;
    DWORD start;

    if (session_open(&s, f))
        return;
    ok(session_row_of_table(&s, &row), "its connection is not in the table");
    row = s.row;
    for (int turn = 0; turn < 3; turn++) {
        expect_ok(set_by_pointer(&row, &on), "on");
        start = GetTickCount();
        ok(!session_ask(&s, 30000, 1, 0), "writing failed");
        ok(wait_for_acknowledgement(&row), "not acknowledged within ten seconds");
        ok(GetTickCount() - start + 5 >= place.rtt_ms,
           "acknowledged after %lu ms, a trip takes %lu", GetTickCount() - start, place.rtt_ms);
        expect_ok(get_rod(&row, TcpConnectionEstatsData, &data) || set_class(&row, 1, 1),
                  "the totals");
        get_rod(&row, TcpConnectionEstatsData, &data);
        ok(data.ThruBytesAcked == s.out, "%llu of %llu bytes are acknowledged", data.ThruBytesAcked,
           s.out);
        ok(!session_read(&s, 1), "no answer");
        expect_ok(set_by_pointer(&row, &off), "off");
    }
    session_close(&s);
}

void case_proxy_arbitrary_byte(enum family f)
{
    struct session s;
    void *pointer = &s;
    BYTE first;
    ULONG64 queue;

    if (session_open(&s, f))
        return;
    /* Its "on" and its "off" are both some pointer's first byte. */
    for (int turn = 0; turn < 16; turn++) {
        pointer = (BYTE *)&s + turn * 17;
        first = *(BYTE *)&pointer;
        expect_ok(set_by_pointer(&s.row, &pointer), "a pointer's byte");
        ok(get_rw(&s.row, TcpConnectionEstatsSendBuff) == (first != 0), "the byte %#x reads %d",
           first, get_rw(&s.row, TcpConnectionEstatsSendBuff));
        expect_ok(get_retransmit_queue(&s.row, &queue), "the queue");
        ok(queue < 1u << 30, "the queue is %#llx", queue);
    }
    session_close(&s);
}

void case_proxy_socket_first(enum family f)
{
    struct session s;

    if (session_open(&s, f))
        return;
    for (DWORD version = 0; version < 2; version++) {
        BYTE info[256];
        DWORD got = 0;

        if (WSAIoctl(s.s, SIO_TCP_INFO_CODE, &version, sizeof(version), info, sizeof(info), &got,
                     NULL, NULL)) {
            expect_one_of("SIO_TCP_INFO", (ULONG)WSAGetLastError(), WSAEOPNOTSUPP, WSAEINVAL);
            /* What it comes to then. */
            expect_ok(set_class(&s.row, TcpConnectionEstatsSendBuff, 1), "on");
            ok(!session_ask(&s, 5000, 1, 0), "writing failed");
            ok(wait_for_acknowledgement(&s.row), "not acknowledged within ten seconds");
            ok(!session_read(&s, 1), "no answer");
        } else {
            ok(got >= 88 && *(DWORD *)info == 4, "%lu bytes, state %lu", got, *(DWORD *)info);
        }
    }
    session_close(&s);
}

void case_proxy_closed_row(enum family f)
{
    struct session s;
    BYTE on = 1;
    ULONG64 queue;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 1000, 1), "talking failed");
    session_finish(&s);
    /* These two it survives, any other ends the connection. */
    expect_one_of("switching on", set_by_pointer(&s.row, &on), ERROR_ACCESS_DENIED,
                  ERROR_NOT_SUPPORTED);
    ok(get_retransmit_queue(&s.row, &queue) != NO_ERROR, "a closed connection has a queue");
    ok(queue == ~0ull || queue == 0xffffffffu, "and was given one: %#llx", queue);
}
