/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kill-test.exe SECONDS: threads that call the four functions are terminated and suspended in
 * mid-call, over and over; a thread that nobody touches must never wait for them.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4
#define LIMIT_MS 1000.0
#define CLASS_DATA 1
#define CLASS_PATH 3

/* mingw's own header of these functions is shadowed by the library's of the same name. */
struct row {
    DWORD state, local, local_port, remote, remote_port;
};

typedef ULONG WINAPI get_fn(struct row *, int, UCHAR *, ULONG, ULONG, UCHAR *, ULONG, ULONG,
                            UCHAR *, ULONG, ULONG);
typedef ULONG WINAPI set_fn(struct row *, int, UCHAR *, ULONG, ULONG, ULONG);

static get_fn *get;
static set_fn *set;
static struct row row;
static double ms_per_count;

struct caller {
    HANDLE thread;
    volatile LONG calls, failures;
    volatile double worst_ms;
    volatile ULONG last_error;
};

static volatile LONG stop;
static struct caller workers[WORKERS], witness;

static double now_ms(void)
{
    LARGE_INTEGER t;

    QueryPerformanceCounter(&t);
    return (double)t.QuadPart * ms_per_count;
}

static void note(struct caller *c, double start, ULONG error)
{
    double took = now_ms() - start;

    if (took > c->worst_ms)
        c->worst_ms = took;
    if (error) {
        c->last_error = error;
        c->failures++;
    }
    c->calls++;
}

static DWORD WINAPI call_for_ever(void *arg)
{
    struct caller *c = arg;
    UCHAR rw, rod[160];
    double start;

    while (!stop) {
        start = now_ms();
        note(c, start, get(&row, CLASS_DATA, &rw, 0, 1, NULL, 0, 0, rod, 0, 96));
        start = now_ms();
        note(c, start, get(&row, CLASS_PATH, &rw, 0, 1, NULL, 0, 0, rod, 0, 160));
        rw = TRUE;
        start = now_ms();
        note(c, start, set(&row, CLASS_PATH, &rw, 0, 1, 0));
    }
    return 0;
}

static void start_worker(struct caller *c)
{
    c->calls = 0;
    c->thread = CreateThread(NULL, 0, call_for_ever, c, 0, NULL);
    /* Only in its loop may it be killed: a thread that is being born holds Wine's own locks. */
    while (!c->calls)
        Sleep(0);
}

/* Descriptors of the host process, which Wine shows under \\?\unix. */
static int descriptors(void)
{
    WIN32_FIND_DATAA found;
    HANDLE find = FindFirstFileA("\\\\?\\unix\\proc\\self\\fd\\*", &found);
    int n = 0;

    if (find == INVALID_HANDLE_VALUE)
        return -1;
    do
        n++;
    while (FindNextFileA(find, &found));
    FindClose(find);
    return n;
}

static BOOL connect_pair(SOCKET *client, SOCKET *server)
{
    struct sockaddr_in to = {.sin_family = AF_INET}, from;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    int len = sizeof(to);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&to, len) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&to, &len) ||
        connect(*client, (struct sockaddr *)&to, sizeof(to)))
        return FALSE;
    *server = accept(listener, NULL, NULL);
    len = sizeof(from);
    getsockname(*client, (struct sockaddr *)&from, &len);
    row = (struct row){5, from.sin_addr.s_addr, from.sin_port, to.sin_addr.s_addr, to.sin_port};
    return *server != INVALID_SOCKET;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 2, end;
    HMODULE dll = LoadLibraryA("iphlpapi.dll");
    static char data[5000];
    int kills = 0, holds = 0, fds, grown, failed = 0;
    LARGE_INTEGER frequency;
    ULONGLONG out = 0;
    UCHAR rw = TRUE, rod[96];
    SOCKET client, server;
    WSADATA wsa;
    unsigned i;

    get = (get_fn *)(void *)GetProcAddress(dll, "GetPerTcpConnectionEStats");
    set = (set_fn *)(void *)GetProcAddress(dll, "SetPerTcpConnectionEStats");
    QueryPerformanceFrequency(&frequency);
    ms_per_count = 1e3 / (double)frequency.QuadPart;
    if (WSAStartup(0x202, &wsa) || !get || !set || !connect_pair(&client, &server)) {
        puts("no connection, or the functions are missing");
        return 2;
    }
    send(client, data, sizeof(data), 0);
    if (set(&row, CLASS_DATA, &rw, 0, 1, 0) || set(&row, CLASS_PATH, &rw, 0, 1, 0)) {
        puts("the classes can't be switched on");
        return 2;
    }

    start_worker(&witness);
    for (i = 0; i < WORKERS; i++)
        start_worker(&workers[i]);
    fds = descriptors();
    end = now_ms() + seconds * 1000;
    for (i = 0; now_ms() < end; i = (i + 1) % WORKERS) {
        struct caller *c = &workers[i];

        Sleep(rand() % 3);
        if (kills % 100 == 99) {
            SuspendThread(c->thread);
            Sleep(1200);
            ResumeThread(c->thread);
            holds++;
        }
        TerminateThread(c->thread, 1);
        WaitForSingleObject(c->thread, 5000);
        CloseHandle(c->thread);
        kills++;
        start_worker(c);
    }
    stop = TRUE;
    for (i = 0; i < WORKERS; i++)
        WaitForSingleObject(workers[i].thread, 5000);
    failed += WaitForSingleObject(witness.thread, 5000) != WAIT_OBJECT_0;
    grown = descriptors() - fds;

    printf("%d threads killed, %d held for 1.2 s; the untouched one made %ld calls, worst %.1f ms, "
           "%ld failed (%lu); %d descriptors more\n",
           kills, holds, witness.calls, witness.worst_ms, witness.failures, witness.last_error,
           grown);
    failed += witness.worst_ms > LIMIT_MS;
    failed += witness.failures != 0;
    failed += witness.calls < 100;
    failed += kills < 20;
    /* A lane's four at the most, for each that a killed thread had and nobody has taken over yet,
     * and what was open for an instant between its making and its entry. */
    failed += grown > 4 * 16 + kills / 20;
    if (!get(&row, CLASS_DATA, &rw, 0, 1, NULL, 0, 0, rod, 0, sizeof(rod)))
        memcpy(&out, rod, sizeof(out));
    failed += out != sizeof(data);
    printf("%d passed, %d failed\n", 6 - failed, failed);
    return failed != 0;
}
