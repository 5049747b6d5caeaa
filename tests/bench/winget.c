/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Windows program that times GetPerTcpConnectionEStats for IPv4 connections:
 *   winget LOCAL-ADDRESS LOCAL-PORT REMOTE-ADDRESS REMOTE-PORT    (as in MIB_TCPROW, in decimal)
 * Says "ready", then answers each line of its input with the nanoseconds it took: "get"
 * and the number of calls; "add" and the two ports of a connection more (no answer); "ena", to
 * switch four classes of those on; "pol", to read these classes of all those.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <tcpestats.h>
#include <stdio.h>
#include <stdlib.h>

typedef ULONG(WINAPI *get_fn)(PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, PUCHAR, ULONG,
                              ULONG, PUCHAR, ULONG, ULONG);
typedef ULONG(WINAPI *set_fn)(PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, ULONG);

static get_fn get_estats;
static set_fn set_estats;

static ULONG get(MIB_TCPROW *row)
{
    TCP_ESTATS_PATH_ROD_v0 rod;

    return get_estats(row, TcpConnectionEstatsPath, NULL, 0, 0, NULL, 0, 0, (PUCHAR)&rod, 0,
                      sizeof(rod));
}

static ULONG set(MIB_TCPROW *row)
{
    TCP_ESTATS_PATH_RW_v0 rw = {TRUE};

    return set_estats(row, TcpConnectionEstatsPath, (PUCHAR)&rw, 0, sizeof(rw), 0);
}

#define MANY 8192

static MIB_TCPROW many[MANY];
static unsigned count;

static const struct {
    TCP_ESTATS_TYPE type;
    ULONG size;
} classes[] = {
    {TcpConnectionEstatsData, sizeof(TCP_ESTATS_DATA_ROD_v0)},
    {TcpConnectionEstatsSndCong, sizeof(TCP_ESTATS_SND_CONG_ROD_v0)},
    {TcpConnectionEstatsPath, sizeof(TCP_ESTATS_PATH_ROD_v0)},
    {TcpConnectionEstatsRec, sizeof(TCP_ESTATS_REC_ROD_v0)},
};

/* Does it to four classes of each: reads them, or switches them on. */
static ULONG each(BOOL enable)
{
    ULONG64 rod[32];
    UCHAR on = TRUE;
    ULONG code = NO_ERROR;

    for (unsigned i = 0; i < count && code == NO_ERROR; i++)
        for (unsigned k = 0; k < 4 && code == NO_ERROR; k++)
            code = enable ? set_estats(&many[i], classes[k].type, &on, 0, 1, 0)
                          : get_estats(&many[i], classes[k].type, NULL, 0, 0, NULL, 0, 0,
                                       (PUCHAR)rod, 0, classes[k].size);
    return code;
}

static ULONG enable_all(MIB_TCPROW *row)
{
    (void)row;
    return each(TRUE);
}

static ULONG poll_all(MIB_TCPROW *row)
{
    (void)row;
    return each(FALSE);
}

static void add(const MIB_TCPROW *like, const char *ports)
{
    char *end;

    if (count == MANY)
        return;
    many[count] = *like;
    many[count].dwLocalPort = strtoul(ports, &end, 10);
    many[count++].dwRemotePort = strtoul(end, NULL, 10);
}

static int die(const char *what, ULONG code)
{
    printf("error %s %lu\n", what, code);
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    HMODULE dll = LoadLibraryA("iphlpapi.dll");
    MIB_TCPROW row = {0};
    LARGE_INTEGER frequency, start, end;
    char line[64];
    ULONG code;

    if (argc != 5 || !dll)
        return die("usage", 87);
    get_estats = (get_fn)(void *)GetProcAddress(dll, "GetPerTcpConnectionEStats");
    set_estats = (set_fn)(void *)GetProcAddress(dll, "SetPerTcpConnectionEStats");
    if (!get_estats || !set_estats)
        return die("GetProcAddress", GetLastError());
    row.dwState = MIB_TCP_STATE_ESTAB;
    row.dwLocalAddr = strtoul(argv[1], NULL, 10);
    row.dwLocalPort = strtoul(argv[2], NULL, 10);
    row.dwRemoteAddr = strtoul(argv[3], NULL, 10);
    row.dwRemotePort = strtoul(argv[4], NULL, 10);
    code = set(&row);
    if (code == NO_ERROR)
        code = get(&row);
    if (code != NO_ERROR)
        return die("first call", code);
    QueryPerformanceFrequency(&frequency);
    printf("ready\n");
    fflush(stdout);

    while (fgets(line, sizeof(line), stdin)) {
        ULONG(*call)
        (MIB_TCPROW *) = line[0] == 'e' ? enable_all : line[0] == 'p' ? poll_all : get;
        unsigned long calls = strtoul(line + 4, NULL, 10), i;

        if (line[0] == 'a') {
            add(&row, line + 4);
            continue;
        }
        for (i = 0; i < calls / 8; i++)
            call(&row);
        QueryPerformanceCounter(&start);
        for (i = 0; i < calls; i++) {
            code = call(&row);
            if (code != NO_ERROR)
                return die(line, code);
        }
        QueryPerformanceCounter(&end);
        printf("%.0f\n",
               (double)(end.QuadPart - start.QuadPart) * 1e9 / (double)frequency.QuadPart);
        fflush(stdout);
    }
    return 0;
}
