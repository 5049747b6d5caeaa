/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "raw.h"

/* A Windows program that times itself: argv to which the connection's four members are added. It
 * shares its state directory with nobody else, us included. */
struct command {
    const char *label;
    char *const *argv;
};

struct setup {
    const char *dir;  /* for state directories */
    const char *tool; /* tcpestats */
    const struct command *commands;
    unsigned count;
};

/* Each makes its own connections, and fills a part of the table. */
void measure_memory(const struct setup *setup);
void measure_one(const struct setup *setup);
void measure_polling(const struct setup *setup, const char *what);
void measure_all(const struct setup *setup);
void measure_recording(const struct setup *setup);

/* A Get and polling again, with a collector that is started for it. */
void measure_collector(const struct setup *setup, const char *program);

/* A Get of Path of one connection: by the host, and by each Windows program. */
void measure_get(const struct setup *setup, const char *what, struct ports ports, double goal);
void measure_get_windows(const struct setup *setup, const char *what, struct ports ports,
                         double goal);

#endif
