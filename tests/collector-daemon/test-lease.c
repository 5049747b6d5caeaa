/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long something is collected that nobody speaks of any more. */
#include <stdio.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u
#define LEASE 2u

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static struct te_collector_answer answer;
static int fd;

static void begin(void)
{
    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_start(&d, "--lease=2", NULL);
    fd = raw_hello(&d);
}

static void end(void)
{
    close(fd);
    net_close(&pair);
    daemon_end(&d);
}

static void enable(int client, unsigned classes)
{
    struct te_collector_request request = raw_enable(&s, classes);

    ck_assert_int_eq(raw_ask(client, &request, &answer), 0);
}

/* The lease of what was given up just now has half of it left, and then it lapses. */
static void expect_lapse(void)
{
    uint64_t before = te_now();
    unsigned in_use;

    close(fd);
    fd = -1;
    usleep(LEASE * 1000000 / 2);
    in_use = daemon_status(&d).in_use;
    /* On a busy machine all of it may have passed meanwhile. */
    if (te_now() < before + LEASE * TE_SECOND_NS)
        ck_assert_uint_eq(in_use, 1);
    AWAIT(daemon_status(&d).in_use == 0);
}

START_TEST(what_a_program_that_has_gone_wanted_lapses)
{
    begin();
    enable(fd, DATA);
    expect_lapse();
    AWAIT(daemon_status(&d).attached == 0);
    end();
}
END_TEST

START_TEST(it_does_not_while_the_program_that_asked_is_connected)
{
    begin();
    enable(fd, DATA);
    usleep(LEASE * 2000000);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    /* The lease begins when that goes, not when it asked. */
    expect_lapse();
    end();
}
END_TEST

START_TEST(who_reads_renews_it)
{
    uint64_t epoch, begun, asked;

    begin();
    enable(fd, DATA);
    epoch = answer.epoch;
    begun = te_now();
    do {
        asked = te_now();
        close(fd);
        usleep(700000);
        fd = raw_hello(&d);
        enable(fd, DATA);
        if (te_now() < asked + LEASE * TE_SECOND_NS) {
            ck_assert_uint_eq(answer.epoch, epoch);
        } else { /* too late, on a busy machine: once more */
            epoch = answer.epoch;
            begun = te_now();
        }
    } while (te_now() < begun + 2 * LEASE * TE_SECOND_NS);
    close(fd);
    fd = -1;
    AWAIT(daemon_status(&d).in_use == 0);
    end();
}
END_TEST

START_TEST(a_record_given_away_anew_is_not_held_by_who_held_the_last)
{
    struct te_collector_request disable;
    int other;

    begin();
    other = raw_hello(&d);
    enable(fd, DATA | PATH);
    disable = raw_enable(&s, DATA | PATH);
    disable.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(raw_ask(other, &disable, &answer), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    /* The next one, in whatever slot, is its own asker's. */
    enable(other, DATA);
    close(other);
    AWAIT(daemon_status(&d).in_use == 0);
    end();
}
END_TEST

SUITE("collector-lease", 300, what_a_program_that_has_gone_wanted_lapses,
      it_does_not_while_the_program_that_asked_is_connected, who_reads_renews_it,
      a_record_given_away_anew_is_not_held_by_who_held_the_last)
