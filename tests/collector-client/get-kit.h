/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One handle in the model's world. To be included once by a test program. */
#ifndef GET_KIT_H
#define GET_KIT_H

#include "model.h"

static struct tcpestats *te;

static void begin(void)
{
    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
}

static void end(void)
{
    tcpestats_close(te);
    model_end();
}

/* Moves the clock and lets the collector look. */
static void pass(unsigned ms)
{
    model.now_ns += ms * MODEL_MS;
    model_look();
}

#endif
