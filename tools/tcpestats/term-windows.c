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

static BOOL WINAPI on_control(DWORD event)
{
    InterlockedExchange(&stopping, 1);
    SetEvent(stop_event);
    /* Windows ends the process when this returns from a closing console or session. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        WaitForSingleObject(finished_event, 4000);
    return TRUE;
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

void term_draw(const char *const *lines, size_t count)
{
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
    }
}

bool term_stopping(void)
{
    return stopping || ferror(stdout);
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
        if (!left)
            return TERM_TIME;
        WaitForSingleObject(stop_event, ms);
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
