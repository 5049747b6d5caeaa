/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../wineestats/wine-version.h"
#include "exports.h"

static bool leave_to_stock(unsigned int which, HMODULE stock)
{
    switch (which) {
    case SET4:
    case GET4:
    case SET6:
    case GET6:
        return false;
    case TCP6_TABLE:
    case TCP6_TABLE2:
    case EXTENDED_TCP_TABLE:
        return wine_is_at_least(9, 17);
    default:
        return GetProcAddress(stock, own_export_name(which)) != NULL;
    }
}

const struct shim_dll this_dll = {
    .name = L"iphlpapi.dll",
    .stock_name = L"iphlpapi-stock.dll",
    .without_helper = "EStats functions answer ERROR_NOT_SUPPORTED. ",
    .leave_to_stock = leave_to_stock,
};
