/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture, by gnuplot: four panels above each other with one axis of time. The colours are
 * Okabe and Ito's, which people tell apart who cannot tell red from green.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conns.h"
#include "plot.h"
#include "stream.h"

#define SCRIPT "plot.gp"
#define PICTURE "picture"

/* Readable where the picture is 800 pixels wide, which it is. */
#define WIDTH 800
#define HEIGHT 860

#define BLUE "#0072B2"
#define SKY "#56B4E9"
#define ORANGE "#E69F00"
#define GREEN "#009E73"
#define RED "#D55E00"
#define GREY "#999999"

struct script {
    char *text;
    size_t size, room;
    bool failed;
};

static void add(struct script *s, const char *fmt, ...) TOOL_PRINTF(2, 3);

static void add(struct script *s, const char *fmt, ...)
{
    va_list args, again;
    int length;

    va_start(args, fmt);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, fmt, args);
    if (length >= 0 && s->size + (size_t)length + 1 > s->room) {
        size_t room = 2 * (s->size + (size_t)length + 1);
        char *grown = realloc(s->text, room);

        s->failed |= !grown;
        if (grown) {
            s->text = grown;
            s->room = room;
        }
    }
    if (length >= 0 && !s->failed) {
        vsnprintf(s->text + s->size, s->room - s->size, fmt, again);
        s->size += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

static void add_number(struct script *s, double number)
{
    if (isnan(number))
        add(s, " NaN");
    else
        add(s, " %.6g", number);
}

/* What a panel's numbers are divided by, so that they are short. */
struct scale {
    double by;
    const char *unit;
};

static struct scale scale_for(double most, const struct scale *scales, size_t count)
{
    size_t i = 0;

    while (i + 1 < count && most >= scales[i + 1].by)
        i++;
    return scales[i];
}

struct drawing {
    const struct courses *courses;
    const struct course *course;
    struct scale rate, time, window;
    double most_rate, most_time, most_window; /* in these */
    bool sends, receives;                     /* enough to be drawn */
    bool has_window, has_limits, has_marks;
};

static void measure(struct drawing *d)
{
    static const struct scale rates[] = {
        {1, "bit/s"}, {1e3, "kbit/s"}, {1e6, "Mbit/s"}, {1e9, "Gbit/s"}};
    static const struct scale times[] = {{1, "µs"}, {1e3, "ms"}, {1e6, "s"}};
    static const struct scale windows[] = {{1, "bytes"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}};
    double rate = 0, rtt = 0, window = 0;

    for (size_t i = 0; i < d->course->count; i++) {
        const struct stretch *s = &d->course->stretches[i];

        if (s->seconds > 0)
            rate = fmax(rate, 8 * fmax(s->bytes_out, s->bytes_in) / s->seconds);
        rtt = fmax(rtt, s->rtt_us);
        window = fmax(window, fmax(s->cwnd, s->in_flight));
        d->has_marks |= s->retransmitted > 0;
        d->has_window |= !isnan(s->cwnd);
        d->has_limits |= !isnan(stretch_share(s, 0));
    }
    d->rate = scale_for(rate, rates, 4);
    d->time = scale_for(rtt, times, 3);
    d->window = scale_for(window, windows, 4);
    d->most_rate = rate / d->rate.by;
    d->most_time = rtt / d->time.by;
    d->most_window = window / d->window.by;
    d->sends = d->course->all.bytes_out * 100 >= d->course->all.bytes_in;
    d->receives = d->course->all.bytes_in * 100 >= d->course->all.bytes_out;
    d->has_window &= course_is_sender(d->course);
    d->has_limits &= course_is_sender(d->course);
}

/*
 * time, rate out, rate in, round trip, its least, congestion window, in flight, mark, and where the
 * areas of receiver, path and sender end, in per cent.
 */
static void add_data(struct script *s, const struct drawing *d)
{
    add(s, "$data << END\n");
    for (size_t i = 0; i < d->course->count; i++) {
        const struct stretch *t = &d->course->stretches[i];
        double receiver = stretch_share(t, LIMIT_RECEIVER), path = stretch_share(t, LIMIT_PATH);
        double rate = t->seconds > 0 ? 8 / t->seconds / d->rate.by : NAN;

        if (t->seconds <= 0 && isnan(t->cwnd))
            continue;
        add_number(s, ((double)i + 0.5) * d->course->width);
        add_number(s, t->bytes_out * rate);
        add_number(s, t->bytes_in * rate);
        add_number(s, t->rtt_us / d->time.by);
        add_number(s, t->least_rtt_us / d->time.by);
        add_number(s, t->cwnd / d->window.by);
        add_number(s, t->in_flight / d->window.by);
        add_number(s, t->retransmitted > 0 ? t->cwnd / d->window.by : NAN);
        add_number(s, receiver);
        add_number(s, receiver + path);
        add_number(s, isnan(receiver) ? NAN : 100);
        add(s, "\n");
    }
    add(s, "END\n");
}

/* Where the next panel stands, as parts of the whole height. */
static void add_panel(struct script *s, double top, double bottom, const char *title,
                      const char *unit, double most)
{
    /* gnuplot finds no range where there is no number. */
    add(s, "set yrange [0:%.6g]\n", most > 0 ? most * 1.08 : 1.0);
    add(s, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n", top, bottom);
    add(s, "set label 1 '%s%s%s%s' at graph 0, screen %.4f left noenhanced\n", title,
        unit ? " (" : "", unit ? unit : "", unit ? ")" : "", top + 0.017);
    add(s, "set key at graph 1, screen %.4f right center horizontal\n", top + 0.017);
}

static void add_rate(struct script *s, const struct drawing *d, double top, double bottom)
{
    add_panel(s, top, bottom, "Rate", d->rate.unit, d->most_rate);
    add(s, "plot");
    if (d->sends)
        add(s, " $data using 1:2 with lines lw 2 lc rgb '" BLUE "' title 'sent'");
    if (d->receives)
        add(s, "%s $data using 1:3 with lines lw 2 lc rgb '" ORANGE "' title 'received'",
            d->sends ? "," : "");
    add(s, "\n");
}

static void add_window(struct script *s, const struct drawing *d, double top, double bottom)
{
    add_panel(s, top, bottom, "Congestion window", d->window.unit, d->most_window);
    add(s, "plot $data using 1:7 with filledcurves y1=0 fc rgb '" SKY
           "' fs solid 0.45 noborder title 'in flight', "
           "$data using 1:6 with lines lw 2 lc rgb '" BLUE "' title 'window'");
    if (d->has_marks)
        add(s, ", $data using 1:8 with points pt 7 ps 0.7 lc rgb '" RED "' title 'retransmitted'");
    add(s, "\n");
}

static void add_limits(struct script *s, const struct drawing *d, double top, double bottom)
{
    add_panel(s, top, bottom,
              d->course->approximate ? "Held back by (approximately)" : "Held back by", NULL, 100);
    add(s, "set yrange [0:100]\nset ytics 0, 50, 100 format '%%g %%%%'\nunset grid\n"
           "plot $data using 1:(0):9 with filledcurves fc rgb '" GREEN
           "' fs solid 1 noborder title 'receiver', "
           "$data using 1:9:10 with filledcurves fc rgb '" ORANGE
           "' fs solid 1 noborder title 'path', "
           "$data using 1:10:11 with filledcurves fc rgb '" GREY
           "' fs solid 0.5 noborder title 'sender'\n");
}

static void add_head(struct script *s, const struct drawing *d, const char *kind)
{
    char label[CONN_LABEL_MAX], line[COURSE_LINE_MAX], when[64] = "";
    time_t started = (time_t)(d->courses->started_ns / 1000000000);
    const struct tm *parts = gmtime(&started);

    if (parts)
        strftime(when, sizeof(when), " since %Y-%m-%d %H:%M:%S UTC", parts);
    conn_label(&d->course->conn, label);
    /* Our own script is text in quotes. */
    for (char *c = label; *c; c++)
        if (*c == '\'')
            *c = '?';
    course_line(d->course, line);
    if (!strcmp(kind, "png"))
        add(s, "set terminal pngcairo size %d,%d font 'sans,10' background rgb 'white'\n", WIDTH,
            HEIGHT);
    else
        add(s,
            "set terminal svg size %d,%d font 'DejaVu Sans,sans-serif,12' background rgb "
            "'white'\n",
            WIDTH, HEIGHT);
    add(s, "set encoding utf8\n");
    add_data(s, d);
    add(s, "set multiplot\nset lmargin at screen 0.085\nset rmargin at screen 0.975\n");
    add(s, "set label 8 '%s' at screen 0.02, screen 0.978 left noenhanced font ',%d'\n", label,
        !strcmp(kind, "png") ? 12 : 15);
    add(s, "set label 9 '%s' at screen 0.02, screen 0.953 left noenhanced\n", line);
    add(s,
        "set xrange [0:%g]\nset grid lc rgb '#dddddd' lt 1\n"
        "set tics nomirror out\nset border 3 lc rgb '#666666'\nset key samplen 1.5\n"
        "set xtics format ''\n",
        d->courses->end > 0 ? d->courses->end : 1.0);
    add(s, "time_title = 'seconds%s'\n", when);
}

/* The last one has the numbers and the words below its axis. */
static void add_time_axis(struct script *s)
{
    add(s, "set xtics format '%%g'\nset xlabel time_title offset 0, 0.3\n");
}

static void write_script(struct script *s, const struct drawing *d, const char *kind)
{
    double top = 0.9, bottom = 0.065, gap = 0.05;
    double limits = d->has_limits ? 0.1 : 0, window = d->has_window ? 1 : 0;
    double unit = top - bottom - (d->has_limits ? gap + limits : 0) - gap - (window > 0 ? gap : 0);

    unit /= 2 + window;
    add_head(s, d, kind);
    add_rate(s, d, top, top - unit);
    /* The titles above belong to the first panel only. */
    add(s, "unset label 8\nunset label 9\n");
    top -= unit + gap;
    if (!d->has_window && !d->has_limits)
        add_time_axis(s);
    add_panel(s, top, top - unit, "Round trip", d->time.unit, d->most_time);
    add(s, "plot $data using 1:4 with lines lw 2 lc rgb '" BLUE "' title 'smoothed', "
           "$data using 1:5 with lines lw 2 dt 2 lc rgb '" RED "' title 'least'\n");
    top -= unit + gap;
    if (d->has_window) {
        if (!d->has_limits)
            add_time_axis(s);
        add_window(s, d, top, top - unit);
        top -= unit + gap;
    }
    if (d->has_limits) {
        add_time_axis(s);
        add_limits(s, d, top, top - limits);
    }
    add(s, "unset multiplot\n");
}

/* A whole file. */
static int read_file(const char *path, struct picture *picture, struct failure *failure)
{
    FILE *in = fopen(path, "rb");
    long size = -1;

    *picture = (struct picture){NULL, 0};
    if (in && !fseek(in, 0, SEEK_END))
        size = ftell(in);
    if (size > 0 && !fseek(in, 0, SEEK_SET))
        picture->bytes = malloc((size_t)size + 1);
    if (picture->bytes)
        picture->size = fread(picture->bytes, 1, (size_t)size, in);
    if (in)
        fclose(in);
    if (!picture->size) {
        free(picture->bytes);
        picture->bytes = NULL;
        return fail_with(failure, TOOL_OTHER, "there is no picture");
    }
    picture->bytes[picture->size] = 0;
    return TOOL_OK;
}

static int fail_gnuplot(const struct run *run, struct failure *failure)
{
    struct picture log;
    struct failure ignored;
    char path[1200];
    const char *said;

    run_path(run, "log", path);
    if (read_file(path, &log, &ignored))
        return fail_with(failure, TOOL_OTHER, "gnuplot draws no picture");
    /* It shows the line and points at a place in it before it says what is wrong there. */
    said = strstr(log.bytes, "line ");
    fail_with(failure, TOOL_OTHER, "gnuplot draws no picture: %.300s", said ? said : log.bytes);
    free(log.bytes);
    failure->text[strcspn(failure->text, "\r\n")] = 0;
    return failure->code;
}

static int run_gnuplot(const struct script *s, struct picture *picture, struct failure *failure)
{
    static const char *const names[] = {SCRIPT, PICTURE, "log", NULL}; /* its three files */
    char path[1200];
    struct run run;
    FILE *out;
    int status = 0, code;

    if (run_begin(&run, failure))
        return failure->code;
    run_path(&run, SCRIPT, path);
    out = fopen(path, "wb");
    code = TOOL_OK;
    if (!out || fwrite(s->text, 1, s->size, out) != s->size)
        code = fail_with(failure, TOOL_OTHER, "cannot write '%.300s'", path);
    if (out && fclose(out) && !code)
        code = fail_with(failure, TOOL_OTHER, "cannot write '%.300s'", path);
    if (!code)
        code = run_program(&run, "gnuplot", names, &status, failure);
    if (!code && status)
        code = fail_gnuplot(&run, failure);
    run_path(&run, PICTURE, path);
    if (!code)
        code = read_file(path, picture, failure);
    run_end(&run, names);
    return code;
}

int plot_picture(const struct courses *courses, const struct course *course, const char *kind,
                 struct picture *picture, struct failure *failure)
{
    struct drawing d = {.courses = courses, .course = course};
    struct script s = {NULL, 0, 0, false};
    int code;

    measure(&d);
    write_script(&s, &d, kind);
    code = s.failed ? fail_with(failure, TOOL_OTHER, "out of memory")
                    : run_gnuplot(&s, picture, failure);
    free(s.text);
    return code;
}
