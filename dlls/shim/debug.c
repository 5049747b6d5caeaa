/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <windows.h>

#include <stdarg.h>

#include "debug.h"

/* As Wine's wine/debug.h has it; the loader's part of the log knows channels by this struct. */
struct channel {
    unsigned char flags;
    char name[15];
};

static int(__cdecl *log_header)(int cls, struct channel *channel, const char *function);
static int(__cdecl *log_output)(const char *text);

/* There is no C library here, but ntdll has some of it. */
static int(__cdecl *format_text)(char *buf, size_t size, const char *format, va_list args);

/* Bit 7 of the flags: ask for the user's setting. */
static struct channel channel = {0xff, "estats"};

unsigned char debug_flags;

void debug_init(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    unsigned char(__cdecl * get_flags)(struct channel *) = (void *)GetProcAddress(
        ntdll, "__wine_dbg_get_channel_flags");

    log_header = (void *)GetProcAddress(ntdll, "__wine_dbg_header");
    log_output = (void *)GetProcAddress(ntdll, "__wine_dbg_output");
    format_text = (void *)GetProcAddress(ntdll, "_vsnprintf");
    if (!format_text)
        return;
    if (get_flags && log_header && log_output)
        debug_flags = get_flags(&channel) & 0x0f;
    else
        debug_flags = 1u << DEBUG_ERR;
}

void debug_print(enum debug_class cls, const char *function, const char *format, ...)
{
    char text[512];
    va_list args;
    int length;

    va_start(args, format);
    length = format_text(text, sizeof(text) - 1, format, args);
    va_end(args);
    text[length < 0 || length >= (int)sizeof(text) ? (int)sizeof(text) - 1 : length] = 0;

    if (!log_header || !log_output)
        OutputDebugStringA(text);
    else if (log_header((int)cls, &channel, function) != -1)
        log_output(text);
}
