/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

/* Each makes its own connections and state directory below dir, and fills a part of the table. */
void measure_get(const char *dir);
void measure_threads(const char *dir);
void measure_scale(const char *dir);

/*
 * A Windows program that times itself: argv to which the connection's four members are added. It
 * shares its state directory with nobody else, us included.
 */
struct command {
    const char *label;
    char *const *argv;
};
void measure_windows(const char *dir, const struct command *command);

/* The same with a collector, which is started for it: a program and the Windows programs. */
void measure_collector(const char *dir, const char *program, const struct command *commands,
                       unsigned count);

#endif
