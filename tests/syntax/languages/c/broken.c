#include "before.h"

int before(void) { return 1; }

int broken(int a {
    call(a;
    return sum +;
}

/* Stands. */
static int after_it(struct item *item) { return item->price; }

struct still { int here; };
#define STILL_MACRO 1
