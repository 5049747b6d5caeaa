/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With a collector: a Get that makes no system call, and polling. */
#include "asking.h"
#include "conns.h"
#include "measure.h"
#include "table.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

static pid_t collector;

static void run_collector(const char *program, const char *socket)
{
    char option[160];
    int null = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(option, sizeof(option), "--socket=%s", socket);
    dup2(null, 1);
    dup2(null, 2);
    execl(program, program, option, "--records=8192", "--quota=8192", NULL);
    _exit(127);
}

static bool is_present(const char *dir)
{
    struct tcpestats_collector status = {.size = sizeof(status)};
    struct tcpestats *handle = asking_open(dir);
    bool present = !tcpestats_collector(handle, &status) &&
                   status.state == TCPESTATS_COLLECTOR_PRESENT;

    tcpestats_close(handle);
    return present;
}

static void stop(void)
{
    kill(collector, SIGTERM);
    waitpid(collector, NULL, 0);
    setenv("TCPESTATS_COLLECTOR", "", 1);
}

/* Handles that are opened from now on find it. */
static bool start(const char *dir, const char *program)
{
    char socket[128];

    snprintf(socket, sizeof(socket), "%s/collector", dir);
    collector = fork();
    if (collector < 0)
        err(1, "fork");
    if (collector == 0)
        run_collector(program, socket);
    setenv("TCPESTATS_COLLECTOR", socket, 1);
    for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
        if (is_present(dir))
            return true;
        usleep(50000);
    }
    stop();
    return false;
}

void measure_collector(const struct setup *setup, const char *program)
{
    struct conns busy;

    if (!start(setup->dir, program)) {
        table_note("SKIP: %s does not run here", program);
        return;
    }
    conns_open_busy(&busy);
    measure_get(setup, "a Get, busy connection, with the collector", busy.ports[0], 0.1);
    measure_get_windows(setup, "a Get, with the collector", busy.ports[0], 0.15);
    conns_close(&busy);
    measure_polling(setup, "polling 5,000, with the collector");
    stop();
}
