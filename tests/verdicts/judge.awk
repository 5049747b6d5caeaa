# SPDX-License-Identifier: LGPL-2.1-or-later
#
# judge.awk -v least=PERCENT [-v table=FILE] cases results: compares what was said with what was to
# be expected, prints what is wrong and a closing line, and writes the table of confusions.

FNR == NR {
    if ($1 == "expect") {
        from = $5 ~ /^cc=/ ? 6 : 5
        cc = from == 6 ? substr($5, 4) : "any"
        words = ""
        for (i = from; i <= NF; i++)
            words = words " " $i
        expected[$2, $3, $4, cc] = words " "
    } else if ($2 == "1" && $3 == "|") {
        order[++causes] = $1
    }
    next
}

# The words for a case: the most particular line says them.
function words_for(cause, end, backend, cc) {
    if ((cause, end, backend, cc) in expected)
        return expected[cause, end, backend, cc]
    if ((cause, end, "any", cc) in expected)
        return expected[cause, end, "any", cc]
    if ((cause, end, backend, "any") in expected)
        return expected[cause, end, backend, "any"]
    return expected[cause, end, "any", "any"]
}

{
    words = words_for($1, $6, $5, $3)
    right = index(words, " " $7 " ") > 0
    total++
    ok += right
    all[$1, $6, $5]++
    good[$1, $6, $5] += right
    said[$1, $6, $5, $7]++
    was[$7]
    if (right)
        next
    sure = $8 == "high"
    confident += sure
    # "cannot tell" is no claim.
    print (sure ? "WRONG    " : "missed   ") $0 ", expected" words
}

function write_table(    c, e, b, w, ends, backends, parts) {
    print "| made | seen from | by | right | said |" >table
    print "|---|---|---|---|---|" >table
    split("out in", ends, " ")
    split("sock_diag collector", backends, " ")
    for (c = 1; c <= causes; c++)
        for (e = 1; e <= 2; e++)
            for (b = 1; b <= 2; b++) {
                if (!((order[c], ends[e], backends[b]) in all))
                    continue
                parts = ""
                for (w in was)
                    if ((order[c], ends[e], backends[b], w) in said)
                        parts = parts (parts == "" ? "" : ", ") w " " \
                            said[order[c], ends[e], backends[b], w]
                print "| " order[c] " | " (ends[e] == "out" ? "the sending end" : \
                    "the receiving end") " | " backends[b] " | " \
                    good[order[c], ends[e], backends[b]] " of " \
                    all[order[c], ends[e], backends[b]] " | " parts " |" >table
            }
    printf "\n%d of %d right (%.1f %%), %d wrong without a doubt.\n", ok, total, \
        100 * ok / total, confident >table
}

END {
    if (!total)
        exit 1
    if (table != "")
        write_table()
    printf "%d of %d right (%.1f %%), %d wrong without a doubt\n", ok, total, 100 * ok / total, \
        confident
    exit !(100 * ok / total >= least && !confident)
}
