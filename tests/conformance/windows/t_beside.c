/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs with statistics call beside: who owns a row, and the totals with 64 bits. */
#include "tests.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef DWORD(WINAPI *owner_fn)(void *row, int cls, void *buffer, DWORD *size);
typedef ULONG(WINAPI *stats_fn)(void *stats, ULONG family);

static const struct owner_kind {
    const char *function;
    unsigned row_size, pid;
} owner_kinds[] = {
    {"GetOwnerModuleFromTcpEntry", sizeof(MIB_TCPROW_OWNER_MODULE),
     offsetof(MIB_TCPROW_OWNER_MODULE, dwOwningPid)},
    {"GetOwnerModuleFromTcp6Entry", sizeof(MIB_TCP6ROW_OWNER_MODULE),
     offsetof(MIB_TCP6ROW_OWNER_MODULE, dwOwningPid)},
    {"GetOwnerModuleFromUdpEntry", sizeof(MIB_UDPROW_OWNER_MODULE),
     offsetof(MIB_UDPROW_OWNER_MODULE, dwOwningPid)},
    {"GetOwnerModuleFromUdp6Entry", sizeof(MIB_UDP6ROW_OWNER_MODULE),
     offsetof(MIB_UDP6ROW_OWNER_MODULE, dwOwningPid)},
};

static void check_names(const TCPIP_OWNER_MODULE_BASIC_INFO *info, const void *buffer, DWORD size)
{
    const BYTE *from = buffer, *end = from + size;
    WCHAR own[MAX_PATH] = L"";
    const WCHAR *own_name;

    GetModuleFileNameW(NULL, own, MAX_PATH);
    own_name = wcsrchr(own, L'\\') + 1;
    ok((BYTE *)info->pModuleName > from && (BYTE *)info->pModuleName < end &&
           (BYTE *)info->pModulePath > from && (BYTE *)info->pModulePath < end,
       "the names are not in the buffer");
    ok(!_wcsicmp(info->pModulePath, own), "path %ls, this is %ls", info->pModulePath, own);
    ok(!_wcsicmp(info->pModuleName, own_name), "name %ls, this is %ls", info->pModuleName,
       own_name);
}

static void check_owner(const struct owner_kind *kind)
{
    owner_fn get = (owner_fn)(void *)GetProcAddress(api.module, kind->function);
    DWORD pid = GetCurrentProcessId(), size, needed = 0;
    BYTE row[256] = {0};
    BYTE buffer[2048];
    ULONG code;

    topic("owner.%s", kind->function);
    ok(get != NULL, "it is not there");
    if (!get)
        return;
    memcpy(row + kind->pid, &pid, sizeof(pid));

    topic("owner.%s.sizing", kind->function);
    code = get(row, TCPIP_OWNER_MODULE_INFO_BASIC, NULL, &needed);
    ok(code == ERROR_INSUFFICIENT_BUFFER, "got %lu", code);
    ok(needed > sizeof(TCPIP_OWNER_MODULE_BASIC_INFO) && needed <= sizeof(buffer),
       "it needs %lu bytes", needed);
    memset(buffer, 0xcc, sizeof(buffer));
    size = needed - 1;
    code = get(row, TCPIP_OWNER_MODULE_INFO_BASIC, buffer, &size);
    ok(code == ERROR_INSUFFICIENT_BUFFER && size == needed, "a byte less: %lu, %lu bytes", code,
       size);
    ok(all_bytes_are(buffer, 0xcc, sizeof(buffer)), "too small, and written to");

    topic("owner.%s.names", kind->function);
    size = needed;
    code = get(row, TCPIP_OWNER_MODULE_INFO_BASIC, buffer, &size);
    ok(code == NO_ERROR, "got %lu", code);
    ok(all_bytes_are(buffer + needed, 0xcc, sizeof(buffer) - needed), "written past the end");
    if (code == NO_ERROR)
        check_names((void *)buffer, buffer, needed);

    topic("owner.%s.errors", kind->function);
    size = sizeof(buffer);
    code = get(NULL, TCPIP_OWNER_MODULE_INFO_BASIC, buffer, &size);
    ok(code == ERROR_INVALID_PARAMETER, "no row: %lu", code);
    code = get(row, TCPIP_OWNER_MODULE_INFO_BASIC, buffer, NULL);
    ok(code == ERROR_INVALID_PARAMETER, "no size: %lu", code);
    code = get(row, 1, buffer, &size);
    ok(code == ERROR_INVALID_PARAMETER, "another class: %lu", code);
    for (int turn = 0; turn < 2; turn++) {
        pid = turn ? 0x7ffffff0 : 0;
        memcpy(row + kind->pid, &pid, sizeof(pid));
        code = get(row, TCPIP_OWNER_MODULE_INFO_BASIC, buffer, &size);
        ok(code == ERROR_NOT_FOUND, "owner %lu: %lu", pid, code);
    }
}

void test_owner(void)
{
    for (unsigned k = 0; k < sizeof(owner_kinds) / sizeof(owner_kinds[0]); k++)
        check_owner(&owner_kinds[k]);
}

/* As newer SDKs declare them. */
struct tcp_stats2 {
    DWORD head[9];
    DWORD64 in_segs, out_segs;
    DWORD tail[4];
};
struct udp_stats2 {
    DWORD64 in_datagrams;
    DWORD no_ports, in_errors;
    DWORD64 out_datagrams;
    DWORD addresses;
};

static int send_datagrams(int n)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    SOCKET to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0);
    DWORD patience = 5000;
    int size = sizeof(at), got = 0;
    char byte = 0;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience));
    if (!bind(to, (struct sockaddr *)&at, sizeof(at)) &&
        !getsockname(to, (struct sockaddr *)&at, &size)) {
        for (int i = 0; i < n; i++) {
            sendto(from, &byte, 1, 0, (struct sockaddr *)&at, sizeof(at));
            got += recv(to, &byte, 1, 0) == 1;
        }
    }
    closesocket(to);
    closesocket(from);
    return got;
}

static void check_errors(stats_fn get)
{
    BYTE answer[80];
    ULONG code = get(NULL, AF_INET);

    ok(code == ERROR_INVALID_PARAMETER, "no buffer: %lu", code);
    memset(answer, 0xcc, sizeof(answer));
    code = get(answer, AF_UNSPEC);
    ok(code == ERROR_INVALID_PARAMETER, "AF_UNSPEC: %lu", code);
    code = get(answer, 12345);
    ok(code == ERROR_INVALID_PARAMETER, "family 12345: %lu", code);
    ok(all_bytes_are(answer, 0xcc, sizeof(answer)), "failed, and written to");
    code = get(answer, AF_INET6);
    ok(code == NO_ERROR || code == ERROR_NOT_SUPPORTED, "AF_INET6: %lu", code);
    if (code != NO_ERROR)
        ok(all_bytes_are(answer, 0xcc, sizeof(answer)), "AF_INET6 failed, and written to");
}

static void check_tcp_totals(void)
{
    stats_fn get = (stats_fn)(void *)GetProcAddress(api.module, "GetTcpStatisticsEx2");
    stats_fn get_old = (stats_fn)(void *)GetProcAddress(api.module, "GetTcpStatisticsEx");
    struct tcp_stats2 before, after;
    MIB_TCPSTATS old;
    struct conn c;

    topic("GetTcpStatisticsEx2");
    ok(get != NULL, "it is not there");
    if (!get || !get_old || !test_conn(&c, V4, 0))
        return;
    topic("GetTcpStatisticsEx2.errors");
    check_errors(get);
    topic("GetTcpStatisticsEx2.counts");
    ok(get(&before, AF_INET) == NO_ERROR, "failed");
    for (int i = 0; i < 100; i++)
        transfer(c.client, c.server, 100);
    ok(get(&after, AF_INET) == NO_ERROR, "failed");
    ok(after.in_segs - before.in_segs >= 100 && after.in_segs - before.in_segs < 100000,
       "%llu segments in", after.in_segs - before.in_segs);
    ok(after.out_segs - before.out_segs >= 100 && after.out_segs - before.out_segs < 100000,
       "%llu segments out", after.out_segs - before.out_segs);
    topic("GetTcpStatisticsEx2.as-without-2");
    ok(get_old(&old, AF_INET) == NO_ERROR, "GetTcpStatisticsEx failed");
    get(&after, AF_INET);
    ok(after.head[0] == old.dwRtoAlgorithm && after.head[1] == old.dwRtoMin &&
           after.head[2] == old.dwRtoMax && after.head[3] == old.dwMaxConn,
       "the timeouts differ");
    ok(after.head[5] >= old.dwPassiveOpens && after.head[5] - old.dwPassiveOpens < 100,
       "%lu passive opens, without 2 %lu", after.head[5], old.dwPassiveOpens);
    ok((DWORD)after.in_segs - old.dwInSegs < 10000, "%lu segments in, without 2 %lu",
       (DWORD)after.in_segs, old.dwInSegs);
    conn_close(&c);
}

static void check_udp_totals(void)
{
    stats_fn get = (stats_fn)(void *)GetProcAddress(api.module, "GetUdpStatisticsEx2");
    struct udp_stats2 before, after;
    int sent;

    topic("GetUdpStatisticsEx2");
    ok(get != NULL, "it is not there");
    if (!get)
        return;
    topic("GetUdpStatisticsEx2.errors");
    check_errors(get);
    topic("GetUdpStatisticsEx2.counts");
    ok(get(&before, AF_INET) == NO_ERROR, "failed");
    sent = send_datagrams(50);
    ok(sent == 50, "%d of 50 datagrams arrived", sent);
    ok(get(&after, AF_INET) == NO_ERROR, "failed");
    ok(after.in_datagrams - before.in_datagrams >= 50 &&
           after.in_datagrams - before.in_datagrams < 100000,
       "%llu datagrams in", after.in_datagrams - before.in_datagrams);
    ok(after.out_datagrams - before.out_datagrams >= 50 &&
           after.out_datagrams - before.out_datagrams < 100000,
       "%llu datagrams out", after.out_datagrams - before.out_datagrams);
}

void test_totals(void)
{
    check_tcp_totals();
    check_udp_totals();
}
