/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's side of the stand-in. */
#include <dlfcn.h>
#include <stddef.h>

#include "standin.h"

typedef int unix_call(void *args);

static int call_load(void *args)
{
    struct standin_load *load = args;
    void *module = dlopen(load->path, RTLD_NOW);
    void *functions = NULL;

    if (module)
        functions = dlsym(module,
                          load->wow64 ? "__wine_unix_call_wow64_funcs" : "__wine_unix_call_funcs");
    load->module = (uintptr_t)module;
    load->functions = (uintptr_t)functions;
    load->found = functions != NULL;
    return 0;
}

extern unix_call *const __wine_unix_call_funcs[];
extern unix_call *const __wine_unix_call_wow64_funcs[];
unix_call *const __wine_unix_call_funcs[] = {call_load};
unix_call *const __wine_unix_call_wow64_funcs[] = {call_load};
