/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Windows program that says what a Get through Wine's NSI is made of, in microseconds:
 *
 *   get      GetPerTcpConnectionEStats of a connection of its own, class Path
 *   driver   the same way to nsiproxy.sys and back for a table that it does not have
 *   request  one request to wineserver that waits for nothing
 *
 * A batch of each in turn; of several the fastest counts.
 */
#include <winsock2.h>
#include <iphlpapi.h>
#include <tcpestats.h>
#include <stdio.h>

enum { BATCHES = 300, CALLS = 10, NO_TABLE = 0x7777 };

typedef DWORD(WINAPI *nsi_fn)(DWORD, const void *, DWORD, const void *, DWORD, void *, DWORD,
                              void *, DWORD, void *, DWORD);

/* NPI_MS_TCP_MODULEID */
static const struct {
    USHORT length;
    DWORD type;
    GUID guid;
} tcp_module = {24, 1, {0xeb004a03, 0x9b1a, 0x11d4, {0x91, 0x23, 0, 0x50, 4, 0x77, 0x59, 0xbc}}};

typedef ULONG(WINAPI *get_fn)(PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, PUCHAR, ULONG,
                              ULONG, PUCHAR, ULONG, ULONG);
typedef ULONG(WINAPI *set_fn)(PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, ULONG);

static MIB_TCPROW row;
static get_fn get_estats;
static set_fn set_estats;
static nsi_fn nsi;
static HANDLE semaphore;

static ULONG get(void)
{
    TCP_ESTATS_PATH_ROD_v0 rod;

    return get_estats(&row, TcpConnectionEstatsPath, NULL, 0, 0, NULL, 0, 0, (PUCHAR)&rod, 0,
                      sizeof(rod));
}

static ULONG driver(void)
{
    TCP_ESTATS_PATH_ROD_v0 rod;
    SOCKADDR_STORAGE key = {0};

    return nsi(1, &tcp_module, NO_TABLE, &key, 56, NULL, 0, &rod, sizeof(rod), NULL, 0)
               ? NO_ERROR
               : ERROR_INVALID_FUNCTION; /* it cannot have that */
}

static ULONG request(void)
{
    LONG before;

    return ReleaseSemaphore(semaphore, 1, &before) ? NO_ERROR : GetLastError();
}

static const struct {
    const char *name;
    ULONG (*call)(void);
} ways[] = {{"get", get}, {"driver", driver}, {"request", request}};

/* A connection to ourselves, switched on. */
static ULONG connect_and_enable(void)
{
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int len = sizeof(at);
    BYTE on = TRUE;

    if (bind(listener, (struct sockaddr *)&at, len) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&at, &len) ||
        connect(client, (struct sockaddr *)&at, len))
        return (ULONG)WSAGetLastError();
    row.dwRemoteAddr = at.sin_addr.s_addr;
    row.dwRemotePort = at.sin_port;
    getsockname(client, (struct sockaddr *)&at, &len);
    row.dwLocalAddr = at.sin_addr.s_addr;
    row.dwLocalPort = at.sin_port;
    return set_estats(&row, TcpConnectionEstatsPath, &on, 0, sizeof(on), 0);
}

int main(void)
{
    double best[] = {1e9, 1e9, 1e9};
    LARGE_INTEGER frequency, start, end;
    HMODULE dll = LoadLibraryA("iphlpapi.dll");
    WSADATA wsa;
    ULONG code;

    WSAStartup(MAKEWORD(2, 2), &wsa);
    QueryPerformanceFrequency(&frequency);
    nsi = (nsi_fn)(void *)GetProcAddress(LoadLibraryA("nsi.dll"), "NsiGetAllParameters");
    get_estats = (get_fn)(void *)GetProcAddress(dll, "GetPerTcpConnectionEStats");
    set_estats = (set_fn)(void *)GetProcAddress(dll, "SetPerTcpConnectionEStats");
    semaphore = CreateSemaphoreA(NULL, 0, MAXLONG, NULL);
    code = connect_and_enable();
    for (int batch = 0; batch < BATCHES && code == NO_ERROR; batch++)
        for (unsigned w = 0; w < 3 && code == NO_ERROR; w++) {
            QueryPerformanceCounter(&start);
            for (int i = 0; i < CALLS && code == NO_ERROR; i++)
                code = ways[w].call();
            QueryPerformanceCounter(&end);
            double us = (double)(end.QuadPart - start.QuadPart) * 1e6 / CALLS /
                        (double)frequency.QuadPart;

            if (us < best[w])
                best[w] = us;
        }
    if (code != NO_ERROR) {
        printf("error %lu\n", code);
        return 1;
    }
    for (unsigned w = 0; w < 3; w++)
        printf("%s %.1f us\n", ways[w].name, best[w]);
    return 0;
}
