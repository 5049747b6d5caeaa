/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may lie where the helper was recorded: FAKE_PROTOCOL, another version of it; FAKE_ERROR, one
 * that answers nothing; else a library of somebody else's.
 */
#include <stdint.h>

#if defined(FAKE_PROTOCOL) || defined(FAKE_ERROR)
static uint32_t call_info(void *args)
{
#ifdef FAKE_PROTOCOL
    *(uint32_t *)args = FAKE_PROTOCOL;
    return 0;
#else
    (void)args;
    return 0xC0000001u;
#endif
}

extern uint32_t (*const __wine_unix_call_funcs[])(void *);
extern uint32_t (*const __wine_unix_call_wow64_funcs[])(void *);
uint32_t (*const __wine_unix_call_funcs[])(void *) = {call_info};
uint32_t (*const __wine_unix_call_wow64_funcs[])(void *) = {call_info};
#else
extern int nothing_of_wine;
int nothing_of_wine;
#endif
