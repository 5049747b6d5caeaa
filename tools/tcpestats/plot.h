/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats plot: a recording made into a course of numbers for each connection, and the ways to
 * draw it. Functions that return int return an exit code and have filled failure unless it is
 * TOOL_OK.
 */
#ifndef PLOT_H
#define PLOT_H

#include "backend.h"
#include "verdict.h"
#include "watch.h"

/* What was seen during one stretch of time. Numbers that are not known are NAN. */
struct stretch {
    double seconds;             /* that readings cover; 0: there was none */
    double bytes_out, bytes_in; /* in that time */
    double retransmitted;       /* segments in that time */
    double limit_ms[LIMITS];
    double rtt_us, least_rtt_us; /* the last ones */
    double cwnd, in_flight;      /* bytes, the largest ones */
};

/* As many as a picture has room for; where more time comes, each gets twice as much of it. */
#define STRETCHES_MAX 400

struct course {
    struct conn conn;
    double begin, end; /* seconds since the recording began */
    double width;      /* seconds of each stretch; the first one begins with the recording */
    struct stretch *stretches;
    size_t count;
    struct stretch all; /* all of it as one stretch */
    bool approximate;   /* who held it back, see watch.h */
    /* Of the reading before. */
    uint64_t time_ns;
    struct maybe bytes_out, bytes_in, segments_out, retrans, limit_ms[LIMITS];
    double segments; /* with data, sent in all that time */
    struct evidence evidence;
};

struct courses {
    struct course **items; /* after courses_read() the busiest first */
    size_t count, room;
    double end;          /* of the recording, in seconds */
    uint64_t started_ns; /* since 1970 */
};

/* Plays the recording that is open to its end. Free in any case. */
int courses_read(struct courses *courses, const struct tool *tool, struct failure *failure);
void courses_free(struct courses *courses);

/* Has it sent more than it has received? What held it back as a sender is of interest then. */
bool course_is_sender(const struct course *course);

/* Per cent of the time that something held it back; NAN: nothing is known. */
double stretch_share(const struct stretch *stretch, unsigned limit);

/* "12.3 MB", "4.6 Mbit/s" */
#define AMOUNT_MAX 32
void format_size(double bytes, char text[AMOUNT_MAX]);
void format_bits(double bytes_per_second, char text[AMOUNT_MAX]);

/* What was sent, received and sent again, in a line. */
#define COURSE_LINE_MAX 200
void course_line(const struct course *course, char text[COURSE_LINE_MAX]);

/* A few lines of text for a terminal so wide. */
void plot_text(const struct courses *courses, const struct course *course, size_t columns);

struct picture {
    char *bytes;
    size_t size;
};

/* Has gnuplot draw it, as "svg" or "png". Free bytes. */
int plot_picture(const struct courses *courses, const struct course *course, const char *kind,
                 struct picture *picture, struct failure *failure);

/* One page with everything in it. */
int plot_html(const struct courses *courses, const char *file, struct picture *page,
              struct failure *failure);

/*
 * run-linux.c, run-windows.c: a directory of our own for a moment, and a program that is run with
 * files of it for its input, output and errors, found as the shell finds it. (Not in it: what Wine
 * starts of the host's is elsewhere.)
 */
struct run {
    char directory[1024];
};

int run_begin(struct run *run, struct failure *failure);
/* name: of a file in it. */
void run_path(const struct run *run, const char *name, char path[1200]);
/* *status: what it ended with. */
int run_program(const struct run *run, const char *program, const char *const files[3], int *status,
                struct failure *failure);
/* Takes the directory away with these files in it; NULL ends them. */
void run_end(struct run *run, const char *const *names);

#endif
