/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Meters and firewalls that go through the whole table. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

void case_firewall_all_rows(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 before = {0}, after = {0};
    struct session s, closed;
    struct owned_row *rows;
    size_t count, own = 0;
    ULONG code;

    if (session_open(&closed, f))
        return;
    session_finish(&closed);
    if (session_open(&s, f))
        return;
    rows = owned_rows(f, TCP_TABLE_OWNER_MODULE_ALL, &count, &code);
    expect_ok(code, "the table");
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < count; i++) {
            code = set_class(&rows[i].row, TcpConnectionEstatsData, 1);
            expect_one_of("a row of any state", code, NO_ERROR, ERROR_ACCESS_DENIED,
                          ERROR_NOT_SUPPORTED, ERROR_NOT_FOUND);
            if (rows[i].state == MIB_TCP_STATE_LISTEN || rows[i].state == MIB_TCP_STATE_TIME_WAIT)
                ok(code != NO_ERROR, "state %lu lets itself be switched on", rows[i].state);
            own += code == NO_ERROR && same_connection(&rows[i].row, &s.row);
        }
    }
    ok(own == 3, "its own connection was switched on in %u of 3 rounds", (unsigned)own);
    expect_ok(get_rod(&s.row, TcpConnectionEstatsData, &before), "before");
    ok(!session_talk(&s, 123456, 7890), "talking failed");
    expect_ok(get_rod(&s.row, TcpConnectionEstatsData, &after), "after");
    ok(after.ThruBytesAcked - before.ThruBytesAcked == s.out, "%llu bytes out, %llu were written",
       after.ThruBytesAcked - before.ThruBytesAcked, s.out);
    ok(after.DataBytesIn - before.DataBytesIn == s.in, "%llu bytes in, %llu were read",
       after.DataBytesIn - before.DataBytesIn, s.in);
    free(rows);
    session_close(&s);
}

void case_firewall_bandwidth(enum family f)
{
    static const int cls = TcpConnectionEstatsBandwidth;
    TCP_ESTATS_BANDWIDTH_RW_v0 rw = {TcpBoolOptEnabled, TcpBoolOptEnabled};
    TCP_ESTATS_BANDWIDTH_ROD_v0 rod;
    struct row nothing = row_of_nothing(f);
    struct args a;
    struct session s;

    if (session_open(&s, f))
        return;
    a = set_args(&s.row, cls, &rw);
    expect_ok(call_set(&a), "both on");
    memset(&rw, 0xcc, sizeof(rw));
    memset(&a, 0, sizeof(a));
    a.row = &s.row;
    a.type = cls;
    a.block[RW].ptr = &rw;
    a.block[RW].size = sizeof(rw);
    expect_ok(call_get(&a), "both read");
    ok(rw.EnableCollectionOutbound == 1 && rw.EnableCollectionInbound == 1, "they read %d and %d",
       rw.EnableCollectionOutbound, rw.EnableCollectionInbound);
    ok(!session_talk(&s, 200000, 200000), "talking failed");
    expect_ok(get_rod(&s.row, cls, &rod), "the bandwidth");
    /* Bits a second; nobody has a link of a petabit. */
    ok(rod.OutboundBandwidth < 1000000000000000ull && rod.InboundBandwidth < 1000000000000000ull,
       "%llu out and %llu in", rod.OutboundBandwidth, rod.InboundBandwidth);
    ok(rod.OutboundBandwidthPeaked <= 1 && rod.InboundBandwidthPeaked <= 1, "peaked %d and %d",
       rod.OutboundBandwidthPeaked, rod.InboundBandwidthPeaked);
    /* The one code that it knows. */
    expect_one_of("no such connection", get_rod(&nothing, cls, &rod), ERROR_NOT_FOUND);
    session_close(&s);
}

void case_firewall_owner(enum family f)
{
    typedef DWORD(WINAPI * owner_fn)(void *row, int cls, void *buffer, DWORD *size);
    static const char *const names[] = {"GetOwnerModuleFromTcpEntry",
                                        "GetOwnerModuleFromTcp6Entry"};
    owner_fn get = (owner_fn)(void *)GetProcAddress(api.module, names[f]);
    BYTE row[sizeof(MIB_TCP6ROW_OWNER_MODULE)] = {0}, buffer[2048];
    TCPIP_OWNER_MODULE_BASIC_INFO *info = (void *)buffer;
    DWORD pid = GetCurrentProcessId(), size = 0;
    WCHAR own[MAX_PATH];
    struct session s;
    struct owned_row *rows;
    const struct owned_row *found;
    size_t count;
    ULONG code;

    if (session_open(&s, f))
        return;
    rows = owned_rows(f, TCP_TABLE_OWNER_MODULE_ALL, &count, &code);
    found = owned_find(rows, count, &s.row);
    ok(found != NULL, "its connection is not in the table");
    /* Some Wines cannot tell whose a socket is. */
    if (found && found->pid)
        ok(found->pid == pid, "owner %lu, this is %lu", found->pid, pid);
    free(rows);
    session_close(&s);
    ok(get != NULL, "%s is not there", names[f]);
    if (!get)
        return;
    if (f == V4)
        ((MIB_TCPROW_OWNER_MODULE *)row)->dwOwningPid = pid;
    else
        ((MIB_TCP6ROW_OWNER_MODULE *)row)->dwOwningPid = pid;
    expect_one_of("sizing", get(row, 0, NULL, &size), ERROR_INSUFFICIENT_BUFFER);
    ok(size > sizeof(*info) && size <= sizeof(buffer), "it needs %lu bytes", size);
    size = sizeof(buffer);
    expect_ok(get(row, 0, buffer, &size), "the owner");
    GetModuleFileNameW(NULL, own, MAX_PATH);
    ok(!_wcsicmp(info->pModulePath, own), "the owner is %ls", info->pModulePath);
}

void case_meter_table_classes(enum family f)
{
    struct session s;

    if (session_open(&s, f))
        return;
    for (int cls = TCP_TABLE_BASIC_LISTENER; cls <= TCP_TABLE_OWNER_MODULE_ALL; cls++) {
        const struct owned_row *found;
        struct owned_row *rows;
        size_t count;
        ULONG code;

        rows = owned_rows(f, cls, &count, &code);
        /* Windows has no basic classes for IPv6. */
        if (f == V6 && cls <= TCP_TABLE_BASIC_ALL && code == ERROR_NOT_SUPPORTED)
            continue;
        ok(code == NO_ERROR, "class %d: %lu", cls, code);
        found = owned_find(rows, count, &s.row);
        if (cls % 3 == TCP_TABLE_BASIC_LISTENER)
            ok(!found, "class %d has a connection among its listeners", cls);
        else
            ok(found && found->state == MIB_TCP_STATE_ESTAB, "class %d has not the connection",
               cls);
        if (found) {
            expect_ok(set_class(&found->row, TcpConnectionEstatsData, 1), "on by its row");
            ok(get_rw(&found->row, TcpConnectionEstatsData) == 1, "class %d: not on", cls);
            expect_ok(set_class(&found->row, TcpConnectionEstatsData, 0), "off by its row");
        }
        free(rows);
    }
    session_close(&s);
}

void case_meter_sizing(enum family f)
{
    typedef DWORD(WINAPI * extended_fn)(void *, DWORD *, BOOL, ULONG, int, ULONG);
    extended_fn get = (extended_fn)(void *)GetProcAddress(api.module, "GetExtendedTcpTable");
    struct session s;
    DWORD size = 0;

    if (session_open(&s, f))
        return;
    ok(get && get(NULL, &size, TRUE, f == V4 ? AF_INET : AF_INET6, TCP_TABLE_OWNER_PID_ALL, 0) ==
                  ERROR_INSUFFICIENT_BUFFER,
       "the sizing call must answer 122");
    ok(size >= sizeof(MIB_TCPROW_OWNER_PID), "it needs %lu bytes", size);
    session_close(&s);
}

void case_meter_differences(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 last = {0}, now;
    ULONG64 out = 0, in = 0;
    struct session s;

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "on");
    for (int turn = 0; turn < 10; turn++) {
        memset(&now, 0xff, sizeof(now));
        expect_ok(get_rod(&s.row, TcpConnectionEstatsData, &now), "a reading");
        ok(now.ThruBytesAcked >= last.ThruBytesAcked && now.DataBytesIn >= last.DataBytesIn &&
               now.SegsOut >= last.SegsOut && now.SegsIn >= last.SegsIn,
           "a total went back");
        ok(now.ThruBytesAcked - last.ThruBytesAcked == s.out - out,
           "round %d: %llu bytes out, %llu were written", turn,
           now.ThruBytesAcked - last.ThruBytesAcked, s.out - out);
        ok(now.DataBytesIn - last.DataBytesIn == s.in - in,
           "round %d: %llu bytes in, %llu were read", turn, now.DataBytesIn - last.DataBytesIn,
           s.in - in);
        last = now;
        out = s.out;
        in = s.in;
        ok(!session_talk(&s, 1000u * (DWORD)turn, 300u * (DWORD)turn + 1), "talking failed");
    }
    session_close(&s);
}

void case_meter_first_rows(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 rod;
    struct owned_row *rows;
    struct session s;
    size_t count, tried = 0, on = 0;
    ULONG code;

    if (session_open(&s, f))
        return;
    rows = owned_rows(f, TCP_TABLE_OWNER_PID_ALL, &count, &code);
    for (size_t i = 0; i < count && tried < 8; i++) {
        if (rows[i].state != MIB_TCP_STATE_ESTAB)
            continue;
        tried++;
        code = set_class(&rows[i].row, TcpConnectionEstatsData, 1);
        ok(code != ERROR_ACCESS_DENIED, "access denied ends it for good");
        on += code == NO_ERROR;
        /* The first that fails ends it, too. */
        if (code == NO_ERROR)
            expect_ok(get_rod(&rows[i].row, TcpConnectionEstatsData, &rod), "reading what is on");
    }
    ok(on > 0, "none of %u rows could be switched on", (unsigned)tried);
    free(rows);
    session_close(&s);
}

void case_meter_writes_two(enum family f)
{
    struct session s;
    BYTE two = 2;

    if (session_open(&s, f))
        return;
    for (int cls = TcpConnectionEstatsData; cls < CLASSES; cls++) {
        if (cls == TcpConnectionEstatsBandwidth)
            continue;
        expect_ok(api.set[f](s.row.bytes, cls, &two, 0, 1, 0), "two");
        ok(get_rw(&s.row, cls) == 1, "%s reads %d", classes[cls].name, get_rw(&s.row, cls));
    }
    session_close(&s);
}
