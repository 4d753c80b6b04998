// Package cart sells things.
package cart

import "fmt"
import (
	"context"
	. "math"
	_ "image/png"
	str "strings"
	`example.org/shop/money`
)

// MaxItems is the most that a cart holds.
const MaxItems = 100 // not more

const (
	Red, Green = iota, 1
	Blue
	// Shown as it is.
	Grün Colour = "grün"
)

var low, high int = 1, 2
var (
	cache    = map[string]*Item{}
	ErrEmpty error
	handler  = func(item Item) bool { return item.Price > low }
)

// Item is for sale.
type Item struct {
	Name  string `json:"name"`
	a, b  int
	Price float64 // in euros
	*Base
	money.Wallet
	List[int]
	onDone func(count int) (left string, err error)
	size   struct {
		deep int
	}
}

type (
	// ID is a number.
	ID    int
	Alias = map[string][]Item
	Set[K comparable, V Number | ~string] struct {
		items map[K]V
	}
	visitor interface {
		visit(item *Item) error
	}
)

/*
Shape is what can be drawn.
*/
type Shape interface {
	fmt.Stringer
	Base
	// Area says how large it is.
	Area() float64
	scale(by float64, names ...string) (Shape, error)
}

type Number interface {
	~int | ~float64 | money.Cents
}

// Total counts everything.
//
// It stops early.
func (c *Cart) Total(ctx context.Context, rest ...ID) (sum float64, err error) {
	var local, other = 1, Item{Name: "x", Wallet: money.Wallet{}}
	const limit = 3
	type hidden struct{ x int }
	for i, item := range c.items {
		if item == nil || i > MaxItems {
			continue
		}
		sum += item.Price * Abs(c.rate(item.a))
	}
	defer c.mu.Unlock()
	go watch(ctx, other)
	largest := func(a, b Item) Item { return Max[Item](a, b) }
	_ = largest
	return sum, fmt.Errorf("none: %w", ErrEmpty)
}

func (s Set[K, V]) Get(key K) V { return s.items[key] }

// Map applies it.
func Map[T, U any](items []T, apply func(T) U) []U {
	out := make([]U, 0, len(items))
	for _, item := range items {
		out = append(out, apply(item))
	}
	var shape Shape
	switch value := any(out).(type) {
	case *Item, ID:
		money.Convert[int](value)
	case nil:
	default:
		shape = value.(Shape)
	}
	select {
	case result := <-results:
		handlers := map[string]Handler{"get": get, "put": put}
		handlers[result] = (*Cart).Total
	}
label:
	for {
		break label
	}
	return register(shape, handler, &Item{})
}

func init() {}

func external(ch chan<- Item, grid [3]Cell, all [...]Cell) *money.Cents

const Least, Most, _ = 1, 9, 0
