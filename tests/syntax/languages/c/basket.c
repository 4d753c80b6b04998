/* A shop's basket.
 * Licence text. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/types.h>
#include "basket.h"
#include "größe/util.h"
#include CONFIG_HEADER

/* The most that fits. */
#define MAX_ITEMS 100
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define FOR_EACH(item, basket) \
    for (item = (basket)->first; item; item = item->next)

/** One thing that is for sale. */
struct item {
    const char *name, *label;   /* behind code */
    int price;
    unsigned flags : 3, spare : 5;
    struct item *next;
    int (*compare)(const struct item *, const struct item *);
    union {
        int whole;
        float part;
    } count;
    struct place { int x, y; } place;
    struct { int hidden; };
    char code[MAX_ITEMS][2];
};

/* How it is paid. */
typedef enum {
    PAY_CASH,
    PAY_CARD = 1 << 1, /* by far the most */
} payment_t;

enum color { RED, GREEN, BLUE };

typedef struct {
    struct item *items;
    size_t length;
} basket_t, *basket_ptr;

typedef struct node node_t;
struct node { node_t *next; };
union either { int number; char *words; };

typedef int (*comparator)(const void *, const void *);
typedef unsigned long size_type;
typedef void handler(int signal);

struct declared_only;

extern int shop_open;
static const char *const names[] = { "a", "b" };
int counter, *pointer = &counter;
static struct { int on; } settings = { 1 };
void (*callback)(int);

int basket_total(const basket_t *basket, int count);
static inline size_t length_of(const basket_t *basket) __attribute__((pure));
EXPORT_API int exported(void);
char *strange(const char *text, int (*how)(int));
extern void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The whole price. */
static int
total_of(const struct item *item, int count)
{
    static int calls = 0;
    struct local { int inside; } local;
    basket_t *basket = (basket_t *)malloc(sizeof(basket_t));
    int sum = item->price * count;

    if (sum > MAX_ITEMS)
        goto done;
    for (int i = 0; i < count; i++)
        sum += MIN(i, basket->items[i].price);
    callback(PAY_CASH);
    item->compare(item, NULL);
done:
    return sum;
}

/* Old style. */
int old_style(a, b)
    int a;
    char *b;
{
    return a + *b;
}

LIBRARY_API(int) basket_count(basket_t *basket) {
    return (int)basket->length;
}

EXPORT_API int exported(void) { return 0; }

int *pointer_function(void) { return pointer; }
void (*find_handler(int signal))(int) { return 0; }
__attribute__((noinline)) void cold_path(void) {}
STATIC_ASSERT(sizeof(int) == 4);
DEFINE_LIST(item_list, struct item);

#ifdef HAVE_EURO
static int euro(void) { return 1; }
#elif defined(HAVE_DOLLAR)
static int dollar(void) { return 2; }
#else
static int größe = 3;
#endif

#ifdef __cplusplus
extern "C" {
#endif
int inside_extern(void);
#ifdef __cplusplus
}
#endif

int main(int argc, char **argv)
{
    printf("größe %d\n", basket_total(0, argc));
    return 0;
}

typedef struct node {
    struct node *next;
} node_t;

struct shelf {
    int depth;
} wide, *narrow;
