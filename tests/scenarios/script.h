/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scenario's text: lines of words. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

enum { WORDS_MAX = 32, TITLE_MAX = 120 };

/* One step, and how far its words have been taken. */
struct step {
    unsigned line;
    char *text; /* the line as written */
    char *words[WORDS_MAX];
    unsigned count, next;
};

struct script {
    const char *file;
    char title[TITLE_MAX]; /* the first comment line after the licence's */
    struct step *steps;
    unsigned count;
};

/* Reads a file; ends the process with a message where it can't. */
void script_load(struct script *script, const char *file);
void script_free(struct script *script);

/* The next word, or NULL. */
const char *step_peek(const struct step *step);
const char *step_word(struct step *step);

/* Takes the next word if it is this one. */
bool step_take(struct step *step, const char *word);

/* Splits "a..b"; without dots both are the whole. The parts live in the buffers. */
void split_range(const char *text, char low[static 64], char high[static 64]);

/* Sums and products of numbers and names: "1+3*mss". False: not well formed. */
bool evaluate(const char *text, bool (*name)(void *, const char *, uint64_t *), void *arg,
              uint64_t *value);

/* "300ms", "2s", "50us" in microseconds. */
bool parse_time(const char *text, uint64_t *us);

#endif
