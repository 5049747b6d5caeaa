/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that closes every descriptor it does not know, 0..N, and gets the numbers again for
 * things of its own. The handle goes on working, and nothing that is not ours is read from, written
 * to, moved in or closed.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kit.h"

#define NUMBERS 256

static const char content[] = "somebody's precious file";

static struct net_pair pair;
static struct tcpestats *te;

/* Which descriptors are open. */
static void note(bool open_now[NUMBERS])
{
    for (int i = 0; i < NUMBERS; i++)
        open_now[i] = fcntl(i, F_GETFD) >= 0;
}

static void use_all(unsigned round)
{
    struct tcpestats_conn conn = kit_conn(round & 1 ? &pair.client_tuple : &pair.server_tuple);
    static struct tcpestats_sample sample;

    ck_assert_int_eq(kit_set(te, &conn, TCPESTATS_DATA, TCPESTATS_ON), 0);
    ck_assert_int_eq(kit_get(te, &conn, TCPESTATS_DATA, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_ON);
    ck_assert_uint_eq(sample.values[0].status, TCPESTATS_KNOWN);
    ck_assert_int_eq(tcpestats_find(te, &conn), 0);
}

/* --- things that a program may have under a number --- */

struct stranger {
    int fd, peer; /* peer: the other end, or a second descriptor of the same file; -1: none */
    struct stat st;
    off_t position;
};

static void make_file(struct stranger *s)
{
    char name[128];

    snprintf(name, sizeof(name), "%s/precious-XXXXXX", state_dir);
    s->fd = mkostemp(name, O_CLOEXEC);
    ck_assert_int_ge(s->fd, 0);
    ck_assert_int_eq(write(s->fd, content, sizeof(content)), sizeof(content));
    s->peer = open(name, O_RDONLY | O_CLOEXEC);
    unlink(name);
}

static void make_stream(struct stranger *s)
{
    int both[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    s->fd = both[0];
    s->peer = both[1];
}

static void make_tcp(struct stranger *s)
{
    struct net_pair own;

    net_connect(&own, &(struct net_options){.to = "127.0.0.1"});
    close(own.listener);
    s->fd = own.client;
    s->peer = own.server;
}

static void make_pipe(struct stranger *s)
{
    int both[2];

    ck_assert_int_eq(pipe2(both, O_CLOEXEC), 0);
    s->fd = both[1];
    s->peer = both[0];
}

/* The directory of which the handle keeps a descriptor, too, to know its namespace again. */
static void make_directory(struct stranger *s)
{
    s->fd = open("/proc/sys/net/ipv4", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s->peer = -1;
    ck_assert_int_ge(s->fd, 0);
}

/* The very file that the handle uses, opened by the program for a look of its own. */
static void make_state_file(struct stranger *s)
{
    char name[128];

    snprintf(name, sizeof(name), "%s/tcpestats/state-3", state_dir);
    s->fd = open(name, O_RDWR | O_CLOEXEC);
    s->peer = -1;
    ck_assert_int_ge(s->fd, 0);
}

static void (*const makers[])(struct stranger *) = {make_file, make_stream,    make_tcp,
                                                    make_pipe, make_directory, make_state_file};

#define KINDS (sizeof(makers) / sizeof(makers[0]))

/* Puts a thing of some kind under a number. */
static void put_stranger(struct stranger *s, int number, unsigned kind)
{
    makers[kind](s);
    ck_assert_int_eq(dup3(s->fd, number, O_CLOEXEC), number);
    close(s->fd);
    s->fd = number;
    ck_assert_int_eq(fstat(number, &s->st), 0);
    s->position = lseek(number, 0, SEEK_CUR);
}

static void must_be_untouched(const struct stranger *s, unsigned kind)
{
    struct stat st;
    char byte, text[sizeof(content) + 1];

    ck_assert_msg(fstat(s->fd, &st) == 0 && st.st_ino == s->st.st_ino && st.st_dev == s->st.st_dev,
                  "kind %u is not there any more", kind);
    ck_assert_int_eq(lseek(s->fd, 0, SEEK_CUR), s->position);
    if (makers[kind] == make_file) {
        ck_assert_int_eq(pread(s->peer, text, sizeof(text), 0), sizeof(content));
        ck_assert_mem_eq(text, content, sizeof(content));
    } else if (s->peer >= 0) {
        /* Nothing has come out at the other end. */
        fcntl(s->peer, F_SETFL, O_NONBLOCK);
        ck_assert_msg(read(s->peer, &byte, 1) == -1 && errno == EAGAIN, "kind %u: %m", kind);
    }
}

START_TEST(all_numbers_of_ours_may_become_somebody_elses)
{
    bool before[NUMBERS], after[NUMBERS];
    struct stranger strangers[NUMBERS];
    unsigned replaced = 0;

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    for (unsigned round = 0; round < 6 * KINDS; round++) {
        note(before);
        ck_assert_int_eq(kit_open(&te), 0);
        use_all(round);
        note(after);
        memset(strangers, -1, sizeof(strangers));
        /* Each number gets another kind each time; dup3() closes what we had under it. */
        for (int i = 0, n = 0; i < NUMBERS; i++)
            if (after[i] && !before[i]) {
                put_stranger(&strangers[i], i, (round + (unsigned)n++) % KINDS);
                replaced++;
            }
        /* Found out by a call, or only when the handle is closed. */
        if (round / KINDS % 3) {
            use_all(round);
            use_all(round + 1);
        }
        if (round & 1 || round / KINDS % 3 == 0)
            tcpestats_close(te);
        for (int i = 0, n = 0; i < NUMBERS; i++)
            if (after[i] && !before[i])
                must_be_untouched(&strangers[i], (round + (unsigned)n++) % KINDS);
        if (!(round & 1) && round / KINDS % 3)
            tcpestats_close(te);
        for (int i = 0; i < NUMBERS; i++)
            if (after[i] && !before[i]) {
                close(strangers[i].fd);
                if (strangers[i].peer >= 0)
                    close(strangers[i].peer);
            }
    }
    ck_assert_uint_ge(replaced, 2 * KINDS * 6);
    kit_end();
}
END_TEST

START_TEST(all_numbers_may_be_closed_again_and_again)
{
    bool before[NUMBERS];

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    note(before);
    ck_assert_int_eq(kit_open(&te), 0);
    for (unsigned round = 0; round < 200; round++) {
        use_all(round);
        for (int i = 0; i < NUMBERS; i++)
            if (!before[i] && (round % 3 == 2 || i % 3 == (int)(round % 3)))
                close(i);
    }
    use_all(0);
    tcpestats_close(te);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(fcntl(i, F_GETFD) >= 0, before[i]);
    kit_end();
}
END_TEST

SUITE("descriptors", 60, all_numbers_of_ours_may_become_somebody_elses,
      all_numbers_may_be_closed_again_and_again)
