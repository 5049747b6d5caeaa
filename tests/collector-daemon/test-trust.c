/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may use the collector, and how much of it; and what the daemon itself may still do. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u
#define STRANGER 4242
#define FRIEND 4243

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static gid_t gid;

static void begin(bool activated, const char *option)
{
    struct group *group = getgrnam("users");

    daemon_begin();
    ck_assert_ptr_nonnull(group); /* of every distribution's base */
    gid = group->gr_gid;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    if (activated)
        daemon_start_activated(&d, "--group=users", option, NULL);
    else
        daemon_start(&d, "--group=users", option, NULL);
}

static void end(void)
{
    net_close(&pair);
    daemon_end(&d);
}

/* The link's answer to ENABLE, negated: an exit status. */
static int enable(void *arg)
{
    struct te_collector_link *lnk;
    struct te_collector_view view;
    uint32_t slot;
    int status;

    if (kit_link_new(&lnk))
        return 98;
    status = kit_link_enable(lnk, arg ? arg : &s, DATA, &view, &slot);
    te_collector_link_free(lnk);
    return -status;
}

START_TEST(the_group_is_let_in_and_others_are_not)
{
    gid_t groups[2] = {50, 0};

    begin(false, NULL);
    groups[1] = gid;
    ck_assert_int_eq(as_user(STRANGER, STRANGER, NULL, 0, enable, NULL), EPERM);
    ck_assert_int_eq(as_user(STRANGER, STRANGER, groups, 1, enable, NULL), EPERM);
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, enable, NULL), 0);
    ck_assert_int_eq(as_user(FRIEND, FRIEND, groups, 2, enable, NULL), 0);
    ck_assert_int_eq(enable(NULL), 0);
    end();
}
END_TEST

START_TEST(where_all_can_connect_others_are_told_that_they_may_not)
{
    gid_t groups[300];

    begin(true, NULL);
    ck_assert_int_eq(chmod(d.socket, 0666), 0);
    ck_assert_int_eq(as_user(STRANGER, STRANGER, NULL, 0, enable, NULL), EPERM);
    for (unsigned i = 0; i < 300; i++)
        groups[i] = 10000 + i;
    ck_assert_int_eq(as_user(STRANGER, STRANGER, groups, 300, enable, NULL), EPERM);
    groups[299] = gid;
    ck_assert_int_eq(as_user(FRIEND, FRIEND, groups, 300, enable, NULL), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    end();
}
END_TEST

/* How often the answer is neither a refusal nor one that a very busy machine explains. */
static int ask_often(void *arg)
{
    struct te_collector_view view;
    uint32_t slot;
    int others = 0;

    (void)arg;
    for (int i = 0; i < 300; i++) {
        struct te_collector_link *lnk;
        int status;

        if (kit_link_new(&lnk))
            return 98;
        status = te_collector_enable(lnk, &s, DATA, &view, &slot, NULL);
        others += status != -EPERM && status != -ETIMEDOUT && status != -ENOSPC;
        te_collector_link_free(lnk);
    }
    return others;
}

/* The daemon may have refused and gone between two requests that are sent at once. */
START_TEST(a_refusal_is_never_taken_for_nobody_there)
{
    begin(true, NULL);
    ck_assert_int_eq(chmod(d.socket, 0666), 0);
    ck_assert_int_eq(as_user(STRANGER, STRANGER, NULL, 0, ask_often, NULL), 0);
    end();
}
END_TEST

START_TEST(users_have_classes_of_their_own)
{
    struct te_collector_link *lnk;
    struct te_collector_view view;
    struct te_collector_record r;
    uint32_t slot, changes;

    begin(false, NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA | PATH, &view, &slot), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    changes = r.head.changes;
    /* Once more: a look, but no change. */
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA | PATH, &view, &slot), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    ck_assert_uint_eq(r.head.changes, changes);
    /* Collected already, but new to this user, whose other processes must notice. */
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, enable, NULL), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    ck_assert_uint_ne(r.head.changes, changes);
    ck_assert_int_eq(kit_link_disable(lnk, &s, DATA | PATH), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    ck_assert_uint_eq(r.head.enabled & ~1u, DATA);
    te_collector_link_free(lnk);
    end();
}
END_TEST

static struct te_snapshot several[3];

/* How many of the three are enabled; what the last one's answer was is added as a hundred. */
static int enable_three(void *arg)
{
    int count = 0, status = 0;

    (void)arg;
    for (int i = 0; i < 3; i++) {
        status = enable(&several[i]);
        count += status == 0;
    }
    return status == ENOSPC ? 100 + count : count;
}

START_TEST(a_user_has_a_quota_and_root_has_none)
{
    struct net_pair second;

    begin(false, "--quota=2");
    net_connect(&second, &(struct net_options){.to = "127.0.0.1"});
    several[0] = s;
    several[1] = snapshot_of(&pair.server_tuple);
    several[2] = snapshot_of(&second.client_tuple);
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, enable_three, NULL), 102);
    ck_assert_uint_eq(daemon_status(&d).in_use, 2);
    ck_assert_int_eq(as_user(FRIEND + 1, gid, NULL, 0, enable_three, NULL), 102);
    ck_assert_int_eq(enable_three(NULL), 3);
    net_close(&second);
    end();
}
END_TEST

/* How many are served; all others have to be told why not. */
static int connect_times(unsigned times)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    struct te_collector_answer answer;
    int count = 0;

    for (unsigned i = 0; i < times; i++) {
        int fd = raw_connect(&d);

        if (fd < 0)
            return 90;
        raw_send(fd, &request, sizeof(request), NULL, 0);
        if (raw_receive(fd, &answer, NULL) != 1)
            return 91;
        if (answer.error && (answer.call != TE_COLLECTOR_REFUSED || answer.error != -ENOSPC))
            return 92;
        count += !answer.error;
    }
    return count;
}

static int connect_many(void *arg)
{
    (void)arg;
    return connect_times(10);
}

START_TEST(a_user_has_so_many_connections_and_no_more)
{
    int fd;

    begin(false, "--clients=3");
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, connect_many, NULL), 3);
    /* That was his, not others'; and his end with him. */
    ck_assert_int_eq(as_user(FRIEND + 1, gid, NULL, 0, connect_many, NULL), 3);
    fd = raw_hello(&d);
    AWAIT(daemon_status(&d).clients == 2);
    close(fd);
    end();
}
END_TEST

/* --- ids that are somebody's --- */

/* What /etc/subuid says, for the daemon and nobody else. */
static void lend(const char *text)
{
    char path[] = "/tmp/tcpestatsd-subuid-XXXXXX";
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(fchmod(file, 0644), 0);
    close(file);
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    net_run("test -e /etc/subuid || touch /etc/subuid");
    ck_assert_int_eq(mount(path, "/etc/subuid", NULL, MS_BIND, NULL), 0);
    unlink(path);
}

/* Connects as this user so many times, which stays so until the end of the test. */
static int hold_up_to(uid_t uid, unsigned most)
{
    int ready[2], got;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    fflush(NULL);
    pid = suite_fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setgroups(1, &gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
            _exit(1);
        got = connect_times(most);
        if (write(ready[1], &got, sizeof(got)) == sizeof(got))
            pause();
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &got, sizeof(got)), sizeof(got));
    close(ready[0]);
    return got;
}

static int hold(uid_t uid)
{
    return hold_up_to(uid, 10);
}

START_TEST(ids_that_are_lent_to_a_user_share_what_is_his)
{
    lend("4243:200000:65536\nnobody-of-that-name:300000:65536\nroot:400000:65536\nrubbish\n");
    begin(false, "--clients=3");
    ck_assert_int_eq(hold(200000), 3);
    ck_assert_int_eq(hold(200001), 0);
    ck_assert_int_eq(hold(265535), 0);
    ck_assert_int_eq(hold(FRIEND), 0);
    ck_assert_int_eq(hold(265536), 3); /* the next id is nobody's */
    ck_assert_int_eq(hold(300000), 3);
    ck_assert_int_eq(hold(300001), 3);
    /* Root's are one account, too, but root is another. */
    ck_assert_int_eq(hold(400000), 3);
    ck_assert_int_eq(hold(400001), 0);
    ck_assert_int_eq(connect_many(NULL), 10);
    end();
}
END_TEST

START_TEST(many_users_shut_nobody_out)
{
    begin(false, NULL);
    /* More than there are connections: each takes all that it can get. */
    for (uid_t uid = 5000; uid < 5040; uid++)
        ck_assert_int_gt(hold_up_to(uid, 64), 0);
    ck_assert_int_gt(hold_up_to(6000, 4), 0);
    ck_assert_int_eq(connect_many(NULL), 10);
    ck_assert_uint_lt(daemon_status(&d).clients, 1024 - 10);
    end();
}
END_TEST

#define MANY 40

static struct te_snapshot crowd[MANY];

/* How many of the first ones can be enabled. */
static int enable_crowd(void *arg)
{
    struct te_collector_request request;
    struct te_collector_answer answer;
    unsigned most = *(const unsigned *)arg;
    int count = 0, fd = raw_connect(&d), error;

    for (unsigned i = 0; fd >= 0 && i < most; i++) {
        request = raw_enable(&crowd[i], DATA);
        error = raw_ask(fd, &request, &answer);
        if (error && error != -ENOSPC)
            return 99;
        count += !error;
    }
    return count;
}

START_TEST(a_full_table_has_room_for_those_who_have_none)
{
    unsigned all = MANY, one = 1, i;
    struct net_pair others[MANY];

    begin(false, "--records=32");
    for (i = 0; i < MANY; i++) {
        net_connect(&others[i], &(struct net_options){.to = "127.0.0.1"});
        crowd[i] = snapshot_of(&others[i].client_tuple);
    }
    /* Half of what is not root's: then there is no more left for others than he has. */
    ck_assert_int_eq(as_user(5000, gid, NULL, 0, enable_crowd, &all), 15);
    /* Others can have what has a record, and somebody who has none yet can have another. */
    ck_assert_int_eq(as_user(5001, gid, NULL, 0, enable_crowd, &all), 15);
    crowd[0] = s;
    ck_assert_int_eq(as_user(5002, gid, NULL, 0, enable_crowd, &one), 1);
    ck_assert_uint_lt(daemon_status(&d).in_use, 30);
    /* Root has the last ones, too. */
    enable_crowd(&all);
    ck_assert_uint_eq(daemon_status(&d).in_use, 32);
    for (i = 0; i < MANY; i++)
        net_close(&others[i]);
    end();
}
END_TEST

/* Who is told where sequence numbers start: 0 nobody, else 1. */
static int is_told(void *arg)
{
    struct te_collector_request request = raw_enable(&s, DATA);
    struct te_collector_answer answer;
    int fd = raw_connect(&d);

    (void)arg;
    if (fd < 0 || raw_ask(fd, &request, &answer))
        return 99;
    close(fd);
    if (!answer.starts.known)
        return answer.starts.snd || answer.starts.rcv ? 98 : 0;
    return answer.starts.snd && answer.starts.rcv ? 1 : 97;
}

START_TEST(sequence_numbers_are_their_users_and_roots)
{
    begin(false, NULL);
    ck_assert_int_eq(is_told(NULL), 1);
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, is_told, NULL), 0);
    ck_assert_int_eq(fchown(pair.client, FRIEND, (gid_t)-1), 0);
    ck_assert_int_eq(as_user(FRIEND, gid, NULL, 0, is_told, NULL), 1);
    ck_assert_int_eq(as_user(FRIEND + 1, gid, NULL, 0, is_told, NULL), 0);
    ck_assert_int_eq(is_told(NULL), 1);
    end();
}
END_TEST

static unsigned long long status_line(const char *name, int base)
{
    char path[64], line[256], *value = NULL;
    unsigned long long number = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)d.pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (!value && fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = line + strlen(name);
    ck_assert_ptr_nonnull(value);
    number = strtoull(value, NULL, base);
    fclose(file);
    return number;
}

/* The stand-in for the programs keeps CAP_SYS_ADMIN and CAP_NET_ADMIN; the real ones keep less. */
START_TEST(the_daemon_keeps_what_it_needs_and_nothing_else)
{
    const unsigned long long most = 1ull << 21 | 1ull << 12 | 1ull << 39 | 1ull << 38;

    begin(false, NULL);
    ck_assert_uint_ne(status_line("Uid:", 10), 0);
    ck_assert_uint_ne(status_line("Gid:", 10), 0);
    ck_assert_uint_eq(status_line("CapPrm:", 16) & ~most, 0);
    ck_assert_uint_eq(status_line("CapEff:", 16) & ~most, 0);
    ck_assert_uint_eq(status_line("CapBnd:", 16) & ~most, 0);
    ck_assert_uint_eq(status_line("CapAmb:", 16), 0);
    ck_assert_uint_eq(status_line("CapInh:", 16), 0);
    ck_assert_uint_eq(status_line("NoNewPrivs:", 10), 1);
    end();
}
END_TEST

SUITE("collector-trust", 300, the_group_is_let_in_and_others_are_not,
      where_all_can_connect_others_are_told_that_they_may_not,
      a_refusal_is_never_taken_for_nobody_there, users_have_classes_of_their_own,
      a_user_has_a_quota_and_root_has_none, a_user_has_so_many_connections_and_no_more,
      ids_that_are_lent_to_a_user_share_what_is_his, many_users_shut_nobody_out,
      a_full_table_has_room_for_those_who_have_none, sequence_numbers_are_their_users_and_roots,
      the_daemon_keeps_what_it_needs_and_nothing_else)
