/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The console's own functions instead of escape sequences: all versions of Windows and of Wine know
 * them. The view has a screen buffer of its own, so the user's lines come back at the end.
 */
#include "term.h"

#include <windows.h>
#include <stdio.h>

#include "backend.h"

#define LINE_MAX_CELLS 512

static HANDLE stop_event, finished_event, user_screen, view_screen = INVALID_HANDLE_VALUE;
static volatile LONG stopping;

/* The user's keys, where there is a console for them. */
static HANDLE input = INVALID_HANDLE_VALUE;
static DWORD user_mode;
static uint32_t last_key;

static BOOL WINAPI on_control(DWORD event)
{
    InterlockedExchange(&stopping, 1);
    SetEvent(stop_event);
    /* Windows ends the process when this returns from a closing console or session. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        WaitForSingleObject(finished_event, 4000);
    return TRUE;
}

/* Ctrl-C stays what it is. */
static void begin_keys(void)
{
    input = GetStdHandle(STD_INPUT_HANDLE);
    if (!GetConsoleMode(input, &user_mode) ||
        !SetConsoleMode(input, user_mode & ~(DWORD)(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT)))
        input = INVALID_HANDLE_VALUE;
}

void term_begin(bool live)
{
    DWORD mode;

    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    finished_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SetConsoleCtrlHandler(on_control, TRUE);
    user_screen = GetStdHandle(STD_OUTPUT_HANDLE);
    if (!live || !GetConsoleMode(user_screen, &mode))
        return;
    view_screen = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                            CONSOLE_TEXTMODE_BUFFER, NULL);
    if (view_screen == INVALID_HANDLE_VALUE)
        return;
    if (SetConsoleActiveScreenBuffer(view_screen)) {
        CONSOLE_CURSOR_INFO hidden = {1, FALSE};

        SetConsoleCursorInfo(view_screen, &hidden);
        begin_keys();
        return;
    }
    CloseHandle(view_screen);
    view_screen = INVALID_HANDLE_VALUE;
}

void term_end(void)
{
    if (view_screen != INVALID_HANDLE_VALUE) {
        SetConsoleActiveScreenBuffer(user_screen);
        CloseHandle(view_screen);
        view_screen = INVALID_HANDLE_VALUE;
    }
    if (input != INVALID_HANDLE_VALUE)
        SetConsoleMode(input, user_mode);
    input = INVALID_HANDLE_VALUE;
    SetEvent(finished_event);
}

bool term_is_live(void)
{
    return view_screen != INVALID_HANDLE_VALUE;
}

void term_size(size_t *rows, size_t *columns)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    *rows = 24;
    *columns = 80;
    if (!GetConsoleScreenBufferInfo(view_screen, &info))
        return;
    *rows = (size_t)(info.srWindow.Bottom - info.srWindow.Top + 1);
    *columns = (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
}

bool term_has_blocks(void)
{
    return false; /* few of the console's fonts have them all */
}

void term_draw(const char *const *lines, size_t count, size_t marked)
{
    const WORD plain = FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE;
    const WORD reverse = BACKGROUND_RED | BACKGROUND_GREEN | BACKGROUND_BLUE;
    CONSOLE_SCREEN_BUFFER_INFO info;
    size_t rows, columns;

    if (!GetConsoleScreenBufferInfo(view_screen, &info))
        return;
    term_size(&rows, &columns);
    if (columns > LINE_MAX_CELLS)
        columns = LINE_MAX_CELLS;
    for (size_t row = 0; row < rows; row++) {
        COORD at = {info.srWindow.Left, (SHORT)(info.srWindow.Top + (SHORT)row)};
        WCHAR text[LINE_MAX_CELLS + 1] = L"";
        DWORD written;
        int used = 0;

        if (row < count)
            used = MultiByteToWideChar(CP_UTF8, 0, lines[row], -1, text, LINE_MAX_CELLS + 1);
        /* 0: longer than the array, which is filled then. Else the end of the string counts. */
        used = row < count ? (used ? used - 1 : LINE_MAX_CELLS) : 0;
        while (used < (int)columns)
            text[used++] = ' ';
        WriteConsoleOutputCharacterW(view_screen, text, (DWORD)columns, at, &written);
        FillConsoleOutputAttribute(view_screen, row == marked && row < count ? reverse : plain,
                                   (DWORD)columns, at, &written);
    }
}

bool term_stopping(void)
{
    return stopping || ferror(stdout);
}

static uint32_t key_of(const KEY_EVENT_RECORD *event)
{
    static const struct {
        WORD code;
        uint32_t key;
    } keys[] = {
        {VK_UP, TERM_KEY_UP},         {VK_DOWN, TERM_KEY_DOWN},     {VK_LEFT, TERM_KEY_LEFT},
        {VK_RIGHT, TERM_KEY_RIGHT},   {VK_PRIOR, TERM_KEY_PAGE_UP}, {VK_NEXT, TERM_KEY_PAGE_DOWN},
        {VK_HOME, TERM_KEY_HOME},     {VK_END, TERM_KEY_END},       {VK_RETURN, TERM_KEY_ENTER},
        {VK_ESCAPE, TERM_KEY_ESCAPE},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (event->wVirtualKeyCode == keys[i].code)
            return keys[i].key;
    return event->uChar.UnicodeChar;
}

/* The next key that was pressed; false: none was. Windows' other events are passed over. */
static bool take_key(void)
{
    INPUT_RECORD record;
    DWORD count;

    while (input != INVALID_HANDLE_VALUE && GetNumberOfConsoleInputEvents(input, &count) && count &&
           ReadConsoleInputW(input, &record, 1, &count) && count) {
        last_key = record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown
                       ? key_of(&record.Event.KeyEvent)
                       : 0;
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
    (void)fd;
}

enum term_event term_wait(uint64_t deadline_ns)
{
    static size_t last_rows, last_columns;

    for (;;) {
        uint64_t now = backend_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
        DWORD ms = left > 250000000 ? 250 : (DWORD)((left + 999999) / 1000000);
        size_t rows, columns;

        if (term_stopping())
            return TERM_STOP;
        if (take_key())
            return TERM_KEY;
        if (!left)
            return TERM_TIME;
        WaitForMultipleObjects(input != INVALID_HANDLE_VALUE ? 2 : 1,
                               (const HANDLE[]){stop_event, input}, FALSE, ms);
        if (!term_is_live())
            continue;
        /* Consoles do not report a new size to a program that reads no input. */
        term_size(&rows, &columns);
        if (rows != last_rows || columns != last_columns) {
            last_rows = rows;
            last_columns = columns;
            return TERM_REDRAW;
        }
    }
}
