package cart

import "fmt"

func before() error {
	return fmt.Errorf("x")
}

func half(item Item {
	item.
}

type Between struct {
	Name string
	Size
	int int int
}

func (b *Between) method() string {
	if b.Name == {
		return b.
	}
	return b.Name
}

func last() { before() }
