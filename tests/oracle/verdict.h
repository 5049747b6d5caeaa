/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts what was told beside what the wire shows, for one member at one end of one run. */
#ifndef ORACLE_VERDICT_H
#define ORACLE_VERDICT_H

#include "judged.h"

enum outcome {
    RIGHT_EQUAL,
    RIGHT_NEAR, /* not equal, within its bound */
    RIGHT_ZERO, /* reserved, and 0 */
    WRONG,
    MISSED, /* unavailable here */
    UNJUDGED
};

struct verdict {
    enum outcome outcome;
    struct finding found;
    double error;          /* told less truth; NAN where none can be stated */
    double share;          /* of the truth */
    const char *complaint; /* WRONG */
};

struct verdict verdict_on(const struct told *told, const struct judged *judged,
                          const struct view *view);

/* Is the capture fit to judge by? NULL, or what is amiss with it. */
const char *verdict_on_capture(const struct view *view);

#endif
