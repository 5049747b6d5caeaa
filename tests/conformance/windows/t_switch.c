/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is off by default, what Set switches and what it leaves alone. */
#include "tests.h"

#include <string.h>

/* Get of everything while the class is off: Rw says so, Rod is zeros, Ros is there. */
static void check_off(const struct row *row, int cls, const char *fam)
{
    struct boxes boxes;
    struct args a = get_args(row, cls, &boxes);

    push_context("%s", classes[cls].name);
    for (int i = 0; i < 2; i++) {
        boxes_fill(&boxes, fills[i]);
        topic("%s.off.rw", fam);
        expect_code(call_get(&a), NO_ERROR, NULL);
        if (classes[cls].size[RW])
            ok(all_bytes_are(box_ptr(&boxes.block[RW]), 0, classes[cls].size[RW]), "Rw not 0");
        topic("%s.off.rod", fam);
        decision("off-is-zero",
                 all_bytes_are(box_ptr(&boxes.block[ROD]), 0, classes[cls].size[ROD]),
                 "Rod has bytes other than 0");
        if (classes[cls].size[ROS]) {
            topic("%s.off.ros", fam);
            const BYTE *ros = box_ptr(&boxes.block[ROS]);

            decision("ros-always",
                     !all_bytes_are(ros, 0, classes[cls].size[ROS]) &&
                         !all_bytes_are(ros, fills[i], classes[cls].size[ROS]),
                     "Ros not filled");
        }
    }
    pop_context();
}

void test_default_off(void)
{
    FOR_FAMILIES(f)
    {
        ULONG lim_on = 1, lim_off = 2;
        struct conn c;

        topic("%s.off", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        if (transfer(c.client, c.server, 5000) || transfer(c.server, c.client, 777))
            skip("no transfer over loopback");
        FOR_CLASSES(cls)
        {
            check_off(&c.client_row, cls, family_names[f]);
            check_off(&c.server_row, cls, family_names[f]);
        }
        /* What was on and is switched off again reads the same. */
        FOR_SWITCHES(cls)
        {
            topic("%s.off.again", family_names[f]);
            expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
            expect_rw(&c.client_row, cls, RW_ON(cls));
            expect_code(set_class(&c.client_row, cls, 0), NO_ERROR, NULL);
            check_off(&c.client_row, cls, family_names[f]);
        }
        topic("%s.off.lim-cwnd", family_names[f]);
        expect_code(get_ros(&c.client_row, TcpConnectionEstatsSndCong, &lim_off), NO_ERROR, NULL);
        expect_code(set_class(&c.client_row, TcpConnectionEstatsSndCong, 1), NO_ERROR, NULL);
        expect_code(get_ros(&c.client_row, TcpConnectionEstatsSndCong, &lim_on), NO_ERROR, NULL);
        decision("ros-always", lim_on == lim_off, "LimCwnd is %lu off, %lu on", lim_off, lim_on);
        conn_close(&c);
    }
}

/* Any BOOLEAN but 0 switches on, and Get answers exactly 1. */
void test_echo(void)
{
    static const BYTE values[] = {1, 0, 2, 0, 0xff, 0x80, 0, 1, 1, 0, 0};

    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.echo", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int cls = TcpConnectionEstatsData; cls < CLASSES; cls++) {
            if (cls == TcpConnectionEstatsBandwidth)
                continue;
            for (unsigned i = 0; i < sizeof(values); i++) {
                BYTE rw = values[i];
                struct args a = set_args(&c.client_row, cls, &rw);
                const char *id = rw > 1 ? "true-is-one" : NULL;
                int answer;

                topic("%s.echo.%s", family_names[f], rw > 1 ? "any-true" : "plain");
                push_context("%s = %u", classes[cls].name, rw);
                expect_code(call_set(&a), NO_ERROR, id);
                answer = get_rw(&c.client_row, cls);
                if (id)
                    decision(id, answer == 1, "reads %d", answer);
                else
                    ok(answer == rw, "reads %d", answer);
                pop_context();
            }
        }
        conn_close(&c);
    }
}

/* A class is switched for itself, and for one end of the connection. */
void test_independence(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c, other;

        topic("%s.independence", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        if (!test_conn(&other, f, 0)) {
            conn_close(&c);
            continue;
        }
        FOR_SWITCHES(cls)
        {
            push_context("%s on", classes[cls].name);
            topic("%s.independence.set", family_names[f]);
            expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
            topic("%s.independence.classes", family_names[f]);
            FOR_SWITCHES(k) expect_rw(&c.client_row, k, k == cls ? RW_ON(k) : 0);
            topic("%s.independence.ends", family_names[f]);
            FOR_SWITCHES(k) expect_rw(&c.server_row, k, 0);
            topic("%s.independence.connections", family_names[f]);
            FOR_SWITCHES(k) expect_rw(&other.client_row, k, 0);
            expect_code(set_class(&c.client_row, cls, 0), NO_ERROR, NULL);
            pop_context();
        }
        topic("%s.independence.all-on", family_names[f]);
        FOR_SWITCHES(cls) expect_code(set_class(&c.client_row, cls, 1), NO_ERROR, NULL);
        FOR_SWITCHES(cls) expect_rw(&c.client_row, cls, RW_ON(cls));
        conn_close(&other);
        conn_close(&c);
    }
}

static ULONG set_bandwidth(const struct row *row, int out, int in)
{
    TCP_ESTATS_BANDWIDTH_RW_v0 rw = {(TCP_BOOLEAN_OPTIONAL)out, (TCP_BOOLEAN_OPTIONAL)in};
    struct args a = set_args(row, TcpConnectionEstatsBandwidth, &rw);

    return call_set(&a);
}

static void expect_bandwidth(const struct row *row, int out, int in)
{
    int rw = get_rw(row, TcpConnectionEstatsBandwidth);

    ok(rw == out + 2 * in, "reads %d, expected outbound %d, inbound %d", rw, out, in);
}

static void check_transitions(const struct row *row, const char *fam)
{
    topic("%s.bandwidth.unchanged", fam);
    for (int from = 0; from < 4; from++) {
        for (int out = -1; out <= 1; out++) {
            for (int in = -1; in <= 1; in++) {
                push_context("from %d: {%d, %d}", from, out, in);
                expect_code(set_bandwidth(row, from & 1, from >> 1), NO_ERROR, NULL);
                expect_bandwidth(row, from & 1, from >> 1);
                expect_code(set_bandwidth(row, out, in), NO_ERROR, NULL);
                expect_bandwidth(row, out < 0 ? from & 1 : out, in < 0 ? from >> 1 : in);
                pop_context();
            }
        }
    }
}

static void check_members(const struct row *row, const char *fam)
{
    static const int bad[] = {2, -2, 3, 255, 256, 0x7fffffff, (int)0x80000000};

    topic("%s.bandwidth.member-range", fam);
    for (int from = 0; from < 4; from++) {
        for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            push_context("from %d: %d", from, bad[i]);
            set_bandwidth(row, from & 1, from >> 1);
            expect_code(set_bandwidth(row, bad[i], !(from >> 1)), ERROR_INVALID_PARAMETER,
                        "bandwidth-range");
            expect_code(set_bandwidth(row, !(from & 1), bad[i]), ERROR_INVALID_PARAMETER,
                        "bandwidth-range");
            expect_code(set_bandwidth(row, bad[i], -1), ERROR_INVALID_PARAMETER, "bandwidth-range");
            decision("bandwidth-range", get_rw(row, TcpConnectionEstatsBandwidth) == from,
                     "a refused Set changed something");
            pop_context();
        }
    }
}

static void check_directions(const struct row *row, const char *fam)
{
    TCP_ESTATS_BANDWIDTH_ROD_v0 rod;

    topic("%s.bandwidth.direction-off", fam);
    for (int on = 0; on < 4; on++) {
        push_context("on: %d", on);
        expect_code(set_bandwidth(row, on & 1, on >> 1), NO_ERROR, NULL);
        memset(&rod, 0xcc, sizeof(rod));
        expect_code(get_rod(row, TcpConnectionEstatsBandwidth, &rod), NO_ERROR, NULL);
        if (!(on & 1))
            decision("off-direction",
                     !rod.OutboundBandwidth && !rod.OutboundInstability &&
                         !rod.OutboundBandwidthPeaked,
                     "outbound is off and not zero");
        if (!(on & 2))
            decision("off-direction",
                     !rod.InboundBandwidth && !rod.InboundInstability &&
                         !rod.InboundBandwidthPeaked,
                     "inbound is off and not zero");
        ok(rod.OutboundBandwidthPeaked <= 1 && rod.InboundBandwidthPeaked <= 1,
           "a BOOLEAN is neither 0 nor 1");
        pop_context();
    }
}

void test_bandwidth(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.bandwidth", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        if (transfer(c.client, c.server, 1000000) || transfer(c.server, c.client, 1000000))
            skip("no transfer over loopback");
        check_transitions(&c.client_row, family_names[f]);
        check_members(&c.client_row, family_names[f]);
        check_directions(&c.client_row, family_names[f]);
        conn_close(&c);
    }
}
