/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both sides of a recording share. */
#include "recording.h"

#include <stdlib.h>

const char *const enabled_names[TCPESTATS_CLASS_COUNT + 1] = {
    "SynOpts", "Data",   "SndCong",           "Path",    "SendBuff",
    "Rec",     "ObsRec", "BandwidthOutbound", "FineRtt", "BandwidthInbound"};

void member_key(unsigned id, char key[MEMBER_KEY_MAX])
{
    snprintf(key, MEMBER_KEY_MAX, "%s_%s", tcpestats_class_name(tcpestats_field(id)->cls),
             tcpestats_field(id)->name);
}

void origin_free(struct origin *origin)
{
    free(origin->fidelity);
    free(origin->backend);
    free(origin->source);
    free(origin->note);
    *origin = (struct origin){.source = NULL};
}
