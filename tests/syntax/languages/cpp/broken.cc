#include "before.h"

namespace kept {
int before() { return 1; }

class Broken {
  void first(int a { call(a; }
  void second();
};

/// Stands.
int after_it(const Item& item) { return item.price; }

class Still : public Base {
  int here;
};
}  // namespace kept
