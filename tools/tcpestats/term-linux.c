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
#include <termios.h>
#include <unistd.h>

#include "backend.h"
#include "print.h"
#include "utf8.h"

#define ENTER_SCREEN "\033[?1049h\033[?25l"
#define LEAVE_SCREEN "\033[?25h\033[?1049l"

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* Reverse video is the one way to stand out that every terminal has. */
#define MARK "\033[7m"
#define UNMARK "\033[m"

static volatile sig_atomic_t stopping, resized, suspended;
static int waker = -1; /* term_wake_on() */
static int wake[2] = {-1, -1};
static bool live, entered; /* entered: what the terminal shows is ours */
static struct termios user_settings;
static bool has_keys; /* they come one by one, as long as it is entered */
static uint32_t last_key;

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

/* Signals stay what Ctrl-C and its like give. */
static void begin_keys(void)
{
    struct termios settings;

    has_keys = !tcgetattr(STDIN_FILENO, &user_settings);
    if (!has_keys)
        return;
    settings = user_settings;
    settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    has_keys = !tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

static void enter_screen(void)
{
    if (!entered) {
        print_order(ENTER_SCREEN);
        begin_keys();
    }
    entered = true;
}

/* In the background the settings are the shell's, which has its own by then. */
static void leave_screen(void)
{
    if (entered)
        print_order(LEAVE_SCREEN);
    if (entered && has_keys && is_foreground())
        tcsetattr(STDIN_FILENO, TCSADRAIN, &user_settings);
    entered = has_keys = false;
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

bool term_has_blocks(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void term_draw(const char *const *lines, size_t count, size_t marked)
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
        print_order(row == marked ? MARK : "");
        print_raw(stdout, lines[row], (size_t)(end - lines[row]));
        print_order(row == marked ? UNMARK : "");
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

/* ---- Keys ---- */

#define REST_MS 50 /* what a key sends comes at once; over a slow line in two parts */

static uint8_t typed[64];
static size_t typed_count;

static void drop(size_t count)
{
    typed_count -= count;
    memmove(typed, typed + count, typed_count);
}

/* False: nothing came, or never will. */
static bool read_typed(int timeout_ms)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    ssize_t n;

    if (typed_count == sizeof(typed) || poll(&input, 1, timeout_ms) <= 0)
        return false;
    n = read(STDIN_FILENO, typed + typed_count, sizeof(typed) - typed_count);
    if (!n || (n < 0 && errno != EINTR && errno != EAGAIN))
        has_keys = false;
    typed_count += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Behind ESC [ or ESC O; 0: none that is known here. */
static uint32_t key_of(const uint8_t *sequence, size_t length)
{
    static const struct {
        char last;
        uint8_t number; /* in front of '~' */
        uint32_t key;
    } keys[] = {
        {'A', 0, TERM_KEY_UP},          {'B', 0, TERM_KEY_DOWN},   {'C', 0, TERM_KEY_RIGHT},
        {'D', 0, TERM_KEY_LEFT},        {'H', 0, TERM_KEY_HOME},   {'F', 0, TERM_KEY_END},
        {'~', '5', TERM_KEY_PAGE_UP},   {'~', '1', TERM_KEY_HOME}, {'~', '4', TERM_KEY_END},
        {'~', '6', TERM_KEY_PAGE_DOWN},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (sequence[length - 1] == keys[i].last &&
            (!keys[i].number || (length == 2 && sequence[0] == keys[i].number)))
            return keys[i].key;
    return 0;
}

/* ESC by itself, or what it begins. */
static uint32_t take_escape(void)
{
    size_t end = 2;
    uint32_t key;

    if (typed_count == 1 && !read_typed(REST_MS)) {
        drop(1);
        return TERM_KEY_ESCAPE;
    }
    if (typed[1] != '[' && typed[1] != 'O') {
        drop(1);
        return TERM_KEY_ESCAPE;
    }
    while (end < typed_count || read_typed(REST_MS))
        if (typed[end++] >= 0x40)
            break;
    key = end > 2 ? key_of(typed + 2, end - 2) : 0;
    drop(end < typed_count ? end : typed_count);
    return key;
}

/* The next key that was typed; false: none was. */
static bool take_key(void)
{
    while (has_keys && entered && (typed_count || read_typed(0))) {
        if (typed[0] == '\033') {
            last_key = take_escape();
        } else {
            last_key = typed[0] == '\r' || typed[0] == '\n' ? TERM_KEY_ENTER : typed[0];
            drop(1);
        }
        if (last_key)
            return true;
    }
    return false;
}

uint32_t term_key(void)
{
    return last_key;
}

void term_wake_on(int fd)
{
    waker = fd;
}

enum term_event term_wait(uint64_t deadline_ns)
{
    for (;;) {
        uint64_t now = backend_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
        struct timespec timeout;
        struct pollfd poll_fd[4] = {
            {wake[0], POLLIN, 0}, {STDOUT_FILENO, 0, 0}, {-1, POLLIN, 0}, {waker, POLLIN, 0}};
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
        if (take_key())
            return TERM_KEY;
        if (!left)
            return TERM_TIME;
        if (live && !entered && left > LOOK_AGAIN_NS)
            left = LOOK_AGAIN_NS;
        timeout = (struct timespec){(time_t)(left / 1000000000), (long)(left % 1000000000)};
        if (has_keys && entered)
            poll_fd[2].fd = STDIN_FILENO;
        /* Asking for no event on stdout still tells when its reader has gone. */
        if (ppoll(poll_fd, 4, &timeout, NULL) <= 0)
            continue;
        if (poll_fd[1].revents & (POLLERR | POLLHUP | POLLNVAL))
            return TERM_STOP;
        while (read(wake[0], drain, sizeof(drain)) > 0)
            ;
        if (poll_fd[3].revents && !term_stopping())
            return TERM_WAKE;
    }
}
