/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals become events through a pipe. They stay deliverable, so that one also ends a write() to a
 * reader that does not read; the alternate screen keeps the user's own lines.
 */
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backend.h"
#include "print.h"
#include "utf8.h"

#define ENTER_SCREEN "\033[?1049h\033[?25l"
#define LEAVE_SCREEN "\033[?25h\033[?1049l"

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static volatile sig_atomic_t stopping, resized, suspended;
static int wake[2] = {-1, -1};
static bool live, entered; /* entered: what the terminal shows is ours */

/* A shell's "fg" gives no signal to a program that runs. */
#define LOOK_AGAIN_NS 250000000

static void on_signal(int number)
{
    int saved = errno;

    if (number == SIGWINCH)
        resized = 1;
    else if (number == SIGTSTP)
        suspended = 1;
    else
        stopping = 1;
    if (write(wake[1], "", 1) < 0) {
        /* full: it wakes anyway */
    }
    errno = saved;
}

static void catch_signal(int number, int flags)
{
    struct sigaction now, old;

    /* The program that started this one may have decided that a signal means nothing (nohup). */
    if (!sigaction(number, NULL, &old) && old.sa_handler == SIG_IGN)
        return;
    memset(&now, 0, sizeof(now));
    now.sa_handler = on_signal;
    now.sa_flags = flags;
    sigemptyset(&now.sa_mask);
    sigaction(number, &now, NULL);
}

static void print_order(const char *order)
{
    print_raw(stdout, order, strlen(order));
}

/* Is the terminal ours, and not the shell's that has put us into the background? */
static bool is_foreground(void)
{
    pid_t group = tcgetpgrp(STDOUT_FILENO);

    return group < 0 || group == getpgrp();
}

static void enter_screen(void)
{
    if (!entered)
        print_order(ENTER_SCREEN);
    entered = true;
}

static void leave_screen(void)
{
    if (entered)
        print_order(LEAVE_SCREEN);
    entered = false;
    print_flush();
}

void term_begin(bool want_live)
{
    const char *kind = getenv("TERM");

    live = want_live && isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb");
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK))
        wake[0] = wake[1] = -1; /* then an event waits for the deadline */
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof(stop_signals) / sizeof(stop_signals[0]); i++)
        catch_signal(stop_signals[i], 0);
    if (!live)
        return;
    catch_signal(SIGWINCH, SA_RESTART);
    catch_signal(SIGTSTP, SA_RESTART);
    if (is_foreground()) {
        enter_screen();
        print_flush();
    }
}

void term_end(void)
{
    leave_screen();
    live = false;
}

bool term_is_live(void)
{
    return live;
}

void term_size(size_t *rows, size_t *columns)
{
    struct winsize size;

    *rows = 24;
    *columns = 80;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
        *rows = size.ws_row;
        *columns = size.ws_col;
    }
}

void term_draw(const char *const *lines, size_t count)
{
    size_t rows, columns;

    if (!is_foreground()) {
        leave_screen(); /* stopped by a signal that nobody can catch */
        return;
    }
    enter_screen();
    term_size(&rows, &columns);
    print_order("\033[H");
    for (size_t row = 0; row < count && row < rows; row++) {
        const char *end = lines[row];

        for (size_t used = 0; *end && used < columns; used++)
            utf8_next(&end);
        print_order(row ? "\r\n" : "");
        print_raw(stdout, lines[row], (size_t)(end - lines[row]));
        print_order("\033[K");
    }
    print_order("\033[J");
    print_flush();
}

/* Ctrl-Z: give the terminal back and stop as we would have. The next drawing takes it again, unless
   we go on in the background. */
static void suspend(void)
{
    suspended = 0;
    leave_screen();
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    catch_signal(SIGTSTP, SA_RESTART);
}

bool term_stopping(void)
{
    return stopping || ferror(stdout);
}

enum term_event term_wait(uint64_t deadline_ns)
{
    for (;;) {
        uint64_t now = backend_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
        struct timespec timeout;
        struct pollfd poll_fd[2] = {{wake[0], POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        char drain[64];

        if (term_stopping())
            return TERM_STOP;
        if (suspended) {
            suspend();
            return TERM_REDRAW;
        }
        if (resized) {
            resized = 0;
            return TERM_REDRAW;
        }
        if (live && !entered && is_foreground())
            return TERM_REDRAW;
        if (!left)
            return TERM_TIME;
        if (live && !entered && left > LOOK_AGAIN_NS)
            left = LOOK_AGAIN_NS;
        timeout = (struct timespec){(time_t)(left / 1000000000), (long)(left % 1000000000)};
        /* Asking for no event on stdout still tells when its reader has gone. */
        if (ppoll(poll_fd, 2, &timeout, NULL) <= 0)
            continue;
        if (poll_fd[1].revents & (POLLERR | POLLHUP | POLLNVAL))
            return TERM_STOP;
        while (read(wake[0], drain, sizeof(drain)) > 0)
            ;
    }
}
