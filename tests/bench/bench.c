/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * estats-bench TABLE TCPESTATS [--win64 COMMAND...] [--win32 COMMAND...]: ratios against the raw
 * kernel interface, all from one run. Everything lives in a directory and a network namespace of
 * its own; tests/bench/bench.sh sets the Windows side up. TCPESTATS is the command; the
 * environment's TCPESTATSD the collector, to be measured with it, too.
 */
#include "measure.h"
#include "table.h"

#include <err.h>
#include <ftw.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char dir[256];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void clean_up(void)
{
    if (getpid() == owner)
        nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void loopback_up(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) != 0)
        err(1, "lo");
    close(s);
}

static const struct {
    const char *option, *label;
} windows[] = {{"--win64", "Windows, 64-bit"}, {"--win32", "Windows, 32-bit"}};

static const char *windows_label(const char *arg)
{
    for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
        if (strcmp(arg, windows[i].option) == 0)
            return windows[i].label;
    return NULL;
}

/* Each option is followed by a command, up to the next option. */
static unsigned find_commands(char **argv, struct command commands[static 2])
{
    unsigned count = 0;
    const char *label, *next = *argv ? windows_label(*argv) : NULL;

    while ((label = next)) {
        char **command = ++argv;

        while (*argv && !windows_label(*argv))
            argv++;
        next = *argv ? windows_label(*argv) : NULL;
        *argv = NULL;
        if (count < 2)
            commands[count++] = (struct command){label, command};
    }
    return count;
}

int main(int argc, char **argv)
{
    const char *collector = getenv("TCPESTATSD"), *tmp = getenv("TMPDIR");
    struct command commands[2];
    struct setup setup = {.dir = dir, .commands = commands};

    if (argc < 3)
        errx(2, "usage: estats-bench TABLE TCPESTATS [--win64 COMMAND...] [--win32 COMMAND...]");
    loopback_up();
    owner = getpid();
    snprintf(dir, sizeof(dir), "%s/estats-bench.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        err(1, "%s", dir);
    atexit(clean_up);
    setup.tool = argv[2];
    setup.count = find_commands(argv + 3, commands);

    /* What is measured first is what it costs without a collector. */
    setenv("TCPESTATS_COLLECTOR", "", 1);
    table_open(argv[1]);
    table_heading("What it takes");
    measure_memory(&setup);
    measure_one(&setup);
    measure_polling(&setup, "polling 5,000, 4 classes each");
    measure_all(&setup);
    measure_recording(&setup);
    if (collector)
        measure_collector(&setup, collector);
    table_note("%u goals missed, %u straddled", table_missed(), table_straddled());
    table_close();
    return 0;
}
