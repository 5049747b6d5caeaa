/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pppd's record of a link: whose is believed. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "net.h"
#include "since.h"
#include "scratch.h"

#define HOUR_NS UINT64_C(3600000000000)

/* A process of that name. */
static pid_t pretend(const char *comm, bool elsewhere)
{
    int ready[2];
    char byte = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = suite_fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, comm);
        if (elsewhere && !net_enter())
            byte = 1;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(1);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    if (byte) {
        kill(pid, SIGKILL);
        kit_wait(pid);
        return 0;
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    kit_wait(pid);
}

/* Writes a pid file, as it would be after the wall clock was set forward by so much. */
static void write_record(const char *dir, const char *text, uint64_t forward_ns)
{
    struct timespec now, times[2];
    uint64_t then;
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/ppp0.pid", dir);
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    clock_gettime(CLOCK_REALTIME, &now);
    then = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - forward_ns;
    times[0].tv_sec = times[1].tv_sec = (time_t)(then / 1000000000);
    times[0].tv_nsec = times[1].tv_nsec = (long)(then % 1000000000);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* For how long a process runs, in ns, at most so. */
static uint64_t running_ns(uint64_t since)
{
    return lk_now() - since + 20000000; /* the kernel tells it in hundredths of a second */
}

static void write_pid(const char *dir, pid_t pid, uint64_t forward_ns)
{
    char text[32];

    snprintf(text, sizeof(text), "%d\n", (int)pid);
    write_record(dir, text, forward_ns);
}

START_TEST(a_running_pppds_record_says_how_old_the_link_is)
{
    const char *dir = kit_fresh();
    uint64_t age = 1, started = lk_now(), written;
    pid_t pid = pretend("pppd", false);

    usleep(300000);
    written = lk_now();
    write_pid(dir, pid, 0);
    usleep(200000);
    ck_assert(lk_pppd_age(dir, "ppp0", &age));
    ck_assert_uint_ge(age, 200000000 - 10000000);
    ck_assert_uint_le(age, lk_now() - written + 10000000); /* coarse times of files */
    ck_assert_uint_lt(age, lk_now() - started - 200000000);
    ck_assert(!lk_pppd_age(dir, "ppp1", &age));
    end(pid);
    ck_assert(!lk_pppd_age(dir, "ppp0", &age)); /* it is dead */
}
END_TEST

START_TEST(a_clock_set_forward_makes_no_link_older_than_its_pppd)
{
    static const uint64_t forward[] = {HOUR_NS, 1000 * HOUR_NS, 480000 * HOUR_NS};
    const char *dir = kit_fresh();
    uint64_t age, started = lk_now();
    pid_t pid = pretend("pppd", false);

    for (size_t i = 0; i < sizeof(forward) / sizeof(forward[0]); i++) {
        write_pid(dir, pid, forward[i]);
        ck_assert(lk_pppd_age(dir, "ppp0", &age));
        ck_assert_uint_le(age, running_ns(started));
    }
    end(pid);
}
END_TEST

START_TEST(another_programs_record_is_not_believed)
{
    const char *dir = kit_fresh();
    uint64_t age;
    pid_t pid = pretend("sleep", false);

    write_pid(dir, pid, 0);
    ck_assert(!lk_pppd_age(dir, "ppp0", &age));
    end(pid);
}
END_TEST

START_TEST(a_pppd_of_another_namespace_is_not_believed)
{
    const char *dir = kit_fresh();
    uint64_t age;
    pid_t pid = pretend("pppd", true);

    if (!pid)
        return;
    write_pid(dir, pid, 0);
    ck_assert(!lk_pppd_age(dir, "ppp0", &age));
    end(pid);
}
END_TEST

START_TEST(nonsense_is_no_record)
{
    static const char *const texts[] = {"",  "\n", "pppd", "-1", "0", "1", "99999999999999999999",
                                        "  "};
    const char *dir = kit_fresh();
    uint64_t age;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_record(dir, texts[i], 0);
        ck_assert_msg(!lk_pppd_age(dir, "ppp0", &age), "'%s'", texts[i]);
    }
}
END_TEST

START_TEST(a_clock_set_back_makes_no_link_older_than_time)
{
    const char *dir = kit_fresh();
    uint64_t age = 7;
    pid_t pid = pretend("pppd", false);

    write_pid(dir, pid, -HOUR_NS);
    ck_assert(lk_pppd_age(dir, "ppp0", &age));
    ck_assert_uint_eq(age, 0);
    end(pid);
}
END_TEST

SUITE("since when", 20, a_running_pppds_record_says_how_old_the_link_is,
      a_clock_set_forward_makes_no_link_older_than_its_pppd,
      another_programs_record_is_not_believed, a_pppd_of_another_namespace_is_not_believed,
      nonsense_is_no_record, a_clock_set_back_makes_no_link_older_than_time)
