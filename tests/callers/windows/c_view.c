/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Overlays, dashboards and benchmarks: what is read, and what it is worth. */
#include "cases.h"

#include <string.h>

void case_benchmark_own_row(enum family f)
{
    struct session s;
    struct row row;

    if (session_open(&s, f))
        return;
    ok(session_row_of_table(&s, &row), "no row has the addresses, ports and scopes of its socket");
    session_close(&s);
}

void case_benchmark_all_classes(enum family f)
{
    struct session s;
    struct row row;
    struct boxes boxes;

    if (session_open(&s, f))
        return;
    if (!session_row_of_table(&s, &row))
        row = s.row;
    for (int cls = TcpConnectionEstatsData; cls < CLASSES; cls++)
        expect_ok(set_class(&row, cls, 1), classes[cls].name);
    ok(!session_talk(&s, 300000, 100000), "talking failed");
    for (int cls = TcpConnectionEstatsSynOpts; cls < CLASSES; cls++) {
        struct args a = get_args(&row, cls, &boxes);

        boxes_fill(&boxes, 0xcc);
        expect_ok(call_get(&a), classes[cls].name);
        for (int b = 0; b < BLOCKS; b++)
            ok(box_untouched(&boxes.block[b], classes[cls].size[b]), "%s: %s too long",
               classes[cls].name, block_names[b]);
    }
    TCP_ESTATS_SYN_OPTS_ROS_v0 syn;

    expect_ok(get_ros(&row, TcpConnectionEstatsSynOpts, &syn), "SynOpts");
    ok(syn.ActiveOpen == 1 && syn.MssRcvd >= 500 && syn.MssSent >= 500,
       "active open %d, MSS %lu and %lu", syn.ActiveOpen, syn.MssRcvd, syn.MssSent);
    check_totals(&s);
    session_close(&s);
}

/* Milliseconds of the round trip, read as programs do: only what is above 0 counts. */
static int plausible(ULONG ms)
{
    return ms >= place.rtt_ms * 9 / 10 && ms < place.rtt_ms * 4 + 500;
}

void case_client_round_trip(enum family f)
{
    TCP_ESTATS_PATH_ROD_v0 path;
    struct session s;

    if (session_open(&s, f))
        return;
    /* That its Set fails is no reason to stop; here it does not. */
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "Data");
    expect_ok(set_class(&s.row, TcpConnectionEstatsPath, 1), "Path");
    ok(!session_talk(&s, 20000, 20000), "talking failed");
    expect_ok(get_rod(&s.row, TcpConnectionEstatsPath, &path), "reading");
    ok(path.SmoothedRtt <= 0xffffffffu / 1000, "%lu ms overflow as microseconds", path.SmoothedRtt);
    ok(plausible(path.SmoothedRtt), "%lu ms, the path takes %lu", path.SmoothedRtt, place.rtt_ms);
    session_close(&s);
}

void case_overlay_not_enabled(enum family f)
{
    TCP_ESTATS_PATH_ROD_v0 path;
    struct session s;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 20000, 20000), "talking failed");
    memset(&path, 0xcc, sizeof(path));
    expect_ok(get_rod(&s.row, TcpConnectionEstatsPath, &path), "reading");
    ok(!path.SmoothedRtt || plausible(path.SmoothedRtt),
       "nobody enabled it, and it shows a round trip of %lu ms", path.SmoothedRtt);
    session_close(&s);
}

void case_overlay_round_trip(enum family f)
{
    TCP_ESTATS_FINE_RTT_ROD_v0 fine;
    TCP_ESTATS_PATH_ROD_v0 path;
    struct session s;

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsPath, 1), "Path");
    expect_ok(set_class(&s.row, TcpConnectionEstatsFineRtt, 1), "FineRtt");
    for (int turn = 0; turn < 5; turn++) {
        ok(!session_talk(&s, 100, 100), "talking failed");
        expect_ok(get_rod(&s.row, TcpConnectionEstatsPath, &path), "Path");
        expect_ok(get_rod(&s.row, TcpConnectionEstatsFineRtt, &fine), "FineRtt");
        ok(plausible(path.SmoothedRtt), "%lu ms, the path takes %lu", path.SmoothedRtt,
           place.rtt_ms);
        ok(plausible(fine.SumRtt / 1000), "%lu us, the path takes %lu ms", fine.SumRtt,
           place.rtt_ms);
        ok(path.CurRto >= path.SmoothedRtt && path.CurRto < 20000, "timeout %lu ms", path.CurRto);
        ok(fine.MinRtt <= fine.SumRtt || fine.MinRtt == 0xffffffff, "at least %lu us, smoothed %lu",
           fine.MinRtt, fine.SumRtt);
    }
    session_close(&s);
}

void case_dashboard_minus_one(enum family f)
{
    BYTE rod[160], gone[160];
    struct session s;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 1000, 1000), "talking failed");
    /* What is off leaves nothing of what was there before; what is on has a value or all-ones. */
    for (int cls = TcpConnectionEstatsData; cls < CLASSES; cls++) {
        memset(rod, 0xff, sizeof(rod));
        expect_ok(get_rod(&s.row, cls, rod), classes[cls].name);
        ok(all_bytes_are(rod, 0, classes[cls].size[ROD]), "%s is off, and has numbers",
           classes[cls].name);
        ok(all_bytes_are(rod + classes[cls].size[ROD], 0xff, sizeof(rod) - classes[cls].size[ROD]),
           "%s is written past its end", classes[cls].name);
        expect_ok(set_class(&s.row, cls, 1), classes[cls].name);
        memset(rod, 0xff, sizeof(rod));
        expect_ok(get_rod(&s.row, cls, rod), classes[cls].name);
        ok(!all_bytes_are(rod, 0xff, classes[cls].size[ROD]), "%s is on, and has no value at all",
           classes[cls].name);
    }
    session_close(&s);
    for (int i = 0; i < 100 && get_rw(&s.row, TcpConnectionEstatsData) >= 0; i++)
        Sleep(20);
    memset(gone, 0xff, sizeof(gone));
    ok(get_rod(&s.row, TcpConnectionEstatsPath, gone) != NO_ERROR, "it was reset");
    ok(all_bytes_are(gone, 0xff, sizeof(gone)), "it was reset, and has numbers");
}

void case_dashboard_gap(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 data;
    struct session s;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 1111, 11), "talking failed");
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "on");
    ok(!session_talk(&s, 2222, 22), "talking failed");
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 0), "off");
    ok(!session_talk(&s, 3333, 33), "talking failed");
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "on again");
    expect_ok(get_rod(&s.row, TcpConnectionEstatsData, &data), "reading");
    ok(data.ThruBytesAcked == s.out && data.DataBytesIn == s.in,
       "%llu out and %llu in, %llu and %llu went over it", data.ThruBytesAcked, data.DataBytesIn,
       s.out, s.in);
    session_close(&s);
}

void case_dashboard_losses(enum family f)
{
    TCP_ESTATS_PATH_ROD_v0 path;
    struct session s;

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "Data");
    expect_ok(set_class(&s.row, TcpConnectionEstatsPath, 1), "Path");
    ok(!session_talk(&s, 200000, 1), "talking failed");
    expect_ok(get_rod(&s.row, TcpConnectionEstatsPath, &path), "Path");
    /* The path drops the 10th, 20th and 40th segment of each connection, loopback none. */
    if (place.rtt_ms)
        ok(path.PktsRetrans >= 3 && path.PktsRetrans < 40, "%lu segments sent again, 3 were lost",
           path.PktsRetrans);
    else
        ok(!path.PktsRetrans && !path.BytesRetrans, "%lu segments sent again, none was lost",
           path.PktsRetrans);
    /* For who knows what the path saw. */
    trace("port %u sent again %lu segments and %lu bytes", row_local_port(&s.row), path.PktsRetrans,
          path.BytesRetrans);
    check_totals(&s);
    session_close(&s);
}

/* Declared here: mingw-w64's headers name a row that this project's do not. */
ULONG WINAPI GetPerTcp6ConnectionEStats(PMIB_TCP6ROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                        ULONG rw_version, ULONG rw_size, PUCHAR ros,
                                        ULONG ros_version, ULONG ros_size, PUCHAR rod,
                                        ULONG rod_version, ULONG rod_size);
ULONG WINAPI SetPerTcp6ConnectionEStats(PMIB_TCP6ROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                        ULONG rw_version, ULONG rw_size, ULONG offset);

void case_importer_by_name(enum family f)
{
    TCP_ESTATS_DATA_ROD_v0 data;
    struct session s;
    struct row row;
    BYTE on = 1;

    if (session_open(&s, f))
        return;
    ok(!session_talk(&s, 500, 500), "talking failed");
    row = f == V6 ? s.row : row_mapped(&s.row);
    /* A v4 connection is one to its ::ffff: row as well, here; Windows may say otherwise. */
    if (f == V6 || wt_on_wine()) {
        expect_ok(SetPerTcp6ConnectionEStats(&row.v6, TcpConnectionEstatsData, &on, 0, 1, 0), "on");
        expect_ok(GetPerTcp6ConnectionEStats(&row.v6, TcpConnectionEstatsData, NULL, 0, 0, NULL, 0,
                                             0, (BYTE *)&data, 0, sizeof(data)),
                  "reading");
        ok(data.ThruBytesAcked == s.out, "%llu bytes out, %llu were written", data.ThruBytesAcked,
           s.out);
    }
    session_close(&s);
}

struct poller {
    const struct row *row;
    volatile LONG *stop;
    ULONG wrong;
    volatile LONG readings;
};

static DWORD WINAPI poll_thread(void *arg)
{
    struct poller *p = arg;
    TCP_ESTATS_DATA_ROD_v0 data;
    ULONG64 last = 0;

    while (!*p->stop) {
        ULONG code = get_rod(p->row, TcpConnectionEstatsData, &data);

        if (code || data.ThruBytesAcked < last)
            p->wrong = code ? code : 1;
        last = data.ThruBytesAcked;
        p->readings++;
        Sleep(1);
    }
    return 0;
}

#define POLLERS 8

static int all_have_read(const struct poller *pollers, LONG readings)
{
    for (int i = 0; i < POLLERS; i++)
        if (pollers[i].readings < readings)
            return 0;
    return 1;
}

void case_threads_at_once(enum family f)
{
    struct poller pollers[POLLERS];
    HANDLE threads[POLLERS];
    volatile LONG stop = 0;
    struct session s;

    if (session_open(&s, f))
        return;
    expect_ok(set_class(&s.row, TcpConnectionEstatsData, 1), "on");
    for (int i = 0; i < POLLERS; i++) {
        pollers[i] = (struct poller){&s.row, &stop, 0, 0};
        threads[i] = CreateThread(NULL, 0, poll_thread, &pollers[i], 0, NULL);
    }
    /* A busy machine lets a thread begin late: there is traffic until each has seen some. */
    for (int turn = 0; turn < 5 || (turn < 1000 && !all_have_read(pollers, 3)); turn++)
        ok(!session_talk(&s, 50000, 1000), "talking failed");
    stop = 1;
    ok(!WaitForMultipleObjects(POLLERS, threads, TRUE, 60000), "the threads do not end");
    for (int i = 0; i < POLLERS; i++) {
        ok(!pollers[i].wrong && pollers[i].readings >= 3, "thread %d: code %lu, %ld readings", i,
           pollers[i].wrong, pollers[i].readings);
        CloseHandle(threads[i]);
    }
    check_totals(&s);
    session_close(&s);
}
