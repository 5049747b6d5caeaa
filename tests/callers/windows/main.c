/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The habits of programs that call TCP's extended statistics, one case for each, over loopback or
 * to a peer on another machine. One program for Windows and for Wine.
 */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEER_PORT 5998

void check_one_of(const char *what, ULONG code, const ULONG *codes)
{
    int known = 0;

    for (int i = 0; codes[i] != CODES_END; i++)
        known |= codes[i] == code;
    wt_ok(known, "%s: %lu %s", what, code, code_name(code));
}

void check_totals(const struct session *session)
{
    TCP_ESTATS_DATA_ROD_v0 data = {0};
    TCP_ESTATS_PATH_ROD_v0 path = {0};

    set_class(&session->row, TcpConnectionEstatsData, 1);
    set_class(&session->row, TcpConnectionEstatsPath, 1);
    expect_ok(get_rod(&session->row, TcpConnectionEstatsData, &data), "Data");
    expect_ok(get_rod(&session->row, TcpConnectionEstatsPath, &path), "Path");
    ok(data.ThruBytesAcked == session->out, "%llu bytes acknowledged, %llu were written",
       data.ThruBytesAcked, session->out);
    ok(data.DataBytesOut == session->out + path.BytesRetrans,
       "%llu bytes out, %llu of them again, %llu were written", data.DataBytesOut,
       (ULONG64)path.BytesRetrans, session->out);
    ok(data.ThruBytesReceived == session->in && data.DataBytesIn >= session->in,
       "%llu bytes received, %llu in, %llu were read", data.ThruBytesReceived, data.DataBytesIn,
       session->in);
}

static void run(const char *name, void (*body)(enum family f))
{
    for (enum family f = V4; f < FAMILIES; f++) {
        topic("%s, %s", name, f == V4 ? "IPv4" : "IPv6");
        if (api.get[f] && api.set[f])
            body(f);
        else
            ok(0, "the functions are not there");
    }
}

#define WRAP(function, name)         \
    static void run_##function(void) \
    {                                \
        run(name, case_##function);  \
    }
ALL_CASES(WRAP)

#define ENTRY(function, name) {#function, run_##function},
static const struct wt_test tests[] = {ALL_CASES(ENTRY)};

static DWORD WINAPI serve(void *listener)
{
    peer_serve((peer_socket)(ULONG_PTR)listener);
    return 0;
}

static void serve_beside(enum family f)
{
    static const char *const loopback[] = {"127.0.0.1", "::1"};
    peer_socket listener = peer_listen(f == V6, 1, 0);

    place.address[f] = loopback[f];
    place.port[f] = listener == INVALID_SOCKET ? 9 : peer_port(listener);
    if (listener != INVALID_SOCKET)
        CloseHandle(CreateThread(NULL, 0, serve, (void *)(ULONG_PTR)listener, 0, NULL));
}

static int serve_others(void)
{
    peer_socket v4 = peer_listen(0, 0, PEER_PORT), v6 = peer_listen(1, 0, PEER_PORT);

    printf("serving on port %d%s\n", PEER_PORT, v6 == INVALID_SOCKET ? ", IPv4 only" : "");
    fflush(stdout);
    if (v6 != INVALID_SOCKET)
        CloseHandle(CreateThread(NULL, 0, serve, (void *)(ULONG_PTR)v6, 0, NULL));
    peer_serve(v4);
    return 1;
}

static int usage(void)
{
    printf("usage: callers.exe [--peer4 ADDRESS --peer6 ADDRESS --rtt MS] [OPTION...]\n"
           "       callers.exe --serve\n"
           "Without a peer over loopback. --serve: be one, on port %d.\n"
           "--rtt: of the path, on which the 10th, 20th and 40th segment of each connection are\n"
           "lost. The other options are estats-test.exe's.\n",
           PEER_PORT);
    return 2;
}

int main(int argc, char **argv)
{
    WSADATA wsa;
    int rest = 1;

    WSAStartup(MAKEWORD(2, 2), &wsa);
    load_api();
    for (int i = 1; i < argc; i++) {
        const char **address = !strcmp(argv[i], "--peer4")   ? &place.address[V4]
                               : !strcmp(argv[i], "--peer6") ? &place.address[V6]
                                                             : NULL;

        if (!strcmp(argv[i], "--serve"))
            return serve_others();
        if (!strcmp(argv[i], "--help") || (i + 1 == argc && (address || !strcmp(argv[i], "--rtt"))))
            return usage();
        if (address)
            *address = argv[++i];
        else if (!strcmp(argv[i], "--rtt"))
            place.rtt_ms = strtoul(argv[++i], NULL, 10);
        else
            argv[rest++] = argv[i];
    }
    for (enum family f = V4; f < FAMILIES; f++) {
        place.port[f] = PEER_PORT;
        if (!place.address[f])
            serve_beside(f);
    }
    printf("%u-bit program, %s%s, peers %s and %s\n", (unsigned)sizeof(void *) * 8,
           wt_on_wine() ? "Wine " : "Windows", wt_on_wine() ? wt_wine_version() : "",
           place.address[V4], place.address[V6]);
    fflush(stdout);
    return wt_main(rest, argv, tests, sizeof(tests) / sizeof(tests[0]), NULL, 0);
}
