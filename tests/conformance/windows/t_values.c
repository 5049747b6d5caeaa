/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbers: exact where they can be, and in their relations to each other elsewhere. */
#include "tests.h"

#include <string.h>

static void enable_all(const struct conn *c)
{
    FOR_SWITCHES(cls)
    {
        set_class(&c->client_row, cls, 1);
        set_class(&c->server_row, cls, 1);
    }
}

static int data_is(const struct row *row, ULONG64 out, ULONG64 in)
{
    TCP_ESTATS_DATA_ROD_v0 d;

    return get_rod(row, TcpConnectionEstatsData, &d) == NO_ERROR && d.DataBytesOut == out &&
           d.ThruBytesAcked == out && d.DataBytesIn == in && d.ThruBytesReceived == in &&
           d.SndNxt == d.SndUna;
}

/* The last acknowledgement, of a FIN too, may be on its way for as long as it is delayed. */
static void expect_bytes(const struct row *row, const char *end, ULONG64 out, ULONG64 in)
{
    TCP_ESTATS_DATA_ROD_v0 d;
    ULONG code;

    WAIT_FOR(data_is(row, out, in), 2000);
    memset(&d, 0xcc, sizeof(d));
    code = get_rod(row, TcpConnectionEstatsData, &d);
    ok(code == NO_ERROR, "%s: Get gives %lu", end, code);
    ok(d.DataBytesOut == out, "%s: DataBytesOut %llu, sent %llu", end, d.DataBytesOut, out);
    ok(d.ThruBytesAcked == out, "%s: ThruBytesAcked %llu, sent %llu", end, d.ThruBytesAcked, out);
    ok(d.DataBytesIn == in, "%s: DataBytesIn %llu, received %llu", end, d.DataBytesIn, in);
    ok(d.ThruBytesReceived == in, "%s: ThruBytesReceived %llu, received %llu", end,
       d.ThruBytesReceived, in);
    ok(d.SegsOut >= d.DataSegsOut && d.SegsIn >= d.DataSegsIn,
       "%s: segments out %llu, of these data %llu; in %llu, data %llu", end, d.SegsOut,
       d.DataSegsOut, d.SegsIn, d.DataSegsIn);
    ok(!!d.DataSegsOut == !!out && !!d.DataSegsIn == !!in && d.DataSegsOut <= out &&
           d.DataSegsIn <= in,
       "%s: %llu data segments for %llu bytes out, %llu for %llu in", end, d.DataSegsOut, out,
       d.DataSegsIn, in);
    ok(d.SndNxt - d.SndUna == 0 && d.SndMax == d.SndNxt, "%s: SndUna %lu, SndNxt %lu, SndMax %lu",
       end, d.SndUna, d.SndNxt, d.SndMax);
    ok(!d.SoftErrors && !d.SoftErrorReason, "%s: soft errors on loopback", end);
}

void test_byte_counts(void)
{
    FOR_FAMILIES(f)
    {
        const char *fam = family_names[f];
        ULONG64 there = 0, back = 0;
        struct conn c;
        char byte;

        topic("%s.bytes", fam);
        if (!test_conn(&c, f, 0))
            continue;
        topic("%s.bytes.before-enable", fam);
        ok(!transfer(c.client, c.server, 300), "transfer failed");
        there += 300;
        enable_all(&c);
        expect_bytes(&c.client_row, "client", there, back);
        expect_bytes(&c.server_row, "server", back, there);

        static const struct {
            unsigned there, back;
        } steps[] = {{0, 0}, {1, 0}, {0, 1}, {5000, 777}, {65536, 1}, {1000000, 2000003}};

        topic("%s.bytes.open", fam);
        for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            push_context("step %u", i);
            ok(!transfer(c.client, c.server, steps[i].there), "transfer failed");
            ok(!transfer(c.server, c.client, steps[i].back), "transfer failed");
            there += steps[i].there;
            back += steps[i].back;
            expect_bytes(&c.client_row, "client", there, back);
            expect_bytes(&c.server_row, "server", back, there);
            pop_context();
        }

        /* The FIN takes a sequence number and is no byte of data. */
        topic("%s.bytes.half-closed", fam);
        shutdown(c.client, SD_SEND);
        ok(recv(c.server, &byte, 1, 0) == 0, "no end of the stream");
        expect_bytes(&c.client_row, "client", there, back);
        expect_bytes(&c.server_row, "server", back, there);
        ok(!transfer(c.server, c.client, 4321), "transfer failed");
        back += 4321;
        expect_bytes(&c.client_row, "client", there, back);
        expect_bytes(&c.server_row, "server", back, there);
        conn_close(&c);
    }
}

void test_syn_opts(void)
{
    FOR_FAMILIES(f)
    {
        TCP_ESTATS_SYN_OPTS_ROS_v0 client, server;
        struct conn c;

        topic("%s.syn-opts", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int i = 0; i < 2; i++) {
            memset(&client, 0xcc, sizeof(client));
            memset(&server, 0xcc, sizeof(server));
            topic("%s.syn-opts.get", family_names[f]);
            expect_code(get_ros(&c.client_row, TcpConnectionEstatsSynOpts, &client), NO_ERROR,
                        NULL);
            expect_code(get_ros(&c.server_row, TcpConnectionEstatsSynOpts, &server), NO_ERROR,
                        NULL);
            topic("%s.syn-opts.active-open", family_names[f]);
            ok(client.ActiveOpen == 1, "the connector's ActiveOpen is %u", client.ActiveOpen);
            ok(server.ActiveOpen == 0, "the acceptor's ActiveOpen is %u", server.ActiveOpen);
            topic("%s.syn-opts.mss", family_names[f]);
            ok(client.MssSent >= 536 && client.MssSent <= 65535, "MssSent %lu", client.MssSent);
            ok(server.MssSent >= 536 && server.MssSent <= 65535, "MssSent %lu", server.MssSent);
            ok(client.MssRcvd <= 65535 && server.MssRcvd <= 65535, "MssRcvd %lu, %lu",
               client.MssRcvd, server.MssRcvd);
            /* Once more with data in both directions, when the state is no longer a fresh one. */
            if (transfer(c.client, c.server, 5000) || transfer(c.server, c.client, 5000))
                skip("no transfer over loopback");
        }
        conn_close(&c);
    }
}

static void check_times(const struct row *row)
{
    const ULONG none = 0xffffffff;
    TCP_ESTATS_FINE_RTT_ROD_v0 fine;
    TCP_ESTATS_PATH_ROD_v0 path;

    memset(&fine, 0xcc, sizeof(fine));
    memset(&path, 0xcc, sizeof(path));
    expect_code(get_rod(row, TcpConnectionEstatsPath, &path), NO_ERROR, NULL);
    expect_code(get_rod(row, TcpConnectionEstatsFineRtt, &fine), NO_ERROR, NULL);
    ok(path.SmoothedRtt == none || path.SmoothedRtt < 1000, "SmoothedRtt %lu", path.SmoothedRtt);
    ok(path.RttVar == none || path.RttVar < 1000, "RttVar %lu", path.RttVar);
    ok(path.MaxRtt == none || path.MinRtt == none || path.MaxRtt >= path.MinRtt,
       "MaxRtt %lu, MinRtt %lu", path.MaxRtt, path.MinRtt);
    ok(fine.MaxRtt == none || fine.MinRtt == none || fine.MaxRtt >= fine.MinRtt,
       "in us: MaxRtt %lu, MinRtt %lu", fine.MaxRtt, fine.MinRtt);
    ok(fine.SumRtt == none || fine.SumRtt < 1000000, "in us: SumRtt %lu", fine.SumRtt);
    decision("value-shape",
             (fine.SumRtt == none) == (path.SmoothedRtt == none) &&
                 (fine.SumRtt == none || (path.SmoothedRtt <= (fine.SumRtt + 999) / 1000 &&
                                          path.SmoothedRtt + 1 > fine.SumRtt / 1000)),
             "SmoothedRtt %lu ms, %lu us", path.SmoothedRtt, fine.SumRtt);
    decision("value-shape",
             (fine.RttVar == none) == (path.RttVar == none) &&
                 (fine.RttVar == none || (path.RttVar <= (fine.RttVar + 999) / 1000 &&
                                          path.RttVar + 1 > fine.RttVar / 1000)),
             "RttVar %lu ms, %lu us", path.RttVar, fine.RttVar);
    ok(path.CurRto >= 200 && path.CurRto <= 120000, "CurRto %lu", path.CurRto);
    ok(path.MaxRto == none || path.MaxRto >= path.CurRto, "MaxRto %lu, CurRto %lu", path.MaxRto,
       path.CurRto);
    ok(path.MinRto <= path.CurRto, "MinRto %lu, CurRto %lu", path.MinRto, path.CurRto);
    ok(path.CurMss >= 536 && path.CurMss <= 65535 && path.MaxMss >= path.CurMss &&
           path.MinMss <= path.CurMss,
       "Mss: current %lu, largest %lu, smallest %lu", path.CurMss, path.MaxMss, path.MinMss);
    ok(path.RetranThresh >= 1 && path.RetranThresh <= 300, "RetranThresh %lu", path.RetranThresh);
}

static void check_windows(const struct row *row)
{
    TCP_ESTATS_SND_CONG_ROD_v0 cong;
    TCP_ESTATS_OBS_REC_ROD_v0 seen;
    TCP_ESTATS_REC_ROD_v0 rec;
    TCP_ESTATS_PATH_ROD_v0 path;
    TCP_ESTATS_SEND_BUFF_ROD_v0 buff;

    expect_code(get_rod(row, TcpConnectionEstatsSndCong, &cong), NO_ERROR, NULL);
    expect_code(get_rod(row, TcpConnectionEstatsObsRec, &seen), NO_ERROR, NULL);
    expect_code(get_rod(row, TcpConnectionEstatsRec, &rec), NO_ERROR, NULL);
    expect_code(get_rod(row, TcpConnectionEstatsPath, &path), NO_ERROR, NULL);
    expect_code(get_rod(row, TcpConnectionEstatsSendBuff, &buff), NO_ERROR, NULL);
    ok(cong.CurCwnd >= path.CurMss, "CurCwnd %lu is below one CurMss %lu", cong.CurCwnd,
       path.CurMss);
    decision("value-shape", path.CurMss && cong.CurCwnd % path.CurMss == 0,
             "CurCwnd %lu is no multiple of CurMss %lu", cong.CurCwnd, path.CurMss);
    ok(cong.MaxSsCwnd >= cong.CurCwnd || cong.MaxCaCwnd >= cong.CurCwnd,
       "CurCwnd %lu, MaxSsCwnd %lu, MaxCaCwnd %lu", cong.CurCwnd, cong.MaxSsCwnd, cong.MaxCaCwnd);
    ok(rec.WinScaleSent <= 14 || rec.WinScaleSent == 0xff, "WinScaleSent %u", rec.WinScaleSent);
    ok(seen.WinScaleRcvd <= 14 || seen.WinScaleRcvd == 0xff, "WinScaleRcvd %u", seen.WinScaleRcvd);
    ok(rec.MaxRwinSent >= rec.CurRwinSent && rec.MinRwinSent <= rec.CurRwinSent,
       "window sent: %lu, largest %lu, smallest %lu", rec.CurRwinSent, rec.MaxRwinSent,
       rec.MinRwinSent);
    ok(seen.MaxRwinRcvd >= seen.CurRwinRcvd && seen.MinRwinRcvd <= seen.CurRwinRcvd,
       "window received: %lu, largest %lu, smallest %lu", seen.CurRwinRcvd, seen.MaxRwinRcvd,
       seen.MinRwinRcvd);
    ok(!buff.CurRetxQueue && !buff.CurAppWQueue && !rec.CurAppRQueue && !rec.CurReasmQueue,
       "queues of a quiet connection: %llu, %llu, %llu, %lu", (ULONG64)buff.CurRetxQueue,
       (ULONG64)buff.CurAppWQueue, (ULONG64)rec.CurAppRQueue, rec.CurReasmQueue);
    ok(!path.QuenchRcvd && !path.AckAfterFr && !rec.EcnSent && !rec.EcnNoncesRcvd,
       "a reserved member is not 0");
}

/* Bytes that nobody has read yet are in the receiver's queue, to the byte. */
static void check_queues(struct conn *c)
{
    TCP_ESTATS_REC_ROD_v0 rec;
    char bytes[4000] = {0};

    send(c->client, bytes, sizeof(bytes), 0);
    WAIT_FOR(get_rod(&c->server_row, TcpConnectionEstatsRec, &rec) == NO_ERROR &&
                 rec.CurAppRQueue == sizeof(bytes),
             2000);
    memset(&rec, 0xcc, sizeof(rec));
    expect_code(get_rod(&c->server_row, TcpConnectionEstatsRec, &rec), NO_ERROR, NULL);
    ok(rec.CurAppRQueue == sizeof(bytes), "CurAppRQueue %llu of %u unread bytes",
       (ULONG64)rec.CurAppRQueue, (unsigned)sizeof(bytes));
    ok(rec.MaxAppRQueue >= rec.CurAppRQueue, "MaxAppRQueue %llu", (ULONG64)rec.MaxAppRQueue);
    for (int left = sizeof(bytes); left > 0;) {
        int got = recv(c->server, bytes, left, 0);

        if (got <= 0)
            break;
        left -= got;
    }
    expect_code(get_rod(&c->server_row, TcpConnectionEstatsRec, &rec), NO_ERROR, NULL);
    ok(!rec.CurAppRQueue, "CurAppRQueue %llu after all was read", (ULONG64)rec.CurAppRQueue);
    ok(rec.MaxAppRQueue >= sizeof(bytes), "MaxAppRQueue %llu forgets", (ULONG64)rec.MaxAppRQueue);
}

void test_sanity(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.sanity", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        enable_all(&c);
        if (transfer(c.client, c.server, 300000) || transfer(c.server, c.client, 300000))
            skip("no transfer over loopback");
        Sleep(100); /* for the delayed acknowledgement, after which the connection is quiet */
        topic("%s.sanity.times", family_names[f]);
        check_times(&c.client_row);
        check_times(&c.server_row);
        topic("%s.sanity.windows", family_names[f]);
        check_windows(&c.client_row);
        check_windows(&c.server_row);
        topic("%s.sanity.receive-queue", family_names[f]);
        check_queues(&c);
        conn_close(&c);
    }
}
